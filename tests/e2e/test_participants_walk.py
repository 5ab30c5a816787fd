"""Every page that a participant can meet, the inner and the wrong ones: axe, widths, weight.

`test_participant.py` walks the way in a browser as people do. Here Django's client draws the pages,
which is quick, and the browser only looks at them.
"""

import gzip
import re
from functools import cache
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from django.contrib.staticfiles import finders
from django.template.loader import render_to_string
from django.test import Client

from pact_site.base.csvsafe import write_rows
from survey.models import Cohort, Study
from survey.services import tickets
from survey.services.instruments import definition_of
from survey.services.localising import texts_in, tree_of
from survey.services.scenario_texts import COLUMNS, import_texts, template
from survey.services.standard_texts import suggested
from survey.services.studies import add_instrument, standard_definition
from tests.survey.bundled import bundled_study
from tests.survey.walking import Walker, pid

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]

HEAVIEST = 60_000
"""Bytes of a cold first visit, compressed, with styles, script and mark."""

LOOKS = ((390, "dark", "ltr"), (1280, "light", "rtl"), (390, "light", "rtl"), (1280, "dark", "ltr"))
NARROWEST = 320


class Album:
    """Pages as they were answered, by name."""

    def __init__(self, study):
        self.study, self.pages, self.people = study, {}, 0

    def somebody(self, **options):
        self.people += 1
        return Walker(self.study, person=pid(self.people), **options)

    def design(self, **changes):
        add_instrument(study=self.study, definition=standard_definition(**changes))
        return self

    def keep(self, name, walker):
        self.pages[name] = walker.text
        return walker


def coming_in(album):
    root = album.somebody().root
    album.keep("consent", album.somebody().enter())
    album.keep("typed id", album.somebody().get(f"{root}id/"))
    album.keep("typed id, wrong", album.somebody().get(f"{root}id/").send(pid="abc"))
    album.keep("declined", album.somebody().enter().send(decline="1"))
    album.keep("no cookies", album.somebody().get(f"{root}consent/", {"c": "1"}))
    rehearsal = tickets.make_ticket(album.study, Cohort.REHEARSAL)
    album.keep("rehearsal", album.somebody(ticket=rehearsal).enter())


def the_way(album):
    album.design(reason_positions=[3])
    walker = album.keep("about you", album.somebody().consent())
    album.keep("about you, empty", walker.send(country=""))
    album.keep("instructions", walker.about())
    album.keep("instructions, wrong", walker.send(norm="own"))
    album.keep("scenario", walker.send(norm="others"))
    album.keep("scenario, empty", walker.send(personal=""))
    album.keep("scenario, saved before", walker.reply().get(f"{walker.root}situation/1/"))
    reason = walker.reply().reply().answer_check()
    assert "<textarea" in reason.text
    album.keep("scenario with a reason", reason)
    album.keep("reason too long", reason.reply(reason="long " * 500))
    check = walker.reply().reply()
    album.keep("check", check)
    album.keep("check, empty", check.send(answer=""))
    walker.answer_check().reply().reply().answer_check().reply()
    album.keep("feedback", walker)
    album.keep("feedback, too long", walker.send(feedback="x" * 4_001))
    album.keep("done", walker.send(feedback="Thanks."))
    album.keep("withdraw", walker.get(f"{walker.root}withdraw/"))
    album.keep("withdrawn", walker.send(sure="1"))


def other_ends(album):
    album.keep("lives elsewhere", album.somebody().consent().about("other"))
    misunderstood = album.somebody().consent().about().send(norm="own", after="0")
    album.keep("misunderstood", misunderstood.send(norm="own", after="1"))
    album.design(failed_ending="failed_attention")
    album.keep("failed", album.somebody().begin().finish(right=False))


def variants(album):
    album.design(pages=2, show_country=False)
    walker = album.keep("first page of two", album.somebody().begin())
    frame = re.search(r'name="(personal|norm)"', walker.text)[1]
    album.keep("second page of two", walker.send(**{frame: "culture"}))
    album.design(points=5, perceived=True, paradata=True)
    album.keep("consent with paradata", album.somebody().enter())
    walker = album.keep("five points and a guess", album.somebody().begin())
    album.keep("guess, wrong", walker.reply(perceived_share="101"))


