"""The command from outside; what files may hold is tested with the service."""

import pytest
from django.core.management import CommandError, call_command

from modeling.models import Run
from survey.models import Study
from tests.modeling.making import make_release
from tests.modeling.services.test_imports import row, whole, write

pytestmark = pytest.mark.django_db


@pytest.fixture
def study():
    return Study.objects.create(slug="little-study", name="Little", release=make_release())


def refused(*args):
    with pytest.raises(CommandError) as caught:
        call_command("import_predictions", *map(str, args), "--study", "little-study")
    assert caught.value.returncode == 2
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_it_says_what_came_in(study, tmp_path, capsys):
    path = write(tmp_path / "a.csv", [row(), row(llm_norm=""), row(model_tag="Qwen")])
    call_command("import_predictions", str(path), "--study", "little-study")
    out = capsys.readouterr().out
    assert "Llama: 2 rows, 3 valid and 1 invalid answers; 1 repeated rows kept" in out
    assert "Qwen: 1 rows, 2 valid and 0 invalid answers (run " in out
    assert set(Run.objects.values_list("study_slug", flat=True)) == {"little-study"}
    call_command("import_predictions", str(path), "--study", "little-study")
    assert capsys.readouterr().out.count("already stored, nothing changed") == 2


def test_it_says_what_it_left_out_and_names_an_item(study, tmp_path, capsys):
    rows = [*whole(study.release), row(scenario_item_id="b"), row(scenario_item_id="a")]
    path = write(tmp_path / "a.csv", rows)
    call_command("import_predictions", str(path), "--study", "little-study")
    said = (
        "2 rows left out: about 2 items that nobody in the study answered, such as a (older male)"
    )
    assert said in capsys.readouterr().out


def test_an_unknown_study_is_exit_2(tmp_path):
    assert "no such study" in refused(write(tmp_path / "a.csv", [row()]))


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", ["a.csv", "empty"]),
        (b"\x00\x01\x02" * 1000, ["a.csv"]),
        ("model_tag,café\nx,y\n".encode("latin-1"), ["a.csv", "UTF-8"]),
        (b"model_tag,persona_setting\nx,y\n", ["a.csv", "row 1", "persona_country"]),
    ],
)
def test_junk_is_exit_2_and_names_the_file(study, tmp_path, content, words):
    path = tmp_path / "a.csv"
    path.write_bytes(content)
    message = refused(path)
    assert all(word in message for word in words), message
    assert Run.objects.count() == 0


def test_a_byte_order_mark_and_windows_line_ends_are_read(study, tmp_path):
    path = write(tmp_path / "a.csv", [row()])
    path.write_bytes(
        b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n").replace(b"\r\r", b"\r")
    )
    call_command("import_predictions", str(path), "--study", "little-study")
    assert Run.objects.get().cells == 2


def test_the_same_file_named_twice_is_refused(study, tmp_path):
    path = write(tmp_path / "a.csv", [row()])
    assert "more than once" in refused(path, path)
