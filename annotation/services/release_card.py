"""What goes along with a release in words: data card, codebook and licences, made from the data."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from annotation.models import Release, Screening
from annotation.services.release_tables import COLUMNS, rows_of
from annotation.services.schemes import find_regions
from annotation.services.screening_ledger import LEDGER_COLUMNS, errors, outcome
from annotation.vocab.regions import DEFAULT_REGIONS

if TYPE_CHECKING:
    from analysis.metrics.pass_rate import Rate

NOT_SCREENED = "This release was not screened: its scenarios are as they stood when it was made."
SIMULATED = (
    "**SIMULATED.** The verdicts behind this screening were made up, by the platform's demo, a "
    "baseline or the stub server."
)
WRITTEN = (
    "Such a scenario sets a cultural expectation against a personal preference, with two actions "
    "between which neither is right or wrong; no choice between them is a gold label."
)
COUNTRIES = (
    "Countries stand for the places that sources name; they do not speak for everybody who lives "
    "there."
)


def description(release: Release) -> str:
    """One sentence for catalogues."""
    size, written = release.versions.count(), _written(release)
    name = f"Release {release.number} of {release.dataset.name}"
    if not written:
        return f"{name}: {size:,} norms with their stories, without preferences and actions so far."
    told = "a cultural expectation and a personal preference part"
    if written < size:
        return f"{name}: {size:,} norms with their stories; in {written:,} of them {told}."
    return f"{name}: {size:,} social scenarios in which {told}."


def _written(release: Release) -> int:
    """How many scenarios have both actions."""
    return release.versions.exclude(culture_action="").exclude(preference_action="").count()


def data_card(release: Release) -> str:
    """The data card as Markdown: what it is, how it was screened, counts, licence, hashes."""
    dataset, screening = release.dataset, screening_of(release)
    parts = [
        f"# {dataset.name}, release {release.number}\n",
        " ".join((description(release), *([WRITTEN] if _written(release) else []), COUNTRIES))
        + "\n",
        _table(
            ("", ""),
            (
                ("dataset", dataset.slug),
                ("release", str(release.number)),
                ("made on", release.created_at.date().isoformat()),
                ("scenarios", f"{release.versions.count():,}"),
                ("source format", dataset.source_format),
                ("source version", dataset.source_version or "not stated"),
                ("licence", f"{dataset.licence} {dataset.licence_url}".strip()),
                ("content hash", release.content_hash),
            ),
        ),
        f"\n{release.note}\n" if release.note else "",
        "\n## How it was screened\n",
        _screened(screening) if screening else f"{NOT_SCREENED}\n",
        "\n## Counts\n",
        _before_after(release),
        _composition(release),
        "\n## Licence and credit\n",
        _licence(release),
    ]
    return "\n".join(part for part in parts if part)


def codebook(*, with_ledger: bool) -> str:
    """Every column of the tables as Markdown."""
    text = f"# Codebook\n\n## scenarios\n\n{_table(('column', 'holds'), COLUMNS.items())}"
    if with_ledger:
        text += f"\n## ledger\n\n{_table(('column', 'holds'), LEDGER_COLUMNS.items())}"
    return text


def licences(release: Release) -> str:
    """The terms of the release's source, as Markdown."""
    return f"# Licence\n\n{_licence(release)}"


def screening_of(release: Release) -> Screening | None:
    """The screening that the release was made of, None where there was none."""
    return Screening.objects.filter(release=release).select_related("judge").first()


def _licence(release: Release) -> str:
    dataset = release.dataset
    rows = (
        ("dataset", dataset.name),
        ("licence", dataset.licence),
        ("address", dataset.licence_url or "not stated"),
        ("credit", dataset.attribution or "not stated"),
    )
    words = "The licence of the source holds for everything that was made of it."
    return f"{words}\n\n{_table(('', ''), rows)}"


def _screened(screening: Screening) -> str:
    found = outcome(screening)
    rule = "; ".join(f"{key}: {_shown(value)}" for key, value in screening.rule.items())
    rows = [
        (
            name,
            *(
                f"{n:,}"
                for n in (side.size, side.checked, side.overridden, side.removed, side.kept)
            ),
        )
        for name, side in (("flagged", found.flagged), ("not flagged", found.unflagged))
    ]
    words = [
        SIMULATED if screening.simulated else "",
        f"Screening “{screening.name}”, rule {rule}; seed {screening.seed}. Flagged scenarios are "
        "removed unless a person kept them; the others stay unless a person removed them.",
        f"On {found.not_judged:,} scenarios the rule had nothing to go by; they count as not flagged."
        if found.not_judged
        else "",
        _table(("", "scenarios", "drawn and checked", "overridden", "removed", "kept"), rows),
        _table(
            ("share", "estimate", "95 % interval", "checked of"),
            [_rate(rate) for rate in errors(screening)],
        ),
    ]
    return "\n\n".join(part for part in words if part)


def _rate(rate: Rate) -> tuple[str, str, str, str]:
    of = f"{rate.n_sampled:,} of {rate.n_population:,}"
    if rate.value is None:
        return (rate.metric, "undefined", rate.note, of)
    ends = [f"{end:.3f}" for end in (rate.lower, rate.upper) if end is not None]
    return (rate.metric, f"{rate.value:.3f}", " to ".join(ends), of)


def _before_after(release: Release) -> str:
    tables = []
    for name, title in (("by_country", "country"), ("by_source", "source")):
        counts: Mapping[str, list[int]] = release.counts.get(name, {})
        rows = [(value, f"{one:,}", f"{other:,}") for value, (one, other) in sorted(counts.items())]
        if rows:
            tables.append(_table((title, "before", "after"), rows))
    return "\n".join(tables)


def _composition(release: Release) -> str:
    regions = find_regions(DEFAULT_REGIONS)
    counted: dict[str, Counter[str]] = {"region": Counter(), "theme": Counter()}
    for row in rows_of(release):
        counted["region"][regions.region_of(row["country_code"]) or "none"] += 1
        counted["theme"][row["theme"] or "not stated"] += 1
    tables = []
    for title, counts in counted.items():
        rows = [(value, f"{n:,}") for value, n in sorted(counts.items())]
        named = f"{title} ({regions.name})" if title == "region" else title
        tables.append(_table((named, "scenarios"), rows))
    return "\n".join(tables)


def _table(header: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    head = list(header)
    lines = [head, ["---"] * len(head), *([_cell(cell) for cell in row] for row in rows)]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def _shown(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
