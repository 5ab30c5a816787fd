"""What verdicts count up to: shares with intervals, flips across repeats, two judges side by side."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from analysis.metrics.agreement import Estimate
from annotation.models import Dataset, Judge, ScenarioVersion, Verdict
from annotation.services.judging import ratings

LEVEL: Final = 0.95
INVALID: Final = "invalid"
ANY: Final = "any"


@dataclass(frozen=True)
class Share:
    """How a judge answered one criterion in its first repeat.

    `counts` has every label in the label set's order; `value` is the share of the first label among
    the `n` readable verdicts, with Wilson's interval, None without any and `note` says so.
    """

    code: str
    question: str
    counts: dict[str, int]
    invalid: int
    n: int
    value: float | None
    lower: float | None = None
    upper: float | None = None
    note: str = ""


@dataclass(frozen=True)
class Spoken:
    """Everything one judge said of one version: criterion -> verdicts by repeat."""

    judge: Judge
    by_criterion: dict[str, list[Verdict]] = field(default_factory=dict)


@dataclass(frozen=True)
class Pair:
    """Where two judges part on one version and criterion."""

    version: ScenarioVersion
    criterion: str
    one: Verdict
    two: Verdict


def judges_of(dataset: Dataset) -> QuerySet[Judge]:
    """The dataset's judges with `stored` and `invalid` verdicts, the newest first."""
    counted = dataset.judges.annotate(
        stored=Count("verdicts"), invalid=Count("verdicts", filter=Q(verdicts__value=""))
    )
    return counted.order_by("-created_at", "-pk")


def expected(judge: Judge) -> int:
    """How many verdicts there are when the judge has answered everything."""
    return judge.size * judge.repeats * len(judge.criteria)


def shares(judge: Judge) -> list[Share]:
    """One row a criterion, in the protocol's order."""
    first = Verdict.objects.filter(judge=judge, repeat=0).order_by()
    counted = Counter(
        {
            (criterion, value): n
            for criterion, value, n in first.values_list("criterion", "value").annotate(
                n=Count("pk")
            )
        }
    )
    return [_share(criterion, judge.labels, counted) for criterion in judge.criteria]


def _share(
    criterion: dict[str, str], labels: Sequence[str], counted: Counter[tuple[str, str]]
) -> Share:
    code = criterion["code"]
    counts = {label: counted[code, label] for label in labels}
    n, invalid = sum(counts.values()), counted[code, ""]
    if not n:
        note = "no readable verdict" if invalid else "no verdict yet"
        return Share(code, criterion["question"], counts, invalid, 0, None, note=note)
    lower, upper = wilson(counts[labels[0]], n)
    value = counts[labels[0]] / n
    return Share(code, criterion["question"], counts, invalid, n, value, lower, upper)


def wilson(successes: int, n: int, level: float = LEVEL) -> tuple[float, float]:
    """Wilson's score interval of a share; `n` at least 1."""
    from statsmodels.stats.proportion import proportion_confint

    lower, upper = proportion_confint(successes, n, alpha=1 - level, method="wilson")
    return float(lower), float(upper)


def flips(judge: Judge) -> list[Estimate]:
    """How often two repeats differ, per criterion and pooled; empty with a single repeat."""
    if judge.repeats < 2:
        return []
    return _flip_rate(ratings([judge]).assign(rater=lambda rows: rows["repeat"]), judge)


def between(one: Judge, two: Judge) -> list[Estimate]:
    """How often the first verdicts of two judges differ on what both judged."""
    said = ratings([one, two], repeat=0)
    shared = said.groupby(["item", "criterion"])["rater"].transform("nunique") == 2
    return _flip_rate(said[shared], one)


def _flip_rate(said: Any, judge: Judge) -> list[Estimate]:
    """In the protocol's order, all criteria together last."""
    from analysis.metrics.pass_rate import flip_rate

    order = {criterion["code"]: place for place, criterion in enumerate(judge.criteria)}
    if said.empty:
        return []
    rows = flip_rate(said[["item", "rater", "criterion", "value"]], list(judge.labels))
    return sorted(rows, key=lambda row: order.get(row.criterion, len(order)))


def parted(one: Judge, two: Judge) -> list[Pair]:
    """Every version and criterion where the first verdicts of two judges are readable and differ."""
    first = Verdict.objects.filter(judge=one, repeat=0).exclude(value="")
    second = Verdict.objects.filter(judge=two, repeat=0).exclude(value="")
    others = {(row.version_id, row.criterion): row for row in second}
    rows = first.select_related("version__scenario").order_by("version__scenario__key", "criterion")
    return [
        Pair(row.version, row.criterion, row, other)
        for row in rows
        if (other := others.get((row.version_id, row.criterion))) and other.value != row.value
    ]


def comparable(judge: Judge) -> QuerySet[Judge]:
    """Other judges of the dataset with the same labels, to put beside this one."""
    others = judge.dataset.judges.filter(labels=judge.labels).exclude(pk=judge.pk)
    return others.filter(Exists(Verdict.objects.filter(judge=OuterRef("pk"))))


def verdicts(judge: Judge, *, criterion: str = "", value: str = "") -> QuerySet[Verdict]:
    """Verdicts of one criterion or all, of one value; `invalid` for unreadable ones, "" for those
    that are not the first label, `any` for all."""
    rows = judge.verdicts.select_related("version__scenario").order_by(
        "version__scenario__key", "version", "criterion", "repeat"
    )
    if criterion:
        rows = rows.filter(criterion=criterion)
    if value == INVALID:
        return rows.filter(value="")
    if value == ANY:
        return rows
    return rows.filter(value=value) if value else rows.exclude(value=judge.labels[0])


def of_version(version: ScenarioVersion) -> list[Spoken]:
    """What every judge said of this version, the newest judge first."""
    rows: Iterable[Verdict] = (
        Verdict.objects.filter(version=version)
        .select_related("judge")
        .order_by("-judge__created_at", "-judge", "pk")
    )
    spoken: dict[int, Spoken] = {}
    for row in rows:
        of_judge = spoken.setdefault(row.judge_id, Spoken(row.judge))
        of_judge.by_criterion.setdefault(row.criterion, []).append(row)
    for one in spoken.values():
        for said in one.by_criterion.values():
            said.sort(key=lambda row: row.repeat)
    return list(spoken.values())
