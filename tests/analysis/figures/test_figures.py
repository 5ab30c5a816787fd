"""Figures: drawn from their rows, in the house's colours, whole without a network."""

import json
import re

import pytest
from django.conf import settings

from analysis.figures import agreement, closeness, gaps, items, people, personas, render, variance
from analysis.figures.figure import shortened
from analysis.figures.marks import FRAME_ORDER
from analysis.figures.palette import TOKENS
from analysis.reports.book import BASELINE, model_title
from pact_site.checks import FIGURE_FORMATS

COUNTS = {"n_items": 10, "n_humans": 20, "n_answers": 200}


def row(value, **fields):
    ends = {"lower": value - 0.05, "upper": value + 0.05}
    return {"value": value, **ends, **COUNTS, **fields}


def make_figures():
    both = [row(0.3, name="a", frame=frame) for frame in FRAME_ORDER]
    rates = [
        {"model": m, "item": f"i{n}", "frame": f, "human": n / 7, "people": 3, "q": n / 9}
        for m in ("a", "b")
        for f in FRAME_ORDER
        for n in range(5 if m == "a" else 7)
    ]
    groups = [row(0.3, model="a", country="Brazil", demo=demo) for demo in personas.DEMOS.values()]
    return [
        closeness.closeness([row(0.2, name="a", kind="model")], [row(0.1, name="f", kind="floor")]),
        people.culture_rates(both),
        people.norm_personal_gaps([row(0.1, name="a", kind="people")]),
        gaps.signed_gaps(both),
        items.items(rates),
        personas.personas(groups),
    ]


FIGURES = {figure.name: figure for figure in make_figures()}


@pytest.mark.parametrize("name", FIGURES)
def test_a_figure_draws_in_every_format_there_is(name, tmp_path):
    written = render.write_figure(FIGURES[name], tmp_path, FIGURE_FORMATS)
    files = {path.suffix: path for path in written}
    assert files[".svg"].read_text().startswith("<svg")
    assert files[".png"].read_bytes()[:4] == b"\x89PNG"
    assert files[".pdf"].read_bytes()[:5] == b"%PDF-"
    assert json.loads(files[".json"].read_text()) == FIGURES[name].spec


@pytest.mark.parametrize("name", FIGURES)
def test_a_spec_asks_for_nothing_outside_itself(name):
    text = json.dumps({k: v for k, v in FIGURES[name].spec.items() if k != "$schema"})
    assert "http" not in text
    assert '"url"' not in text


@pytest.mark.parametrize("name", FIGURES)
def test_every_colour_is_a_token(name):
    used = set(re.findall(r"#[0-9a-fA-F]{6}", json.dumps(FIGURES[name].spec)))
    assert used <= set(TOKENS)


def test_the_palette_is_the_light_scheme_of_the_design_system():
    sheet = (settings.BASE_DIR / "pact_site/static/pact/tokens.css").read_text()
    light = sheet.split("@media")[0]
    for colour, token in TOKENS.items():
        assert re.search(rf"{token}: {colour};", light), token


def test_each_panel_shows_its_own_model_only():
    drawn = render.svg(FIGURES["items"])
    # 2 questions x (5 + 7) items, each a circle once
    assert len(re.findall(r'aria-roledescription="circle"', drawn)) == 24


def test_a_source_that_only_all_models_have_stands_in_no_other_panel():
    rows = [
        row(0.3, model=model, name=name, kind=kind)
        for model, names in (("a", ("Item",)), ("all models", ("Item", "Model")))
        for name in names
        for kind in variance.KINDS
    ]
    drawn = render.svg(variance.variance_parts(rows, "persona"))
    assert (drawn.count(">Item<"), drawn.count(">Model<")) == (2, 1)


def test_names_of_references_stand_whole_and_long_ones_keep_both_ends():
    names = [model_title(f"{BASELINE}{name}") for name in ("human_majority", "other_country")]
    assert names == [shortened(name) for name in names]
    long = "meta-llama/Llama-3.3-70B-Instruct-Turbo"
    assert shortened(long) == "meta-llama/Ll…Instruct-Turbo"
    rows = [row(0.3, model=long, name="Item", kind=kind) for kind in variance.KINDS]
    drawn = render.svg(variance.variance_parts(rows, "persona"))
    assert f">{shortened(long)}<" in drawn


@pytest.mark.parametrize(("low", "high"), [(-0.3, 0.1), (-0.02, 0.4), (-0.3, -0.2), (0.1, 0.2)])
def test_right_of_zero_there_is_room_for_the_words(low, high):
    ends = {"value": (low + high) / 2, "lower": low, "upper": high}
    rows = [row(0.1, name="a", frame=frame) | ends for frame in FRAME_ORDER]
    (domain,) = re.findall(r'"domain": (\[-[\d., -]+\])', json.dumps(gaps.signed_gaps(rows).spec))
    left, right = json.loads(domain)
    assert left <= low
    assert high <= right
    assert 0 < -left <= right


def legend_lines(series):
    """How many lines the legend's words stand on."""
    rows = [row(0.5, name="question", series=name) for name in series]
    drawn = render.svg(agreement.agreement_intervals(rows))
    entry = (
        r'translate\([\d.]+,([\d.]+)\)"><path [^>]*/><g><g class="mark-symbol role-legend-symbol'
    )
    places = re.findall(entry, drawn)
    assert len(places) == len(series)
    return len(set(places))


def test_long_names_of_series_stand_one_below_the_other():
    assert legend_lines(["short", "shorter"]) == 1
    assert legend_lines(["people with a judge of a long name", "people alone, without it"]) == 2


def test_a_missing_interval_is_not_drawn_from_zero():
    rows = [row(0.2, name="a", kind="model"), row(0.3, name="b", kind="model")]
    rows[1] |= {"lower": None, "upper": None}
    drawn = render.svg(closeness.closeness(rows, []))
    assert len(re.findall(r'<line [^>]*stroke-width="1.8"', drawn)) == 1


def test_the_same_rows_give_the_same_file():
    assert [f.spec for f in make_figures()] == [f.spec for f in FIGURES.values()]


def test_the_browser_bundle_is_one_script_without_modules():
    script = render.browser_bundle()
    assert "vegaEmbed" in script
    assert not re.search(r"^\s*import ", script, re.MULTILINE)
