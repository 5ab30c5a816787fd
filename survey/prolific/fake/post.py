"""The fake's webhooks: signed, and as unreliable as they are told to be.

Times are whole seconds, as Prolific's are, so that two events can have the same one. The signed time
is that of the request, and the event's own time goes beside it.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import itertools
import json
import time
from dataclasses import dataclass, field

import aiohttp

from survey.prolific.fake.faults import Weather
from survey.prolific.fake.world import Held

TRIES = 3
"""Deliveries of one webhook before the fake gives up; Prolific itself makes up to twelve in a day."""


@dataclass(frozen=True)
class Letter:
    """One webhook, as it is delivered any number of times."""

    event_id: str
    sent: str
    body: bytes


@dataclass
class PostOffice:
    """Where webhooks go, and those that still wait."""

    url: str = ""
    secret: str = ""
    weather: Weather = field(default_factory=Weather)
    delivered: int = 0
    waiting: list[Letter] = field(default_factory=list)
    _numbers: itertools.count[int] = field(default_factory=lambda: itertools.count(1))

    async def tell(self, held: Held) -> None:
        """Announce a submission's status, if anybody listens."""
        if not self.url:
            return
        number = next(self._numbers)
        if "missing" in self.weather.faults and number % 3 == 0:
            return
        await self._send(self._letter(held, number))

    async def flush(self) -> None:
        """Deliver what disorder still holds back."""
        waiting, self.waiting = self.waiting, []
        for letter in waiting:
            await self._deliver(letter)

    def _letter(self, held: Held, number: int) -> Letter:
        body = json.dumps(
            {
                "event_type": "submission.status.change",
                "resource_id": held.id,
                "participant_id": held.person,
                "status": held.status,
            }
        ).encode()
        return Letter(f"event-{number}", str(int(time.time())), body)

    def _headers(self, letter: Letter) -> dict[str, str]:
        stamp = str(int(time.time()))
        mac = hmac.new(self.secret.encode(), stamp.encode() + letter.body, hashlib.sha256)
        return {
            "X-Prolific-Request-Timestamp": stamp,
            "X-Prolific-Request-Signature": base64.b64encode(mac.digest()).decode(),
            "X-Timestamp": letter.sent,
            "X-Event-ID": letter.event_id,
            "Content-Type": "application/json",
        }

    async def _send(self, letter: Letter) -> None:
        if "disorder" in self.weather.faults and not self.waiting:
            self.waiting.append(letter)
            return
        await self._deliver(letter)
        await self.flush()

    async def _deliver(self, letter: Letter) -> None:
        for _ in range(2 if "duplicate" in self.weather.faults else 1):
            await self._until_taken(letter)

    async def _until_taken(self, letter: Letter) -> None:
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=20)) as session:
            for wait in range(TRIES):
                try:
                    sending = session.post(
                        self.url, data=letter.body, headers=self._headers(letter)
                    )
                    async with sending as answer:
                        await answer.read()
                        if answer.status < 300:
                            self.delivered += 1
                            return
                except aiohttp.ClientError:
                    pass
                await asyncio.sleep(0.1 * wait)
