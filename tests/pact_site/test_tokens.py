"""The design tokens: enough contrast in both schemes, and one dark scheme written twice alike."""

import re
from itertools import pairwise
from pathlib import Path

import pytest

CSS = Path(__file__).resolve().parents[2] / "pact_site" / "static" / "pact"
BLOCK = re.compile(r"([^{}]+)\{([^{}]*)\}")
TOKEN = re.compile(r"--([\w-]+):\s*([^;]+);")
DARK_MEDIA = re.compile(r"@media \(prefers-color-scheme: dark\) \{(.*?\})\s*\}", re.S)
COLOUR = re.compile(r"(color-scheme: (light|dark)|--[\w-]+: .*(#[0-9a-f]{6}\b|rgb\().*)")

TEXT_ON = [
    *[(text, ground) for text in ("text", "muted", "accent", "accent-strong") for ground in ("bg", "surface", "surface-2")],
    *[(side, ground) for side in ("culture", "preference", "good", "warn", "bad", "accent") for ground in ("bg", "surface", f"{side}-soft")],
    *[("text", f"{side}-soft") for side in ("culture", "preference", "good", "warn", "bad", "accent")],
    *[(f"on-{side}", side) for side in ("culture", "preference", "accent", "bad")],
    ("on-accent", "accent-strong"),
]  # fmt: skip
SHAPES_ON = [
    ("line-strong", "surface"), ("line-strong", "bg"), ("focus", "bg"), ("focus", "surface"),
    ("culture", "surface"), ("preference", "surface"),
]  # fmt: skip


def schemes():
    """The tokens of each scheme: name to value."""
    css = re.sub(r"/\*.*?\*/", "", (CSS / "tokens.css").read_text(), flags=re.S)
    blocks = {
        " ".join(selector.split()): dict(TOKEN.findall(body))
        for selector, body in BLOCK.findall(css)
    }
    return (
        blocks[":root"],
        blocks[':root:not([data-theme="light"])'],
        blocks[':root[data-theme="dark"]'],
    )


LIGHT, DARK, CHOSEN_DARK = schemes()


def luminance(colour: str) -> float:
    """Relative luminance of #rrggbb, WCAG 2.2."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def fainter(scheme, pairs, least):
    """The pairs of tokens that stand out less from each other."""
    return [pair for pair in pairs if contrast(*(scheme[token] for token in pair)) < least]


def test_contrast_of_black_and_white_is_21():
    assert contrast("#ffffff", "#000000") == pytest.approx(21)


@pytest.mark.parametrize("scheme", [LIGHT, LIGHT | DARK], ids=["light", "dark"])
def test_text_can_be_read(scheme):
    assert not fainter(scheme, TEXT_ON, 4.5)


@pytest.mark.parametrize("scheme", [LIGHT, LIGHT | DARK], ids=["light", "dark"])
def test_shapes_can_be_seen(scheme):
    assert not fainter(scheme, SHAPES_ON, 3)


def test_the_two_dark_schemes_are_one():
    assert DARK == CHOSEN_DARK


def test_dark_changes_only_colours_that_light_has():
    assert DARK.keys() <= LIGHT.keys()


@pytest.mark.parametrize("sheet", sorted(path.name for path in CSS.glob("*.css")))
def test_sheets_use_only_tokens_that_exist(sheet):
    css = (CSS / sheet).read_text()
    own = {name for name, _ in TOKEN.findall(css)}
    used = set(re.findall(r"var\(--([\w-]+)", css))
    assert used <= own | LIGHT.keys()


def test_dark_changes_colours_alone():
    """So that browser tests need not look at everything but the colours in both schemes."""
    told = []
    for sheet in CSS.glob("*.css"):
        css = re.sub(r"/\*.*?\*/", "", sheet.read_text(), flags=re.S)
        blocks = [block for part in DARK_MEDIA.findall(css) for block in BLOCK.findall(part)]
        blocks += [block for block in BLOCK.findall(css) if 'data-theme="dark"' in block[0]]
        told += [line.strip() for _, body in blocks for line in body.split(";") if line.strip()]
    assert len(told) > 2 * len(DARK)
    assert [line for line in told if not COLOUR.fullmatch(line)] == []


@pytest.mark.parametrize("sheet", ["base.css", "components.css", "welcome.css"])
def test_sheets_name_no_colour_of_their_own(sheet):
    css = (
        (CSS / sheet)
        .read_text()
        .replace("background: #ffffff;", "", 1 if sheet == "components.css" else 0)
    )
    assert not re.findall(r"#[0-9a-fA-F]{3,8}\b", css)


def simulated_without(kind: str, colour: str) -> tuple[float, float, float]:
    """Linear RGB as a dichromat sees it. Matrices: Viénot, Brettel and Mollon 1999, in linear RGB."""
    r, g, b = ((int(colour[at : at + 2], 16) / 255) ** 2.2 for at in (1, 3, 5))
    if kind == "protanopia":
        return 0.112 * r + 0.888 * g, 0.112 * r + 0.888 * g, 0.004 * r - 0.004 * g + b
    return 0.293 * r + 0.707 * g, 0.293 * r + 0.707 * g, -0.021 * r + 0.021 * g + b


@pytest.mark.parametrize("scheme", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize("kind", ["protanopia", "deuteranopia"])
def test_the_two_sides_differ_without_colour_vision(scheme, kind):
    """Blue keeps its blue, orange has none left: the blue share separates them clearly."""
    culture, preference = (
        simulated_without(kind, scheme[side]) for side in ("culture", "preference")
    )
    share = [rgb[2] / sum(rgb) for rgb in (culture, preference)]
    assert share[0] - share[1] > 0.2


def test_type_grows_step_by_step():
    steps = [LIGHT[f"text-{name}"] for name in ("xs", "sm", "md", "lg", "xl", "2xl")]
    assert all(
        float(a.removesuffix("rem")) < float(b.removesuffix("rem")) for a, b in pairwise(steps)
    )
