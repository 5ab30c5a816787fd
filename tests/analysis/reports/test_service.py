"""Reports as rows: built once per input, kept honest about who answered."""

import csv
import json
import shutil
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.utils import timezone
from django.utils.html import escape

from analysis.models import Report
from analysis.reports import documents, service
from analysis.reports.bundle import written_aside
from analysis.reports.methods import methods_paragraphs
from analysis.reports.options import Options
from analysis.reports.progress import silent
from pact_site.base.errors import BadInput
from pact_site.base.models import AuditEvent, Job, State
from pact_site.base.services import jobs
from survey.models import Answer
from tests.analysis import cast
from tests.analysis.specs import check_specs

pytestmark = pytest.mark.django_db
FILES = (
    "estimates.csv",
    "report.html",
    "report.json",
    "methods.md",
    "README.md",
    "recompute.py",
    "codebook.csv",
    "codebook.md",
    "data/human.csv",
    "data/predictions.csv",
    "tables/closeness.csv",
    "tables/closeness.tex",
    "tables/items.csv",
    "figures/closeness.svg",
    "figures/closeness.png",
    "figures/closeness.pdf",
    "figures/closeness.csv",
    "figures/closeness.vl.json",
)
FIGURES = {
    *("closeness", "signed-culture-gaps", "rate-gap", "majority", "uncertainty", "items"),
    *("personas", "persona-effect", "variance-persona", "variance-no-persona"),
    *("people-culture-rates", "norm-personal-gaps", "agreement-by-relation"),
    *("pooled-groups", "pooled-cells", "adjusted-rates-people", "adjusted-rates-models"),
}


def build(kind="human", **options):
    settings = {"cohort": None, "replicates": 50, "seed": 1, "level": 0.95}
    return service.build_report(kind=kind, study="etiquette", **(settings | options))


@pytest.fixture
def study():
    made = cast.make_study(per_country=2, scenarios=3)
    cast.add_run(made, "model-a", orders=("culture_first", "preference_first"))
    return made


@pytest.fixture
def little():
    """Three answers: enough where a test asks when a report is built and not what is in it."""
    return cast.make_study(per_country=1, scenarios=1)


@pytest.fixture(scope="module")
def bundles(tmp_path_factory):
    """What was built of each input."""
    return tmp_path_factory.mktemp("bundles")


@pytest.fixture
def quick(little, bundles, monkeypatch):
    """The study of three answers; what one of these tests built of an input the others copy.

    Returns the list of inputs that were written.
    """
    written, write = [], service.write_bundle

    def write_or_copy(inputs, folder, progress=silent):
        built = bundles / inputs.digest
        if not built.exists():
            write(inputs, built)
        with written_aside(folder) as aside:
            shutil.copytree(built, aside, dirs_exist_ok=True)
        written.append(inputs.digest)

    monkeypatch.setattr(service, "write_bundle", write_or_copy)
    return written


def test_a_bundle_holds_what_it_promises_and_is_the_same_every_time(study, with_pictures):
    folder = service.folder_of(build("alignment"))
    check_content(folder)
    check_html(folder)
    Report.objects.all().delete()
    check_same_bytes(folder, service.folder_of(build("alignment")))


def check_content(folder):
    manifest = json.loads((folder / "manifest.json").read_text())
    assert set(FILES) <= set(manifest["files"])
    assert "as SVG, PNG, PDF and Vega-Lite" in (folder / "README.md").read_text()
    keys = {
        "personas",
        "prompts",
        "regression",
        "closeness",
        "people",
        "pooled",
        "power",
        "leaning",
        "alignment",
        "promised",
        "dropped",
        "paper-forms",
        "distance",
        "paper-index",
        "traces",
        "model-cards",
    }
    assert set(manifest["sections"]) == keys
    assert manifest["options"]["seed"] == 1
    with (folder / "estimates.csv").open() as stream:
        rows = list(csv.DictReader(stream))
    assert all(row["value"] or row["note"] for row in rows)
    assert not any("nan" in row["value"].lower() for row in rows)


def check_html(folder):
    page = (folder / "report.html").read_text()
    assert "<script" not in page
    assert 'src="http' not in page
    assert "url(" not in page
    assert 'rel="stylesheet"' not in page
    manifest = json.loads((folder / "manifest.json").read_text())
    for table in manifest["tables"]:
        assert f"<caption>{escape(table['title'])}</caption>" in page
    assert page.count("<svg") == len(manifest["figures"])
    assert check_specs(folder) == set(manifest["figures"]) == FIGURES


