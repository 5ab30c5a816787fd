"""The Batch API: prompts go out as a file, answers come back as files within a day, at half price.

What a batch needs is offered in steps (`upload`, `create`, `look`, `fetch`), so that a caller can
note the batch's id before it waits and take it up again after a crash; `ask` does all of them.
The first prompt is asked directly before a file is sent: a wrong key, an unknown model or a
parameter that the server refuses shows at once and not after a day.
"""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import (
    AsyncGenerator,
    Awaitable,
    Callable,
    Iterable,
    Iterator,
    Mapping,
    Sequence,
)
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final, TypeVar

import openai

from modeling.backends import batch_lines
from modeling.backends.batch_lines import (
    MOST_BYTES,
    MOST_LINES,
    GoneError,
    Result,
    reply_in,
    request_line,
)
from modeling.backends.http_errors import from_openai, redact
from modeling.backends.openai_chat import OpenAIBackend
from modeling.backends.protocol import (
    BackendError,
    Decoding,
    EndpointSpec,
    PermanentError,
    Prompt,
    Reply,
    TransientError,
    require_distinct_keys,
)
from modeling.backends.server import OPTIONS, checked

DEFAULTS: Final[Mapping[str, object]] = {
    **OPTIONS,
    "poll_s": 60.0,
    "transfer_s": 900.0,
    "most_lines": MOST_LINES,
    "most_bytes": MOST_BYTES,
    "try_first": True,
}
"""Those of the direct lane, and: `poll_s`, the longest pause between two looks at a batch;
`transfer_s` for sending or fetching one file; `most_lines` and `most_bytes` of one file;
`try_first`, whether one prompt is asked directly before the first file."""

GONE: Final = "gone"
ENDED: Final = frozenset({"completed", "failed", "expired", "cancelled", GONE})
CROWDED: Final = "token_limit_exceeded"
"""Code of a batch that failed only because too many others are waiting."""

LEFT_OUT: Final = "The batch ended without an answer to this prompt."
PAGE: Final = 100
CLOCKS_APART_S: Final = 86_400.0
"""How far the server's clock may be from ours when older batches are left out of a search."""

T = TypeVar("T")
Said = Reply | BackendError
"""What a line says: a reply, its `error` set where asking again may help; or why it cannot."""


@dataclass(frozen=True, slots=True)
class Batch:
    """One batch as the server shows it. `words` say what was wrong with it as a whole."""

    id: str
    status: str
    created_at: float = 0.0
    files: tuple[str, ...] = ()
    words: str = ""
    crowded: bool = False

    @property
    def ended(self) -> bool:
        """Whether nothing more will come."""
        return self.status in ENDED


