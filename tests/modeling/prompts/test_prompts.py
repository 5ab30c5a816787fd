"""Prompts against stored texts, and the promises that hold over all styles."""

import shutil
from dataclasses import replace
from itertools import product
from pathlib import Path

import pytest

from modeling.prompts import (
    META_KEYS,
    MODES,
    ORDERS,
    STYLES,
    CellFields,
    Persona,
    prompt_version,
    render,
)
from modeling.prompts.rendering import FOLDER

GOLDEN = Path(__file__).parent / "golden"
PERSONA = Persona("United Kingdom", "older", "male")
CELL = CellFields(
    key="cell-1",
    item="jp-shoes|older|female",
    scenario_country="Japan",
    receiver_age="older",
    receiver_gender="female",
    situation="Kenji visits an older woman at home.\nShe points at a {shelf} & says: it cost $5.",
    culture_action="Take the shoes off at the door.",
    preference_action='Keep the "new" shoes on.',
)
ALL = list(product(STYLES, MODES))


def text_of(cell: CellFields) -> str:
    return "\n".join(f"<{m['role']}>\n{m['content']}" for m in render(cell).messages) + "\n"


@pytest.mark.parametrize(("style", "mode"), ALL)
@pytest.mark.parametrize("setting", ["no_persona", "persona"])
def test_prompt_is_the_stored_text(style, mode, setting):
    """A changed wording needs its golden file changed in the same commit."""
    persona = PERSONA if setting == "persona" else None
    frame, order = ("norm", "culture_first") if persona else ("personal", "preference_first")
    cell = replace(CELL, style=style, mode=mode, persona=persona, frame=frame, option_order=order)
    stored = (GOLDEN / f"{style}.{mode}.{setting}.txt").read_text(encoding="utf-8")
    assert text_of(cell) == stored


def test_no_golden_file_is_left_over():
    expected = {f"{s}.{m}.{p}.txt" for s, m in ALL for p in ("persona", "no_persona")}
    assert {path.name for path in GOLDEN.glob("*.txt")} == expected


@pytest.mark.parametrize(("style", "mode"), ALL)
def test_content_is_the_same_in_every_style(style, mode):
    text = text_of(replace(CELL, style=style, mode=mode, persona=PERSONA, frame="norm")).replace(
        '\\"', '"'
    )
    for part in (
        "Japan",
        "older woman",
        "Kenji visits an older woman at home. She points at a {shelf} & says: it cost $5.",
        "Take the shoes off at the door.",
        'Keep the "new" shoes on.',
        "United Kingdom",
        "What would most people in Japan consider appropriate in this situation?",
    ):
        assert part in text
    assert ("personal_choice" in text) == (mode == "paper")
    assert "$" not in text.replace("$5", "")


@pytest.mark.parametrize("style", STYLES)
def test_both_frames_are_worded_alike_in_label_and_paper(style):
    paper = text_of(replace(CELL, style=style, mode="paper"))
    for frame in ("personal", "norm"):
        label = text_of(replace(CELL, style=style, frame=frame))
        question = next(q for q in questions() if q in label)
        assert question in paper


def questions() -> list[str]:
    return [
        "What would you personally do if you were the person who has to decide here?",
        "What would most people in Japan consider appropriate in this situation?",
    ]


@pytest.mark.parametrize(("style", "mode"), ALL)
def test_order_swaps_the_options_and_nothing_before_them(style, mode):
    first, second = (render(replace(CELL, style=style, mode=mode, option_order=o)) for o in ORDERS)
    assert [label.code for label in first.labels] == ["culture", "preference"]
    assert [label.code for label in second.labels] == ["preference", "culture"]
    assert [label.letter for label in second.labels] == ["A", "B"]
    shared = shared_prefix(first, second)
    assert "consider appropriate" in shared or "person who has to decide" in shared


@pytest.mark.parametrize("style", STYLES)
def test_neighbours_share_their_prefix(style):
    """Sorted by persona then frame, a scenario and its persona are said before what differs."""
    cell = replace(CELL, style=style, persona=PERSONA)
    by_frame = shared_prefix(render(cell), render(replace(cell, frame="norm")))
    assert "United Kingdom" in by_frame
    other = replace(cell, persona=replace(PERSONA, country="India"))
    assert "it cost $5." in shared_prefix(render(cell), render(other))


def shared_prefix(one, other) -> str:
    left, right = ("\n".join(m["content"] for m in p.messages) for p in (one, other))
    length = next(
        (i for i, (a, b) in enumerate(zip(left, right, strict=False)) if a != b),
        min(len(left), len(right)),
    )
    return left[:length]


def test_prompt_carries_what_backends_need():
    prompt = render(replace(CELL, persona=PERSONA, frame="norm"))
    assert (prompt.key, prompt.mode, prompt.frames) == ("cell-1", "label", ("norm",))
    assert tuple(prompt.meta) == META_KEYS
    assert prompt.meta["persona_country"] == "United Kingdom"
    assert render(replace(CELL, mode="paper")).frames == ("personal", "norm")
    assert render(CELL).meta["persona_country"] == ""


def test_without_a_persona_nothing_is_said_about_the_respondent():
    for style, mode in ALL:
        text = text_of(replace(CELL, style=style, mode=mode)).lower()
        assert "profile" not in text
        assert "respondent" not in text
        assert "persona_" not in text


def test_versions_differ_between_styles_and_modes_and_follow_the_files(tmp_path, monkeypatch):
    versions = {prompt_version(style, mode) for style, mode in ALL}
    assert len(versions) == len(ALL)
    shutil.copytree(FOLDER, tmp_path / "templates")
    monkeypatch.setattr("modeling.prompts.rendering.FOLDER", tmp_path / "templates")
    prompt_version.cache_clear()
    before = prompt_version("survey_form", "label")
    assert before in versions
    wording = tmp_path / "templates" / "wording.json"
    wording.write_text(wording.read_text().replace("appropriate", "proper"))
    prompt_version.cache_clear()
    assert prompt_version("survey_form", "label") != before
    prompt_version.cache_clear()


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("frame", "norms", "frame is 'norms'; expected one of personal, norm"),
        ("style", "haiku", "style is 'haiku'"),
        ("mode", "json", "mode is 'json'"),
        ("option_order", "A_first", "option_order"),
        ("receiver_age", "old", "receiver_age"),
        ("situation", "Meet {receiver}.", "placeholder"),
        ("culture_action", "  ", "culture_action is empty"),
    ],
)
def test_bad_fields_are_named(field, value, words):
    with pytest.raises(ValueError, match=words.replace("{", r"\{")):
        replace(CELL, **{field: value})


def test_bad_personas_and_versions_are_named():
    with pytest.raises(ValueError, match="persona gender is 'f'"):
        Persona("India", "older", "f")
    with pytest.raises(ValueError, match="no prompt haiku/label"):
        prompt_version("haiku", "label")


@pytest.mark.parametrize(
    ("country", "place"),
    [
        ("United States", "the United States"),
        ("Namibia", "Namibia"),
        ("Netherlands", "the Netherlands"),
    ],
)
def test_places_read_as_english(country, place):
    text = text_of(replace(CELL, scenario_country=country, frame="norm", style="natural_paragraph"))
    assert f"takes place in {place}," in text
    assert f"most people in {place} consider" in text
