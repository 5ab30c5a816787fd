"""What is asked about: a release's items with finished texts, in one fixed order."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from django.utils.functional import cached_property

from annotation.models import Item, Release
from annotation.vocab.countries import by_iso2
from annotation.vocab.terms import RECEIVERS, with_receiver
from modeling.backends import Prompt, Reply, read_answers
from modeling.models import Run
from modeling.prompts import CellFields, Persona, prompt_version, render
from modeling.schemas import SCHEMA
from modeling.services.designs import (
    RATIONALE,
    SEPARATOR,
    Cell,
    Design,
    PersonaKey,
    asks_reason,
    prompt_versions,
    stable_hash,
)
from modeling.services.questions import Asked, Kind, Row, reply_columns
from pact_site.base.errors import BadInput

_RECEIVER_RANK = {tuple(map(str, receiver)): rank for rank, receiver in enumerate(RECEIVERS)}


@dataclass(frozen=True)
class AskedItem:
    """One item as prompts and shards need it; `country` is ISO2, `situation` is finished text."""

    pk: int
    scenario_item_id: str
    scenario: str
    country: str
    receiver_age: str
    receiver_gender: str
    situation: str
    culture_action: str
    preference_action: str
    content_hash: str

    @cached_property
    def identity(self) -> tuple[str, str, str, str]:
        """What makes the item this one: its id in releases, its receiver, its wording."""
        return (
            self.scenario_item_id,
            self.receiver_age,
            self.receiver_gender,
            self.content_hash,
        )

    @cached_property
    def name(self) -> str:
        """What backends without a server tell items apart by: `identity` without the wording."""
        return "|".join(self.identity[:3])

    @cached_property
    def country_name(self) -> str:
        """The full English name of the country."""
        return by_iso2(self.country).name

    @cached_property
    def columns(self) -> Mapping[str, object]:
        """The columns of a shard that name the item."""
        return {
            "item_id": self.pk,
            "scenario_item_id": self.scenario_item_id,
            "scenario": self.scenario,
            "scenario_country": self.country,
            "receiver_age": self.receiver_age,
            "receiver_gender": self.receiver_gender,
        }


def items_of(release: Release) -> tuple[AskedItem, ...]:
    """The release's items by scenario, then receiver: four receivers of one scenario together."""
    rows = Item.objects.filter(release=release).select_related("version__scenario")
    return tuple(sorted(map(_asked, rows), key=_place))


def askable_items(release: Release) -> tuple[AskedItem, ...]:
    """The same, or BadInput that says which action texts are missing."""
    items = items_of(release)
    if not items:
        raise BadInput(f"Release {release} has no items to ask about.")
    lacking = sorted({item.scenario for item in items if not _complete(item)})
    if lacking:
        total = len({item.scenario for item in items})
        shown = ", ".join(lacking[:5]) + (", ..." if len(lacking) > 5 else "")
        raise BadInput(
            f"{len(lacking)} of {total} scenarios lack a situation or one of the two action "
            f"texts, so there is nothing to choose between: {shown}. Add the texts with "
            "import_human --items FILE (columns scenario_item_id, scenario, culture_following, "
            "preference_allowing)."
        )
    return items


