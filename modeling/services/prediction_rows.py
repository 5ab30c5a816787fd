"""Reading PACT prediction files: a row holds one model's answers to both questions on one item."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from annotation.vocab.countries import resolve
from annotation.vocab.terms import Age, Choice, Frame, Gender, OptionOrder, Setting, parse_demo
from modeling.backends import TIE
from modeling.services.designs import NO_PERSONA, PersonaKey, stable_hash
from modeling.services.imported_runs import model_name
from modeling.services.items import AskedItem, persona_columns
from modeling.services.unanswered import Others
from pact_site.base.errors import BadInput
from pact_site.base.readers import Layout, Row

LAYOUT: Final = Layout(
    required=(
        "model_tag",
        "persona_setting",
        "persona_country",
        "persona_demo",
        "scenario_item_id",
        "scenario_country",
        "receiver_age",
        "receiver_gender",
        "llm_personal",
        "llm_norm",
    ),
    optional=(
        "prompt_style",
        "option_order",
        "sample_index",
        "q_culture_personal",
        "q_culture_norm",
        "invalid_reason_personal",
        "invalid_reason_norm",
    ),
)
INVALID_IN_FILE: Final = "invalid_in_file"
"""The reason of an empty answer whose file gives none."""

NOT_ASKED: Final = "not asked"
"""The reason of an empty cell that stands for no question at all."""

_LETTERS: Final = {"A": Choice.CULTURE.value, "B": Choice.PREFERENCE.value, TIE: TIE}
_CERTAIN: Final = {Choice.CULTURE.value: 1.0, Choice.PREFERENCE.value: 0.0, TIE: 0.5}
_NOBODY: Final = {"", "none", "nan", "no_persona"}
_ORDERS: Final = {order.value: order.value for order in OptionOrder}
_SETTINGS: Final = {setting.value: setting for setting in Setting}


@dataclass(frozen=True)
class Answered:
    """One row of a file as rows of a shard; `repeated` if the file held its key before.

    `other` names an item that the study does not have: no rows, then.
    """

    tag: str
    rows: tuple[dict[str, Any], ...]
    repeated: bool
    other: str = ""


class Reader:
    """Turns rows of files into answers on the items of one release.

    Samples are counted over all files of an import: the same key again is the next sample.
    """

    def __init__(self, items: Sequence[AskedItem]) -> None:
        self._items = {item.identity[:3]: item for item in items}
        self._ids = {item.scenario_item_id for item in items}
        self._seen: Counter[tuple[object, ...]] = Counter()
        self._samples: set[tuple[object, ...]] = set()
        self._others = Others({item.pk for item in items})

    def begin_file(self) -> None:
        """Explicit sample indices are unique within a file."""
        self._samples.clear()

    def answers(self, rows: Iterable[Row]) -> Iterator[Answered]:
        """Yield each row's answers; BadInput at the first that cannot be read."""
        for row in rows:
            yield self._answered(row)

    def end(self) -> None:
        """After the last file. BadInput where an item that the study lacks may be a misspelt one."""
        self._others.check()

    def _answered(self, row: Row) -> Answered:
        tag = model_name(row, "model_tag")
        item, persona = self._item(row), _persona(row)
        style = row.text("prompt_style", required=False)
        order = row.one_of("option_order", _ORDERS, required=False) or ""
        way = (tag, persona, style, order)
        if isinstance(item, BadInput):
            self._others.add(way, item)
            return Answered(tag, (), repeated=False, other=_item_name(row))
        self._others.met(way, item.pk)
        key = (tag, item.pk, persona, style, order)
        sample, repeated = self._sample(row, key)
        asked = {
            "run": "",
            "model": tag,
            "prompt_style": style,
            "option_order": order,
            "sample_index": sample,
            **item.columns,
            **persona_columns(persona),
        }
        parts = (*item.identity, persona.code, style, order, sample)
        replies = [_reply(row, frame.value, parts) for frame in Frame if _was_asked(row, frame)]
        return Answered(tag, tuple(asked | reply for reply in replies), repeated)

    def _item(self, row: Row) -> AskedItem | BadInput:
        """The row's item, or what to say of one that the study does not have."""
        name = row.text("scenario_item_id")
        age = row.one_of("receiver_age", {age.value: age.value for age in Age}) or ""
        gender = row.one_of("receiver_gender", {sex.value: sex.value for sex in Gender}) or ""
        item = self._items.get((name, age, gender))
        if item is None:
            expected = (
                f"a receiver that the study has for it, not {age} {gender}"
                if name in self._ids
                else "an item of the study's release"
            )
            return row.bad("scenario_item_id", "The study has no such item.", expected)
        if _country(row, "scenario_country") != item.country:
            raise row.bad("scenario_country", "The item is set elsewhere.", item.country)
        return item

    def _sample(self, row: Row, key: tuple[object, ...]) -> tuple[int, bool]:
        """The sample's index, and whether it is one more of a key that came before."""
        if not row.cells.get("sample_index"):
            sample = self._seen[key]
            self._seen[key] += 1
            return sample, sample > 0
        sample = row.parsed("sample_index", index_of, "a whole number, 0 or more")
        if (*key, sample) in self._samples:
            raise row.bad("sample_index", "The same sample stands in the file twice.", "one row")
        self._samples.add((*key, sample))
        return sample, False


