"""Tables of indicators: read with every problem named, stored whole, used in reports, deleted."""

import csv

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.urls import reverse
from rest_framework.test import APIClient

from analysis.frames.indicators import get_indicators
from analysis.models import IndicatorTable
from analysis.reports.book import read_book
from analysis.reports.options import Options
from analysis.reports.service import build_report, file_of, folder_of
from analysis.services.indicators import SAMPLE, read_indicators, store_indicators
from annotation.vocab.countries import all_countries
from pact_site.base.errors import BadInput
from pact_site.base.models import AuditEvent
from tests.analysis import cast
from tests.analysis.specs import check_specs

pytestmark = pytest.mark.django_db

GOOD = "country,rice,tea\nBrazil,3.5,1\nIN,2,\nNA,0,4\n"
TOLD = {"source": "A made-up yearbook", "licence": "CC0"}
SETTINGS = {"cohort": None, "replicates": 50, "seed": 1, "level": 0.95}


@pytest.fixture
def write(tmp_path):
    def made(text, name="figures.csv"):
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return path

    return made


@pytest.fixture
def table(write):
    return store_indicators(path=write(GOOD), slug="figures", name="Figures", **TOLD)


def test_namibia_is_a_country_and_an_empty_cell_a_missing_value(table):
    assert get_indicators("figures").values == {
        "rice": {"Brazil": 3.5, "India": 2.0, "Namibia": 0.0},
        "tea": {"Brazil": 1.0, "Namibia": 4.0},
    }
    assert table.indicators == ["rice", "tea"]
    assert AuditEvent.objects.filter(verb="indicators.stored").count() == 1


@pytest.mark.parametrize(
    ("text", "row", "column", "words"),
    [
        ("country,x\nAtlantis,1\n", 2, "country", "Unknown country"),
        ("country,x\nBrazil,1\nBR,2\n", 3, "country", "row 2 already"),
        ("country,x\nBrazil,many\n", 2, "x", "cannot be read"),
        ("country,x\nBrazil,nan\n", 2, "x", "not finite"),
        ("country,x\nBrazil,inf\n", 2, "x", "not finite"),
        ("country,x\n,1\n", 2, "country", "empty"),
        ("country\nBrazil\n", 1, None, "number of indicators"),
        ("country,x\nBrazil,\n", None, None, "no value"),
        ("country,x,x\nBrazil,1,2\n", 1, "x", "twice"),
        ("land,x\nBrazil,1\n", 1, "country", "lacks country"),
    ],
)
def test_what_is_wrong_is_named_by_file_row_and_column(write, text, row, column, words):
    with pytest.raises(BadInput, match=words) as error:
        read_indicators(write(text))
    assert (error.value.file, error.value.row, error.value.column) == ("figures.csv", row, column)


def test_a_table_is_stored_whole_or_not_at_all(write, table):
    with pytest.raises(BadInput, match="of that slug"):
        store_indicators(path=write(GOOD), slug="figures", name="", **TOLD)
    with pytest.raises(BadInput, match="licence is missing"):
        store_indicators(path=write(GOOD), slug="other", name="", source="x", licence=" ")
    with pytest.raises(BadInput, match="slug cannot"):
        store_indicators(path=write(GOOD), slug="no spaces", name="", **TOLD)
    assert IndicatorTable.objects.count() == 1


def test_the_bundled_table_is_that_of_the_countries():
    with SAMPLE.open(encoding="utf-8", newline="") as stream:
        rows = {r["country"]: r for r in csv.DictReader(stream)}
    known = {c.iso2: c.lat for c in all_countries() if c.lat is not None}
    assert {code: float(row["capital_latitude"]) for code, row in rows.items()} == known
    for row in rows.values():
        assert float(row["capital_distance_from_equator"]) == abs(float(row["capital_latitude"]))
    assert read_indicators(SAMPLE).countries == len(known)


