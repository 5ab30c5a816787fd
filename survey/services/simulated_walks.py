"""How simulated people go through a study, each with what sets them apart."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from dataclasses import replace
from html import unescape

from annotation.vocab.countries import UnknownCountry, resolve
from annotation.vocab.distance import Scheme, relation
from survey.services.participation import Reply
from survey.services.simulated_browser import Browser, Page, UnexpectedPage
from survey.services.simulated_people import (
    WITHDRAWS_AFTER,
    Guest,
    Situation,
    answer,
    language_of,
)

ENDINGS = {"done": "completed", "no-thanks": "declined"}
"""How it ended for whoever sees one of these pages; the page `end` has several reasons."""

_TEXT = re.compile(r'class="situation__text">(.*?)</p>', re.DOTALL)
_CODE = re.compile(r"submissions/complete\?cc=([^\"&]+)")
_WHO = re.compile(r'<dl class="who">(.*?)</dl>', re.DOTALL)
_SAID = re.compile(r"<dd>(.*?)</dd>", re.DOTALL)
_LANGUAGE = re.compile(r'href="\?lang=([^"]+)"')


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
    diary.did.add("comes_back")
    await _walk(browser, await browser.enter(), None)
    if recruiter is not None and diary.code and not handed_in:
        await recruiter.leave(browser.session, diary.guest, diary.submission, diary.code)


async def _walk(browser: Browser, page: Page, pages_left: int | None) -> None:
    diary = browser.diary
    while page.step not in (*ENDINGS, "end"):
        if pages_left == 0:
            diary.did.add("leaves")
            return
        if diary.guest.quirk == "reload":
            diary.did.add("reload")
            page = await browser.reload(page)
        after = await _do(browser, page)
        if after.step == page.step:
            raise UnexpectedPage(f"{page.step} did not accept what was sent.")
        page = after
        pages_left = None if pages_left is None else pages_left - 1
    diary.ending = ENDINGS.get(page.step) or _why_at_the_end(diary.guest)
    found = _CODE.search(page.html)
    diary.code = found[1] if found else ""


def _why_at_the_end(guest: Guest) -> str:
    """What this guest must have done to see the page `end`."""
    known = {"withdraws": "withdrawn", "misunderstands": "screened_out"}
    if guest.quirk not in known:
        raise UnexpectedPage(f"Somebody who did nothing of the kind ({guest.quirk}) was sent away.")
    return known[guest.quirk]


async def _do(browser: Browser, page: Page) -> Page:
    guest, key = browser.diary.guest, page.step.partition("/")[2]
    if page.kind == "consent":
        return await _consent(browser, page)
    if page.kind == "situation":
        return await _situation(browser, page, int(key.removesuffix("/second")))
    if page.kind == "question":
        return await browser.send(page, {"answer": _check_answer(browser, key)})
    if page.kind == "instructions":
        return await _instructions(browser, page)
    simple = {
        "about-you": {"country": guest.country, "age_bucket": guest.age, "gender": guest.gender},
        "feedback": {"feedback": ""},
    }
    if page.kind not in simple:
        raise UnexpectedPage(f"A participant was sent to {page.step!r}.")
    return await browser.send(page, simple[page.kind])


async def _consent(browser: Browser, page: Page) -> Page:
    """Agree, in one of the languages offered, or not."""
    guest, offered = browser.diary.guest, _LANGUAGE.findall(page.html)
    if offered:
        page = await browser.open("consent/", lang=language_of(guest, offered))
    if guest.quirk == "declines":
        browser.diary.did.add("declines")
        return await browser.send(page, {"decline": "1"})
    browser.diary.language = page.hidden["language"]
    return await browser.send(page, {"agree": "1"})


async def _instructions(browser: Browser, page: Page) -> Page:
    questions = browser.around.definition.comprehension
    right = {question.key: question.answer for question in questions}
    wrong = {q.key: next(o.code for o in q.options if o.code != q.answer) for q in questions}
    quirk = browser.diary.guest.quirk if questions else "none"
    if quirk in ("wrong_first", "misunderstands"):
        browser.diary.did.add(quirk)
        page = await browser.send(page, wrong)
    if quirk == "misunderstands" and page.kind == "instructions":
        return await browser.send(page, wrong)
    return await browser.send(page, right)


def _check_answer(browser: Browser, key: str) -> str:
    check = browser.around.definition.check(key)
    if check is None:
        raise UnexpectedPage(f"There is no attention check {key!r}.")
    wrong = [option.code for option in check.options if option.code not in check.passes]
    if not browser.diary.guest.fails_checks:
        return check.passes[0]
    browser.diary.did.add("fails_checks")
    return wrong[0]


async def _situation(browser: Browser, page: Page, position: int) -> Page:
    """Answer a scenario, or have everything removed instead."""
    guest, points = browser.diary.guest, browser.around.definition.points
    if guest.quirk == "withdraws" and position > WITHDRAWS_AFTER:
        return await _withdraw(browser)
    reply = _on_scale(answer(guest, _read(page, guest, browser.around.scheme)), points)
    if 'name="importance_norm"' not in page.html:  # the first of two pages
        page = await browser.send(page, _fields(reply, page))
    after, kept = await _send(browser, page, reply, _turned(reply, points))
    browser.diary.sent[position] = kept
    return after


async def _withdraw(browser: Browser) -> Page:
    after = await browser.send(await browser.open("withdraw/"), {"sure": "1"})
    browser.diary.did.add("withdraws")
    browser.diary.sent.clear()
    return after


async def _send(
    browser: Browser, page: Page, reply: Reply, other: Reply
) -> tuple[Page, tuple[Reply, ...]]:
    """Send an answer in the guest's own way; returns the next page and what may be stored now."""
    quirk, fields = browser.diary.guest.quirk, _fields(reply, page)
    if quirk in ("breaks_off", "double_submit", "both_tabs", "two_tabs"):
        browser.diary.did.add(quirk)
    if quirk == "breaks_off":
        return await _after_the_tunnel(browser, page, fields), (reply,)
    if quirk == "double_submit":
        after, _ = await asyncio.gather(browser.send(page, fields), browser.send(page, fields))
        return after, (reply,)
    if quirk == "both_tabs":
        after, _ = await asyncio.gather(
            browser.send(page, fields), browser.send(page, _fields(other, page))
        )
        return after, (reply, other)
    after = await browser.send(page, fields)
    if quirk != "two_tabs":
        return after, (reply,)
    after = await browser.send(page, _fields(other, page))
    # Where the first tab completed the study, nothing changes after that.
    return after, (reply if after.step == "done" else other,)


