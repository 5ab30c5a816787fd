"""Words that people and models wrote, made fit to be shown: nothing in them acts on the page.

Escaping is the template's and the writers' work. What is left to do here: characters that no eye
sees and that break files or turn neighbouring text around, and texts of any length.
"""

import re
from typing import Final

SHOWN: Final = 1_200
"""Characters of one text in a report or on a page; files hold more."""

KEPT: Final = 20_000
"""Characters of one text in a file."""

_CONTROL: Final = re.compile(
    r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufeff\ufffe\uffff\ud800-\udfff]"
)
_TURNING: Final = re.compile("[\u200e\u200f\u202a-\u202e\u2066-\u2069]")
"""Marks of direction: each text stands in a box of its own whose direction is that of its letters."""


_UNBROKEN: Final = re.compile(r"(\S{40})(?=\S)")
"""Runs of letters that get a place to break: renderers are slow with, and overflow by, long ones."""


def plain(text: str) -> str:
    """The text without control characters and marks of direction, its line ends made plain."""
    unified = text.replace("\r\n", "\n").replace("\r", "\n").replace("\u2028", "\n")
    return _TURNING.sub("", _CONTROL.sub("\ufffd", unified)).strip()


def shown(text: str, most: int = SHOWN) -> str:
    """A plain text cut to `most` characters, with how many more there are; long words can break."""
    return _UNBROKEN.sub("\\1\u200b", cut(text, most))


def cut(text: str, most: int = KEPT) -> str:
    """The same for files, where nothing has to break."""
    whole = plain(text)
    if len(whole) <= most:
        return whole
    return f"{whole[:most].rstrip()} … (cut; {len(whole) - most:,} more characters)"


def line(text: str, most: int = 320) -> str:
    """The same on one line, for a table's cell."""
    return shown(" ".join(plain(text).split()), most)
