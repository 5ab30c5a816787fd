"""Text that was read in a wrong encoding before it came here: it is UTF-8 by now, and still wrong."""

import re
from typing import Final

REPLACEMENT: Final = "\ufffd"
_FOREIGN = re.compile(r"[^\x00-\x7f]+")


def is_damaged(text: str) -> bool:
    """Whether a text holds replacement characters, or UTF-8 that was read as Windows-1252 or
    Latin-1 ("CafÃ©" for "Café")."""
    if text.isascii():
        return False
    return REPLACEMENT in text or any(_is_misread(run) for run in _FOREIGN.findall(text))


def _is_misread(run: str) -> bool:
    for encoding in ("cp1252", "latin-1"):
        try:
            run.encode(encoding).decode()
        except UnicodeError:
            continue
        return True
    return False
