"""An import writes once, adds versions for changed rows, and nothing where a row is bad."""

import pytest

from annotation.models import Dataset, Scenario, ScenarioVersion, SourceRow
from annotation.services import imports, scenarios
from annotation.services.importers import FORMATS
from pact_site.base.errors import BadInput
from pact_site.base.models import AuditEvent
from tests.annotation.makers import (
    ROW_MAKERS,
    atlas_row,
    load,
    load_rows,
    normad_row,
    own_row,
    pact_row,
    write_rows,
)

pytestmark = pytest.mark.django_db

TABLES = (Dataset, SourceRow, Scenario, ScenarioVersion, AuditEvent)


def sizes():
    return [table.objects.count() for table in TABLES]


def versions(key):
    return list(ScenarioVersion.objects.filter(scenario__key=key).order_by("number"))


@pytest.mark.parametrize("source_format", FORMATS)
def test_import_stores_dataset_row_scenario_version_and_audit(tmp_path, source_format, researcher):
    report = load_rows(tmp_path, [ROW_MAKERS[source_format]()], source_format, actor=researcher)
    assert (report.read, report.kept, report.stored.added) == (1, 1, 1)
    assert sizes() == [1, 1, 1, 1, 1]
    dataset, row = Dataset.objects.get(), SourceRow.objects.get()
    assert (dataset.source_format, report.licence) == (source_format, dataset.licence)
    assert dataset.licence_url.startswith("https://creativecommons.org/")
    assert (row.file_name, row.row_number) == (f"{source_format}.csv", 2)
    assert Scenario.objects.get().source_row == row
    assert ScenarioVersion.objects.get().created_by == researcher
    event = AuditEvent.objects.get()
    assert (event.verb, event.actor) == ("scenarios.imported", researcher)
    assert event.detail["kept"] == 1


@pytest.mark.parametrize("source_format", FORMATS)
def test_the_same_file_again_adds_nothing(tmp_path, source_format):
    rows = [ROW_MAKERS[source_format]()]
    load_rows(tmp_path, rows, source_format)
    before = sizes()[:-1]
    report = load_rows(tmp_path, rows, source_format)
    assert (report.stored.added, report.stored.revised, report.stored.unchanged) == (0, 0, 1)
    assert sizes()[:-1] == before


def test_own_table_without_licence_again_keeps_the_datasets(tmp_path):
    load_rows(tmp_path, [own_row()], "csv")
    assert load_rows(tmp_path, [own_row()], "csv", licence="").licence == "CC BY 4.0"


def test_changed_row_adds_a_version_and_keeps_the_old_source_row(tmp_path):
    load_rows(tmp_path, [normad_row(), normad_row(ID="8")])
    changed = normad_row(Story="Mona arrived empty-handed. Is what Mona did acceptable?")
    report = load_rows(tmp_path, [changed, normad_row(ID="8")])
    assert (report.stored.added, report.stored.revised, report.stored.unchanged) == (0, 1, 1)
    first, second = versions("normad-7")
    assert (first.situation, second.situation) == (normad_row()["Story"], changed["Story"])
    assert second.scenario.source_row.cells["Story"] == changed["Story"]
    assert SourceRow.objects.filter(source_id="7").count() == 2


def test_row_changed_back_is_a_third_version(tmp_path):
    for story in ("First.", "Second.", "First.", "First."):
        load_rows(tmp_path, [normad_row(Story=story)])
    assert [v.situation for v in versions("normad-7")] == ["First.", "Second.", "First."]
    assert SourceRow.objects.count() == 2


def test_changed_label_changes_the_source_row_but_not_the_wording(tmp_path):
    load_rows(tmp_path, [normad_row()])
    report = load_rows(tmp_path, [normad_row(**{"Gold Label": "no"})])
    assert report.stored.revised == 0
    assert len(versions("normad-7")) == 1
    assert Scenario.objects.get().source_row.gold_label == "no"


def test_what_people_edited_stays_when_the_same_file_comes_again(tmp_path):
    load_rows(tmp_path, [normad_row()])
    [first] = versions("normad-7")
    ScenarioVersion.objects.create(
        scenario=first.scenario, number=2, country="EG", situation="Edited.", content_hash="x"
    )
    load_rows(tmp_path, [normad_row()])
    assert [v.situation for v in versions("normad-7")][-1] == "Edited."


def test_order_of_rows_does_not_matter(tmp_path):
    rows = [normad_row(ID=str(n), Story=f"Story {n}.") for n in range(5)]
    load_rows(tmp_path, rows)
    report = load_rows(tmp_path, rows[::-1])
    assert report.stored.unchanged == 5
    assert sizes()[1] == 5


def test_import_in_many_chunks_equals_import_in_one(tmp_path, monkeypatch):
    monkeypatch.setattr(scenarios, "CHUNK", 3)
    rows = [normad_row(ID=str(n), Story=f"Story {n}.") for n in range(10)]
    load_rows(tmp_path, rows[:4])
    report = load_rows(tmp_path, rows)
    assert (report.stored.added, report.stored.unchanged) == (6, 4)
    stories = {v.scenario.key: v.situation for v in ScenarioVersion.objects.all()}
    assert stories == {f"normad-{n}": f"Story {n}." for n in range(10)}


