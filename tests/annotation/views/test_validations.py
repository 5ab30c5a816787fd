"""Researchers' pages of validations, invitations, and the desk as plain HTTP."""

import re

import pytest
from django.urls import reverse

from annotation.models import Dataset, Label, Task, Validation
from annotation.services.releases import create_release
from annotation.services.validation import claiming, people
from annotation.services.validation.drafts import protocol_of
from annotation.services.validation.presets import PAPER
from tests.annotation.validating import (
    CODES,
    make_scenarios,
    make_validation,
    rate,
    rate_all,
    seats,
)

pytestmark = pytest.mark.django_db


def page(client, name, /, *args, **query):
    return client.get(reverse(f"validation:{name}", args=args), query)


def post(client, name, /, *args, **data):
    return client.post(reverse(f"validation:{name}", args=args), data)


def form_of(response):
    """What the browser would send back of a protocol's page, unchanged."""
    form, rows = response.context["form"], response.context["rows"]
    sent = {}
    for field in [*form, *rows.management_form, *(f for row in rows for f in row)]:
        value = field.value()
        if value is not None and value is not False and value != "":
            sent[field.html_name] = ", ".join(value) if isinstance(value, tuple) else value
    return sent


@pytest.fixture
def office(client, researcher):
    client.force_login(researcher)
    return client


def test_an_empty_list_offers_a_first_validation(office):
    assert "No validation yet" in page(office, "validation_list").content.decode()


def test_a_new_draft_begins_with_the_papers_protocol(office, researcher):
    make_scenarios(12)
    sent = form_of(page(office, "validation_new")) | {"name": "Pilot", "slug": "pilot"}
    response = post(office, "validation_new", **sent, dataset="norms")
    assert response["Location"] == reverse("validation:validation_detail", args=["pilot"])
    draft = Validation.objects.get()
    assert protocol_of(draft) == PAPER
    assert (draft.created_by, draft.annotators.count()) == (researcher, 4)


@pytest.mark.parametrize(
    ("changes", "field", "words"),
    [
        ({"shared": "5"}, "shared", "at least 6 items"),
        ({"labels": "yes"}, "labels", "told apart"),
        ({"mode": "auction"}, "mode", "auction"),
        ({"sample_size": "0"}, "sample_size", "greater than or equal to 1"),
        ({"criteria-0-code": "Not A Code"}, "__all__", "code cannot be used"),
        ({"slug": "two words"}, "slug", "slug"),
        ({"removal_label": "perhaps"}, "removal_label", "none of the labels"),
    ],
)
def test_what_is_wrong_stands_beside_its_field_and_nothing_is_saved(office, changes, field, words):
    make_scenarios(12)
    sent = form_of(page(office, "validation_new")) | {"name": "Pilot", "slug": "pilot"}
    response = post(office, "validation_new", **sent | {"dataset": "norms"} | changes)
    assert response.status_code == 422
    form = response.context["form"]
    assert words in str(form.errors[field])
    assert not Validation.objects.exists()


def test_a_draft_is_edited_and_frozen_after_a_look_at_what_that_does(office):
    draft = make_validation(frozen=False, people=False)
    sent = form_of(page(office, "validation_edit", "pilot")) | {"name": "Renamed", "seed": 7}
    sent |= {"criteria-0-question": "Would anybody?"}
    assert post(office, "validation_edit", "pilot", **sent).status_code == 302
    draft.refresh_from_db()
    assert (draft.name, draft.seed) == ("Renamed", 7)
    assert draft.criteria.first().question == "Would anybody?"

    foreseen = page(office, "validation_state", "pilot", "freeze").context["foreseen"]
    assert (foreseen.population, foreseen.ratings, foreseen.most) == (12, 9, 3)
    assert post(office, "validation_state", "pilot", "freeze").status_code == 302
    draft.refresh_from_db()
    assert draft.state == Validation.State.OPEN
    shown = page(office, "validation_detail", "pilot").content.decode()
    assert draft.protocol_hash in shown
    assert "0 of 9 ratings" in shown


def test_a_frozen_protocol_says_that_it_is(office):
    validation = make_validation()
    rate(seats(validation)[0])
    for send in (lambda: page(office, "validation_edit", "pilot"),
                 lambda: post(office, "validation_edit", "pilot", name="x")):  # fmt: skip
        response = send()
        assert response.status_code == 302
        shown = office.get(response["Location"]).content.decode()
        assert "nothing that shapes the ratings can change any more" in shown
    refused = post(office, "validation_state", "pilot", "unfreeze")
    assert refused.status_code == 422
    assert "has answers already" in refused.content.decode()


