"""Prolific's API over HTTP: reading is tried again, writing is never repeated blindly."""

from __future__ import annotations

import ssl
import time
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from types import TracebackType
from typing import Any
from urllib.parse import quote, urljoin, urlsplit

import httpx
from django.conf import settings

from survey.prolific.wire import Status, Submission, submission_of

WAITS = (1, 2, 4, 8)
"""Seconds before each further try after a 429 or, for reading, a broken connection."""

MOST_PAGES = 10_000

DECIDED = {"APPROVE": Status.APPROVED, "REJECT": Status.REJECTED}
"""The status in which an action leaves a submission."""


class ProlificError(Exception):
    """Something between us and Prolific went wrong; the message can be shown to a researcher."""


class NotConfigured(ProlificError):  # noqa: N818 - the names say what happened
    """There is no token in the environment."""


class RateLimited(ProlificError):  # noqa: N818
    """Prolific asked to slow down, five times in a row."""


class NotFound(ProlificError):  # noqa: N818
    """Prolific knows no such thing."""


class Refused(ProlificError):  # noqa: N818
    """Prolific answered, and said no."""


class Unreachable(ProlificError):  # noqa: N818
    """No answer came, so it is not known what became of the request."""


@cache
def _trusted() -> ssl.SSLContext:
    """Whom this machine trusts, read once: every client would read those 150 certificates anew."""
    return httpx.create_ssl_context()


