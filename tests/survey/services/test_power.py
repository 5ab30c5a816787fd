"""The planner's widths are those of the report's own intervals, and move as they should."""

import csv

import numpy as np
import pandas as pd
import pytest
from django.core.management import CommandError, call_command

from analysis.metrics.bootstrap import Resampler
from analysis.metrics.intervals import Settings
from analysis.metrics.study import Study as Coded
from survey.services import power
from survey.services.power import Assumptions, plan
from survey.services.studies import add_instrument, standard_definition


@pytest.fixture
def small(study, monkeypatch):
    """The bundled study for two countries and 12, 24 or 72 people, simulated rarely."""
    monkeypatch.setattr(power, "SHARES_OF_PEOPLE", (0.5, 1.0, 3.0))
    monkeypatch.setattr(power, "STUDIES", 40)
    monkeypatch.setattr(power, "REPLICATES", 60)
    add_instrument(
        study=study, definition=standard_definition(countries=["BR", "GB"], planned_completes=24)
    )
    return study


def test_bounds_equal_those_of_the_reports_bootstrap():
    """Same answers, different random weights: the widths agree to the weights' own noise."""
    rng = np.random.default_rng(3)
    rows = [
        power._Given(person, scenario, scenario * 4 + person % 4, "same")
        for person in range(40)
        for scenario in rng.choice(20, 4, replace=False)
    ]
    answers = rng.random((1, len(rows))) < 0.4
    lower, upper = power.bootstrap_bounds(rows, answers.astype(float), 0.95, rng)
    human = pd.DataFrame(
        {
            "participant": [f"p{row.person:02}" for row in rows],
            "participant_country": "Brazil",
            "item": [f"i{row.item:02}" for row in rows],
            "scenario": [f"s{row.scenario:02}" for row in rows],
            "personal": answers[0].astype(float),
        }
    )
    coded = Coded(human)
    known = coded.answers("personal")
    draws = Resampler(coded, Settings(replicates=4000)).answer_mean(known, known.y)
    interval = draws.interval(0.95)

    assert upper[0] - lower[0] == pytest.approx(interval.upper - interval.lower, rel=0.15)
    assert (upper[0] + lower[0]) / 2 == pytest.approx(answers.mean(), abs=0.05)


def test_more_people_and_more_scenarios_narrow_the_widest_interval(small):
    options = {(o.completes, o.scenarios): o for o in plan(study=small, width=0.3).options}

    widths = [options[people, 63].widest for people in (12, 24, 72)]
    assert widths == sorted(widths, reverse=True)
    assert options[72, 126].widest < options[72, 63].widest
    assert (options[72, 126].unwritten, options[72, 63].unwritten) == (63, 0)


def test_the_best_option_is_the_cheapest_that_meets_the_wish(small):
    generous, strict = plan(study=small, width=1.0), plan(study=small, width=0.02)

    assert generous.best.completes == min(o.completes for o in generous.options)
    assert strict.best is None
    assert not any(option.met for option in strict.options)


def test_a_size_that_cannot_be_drawn_is_refused_with_its_reason(small):
    mix = {"same": 6, "close": 0, "far": 1}  # seven scenarios of each country; half leaves too few
    changed = standard_definition(countries=["BR", "GB"], planned_completes=24, mix=mix)
    add_instrument(study=small, definition=changed)

    made = plan(study=small, width=0.3)

    assert any("too few scenarios" in reason for reason in made.refused)
    assert {option.scenarios for option in made.options} == {63, 126}


def test_cost_is_time_times_pay_plus_fee(small):
    assumed = Assumptions(pay=10, fee=0.5)
    options = plan(study=small, width=0.3, assumptions=assumed).options

    twenty_four = next(o for o in options if o.completes == 24)
    assert twenty_four.cost == pytest.approx(24 * 12 / 60 * 10 * 1.5)


def test_the_same_seed_gives_the_same_plan(small):
    assert plan(study=small, width=0.3, seed=5) == plan(study=small, width=0.3, seed=5)


def test_without_spread_between_scenarios_intervals_are_narrower(small):
    flat = Assumptions(scenario_sd=0, person_sd=0, receiver_sd=0)
    steep = Assumptions(scenario_sd=3)

    def width_of(assumed):
        options = plan(study=small, width=0.3, assumptions=assumed).options
        return next(o.widest for o in options if (o.completes, o.scenarios) == (72, 63))

    assert width_of(flat) < width_of(steep)


def test_the_command_prints_a_row_per_size_country_and_relation(small, capsys):
    call_command("plan_power", study=small.slug, width=0.4)

    rows = list(csv.DictReader(capsys.readouterr().out.splitlines()))
    assert {row["country"] for row in rows} == {"Brazil", "United Kingdom"}
    assert {row["relation"] for row in rows} == {"same", "close", "far"}
    assert all(float(row["assured_width"]) >= float(row["median_width"]) > 0 for row in rows)


@pytest.mark.parametrize(
    "wrong", [{"width": 0}, {"rate": 1.0}, {"person_sd": -1.0}, {"study": "x"}]
)
def test_the_command_refuses_what_cannot_be(small, wrong):
    with pytest.raises(CommandError) as refused:
        call_command("plan_power", **({"study": small.slug} | wrong))

    assert refused.value.returncode == 2
