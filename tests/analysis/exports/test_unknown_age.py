"""People who did not say their age: exports that can be read back, levels that have a name."""

import pytest
from django.core.management import call_command

from analysis.exports.human import human_export
from analysis.reports.regression import level_title
from survey.models import Participant
from tests.analysis import cast


@pytest.mark.django_db
def test_an_unknown_age_leaves_the_joined_code_empty_and_the_file_is_read_back(tmp_path):
    study = cast.make_study(per_country=2, scenarios=2)
    some = list(Participant.objects.values_list("pk", flat=True)[:2])
    Participant.objects.filter(pk__in=some).update(age_bucket="")
    written = human_export(study.slug)
    unknown = written["respondent_age_bucket"] == ""
    assert unknown.any()
    assert not unknown.all()
    assert set(written.loc[unknown, "respondent_demo"]) == {""}
    assert all("_" in code for code in written.loc[~unknown, "respondent_demo"])
    call_command("export_data", "human", study=study.slug, out=tmp_path / "human.csv")
    call_command("import_human", tmp_path / "human.csv", study="again")
    assert Participant.objects.filter(study__slug="again", age_bucket="").count() == len(some)


def test_a_level_that_nobody_stated_has_words():
    assert level_title("participant_age: ") == "Participant's age: not known"
    assert level_title("participant_age: older") == "older participants"
