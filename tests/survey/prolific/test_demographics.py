"""The demographic export: every generation, every non-value, nothing half-written."""

import pytest
from django.core.management import CommandError, call_command

from pact_site.base.errors import BadInput
from pact_site.base.models import AuditEvent
from survey.models import DemographicRow, Participant, ProlificIdentity, ProlificSubmission
from survey.prolific.demographics import import_demographics
from survey.services import withdrawals
from tests.survey.prolific import exports
from tests.survey.prolific.exports import MIDDLE, NEW, OLD, PERSON, SUBMISSION, write
from tests.survey.walking import Walker

pytestmark = pytest.mark.django_db


@pytest.fixture
def take(study, tmp_path):
    def run(*rows, name="export.csv", **options):
        return import_demographics(path=write(tmp_path / name, rows, **options), study=study)

    return run


@pytest.mark.parametrize("row", [OLD, MIDDLE, NEW], ids=["2021", "2022", "2025"])
@pytest.mark.parametrize("file", [{}, {"bom": True, "end": "\r\n"}], ids=["plain", "bom-crlf"])
def test_every_generation_is_read_as_the_same(take, row, file):
    report = take(row, **file)

    stored = DemographicRow.objects.get()
    assert (report.rows, report.new, report.unmatched) == (1, 1, 1)
    assert (stored.submission_id, stored.prolific_pid) == (SUBMISSION, PERSON)
    assert stored.status == "AWAITING REVIEW"
    told = {name: stored.values[name] for name in ("code", "time_taken", "age", "country")}
    assert told == {"code": "GOOD", "time_taken": "570.5", "age": "33", "country": "Brazil"}


def test_headers_are_matched_without_case_and_punctuation(take):
    take({"SUBMISSION-ID": SUBMISSION, " participant  ID ": PERSON, "completion_CODE": "GOOD"})

    assert DemographicRow.objects.get().values == {"code": "GOOD"}


def test_unknown_columns_are_kept_and_named_and_authenticity_is_expected(take):
    report = take(NEW)

    stored = DemographicRow.objects.get()
    assert report.unknown_columns == ("Vegetarian or vegan",)
    assert stored.extra == {"Vegetarian or vegan": "No", "Authenticity check: Why did you": "High"}
    assert stored.values["authenticity_bots"] == "Low"


def test_non_values_are_not_stored_and_a_revoked_consent_is_noted(take):
    report = take(MIDDLE)

    stored = DemographicRow.objects.get().values
    assert not {"ethnicity", "birth_country", "nationality", "terms_at", "reviewed_at"} & set(
        stored
    )
    assert stored["consent_revoked"] == ["ethnicity"]
    assert report.revoked == 1


def test_what_was_revoked_does_not_come_back_with_an_earlier_file(take):
    before = MIDDLE | {"Ethnicity simplified": "Mixed"}
    take(before)
    take(MIDDLE)

    take(before)

    assert "Mixed" not in str(DemographicRow.objects.get().values)


def test_the_same_file_twice_changes_nothing(take):
    rows = exports.people(3)
    take(*rows)
    before = list(DemographicRow.objects.order_by("pk").values())
    news = list(ProlificSubmission.objects.order_by("pk").values())

    report = take(*rows)

    assert (report.new, report.changed, report.unchanged) == (0, 0, 3)
    assert list(DemographicRow.objects.order_by("pk").values()) == before
    assert list(ProlificSubmission.objects.order_by("pk").values()) == news


def test_an_older_export_never_replaces_newer_news(take):
    newer = MIDDLE | {"Status": "APPROVED", "Reviewed at": "2023-05-06T08:00:00Z"}
    take(newer)

    report = take(MIDDLE)

    assert report.older == 1
    assert DemographicRow.objects.get().status == "APPROVED"
    assert ProlificSubmission.objects.get().status == "APPROVED"


def test_the_submission_learns_from_the_file(take):
    take(MIDDLE)

    known = ProlificSubmission.objects.get()
    assert (known.status, known.source) == ("AWAITING REVIEW", "file")
    assert (known.code, known.seconds, known.prolific_pid) == ("GOOD", 570.5, PERSON)


