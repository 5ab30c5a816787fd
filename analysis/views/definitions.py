"""What every number means, one anchor a metric."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from analysis.metrics.catalogue import METRICS
from pact_site.base.access import staff_only


@require_safe
@staff_only
def definitions(request: HttpRequest) -> HttpResponse:
    """The catalogue of metrics: people, then people beside models, then the dataset's checks."""
    parts = [
        ("people", [m for m in METRICS.values() if "human" in m.tables]),
        ("models", [m for m in METRICS.values() if "alignment" in m.tables]),
        ("regression", [m for m in METRICS.values() if m.tables == ("regression",)]),
        ("behavior", [m for m in METRICS.values() if "behavior" in m.tables]),
        ("validation", [m for m in METRICS.values() if "validation" in m.tables]),
    ]
    return render(request, "analysis/definitions.html", {"parts": parts})
