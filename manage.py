#!/usr/bin/env python
"""Django's command line for PACT."""

import os
import sys


def main() -> None:
    """Run a management command with the platform's settings."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "pact_site.settings")
    try:
        from django.core.management import execute_from_command_line
    except ImportError as error:
        raise SystemExit(
            "Django is not installed here. Run `make setup`, then use .venv/bin/python manage.py"
        ) from error
    try:
        execute_from_command_line(sys.argv)
    except ModuleNotFoundError as error:
        error.add_note(
            "In an environment made for vLLM add --settings pact_site.light_settings; elsewhere "
            "`make setup` installs what is missing."
        )
        raise


if __name__ == "__main__":
    main()
