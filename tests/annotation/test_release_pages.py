"""Screenings, releases and schemes in the browser: who may see them, what they show and refuse."""

import io
import zipfile

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from annotation.models import Release, Review, SchemeEdition, Screening
from annotation.services import screening_ledger as ledgers
from annotation.services.schemes import DISTANCE, copy_scheme, edit_scheme, find_distance
from annotation.services.screening import review, shuffled_checks
from annotation.vocab.distance import relation
from tests.annotation.screenings import make_judge, make_screened, row_of
from tests.annotation.validating import make_scenarios, make_validation
from tests.modeling.making import make_release

pytestmark = pytest.mark.django_db


@pytest.fixture
def screening():
    return make_screened(make_scenarios(12), (0, 3))


@pytest.fixture
def browser(client, researcher):
    client.force_login(researcher)
    return client


def at(name, *args):
    return reverse(f"release:{name}", args=["norms", *args])


def scheme_at(name, *args):
    return reverse(f"scheme:{name}", args=args)


def pages(screening):
    row = row_of(screening, 0)
    return [
        at("screening_list"), at("screening_new"), at("screening_detail", screening.pk),
        at("row_detail", screening.pk, row.pk), at("ledger_csv", screening.pk),
        at("release_list"), at("release_new"), at("release_detail", 1), at("release_zip", 1),
        scheme_at("scheme_list"), scheme_at("pair"),
        scheme_at("scheme_detail", "distance", "geo-v1"),
        scheme_at("scheme_detail", "distance", "pact-2026"),
        scheme_at("scheme_detail", "region", "pact-8"),
        scheme_at("scheme_copy", "region", "pact-8"),
        scheme_at("scheme_detail", "distance", "mine@1"),
        scheme_at("scheme_edit", "distance", "mine"),
        scheme_at("scheme_changes", "distance", "mine@1"),
        scheme_at("scheme_json", "distance", "mine@1"),
    ]  # fmt: skip


def test_researchers_see_every_page_and_annotators_none(screening, browser, client, annotator):
    ledgers.release_screening(screening=screening)
    copy_scheme(kind=DISTANCE, base="geo-v1", name="mine")
    for page in pages(screening):
        assert browser.get(page).status_code == 200, page
    client.force_login(annotator)
    for page in pages(screening):
        assert client.get(page).status_code == 403, page


def test_rows_of_another_dataset_are_not_found(screening, browser):
    make_scenarios(3, slug="other")
    for name, args in (("screening_detail", [screening.pk]), ("ledger_csv", [screening.pk])):
        assert browser.get(reverse(f"release:{name}", args=["other", *args])).status_code == 404
    other = make_screened(make_scenarios(3, slug="third"), (), name="third")
    foreign = other.screened.first().pk
    assert browser.get(at("row_detail", screening.pk, foreign)).status_code == 404
    undrawn = screening.screened.filter(to_check=False).first().pk
    assert browser.get(at("check_one", screening.pk, undrawn)).status_code == 404


def test_who_still_annotates_the_dataset_sees_no_verdicts(client, researcher):
    validation = make_validation(people=False)
    screening = make_screened(validation.dataset, (0,))
    release = ledgers.release_screening(screening=screening)
    seat = validation.annotators.first()
    seat.user = researcher
    seat.save()
    client.force_login(researcher)
    slug = validation.dataset.slug
    for name, args in (
        ("screening_list", []), ("screening_new", []), ("screening_detail", [screening.pk]),
        ("ledger_csv", [screening.pk]), ("release_zip", [release.number]),
    ):  # fmt: skip
        assert client.get(reverse(f"release:{name}", args=[slug, *args])).status_code == 403, name


def new_screening(browser, **fields):
    given = {"name": "second", "rule": "none", "flagged": 3, "unflagged": 4, "seed": 1} | fields
    return browser.post(at("screening_new"), given)


def test_a_screening_is_made_by_each_rule(browser):
    dataset = make_scenarios(8)
    judge = make_judge(dataset, against=(1, 2))
    response = new_screening(browser, name="by judge", rule="judge", judge=judge.pk)
    assert response.status_code == 302
    listed = SimpleUploadedFile("mine.csv", b"key,reason\nnorms-00005,old\n")
    assert new_screening(browser, name="by list", rule="list", file=listed).status_code == 302
    assert new_screening(browser, name="by hand").status_code == 302
    flagged = {s.name: s.screened.filter(flagged=True).count() for s in Screening.objects.all()}
    assert flagged == {"by judge": 2, "by list": 1, "by hand": 0}
    assert Screening.objects.get(name="by list").rule["file"] == "mine.csv"


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"rule": "judge"}, "This rule needs it"),
        ({"rule": "list", "file": SimpleUploadedFile("a.csv", b"key\nno-such\n")}, "row 2, column key"),
        ({"rule": "magic"}, "magic"),
        ({"name": ""}, "required"),
        ({"flagged": -1}, "greater than or equal to 0"),
    ],
)  # fmt: skip
def test_a_screening_that_cannot_be_made_says_why(browser, fields, words):
    make_scenarios(3)
    response = new_screening(browser, **fields)
    assert response.status_code == 422
    assert words in response.content.decode()
    assert not Screening.objects.exists()


