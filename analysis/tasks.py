"""Doorways for background work of this app."""

from analysis.models import Report
from analysis.reports import service
from pact_site.base.services.jobs import Context


def build_report(payload: dict[str, object], context: Context) -> dict[str, object]:
    """Build the report whose id the job carries."""
    report = Report.objects.get(pk=str(payload["report"]))
    service.run_report(report, context.report)
    return {"report": str(report.public_id)}
