"""Files in PACT's release formats as the frames that the statistics take; no database needed.

CSV as the release and `manage.py export_data` write it, or Parquet of the same columns. Countries
may go by any name or alias that the country table knows and come out under their full English
names. Whatever cannot be read raises `BadFile` with file, row and column; nothing is left out.
"""

import csv
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd

from annotation.vocab.countries import resolve
from annotation.vocab.distance import relation
from annotation.vocab.terms import RECEIVERS, Age, Frame, Gender, Relation, Setting

__all__ = ["BadFile", "read_decisions", "read_human", "read_predictions"]

ITEM: Final = ["scenario_item_id", "receiver_age", "receiver_gender"]
HUMAN_COLUMNS: Final = (
    "respondent_id",
    *ITEM,
    "scenario",
    "scenario_country",
    "respondent_country",
    "respondent_age_bucket",
    "respondent_gender",
    "human_personal",
    "human_norm",
)
PREDICTION_COLUMNS: Final = (
    "model_tag",
    "persona_setting",
    "persona_country",
    "persona_demo",
    *ITEM,
    "llm_personal",
    "llm_norm",
)
DECISION_COLUMNS: Final = ("source_row", "base_country", "eval_decision", "eval_model")
NOT_ASKED: Final = "not asked"

_AGES: Final = {age.value: age.value for age in Age}
_GENDERS: Final = {gender.value: gender.value for gender in Gender}
_LETTERS: Final = {"a": 1.0, "b": 0.0, "tie": 0.5, "": np.nan}
_DECISIONS: Final = {
    "follow_culture": "culture",
    "allow_preference": "preference",
    "tie": "",
    "unknown": "",
    "": "",
}
_NOBODY: Final = {name: "" for name in ("", "none", "nan", "no_persona")}
_FORMULA_STARTS: Final = ("=", "+", "-", "@", "\t", "\r", "\n")


class BadFile(ValueError):  # noqa: N818  (named as BadInput is)
    """A file that cannot be read as what it is said to be; the message names row and column."""


def read_human(path: str | Path, *, scheme: str = "") -> pd.DataFrame:
    """People's answers from a human tidy file: the HUMAN frame, one row a participant and item.

    `personal` and `norm` are 1.0 for culture (A), 0.0 for preference (B), NaN where empty; an item
    is an id with a receiver, a scenario its text in one country. The optional columns `relation`,
    `theme`, `importance_norm`, `importance_preference`, `perceived_share` (0 to 100 in the file, a
    share in the frame), `first_frame` and `cohort` are read where they stand; without `relation` it
    follows from the distance `scheme` (`pact-2026`, `geo-v1`), and is `unassigned` without one.
    Raises BadFile, also for a participant who answers an item twice.
    """
    table = _read(path, HUMAN_COLUMNS)
    people = _filled(table, "respondent_id")
    made = _items(table).assign(
        participant=people,
        participant_country=_countries(table, "respondent_country"),
        participant_age=_mapped(table, "respondent_age_bucket", _AGES | {"": ""}),
        participant_gender=_mapped(table, "respondent_gender", _GENDERS | {"": ""}),
        theme=_optional(table, "theme").where(lambda text: text != "", None),
        personal=_mapped(table, "human_personal", _PEOPLE),
        norm=_mapped(table, "human_norm", _PEOPLE),
        importance_norm=_numbers(table, "importance_norm", 1, 7),
        importance_preference=_numbers(table, "importance_preference", 1, 7),
        perceived_share=_numbers(table, "perceived_share", 0, 100) / 100,
        first_frame=_optional(table, "first_frame").where(lambda text: text != "", None),
        cohort=_optional(table, "cohort").replace("", "real"),
    )
    twice = made.duplicated(["participant", *ITEM])
    if twice.any():
        raise _bad(table, "scenario_item_id", twice, "one row a respondent and item")
    made["relation"] = _relations(table, made, scheme)
    made["item"] = _names(made)
    made["scenario"] = _scenarios(made)
    return made.reset_index(drop=True)


