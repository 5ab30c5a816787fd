"""What the documentation tells people to run is run, and what it shows is read.

A page is one scenario: its blocks run in order, by bash and with the real commands, in a copy of one
prepared installation (tests/docs/presupposed.py says what a page takes for granted).
"""

import csv
import io
import json
import os
import re
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import textwrap
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import jinja2
import pytest
import yaml
from django.core.management import get_commands, load_command_class

from tests.docs import forking
from tests.docs.blocks import REASONS, ROOT, Block, blocks, indented, logical_lines, pages
from tests.docs.presupposed import HOSTS, LESS, PAGES, Page, write_files
from tests.every import of_every
from tests.sharing import made_once

RUN = {"bash", "python"}
READ = {
    "csv": lambda text: list(csv.reader(io.StringIO(text), strict=True)),
    "json": json.loads,
    "yaml": yaml.safe_load,
    "jinja": jinja2.Environment(autoescape=True).parse,
}
SHOWN = {"text"}
# Their pages are written by a script that a test of its own runs.
NOTEBOOKS = "docs/notebooks/"
EVERY = [block for page in pages() for block in blocks(page)]
TO_RUN = sorted(
    {b.page for b in EVERY if b.language in RUN and not b.page.startswith(NOTEBOOKS)}
    | {page for page, told in PAGES.items() if told.after}
)
COMMAND = re.compile(r"manage\.py (\w+)")
ASSIGNED = re.compile(r"(?:^|[;&|] ?|export |\s)([A-Z][A-Z0-9_]+)=")
OTHERS = {"POSTGRES_PASSWORD", "PYTHONPATH"}  # of compose.yaml, and of Python


# --- What every block has to be -----------------------------------------------------------------


def test_every_block_is_of_a_known_kind():
    kinds = Counter(block.language for block in EVERY)
    assert set(kinds) <= RUN | set(READ) | SHOWN, [str(b) for b in EVERY if not b.language]
    assert kinds["bash"] > 50
    assert kinds["python"] > 15


def test_what_is_not_run_says_why():
    unrun = Counter(block.not_run for block in EVERY if block.not_run)
    assert set(unrun) == set(REASONS), "a reason that is not listed, or a listed one without use"
    print("\nnot run:", ", ".join(f"{count} {reason}" for reason, count in unrun.items()))
    assert sum(unrun.values()) < 12, "most of what the pages say must be run"


@of_every(pages())
def test_code_stands_between_fences(page):
    assert not indented(page)


@of_every([block for block in EVERY if block.language in READ])
def test_data_can_be_read(block):
    assert READ[block.language](block.text)


@of_every([block for block in EVERY if block.language == "bash"])
def test_commands_take_these_arguments_and_settings_are_documented(block):
    """Of what is not run, too: a command that was renamed is noticed there as well."""
    reference = (ROOT / "docs" / "reference" / "settings.md").read_text()
    for name in ASSIGNED.findall(block.text):
        assert name in OTHERS or f"`{name}`" in reference, name
    for line in logical_lines(block.text):
        if "manage.py" in line:
            words = shlex.split(re.split(r" > ", line)[0], comments=True)
            name, *arguments = words[words.index("manage.py") + 1 :]
            command = load_command_class(get_commands()[name], name)
            command.create_parser("manage.py", name).parse_args(arguments)


def test_every_page_stands_in_the_list_of_pages():
    listed = set(re.findall(r"\]\(([^)#]+)", (ROOT / "docs" / "README.md").read_text()))
    own = {page.removeprefix("docs/") for page in pages() if page.startswith("docs/")}
    named = {page for page in own if not page.startswith("decisions/")} - {"README.md"}
    assert named <= listed


# --- What runs ----------------------------------------------------------------------------------


@dataclass
class Place:
    """A folder with an installation, files and shims; blocks run here one after another."""

    folder: Path
    ports: dict[str, str] = field(default_factory=dict)
    said: str = ""

    def shell(self, text: str, *, typed: str = "") -> None:
        """Run by bash; what it exports holds for what comes after, as in one terminal."""
        script = f"touch exported; . ./exported\n{self._here(text)}\nexport -p > exported\n"
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", script],
            cwd=self.folder, env=_environment(self.folder), input=typed, timeout=120,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )  # fmt: skip
        self.said = done.stdout
        assert done.returncode == 0, f"{text}\nexit {done.returncode}:\n{self.said}"

    def python(self, text: str) -> None:
        """Run where Django is set up, with the folder's database."""
        self.shell(f".venv/bin/python -c-forked {shlex.quote(text)}")

    def _here(self, text: str) -> str:
        """The same words with this machine's ports, and on less."""
        for told, here in (HOSTS | LESS).items():
            text = text.replace(told, here)
        return re.sub(r"\b(8000|8001|8097|8098)\b", lambda port: self._port(port[0]), text)

    def _port(self, told: str) -> str:
        if told not in self.ports:
            with socket.socket() as probe:
                probe.bind(("127.0.0.1", 0))
                self.ports[told] = str(probe.getsockname()[1])
        return self.ports[told]

    def stop(self) -> None:
        """End the servers that were started here."""
        pids = self.folder / "pids"
        for pid in pids.read_text().split() if pids.exists() else ():
            with suppress(ProcessLookupError):
                os.killpg(int(pid), signal.SIGTERM)