def test_several_submissions_of_one_person_are_kept_and_counted(take):
    second = MIDDLE | {"Submission id": "c" * 24}

    report = take(MIDDLE, second)

    assert (report.rows, report.new, report.several) == (2, 2, 1)


def test_sessions_here_are_counted_as_matched(take, study):
    Walker(study, PERSON, SESSION_ID=SUBMISSION).consent()

    report = take(MIDDLE, *exports.people(2))

    assert (report.matched, report.unmatched) == (1, 2)


def test_nothing_is_stored_of_somebody_who_withdrew(take, study):
    Walker(study, PERSON, SESSION_ID=SUBMISSION).consent()
    withdrawals.withdraw(participant=Participant.objects.get(), asked_by="participant")

    report = take(MIDDLE)

    assert report.withdrawn == 1
    assert not DemographicRow.objects.exists()


def test_a_status_that_is_new_to_us_is_counted(take):
    assert take(MIDDLE | {"Status": "PONDERING"}).unknown_statuses == 1


BAD = [
    ({"Participant id": "someone@example.org"}, "participant_id", 3, "24 hexadecimal"),
    ({"Submission id": "B" * 23}, "submission_id", 3, "24 hexadecimal"),
    ({"Submission id": ""}, "submission_id", 3, "a value"),
    ({"Submission id": exports.sid(0)}, "submission_id", 3, "row 2"),
    ({"Time taken": "ten minutes"}, "time_taken", 3, "seconds"),
    ({"Time taken": "-3"}, "time_taken", 3, "seconds"),
    ({"Started at": "yesterday"}, "started_at", 3, "a date"),
]


@pytest.mark.parametrize(("change", "column", "row", "expected"), BAD)
def test_a_cell_that_cannot_be_read_is_named_and_nothing_is_stored(
    take, change, column, row, expected
):
    good, other = exports.people(2)

    with pytest.raises(BadInput) as error:
        take(good, other | change)

    found = error.value
    assert (found.file, found.row, found.column) == ("export.csv", row, column)
    assert expected in (found.expected or "")
    assert not DemographicRow.objects.exists()
    assert not ProlificSubmission.objects.exists()


@pytest.mark.parametrize("column", ["Submission id", "Participant id"])
def test_a_header_without_ids_is_refused(take, column):
    rows = [{name: cell for name, cell in MIDDLE.items() if name != column}]

    with pytest.raises(BadInput) as error:
        take(*rows)

    assert error.value.column == column.casefold().replace(" ", "_")


def test_two_columns_for_one_thing_are_refused(take):
    with pytest.raises(BadInput, match="twice"):
        take(MIDDLE | {"session_id": "d" * 24})


def test_an_export_of_another_study_is_recognised(take, study):
    other = type(study).objects.create(slug="other", name="Other", release=study.release)
    person = Participant.objects.create(study=other, pseudonym="p", cohort="real")
    ProlificIdentity.objects.create(
        participant=person,
        study=other,
        cohort="real",
        prolific_pid=PERSON,
        submission_id=SUBMISSION,
    )

    with pytest.raises(BadInput, match="came to the study other"):
        take(MIDDLE)


def test_the_import_is_audited_without_anybodys_id(take):
    take(MIDDLE)

    told = AuditEvent.objects.get(verb="demographics.imported").detail
    assert told == {"file": "export.csv", "rows": 1, "new": 1, "changed": 0}


def test_the_command_tells_the_counts(study, tmp_path, capsys):
    path = write(tmp_path / "export.csv", exports.people(2, NEW))

    call_command("import_demographics", path, study=study.slug)

    out = capsys.readouterr().out
    assert "2 rows: new 2, changed 0, unchanged 0." in out
    assert "Vegetarian or vegan" in out


def test_the_command_names_what_it_does_not_find(study, tmp_path):
    with pytest.raises(CommandError, match="no study nowhere"):
        call_command("import_demographics", tmp_path / "x.csv", study="nowhere")
    with pytest.raises(CommandError, match="no such file"):
        call_command("import_demographics", tmp_path / "x.csv", study=study.slug)
