"""A simulated person's browser: asks for the real pages and sends their forms, over real HTTP."""

from __future__ import annotations

import asyncio
import random
import re
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from html import unescape
from itertools import count
from urllib.parse import urlencode, urlsplit

import aiohttp
from yarl import URL

from annotation.vocab.distance import Scheme
from survey.services.instruments import Definition
from survey.services.participation import Reply
from survey.services.simulated_people import Guest
from survey.services.simulated_recruiter import Recruiter

TRIES = 4
"""How often a request is sent again after the connection broke, as a person would reload."""

AWAY = 503
"""What a site answers whose database is away; a person waits and reloads."""

LEFT = "left"
"""How it ends for somebody who has seen no last page."""

_HIDDEN = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)"')


class UnexpectedPage(RuntimeError):  # noqa: N818 - says what was seen
    """The site answered with something no participant should see."""


class SiteAway(UnexpectedPage):
    """The site said that it cannot answer now."""


@dataclass(frozen=True)
class Surroundings:
    """What all guests of one rehearsal share.

    `pause` is how many seconds they read a page, from to; `within` the seconds in which they arrive;
    `patience` for how many they go on trying while the site is away.
    """

    root: str
    ticket: str
    scheme: Scheme
    definition: Definition
    recruiter: Recruiter | None = None
    pause: tuple[float, float] = (0.0, 0.0)
    within: float = 0.0
    patience: float = 0.0


@dataclass(frozen=True)
class Timing:
    """How long a guest waited for the page after this step: sending included, redirects followed."""

    step: str
    milliseconds: float


@dataclass
class Diary:
    """What one guest did and saw.

    `sent` has, by position, the versions of an answer of which the site may have kept either; all
    were acknowledged. `did` names what set them apart, once it was done; `ending` is how it ended
    for them, `language` what they chose to read, `retried` how often they had to ask again. `submission` is their place at the recruiter where one takes part, `code` the last page's.
    """

    guest: Guest
    submission: str = ""
    code: str = ""
    language: str = ""
    ending: str = LEFT
    retried: int = 0
    did: set[str] = field(default_factory=set)
    sent: dict[int, tuple[Reply, ...]] = field(default_factory=dict)
    timings: list[Timing] = field(default_factory=list)


@dataclass(frozen=True)
class Page:
    """A page as it came, with the step of the survey it belongs to."""

    url: str
    step: str
    html: str

    @property
    def kind(self) -> str:
        """The step without its number or key."""
        return self.step.partition("/")[0]

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
        """Open the recruiter's link, after a while: where people read, they do not come at once."""
        await asyncio.sleep(random.uniform(0, self.around.within))  # noqa: S311 - a pace, no secret
        await self._read()
        recruiter = self.around.recruiter
        query = {
            "PROLIFIC_PID": self.diary.guest.pid,
            "STUDY_ID": recruiter.study_id if recruiter else "0" * 24,
            "SESSION_ID": self.diary.submission or self.diary.guest.pid[::-1],
            "ticket": self.around.ticket,
        }
        return await self._ask("GET", self.around.root, "entry", params=query)

    async def open(self, path: str, **query: str) -> Page:
        """Go to a page of the study by its address."""
        return await self._ask("GET", self.around.root + path, path.strip("/"), params=query)

    async def reload(self, page: Page) -> Page:
        """Ask for the same page again."""
        return await self._ask("GET", page.url, "reload")

    async def send(self, page: Page, fields: Mapping[str, str]) -> Page:
        """Post the page's form and follow to the next page."""
        await self._read()
        return await self._ask("POST", page.url, page.kind, data={**page.hidden, **fields})

    async def break_off(self, page: Page, fields: Mapping[str, str]) -> None:
        """Post the page's form and be gone before the answer comes, as when a tunnel begins."""
        await self._read()
        with suppress(OSError):  # the tunnel began before it was sent
            await self._post_only(page, fields)

    async def _post_only(self, page: Page, fields: Mapping[str, str]) -> None:
        url = urlsplit(page.url)
        cookies = self.session.cookie_jar.filter_cookies(URL(page.url))
        body = urlencode({**page.hidden, **fields})
        lines = (
            f"POST {url.path} HTTP/1.1",
            f"Host: {url.netloc}",
            f"Referer: {page.url}",
            "Cookie: " + "; ".join(f"{one.key}={one.value}" for one in cookies.values()),
            "Content-Type: application/x-www-form-urlencoded",
            f"Content-Length: {len(body)}",
        )
        secure = url.scheme == "https"
        port = url.port or (443 if secure else 80)
        _, writer = await asyncio.open_connection(url.hostname, port, ssl=secure or None)
        writer.write(("\r\n".join(lines) + "\r\n\r\n" + body).encode())
        await writer.drain()
        writer.close()

    async def _read(self) -> None:
        await asyncio.sleep(random.uniform(*self.around.pause))  # noqa: S311 - a pace, no secret

    async def _ask(self, method: str, url: str, step: str, **sent: Mapping[str, str]) -> Page:
        end = time.monotonic() + self.around.patience
        for attempt in count(1):
            try:
                return await self._ask_once(method, url, step, **sent)
            except (TimeoutError, aiohttp.ClientError, SiteAway):
                if attempt >= TRIES and time.monotonic() > end:
                    raise
                self.diary.retried += 1
                await asyncio.sleep(min(0.2 * attempt, 2.0))
        raise AssertionError("unreachable")

    async def _ask_once(self, method: str, url: str, step: str, **sent: Mapping[str, str]) -> Page:
        started = time.perf_counter()
        headers = {"Referer": url}
        async with self.session.request(method, url, headers=headers, **sent) as response:  # type: ignore[arg-type]
            html = await response.text()
            final, status = str(response.url), response.status
        self.diary.timings.append(Timing(step, (time.perf_counter() - started) * 1000))
        if status == AWAY:
            raise SiteAway(f"{method} {url.split('?')[0]} answered {status}")
        if status != 200:
            raise UnexpectedPage(f"{method} {url.split('?')[0]} answered {status}")
        where = final.split("?")[0]
        return Page(where, where.removeprefix(self.around.root).strip("/"), html)
