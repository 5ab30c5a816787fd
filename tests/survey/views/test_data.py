"""The page of a study's data: downloads, withdrawals, how long things are kept, the key."""

import csv
import json
from io import StringIO

import pytest
from django.core.management import call_command

from survey.models import ExportRecord, Participant, PseudonymKey, Study, Withdrawal
from survey.services import exclusions
from tests.survey.services.test_assignment import answer_all, arrive

pytestmark = pytest.mark.django_db


@pytest.fixture
def staff(client, researcher):
    client.force_login(researcher)
    return client


@pytest.fixture
def page(study):
    return f"/studies/{study.slug}/data/"


def rows_of(response):
    return list(csv.DictReader(response.content.decode().splitlines()))


@pytest.mark.parametrize("kind", ["human", "long", "quality", "flow"])
@pytest.mark.parametrize("ending", ["csv", "parquet", "jsonl"])
def test_every_kind_comes_in_every_format_and_is_remembered(staff, study, page, kind, ending):
    person = arrive(study, 1)
    answer_all(person)

    response = staff.get(f"{page}export/{kind}.{ending}")

    assert response.status_code == 200
    assert f"{study.slug}-{kind}.{ending}" in response["Content-Disposition"]
    record = ExportRecord.objects.get()
    assert (record.kind, len(record.content_hash)) == (kind, 64)
    assert record.participants == ([] if kind == "flow" else [person.pseudonym])


def test_the_long_format_has_a_row_a_question_with_everything(staff, study, page):
    person = arrive(study, 1)
    answer_all(person, right=False)

    rows = rows_of(staff.get(f"{page}export/long.csv"))

    assert len(rows) == 14
    assert {row["frame"] for row in rows} == {"personal", "norm"}
    assert {row["excluded"] for row in rows} == {"attention"}
    assert {row["instrument_hash"] for row in rows} == {study.instrument.content_hash}
    first = [row["frame"] for row in rows if row["asked_first"] == "True"]
    assert first == [person.first_frame] * 7
    assert {row["participant_country"] for row in rows} == {"Brazil"}


def test_who_is_held_back_or_withdrew_is_in_no_export(staff, study, page, researcher):
    held, kept = arrive(study, 1), arrive(study, 2)
    for person in (held, kept):
        answer_all(person)
    exclusions.exclude(participant=held, rule="returned", reason="x", actor=researcher)

    for kind, column in (
        ("human", "respondent_id"),
        ("long", "participant"),
        ("quality", "participant"),
    ):
        names = {row[column] for row in rows_of(staff.get(f"{page}export/{kind}.csv"))}
        assert names == {kept.pseudonym}


def test_simulated_rows_are_marked_by_the_file_and_never_mixed(staff, study, page):
    answer_all(arrive(study, 1, cohort="rehearsal"))
    answer_all(arrive(study, 2))

    simulated = staff.get(f"{page}export/long.csv?cohort=rehearsal")
    assert "SIMULATED" in simulated["Content-Disposition"]
    assert {row["cohort"] for row in rows_of(simulated)} == {"rehearsal"}
    assert {row["cohort"] for row in rows_of(staff.get(f"{page}export/long.csv"))} == {"real"}


def test_texts_that_a_spreadsheet_would_run_are_made_safe(staff, study, page):
    person = arrive(study, 1)
    answer_all(person)
    person.assignments.first().answer.__class__.objects.update(reason="=1+1")

    assert {row["reason"] for row in rows_of(staff.get(f"{page}export/long.csv"))} == {"'=1+1"}


def test_the_codebook_tells_every_column(staff, study, page):
    answer_all(arrive(study, 1))
    told = json.loads(staff.get(f"{page}export/codebook.json").content)

    for kind in ("long", "quality", "flow"):
        header = rows_of(staff.get(f"{page}export/{kind}.csv"))[0]
        assert set(header) == set(told[kind])
    printed = staff.get(f"{page}export/codebook.md").content.decode()
    assert all(f"| `{name}` |" in printed for columns in told.values() for name in columns)


@pytest.mark.parametrize("what", ["secrets.csv", "human.exe"])
def test_what_there_is_not_is_not_found(staff, study, page, what):
    assert staff.get(f"{page}export/{what}").status_code == 404


def test_nothing_to_export_says_so(staff, study, page):
    response = staff.get(f"{page}export/human.csv?cohort=real", follow=True)

    assert response.redirect_chain == [(f"{page}?cohort=real", 302)]
    assert "nothing of this kind to take out" in response.content.decode()
    assert not study.exports.exists()


def test_the_command_says_that_people_are_simulated(study, tmp_path):
    answer_all(arrive(study, 1, cohort="rehearsal"))
    out = StringIO()

    call_command("export_data", "human", study=study.slug, out=tmp_path / "out.csv", stdout=out)

    assert out.getvalue().startswith("SIMULATED: the people are simulated.\n7 rows")


def test_withdrawals_of_a_rehearsal_stand_with_it_alone(staff, study, page):
    person = arrive(study, 1, cohort="rehearsal")
    asked = {"pseudonym": person.pseudonym, "cohort": "rehearsal", "sure": "on"}

    told = staff.post(page + "withdraw/", asked, follow=True)

    assert f"withdrawals/{Withdrawal.objects.get().pk}/" in told.content.decode()
    assert person.pseudonym not in staff.get(f"{page}?cohort=real").content.decode()
    assert person.pseudonym in staff.get(f"{page}?cohort=rehearsal").content.decode()


def test_staff_withdraw_somebody_by_pseudonym_and_tick(staff, study, page):
    person = arrive(study, 1)
    answer_all(person)
    staff.get(f"{page}export/human.csv")
    asked = {"pseudonym": person.pseudonym, "cohort": "real"}

    assert staff.post(page + "withdraw/", asked).status_code == 422
    assert (
        staff.post(page + "withdraw/", asked | {"pseudonym": "p-x", "sure": "on"}).status_code
        == 422
    )
    assert not Withdrawal.objects.exists()

    staff.post(page + "withdraw/", asked | {"sure": "on"})
    row = Withdrawal.objects.get()
    told = staff.get(f"{page}withdrawals/{row.pk}/").content.decode()
    assert "first-light-human.csv" in told
    assert Participant.objects.get().state == "withdrawn"


def test_days_are_kept_or_refused(staff, study, page):
    assert staff.post(page + "keep/", {"identity_days": "-4"}).status_code == 422
    staff.post(page + "keep/", {"identity_days": "90", "text_days": ""})

    study.refresh_from_db()
    assert (study.identity_days, study.text_days) == (90, None)


def test_only_an_administrator_destroys_a_key_and_types_the_name(
    client, study, page, researcher, administrator
):
    arrive(study, 1)
    Study.objects.update(state="closed")
    client.force_login(researcher)
    assert client.post(page + "destroy-key/", {"typed": study.slug}).status_code == 403
    client.force_login(administrator)
    assert client.post(page + "destroy-key/", {"typed": "x"}).status_code == 422
    assert PseudonymKey.objects.exists()

    client.post(page + "destroy-key/", {"typed": study.slug})
    assert not PseudonymKey.objects.exists()
    assert "Nothing here leads back" in client.get(page).content.decode()
