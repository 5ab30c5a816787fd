"""Two runs side by side: the same cells, asked of two models or in two ways, and where they part."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Exists, OuterRef, QuerySet, Sum
from django.utils.translation import gettext as _

from modeling.models import Chunk, Run
from modeling.services import attributes
from modeling.services.attributes import Attribute
from modeling.services.pairing import Change, PairedRows, Pairs, Row, compact, labels_of, pair
from pact_site.base.errors import BadInput


@dataclass(frozen=True)
class Coverage:
    """Stored answers of both runs, cells that both answered, and how many of those were asked with
    exactly the same prompt; `decided` are cells in which both chose one label."""

    one: int
    two: int
    both: int
    same_prompt: int
    decided: int

    @property
    def only_one(self) -> int:
        """Cells that the first run alone has answered."""
        return self.one - self.both

    @property
    def only_two(self) -> int:
        """Cells that the second run alone has answered."""
        return self.two - self.both

    @property
    def other_prompt(self) -> int:
        """Cells of both that were asked in other words: another version, mode or source."""
        return self.both - self.same_prompt


@dataclass(frozen=True)
class Comparison:
    """What separates two runs. `overall` is None where no cell was decided in both.

    `choices` holds rows {one, two, n}: both choices and how many cells chose so. `by` has a table
    for each attribute that varies among the cells of both; `flipped` reads the cells whose choice
    differs, with both texts.
    """

    coverage: Coverage
    overall: Change | None
    choices: list[Row]
    by: list[tuple[Attribute, list[Change]]]
    flipped: PairedRows
    first_label: str


def why_not(one: Run, two: Run) -> str:
    """Why these two runs cannot be paired, in words; "" where they can."""
    if one.pk == two.pk:
        return _("This is one and the same run.")
    if one.kind != two.kind:
        return _("They ask different things: %(one)s and %(two)s.") % {
            "one": one.kind, "two": two.kind,
        }  # fmt: skip
    if not attributes.layout_of(one).paired:
        return _("Runs of this kind write texts. Judges are put side by side on their own pages.")
    if one.release_id != two.release_id:
        return _("They ask about different releases: %(one)s and %(two)s.") % {
            "one": one.release or one.about, "two": two.release or two.about,
        }  # fmt: skip
    if _inputs(one) != _inputs(two):
        return _("They ask about different tables of questions, or different datasets.")
    if labels_of(one) != labels_of(two):
        return _("They offer different labels: %(one)s and %(two)s.") % {
            "one": ", ".join(labels_of(one)), "two": ", ".join(labels_of(two)),
        }  # fmt: skip
    return ""


def comparable(run: Run) -> QuerySet[Run]:
    """Other runs with answers of the same kind about the same release or table, the newest first."""
    stored = Chunk.objects.filter(run=OuterRef("pk")).exclude(shard="")
    others = Run.objects.filter(kind=run.kind, release=run.release).exclude(pk=run.pk)
    if run.release is None:
        others = others.filter(dataset_slug=run.dataset_slug)
        others = others.filter(design__inputs__sha256=_table(run)) if _table(run) else others
    return others.filter(Exists(stored)).order_by("-created_at", "-pk")


def _inputs(run: Run) -> tuple[str, str]:
    """What a run without a release asks about: its dataset, and the hash of a frozen table."""
    if run.release is not None:
        return "", ""
    return run.dataset_slug, _table(run)


def _table(run: Run) -> str:
    inputs = run.design.get("inputs")
    return str(inputs.get("sha256", "")) if isinstance(inputs, dict) else ""


def answers_of(*runs: Run) -> int:
    """How many answers these runs hold: what comparing them takes grows with it."""
    chunks = Chunk.objects.filter(run__in=runs).exclude(shard="")
    total: int = chunks.aggregate(n=Sum("rows", default=0))["n"]
    return total


def compare(one: Run, two: Run) -> Comparison:
    """Pair the cells of both runs; BadInput says why they cannot be paired.

    A cell is item, persona, frame, style, order and sample. The prompt's version is not part of
    it: how many pairs had the very same prompt is counted.
    """
    reason = why_not(one, two)
    if reason:
        raise BadInput(reason)
    layout = attributes.layout_of(one)
    sides = [compact(run, layout.identity()) for run in (one, two)]
    pairs = Pairs(pair(*sides), labels_of(one)[0])
    tables = [(attribute, pairs.by(attribute)) for attribute in layout.attributes]
    return Comparison(
        coverage=Coverage(
            one=len(sides[0]),
            two=len(sides[1]),
            both=len(pairs.table),
            same_prompt=int((pairs.table["prompt"] == pairs.table["prompt_two"]).sum()),
            decided=len(pairs.decided),
        ),
        overall=pairs.overall(),
        choices=pairs.choices(),
        by=[(attribute, rows) for attribute, rows in tables if len(rows) > 1],
        flipped=PairedRows(one, two, pairs.flipped),
        first_label=pairs.first_label,
    )