def in_hindi(album, folder):
    """In the words suggested for the standard instrument, its scenarios as they stand."""
    definition = album.study.instrument.definition
    texts = texts_in(definition_of(album.study.instrument), "hi")
    told = {one.path: suggested("hi").get(one.original, "") for one in texts}
    tree = tree_of(definition_of(album.study.instrument), told)
    album.design(**definition | {"languages": ["en", "hi"], "translations": {"hi": tree}})
    with (folder / "hi.csv").open("w", newline="", encoding="utf-8") as stream:
        write_rows(stream, COLUMNS, template(album.study, ["hi"]))
    import_texts(path=folder / "hi.csv", study=album.study)
    walker = album.somebody().enter()
    album.keep("consent, in Hindi", walker.get(f"{walker.root}consent/", {"lang": "hi"}))
    album.keep("about you, in Hindi", walker.send(agree="1", language="hi"))
    album.keep("scenario, in Hindi", walker.about("IN").send(norm="others"))
    assert all('lang="hi"' in album.pages[name] for name in album.pages if "Hindi" in name)


def wrong_turns(album, settings):
    taken = album.somebody().begin()
    thief = Walker(album.study, person=pid(999), SESSION_ID=taken.query["SESSION_ID"])
    album.keep("taken", thief.enter())
    album.keep("stale", album.somebody(client=Client(enforce_csrf_checks=True)).consent())
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1_000
    album.keep("too much", taken.reply(reason="x" * 2_000))
    Study.objects.update(prolific_study_id="b" * 24)
    album.keep("elsewhere", album.somebody().enter())
    for state in ("paused", "closed", "draft"):
        Study.objects.update(state=state)
        album.keep(state, album.somebody(STUDY_ID="").enter())
    settings.PACT_ENTRY_LIMIT = 0
    album.keep("busy", album.somebody().enter())
    album.pages["away"] = render_to_string("503.html")
    album.pages["failed on our side"] = render_to_string(
        "500.html", {"request_id": "0123456789abcdef" * 2, "answering": True}
    )


@pytest.fixture
def album(db, settings, tmp_path):
    """Forty pages, each as it was answered."""
    made = Album(bundled_study())
    for walk in (coming_in, the_way, other_ends, variants):
        walk(made)
    in_hindi(made, tmp_path)
    wrong_turns(made, settings)
    return made


def weight(html):
    """The bytes of a page and of what it needs, compressed."""
    prefix = re.escape(django_settings.STATIC_URL)
    needed = set(re.findall(rf'(?:href|src)="{prefix}([^"]+)"', html))
    assert needed
    return len(gzip.compress(html.encode())) + sum(map(packed, needed))


@cache
def packed(name):
    """The bytes of a static file, compressed."""
    return len(gzip.compress(Path(finders.find(name)).read_bytes()))


@pytest.mark.walks
def test_every_page_of_a_participant(album, new_page, axe):
    """Nothing that axe finds, nothing too wide or too heavy, one heading, one way on."""
    page, problems = new_page(), []
    page.route("**/drawn/", lambda route: route.fulfill(body=html, content_type="text/html"))
    for number, (name, html) in enumerate(album.pages.items()):
        width, scheme, direction = LOOKS[number % len(LOOKS)]
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme=scheme)
        page.goto("/drawn/")
        page.evaluate("side => { document.documentElement.dir = side }", direction)
        try:
            axe(page)
            page.set_viewport_size({"width": NARROWEST, "height": 900})
            assert page.evaluate("document.documentElement.scrollWidth") <= NARROWEST, "too wide"
            assert page.locator("h1").count() == 1
            assert weight(html) < HEAVIEST
        except AssertionError as error:
            problems.append(f"{name} at {width} px, {scheme}, {direction}: {error}")
    assert not problems, "\n\n".join(problems)
    assert len(set(album.pages.values())) == len(album.pages) >= 40
