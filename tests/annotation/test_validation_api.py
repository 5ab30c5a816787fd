"""Validations over REST: roles, independence, the numbers of the page, and a documented schema."""

import pytest

from annotation.models import Annotator, SampledItem
from annotation.services.labels.adjudicating import adjudicate
from annotation.services.validation import freezing, people
from pact_site.base.models import Role, User
from tests.annotation.labelling import load_labels
from tests.annotation.validating import make_validation, rate, rate_all, seats

pytestmark = pytest.mark.django_db

OPEN = ("", "items/", "progress/")
HELD = ("labels/", "agreement/", "outcomes/")


def address(part="", slug="pilot"):
    return f"/api/validations/{slug}/{part}"


@pytest.fixture
def pilot():
    """Three annotators; the first of them has answered everything, the second one item."""
    validation = make_validation("pilot")
    first, second, _ = seats(validation)
    rate_all(first)
    rate(second, "no")
    return validation


@pytest.fixture
def member(pilot):
    """A researcher who annotates here and has yet to answer."""
    user = User.objects.create_user("rosa", role=Role.RESEARCHER)
    Annotator.objects.filter(pk=seats(pilot)[2].pk).update(user=user)
    return user


def test_researchers_only(pilot, client, annotator, researcher):
    for part in (*OPEN, *HELD):
        client.logout()
        assert client.get(address(part)).status_code == 401
        client.force_login(annotator)
        assert client.get(address(part)).status_code == 403
        client.force_login(researcher)
        assert client.get(address(part)).status_code == 200
        assert client.get(address(part, "nowhere")).status_code == 404


def test_nothing_can_be_written(pilot, client, administrator):
    client.force_login(administrator)
    for part in (*OPEN, *HELD):
        for method in (client.post, client.put, client.patch, client.delete):
            assert method(address(part), {}, content_type="application/json").status_code == 405


def test_who_has_yet_to_answer_sees_the_protocol_and_no_answers(pilot, client, member):
    client.force_login(member)
    for part in OPEN:
        assert client.get(address(part)).status_code == 200
    for part in HELD:
        assert client.get(address(part)).status_code == 403
        assert "your own answers are final" in client.get(address(part)).json()["detail"]


def test_answers_open_once_ones_own_are_final(pilot, client, member):
    client.force_login(member)
    seat = seats(pilot)[2]
    rate_all(seat)
    assert client.get(address("labels/")).status_code == 403
    people.finish(seat=seat)
    assert client.get(address("labels/")).status_code == 200


def test_answers_open_when_the_validation_is_closed(pilot, client, member):
    client.force_login(member)
    freezing.close(validation=pilot)
    assert client.get(address("agreement/")).status_code == 200


def test_labels_come_with_reasons_and_pseudonyms_after_people_left(pilot, client, researcher):
    second = seats(pilot)[1]
    people.deactivate(seat=second)
    second.user.delete()
    client.force_login(researcher)
    rows = client.get(address("labels/")).json()["results"]
    assert {row["annotator"] for row in rows} == {"A01", "A02"}
    noes = [row for row in rows if row["annotator"] == "A02"]
    assert len(noes) == 3
    assert {row["reason"] for row in noes} == {"It is not."}


def test_agreement_is_the_papers(tmp_path, client, researcher):
    load_labels(tmp_path)
    client.force_login(researcher)
    rows = client.get(address("agreement/", "paper")).json()["results"]
    pooled = {row["coefficient"]: row for row in rows if row["criterion"] == "__pooled__"}
    values = {name: round(pooled[name]["value"], 3) for name in ("percent", "pabak", "ac1")}
    assert values == {"percent": 0.963, "pabak": 0.926, "ac1": 0.962}
    assert round(pooled["positive"]["value"], 3) == 0.981
    assert pooled["cohen"]["value"] == pytest.approx(0)
    assert all(row["note"] for row in rows if row["value"] is None)


def test_outcomes_say_what_was_settled_and_why(tmp_path, client, researcher):
    load_labels(tmp_path)
    item = SampledItem.objects.get(key="i4")
    criterion = item.validation.criteria.get(code="distinct")
    adjudicate(
        item=item, criterion=criterion, value="yes", rationale="They are two.", actor=researcher
    )
    client.force_login(researcher)
    [row] = client.get(address("outcomes/", "paper")).json()["results"]
    told = {name: row[name] for name in ("item", "criterion", "value", "rationale", "decided_by")}
    assert told == {
        "item": "i4",
        "criterion": "distinct",
        "value": "yes",
        "rationale": "They are two.",
        "decided_by": "rita",
    }


def test_options_without_meaning_are_refused(pilot, client, researcher):
    client.force_login(researcher)
    answer = client.get(address("agreement/"), {"weights": "heavy"})
    assert (answer.status_code, list(answer.json())) == (400, ["weights"])


def test_progress_names_pseudonyms_and_no_accounts(pilot, client, researcher):
    client.force_login(researcher)
    rows = client.get(address("progress/")).json()["results"]
    assert [(row["annotator"], row["submitted"]) for row in rows][1] == ("A02", 1)
    assert "pilot-a01" not in client.get(address("progress/")).content.decode()


def test_the_schema_documents_refusals(client, researcher):
    client.force_login(researcher)
    schema = client.get("/api/schema/", headers={"accept": "application/json"}).json()
    for part in ("", "items/", "progress/", "labels/", "agreement/", "outcomes/"):
        responses = schema["paths"]["/api/validations/{slug}/" + part]["get"]["responses"]
        assert {"200", "401", "403", "404"} <= set(responses), part
