"""The folder of a report: whole or not there, replaced only by another report."""

import json
import os

import pytest

from analysis.reports import bundle
from pact_site.base.errors import BadInput


@pytest.fixture
def place(tmp_path):
    """An empty folder of the test's own."""
    (tmp_path / "place").mkdir()
    return tmp_path / "place"


def fill(folder, text="1"):
    with bundle.written_aside(folder) as aside:
        (aside / "sub").mkdir()
        (aside / "sub" / "a.txt").write_text(text)
        bundle.write_manifest(aside, {"title": "t"})


def fail_half_way(folder):
    with bundle.written_aside(folder) as aside:
        (aside / "b.txt").write_text("2")
        raise RuntimeError("half way")


def test_the_manifest_hashes_every_other_file(place):
    fill(place / "out")
    manifest = bundle.read_manifest(place / "out")
    digest = "6b86b273ff34fce19d6b804eff5a3f5747ada4eaa22f1d49c01e52ddb7875b4b"  # sha256 of "1"
    assert manifest["files"] == {"sub/a.txt": digest}
    assert bundle.is_intact(place / "out")


@pytest.mark.parametrize("spoil", ["change", "add", "remove"])
def test_a_touched_bundle_is_not_intact(place, spoil):
    fill(place / "out")
    file = place / "out" / "sub" / "a.txt"
    if spoil == "change":
        file.write_text("2")
    elif spoil == "add":
        file.with_name("b.txt").write_text("1")
    else:
        file.unlink()
    assert not bundle.is_intact(place / "out")


def test_a_second_run_replaces_the_first(place):
    fill(place / "out", "1")
    fill(place / "out", "2")
    assert (place / "out" / "sub" / "a.txt").read_text() == "2"
    assert [path.name for path in place.iterdir()] == ["out"]


def test_a_failure_leaves_the_old_bundle_and_nothing_aside(place):
    fill(place / "out", "1")
    with pytest.raises(RuntimeError, match="half way"):
        fail_half_way(place / "out")
    assert bundle.is_intact(place / "out")
    assert [path.name for path in place.iterdir()] == ["out"]


def test_a_first_failure_leaves_nothing(place):
    with pytest.raises(RuntimeError, match="half way"):
        fail_half_way(place / "new")
    assert list(place.iterdir()) == []


@pytest.mark.parametrize("content", ["thesis.docx", "manifest.json"])
def test_a_folder_with_other_files_is_refused(place, content):
    (place / content).write_text(json.dumps({"format": "somebody else's"}))
    with pytest.raises(BadInput, match="other files"):
        fill(place)
    assert [path.name for path in place.iterdir()] == [content]


def test_an_empty_folder_is_filled_and_a_file_refused(place):
    (place / "empty").mkdir()
    fill(place / "empty")
    (place / "file").write_text("")
    with pytest.raises(BadInput, match="not a folder"):
        fill(place / "file")


def test_a_folder_that_cannot_be_made_is_refused_before_and_after(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(BadInput, match="cannot be made"):
        fill(tmp_path / "file" / "place")
    if os.geteuid():  # the superuser may write anywhere
        tmp_path.chmod(0o500)
        with pytest.raises(BadInput, match="cannot be made"):
            bundle.check_target(tmp_path / "place")
