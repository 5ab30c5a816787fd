"""Recruitment as it goes: the funnel, how long it takes, where people stop, what is covered."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from statistics import median, quantiles

from django.db.models import Count, F, Q, QuerySet
from django.utils import timezone

from annotation.models import Item
from annotation.vocab.countries import by_iso2
from survey.models import Participant, ProlificIdentity, ProlificSubmission, Study, Tally
from survey.services import coverage
from survey.services.cohorts import home_cohort
from survey.services.coverage import CellCount
from survey.services.exclusions import flow
from survey.services.instruments import Definition, definition_of

State = Participant.State
BINS = 8
MINUTES, SECONDS = "minutes", "seconds"
QUICK_S = 120
"""Below this median, which only rehearsals have, durations are shown in seconds."""


@dataclass(frozen=True)
class Stage:
    """One step of the funnel with its share of those who agreed."""

    name: str
    people: int
    share: float


@dataclass(frozen=True)
class Bin:
    """One bar of the histogram of durations; `share` is of the tallest bar."""

    low: float
    high: float
    people: int
    share: float


@dataclass(frozen=True)
class Durations:
    """Time from consent to the end in `unit`: median, quartiles and bars; None below two people."""

    people: int
    unit: str = MINUTES
    middle: float | None = None
    lower: float | None = None
    upper: float | None = None
    bins: tuple[Bin, ...] = ()


@dataclass(frozen=True)
class Stop:
    """A page on which people stopped for good."""

    page: str
    people: int


@dataclass(frozen=True)
class Cell:
    """One cell of the matrix: answers that count, answers under way, answers wanted."""

    country: str
    relation: str
    held: int
    leased: int
    surplus: int
    target: int

    @property
    def state(self) -> str:
        """`none` where nothing is wanted, else empty, behind, full or over."""
        if not self.target:
            return "none"
        if self.held > self.target:
            return "over"
        if self.held == self.target:
            return "full"
        return "behind" if self.held else "empty"


@dataclass(frozen=True)
class MatrixRow:
    """One scenario (its receivers added up) or one item, seen from every country."""

    key: str
    where: str
    theme: str
    cells: tuple[Cell, ...]

    @property
    def behind(self) -> bool:
        """Whether any cell still lacks answers."""
        return any(cell.state in ("empty", "behind") for cell in self.cells)


@dataclass(frozen=True)
class Monitor:
    """Everything the page shows of one cohort."""

    stages: list[Stage]
    declined: int
    incompatible: int
    withdrawn: int
    under_way: int
    durations: Durations
    stops: list[Stop]
    statuses: list[tuple[str, int]]


def monitor(study: Study, cohort: str) -> Monitor:
    """Count a cohort; a bounded number of queries."""
    people = Participant.objects.filter(study=study).in_cohort(cohort)
    tallies = dict(Tally.objects.filter(study=study, cohort=cohort).values_list("event", "count"))
    states = Counter(people.values_list("state", flat=True))
    return Monitor(
        stages=_stages(study, cohort, people),
        declined=tallies.get("declined", 0),
        incompatible=tallies.get("incompatible_device", 0),
        withdrawn=states[State.WITHDRAWN],
        under_way=states[State.CONSENTED] - people.filter(_out_of_time()).count(),
        durations=durations(people),
        stops=stops(people, definition_of(study.instrument)),
        statuses=_statuses(study, cohort),
    )


def _out_of_time() -> Q:
    """Whose time is over, though nobody has come since to whom their places could be given."""
    return Q(state=State.CONSENTED, expires_at__lt=timezone.now())


def _stages(study: Study, cohort: str, people: QuerySet[Participant]) -> list[Stage]:
    counted = flow(study, cohort)
    # a withdrawal removes the country, but not how far somebody had come
    introduced = people.exclude(country="", instructions_at=None).count()
    understood = people.exclude(instructions_at=None).count()
    steps = [
        ("Agreed to take part", counted.recruited),
        ("Said where they live", introduced),
        ("Understood the instructions", understood),
        ("Completed", counted.completed),
        ("Passed the checks", counted.passed),
        ("Analysed", counted.analysed),
    ]
    return [Stage(name, n, n / counted.recruited if counted.recruited else 0) for name, n in steps]


def durations(people: QuerySet[Participant]) -> Durations:
    """How long those who completed took."""
    times = people.filter(completed_at__isnull=False, consent_at__isnull=False).values_list(
        F("completed_at") - F("consent_at"), flat=True
    )
    seconds = sorted(time.total_seconds() for time in times)
    if len(seconds) < 2:
        return Durations(len(seconds))
    quick = median(seconds) < QUICK_S
    shown = seconds if quick else [time / 60 for time in seconds]
    lower, middle, upper = quantiles(shown, n=4, method="inclusive")
    unit = SECONDS if quick else MINUTES
    return Durations(len(shown), unit, middle, lower, upper, tuple(_bins(shown)))


def _bins(times: list[float]) -> Iterator[Bin]:
    low, width = times[0], (times[-1] - times[0]) / BINS or 1.0
    counts = Counter(min(int((time - low) / width), BINS - 1) for time in times)
    tallest = max(counts.values())
    for number in range(BINS):
        start = low + number * width
        yield Bin(start, start + width, counts[number], counts[number] / tallest)


def stops(people: QuerySet[Participant], definition: Definition) -> list[Stop]:
    """The page that each person who left without completing would have seen next."""
    gone = Q(state__in=[State.TIMED_OUT, State.RETURNED]) | _out_of_time()
    left = people.filter(gone).annotate(
        n_answers=Count("assignments__answer", distinct=True),
        n_checks=Count("checks", distinct=True),
    )
    rows = left.values_list("country", "instructions_at", "n_answers", "n_checks")
    found = Counter(
        _next_page(definition, bool(country), told is not None, answers, checks)
        for country, told, answers, checks in rows
    )
    return [Stop(page, found[page]) for page in _pages(definition) if found[page]]


def _pages(definition: Definition) -> Iterator[str]:
    yield "About you"
    yield "Instructions"
    for position in range(1, definition.length + 1):
        yield f"Situation {position}"
        for check in definition.checks_after(position):
            yield f"Check “{check.key}”"


def _next_page(
    definition: Definition, introduced: bool, told: bool, answers: int, checks: int
) -> str:
    """Pages come in one order, so counting what is done tells which is next."""
    done = introduced + told + (answers + checks if told else 0)
    return list(_pages(definition))[: done + 1][-1]


def _statuses(study: Study, cohort: str) -> list[tuple[str, int]]:
    """What Prolific says of this cohort's people and, in one cohort only, of submissions that are
    nobody's here."""
    claimed = ProlificIdentity.objects.filter(study=study).values("submission_id")
    told = ProlificSubmission.objects.filter(study=study)
    own = told.filter(submission_id__in=claimed.filter(cohort=cohort))
    if cohort == home_cohort(study):
        own = own | told.exclude(submission_id__in=claimed)
    counted = own.values_list("status").annotate(n=Count("pk")).order_by("status")
    return [(status, number) for status, number in counted]


