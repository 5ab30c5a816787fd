"""Recruiting from the page: shown exactly, asked, sent once."""

import re

import pytest

from survey.models import ProlificRequest
from survey.prolific.fake import running_fake
from survey.prolific.fake.running import TOKEN

pytestmark = pytest.mark.django_db


@pytest.fixture
def world(settings):
    with running_fake() as running:
        settings.PACT_PROLIFIC_TOKEN, settings.PACT_PROLIFIC_URL = TOKEN, running.url
        yield running.fake.world


@pytest.fixture
def page(client, researcher, study):
    client.force_login(researcher)
    return f"/studies/{study.slug}/prolific/study/"


FORM = {
    "name": "Everyday situations",
    "description": "You read seven situations.",
    "reward": "1.80",
    "places": "200",
    "minutes": "12",
    "minutes_allowed": "60",
    "devices": ["desktop", "mobile"],
    "countries": ["BR", "GB"],
}


def text(response):
    return response.content.decode()


def seal(response):
    return re.search(r'name="seal" value="(\w+)"', text(response))[1]


def make(client, page):
    shown = client.post(page, FORM)
    return client.post(page, FORM | {"sure": "1", "seal": seal(shown)}, follow=True)


def test_the_form_starts_from_the_instrument(client, page):
    form = client.get(page).context["form"]

    assert form["places"].value() == 200
    assert set(form["countries"].value()) == {"BR", "IN", "ZA", "GB", "US"}
    assert str(form["reward"].value()) == "1.80"


def test_everything_is_shown_before_anything_is_sent(client, page, world, study):
    shown = client.post(page, FORM)

    assert ">Make the study</button>" in text(shown)
    assert "GBP 504.00" in text(shown)
    assert "Brazil, United Kingdom" in text(shown)
    for code in study.instrument.definition["codes"].values():
        assert code in text(shown)
    assert "{{%PROLIFIC_PID%}}" in shown.context["ask"].body["external_study_url"]
    assert world.writes == []


def test_without_the_tick_nothing_is_sent(client, page, world):
    again = client.post(page, FORM | {"seal": seal(client.post(page, FORM))})

    assert "Tick this to send" in text(again)
    assert world.writes == []


def test_confirmed_it_is_made_and_linked(client, page, world, study):
    shown = make(client, page)

    study.refresh_from_db()
    assert world.study(study.prolific_study_id)["name"] == "Everyday situations"
    assert "unpublished" in text(shown)
    assert "Publish" in text(shown)


def test_a_second_click_makes_no_second_study(client, page, world):
    confirmed = FORM | {"sure": "1", "seal": seal(client.post(page, FORM))}
    client.post(page, confirmed)
    again = client.post(page, confirmed, follow=True)

    assert "linked with one at Prolific already" in text(again)
    assert [what for what, _ in world.writes] == ["CREATE"]


@pytest.mark.parametrize(("state", "looks_again"), [("sending", True), ("sent", False)])
def test_whoever_clicked_twice_sees_what_becomes_of_the_first(
    client, page, study, state, looks_again
):
    """The second click is refused while the first is on its way: the page then looks again itself."""
    ProlificRequest.objects.create(
        study=study, action="CREATE", body={}, seal="0" * 64, state=state
    )
    shown = client.get(page).content.decode()
    assert ("on its way to Prolific" in shown) is looks_again
    assert ('http-equiv="refresh"' in shown) is looks_again


def test_what_changed_since_it_was_shown_is_refused(client, page, world):
    confirmed = FORM | {"sure": "1", "seal": seal(client.post(page, FORM)), "reward": "18.00"}

    assert "something changed" in text(client.post(page, confirmed, follow=True))
    assert world.writes == []


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        ("reward", "0"),
        ("places", "-1"),
        ("minutes_allowed", "5"),
        ("screen_out_pay", "1.80"),
        ("countries", ["FR"]),
    ],
)
def test_what_cannot_be_is_said_beside_its_field(client, page, world, field, typed):
    response = client.post(page, FORM | {field: typed})

    assert response.status_code == 422
    assert response.context["form"].errors[field]


def test_change_something_brings_the_form_back_as_typed(client, page, world):
    back = client.post(page, FORM | {"back": "1"})

    assert back.status_code == 200
    assert back.context["form"]["name"].value() == "Everyday situations"


def test_publishing_names_the_cost_and_asks_again(client, page, world, study):
    make(client, page)
    study.refresh_from_db()

    shown = client.get(page + "publish/")
    assert "GBP 504.00" in text(shown)
    assert world.study(study.prolific_study_id)["status"] == "UNPUBLISHED"

    client.post(page + "publish/", {"sure": "1", "seal": seal(shown)})

    assert world.study(study.prolific_study_id)["status"] == "ACTIVE"


def test_places_are_shown_with_the_cost_before_and_after(client, page, world, study):
    make(client, page)
    study.refresh_from_db()

    shown = client.get(page + "places/?places=300")
    assert "200 places for GBP 504.00" in text(shown)
    assert "GBP 756.00" in text(shown)
    client.post(page + "places/", {"sure": "1", "places": "300", "seal": seal(shown)})

    assert world.study(study.prolific_study_id)["total_available_places"] == 300


def test_what_the_status_does_not_allow_is_not_offered(client, page, world):
    make(client, page)

    assert "is “unpublished” now" in text(client.get(page + "pause/", follow=True))
    assert client.get(page + "create/").status_code == 404
    assert client.get(page + "dance/").status_code == 404


def test_a_prolific_that_is_away_says_so(client, page, world, study, settings):
    make(client, page)
    settings.PACT_PROLIFIC_TOKEN = ""

    assert "PACT_PROLIFIC_TOKEN" in text(client.get(page))
    assert ProlificRequest.objects.count() == 1