def test_freezing_more_than_there_is_is_refused_before_and_after_the_button(office):
    make_validation(frozen=False, people=False, sample_size=13)
    before = page(office, "validation_state", "pilot", "freeze")
    assert "at most 12" in before.content.decode()
    assert post(office, "validation_state", "pilot", "freeze").status_code == 422
    assert Validation.objects.get().state == Validation.State.DRAFT


def test_a_sample_changed_by_hand_is_shown(office):
    validation = make_validation()
    assert (
        "no longer match the hash"
        not in page(office, "validation_detail", "pilot").content.decode()
    )
    validation.items.last().delete()
    assert "no longer match the hash" in page(office, "validation_detail", "pilot").content.decode()


def test_an_invitation_is_shown_once_and_accepted_by_a_newcomer(office, client):
    seat = seats(make_validation(people=False))[0]
    shown = post(office, "invite", "pilot", seat.pk).content.decode()
    [link] = re.findall(r"http://testserver(/validations/join/[^<]+)", shown)
    assert link not in page(office, "people", "pilot").content.decode()

    client.logout()
    assert "Make an account and join" in client.get(link).content.decode()
    weak = client.post(link, {"username": "nora", "password": "12345678"})
    assert weak.status_code == 422
    assert "password" in weak.context["form"].errors
    done = client.post(link, {"username": "nora", "password": "seven-green-kettles"})
    assert done["Location"] == reverse("validation:mine")
    seat.refresh_from_db()
    assert seat.user.username == "nora"
    assert "Pilot" in page(client, "mine").content.decode()  # without signing in
    client.logout()
    assert client.get(link).status_code == 404


def test_an_account_accepts_an_invitation(client, annotator):
    seat = seats(make_validation(people=False))[0]
    link = reverse("validation:join", args=[people.invite(seat=seat)])
    client.force_login(annotator)
    assert "Join with this account" in client.get(link).content.decode()
    assert client.post(link)["Location"] == reverse("validation:mine")
    assert "Pilot" in page(client, "mine").content.decode()
    assert "Pilot" in client.get(reverse("home")).content.decode()


def test_a_seat_that_comes_late_is_told_that_it_has_nothing_yet(client, annotator):
    late = people.add_seat(validation=make_validation())
    people.accept(token=people.invite(seat=late), user=annotator)
    client.force_login(annotator)

    mine, desk = (page(client, name, *which).content.decode() for name, which in (
        ("mine", ()), ("desk", ("pilot",)),
    ))  # fmt: skip

    assert "nothing yet" in mine
    assert "all answered" not in mine
    assert "Nothing is given to you yet" in desk
    assert "Back to the last one" not in desk


def test_letting_somebody_go_asks_first(office):
    seat = seats(make_validation())[0]
    assert "cannot be taken back" in page(office, "leave", "pilot", seat.pk).content.decode()
    seat.refresh_from_db()
    assert seat.active
    post(office, "leave", "pilot", seat.pk)
    seat.refresh_from_db()
    assert not seat.active
    assert "has left" in page(office, "people", "pilot").content.decode()


def test_seats_of_another_validation_are_not_found(office):
    make_validation()
    other = make_validation("other")
    assert page(office, "leave", "pilot", seats(other)[0].pk).status_code == 404


@pytest.fixture
def seat(client):
    found = seats(make_validation())[0]
    client.force_login(found.user)
    return found


def answers(value="yes", **changes):
    return {f"c-{code}": value for code in CODES} | {"action": "submit"} | changes


def test_a_plain_form_leads_to_the_next_item(client, seat):
    first = page(client, "desk", "pilot").context["task"]
    response = post(client, "item", "pilot", first.pk, **answers(seconds="4.5"))
    assert response["Location"] == reverse("validation:desk", args=["pilot"])
    assert page(client, "desk", "pilot").context["task"] != first
    first.refresh_from_db()
    assert (first.state, first.seconds) == ("submitted", 4.5)


def test_the_script_gets_the_next_item_alone(client, seat):
    first = page(client, "desk", "pilot").context["task"]
    address = reverse("validation:item", args=["pilot", first.pk])
    response = client.post(address, answers(), headers={"X-Desk": "1"})
    assert response.context["task"] != first
    assert "<html" not in response.content.decode()


