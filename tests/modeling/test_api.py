"""Runs over REST: reading them, their answers, and setting them going."""

import pytest
from rest_framework.authtoken.models import Token

from annotation.services import judging
from modeling.backends import Decoding
from modeling.models import Chunk, Run
from modeling.services import foreground, runs
from modeling.services.endpoints import Endpoint, named
from modeling.services.judging import plan_judge
from pact_site.base.models import AuditEvent
from tests.annotation.validating import make_validation, seats
from tests.modeling.answered import invalid, make_answered
from tests.modeling.making import make_plan, make_release

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def release():
    return make_release(1)


@pytest.fixture
def api(client, researcher):
    """A client with the researcher's token, as a script has it."""
    token = Token.objects.create(user=researcher)
    headers = {"HTTP_AUTHORIZATION": f"Token {token.key}"}

    def ask(path, data=None, *, expect=200, **query):
        address = f"/api/runs/{path}"
        if data is None:
            response = client.get(address, query, **headers)
        else:
            response = client.post(address, data, content_type="application/json", **headers)
        assert response.status_code == expect, response.content
        return response.json()

    return ask


@pytest.fixture
def planned(release):
    return make_plan(release, limit=8).run


def paid(release, **differs):
    endpoint = Endpoint("env", "openai", "m", "https://api.example.org/v1")
    run = make_plan(release, endpoint=endpoint, limit=8).run
    Run.objects.filter(pk=run.pk).update(**differs)
    return run


def test_a_run_is_started_stopped_and_resumed(api, planned, researcher):
    for verb, state in (("start", "running"), ("stop", "stopped"), ("resume", "running")):
        assert api(f"{planned.public_id}/{verb}/", {})["state"] == state
    verbs = AuditEvent.objects.filter(actor=researcher).values_list("verb", flat=True)
    assert sorted(verbs) == ["run.started", "run.started", "run.stopped"]


def test_progress_counts_cells_tokens_and_what_is_unknown(api, planned):
    runs.start(run=planned)
    foreground.see_through(planned, lambda tick: None)
    told = api(f"{planned.public_id}/progress/")
    assert (told["state"], told["cells"], told["answered"], told["invalid_share"]) == (
        "done", 8, 8, 0.0,
    )  # fmt: skip
    assert (told["eta_s"], told["budget"]) == (None, None)


def test_a_run_without_a_preflight_is_refused_until_told(api, release):
    run = paid(release)
    refused = api(f"{run.public_id}/start/", {}, expect=400)
    assert "no preflight" in str(refused)
    assert api(f"{run.public_id}/start/", {"override": True})["state"] == "running"


def test_failed_chunks_are_asked_again(api, planned):
    runs.start(run=planned)
    Chunk.objects.update(state="failed", error="HTTP 401")
    Run.objects.update(state="failed")
    assert api(f"{planned.public_id}/retry/", {}) == {"chunks": 1}
    planned.refresh_from_db()
    assert planned.state == "running"


def test_a_run_is_repeated_and_the_repeat_names_it(api, planned):
    made = api(f"{planned.public_id}/repeat/", {"endpoint": "baseline:uniform"}, expect=201)
    assert (made["repeat_of"], made["state"], made["cells"]) == (planned.public_id, "planned", 8)
    assert made["endpoint"]["model"] == "uniform"
    assert "Unknown endpoint" in str(
        api(f"{planned.public_id}/repeat/", {"endpoint": "x"}, expect=400)
    )


def test_answers_come_in_pages_in_the_order_of_the_plan(api, release):
    run = make_answered(release, [{"text": str(n), "sample_index": n} for n in range(5)], [{}])
    told = api(f"{run.public_id}/answers/", page=2, page_size=2)
    assert told["count"] == 6
    assert [row["text"] for row in told["results"]] == ["2", "3"]
    assert "page=3" in told["next"]
    assert {"cell_key", "choice", "q", "persona_country"} <= set(told["results"][0])


def test_invalid_answers_are_filtered_with_their_reasons(api, release):
    run = make_answered(release, [invalid(text="I cannot"), invalid("empty", frame="personal"), {}])
    told = api(f"{run.public_id}/invalid/", frame="norm")
    assert [row["text"] for row in told["results"]] == ["I cannot"]
    [reason] = told["reasons"]
    assert (reason["code"], reason["n"], reason["share"]) == ("refusal", 1, 0.5)
    assert "weather" in str(api(f"{run.public_id}/invalid/", expect=400, weather="rain"))


