"""`export_data labels`: everybody's labels as CSV, Parquet and JSON lines."""

import json

import pandas as pd
import pytest
from django.core.management import CommandError, call_command

from pact_site.base.models import AuditEvent
from tests.annotation.labelling import load_labels
from tests.annotation.rated import make_rated
from tests.annotation.validating import make_validation

pytestmark = pytest.mark.django_db


def export(path, slug="paper", *options):
    call_command("export_data", "labels", "--validation", slug, "--out", str(path), *options)


def test_every_format_holds_the_same_labels(tmp_path, capsys):
    load_labels(tmp_path)
    for ending in ("csv", "csv.gz", "parquet", "jsonl"):
        export(tmp_path / f"labels.{ending}")
    assert "54 rows" in capsys.readouterr().out
    table = pd.read_csv(tmp_path / "labels.csv", keep_default_na=False)
    packed = pd.read_csv(tmp_path / "labels.csv.gz", keep_default_na=False)
    parquet = pd.read_parquet(tmp_path / "labels.parquet")
    lines = [json.loads(line) for line in (tmp_path / "labels.jsonl").read_text().splitlines()]
    told = [
        list(zip(part["item"], part["annotator"], part["criterion"], part["value"], strict=True))
        for part in (table, packed, parquet, pd.DataFrame(lines))
    ]
    assert len(told[0]) == 54
    assert told[0] == told[1] == told[2] == told[3]


def test_simulated_labels_are_said_to_be(tmp_path, capsys):
    make_rated("pilot", simulated=True)
    export(tmp_path / "labels.csv", "pilot")
    assert "SIMULATED" in capsys.readouterr().out
    assert AuditEvent.objects.get(verb="labels.exported").detail["rows"] > 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--validation", "nowhere"], "no such validation"),
        (["--study", "paper"], "belong to a validation"),
        (["--validation", "empty"], "no labels yet"),
    ],
)
def test_what_cannot_be_exported_ends_with_code_2(tmp_path, arguments, message):
    make_validation("empty")
    path = tmp_path / "labels.csv"
    with pytest.raises(CommandError, match=message) as caught:
        call_command("export_data", "labels", *arguments, "--out", str(path))
    assert caught.value.returncode == 2
    assert not path.exists()
