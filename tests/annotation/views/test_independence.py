"""Who annotates sees nobody else's answers: every address of the site is tried, for every role."""

import re

import pytest
from django.urls import NoReverseMatch, reverse

from annotation import access
from annotation.models import Construction, Judge, Label, Screening, Task, Verdict
from annotation.services.validation import freezing, people
from annotation.services.validation.progress import by_seat
from modeling.models import ModelCard
from pact_site.base.models import Role
from survey.models import Study
from tests.annotation.validating import (
    CODES,
    make_given,
    make_scenarios,
    make_validation,
    rate,
    rate_all,
    seats,
)
from tests.pact_site.walking import pages

pytestmark = pytest.mark.django_db

OWN = "OWN-NOTE"
MARKS = (OWN, "MARK-REASON", "MARK-NOTE", "MARK-RATIONALE", "MARK-SKIP")


@pytest.fixture
def pilot():
    """Everybody shares every item; the second annotator and a judge have said something telling.

    It is named as its dataset, so that each route is filled with one name and not with either.
    """
    named = {"slug": "pilot", "dataset": make_scenarios(slug="pilot")}
    validation = make_validation(**named, plan={"raters": 3, "shared": 0})
    reader, writer, _ = seats(validation)
    own = rate(reader, note=OWN)
    for _ in range(4):
        rate(
            writer,
            value="no",
            reasons=dict.fromkeys(CODES, "MARK-REASON"),
            note="MARK-NOTE",
            flagged=True,
        )
    judge = Judge.objects.create(dataset=validation.dataset, name="judge", labels=["yes", "no"])
    for item in validation.items.all():
        Verdict.objects.create(
            judge=judge,
            version=item.version,
            criterion=CODES[0],
            value="no",
            rationale="MARK-RATIONALE",
        )
    assert own.labels.exists()
    return validation


def addresses(validation):
    """Every GET address of the site, pages and REST, filled with what exists here."""
    item = validation.items.first()
    judge = Judge.objects.get().pk
    members = [seat.pk for seat in seats(validation)[:2]]
    assert validation.slug == validation.dataset.slug
    values = {
        "slug": [validation.slug],
        "pk": [
            item.version.scenario_id,
            item.pk,
            judge,
            _tasks_of("A01", validation)[0],
            *_tasks_of("A02", validation)[:2],
            *members,
        ],
        "other": [judge],
        "judge": [judge],
        "change": ["close", "unfreeze"],
        "ending": ["csv", "parquet"],
        "kind": ["validation"],
        "format": ["json"],
    }
    firsts = {name: given[:1] for name, given in values.items()}
    assert not any(model.objects.exists() for model in NONE_HERE.values())
    found = set()
    for page in pages():
        route = REST_PART.sub(r"<str:\1>", page.route).replace("/^", "/").rstrip("$?")
        if page.route.startswith("accounts/") or any(mark in route for mark in "^$?\\("):
            continue
        none = any(kind in route for kind in NONE_HERE)
        found |= set(_filled(route, firsts if none else values))
    return sorted(found)


NONE_HERE = {
    "/construction": Construction, "/screenings/": Screening, "studies/": Study,
    "model-cards/": ModelCard,
}  # fmt: skip
"""Of these there is nothing to show, whichever number is asked for: one of each is tried."""


REST_PART = re.compile(r"\(\?P<(\w+)>[^)]+\)")


def _tasks_of(pseudonym, validation):
    tasks = Task.objects.filter(item__validation=validation, annotator__pseudonym=pseudonym)
    return list(tasks.values_list("pk", flat=True))


def _filled(route, values):
    if "<" not in route:
        yield "/" + route
        return
    before, rest = route.split("<", 1)
    converter, after = rest.split(">", 1)
    for value in values.get(converter.split(":")[-1], ["1"]):
        yield from _filled(f"{before}{value}{after}", values)


def shown(client, to_try):
    """Each address with each mark that its answer holds."""
    found = []
    for address in to_try:
        response = client.get(address)
        body = b"".join(response) if response.streaming else response.content
        found += [(address, mark) for mark in MARKS if mark.encode() in body]
    return found


