"""What the tests of one run make once and share, whichever worker needs it first."""

import fcntl
import json
import os

LITTLE_WRITTEN = {"PACT_REPORT_PDF": False, "PACT_REPORT_FIGURES": ["svg"]}
"""What reports are built with where no test says otherwise: a PDF is half the work, and pictures
beside SVG are a third of that of figures."""


def made_once(factory, name, make):
    """A folder that `make(folder)` filled, and what it returned, as JSON reads it.

    The first worker to ask makes it while the others wait. It lies with the run's temporary files,
    so no run sees what an earlier one made.
    """
    base = factory.getbasetemp()
    folder = (base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base) / f"shared-{name}"
    folder.mkdir(exist_ok=True)
    told = folder / "told.json"
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not told.exists():
            told.write_text(json.dumps(make(folder), default=str))
    return folder, json.loads(told.read_text())
