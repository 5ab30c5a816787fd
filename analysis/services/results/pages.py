"""A results page's life: kept as a draft, published as an edition, taken back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils import timezone

from analysis.models import Report, ResultsPage
from analysis.services.results.draft import Draft, check_texts, read_draft
from analysis.services.results.freezing import freeze, hash_of
from analysis.services.results.offer import Offer, best_report, check_choices, first_draft, offer_of
from analysis.services.results.rendering import Stamp
from pact_site.base.errors import BadInput
from pact_site.base.models import User
from pact_site.base.services import audit
from survey.models import Study, Withdrawal


@dataclass(frozen=True)
class Standing:
    """What a researcher should know about a published page: what came after it."""

    newer: Report | None
    withdrawn: int
    changed: bool


def page_of(study: Study) -> ResultsPage:
    """The study's page, or an unsaved one: nothing is stored before somebody saves a draft."""
    found = ResultsPage.objects.select_related("report").filter(study=study.slug).first()
    return found or ResultsPage(study=study.slug, report=best_report(study.slug))


def draft_of(page: ResultsPage, offer: Offer) -> Draft:
    """What was saved last, or what a new page begins with."""
    return read_draft(page.draft) if page.draft else first_draft(offer)


def save_draft(
    *, study: Study, draft: Draft, report: Report, actor: User | None = None
) -> ResultsPage:
    """Keep a draft; readers see nothing of it. BadInput names the field that cannot be accepted."""
    if report.subject != study.slug:
        raise BadInput(
            "The report is about another study.",
            column="report",
            found=report.subject,
            expected=study.slug,
        )
    check_texts(draft)
    check_choices(draft, offer_of(report))
    with transaction.atomic():
        page, _ = ResultsPage.objects.select_for_update().get_or_create(study=study.slug)
        page.draft, page.report = draft.as_dict(), report
        page.save(update_fields=["draft", "report", "changed_at"])
        audit.record(verb="results.drafted", subject=f"study:{study.slug}", actor=actor)
    return page


def frozen_draft(page: ResultsPage) -> dict[str, Any]:
    """What publishing would make public now; BadInput where the page could not stand."""
    if page.report is None:
        raise BadInput("The page has no report.", column="report", expected="a built report")
    offer = offer_of(page.report)
    return freeze(draft_of(page, offer), offer)


def publish(*, page: ResultsPage, frozen: dict[str, Any], actor: User | None = None) -> ResultsPage:
    """Make a frozen draft public; the same content again stays the edition that it is."""
    digest = hash_of(frozen)
    with transaction.atomic():
        locked = ResultsPage.objects.select_for_update().get(pk=page.pk)
        if locked.is_published and locked.frozen_hash == digest:
            return locked
        locked.frozen, locked.frozen_hash = frozen, digest
        locked.edition += 1
        locked.published_at = timezone.now()
        locked.save(update_fields=["frozen", "frozen_hash", "edition", "published_at"])
        audit.record(
            verb="results.published",
            subject=f"study:{locked.study}",
            actor=actor,
            edition=locked.edition,
            hash=digest,
            report=frozen["report"]["id"],
            input=frozen["report"]["input_hash"],
            simulated=frozen["facts"]["simulated"],
        )
    return locked


def unpublish(*, page: ResultsPage, actor: User | None = None) -> bool:
    """Take a page back; the draft stays. False where it was not public."""
    with transaction.atomic():
        locked = ResultsPage.objects.select_for_update().get(pk=page.pk)
        if not locked.is_published:
            return False
        locked.frozen, locked.frozen_hash, locked.published_at = None, "", None
        locked.save(update_fields=["frozen", "frozen_hash", "published_at"])
        audit.record(
            verb="results.unpublished",
            subject=f"study:{locked.study}",
            actor=actor,
            edition=locked.edition,
        )
    return True


def stamp_of(page: ResultsPage, *, address: str = "", hosted: bool = False) -> Stamp:
    """What is said of a published page's edition; its own address wins over the one it is at."""
    own = page.frozen["draft"]["address"] if page.frozen else ""
    return Stamp(page.edition, page.published_at, page.frozen_hash, own or address, hosted)


def standing_of(page: ResultsPage) -> Standing | None:
    """What came after a published page; None for one that is not public."""
    if not page.is_published or page.frozen is None:
        return None
    shown = page.frozen["report"]
    later = Report.objects.filter(
        subject=page.study, kind=shown["kind"], finished_at__gt=shown["built_at"]
    ).exclude(input_hash=shown["input_hash"])
    gone = Withdrawal.objects.filter(
        study__slug=page.study,
        participant__cohort=page.frozen["facts"]["cohort"],
        at__gt=shown["built_at"],
    )
    return Standing(
        newer=later.order_by("-finished_at").first(),
        withdrawn=gone.count(),
        changed=page.draft != page.frozen["draft"]
        or str(page.report.public_id if page.report else "") != shown["id"],
    )


def published_cards() -> list[dict[str, Any]]:
    """What lists show of every published page, newest first, without loading what they show."""
    names = {
        "title": "frozen__draft__title",
        "subtitle": "frozen__draft__subtitle",
        "simulated": "frozen__facts__simulated",
        "people": "frozen__facts__participants",
        "models": "frozen__facts__models",
    }
    rows = ResultsPage.objects.filter(published_at__isnull=False).values(
        "study", "edition", "published_at", *names.values()
    )
    return [
        {**row, **{short: row[long] for short, long in names.items()}}
        for row in rows.order_by("-published_at", "study")
    ]
