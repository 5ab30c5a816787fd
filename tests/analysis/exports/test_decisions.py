"""Decisions as files: the release's columns, what stands beyond them, and the way back."""

import io

import pandas as pd
import pyarrow.parquet as pq
import pytest
from django.core.management import CommandError, call_command

from analysis.exports import decisions
from modeling.models import Run
from modeling.schemas import DECISION_SCHEMA
from tests.modeling.decision_files import decision, write
from tests.modeling.making import make_release, stored_rows

pytestmark = pytest.mark.django_db(transaction=True)

RELEASE = [
    "source_row", "base_country", "scenario_type", "actor_country", "receiver_country",
    "actor_age", "actor_gender", "receiver_age", "receiver_gender", "situation",
    "cultural_expectation", "personal_preference", "eval_demo_config", "eval_pref_config",
    "eval_decision", "eval_model", "eval_backend",
]  # fmt: skip


def run(*args, **options):
    out = io.StringIO()
    call_command(*args, stdout=out, **options)
    return out.getvalue()


def read(path):
    return pd.read_csv(path, dtype=str, keep_default_na=False)


def ask(slug, **options):
    run("run_models", dataset=slug, endpoint="baseline:noisy", design="benchmark", **options)
    return Run.objects.first()


def test_decisions_asked_here_are_exported_as_a_release_has_them(tmp_path):
    make_release(3)
    asked = ask(
        "little", relations="close", roles="C1", conditions="full_demo,no_demo", stage="base"
    )
    assert f"{asked.cells:,} rows" in run("export_data", "decisions", dataset="little",
                                          out=tmp_path / "d.csv")  # fmt: skip
    table = read(tmp_path / "d.csv")
    assert list(table.columns[: len(RELEASE)]) == RELEASE
    assert list(table.columns) == list(decisions.COLUMNS)
    rows = {row["instance_id"]: row for row in stored_rows(asked)}
    words = {"culture": "FOLLOW_CULTURE", "preference": "ALLOW_PREFERENCE"}
    for line in table.to_dict("records"):
        row = rows.pop(line["instance_id"])
        assert line["eval_decision"] == words[row["choice"]]
        assert float(line["q_culture"]) == row["q"]
        assert (line["eval_demo_config"], line["eval_prompt"]) == (row["condition"], row["balance"])
        assert line["situation"].startswith("Ana is at table with ")
        assert "{receiver}" not in line["situation"]
        assert line["simulated"] == "True"
    assert not rows
    assert {"Namibia", "Brazil", "India"} == set(table["base_country"])
    assert set(table["eval_backend"]) == {"baseline"}


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_an_export_is_read_back_and_exports_the_same_again(tmp_path, ending, monkeypatch):
    monkeypatch.setattr(decisions, "SLICE", 70)
    make_release(2)
    make_release(2, slug="again")
    ask("little", relations="same,far", roles="C1,C2", rationale_share=0.3, family="Noise", seed=4)
    first, second = tmp_path / f"1.{ending}", tmp_path / f"2.{ending}"
    run("export_data", "decisions", dataset="little", out=first)
    said = run("import_decisions", str(first), dataset="again")
    assert "256 decisions, 256 valid and 0 unknown" in said
    run("export_data", "decisions", dataset="again", out=second)
    one, two = tables(first), tables(second)
    assert [name for name in decisions.COLUMNS if not one[name].equals(two[name])] == []
    imported = Run.objects.get(imported=True)
    assert (imported.simulated, imported.label) == (True, "Noisy respondent 4")
    assert "already stored" in run("import_decisions", str(second), dataset="again")


def tables(path):
    return pq.read_table(path) if path.suffix == ".parquet" else read(path)


def test_imported_decisions_come_out_as_they_went_in(tmp_path):
    make_release(3)
    rows = [
        decision(),
        decision(eval_decision="UNKNOWN", actor_gender="male"),
        decision(eval_model="=cmd|model", source_row="3", situation="+1 A reworded scene"),
        decision(eval_model="Qwen", eval_demo_config="no_demo", actor_age="", actor_gender="",
                 receiver_age="", receiver_gender=""),
    ]  # fmt: skip
    path = write(tmp_path / "in.csv", rows)
    run("import_decisions", str(path), dataset="little")
    run("export_data", "decisions", dataset="little", out=tmp_path / "out.csv")
    run("export_data", "decisions", dataset="little", out=tmp_path / "out.parquet")
    table = pq.read_table(tmp_path / "out.parquet").select(RELEASE).to_pylist()
    order = ["Llama", "=cmd|model", "Qwen"]
    expected = sorted(rows, key=lambda row: order.index(row["eval_model"]))
    assert [{name: cell or "" for name, cell in row.items()} for row in table] == expected
    spread = read(tmp_path / "out.csv")
    assert "'=cmd|model" in set(spread["eval_model"]), "no cell is run as a formula"
    assert "'+1 A reworded scene" in set(spread["situation"])


def test_a_failure_in_the_middle_leaves_no_file(tmp_path, monkeypatch):
    make_release(1)
    ask("little", relations="same", roles="C1")
    monkeypatch.setattr(decisions, "_WORDS", {})
    with pytest.raises(KeyError):
        run("export_data", "decisions", dataset="little", out=tmp_path / "d.csv")
    assert list(tmp_path.glob("*d.csv*")) == []


def test_streams_are_not_packed(tmp_path):
    make_release(1)
    with pytest.raises(CommandError, match="not packed") as caught:
        run("export_data", "decisions", dataset="little", out=tmp_path / "d.csv.gz")
    assert caught.value.returncode == 2


def test_every_column_stands_in_the_reference():
    from django.conf import settings

    text = (settings.BASE_DIR / "docs/reference/decisions.md").read_text(encoding="utf-8")
    assert not [name for name in decisions.COLUMNS if f"`{name}`" not in text]


def test_every_column_of_the_shards_stands_in_the_reference():
    from django.conf import settings

    text = (settings.BASE_DIR / "docs/reference/decisions.md").read_text(encoding="utf-8")
    shards = text.split("## In the shards")[1]
    assert not [name for name in DECISION_SCHEMA.names if f"| `{name}` |" not in shards]
