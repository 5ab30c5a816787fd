"""The home page: the way in for visitors, state and next step for researchers."""

import json

import pytest
from django.db import DatabaseError, connections
from django.utils import timezone

from annotation.models import Dataset, SampledItem, Task, Validation
from modeling.models import Run
from pact_site.base.models import Job, State
from pact_site.services import overview as home
from survey.models import Cohort, Study

from .making import make_people, make_report, make_run, make_study

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def all_pages(monkeypatch):
    """Every page has an address here, whichever apps bring theirs."""
    monkeypatch.setattr(home, "page", lambda name, *args: "/" + "/".join([name, *map(str, args)]))


def the_study():
    return home.overview().studies[0]


class TestStudies:
    def test_an_installation_without_rows_is_empty(self):
        assert home.overview().is_empty

    def test_a_draft_wants_to_be_looked_over(self):
        make_study(state=Study.State.DRAFT)
        line = the_study()
        assert (line.state, line.step.url) == ("draft", "/survey:study_detail/etiquette")

    def test_an_open_study_without_people_can_be_rehearsed(self):
        make_study()
        assert "simulate_participants --study etiquette" in the_study().step.command

    def test_people_without_models_lead_to_a_run(self):
        make_people(make_study(), 3)
        line = the_study()
        assert line.step.url.endswith("?study=etiquette")
        assert line.step.label == "Ask a model the same items"
        assert line.meta.startswith("3 participants completed · ")
        assert not line.simulated

    def test_a_run_leads_to_a_report(self):
        study = make_study()
        make_people(study, 1)
        make_run(study)
        assert the_study().step.url == "/analysis:report_new?study=etiquette"

    def test_the_newest_report_is_there_to_be_read(self):
        study = make_study()
        make_people(study, 1)
        make_run(study)
        make_report(study)
        newest = make_report(study)
        assert the_study().step.url == f"/analysis:report_detail/{newest.public_id}"

    def test_another_studys_run_does_not_count(self):
        first, second = make_study("first"), make_study("second")
        make_people(first, 1)
        make_people(second, 1)
        make_run(first)
        steps = {line.title: line.step.label for line in home.overview().studies}
        assert steps["Second"] == "Ask a model the same items"

    @pytest.mark.parametrize(
        ("real", "rehearsed", "text", "simulated"),
        [
            (0, 0, "0 participants completed", False),
            (1, 0, "1 participant completed", False),
            (2, 5, "2 participants completed, 5 simulated", False),
            (0, 5, "5 simulated participants completed", True),
        ],
    )
    def test_simulated_people_are_told_apart(self, real, rehearsed, text, simulated):
        study = make_study()
        make_people(study, real)
        make_people(study, rehearsed, Cohort.REHEARSAL)
        assert the_study().meta.startswith(text + " · ")
        assert the_study().simulated is simulated

    def test_only_the_newest_are_shown(self):
        for number in range(home.NEWEST + 2):
            make_study(f"study-{number}")
        titles = [line.title for line in home.overview().studies]
        assert titles == [f"Study-{number}" for number in range(6, 1, -1)]

    def test_the_number_of_queries_does_not_grow_with_the_rows(self, django_assert_max_num_queries):
        for number in range(home.NEWEST):
            study = make_study(f"study-{number}")
            make_run(study)
            make_report(study)
        with django_assert_max_num_queries(8):
            home.overview()


class TestValidations:
    @pytest.fixture
    def validation(self):
        dataset = Dataset.objects.create(slug="norms", name="Norms", licence="CC0")
        return Validation.objects.create(slug="first", name="First", dataset=dataset)

    def rate(self, validation, state):
        item = SampledItem.objects.create(validation=validation, key="a", position=1)
        Task.objects.create(item=item, slot=1, position=1, state=state)

    def test_a_draft_wants_to_be_frozen(self, validation):
        (line,) = home.overview().validations
        assert (line.state, line.meta) == ("draft", "nothing to rate yet · Norms")
        assert line.step.url == "/validation:validation_detail/first"
        assert line.progress is None

    @pytest.mark.parametrize(
        ("state", "step", "share"),
        [("waiting", "Invite annotators", 0.0), ("submitted", "See how they agree", 1.0)],
    )
    def test_an_open_one_shows_how_far_it_is_and_what_comes_next(
        self, validation, state, step, share
    ):
        Validation.objects.update(state=Validation.State.OPEN)
        self.rate(validation, state)
        (line,) = home.overview().validations
        assert (line.step.label, line.progress) == (step, share)


