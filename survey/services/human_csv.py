"""Reading PACT's human tidy CSV and the table of action texts; every problem is named by its cell."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final, NamedTuple

from annotation.vocab.countries import UnknownCountry, resolve
from annotation.vocab.terms import Age, Choice, Cohort, Frame, Gender, Relation, demo
from pact_site.base.readers import Layout, Row, read_table

HUMAN: Final = Layout(
    required=(
        "respondent_id",
        "scenario_item_id",
        "scenario",
        "scenario_country",
        "receiver_age",
        "receiver_gender",
        "respondent_country",
        "respondent_age_bucket",
        "respondent_gender",
        "human_personal",
        "human_norm",
    ),
    optional=(
        "receiver_demo",
        "respondent_demo",
        "importance_norm",
        "importance_preference",
        "relation",
        "theme",
        "perceived_share",
        "first_frame",
        "cohort",
    ),
    aliases={"situation": "scenario"},
)

ACTIONS: Final = Layout(
    required=("scenario_item_id", "culture_following", "preference_allowing"),
    optional=("scenario", "theme"),
    aliases={
        "situation": "scenario",
        "choice_a": "culture_following",
        "choice_b": "preference_allowing",
    },
)

AGES: Final = {str(age): str(age) for age in Age}
GENDERS: Final = {str(gender): str(gender) for gender in Gender}
CHOICES: Final = {"A": str(Choice.CULTURE), "B": str(Choice.PREFERENCE)}
RELATIONS: Final = {str(name): str(name) for name in Relation}
COHORTS: Final = {str(cohort): str(cohort) for cohort in (Cohort.REAL, Cohort.REHEARSAL)}
FRAMES: Final = {str(frame): str(frame) for frame in Frame}
RATINGS: Final = {str(number): number for number in range(1, 8)}
SHARES: Final = {str(number): number for number in range(101)}
MAX_ID = {"respondent_id": 100, "scenario_item_id": 200}
MAX_THEME = 60


class ItemKey(NamedTuple):
    """What makes an item in a release file: its id and its receiver."""

    scenario_item_id: str
    receiver_age: str
    receiver_gender: str


@dataclass(frozen=True)
class HumanRow:
    """One respondent's answers to one item; empty text and None are missing. Countries are ISO2.

    Rows of simulated people keep their cohort, so that they are not taken for real ones.
    """

    respondent: str
    item: ItemKey
    scenario: str
    scenario_country: str
    country: str
    age: str
    gender: str
    personal: str
    norm: str
    importance_norm: int | None
    importance_preference: int | None
    perceived_share: int | None
    relation: str
    theme: str
    first_frame: str
    cohort: str


@dataclass(frozen=True)
class Actions:
    """The texts that an items file adds; empty where it says nothing."""

    situation: str = ""
    culture: str = ""
    preference: str = ""
    theme: str = ""


def read_human(path: Path) -> list[HumanRow]:
    """Every row of the file, checked alone and against the others."""
    found = []
    seen = _Seen()
    for row in read_table(path, HUMAN):
        made = _human_row(row)
        seen.check(row, made)
        found.append(made)
    return found


def read_actions(path: Path) -> dict[str, Actions]:
    """Action texts by scenario_item_id; an id may repeat only with the same texts."""
    found: dict[str, Actions] = {}
    for row in read_table(path, ACTIONS):
        key = _id(row, "scenario_item_id")
        made = Actions(
            situation=row.text("scenario", required=False),
            culture=row.text("culture_following"),
            preference=row.text("preference_allowing"),
            theme=_theme(row),
        )
        if found.setdefault(key, made) != made:
            raise row.bad("scenario_item_id", "The item stands above with other texts.")
    return found


class _Seen:
    """What earlier rows said, so that a later one that contradicts them can be named."""

    def __init__(self) -> None:
        self.answers: dict[tuple[str, ItemKey], int] = {}
        self.facts: dict[tuple[str, object], tuple[object, int]] = {}

    def check(self, row: Row, made: HumanRow) -> None:
        earlier = self.answers.setdefault((made.respondent, made.item), row.number)
        if earlier != row.number:
            message = f"Respondent {made.respondent} answered this item in row {earlier} already."
            raise row.bad("scenario_item_id", message, "one row per respondent and item")
        for column, subject, value in _fixed_facts(made):
            first, number = self.facts.setdefault((column, subject), (value, row.number))
            if first != value:
                raise row.bad(column, f"Row {number} says otherwise.", repr(first))


def _fixed_facts(made: HumanRow) -> Iterable[tuple[str, object, object]]:
    """What must be the same in every row of an item or of a respondent."""
    yield "scenario", made.item, made.scenario
    yield "scenario_country", made.item, made.scenario_country
    yield "theme", made.item, made.theme
    yield "respondent_country", made.respondent, made.country
    yield "respondent_age_bucket", made.respondent, made.age
    yield "respondent_gender", made.respondent, made.gender
    yield "first_frame", made.respondent, made.first_frame
    yield "cohort", made.respondent, made.cohort


def _human_row(row: Row) -> HumanRow:
    receiver_age = _term(row, "receiver_age", AGES)
    receiver_gender = _term(row, "receiver_gender", GENDERS)
    age = _term(row, "respondent_age_bucket", AGES, required=False)
    gender = _term(row, "respondent_gender", GENDERS, required=False)
    _check_demo(row, "receiver_demo", receiver_age, receiver_gender)
    _check_demo(row, "respondent_demo", age, gender)
    return HumanRow(
        respondent=_id(row, "respondent_id"),
        item=ItemKey(_id(row, "scenario_item_id"), receiver_age, receiver_gender),
        scenario=row.text("scenario"),
        scenario_country=_country(row, "scenario_country"),
        country=_country(row, "respondent_country"),
        age=age,
        gender=gender,
        personal=_term(row, "human_personal", CHOICES, required=False),
        norm=_term(row, "human_norm", CHOICES, required=False),
        importance_norm=_whole(row, "importance_norm", RATINGS, "from 1 to 7"),
        importance_preference=_whole(row, "importance_preference", RATINGS, "from 1 to 7"),
        perceived_share=_whole(row, "perceived_share", SHARES, "from 0 to 100"),
        relation=_term(row, "relation", RELATIONS, required=False),
        theme=_theme(row),
        first_frame=_term(row, "first_frame", FRAMES, required=False),
        cohort=_term(row, "cohort", COHORTS, required=False) or str(Cohort.REAL),
    )


def _term(row: Row, column: str, allowed: dict[str, str], *, required: bool = True) -> str:
    return row.one_of(column, allowed, required=required) or ""


def _id(row: Row, column: str) -> str:
    text = row.text(column)
    if len(text) > MAX_ID[column]:
        raise row.bad(column, "The id is too long.", f"at most {MAX_ID[column]} characters")
    return text


def _theme(row: Row) -> str:
    text = row.text("theme", required=False)
    if len(text) > MAX_THEME:
        raise row.bad("theme", "The theme is too long.", f"at most {MAX_THEME} characters")
    return text


def _whole(row: Row, column: str, allowed: dict[str, int], span: str) -> int | None:
    """A whole number, None where the cell is empty; other programs write 5 as 5.0."""
    text = row.text(column, required=False)
    if not text:
        return None
    try:
        return allowed[text.removesuffix(".0")]
    except KeyError:
        raise row.bad(column, "This cannot be.", f"a whole number {span}") from None


def _country(row: Row, column: str) -> str:
    text = row.text(column)
    try:
        return _resolved(text)
    except UnknownCountry as error:
        raise row.bad(column, f"{error}.", "a country's full English name") from None


@cache
def _resolved(text: str) -> str:
    return resolve(text).iso2


def _check_demo(row: Row, column: str, age: str, gender: str) -> None:
    """The joined code repeats what its two parts say; a file that contradicts itself is refused."""
    text = row.text(column, required=False)
    if text and (not age or not gender or text.casefold() != demo(age, gender)):
        expected = demo(age, gender) if age and gender else "an empty cell"
        raise row.bad(column, "The code contradicts the age and gender beside it.", expected)
