"""Withdrawal, keys and retention: what goes, what stays, and that nothing goes by accident."""

from datetime import timedelta

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from django.utils import timezone

from pact_site.base.errors import BadInput
from pact_site.base.models import AuditEvent
from survey.models import (
    Answer,
    CheckResponse,
    DemographicRow,
    Participant,
    ProlificIdentity,
    ProlificSubmission,
    PseudonymKey,
    Study,
    Withdrawal,
)
from survey.services import participation, retention, withdrawals
from survey.services.export_records import record_export
from survey.services.keys import destroy_key
from survey.services.pseudonyms import pseudonym
from tests.survey.services.test_assignment import answer_all, arrive
from tests.survey.walking import PID, Walker, pid

pytestmark = pytest.mark.django_db


def close(study, days_ago=0):
    study.state = Study.State.CLOSED
    study.closed_at = timezone.now() - timedelta(days=days_ago)
    study.save()
    return study


class TestWithdrawal:
    def test_content_goes_and_the_tombstone_says_how_much(self, study):
        person = arrive(study, 1)
        answer_all(person)
        DemographicRow.objects.create(
            study=study, submission_id="s", prolific_pid=pid(1), file_name="f", row_number=2
        )

        row = withdrawals.withdraw(participant=person, asked_by="staff")

        assert row.answers_removed == 7
        left = (Answer, CheckResponse, ProlificIdentity, DemographicRow)
        assert [model.objects.count() for model in left] == [0, 0, 0, 0]
        person.refresh_from_db()
        assert (person.state, person.country, person.gender) == ("withdrawn", "", "")
        assert not person.assignments.holding().exists()

    def test_nothing_tells_how_checks_were_answered(self, study):
        person = arrive(study, 1)
        answer_all(person, right=False)
        assert person.exclusions.get().evidence["failed"]

        withdrawals.withdraw(participant=person, asked_by="staff")

        assert not person.exclusions.exists()

    def test_it_names_the_earlier_exports_that_held_the_row(self, study):
        person, other = arrive(study, 1), arrive(study, 2)
        for name, people in (("a.csv", [person, other]), ("b.csv", [other])):
            record_export(
                study=study, cohort="real", kind="human", name=name,
                pseudonyms=[one.pseudonym for one in people], rows=len(people),
            )  # fmt: skip

        row = withdrawals.withdraw(participant=person, asked_by="participant")

        assert [one["name"] for one in row.exports] == ["a.csv"]

    def test_twice_is_once(self, study):
        person = arrive(study, 1)
        first = withdrawals.withdraw(participant=person, asked_by="staff")

        assert withdrawals.withdraw(participant=person, asked_by="staff") == first
        assert Withdrawal.objects.count() == 1

    def test_feedback_sent_from_an_open_page_afterwards_is_not_kept(self, study):
        person = arrive(study, 1)
        answer_all(person)
        open_page = Participant.objects.get()
        withdrawals.withdraw(participant=person, asked_by="participant")

        participation.save_feedback(participant=open_page, feedback="It is me, Maria")

        assert Participant.objects.get().feedback == ""

    def test_the_audit_names_nobody(self, study):
        person = arrive(study, 1)
        withdrawals.withdraw(participant=person, asked_by="staff")

        event = AuditEvent.objects.get(verb="participant.withdrawn")
        assert person.pseudonym not in f"{event.subject} {event.detail}"
        assert pid(1) not in f"{event.subject} {event.detail}"


class TestPseudonyms:
    def test_one_person_has_another_name_in_another_study_and_cohort(self, study):
        other = Study.objects.create(slug="other", name="Other", release=study.release)
        names = {
            pseudonym(study=which, cohort=cohort, pid=PID)
            for which in (study, other)
            for cohort in ("real", "rehearsal")
        }

        assert len(names) == 4
        assert pseudonym(study=study, cohort="real", pid=PID) in names

    def test_without_its_key_a_study_makes_no_names(self, study):
        close(study)
        destroy_key(study=study, typed=study.slug)
        study.refresh_from_db()

        with pytest.raises(ValueError, match="destroyed"):
            pseudonym(study=study, cohort="real", pid=PID)


