"""A study's nouns over REST."""

import pytest

from survey.models import Exclusion, ProlificIdentity
from survey.services import coverage
from survey.services.imports import import_human
from tests.survey.human_files import row, write
from tests.survey.services.test_assignment import answer_all, arrive

pytestmark = pytest.mark.django_db

NOUNS = {
    "items": 252,
    "participants": 2,
    "answers": 7,
    "instruments": 1,
    "exports": 0,
}


@pytest.fixture
def api(client, researcher, study):
    person = arrive(study, 1)
    answer_all(person)
    arrive(study, 2)
    client.force_login(researcher)

    def get(noun, **query):
        return client.get(f"/api/studies/{study.slug}/{noun}/", query)

    return get


@pytest.mark.parametrize(("noun", "count"), NOUNS.items())
def test_every_noun_is_listed_in_pages(api, noun, count):
    told = api(noun).json()

    assert told["count"] == count
    assert len(told["results"]) == min(count, 100)


def test_nobody_is_named(api):
    text = "".join(api(noun).content.decode() for noun in NOUNS)

    assert all(identity.prolific_pid not in text for identity in ProlificIdentity.objects.all())


def test_cohorts_are_kept_apart(api, study):
    answer_all(arrive(study, 3, cohort="rehearsal"))

    assert api("answers").json()["count"] == 7
    assert api("participants", cohort="rehearsal").json()["count"] == 1
    assert api("answers", cohort="martians").status_code == 400


def test_who_is_held_back_has_no_answers_here(api, study):
    person = study.participants.order_by("pk").first()
    Exclusion.objects.create(participant=person, rule="returned", rule_version="1")

    assert api("answers").json()["count"] == 0
    told = api("participants").json()["results"]
    assert told[0]["excluded"] == ["returned"]


def test_nothing_can_be_written(api, client, study):
    for noun in NOUNS:
        assert client.post(f"/api/studies/{study.slug}/{noun}/", {}).status_code in (403, 405)


def test_annotators_and_strangers_see_nothing(client, annotator, study):
    for noun in NOUNS:
        assert client.get(f"/api/studies/{study.slug}/{noun}/").status_code in (401, 403)
    client.force_login(annotator)
    for noun in NOUNS:
        assert client.get(f"/api/studies/{study.slug}/{noun}/").status_code == 403


def test_coverage_holds_every_cell_that_can_be_drawn(api, study):
    told = api("coverage").json()

    cells = coverage.cell_counts(study, "real")
    assert told["count"] == len(cells) > 252
    assert set(told["results"][0]) == set(vars(cells[0]))


def test_an_imported_study_has_no_cells(client, researcher, tmp_path):
    import_human(write(tmp_path / "human.csv", [row()]), "pub")
    client.force_login(researcher)

    assert client.get("/api/studies/pub/coverage/").json()["count"] == 0
    assert client.get("/api/studies/pub/answers/").json()["count"] == 1
