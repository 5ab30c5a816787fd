"""Which labels a validation holds, as rows: the one place where it is decided what counts."""

from __future__ import annotations

from typing import Final

from django.db.models import QuerySet

from annotation.models import Label, Task, Validation

RATING_COLUMNS: Final = ("item", "rater", "criterion", "value")
"""The columns of a frame of ratings, as the statistics of agreement take it."""


def given(validation: Validation) -> QuerySet[Label]:
    """Every submitted label, of everybody who ever annotated here, in the order of the sample."""
    return Label.objects.filter(
        task__item__validation=validation, task__state=Task.State.SUBMITTED
    ).order_by(
        "task__item__position", "task__annotator__pseudonym", "task__repeat", "criterion__position"
    )


def first_ratings(validation: Validation) -> list[tuple[str, str, str, str]]:
    """(item, pseudonym, criterion, value) of everybody's first rating of an item; a planned repeat
    tells how steady one annotator is, and is no second opinion."""
    rows = given(validation).filter(task__repeat=0).order_by()
    return list(
        rows.values_list(
            "task__item__key", "task__annotator__pseudonym", "criterion__code", "value"
        )
    )


def repeated_ratings(validation: Validation) -> list[tuple[str, str, str, str]]:
    """(item and annotator, time, criterion, value) of the items that somebody rated twice."""
    again = Task.objects.filter(
        item__validation=validation, repeat__gt=0, state=Task.State.SUBMITTED
    )
    twice = set(again.values_list("item_id", "annotator_id"))
    rows = (
        given(validation)
        .filter(task__item__in={item for item, _ in twice})
        .order_by()
        .values_list(
            "task__item_id", "task__annotator_id", "task__repeat", "criterion__code", "value"
        )
    )
    return [
        (f"{item}/{annotator}", str(repeat), criterion, value)
        for item, annotator, repeat, criterion, value in rows
        if (item, annotator) in twice
    ]
