"""Report pages: who may see them, what they show in each state, what they hand out."""

import gzip
import io
import json
import uuid
import zipfile

import pytest
from django.test import override_settings
from django.urls import reverse

from analysis.models import Report
from analysis.reports import service
from analysis.reports.options import Options
from pact_site.base.models import Job, State
from tests.analysis import cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def study():
    return cast.make_study(per_country=2, scenarios=3)


@pytest.fixture
def report(study, people_report):
    return people_report


@pytest.fixture
def waiting(study, researcher):
    return service.request_report(options=Options("human", study.slug), actor=researcher)


@pytest.fixture
def desk(client, researcher):
    client.force_login(researcher)
    return client


def addresses(report):
    key = {"public_id": report.public_id}
    return [
        reverse("analysis:report_list"),
        reverse("analysis:report_new"),
        reverse("analysis:report_detail", kwargs=key),
        reverse("analysis:report_progress", kwargs=key),
        reverse("analysis:report_download", kwargs=key),
        reverse("analysis:report_file", kwargs=key | {"name": "estimates.csv"}),
    ]


def test_researchers_and_administrators_see_every_page(client, report, researcher, administrator):
    for user in (researcher, administrator):
        client.force_login(user)
        assert [client.get(url).status_code for url in addresses(report)] == [200] * 6


def test_annotators_see_none_of_them(client, report, annotator):
    client.force_login(annotator)
    assert [client.get(url).status_code for url in addresses(report)] == [403] * 6
    assert client.post(reverse("analysis:report_new")).status_code == 403
    retry = reverse("analysis:report_retry", args=[report.public_id])
    assert client.post(retry).status_code == 403


def test_visitors_are_asked_to_sign_in(client, report):
    for url in addresses(report):
        assert client.get(url)["Location"].startswith(reverse("account_login"))


def test_definitions_are_open_to_all_staff(client, annotator):
    url = reverse("analysis:definitions")
    assert client.get(url).status_code == 302
    client.force_login(annotator)
    page = client.get(url).content.decode()
    assert 'id="item_mae"' in page
    assert 'id="norm_personal_gap"' in page


def test_an_unknown_report_is_not_found(desk):
    assert desk.get(reverse("analysis:report_detail", args=[uuid.uuid4()])).status_code == 404


def test_the_report_shows_headline_tables_and_specs(desk, report):
    page = desk.get(reverse("analysis:report_detail", args=[report.public_id])).content.decode()
    assert report.summary["headline"] in page
    assert 'id="spec-people-culture-rates"' in page
    assert "By country of the participants" in page
    assert reverse("analysis:definitions") + "#pair_agreement" in page
    assert "SIMULATED" not in page


def test_the_report_travels_packed(desk, report):
    url = reverse("analysis:report_detail", args=[report.public_id])
    plain, packed = desk.get(url), desk.get(url, headers={"accept-encoding": "gzip"})
    assert packed["Content-Encoding"] == "gzip"
    assert b"<h1>" in gzip.decompress(packed.content)
    assert len(packed.content) < len(plain.content) / 3


def test_simulated_people_are_announced_first(desk):
    cast.make_study("dry-run", per_country=1, scenarios=2, cohort="rehearsal")
    options = {"cohort": None, "replicates": 50, "seed": 1, "level": 0.95}
    made = service.build_report(kind="human", study="dry-run", **options)
    page = desk.get(reverse("analysis:report_detail", args=[made.public_id])).content.decode()
    assert page.index("SIMULATED") < page.index("<h1")
    assert "simulated" in desk.get(reverse("analysis:report_list")).content.decode()


def test_asking_for_a_report_queues_a_job_and_shows_it(desk, study):
    form = {"study": study.slug, "kind": "human", "cohort": "", "replicates": "100"}
    response = desk.post(reverse("analysis:report_new"), form)
    made = Report.objects.get()
    assert response["Location"] == reverse("analysis:report_detail", args=[made.public_id])
    assert made.options["replicates"] == 100
    assert made.job.state == State.QUEUED
    page = desk.get(response["Location"]).content.decode()
    assert "Waiting for a worker" in page
    assert "hx-get" in page


