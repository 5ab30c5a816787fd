"""The simulated mind: repeatable, and with effects of everything that a report looks at."""

import json
import math
import statistics
from dataclasses import replace
from itertools import product

import pytest

from modeling.prompts import MODES, ORDERS, STYLES, CellFields, Persona, render
from modeling.stub.answers import Mind, first_token_logprobs, split_options

CELL = CellFields(
    key="cell",
    item="item",
    scenario_country="Japan",
    receiver_age="older",
    receiver_gender="female",
    situation="Option A. seems fine to an older woman; she takes vitamin B.",
    culture_action="Take the shoes off.",
    preference_action="Keep the shoes on.",
)
MIND = Mind("model", 0)


def shares_of(cell: CellFields, mind: Mind = MIND) -> dict[str, float]:
    """Probability of each option's words."""
    prompt = render(cell)
    answered = mind.answer(prompt.messages, temperature=0.0, draw=None)
    return {label.code: answered.shares[label.letter] for label in prompt.labels}


@pytest.mark.parametrize(("style", "mode", "order"), list(product(STYLES, MODES, ORDERS)))
def test_options_are_found_in_every_style(style, mode, order):
    prompt = render(replace(CELL, style=style, mode=mode, option_order=order))
    context, options = split_options("\n".join(m["content"] for m in prompt.messages))
    assert options == {label.letter: label.text for label in prompt.labels}
    assert "older woman; she takes" in context


def test_options_of_other_prompts():
    assert split_options("Pick.\nA) one\nB) two\nC) three\nNow.")[1] == {
        "A": "one",
        "B": "two",
        "C": "three",
    }
    assert split_options("Write me a poem.") == ("Write me a poem.", {})
    assert split_options("A. is all there is")[1] == {}


def test_answers_are_a_function_of_model_seed_and_prompt():
    assert shares_of(CELL) == shares_of(CELL)
    assert shares_of(CELL, Mind("model", 1)) != shares_of(CELL)
    assert shares_of(CELL, Mind("other", 0)) != shares_of(CELL)
    assert sum(shares_of(CELL).values()) == pytest.approx(1.0)


def test_frame_persona_style_and_scenario_all_matter():
    others = [
        replace(CELL, frame="norm"),
        replace(CELL, persona=Persona("India", "older", "male")),
        replace(CELL, style="minimal_direct"),
        replace(CELL, situation="Something else."),
    ]
    plain = shares_of(CELL)["culture"]
    assert all(abs(shares_of(other)["culture"] - plain) > 0.001 for other in others)


def test_the_option_shown_first_is_favoured():
    effects = []
    for i in range(100):
        cell = replace(CELL, culture_action=f"Do {i}.", preference_action=f"Leave {i}.")
        first, second = (shares_of(replace(cell, option_order=o))["culture"] for o in ORDERS)
        effects.append(first - second)
    assert 0.02 < statistics.mean(effects) < 0.2


def test_paper_prompts_get_both_answers_as_json():
    prompt = render(replace(CELL, mode="paper"))
    answered = MIND.answer(prompt.messages, temperature=0.0, draw=None)
    assert answered.text in {
        f'{{"personal_choice": "{a}", "norm_judgment": "{b}"}}' for a, b in product("AB", "AB")
    }


def test_the_two_frames_of_a_paper_prompt_are_leanings_of_their_own():
    cells = [replace(CELL, mode="paper", culture_action=f"Do {i}.") for i in range(40)]
    texts = [MIND.answer(render(cell).messages, temperature=0.0, draw=None).text for cell in cells]
    assert {len(set(json.loads(text).values())) for text in texts} == {1, 2}


def test_temperature_draws_by_the_requests_seed():
    messages = render(CELL).messages
    texts = [MIND.answer(messages, temperature=1.0, draw=seed).text for seed in range(1000)]
    share = MIND.answer(messages, temperature=0.0, draw=None).shares["A"]
    assert texts.count("A") / 1000 == pytest.approx(share, abs=0.07)


def test_prompts_without_options_get_marked_text():
    answered = MIND.answer([{"role": "user", "content": "Tell me."}], temperature=0.0, draw=None)
    assert answered.text.startswith("Simulated text")
    assert answered.shares is None


def test_first_token_probabilities_are_spread_over_variants_and_add_up():
    tokens = dict(first_token_logprobs({"A": 0.75, "B": 0.25}, 20))
    assert sum(map(math.exp, tokens.values())) == pytest.approx(1.0)
    assert math.exp(tokens["A"]) + math.exp(tokens[" A"]) + math.exp(tokens["a"]) == pytest.approx(
        0.97 * 0.75
    )
    assert len(first_token_logprobs({"A": 0.75, "B": 0.25}, 3)) == 3
    assert first_token_logprobs({"A": 0.75, "B": 0.25}, 1)[0][0] == "A"


@pytest.mark.parametrize("style", STYLES)
def test_a_reason_follows_the_letter_where_the_prompt_asks_for_one(style):
    said = {}
    for mode in ("label", "rationale"):
        prompt = render(replace(CELL, style=style, mode=mode))
        said[mode] = MIND.answer(prompt.messages, temperature=0.0, draw=None)
    assert said["label"].text in ("A", "B")
    letter, reason = said["rationale"].text.split("\n")
    assert letter == max(said["rationale"].shares, key=said["rationale"].shares.get)
    assert reason.startswith("Simulated reason")
