"""Making, publishing and reading results pages over HTTP."""

import io
import zipfile

import pytest
from django.test import Client
from django.urls import reverse

from analysis.models import ResultsPage
from analysis.services.results import pages
from pact_site.base.models import AuditEvent
from survey.models import Study

pytestmark = pytest.mark.django_db
EDIT, PUBLISH, PREVIEW, UNPUBLISH, DOWNLOAD = (
    f"/studies/etiquette/results/{part}" for part in ("", "publish/", "preview/", "unpublish/", "download/")
)  # fmt: skip
PUBLIC = "/results/etiquette/"


@pytest.fixture
def staff(client, researcher):
    client.force_login(researcher)
    return client


@pytest.fixture
def visitor():
    return Client()


def form_of(report, **changes):
    words = {
        "report": str(report.public_id),
        "title": "What people choose",
        "subtitle": "In three countries.",
        "authors": "Ada | London",
        "summary": "**Short.**",
        "figures": ["closeness", "people-culture-rates"],
        "tables": ["ranking"],
        "example": "s0",
        "minimum": "5",
        "note_people": "Our words.",
    }
    return words | changes


@pytest.fixture
def public_page(staff, stage):
    _study, report = stage
    staff.post(EDIT, form_of(report))
    shown = staff.get(PUBLISH)
    staff.post(PUBLISH, {"hash": shown.context["hash"]})
    return ResultsPage.objects.get()


def test_looking_at_a_study_stores_nothing(staff, stage):
    assert b"Etiquette" in staff.get(EDIT).content
    assert not ResultsPage.objects.exists()


def test_a_study_without_a_report_says_what_to_do(staff, stage):
    Study.objects.create(slug="bare", name="Bare", release=stage[0].release)
    assert b"Build a report" in staff.get("/studies/bare/results/").content


def test_a_draft_is_kept_and_nobody_outside_sees_it(staff, visitor, stage):
    response = staff.post(EDIT, form_of(stage[1], preview="1"))
    assert response["Location"] == PREVIEW
    page = ResultsPage.objects.get()
    assert page.draft["notes"] == {"people": "Our words."}
    preview = staff.get(PREVIEW)
    assert b"Draft.</strong>" in preview.content
    assert b"noindex" in preview.content
    assert (preview["X-Robots-Tag"], preview["Cache-Control"]) == ("noindex, nofollow", "no-store")
    assert staff.get(PREVIEW + "figures/closeness.svg").status_code == 200
    assert visitor.get(PUBLIC).status_code == 404
    assert visitor.get(PUBLIC + "figures/closeness.svg").status_code == 404
    assert visitor.get(PREVIEW).status_code == 302
    assert staff.get(DOWNLOAD).status_code == 404


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"title": ""}, "This field is required"),
        ({"figures": ["nothing"]}, "Select a valid choice"),
        ({"minimum": "1"}, "smallest group is out of range"),
        ({"paper_url": "javascript:alert(1)"}, "no address of the web"),
        ({"example": "s0", "minimum": "50"}, "Too few people"),
    ],
)
def test_a_refused_draft_keeps_what_was_typed(staff, stage, changes, words):
    response = staff.post(EDIT, form_of(stage[1], **changes))
    assert response.status_code == 422
    assert words in response.content.decode()
    assert "Our words." in response.content.decode()
    assert not ResultsPage.objects.exists()


def test_publishing_says_what_becomes_public_and_publishes_only_that(staff, visitor, stage):
    staff.post(EDIT, form_of(stage[1]))
    shown = staff.get(PUBLISH)
    text = shown.content.decode()
    for part in ("How far each model is from the people", "Smallest group", "rows of participants"):
        assert part in text
    staff.post(EDIT, form_of(stage[1], title="Changed meanwhile"))
    asked_again = staff.post(PUBLISH, {"hash": shown.context["hash"]})
    assert "has changed since you looked" in asked_again.content.decode()
    assert visitor.get(PUBLIC).status_code == 404
    staff.post(PUBLISH, {"hash": asked_again.context["hash"]})
    assert "Changed meanwhile" in visitor.get(PUBLIC).content.decode()


