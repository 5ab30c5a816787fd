"""A whole platform in a folder of its own, driven from outside as a person or a script would."""

import json
import os
import sqlite3
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


@dataclass
class Platform:
    """`manage.py` in processes of their own, against a SQLite file under `home`."""

    home: Path
    settings: dict[str, str] = field(default_factory=dict)
    python: str = sys.executable

    @property
    def environment(self):
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("PACT_", "DATABASE_URL"))}
        return kept | {"PACT_HOME": str(self.home), "PYTHONUNBUFFERED": "1"} | self.settings

    def start(self, *args):
        """A running command; its output is read by `communicate`."""
        return subprocess.Popen(
            [self.python, "manage.py", *map(str, args)],
            cwd=ROOT, env=self.environment, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip

    def manage(self, *args, expect=0):
        """A command seen to its end; its standard output."""
        process = self.start(*args)
        out, err = process.communicate(timeout=240)
        assert process.returncode == expect, f"exit {process.returncode}\n{out}\n{err}"
        return out if expect == 0 else err

    def tell(self, code):
        """What Python code in the platform's own shell prints as JSON."""
        return json.loads(self.manage("shell", "--no-imports", "-c", code).splitlines()[-1])

    def query(self, sql):
        """Rows of the database file, read beside whatever is running."""
        connection = sqlite3.connect(f"file:{self.home}/pact.sqlite3?mode=ro", uri=True, timeout=20)
        try:
            return connection.execute(sql).fetchall()
        finally:
            connection.close()

    def wait_until(self, sql, *, seconds=120):
        """Wait until a query's first value is true."""
        end = time.monotonic() + seconds
        while not self.query(sql)[0][0]:
            assert time.monotonic() < end, f"never became true: {sql}"
            time.sleep(0.02)
