"""Which code made a report."""

from importlib.metadata import PackageNotFoundError, version

from django.conf import settings


def code_version() -> str:
    """The installed version, or that of the sources; `code_digest` tells edits apart."""
    try:
        return version("pact-platform")
    except PackageNotFoundError:
        return str(settings.SPECTACULAR_SETTINGS["VERSION"])
