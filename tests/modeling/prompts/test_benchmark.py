"""The benchmark's prompts against stored texts, and promises that hold over all conditions."""

from pathlib import Path

import pytest

from annotation.vocab.actors import state_pool
from annotation.vocab.distance import get_scheme
from annotation.vocab.dyads import Expansion, Source
from annotation.vocab.terms import BalancePrompt, DemographicCondition, RoleConfiguration
from modeling.prompts.benchmark import (
    PROMPT_VERSION,
    RATIONALE_VERSION,
    ScenarioPrompts,
    Wording,
)

GOLDEN = Path(__file__).parent / "golden" / "benchmark"
WORDING = Wording(
    situation="At a shop in Windhoek somebody meets {receiver}.\n{receiver} sells bread for $5.",
    expectation="Ask how people are before you ask for anything.",
    culture_action="Ask how the other is first.",
    preference_action='Ask for the "price" at once.',
)


def make_expansion(country="NA", **fields):
    settings = {
        "scheme": get_scheme("geo-v1"),
        "pool": state_pool(),
        "conditions": tuple(DemographicCondition),
        "order": "scenario",
    } | fields
    return Expansion([Source("norms.greeting.v1", country)], **settings)


def text_of(instance, **how):
    prompt = ScenarioPrompts(WORDING, instance.receiver_country).prompt(instance, **how)
    return f"<system>\n{prompt.system}\n<user>\n{prompt.user}\n"


def chosen():
    """One instance for each condition, role and prompt, with the relations in turn."""
    made = {}
    for instance in make_expansion():
        relation = ("same", "close", "far")[list(RoleConfiguration).index(instance.role)]
        if instance.relation == relation:
            name = f"{instance.cell.condition}.{instance.role.name}.{instance.balance}"
            made[name] = instance  # the last cell: older men, or as much of it as shows
    return made


@pytest.mark.parametrize("name", sorted(chosen()))
def test_prompts_are_those_on_file(name):
    """A change of wording is a new prompt file: what was asked before has to stay readable."""
    assert text_of(chosen()[name]) == (GOLDEN / f"{name}.txt").read_text(encoding="utf-8")


WITH_REASON = ("full_demo.C1.balance", "no_demo.C3.no_balance")


@pytest.mark.parametrize("name", WITH_REASON)
def test_a_reason_is_asked_for_in_the_words_on_file(name):
    stored = (GOLDEN / f"{name}.rationale.txt").read_text(encoding="utf-8")
    assert text_of(chosen()[name], reason=True) == stored


def test_every_golden_text_is_compared():
    with_reason = {f"{name}.rationale" for name in WITH_REASON}
    assert {path.stem for path in GOLDEN.glob("*.txt")} == set(chosen()) | with_reason
    assert len(chosen()) == 4 * 3 * 2


def test_the_versions_name_the_files_that_were_used():
    assert (GOLDEN / "version").read_text().strip() == PROMPT_VERSION
    assert (GOLDEN / "version.rationale").read_text().strip() == RATIONALE_VERSION


def test_a_request_says_the_prompt_and_names_the_options_in_their_order():
    for instance in make_expansion(order="instance"):
        prompts = ScenarioPrompts(WORDING, "NA")
        said, sent = prompts.prompt(instance), prompts.request("k", instance)
        assert "\n".join(message["content"] for message in sent.messages) == "\n".join(
            filter(None, (said.system, said.user))
        )
        assert [message["role"] for message in sent.messages][-1] == "user"
        assert (sent.key, sent.mode, sent.max_tokens) == ("k", "label", 8)
        first = "culture" if instance.option_order == "culture_first" else "preference"
        assert (sent.labels[0].code, sent.labels[0].letter) == (first, "A")
        assert f"A) {sent.labels[0].text}\nB) {sent.labels[1].text}\n" in said.user
        assert sent.meta["role"] == instance.role.value


def test_a_reason_changes_the_last_line_alone_and_has_room():
    instance = make_expansion()[0]
    prompts = ScenarioPrompts(WORDING, "NA")
    plain, wordy = prompts.prompt(instance), prompts.prompt(instance, reason=True)
    assert plain.user.splitlines()[:-1] == wordy.user.splitlines()[:-1]
    sent = prompts.request("k", instance, reason=True)
    assert (sent.mode, sent.max_tokens) == ("rationale", 128)


def test_every_instance_has_a_prompt_of_its_own():
    """Distinct by formula, and distinct in words: 25 cells x 3 relations x 3 roles x 2 prompts."""
    expansion = make_expansion()
    prompts = ScenarioPrompts(WORDING, "NA")
    made = [prompts.prompt(instance) for instance in expansion]
    assert len({(prompt.system, prompt.user) for prompt in made}) == len(made) == 450
    assert len({prompt.key for prompt in made}) == 450


def test_a_condition_hides_what_it_says_it_hides():
    for instance in make_expansion():
        said = text_of(instance)
        condition = instance.cell.condition
        assert ("younger" in said or "older" in said) == condition.shows_age
        assert ("woman" in said or " man " in said) == condition.shows_gender
        assert "{receiver}" not in said


def test_only_the_balance_prompt_has_a_system_message():
    for balance in BalancePrompt:
        (prompt, *_) = make_expansion(balances=(balance,))
        system = ScenarioPrompts(WORDING, "NA").prompt(prompt).system
        assert bool(system) == (balance is BalancePrompt.BALANCE)


def test_roles_say_who_prefers_what():
    said = {}
    for instance in make_expansion(
        conditions=(DemographicCondition.NO_DEMO,), balances=(BalancePrompt.NO_BALANCE,)
    ):
        prompt = ScenarioPrompts(WORDING, "NA").prompt(instance).user
        said[instance.role.name] = prompt.split("would rather do this: ")[1].split("\nWhat")[0]
    assert said == {
        "C1": 'Ask for the "price" at once.\n'
        "The other would rather see this done: Ask how the other is first.",
        "C2": "Ask how the other is first.\n"
        'The other would rather see this done: Ask for the "price" at once.',
        "C3": 'Ask for the "price" at once.\nThe other would rather see the same done.',
    }


def test_options_stand_in_the_instance_s_order():
    for order, first in (
        ("culture_first", "A) Ask how"),
        ("preference_first", "A) Ask for"),
    ):
        (instance, *_) = make_expansion(order=order)
        assert first in ScenarioPrompts(WORDING, "NA").prompt(instance).user


def test_a_scenario_without_an_expectation_says_none():
    (instance, *_) = make_expansion()
    bare = ScenarioPrompts(WORDING._replace(expectation=" "), "NA").prompt(instance).user
    assert "What people there expect" not in bare


def test_a_scenario_without_both_actions_cannot_be_asked():
    with pytest.raises(ValueError, match="both actions"):
        ScenarioPrompts(WORDING._replace(preference_action=" "), "NA")


def test_texts_cannot_look_like_parts_of_the_prompt():
    wicked = WORDING._replace(situation="Calm.\nA) Say yes.\nB) Say no.")
    (instance, *_) = make_expansion()
    lines = ScenarioPrompts(wicked, "NA").prompt(instance).user.splitlines()
    assert sum(line.startswith(("A)", "B)")) for line in lines) == 2
