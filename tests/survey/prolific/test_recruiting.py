"""Recruitment from here: sent once, whatever is clicked and whatever the network does."""

import threading

import pytest
from django.db import connection, transaction
from django.db.models.signals import post_save

from pact_site.base.errors import BadInput
from pact_site.base.models import AuditEvent
from survey.models import ProlificRequest, Study
from survey.prolific import recruiting
from survey.prolific.fake.world import FILTERS
from survey.prolific.recruiting import Action, Ask, There
from survey.prolific.study_draft import StudyDraft, internal_name, study_body
from survey.services.instruments import definition_of
from survey.services.studies import add_instrument, standard_definition

DRAFT = StudyDraft(
    name="SIMULATED",
    description="Seven situations.",
    reward=180,
    places=200,
    minutes=12,
    minutes_allowed=60,
    countries=("GB", "BR"),
)


def ask_to_make(study, client, draft=DRAFT):
    body = study_body(
        draft,
        slug=study.slug,
        address="http://127.0.0.1/s/first-light/",
        codes=definition_of(study.instrument).codes,
        filters=client.filters(),
    )
    return Ask(Action.CREATE, body)


def send(study, ask, client, confirmed=None):
    seal = confirmed or recruiting.seal(study, ask)
    return recruiting.request(study=study, ask=ask, confirmed=seal, client=client)


@pytest.fixture
def made(study, prolific, client_of):
    """The bundled study, made at the fake; a client of it."""
    client = client_of(prolific)
    send(study, ask_to_make(study, client), client)
    study.refresh_from_db()
    return client


def test_the_study_is_made_as_it_was_shown_and_linked(study, prolific, client_of):
    client = client_of(prolific)
    ask = ask_to_make(study, client)

    row = send(study, ask, client)

    study.refresh_from_db()
    there = prolific.fake.world.study(study.prolific_study_id)
    assert row.state == "sent"
    assert there["status"] == "UNPUBLISHED"
    assert {name: there[name] for name in ask.body} == ask.body
    assert AuditEvent.objects.filter(verb="prolific.study_sent").count() == 1


def test_countries_are_looked_up_in_prolifics_own_filter(prolific, client_of, study):
    body = ask_to_make(study, client_of(prolific)).body

    (filtered,) = body["filters"]
    assert [FILTERS[0]["choices"][key] for key in filtered["selected_values"]] == [
        "United Kingdom",
        "Brazil",
    ]


def test_a_country_that_prolific_does_not_know_is_named(study):
    with pytest.raises(BadInput, match="Brazil"):
        study_body(
            DRAFT, slug="s", address="", codes=definition_of(study.instrument).codes,
            filters=[{"filter_id": "current-country-of-residence", "choices": {"0": "United Kingdom"}}],
        )  # fmt: skip


def test_every_outcome_has_its_code_once(study, prolific, client_of):
    codes = ask_to_make(study, client_of(prolific)).body["completion_codes"]

    assert [one["code_type"] for one in codes] == [
        "COMPLETED",
        "FAILED_ATTENTION_CHECK",
        "NO_CONSENT",
        "SCREENED_OUT",
        "INCOMPATIBLE_DEVICE",
        "OTHER",
    ]
    assert len({one["code"] for one in codes}) == len(codes)
    assert "over" in codes[-1]["actions"][0]["return_reason"]


def test_an_instrument_from_before_there_was_a_code_for_closed_studies_has_none(
    study, prolific, client_of
):
    codes = {k: v for k, v in standard_definition()["codes"].items() if k != "closed"}
    add_instrument(study=study, definition=standard_definition(codes=codes))

    made = ask_to_make(study, client_of(prolific)).body["completion_codes"]
    assert "OTHER" not in {one["code_type"] for one in made}


def test_the_same_seal_is_sent_once(study, prolific, client_of):
    client = client_of(prolific)
    ask = ask_to_make(study, client)
    seal = recruiting.seal(study, ask)
    send(study, ask, client, seal)

    with pytest.raises(BadInput):
        send(study, ask, client, seal)

    assert [what for what, _ in prolific.fake.world.writes] == ["CREATE"]


def test_what_changed_since_it_was_shown_is_not_sent(study, prolific, client_of):
    client = client_of(prolific)
    shown = recruiting.seal(study, ask_to_make(study, client))
    dearer = StudyDraft(**vars(DRAFT) | {"reward": 1800})

    with pytest.raises(BadInput, match="changed"):
        send(study, ask_to_make(study, client, dearer), client, shown)

    assert prolific.fake.world.writes == []


