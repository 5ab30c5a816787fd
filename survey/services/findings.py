"""What the linter says about a study: one remark, with the place it is about."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Finding:
    """One remark; a fatal one means that the study must not be opened.

    `code` names the rule, `path` the part of the instrument (`checks[0].text`), `text` says in words
    what is wrong and what to do.
    """

    code: str
    path: str
    text: str
    fatal: bool = False

    @property
    def language(self) -> str:
        """The language whose texts it is about; empty for any other remark."""
        part, _, language = self.path.partition(".")
        return language if part == "translations" else ""
