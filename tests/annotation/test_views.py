"""Datasets in the browser: who may see them, what they show, and uploads that go wrong."""

import csv
import io

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from annotation import forms
from annotation.models import Dataset, Scenario
from annotation.services.schemes import REGION, copy_scheme, edit_scheme
from tests.annotation.makers import CC_BY, load_rows, normad_row, own_row, write_rows

pytestmark = pytest.mark.django_db

SCRIPT = "<script>alert(1)</script>"


@pytest.fixture
def dataset(tmp_path):
    rows = [
        normad_row(ID="1", Country="namibia", Story="Mona brought a gift to the host."),
        normad_row(ID="2", Country="egypt", Subaxis="eating", **{"Gold Label": "no"}),
        normad_row(ID="3", Country="egypt", Subaxis="toasting", Story=f"Omar raised {SCRIPT}."),
    ]
    load_rows(tmp_path, rows)
    return Dataset.objects.get()


def pages():
    scenario = Scenario.objects.first()
    return [
        reverse("annotation:dataset_list"),
        reverse("annotation:dataset_import"),
        reverse("annotation:dataset_detail", args=["source"]),
        reverse("annotation:dataset_csv", args=["source"]),
        reverse("annotation:scenario_detail", args=["source", scenario.pk]),
    ]


def browse(client, **query):
    return client.get(reverse("annotation:dataset_detail", args=["source"]), query)


def shown(response):
    return [version.scenario.key for version in response.context["page"]]


def upload(client, content, **fields):
    given = {
        "file": SimpleUploadedFile("rows.csv", content),
        "source_format": "csv",
        "dataset": "mine",
        "licence": CC_BY,
    }
    return client.post(reverse("annotation:dataset_import"), given | fields)


def table(tmp_path, *rows):
    return write_rows(tmp_path / "upload.csv", rows).read_bytes()


def test_researchers_and_administrators_see_every_page(dataset, client, researcher, administrator):
    for user in (researcher, administrator):
        client.force_login(user)
        assert [client.get(page).status_code for page in pages()] == [200] * 5


def test_annotators_are_refused_and_visitors_sent_to_sign_in(dataset, client, annotator):
    for page in pages():
        response = client.get(page)
        assert response.status_code == 302
        assert response["Location"].startswith(reverse("account_login"))
    client.force_login(annotator)
    assert [client.get(page).status_code for page in pages()] == [403] * 5
    assert upload(client, b"key\n").status_code == 403


def test_pages_other_than_import_take_no_posts(dataset, client, researcher):
    client.force_login(researcher)
    answers = {page: client.post(page).status_code for page in pages()}
    assert answers.pop(reverse("annotation:dataset_import")) == 422
    assert set(answers.values()) == {405}


def test_unknown_dataset_and_scenario_of_another_dataset_are_not_found(
    dataset, client, researcher, tmp_path
):
    client.force_login(researcher)
    load_rows(tmp_path, [own_row()], "csv", dataset="other")
    foreign = Scenario.objects.get(dataset__slug="other")
    assert client.get(reverse("annotation:dataset_detail", args=["nowhere"])).status_code == 404
    page = reverse("annotation:scenario_detail", args=["source", foreign.pk])
    assert client.get(page).status_code == 404


def test_empty_install_offers_the_import(client, researcher):
    client.force_login(researcher)
    page = client.get(reverse("annotation:dataset_list")).content.decode()
    assert "No dataset yet" in page
    assert reverse("annotation:dataset_import") in page


def test_dataset_page_shows_counts_and_licence(dataset, client, researcher):
    client.force_login(researcher)
    page = browse(client).content.decode()
    assert 'rel="license">CC BY 4.0</a>' in page
    assert "Rao" in page
    assert "Namibia (1)" in page
    assert "Egypt (2)" in page
    assert SCRIPT not in page
    assert "&lt;script&gt;" in page


@pytest.mark.parametrize(
    ("query", "keys"),
    [
        ({}, ["normad-1", "normad-2", "normad-3"]),
        ({"q": "GIFT mona"}, ["normad-1"]),
        ({"q": "gift egypt"}, []),
        ({"q": "normad-2"}, ["normad-2"]),
        ({"country": "NA"}, ["normad-1"]),
        ({"country": "EG", "gold_label": "no"}, ["normad-2"]),
        ({"theme": "food"}, ["normad-2"]),
        ({"theme": "none"}, ["normad-3"]),
        ({"region": "MENA"}, ["normad-2", "normad-3"]),
        ({"region": "Sub-Saharan"}, ["normad-1"]),
        ({"region": "Atlantis"}, []),
        ({"region": "none"}, []),
    ],
)
def test_filters(dataset, client, researcher, query, keys):
    client.force_login(researcher)
    assert shown(browse(client, **query)) == keys


