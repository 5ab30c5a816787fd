"""A study's traces as a page asks for them: counted now, filtered, ordered."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from django.utils.functional import cached_property

from analysis.frames import traces as frames
from analysis.frames.kinds import kinds_of
from analysis.frames.model import study_runs
from analysis.frames.subjects import analysed, resolve_cohort
from analysis.frames.traces import FRAMES, Asked, Shown, TracedItem
from analysis.reports.book import is_baseline
from analysis.reports.trace_cards import Card, card
from analysis.reports.traces_inputs import by_item
from analysis.reports.traces_rank import APART, LEVEL, PARTED, SPLIT, Counted, Trace, ranked
from modeling.models import Run
from survey.models import Answer, Cohort, Study

RATIONALES: Final = 3

Order = Callable[[Trace], tuple[float, ...]]
ORDERS: Final[Mapping[str, Order]] = {
    "value": lambda one: (-one.measure.value,),
    "people": lambda one: (-(one.share.n if one.share else 0),),
    "rate": lambda one: (-(one.share.rate if one.share else -1),),
    "gap": lambda one: (-(one.gap if one.gap is not None else -2),),
    "-gap": lambda one: (one.gap if one.gap is not None else 2,),
}
"""Orders beside the rank; who is equal stays in the order of the rank."""


@dataclass(frozen=True)
class Wanted:
    """What is looked for; "" is everything. Countries of scenarios are English names."""

    show: str = SPLIT
    frame: str = ""
    country: str = ""
    theme: str = ""
    kind: str = ""
    relation: str = ""
    people_from: str = ""
    setting: str = ""
    model: str = ""
    q: str = ""
    sort: str = ""


class Browsed:
    """A study's items and who answered them; rows are counted once, when they are asked for."""

    def __init__(self, study: Study, cohort: str | None = None, source: str | None = None) -> None:
        self.study = study
        self.cohort = resolve_cohort(study, cohort)
        self.runs: list[Run] = [run for run in study_runs(study) if not is_baseline(run.label)]
        versions = list(study.release.versions.values_list("pk", flat=True))
        self.kinds = kinds_of(versions, source)
        self.items = frames.traced_items(study.release, self.kinds.kind)

    @property
    def simulated(self) -> bool:
        """Whether the people are."""
        return self.cohort != Cohort.REAL

    @cached_property
    def settings(self) -> list[str]:
        """How models were asked."""
        return frames.settings_of(self.runs)

    @cached_property
    def relations(self) -> list[str]:
        """Relations in which somebody who counts answered."""
        return self._told("assignment__relation")

    @cached_property
    def countries(self) -> list[str]:
        """Where those people come from (ISO2)."""
        return self._told("assignment__participant__country")

    def _told(self, field: str) -> list[str]:
        rows = Answer.objects.filter(assignment__participant__in=analysed(self.study, self.cohort))
        return sorted(set(rows.order_by().values_list(field, flat=True).distinct()) - {""})

    def lists(self) -> list[str]:
        """The lists that this study can have."""
        models = {run.label for run in self.runs}
        return [SPLIT, *([APART] if models else []), *([PARTED] if len(models) > 1 else [])]

    def rows(self, wanted: Wanted) -> list[Trace]:
        """The traces that pass, in their order."""
        shown = Shown(wanted.relation, wanted.people_from)
        items = {pk: item for pk, item in self.items.items() if _passes(item, wanted)}
        setting = self._setting(wanted)
        models = frames.models_by_item(self.runs, setting) if setting else {}
        if wanted.model and wanted.show != PARTED:
            models = {key: _only(asked, wanted.model) for key, asked in models.items()}
        people = frames.people_by_item(self.study, self.cohort, shown)
        asked = (wanted.frame,) if wanted.frame else FRAMES
        found = ranked(wanted.show or SPLIT, Counted(items, people, models), asked)
        if wanted.sort == "scenario":
            return sorted(found, key=lambda one: (one.item.scenario, one.item.receiver))
        order = ORDERS.get(wanted.sort)
        return sorted(found, key=order) if order else found

    def cards(self, traces: Sequence[Trace], wanted: Wanted) -> list[Card]:
        """The cards of these traces, with the words of those whose answers are counted."""
        pks = {one.item.pk for one in traces}
        shown = Shown(wanted.relation, wanted.people_from)
        reasons = by_item(frames.reasons_of(self.study, self.cohort, pks, shown))
        setting = self._setting(wanted)
        words = frames.rationales_of(self.runs, setting, pks, RATIONALES) if setting else []
        if wanted.model:
            words = [one for one in words if one.model == wanted.model]
        rationales = by_item(words)
        return [
            card(one, reasons.get(one.item.pk, []), rationales.get(one.item.pk, []), LEVEL)  # type: ignore[arg-type]
            for one in traces
        ]

    def _setting(self, wanted: Wanted) -> str:
        return wanted.setting or next(iter(self.settings), "")


def _only(asked: Asked, model: str) -> Asked:
    return replace(asked, shares={k: v for k, v in asked.shares.items() if k == model})


def _passes(item: TracedItem, wanted: Wanted) -> bool:
    wishes = ((wanted.country, item.country), (wanted.theme, item.theme), (wanted.kind, item.kind))
    if any(wish and wish != found for wish, found in wishes):
        return False
    text = wanted.q.casefold()
    spoken = (item.name, item.situation, item.culture_action, item.preference_action)
    return not text or any(text in part.casefold() for part in spoken)