def _item_name(row: Row) -> str:
    """An item's id with its receiver: only both together tell an item of a release."""
    cells = row.cells
    return f"{cells['scenario_item_id']} ({cells['receiver_age']} {cells['receiver_gender']})"


def _persona(row: Row) -> PersonaKey:
    setting = row.one_of("persona_setting", _SETTINGS)
    if setting is Setting.NO_PERSONA:
        for column in ("persona_country", "persona_demo"):
            if row.cells[column].casefold() not in _NOBODY:
                raise row.bad(column, "A row without persona names one.", "an empty cell")
        return NO_PERSONA
    who = row.parsed("persona_demo", parse_demo, "younger_female and the like")
    return PersonaKey(_country(row, "persona_country"), who.age.value, who.gender.value)


def _reply(row: Row, frame: str, parts: tuple[object, ...]) -> dict[str, Any]:
    """The columns of a shard that hold one frame's answer."""
    choice = row.one_of(f"llm_{frame}", _LETTERS, required=False)
    reason = row.text(f"invalid_reason_{frame}", required=False)
    q = share_in(row, f"q_culture_{frame}")
    if choice is None:
        reason = reason or INVALID_IN_FILE
        if q is not None:
            raise row.bad(f"q_culture_{frame}", "An invalid answer has a probability.", "empty")
    elif reason:
        raise row.bad(f"invalid_reason_{frame}", "A valid answer has a reason.", "an empty cell")
    return {
        "cell_key": stable_hash(("imported", *parts, frame), digits=32),
        "frame": frame,
        "choice": choice,
        "q": _CERTAIN.get(choice or "") if q is None else q,
        "invalid_mass": None,
        "invalid_reason": reason,
        "written": None,
        "text": row.cells[f"llm_{frame}"],
        "finish_reason": None,
        "prompt_tokens": 0,
        "completion_tokens": 0,
        "latency_s": 0.0,
    }


def _was_asked(row: Row, frame: str) -> bool:
    answer, reason = row.cells[f"llm_{frame}"], row.cells.get(f"invalid_reason_{frame}")
    return bool(answer) or reason != NOT_ASKED


def share_in(row: Row, column: str) -> float | None:
    """A cell's probability, None where it is empty or missing."""
    if not row.cells.get(column):
        return None
    return row.parsed(column, _share, "a probability from 0 to 1")


def _share(text: str) -> float:
    value = float(text)
    if not 0.0 <= value <= 1.0:
        raise ValueError(text)
    return value


def index_of(text: str) -> int:
    """A sample's index; ValueError for anything that no column of a shard holds."""
    value = int(text)
    if not 0 <= value < 2**31:
        raise ValueError(text)
    return value


def _country(row: Row, column: str) -> str:
    return row.parsed(column, _iso2, "a country's full English name")


@cache
def _iso2(text: str) -> str:
    return resolve(text).iso2
