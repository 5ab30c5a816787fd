"""The client against the fake, over real HTTP, in fine and in bad weather."""

import socket

import pytest

from survey.prolific.client import (
    Client,
    NotConfigured,
    NotFound,
    RateLimited,
    Refused,
    Unreachable,
    client_from_settings,
)

LONG = (
    "Two of the three questions that check reading were answered differently from what they ask. "
    * 2
)

STUDY = {
    "name": "SIMULATED",
    "reward": 180,
    "total_available_places": 5,
    "estimated_completion_time": 12,
}


def fill(prolific, number, status="AWAITING REVIEW"):
    world = prolific.fake.world
    study = str(world.add_study(name="SIMULATED")["id"])
    return study, [world.reserve(study, status=status).id for _ in range(number)]


@pytest.mark.parametrize("number", [0, 1, 19, 20, 21, 40, 45])
def test_every_submission_is_listed_once_over_all_pages(prolific, client_of, number):
    study, ids = fill(prolific, number)

    assert [one.id for one in client_of(prolific).submissions(study)] == ids


def test_the_person_is_read_from_lists_and_from_details(prolific, client_of):
    study, (one,) = fill(prolific, 1)
    client = client_of(prolific)

    person = prolific.fake.world.submission(one).person
    assert next(client.submissions(study)).participant_id == person
    assert client.submission(one).participant_id == person


def test_asking_to_slow_down_is_obeyed_with_growing_waits(prolific, client_of):
    study, _ids = fill(prolific, 100)
    prolific.fake.weather.faults = {"rate_limit"}
    client = client_of(prolific)

    for _ in range(3):
        assert len(list(client.submissions(study))) == 100
    assert set(client.waits) <= {1, 2, 4, 8}
    assert client.waits


def test_who_is_always_told_to_slow_down_gives_up_after_fifteen_seconds(prolific, client_of):
    study, _ = fill(prolific, 1)
    prolific.fake.weather.of_request = lambda _method: 429
    client = client_of(prolific)

    with pytest.raises(RateLimited):
        client.study(study)
    assert client.waits == [1, 2, 4, 8]


def test_reading_survives_a_server_that_fails_now_and_then(prolific, client_of):
    study, _ = fill(prolific, 150)
    prolific.fake.weather.faults = {"server_error"}

    assert len(list(client_of(prolific).submissions(study))) == 150


def test_a_write_whose_answer_is_lost_is_read_back_and_not_sent_again(prolific, client_of):
    _, (one,) = fill(prolific, 1)
    prolific.fake.weather.faults = {"drop_write"}
    client = client_of(prolific)

    assert client.transition_submission(one, "APPROVE").status == "APPROVED"
    assert prolific.fake.world.writes == [("APPROVE", one)]
    assert client.waits == []


def test_a_write_that_never_arrived_is_not_sent_again_either(prolific, client_of):
    _, (one,) = fill(prolific, 1)
    prolific.fake.weather.faults = {"lose_write"}
    client = client_of(prolific)

    with pytest.raises(Unreachable):
        client.transition_submission(one, "APPROVE")
    assert prolific.fake.world.writes == []
    assert client.waits == []


def test_many_at_once_are_not_sent_again_when_no_answer_comes(prolific, client_of):
    _, ids = fill(prolific, 3)
    prolific.fake.weather.faults = {"drop_write"}
    client = client_of(prolific)

    with pytest.raises(Unreachable):
        client.bulk_approve(ids)
    assert {client.submission(one).status for one in ids} == {"APPROVED"}
    assert prolific.fake.world.writes == [("APPROVE", one) for one in ids]


def test_a_write_that_was_told_to_slow_down_is_done_once(prolific, client_of):
    _, (one,) = fill(prolific, 1)
    prolific.fake.weather.faults = {"rate_limit"}
    prolific.fake.weather.requests = 4  # the next one is the fifth
    client = client_of(prolific)

    assert client.transition_submission(one, "APPROVE").status == "APPROVED"
    assert client.waits == [1]
    assert prolific.fake.world.writes == [("APPROVE", one)]


def test_a_rejection_needs_its_message_and_category(prolific, client_of):
    _, (one,) = fill(prolific, 1)
    client = client_of(prolific)

    with pytest.raises(Refused, match="100 characters"):
        client.transition_submission(one, "REJECT", message="No.", category="FAILED_CHECK")
    with pytest.raises(Refused, match="categories"):
        client.transition_submission(one, "REJECT", message=LONG, category="BORING")
    done = client.transition_submission(one, "REJECT", message=LONG, category="FAILED_CHECK")
    assert done.status == "REJECTED"


