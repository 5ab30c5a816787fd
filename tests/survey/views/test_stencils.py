"""Pages from stencils are, letter by letter, the pages that Django's templates draw."""

import re

import pytest
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.html import escape

from survey.models import Participant
from survey.views import entry, pages, stencils
from tests.survey.services.test_localising import TAG, both
from tests.survey.views.test_settings_of_pages import redesign
from tests.survey.walking import Walker, pid

__all__ = ["both"]
pytestmark = pytest.mark.django_db

TOKEN = re.compile(r'(name="csrfmiddlewaretoken" value=")[^"]+')
HOSTILE = "<script>alert('&')</script> \"{{ study.name }}\" {% now 'Y' %}"


@pytest.fixture(autouse=True)
def _empty(monkeypatch):
    monkeypatch.setattr(stencils, "_kept", {})


@pytest.fixture
def compared(monkeypatch):
    """Which templates were filled in; each was held against the template drawn for this person."""
    seen = []

    def fill_page(request, template, alike, own, draw):
        response = stencils.fill_page(request, template, alike, own, draw)
        drawn = render_to_string(template, {**draw(own), "csrf_token": "x"})
        assert without_token(response.content.decode()) == without_token(drawn)
        seen.append(template.removeprefix("survey/").removesuffix(".html"))
        return response

    monkeypatch.setattr(pages, "fill_page", fill_page)
    monkeypatch.setattr(entry, "fill_page", fill_page)
    return seen


def without_token(html):
    return TOKEN.sub(r"\1", html)


@pytest.mark.parametrize(
    "changes",
    [{}, {"paradata": True}, {"pages": 2}, {"show_country": False}, {"perceived": True}],
    ids=str,
)
def test_every_page_of_several_people_is_as_it_would_be_drawn(study, compared, changes):
    redesign(study, **changes)
    for number, country in enumerate(["BR", "IN", "BR", "ZA"], start=1):
        walk(Walker(study, pid(number)).begin(country))

    scenarios = {"pages": 14, "perceived": 0}.get(next(iter(changes), ""), 7)
    assert compared.count("scenario") == 4 * scenarios
    for page in ("consent", "about", "instructions", "feedback", "done"):
        assert compared.count(page) == 4, page
    assert compared.count("check") == 12
    assert len(stencils._kept) < len(compared) / 2


def walk(walker):
    while not walker.step.startswith("feedback"):
        if walker.step.startswith("situation"):
            walker.reply(perceived_share="40")
        else:
            walker.answer_check()
    walker.send(feedback="")


def test_each_language_has_its_own(both, compared):
    for number, language in enumerate(["en", TAG, "en", TAG], start=1):
        walker = Walker(both, pid(number)).enter()
        walker.get(walker.path, {"lang": language}).send(agree="1", language=language)
        walker.about().send(norm="others").reply()
        assert f'<html lang="{language}"' in walker.text
        assert ("1 saved" in walker.text, "2 of 7" in walker.text) == (language == "en",) * 2
        walker.finish()


def test_an_answer_given_before_and_a_mistake_are_no_part_of_what_is_kept(study):
    walker = Walker(study).begin().reply(personal="preference", norm="preference")
    kept = len(stencils._kept)

    assert walker.get(walker.root + "situation/1/").text.count(" checked") == 4
    walker.send(personal="culture")
    assert "Something is missing" in walker.text

    assert len(stencils._kept) == kept
    assert " checked" not in Walker(study, pid(2)).begin().text


def test_what_is_kept_holds_nothing_of_anybody(study):
    walker = Walker(study).begin()
    person = Participant.objects.get()
    told = escape(person.assignments.get(position=1).item.version.culture_action)
    token = walker.client.cookies["csrftoken"].value
    assert told in walker.text

    held = "".join(piece for stencil in stencils._kept.values() for piece in stencil)
    assert "situation__text" in held
    for own in (told, token, person.key, person.pseudonym):
        assert own not in held


def test_words_are_escaped_and_never_read_as_templates_or_holes():
    words = {"situation": f"{HOSTILE} {stencils._MARK}first~", "first": "1"}

    html = fill(words, lambda given: given | SHOWN | {"shown": given})

    assert HOSTILE not in html
    assert "&lt;script&gt;alert(&#x27;&amp;&#x27;)&lt;/script&gt;" in html
    assert "{{ study.name }}" in html
    assert f"{stencils._MARK}first~" in html


def test_no_more_than_so_many_are_kept(monkeypatch):
    monkeypatch.setattr(stencils, "MOST", 3)

    for number in range(8):
        fill({"situation": "x"}, lambda given: SHOWN | {"shown": given}, alike=number)
        assert 1 <= len(stencils._kept) <= 3


def test_templates_that_are_being_worked_on_are_drawn_anew(settings):
    settings.DEBUG = True

    fill({"situation": "x"}, lambda given: SHOWN | {"shown": given})

    assert not stencils._kept


SHOWN = {"definition": {"length": 7}, "position": "1", "bar": "", "form": {}}


def fill(words, draw, alike=""):
    return stencils.fill_page(
        HttpRequest(), "survey/scenario.html", alike, words, draw
    ).content.decode()