def _environment(folder: Path) -> dict[str, str]:
    """Nothing of this machine's settings."""
    return {
        "PATH": f"{folder / 'bin'}:/usr/local/bin:/usr/bin:/bin",
        "HOME": str(folder),
        "PACT_HOME": str(folder / "home"),
        "PACT_REPORT_PDF": "off",
        "PYTHONPATH": str(ROOT),
        "OPENBLAS_NUM_THREADS": "1",
        "DJANGO_SETTINGS_MODULE": "pact_site.settings",
    }


SHIMS = {
    "curl": '#!/bin/sh\nexec /usr/bin/curl --fail-with-body "$@"\n',
    # Targets must exist; the suite does not start itself.
    "make": f'#!/bin/sh\nexec /usr/bin/make -n -C {ROOT} "$@" > /dev/null\n',
    "vllm": '#!/bin/sh\nexec .venv/bin/python -c-forked "import sys; from pathlib import Path; '
    "from tests.docs.presupposed import answer_prompts; "
    "answer_prompts(Path('$3'), Path('$5'), '$7')\"\n",
}


def _make_place(folder: Path, client: Path) -> Place:
    for name in ("bin", ".venv/bin", "safe"):
        (folder / name).mkdir(parents=True)
    (folder / ".venv" / "bin" / "python").symlink_to(client)
    for name, text in SHIMS.items():
        (folder / "bin" / name).write_text(text)
        (folder / "bin" / name).chmod(0o755)
    return Place(folder)


PREPARED = """
.venv/bin/python manage.py migrate --verbosity 0
.venv/bin/python manage.py load_study
.venv/bin/python manage.py simulate_participants --study first-light --n 8 --dropout 0 --seed 3
.venv/bin/python manage.py run_models --study first-light --endpoint baseline:noisy --personas none
.venv/bin/python manage.py run_models --dataset first-light --design benchmark \
    --endpoint baseline:noisy --limit 40
.venv/bin/python manage.py export_data instances --dataset first-light --out instances.csv
.venv/bin/python manage.py export_data decisions --dataset first-light --out decisions.csv
.venv/bin/python manage.py export_data decisions --dataset first-light --out decisions.parquet
"""


@pytest.fixture(scope="module")
def client(tmp_path_factory):
    """What stands for Python in every place: it asks a process that has loaded everything."""
    top = tmp_path_factory.mktemp("client")
    client, address = top / "client", str(top / "socket")
    client.write_text(forking.CLIENT.format(python=sys.executable, socket=address))
    client.chmod(0o755)
    server = subprocess.Popen(
        [sys.executable, "-m", "tests.docs.forking", address],
        cwd=ROOT, env=_environment(top), stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        assert server.stdout
        assert server.stdout.readline() == "ready\n"
        yield client
    finally:
        server.terminate()
        server.wait()


@pytest.fixture(scope="module")
def prepared(client, tmp_path_factory):
    """An installation with the bundled study, a few simulated people and runs, and files."""

    def prepare(folder):
        place = _make_place(folder, client)
        write_files(folder)
        place.shell(PREPARED)

    return made_once(tmp_path_factory, "pages", prepare)[0]


@pytest.fixture
def place(prepared, client, tmp_path):
    """A copy of it for one page."""
    made = _make_place(tmp_path / "page", client)
    for source in prepared.iterdir():
        if source.name == "home":
            shutil.copytree(source, made.folder / "home")
        elif source.is_file() and source.suffix in {".csv", ".parquet"}:
            shutil.copy(source, made.folder)
    yield made
    made.stop()


@pytest.mark.slow
@pytest.mark.docs
@pytest.mark.parametrize("page", TO_RUN)
def test_the_blocks_of_a_page_run_in_order(page, place):
    told = PAGES.get(page, Page())
    if told.before:
        place.shell(told.before)
    if told.python:
        place.python(told.python)
    if told.then:
        place.shell(told.then)
    for block in blocks(page):
        _run(block, told, place)
    if told.after:
        place.shell(told.after)


def _run(block: Block, told: Page, place: Place) -> None:
    text = block.text
    if ids := re.findall(r'"id": ?"(\w+)"', place.said):
        text = text.replace("/ID/", f"/{ids[-1]}/")
    for words, here in told.replaced.items():
        text = text.replace(words, here)
    if block.is_output:
        missing = set(map(str.strip, text.splitlines())) - set(place.said.splitlines())
        assert not missing, place.said
    elif block.language == "csv":
        (place.folder / told.csv).write_text(text + "\n", encoding="utf-8")
    elif block.language == "bash" and not block.not_run:
        place.shell(text, typed=told.typed)
    elif block.language == "python":
        place.python(told.names + textwrap.dedent(text))