async def _after_the_tunnel(browser: Browser, page: Page, fields: Mapping[str, str]) -> Page:
    """Lose the connection after sending, come back, and send again what does not seem saved."""
    await browser.break_off(page, fields)
    found = await browser.open("continue/")
    if found.step.removesuffix("/second") != page.step.removesuffix("/second"):
        return found
    return await browser.send(page, fields)


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
    """Another version of an answer, always a different one."""
    other = points + 1 - reply.importance_norm
    return replace(reply, importance_norm=other if other != reply.importance_norm else 1)


def _fields(reply: Reply, page: Page) -> dict[str, str]:
    """What the page asks for, of the reply."""
    asked = {name for name in vars(reply) if f'name="{name}"' in page.html}
    return {name: str(value) for name, value in vars(reply).items() if name in asked}


def _read(page: Page, guest: Guest, scheme: Scheme) -> Situation:
    text = _TEXT.search(page.html)
    if text is None:
        raise UnexpectedPage(f"{page.step} shows no situation.")
    return Situation(
        text=unescape(text[1]).strip(),
        relation=relation(scheme, guest.country, _where(page) or guest.country),
        asks_reason='name="reason"' in page.html,
    )


def _where(page: Page) -> str:
    """The code of the country that the page shows; empty where it shows none that is known."""
    who = _WHO.search(page.html)
    said = _SAID.findall(who[1]) if who else []
    try:
        return resolve(unescape(said[2])).iso2 if len(said) > 2 else ""
    except UnknownCountry:  # its name in another language
        return ""
