"""What the home page shows of every part: the newest rows, their state, and what to do next."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Count, Q, Sum
from django.urls import NoReverseMatch, reverse

from analysis.models import Report
from analysis.services.results.pages import published_cards
from annotation.models import Validation
from annotation.services.validation import progress as validations
from annotation.services.validation.progress import Progress
from modeling.models import Run
from pact_site.base.commands import manage_command
from pact_site.base.models import State
from survey.models import Cohort, Participant, Study

NEWEST = 5
_LATEST = ("-created_at", "-pk")  # grouped queries forget the order of their model


@dataclass(frozen=True)
class Step:
    """The next sensible action: a page to open, or a command to type, or neither yet."""

    label: str
    url: str = ""
    command: str = ""


@dataclass(frozen=True)
class Line:
    """One row of the home page. `state` picks the badge's colour, `state_label` is its text."""

    title: str
    url: str
    state: str
    state_label: str
    meta: str
    step: Step | None = None
    simulated: bool = False
    progress: float | None = None


@dataclass(frozen=True)
class Overview:
    """The newest studies, validations, runs, reports and published results."""

    studies: Sequence[Line]
    validations: Sequence[Line]
    runs: Sequence[Line]
    reports: Sequence[Line]
    results: Sequence[Line]

    @property
    def is_empty(self) -> bool:
        """Whether this installation holds nothing yet."""
        return not (self.studies or self.validations or self.runs or self.reports)


def overview() -> Overview:
    """The home page of a researcher, in a handful of queries."""
    return Overview(
        studies=_studies(),
        validations=_validations(),
        runs=_runs(),
        reports=_reports(),
        results=_results(),
    )


def page(name: str, *args: object) -> str:
    """The address of a page, or empty while its app does not bring it."""
    try:
        return reverse(name, args=args)
    except NoReverseMatch:
        return ""


def _studies() -> list[Line]:
    done = Q(participants__state=Participant.State.COMPLETED)
    rows = (
        Study.objects.select_related("release__dataset")
        .annotate(
            people=Count("participants", filter=done & Q(participants__cohort=Cohort.REAL)),
            rehearsed=Count("participants", filter=done & Q(participants__cohort=Cohort.REHEARSAL)),
        )
        .order_by(*_LATEST)[:NEWEST]
    )
    slugs = [study.slug for study in rows]
    asked = set(Run.objects.filter(study_slug__in=slugs).values_list("study_slug", flat=True))
    told = dict(
        Report.objects.filter(subject__in=slugs)
        .exclude(kind=Report.Kind.VALIDATION)
        .order_by("created_at", "pk")
        .values_list("subject", "public_id")
    )
    return [
        Line(
            title=study.name,
            url=page("survey:study_detail", study.slug),
            state=study.state,
            state_label=study.get_state_display(),
            meta=_people(study.people, study.rehearsed) + f" · {study.release}",
            step=_next_for_study(study, study.slug in asked, told.get(study.slug)),
            simulated=bool(study.rehearsed and not study.people),
        )
        for study in rows
    ]


def _people(real: int, rehearsed: int) -> str:
    if rehearsed and not real:
        return f"{rehearsed} simulated participants completed"
    text = "1 participant" if real == 1 else f"{real} participants"
    return f"{text} completed" + (f", {rehearsed} simulated" if rehearsed else "")


def _next_for_study(study: Study, has_run: bool, report: UUID | None) -> Step:
    if study.state == Study.State.DRAFT:
        return Step("Look it over, then open it", url=page("survey:study_detail", study.slug))
    if not (study.people or study.rehearsed):  # type: ignore[attr-defined]  # annotated above
        return Step(
            "Rehearse it with simulated participants",
            command=f"{manage_command()} simulate_participants --study {study.slug} --n 50",
        )
    if not has_run:
        return Step("Ask a model the same items", url=f"{page('run_new')}?study={study.slug}")
    if report is None:
        to_report = f"{page('analysis:report_new')}?study={study.slug}"
        return Step("Build the alignment report", url=to_report)
    return Step("Read its report", url=page("analysis:report_detail", report))


def _validations() -> list[Line]:
    return [_validation(row, done) for row, done in validations.overview()[:NEWEST]]


def _validation(row: Validation, done: Progress) -> Line:
    about = f" · {row.release or row.dataset}"
    given = f"{done.submitted} of {done.total} ratings" if done.total else "nothing to rate yet"
    return Line(
        title=row.name,
        url=page("validation:validation_detail", row.slug),
        state=row.state,
        state_label=row.get_state_display(),
        meta=given + about,
        step=_next_for_validation(row, done),
        simulated=row.simulated,
        progress=done.share if row.state == Validation.State.OPEN else None,
    )


def _next_for_validation(row: Validation, done: Progress) -> Step:
    if row.state == Validation.State.DRAFT:
        return Step("Freeze its protocol", url=page("validation:validation_detail", row.slug))
    if not done.submitted:
        return Step("Invite annotators", url=page("validation:people", row.slug))
    return Step("See how they agree", url=page("validation:results", row.slug))


def _runs() -> list[Line]:
    counted = Run.objects.annotate(stored=Sum("chunks__rows", default=0))
    rows = counted.order_by(*_LATEST)[:NEWEST]
    return [
        Line(
            title=run.label,
            url=page("modeling:run_detail", run.public_id),
            state=run.state,
            state_label=run.get_state_display(),
            meta=f"{run.stored:,} of {run.cells:,} cells" + _about(run),
            step=_next_for_run(run),
            simulated=run.simulated,
            progress=_share(run),
        )
        for run in rows
    ]


def _about(run: Run) -> str:
    return f" · study {run.study_slug}" if run.study_slug else f" · {run.about}"


def _share(run: Run) -> float | None:
    if run.state != Run.State.RUNNING or not run.cells:
        return None
    stored: int = run.stored  # type: ignore[attr-defined]  # annotated above
    return stored / run.cells


def _next_for_run(run: Run) -> Step | None:
    url = page("modeling:run_detail", run.public_id)
    if run.state == Run.State.FAILED:
        return Step("See what went wrong", url=url)
    if run.state == Run.State.PLANNED:
        return Step("Look it over, then start it", url=page("modeling:run_start", run.public_id))
    if run.state == Run.State.STOPPED:
        return Step("Continue it", url=url)
    return None


def _reports() -> list[Line]:
    rows = Report.objects.select_related("job").order_by(*_LATEST)[:NEWEST]
    return [_report(report) for report in rows]


def _report(report: Report) -> Line:
    state = _report_state(report)
    url = page("analysis:report_detail", report.public_id)
    job = report.job
    return Line(
        title=report.summary.get("title") or f"{report.get_kind_display()} · {report.subject}",
        url=url,
        state=state,
        state_label=state,
        meta=f"{report.created_at:%d %B %Y, %H:%M} UTC",
        step=Step("Read it", url=url) if state == State.DONE else None,
        simulated=report.cohort == Cohort.REHEARSAL or bool(report.summary.get("simulated")),
        progress=job.progress if job and state == State.RUNNING else None,
    )


def _report_state(report: Report) -> str:
    if report.finished_at:
        return State.DONE
    return report.job.state if report.job else State.QUEUED


def _results() -> list[Line]:
    return [
        Line(
            title=card["title"],
            url=page("analysis:results_page", card["study"]),
            state="public",
            state_label=f"edition {card['edition']}",
            meta=f"{card['people']} people · published {card['published_at']:%d %B %Y}",
            step=Step("Edit the page", url=page("analysis:results_edit", card["study"])),
            simulated=card["simulated"],
        )
        for card in published_cards()[:NEWEST]
    ]
