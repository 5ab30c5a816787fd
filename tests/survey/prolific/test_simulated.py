"""A rehearsed study and its fake: linked, polled, and still known to the next process."""

import pytest

from survey.models import DemographicRow, ProlificSubmission
from survey.prolific.connection import connection
from survey.prolific.fake import make_fake, running_fake
from survey.prolific.fake.running import TOKEN
from survey.prolific.simulated import is_simulated, memory, simulated_prolific
from tests.survey.prolific import loopback
from tests.survey.prolific.exports import pid

pytestmark = pytest.mark.django_db


def come(study, url, number):
    """The n-th person takes a place and finishes."""
    people = url.removesuffix("/api/v1") + "/fake/submissions"
    told = {"study": study.prolific_study_id, "person": pid(number)}
    made = loopback.post(people, json=told).json()["id"]
    loopback.post(f"{people}/{made}/finish", json={"code": "PACTDONE"})


def test_after_a_rehearsal_the_ledgers_sources_are_full(study):
    with simulated_prolific(study) as url:
        for number in range(3):
            come(study, url, number)

    assert set(ProlificSubmission.objects.values_list("status", flat=True)) == {"AWAITING REVIEW"}
    assert DemographicRow.objects.filter(study=study).count() == 3
    assert is_simulated(study)


def test_the_next_process_goes_on_where_the_last_one_stopped(study):
    with simulated_prolific(study) as url:
        come(study, url, 1)
    before = study.prolific_study_id
    with simulated_prolific(study) as url:
        come(study, url, 2)

    assert study.prolific_study_id == before
    assert ProlificSubmission.objects.count() == 2
    ids = make_fake(memory=memory()).world.submissions
    assert set(ids) == set(ProlificSubmission.objects.values_list("submission_id", flat=True))


def test_what_a_running_fake_is_told_is_in_its_file(study):
    with simulated_prolific(study) as url:
        come(study, url, 1)
    (known,) = ProlificSubmission.objects.values_list("submission_id", flat=True)

    with running_fake(make_fake(memory=memory())) as running:
        answer = loopback.post(
            f"{running.url}/submissions/{known}/transition/",
            json={"action": "APPROVE"},
            headers={"Authorization": f"Token {TOKEN}"},
        )

    assert answer.status_code == 200
    again = make_fake(memory=memory()).world.submission(known)
    assert (again.status, again.completed_at is not None) == ("APPROVED", True)


def test_a_study_of_a_real_account_is_left_alone(study):
    study.prolific_study_id = "a" * 24
    study.save()

    with simulated_prolific(study) as url:
        assert url is None

    assert not memory().exists()


def test_the_page_knows_whether_the_fake_runs(study, settings, client, researcher):
    client.force_login(researcher)
    address = f"/studies/{study.slug}/prolific/"
    assert "fake" not in client.get(address).content.decode()
    with simulated_prolific(study):
        pass

    assert (connection(study).simulated, connection(study).fake) == (True, False)
    assert "does not run now" in client.get(address).content.decode()
    settings.PACT_PROLIFIC_TOKEN = TOKEN
    settings.PACT_PROLIFIC_URL = "http://127.0.0.1:9/api/v1"
    assert "nobody is recruited or paid" in client.get(address).content.decode()
