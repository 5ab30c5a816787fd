"""A day of a study in a quarter of an hour: does memory stay flat?

    DATABASE_URL=postgres://postgres@127.0.0.1:5432/postgres python bench/soak.py --minutes 15

Round after round simulated people come from a fake Prolific, which sends webhooks; three in ten drop
out, their places run out and are given away. Meanwhile a worker asks a stub, builds reports and polls,
and a researcher looks at pages and takes data out. The memory of every process is read every second.
It is flat where the median of the last third is at most BOUND above that of the first third. A round
before that is not counted: in it everything is loaded that is loaded only when it is asked for. Ends
with 1 where one is not flat, or where answers are lost.
A database of its own on PostgreSQL, loopback only, never longer than 20 minutes.
"""

import argparse
import json
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from bench.installation import Installation, free_port, installed, wait_for
from bench.table import Figure, tell

BOUND = 0.10
"""The share by which the last third may be above the first."""

ROOM_MB = 6.0
"""What a process may grow besides: caches of a few pages, fragments."""

LOOKS = 6
"""How often the researcher looks before anything is counted."""

STUDY = "first-light"
SECRET = "of-the-soak"
PREPARE = f"""
from importlib import import_module
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from pact_site.base.models import Role, User
from survey.models import Study
from survey.services.studies import add_instrument, standard_definition
add_instrument(study=Study.objects.get(slug="{STUDY}"),
    definition=standard_definition(planned_completes=400, minutes_allowed=1))
user = User.objects.create_user("rita", "rita@example.org", "x" * 20, role=Role.RESEARCHER)
session = import_module(settings.SESSION_ENGINE).SessionStore()
session[SESSION_KEY] = str(user.pk)
session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[1]
session[HASH_SESSION_KEY] = user.get_session_auth_hash()
session.create()
print(session.session_key)
"""
WORK = f"""
from analysis.reports.options import Options
from analysis.reports.service import request_report
from survey.models import Study
from survey.prolific.polling import queue_poll
request_report(options=Options("human", "{STUDY}", "rehearsal", replicates=200))
queue_poll(study=Study.objects.get(slug="{STUDY}"))
print("ok")
"""
STATES = """
import json
from collections import Counter
from pact_site.base.models import Job
print(json.dumps(Counter(f"{kind}: {state}" for kind, state in Job.objects.values_list("kind", "state"))))
"""
NEVER = ("answers_lost", "duplicates", "cells_over_target", "endings_wrong", "retried")


@dataclass
class Researcher:
    """Somebody signed in who looks at the study's pages and takes its data out."""

    url: str
    session: str
    asked: int = 0
    refused: list[str] = field(default_factory=list)
    paths: Sequence[str] = (
        "/", "/studies/", f"/studies/{STUDY}/", "/reports/", "/runs/", "/datasets/",
        f"/studies/{STUDY}/data/export/human.csv?cohort=rehearsal",
        f"/studies/{STUDY}/data/export/long.parquet?cohort=rehearsal",
    )  # fmt: skip

    def look(self) -> None:
        """Every page once; what does not answer with 200 is kept."""
        for path in self.paths:
            self.asked += 1
            request = urllib.request.Request(
                self.url + path, headers={"Cookie": f"sessionid={self.session}"}
            )
            try:
                with urllib.request.urlopen(request, timeout=60) as answer:
                    answer.read()
                    if "/accounts/login" in answer.url:
                        self.refused.append(f"{path}: signed out")
            except OSError as error:
                self.refused.append(f"{path}: {error}")


def main() -> None:
    args = _arguments()
    with installed(PACT_LEASE_SECONDS="10", PACT_PROLIFIC_WEBHOOK_SECRET=SECRET) as made:
        url, fake, session = _start(made)
        day = Day(made, url, fake, args.people, Researcher(url, session))
        day.warm_up()
        samples: dict[str, list[float]] = {}
        with _watched(made, samples):
            rounds = list(day.rounds(args.minutes))
        states = json.loads(made.tell(STATES))
        wrong = _print(args, samples, rounds, day.researcher, states)
    sys.exit(1 if wrong else 0)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, default=15.0, help="at most 20")
    parser.add_argument("--people", type=int, default=30, help="in a round, of about a minute")
    args = parser.parse_args()
    if not 0 < args.minutes <= 20 or not 1 <= args.people <= 200:
        parser.error("--minutes is at most 20, --people at most 200")
    return args