class TestKeys:
    def test_everything_that_leads_back_goes_and_answers_stay(self, study):
        person = arrive(study, 1)
        answer_all(person)
        ProlificSubmission.objects.create(study=study, submission_id="s" * 24, source="poll")
        close(study)

        gone = destroy_key(study=study, typed=study.slug)

        assert (gone.identities, gone.submissions) == (1, 1)
        left = (ProlificIdentity, ProlificSubmission, PseudonymKey)
        assert [model.objects.count() for model in left] == [0, 0, 0]
        assert Answer.objects.count() == 7
        assert AuditEvent.objects.filter(verb="study.key_destroyed").count() == 1

    def test_an_open_study_keeps_its_key(self, study):
        arrive(study, 1)
        with pytest.raises(BadInput, match="closed"):
            destroy_key(study=study, typed=study.slug)
        assert PseudonymKey.objects.exists()

    def test_the_name_must_be_typed(self, study):
        arrive(study, 1)
        close(study)
        with pytest.raises(BadInput):
            destroy_key(study=study, typed="first")
        with pytest.raises(CommandError) as refused:
            call_command("destroy_key", study=study.slug, sure="no")
        assert refused.value.returncode == 2
        assert PseudonymKey.objects.exists()

    def test_a_visitor_of_a_study_without_key_meets_a_closed_study(self, study):
        arrive(study, 1)
        withdrawals.withdraw(participant=arrive(study, 2), asked_by="staff")
        close(study)
        destroy_key(study=study, typed=study.slug)

        assert "has ended" in Walker(study, pid(2)).enter().text


class TestRetention:
    @pytest.mark.parametrize(("days_ago", "removed"), [(29, 0), (31, 2)])
    def test_texts_go_after_their_days(self, study, days_ago, removed):
        person = arrive(study, 1)
        answer_all(person)
        Answer.objects.exclude(assignment__position=1).update(reason="")
        Participant.objects.update(feedback="Thank you")
        retention.set_retention(study=study, identity_days=None, text_days=30)
        close(study, days_ago)

        made = retention.apply_retention()

        assert sum(one.texts for one in made) == removed
        assert Answer.objects.exclude(reason="").exists() == (removed == 0)
        assert ProlificIdentity.objects.exists()

    def test_ids_go_after_theirs_and_running_it_again_removes_nothing(self, study, capsys):
        arrive(study, 1)
        retention.set_retention(study=study, identity_days=10, text_days=None)
        close(study, 11)

        call_command("apply_retention")
        assert "1 identities removed" in capsys.readouterr().out
        call_command("apply_retention")
        assert "nothing to remove" in capsys.readouterr().out

    def test_an_open_study_keeps_everything(self, study):
        arrive(study, 1)
        retention.set_retention(study=study, identity_days=0, text_days=0)

        assert retention.apply_retention() == []

    @pytest.mark.parametrize("days", [-1, 99999])
    def test_days_that_cannot_be_are_refused(self, study, days):
        with pytest.raises(BadInput):
            retention.set_retention(study=study, identity_days=days, text_days=None)


def everything_stored():
    """Every value of every text and JSON column of the database, with where it stands."""
    for model in apps.get_models():
        names = [f.name for f in model._meta.concrete_fields]
        for row in model._default_manager.values(*names):
            for name, value in row.items():
                yield f"{model._meta.label}.{name}", str(value)


def test_no_address_and_no_browser_is_stored_and_ids_lie_in_their_tables_alone(study, client):
    client.defaults |= {"REMOTE_ADDR": "203.0.113.77", "HTTP_USER_AGENT": "OddBrowser/9.9"}
    Walker(study, PID, client, SESSION_ID="d" * 24).begin().finish()

    stored = list(everything_stored())
    assert not [place for place, value in stored if "203.0.113.77" in value]
    assert not [place for place, value in stored if "OddBrowser" in value]
    holding = {place for place, value in stored if PID in value or "d" * 24 in value}
    assert holding == {
        "survey.ProlificIdentity.prolific_pid",
        "survey.ProlificIdentity.submission_id",
    }
