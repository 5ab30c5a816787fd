"""`manage.py agreement`: the figures it prints, and its exit codes."""

import csv
import io

import pytest
from django.core.management import CommandError, call_command

HEADER = "item,annotator,criterion,value"
COLUMNS = "criterion,coefficient,value,se,lower,upper,n_items,n_pairs,n_raters,note"


@pytest.fixture
def write(tmp_path):
    def write(rows, header=HEADER):
        path = tmp_path / "ratings.csv"
        path.write_text("\n".join([header, *rows, ""]))
        return path

    return write


def run(path, *options):
    out, err = io.StringIO(), io.StringIO()
    call_command("agreement", str(path), *options, stdout=out, stderr=err)
    return out.getvalue(), err.getvalue()


def rows_of(text):
    return {
        (row["criterion"], row["coefficient"]): row for row in csv.DictReader(io.StringIO(text))
    }


def golden():
    return [
        f"{item},{who},{criterion},{'no' if (item, who, criterion) == (8, 'bo', 'c') else 'yes'}"
        for item in range(9)
        for who in ("ann", "bo")
        for criterion in "abc"
    ]


def test_the_papers_figures(write):
    out, err = run(write(golden()), "--labels", "yes,no")
    assert out.splitlines()[0] == COLUMNS
    assert err == ""
    found = rows_of(out)
    assert len(found) == 4 * 10
    pooled = {key[1]: row for key, row in found.items() if key[0] == "__pooled__"}
    shown = {name: f"{float(pooled[name]['value']):.3f}" for name in ("percent", "pabak", "ac1")}
    assert shown == {"percent": "0.963", "pabak": "0.926", "ac1": "0.962"}
    assert float(pooled["cohen"]["value"]) == 0
    assert pooled["percent"]["n_pairs"] == "27"
    unanimous = found["a", "alpha"]
    assert (unanimous["value"], unanimous["se"], unanimous["lower"]) == ("", "", "")
    assert "0/0" in unanimous["note"]
    assert "nan" not in out.lower()


def test_labels_taken_from_the_file_are_named(write):
    out, err = run(write(["1,ann,c,yes", "1,bo,c,yes"]))
    assert "labels: yes,no" in err
    assert rows_of(out)["c", "pabak"]["value"] == "1.0"


def test_weights_make_ac1_ac2(write):
    rows = [f"{i},{w},c,{v}" for i in range(4) for w, v in (("ann", i % 3), ("bo", (i + 1) % 3))]
    out, _ = run(write(rows), "--labels", "0,1,2", "--weights", "quadratic")
    assert ("c", "ac2") in rows_of(out)
    assert ("c", "ac1") not in rows_of(out)


def test_items_with_one_rating(write):
    rows = ["1,ann,c,yes", "1,bo,c,yes", "2,ann,c,yes", "2,bo,c,no", "3,ann,c,yes", "4,ann,c,yes"]
    included = rows_of(run(write(rows))[0])["c", "ac1"]
    excluded = rows_of(run(write(rows), "--single-rated", "exclude")[0])["c", "ac1"]
    assert (included["n_items"], excluded["n_items"]) == ("4", "2")
    assert f"{float(excluded['value']):.4f}" in included["note"]


def test_a_criterion_that_is_a_formula_is_defused(write):
    out, _ = run(write(["1,ann,=1+1,yes", "1,bo,=1+1,yes"]))
    assert "\n'=1+1,percent" in out


@pytest.mark.parametrize(
    ("rows", "options", "words"),
    [
        (["1,ann,c,maybe"], ["--labels", "yes,no"], ["row 2", "value", "'maybe'", "yes, no"]),
        (["1,ann,c,yes", "1,ann,c,no"], [], ["row 3", "annotator", "row 2"]),
        (["1,ann,c,yes"], ["--labels", "yes,yes"], ["labels", "different"]),
    ],
)
def test_bad_input_is_exit_code_2_and_nothing_is_printed(write, rows, options, words):
    out = io.StringIO()
    with pytest.raises(CommandError) as caught:
        call_command("agreement", str(write(rows)), *options, stdout=out)
    assert caught.value.returncode == 2
    for word in words:
        assert word in str(caught.value)
    assert out.getvalue() == ""


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(CommandError) as caught:
        run(tmp_path / "none.csv")
    assert caught.value.returncode == 2
