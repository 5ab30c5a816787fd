"""The recruiter in a rehearsal: simulated people take places at a fake Prolific and give them up.

What they do there does not always agree with what they did here, as with real people: a wrong code,
a code never entered, a return after the last page. The reconciliation ledger then has work to do.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass

import aiohttp

from survey.services.simulated_people import Guest

WRONG_CODE, NO_CODE, RETURNED = 0.04, 0.04, 0.03
"""Shares of those who finish here and then do something else there."""

GIVES_BACK = 0.4
"""The share of those who leave for good who return their place at once; the others run out of time."""


@dataclass(frozen=True)
class Recruiter:
    """A fake Prolific's address, and the id of the study there."""

    url: str
    study_id: str

    async def reserve(self, session: aiohttp.ClientSession, guest: Guest) -> str:
        """Take a place and start; returns the submission's id."""
        told = {"study": self.study_id, "person": guest.pid, "status": "RESERVED"}
        submission = str((await self._post(session, "submissions", told))["id"])
        await self._post(session, f"submissions/{submission}/start", {})
        return submission

    async def leave(
        self, session: aiohttp.ClientSession, guest: Guest, submission: str, code: str
    ) -> None:
        """Tell how it ended: with the code of the last page, or without any page to end on."""
        move, told = ending(guest, code)
        await self._post(session, f"submissions/{submission}/{move}", told)

    async def _post(
        self, session: aiohttp.ClientSession, path: str, told: Mapping[str, object]
    ) -> Mapping[str, object]:
        async with session.post(f"{self.url.rstrip('/')}/fake/{path}", json=told) as answer:
            answer.raise_for_status()
            found: Mapping[str, object] = await answer.json()
            return found


def ending(guest: Guest, code: str) -> tuple[str, Mapping[str, object]]:
    """What a guest does at the recruiter after the last page they saw here; always the same."""
    rng = random.Random(f"ending|{guest.seed}")  # noqa: S311 - simulated people need no secrets
    draw, seconds = rng.random(), round(rng.uniform(420, 1500))
    if not code:
        gone = draw < GIVES_BACK and not guest.comes_back
        return ("return" if gone else "time_out"), {}
    if guest.comes_back:
        return "finish", {"code": code, "seconds": seconds}
    if draw < NO_CODE:
        return "time_out", {}
    if draw < NO_CODE + RETURNED:
        return "return", {}
    wrong = draw < NO_CODE + RETURNED + WRONG_CODE
    return "finish", {"code": "WRONG000" if wrong else code, "seconds": seconds}
