from itertools import pairwise, product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotation.vocab.terms import PromptStyle
from modeling.services.designs import NO_PERSONA, Design, PersonaKey, counterparts
from modeling.services.items import AskedItem, Questionnaire
from pact_site.base.errors import BadInput

COUNTRIES = ["Brazil", "IN", "South Africa", "GB", "United States"]


def make(**options):
    return counterparts(**{"items": 252, "countries": COUNTRIES} | options)


def test_the_whole_counterpart_design_has_the_published_size():
    # 252 items x (1 + 5 countries x 2 ages x 2 genders) x 2 frames x 2 orders
    assert make().cells == 252 * 21 * 2 * 2 == 21_168
    assert make(styles=["all"]).cells == 5 * 21_168


designs = st.builds(
    counterparts,
    items=st.integers(1, 4),
    countries=st.just(["BR", "NA"]),
    personas=st.sampled_from([["all"], ["no_persona"], ["persona"], ["Namibia:older_male"]]),
    styles=st.sampled_from([["all"], ["survey_form"]]),
    orders=st.sampled_from([["all"], ["preference_first"]]),
    samples=st.integers(1, 3),
    mode=st.sampled_from(["label", "paper"]),
    limit=st.none() | st.integers(1, 60),
)


@given(designs)
def test_every_cell_has_one_number_and_every_number_one_cell(design):
    cells = list(design.range(0, design.cells))
    assert len(set(cells)) == design.cells
    assert [design.index(cell) for cell in cells] == list(range(design.cells))


@given(designs)
def test_a_design_survives_the_database(design):
    assert Design.from_json(design.as_json()) == design


def test_the_unlimited_design_is_the_full_cross_of_its_parts():
    design = make(items=2, countries=["BR"], styles=["minimal_direct", "survey_form"], samples=2)
    found = {
        (c.style, c.item, c.persona.code, c.frame, c.order, c.sample)
        for c in design.range(0, design.cells)
    }
    people = [
        "no_persona",
        *(f"BR:{a}_{g}" for a, g in product(["younger", "older"], ["female", "male"])),
    ]
    assert found == set(
        product(
            ["minimal_direct", "survey_form"], [0, 1], people, ["personal", "norm"],
            ["culture_first", "preference_first"], [0, 1],
        )
    )  # fmt: skip


def test_neighbours_share_the_longest_prefix_style_then_item_then_persona():
    cells = list(make(items=3, styles=["all"]).range(0, 5 * 3 * 21 * 4))
    for slow in ("style", "item", "persona"):
        names = ["style", "item", "persona"][: ["style", "item", "persona"].index(slow) + 1]
        seen = [tuple(getattr(cell, name) for name in names) for cell in cells]
        changes = 1 + sum(a != b for a, b in pairwise(seen))
        assert changes == len(set(seen)), f"{slow} comes back after it has changed"


def test_paper_mode_keeps_the_two_cells_of_a_prompt_together_and_whole():
    design = make(items=2, mode="paper", limit=5)
    assert design.cells == 6
    cells = list(design.range(0, 6))
    for first, second in zip(cells[::2], cells[1::2], strict=True):
        assert (first.frame, second.frame) == ("personal", "norm")
        assert (first.item, first.persona, first.order) == (
            second.item,
            second.persona,
            second.order,
        )


def test_personas_are_chosen_by_name_code_and_group():
    assert make(personas=["no_persona"]).personas == (NO_PERSONA,)
    assert make(personas=["Namibia:older_male", "no_persona"]).personas == (
        PersonaKey("NA", "older", "male"), NO_PERSONA,
    )  # fmt: skip
    assert len(make(personas=["GB", "United Kingdom"]).personas) == 4


def test_no_persona_and_namibia_survive_their_codes():
    for persona in (NO_PERSONA, PersonaKey("NA", "older", "male")):
        assert PersonaKey.parse(persona.code) == persona


@pytest.mark.parametrize(
    ("wrong", "option", "found"),
    [
        ({"styles": ["fancy"]}, "--styles", "fancy"),
        ({"orders": ["abc"]}, "--orders", "abc"),
        ({"frames": []}, "--frames", ""),
        ({"personas": ["Atlantis"]}, "--personas", "Atlantis"),
        ({"personas": ["BR:young_female"]}, "--personas", "BR:young_female"),
        ({"samples": 0}, "--samples", 0),
        ({"limit": 0}, "--limit", 0),
        ({"mode": "essay"}, "--mode", "essay"),
    ],
)
def test_a_wrong_option_is_named_with_what_was_found_and_expected(wrong, option, found):
    with pytest.raises(BadInput) as caught:
        make(**wrong)
    assert option in caught.value.message
    assert caught.value.found == found
    assert caught.value.expected


def test_paper_mode_refuses_half_a_prompt():
    with pytest.raises(BadInput, match="both frames"):
        make(mode="paper", frames=["norm"])


def test_numbers_outside_the_design_are_refused():
    with pytest.raises(IndexError):
        make(limit=10).cell(10)


def test_default_style_is_one_of_the_five():
    assert make().styles[0] in list(PromptStyle)


@pytest.mark.parametrize(
    ("mode", "first", "last"),
    [
        ("label", "4b46f1c5bfc2f0185e03492fefc45dec", "8707e61e0237603f33191c22317d2ffc"),
        ("paper", "4de7995689638cc52f7b47cfab688d4a", "7e6c7b03382681324e99513d307b5805"),
    ],
)
def test_keys_and_plans_of_stored_answers_never_change(mode, first, last):
    """Keys as they were before designs knew of reasons: a new option must not move them."""
    item = AskedItem(
        1, "shoes-1", "shoes", "JP", "older", "female", "At the door of an older woman.",
        "Take the shoes off.", "Keep them on.", "hash 1",
    )  # fmt: skip
    design = counterparts(items=1, countries=["BR"], mode=mode)
    found = Questionnaire(design, [item])
    keys = [found.key(design.cell(number)) for number in (0, design.cells - 1)]
    assert keys == [first, last]
    assert not [name for name in design.as_json() if name.startswith("rationale")]


def test_asking_for_reasons_is_another_cell_and_another_prompt():
    item = AskedItem(1, "s-1", "s", "JP", "older", "female", "At a door.", "In.", "Out.", "h")
    plain = Questionnaire(make(items=1), [item])
    some = Questionnaire(make(items=1, rationale_share=0.5, rationale_seed=1), [item])
    every = Questionnaire(make(items=1, rationale_share=1.0), [item])

    def asked(found):
        return {one.prompt.key: one.prompt for one in found.asked(0, found.cells)}

    assert {prompt.mode for prompt in asked(every).values()} == {"rationale"}
    assert {prompt.mode for prompt in asked(some).values()} == {"label", "rationale"}
    for key, prompt in asked(some).items():
        whole = asked(plain) if prompt.mode == "label" else asked(every)
        assert whole[key] == prompt
    assert set(every.prompt_versions) == {"survey_form:rationale"}
    assert set(some.prompt_versions) == {"survey_form", "survey_form:rationale"}
    assert Design.from_json(some.design.as_json()) == some.design
