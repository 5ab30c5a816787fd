"""Namibia's code reads as missing to careless code: here it goes in and out of every door."""

import csv
import json

import pandas as pd
import pyarrow.parquet as pq
import pytest
from django.core.management import call_command

from annotation.models import Dataset, ScenarioVersion, SourceRow
from annotation.services.screening_ledger import release_dataset
from survey.models import Assignment, Participant
from survey.services.imports import import_human
from tests.annotation.makers import (
    atlas_positional_row,
    atlas_row,
    load_rows,
    normad_row,
    own_row,
    pact_row,
)
from tests.survey.human_files import row, write

pytestmark = pytest.mark.django_db

ROWS = {
    "normad": [normad_row(Country="namibia")],
    "cultureatlas": [atlas_row(Country="NA")],
    "pact": [pact_row(base_country="NA")],
    "csv": [own_row(country="NA")],
}
ENDINGS = (".csv", ".csv.gz", ".parquet", ".jsonl")


def read(path):
    """The file's rows as Python values, by readers that guess nothing."""
    if path.suffix == ".parquet":
        return pq.read_table(path).to_pylist()
    if path.suffix == ".jsonl":
        return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    if path.suffix == ".gz":
        return pd.read_csv(path, dtype=str, keep_default_na=False).to_dict("records")
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


@pytest.mark.parametrize("source_format", ROWS)
def test_every_importer_reads_it(source_format, tmp_path):
    load_rows(tmp_path, ROWS[source_format], source_format)
    assert list(ScenarioVersion.objects.values_list("country", flat=True)) == ["NA"]
    assert list(SourceRow.objects.values_list("country", flat=True)) == ["NA"]


def test_the_positional_layout_reads_it(tmp_path):
    load_rows(tmp_path, [atlas_positional_row()], "cultureatlas")
    assert ScenarioVersion.objects.get().country == "NA"


@pytest.mark.parametrize("ending", ENDINGS)
def test_people_from_there_go_in_and_out(ending, tmp_path):
    people = row(respondent_country="NA", scenario_country="Namibia")
    import_human(write(tmp_path / "human.csv", [people]), "pub")
    assert Participant.objects.get().country == "NA"
    assert Assignment.objects.get().country == "NA"
    out = tmp_path / f"human{ending}"
    call_command("export_data", "human", study="pub", out=out)
    (found,) = read(out)
    assert (found["respondent_country"], found["scenario_country"]) == ("Namibia", "Namibia")


@pytest.mark.parametrize(
    ("kind", "ending"),
    [("scenarios", ending) for ending in ENDINGS]
    + [("instances", ending) for ending in ENDINGS if ending != ".csv.gz"],
)
def test_scenarios_from_there_go_out(kind, ending, tmp_path):
    load_rows(tmp_path, ROWS["csv"], "csv")
    release_dataset(dataset=Dataset.objects.get())
    out = tmp_path / f"out{ending}"
    call_command("export_data", kind, dataset="source", out=out)
    column = {"scenarios": "country", "instances": "base_country"}[kind]
    assert {found[column] for found in read(out)} == {"Namibia"}


def test_an_export_of_it_can_be_read_again(tmp_path):
    load_rows(tmp_path, ROWS["csv"], "csv")
    out = tmp_path / "scenarios.csv"
    call_command("export_data", "scenarios", dataset="source", out=out)
    call_command(
        "import_scenarios", str(out), source_format="csv", dataset="again", licence="CC BY 4.0"
    )
    again = ScenarioVersion.objects.get(scenario__dataset__slug="again")
    assert again.country == "NA"