def test_filters_offer_what_the_dataset_holds(dataset, client, researcher):
    client.force_login(researcher)
    html = browse(client).content.decode()
    for offered in ("Egypt (2)", "MENA (2)", "food (1)", "none (1)"):
        assert f">{offered}</option>" in html
    copy_scheme(kind=REGION, base="pact-8", name="halves")
    page = browse(client, theme="food", regions="halves@1").content.decode()
    assert '<option value="food" selected>' in page
    assert '<option value="halves@1" selected>' in page


def test_regions_are_those_of_the_scheme_that_is_asked_for(dataset, client, researcher):
    client.force_login(researcher)
    assert "regions" not in browse(client).context["form"].fields, "there is no choice yet"
    copy_scheme(kind=REGION, base="pact-8", name="halves")
    halves = {"regions": {"North": ["EG"], "South": ["BR"]}}
    edit_scheme(kind=REGION, name="halves", changes=halves)

    page = browse(client, regions="halves@2", region="North")
    assert shown(page) == ["normad-2", "normad-3"]
    assert page.context["summary"].by_region == {"North": 2, "": 1}
    assert shown(browse(client, regions="halves", region="none")) == ["normad-1"]
    assert "Sub-Saharan" in browse(client, regions="halves@1").content.decode()
    unknown = browse(client, regions="thirds")
    assert "halves@2" in str(unknown.context["form"].errors["regions"])


def test_unknown_filter_value_is_said_beside_the_field(dataset, client, researcher):
    client.force_login(researcher)
    response = browse(client, country="XX", q="gift")
    assert response.status_code == 200
    assert "country" in response.context["form"].errors
    assert 'value="gift"' in response.content.decode()


def test_pages_hold_25_and_keep_the_filter(client, researcher, tmp_path):
    load_rows(tmp_path, [normad_row(ID=str(n)) for n in range(30)])
    client.force_login(researcher)
    first = browse(client, q="pastries")
    assert len(shown(first)) == 25
    assert "?q=pastries&amp;page=2#scenarios" in first.content.decode()
    second = browse(client, q="pastries", page="2")
    assert len(shown(second)) == 5
    assert not set(shown(first)) & set(shown(second))
    assert shown(browse(client, page="nonsense")) == shown(first)


def test_csv_holds_the_filtered_rows_with_the_licence(dataset, client, researcher):
    client.force_login(researcher)
    response = client.get(reverse("annotation:dataset_csv", args=["source"]), {"country": "NA"})
    assert response["Content-Disposition"] == 'attachment; filename="source-scenarios.csv"'
    [row] = csv.DictReader(io.StringIO(response.content.decode()))
    assert (row["key"], row["country"], row["licence"]) == ("normad-1", "Namibia", "CC BY 4.0")


def test_csv_with_a_bad_filter_leads_back_to_the_page_that_says_so(dataset, client, researcher):
    client.force_login(researcher)
    response = client.get(reverse("annotation:dataset_csv", args=["source"]), {"country": "XX"})
    assert (
        response["Location"]
        == reverse("annotation:dataset_detail", args=["source"]) + "?country=XX"
    )


def test_scenario_page_shows_source_beside_result_and_versions(client, researcher, tmp_path):
    load_rows(tmp_path, [normad_row(Story="First wording.")])
    load_rows(tmp_path, [normad_row(Story="Second wording.")])
    client.force_login(researcher)
    scenario = Scenario.objects.get()
    url = reverse("annotation:scenario_detail", args=["source", scenario.pk])
    response = client.get(url)
    page = response.content.decode()
    assert response.context["current"].situation == "Second wording."
    assert "Rule-of-Thumb" in page
    assert "normad.csv, row 2" in page
    assert "First wording." in page.split("Earlier versions")[1]


def test_neutral_scenario_is_flagged(client, researcher, tmp_path):
    load_rows(tmp_path, [normad_row(**{"Gold Label": "neutral"})], include_neutral=True)
    client.force_login(researcher)
    url = reverse("annotation:scenario_detail", args=["source", Scenario.objects.get().pk])
    assert "paired with another country" in client.get(url).content.decode()