class OpenAIBatchBackend(OpenAIBackend):
    """The direct lane's client and form of requests, sent as files."""

    kind = "openai_batch"

    def __init__(self, spec: EndpointSpec, options: Mapping[str, Any]) -> None:
        super().__init__(spec, options)
        self.poll_s = float(options["poll_s"])
        self._most_lines, self._most_bytes = options["most_lines"], options["most_bytes"]
        self._untried = bool(options["try_first"])
        self._transfers = self._client.with_options(timeout=options["transfer_s"])

    async def ask(
        self, prompts: Sequence[Prompt], decoding: Decoding
    ) -> AsyncGenerator[Reply, None]:
        """Yield replies as batches end; a prompt that no batch answered has its `error` set."""
        require_distinct_keys(prompts)
        waiting = {prompt.key: prompt for prompt in prompts}
        while waiting:
            before, problems = len(waiting), dict[str, Reply]()
            async for key, said in self._one_batch(list(waiting.values()), decoding):
                if isinstance(said, BackendError):
                    raise said
                if key in waiting and said.error is None:
                    self.count(said, waiting.pop(key), decoding)
                    yield said
                problems[key] = said
            if len(waiting) == before:
                break
        for key in waiting:
            yield problems.get(key, Reply(key, error=LEFT_OUT))

    async def _one_batch(
        self, prompts: Sequence[Prompt], decoding: Decoding
    ) -> AsyncGenerator[tuple[str, Said], None]:
        """Everything that one batch brings back. Raises PermanentError where it failed whole."""
        with TemporaryDirectory() as folder:
            await self.try_out(prompts[0], decoding)
            path = Path(folder, "requests.jsonl")
            self.write(path, ((prompt, decoding) for prompt in prompts))
            tag = {"asked_by": uuid.uuid4().hex}
            batch = await self.create(await self.upload(path), tag, time.time())
            batch = await self._ended(batch)
            if batch.status in {"failed", GONE} and not batch.crowded:
                raise PermanentError(batch.words)
            for part in await self.fetch(batch, Path(folder)):
                for found in self.replies(part):
                    yield found

    async def _ended(self, batch: Batch) -> Batch:
        """The batch once it has ended; whoever stops waiting cancels it."""
        try:
            while not batch.ended:
                await asyncio.sleep(self.pause_s(batch))
                batch = await self.look(batch.id)
        finally:
            if not batch.ended:
                await self.cancel(batch.id)
        return batch

    async def try_out(self, prompt: Prompt, decoding: Decoding) -> None:
        """Ask one prompt directly, once a client; its answer only shows that asking works."""
        if self._untried:
            await self._patiently(lambda: self._once(prompt, decoding=decoding))
            self._untried = False

    def write(self, path: Path, requests: Iterable[tuple[Prompt, Decoding]]) -> int:
        """Write requests as far as one file may reach; returns how many."""
        lines = (request_line(self._form, prompt, decoding) for prompt, decoding in requests)
        return batch_lines.write_requests(
            path, lines, most_lines=self._most_lines, most_bytes=self._most_bytes
        )

    async def upload(self, path: Path) -> str:
        """Send a file of requests; its id there."""
        files = self._transfers.files
        sent = await self._patiently(lambda: files.create(file=path, purpose="batch"))
        return sent.id

    async def create(self, file: str, tag: Mapping[str, str], since: float) -> Batch:
        """Make the batch, once, named by its tag.

        Where nobody answered, it is looked for before another is made.
        """
        failures = 0
        while True:
            try:
                return self._shown(await self._sorted(self._make(file, tag)))
            except TransientError as error:
                failures += 1
                found = await self.find(tag, since)
                if found:
                    return found
                if self._patience.spent(failures, 0):
                    raise
                await asyncio.sleep(self._patience.pause_s(error, failures, file))

    async def _make(self, file: str, tag: Mapping[str, str]) -> Any:
        return await self._client.batches.create(
            input_file_id=file,
            endpoint=f"/v1{self._form.path}",  # type: ignore[arg-type]  # two of its five
            completion_window="24h",
            metadata=dict(tag),
        )

    async def find(self, tag: Mapping[str, str], since: float) -> Batch | None:
        """The newest batch with this tag that was made after `since` (seconds since 1970)."""
        return await self._patiently(lambda: self._search(tag, since))

    async def _search(self, tag: Mapping[str, str], since: float) -> Batch | None:
        async for listed in self._client.batches.list(limit=PAGE):
            if listed.created_at < since - CLOCKS_APART_S:
                break
            if tag.items() <= (listed.metadata or {}).items():
                return self._shown(listed)
        return None

    async def look(self, batch_id: str) -> Batch:
        """The batch as it is now; `gone` where the server does not know it."""
        return await self._patiently(partial(self._look, batch_id))

    async def _look(self, batch_id: str) -> Batch:
        try:
            return self._shown(await self._client.batches.retrieve(batch_id))
        except openai.NotFoundError as error:
            return Batch(batch_id, GONE, words=str(from_openai(error, self._key)))

    async def cancel(self, batch_id: str) -> Batch:
        """Ask for its end; what it has answered by then is kept."""
        return self._shown(await self._patiently(lambda: self._client.batches.cancel(batch_id)))

    async def fetch(self, batch: Batch, folder: Path) -> list[Path]:
        """Fetch what the batch has left behind, answers before errors, into a folder.

        Raises GoneError where the server has deleted it.
        """
        paths = []
        for number, name in enumerate(batch.files):
            path = folder / f"results-{number}.jsonl"
            await self._patiently(partial(self._download, name, path))
            paths.append(path)
        return paths

    async def _download(self, file: str, path: Path) -> None:
        try:
            async with self._transfers.files.with_streaming_response.content(file) as response:
                await response.stream_to_file(path)
        except openai.NotFoundError as error:
            raise GoneError(str(from_openai(error, self._key))) from error

    def replies(self, path: Path) -> Iterator[tuple[str, Said]]:
        """Key and reply of every line of a fetched file; see `Said`."""
        for result in batch_lines.read_results(path, self._key):
            yield result.key, self._said(result)

    def _said(self, result: Result) -> Said:
        try:
            reply = reply_in(result, self._form)
        except TransientError as problem:
            return Reply(result.key, error=str(problem))
        except BackendError as problem:
            return problem
        if result.body is not None:
            self._note(result.body, lacks_logprobs=False)
        return reply

    def count(self, reply: Reply, prompt: Prompt, decoding: Decoding) -> None:
        """Count a reply that lacks the label probabilities that were asked for."""
        wanted = bool(decoding.logprobs) and prompt.reads_first_token
        self._lacked_logprobs += wanted and reply.error is None and reply.logprobs is None

    def pause_s(self, batch: Batch) -> float:
        """Seconds until the next look: a tenth of the batch's age, at most `poll_s`."""
        age = max(time.time() - batch.created_at, 0.0)
        return min(self.poll_s, max(age / 10.0, self.poll_s / 30.0))

    async def _patiently(self, call: Callable[[], Awaitable[T]]) -> T:
        """The result of a request that may be repeated; the last failure where patience ends."""
        failures = 0
        while True:
            try:
                return await self._sorted(call())
            except TransientError as error:
                failures += 1
                if self._patience.spent(failures, 0):
                    raise
                pause = error.retry_after_s or self._patience.pause_s(error, failures, "batch")
                await asyncio.sleep(pause or self._pace.pause_s)

    async def _sorted(self, call: Awaitable[T]) -> T:
        try:
            return await call
        except openai.OpenAIError as error:
            raise from_openai(error, self._key) from error

    def _shown(self, shown: Any) -> Batch:
        problems = (shown.errors.data if shown.errors else None) or ()
        words = "; ".join(
            f"{one.message} ({one.code}{f', line {one.line}' if one.line else ''})"
            for one in problems
        )
        return Batch(
            id=shown.id,
            status=shown.status,
            created_at=float(shown.created_at or 0),
            files=tuple(name for name in (shown.output_file_id, shown.error_file_id) if name),
            words=redact(words, self._key),
            crowded=any(one.code == CROWDED for one in problems),
        )


def make(spec: EndpointSpec) -> OpenAIBatchBackend:
    """Build from a spec. Raises PermanentError for a missing address or an unknown option."""
    return OpenAIBatchBackend(spec, checked(spec, DEFAULTS))
