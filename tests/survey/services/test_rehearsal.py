"""Rehearsals over real HTTP: against a server of their own, and against the tests'."""

import json
import signal
import subprocess
import sys

import pytest
from django.core.management import CommandError, call_command
from django.db.models import Count

from survey.models import Participant
from survey.services import rehearsal_server
from survey.services.rehearsal import rehearse
from survey.services.studies import add_instrument, standard_definition
from tests.base import processes


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_many_arrivals_at_once_lose_nothing_and_overfill_nothing(study, monkeypatch, capsys):
    for name, value in processes.told().items():
        monkeypatch.setenv(name, value)
    call_command(
        "simulate_participants", "--study", study.slug, "--n", "24", "--seed", "5",
        "--dropout", "0.2", "--concurrency", "24", "--json",
    )  # fmt: skip
    found = json.loads(capsys.readouterr().out)

    assert found["participants"] == 24
    assert 10 <= found["completed"] < 24
    assert found["answers_sent"] > 80
    assert found["answers_stored"] == found["answers_sent"]
    assert found["answers_lost"] == found["duplicates"] == found["cells_over_target"] == 0
    assert found["max_imbalance"] <= 1
    assert found["seconds"] > 0
    assert 0 < found["p50_ms"] <= found["p95_ms"]
    assert set(cohorts()) == {"rehearsal"}


def cohorts():
    """Participants by cohort."""
    return dict(Participant.objects.values_list("cohort").annotate(Count("pk")))


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_the_same_seed_sends_the_same_people_again(study, live_server):
    first = rehearse(study=study, n=4, seed=5, url=live_server.url)
    before = cohorts()
    again = rehearse(study=study, n=4, seed=5, url=live_server.url)

    assert first.answers_stored > 10
    assert again.duplicates == 0
    assert cohorts() == before


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"study": "nowhere"}, "no such study"),
        ({"study": "first-light", "n": 0}, "--n is too small"),
        ({"study": "first-light", "dropout": 1.5}, "--dropout is no share"),
        ({"study": "first-light", "concurrency": 0}, "--concurrency is too small"),
        ({"study": "first-light", "within": -1.0}, "--within cannot be"),
        ({"study": "first-light", "patience": 4000.0}, "--patience cannot be"),
    ],
)
def test_bad_options_exit_2(study, options, words):
    with pytest.raises(CommandError, match=words) as caught:
        call_command("simulate_participants", **options)

    assert caught.value.returncode == 2


@pytest.mark.django_db
def test_a_server_that_does_not_answer_is_said_in_one_line(study):
    with pytest.raises(CommandError, match="The rehearsal stopped") as caught:
        call_command("simulate_participants", study=study.slug, n=1, url="http://127.0.0.1:9")

    assert caught.value.returncode == 1


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_people_find_their_way_through_other_settings_of_the_instrument(study, live_server):
    definition = standard_definition(
        pages=2, points=5, perceived=True, paradata=True, failed_ending="failed_attention"
    )
    add_instrument(study=study, definition=definition)
    study.refresh_from_db()

    found = rehearse(study=study, n=8, seed=2, concurrency=8, within=0.5, url=live_server.url)

    assert found.retried == 0
    assert found.answers_stored == found.answers_sent > 40
    assert found.answers_lost == found.duplicates == found.cells_over_target == 0
    assert found.pages > 2 * found.answers_sent


@pytest.mark.parametrize("pause", [(2, 1), (-1, 0), (0, 99999)])
def test_a_pause_that_cannot_be_is_refused(study, pause):
    with pytest.raises(CommandError) as refused:
        call_command("simulate_participants", study=study.slug, n=1, pause=pause)

    assert refused.value.returncode == 2


def test_a_server_that_does_not_go_is_ended(monkeypatch):
    deaf = (
        "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print(1, flush=True)"
    )
    command = [sys.executable, "-c", f"{deaf}; time.sleep(600)"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE)
    process.stdout.readline()
    monkeypatch.setattr(rehearsal_server, "PATIENCE", 0.1)

    rehearsal_server.stop(process)

    assert process.returncode == -signal.SIGKILL