def read_predictions(path: str | Path, human: pd.DataFrame) -> pd.DataFrame:
    """Models' answers on the items of `human`: the MODEL frame, one row an answer.

    `choice` is 1.0 culture, 0.0 preference, .5 a tie, NaN where invalid; `q` is the probability of
    culture (`q_culture_personal`, `q_culture_norm`), the choice itself where the file has none. A
    key that occurs again is a further sample, counted in `sample_index`. `human` is the frame that
    `read_human` made; an item it does not hold raises BadFile.
    """
    table = _read(path, PREDICTION_COLUMNS)
    setting = _mapped(table, "persona_setting", {one.value: one.value for one in Setting})
    persona = setting == Setting.PERSONA.value
    asked = pd.DataFrame(
        {
            "model": _filled(table, "model_tag"),
            "setting": setting,
            "persona_country": _persona_countries(table, persona),
            "persona_demo": _persona_demos(table, persona),
            "prompt_style": _optional(table, "prompt_style"),
            "option_order": _optional(table, "option_order"),
        }
    )
    known = human.drop_duplicates(ITEM).set_index(ITEM)
    columns = ["item", "scenario", "scenario_country"]
    joined = _receivers(table).join(known[columns], on=ITEM)
    lost = joined["item"].isna()
    if lost.any():
        raise _bad(table, "scenario_item_id", lost, "an item (with this receiver) of the people's")
    rows = asked.join(joined)
    key = [*asked.columns, "item"]
    rows["sample_index"] = _samples(table, rows, key)
    parts = [_replies(table, rows, frame.value) for frame in Frame]
    return pd.concat(parts, ignore_index=True)


def read_decisions(path: str | Path) -> pd.DataFrame:
    """Benchmark decisions, one row a decision, with the release's own columns.

    Added to them: `scenario`, what decisions on the same norm share (`scenario_key`, else
    `source_row` within its data set and country); `decision`, culture, preference or empty for
    UNKNOWN, an empty cell and a tie; and the counts `culture`, `preference`, `unknown`, 0 or 1.
    """
    table = _read(path, DECISION_COLUMNS)
    _filled(table, "eval_model")
    for column in ("base_country", "actor_country", "receiver_country"):
        if column in table:
            table[column] = _countries(table, column)
    made = table.assign(
        scenario=_decided_scenarios(table), decision=_mapped(table, "eval_decision", _DECISIONS)
    )
    for count, said in (("culture", "culture"), ("preference", "preference"), ("unknown", "")):
        made[count] = (made["decision"] == said).astype(np.int64)
    return made.reset_index(drop=True)


_PEOPLE: Final = {letter: value for letter, value in _LETTERS.items() if letter != "tie"}


def _read(path: str | Path, required: Sequence[str]) -> pd.DataFrame:
    """The file as text, indexed by the number of each row in it; the header is row 1."""
    path = Path(path)
    if not path.is_file():
        raise BadFile(f"{path}: there is no such file")
    table = _parquet(path) if path.suffix == ".parquet" else _csv(path)
    missing = [name for name in required if name not in table]
    if missing:
        raise BadFile(f"{path.name}, row 1: the header lacks {', '.join(missing)}")
    if table.empty:
        raise BadFile(f"{path.name}: there are no rows below the header")
    table.attrs["file"] = path.name
    return table


def _parquet(path: Path) -> pd.DataFrame:
    table = pd.read_parquet(path)
    text = table.astype(object).where(table.notna(), "").astype(str)
    return text.set_index(pd.RangeIndex(2, len(text) + 2))


