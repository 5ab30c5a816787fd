import pytest
from django.core.management import CommandError, call_command

from annotation.models import Label
from tests.annotation.labelling import label_row, paper_rows
from tests.annotation.makers import write_rows

pytestmark = pytest.mark.django_db


def run(path, *options, slug="paper"):
    call_command("import_labels", str(path), "--validation", slug, *options)


def test_the_counts_are_printed(tmp_path, capsys):
    path = write_rows(tmp_path / "labels.csv", paper_rows())
    run(path)
    told = capsys.readouterr().out
    assert "labels.csv -> validation paper (new), items without scenarios" in told
    assert "new labels: 54, unchanged: 0" in told
    run(path)
    assert "new labels: 0, unchanged: 54" in capsys.readouterr().out


def test_bad_input_ends_with_code_2_and_the_cell(tmp_path):
    path = write_rows(tmp_path / "labels.csv", [label_row(), label_row("i1", value="maybe")])
    with pytest.raises(CommandError) as caught:
        run(path)
    assert caught.value.returncode == 2
    assert "labels.csv, row 3, column value" in str(caught.value)
    assert "'maybe'" in str(caught.value)
    assert not Label.objects.exists()


def test_a_file_may_come_from_windows(tmp_path):
    path = write_rows(tmp_path / "labels.csv", paper_rows(), encoding="utf-8-sig", newline="\r\n")
    run(path, "--name", "Appendix A.4", "--simulated", "--labels", "yes, no")
    assert Label.objects.count() == 54


def test_a_wrong_encoding_is_named(tmp_path):
    rows = [label_row(note="déjà")]
    path = write_rows(tmp_path / "labels.csv", rows, encoding="latin-1")
    with pytest.raises(CommandError, match="UTF-8"):
        run(path)
