"""The main job on files: import, report, and numbers that bare pandas finds again."""

import io
import json
import runpy
import shutil
import subprocess
import sys

import pandas as pd
import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import transaction
from django.test import override_settings

from tests.analysis import release_files as files
from tests.sharing import LITTLE_WRITTEN

pytestmark = pytest.mark.django_db
ITEM = ["scenario_item_id", "receiver_age", "receiver_gender"]
SOFT = "average:items;invalid:drop;scale:probability;target:all"
ROWS = "average:rows;invalid:drop;scale:hard;target:all"


def run(*args, **options):
    out = io.StringIO()
    call_command(*args, stdout=out, **options)
    return out.getvalue()


@pytest.fixture
def imported(tmp_path):
    return make_imported(tmp_path)


def make_imported(folder):
    """The study `paper` from files; returns the two files."""
    human = files.write(folder / "human.csv", files.human_rows())
    models = files.write(folder / "models.csv", files.prediction_rows())
    run("import_human", str(human), study="paper")
    run("import_predictions", str(models), study="paper")
    return human, models


@pytest.fixture(scope="module")
def reported(django_db_setup, django_db_blocker, tmp_path_factory):
    """Both files and the bundle made of them, once for the module; the database is left empty."""
    folder = tmp_path_factory.mktemp("paper")
    home = override_settings(PACT_HOME=folder, PACT_SHARDS=str(folder / "shards"), **LITTLE_WRITTEN)
    with django_db_blocker.unblock(), home, transaction.atomic():
        inputs = make_imported(folder)
        run("export_report", "alignment", study="paper", out=folder / "bundle", replicates=60)
        transaction.set_rollback(True)
    return *inputs, folder / "bundle"


@pytest.fixture
def bundle(reported, tmp_path):
    """A copy of the bundle that a test may spoil."""
    return shutil.copytree(reported[2], tmp_path / "bundle")


def read(path):
    return pd.read_csv(path, dtype=str, keep_default_na=False)


def letters(column):
    return column.map({"A": 1.0, "B": 0.0})


class Printed:
    """`estimates.csv`, asked by key."""

    def __init__(self, folder):
        table = read(folder / "estimates.csv")
        keys = ["table", "setting", "model", "frame", "group", "metric", "definition"]
        assert not table.duplicated(keys).any()
        self.values = table.set_index(keys)["value"]

    def __call__(self, *key):
        return float(self.values[key])


def test_culture_rates_by_country(reported):
    human, printed = read(reported[0]), Printed(reported[2])
    for country, rows in human.groupby("respondent_country"):
        group = json.dumps({"participant_country": country}, separators=(",", ":"))
        expected = letters(rows["human_personal"]).mean()
        key = ("human", "", "", "personal", group, "culture_rate", "weight:answers")
        assert printed(*key) == pytest.approx(expected, abs=1e-9)


def test_distance_and_majority_alignment(reported):
    human, models = (read(path) for path in reported[:2])
    printed = Printed(reported[2])
    people = human.assign(y=letters(human["human_norm"])).groupby(ITEM)["y"].agg(["mean", "count"])
    rows = models.assign(q=letters(models["llm_norm"]))
    rows = rows[(rows["model_tag"] == "model-b") & (rows["persona_setting"] == "no_persona")]
    both = rows.set_index(ITEM).join(people, how="inner").dropna(subset=["q"])
    distance = (both["q"] - both["mean"]).abs().mean()
    key = ("alignment", "no_persona", "model-b", "norm", "")
    assert printed(*key, "item_mae", SOFT) == pytest.approx(distance, abs=1e-9)
    untied = both[both["mean"] != 0.5]
    hits = (untied["q"] == (untied["mean"] > 0.5)).mean()
    assert printed(*key, "majority_alignment", f"{ROWS};ties:exclude") == pytest.approx(
        hits, abs=1e-9
    )
    many = both[both["count"] >= 2]
    noise = many["mean"] * (1 - many["mean"]) / (many["count"] - 1)
    unbiased = ((many["q"] - many["mean"]) ** 2 - noise).mean()
    assert printed(*key, "item_mse_unbiased", SOFT) == pytest.approx(unbiased, abs=1e-9)


