"""The tabs over a study's pages."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from pact_site.base.tabs import Tab
from pact_site.base.tabs import tabs as make_tabs
from survey.models import Study

TABS = (
    (_("Overview"), "survey:study_detail"),
    (_("Recruitment"), "survey:study_monitor"),
    (_("Instrument"), "survey:study_instrument"),
    (_("Planning"), "survey:study_planning"),
    (_("Quality"), "survey:study_quality"),
    (_("Prolific"), "survey:study_prolific"),
    (_("Traces"), "analysis:study_traces"),
    (_("Data and privacy"), "survey:study_data"),
    (_("Results page"), "analysis:results_edit"),
)
"""Label and URL name; every page takes the study's slug."""

FOR_IMPORTED = (
    "survey:study_detail",
    "survey:study_quality",
    "analysis:study_traces",
    "survey:study_data",
    "analysis:results_edit",
)
"""What an imported study has: nobody is recruited for it here."""


def tabs(study: Study, here: str) -> list[Tab]:
    """The tabs of one study; `here` is the URL name of the page that is open."""
    collected = study.origin == Study.Origin.COLLECTED
    shown = TABS if collected else [tab for tab in TABS if tab[1] in FOR_IMPORTED]
    return make_tabs(shown, study.slug, here)
