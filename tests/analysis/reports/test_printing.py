"""Pages are set as PDF by a process of their own."""

import os
import re
import subprocess
import sys

import pytest
import vl_convert
from django.conf import settings

from analysis.reports import setting
from analysis.reports.printing import PrintError, print_page, ready_to_print

PAGE = "<!doctype html><title>T</title><p>Ünïcode → text</p>"
DRAWING = '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><rect width="9" height="9"/></svg>'


def children():
    """Processes of ours that set pages and are not waited for yet."""
    listed = subprocess.run(
        ["ps", "--ppid", str(os.getpid()), "-o", "args="], stdout=subprocess.PIPE, text=True
    )
    return [line for line in listed.stdout.splitlines() if "analysis.reports.setting" in line]


@pytest.mark.parametrize("early", [True, False])
def test_a_page_becomes_a_pdf(tmp_path, with_pdf, early):
    path = tmp_path / "page.pdf"
    if early:
        with ready_to_print():
            assert len(children()) == 1
            assert print_page(PAGE, {}, path)
            assert print_page(PAGE, {}, tmp_path / "second.pdf")
        assert (tmp_path / "second.pdf").read_bytes().startswith(b"%PDF-")
    else:
        assert print_page(PAGE, {}, path)
    assert path.read_bytes().startswith(b"%PDF-")
    assert children() == []


def test_a_report_that_fails_leaves_no_process(with_pdf):
    with pytest.raises(ZeroDivisionError), ready_to_print():
        raise ZeroDivisionError
    assert children() == []


def test_without_pdf_no_process_waits():
    with ready_to_print():
        assert children() == []


def test_drawings_come_with_the_page_and_nothing_from_the_network(tmp_path, with_pdf):
    page, drawings = PAGE + '<img src="drawing:one" alt="">', {"one": DRAWING}
    assert print_page(page, drawings, tmp_path / "page.pdf")
    assert widths_of_pixels(tmp_path / "page.pdf") == set()
    with pytest.raises(PrintError, match="no-such"):
        print_page(page + '<img src="drawing:no-such" alt="">', drawings, tmp_path / "other.pdf")
    with pytest.raises(PrintError, match=re.escape("http://127.0.0.1:9/a.png")):
        print_page(page + '<img src="http://127.0.0.1:9/a.png">', drawings, tmp_path / "other.pdf")


def widths_of_pixels(path):
    """The widths of a PDF's pictures of pixels; drawings have none."""
    return {
        int(found) for found in re.findall(rb"/Subtype /Image.*?/Width (\d+)", path.read_bytes())
    }


def test_a_drawing_of_very_many_marks_is_printed_as_pixels(tmp_path, with_pdf):
    large = DRAWING + "<!-- -->" * (setting.MANY_MARKS // 8)
    page = PAGE + '<img src="drawing:drawn" alt=""><img src="drawing:written" alt="">'
    (tmp_path / "figures").mkdir()
    written = vl_convert.svg_to_png(DRAWING, scale=5)
    (tmp_path / "figures" / "written.png").write_bytes(written)
    assert print_page(page, {"drawn": large, "written": large}, tmp_path / "page.pdf")
    assert widths_of_pixels(tmp_path / "page.pdf") == {27, 45}


def test_without_pango_it_is_said(tmp_path, with_pdf, monkeypatch):
    """A weasyprint that cannot load the library is found first."""
    fake = tmp_path / "weasyprint.py"
    fake.write_text("raise OSError('cannot load library libpango')")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    assert not print_page(PAGE, {}, tmp_path / "page.pdf")
    assert not (tmp_path / "page.pdf").exists()


def test_a_reader_that_goes_away_leaves_nothing(tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", setting.__name__], input="", cwd=settings.BASE_DIR, text=True
    )
    assert done.returncode in (0, setting.NO_PANGO)
