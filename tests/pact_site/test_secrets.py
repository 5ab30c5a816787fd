"""Secrets are planted in the environment, everything is done once, and then looked for everywhere."""

import gzip
import os
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from modeling.stub import StubOptions, running_stub
from tests.analysis import release_files as files

ROOT = Path(__file__).resolve().parents[2]
SECRETS = {
    "OPENAI_API_KEY": "planted-openai-7Qm2",
    "PACT_KEY_PARTNER": "planted-partner-8Rn3",
    "PACT_PROLIFIC_TOKEN": "planted-prolific-9So4",
    "PACT_PROLIFIC_WEBHOOK_SECRET": "planted-webhook-1Tp5",
    "PACT_METRICS_TOKEN": "planted-metrics-2Uq6",
}
MARK = "planted-"
SEEN = "a-name-that-must-be-found"
SCRIPT = f"""
import django, sys
from pathlib import Path
django.setup()
from django.conf import settings
from django.core.management import call_command
folder, good, refusing = sys.argv[1:]

def do(*words, **options):
    try:
        call_command(*words, **options)
    except (Exception, SystemExit) as error:
        print("ended:", error)

do("import_human", f"{{folder}}/human.csv", items=f"{{folder}}/items.csv", study="{SEEN}")
ask = ["run_models", "--study", "{SEEN}", "--limit", "40", "--chunk-size", "20", "--endpoint"]
do("set_endpoint", "partner", "--kind", "lean", "--model", "pact-stub-1", "--base-url", good,
   "--key-variable", "PACT_KEY_PARTNER")
do(*ask, "partner")
do(*ask, "env", "--skip-preflight")
do("preflight", "--endpoint", "env")
do("export_report", "alignment", study="{SEEN}", out=Path(folder, "home/bundle"), replicates=60)
do("backup", f"{{folder}}/home/backup.tar")
"""


@pytest.fixture(scope="module")
def done(tmp_path_factory, migrated):
    """A folder with everything that was written, and everything that was said, at level DEBUG."""
    folder = tmp_path_factory.mktemp("secrets")
    (folder / "home").mkdir()
    shutil.copy(migrated, folder / "home")
    texts = {row["scenario"]: row for row in files.items()}
    files.write(folder / "human.csv", files.human_rows())
    files.write(
        folder / "items.csv",
        (
            {
                "scenario_item_id": row["scenario_item_id"],
                "scenario": row["scenario"],
                "culture_following": "Wait for the host.",
                "preference_allowing": "Begin.",
                "theme": "food",
            }
            for row in texts.values()
        ),
    )
    refuses = StubOptions(faults={"unauthorized": 1.0})
    with running_stub() as good, running_stub(refuses) as refusing:
        environment = os.environ | SECRETS | {
            "DJANGO_SETTINGS_MODULE": "pact_site.settings",
            "PACT_HOME": str(folder / "home"),
            "PACT_BASE_URL": refusing.base_url,
            "PACT_MODEL": "pact-stub-1",
            "PACT_LOG_LEVEL": "DEBUG",
            "PACT_REPORT_PDF": "0",  # what it says is packed: nothing could be found there
            "PACT_REPORT_FIGURES": "svg",  # and in these
        }  # fmt: skip
        environment.pop("DATABASE_URL", None)
        command = [sys.executable, "-c", SCRIPT, str(folder), good.base_url, refusing.base_url]
        ran = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
        assert ran.returncode == 0, ran.stderr[-2000:]
        assert good.stats()["answers"] >= 40, "the run with the partner's key was answered"
    return folder / "home", ran.stdout + ran.stderr


def contents(folder):
    """Name and content of every file, packed ones unpacked, shards as their rows."""
    for path in sorted(folder.rglob("*")):
        if path.suffix == ".parquet":
            yield path, str(pq.read_table(path).to_pylist()).encode()
        elif path.suffix == ".tar":
            with tarfile.open(path) as archive:
                members = [info for info in archive.getmembers() if info.isfile()]
                for info in members:
                    yield path / info.name, archive.extractfile(info).read()
        elif path.is_file():
            content = path.read_bytes()
            yield path, gzip.decompress(content) if path.suffix == ".gz" else content


@pytest.mark.slow
def test_no_secret_is_in_anything_that_was_written_or_said(done):
    home, said = done
    assert "ended:" in said, "the refused run said so"
    assert "401" in said or "key" in said.lower()
    assert MARK not in said
    found, seen = [], set()
    for path, content in contents(home):
        found += [path] if MARK.encode() in content else []
        seen |= {path.suffix or path.name} if SEEN.encode() in content else set()
    assert not found
    assert {".sqlite3", ".html", ".json"} <= seen, "what is there is found by the same look"
