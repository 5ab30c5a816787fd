import csv
import io
import json

import pytest
from django.urls import reverse

from annotation.services import judging
from modeling.backends import Decoding
from modeling.models import Chunk, Run
from modeling.services import foreground, runs
from modeling.services.endpoints import Endpoint, named
from modeling.services.judging import plan_judge
from modeling.stub import StubOptions, running_stub
from pact_site.base.models import AuditEvent
from tests.annotation.validating import make_scenarios, make_validation, seats
from tests.modeling.answered import invalid, make_answered
from tests.modeling.making import make_plan, make_release

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def planned():
    return make_plan(make_release(1), endpoint="baseline:noisy").run


@pytest.fixture
def done(planned):
    runs.start(run=planned)
    return foreground.see_through(planned, lambda tick: None)


@pytest.fixture
def reader(client, researcher):
    client.force_login(researcher)
    return client


def page(run, name="run_detail"):
    return reverse(f"modeling:{name}", args=[run.public_id])


def test_the_list_says_what_runs_are_when_there_is_none(reader):
    response = reader.get(reverse("modeling:run_list"))
    assert response.status_code == 200
    assert "run_models" in response.content.decode()


def test_the_list_shows_counts_and_keeps_to_one_study(reader, done):
    text = reader.get(reverse("modeling:run_list")).content.decode()
    assert ">Noisy respondent 0</a>" in text
    assert "144" in text
    other = reader.get(reverse("modeling:run_list") + "?study=elsewhere").content.decode()
    assert ">Noisy respondent 0</a>" not in other


def test_the_list_is_filtered_and_sorted(reader, done):
    release = done.release
    make_answered(release, [{}] * 3, label="imported one", imported=True, study_slug="pilot")
    make_answered(release, [invalid()], label="judge one", kind="judge", simulated=True)

    def labels(**query):
        text = reader.get(reverse("modeling:run_list"), query).content.decode()
        found = {text.find(f">{run.label}</a>"): run.label for run in Run.objects.all()}
        return [found[place] for place in sorted(found) if place >= 0]

    assert labels() == ["judge one", "imported one", "Noisy respondent 0"]
    assert labels(sort="label") == ["Noisy respondent 0", "imported one", "judge one"]
    assert labels(sort="-answered")[0] == "Noisy respondent 0"
    assert labels(sort="-invalid")[0] == "judge one"
    for query in (
        {"q": "ported"}, {"study": "pilot"}, {"imported": "true"},
        {"q": Run.objects.get(label="imported one").public_id},
    ):  # fmt: skip
        assert labels(**query) == ["imported one"]
    assert labels(kind="judge") == labels(simulated="true") == ["judge one"]
    assert labels(endpoint="baseline:noisy", model="noisy", state="done", dataset="little") == [
        "Noisy respondent 0"
    ]
    assert labels(imported="false", simulated="false") == ["Noisy respondent 0"]
    assert labels(state="nonsense") == []


def test_the_list_as_a_file_keeps_to_the_filters(reader, done):
    make_answered(done.release, [{}, invalid()], label="=SUM(A1)", imported=True)
    response = reader.get(reverse("modeling:run_list_csv"), {"imported": "true", "page": "9"})
    [row] = csv.DictReader(io.StringIO(b"".join(response).decode()))
    assert (row["label"], row["answered"], row["invalid"]) == ("'=SUM(A1)", "2", "1")
    assert "attachment" in response.headers["Content-Disposition"]


def test_the_page_says_in_words_what_is_asked(reader, planned):
    text = reader.get(page(planned)).content.decode()
    for words in (
        "itself, and 8 personas from Brazil, United States", "what it would do",
        "the culture option first", "label: one letter",
    ):  # fmt: skip
        assert words in text


def test_chunks_with_trouble_are_shown_and_the_failed_asked_again(reader, planned, researcher):
    runs.start(run=planned)
    chunk = planned.chunks.get()
    Chunk.objects.filter(pk=chunk.pk).update(state="failed", error="HTTP 401: no key", attempts=1)
    Run.objects.filter(pk=planned.pk).update(state="failed")
    text = reader.get(page(planned)).content.decode()
    assert "HTTP 401: no key" in text
    assert "144 of its cells have no answer" in text
    asks = reader.get(page(planned, "run_retry")).content.decode()
    assert "144 cells of one chunk are asked of noisy again" in asks
    planned.refresh_from_db()
    assert planned.state == Run.State.FAILED, "looking asks nothing"
    reader.post(page(planned, "run_retry"))
    planned.refresh_from_db()
    chunk.refresh_from_db()
    assert (planned.state, chunk.state) == (Run.State.RUNNING, "queued")
    assert (
        "No chunk of this run has failed" in reader.get(page(planned, "run_retry")).content.decode()
    )


def test_chunks_in_batches_and_those_that_rest_are_told_apart(reader, planned):
    runs.start(run=planned)
    Chunk.objects.update(batch_id="batch_7")
    text = reader.get(page(planned)).content.decode()
    assert "The endpoint works on one batch" in text
    assert "batch_7" in text
    Chunk.objects.update(batch_id="", error="HTTP 500")
    text = reader.get(page(planned)).content.decode()
    assert "tried again by itself" in text
    assert "batch_7" not in text


def test_the_list_needs_the_same_number_of_queries_for_any_number_of_runs(
    reader, done, django_assert_max_num_queries
):
    for _ in range(5):
        make_plan(done.release, new=True)
    with django_assert_max_num_queries(8):
        reader.get(reverse("modeling:run_list"))


