"""Linking a study to Prolific's."""

import pytest
from django.core.management import CommandError, call_command

from pact_site.base.errors import BadInput
from pact_site.base.models import AuditEvent
from survey.models import DemographicRow, ProlificSubmission, Study
from survey.prolific.ledger import ledger
from survey.prolific.linking import link_study
from tests.survey.prolific.casting import export_row, session, submission
from tests.survey.prolific.exports import sid

ID = "a1" * 12

pytestmark = pytest.mark.django_db


def test_an_id_is_noted_once_and_audited(study):
    for _ in range(2):
        link_study(study=study, prolific_study_id=f" {ID.upper()} ")

    assert Study.objects.get().prolific_study_id == ID
    assert AuditEvent.objects.filter(verb="prolific.linked").count() == 1


@pytest.mark.parametrize("wrong", ["abc", "g" * 24, ID + "0", "https://app.prolific.com/x"])
def test_what_is_no_id_is_refused(study, wrong):
    with pytest.raises(BadInput, match="no id of a study"):
        link_study(study=study, prolific_study_id=wrong)
    assert Study.objects.get().prolific_study_id == ""


def test_it_can_be_changed_and_taken_away_before_anybody_came(study):
    link_study(study=study, prolific_study_id=ID)
    link_study(study=study, prolific_study_id="b2" * 12)
    link_study(study=study, prolific_study_id="")

    assert Study.objects.get().prolific_study_id == ""


def test_it_stays_once_submissions_came_under_it(study):
    link_study(study=study, prolific_study_id=ID)
    ProlificSubmission.objects.create(study=study, submission_id="c" * 24, source="poll")

    with pytest.raises(BadInput, match="stays as it is"):
        link_study(study=study, prolific_study_id="b2" * 12)
    assert Study.objects.get().prolific_study_id == ID


def test_after_a_rehearsal_the_id_is_free_and_strays_of_the_fake_are_gone(study):
    link_study(study=study, prolific_study_id=ID)
    session(study, 1, cohort="rehearsal")
    for number in (1, 2):
        submission(study, number)
        export_row(study, number)

    link_study(study=study, prolific_study_id="b2" * 12)

    assert Study.objects.get().prolific_study_id == "b2" * 12
    assert ProlificSubmission.objects.get().submission_id == sid(1)
    assert DemographicRow.objects.get().submission_id == sid(1)
    assert ledger(study, "real") == []


def test_one_real_person_keeps_the_id(study):
    link_study(study=study, prolific_study_id=ID)
    for number, cohort in ((1, "rehearsal"), (2, "real")):
        session(study, number, cohort=cohort)
        submission(study, number)

    with pytest.raises(BadInput, match="stays as it is"):
        link_study(study=study, prolific_study_id="b2" * 12)


def test_two_studies_cannot_have_the_same(study):
    other = Study.objects.create(slug="other", name="Other", release=study.release)
    link_study(study=other, prolific_study_id=ID)

    with pytest.raises(BadInput, match="Another study"):
        link_study(study=study, prolific_study_id=ID)


def test_the_command_says_what_it_noted(study, capsys):
    call_command("link_prolific", "--study", study.slug, "--id", ID)

    assert capsys.readouterr().out == f"{study.slug}: {ID}\n"


def test_the_command_refuses_an_unknown_study():
    with pytest.raises(CommandError, match="no such study") as refused:
        call_command("link_prolific", "--study", "elsewhere", "--id", ID)
    assert refused.value.returncode == 2


def test_the_page_says_why_the_id_stays(study, client, researcher):
    link_study(study=study, prolific_study_id=ID)
    ProlificSubmission.objects.create(study=study, submission_id="c" * 24, source="poll")
    client.force_login(researcher)

    told = {"prolific_study_id": "b2" * 12}
    refused = client.post(f"/studies/{study.slug}/prolific/link/", told)
    assert refused.status_code == 422
    assert "stays as it is" in refused.content.decode()
    assert Study.objects.get().prolific_study_id == ID