def _start(made: Installation) -> tuple[str, str, str]:
    """The site's address, the fake's, and the key of a researcher's session."""
    made.manage("load_study")
    session = made.tell(PREPARE)
    stub, fake = (f"http://127.0.0.1:{free_port()}" for _ in range(2))
    made.environment |= {
        "PACT_BASE_URL": f"{stub}/v1", "PACT_MODEL": "pact-stub-1", "OPENAI_API_KEY": "none",
        "PACT_PROLIFIC_URL": f"{fake}/api/v1", "PACT_PROLIFIC_TOKEN": "fake-token",
    }  # fmt: skip
    url = made.start_web(workers=2, threads=4)
    port = fake.rpartition(":")[2]
    made.start_manage("fake Prolific", "fake_prolific", "--port", port, "--secret", SECRET,
                      "--webhook", f"{url}/prolific/webhook/")  # fmt: skip
    made.start_manage("stub", "stub_server", "--port", stub.rpartition(":")[2], "--latency-ms", 50)
    wait_for(f"{stub}/v1/models")
    log = made.home / "fake Prolific.log"
    while "study: " not in (told := log.read_text()):
        time.sleep(0.2)
    made.manage("link_prolific", "--study", STUDY, "--id", told.split("study: ")[1].split()[0])
    made.start_manage("worker", "worker")
    return url, fake, session


@dataclass
class Day:
    """What a round of the soak is made of."""

    made: Installation
    url: str
    fake: str
    people: int
    researcher: Researcher

    def warm_up(self) -> None:
        """A round with its report, and the researcher's pages often enough for each web process."""
        self.round(0)
        for _ in range(LOOKS):
            self.researcher.look()
        while "analysis.report: done" not in self.made.tell(STATES):
            time.sleep(1.0)

    def rounds(self, minutes: float) -> Iterator[dict[str, float]]:
        """What each rehearsal counted, until the time is over."""
        end = time.monotonic() + minutes * 60
        for number in count(1):
            if time.monotonic() > end:
                return
            yield self.round(number)

    def round(self, number: int) -> dict[str, float]:
        """A run, people, a report, a poll and a look."""
        self.made.manage(
            "run_models", "--study", STUDY, "--endpoint", "env", "--limit", 500, "--seed", number,
            "--new", "--queue", "--skip-preflight",
        )  # fmt: skip
        done = self.made.manage(
            "simulate_participants", "--study", STUDY, "--n", self.people, "--seed", number,
            "--dropout", 0.3, "--within", 10, "--pause", 0.5, 3, "--concurrency", self.people,
            "--url", self.url, "--prolific", self.fake, "--json", check=False,
        )  # fmt: skip
        if not done.stdout:
            sys.exit(f"Round {number} did not end: {done.stderr[-2000:]}")
        self.made.tell(WORK)
        self.researcher.look()
        found: dict[str, float] = json.loads(done.stdout)
        return found


@contextmanager
def _watched(made: Installation, samples: dict[str, list[float]]) -> Iterator[None]:
    """Memory of everything that runs, every second, by process."""
    over = threading.Event()

    def watch() -> None:
        while not over.wait(1.0):
            for name, megabytes in made.memory().items():
                samples.setdefault(name, []).append(megabytes)

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        yield
    finally:
        over.set()
        watcher.join()


def _thirds(values: Sequence[float]) -> tuple[float, float, float]:
    """Medians of the first, the middle and the last third: what levels off grew before the middle."""
    third = max(1, len(values) // 3)
    middle = values[third : max(third + 1, 2 * third)] or values
    return median(values[:third]), median(middle), median(values[-third:])


def _is_flat(first: float, last: float) -> bool:
    return last <= first * (1 + BOUND) + ROOM_MB


def _print(
    args: argparse.Namespace,
    samples: Mapping[str, Sequence[float]],
    rounds: Sequence[Mapping[str, float]],
    researcher: Researcher,
    states: Mapping[str, int],
) -> bool:
    """The table and the verdict; whether anything is not as wished."""
    print(f"{args.minutes:g} minutes, {len(rounds)} rounds of {args.people} people; resident MB")
    print(f"{'':18}{'first third':>12}{'middle':>9}{'last third':>12}{'change':>9}{'peak':>8}")
    grown = []
    longest = max(map(len, samples.values()))
    for name, values in samples.items():
        if len(values) < longest * 0.9:  # a child that came and went
            continue
        first, middle, last = _thirds(values)
        mark = "" if _is_flat(first, last) else "  NOT FLAT"
        grown += [name] if mark else []
        tell(Figure(f"{name}: last third", last, "MB", last / first, "first third", "<= 1.1x"))
        change = last / first - 1
        print(
            f"{name:18}{first:12.1f}{middle:9.1f}{last:12.1f}{change:+9.1%}{max(values):8.1f}{mark}"
        )
    sums = {name: sum(row[name] for row in rounds) for name in NEVER}
    totals = ("participants", "completed", "answers_stored", "pages")
    print(", ".join(f"{name} {sum(row[name] for row in rounds):,.0f}" for name in totals))
    print(", ".join(f"{name} {value:.0f}" for name, value in sums.items()))
    print(", ".join(f"{name} {n}" for name, n in sorted(states.items())))
    print(f"researcher: {researcher.asked} pages, not answered: {researcher.refused or 0}")
    failed = [name for name in states if name.endswith("failed")]
    wrong = bool(grown or failed or researcher.refused or any(sums.values()))
    print("Flat, and nothing lost." if not wrong else "Not as wished.")
    return wrong


if __name__ == "__main__":
    main()
