"""Items of a validation by how much annotators differ: kept by filters, then with every answer."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from analysis.metrics.agreement import Disagreement
from annotation.models import Adjudication, Task, Validation
from annotation.services.labels.answers import ItemAnswers, answers
from annotation.services.labels.results import affirmative
from annotation.services.validation.protocol import rule_for


def filtered(
    validation: Validation,
    rows: Sequence[Disagreement],
    *,
    show: str = "",
    words: str = "",
    criterion: str = "",
) -> list[Disagreement]:
    """The rows that a filter asks for, in their order; an unknown one keeps all.

    `differ`, `open` (differ, and not settled under every such criterion), `negative` (somebody did
    not say yes), `proposed` (for removal, by the protocol's rule), `flagged`, `single` (no second
    annotator), `settled`; `words` must occur in the item's id.
    """
    wanted = _kept(validation, show, criterion)
    sought = words.casefold()
    return [row for row in rows if sought in row.item.casefold() and wanted(row)]


def in_full(validation: Validation, rows: Sequence[Disagreement]) -> list[ItemAnswers]:
    """These rows' items with every answer, in the same order."""
    values = {row.item: row.disagreement for row in rows}
    items = validation.items.filter(key__in=values).select_related("version__scenario__dataset")
    by_key = {item.key: item for item in items}
    return answers(validation, [by_key[row.item] for row in rows], values)


def _kept(validation: Validation, show: str, criterion: str) -> Callable[[Disagreement], bool]:
    if show == "differ":
        return lambda row: bool(row.disagreement)
    if show == "single":
        return lambda row: row.disagreement is None
    if show == "negative":
        yes = affirmative(validation.labels)
        return lambda row: any(set(counts) - {yes} for counts in row.counts.values())
    if show == "proposed":
        rule = rule_for(validation.removal_rule, validation.labels)
        return lambda row: (
            rule is None
            or any(
                rule.proposes(counts)
                for code, counts in row.counts.items()
                if code in (rule.criteria or row.counts)
            )
        )
    if show == "flagged":
        flagged = Task.objects.filter(item__validation=validation, flagged=True)
        keys = set(flagged.values_list("item__key", flat=True))
        return lambda row: row.item in keys
    if show in ("open", "settled"):
        settled = _settled(validation)
        if show == "settled":
            return lambda row: any(
                (row.item, code) in settled for code in row.counts if criterion in ("", code)
            )
        return lambda row: any(
            len(counts) > 1 and (row.item, code) not in settled
            for code, counts in row.counts.items()
        )
    return lambda row: True


def _settled(validation: Validation) -> set[tuple[str, str]]:
    rows = Adjudication.objects.filter(item__validation=validation)
    return set(rows.values_list("item__key", "criterion__code"))