class TestRuns:
    def test_a_running_run_shows_how_far_it_is(self):
        make_run(stored=25, state=Run.State.RUNNING)
        (line,) = home.overview().runs
        assert (line.progress, line.step) == (0.25, None)
        assert line.meta.startswith("25 of 100 cells")

    def test_a_run_without_cells_has_no_share(self):
        make_run(cells=0, state=Run.State.RUNNING)
        assert home.overview().runs[0].progress is None

    @pytest.mark.parametrize(
        ("state", "label", "page"),
        [
            ("failed", "See what went wrong", "run_detail"),
            ("stopped", "Continue it", "run_detail"),
            ("planned", "Look it over, then start it", "run_start"),
        ],
    )
    def test_a_run_that_stands_still_has_a_next_step(self, state, label, page):
        run = make_run(state=state)
        step = home.overview().runs[0].step
        assert (step.label, step.url) == (label, f"/modeling:{page}/{run.public_id}")

    def test_a_done_run_needs_nothing(self):
        make_run(state=Run.State.DONE, stored=100)
        assert home.overview().runs[0].step is None


class TestReports:
    def test_a_finished_report_is_there_to_be_read(self):
        report = make_report(make_study(), finished_at=timezone.now())
        (line,) = home.overview().reports
        assert (line.state, line.step.url) == (
            "done",
            f"/analysis:report_detail/{report.public_id}",
        )

    def test_a_report_in_the_making_shows_its_jobs_progress(self):
        job = Job.objects.create(kind="report", state=State.RUNNING, progress=0.4)
        make_report(make_study(), job=job)
        (line,) = home.overview().reports
        assert (line.state, line.progress, line.step) == ("running", 0.4, None)

    def test_a_finished_report_has_the_name_it_bears_everywhere(self):
        summary = {"title": "People and models: Etiquette"}
        make_report(make_study(), finished_at=timezone.now(), summary=summary)
        assert home.overview().reports[0].title == "People and models: Etiquette"

    def test_a_report_without_a_job_waits(self):
        make_report(make_study())
        assert home.overview().reports[0].state == "queued"

    def test_a_rehearsal_is_marked(self):
        make_report(make_study(), cohort=Cohort.REHEARSAL)
        assert home.overview().reports[0].simulated


class TestPages:
    def test_visitors_learn_what_pact_is_and_nothing_else(self, client):
        make_study("confidential")
        page = client.get("/").content.decode()
        assert "how far apart they are" in page
        assert "Confidential" not in page

    def test_researchers_see_titles_escaped(self, client, researcher):
        make_study(name="<script>alert(1)</script>")
        client.force_login(researcher)
        page = client.get("/").content.decode()
        assert "&lt;script&gt;alert(1)" in page
        assert "<script>alert" not in page

    def test_annotators_see_no_studies(self, client, annotator):
        make_study("confidential")
        client.force_login(annotator)
        page = client.get("/").content.decode()
        assert "No work is waiting" in page
        assert "Confidential" not in page

    def test_navigation_offers_only_pages_that_exist(self, client, researcher, annotator):
        client.force_login(researcher)
        entries = client.get("/").context["nav"]
        assert entries[0].current == "page"
        assert all(client.get(entry.url).status_code == 200 for entry in entries)
        client.force_login(annotator)
        entries = client.get("/").context["nav"]
        assert "/datasets/" not in [entry.url for entry in entries]
        assert all(client.get(entry.url).status_code == 200 for entry in entries)

    def test_navigation_marks_the_part_one_is_in(self, client, researcher):
        client.force_login(researcher)
        current = {
            entry.url: entry.current for entry in client.get("/datasets/import/").context["nav"]
        }
        assert current["/datasets/"] == "true"
        assert current["/"] == ""

    def test_error_page_stands_without_a_database_or_a_request(self):
        from django.template.loader import render_to_string

        assert "Something went wrong" in render_to_string("500.html")


class TestProbes:
    def test_health_needs_no_database(self, client, monkeypatch):
        monkeypatch.setattr(type(connections["default"]), "cursor", None)
        assert client.get("/health/").content == b"ok\n"

    def test_ready_asks_the_database(self, client):
        assert json.loads(client.get("/ready/").content) == {"database": "ok"}

    def test_not_ready_without_it(self, client, monkeypatch):
        def refuse(*args):
            raise DatabaseError("gone")

        monkeypatch.setattr(type(connections["default"]), "cursor", refuse)
        response = client.get("/ready/")
        assert response.status_code == 503
        assert json.loads(response.content) == {"database": "unreachable"}


@pytest.mark.parametrize(("made", "python"), [(True, ".venv/bin/python"), (False, "python")])
def test_commands_stand_on_pages_as_they_can_be_copied(
    client, researcher, settings, tmp_path, made, python
):
    settings.BASE_DIR = tmp_path
    if made:
        (tmp_path / ".venv" / "bin").mkdir(parents=True)
        (tmp_path / ".venv" / "bin" / "python").touch()
    client.force_login(researcher)
    assert f"<code>{python} manage.py import_human" in client.get("/").content.decode()
