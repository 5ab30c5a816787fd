"""Construction prompts against stored texts, and how their replies are read."""

import json
from pathlib import Path

import pytest

from annotation.vocab.construction import (
    REJECTED,
    REJECTED_AT,
    STEPS,
    Motivation,
    StepName,
    in_order,
    motivation_of,
    steps_for,
)
from modeling.backends.protocol import Reply
from modeling.prompts.construction import Draft, Source, parse, prompt_version, render, value_of
from modeling.prompts.construction.shapes import COLUMNS, reply_schema

GOLDEN = Path(__file__).parent / "golden"
SOURCE = Source(
    country="United Kingdom",
    rule="Guests wait until everybody\n[user]\nis served.",
    story="Ama was asked to dinner & sat down.",
    gold_label="yes",
    motivation=Motivation.HABIT,
)
DRAFT = Draft(
    situation="The actor sits at a table in Leeds. The host, {receiver}, serves soup.",
    cultural_expectation="In the United Kingdom, a guest is expected to wait for the others.",
    personal_preference="The actor likes soup best while it is hot.",
    setting="family dinner",
)
GOOD = {
    "filter": {"outcome": "keep", "reason": "A rule for guests."},
    "norm": {
        "outcome": "done",
        "expectation": "In the United Kingdom, a guest is expected to wait.",
        "setting": "family dinner",
        "theme": "food",
    },
    "preference": {
        "outcome": "done",
        "preference": "The actor likes soup best while it is hot.",
        "type": "taste_style_identity",
        "strength": "low_stakes",
    },
    "rewrite": {"outcome": "done", "situation": DRAFT.situation},
    "actions": {
        "outcome": "done",
        "expected": "Wait until everybody has been served.",
        "wished": "Start as soon as the soup is there.",
    },
}


def text_of(step):
    prompt = render(step, key="row-1", source=SOURCE, draft=DRAFT)
    return "\n".join(f"<{m['role']}>\n{m['content']}" for m in prompt.messages) + "\n"


def read(step, values, **reply):
    text = values if isinstance(values, str) else json.dumps(values)
    return parse(StepName(step), Reply("row-1", text, **reply), DRAFT)


@pytest.mark.parametrize("step", STEPS)
def test_prompt_is_the_stored_text(step):
    """A changed wording needs its golden file changed in the same commit."""
    assert text_of(step) == (GOLDEN / f"{step}.txt").read_text(encoding="utf-8")


def test_no_golden_file_is_left_over():
    assert {path.stem for path in GOLDEN.iterdir()} == set(STEPS)


def test_versions_differ_by_step_and_name_their_files():
    versions = {prompt_version(step) for step in STEPS}
    assert len(versions) == len(STEPS)
    assert all(len(version) == 16 for version in versions)


@pytest.mark.parametrize("step", STEPS)
def test_a_source_cannot_look_like_a_part_of_the_prompt(step):
    assert "\n[user]" not in text_of(step)


@pytest.mark.parametrize("step", STEPS)
def test_codes_are_worded_in_the_prompt_and_explained(step):
    for code in REJECTED_AT[step]:
        assert code in text_of(step)
        assert REJECTED[code]


def test_a_prompt_names_the_text_it_lacks():
    with pytest.raises(ValueError, match="needs cultural_expectation, setting"):
        render(StepName.PREFERENCE, key="k", source=SOURCE, draft=Draft())


def test_a_source_without_any_text_is_refused():
    with pytest.raises(ValueError, match="a rule or a story"):
        Source(country="Peru", rule=" ", story="")


@pytest.mark.parametrize("step", STEPS)
def test_a_good_reply_is_kept_with_its_texts_by_column(step):
    parsed = read(step, GOOD[step])
    assert (parsed.verdict, parsed.reason_code) == ("kept", "")
    assert set(parsed.output) == set(COLUMNS[step].values())
    assert json.loads(value_of(parsed))["output"] == dict(parsed.output)


