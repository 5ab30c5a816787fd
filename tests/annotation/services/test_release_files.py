"""A release as files: the same rows in every format, metadata that holds, and nothing half-written."""

import csv
import hashlib
import json
import zipfile

import pyarrow.parquet as pq
import pytest
from django.core.management import CommandError, call_command

from annotation.models import Dataset, ScenarioVersion
from annotation.services import screening_ledger as ledgers
from annotation.services.release_card import data_card
from annotation.services.release_croissant import CONFORMS_TO, CONTEXT
from annotation.services.release_files import export_release, name_of, zip_release
from annotation.services.release_tables import COLUMNS
from annotation.services.screening import review
from pact_site.base.errors import BadInput
from tests.annotation.makers import load_rows, own_row
from tests.annotation.screenings import make_screened, row_of
from tests.annotation.validating import make_scenarios

pytestmark = pytest.mark.django_db

FILES = {
    "README.md", "scenarios.csv", "scenarios.jsonl", "scenarios.parquet", "ledger.csv",
    "codebook.md", "LICENCE.md", "croissant.json", "manifest.json",
}  # fmt: skip
REQUIRED = ("@context", "@type", "conformsTo", "description", "license", "name", "url", "creator", "datePublished", "distribution")  # fmt: skip
"""What version 1.0 of the vocabulary requires of a data set."""


@pytest.fixture
def screening():
    return make_screened(make_scenarios(12), (0, 3))


@pytest.fixture
def release(screening):
    return ledgers.release_screening(screening=screening, note="Checked by two.")


def tables(folder):
    """The three tables as rows with None for what is empty."""
    with (folder / "scenarios.csv").open(encoding="utf-8", newline="") as stream:
        plain = [{k: v or None for k, v in row.items()} for row in csv.DictReader(stream)]
    lines = (folder / "scenarios.jsonl").read_text(encoding="utf-8").splitlines()
    return plain, [json.loads(x) for x in lines], pq.read_table(folder / "scenarios.parquet").to_pylist()  # fmt: skip


def test_every_format_has_the_same_rows(release, tmp_path):
    export_release(release, tmp_path / "out")
    plain, lines, columns = tables(tmp_path / "out")
    assert lines == columns
    assert plain == [{k: None if v is None else str(v) for k, v in row.items()} for row in lines]
    assert len(lines) == 10
    assert list(lines[0]) == list(COLUMNS)


@pytest.mark.parametrize("source_format", ["csv", "parquet", "jsonl"])
def test_countries_that_are_easily_lost_survive_every_format(source_format, tmp_path):
    """Namibia's code reads as missing to careless readers; the others get mixed up by name."""
    names = {
        "NA": "Namibia", "XK": "Kosovo", "PS": "Palestinian Territories", "HK": "Hong Kong",
        "TW": "Taiwan", "KR": "South Korea", "KP": "North Korea",
    }  # fmt: skip
    rows = [own_row(key=f"k-{code}", country=name) for code, name in names.items()]
    load_rows(tmp_path, rows, "csv")
    release = ledgers.release_dataset(dataset=Dataset.objects.get())
    export_release(release, tmp_path / "out")
    read = tables(tmp_path / "out")[("csv", "jsonl", "parquet").index(source_format)]
    assert {row["country_code"]: row["country"] for row in read} == names


def test_the_bundle_is_complete_and_every_hash_is_true(release, tmp_path):
    export_release(release, tmp_path / "out")
    assert {path.name for path in (tmp_path / "out").iterdir()} == FILES
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text())
    assert {f["name"] for f in manifest["files"]} == FILES - {"manifest.json"}
    for facts in manifest["files"]:
        content = (tmp_path / "out" / facts["name"]).read_bytes()
        assert hashlib.sha256(content).hexdigest() == facts["sha256"]
        assert len(content) == facts["bytes"]
    assert manifest["content_hash"] == release.content_hash
    assert manifest["screening"]["rule"]["kind"] == "judge"


def test_whoever_has_the_files_can_compute_the_releases_hash(release, tmp_path):
    export_release(release, tmp_path / "out")
    lines = (tmp_path / "out" / "scenarios.jsonl").read_text(encoding="utf-8").splitlines()
    named = sorted(f"{row['key']}:{row['content_hash']}" for row in map(json.loads, lines))
    assert hashlib.sha256("\n".join(named).encode()).hexdigest() == release.content_hash


def test_croissant_has_what_the_vocabulary_requires(release, tmp_path):
    export_release(release, tmp_path / "out", url="https://example.org/norms", creator="A lab")
    made = json.loads((tmp_path / "out" / "croissant.json").read_text())
    assert all(made[name] for name in REQUIRED)
    assert (made["@type"], made["conformsTo"]) == ("sc:Dataset", CONFORMS_TO)
    assert (made["url"], made["creator"]["name"]) == ("https://example.org/norms", "A lab")
    for name in made:
        if not name.startswith("@"):
            known = name in CONTEXT or name in SCHEMA_ORG
            assert known, f"{name} stands in no vocabulary"


SCHEMA_ORG = {
    "name", "description", "license", "url", "creator", "datePublished", "version", "inLanguage",
    "distribution",
}  # fmt: skip


