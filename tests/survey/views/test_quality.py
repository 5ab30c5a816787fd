"""The pages of a study under way."""

import pytest

from survey.models import Exclusion
from survey.services.withdrawals import withdraw
from tests.survey.services.test_assignment import answer_all, arrive

pytestmark = pytest.mark.django_db


@pytest.fixture
def staff(client, researcher):
    client.force_login(researcher)
    return client


def test_recruitment_shows_the_funnel_and_updates_only_its_part(staff, study):
    answer_all(arrive(study, 1))
    url = f"/studies/{study.slug}/recruitment/"

    page, part = staff.get(url), staff.get(url, headers={"HX-Request": "true"})

    assert "From agreeing to analysis" in page.content.decode()
    assert 'hx-trigger="every 5s' in page.content.decode()
    assert "<html" in page.content.decode()
    assert "<html" not in part.content.decode()


def test_a_closed_study_is_not_asked_again_and_again(staff, study):
    study.state = "closed"
    study.save()

    assert "hx-trigger" not in staff.get(f"/studies/{study.slug}/recruitment/").content.decode()


def test_filters_of_the_matrix(staff, study):
    url = f"/studies/{study.slug}/recruitment/"

    assert len(staff.get(url, {"rows": "items"}).context["rows"]) == 252
    assert 0 < len(staff.get(url, {"relation": "same"}).context["rows"]) < 63


def test_simulated_people_are_marked_and_kept_apart(staff, study):
    answer_all(arrive(study, 1, cohort="rehearsal"))
    for page in ("recruitment", "quality"):
        assert "SIMULATED" in staff.get(f"/studies/{study.slug}/{page}/").content.decode()
        real = staff.get(f"/studies/{study.slug}/{page}/", {"cohort": "real"}).content.decode()
        assert "SIMULATED" not in real
    sheet = staff.get(f"/studies/{study.slug}/quality/sheet.csv")
    assert "SIMULATED" in sheet["Content-Disposition"]


def test_somebody_who_withdrew_cannot_be_left_out_any_more(staff, study):
    person = arrive(study, 1)
    page = f"/studies/{study.slug}/people/{person.pseudonym}/"
    assert "Leave this person out" in staff.get(page).content.decode()

    withdraw(participant=person, asked_by="participant")

    assert "Leave this person out" not in staff.get(page).content.decode()


def test_somebody_is_left_out_and_taken_in_again_with_reasons(staff, study):
    person = arrive(study, 1)
    answer_all(person)
    url = f"/studies/{study.slug}/people/{person.pseudonym}/"

    assert staff.post(url + "exclude/", {"reason": ""}).status_code == 422
    assert not Exclusion.objects.exists()
    staff.post(url + "exclude/", {"reason": "Asked us to."})
    row = Exclusion.objects.get()
    assert "Asked us to." in staff.get(url).content.decode()
    assert staff.post(f"{url}take-in/{row.pk}/", {"note": " "}).status_code == 422
    staff.post(f"{url}take-in/{row.pk}/", {"note": "Changed their mind."})
    row.refresh_from_db()
    assert row.reversed_at
    assert "Changed their mind." in staff.get(f"/studies/{study.slug}/quality/").content.decode()


def test_an_exclusion_of_somebody_else_cannot_be_reversed_here(staff, study, researcher):
    one, other = arrive(study, 1), arrive(study, 2)
    row = Exclusion.objects.create(participant=other, rule="x", rule_version="1")

    url = f"/studies/{study.slug}/people/{one.pseudonym}/take-in/{row.pk}/"
    assert staff.post(url, {"note": "y"}).status_code == 404
    row.refresh_from_db()
    assert row.reversed_at is None


def test_nobody_unknown_has_a_page(staff, study):
    assert staff.get(f"/studies/{study.slug}/people/p-nobody/").status_code == 404
