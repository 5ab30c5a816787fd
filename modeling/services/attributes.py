"""What tells one answer of a run from another: the words of filters, comparisons and flips.

Each schema of shards has a layout: which columns make up an attribute of a cell, which name the
subject, and which group cells that stand or fall together.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from annotation.vocab.countries import by_iso2
from annotation.vocab.terms import Setting
from modeling.models import Run
from modeling.schemas import DECISION_SCHEMA, QUESTION_SCHEMA, SCHEMA, TEXT_SCHEMA
from modeling.services import questions
from pact_site.base.errors import BadInput

if TYPE_CHECKING:
    import polars as pl


@dataclass(frozen=True)
class Attribute:
    """One thing that a design varies. `name` stands in addresses, `columns` in shards.

    Where `subject` is not empty, cells that differ in this attribute alone share those columns
    instead of the layout's subject: four receivers are four items of one scenario. `nothing` is
    the code of a cell whose columns are all empty. Where `alone` is false, other columns change
    with this attribute, so that no two cells differ in it alone.
    """

    name: str
    label: str | Promise
    columns: tuple[str, ...]
    subject: tuple[str, ...] = ()
    nothing: str = ""
    alone: bool = True

    def code(self) -> pl.Expr:
        """One text a cell, such as `norm` or `BR:younger_female`, as a column of this name."""
        import polars as pl

        joined = pl.concat_str(self.columns, separator=":")
        if len(self.columns) > 1:
            joined = pl.when(joined == ":").then(pl.lit(self.nothing)).otherwise(joined)
        return joined.alias(self.name)

    def code_of(self, row: Mapping[str, Any]) -> str:
        """The same for one row of a shard."""
        joined = ":".join(str(row[column]) for column in self.columns)
        return self.nothing if joined == ":" else joined

    def words(self, code: str) -> str:
        """The code as people read it."""
        country, found, rest = code.partition(":")
        if self.name == SAMPLE.name:
            return str(int(code) + 1)
        if self.name == PERSONA.name and found:
            return f"{by_iso2(country).name}, {_plain(rest)}"
        return _plain(code) if code else gettext("not stated")


FRAME: Final = Attribute("frame", _("Frame"), ("frame",))
PERSONA: Final = Attribute(
    "persona", _("Persona"), ("persona_country", "persona_demo"), nothing=Setting.NO_PERSONA.value
)
STYLE: Final = Attribute("style", _("Prompt style"), ("prompt_style",))
ORDER: Final = Attribute("order", _("Option order"), ("option_order",))
RECEIVER: Final = Attribute(
    "receiver", _("Receiver"), ("receiver_age", "receiver_gender"), subject=("scenario",)
)
SAMPLE: Final = Attribute("sample", _("Sample"), ("sample_index",))
QUESTION: Final = Attribute("question", _("Question"), ("question",))


@dataclass(frozen=True)
class Layout:
    """How to read the answers of one schema.

    `subject` names what was asked about, in columns that are the same in every run of a release;
    `cluster` is the column whose values an interval speaks about; `value` holds the answer.
    `shown` are the columns by which people know the cell.
    """

    attributes: tuple[Attribute, ...]
    subject: tuple[str, ...]
    cluster: str
    value: str
    shown: tuple[str, ...]
    paired: bool = True

    def attribute(self, name: str) -> Attribute:
        """The attribute of this name; BadInput lists those there are."""
        for attribute in self.attributes:
            if attribute.name == name:
                return attribute
        known = ", ".join(attribute.name for attribute in self.attributes)
        raise BadInput("No such attribute.", found=name, expected=known)

    def identity(self, *, but: Attribute | None = None) -> tuple[str, ...]:
        """The columns that name a cell, whatever the prompt's version; all but one attribute's."""
        subject = but.subject if but and but.subject else self.subject
        own = but.columns if but else ()
        others = [c for a in self.attributes if a != but and not a.subject for c in a.columns]
        return (*subject, *(column for column in others if column not in own))

    def described(self, row: Mapping[str, Any]) -> list[tuple[Attribute, str]]:
        """The attributes of an answer with their values in words."""
        return [(a, a.words(a.code_of(row))) for a in self.attributes]

    @property
    def columns(self) -> tuple[str, ...]:
        """Every column that names or describes a cell, each once."""
        described = [column for attribute in self.attributes for column in attribute.columns]
        return tuple(dict.fromkeys((*self.subject, self.cluster, *self.shown, *described)))


COUNTERPART_LAYOUT: Final = Layout(
    attributes=(FRAME, PERSONA, STYLE, ORDER, RECEIVER, SAMPLE),
    subject=("item_id",),
    cluster="scenario",
    value="choice",
    shown=("scenario_item_id",),
)
RELATION: Final = Attribute(
    "relation", _("Relation"), ("relation",), subject=("version_id", "dataset", "scenario")
)
DECISION_LAYOUT: Final = Layout(
    attributes=(
        Attribute("role", _("Role configuration"), ("role",)),
        Attribute("condition", _("Demographic condition"), ("condition",), alone=False),
        Attribute("balance", _("Balance prompt"), ("balance",)),
        RELATION,
        Attribute("actor_age", _("Actor's age"), ("actor_age",)),
        Attribute("actor_gender", _("Actor's gender"), ("actor_gender",)),
        Attribute("receiver_age", _("Receiver's age"), ("receiver_age",)),
        Attribute("receiver_gender", _("Receiver's gender"), ("receiver_gender",)),
        ORDER,
        SAMPLE,
    ),
    subject=("version_id", "dataset", "scenario", "actor_country", "receiver_country"),
    cluster="scenario",
    value="choice",
    shown=("instance_id",),
)
TEXT_LAYOUT: Final = Layout(
    attributes=(QUESTION, SAMPLE),
    subject=("subject_id",),
    cluster="subject",
    value="value",
    shown=("subject",),
    paired=False,
)
QUESTION_LAYOUT: Final = Layout(
    attributes=(ORDER, SAMPLE),
    subject=("question_id",),
    cluster="question_id",
    value="choice",
    shown=("question_id",),
)
LAYOUTS: Final = (
    (SCHEMA, COUNTERPART_LAYOUT),
    (DECISION_SCHEMA, DECISION_LAYOUT),
    (TEXT_SCHEMA, TEXT_LAYOUT),
    (QUESTION_SCHEMA, QUESTION_LAYOUT),
)


def layout_of(run: Run) -> Layout:
    """The layout of this run's answers; BadInput for a kind that has none."""
    schema = questions.kind_of(run).schema
    for known, layout in LAYOUTS:
        if schema.equals(known):
            return layout
    raise BadInput("Answers of this kind of run cannot be laid side by side.", found=run.kind)


def _plain(code: str) -> str:
    return code.replace(":", " ").replace("_", " ")