def test_croissant_files_and_fields_lead_to_what_is_there(release, tmp_path):
    export_release(release, tmp_path / "out")
    made = json.loads((tmp_path / "out" / "croissant.json").read_text())
    files = {entry["@id"]: entry for entry in made["distribution"]}
    assert set(files) == FILES - {"croissant.json", "manifest.json"}
    for name, entry in files.items():
        content = (tmp_path / "out" / name).read_bytes()
        assert entry["@type"] == "cr:FileObject"
        assert entry["sha256"] == hashlib.sha256(content).hexdigest()
        assert entry["contentSize"] == f"{len(content)} B"
        assert entry["encodingFormat"]
    (records,) = made["recordSet"]
    schema = pq.read_schema(tmp_path / "out" / "scenarios.parquet")
    ids = [field["@id"] for field in records["field"]]
    assert len(set(ids)) == len(ids) == len(schema.names)
    assert records["key"]["@id"] in ids
    types = {"sc:Text": "string", "sc:Integer": "int64"}
    for field in records["field"]:
        column = field["source"]["extract"]["column"]
        assert field["source"]["fileObject"]["@id"] in files
        assert types[field["dataType"]] == str(schema.field(column).type)


def test_the_card_is_made_from_the_data(screening, tmp_path):
    for row in screening.screened.filter(to_check=True):
        review(screened=row, decision="remove" if row.flagged else "keep", reason="Unclear.")
    review(screened=row_of(screening, 1), decision="remove", reason="A slip.")
    release = ledgers.release_screening(screening=screening, note="Checked by two.")
    export_release(release, tmp_path / "out")
    card = (tmp_path / "out" / "README.md").read_text()
    assert "9 social scenarios" in card
    assert "SIMULATED" in card
    assert "| flagged | 2 | 2 | 0 | 2 | 0 |" in card
    assert "| not flagged | 10 | 3 | 1 | 1 | 9 |" in card
    assert "| false_removal_rate | 0.000 |" in card
    assert "| Namibia | 3 | 3 |" in card
    assert "| Sub-Saharan | 3 |" in card
    assert "Checked by two." in card
    assert "CC0" in card


def test_the_card_promises_no_preferences_that_are_not_written(tmp_path):
    dataset = make_scenarios(3)
    versions = ScenarioVersion.objects.filter(scenario__dataset=dataset).order_by("pk")
    unwritten = {"personal_preference": "", "culture_action": "", "preference_action": ""}
    versions.filter(pk=versions[0].pk).update(**unwritten)
    assert "in 2 of them a cultural expectation" in data_card(
        ledgers.release_dataset(dataset=dataset)
    )
    versions.update(**unwritten)
    card = data_card(ledgers.release_dataset(dataset=dataset))
    assert "3 norms with their stories, without preferences and actions so far." in card
    assert "two actions" not in card


def test_a_release_without_a_screening_says_so_and_has_no_ledger(tmp_path):
    release = ledgers.release_dataset(dataset=make_scenarios(4))
    export_release(release, tmp_path / "out")
    assert "was not screened" in (tmp_path / "out" / "README.md").read_text()
    assert not (tmp_path / "out" / "ledger.csv").exists()
    assert json.loads((tmp_path / "out" / "manifest.json").read_text())["screening"] is None


def test_the_same_release_gives_the_same_bytes(release, tmp_path):
    for name in ("one.zip", "two.zip"):
        zip_release(release, tmp_path / name)
    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "two.zip").read_bytes()
    with zipfile.ZipFile(tmp_path / "one.zip") as packed:
        assert {n.split("/")[1] for n in packed.namelist()} == FILES
        assert {n.split("/")[0] for n in packed.namelist()} == {name_of(release)}
    assert name_of(release) == "norms-release-1-SIMULATED"
    assert {path.name for path in tmp_path.iterdir()} == {"one.zip", "two.zip"}


def test_an_export_can_be_made_again_but_never_over_something_else(release, tmp_path):
    out = tmp_path / "out"
    export_release(release, out)
    (out / "mine.txt").write_text("stays only as long as the export")
    export_release(release, out)
    assert {path.name for path in out.iterdir()} == FILES
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "thesis.txt").write_text("precious")
    with pytest.raises(BadInput, match="holds something else"):
        export_release(release, tmp_path / "full")
    assert (tmp_path / "full" / "thesis.txt").exists()


def test_a_release_whose_rows_were_changed_is_not_exported(release, tmp_path):
    release.versions.filter(pk=release.versions.first().pk).update(content_hash="0" * 64)
    with pytest.raises(BadInput, match="not what was frozen"):
        export_release(release, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_the_scenarios_can_be_imported_again(release, tmp_path):
    export_release(release, tmp_path / "out")
    call_command(
        "import_scenarios", str(tmp_path / "out" / "scenarios.csv"), source_format="csv",
        dataset="again", licence="CC0",
    )  # fmt: skip
    assert Dataset.objects.get(slug="again").scenarios.count() == 10


def test_equal_scenarios_give_one_hash_wherever_they_are_released(tmp_path):
    rows = [own_row(key=f"k-{number}") for number in range(3)]
    for dataset in ("here", "there"):
        load_rows(tmp_path, rows, "csv", dataset=dataset)
    load_rows(tmp_path, rows[1:], "csv", dataset="less")
    hashes = {
        one.slug: ledgers.release_dataset(dataset=one).content_hash for one in Dataset.objects.all()
    }
    assert hashes["here"] == hashes["there"] != hashes["less"]


def test_the_command_writes_and_names_what_is_missing(release, tmp_path, capsys):
    call_command("export_release", dataset="norms", number=1, out=tmp_path / "out")
    said = capsys.readouterr().out
    assert "scenarios.csv" in said
    assert said.splitlines()[-1] == f"release: {tmp_path / 'out'}"
    for slug, number, words in (("other", 1, "norms"), ("norms", 7, "one of 1")):
        with pytest.raises(CommandError, match=words) as caught:
            call_command("export_release", dataset=slug, number=number, out=tmp_path / "no")
        assert caught.value.returncode == 2
    assert not (tmp_path / "no").exists()
