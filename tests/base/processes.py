"""Real processes on the test database, to contend with and to kill."""

import os
import subprocess
import sys
from pathlib import Path

from django.conf import settings
from django.db import connection

ROOT = Path(__file__).resolve().parents[2]


def database_url() -> str:
    """The address of the test database, for another process."""
    facts = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{facts['NAME']}"
    who = f"{facts['USER']}:{facts['PASSWORD']}" if facts["PASSWORD"] else facts["USER"]
    return f"postgres://{who}@{facts['HOST']}:{facts['PORT']}/{facts['NAME']}"


def told() -> dict[str, str]:
    """The environment in which a process has this test's database, folder and key."""
    return {
        "DATABASE_URL": database_url(),
        "PACT_HOME": str(settings.PACT_HOME),
        "PACT_SECRET_KEY": settings.SECRET_KEY,
    }


def start(module: str, *arguments: object, home: Path, **environment: str) -> subprocess.Popen[str]:
    """Run `python -m module arguments` on the test database."""
    return subprocess.Popen(
        [sys.executable, "-m", module, *map(str, arguments)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ
        | {
            "DATABASE_URL": database_url(),
            "PACT_HOME": str(home),
            "DJANGO_SETTINGS_MODULE": "pact_site.settings",
        }
        | environment,
    )
