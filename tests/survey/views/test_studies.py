"""Researchers' pages and REST."""

import pytest

from survey.models import Study
from survey.services.imports import import_human
from tests.survey.human_files import row, write
from tests.survey.services.test_assignment import answer_all, arrive
from tests.survey.walking import Walker

pytestmark = pytest.mark.django_db


def test_an_empty_install_says_how_to_begin(client, researcher):
    client.force_login(researcher)

    assert "load_study" in client.get("/studies/").content.decode()


def test_the_page_shows_flow_and_coverage(client, researcher, study):
    answer_all(arrive(study, 1))
    client.force_login(researcher)

    text = client.get(f"/studies/{study.slug}/").content.decode()

    assert "From recruited to analysed" in text
    assert "SIMULATED" not in text
    assert "PROLIFIC_PID=" in text


def test_a_rehearsed_study_is_marked(client, researcher, study):
    answer_all(arrive(study, 1, cohort="rehearsal"))
    client.force_login(researcher)

    assert "SIMULATED" in client.get(f"/studies/{study.slug}/").content.decode()
    assert "1 simulated participant completed" in client.get("/studies/").content.decode()


def test_the_preview_link_works(client, researcher, study):
    client.force_login(researcher)
    response = client.get(f"/studies/{study.slug}/")

    walker = Walker(study).get(response.context["preview_url"])

    assert walker.step == "consent"
    assert "PREVIEW" in walker.text


def test_an_imported_study_has_its_page(client, researcher, tmp_path):
    import_human(write(tmp_path / "human.csv", [row()]), "pub")
    client.force_login(researcher)

    text = client.get("/studies/pub/").content.decode()

    assert "United States" in text
    assert "Preview" not in text


def test_an_unknown_study_is_not_found(client, researcher):
    client.force_login(researcher)

    assert client.get("/studies/nowhere/").status_code == 404


def test_rest_lists_studies_and_counts_their_flow(client, researcher, study):
    answer_all(arrive(study, 1))
    client.force_login(researcher)

    listed = client.get("/api/studies/").json()["results"]
    one = client.get(f"/api/studies/{study.slug}/").json()

    assert [(row["slug"], row["completed"]) for row in listed] == [(study.slug, 1)]
    assert one["flow"]["real"]["analysed"] == 1
    assert one["flow"]["rehearsal"]["recruited"] == 0


def test_rest_is_read_only(client, researcher, study):
    client.force_login(researcher)

    assert client.delete(f"/api/studies/{study.slug}/").status_code in (403, 405)
    assert Study.objects.exists()
