"""Judges with verdicts and screenings for tests; a test states what differs."""

from annotation.models import Judge, ScenarioVersion, Verdict
from annotation.services.screening import Checks, make_screening
from annotation.services.screening_rules import by_judge

CRITERIA = ("plausible", "clear")


def versions_of(dataset):
    """The dataset's versions by their scenario's key."""
    return list(
        ScenarioVersion.objects.filter(scenario__dataset=dataset)
        .select_related("scenario__dataset")
        .order_by("scenario__key", "number")
    )


def make_judge(dataset, against=(), *, name="stub", silent=(), repeats=1, labels=("yes", "no")):
    """A judge that says no to the versions at these places (under `plausible`), yes to the rest."""
    judge = Judge.objects.create(
        dataset=dataset,
        name=name,
        model="stub",
        prompt_version="1",
        criteria=[{"code": code, "question": f"Is it {code}?"} for code in CRITERIA],
        labels=list(labels),
        repeats=repeats,
        versions_hash="0" * 64,
        simulated=True,
    )
    for place, version in enumerate(versions_of(dataset)):
        if place in silent:
            continue
        for code in CRITERIA:
            bad = place in against and code == "plausible"
            add_verdict(judge, version, labels[bad], code, rationale="Not so." if bad else "")
    return judge


def add_verdict(judge, version, value, code="plausible", *, repeat=0, rationale=""):
    """One more verdict."""
    return Verdict.objects.create(
        judge=judge,
        version=version,
        criterion=code,
        repeat=repeat,
        value=value,
        rationale=rationale,
    )


def make_screened(dataset, against=(), *, name="first pass", checks=None, seed=1, **judge):
    """A screening by such a judge."""
    made = make_judge(dataset, against, name=f"{name} judge", **judge)
    return make_screening(
        dataset=dataset,
        name=name,
        flag=lambda versions: by_judge(made, versions),
        checks=checks or Checks(2, 3),
        seed=seed,
    )


def row_of(screening, place):
    """The screening's row of the scenario at this place."""
    return screening.screened.order_by("version__scenario__key")[place]
