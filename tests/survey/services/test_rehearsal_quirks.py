"""What sets simulated people apart, over real HTTP, and what the site must remember of it."""

import asyncio
import json
from collections import Counter
from dataclasses import replace

import aiohttp
import pytest
from django.core.management import CommandError, call_command

from survey.models import Answer, Assignment, Cohort, Participant, ProlificIdentity, Tally
from survey.services import participation
from survey.services.participation import Person
from survey.services.rehearsal import send
from survey.services.rehearsal_counts import count
from survey.services.simulated_browser import Browser, Diary, Page
from survey.services.simulated_people import QUIRKS, make_guests
from survey.services.simulated_walks import _send
from survey.services.studies import add_instrument, standard_definition
from tests.survey.services.test_assignment import REPLY, answer_all, arrive
from tests.survey.services.test_localising import TAG, both  # noqa: F401 - a fixture
from tests.survey.walking import pid

pytestmark = pytest.mark.django_db(transaction=True)


def guest(quirk, seed=1, **changes):
    """Somebody who stays to the end, with this quirk."""
    made = make_guests(n=1, seed=seed, countries=("BR",), dropout=0.0, pages=13)[0]
    return replace(made, quirk=quirk, fails_checks=False, **changes)


def alone(study, live_server, quirk):
    return send(study=study, guests=[guest(quirk)], url=live_server.url)


@pytest.mark.parametrize(
    "quirk",
    ["reload", "double_submit", "two_tabs", "both_tabs", "breaks_off", "wrong_first"],
)
def test_whoever_stays_completes_with_every_answer(study, live_server, quirk):
    outcome = alone(study, live_server, quirk)

    assert (outcome.did, outcome.endings) == ({quirk: 1}, {"completed": 1})
    assert (outcome.answers_sent, outcome.answers_stored, outcome.answers_lost) == (7, 7, 0)
    assert outcome.problems == []
    assert Participant.objects.get().state == "completed"


def test_whoever_declines_leaves_a_count_and_no_row(study, live_server):
    outcome = alone(study, live_server, "declines")

    assert (outcome.did, outcome.endings) == ({"declines": 1}, {"declined": 1})
    assert outcome.problems == []
    assert not Participant.objects.exists()
    assert Tally.objects.get(event="declined").count == 1


def test_whoever_withdraws_in_the_middle_leaves_nothing_that_was_said(study, live_server):
    outcome = alone(study, live_server, "withdraws")

    assert (outcome.did, outcome.endings) == ({"withdraws": 1}, {"withdrawn": 1})
    assert (outcome.answers_sent, outcome.answers_stored) == (0, 0)
    assert outcome.problems == []
    person = Participant.objects.get()
    assert person.state == "withdrawn"
    assert person.withdrawal.answers_removed == 3
    assert not Answer.objects.exists()
    assert not ProlificIdentity.objects.exists()


def test_whoever_misunderstands_twice_is_screened_out_and_gives_the_places_back(study, live_server):
    outcome = alone(study, live_server, "misunderstands")

    assert (outcome.did, outcome.endings) == ({"misunderstands": 1}, {"screened_out": 1})
    assert outcome.problems == []
    person = Participant.objects.get()
    assert (person.state, person.ended_because) == ("screened_out", "comprehension")
    assert not Assignment.objects.holding().exists()


def test_people_read_the_study_in_the_languages_it_offers(both, live_server):  # noqa: F811
    people = [guest("none", seed) for seed in range(6)]

    outcome = send(study=both, guests=people, url=live_server.url)

    stored = Counter(Participant.objects.values_list("language", flat=True))
    assert outcome.languages == dict(stored)
    assert set(stored) == {"en", TAG}
    assert set(Answer.objects.values_list("language", flat=True)) == {"en", TAG}
    assert outcome.problems == []


def test_the_same_people_may_come_to_a_second_rehearsal(study, live_server):
    people = [guest(quirk, seed) for seed, quirk in enumerate(QUIRKS)]
    first = send(study=study, guests=people, url=live_server.url)
    again = send(study=study, guests=people, url=live_server.url)

    assert first.problems == again.problems == []
    assert again.endings == first.endings
    assert again.answers_stored == first.answers_stored == 7 * 7
    assert again.answers_sent == 0


class Scene:
    """A loopback server that answers as the test says; what it got is kept."""

    def __init__(self, talk):
        self.talk = talk

    async def __aenter__(self):
        self.server = await asyncio.start_server(self.talk, "127.0.0.1", 0)
        port = self.server.sockets[0].getsockname()[1]
        self.page = Page(f"http://127.0.0.1:{port}/situation/1/", "situation/1", FORM)
        return self

    async def __aexit__(self, *error):
        self.server.close()


FORM = '<input type="hidden" name="token" value="t"><input name="importance_norm">'


async def request_of(reader):
    head = await reader.readuntil(b"\r\n\r\n")
    length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
    return (head + await reader.readexactly(length)).decode()


