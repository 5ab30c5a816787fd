"""What kind of preference each scenario offers, and who says so.

By default a keyword rule says it (`analysis.metrics.preferences`). `kinds_from` puts another source
in its place: `dataset` takes what the dataset itself states, `VALIDATION:CRITERION` the labels that
annotators gave. One source at a time: where it is silent, the scenario has no kind, and is counted.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Final

from django.db.models import QuerySet

from analysis.frames.subjects import get_validation
from analysis.metrics.preferences import preference_strength, preference_type
from annotation.models import Adjudication, Criterion, ScenarioVersion, Validation
from annotation.services.labels.rows import given
from pact_site.base.errors import BadInput

STATED: Final = "dataset"
EXPECTED: Final = "dataset, or VALIDATION:CRITERION"
RULE_WORDS: Final = "keywords in the preference: an aid for reading, not a gold label"
STATED_WORDS: Final = "what the dataset states"


@dataclass(frozen=True)
class Kinds:
    """Kind and strength of the preference by scenario version; who has none is not in `kind`."""

    kind: Mapping[int, str]
    strength: Mapping[int, str]
    words: str
    scenarios: int
    source: str = ""
    simulated: bool = False

    @property
    def unlabelled(self) -> int:
        """Scenario versions of which the source says nothing."""
        return self.scenarios - len(self.kind)

    @property
    def sentence(self) -> str:
        """Where the kinds come from and how many scenarios have none, for people."""
        mark = "SIMULATED: " if self.simulated else ""
        missing = f"; {self.unlabelled:,} of {self.scenarios:,} scenarios have none"
        return f"Kinds of preference are told by {mark}{self.words}{missing if self.unlabelled else ''}."


def check_source(source: str | None) -> None:
    """BadInput for a source that cannot be; a validation or criterion there is not, too."""
    if source is None or source == STATED:
        return
    _criterion(source)


def kinds_of(versions: Collection[int], source: str | None = None) -> Kinds:
    """Kinds of these scenario versions by primary key; BadInput for an unknown source."""
    if source is None:
        rows = _versions(versions).values_list("pk", "personal_preference")
        by_rule = {pk: preference_type(text) for pk, text in rows if text.strip()}
        return _with_strengths(by_rule, RULE_WORDS, len(versions), "")
    if source == STATED:
        told = list(_versions(versions).values_list("pk", "preference_type", "preference_strength"))
        return Kinds(
            kind={pk: kind for pk, kind, _ in told if kind},
            strength={pk: strength for pk, _, strength in told if strength},
            words=STATED_WORDS,
            scenarios=len(versions),
            source=source,
        )
    criterion = _criterion(source)
    labels = _labels(criterion, set(versions))
    words = (
        f"labels of the validation “{criterion.validation.name}” under “{criterion.code}” (what the "
        "lead settled, else the majority of the first ratings; an even split is no label)"
    )
    found = _with_strengths(labels, words, len(versions), source)
    return replace(found, simulated=criterion.validation.simulated)


def _versions(pks: Collection[int]) -> QuerySet[ScenarioVersion]:
    return ScenarioVersion.objects.filter(pk__in=list(pks)).order_by("pk")


def _with_strengths(kinds: Mapping[int, str], words: str, scenarios: int, source: str) -> Kinds:
    strengths = {pk: preference_strength(kind) for pk, kind in kinds.items()}
    return Kinds(kinds, strengths, words, scenarios, source)


def _criterion(source: str) -> Criterion:
    slug, colon, code = source.partition(":")
    if not (slug and colon and code):
        raise BadInput("This is no source of kinds.", found=source, expected=EXPECTED)
    validation = get_validation(slug)
    found = validation.criteria.select_related("validation").filter(code=code).first()
    if found is None:
        known = ", ".join(validation.criteria.values_list("code", flat=True))
        raise BadInput(
            f"Validation {slug} has no such criterion.", found=code, expected=known or "a criterion"
        )
    return found


def _labels(criterion: Criterion, versions: set[int]) -> dict[int, str]:
    """What was settled, else the majority of everybody's first rating; none for an even split.

    A label belongs to the scenario: where another version of it was rated, that counts if no
    rating is of the version itself.
    """
    said: dict[int, Counter[str]] = defaultdict(Counter)
    rows = given(criterion.validation).filter(criterion=criterion, task__repeat=0).order_by()
    for version, value in rows.values_list("task__item__version", "value"):
        if version is not None:
            said[version][value] += 1
    settled = _settled(criterion.validation, criterion)
    decided = {version: _majority(values) for version, values in said.items()} | settled
    by_version = {version: value for version, value in decided.items() if value}
    return {pk: by_version[pk] for pk in sorted(versions & set(by_version))} | _of_siblings(
        by_version, versions - set(by_version)
    )


def _settled(validation: Validation, criterion: Criterion) -> dict[int, str]:
    rows = Adjudication.objects.filter(item__validation=validation, criterion=criterion)
    return dict(rows.exclude(item__version=None).values_list("item__version", "value"))


def _majority(values: Counter[str]) -> str:
    (first, most), *others = values.most_common(2)
    return "" if others and others[0][1] == most else first


def _of_siblings(by_version: Mapping[int, str], wanted: Collection[int]) -> dict[int, str]:
    """Labels of other versions of the same scenario, the newest labelled one first."""
    rated = _versions(list(by_version)).order_by("number").values_list("scenario", "pk")
    of_scenario = {scenario: by_version[pk] for scenario, pk in rated}
    rows = _versions(wanted).values_list("pk", "scenario")
    return {pk: of_scenario[scenario] for pk, scenario in rows if scenario in of_scenario}
