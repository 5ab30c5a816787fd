"""A word on the run behind a page of verdicts or texts, where it is not done: above all, why not."""

from __future__ import annotations

from django import template
from django.db.models import QuerySet

from annotation.models import Construction, Judge
from modeling.models import Run
from modeling.services.questions import CONSTRUCT

register = template.Library()


@register.inclusion_tag("modeling/_run_notice.html")
def judge_notice(judge: Judge) -> dict[str, Run | None]:
    """The judge's run, unless it is done."""
    return _unless_done(Run.objects.filter(public_id=judge.run_id))


@register.inclusion_tag("modeling/_run_notice.html")
def construction_notice(construction: Construction) -> dict[str, Run | None]:
    """The construction's latest run, unless it is done."""
    runs = Run.objects.filter(kind=CONSTRUCT, dataset_slug=construction.dataset.slug)
    return _unless_done(runs.filter(design__construction=construction.pk))


def _unless_done(runs: QuerySet[Run]) -> dict[str, Run | None]:
    latest = runs.order_by("-created_at", "-pk").first()
    return {"run": None if latest is None or latest.state == Run.State.DONE else latest}