def test_what_is_missing_is_said_and_what_was_typed_stays(client, seat):
    task = page(client, "desk", "pilot").context["task"]
    sent = answers("no", **{f"r-{CODES[0]}": "It is vague", "note": "Kept"})
    response = post(client, "item", "pilot", task.pk, **sent)
    assert response.status_code == 422
    shown = response.content.decode()
    assert shown.count("Please say in a few words why no.") == 2
    assert 'value="It is vague"' in shown
    assert ">Kept</textarea>" in shown
    assert not Label.objects.exists()


@pytest.mark.parametrize("seconds", ["", "nan", "inf", "-3", "soon"])
def test_a_time_that_is_none_stays_unknown(client, seat, seconds):
    task = claiming.next_task(seat=seat)
    post(client, "item", "pilot", task.pk, **answers(seconds=seconds))
    task.refresh_from_db()
    assert (task.state, task.seconds) == ("submitted", None)


def test_hostile_text_is_text(client, seat):
    task = claiming.next_task(seat=seat)
    post(client, "item", "pilot", task.pk, **answers(note='</textarea><script>"\x00' + "x" * 9000))
    task.refresh_from_db()
    assert len(task.note) == 4000
    assert "\x00" not in task.note
    shown = page(client, "item", "pilot", task.pk).content.decode()
    assert "&lt;script&gt;" in shown
    assert "<script>&quot;" not in shown


def test_skipping_needs_a_reason(client, seat):
    task = claiming.next_task(seat=seat)
    assert post(client, "item", "pilot", task.pk, action="skip").status_code == 422
    post(client, "item", "pilot", task.pk, action="skip", skip_reason="Wrote it")
    task.refresh_from_db()
    assert task.state == Task.State.SKIPPED


def test_a_late_draft_does_not_return_after_the_submission(client, seat):
    task = claiming.next_task(seat=seat)
    sent = answers(revision="0")
    assert post(client, "draft", "pilot", task.pk, **sent).json() == {"saved": True}
    post(client, "item", "pilot", task.pk, **sent)
    assert post(client, "draft", "pilot", task.pk, **sent).status_code == 409
    task.refresh_from_db()
    assert task.draft == {}


def test_going_back_and_nothing_to_go_back_to(client, seat):
    now = claiming.next_task(seat=seat)
    nothing = page(client, "undo", "pilot", now.pk)
    assert nothing["Location"] == reverse("validation:desk", args=["pilot"])
    done = rate(seat)
    back = page(client, "undo", "pilot", claiming.next_task(seat=seat).pk)
    assert back["Location"] == reverse("validation:item", args=["pilot", done.pk])


def test_final_answers_can_be_looked_at_and_nothing_more(client, seat):
    assert post(client, "finish", "pilot")["Location"] == reverse("validation:desk", args=["pilot"])
    rate_all(seat)
    assert post(client, "finish", "pilot")["Location"] == reverse("validation:mine")
    task = seat.tasks.first()
    shown = page(client, "item", "pilot", task.pk).content.decode()
    assert "Your answers are final" in shown
    assert 'name="action"' not in shown
    assert post(client, "item", "pilot", task.pk, **answers("no")).status_code == 422


def test_the_receiver_s_place_is_named(client, seat):
    version = claiming.next_task(seat=seat).item.version
    version.situation = "A neighbour, {receiver}, rings."
    version.save()
    shown = page(client, "desk", "pilot").content.decode()
    assert "A neighbour, [the receiver], rings." in shown
    assert "{receiver}" not in shown


def test_a_simulated_validation_says_so_everywhere(office):
    validation = make_validation()
    Validation.objects.update(simulated=True)
    for name in ("validation_detail", "people"):
        assert "SIMULATED" in page(office, name, "pilot").content.decode()
    assert "simulated" in page(office, "validation_list").content.decode()
    office.force_login(seats(validation)[0].user)
    for name, args in (("mine", []), ("desk", ["pilot"])):
        assert "badge--simulated" in page(office, name, *args).content.decode()


def test_a_dataset_and_release_that_do_not_belong_together_are_refused(office):
    make_scenarios(12)
    other = make_scenarios(3, "other")
    release = create_release(dataset=other, versions=[])
    sent = form_of(page(office, "validation_new")) | {"name": "Pilot", "slug": "pilot"}
    response = post(office, "validation_new", **sent | {"dataset": "norms", "release": release.pk})
    assert "another dataset" in str(response.context["form"].errors["release"])
    assert Dataset.objects.count() == 2