@pytest.mark.parametrize("role", [Role.ANNOTATOR, Role.RESEARCHER, Role.ADMINISTRATOR])
def test_no_address_shows_an_annotator_what_others_or_the_judge_said(pilot, client, role):
    """The own words are shown, on the own item; so the walk would see others' too."""
    reader = seats(pilot)[0].user
    reader.role = role
    reader.is_staff = reader.is_superuser = role == Role.ADMINISTRATOR
    reader.save()
    client.force_login(reader)
    assert Label.objects.filter(reason="MARK-REASON").count() == 4 * len(CODES)
    found = shown(client, addresses(pilot))
    assert {mark for _, mark in found} == {OWN}
    assert all("/validations/pilot/desk/" in address for address, _ in found)


def test_whoever_gave_reasons_sees_them_on_the_own_item(pilot, client):
    client.force_login(seats(pilot)[1].user)
    desk = [address for address in addresses(pilot) if "/desk/" in address]
    assert {mark for _, mark in shown(client, desk)} == {"MARK-REASON", "MARK-NOTE"}


def test_the_walk_reaches_what_is_shown_to_others(pilot, client, researcher):
    client.force_login(researcher)
    places = ("/results/", "/judges/", "/api/validations/", "/verdicts/")
    to_try = [a for a in addresses(pilot) if any(place in a for place in places)]
    telling = [address for address, _ in shown(client, to_try)]
    for place in places:
        assert any(place in address for address in telling), place


def test_an_annotator_opens_no_item_of_somebody_else_and_none_ahead_of_time(pilot, client):
    first, second, _ = seats(pilot)
    client.force_login(first.user)
    ahead = first.tasks.filter(state="waiting").first()
    for task in [*second.tasks.all(), ahead]:
        for name in ("item", "draft"):
            address = reverse(f"validation:{name}", args=["pilot", task.pk])
            assert client.get(address).status_code in (404, 405)
    theirs = second.tasks.filter(state="submitted").first()
    before = list(theirs.labels.values())
    sent = {f"c-{code}": "yes" for code in CODES}
    assert (
        client.post(reverse("validation:item", args=["pilot", theirs.pk]), sent).status_code == 422
    )
    draft = reverse("validation:draft", args=["pilot", theirs.pk])
    assert client.post(draft, sent).status_code == 409
    assert list(theirs.labels.values()) == before


def test_nobody_enters_a_desk_without_a_seat(pilot, client, annotator, researcher):
    for user in (annotator, researcher):
        client.force_login(user)
        for name, args in (("desk", []), ("item", [1]), ("undo", [1])):
            address = reverse(f"validation:{name}", args=["pilot", *args])
            assert client.get(address).status_code == 404


def test_somebody_who_was_let_go_is_outside(pilot, client):
    seat = seats(pilot)[0]
    people.deactivate(seat=seat)
    client.force_login(seat.user)
    assert client.get(reverse("validation:desk", args=["pilot"])).status_code == 404
    assert "Pilot" not in client.get(reverse("validation:mine")).content.decode()


class TestResults:
    """The gate that pages of results and verdicts stand behind."""

    @pytest.fixture
    def gate(self, pilot):
        def passes(user):
            try:
                access.access_results(user, "pilot")
                access.refuse_unfinished(user, pilot.dataset)
            except access.StillAnnotating:
                return False
            return True

        return passes

    @pytest.fixture
    def member(self, pilot):
        """A researcher who annotates."""
        user = seats(pilot)[0].user
        user.role = Role.RESEARCHER
        user.save()
        return user

    def test_researchers_who_do_not_annotate_pass(self, gate, researcher):
        assert gate(researcher)

    def test_a_member_passes_when_the_own_answers_are_final(self, pilot, gate, member):
        assert not gate(member)
        seat = seats(pilot)[0]
        rate_all(seat)
        assert not gate(member)
        people.finish(seat=seat)
        assert gate(member)

    def test_or_when_the_validation_is_closed(self, pilot, gate, member):
        freezing.close(validation=pilot)
        assert gate(member)

    def test_a_refusal_says_why(self, client, member, pilot):
        client.force_login(member)
        try:
            address = reverse("validation:results", args=["pilot"])
        except NoReverseMatch:
            pytest.skip("there is no page of results yet")
        response = client.get(address)
        assert response.status_code == 403
        assert "You annotate here yourself" in response.content.decode()


def test_progress_holds_counts_only(pilot):
    for row in by_seat(pilot):
        assert set(vars(row)) == {"seat", "progress"}
    assert make_given("no").values != make_given().values
