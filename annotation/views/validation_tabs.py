"""The tabs over a validation's pages."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from annotation.models import Validation
from pact_site.base.tabs import Tab
from pact_site.base.tabs import tabs as make_tabs

TABS = (
    (_("Protocol"), "validation:validation_detail"),
    (_("People"), "validation:people"),
    (_("Results"), "validation:results"),
)
"""Label and URL name; every page takes the validation's slug, and is left out while there is none."""


def tabs(validation: Validation, here: str) -> list[Tab]:
    """The tabs of one validation; `here` is the URL name of the page that is open."""
    return make_tabs(TABS, validation.slug, here)
