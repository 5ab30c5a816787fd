"""Texts in another language: beside their originals, saved as a version, and never out of place."""

import pytest

from pact_site.base.models import AuditEvent
from survey.models import ScenarioText, Study
from survey.services.instruments import definition_of
from survey.services.linting import lint
from survey.services.localising import languages_open, localise, missing_texts, texts_in
from survey.services.scenario_texts import versions_of
from survey.services.studies import add_instrument

pytestmark = pytest.mark.django_db

TAG = "pt-br"


@pytest.fixture
def page(client, researcher, study):
    client.force_login(researcher)
    return f"/studies/{study.slug}/instrument/languages/"


def text(response):
    return response.content.decode()


def definition(study):
    return definition_of(Study.objects.get(pk=study.pk).instrument)


def typed(study, **changes):
    """What a browser sends with every text translated; `changes` are by original."""
    return {
        one.name: changes.get(one.original, f"[pt] {one.original}")
        for one in texts_in(definition(study), TAG)
    }


def test_every_text_stands_there_with_what_is_missing(client, page, study):
    shown = client.get(page + TAG + "/")

    for one in texts_in(definition(study), TAG):
        assert one.name in text(shown)
    state = shown.context["state"]
    assert state.texts == state.missing == len(missing_texts(definition(study), TAG))
    assert state.scenarios_missing == 63


@pytest.mark.parametrize("language", ["pt-br", "hi"])
def test_the_standard_texts_are_suggested_and_saved_by_nobody_but_a_person(
    client, page, study, language
):
    shown = client.get(f"{page}{language}/").context["form"]
    texts = texts_in(definition(study), language)

    assert [one.original for one in texts if one.needed and one.name not in shown.suggested] == []
    assert not study.instrument.definition.get("translations")

    client.post(f"{page}{language}/", {one.name: shown[one.name].value() for one in texts})
    assert missing_texts(definition(study), language) == []
    assert client.get(f"{page}{language}/").context["form"].suggested == {}
    assert lint(Study.objects.get(pk=study.pk)) == lint(study)


def test_a_text_that_was_edited_has_no_suggestion(client, page, study):
    changed = {**study.instrument.definition, "contact": "Rita"}
    add_instrument(study=study, definition=changed)

    response = client.get(page + TAG + "/")
    assert "by machine, not saved yet" in text(response)
    names = {one.name for one in texts_in(definition(study), TAG) if one.original == "Rita"}
    assert names.isdisjoint(response.context["form"].suggested)


def test_saving_makes_a_version_in_which_the_language_is_whole(client, page, study):
    response = client.post(page + TAG + "/", typed(study), follow=True)

    assert "Saved as version 2" in text(response)
    assert missing_texts(definition(study), TAG) == []
    made, own = localise(definition(study), TAG), definition(study)
    assert made.consent[0].text == f"[pt] {own.consent[0].text}"
    assert made.checks[0].options[0].text == f"[pt] {own.checks[0].options[0].text}"
    assert made.checks[0].passes == own.checks[0].passes
    assert made.contact == f"[pt] {own.contact}"


def test_saving_the_same_again_makes_no_version(client, page, study):
    client.post(page + TAG + "/", typed(study))

    again = client.post(page + TAG + "/", typed(study), follow=True)

    assert "Nothing differs" in text(again)
    assert study.instruments.count() == 2


def test_one_text_can_be_saved_alone_and_the_rest_stays(client, page, study):
    client.post(page + TAG + "/", typed(study))
    one = texts_in(definition(study), TAG)[0]

    client.post(page + TAG + "/", {one.name: "Outro"})

    assert localise(definition(study), TAG).consent[0].heading == "Outro"
    assert missing_texts(definition(study), TAG) == []


def test_a_lost_placeholder_is_refused_and_what_was_typed_stays(client, page, study):
    norm = definition(study).wording.norm
    response = client.post(page + TAG + "/", typed(study, **{norm: "sem lugar"}))

    assert response.status_code == 422
    assert "Keep the placeholders of the original: {people}." in text(response)
    assert "sem lugar" in text(response)
    assert study.instruments.count() == 1


def test_a_page_that_is_out_of_date_changes_nothing_that_moved(client, page, study):
    """The name of a field is of its place and its original: other texts are not filled by it."""
    stale = {"t-0123456789abcdef": "from another version"}

    response = client.post(page + TAG + "/", stale, follow=True)

    assert "from another version" not in str(Study.objects.get(pk=study.pk).instrument.definition)
    assert response.status_code == 200


def test_half_a_language_is_not_offered_while_the_study_is_open(client, page, study):
    one = texts_in(definition(study), TAG)[0]
    response = client.post(page + TAG + "/", {one.name: "Um", "offer": "on"})

    assert response.status_code == 422
    assert "cannot be open like this" in text(response)

    client.post(page + TAG + "/", typed(study) | {"offer": "on"})
    assert definition(study).languages == ("en", TAG)
    client.post(page + TAG + "/", typed(study))
    assert definition(study).languages == ("en",)


def test_a_scenario_is_saved_and_the_next_that_is_missing_follows(client, page, study):
    version = versions_of(study).order_by("scenario__key").first()
    names = ("setting", "situation", "culture_action", "preference_action")
    told = {name: f"[pt] {getattr(version, name)}" for name in names if getattr(version, name)}

    response = client.post(f"{page}{TAG}/scenarios/{version.pk}/", told)

    assert ScenarioText.objects.get().situation == told["situation"]
    assert response.url != f"{page}{TAG}/scenarios/{version.pk}/"
    assert "/scenarios/" in response.url
    assert AuditEvent.objects.filter(verb="survey.text_stored").count() == 1
    assert client.get(page + TAG + "/").context["state"].scenarios_missing == 62


def test_a_scenario_without_its_receiver_is_refused(client, page, study):
    version = versions_of(study).filter(situation__contains="{receiver}").first()
    told = {"situation": "ninguém", "culture_action": "a", "preference_action": "b", "setting": "c"}

    response = client.post(f"{page}{TAG}/scenarios/{version.pk}/", told)

    assert response.status_code == 422
    assert "{receiver} where the original has it" in text(response)
    assert not ScenarioText.objects.exists()


def test_a_language_is_begun_from_the_list(client, page, study):
    assert "no other language yet" in text(client.get(page))
    assert client.get(page, {"language": TAG}).url == f"{page}{TAG}/"
    assert "Select a valid choice" in text(client.get(page, {"language": "xx"}))
    client.post(page + TAG + "/", typed(study))

    shown = text(client.get(page))

    assert "Português" in shown
    assert languages_open(study, definition(study)) == ["en"]


@pytest.mark.parametrize("language", ["en", "no_tag", "much-too-long-for-a-tag"])
def test_what_is_no_other_language_is_not_there(client, page, language):
    assert client.get(f"{page}{language}/").status_code == 404


def test_the_linter_leads_to_the_language(client, page, study):
    row = study.instrument
    row.definition = {**row.definition, "languages": ["en", "hi"]}
    row.content_hash = "half"
    row.save()

    assert f"{page}hi/" in text(client.get(f"/studies/{study.slug}/instrument/"))
