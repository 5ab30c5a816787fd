"""A simulated person's browser: reads the real pages, fills the real forms, over real HTTP."""

from __future__ import annotations

import asyncio
import random
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from html import unescape

import aiohttp

from annotation.vocab.countries import resolve
from annotation.vocab.distance import relation
from survey.services.instruments import Definition
from survey.services.participation import Reply
from survey.services.simulated_people import Guest, Situation, answer
from survey.services.simulated_recruiter import Recruiter

TRIES = 4
"""How often a request is sent again after the connection broke, as a person would reload."""

_HIDDEN = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)"')
_TEXT = re.compile(r'class="situation__text">(.*?)</p>', re.DOTALL)
_CODE = re.compile(r"submissions/complete\?cc=([^\"&]+)")
_WHERE = re.compile(r"<dt>Where</dt><dd>(.*?)</dd>", re.DOTALL)


class UnexpectedPage(RuntimeError):  # noqa: N818 - says what was seen
    """The site answered with something no participant should see."""


@dataclass(frozen=True)
class Surroundings:
    """What all guests of one rehearsal share. `pause` is how many seconds they read a page, from to."""

    root: str
    ticket: str
    scheme: str
    definition: Definition
    recruiter: Recruiter | None = None
    pause: tuple[float, float] = (0.0, 0.0)


@dataclass
class Diary:
    """What one guest did: answers that the site acknowledged, by position, and request times.

    `submission` is their place at the recruiter where one takes part, `code` the last page's.
    """

    guest: Guest
    submission: str = ""
    code: str = ""
    sent: dict[int, Reply] = field(default_factory=dict)
    milliseconds: list[float] = field(default_factory=list)


@dataclass(frozen=True)
class Page:
    """A page as it came, with the step of the survey it belongs to."""

    url: str
    step: str
    html: str

    @property
    def hidden(self) -> dict[str, str]:
        """The form's hidden fields: its protection against forged posts, its stamps."""
        return {name: unescape(value) for name, value in _HIDDEN.findall(self.html)}


class Browser:
    """One guest's cookies and pages."""

    def __init__(self, session: aiohttp.ClientSession, around: Surroundings, diary: Diary) -> None:
        self.session = session
        self.around = around
        self.diary = diary

    async def enter(self) -> Page:
        """Open the recruiter's link."""
        recruiter = self.around.recruiter
        query = {
            "PROLIFIC_PID": self.diary.guest.pid,
            "STUDY_ID": recruiter.study_id if recruiter else "0" * 24,
            "SESSION_ID": self.diary.submission or self.diary.guest.pid[::-1],
            "ticket": self.around.ticket,
        }
        return await self._ask("GET", self.around.root, params=query)

    async def reload(self, page: Page) -> Page:
        """Ask for the same page again."""
        return await self._ask("GET", page.url)

    async def send(self, page: Page, fields: Mapping[str, str]) -> Page:
        """Post the page's form and follow to the next page."""
        await asyncio.sleep(random.uniform(*self.around.pause))  # noqa: S311 - a pace, no secret
        data = {**page.hidden, **fields}
        return await self._ask("POST", page.url, data=data)

    async def _ask(self, method: str, url: str, **kwargs: Mapping[str, str]) -> Page:
        for attempt in range(1, TRIES + 1):
            try:
                return await self._ask_once(method, url, **kwargs)
            except (TimeoutError, aiohttp.ClientConnectionError):
                if attempt == TRIES:
                    raise
                await asyncio.sleep(0.2 * attempt)
        raise AssertionError("unreachable")

    async def _ask_once(self, method: str, url: str, **kwargs: Mapping[str, str]) -> Page:
        started = time.perf_counter()
        headers = {"Referer": url}
        async with self.session.request(method, url, headers=headers, **kwargs) as response:  # type: ignore[arg-type]
            html = await response.text()
            final, status = str(response.url), response.status
        self.diary.milliseconds.append((time.perf_counter() - started) * 1000)
        if status != 200:
            raise UnexpectedPage(f"{method} {url.split('?')[0]} answered {status}")
        return Page(final, final.removeprefix(self.around.root).strip("/"), html)


async def take_part(browser: Browser) -> None:
    """Walk one guest through the study, with their quirk, until they finish or leave."""
    diary, recruiter = browser.diary, browser.around.recruiter
    if recruiter is not None:
        diary.submission = await recruiter.reserve(browser.session, diary.guest)
    await _walk(browser, await browser.enter(), diary.guest.leaves_after)
    if recruiter is not None:
        await recruiter.leave(browser.session, diary.guest, diary.submission, diary.code)


