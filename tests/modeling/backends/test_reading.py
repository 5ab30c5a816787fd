"""The parser: what it reads, and above all what it refuses to read."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modeling.backends import INVALID_REASONS, TIE, Label, Prompt, Reply, read_answer, read_answers
from modeling.backends.reading import label_masses

LABELS = (
    Label("culture", "A", "Take the shoes off."),
    Label("preference", "B", "Keep the shoes on."),
)
LABEL = Prompt("k", (), LABELS, 8, "label", ("norm",))
SWAPPED = Prompt(
    "k",
    (),
    (Label("preference", "A", "Keep."), Label("culture", "B", "Take.")),
    8,
    "label",
    ("norm",),
)
PAPER = Prompt("k", (), LABELS, 64, "paper", ("personal", "norm"))


def read(text: str, finish: str = "stop", prompt: Prompt = LABEL, **more):
    return read_answer(Reply("k", text, finish_reason=finish, **more), prompt)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("A", "culture"),
        (" A", "culture"),
        ("a", "culture"),
        ("(B)", "preference"),
        ("B.", "preference"),
        ("[b]", "preference"),
        ("**A**", "culture"),
        ('"B"', "preference"),
        ("Answer: B", "preference"),
        ("The answer is (A).", "culture"),
        ("I would choose B", "preference"),
        ("Option A", "culture"),
        ("A. It is what one does there.", "culture"),
        ("B\n\nBecause I like them.", "preference"),
        ("(A) Take the shoes off.", "culture"),
        ("take the shoes off", "culture"),
        ("I would “Keep the shoes on.”", "preference"),
        ('{"answer": "A"}', "culture"),
        ('{"norm_judgment":"B"}', "preference"),
        ('{"choice": "Keep the shoes on."}', "preference"),
        ('```json\n{"choice": "(b)"}\n```', "preference"),
        ("<think>B? No, B is rude. </think>\n\nA", "culture"),
        ("so B is rude.</think>A", "culture"),
        ("A\n<think>Was B better?</think>", "culture"),
        ("A\n<think>Was B", "culture"),
    ],
)
def test_explicit_answers_are_read(text, code):
    answer = read(text)
    assert (answer.choice, answer.written, answer.invalid_reason) == (code, code, "")
    assert answer.q == float(code == "culture")
    assert answer.invalid_mass is None


@pytest.mark.parametrize(
    ("text", "finish", "reason"),
    [
        ("", "stop", "empty"),
        (" \n", "stop", "empty"),
        ("", "length", "cut_off"),
        ("<think>A is better, so", "length", "cut_off"),
        ("<think>A</think>", "stop", "empty"),
        ("<think>A", "stop", "empty"),
        ("C", "stop", "other_label"),
        ('{"answer": "D"}', "stop", "other_label"),
        ("I'm sorry, but I can't answer that.", "stop", "refusal"),
        ("As an AI language model I have no shoes.", "stop", "refusal"),
        ("A", "content_filter", "refusal"),
        ("A or B", "stop", "unparseable"),
        ("A person would take them off.", "stop", "unparseable"),
        ("It depends on the host.", "stop", "unparseable"),
        ("It depends on the", "length", "cut_off"),
        ("Take the sho", "length", "cut_off"),
        ("A. B would be rude, though A is tiring.", "stop", "ambiguous"),
        ("A) Keep the shoes on.", "stop", "ambiguous"),
        ('"Keep the shoes on." or "Take the shoes off."', "stop", "ambiguous"),
        ('{"answer":"A","choice":"B"}', "stop", "ambiguous"),
        ('{"answer":"A"', "length", "cut_off"),
        ('{"answer":"A","answer":"B"}', "stop", "unparseable"),
        ('{"answer": 1}', "stop", "unparseable"),
        ('{"a":' * 100_000, "length", "cut_off"),
        ("hm, " * 50_000, "length", "cut_off"),
        ('{"answer": null}', "stop", "missing_answer"),
        ('{"verdict": "A"}', "stop", "missing_answer"),
    ],
)
def test_everything_else_is_invalid_with_its_reason_and_text(text, finish, reason):
    answer = read(text, finish)
    assert (answer.choice, answer.q, answer.invalid_reason) == (None, None, reason)
    assert answer.text == text
    assert reason in INVALID_REASONS
    assert not answer.valid


def test_answer_in_the_reasoning_field_is_not_taken():
    answer = read("", reasoning="The answer is A")
    assert answer.invalid_reason == "reasoning_only"
    assert answer.text == "The answer is A"


def test_letters_follow_the_shown_order():
    assert read("A", prompt=SWAPPED).choice == "preference"
    assert read("A", prompt=SWAPPED).q == 0.0


def test_probabilities_sum_the_variants_of_each_letter():
    """By hand: A .30 + .10 + .05 + .05 + .02 = .52, B .20 + .08 = .28, so q = .52 / .80."""
    masses = {
        "A": 0.30,
        " A": 0.10,
        "a": 0.05,
        "ĠA": 0.05,
        "▁a": 0.02,
        "B": 0.20,
        "Ġb": 0.08,
        "The": 0.1,
    }
    answer = read("A", logprobs={token: math.log(p) for token, p in masses.items()})
    assert answer.q == pytest.approx(0.52 / 0.80)
    assert answer.shares == pytest.approx({"culture": 0.65, "preference": 0.35})
    assert answer.invalid_mass == pytest.approx(0.20)
    assert (answer.choice, answer.written) == ("culture", "culture")


def test_probabilities_choose_and_the_written_answer_is_kept_beside_them():
    answer = read("B", logprobs={"A": math.log(0.6), "B": math.log(0.4)})
    assert (answer.choice, answer.written) == ("culture", "preference")


def test_equal_probabilities_are_a_tie_and_not_a_side():
    answer = read("A", logprobs={"A": math.log(0.5), "B": math.log(0.5)})
    assert (answer.choice, answer.q) == (TIE, 0.5)


def test_mostly_invalid_mass_lets_the_text_decide():
    logprobs = {"I": math.log(0.9), "A": math.log(0.06), "B": math.log(0.01)}
    refused = read("I cannot answer", logprobs=logprobs)
    assert (refused.choice, refused.q, refused.invalid_reason) == (None, None, "refusal")
    assert refused.invalid_mass == pytest.approx(0.93)
    answered = read("I choose B", logprobs=logprobs)
    assert (answered.choice, answered.q) == ("preference", 0.0)
    assert answered.invalid_mass == pytest.approx(0.93)


@pytest.mark.parametrize("bad", [math.nan, math.inf, 0.5])
def test_values_that_are_no_log_probabilities_are_not_used(bad):
    assert label_masses({"A": bad, "B": -1.0}, LABELS) is None
    answer = read("B", logprobs={"A": bad, "B": -1.0})
    assert (answer.choice, answer.q, answer.invalid_mass) == ("preference", 0.0, None)


def test_impossible_tokens_carry_no_mass():
    assert label_masses({"A": -math.inf, "B": 0.0}, LABELS) == {"culture": 0.0, "preference": 1.0}


def paper(text: str, finish: str = "stop") -> dict[str, tuple[str | None, str]]:
    answers = read_answers(Reply("k", text, finish_reason=finish), PAPER)
    assert all(answer.text == text for answer in answers.values())
    return {frame: (answer.choice, answer.invalid_reason) for frame, answer in answers.items()}


def test_paper_reply_fills_two_cells():
    text = '```json\n{"personal_choice": "B", "norm_judgment": "A"}\n```'
    assert paper(text) == {"personal": ("preference", ""), "norm": ("culture", "")}


def test_paper_json_may_stand_after_words():
    text = 'Here you go: {"personal_choice":"B","norm_judgment":"B"}'
    assert paper(text) == {"personal": ("preference", ""), "norm": ("preference", "")}


@pytest.mark.parametrize(
    ("text", "personal", "norm"),
    [
        ('{"personal_choice":"B"}', ("preference", ""), (None, "missing_answer")),
        ('{"personal_choice":"X","norm_judgment":"A"}', (None, "other_label"), ("culture", "")),
        ("I'm sorry, no.", (None, "refusal"), (None, "refusal")),
        ("A", (None, "unparseable"), (None, "unparseable")),
        ('{"personal_choice":"B","norm_j', (None, "cut_off"), (None, "cut_off")),
    ],
)
def test_paper_answers_are_invalid_each_by_itself(text, personal, norm):
    assert paper(text) == {"personal": personal, "norm": norm}


def test_failed_requests_are_not_answers():
    with pytest.raises(ValueError, match="holds no answer: HTTP 500"):
        read_answer(Reply("k", error="HTTP 500"), LABEL)
    with pytest.raises(ValueError, match="read_answers"):
        read_answer(Reply("k", "A"), PAPER)


def test_label_prompts_are_read_by_both_functions_alike():
    reply = Reply("k", "A")
    assert read_answers(reply, LABEL) == {"norm": read_answer(reply, LABEL)}


@given(st.text(max_size=60), st.sampled_from(["stop", "length", None]))
def test_any_text_is_a_choice_or_a_known_reason(text, finish):
    for answer in [
        read(text, finish),
        *read_answers(Reply("k", text, finish_reason=finish), PAPER).values(),
    ]:
        assert (answer.choice is None) == (answer.invalid_reason in INVALID_REASONS)
        assert (answer.q is None) == (answer.choice is None)


@given(st.text(alphabet="ABab(){}[].:\"'*_ \n,IC", max_size=25))
def test_swapping_the_options_swaps_the_choice(text):
    """Nothing in the parser knows which option is culture."""
    flipped = Prompt(
        "k",
        (),
        (Label("preference", "A", LABELS[0].text), Label("culture", "B", LABELS[1].text)),
        8,
    )
    one, other = read(text), read(text, prompt=flipped)
    swap = {"culture": "preference", "preference": "culture", None: None}
    assert other.choice == swap[one.choice]
    assert other.invalid_reason == one.invalid_reason


WITH_REASON = LABEL._replace(mode="rationale")


@pytest.mark.parametrize(
    ("text", "code", "reason"),
    [
        ("A\nThe host expects it.", "culture", "The host expects it."),
        ("B\n\nReason: B is kinder than A here.", "preference", "B is kinder than A here."),
        ("(A) Guests do so there.", "culture", "Guests do so there."),
        ("A. Guests do so there.", "culture", "Guests do so there."),
        ("**B** - Their feet are cold.", "preference", "Their feet are cold."),
        ("Answer: B. It is their choice.", "preference", "It is their choice."),
        ("a: because A is polite\nand B is not", "culture", "because A is polite\nand B is not"),
        ("A", "culture", ""),
        ("Take the shoes off.", "culture", ""),
        ('{"answer": "A", "reason": "It is the custom."}', "culture", "It is the custom."),
        ('{"answer": "A", "reason": 3}', "culture", ""),
        ("<think>B?</think>A\nIt is the custom.", "culture", "It is the custom."),
    ],
)
def test_a_letter_and_its_reason_are_told_apart(text, code, reason):
    answer = read(text, prompt=WITH_REASON)
    assert (answer.choice, answer.rationale, answer.text) == (code, reason, text)


@pytest.mark.parametrize(
    ("text", "finish", "reason"),
    [
        ("A guest should take the shoes off, so it seems.", "stop", "unparseable"),
        ("A guest should take the", "length", "cut_off"),
        ("C", "stop", "other_label"),
        ("I'm sorry, I cannot choose.", "stop", "refusal"),
        ("", "stop", "empty"),
    ],
)
def test_a_reason_without_a_letter_is_no_answer(text, finish, reason):
    answer = read(text, finish, prompt=WITH_REASON)
    assert (answer.choice, answer.invalid_reason, answer.rationale) == (None, reason, "")


def test_a_reason_cut_off_at_the_limit_is_kept_and_the_letter_counts():
    answer = read("B\nTheir feet are", "length", prompt=WITH_REASON)
    assert (answer.choice, answer.rationale) == ("preference", "Their feet are")


def test_probabilities_come_from_the_first_token_whatever_the_reason_says():
    logprobs = {"A": math.log(0.6), "B": math.log(0.3)}
    answer = read("A\nB is better.", prompt=WITH_REASON, logprobs=logprobs)
    assert answer.q == pytest.approx(2 / 3)
    assert (answer.choice, answer.rationale) == ("culture", "B is better.")


def test_without_the_mode_there_is_no_reason():
    assert read("A. Guests do so there.").rationale is None