def test_the_audit_names_agreement_and_disagreements(api, release):
    told = {"written": "culture", "invalid_mass": 0.0}
    run = make_answered(release, [told, told | {"choice": "preference", "text": "hm"}])
    found = api(f"{run.public_id}/audit/")
    assert found["overall"]["agreement"]["value"] == 0.5
    assert [row["text"] for row in found["disagreements"]["results"]] == ["hm"]


def test_flips_hold_both_answers(api, release):
    run = make_answered(release, [{"text": "x"}, {"frame": "personal", "choice": "preference"}])
    found = api(f"{run.public_id}/flips/", by="frame")
    assert (found["attribute"], found["base"], found["pairs"]) == ("frame", "norm", 1)
    assert found["rows"][0]["flips"]["value"] == 1.0
    [pair] = found["flipped"]["results"]
    assert (pair["one"]["text"], pair["two"]["frame"]) == ("x", "personal")
    assert "Expected" in str(api(f"{run.public_id}/flips/", expect=400))


def test_two_runs_are_compared(api, release):
    one = make_answered(release, [{"item_id": 1}, {"item_id": 2}])
    two = make_answered(release, [{"item_id": 1}, {"item_id": 2, "choice": "preference"}])
    found = api(f"{one.public_id}/compare/{two.public_id}/")
    assert (found["coverage"]["both"], found["overall"]["flips"]["value"]) == (2, 0.5)
    assert found["choices"][-1] == {"one": "culture", "two": "preference", "n": 1}
    [pair] = found["flipped"]["results"]
    assert (pair["one"]["choice"], pair["two"]["choice"]) == ("culture", "preference")
    assert "same run" in str(api(f"{one.public_id}/compare/{one.public_id}/", expect=400))
    api(f"{one.public_id}/compare/nothing/", expect=404)


def test_the_manifest_alone(api, planned):
    assert api(f"{planned.public_id}/manifest/")["release"]["hash"] == "hash of little"


def test_imported_answers_are_a_run_like_any_other(api, release):
    run = make_answered(release, [{}], imported=True, label="from elsewhere")
    [found] = api("", imported="true")["results"]
    assert (found["id"], found["imported"], found["answered"]) == (run.public_id, True, 1)
    assert "imported" in str(api(f"{run.public_id}/start/", {}, expect=400))


def test_a_judges_run_is_shut_to_those_who_still_annotate(api, researcher):
    validation = make_validation(people=False)
    seat = seats(validation)[0]
    seat.user = researcher
    seat.save()
    run = plan_judge(
        subject=judging.of_validation("pilot"), endpoint=named("baseline:noisy"),
        decoding=Decoding(),
    ).run  # fmt: skip
    for path in ("", "progress/", "manifest/", "answers/", "invalid/"):
        api(f"{run.public_id}/{path}", expect=403)


@pytest.mark.parametrize("verb", ["start", "stop", "resume", "retry", "repeat"])
def test_only_researchers_set_anything_going(client, annotator, planned, verb):
    client.force_login(annotator)
    address = f"/api/runs/{planned.public_id}/{verb}/"
    assert client.post(address, {}, content_type="application/json").status_code == 403
    planned.refresh_from_db()
    assert (planned.state, Run.objects.count()) == ("planned", 1)


def test_everything_is_described(client, researcher):
    client.force_login(researcher)
    paths = client.get("/api/schema/", headers={"accept": "application/json"}).json()["paths"]
    ours = {path: verbs for path, verbs in paths.items() if path.startswith("/api/runs/")}
    nouns = (
        "answers audit compare/{other} flips invalid manifest preflight progress repeat resume retry "
        "start stop"
    )
    assert set(ours) == {"/api/runs/", "/api/runs/{id}/"} | {
        f"/api/runs/{{id}}/{noun}/" for noun in nouns.split()
    }
    for path, verbs in ours.items():
        for verb, told in verbs.items():
            assert told.get("description"), f"{verb} {path}"
    assert "post" in ours["/api/runs/"]
