"""What every template may know."""

from django.http import HttpRequest


def site(request: HttpRequest) -> dict[str, object]:
    """The site's name and, for signed-in staff, the parts they may enter."""
    return {"SITE_NAME": "PACT"}
