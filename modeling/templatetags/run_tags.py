"""The tabs over a run's pages, and the numbers on them as people read them."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any, Final

from django import template
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from modeling.models import Run
from modeling.services.attributes import layout_of
from modeling.services.shares import Share
from pact_site.base.errors import BadInput
from pact_site.base.tabs import tabs

register = template.Library()

TABS: Final = (
    (_("Overview"), "modeling:run_detail"),
    (_("Invalid answers"), "modeling:run_invalid"),
    (_("Text audit"), "modeling:run_audit"),
    (_("Flips"), "modeling:run_flips"),
    (_("Compare"), "modeling:run_compare_with"),
    (_("Prompts"), "modeling:cell_find"),
    (_("Manifest"), "modeling:run_manifest_page"),
)
"""Label and URL name; every page takes the run's id."""

OF_CHOICES: Final = frozenset(
    {"modeling:run_audit", "modeling:run_flips", "modeling:run_compare_with"}
)
"""Pages of runs that choose between labels; texts have none."""

OF_ASKED: Final = frozenset({"modeling:cell_find"})
"""Pages of runs that ask; imported ones hold no prompts."""

UNDER: Final = {
    "modeling:cell_number": "modeling:cell_find",
    "modeling:run_start": "modeling:run_detail",
    "modeling:run_compare": "modeling:run_compare_with",
    "modeling:run_retry": "modeling:run_detail",
    "modeling:run_repeat": "modeling:run_manifest_page",
}
"""Pages without a tab of their own -> the tab they stand under."""

MINUS: Final = "−"


@register.inclusion_tag("pact_site/_tabs.html", takes_context=True)
def run_tabs(context: dict[str, Any], run: Run) -> dict[str, Any]:
    """The run's tabs; the open page is read from the request."""
    request: HttpRequest = context["request"]
    match = request.resolver_match
    here = match.view_name if match else ""
    hidden = (frozenset() if _chooses(run) else OF_CHOICES) | (OF_ASKED if run.imported else set())
    shown = [tab for tab in TABS if tab[1] not in hidden]
    return {
        "label": _("Pages of this run"),
        "tabs": tabs(shown, run.public_id, UNDER.get(here, here)),
    }


def _chooses(run: Run) -> bool:
    try:
        return layout_of(run).paired
    except BadInput:
        return False


@register.filter
def points(value: float | None) -> str:
    """A change of a share in percentage points, with its sign and a real minus."""
    if value is None:
        return "–"
    text = f"{value * 100:+.1f}"
    return ("0.0" if text in ("+0.0", "-0.0") else text).replace("-", MINUS)


@register.filter
def point_range(share: Share) -> str:
    """The interval of such a change; empty without one."""
    if share.lower is None or share.upper is None:
        return ""
    return f"{points(share.lower)} … {points(share.upper)}"


@register.filter
def percent_range(share: Share) -> str:
    """The interval of a share in percent; empty without one."""
    if share.lower is None or share.upper is None:
        return ""
    return f"{share.lower * 100:.1f} … {share.upper * 100:.1f} %"


@register.filter
def price(value: Decimal | None) -> str:
    """A price without the zeros that a column pads it with; `unknown` where nobody knows it."""
    return gettext("unknown") if value is None else f"{value.normalize():f}"


@register.filter
def plain_json(value: object) -> str:
    """A setting as it is written down."""
    return json.dumps(value, ensure_ascii=False)
