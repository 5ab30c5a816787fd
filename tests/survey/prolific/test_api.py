"""The link, the ledger and the decisions over REST: filtered, in pages, and without anybody's id."""

import pytest

from survey.models import ProlificDecision
from survey.prolific import decisions
from survey.prolific.ledger import ledger
from survey.prolific.rules import Action
from survey.services.imports import import_human
from tests.survey.human_files import row, write
from tests.survey.prolific.casting import session, submission
from tests.survey.prolific.exports import pid, sid

pytestmark = pytest.mark.django_db

NOUNS = ("prolific", "ledger", "decisions")


@pytest.fixture
def api(client, researcher, study):
    client.force_login(researcher)

    def get(noun, **query):
        return client.get(f"/api/studies/{study.slug}/{noun}/", query)

    return get


@pytest.fixture
def crowd(study, researcher):
    """Three complete, one of whom is decided about; one who is only there."""
    for number in range(3):
        session(study, number)
        submission(study, number)
    submission(study, 7)
    entry = next(one for one in ledger(study, "real") if one.submission_id == sid(0))
    decisions.draft(study=study, entry=entry, action=Action.APPROVE, actor=researcher)


def test_the_link_with_counts(api, crowd, study):
    study.prolific_study_id = "a" * 24
    study.save()

    told = api("prolific").json()

    assert told["prolific_study_id"] == "a" * 24
    assert told["statuses"] == {"AWAITING REVIEW": 4}
    assert told["discrepancies"]["only_there"] == 1
    assert told["poll_state"] == ""


def test_the_ledger_has_every_line_and_can_be_filtered(api, crowd):
    assert api("ledger").json()["count"] == 4
    assert api("ledger", show="discrepancies").json()["count"] == 1
    assert api("ledger", kind="only_there").json()["count"] == 1
    assert api("ledger", next="approve").json()["count"] == 3
    assert api("ledger", cohort="rehearsal").json()["count"] == 0
    line = api("ledger", next="approve").json()["results"][0]
    assert (line["status"], line["state"], line["checks_failed"]) == (
        "AWAITING REVIEW",
        "completed",
        0,
    )


def test_the_ledger_comes_in_pages(api, study):
    for number in range(103):
        submission(study, number)

    first = api("ledger").json()

    assert (first["count"], len(first["results"])) == (103, 100)
    assert len(api("ledger", page=2).json()["results"]) == 3
    assert api("ledger", page=3).status_code == 404


def test_decisions_say_who_decided_what_and_why(api, crowd, researcher):
    (made,) = api("decisions").json()["results"]

    assert (made["action"], made["state"]) == ("APPROVE", "draft")
    assert made["decided_by"] == researcher.username
    assert made["because"]
    assert made["submission"] == ProlificDecision.objects.get().submission_id
    assert api("decisions", state="sent").json()["count"] == 0


@pytest.mark.parametrize("noun", NOUNS)
def test_nobodys_id_is_told(api, crowd, noun):
    text = api(noun).content.decode()

    for number in (0, 1, 2, 7):
        assert pid(number) not in text
        assert sid(number) not in text


@pytest.mark.parametrize(
    ("noun", "query"),
    [
        ("prolific", {"cohort": "martians"}),
        ("ledger", {"cohort": "martians"}),
        ("ledger", {"show": "some"}),
        ("ledger", {"kind": "odd"}),
        ("ledger", {"next": "dance"}),
        ("decisions", {"state": "odd"}),
        ("decisions", {"action": "DANCE"}),
    ],
)
def test_a_filter_that_cannot_be_is_refused_by_name(api, noun, query):
    response = api(noun, **query)

    assert response.status_code == 400
    assert list(response.json()) == list(query)


@pytest.mark.parametrize("noun", NOUNS)
def test_an_imported_study_has_no_such_thing(client, researcher, tmp_path, noun):
    import_human(write(tmp_path / "human.csv", [row()]), "imported")
    client.force_login(researcher)

    assert client.get(f"/api/studies/imported/{noun}/").status_code == 404


@pytest.mark.parametrize("noun", NOUNS)
def test_annotators_and_strangers_are_kept_out(client, annotator, study, noun):
    address = f"/api/studies/{study.slug}/{noun}/"
    assert client.get(address).status_code in (401, 403)
    client.force_login(annotator)
    assert client.get(address).status_code == 403


@pytest.mark.parametrize("noun", NOUNS)
def test_the_schema_documents_answers_and_errors(client, researcher, noun):
    client.force_login(researcher)
    schema = client.get("/api/schema/?format=json").json()

    told = schema["paths"][f"/api/studies/{{slug}}/{noun}/"]["get"]["responses"]

    assert {"200", "400", "403", "404"} <= set(told)