def _csv(path: Path) -> pd.DataFrame:
    rows, numbers = [], []
    with path.open(encoding="utf-8-sig", newline="") as stream:
        reader = csv.reader(stream)
        try:
            header = [cell.strip() for cell in next(reader, [])]
            for number, cells in enumerate(reader, start=2):
                if not any(cells):
                    continue
                if len(cells) != len(header):
                    found = f"{len(cells)} cells, expected {len(header)}"
                    raise BadFile(f"{path.name}, row {number}: found {found}")
                rows.append([_restored(cell.strip()) for cell in cells])
                numbers.append(number)
        except (UnicodeDecodeError, csv.Error) as error:
            raise BadFile(f"{path.name}: this is no CSV text in UTF-8 ({error})") from error
    return pd.DataFrame(rows, columns=header, index=pd.Index(numbers), dtype=object)


def _restored(cell: str) -> str:
    """Without the apostrophe that exports put before what a spreadsheet would run."""
    return cell[1:] if cell[:1] == "'" and cell.lstrip("'").startswith(_FORMULA_STARTS) else cell


def _bad(table: pd.DataFrame, column: str, where: "pd.Series[bool]", expected: str) -> BadFile:
    """The first row that is wrong, as an error that can be acted on."""
    row = where.index[where.to_numpy()][0]
    found = table.at[row, column]
    file = table.attrs["file"]
    return BadFile(f"{file}, row {row}, column {column}: found {found!r}, expected {expected}")


def _optional(table: pd.DataFrame, column: str) -> "pd.Series[str]":
    return table[column] if column in table else pd.Series("", index=table.index, dtype=object)


def _filled(table: pd.DataFrame, column: str) -> "pd.Series[str]":
    empty = table[column] == ""
    if empty.any():
        raise _bad(table, column, empty, "a value")
    return table[column]


def _mapped(
    table: pd.DataFrame, column: str, meanings: Mapping[str, str] | Mapping[str, float]
) -> "pd.Series[str]":
    """The cells' meanings, whatever their case."""
    cells = table[column].str.casefold()
    unknown = ~cells.isin(list(meanings))
    if unknown.any():
        expected = ", ".join(name or "an empty cell" for name in meanings)
        raise _bad(table, column, unknown, f"one of {expected}")
    return cells.map(dict(meanings))


def _through(
    table: pd.DataFrame, column: str, read: Callable[[str], str], expected: str
) -> "pd.Series[str]":
    """Each different cell put through `read`; its ValueError names the first row that has it."""
    known = {}
    for cell in table[column].unique():
        try:
            known[cell] = read(cell)
        except ValueError:
            raise _bad(table, column, table[column] == cell, expected) from None
    return table[column].map(known)


def _countries(table: pd.DataFrame, column: str) -> "pd.Series[str]":
    return _through(table, column, lambda text: resolve(text).name, "a country's English name")


def _numbers(table: pd.DataFrame, column: str, least: int, most: int) -> "pd.Series[float]":
    """Numbers within bounds, NaN where empty or where the column is missing."""
    text = _optional(table, column)
    values = pd.to_numeric(text, errors="coerce")
    wrong = (text != "") & ~values.between(least, most)
    if wrong.any():
        raise _bad(table, column, wrong, f"a number from {least} to {most}")
    return values.astype(np.float64)


def _receivers(table: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "scenario_item_id": _filled(table, "scenario_item_id"),
            "receiver_age": _mapped(table, "receiver_age", _AGES),
            "receiver_gender": _mapped(table, "receiver_gender", _GENDERS),
        }
    )


def _items(table: pd.DataFrame) -> pd.DataFrame:
    return _receivers(table).assign(
        scenario=_filled(table, "scenario"), scenario_country=_countries(table, "scenario_country")
    )


def _names(rows: pd.DataFrame) -> "pd.Series[str]":
    """One name an item: its id where only one receiver has it, else the id with the receiver."""
    receivers = rows.drop_duplicates(ITEM).groupby("scenario_item_id").size()
    ids = rows["scenario_item_id"]
    full = ids + "|" + rows["receiver_age"] + "|" + rows["receiver_gender"]
    return ids.where(ids.map(receivers) == 1, full)


