"""How far a validation is: counts of tasks, never what was answered."""

from __future__ import annotations

from dataclasses import dataclass, replace

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from annotation.models import Annotator, Task, Validation

State = Task.State
_UNANSWERED = [State.WAITING, State.OPEN]
_COUNTS = {
    "submitted": Count("pk", filter=Q(state=State.SUBMITTED)),
    "skipped": Count("pk", filter=Q(state=State.SKIPPED)),
    "left": Count("pk", filter=Q(state__in=_UNANSWERED)),
    "free": Count("pk", filter=Q(annotator__isnull=True)),
}


@dataclass(frozen=True)
class Progress:
    """Ratings given, skipped and still to give; `free` ones have nobody yet."""

    submitted: int
    skipped: int
    left: int
    free: int = 0

    @property
    def total(self) -> int:
        """All slots."""
        return self.submitted + self.skipped + self.left

    @property
    def share(self) -> float:
        """Share of the slots that are submitted or skipped; 0 where there are none."""
        return (self.submitted + self.skipped) / self.total if self.total else 0.0


@dataclass(frozen=True)
class SeatProgress:
    """One annotator's part."""

    seat: Annotator
    progress: Progress


def own_progress(seat: Annotator) -> Progress:
    """One's own ratings; in a free pool `left` counts what one could still take, too."""
    counts = own_counts(seat)
    free = _free_for(seat).count()
    return replace(counts, left=counts.left + free, free=free)


def own_counts(seat: Annotator) -> Progress:
    """One's own ratings alone, in one quick query: what nobody has taken yet is not counted."""
    states = seat.tasks.values_list("state").annotate(n=Count("pk")).order_by()
    counts = {state: n for state, n in states}
    return Progress(
        submitted=counts.get(State.SUBMITTED, 0),
        skipped=counts.get(State.SKIPPED, 0),
        left=sum(counts.get(state, 0) for state in _UNANSWERED),
    )


def progress(validation: Validation) -> Progress:
    """All ratings of a validation."""
    return _counted(Task.objects.filter(item__validation=validation))


def by_seat(validation: Validation) -> list[SeatProgress]:
    """Every annotator's part, those who left included."""
    seats = validation.annotators.select_related("user").annotate(
        submitted=Count("tasks", filter=Q(tasks__state=State.SUBMITTED)),
        skipped=Count("tasks", filter=Q(tasks__state=State.SKIPPED)),
        left=Count("tasks", filter=Q(tasks__state__in=_UNANSWERED)),
    )
    return [SeatProgress(seat, Progress(seat.submitted, seat.skipped, seat.left)) for seat in seats]


def _counted(tasks: QuerySet[Task]) -> Progress:
    return Progress(**tasks.aggregate(**_COUNTS))


def _free_for(seat: Annotator) -> QuerySet[Task]:
    """One free slot of each item that the annotator has not rated."""
    rated = Task.objects.filter(item=OuterRef("item"), annotator=seat)
    free = Task.objects.filter(
        ~Exists(rated),
        item__validation=seat.validation_id,
        annotator__isnull=True,
        state=State.WAITING,
        repeat=0,
    )
    return free.order_by().values("item").distinct()  # type: ignore[return-value]


def overview() -> list[tuple[Validation, Progress]]:
    """Every validation with how far it is, in two queries."""
    grouped = Task.objects.values_list("item__validation").annotate(**_COUNTS).order_by()
    counts = {pk: Progress(*numbers) for pk, *numbers in grouped}
    rows = Validation.objects.select_related("dataset", "release__dataset")
    return [(row, counts.get(row.pk, Progress(0, 0, 0))) for row in rows]
