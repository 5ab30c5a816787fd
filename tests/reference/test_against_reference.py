"""Files in, `estimates.csv` out, through the real commands: every figure equals the reference."""

import pytest
from django.core.management import call_command

from tests.reference.compare import COLUMNS, compare, malformed, read_estimates
from tests.reference.generate import Shape, write_study
from tests.reference.judge import Judge
from tests.reference.promises import missing
from tests.reference.reading import read_people, read_replies

SHAPES = {
    "one id an item": Shape(seed=11, respondents=45, scenarios=8),
    "ids shared by receivers, from a spreadsheet": Shape(
        seed=12,
        respondents=40,
        scenarios=6,
        unique_ids=False,
        windows=True,
        extra_columns=True,
    ),
}


def export(kind, folder):
    call_command("export_report", kind, study="ref", out=folder, replicates=50, seed=5)
    return read_estimates(folder / "estimates.csv")


@pytest.mark.walks
@pytest.mark.slow
@pytest.mark.django_db
@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES.keys())
def test_every_figure_equals_the_reference(shape, tmp_path):
    files = write_study(tmp_path / "files", shape)
    items = str(files.items) if shape.unique_ids else None
    call_command("import_human", str(files.human), study="ref", scheme="pact-2026", items=items)
    call_command("import_predictions", *map(str, files.predictions), study="ref")
    people = read_people(files.human, files.items if items else None)
    judge = Judge(people, read_replies(files.predictions))

    rows = export("alignment", tmp_path / "alignment")

    assert list(rows[0]) == COLUMNS
    assert malformed(rows) == []
    verdict = compare(judge, rows)
    assert verdict.different == []
    assert verdict.compared.total() > 5000
    assert missing(judge, rows) == []
    if shape.unique_ids:
        people_rows = export("human", tmp_path / "human")
        of_people = [row for row in rows if row["table"] in ("human", "regression")]
        assert people_rows == [row for row in of_people if not row["model"]]