class Client:
    """A connection to Prolific; use it in a `with` block. `sleep` is what waiting calls."""

    def __init__(
        self, *, token: str, url: str, sleep: Callable[[float], object] = time.sleep
    ) -> None:
        self._sleep = sleep
        self._root = url.rstrip("/")
        headers = {"Authorization": f"Token {token}"}
        self._http = httpx.Client(
            headers=headers, timeout=settings.PACT_REQUEST_TIMEOUT, verify=_trusted()
        )

    def __enter__(self) -> Client:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._http.close()

    def me(self) -> dict[str, Any]:
        """Whose token this is; the cheapest way to see that it works."""
        return self._read("/users/me/")

    def study(self, study_id: str) -> dict[str, Any]:
        """One study as Prolific has it."""
        return self._read(f"/studies/{_id(study_id)}/")

    def studies(self) -> Iterator[dict[str, Any]]:
        """Every study that the token may see, as Prolific lists it."""
        return self._pages("/studies/")

    def filters(self) -> list[dict[str, Any]]:
        """What participants can be chosen by, each with the ids and names of its choices."""
        return list(self._read("/filters/").get("results", []))

    def cost(self, *, reward: int, places: int) -> int:
        """What so many places cost with all fees and taxes, in hundredths of the account's currency.

        Asking is a POST at Prolific, and changes nothing there.
        """
        asked = {"reward": reward, "total_available_places": places}
        try:
            return int(float(self._write("/study-cost-calculator/", asked)["total_cost"]))
        except (KeyError, ValueError, TypeError):
            raise Refused("Prolific told no cost.") from None

    def create_study(self, draft: dict[str, Any]) -> dict[str, Any]:
        """Make an unpublished study; returns it with its id."""
        return self._write("/studies/", draft)

    def change_study(self, study_id: str, changes: dict[str, Any]) -> dict[str, Any]:
        """Change some of a study's fields, as its places."""
        return _object(self._post(f"/studies/{_id(study_id)}/", changes, method="PATCH"))

    def transition_study(self, study_id: str, action: str) -> dict[str, Any]:
        """PUBLISH, PAUSE, START or STOP a study."""
        return self._write(f"/studies/{_id(study_id)}/transition/", {"action": action})

    def counts(self, study_id: str) -> dict[str, int]:
        """How many submissions of a study have each status."""
        found = self._read(f"/studies/{_id(study_id)}/submissions/counts/")
        return {str(name): int(number) for name, number in found.items()}

    def submissions(self, study_id: str) -> Iterator[Submission]:
        """Every submission of a study, page by page."""
        return map(submission_of, self._pages(f"/studies/{_id(study_id)}/submissions/"))

    def _pages(self, first: str) -> Iterator[dict[str, Any]]:
        """The results of every page; a page past the end is the end."""
        path: str | None = first
        for number in range(MOST_PAGES):
            try:
                page = self._read(path)
            except NotFound:
                if number:
                    return
                raise
            yield from page.get("results", [])
            path = self._next(page)
            if path is None:
                return

    def submission(self, submission_id: str) -> Submission:
        """One submission, as it stands now."""
        return submission_of(self._read(f"/submissions/{_id(submission_id)}/"))

    def transition_submission(
        self, submission_id: str, action: str, *, message: str = "", category: str = ""
    ) -> Submission:
        """APPROVE or REJECT a submission; a rejection needs a message and a category.

        Where no answer comes the submission is read again: if it has moved, all is well, and
        otherwise Unreachable is raised. It is never sent a second time.
        """
        body = {"action": action}
        if action == "REJECT":
            body |= {"message": message, "rejection_category": category}
        try:
            return submission_of(
                self._write(f"/submissions/{_id(submission_id)}/transition/", body)
            )
        except Unreachable:
            now = self.submission(submission_id)
            if now.status != DECIDED.get(action):
                raise
            return now

    def request_return(self, submission_id: str, reason: str) -> None:
        """Ask the participant to return the submission."""
        self._write(
            f"/submissions/{_id(submission_id)}/request-return/",
            {"request_return_reasons": [reason]},
        )

    def bulk_approve(self, submission_ids: Sequence[str]) -> None:
        """Approve many submissions in one request, which Prolific works through in its own time."""
        self._write("/submissions/bulk-approve/", {"submission_ids": list(submission_ids)})

    def new_secret(self, workspace_id: str) -> str:
        """Make the secret that signs a workspace's webhooks; an earlier one stops to hold."""
        made = self._write("/hooks/secrets/", {"workspace_id": workspace_id})
        return str(made.get("value", ""))

    def subscribe(self, workspace_id: str, target: str) -> str:
        """Let changes of status be sent to `target`; returns the id of the confirmed subscription."""
        wanted = {
            "workspace_id": workspace_id,
            "event_type": "submission.status.change",
            "target_url": target,
        }
        answer = self._post("/hooks/subscriptions/", wanted)
        made = str(_object(answer).get("id", ""))
        proof = {"secret": answer.headers.get("X-Hook-Secret", "")}
        self._write(f"/hooks/subscriptions/{_id(made)}/", proof)
        return made

    def _next(self, page: dict[str, Any]) -> str | None:
        """The next page's address; the token goes to no other host, and never unencrypted there."""
        link = (page.get("_links") or {}).get("next") or {}
        href = link.get("href") if isinstance(link, dict) else link
        if not href:
            return None
        address = urljoin(self._root, str(href))
        if urlsplit(address)[:2] != urlsplit(self._root)[:2]:
            raise Refused("Prolific's next page lies on another host; it was not followed.")
        return address

    def _read(self, path: str | None) -> dict[str, Any]:
        for wait in (*WAITS, None):
            try:
                return _object(self._once("GET", path or "", None))
            except (RateLimited, Unreachable):
                if wait is None:
                    raise
                self._sleep(wait)
        raise AssertionError("the last try returns or raises")

    def _write(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        return _object(self._post(path, body))

    def _post(self, path: str, body: dict[str, Any], method: str = "POST") -> httpx.Response:
        """Send once; only a 429, which means that nothing was done, is tried again."""
        for wait in (*WAITS, None):
            try:
                return self._once(method, path, body)
            except RateLimited:
                if wait is None:
                    raise
                self._sleep(wait)
        raise AssertionError("the last try returns or raises")

    def _once(self, method: str, path: str, body: dict[str, Any] | None) -> httpx.Response:
        url = path if path.startswith("http") else self._root + path
        try:
            response = self._http.request(method, url, json=body)
        except httpx.HTTPError as error:
            raise Unreachable(f"Prolific did not answer ({type(error).__name__}).") from None
        _check(response)
        return response


def _id(text: str) -> str:
    """An id as one part of a path, whatever a file or a link said that it is."""
    return quote(text, safe="") or "-"


def _check(response: httpx.Response) -> None:
    """Raise the error that an answer's status means."""
    status = response.status_code
    if status == 429:
        raise RateLimited("Prolific asks to slow down. Please try again in a minute.")
    if status == 404:
        raise NotFound("Prolific knows no such study or submission.")
    if status >= 500:
        raise Unreachable(f"Prolific's server failed (status {status}).")
    if status >= 400:
        raise Refused(f"Prolific refused (status {status}): {_reason(response)}")


def _object(response: httpx.Response) -> dict[str, Any]:
    """The JSON object of a good answer; a list comes under `results`."""
    try:
        found = response.json() if response.content else {}
    except ValueError:
        raise Unreachable("Prolific's answer is not JSON.") from None
    return found if isinstance(found, dict) else {"results": found}


def _reason(response: httpx.Response) -> str:
    """What Prolific says is wrong, in one short line."""
    try:
        error = response.json()["error"]
        detail = error.get("detail", error)
    except (ValueError, KeyError, AttributeError, TypeError):
        detail = "no reason given"
    return str(detail)[:300]


def client_from_settings() -> Client:
    """The client that the environment describes; NotConfigured without a token."""
    if not settings.PACT_PROLIFIC_TOKEN:
        raise NotConfigured("No token: set PACT_PROLIFIC_TOKEN in the environment.")
    return Client(token=settings.PACT_PROLIFIC_TOKEN, url=settings.PACT_PROLIFIC_URL)
