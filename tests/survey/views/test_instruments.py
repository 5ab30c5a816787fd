"""The editor keeps what was typed, names what is wrong, and makes versions."""

import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from survey.instrument_editor import Editor
from survey.models import Study
from survey.services.instruments import parse
from survey.services.studies import add_instrument, standard_definition

pytestmark = pytest.mark.django_db


@pytest.fixture
def page(client, researcher, study):
    client.force_login(researcher)
    return f"/studies/{study.slug}/instrument/"


def typed(definition, **changes):
    """What a browser sends for the form of this definition, nothing touched but `changes`."""
    editor = Editor(definition)
    forms = [*editor.forms.values(), *(form for rows in editor.rows.values() for form in rows)]
    managed = [rows.management_form for rows in editor.rows.values()]
    fields = {}
    for field in (field for form in [*managed, *forms] for field in form):
        value = field.value()
        if value not in (None, False):
            shown = getattr(field.field, "prepare_value", lambda same: same)(value)
            fields[field.html_name] = "on" if value is True else shown
    return fields | changes


def test_the_untouched_form_means_the_same_instrument(client, page, study):
    response = client.post(page, typed(study.instrument.definition), follow=True)

    assert "Nothing differs" in response.content.decode()
    assert study.instruments.count() == 1


def test_the_form_can_say_everything(study):
    """Every setting away from its default goes through the form and comes back as it was."""
    full = standard_definition(
        receivers=["older_female", "younger_male"],
        points=5,
        pages=2,
        frame_order="norm_first",
        side_order="culture_first",
        reason_positions=[1, 7],
        paradata=True,
        perceived=True,
        failed_ending="failed_attention",
        show_country=False,
        languages=["en", "pt-br"],
        translations={"pt-br": {"contact": "a equipe"}},
    )
    editor = Editor(full, typed(full))

    assert editor.is_valid(), editor.errors
    assert parse(editor.definition()) == parse(full)


def test_the_code_of_a_closed_study_may_be_left_out_and_no_other(study):
    standard = standard_definition()
    without = Editor(standard, typed(standard, **{"codes-closed": ""}))
    assert without.is_valid(), without.errors
    assert "closed" not in parse(without.definition()).codes

    assert not Editor(standard, typed(standard, **{"codes-completed": ""})).is_valid()


def test_countries_are_chosen_by_name(client, page, study):
    Study.objects.update(state="draft")  # nothing is known of these countries' scenarios
    kept = [code for code in study.instrument.definition["countries"] if code != "ZA"]
    fields = typed(study.instrument.definition)
    fields |= {"design-countries": kept, "design-more_countries": "Japan; Viet Nam; Brazil"}

    client.post(page, fields)

    made = Study.objects.get(pk=study.pk).instruments.order_by("number").last()
    assert made.definition["countries"] == [*kept, "JP", "VN"]


def test_a_change_makes_a_version_with_its_note(client, page, study, researcher):
    fields = typed(study.instrument.definition, **{"page-points": "5", "note": "Five points"})

    response = client.post(page, fields, follow=True)

    assert "Saved as version 2" in response.content.decode()
    newest = study.instrument
    assert (newest.note, newest.created_by, newest.definition["points"]) == (
        "Five points",
        researcher,
        5,
    )


def test_a_form_that_was_overtaken_is_not_saved_before_that_was_said(client, page, study):
    first, second = study.instrument.definition, study.instrument.definition
    shown = client.get(page).content.decode()
    assert '<input type="hidden" name="base" value="1">' in shown
    client.post(page, typed(first, base="1", **{"page-points": "5"}))
    late = typed(second, base="1", **{"rules-contact": "the team"})

    refused = client.post(page, late)

    assert refused.status_code == 422
    told = refused.content.decode()
    assert "saved version 2, and this form began with version 1" in told
    assert 'name="base" value="2"' in told
    assert 'value="the team"' in told
    assert study.instruments.count() == 2
    client.post(page, late | {"base": "2"})
    assert study.instruments.count() == 3


def test_rows_are_added_and_removed(client, page, study):
    definition = study.instrument.definition
    fields = typed(
        definition,
        **{
            "consent-0-DELETE": "on",
            "instructions-3-heading": "One more thing",
            "instructions-3-text": "Take your time.",
        },
    )

    assert client.post(page, fields).status_code == 302

    newest = study.instrument.definition
    assert newest["consent"] == definition["consent"][1:]
    assert newest["instructions"][-1] == {"heading": "One more thing", "text": "Take your time."}


def test_rows_change_their_order_by_their_places(client, page, study):
    first, second, third = study.instrument.definition["instructions"]
    fields = typed(study.instrument.definition, **{"instructions-2-ORDER": "0"})

    client.post(page, fields)

    assert study.instrument.definition["instructions"] == [third, first, second]


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("page-reason_positions", "2, nine", "Use whole numbers"),
        ("page-reason_positions", "9", "places from 1 to 7"),
        ("design-more_countries", "Brazil; Atlantis", "unknown country"),
        ("checks-0-options", "Yes\nNo", "Put a star before the right answer"),
        ("checks-0-options", "* Yes\n* No", "does not tell pass from fail"),
        ("checks-1-after", "7", '<a href="#id_checks-1-after">After scenario</a>'),
        ("comprehension-0-options", "* Yes\n* No", "Only one answer can be the right one"),
        ("rules-contact", "", "This field is required"),
        ("design-planned_completes", "5", "cannot be open like this"),
    ],
)
def test_a_mistake_is_named_and_what_was_typed_stays(client, page, study, field, value, said):
    fields = typed(study.instrument.definition, **{field: value, "codes-completed": "KEPT-TYPED"})

    response = client.post(page, fields)

    assert response.status_code == 422
    assert said in response.content.decode()
    assert "KEPT-TYPED" in response.content.decode()
    assert study.instruments.count() == 1


