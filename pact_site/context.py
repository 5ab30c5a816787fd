"""What every template may know: the site's name and version, and the way to its parts."""

from dataclasses import dataclass

from django.conf import settings
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from pact_site.base.commands import manage_command
from pact_site.base.models import User

# (name of the part's first page, label). A part appears once its app brings the page.
_RESEARCHER_PARTS = (
    ("home", _("Home")),
    ("survey:study_list", _("Studies")),
    ("annotation:dataset_list", _("Datasets")),
    ("validation:validation_list", _("Validations")),
    ("modeling:run_list", _("Runs")),
    ("analysis:report_list", _("Reports")),
    ("analysis:definitions", _("Definitions")),
)
_ANNOTATOR_PARTS = (
    ("home", _("Home")),
    ("validation:mine", _("Your validations")),
    ("analysis:definitions", _("Definitions")),
)


@dataclass(frozen=True)
class NavEntry:
    """One link of the header; `current` is the value of its aria-current, or empty."""

    url: str
    label: str | Promise
    current: str


def site(request: HttpRequest) -> dict[str, object]:
    """The site's name and version, how its commands begin, and the parts that staff may enter."""
    return {
        "SITE_NAME": "PACT",
        "MANAGE": manage_command(),
        "SITE_VERSION": settings.SPECTACULAR_SETTINGS["VERSION"],
        "nav": navigation(request),
    }


def navigation(request: HttpRequest) -> list[NavEntry]:
    """The header's links for whoever asks; nothing for visitors."""
    user = getattr(request, "user", None)  # absent where an error page is drawn very early
    if not isinstance(user, User):
        return []
    parts = _RESEARCHER_PARTS if user.is_researcher else _ANNOTATOR_PARTS
    found = ((_address(name), label) for name, label in parts)
    return [NavEntry(url, label, _current(request.path, url)) for url, label in found if url]


def _address(name: str) -> str:
    try:
        return reverse(name)
    except NoReverseMatch:
        return ""


def _current(path: str, url: str) -> str:
    if path == url:
        return "page"
    return "true" if url != reverse("home") and path.startswith(url) else ""
