"""What Prometheus reads at /metrics/: requests by route, and the state of the work.

Web processes of a host write their counts to files of their own; whichever of them is asked
adds all files up. Everything about work is read from the database when it is asked for, so that it
is the same from every machine.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

from django.conf import settings
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Histogram,
    generate_latest,
    multiprocess,
)
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from pact_site.base import owners
from pact_site.services.operations import Operations, operations

CONTENT_TYPE: Final = CONTENT_TYPE_LATEST
SECONDS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.25, 0.5, 1.0, 2.5, 10.0)
METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})

_FOLDER: Final = Path(settings.PACT_COUNTS)
_FOLDER.mkdir(parents=True, exist_ok=True)
_requests = Histogram(
    "pact_request_seconds",
    "Time to answer a request, by URL pattern.",
    ("method", "route", "status"),
    buckets=SECONDS,
)


def count_request(method: str, route: str, status: int, seconds: float) -> None:
    """Count one answered request. Whatever else a client calls a method is `other`: the number of
    series must not be in the hands of strangers."""
    known = method if method in METHODS else "other"
    _requests.labels(known, route, str(status)).observe(seconds)


def forget_dead_processes() -> None:
    """Remove the counts of processes that are no more; Prometheus takes the drop for a restart."""
    for path in _FOLDER.glob("*_*.db"):
        if not owners.lives(path.stem.rpartition("_")[2]):
            path.unlink(missing_ok=True)


def exposed() -> bytes:
    """All counts and gauges in Prometheus' text format."""
    registry = requests_of_all()
    registry.register(Work())
    return generate_latest(registry)


def requests_of_all() -> CollectorRegistry:
    """The counts of all web processes of this host."""
    registry = CollectorRegistry()
    registry.register(Requests())
    return registry


class Requests(Collector):
    """The files of all web processes, added up.

    A process makes its file empty and gives it its size in a second step; one that is at that step,
    or died there (killed, or no room on the disk), has counted nothing yet.
    """

    def collect(self) -> Iterable[Metric]:
        """Read them now, and once more when a dead process's file was removed meanwhile."""
        while True:
            with suppress(FileNotFoundError):
                return _added_up([path for path in _FOLDER.glob("*.db") if path.stat().st_size])


def _added_up(files: list[Path]) -> Iterable[Metric]:
    names = [str(path) for path in files]
    return multiprocess.MultiProcessCollector.merge(names)  # type: ignore[no-any-return, no-untyped-call]


class Work(Collector):
    """Queues, leases, runs, people and room on disk, as gauges."""

    def collect(self) -> Iterable[Metric]:
        """Read them now."""
        return _gauges(operations())


def _gauges(now: Operations) -> Iterator[Metric]:
    build = GaugeMetricFamily(
        "pact_build_info",
        "Always 1; versions as labels.",
        labels=[name for name, _ in now.versions],
    )
    build.add_metric([version for _, version in now.versions], 1)
    yield build
    rows = GaugeMetricFamily(
        "pact_work", "Pieces of work by kind and state.", labels=["kind", "state"]
    )
    oldest = GaugeMetricFamily(
        "pact_work_waiting_seconds", "How long the oldest due piece has waited.", labels=["kind"]
    )
    abandoned = GaugeMetricFamily(
        "pact_work_abandoned", "Pieces whose lease ran out.", labels=["kind"]
    )
    for queue in now.queues:
        for state, number in queue.counts.items():
            rows.add_metric([queue.kind, state], number)
        oldest.add_metric([queue.kind], queue.waiting_seconds)
        abandoned.add_metric([queue.kind], queue.abandoned)
    yield from (rows, oldest, abandoned)
    for name, text, counts in (
        ("pact_runs", "Runs of models by state.", now.runs),
        ("pact_participants", "People in studies by cohort and state.", now.participants),
    ):
        family = GaugeMetricFamily(name, text, labels=["state"])
        for state, number in counts.items():
            family.add_metric([state], number)
        yield family
    yield GaugeMetricFamily("pact_disk_free_bytes", "Room below PACT_HOME.", now.disk.free)
    yield GaugeMetricFamily(
        "pact_shard_bytes", "Files of models' answers, local ones.", now.disk.shards
    )
