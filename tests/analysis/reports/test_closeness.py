"""The sentences of the first screen say what the numbers say, and no more."""

import pytest

from analysis.metrics.catalogue import definition
from analysis.metrics.estimate import Estimate
from analysis.reports.book import Book
from analysis.reports.closeness import certainty, first_section, headline
from analysis.reports.personas import OWN, persona_lead


def row(model, value, half=0.02, metric="item_mae", **fields):
    return Estimate(
        "alignment",
        metric,
        fields.pop("definition", definition(metric)),
        setting=fields.pop("setting", "no_persona"),
        model=model,
        frame="both",
        value=value,
        lower=None if value is None else value - half,
        upper=None if value is None else value + half,
        **fields,
    )


def book(*models, uniform=0.3):
    floor = row("", 0.1, metric="floor_perfect_model", setting="")
    return Book((*models, row("baseline:uniform", uniform), floor))


def test_the_closest_model_is_named_with_interval_floor_and_chance():
    text = headline(book(row("far", 0.28), row("near", 0.15)), "no_persona", "200 people")
    assert text.startswith("near comes closest to the 200 people")
    for part in ("0.150 (0.130 to 0.170)", "0.100 is the best", "would show 0.300"):
        assert part in text


def test_equally_close_models_are_all_named():
    text = headline(book(row("b", 0.15), row("a", 0.15), row("c", 0.2)), "no_persona", "9 people")
    assert " and " in text.split(" come equally close")[0]
    assert "c" not in text.split(" come equally close")[0].split()


def test_a_floor_known_of_few_items_names_them():
    few = Book(
        (
            row("only", 0.2, n_items=11),
            row("", 0.5, metric="floor_perfect_model", setting="", n_items=1),
        )
    )
    assert "on the 1 of 11 items that two or more" in headline(few, "no_persona", "2 people")
    most = Book(
        (
            row("only", 0.2, n_items=11),
            row("", 0.1, metric="floor_perfect_model", setting="", n_items=10),
        )
    )
    assert "of 11 items" not in headline(most, "no_persona", "2 people")


def test_overlap_is_said_and_so_is_its_absence():
    close = book(row("a", 0.15), row("b", 0.17), row("c", 0.25))
    assert "interval of b overlaps" in certainty(close, "no_persona")
    assert "c" not in certainty(close, "no_persona").split("overlap")[0].split("of ")[1]
    apart = book(row("a", 0.15), row("c", 0.25))
    assert "lies below" in certainty(apart, "no_persona")


def test_a_winner_that_is_no_better_than_chance_is_said_to_be():
    text = certainty(book(row("a", 0.31), row("b", 0.4)), "no_persona")
    assert "no closer than answering 50 : 50" in text


def test_a_model_whose_answers_could_often_not_be_read_is_named():
    unread = [row(name, share, metric="invalid_rate") for name, share in (("a", 0.5), ("b", 0.02))]
    text = certainty(book(row("a", 0.15), row("b", 0.25), *unread), "no_persona")
    assert text.endswith("count nowhere: 50% of a.")
    assert "lies below" in text


def test_personas_of_people_who_did_not_take_part_are_named():
    def group(country, demo, people):
        return row(
            "m",
            0.2 if people else None,
            definition=OWN,
            setting="persona",
            group={"persona_country": country, "persona_demo": demo},
            n_humans=people,
            note="" if people else "nobody",
        )

    groups = [group("France", "older_male", 0), group("Brazil", "older_male", 0)]
    lead = persona_lead(book(row("m", 0.2), *groups, group("Brazil", "older_female", 3)))
    assert "For 2 of 3 groups of personas, among them all of France, nobody" in lead
    assert "nobody" not in persona_lead(book(row("m", 0.2), group("Brazil", "older_male", 3)))


def test_a_single_model_is_not_called_the_closest():
    text = headline(book(row("only", 0.2)), "no_persona", "200 people")
    assert "closest" not in text
    assert certainty(book(row("only", 0.2)), "no_persona") == ""


def test_without_any_distance_it_says_why():
    undefined = row("a", None, note="no valid answers")
    assert headline(book(undefined), "no_persona", "3 people").startswith("No model has both")


def test_models_and_references_stand_in_one_order():
    section = first_section(book(row("far", 0.4), row("near", 0.15)), "no_persona")
    ranking = section.tables[0]
    assert [cells[0] for cells in ranking.rows] == ["near", "always 50 : 50", "far"]
    assert ranking.muted == {1}
    drawn = section.figures[0].rows
    assert [r["name"] for r in drawn] == ["near", "always 50 : 50", "far", "best possible"]


@pytest.mark.parametrize("metric", ["item_mae"])
def test_a_look_up_takes_the_default_definition_only(metric):
    hard = row("a", 0.5, definition=definition(metric, scale="hard"))
    assert Book((hard,)).find("alignment", metric) == []


def test_a_reference_asked_as_personas_too_stands_once():
    twice = row("baseline:uniform", 0.3, setting="persona")
    names = [
        cells[0] for cells in first_section(book(row("a", 0.2), twice), "no_persona").tables[0].rows
    ]
    assert names == ["a", "always 50 : 50"]
