"""Finding one estimate in a list of them."""

from analysis.metrics import METRICS


def find(estimates, metric, *, frame="personal", setting="", model="", group=None, **tokens):
    """The single estimate of this name, its other options at their defaults."""
    definition = METRICS[metric].definition(**tokens)
    wanted = (frame, setting, model, definition, group or {})
    found = [
        row
        for row in estimates
        if row.metric == metric
        and (row.frame, row.setting, row.model, row.definition, dict(row.group)) == wanted
    ]
    assert len(found) == 1, f"{len(found)} rows of {metric} {frame} {definition} {group}"
    return found[0]


def value(estimates, metric, **where):
    """Its value."""
    return find(estimates, metric, **where).value
