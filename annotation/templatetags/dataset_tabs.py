"""The tabs over a dataset's pages, drawn by the page itself: `{% dataset_tabs dataset %}`."""

from typing import Any

from django import template
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from annotation.models import Dataset
from pact_site.base.tabs import tabs

register = template.Library()

TABS = (
    (_("Scenarios"), "annotation:dataset_detail"),
    (_("Construction"), "annotation:construction_list"),
    (_("Judges"), "annotation:judge_list"),
    (_("Screening"), "release:screening_list"),
    (_("Releases"), "release:release_list"),
)
"""Label and URL name; every page takes the dataset's slug."""


@register.inclusion_tag("pact_site/_tabs.html", takes_context=True)
def dataset_tabs(context: dict[str, Any], dataset: Dataset) -> dict[str, Any]:
    """The dataset's tabs; the open page is read from the request."""
    request: HttpRequest = context["request"]
    match = request.resolver_match
    return {
        "label": _("Pages of this dataset"),
        "tabs": tabs(TABS, dataset.slug, match.view_name if match else ""),
    }
