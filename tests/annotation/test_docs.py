"""The documented table is the one that is read, and its example imports."""

import re
from pathlib import Path

import pytest

from annotation.models import Scenario
from annotation.services.importers import FORMATS
from annotation.services.importers.scenario_csv import ScenarioCsvImporter
from annotation.vocab.terms import PreferenceStrength, PreferenceType, Theme
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