def test_the_page_of_a_finished_run(reader, done):
    text = reader.get(page(done)).content.decode()
    assert "144 of 144 cells" in text
    assert "hx-get" not in text.split("<main")[1], "a finished run is not polled"


def test_a_running_run_polls_until_it_has_ended(reader, planned):
    runs.start(run=planned)
    polled = reader.get(page(planned, "run_progress"))
    assert f'hx-get="{page(planned, "run_progress")}"' in polled.content.decode()
    assert "HX-Refresh" not in polled.headers
    foreground.see_through(planned, lambda tick: None)
    ended = reader.get(page(planned, "run_progress"))
    assert ended.headers["HX-Refresh"] == "true"
    assert "hx-get" not in ended.content.decode()


def test_stop_and_resume_are_posts_that_leave_a_trail(reader, planned, researcher):
    runs.start(run=planned)
    assert reader.get(page(planned, "run_stop")).status_code == 405
    reader.post(page(planned, "run_stop"))
    planned.refresh_from_db()
    assert planned.state == Run.State.STOPPED
    assert "Stopped by" in reader.get(page(planned)).content.decode()
    reader.post(page(planned, "run_resume"))
    planned.refresh_from_db()
    assert (planned.state, planned.error) == (Run.State.RUNNING, "")
    verbs = AuditEvent.objects.filter(actor=researcher).values_list("verb", flat=True)
    assert set(verbs) == {"run.stopped", "run.started"}


def test_a_finished_run_cannot_be_resumed(reader, done):
    reader.post(page(done, "run_resume"))
    done.refresh_from_db()
    assert done.state == Run.State.DONE


def test_the_manifest_can_be_taken_away(reader, done):
    response = reader.get(page(done, "run_manifest"))
    assert json.loads(response.content)["counts"]["answered"] == 144
    assert "attachment" in response.headers["Content-Disposition"]


@pytest.mark.parametrize(
    "name",
    [
        "run_detail",
        "run_progress",
        "run_manifest",
        "run_stop",
        "run_resume",
        "run_retry",
        "run_invalid",
        "run_invalid_csv",
        "run_audit",
        "run_flips",
        "run_compare_with",
        "run_manifest_page",
        "run_repeat",
    ],
)
def test_only_researchers_come_in_and_an_unknown_run_is_not_found(
    client, annotator, researcher, planned, name
):
    ask = client.post if name in ("run_stop", "run_resume") else client.get
    assert "/accounts/login/" in ask(page(planned, name)).headers["Location"]
    client.force_login(annotator)
    assert ask(page(planned, name)).status_code == 403
    planned.refresh_from_db()
    assert planned.state == Run.State.PLANNED
    client.force_login(researcher)
    assert ask(reverse(f"modeling:{name}", args=["nothing"])).status_code == 404


def test_the_api_reads_runs_and_writes_none(reader, done):
    [run] = reader.get("/api/runs/").json()["results"]
    assert (run["id"], run["label"], run["answered"]) == (done.public_id, "Noisy respondent 0", 144)
    one = reader.get(f"/api/runs/{done.public_id}/").json()
    assert one["manifest"]["counts"]["valid"] == 144
    assert reader.get("/api/runs/?state=failed").json()["results"] == []
    assert reader.delete(f"/api/runs/{done.public_id}/").status_code == 405


def test_the_api_is_closed_to_annotators(client, annotator, done):
    client.force_login(annotator)
    assert client.get("/api/runs/").status_code == 403


def test_the_admin_lists_runs_and_chunks_and_lets_nobody_edit_them(client, administrator, done):
    administrator.is_staff = administrator.is_superuser = True
    administrator.save()
    client.force_login(administrator)
    assert client.get("/admin/modeling/run/").status_code == 200
    assert client.get("/admin/modeling/chunk/").status_code == 200
    assert client.get("/admin/modeling/run/add/").status_code == 403
    chunk = done.chunks.first()
    assert (
        client.post(f"/admin/modeling/chunk/{chunk.pk}/delete/", {"post": "yes"}).status_code == 403
    )
    client.post(f"/admin/modeling/run/{done.pk}/delete/", {"post": "yes"})
    assert not Run.objects.exists()


def test_the_page_of_a_judges_run_shows_raw_replies_and_leads_to_the_verdicts(reader):
    with running_stub(StubOptions(faults={"refusal": 1.0})) as stub:
        make_scenarios(2)
        planned = plan_judge(
            subject=judging.of_dataset("norms"),
            endpoint=Endpoint("env", "openai", "pact-stub-1", stub.base_url),
            decoding=Decoding(),
        )
        runs.start(run=planned.run)
        foreground.see_through(planned.run, lambda tick: None)
    invalid = reader.get(page(planned.run, "run_invalid")).content.decode()
    assert "answer that." in invalid, "the raw text of the refusal"
    assert "norms-00001" in invalid
    text = reader.get(page(planned.run)).content.decode()
    assert reverse("annotation:judge_detail", args=["norms", planned.judge.pk]) in text
    assert "SIMULATED" in text
    assert ">judge<" in reader.get(reverse("modeling:run_list")).content.decode()


def test_a_judges_raw_replies_are_shut_to_those_who_still_annotate(reader, researcher):
    validation = make_validation(people=False)
    seat = seats(validation)[0]
    seat.user = researcher
    seat.save()
    planned = plan_judge(
        subject=judging.of_validation("pilot"), endpoint=named("baseline:noisy"),
        decoding=Decoding(),
    )  # fmt: skip
    other = make_plan(make_release(1)).run
    for name in ("run_detail", "run_progress", "run_manifest", "run_invalid"):
        assert reader.get(page(planned.run, name)).status_code == 403
        assert reader.get(page(other, name)).status_code == 200