def test_the_file_comes_back_as_it_went(client, page, study):
    add_instrument(study=study, definition=standard_definition(points=5))
    old = client.get(page + "1.json")

    client.post(
        page + "upload/", {"file": SimpleUploadedFile("i.json", old.content), "note": "Old"}
    )

    assert study.instrument.number == 3
    assert study.instrument.content_hash == study.instruments.get(number=1).content_hash


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"{", "This is not JSON"),
        (b"\xff\xfe", "This is not JSON"),
        (b"[]", "holds no JSON object"),
        (b" " * 1_000_001, "too large"),
        (b'{"translations": {"x": NaN}}', "NaN is no number"),
        (json.dumps(standard_definition(contact="a\x00b")).encode(), "cannot be stored"),
        (json.dumps(standard_definition(contact="\ud800")).encode(), "cannot be stored"),
        (json.dumps(standard_definition(reciever=["x"])).encode(), "reciever is no part"),
        (json.dumps(standard_definition(minutes_allowed=10**30)).encode(), "is too large"),
        (json.dumps(standard_definition(mix=[3])).encode(), "mix is missing or of the wrong kind"),
        (json.dumps({"language": 3}).encode(), "language is missing or of the wrong kind"),
        (json.dumps(standard_definition(checks=[{}])).encode(), "checks[0].options"),
    ],
)
def test_a_bad_file_is_refused_with_the_reason(client, page, study, content, said):
    response = client.post(page + "upload/", {"file": SimpleUploadedFile("i.json", content)})

    assert response.status_code == 422
    assert said in response.content.decode()
    assert study.instruments.count() == 1


def test_versions_are_compared_and_restored(client, page, study):
    wording = standard_definition()["wording"] | {"personal": "What would you really do?"}
    add_instrument(study=study, definition=standard_definition(wording=wording))

    text = client.get(page + "compare/").content.decode()
    assert "wording.personal" in text
    assert "<ins>" in text

    client.post(page + "1/restore/")
    assert study.instrument.content_hash == study.instruments.get(number=1).content_hash
    assert study.instrument.note == "Version 1 restored"


def test_real_answers_bring_a_warning(client, page, study):
    from tests.survey.services.test_assignment import answer_all, arrive

    answer_all(arrive(study, 1))

    assert "There are 7 real answers already" in client.get(page).content.decode()


def test_opening_is_asked_first_and_refused_with_reasons(client, page, study):
    Study.objects.update(state="draft")
    add_instrument(study=study, definition=standard_definition(exclude_at=4))
    state = f"/studies/{study.slug}/state/open/"

    asked = client.get(state).content.decode()
    refused = client.post(state)

    assert "Everybody with the link can take part" in asked
    assert refused.status_code == 422
    assert "Excluding from 4 failed checks on can never happen" in refused.content.decode()
    study.refresh_from_db()
    assert study.state == "draft"

    add_instrument(study=study, definition=standard_definition())
    assert client.post(state).status_code == 302
    study.refresh_from_db()
    assert study.state == "open"


def test_an_unknown_change_of_state_is_not_found(client, page, study):
    assert client.get(f"/studies/{study.slug}/state/burn/").status_code == 404


def test_a_new_study_begins_at_its_instrument(client, page, study):
    fields = {"name": "Norms", "slug": "norms", "release": study.release_id, "scheme": "geo-v1"}

    assert client.get("/studies/new/").status_code == 200
    response = client.post("/studies/new/", fields)
    again = client.post("/studies/new/", fields)

    assert response["Location"] == "/studies/norms/instrument/"
    assert again.status_code == 422
    assert "taken" in again.content.decode()


def test_a_form_without_its_fields_is_refused_and_no_crash(client, page, study):
    assert client.post(page, {}).status_code == 422
    assert client.post(page + "upload/", {}).status_code == 422
    assert study.instruments.count() == 1


@pytest.mark.parametrize(("query", "status"), [("?before=99", 404), ("?before=x&after=", 200)])
def test_only_versions_that_exist_are_compared(client, page, query, status):
    assert client.get(page + "compare/" + query).status_code == status


def test_an_old_version_that_could_not_be_opened_is_not_restored_while_open(client, page, study):
    """Version 2 was stored while the study was a draft."""
    add_instrument(study=study, definition=standard_definition(exclude_at=4))
    add_instrument(study=study, definition=standard_definition())

    response = client.post(page + "2/restore/", follow=True)

    assert "cannot be open like this" in response.content.decode()
    assert study.instrument.number == 3


def test_an_imported_study_has_no_instrument_page(client, page, study):
    study.instruments.all().delete()

    assert client.get(page).status_code == 404


@pytest.mark.parametrize(
    ("state", "change"), [("draft", "open"), ("open", None), ("paused", "reopen"), ("closed", None)]
)
def test_the_overview_says_where_a_shut_study_is_opened(client, page, study, state, change):
    Study.objects.update(state=state)

    text = client.get(f"/studies/{study.slug}/").content.decode()

    offered = [name for name in ("open", "reopen") if f"/state/{name}/" in text]
    assert offered == ([change] if change else [])
