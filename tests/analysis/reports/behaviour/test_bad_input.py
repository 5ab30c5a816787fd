"""Runs as they should not be: a report on behaviour that says what it could not compute, and why."""

import re

import pytest

from analysis.metrics.catalogue import COUNT, METRICS, P
from analysis.metrics.intervals import Settings
from analysis.reports.behaviour.compose import compose
from analysis.reports.behaviour.findings import estimates
from analysis.reports.behaviour.inputs import count, gather
from analysis.reports.book import Book
from analysis.reports.build import write_tables
from analysis.reports.documents import as_document
from analysis.reports.options import Options
from tests.analysis.deciding import crossed, make_decided
from tests.modeling.making import make_release

pytestmark = pytest.mark.django_db

STRANGE = 'Modèle «漢字» <b>"q"</b> & co | עברית \u202e🍵 =1+1 ' + "x" * 60
SCENARIOS = ("tea", "gift", "queue")
NOBODY = {"actor_age": "", "actor_gender": "", "receiver_age": "", "receiver_gender": ""}
NOWHERE = {"scenario_country": "", "actor_country": "", "receiver_country": ""}


def mixed(scenario, role, balance, actor, receiver):
    return "preference" if len(scenario + role + actor[0]) % 3 else "culture"


def rows(choose=mixed, scenarios=SCENARIOS, **common):
    return crossed(scenarios, choose, **common)


def only(made, **levels):
    """The rows at these levels."""
    return [row for row in made if all(row[name] == value for name, value in levels.items())]


CASES = {
    "one model, one country": {"only": rows()},
    "no row at all": {"empty": [], "other": rows()},
    "nothing but empty runs": {"empty": []},
    "nothing could be read": {"mute": rows(lambda *_: None)},
    "one of two could not be read": {"mute": rows(lambda *_: None), "other": rows()},
    "all answers equal": {"same": rows(lambda *_: "culture"), "more": rows(lambda *_: "culture")},
    "one scenario": {"one": rows(scenarios=("tea",)), "two": rows(scenarios=("tea",))},
    "one decision": {"lone": rows()[:1]},
    "one prompt, one role": {"narrow": only(rows(), balance="balance", role="swapped")},
    "nobody's age or gender": {"blind": rows(**NOBODY, condition="no_demo")},
    "no countries": {"nowhere": rows(**NOWHERE, relation="", scenario_type="")},
    "nothing told": {"bare": rows(**NOBODY, **NOWHERE, condition="", role="", balance="",
                                  relation="", scenario_type="", dataset="")},
    "everything twice": {"twice": [*rows(), *rows()]},
    "samples": {"often": [row | {"sample_index": n} for row in rows() for n in range(3)]},
    "base alone": {"base": rows(family="F", stage="base")},
    "stages about other scenarios": {
        "base": rows(scenarios=("tea",), family="F", stage="base"),
        "tuned": rows(scenarios=("gift",), family="F", stage="instruct"),
    },
    "models about other scenarios": {
        "a": rows(scenarios=("tea",)), "b": rows(scenarios=("gift",), dataset="CultureAtlas"),
    },
    "strange names": {STRANGE[:100]: rows(scenarios=(STRANGE, "tea"), rationale=STRANGE * 9)},
    "unknown countries": {"odd": rows(scenario_country="XK", receiver_country="NA")},
}  # fmt: skip
WITHOUT_INTERVAL = {
    "direction_share", "factor_spread_pp", "factor_gap_pp", "cramers_v", "flip_to_preference",
    "flip_to_culture", "unchanged", "detectable_difference",
    *(name for name, metric in METRICS.items() if metric.unit in (COUNT, P)),
}  # fmt: skip


def texts(document):
    """Every text and number that the page shows."""
    if isinstance(document, dict):
        document = list(document.values())
    if isinstance(document, list):
        return [text for part in document for text in texts(part)]
    return [] if document is None else [str(document)]


def composed(case):
    """The estimates of a case's models, and the report's content made of them."""
    dataset = make_release(2).dataset.slug
    for label, decided in CASES[case].items():
        make_decided(label, decided, dataset)
    inputs = gather(Options("behavior", dataset))
    counted = count(inputs)
    found = tuple(estimates(counted, Settings(50, 1, 0.95)))
    return found, compose(Book(found), inputs, counted)


@pytest.mark.parametrize("case", CASES)
def test_a_report_says_what_it_could_not_compute(case, tmp_path):
    found, content = composed(case)
    assert len({one.key for one in found}) == len(found)
    for one in found:
        assert one.value is not None or one.note, one
        assert (one.lower is None) == (one.upper is None), one
        assert one.lower is not None or one.note or one.metric in WITHOUT_INTERVAL, one
    write_tables(content, tmp_path / "tables")
    document = as_document(content)
    assert all(section["lead"] for section in document["sections"])
    shown = " ".join([*texts(document["sections"]), document["headline"], *document["methods"]])
    assert document["headline"]
    assert not re.search(r"\b(nan|NaN|inf|None|null)\b", shown), shown


@pytest.mark.parametrize(
    ("case", "headline"),
    [
        ("nothing could be read", "none of which could be read"),
        ("one model, one country", "the preference is allowed by only"),
    ],
)
def test_the_headline_says_it_too(case, headline):
    _, content = composed(case)
    assert headline in content.headline