def matrix(
    study: Study, cohort: str, *, by_item: bool = False, relation: str = "", behind: bool = False
) -> list[MatrixRow]:
    """The coverage matrix: scenarios or items in rows, participant countries in columns."""
    definition = definition_of(study.instrument)
    groups: dict[int, dict[str, list[CellCount]]] = defaultdict(lambda: defaultdict(list))
    named = _names(study, by_item)
    for count in coverage.cell_counts(study, cohort):
        if not relation or count.relation == relation:
            groups[named[count.item][0]][count.country].append(count)
    rows = [_row(named, counts, definition.countries) for counts in groups.values()]
    return [row for row in rows if row.behind or not behind]


def _names(study: Study, by_item: bool) -> dict[int, tuple[int, str, str, str]]:
    """For every item: the row it belongs to, and that row's name, country and theme."""
    items = Item.objects.filter(release=study.release_id).select_related("version__scenario")
    return {
        item.pk: (
            item.pk if by_item else item.version.scenario_id,
            f"{item.version.scenario.key} · {item.receiver_age} {item.receiver_gender}"
            if by_item
            else item.version.scenario.key,
            str(by_iso2(item.version.country)),
            item.version.theme,
        )
        for item in items
    }


def _row(
    named: dict[int, tuple[int, str, str, str]],
    counts: dict[str, list[CellCount]],
    countries: Iterable[str],
) -> MatrixRow:
    first = next(iter(counts.values()))[0]
    _, key, where, theme = named[first.item]
    return MatrixRow(key, where, theme, tuple(_cell(code, counts[code]) for code in countries))


def _cell(country: str, counts: list[CellCount]) -> Cell:
    return Cell(
        country=country,
        relation=counts[0].relation if counts else "",
        held=sum(one.confirmed for one in counts),
        leased=sum(one.leased for one in counts),
        surplus=sum(one.surplus for one in counts),
        target=sum(one.target for one in counts),
    )
