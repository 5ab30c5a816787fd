"""Regions of actor and receiver: a table of rates that is read like a map."""

from analysis.figures.chart import Chart, channel, inline, layer, step
from analysis.figures.figure import Figure, Rows, make_figure
from analysis.figures.marks import estimate_tooltip
from analysis.figures.palette import INK, PREFERENCE

_STEP = 27


def regions(rows: Rows, order: list[str]) -> Figure:
    """Allow rates, a panel a `name`, a row an `actor` region, a column a `receiver` region.

    `order` has all labels in the order in which they stand.
    The number stands in each cell and the strength of the cell's colour repeats it, so that nothing
    is lost in grey.
    """
    names = list(dict.fromkeys(row["name"] for row in rows))
    found = {row[side] for row in rows for side in ("actor", "receiver")}
    labels = [name for name in order if name in found]
    base = Chart().encode(
        x=channel(
            "receiver:N", sort=labels, title="receiver",
            axis=dict(labelAngle=-90, orient="bottom", labelLimit=110),
        ),
        y=channel("actor:N", sort=labels, title="actor"),
        tooltip=estimate_tooltip(("name", "who"), ("actor", "actor"), ("receiver", "receiver")),
    )  # fmt: skip
    strength = channel("value:Q", scale=dict(domain=[0, 1], range=[0.04, 0.6]), legend=None)
    cells = base.mark("rect", fill=PREFERENCE).encode(fillOpacity=strength)
    numbers = base.mark("text", fontSize=9, color=INK).encode(
        text=channel("percent:Q", format=".0f")
    )
    panel = layer(cells, numbers).calculate("percent", "100 * datum.value")
    sized = panel.having(width=step(_STEP), height=step(18))
    chart = sized.panels(inline(rows), channel("name:N", sort=names, title=None), columns=1)
    return make_figure(
        name="regions",
        title="Regions of actor and receiver",
        caption=(
            "Allow rate in percent by the actor's region (down) and the receiver's (across); stronger "
            "where the preference is allowed more often. Intervals are in the table."
        ),
        alt_text=f"Tables of allow rates by region of actor and receiver for {len(names)} models.",
        rows=rows,
        chart=chart,
        fluid=False,
    )
