"""The documented table is the one that is read, and its example imports."""

import re
from pathlib import Path

import pytest

from annotation.models import Scenario
from annotation.services.construction_overview import UNREADABLE
from annotation.services.importers import FORMATS
from annotation.services.importers.scenario_csv import ScenarioCsvImporter
from annotation.vocab.construction import REJECTED, REJECTED_AT
from annotation.vocab.terms import PreferenceStrength, PreferenceType, Theme
from annotation.vocab.wording_checks import CHECKS
from modeling.backends import INVALID_REASONS
from tests.annotation.makers import CC_BY, load

DOCS = Path(__file__).resolve().parents[2] / "docs"
PAGE = (DOCS / "reference" / "scenario-csv.md").read_text(encoding="utf-8")


def test_every_column_and_term_is_documented():
    columns = set(re.findall(r"`(\w+)`", "\n".join(re.findall(r"(?m)^\| (`[^|]*`) \|", PAGE))))
    layout = ScenarioCsvImporter.layout
    assert columns == {*layout.required, *layout.optional}
    for terms in (Theme, PreferenceType, PreferenceStrength):
        assert f"| may be empty | {', '.join(terms)} |" in PAGE


def test_every_format_is_documented():
    how_to = (DOCS / "how-to" / "import-scenarios.md").read_text(encoding="utf-8")
    assert set(re.findall(r"(?m)^\| `(\w+)` \|", how_to)) == set(FORMATS)


@pytest.mark.django_db
def test_the_example_imports(tmp_path):
    [example] = re.findall(r"```csv\n(.*?)```", PAGE, flags=re.DOTALL)
    path = tmp_path / "example.csv"
    path.write_text(example, encoding="utf-8")
    load(path, "csv", licence=CC_BY)
    assert Scenario.objects.get().versions.get().is_askable


def test_every_reason_code_is_documented_with_what_follows():
    page = (DOCS / "reference" / "reason-codes.md").read_text(encoding="utf-8")
    rows = dict(re.findall(r"(?m)^\| `(\w+)` \| (.*) \|$", page))
    assert set(rows) == {*REJECTED, *UNREADABLE, *CHECKS}
    for code, (follows, sentence) in CHECKS.items():
        assert rows[code] == f"{follows} | {sentence}"
    for step, codes in REJECTED_AT.items():
        assert all(step in rows[code].split(" | ")[0].split(", ") for code in codes)
    for code, sentence in {**REJECTED, **UNREADABLE}.items():
        assert rows[code].endswith(sentence)


def test_every_way_of_not_being_read_has_a_sentence():
    """The parser gives the codes of every other answer, and one of its own."""
    assert set(UNREADABLE) == {*INVALID_REASONS, "unknown_key"}