def test_a_page_that_cannot_stand_is_not_offered_for_publishing(staff, stage):
    staff.post(EDIT, form_of(stage[1], figures=[], tables=[]))
    assert staff.get(PUBLISH)["Location"] == EDIT
    assert "at least one figure" in staff.get(EDIT).content.decode()


def test_readers_need_no_account_and_get_no_cookie(public_page, visitor):
    response = visitor.get(PUBLIC)
    text = response.content.decode()
    assert response.status_code == 200
    assert not response.cookies
    assert "Cookie" not in response["Vary"]
    assert response["Cache-Control"] == "public, max-age=300"
    assert 'content="index, follow"' in text
    assert '<meta property="og:url" content="http://testserver/results/etiquette/">' in text
    assert "Our words." in text
    again = visitor.get(PUBLIC, HTTP_IF_NONE_MATCH=response["ETag"])
    assert (again.status_code, again.content) == (304, b"")


def test_its_policy_allows_no_inline_code_but_its_own(public_page, visitor):
    policy = visitor.get(PUBLIC)["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "frame-ancestors 'none'" in policy


def test_files_beside_it_are_those_it_names_and_nothing_else(public_page, visitor):
    figure = visitor.get(PUBLIC + "figures/closeness.svg")
    assert figure["Content-Type"].startswith("image/svg+xml")
    assert "sandbox" in figure["Content-Security-Policy"]
    assert visitor.get(PUBLIC + "data/closeness.csv").content.startswith(b"name,kind,value")
    assert visitor.get(PUBLIC + "citation.bib").content.startswith(b"@misc{")
    for name in ("data/human.csv", "../../../manage.py", "figures/items.svg", "index.html"):
        assert visitor.get(PUBLIC + name).status_code == 404, name


def test_lists_name_what_is_public(public_page, visitor, staff):
    for address in ("/results/", reverse("home")):
        response = visitor.get(address)
        assert PUBLIC in response.content.decode()
        assert not response.cookies
    assert PUBLIC in staff.get(reverse("home")).content.decode()
    pages.unpublish(page=public_page)
    assert PUBLIC not in visitor.get("/results/").content.decode()


def test_taking_back_is_one_post_and_recorded(public_page, staff, visitor, researcher):
    assert staff.get(UNPUBLISH).status_code == 405
    staff.post(UNPUBLISH)
    assert visitor.get(PUBLIC).status_code == 404
    assert AuditEvent.objects.get(verb="results.unpublished").actor == researcher


def test_the_zip_holds_the_page_below_one_folder(public_page, staff):
    response = staff.get(DOWNLOAD)
    assert response["Content-Disposition"] == 'attachment; filename="etiquette-results.zip"'
    with zipfile.ZipFile(io.BytesIO(b"".join(response.streaming_content))) as packed:
        names = packed.namelist()
        assert {entry.external_attr >> 16 for entry in packed.infolist()} == {0o100644}
        assert all(entry.compress_size < entry.file_size for entry in packed.infolist()[:1])
        page = packed.read("etiquette-results/index.html").decode()
    assert {name.split("/")[0] for name in names} == {"etiquette-results"}
    assert "etiquette-results/figures/closeness.svg" in names
    assert "../" not in page


def test_annotators_are_kept_out(annotator, client, public_page):
    client.force_login(annotator)
    for address in (EDIT, PREVIEW, PUBLISH, DOWNLOAD):
        assert client.get(address).status_code == 403
    assert client.get(PUBLIC).status_code == 200


def test_search_engines_read_what_is_public_alone(visitor):
    assert visitor.get("/robots.txt").content.decode().splitlines()[1:] == [
        "Allow: /results/",
        "Disallow: /",
    ]
