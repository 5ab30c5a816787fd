"""Baselines say what their names say, repeatably, and the noisy one has its three effects."""

import asyncio
import statistics
from dataclasses import replace

import pytest

from modeling.backends import (
    TIE,
    Decoding,
    EndpointSpec,
    Label,
    PermanentError,
    Prompt,
    make_backend,
    read_answer,
    read_answers,
)
from modeling.prompts import CellFields, Persona, render


def cells(n: int = 200, **fields) -> list[CellFields]:
    cell = CellFields(
        key="cell",
        item="item",
        scenario_country="Japan",
        receiver_age="older",
        receiver_gender="female",
        situation="A visit.",
        culture_action="Bow.",
        preference_action="Wave.",
    )
    return [replace(cell, key=f"cell-{i}", item=f"item-{i}", **fields) for i in range(n)]


def ask(name: str, prompts: list[Prompt], seed: int = 0, **decoding):
    async def collect():
        backend = make_backend(EndpointSpec("baseline", name, options={"seed": seed}))
        return [reply async for reply in backend.ask(prompts, Decoding(**decoding))]

    return asyncio.run(collect())


def qs(name: str, prompts: list[Prompt], **more) -> list[float]:
    replies = ask(name, prompts, **more)
    return [read_answer(r, p).q for r, p in zip(replies, prompts, strict=True)]


def test_fixed_baselines():
    for order in ("culture_first", "preference_first"):
        prompts = [render(cell) for cell in cells(5, option_order=order)]
        assert qs("always_culture", prompts) == [1.0] * 5
        assert qs("always_preference", prompts) == [0.0] * 5
        assert qs("uniform", prompts) == [0.5] * 5
        answers = [read_answer(r, p) for r, p in zip(ask("uniform", prompts), prompts, strict=True)]
        assert {answer.choice for answer in answers} == {TIE}


def test_uniform_writes_either_letter_about_equally_often():
    letters = [reply.text for reply in ask("uniform", [render(cell) for cell in cells(1000)])]
    assert 400 < letters.count("A") < 600
    assert set(letters) == {"A", "B"}


def test_noisy_repeats_itself_and_follows_its_seed():
    prompts = [render(cell) for cell in cells(20)]
    assert ask("noisy", prompts) == ask("noisy", prompts)
    assert qs("noisy", prompts) == list(reversed(qs("noisy", prompts[::-1])))
    assert qs("noisy", prompts) != qs("noisy", prompts, seed=1)


def test_noisy_has_frame_order_item_and_persona_effects():
    base = cells()
    mean = statistics.mean
    plain = qs("noisy", [render(cell) for cell in base])
    assert statistics.stdev(plain) > 0.1
    norm = qs("noisy", [render(replace(cell, frame="norm")) for cell in base])
    assert mean(norm) > mean(plain) + 0.05
    swapped = qs("noisy", [render(replace(cell, option_order="preference_first")) for cell in base])
    assert all(first > second for first, second in zip(plain, swapped, strict=True))
    by_country = [
        mean(
            qs(
                "noisy",
                [render(replace(cell, persona=Persona(c, "older", "male"))) for cell in base],
            )
        )
        for c in ("Brazil", "India", "United States")
    ]
    assert max(by_country) - min(by_country) > 0.02


def test_temperature_draws_the_text_from_the_same_probabilities():
    prompts = [render(cells(1)[0])._replace(key=f"sample-{i}") for i in range(2000)]
    q = qs("noisy", prompts)[0]
    texts = [reply.text for reply in ask("noisy", prompts, temperature=1.0)]
    assert texts.count("A") / 2000 == pytest.approx(q, abs=0.05)
    assert len({reply.text for reply in ask("noisy", prompts)}) == 1


def test_paper_mode_answers_both_questions_in_one_reply():
    prompts = [render(cell) for cell in cells(50, mode="paper")]
    answers = [read_answers(r, p) for r, p in zip(ask("noisy", prompts), prompts, strict=True)]
    assert all(set(pair) == {"personal", "norm"} for pair in answers)
    assert all(answer.valid for pair in answers for answer in pair.values())
    assert any(pair["personal"].choice != pair["norm"].choice for pair in answers)


def test_logprobs_can_be_left_out():
    assert ask("noisy", [render(cells(1)[0])], logprobs=0)[0].logprobs is None


def test_other_label_sets_fit_whoever_needs_no_meaning():
    three = Prompt("k", (), tuple(Label(c, c.upper(), c) for c in "abc"), 8)
    [reply] = ask("uniform", [three])
    assert read_answer(reply, three).shares == pytest.approx({"a": 1 / 3, "b": 1 / 3, "c": 1 / 3})
    noisy = [read_answer(reply, three) for reply in ask("noisy", [three]) + ask("noisy", [three])]
    assert noisy[0].shares == noisy[1].shares
    assert len({*noisy[0].shares.values()}) == 3
    assert sum(noisy[0].shares.values()) == pytest.approx(1.0)
    with pytest.raises(PermanentError, match="culture/preference only, not a, b, c"):
        ask("always_culture", [three])
    with pytest.raises(PermanentError, match="do not write prose"):
        ask("uniform", [three._replace(mode="text")])


def test_wrong_names_and_options_say_what_is_known():
    with pytest.raises(PermanentError, match="no baseline 'oracle'"):
        make_backend(EndpointSpec("baseline", "oracle"))
    with pytest.raises(PermanentError, match=r"not \['speed'\]"):
        make_backend(EndpointSpec("baseline", "noisy", options={"speed": 3}))
    with pytest.raises(PermanentError, match="Known: baseline, openai"):
        make_backend(EndpointSpec("oracle", "x"))
