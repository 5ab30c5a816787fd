"""The reference of `estimates.csv`, generated from the catalogue so that it cannot be out of date."""

from collections.abc import Iterator

from analysis.metrics.catalogue import METRICS, Metric
from analysis.reports.codebook import FILES

_HEAD = """# estimates.csv

One estimate a row, in every bundle's top folder. This page is written by `manage.py write_reference`.

| column | meaning |
|---|---|"""

_NAMES = """
(table, setting, model, frame, group, metric, definition) is unique. `definition` holds the options that apply, as `key:value` joined by `;` in alphabetical order; the options below are each metric's defaults, and a row that has them is the one to quote. Rows that are not pooled carry `style`, `order` or `sample` besides. `model` is the run's label, or `baseline:NAME` for a reference; rows about people have neither setting nor model, and `all:models` stands for all models together.

Options: `ties` exclude, culture, half (what an even split of people counts for); `invalid` drop, miss; `target` all, subgroup, subgroup_pooled (whom a persona is compared with); `average` items, groups, rows, pairs; `weight` answers, items; `scale` probability, hard; `single_rated` include, exclude; `weights` identity, linear, quadratic, ordinal; `after` none, removal; `source` human, judge; `effects` scenario_country, item (what stands for the scenarios in a regression); `family` regression, all (which p values are corrected together).

## Metrics
"""


def lines() -> Iterator[str]:
    """The page, line by line."""
    yield _HEAD
    yield from (f"| {name} | {meaning} |" for name, meaning in FILES["estimates.csv"].items())
    yield _NAMES
    yield from ("| metric | tables | always carries | meaning |", "|---|---|---|---|")
    yield from (_row(metric) for metric in sorted(METRICS.values(), key=lambda m: m.name))


def _row(metric: Metric) -> str:
    keys = " ".join(_keys(metric))
    meaning = f"{metric.meaning} *{metric.unit}; {metric.orientation}. {metric.source}.*"
    return f"| `{metric.name}` | {', '.join(metric.tables)} | {keys} | {meaning} |"


def _keys(metric: Metric) -> Iterator[str]:
    if metric.keys:
        yield f"`{metric.definition()}`"
    for table, keys in metric.more_keys.items():
        yield f"in {table} `{metric.definition(**keys)}`"
