"""Counts, the newest versions, and an export that can be read back."""

import csv
import io

import pytest

from annotation.models import Dataset, ScenarioVersion
from annotation.services import datasets
from tests.annotation.makers import load, load_rows, normad_row, own_row

pytestmark = pytest.mark.django_db


def exported(dataset):
    stream = io.StringIO()
    datasets.export_csv(stream, datasets.current_versions(dataset))
    return stream.getvalue()


def test_current_versions_are_the_newest_of_each_scenario(tmp_path):
    load_rows(tmp_path, [normad_row(Story="Old."), normad_row(ID="8")])
    load_rows(tmp_path, [normad_row(Story="New."), normad_row(ID="8")])
    current = datasets.current_versions(Dataset.objects.get())
    assert {(v.scenario.key, v.number) for v in current} == {("normad-7", 2), ("normad-8", 1)}


def test_current_versions_are_of_this_dataset_only(tmp_path):
    load_rows(tmp_path, [normad_row()])
    load_rows(tmp_path, [normad_row()], dataset="another")
    assert datasets.current_versions(Dataset.objects.get(slug="another")).count() == 1


def test_summary_counts_by_everything(tmp_path):
    rows = [
        own_row(),
        own_row(key="b", country="BR", theme="", culture_action="", preference_action=""),
    ]
    load_rows(tmp_path, [*rows, own_row(key="c", country="BR")], "csv")
    summary = datasets.summary(Dataset.objects.get())
    assert (summary.scenarios, summary.askable) == (3, 2)
    assert list(summary.by_country.items()) == [("Brazil", 2), ("Namibia", 1)]
    assert summary.by_theme == {"greetings": 2, "": 1}
    assert summary.by_gold_label == {"": 3}


def test_sizes_count_scenarios_and_countries_once(tmp_path):
    load_rows(tmp_path, [normad_row(Story="Old."), normad_row(ID="8", Country="india")])
    load_rows(tmp_path, [normad_row(Story="New."), normad_row(ID="8", Country="india")])
    [dataset] = datasets.with_sizes()
    assert (dataset.scenario_count, dataset.country_count) == (2, 2)


def test_export_carries_licence_source_and_full_country_names(tmp_path):
    load_rows(tmp_path, [normad_row(Country="namibia")])
    [row] = csv.DictReader(io.StringIO(exported(Dataset.objects.get())))
    assert row["country"] == "Namibia"
    assert (row["source_id"], row["gold_label"], row["version"]) == ("7", "yes", "1")
    assert (row["licence"], row["licence_url"][:26]) == ("CC BY 4.0", "https://creativecommons.or")
    assert "Rao" in row["attribution"]


def test_export_is_the_documented_table_and_reads_back_equal(tmp_path):
    formula = "=HYPERLINK(1) is what the sign says."
    rows = [own_row(), own_row(key="b", situation=formula, norm_basis='Two\nlines, "quoted"')]
    load_rows(tmp_path, rows, "csv")
    text = exported(Dataset.objects.get(slug="source"))
    assert "\nb,Namibia,'=HYPERLINK" in text
    path = tmp_path / "again.csv"
    path.write_text(text, encoding="utf-8", newline="")
    load(path, "csv", "again", licence="CC BY 4.0")
    hashes = ScenarioVersion.objects.order_by("scenario__key").values_list(
        "content_hash", flat=True
    )
    of = {slug: list(hashes.filter(scenario__dataset__slug=slug)) for slug in ("source", "again")}
    assert of["source"] == of["again"]
    assert ScenarioVersion.objects.filter(situation=formula).count() == 2