@pytest.mark.parametrize(
    ("change", "field", "says"),
    [
        ({"kind": "alignment"}, "kind", "No model has been asked"),
        ({"cohort": "rehearsal"}, "cohort", "Nobody of this cohort"),
        ({"replicates": "3"}, "replicates", "50 to 100,000"),
        ({"replicates": "many"}, "replicates", "whole number"),
        ({"study": "nobody"}, "study", "valid choice"),
    ],
)
def test_a_problem_stands_beside_its_field_and_input_is_kept(desk, study, change, field, says):
    form = {"study": study.slug, "kind": "human", "cohort": "", "replicates": "100"} | change
    response = desk.post(reverse("analysis:report_new"), form)
    assert response.status_code == 200
    assert says in str(response.context["form"].errors[field])
    assert Report.objects.count() == 0
    if field != "study":
        assert response.context["form"]["study"].value() == study.slug


def test_where_everybody_is_left_out_the_form_says_so_and_who_else_there_is(desk, study):
    for person in study.participants.all():
        person.exclusions.create(rule="x", rule_version="1")
    simulated = cast.make_study("rehearsed", scenarios=1, per_country=2, cohort="rehearsal")
    simulated.participants.update(study=study)

    form = {"study": study.slug, "kind": "human", "cohort": "", "replicates": "100"}
    said = desk.post(reverse("analysis:report_new"), form).context["form"].errors["cohort"][0]

    assert said.startswith("Everybody who completed the study is left out")
    assert said.endswith(f"{2 * len(cast.COUNTRIES)} simulated participants could be chosen.")


def test_without_a_study_the_form_says_how_to_get_one(desk):
    assert "import_human" in desk.get(reverse("analysis:report_new")).content.decode()


def test_progress_reloads_the_page_when_the_report_is_there(desk, waiting):
    url = reverse("analysis:report_progress", args=[waiting.public_id])
    assert "HX-Refresh" not in desk.get(url)
    service.run_report(waiting)
    assert desk.get(url)["HX-Refresh"] == "true"


def test_a_failed_report_says_why_and_can_be_tried_again(desk, waiting):
    Job.objects.update(state=State.FAILED, error="The shard is gone.")
    detail = reverse("analysis:report_detail", args=[waiting.public_id])
    assert "The shard is gone." in desk.get(detail).content.decode()
    retry = reverse("analysis:report_retry", args=[waiting.public_id])
    assert desk.get(retry).status_code == 405
    desk.post(retry)
    waiting.refresh_from_db()
    assert waiting.job.state == State.QUEUED
    desk.post(retry)  # queued already: no second job
    assert Job.objects.count() == 2


def test_a_report_whose_files_were_removed_says_so(desk, report):
    folder = service.folder_of(report)
    folder.rename(folder.with_name("elsewhere"))
    response = desk.get(reverse("analysis:report_detail", args=[report.public_id]))
    assert response.status_code == 410
    assert "gone" in response.content.decode()


def test_the_zip_holds_the_whole_bundle_under_one_folder(desk, report):
    response = desk.get(reverse("analysis:report_download", args=[report.public_id]))
    packed = zipfile.ZipFile(io.BytesIO(b"".join(response.streaming_content)))
    names = packed.namelist()
    assert "pact-human-etiquette/estimates.csv" in names
    listed = json.loads(packed.read("pact-human-etiquette/manifest.json"))["files"]
    assert len(names) == len(listed) + 1


@pytest.mark.parametrize(
    "name", ["../pact.sqlite3", "..%2fsecret_key", "/etc/passwd", "nothing.csv", "figures"]
)
def test_only_files_of_the_bundle_are_handed_out(desk, report, name):
    base = reverse("analysis:report_download", args=[report.public_id]).replace(
        "download/", "files/"
    )
    assert desk.get(base + name).status_code == 404


def test_files_come_as_downloads(desk, report):
    key = {"public_id": report.public_id, "name": "report.html"}
    response = desk.get(reverse("analysis:report_file", kwargs=key))
    assert response["Content-Disposition"].startswith("attachment")


def test_nothing_is_handed_out_before_the_report_is_there(desk, waiting):
    assert (
        desk.get(reverse("analysis:report_download", args=[waiting.public_id])).status_code == 404
    )


def test_the_list_filters_by_study_and_names_the_next_step(desk, report, researcher):
    cast.make_study("second", per_country=1, scenarios=2)
    service.request_report(options=Options("human", "second"), actor=researcher)
    page = desk.get(reverse("analysis:report_list")).content.decode()
    assert "Read<" in page
    assert "Watch<" in page
    only = desk.get(reverse("analysis:report_list"), {"study": "second"}).content.decode()
    assert "Read<" not in only


@override_settings(PACT_JOB_HANDLERS={"analysis.report": "analysis.tasks.build_report"})
def test_an_empty_list_says_what_a_report_needs(desk):
    assert "No report yet" in desk.get(reverse("analysis:report_list")).content.decode()