def test_checks_are_blind_and_lead_to_the_next(screening, browser):
    page = at("check_next", screening.pk)
    seen = []
    while (response := browser.get(page)).url != at("screening_detail", screening.pk):
        shown = browser.get(response.url)
        text = shown.content.decode()
        assert "Not so." not in text, "the judge's reason would sway who checks"
        assert "flagged" not in text
        seen.append(shown.context["row"].pk)
        answer = browser.post(response.url, {"decision": "keep"})
        assert answer.status_code == 302
        page = answer.url
    assert seen == shuffled_checks(screening)
    assert Review.objects.filter(decision="keep").count() == 5


def test_a_removal_without_a_reason_comes_back_with_the_form(screening, browser):
    row = shuffled_checks(screening)[0]
    response = browser.post(at("check_one", screening.pk, row), {"decision": "remove"})
    assert response.status_code == 422
    assert "says why" in response.content.decode()
    assert not Review.objects.exists()


def test_a_decision_by_hand_shows_in_the_ledger(screening, browser, researcher):
    row = row_of(screening, 0)
    address = at("row_detail", screening.pk, row.pk)
    assert b"Not so." in browser.get(address).content
    assert browser.post(address, {"decision": "keep", "reason": "It is fine."}).status_code == 302
    assert Review.objects.get().reviewed_by == researcher
    listed = browser.get(at("screening_detail", screening.pk), {"show": "overridden"})
    assert [found.pk for found in listed.context["page"]] == [row.pk]
    assert b"kept,yes" not in browser.get(at("ledger_csv", screening.pk)).content


@pytest.mark.parametrize(
    ("query", "count"),
    [({}, 12), ({"show": "flagged"}, 2), ({"show": "removed"}, 2), ({"show": "to_check"}, 5),
     ({"show": "silent"}, 0), ({"q": "Guest 3"}, 1), ({"show": "nonsense"}, 12)],
)  # fmt: skip
def test_the_ledger_s_filters(screening, browser, query, count):
    page = browser.get(at("screening_detail", screening.pk), query).context["page"]
    assert page.paginator.count == count


def test_a_release_is_made_downloaded_and_closes_the_ledger(screening, browser):
    response = browser.post(at("release_make", screening.pk), {"note": "First."})
    assert response.url == at("release_detail", 1)
    page = browser.get(response.url).content.decode()
    assert "SIMULATED" in page
    assert "Namibia" in page
    packed = b"".join(browser.get(at("release_zip", 1)).streaming_content)
    with zipfile.ZipFile(io.BytesIO(packed)) as bundle:
        assert "norms-release-1-SIMULATED/croissant.json" in bundle.namelist()
        assert b"http://testserver/datasets/norms/releases/1/" in bundle.read(
            "norms-release-1-SIMULATED/croissant.json"
        )
    again = browser.post(at("release_make", screening.pk), follow=True)
    assert "has its release" in again.content.decode()
    late = browser.post(
        at("row_detail", screening.pk, row_of(screening, 0).pk), {"decision": "keep"}
    )
    assert late.status_code == 422
    assert Release.objects.count() == 1


def test_a_release_without_a_screening_says_so(browser):
    make_scenarios(4)
    page = browser.post(at("release_new"), {"note": ""}, follow=True)
    assert "none: the scenarios are as they stood" in page.content.decode()
    assert "not screened" in browser.get(at("release_list")).content.decode()


def test_a_release_leads_to_a_study_that_asks_about_it(browser):
    make_scenarios(2)
    page = reverse("annotation:dataset_detail", args=["norms"])
    assert at("release_list") in browser.get(page).content.decode().split("What it holds")[0]

    made = browser.post(at("release_new"), {"note": ""})["Location"]

    assert "Make the first release" not in browser.get(page).content.decode()
    link = f"{reverse('survey:study_new')}?release={Release.objects.get().pk}"
    assert link in browser.get(made).content.decode()
    assert browser.get(link).context["form"]["release"].value() == str(Release.objects.get().pk)


def test_a_release_that_was_tampered_with_is_not_handed_out(screening, browser):
    release = ledgers.release_screening(screening=screening)
    release.versions.filter(pk=release.versions.first().pk).update(content_hash="0" * 64)
    assert (
        "no longer those that were frozen" in browser.get(at("release_detail", 1)).content.decode()
    )
    assert browser.get(at("release_zip", 1)).status_code == 302


