"""How requests to one OpenAI-compatible server look, and what they do without to suit it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

from modeling.backends import chat_format, completions_format
from modeling.backends.chat_format import MOST_LOGPROBS
from modeling.backends.protocol import Decoding, Prompt, Reply

FEW_LOGPROBS: Final = 5
"""Tried where a server finds the number asked for too large; enough for two letters."""

SCHEMA_WORDS: Final = ("response_format", "json_schema", "structured")
"""One of these stands in the refusal of a server that knows no replies by schema."""


class Template(NamedTuple):
    """Path of requests below the base URL, how their bodies are written and the replies read."""

    path: str
    request_body: Callable[..., dict[str, Any]]
    read_body: Callable[[str, Mapping[str, Any], float], Reply]


TEMPLATES: Final = {
    "chat": Template("/chat/completions", chat_format.request_body, chat_format.read_body),
    "plain": Template(
        "/completions", completions_format.request_body, completions_format.read_body
    ),
}
"""The option `template`."""


class Form:
    """Bodies out of prompts. What a server refused is left out, or renamed, from then on.

    `adapted` says what and why. `path` is relative to the base URL; `read` takes a prompt's key, a
    response's object and seconds, and raises TransientError for an object of another shape.
    """

    def __init__(
        self, model: str, *, template: str, constrain: bool, extra_body: Mapping[str, Any]
    ) -> None:
        self.adapted: dict[str, str] = {}
        self._template = TEMPLATES[template]
        self.path = self._template.path
        self.read = self._template.read_body
        self._model = model
        self._constrain = constrain
        self._extra_body = dict(extra_body)
        self._most_logprobs = MOST_LOGPROBS

    def body(self, prompt: Prompt, decoding: Decoding) -> dict[str, Any]:
        """The body of one request, as far as is known what this server takes."""
        body = self._template.request_body(
            self._model, prompt, decoding, most_logprobs=self._most_logprobs
        )
        if "max_tokens" in self.adapted:
            body["max_completion_tokens"] = body.pop("max_tokens")
        if "response_format" in self.adapted:
            body.pop("response_format", None)
        if self._constrain and prompt.mode == "label":
            letters = [label.letter for label in prompt.labels]
            body["structured_outputs"] = {"choice": letters}
        return body | self._extra_body

    def adapt(self, body: Mapping[str, Any], words: str) -> bool:
        """Do without what the server refused, if that keeps the question the same.

        True if this request can be sent again in another form.
        """
        if "logprobs" in body and "logprobs" in words:
            self._ask_for_fewer(body, words)
            return True
        if "max_tokens" in body and "max_completion_tokens" in words:
            self.adapted["max_tokens"] = "sent as max_completion_tokens"
            return True
        if "response_format" in body and any(name in words for name in SCHEMA_WORDS):
            self.adapted["response_format"] = f"asked for in words alone; the server said: {words}"
            return True
        return False

    def _ask_for_fewer(self, body: Mapping[str, Any], words: str) -> None:
        """Few alternatives where their number was too large, which a server says with a number."""
        number = int(body.get("top_logprobs") or body["logprobs"])
        said = words.partition(": ")[2]
        too_many = "top_logprobs" in said or any(map(str.isdigit, said))
        fewer = FEW_LOGPROBS if too_many and number > FEW_LOGPROBS else 0
        self._most_logprobs = min(self._most_logprobs, fewer)
        self.adapted["logprobs"] = (
            f"{self._most_logprobs} alternatives a token; the server said: {words}"
        )
