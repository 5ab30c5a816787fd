"""The worked examples print what they say, where there is no Django and no server."""

import importlib.util
import json
import subprocess
import sys

from django.conf import settings

FOLDER = settings.BASE_DIR / "docs" / "notebooks"
WITHOUT = ("django", "celery", "rest_framework", "polars", "altair", "pact_site")
RUN = f"""
import runpy, sys
for name in {WITHOUT!r}:
    sys.modules[name] = None
sys.argv = ["run.py", "--check"]
runpy.run_path({str(FOLDER / "run.py")!r}, run_name="__main__")
"""


def test_the_pages_and_notebooks_hold_what_their_code_prints():
    done = subprocess.run([sys.executable, "-c", RUN], capture_output=True, text=True)
    assert done.returncode == 0, f"run docs/notebooks/run.py\n{done.stdout}{done.stderr}"


def test_a_notebook_is_one_to_jupyter():
    for path in FOLDER.glob("*.md"):
        made = json.loads(path.with_suffix(".ipynb").read_text(encoding="utf-8"))
        assert (made["nbformat"], made["nbformat_minor"]) == (4, 5)
        kinds = {cell["cell_type"] for cell in made["cells"]}
        assert kinds == {"markdown", "code"}
        assert any(cell.get("outputs") for cell in made["cells"])
        assert len({cell["id"] for cell in made["cells"]}) == len(made["cells"])


def test_the_data_are_simulated_and_come_from_the_script(tmp_path, monkeypatch):
    spec = importlib.util.spec_from_file_location("make_data", FOLDER / "make_data.py")
    make_data = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(make_data)
    (tmp_path / "data").mkdir()
    monkeypatch.setattr(make_data, "HERE", tmp_path)
    make_data.main()
    for path in (FOLDER / "data").glob("*.csv"):
        assert (tmp_path / "data" / path.name).read_bytes() == path.read_bytes()
    assert "SIMULATED" in (FOLDER / "data" / "human.csv").read_text(encoding="utf-8")
