"""Regions of actor and receiver: a table of rates that is read like a map."""

import altair as alt

from analysis.figures.figure import Figure, Rows, data, make_figure
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
    base = alt.Chart().encode(
        x=alt.X(
            "receiver:N", sort=labels, title="receiver",
            axis=alt.Axis(labelAngle=-90, orient="bottom", labelLimit=110),
        ),
        y=alt.Y("actor:N", sort=labels, title="actor"),
        tooltip=estimate_tooltip(("name", "who"), ("actor", "actor"), ("receiver", "receiver")),
    )  # fmt: skip
    strength = alt.FillOpacity(
        "value:Q", scale=alt.Scale(domain=[0, 1], range=[0.04, 0.6]), legend=None
    )
    cells = base.mark_rect(fill=PREFERENCE).encode(fillOpacity=strength)
    numbers = base.mark_text(fontSize=9, color=INK).encode(text=alt.Text("percent:Q", format=".0f"))
    panel = alt.layer(cells, numbers).transform_calculate(percent="100 * datum.value")
    sized = panel.properties(width=alt.Step(_STEP), height=alt.Step(18))
    chart = sized.facet(
        facet=alt.Facet("name:N", sort=names, title=None), columns=1, data=data(rows)
    )
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