def browse(quirk, talk, act):
    """Let a guest with this quirk act on a page of a server that talks like this."""

    async def scene():
        async with Scene(talk) as made, aiohttp.ClientSession() as session:
            around = type("Around", (), {"root": "", "pause": (0, 0), "patience": 0})
            return await asyncio.wait_for(
                act(Browser(session, around, Diary(guest(quirk))), made.page), 20
            )

    return asyncio.run(scene())


def test_both_tabs_have_their_versions_under_way_at_the_same_time():
    got, everybody_here = [], []

    async def talk(reader, writer):
        """Answer nobody before two have asked."""
        got.append(await request_of(reader))
        gate = asyncio.Event()
        everybody_here.append(gate)
        if len(everybody_here) == 2:
            for one in everybody_here:
                one.set()
        await gate.wait()
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok")
        await writer.drain()
        writer.close()

    other = replace(REPLY, importance_norm=2)
    _, kept = browse("both_tabs", talk, lambda tabs, page: _send(tabs, page, REPLY, other))

    assert kept == (REPLY, other)
    assert sorted(text.split("\r\n\r\n")[1] for text in got) == [
        "token=t&importance_norm=2", "token=t&importance_norm=6",
    ]  # fmt: skip


def test_whoever_breaks_off_has_sent_everything_and_hears_nothing():
    got = []

    async def talk(reader, writer):
        got.append(await request_of(reader))
        got.append(await reader.read())  # returns at the end of the connection only
        writer.close()

    async def act(tab, page):
        await tab.break_off(page, {"importance_norm": "6", "reason": "é & ü"})
        while len(got) < 2:
            await asyncio.sleep(0.01)

    browse("breaks_off", talk, act)

    text, rest = got
    assert text.startswith("POST /situation/1/ HTTP/1.1\r\n")
    assert text.endswith("token=t&importance_norm=6&reason=%C3%A9+%26+%C3%BC")
    assert rest == b""


def diary(number, **told):
    person = replace(guest("none"), pid=pid(number))
    return Diary(person, **told)


def counted(study, *diaries):
    return count(study, diaries, 1.0, 1.0, 0.5)


def test_an_answer_that_is_not_stored_as_it_was_sent_is_lost(study):
    answer_all(arrive(study, 1, cohort=Cohort.REHEARSAL))
    turned = replace(REPLY, importance_norm=1)
    seen = {1: (REPLY,), 2: (turned, REPLY), 3: (turned,), 9: (REPLY,)}

    outcome = counted(study, diary(1, ending="completed", sent=seen))

    assert (outcome.answers_sent, outcome.answers_lost) == (4, 2)
    assert outcome.problems == ["answers lost: 2"]


@pytest.mark.parametrize("ending", ["completed", "screened_out", "withdrawn", "declined"])
def test_an_ending_that_the_site_remembers_otherwise_is_told(study, ending):
    arrive(study, 1, cohort=Cohort.REHEARSAL)

    outcome = counted(study, diary(1, ending=ending))

    assert outcome.endings_wrong == 1
    assert outcome.problems == ["endings wrong: 1"]
    assert counted(study, diary(1)).problems == []  # who has left is under way


def test_a_withdrawal_that_left_something_is_told(study):
    person = arrive(study, 1, cohort=Cohort.REHEARSAL)
    Participant.objects.filter(pk=person.pk).update(state="withdrawn")
    assert counted(study, diary(1, ending="withdrawn")).endings_wrong == 1

    person.prolific.delete()
    assert counted(study, diary(1, ending="withdrawn")).endings_wrong == 0


def test_a_language_that_was_not_chosen_is_told(study):
    answer_all(arrive(study, 1, cohort=Cohort.REHEARSAL))

    assert counted(study, diary(1, ending="completed", language="en")).endings_wrong == 0
    assert counted(study, diary(1, ending="completed", language=TAG)).endings_wrong == 1


def test_a_study_that_did_not_hold_exits_1_after_its_report(study, live_server, capsys):
    add_instrument(study=study, definition=standard_definition(planned_completes=5))
    one = arrive(study, 1, cohort=Cohort.REHEARSAL).assignments.get(position=1)
    Assignment.objects.filter(pk=one.pk).update(state="confirmed")
    other = participation.consent(
        study=study, person=Person(pid(2), Cohort.REHEARSAL), language="en"
    )
    doubled = Assignment.objects.get(pk=one.pk)
    doubled.pk, doubled.participant, doubled.slot = None, other, 99
    doubled.state = "confirmed"
    doubled.save()

    with pytest.raises(CommandError, match="cells over target: 1") as caught:
        call_command(
            "simulate_participants", study=study.slug, n=1, dropout=0.0, url=live_server.url,
            json=True,
        )  # fmt: skip

    assert caught.value.returncode == 1
    found = json.loads(capsys.readouterr().out)
    assert found["cells_over_target"] == 1
    assert found["answers_lost"] == found["duplicates"] == found["endings_wrong"] == 0