def test_an_empty_dataset_has_nothing_to_release(browser):
    make_scenarios(0)
    assert browser.post(at("release_new"), {}).status_code == 422


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("NA", "Namibia"), ("namibia", "Namibia"), ("Kosovo", "XK"), ("XK", "Kosovo"),
        ("State of Palestine", "PS"), ("Hong Kong SAR", "HK"), ("Taiwan", "TW"),
        ("Republic of Korea", "South Korea"), ("DPRK", "North Korea"),
        ("Democratic People's Republic of Korea", "North Korea"), ("united_kingdom", "GB"),
    ],
)  # fmt: skip
def test_names_resolve_on_the_page_as_everywhere(browser, asked, found):
    response = browser.get(scheme_at("scheme_list"), {"country": asked})
    country = response.context["found"]["country"]
    assert found in (country.name, country.iso2)


def test_a_name_that_is_none_is_not_guessed(browser):
    page = browser.get(scheme_at("scheme_list"), {"country": "Korea"})
    assert page.context["found"]["country"] is None
    assert "Names are never guessed" in page.content.decode()


def test_a_pair_is_explained_both_ways(browser):
    asked = {"participant": "Brazil", "scenario": "MM", "scheme": "pact-2026"}
    page = browser.get(scheme_at("pair"), asked).content.decode()
    assert "probably a slip" in page
    assert "is not a participant country" in page
    wrong = browser.get(scheme_at("pair"), asked | {"scenario": "Atlantis"})
    assert wrong.status_code == 422


def test_a_scheme_is_copied_edited_and_compared(browser):
    made = browser.post(scheme_at("scheme_copy", "distance", "geo-v1"), {"name": "mine"})
    assert made.url == scheme_at("scheme_edit", "distance", "mine")
    form = browser.get(made.url).context["form"].initial
    overrides = "Brazil; namibia; close; trade; and more\n\nNA; south_africa; far"
    edited = browser.post(made.url, form | {"overrides": overrides, "note": "Trade counts."})
    assert edited.url == scheme_at("scheme_detail", "distance", "mine@2")
    assert relation(find_distance("mine"), "NA", "BR") == "close"
    assert relation(find_distance("mine"), "ZA", "NA") == "far"
    page = browser.get(
        scheme_at("scheme_changes", "distance", "mine@2"), {"from": "mine@1"}
    ).content.decode()
    assert "Brazil and Namibia" in page
    assert "close (trade; and more)" in page
    again = browser.get(scheme_at("scheme_edit", "distance", "mine")).context["form"].initial
    assert again["overrides"].startswith("Brazil; Namibia; close; trade; and more")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"overrides": "Brazil; Korea; close"}, "Line 1: unknown country"),
        ({"overrides": "Brazil; Namibia; near"}, "is no relation"),
        ({"overrides": "Brazil"}, "country; country; relation"),
        ({"overrides": "BR; NA; close\nNA; BR; far"}, "each pair once"),
        ({"far_beyond_km": 10}, "nearest_within_km"),
        ({"nearest": 99}, "less than or equal to 20"),
        ({}, "Nothing would change"),
    ],
)
def test_an_edit_that_cannot_be_is_refused_with_its_line(browser, changes, words):
    copy_scheme(kind=DISTANCE, base="geo-v1", name="mine")
    address = scheme_at("scheme_edit", "distance", "mine")
    form = browser.get(address).context["form"].initial
    response = browser.post(address, form | {"note": "Try."} | changes)
    assert response.status_code == 422
    assert words in response.content.decode().replace("&#x27;", "'")
    assert SchemeEdition.objects.count() == 1


def test_tables_and_regions_are_edited_as_lines(browser):
    for kind, base, changes in (
        ("distance", "pact-2026", {"participants": "Namibia\nBrazil"}),
        ("region", "pact-8", {"regions": "South: Namibia; Brazil\nNorth: Kosovo"}),
    ):
        made = browser.post(scheme_at("scheme_copy", kind, base), {"name": f"my-{kind}"})
        form = browser.get(made.url).context["form"].initial
        response = browser.post(made.url, form | changes | {"note": "Mine."})
        assert response.status_code == 302, response.content.decode()
    twice = {"regions": "South: Namibia\nSouth: Brazil", "note": "x"}
    assert browser.post(scheme_at("scheme_edit", "region", "my-region"), twice).status_code == 422


def test_shipped_and_unknown_schemes_are_not_edited(browser):
    edit = scheme_at("scheme_edit", "distance", "geo-v1")
    assert browser.get(edit).status_code == 404
    for kind, name in (("distance", "no"), ("magic", "geo-v1"), ("region", "geo-v1")):
        assert browser.get(scheme_at("scheme_detail", kind, name)).status_code == 404


def test_new_studies_may_choose_a_scheme_of_ones_own(browser):
    make_release(1)
    copy_scheme(kind=DISTANCE, base="geo-v1", name="mine")
    edit_scheme(kind=DISTANCE, name="mine", changes={"nearest": 4})
    page = browser.get(reverse("survey:study_new")).content.decode()
    assert "mine@2" in page
    assert "mine@1" not in page


def test_reviews_survive_their_reviewer(screening, researcher):
    review(screened=row_of(screening, 0), decision="keep", actor=researcher)
    researcher.delete()
    assert ledgers.outcome(screening).flagged.overridden == 1