def test_many_are_approved_at_once_or_none(prolific, client_of):
    study, ids = fill(prolific, 3)
    other = prolific.fake.world.reserve(study).id
    client = client_of(prolific)

    with pytest.raises(Refused, match="ACTIVE"):
        client.bulk_approve([*ids, other])
    assert prolific.fake.world.writes == []
    client.bulk_approve(ids)
    assert client.counts(study) == {"APPROVED": 3, "ACTIVE": 1, "TOTAL": 4}


def test_a_study_is_made_published_paused_and_stopped(prolific, client_of):
    client = client_of(prolific)
    study = client.create_study(STUDY)["id"]

    states = [
        client.transition_study(study, do)["status"] for do in ("PUBLISH", "PAUSE", "START", "STOP")
    ]
    assert states == ["ACTIVE", "PAUSED", "ACTIVE", "AWAITING REVIEW"]
    assert client.study(study)["name"] == "SIMULATED"


def test_a_return_can_be_asked_for(prolific, client_of):
    _, (one,) = fill(prolific, 1)
    client = client_of(prolific)
    assert client.submission(one).return_requested_at is None

    client.request_return(one, "The instructions were understood differently twice.")

    assert client.submission(one).return_requested_at is not None


def test_code_and_time_are_read_from_lists_and_from_details(prolific, client_of):
    study, (one,) = fill(prolific, 1, status="ACTIVE")
    prolific.fake.world.move(one, "finish", code="DONE1234")
    prolific.fake.world.set_times(one, 600)
    client = client_of(prolific)

    for told in (next(client.submissions(study)), client.submission(one)):
        assert (told.code, told.seconds) == ("DONE1234", 600)
        assert told.completed_at is not None


def test_a_token_shows_whose_it_is(prolific, client_of):
    assert client_of(prolific).me()["email"] == "simulated@example.org"


def test_webhooks_are_subscribed_to_and_confirmed(prolific, client_of):
    client, target = client_of(prolific), "http://127.0.0.1:1/prolific/webhook/"

    assert client.new_secret("w" * 24) == prolific.fake.post.secret
    assert client.subscribe("w" * 24, target) in prolific.fake.hooks
    assert prolific.fake.post.url == target


def test_a_subscription_confirmed_with_another_proof_is_refused(prolific, client_of):
    client = client_of(prolific)
    prolific.fake.hooks["made"] = ("proof", "http://127.0.0.1:1/")

    with pytest.raises(Refused, match="X-Hook-Secret"):
        client._write("/hooks/subscriptions/made/", {"secret": "guess"})
    assert prolific.fake.post.url == ""


def test_what_does_not_exist_is_not_found(prolific, client_of):
    client = client_of(prolific)
    for ask in (client.study, client.submission, client.counts):
        with pytest.raises(NotFound):
            ask("0" * 24)
    with pytest.raises(NotFound):
        list(client.submissions("0" * 24))


def test_a_wrong_token_is_refused_and_never_told(prolific, client_of):
    with pytest.raises(Refused) as refused:
        client_of(prolific, token="secret-and-wrong").study("0" * 24)

    assert "secret-and-wrong" not in str(refused.value)


@pytest.mark.parametrize(
    "link",
    [
        "https://elsewhere.example/api/v1/x",
        "//elsewhere.example/x",
        "http://api.prolific.com/api/v1/x",
        "https://api.prolific.com:8443/x",
        "https://api.prolific.com@elsewhere.example/x",
    ],
)
def test_a_next_page_on_another_host_is_not_followed(link):
    with (
        Client(token="t", url="https://api.prolific.com/api/v1") as client,
        pytest.raises(Refused, match="another host"),
    ):
        client._next({"_links": {"next": {"href": link}}})


@pytest.mark.parametrize("link", ["/api/v1/x?page=2", "https://api.prolific.com/api/v1/x?page=2"])
def test_a_next_page_on_the_same_host_is(link):
    with Client(token="t", url="https://api.prolific.com/api/v1") as client:
        found = client._next({"_links": {"next": {"href": link}}})
    assert found == "https://api.prolific.com/api/v1/x?page=2"


@pytest.mark.parametrize("id_", ["", "..", "../users/me", "a/b", "a?b=c", "a#b", "ä\n"])
def test_an_id_never_leads_to_another_address(prolific, client_of, id_):
    client = client_of(prolific)

    for ask in (client.submission, client.study, client.counts):
        with pytest.raises(NotFound):
            ask(id_)


def test_nobody_there_is_unreachable():
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        waits = []
        url = f"http://127.0.0.1:{held.getsockname()[1]}/api/v1"
        with (
            Client(token="t", url=url, sleep=waits.append) as client,
            pytest.raises(Unreachable),
        ):
            client.study("0" * 24)
    assert waits == [1, 2, 4, 8]


def test_without_a_token_nothing_is_asked(settings):
    settings.PACT_PROLIFIC_TOKEN = ""

    with pytest.raises(NotConfigured, match="PACT_PROLIFIC_TOKEN"):
        client_from_settings()