def test_the_same_input_gives_the_same_report_without_work(quick):
    first = build()
    assert build() == first
    assert len(quick) == 1
    assert build(seed=2) != first
    Answer.objects.filter(pk=Answer.objects.first().pk).update(personal="")
    assert build() != first
    assert len(set(quick)) == 3


def test_a_spoilt_folder_is_built_again(quick):
    first = build()
    (service.folder_of(first) / "estimates.csv").write_text("")
    assert build() != first
    assert len(quick) == 2


def check_same_bytes(folder, again):
    names = [
        n for n in json.loads((folder / "manifest.json").read_text())["files"] if ".pdf" not in n
    ]
    assert len(names) > 40
    for name in names:
        assert (folder / name).read_bytes() == (again / name).read_bytes(), name


def test_simulated_people_are_said_to_be_simulated_everywhere():
    cast.make_study(per_country=1, scenarios=1, cohort="rehearsal")
    report = build()
    folder = service.folder_of(report)
    assert report.summary["simulated"]
    assert report.cohort == "rehearsal"
    for name in ("README.md", "report.html"):
        assert "SIMULATED" in (folder / name).read_text()
    assert "simulated participants" in (folder / "methods.md").read_text()


def test_answers_that_no_language_model_gave_are_said_to_be_simulated(little):
    cast.add_run(little, "served", personas=False)
    cast.add_run(little, "stubbed", personas=False, simulated=True)
    folder = service.folder_of(build("alignment"))
    said = "No language model gave these answers: stubbed."
    for name in ("README.md", "report.html"):
        assert said in (folder / name).read_text(), name
    methods = (folder / "methods.md").read_text()
    assert "SIMULATED, without a language model: stubbed." in methods
    assert "2 models were asked the same items as themselves (" in methods


def test_one_of_a_kind_is_written_as_one():
    facts = {"models": ["a"], "settings": ["no_persona", "persona"], "cells": 4, "participants": 1}
    facts |= {"countries": ["Brazil"], "answers": 2, "items": 1, "scenarios": 1, "slug": "s"}
    facts |= {"origin": "collected here", "release": "r", "scheme": "geo-v1", "simulated": False}
    facts |= {"simulated_models": [], "kind": "alignment", "replicates": 9, "seed": 1, "level": 0.9}
    people, models, *_ = methods_paragraphs(facts)
    assert people.startswith("1 participant from Brazil gave 2 answers on 1 item of 1 scenario (")
    assert models.startswith("1 model was asked the same items as itself and as personas (4 ")


def test_real_people_are_not_called_simulated(people_report):
    folder = service.folder_of(people_report)
    assert "SIMULATED" not in (folder / "README.md").read_text()
    assert not (folder / "data" / "predictions.csv").exists()


def test_without_pango_the_bundle_says_what_to_install(little, monkeypatch, settings):
    settings.PACT_REPORT_PDF = True
    monkeypatch.setattr(documents, "print_page", lambda page, drawings, path: False)
    folder = service.folder_of(build())
    assert not (folder / "report.pdf").exists()
    assert "libpango" in (folder / "README.md").read_text()


def test_the_pdf_is_one(little, with_pdf):
    cast.add_run(little, "model-a", personas=False)
    folder = service.folder_of(build("alignment"))
    assert (folder / "report.pdf").read_bytes()[:5] == b"%PDF-"
    assert json.loads((folder / "manifest.json").read_text())["notes"] == []


def test_where_pdf_is_switched_off_the_bundle_says_so(people_report):
    folder = service.folder_of(people_report)
    assert not (folder / "report.pdf").exists()
    read_me = (folder / "README.md").read_text()
    assert "PACT_REPORT_PDF is off" in read_me
    assert "| report.pdf" not in read_me


def test_where_svg_is_enough_no_other_picture_is_written_or_promised(people_report):
    folder = service.folder_of(people_report)
    endings = {path.name.partition(".")[2] for path in (folder / "figures").iterdir()}
    assert endings == {"svg", "vl.json", "csv"}
    assert "each figure as SVG and Vega-Lite" in (folder / "README.md").read_text()