async def come_back(browser: Browser) -> None:
    """Walk a guest who had left to the end, in another browser."""
    diary, recruiter = browser.diary, browser.around.recruiter
    handed_in = bool(diary.code)
    await _walk(browser, await browser.enter(), None)
    if recruiter is not None and diary.code and not handed_in:
        await recruiter.leave(browser.session, diary.guest, diary.submission, diary.code)


async def _walk(browser: Browser, page: Page, pages_left: int | None) -> None:
    while page.step not in ("done", "end", "no-thanks"):
        if pages_left == 0:
            return
        if browser.diary.guest.quirk == "reload":
            page = await browser.reload(page)
        after = await _do(browser, page)
        if after.step == page.step:
            raise UnexpectedPage(f"{page.step} did not accept what was sent.")
        page = after
        pages_left = None if pages_left is None else pages_left - 1
    found = _CODE.search(page.html)
    browser.diary.code = found[1] if found else ""


async def _do(browser: Browser, page: Page) -> Page:
    guest = browser.diary.guest
    kind, _, key = page.step.partition("/")
    if kind == "situation":
        return await _answer(browser, page, int(key.removesuffix("/second")))
    if kind == "question":
        return await browser.send(page, {"answer": _check_answer(browser, key)})
    if kind == "instructions":
        return await _instructions(browser, page)
    simple = {
        "consent": {"agree": "1"},
        "about-you": {"country": guest.country, "age_bucket": guest.age, "gender": guest.gender},
        "feedback": {"feedback": ""},
    }
    if kind not in simple:
        raise UnexpectedPage(f"A participant was sent to {page.step!r}.")
    return await browser.send(page, simple[kind])


async def _answer(browser: Browser, page: Page, position: int) -> Page:
    """Answer a scenario; some send the form twice at once, some from a second tab."""
    guest, points = browser.diary.guest, browser.around.definition.points
    reply = _on_scale(answer(guest, _read(page, guest, browser.around.scheme)), points)
    if 'name="importance_norm"' not in page.html:  # the first of two pages
        page = await browser.send(page, _fields(reply, page))
    if guest.quirk == "double_submit":
        after, _ = await asyncio.gather(
            browser.send(page, _fields(reply, page)), browser.send(page, _fields(reply, page))
        )
    elif guest.quirk == "two_tabs":
        await browser.send(page, _fields(reply, page))
        reply = _turned(reply, points)
        after = await browser.send(page, _fields(reply, page))
        if after.step == "done":  # the first tab completed the study; nothing changes after that
            reply = _turned(reply, points)
    else:
        after = await browser.send(page, _fields(reply, page))
    browser.diary.sent[position] = reply
    return after


def _on_scale(reply: Reply, points: int) -> Reply:
    """The same with ratings that the study's scale has."""
    norm, preference = reply.importance_norm, reply.importance_preference
    return replace(
        reply,
        importance_norm=min(norm, points),
        importance_preference=min(preference, points),
        perceived_share=10 * min(norm, points),
    )


def _turned(reply: Reply, points: int) -> Reply:
    return replace(reply, importance_norm=points + 1 - reply.importance_norm)


def _fields(reply: Reply, page: Page) -> dict[str, str]:
    """What the page asks for, of the reply."""
    asked = {name for name in vars(reply) if f'name="{name}"' in page.html}
    return {name: str(value) for name, value in vars(reply).items() if name in asked}


def _read(page: Page, guest: Guest, scheme: str) -> Situation:
    text, where = _TEXT.search(page.html), _WHERE.search(page.html)
    if text is None:
        raise UnexpectedPage(f"{page.step} shows no situation.")
    there = resolve(unescape(where[1])).iso2 if where else guest.country
    return Situation(
        text=unescape(text[1]).strip(),
        relation=relation(scheme, guest.country, there),
        asks_reason='name="reason"' in page.html,
    )


def _check_answer(browser: Browser, key: str) -> str:
    check = browser.around.definition.check(key)
    if check is None:
        raise UnexpectedPage(f"There is no attention check {key!r}.")
    wrong = [option.code for option in check.options if option.code not in check.passes]
    return wrong[0] if browser.diary.guest.fails_checks else check.passes[0]


async def _instructions(browser: Browser, page: Page) -> Page:
    questions = browser.around.definition.comprehension
    right = {question.key: question.answer for question in questions}
    if browser.diary.guest.quirk == "wrong_first":
        wrong = {q.key: next(o.code for o in q.options if o.code != q.answer) for q in questions}
        page = await browser.send(page, wrong)
    return await browser.send(page, right)
