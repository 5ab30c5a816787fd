"""The fake's exports, taken over HTTP and read by the import."""

import pytest

from pact_site.base.errors import BadInput
from survey.models import DemographicRow, ProlificSubmission, Study
from survey.prolific.demographics import import_demographics
from survey.prolific.polling import poll
from tests.survey.prolific import loopback

pytestmark = pytest.mark.django_db


@pytest.fixture
def export(prolific, recruiting, tmp_path):
    """`export(generation)`: the file of what the fake's people did so far."""

    def download(generation):
        url = f"{prolific.people_url}/studies/{recruiting.prolific_study_id}/export"
        path = tmp_path / f"generation-{generation}.csv"
        path.write_bytes(loopback.get(url, params={"generation": generation}).content)
        return path

    return download


@pytest.fixture
def people(recruiting, act):
    """One person who finished, one who returned, one who ran out of time and one still there."""
    for move in ("finish", "return", "time_out", None):
        one = act("submissions", study=recruiting.prolific_study_id)["id"]
        if move:
            act(f"submissions/{one}/{move}")


@pytest.mark.parametrize("generation", [1, 2, 3])
def test_every_generation_is_taken_in_whole(recruiting, people, export, generation):
    report = import_demographics(path=export(generation), study=recruiting)

    assert report.rows == report.new == DemographicRow.objects.count() == 4
    statuses = ProlificSubmission.objects.values_list("status", flat=True)
    assert sorted(statuses) == ["ACTIVE", "AWAITING REVIEW", "RETURNED", "TIMED-OUT"]


@pytest.mark.parametrize("generation", [1, 2, 3])
def test_file_and_poll_tell_the_same(recruiting, people, export, client_of, prolific, generation):
    import_demographics(path=export(generation), study=recruiting)

    assert poll(study=recruiting, client=client_of(prolific)).changed == 0


def test_a_file_does_not_undo_what_a_later_poll_told(
    prolific, recruiting, people, export, client_of
):
    path = export(3)
    done = next(
        h for h in prolific.fake.world.submissions.values() if h.status == "AWAITING REVIEW"
    )
    prolific.fake.world.move(done.id, "APPROVE")
    poll(study=recruiting, client=client_of(prolific))
    import_demographics(path=path, study=recruiting)

    assert ProlificSubmission.objects.get(submission_id=done.id).status == "APPROVED"


def test_after_the_key_is_destroyed_no_file_is_taken(recruiting, people, export):
    path = export(3)
    Study.objects.update(key_destroyed_at="2026-01-01T00:00Z")
    recruiting.refresh_from_db()

    with pytest.raises(BadInput, match="key is destroyed"):
        import_demographics(path=path, study=recruiting)
    assert not DemographicRow.objects.exists()