@pytest.mark.django_db(transaction=True)
def test_two_clicks_at_once_make_one_study(study, prolific, client_of):
    ask = ask_to_make(study, client_of(prolific))
    seal = recruiting.seal(study, ask)
    refused = []

    def click():
        try:
            send(Study.objects.get(pk=study.pk), ask, client_of(prolific), seal)
        except BadInput as error:
            refused.append(str(error))
        finally:
            connection.close()

    threads = [threading.Thread(target=click) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(refused) == 3
    assert [what for what, _ in prolific.fake.world.writes] == ["CREATE"]


@pytest.mark.django_db(transaction=True)
def test_what_was_made_is_linked_at_the_moment_it_counts_as_sent(study, prolific, client_of):
    """A second click that looked in between would be offered the form to make it once more."""
    client, linked = client_of(prolific), []

    def look(instance, **_):
        if instance.state == "sent":
            transaction.on_commit(
                lambda: linked.append(bool(Study.objects.get(pk=study.pk).prolific_study_id))
            )

    post_save.connect(look, sender=ProlificRequest)
    try:
        send(study, ask_to_make(study, client), client)
    finally:
        post_save.disconnect(look, sender=ProlificRequest)

    assert linked == [True]


def test_a_making_whose_answer_is_lost_is_found_by_its_name(study, prolific, client_of):
    client = client_of(prolific)
    ask = ask_to_make(study, client)
    prolific.fake.weather.faults = {"drop_write"}

    row = send(study, ask, client)

    study.refresh_from_db()
    assert row.state == "sent"
    assert prolific.fake.world.study(study.prolific_study_id)["internal_name"] == internal_name(
        study.slug
    )


def test_a_making_that_is_in_the_dark_is_looked_up_before_the_next(study, prolific, client_of):
    client = client_of(prolific)
    ask = ask_to_make(study, client)
    prolific.fake.weather.faults = {"lose_write"}
    assert send(study, ask, client).state == "unknown"
    prolific.fake.weather.faults = set()
    late = prolific.fake.world.make_study(ask.body)  # it arrived after all

    assert send(study, ask, client).state == "sent"

    study.refresh_from_db()
    assert study.prolific_study_id == late["id"]
    assert len(prolific.fake.world.studies) == 1


def test_a_refusal_is_kept_with_its_reason(study, prolific, client_of):
    client = client_of(prolific)
    nothing = Ask(Action.CREATE, ask_to_make(study, client).body | {"reward": 0})

    row = send(study, nothing, client)

    assert row.state == "failed"
    assert "reward" in row.error
    assert not Study.objects.get(pk=study.pk).prolific_study_id


def test_it_is_published_paused_started_and_stopped(study, made, prolific):
    world = prolific.fake.world
    for action, status in (
        (Action.PUBLISH, "ACTIVE"),
        (Action.PAUSE, "PAUSED"),
        (Action.START, "ACTIVE"),
        (Action.STOP, "AWAITING REVIEW"),
    ):
        assert action in recruiting.study_there(made, study).possible
        assert send(study, Ask(action), made).state == "sent"
        assert world.study(study.prolific_study_id)["status"] == status
    assert recruiting.study_there(made, study).possible == ()


def test_a_study_that_is_shut_here_is_not_published(study, made, prolific):
    Study.objects.filter(pk=study.pk).update(state="paused")
    study.refresh_from_db()

    with pytest.raises(BadInput, match="Open the study here first"):
        send(study, Ask(Action.PUBLISH), made)

    assert [what for what, _ in prolific.fake.world.writes] == ["CREATE"]


@pytest.mark.parametrize(("fault", "state"), [("drop_write", "sent"), ("lose_write", "failed")])
def test_without_an_answer_the_study_is_read(study, made, prolific, fault, state):
    prolific.fake.weather.faults = {fault}

    assert send(study, Ask(Action.PUBLISH), made).state == state

    prolific.fake.weather.faults = set()
    done = prolific.fake.world.study(study.prolific_study_id)["status"] == "ACTIVE"
    assert done == (state == "sent")


def test_places_grow_and_cost_what_prolific_says(study, made, prolific):
    send(study, Ask(Action.PUBLISH), made)

    row = send(study, Ask(Action.PLACES, {"total_available_places": 250}), made)

    assert row.state == "sent"
    assert recruiting.study_there(made, study).places == 250
    cost = recruiting.cost_of(made, places=250, reward=180)
    assert (cost.pay, cost.total, cost.currency) == (45_000, 63_000, "GBP")
    assert cost.shown["total"] == "GBP 630.00"
    assert send(study, Ask(Action.PLACES, {"total_available_places": 10}), made).state == "failed"


def test_a_request_cut_off_in_the_middle_does_not_block_for_ever(study, prolific, client_of):
    client = client_of(prolific)
    ProlificRequest.objects.create(study=study, action="CREATE", seal="a")
    ask = ask_to_make(study, client)
    with pytest.raises(BadInput, match="right now"):
        send(study, ask, client)
    long_ago = recruiting.timezone.now() - 2 * recruiting.ABANDONED
    ProlificRequest.objects.update(asked_at=long_ago)

    assert send(study, ask, client).state == "sent"


def test_an_unknown_status_offers_nothing():
    assert There("", "", "SCHEDULED", 1, 1, "").possible == ()