@dataclass(frozen=True)
class Questionnaire:
    """A design over items: turns a cell's number into its key, its prompt's fields, its row.

    These are the questions (`Questions`) of counterpart runs.
    """

    design: Design
    items: Sequence[AskedItem]

    @cached_property
    def prompt_versions(self) -> Mapping[str, str]:
        """Style -> version of its prompt files."""
        return prompt_versions(self.design)

    @property
    def cells(self) -> int:
        """How many cells the design has."""
        return self.design.cells

    @property
    def cells_per_prompt(self) -> int:
        """Two in paper mode, else one."""
        return self.design.cells_per_prompt

    def asked(self, start: int, stop: int, known: Container[str] = ()) -> Iterator[Asked]:
        """See Questions.asked."""
        cells = list(self.design.range(start, stop))
        step = self.cells_per_prompt
        for at in range(0, len(cells), step):
            keyed = {self.key(cell): cell for cell in cells[at : at + step]}
            if not all(map(known.__contains__, keyed)):
                cell, key = cells[at], next(iter(keyed))
                yield Asked(render(self.fields(cell, key)), keyed, cell.sample)

    def prompt(self, cell: Cell) -> Prompt:
        """The prompt of any cell, whether or not the design holds it."""
        return render(self.fields(cell, self.key(cell)))

    def rows(self, asked: Asked, reply: Reply) -> list[Row]:
        """See Questions.rows."""
        answers = read_answers(reply, asked.prompt)
        first = self.design.labels[0]
        rows: list[Row] = []
        for key, cell in asked.cells.items():
            answer = answers[cell.frame]
            row = self.row(cell, key)
            row.update(
                choice=answer.choice,
                q=None if answer.shares is None else answer.shares.get(first),
                invalid_mass=answer.invalid_mass,
                invalid_reason=answer.invalid_reason,
                written=answer.written,
                text=answer.text,
                rationale=answer.rationale,
            )
            row.update(reply_columns(reply, first=not rows))
            rows.append(row)
        return rows

    def key(self, cell: Cell) -> str:
        """A stable hash of everything the cell asks; equal across runs, models and machines."""
        return self._key(cell, self.mode(cell))

    def mode(self, cell: Cell) -> str:
        """The design's mode, or `rationale` for the cells that are asked for a reason."""
        design = self.design
        if not design.rationale_share:
            return design.mode
        plain = self._key(cell, design.mode)
        wanted = asks_reason(plain, design.rationale_share, design.rationale_seed)
        return RATIONALE if wanted else design.mode

    def _key(self, cell: Cell, mode: str) -> str:
        asked = (self._key_starts[cell.item], cell.persona.code, cell.frame, cell.order)
        version, language = prompt_version(cell.style, mode), self.design.language
        return stable_hash((*asked, cell.style, version, mode, language, cell.sample), digits=32)

    @cached_property
    def _key_starts(self) -> Sequence[str]:
        """What the keys of an item's cells begin with, joined as `stable_hash` joins."""
        labels = self.design.labels
        return [SEPARATOR.join((*labels, *item.identity)) for item in self.items]

    def fields(self, cell: Cell, key: str) -> CellFields:
        """What the prompt of this cell says; its reply will carry `key`."""
        item = self.items[cell.item]
        return CellFields(
            key=key,
            item=item.name,
            scenario_country=item.country_name,
            receiver_age=item.receiver_age,
            receiver_gender=item.receiver_gender,
            situation=item.situation,
            culture_action=item.culture_action,
            preference_action=item.preference_action,
            frame=cell.frame,
            option_order=cell.order,
            style=cell.style,
            mode=self.mode(cell),
            persona=_persona(cell.persona),
        )

    def row(self, cell: Cell, key: str) -> dict[str, object]:
        """The columns of a shard that say what was asked."""
        item = self.items[cell.item]
        return {
            "cell_key": key,
            "prompt_style": cell.style,
            "option_order": cell.order,
            "sample_index": cell.sample,
            "frame": cell.frame,
            **item.columns,
            **persona_columns(cell.persona),
        }


def _load(run: Run) -> Questionnaire:
    if run.release is None:
        raise BadInput(f"Run {run.public_id} names no release.")
    return Questionnaire(Design.from_json(run.design), askable_items(run.release))


KIND = Kind(load=_load, schema=SCHEMA)


def persona_columns(persona: PersonaKey) -> dict[str, object]:
    """The columns of a shard that name the persona."""
    return {
        "setting": persona.setting,
        "persona_country": persona.country,
        "persona_demo": persona.demo,
    }


def _asked(item: Item) -> AskedItem:
    version = item.version
    situation = with_receiver(version.situation, item.receiver_age, item.receiver_gender)
    return AskedItem(
        pk=item.pk,
        scenario_item_id=item.scenario_item_id,
        scenario=version.scenario.key,
        country=version.country,
        receiver_age=item.receiver_age,
        receiver_gender=item.receiver_gender,
        situation=situation,
        culture_action=version.culture_action,
        preference_action=version.preference_action,
        content_hash=version.content_hash,
    )


def _place(item: AskedItem) -> tuple[str, int, str]:
    rank = _RECEIVER_RANK[item.receiver_age, item.receiver_gender]
    return item.scenario, rank, item.scenario_item_id


def _complete(item: AskedItem) -> bool:
    return bool(item.situation and item.culture_action and item.preference_action)


@cache
def _persona(persona: PersonaKey) -> Persona | None:
    if not persona.country:
        return None
    return Persona(by_iso2(persona.country).name, persona.age, persona.gender)