def test_upload_imports_and_shows_the_dataset(client, researcher, tmp_path):
    client.force_login(researcher)
    response = upload(client, table(tmp_path, own_row(), own_row(key="b", country="Brazil")))
    assert response["Location"] == reverse("annotation:dataset_detail", args=["mine"])
    assert Dataset.objects.get().scenarios.count() == 2
    page = client.get(response["Location"])
    assert "rows.csv: read 2 rows, kept 2 from 2 countries. New" in page.content.decode()
    assert "gold_label" not in page.context["form"].fields  # own tables have none
    assert not list((settings.PACT_HOME / "uploads").iterdir())


@pytest.mark.parametrize(
    ("content", "fields", "field", "words"),
    [
        (b"a,b\n1,2\n", {}, "file", "The header lacks key"),
        (b"key\xe9,country\n", {}, "file", "UTF-8"),
        (b"", {}, "file", "empty"),
        (None, {"licence": ""}, "licence", "names no licence"),
        (None, {"dataset": "two words"}, "dataset", "slug"),
        (None, {"source_format": "xml"}, "source_format", "xml"),
        (None, {"source_format": "normad"}, "file", "rows.csv, row 1, column ID"),
    ],
)
def test_bad_upload_is_explained_beside_the_field_and_input_kept(
    client, researcher, tmp_path, content, fields, field, words
):
    client.force_login(researcher)
    good = table(tmp_path, own_row())
    response = upload(client, good if content is None else content, **fields)
    assert response.status_code == 422
    form = response.context["form"]
    assert list(form.errors) == [field]
    assert words in form.errors[field][0]
    assert f'value="{fields.get("dataset", "mine")}"' in response.content.decode()
    assert not Dataset.objects.exists()


def test_every_bad_row_stands_on_a_line_of_its_own(client, researcher, tmp_path):
    client.force_login(researcher)
    rows = [own_row(key="a", country="Utopia"), own_row(key="b"), own_row(key="c", theme="tea")]
    response = upload(client, table(tmp_path, *rows))
    first, second = response.context["form"].errors["file"]
    assert first.startswith("rows.csv, row 2, column country")
    assert second.startswith("rows.csv, row 4, column theme")


def test_upload_into_a_dataset_of_another_format_blames_the_dataset(
    dataset, client, researcher, tmp_path
):
    client.force_login(researcher)
    response = upload(client, table(tmp_path, own_row()), dataset="source")
    assert "another format" in response.context["form"].errors["dataset"][0]


def test_too_large_an_upload_is_refused_before_it_is_read(client, researcher, monkeypatch):
    monkeypatch.setattr(forms, "MAX_UPLOAD_BYTES", 10)
    client.force_login(researcher)
    response = upload(client, b"\xff" * 11)
    assert "at most" in response.context["form"].errors["file"][0]


def test_upload_passes_on_what_the_importer_noticed(client, researcher, tmp_path):
    client.force_login(researcher)
    content = table(tmp_path, normad_row(), normad_row(ID="8", **{"Gold Label": "neutral"}))
    response = upload(client, content, source_format="normad", licence="")
    page = client.get(response["Location"]).content.decode()
    assert "left out 1 (neutral label" in page
    assert "The version of NormAd-ETI is unknown" in page


def test_only_checking_reports_and_writes_nothing(client, researcher, tmp_path):
    client.force_login(researcher)
    content = table(tmp_path, normad_row(), normad_row(ID="8", **{"Gold Label": "neutral"}))
    response = upload(client, content, source_format="normad", licence="", check="1")
    page = response.content.decode()
    assert response.status_code == 200
    assert response.context["report"].kept == 1
    for words in (
        "nothing was written",
        "1: neutral label",
        "The version of NormAd-ETI is unknown",
    ):
        assert words in page
    assert not Dataset.objects.exists()


def test_names_of_uploads_cannot_leave_their_folder(client, researcher, tmp_path):
    client.force_login(researcher)
    name = "../../" + "é" * 200 + ".csv"
    response = upload(client, b"", file=SimpleUploadedFile(name, table(tmp_path, own_row())))
    assert response.status_code == 302
    assert not list(settings.PACT_HOME.rglob("*.csv"))


def test_admin_shows_rows_but_changes_none(dataset, client, administrator):
    administrator.is_staff = administrator.is_superuser = True
    administrator.save()
    client.force_login(administrator)
    for model in ("dataset", "sourcerow", "scenario", "release"):
        assert client.get(reverse(f"admin:annotation_{model}_changelist")).status_code == 200
        assert client.get(reverse(f"admin:annotation_{model}_add")).status_code == 403
    page = reverse("admin:annotation_scenario_change", args=[Scenario.objects.first().pk])
    assert client.get(page).status_code == 200
    assert client.post(page, {"key": "changed"}).status_code == 403
