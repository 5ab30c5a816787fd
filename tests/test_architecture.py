"""What holds for the whole project: arrows, sizes, migrations, and nothing undocumented."""

import ast
import io
import re
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command, get_commands, load_command_class

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("pact_site", "annotation", "survey", "modeling", "analysis")
LONGEST_MODULE = 400
READS_ENVIRONMENT = re.compile(r"\benv\.\w+\(\s*\"(\w+)\"")


@cache
def committed() -> tuple[Path, ...]:
    """The files of the project, as git knows them; a source archive without git has them all."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True)
    if listed.returncode:
        pytest.skip("not a git checkout")
    return tuple(
        path for name in listed.stdout.split("\0") if name and (path := ROOT / name).is_file()
    )


def modules() -> list[Path]:
    """Python modules of our packages, migrations aside."""
    return [
        path
        for package in PACKAGES
        for path in sorted((ROOT / package).rglob("*.py"))
        if "migrations" not in path.parts
    ]


def text_of(path: Path) -> str:
    """A committed file's text; empty for files that are not text."""
    try:
        return path.read_text()
    except UnicodeDecodeError:
        return ""


def our_commands() -> dict[str, str]:
    return {name: app for name, app in get_commands().items() if app.split(".")[0] in PACKAGES}


@pytest.mark.slow
def test_import_arrows_hold():
    program = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run([program, "--no-logo"], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-3000:]


@pytest.mark.django_db
def test_no_migration_is_missing():
    call_command("makemigrations", check=True, dry_run=True, stdout=io.StringIO())


def test_modules_stay_short():
    lines = {path.relative_to(ROOT): len(path.read_text().splitlines()) for path in modules()}
    long = {str(path): count for path, count in lines.items() if count > LONGEST_MODULE}
    assert not long, "split it by what it does"


def test_apps_say_what_they_are():
    for package in PACKAGES:
        docstring = ast.get_docstring(ast.parse((ROOT / package / "apps.py").read_text()))
        assert docstring, f"{package}/apps.py has no docstring"


def test_only_the_settings_read_the_environment():
    readers = {
        path.relative_to(ROOT).as_posix()
        for path in modules()
        if re.search(r"\bos\.(environ\[|environ\.get|getenv)|\benviron\.Env\b", path.read_text())
    }
    assert readers <= {"pact_site/settings.py"}


def test_pure_leaves_import_no_django():
    """Import them in a Python where Django is not to be had."""
    code = (
        "import sys; sys.modules['django'] = None; sys.modules['celery'] = None\n"
        "import annotation.vocab, modeling.prompts, modeling.backends, analysis.metrics\n"
        "import importlib, pkgutil\n"
        "for leaf in (annotation.vocab, modeling.prompts, modeling.backends, analysis.metrics):\n"
        "    for module in pkgutil.walk_packages(leaf.__path__, leaf.__name__ + '.'):\n"
        "        importlib.import_module(module.name)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def settings_read() -> set[str]:
    return set(READS_ENVIRONMENT.findall((ROOT / "pact_site" / "settings.py").read_text()))


def test_the_walk_finds_the_settings():
    assert {"PACT_HOME", "DATABASE_URL", "PACT_EMAIL_URL"} <= settings_read()


def test_every_setting_is_documented_and_every_documented_one_exists():
    page = (ROOT / "docs" / "reference" / "settings.md").read_text()
    documented = set(re.findall(r"^\| `(\w+)` \|", page, re.M))
    assert documented == settings_read()


@pytest.mark.parametrize("name", sorted(our_commands()))
def test_every_command_is_documented_with_its_options(name):
    page = (ROOT / "docs" / "reference" / "commands.md").read_text()
    lines = [line for line in page.splitlines() if line.startswith(f"| `{name}")]
    assert len(lines) == 1, f"docs/reference/commands.md should have one row for {name}"
    parser = load_command_class(our_commands()[name], name).create_parser("manage.py", name)
    common = {"--help", "--version", "--verbosity", "--settings", "--pythonpath", "--traceback",
              "--no-color", "--force-color", "--skip-checks"}  # fmt: skip
    own = {
        option
        for action in parser._actions
        for option in action.option_strings
        if option.startswith("--") and option not in common
    }
    missing = sorted(option for option in own if option not in lines[0])
    assert not missing


def test_every_documented_command_exists():
    page = (ROOT / "docs" / "reference" / "commands.md").read_text()
    assert set(re.findall(r"^\| `(\w+)", page, re.M)) - {"command"} <= set(our_commands())


def test_links_between_documents_lead_somewhere():
    broken = []
    for path in [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]:
        if not path.exists():
            continue
        for target in re.findall(r"\]\(([^)#\s]+)", path.read_text()):
            if "://" not in target and not (path.parent / target).exists():
                broken.append(f"{path.relative_to(ROOT)} -> {target}")
    assert not broken


FOREIGN = {
    "the address of a package registry": re.compile(
        r"(\b[\w-]+(\.[\w-]+)+/simple\b|--(extra-)?index-url|\b(registry|files)\.[\w-]+\.(com|org))"
    ),
    "a path of somebody's machine": re.compile(r"(?<![\w.])/(work|home/\w+|Users/\w+|root)/"),
}


@pytest.mark.parametrize("kind", FOREIGN)
def test_no_committed_file_holds(kind):
    found = [
        f"{path.relative_to(ROOT)}: {match.group()}"
        for path in committed()
        if path != Path(__file__)
        for match in FOREIGN[kind].finditer(text_of(path))
    ]
    assert not found


def test_lock_files_are_hashed():
    for name in ("requirements.txt", "requirements-dev.txt"):
        lock = (ROOT / name).read_text()
        pinned = re.findall(r"^[\w\[\].-]+==", lock, re.M)
        assert pinned
        assert lock.count("--hash=sha256:") >= len(pinned)


def test_test_folders_are_packages():
    """Two test modules of one name collide unless their folders are packages."""
    folders = {path.parent for path in (ROOT / "tests").rglob("test_*.py")}
    bare = sorted(str(folder) for folder in folders if not (folder / "__init__.py").exists())
    assert not bare


def test_requests_open_no_transaction_by_themselves():
    assert not settings.DATABASES["default"].get("ATOMIC_REQUESTS")


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("the address of a package registry", "see packages.example.org/simple for it"),
        ("the address of a package registry", "https://files.example.org/a.whl"),
        ("the address of a package registry", "registry.example.com"),
        ("the address of a package registry", "--extra-index-url"),
        ("a path of somebody's machine", "cd /home/ada/pact"),
    ],
)
def test_what_must_not_be_committed_is_recognised(kind, text):
    assert FOREIGN[kind].search(text)


def test_every_test_that_the_threat_model_relies_on_is_there():
    page = (ROOT / "docs/explanation/threat-model.md").read_text()
    named = set(re.findall(r"`(tests/[\w/]+\.py)`", page))
    assert len(named) > 10
    assert [path for path in sorted(named) if not (ROOT / path).is_file()] == []
