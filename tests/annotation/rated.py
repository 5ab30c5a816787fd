"""A validation as it looks in the end: four annotators, shared items, repeats, reasons, a judge."""

import hashlib

from annotation.models import Judge, Verdict
from annotation.services.datasets import current_versions
from annotation.services.validation import annotating, claiming, freezing
from tests.annotation.validating import CODES, make_scenarios, make_validation, seats

WHY = (
    "Both could be done at once.",
    "Who is the host here?",
    "=nobody would want this",
    "The custom is not said.",
)


def draw(*parts):
    """A number from 0 to 1 that is the same every time."""
    return int(hashlib.sha256("|".join(map(str, parts)).encode()).hexdigest()[:8], 16) / 16**8


def make_rated(slug="pilot", *, scenarios=48, sample=20, repeats=2, no=0.12, simulated=False):
    """A closed validation of `sample` of `scenarios`, everybody's answers given."""
    plan = {"annotators": 4, "shared": 12, "shared_raters": 2, "repeats": repeats}
    validation = make_validation(
        slug,
        dataset=make_scenarios(scenarios, slug=f"{slug}-norms"),
        sample_size=sample,
        plan=plan,
        stratify_by=("country",),
    )
    for seat in seats(validation):
        while task := claiming.next_task(seat=seat):
            annotating.submit(seat=seat, task_id=task.pk, given=_given(seat, task, no))
    validation.simulated = simulated
    validation.save()
    return freezing.close(validation=validation)


def _given(seat, task, no):
    values, reasons = {}, {}
    for code in CODES:
        hard = draw("hard", task.item.key, code) < no
        says_no = draw(seat.pseudonym, task.item.key, code, task.repeat) < (0.6 if hard else 0.05)
        values[code] = "no" if says_no else "yes"
        if says_no:
            reasons[code] = WHY[int(draw("why", seat.pseudonym, task.item.key, code) * len(WHY))]
    flagged = draw("flag", seat.pseudonym, task.item.key) < 0.1
    note = "Reads like a translation." if flagged else ""
    return annotating.Given(values, reasons, note, flagged, 12.5)


def make_verdicts(validation, name="judge-a", *, repeats=2, no=0.15, every=True):
    """A simulated judge's verdicts on every version of the dataset, some of which flip."""
    judge = Judge.objects.create(
        dataset=validation.dataset,
        name=name,
        model="stub-judge",
        prompt_version="judge-1",
        criteria=[{"code": code, "question": code, "guidance": ""} for code in CODES],
        labels=validation.labels,
        repeats=repeats,
        versions_hash="0" * 64,
        simulated=True,
    )
    versions = list(current_versions(validation.dataset))
    Verdict.objects.bulk_create(
        Verdict(
            judge=judge,
            version=version,
            criterion=code,
            repeat=repeat,
            value=_verdict(name, version.scenario.key, code, repeat, no),
            rationale="The two actions differ in who moves first.",
        )
        for version in (versions if every else versions[:-1])
        for code in CODES
        for repeat in range(repeats)
    )
    return judge


def _verdict(name, key, code, repeat, no):
    return "no" if draw(name, key, code) + 0.1 * draw(repeat, key, code) < no else "yes"
