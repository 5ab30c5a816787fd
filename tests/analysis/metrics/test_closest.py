"""C-SPEC of personas: by hand, against the plain function, and undefined with a reason."""

from statistics import mean

import numpy as np
import pandas as pd
import pytest

from analysis.metrics import alignment_table
from analysis.metrics.behaviour import c_spec
from analysis.metrics.closest import c_spec_of
from tests.analysis.metrics import twins
from tests.analysis.metrics.small import make_human, make_model
from tests.analysis.metrics.studies import Size, make_study
from tests.analysis.metrics.tables import find

WHERE = {"model": "alpha", "setting": "persona"}


def test_by_hand():
    # Closeness .9 .5 / .6 .4: the first column's own is the largest, the second's is .4 of .5.
    assert c_spec_of(np.array([[0.1, 0.5], [0.4, 0.6]])) == pytest.approx((1 + 0.8) / 2)
    assert c_spec_of(np.array([[0.2, 0.2], [0.2, 0.2]])) == 1
    assert np.isnan(c_spec_of(np.array([[1.0, 0.2], [1.0, 0.2]])))


@pytest.fixture(scope="module")
def study():
    return make_study(Size(models=("alpha",)), seed=3)


@pytest.fixture(scope="module")
def table(study):
    return alignment_table(*study, replicates=20)


def plain(table, frame, scale="probability"):
    """The same from the distances that stand in the table."""
    near = {
        (row.group["persona_country"], row.group["human_country"]): 1 - row.value
        for row in table
        if row.metric == "persona_country_mae" and row.frame == frame
        if f"scale:{scale}" in row.definition
    }
    names = sorted({one for one, _ in near})
    rows = [[near[one, other] for other in names] for one in names]
    return c_spec(pd.DataFrame(rows, index=names, columns=names)).value


@pytest.mark.parametrize("frame", ["personal", "norm"])
@pytest.mark.parametrize("scale", ["probability", "hard"])
def test_it_is_the_plain_c_spec_of_the_distances_with_an_interval(table, frame, scale):
    one = find(table, "c_spec", frame=frame, scale=scale, **WHERE)
    assert one.value == pytest.approx(plain(table, frame, scale))
    assert one.lower < one.value < one.upper <= 1
    assert (one.n_humans, one.n_items > 0) == (30, True)


def slow(human, model):
    """C-SPEC of the norm frame from single answers, rows personas and columns people."""
    countries = sorted({row["participant_country"] for row in human})
    q = {
        name: twins.q_by_item([row for row in model if row["persona_country"] == name], "norm")
        for name in countries
    }
    people = {
        name: twins.by_item([row for row in human if row["participant_country"] == name], "norm")
        for name in countries
    }
    near = [
        [
            1 - mean(abs(q[one][item] - mean(answers)) for item, answers in people[other].items())
            for other in countries
        ]
        for one in countries
    ]
    return c_spec(pd.DataFrame(near, index=countries, columns=countries)).value


def test_a_replicate_is_the_c_spec_without_that_scenario(study, table):
    """The slow twin: the interval's scenario part, by computing everything anew without each."""
    human, model = map(twins.rows_of, study)
    names = sorted({row["scenario"] for row in human})
    values = [
        slow(*([row for row in rows if row["scenario"] != name] for rows in (human, model)))
        for name in names
    ]
    whole = find(table, "c_spec", frame="norm", **WHERE)
    assert slow(human, model) == pytest.approx(whole.value)
    shifts = np.array(values) - whole.value
    error = np.sqrt((len(names) - 1) / len(names) * (shifts @ shifts))
    assert whole.value - whole.lower >= 2.3 * error  # t of 7 degrees of freedom, not cut below


def test_one_country_alone_is_undefined_with_the_reason():
    human = make_human(("a", "u", 1.0, 1.0), ("b", "u", 0.0, 1.0))
    country = human["participant_country"].iloc[0]
    model = make_model(("u", "personal", 0.7), model="alpha", setting="persona",
                       persona_country=country, persona_demo="older_male")  # fmt: skip
    one = find(alignment_table(human, model, replicates=20), "c_spec", frame="personal", **WHERE)
    assert one.value is None
    assert "fewer than two countries" in one.note