def _scenarios(rows: pd.DataFrame) -> "pd.Series[str]":
    """The cluster of an item: its text in one country; the id where its receivers' texts differ."""
    texts = rows.drop_duplicates(["scenario_item_id", "scenario"]).groupby("scenario_item_id")
    several = rows["scenario_item_id"].map(texts.size()) > 1
    own = rows["scenario"] + " (" + rows["scenario_country"] + ")"
    return own.where(~several, rows["scenario_item_id"])


def _relations(table: pd.DataFrame, rows: pd.DataFrame, scheme: str) -> "pd.Series[str]":
    """What the file says, else what the scheme says of the two countries."""
    unknown = Relation.UNASSIGNED.value
    pairs = rows[["participant_country", "scenario_country"]]
    judged = {
        (here, there): relation(scheme, resolve(here).iso2, resolve(there).iso2).value
        if scheme
        else unknown
        for here, there in pairs.drop_duplicates().itertuples(index=False)
    }
    by_scheme = pd.Series([judged[pair] for pair in zip(*pairs.T.values, strict=True)], pairs.index)
    if "relation" not in table:
        return by_scheme
    told = _mapped(table, "relation", {one.value: one.value for one in Relation} | {"": ""})
    return told.where(told != "", by_scheme)


def _persona_countries(table: pd.DataFrame, persona: "pd.Series[bool]") -> "pd.Series[str]":
    return _of_persona(table, "persona_country", persona, _countries)


def _persona_demos(table: pd.DataFrame, persona: "pd.Series[bool]") -> "pd.Series[str]":
    demos = {receiver.demo: receiver.demo for receiver in RECEIVERS}
    return _of_persona(
        table, "persona_demo", persona, lambda rows, column: _mapped(rows, column, demos)
    )


def _of_persona(
    table: pd.DataFrame,
    column: str,
    persona: "pd.Series[bool]",
    read: Callable[[pd.DataFrame, str], "pd.Series[str]"],
) -> "pd.Series[str]":
    """The column where there is a persona; empty, and checked to be, where there is none."""
    _mapped(table[~persona], column, _NOBODY)
    found = pd.Series("", index=table.index, dtype=object)
    found[persona] = read(table[persona], column)
    return found


def _samples(table: pd.DataFrame, rows: pd.DataFrame, key: list[str]) -> "pd.Series[int]":
    """The sample's number: the file's, else how often its key occurred before."""
    counted = rows.groupby(key).cumcount()
    told = _numbers(table, "sample_index", 0, 2**31 - 1)
    samples = told.where(told.notna(), counted.astype(np.float64)).astype(np.int64)
    twice = rows.assign(sample_index=samples).duplicated([*key, "sample_index"])
    if twice.any():
        raise _bad(table, "scenario_item_id", twice, "each sample once")
    return samples


def _replies(table: pd.DataFrame, rows: pd.DataFrame, frame: str) -> pd.DataFrame:
    """One row an answer to this question; an empty cell is an invalid answer unless not asked."""
    choice = pd.to_numeric(_mapped(table, f"llm_{frame}", _LETTERS))
    reason = _optional(table, f"invalid_reason_{frame}")
    q = _numbers(table, f"q_culture_{frame}", 0, 1)
    stray = choice.isna() & q.notna()
    if stray.any():
        raise _bad(table, f"q_culture_{frame}", stray, "an empty cell beside an invalid answer")
    replies = rows.assign(
        frame=frame,
        q=q.fillna(choice),
        choice=choice,
        invalid_reason=reason.where((reason != "") | choice.notna(), "invalid_in_file"),
    )
    return replies[choice.notna() | (reason != NOT_ASKED)]


def _decided_scenarios(table: pd.DataFrame) -> "pd.Series[str]":
    own = _optional(table, "dataset") + "|" + table["base_country"] + "|" + table["source_row"]
    keys = _optional(table, "scenario_key")
    return keys.where(keys != "", own)