def test_a_job_builds_the_report_and_records_it(little, researcher):
    options = Options("human", "etiquette", replicates=50)
    report = service.request_report(options=options, actor=researcher)
    job = Job.objects.filter(pk=report.job_id).claim()
    jobs.run_claimed(job)
    job.refresh_from_db()
    report.refresh_from_db()
    assert (job.state, job.progress) == (State.DONE, 1.0)
    assert report.finished_at
    assert service.folder_of(report).is_dir()
    verbs = set(AuditEvent.objects.values_list("verb", flat=True))
    assert verbs >= {"report.requested", "report.built"}


def test_a_job_for_a_known_input_copies_the_report(quick, researcher):
    first = build()
    options = Options("human", "etiquette", replicates=50, seed=1)
    second = service.request_report(options=options, actor=researcher)
    service.run_report(second)
    assert second.pk != first.pk
    assert (service.folder_of(second) / "estimates.csv").read_bytes() == (
        service.folder_of(first) / "estimates.csv"
    ).read_bytes()
    assert len(quick) == 1


def test_what_two_people_ask_for_at_once_is_built_once(little, researcher, monkeypatch):
    monkeypatch.setattr(service, "LOOK_AGAIN", 0)
    options = Options("human", "etiquette", replicates=50)
    first, second = (service.request_report(options=options, actor=researcher) for _ in range(2))
    ours, theirs = (Job.objects.filter(pk=report.job_id).claim() for report in (first, second))
    told = []

    def while_the_first_is_built(share, message):
        """The other worker takes up its job, and is asked for the rest once it has waited."""
        if share >= 0.5 and not told:
            with pytest.raises(Waited):
                service.run_report(second, wait)

    def wait(share, message):
        told.append(message)
        raise Waited

    service.run_report(first, while_the_first_is_built)
    ours.finish()
    service.run_report(second, lambda share, message: told.append(message))

    assert told == [service.BUILT_ELSEWHERE]
    assert service.is_intact(service.folder_of(second))
    theirs.finish()


class Waited(Exception):  # noqa: N818 - an event, not an error
    """Stands for the lease that a waiting worker gives up."""


def test_whoever_builds_and_dies_is_not_waited_for(quick, researcher):
    options = Options("human", "etiquette", replicates=50)
    first, second = (service.request_report(options=options, actor=researcher) for _ in range(2))
    dead = Job.objects.filter(pk=first.job_id).claim()
    digest = service.gather(options).digest
    Report.objects.filter(pk=first.pk).update(input_hash=digest)
    Job.objects.filter(pk=dead.pk).update(lease_expires=timezone.now() - timedelta(seconds=1))
    service.run_report(second)
    assert service.is_intact(service.folder_of(second))


def test_what_a_killed_worker_left_is_removed_by_the_next_try(quick, researcher):
    options = Options("human", "etiquette", replicates=50)
    report = service.request_report(options=options, actor=researcher)
    folder = service.folder_of(report)
    half = folder.with_name(f".0badcafe.{folder.name}")
    half.mkdir(parents=True)
    (half / "estimates.csv").write_text("table,")
    service.run_report(report)
    assert service.is_intact(folder)
    assert not half.exists()


def test_a_report_on_a_study_without_answers_fails_with_the_reason(researcher):
    release = cast.make_release("empty", 1)
    cast.Study.objects.create(slug="empty", name="Empty", release=release)
    report = service.request_report(options=Options("human", "empty"), actor=researcher)
    job = Job.objects.filter(pk=report.job_id).claim()
    jobs.run_claimed(job)
    job.refresh_from_db()
    assert job.state == State.FAILED
    assert "no analysed answers" in job.error


@pytest.mark.parametrize(
    "wrong", [{"seed": -1}, {"seed": 2**32}, {"replicates": 49}, {"level": 95.0}, {"kind": "x"}]
)
def test_options_out_of_range_are_refused(wrong):
    with pytest.raises(BadInput, match="Expected"):
        Options(**({"kind": "human", "study": "etiquette"} | wrong))


def test_an_alignment_report_needs_model_answers():
    cast.make_study(per_country=1)
    with pytest.raises(BadInput, match="no model answers"):
        build("alignment")


def test_export_report_replaces_its_own_folder_and_no_other(quick, tmp_path):
    options = {"study": "etiquette", "out": tmp_path / "out", "replicates": 50}
    call_command("export_report", "human", **options)
    call_command("export_report", "human", **options)
    assert Report.objects.count() == 1
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("years of work")
    with pytest.raises(Exception, match="other files"):
        call_command("export_report", "human", **(options | {"out": tmp_path / "mine"}))
    assert (tmp_path / "mine" / "thesis.txt").read_text() == "years of work"
