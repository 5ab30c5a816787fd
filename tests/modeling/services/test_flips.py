"""Pairs within a run that differ in one thing, against every pair tried one by one."""

from itertools import product

import pytest

from modeling.backends import Decoding
from modeling.services import attributes, flips, foreground, runs
from modeling.services.benchmark import plan_benchmark
from modeling.services.benchmark_design import benchmark
from modeling.services.benchmark_scenarios import scenarios_of
from modeling.services.endpoints import named
from pact_site.base.errors import BadInput
from tests.modeling.answered import invalid, make_answered
from tests.modeling.making import make_release

pytestmark = pytest.mark.django_db(transaction=True)

PERSONAS = [("", ""), ("BR", "older_male"), ("US", "younger_female")]
RECEIVERS = [("older", "male"), ("younger", "male")]


@pytest.fixture
def run():
    """Two scenarios with two receivers each, every frame, order and persona, choices by a rule."""
    rows = []
    cells = product(("a", "b"), RECEIVERS, ("norm", "personal"), ("culture_first", "preference_first"), PERSONAS)  # fmt: skip
    for number, (scenario, (age, gender), frame, order, (country, demo)) in enumerate(cells):
        culture = (number * 7 + len(country) + len(order)) % 3 > 0
        rows.append(
            {
                "item_id": ("a", "b").index(scenario) * 2 + RECEIVERS.index((age, gender)),
                "scenario": scenario, "receiver_age": age, "receiver_gender": gender,
                "frame": frame, "option_order": order, "persona_country": country,
                "persona_demo": demo, "choice": "culture" if culture else "preference",
                "q": 0.8 if culture else 0.3, "text": f"said {number}",
            }
        )  # fmt: skip
    return make_answered(make_release(1), rows[:20], rows[20:])


COLUMNS = {
    "frame": ("frame",),
    "order": ("option_order",),
    "persona": ("persona_country", "persona_demo"),
    "receiver": ("receiver_age", "receiver_gender"),
}


def slowly(rows, name):
    """Every two rows of the run that differ in these columns and in no other that names a cell."""
    named = ("scenario", "frame", "option_order", "persona_country", "persona_demo",
             "receiver_age", "receiver_gender", "prompt_style", "sample_index")  # fmt: skip
    rest = [column for column in named if column not in COLUMNS[name]]
    for one, two in product(rows, rows):
        same = all(one[column] == two[column] for column in rest)
        if same and any(one[column] != two[column] for column in COLUMNS[name]):
            yield one, two


def code(row, name):
    return ":".join(row[column] for column in COLUMNS[name])


@pytest.mark.parametrize("name", COLUMNS)
def test_it_finds_the_pairs_that_trying_all_finds(run, name):
    from modeling.services import answers

    rows = answers.scan([run.pk]).collect().to_dicts()
    found = flips.of(run, name)
    base = "" if found.base == "no_persona" else found.base
    pairs = [(a, b) for a, b in slowly(rows, name) if code(a, name).strip(":") == base]
    assert found.pairs == len(pairs) > 0
    expected = {(a["text"], b["text"]) for a, b in pairs if a["choice"] != b["choice"]}
    assert {(a["text"], b["text"]) for a, b in found.flipped[:100]} == expected
    assert sum(row.flips.k for row in found.rows) == len(expected)


def test_both_ends_can_be_chosen(run):
    found = flips.of(run, "persona", base="BR:older_male", other="US:younger_female")
    assert [row.words for row in found.rows] == ["United States, younger female"]
    for one, two in found.flipped[:100]:
        assert (one["persona_country"], two["persona_country"]) == ("BR", "US")


def test_only_what_varies_is_offered_and_no_persona_stands_first(run):
    offered = {attribute.name: codes for attribute, codes in flips.varied(run)}
    assert set(offered) == set(COLUMNS)
    assert offered["persona"][0] == "no_persona"


def test_samples_are_offered_by_number():
    rows = [{"sample_index": number} for number in range(12)]
    [(attribute, codes)] = flips.varied(make_answered(make_release(1), rows))
    assert (attribute.name, codes[:3], codes[-1]) == ("sample", ["0", "1", "2"], "11")
    assert attribute.words("0") == "1"


def test_unreadable_answers_make_no_pair():
    rows = [{"frame": "norm"}, {"frame": "personal", **invalid()}]
    found = flips.of(make_answered(make_release(1), rows), "frame")
    assert (found.pairs, found.rows, len(found.flipped)) == (0, [], 0)


@pytest.mark.parametrize(
    ("name", "base", "words"),
    [("style", "", "does not vary"), ("weather", "", "frame, persona"), ("frame", "x", "norm")],
)
def test_what_the_run_does_not_vary_is_refused(run, name, base, words):
    with pytest.raises(BadInput, match=words):
        flips.of(run, name, base=base)


def test_pairs_of_the_benchmark_differ_in_one_thing_alone():
    release = make_release(2)
    design = benchmark(scenarios_of(release), relations=["same"], roles=["C1", "C2"])
    planned = plan_benchmark(
        release=release, design=design, endpoint=named("baseline:noisy"), decoding=Decoding()
    )
    runs.start(run=planned.run)
    run = foreground.see_through(planned.run, lambda tick: None)
    offered = [attribute.name for attribute, _ in flips.varied(run)]
    assert {"role", "balance", "actor_age", "actor_gender", "receiver_age"} <= set(offered)
    assert "condition" not in offered, "ages and genders go with it"
    for name in offered:
        found = flips.of(run, name)
        for one, two in found.flipped[:20]:
            layout = attributes.layout_of(run)
            said = zip(layout.described(one), layout.described(two), strict=True)
            assert [a.name for (a, x), (_, y) in said if x != y] == [name]
            assert one["choice"] != two["choice"]
    assert len(flips.of(run, "balance").flipped) > 0
