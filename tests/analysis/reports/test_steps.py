"""Whoever waits for a report hears of its PDF."""

from analysis.reports.documents import write_documents
from analysis.reports.sections import Content, Section

CONTENT = Content("T", "h", "", (Section("s", "S", "lead"),), methods=("None.",))


def steps(folder):
    told = []
    (folder / "figures").mkdir()
    write_documents(CONTENT, folder, lambda share, what: told.append((share, what)))
    return told


def test_the_pdf_is_a_step_of_its_own(tmp_path, settings):
    settings.PACT_REPORT_PDF = True
    assert steps(tmp_path) == [(0.93, "Setting the pages of the PDF")]


def test_without_a_pdf_nothing_is_said_of_it(tmp_path, settings):
    settings.PACT_REPORT_PDF = False
    assert steps(tmp_path) == []