def test_the_command_stores_prints_and_refuses(capsys, write):
    call_command("import_indicators", "--sample", "--slug", "north")
    assert capsys.readouterr().out.splitlines()[-1] == "indicators: north"
    call_command("import_indicators", str(write(GOOD, "My Figures.csv")), source="x", licence="CC0")
    assert IndicatorTable.objects.filter(slug="my-figures").exists()
    for arguments in ((), (str(write("country,x\nAtlantis,1\n")), "--source=x", "--licence=y")):
        with pytest.raises(CommandError) as error:
            call_command("import_indicators", *arguments)
        assert error.value.returncode == 2


def test_a_report_lays_the_table_beside_countries(table):
    study = cast.make_study(per_country=1, scenarios=1)
    report = build_report(kind="human", study=study.slug, indicators="figures", **SETTINGS)
    book = read_book(file_of(report, "estimates.csv"))
    mine = [e for e in book.all("human", "indicator_r") if e.group["by"] == "participant_country"]
    assert {e.group["indicator"] for e in mine} == {"rice", "tea"}
    assert {(e.n_items, e.value) for e in mine if e.group["indicator"] == "rice"} == {(3, None)}
    points = file_of(report, "tables/indicator-points.csv").read_text()
    assert "Namibia" in points
    html = file_of(report, "report.html").read_text()
    assert "A made-up yearbook" in html
    assert any(name.startswith("indicator") for name in check_specs(folder_of(report)))
    assert build_report(kind="human", study=study.slug, **SETTINGS).pk != report.pk


def test_an_unknown_table_and_one_for_a_validation_are_refused():
    study = cast.make_study(per_country=1, scenarios=1)
    with pytest.raises(BadInput, match="no such table"):
        build_report(kind="human", study=study.slug, indicators="nothing", **SETTINGS)
    with pytest.raises(BadInput, match="no rates by country"):
        Options("validation", "x", indicators="figures")


def test_pages_upload_list_and_delete_after_a_question(client, researcher, annotator):
    client.force_login(annotator)
    assert client.get(reverse("analysis:indicator_list")).status_code == 403
    client.force_login(researcher)
    assert "No table yet" in client.get(reverse("analysis:indicator_list")).content.decode()
    new = reverse("analysis:indicator_new")
    fields = {"name": "Figures", "slug": "figures", **TOLD}
    bad = SimpleUploadedFile("bad.csv", b"country,x\nBrazil,1\nAtlantis,2\n")
    answer = client.post(new, {**fields, "file": bad})
    assert answer.status_code == 400
    assert "bad.csv, row 3" in answer.content.decode()
    good = SimpleUploadedFile("good.csv", GOOD.encode())
    assert client.post(new, {**fields, "file": good}).status_code == 302
    page = client.get(reverse("analysis:indicator_list")).content.decode()
    assert "A made-up yearbook" in page
    assert "3 countries" in page
    delete = reverse("analysis:indicator_delete", args=["figures"])
    assert "Delete Figures?" in client.get(delete).content.decode()
    assert IndicatorTable.objects.count() == 1
    client.post(delete)
    assert IndicatorTable.objects.count() == 0
    assert AuditEvent.objects.filter(verb="indicators.deleted").count() == 1


def test_rest_uploads_shows_and_deletes(researcher):
    api = APIClient()
    api.force_authenticate(researcher)

    def upload(text, slug="figures"):
        file = SimpleUploadedFile("figures.csv", text.encode())
        fields = {"slug": slug, "name": "Figures", "file": file, **TOLD}
        return api.post("/api/indicators/", fields, format="multipart")

    made = upload(GOOD)
    assert (made.status_code, made.json()["values"]["tea"]) == (201, {"BR": 1.0, "NA": 4.0})
    wrong = upload("country,x\nAtlantis,1\n", "other")
    assert wrong.status_code == 400
    assert "row 2" in wrong.json()["file"][0]
    assert upload(GOOD).status_code == 400
    assert [row["slug"] for row in api.get("/api/indicators/").json()["results"]] == ["figures"]
    assert api.delete("/api/indicators/figures/").status_code == 204
    assert not IndicatorTable.objects.exists()
