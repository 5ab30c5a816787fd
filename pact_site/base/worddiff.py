"""Two texts woven together word by word, so that a person sees what changed."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher


@dataclass(frozen=True)
class Mark:
    """A run of words: `same`, or only in the version `before` or `after`."""

    kind: str
    text: str


def marks(before: str, after: str) -> Iterator[Mark]:
    """The runs of both texts in order; their `same` and `before` runs give `before` back."""
    old, new = re.findall(r"\s+|\S+", before), re.findall(r"\s+|\S+", after)
    for kind, a, b, c, d in SequenceMatcher(a=old, b=new, autojunk=False).get_opcodes():
        if kind == "equal":
            yield Mark("same", "".join(old[a:b]))
            continue
        if a < b:
            yield Mark("before", "".join(old[a:b]))
        if c < d:
            yield Mark("after", "".join(new[c:d]))
