"""A researcher with a real browser: a new study, its instrument edited, compared, refused, opened."""

import pytest
from django.urls import reverse

from survey.models import Study
from survey.services.studies import add_instrument, new_study, standard_definition
from tests.survey.bundled import bundled_study

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def draft(researcher):
    study = bundled_study()
    return new_study(slug="norms", name="Norms", release=study.release, scheme="geo-v1")


def editor_of(page, study):
    page.goto(reverse("survey:study_instrument", args=[study.slug]))
    return page


def save(page):
    with page.expect_navigation():
        page.get_by_role("button", name="Save as a new version").click()


def test_edit_save_compare_refuse_and_open(page, sign_in, researcher, draft, complaints):
    complaints.expect("422")
    editor_of(sign_in(page, researcher), draft)
    page.get_by_label("Points of the importance scales").select_option("5")
    page.get_by_label("Exclude from this many failed checks").fill("4")
    page.get_by_label("What changed").fill("Shorter scales")
    save(page)
    assert page.get_by_text("Saved as version 2").is_visible()
    assert page.get_by_text("Excluding from 4 failed checks on can never happen").is_visible()

    page.get_by_role("link", name="Changes of version 2").click()
    page.wait_for_url("**/compare/**")
    part = page.locator(".diff__part", has_text="points")
    assert part.locator("del").inner_text().endswith("7")
    assert part.locator("ins").inner_text().endswith("5")

    page.goto(reverse("survey:study_state", args=[draft.slug, "open"]))
    assert not page.get_by_role("button", name="Open the study").count()

    editor_of(page, draft)
    page.get_by_label("Exclude from this many failed checks").fill("2")
    save(page)
    page.get_by_role("link", name="Open the study").click()
    page.wait_for_url("**/state/open/")
    page.get_by_role("button", name="Open the study").click()
    page.wait_for_url("**/instrument/")
    draft.refresh_from_db()
    assert draft.state == Study.State.OPEN


def test_a_mistake_leads_to_its_field_and_nothing_typed_is_lost(
    new_page, sign_in, researcher, draft, complaints
):
    complaints.expect("422")
    page = editor_of(sign_in(new_page(java_script_enabled=False), researcher), draft)
    page.get_by_label("Whom participants may write to").fill("")
    page.get_by_label("What changed").fill("Kept")
    save(page)

    page.locator("#problems").get_by_role("link", name="Whom participants may write to").click()

    assert page.url.endswith("#id_rules-contact")
    assert page.get_by_label("What changed").input_value() == "Kept"
    assert draft.instruments.count() == 1


@pytest.mark.walks
def test_the_pages_are_whole_in_every_look(page, sign_in, whole, researcher, draft):
    add_instrument(study=draft, definition=standard_definition(exclude_at=4, points=5))
    sign_in(page, researcher)
    for address in (
        reverse("survey:study_new"),
        reverse("survey:study_instrument", args=[draft.slug]),
        reverse("survey:instrument_compare", args=[draft.slug]),
        reverse("survey:study_state", args=[draft.slug, "open"]),
    ):
        page.goto(address)
        whole(page)


def test_a_language_is_begun_and_its_gaps_are_seen(page, sign_in, researcher, draft, whole):
    page = editor_of(sign_in(page, researcher), draft)
    whole(page)
    page.get_by_role("link", name="Languages", exact=True).click()
    page.wait_for_url("**/languages/")
    whole(page)
    page.get_by_role("button", name="Begin").click()
    page.wait_for_url("**/languages/*/")
    whole(page)

    texts = page.locator(".translate__row")
    assert texts.nth(1).get_by_text("by machine, not saved yet").is_visible()
    texts.first.get_by_role("textbox").fill("O que é isto")
    texts.nth(1).get_by_role("textbox").fill("")
    save(page)

    assert texts.first.get_by_text("by machine").count() == 0
    assert texts.nth(1).get_by_text("by machine, not saved yet").is_visible()
    assert page.locator(".table tbody").get_by_text("missing").first.is_visible()
    page.locator(".table tbody a").first.click()
    page.wait_for_url("**/scenarios/*/")
    whole(page)