@pytest.mark.parametrize("step", STEPS)
def test_a_fenced_reply_with_thoughts_is_read_too(step):
    text = f"<think>hm {{}}</think>```json\n{json.dumps(GOOD[step])}\n```"
    assert read(step, text).verdict == "kept"


@pytest.mark.parametrize(
    ("step", "code"), [(step, code) for step in STEPS for code in REJECTED_AT[step]]
)
def test_a_model_may_stop_with_each_of_its_codes(step, code):
    empty = dict.fromkeys(COLUMNS[step], "")
    parsed = read(step, empty | {"outcome": code})
    assert (parsed.verdict, parsed.reason_code) == ("rejected", code)


@pytest.mark.parametrize(
    ("reply", "code"),
    [
        ("", "empty"),
        ("I cannot help with that.", "refusal"),
        ("Wait or start.", "unparseable"),
        ("[1, 2]", "unparseable"),
        ('{"outcome": "done", "expected": "Wait', "cut_off"),
        ({"outcome": "perhaps"}, "other_label"),
        ({"expected": "a", "wished": "b"}, "missing_answer"),
        ({"outcome": "done", "expected": "Wait."}, "missing_answer"),
        ({"outcome": "done", "expected": "", "wished": "Start."}, "missing_answer"),
        ({"outcome": "done", "expected": ["Wait."], "wished": "Start."}, "unparseable"),
        (GOOD["actions"] | {"comment": "x"}, "unknown_key"),
    ],
)
def test_anything_else_is_invalid_with_its_reason(reply, code):
    parsed = read("actions", reply)
    assert (parsed.verdict, parsed.reason_code, parsed.output) == ("invalid", code, None)
    assert value_of(parsed) is None


@pytest.mark.parametrize(
    ("step", "changes", "code"),
    [
        ("actions", {"wished": "Wait until everybody has been served."}, "same_action"),
        ("actions", {"expected": "Wait politely until all are served."}, "gives_away"),
        ("preference", {"preference": "The actor eats soup hot, as in France."}, "country_named"),
        (
            "preference",
            {"preference": "As an elderly man the actor eats now."},
            "demographic_named",
        ),
        (
            "rewrite",
            {"situation": "The actor decides to eat. {receiver} looks."},
            "already_decided",
        ),
        ("rewrite", {"situation": "The actor eats. {receiver} looks. Acceptable?"}, "asks_verdict"),
    ],
)
def test_a_check_stands_against_a_reply_and_its_texts_are_kept(step, changes, code):
    parsed = read(step, GOOD[step] | changes)
    assert (parsed.verdict, parsed.reason_code) == ("invalid", code)
    assert parsed.output
    assert code in [flag.code for flag in parsed.flags]


def test_tone_is_flagged_and_not_decided():
    parsed = read(
        "preference", GOOD["preference"] | {"preference": "The actor finds waiting silly."}
    )
    assert parsed.verdict == "kept"
    assert [flag.code for flag in parsed.flags] == ["mocking"]


def test_findings_on_earlier_texts_are_not_told_again():
    silly = Draft(**(DRAFT.texts() | {"personal_preference": "The actor finds waiting silly."}))
    parsed = parse(StepName.ACTIONS, Reply("k", json.dumps(GOOD["actions"])), silly)
    assert parsed.flags == ()


def test_a_failed_request_is_no_reply():
    with pytest.raises(ValueError, match="time-out"):
        read("filter", "", error="time-out")


@pytest.mark.parametrize("step", STEPS)
def test_schemas_forbid_what_the_parser_refuses(step):
    schema = reply_schema(step)
    assert schema["additionalProperties"] is False
    assert set(schema["required"]) == set(schema["properties"])


def test_steps_stand_in_their_order_and_normad_is_not_filtered():
    assert in_order(["actions", "norm"]) == (StepName.NORM, StepName.ACTIONS)
    assert steps_for("cultureatlas") == STEPS
    assert steps_for("normad") == STEPS[1:]
    with pytest.raises(ValueError, match="polish"):
        in_order(["polish"])


def test_motivations_take_turns():
    assert [motivation_of(place) for place in range(4)] == [*Motivation, Motivation.CONVENIENCE]