@pytest.mark.parametrize("source_format", FORMATS)
def test_a_bad_last_row_leaves_the_database_as_it_was(tmp_path, source_format):
    load_rows(tmp_path, [ROW_MAKERS[source_format]()], source_format)
    before = sizes()
    country = {"cultureatlas": "Country", "normad": "Country", "pact": "base_country"}
    ids = {"normad": "ID", "pact": "pact_item_id", "csv": "key", "cultureatlas": "Assertion"}
    rows = [ROW_MAKERS[source_format](**{ids[source_format]: str(n)}) for n in range(600)]
    rows[-1][country.get(source_format, "country")] = "Utopia"
    with pytest.raises(BadInput, match="row 601"):
        load_rows(tmp_path, rows, source_format)
    assert sizes() == before


def test_dry_run_reports_and_writes_nothing(tmp_path):
    report = load_rows(tmp_path, [normad_row()], dry_run=True)
    assert (report.stored.added, report.dry_run) == (1, True)
    assert "nothing was written" in list(report.lines())[-1]
    assert sizes() == [0, 0, 0, 0, 0]


def test_namibia_survives_as_code_and_as_name(tmp_path):
    rows = [own_row(), own_row(key="b", country="Namibia"), own_row(key="c", country="NAM")]
    load_rows(tmp_path, rows, "csv")
    assert set(ScenarioVersion.objects.values_list("country", flat=True)) == {"NA"}
    assert set(SourceRow.objects.values_list("country", flat=True)) == {"NA"}


def test_neutral_rows_can_be_added_later(tmp_path):
    rows = [normad_row(), normad_row(ID="8", **{"Gold Label": "neutral"})]
    assert dict(load_rows(tmp_path, rows).labels) == {"yes": 1}
    report = load_rows(tmp_path, rows, include_neutral=True)
    assert (report.stored.added, report.stored.unchanged) == (1, 1)


def test_report_counts_by_reason_and_label(tmp_path):
    labels = ("yes", "no", "neutral", "neutral")
    rows = [normad_row(ID=str(n), **{"Gold Label": label}) for n, label in enumerate(labels)]
    lines = list(load_rows(tmp_path, rows).lines())
    assert "read: 4" in lines
    assert "kept: 2 (no 1, yes 1)" in lines
    assert any(line.startswith("skipped: 2 (neutral label") for line in lines)


# what is wrong, arguments, the argument to blame, words of the message
BAD_ARGUMENTS = [
    ("a format nobody knows", {"source_format": "xml"}, None, "normad, cultureatlas"),
    ("a slug with a space", {"dataset": "my data"}, "dataset", "hyphens"),
    ("a slug too long", {"dataset": "x" * 51}, "dataset", "50"),
    ("no slug", {"dataset": ""}, "dataset", "letters"),
    ("another licence", {"licence": "MIT"}, "licence", "CC BY 4.0, or none"),
]


@pytest.mark.parametrize(
    ("options", "argument", "words"),
    [b[1:] for b in BAD_ARGUMENTS],
    ids=[b[0] for b in BAD_ARGUMENTS],
)
def test_bad_argument_is_named(tmp_path, options, argument, words):
    path = write_rows(tmp_path / "rows.csv", [normad_row()])
    with pytest.raises(BadInput) as caught:
        load(path, **options)
    assert words in str(caught.value)
    assert getattr(caught.value, "argument", None) == argument
    assert sizes() == [0, 0, 0, 0, 0]


def test_own_table_needs_a_licence(tmp_path):
    with pytest.raises(BadInput, match="names no licence"):
        load_rows(tmp_path, [own_row()], "csv", licence="")


def test_release_of_an_unknown_source_needs_a_licence(tmp_path):
    rows = [pact_row(dataset="elsewhere")]
    with pytest.raises(BadInput, match="names no licence"):
        load_rows(tmp_path, rows, "pact")
    assert load_rows(tmp_path, rows, "pact", licence="CC0 1.0").licence == "CC0 1.0"


def test_dataset_holds_one_format(tmp_path):
    load_rows(tmp_path, [normad_row()])
    with pytest.raises(BadInput, match="another format"):
        load_rows(tmp_path, [atlas_row()], "cultureatlas")


def test_dataset_holds_one_version_of_a_source(tmp_path):
    load_rows(tmp_path, [normad_row(ID="2630", Country="portugal")])
    with pytest.raises(BadInput, match="another version") as caught:
        load_rows(tmp_path, [normad_row(ID="2630", Country="syria")])
    assert (caught.value.found, caught.value.expected.split(",")[0]) == ("v2", "v1")
    report = load_rows(tmp_path, [normad_row(ID="2")])
    assert report.version == "v1"


def test_dataset_holds_one_licence(tmp_path):
    load_rows(tmp_path, [own_row()], "csv")
    with pytest.raises(BadInput, match="another licence"):
        load_rows(tmp_path, [own_row()], "csv", licence="CC0 1.0")


def test_rows_staged_on_disk_are_written_as_those_in_memory(tmp_path, monkeypatch):
    rows = [normad_row(ID=str(n), Story=f"Story {n}.") for n in range(10)]
    load_rows(tmp_path, rows)
    monkeypatch.setattr(imports, "STAGED_IN_MEMORY", 100)
    report = load_rows(tmp_path, rows, dataset="again")
    assert report.stored.added == 10
    hashes = ScenarioVersion.objects.order_by("scenario_id").values_list("content_hash", flat=True)
    of = [list(hashes.filter(scenario__dataset__slug=slug)) for slug in ("source", "again")]
    assert of[0] == of[1]
    assert not list(imports.scratch_folder().iterdir())