def test_the_bundle_recomputes_its_own_numbers(bundle):
    command = [sys.executable, str(bundle / "recompute.py")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    counted = int(done.stdout.splitlines()[-1].split()[0])
    assert counted > 60


def test_recompute_notices_a_changed_number(bundle, capsys, monkeypatch):
    path = bundle / "estimates.csv"
    table = read(path)
    place = table.index[table["metric"] == "item_mae"][0]
    table.loc[place, "value"] = str(float(table.loc[place, "value"]) + 1e-6)
    table.to_csv(path, index=False)
    monkeypatch.setattr(sys, "argv", ["recompute.py"])
    with pytest.raises(SystemExit) as ended:
        runpy.run_path(str(bundle / "recompute.py"), run_name="__main__")
    assert ended.value.code == 1
    assert "differs" in capsys.readouterr().out


def test_exports_come_back_as_they_were(imported, tmp_path):
    for kind, command in (("human", "import_human"), ("predictions", "import_predictions")):
        first, second = tmp_path / f"{kind}-1.csv", tmp_path / f"{kind}-2.csv"
        run("export_data", kind, study="paper", out=first)
        run(command, str(first), study="again")
        run("export_data", kind, study="again", out=second)
        assert first.read_bytes() == second.read_bytes()
        assert len(read(first)) == len(read(imported[0 if kind == "human" else 1]))


def test_an_export_holds_the_scenario_as_it_was_imported(imported, tmp_path):
    run("export_data", "human", study="paper", out=tmp_path / "out.csv")
    exported = read(tmp_path / "out.csv")
    assert set(exported["scenario"]) == set(read(imported[0])["scenario"])


def test_a_model_named_like_a_formula_is_text_in_every_csv(bundle):
    for path in bundle.rglob("*.csv"):
        assert "\n=cmd" not in path.read_text()
        assert ",=cmd" not in path.read_text()


def test_parquet_holds_the_same_rows(imported, tmp_path):
    run("export_data", "predictions", study="paper", out=tmp_path / "out.csv")
    run("export_data", "predictions", study="paper", out=tmp_path / "out.parquet")
    table = pd.read_parquet(tmp_path / "out.parquet")
    assert len(table) == len(read(tmp_path / "out.csv"))
    assert "=cmd|model" in set(table["model_tag"])  # nothing to run in Parquet: text as it is


@pytest.mark.parametrize(
    ("args", "options", "says"),
    [
        (("export_report", "alignment"), {"study": "nobody"}, "no such study"),
        (("export_report", "behavior"), {"dataset": "x"}, "no such dataset"),
        (("export_report", "validation"), {"validation": "x"}, "no such validation"),
        (("export_report", "wisdom"), {"study": "paper"}, "Unknown kind"),
        (("export_report", "human"), {}, "needs a study"),
        (("export_report", "human"), {"study": "paper", "level": 1.5}, "level"),
        (("export_report", "human"), {"study": "paper", "replicates": 1}, "replicates"),
        (("export_report", "human"), {"study": "paper", "cohort": "preview"}, "cohort"),
        (("export_data", "human"), {"study": "nobody"}, "no such study"),
        (("export_data", "scenarios"), {"dataset": "nothing"}, "no such dataset"),
        (("export_data", "decisions"), {"study": "paper"}, "belongs to a dataset"),
        (("export_data", "decisions"), {"dataset": "nothing"}, "no such dataset"),
        (("export_data", "decisions"), {"dataset": "paper"}, "no benchmark decisions"),
        (("export_data", "gossip"), {"study": "paper"}, "Unknown kind"),
    ],
)
def test_bad_input_exits_2_and_writes_nothing(imported, tmp_path, args, options, says):
    target = tmp_path / "out.csv"
    with pytest.raises(CommandError, match=says) as caught:
        run(*args, out=target, **options)
    assert caught.value.returncode == 2
    assert not target.exists()


def test_an_unknown_ending_exits_2(imported, tmp_path):
    with pytest.raises(CommandError, match="ending") as caught:
        run("export_data", "human", study="paper", out=tmp_path / "out.xlsx")
    assert caught.value.returncode == 2


def test_scenarios_can_be_imported_again(imported, tmp_path):
    run("export_data", "scenarios", study="paper", out=tmp_path / "scenarios.csv")
    exported = read(tmp_path / "scenarios.csv")
    assert len(exported) == 8
    assert set(exported["country"]) == {"Japan", "Namibia", "Brazil"}
