"""The report of a validation: the paper's figures, what is undefined, judges, and who may see it."""

import csv
import json
import subprocess
import sys
from collections import Counter

import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse

from analysis.metrics.catalogue import METRICS
from analysis.metrics.estimate import COLUMNS, definition_tokens
from analysis.models import Report
from analysis.reports import service
from analysis.reports.options import Options
from annotation.models import Annotator, Label, SampledItem, Verdict
from annotation.services.labels.adjudicating import adjudicate
from pact_site.base.errors import BadInput
from pact_site.base.models import Job, Role, User
from pact_site.base.services import jobs
from tests.analysis.specs import check_specs
from tests.annotation.labelling import label_row, load_labels
from tests.annotation.rated import make_rated, make_verdicts
from tests.annotation.validating import make_validation, rate_all, seats

pytestmark = pytest.mark.django_db
FILES = {
    "estimates.csv",
    "labels.csv",
    "report.html",
    "report.json",
    "methods.md",
    "README.md",
    "recompute.py",
    "codebook.csv",
    "codebook.md",
    "tables/agreement.csv",
    "tables/agreement.tex",
    "tables/pairs.csv",
    "tables/intervals.csv",
    "tables/disagreement.csv",
    "tables/dataset-pass-rate.csv",
    "figures/agreement.svg",
    "figures/agreement.png",
    "figures/agreement.pdf",
    "figures/agreement.csv",
    "figures/agreement.vl.json",
}


def build(slug="paper", **options):
    settings = {"cohort": None, "replicates": 50, "seed": 1, "level": 0.95}
    return service.build_report(kind="validation", study=slug, **(settings | options))


def read(folder, name="estimates.csv"):
    with (folder / name).open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def numbers(rows, **wanted):
    """value, lower, upper of the only row with these cells."""
    [row] = [row for row in rows if all(row[name] == value for name, value in wanted.items())]
    return tuple(
        None if row[name] == "" else float(row[name]) for name in ("value", "lower", "upper")
    )


def pooled(rows, metric, rule="include", **wanted):
    definition = f"single_rated:{rule};weights:identity"
    wanted = {"group": "", "setting": "", "model": ""} | wanted
    return numbers(rows, metric=metric, definition=definition, **wanted)


@pytest.fixture
def paper(tmp_path):
    load_labels(tmp_path)


def test_the_papers_27_pairs_from_file_to_bundle(paper, tmp_path, capsys, with_pictures):
    """Appendix A.4 prints observed .963, PABAK .926, AC1 .962, positive agreement .981."""
    target = tmp_path / "bundle"
    options = ["--validation", "paper", "--out", str(target), "--replicates", "50"]
    call_command("export_report", "validation", *options)
    assert f"bundle: {target}" in capsys.readouterr().out
    rows = read(target)
    assert tuple(rows[0]) == COLUMNS
    found = {
        name: round(pooled(rows, name)[0], 3) for name in ("percent", "pabak", "ac1", "positive")
    }
    assert found == {"percent": 0.963, "pabak": 0.926, "ac1": 0.962, "positive": 0.981}
    assert pooled(rows, "cohen")[0] == pytest.approx(0)
    manifest = json.loads((target / "manifest.json").read_text())
    assert set(manifest["files"]) >= FILES
    assert "0.962 (0.870 to 1.000)" in manifest["headline"]


def test_every_row_is_declared_and_told_apart(paper):
    rows = read(service.folder_of(build()))
    keys = [tuple(row[name] for name in COLUMNS[:7]) for row in rows]
    assert len(set(keys)) == len(keys)
    for row in rows:
        metric = METRICS[row["metric"]]
        assert row["table"] == "validation"
        assert row["table"] in metric.tables
        assert set(definition_tokens(row["definition"])) == set(metric.keys)
        assert row["value"] or row["note"]
        assert "nan" not in ",".join(row.values()).lower().split(",")


def test_undefined_is_empty_with_the_reason(paper):
    folder = service.folder_of(build())
    rows = read(folder)
    undefined = [row for row in rows if row["metric"] == "fleiss" and not row["value"]]
    assert {row["group"] for row in undefined} == {
        '{"criterion":"clear"}',
        '{"criterion":"plausible"}',
    }
    assert all("every rating is 'yes'" in row["note"] for row in undefined)
    page = (folder / "report.html").read_text()
    assert "every rating is" in page
    assert "NaN" not in page
    assert numbers(rows, metric="dataset_pass_rate") == (None, None, None)


def test_both_rules_for_items_with_a_single_rating(tmp_path):
    rows = [label_row(item, who) for item in ("a", "b") for who in ("A1", "A2")]
    rows += [label_row("c", value="no"), label_row("b", "A3", value="no")]
    load_labels(tmp_path, rows)
    found = read(service.folder_of(build()))
    assert pooled(found, "ac1") != pooled(found, "ac1", "exclude")
    assert pooled(found, "percent")[0] == pooled(found, "percent", "exclude")[0]
    tables = {path.name for path in (service.folder_of(build()) / "tables").iterdir()}
    assert "agreement-overlap-only.csv" in tables


def test_the_script_of_the_bundle_finds_the_same_numbers(tmp_path):
    make_rated("pilot")
    folder = service.folder_of(build("pilot"))
    done = subprocess.run(
        [sys.executable, "recompute.py"], cwd=folder, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("same") == 12
    estimates = (folder / "estimates.csv").read_text()
    changed = estimates.replace(f"{pooled(read(folder), 'ac1')[0]}", "0.5", 1)
    (folder / "estimates.csv").write_text(changed)
    done = subprocess.run(
        [sys.executable, "recompute.py"], cwd=folder, capture_output=True, text=True
    )
    assert (done.returncode, done.stdout.count("DIFFERS")) == (1, 1)


def steadiness():
    """The share of labels that an annotator gave again at the second showing, counted one by one."""
    said = {
        (one.task.annotator_id, one.task.item_id, one.criterion_id, one.task.repeat): one.value
        for one in Label.objects.select_related("task")
    }
    again = [(*key[:3], 0) for key in said if key[3] == 1]
    assert len(again) > 10
    return sum(said[key] == said[(*key[:3], 1)] for key in again) / len(again)


def test_judges_stand_beside_people_with_flips_and_an_assisted_rate():
    validation = make_rated("pilot", repeats=2)
    make_verdicts(validation)
    folder = service.folder_of(build("pilot"))
    rows = read(folder)
    sides = {
        setting: pooled(rows, "ac1", "exclude", setting=setting, model="judge-a")[0]
        for setting in ("people", "people_and_judge", "difference")
    }
    assert sides["difference"] == pytest.approx(sides["people_and_judge"] - sides["people"])
    assert pooled(rows, "percent", "exclude", setting="repeats")[0] == pytest.approx(steadiness())
    rates = [row for row in rows if row["metric"] == "dataset_pass_rate"]
    assert [(row["model"], row["definition"]) for row in rates] == [
        ("", "after:none;source:human"), ("judge-a", "after:none;source:judge")]  # fmt: skip
    assert all(row["n_items"] == "48" and row["lower"] and row["upper"] for row in rates)
    pairs = Counter(Verdict.objects.values_list("version", "criterion", "value"))
    flipped = sum(count == 1 for count in pairs.values()) / 2  # a pair that differs counts 1 twice
    assert 0 < flipped < 48 * 3
    assert numbers(rows, metric="flip_rate", group="")[0] == pytest.approx(flipped / (48 * 3))
    names = json.loads((folder / "manifest.json").read_text())["figures"]
    assert names == ["agreement", "people-beside-judge"]
    assert check_specs(folder) == set(names)
    assert "SIMULATED" in (folder / "README.md").read_text()  # the judge is


def test_what_was_settled_is_in_the_bundle_and_makes_another_report(paper):
    first = build()
    item = SampledItem.objects.get(key="i4")
    criterion = item.validation.criteria.get(code="distinct")
    assert build().pk == first.pk
    adjudicate(item=item, criterion=criterion, value="yes", rationale="They are two.")
    second = build()
    assert second.pk != first.pk
    [outcome] = read(service.folder_of(second), "outcomes.csv")
    assert (outcome["item"], outcome["value"], outcome["rationale"]) == (
        "i4",
        "yes",
        "They are two.",
    )
    assert {row["outcome"] for row in read(service.folder_of(second), "labels.csv")} == {"", "yes"}


def test_simulated_annotators_are_said_to_be():
    make_rated("pilot", simulated=True)
    folder = service.folder_of(build("pilot"))
    assert "The annotators behind every number" in (folder / "README.md").read_text()
    assert (
        "4 simulated annotators" in json.loads((folder / "manifest.json").read_text())["headline"]
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--validation", "nowhere"], "no such validation"),
        ([], "needs a validation"),
        (["--study", "paper"], "needs a validation"),
        (["--validation", "paper", "--cohort", "real"], "no cohorts"),
    ],
)
def test_bad_arguments_end_with_code_2(paper, tmp_path, arguments, message):
    with pytest.raises(CommandError, match=message) as caught:
        call_command("export_report", "validation", *arguments, "--out", str(tmp_path / "out"))
    assert caught.value.returncode == 2
    assert not (tmp_path / "out").exists()


def test_without_labels_there_is_nothing_to_report():
    make_validation("pilot")
    with pytest.raises(BadInput, match="no labels yet"):
        build("pilot")


class TestPages:
    """Asked for from the results page, built by a worker, shown to who may see the results."""

    def test_a_report_is_asked_for_built_and_read(self, client, researcher, paper):
        client.force_login(researcher)
        answer = client.post(reverse("analysis:validation_report", args=["paper"]))
        report = Report.objects.get()
        assert answer["Location"] == reverse("analysis:report_detail", args=[report.public_id])
        jobs.run_claimed(Job.objects.filter(kind="analysis.report").claim())
        text = client.get(answer["Location"]).content.decode()
        assert "How far annotators agree" in text
        assert "2 annotators" in text
        assert (
            client.get(reverse("analysis:report_download", args=[report.public_id])).status_code
            == 200
        )

    def test_nothing_is_built_before_anybody_has_answered(self, client, researcher):
        make_validation("pilot")
        client.force_login(researcher)
        answer = client.post(reverse("analysis:validation_report", args=["pilot"]))
        assert answer["Location"] == reverse("validation:results", args=["pilot"])
        assert not Report.objects.exists()

    def test_who_has_yet_to_answer_finds_no_report(self, client, researcher):
        validation = make_validation("pilot")
        rate_all(seats(validation)[0])
        report = build("pilot")
        names = ("report_detail", "report_download", "report_progress")
        addresses = [reverse(f"analysis:{name}", args=[report.public_id]) for name in names]
        rest = f"/api/reports/{report.public_id}/"
        addresses += [rest, f"{rest}estimates/"]
        client.force_login(researcher)
        assert {client.get(address).status_code for address in addresses} == {200}
        member = User.objects.create_user("rosa", role=Role.RESEARCHER)
        Annotator.objects.filter(pk=seats(validation)[2].pk).update(user=member)
        client.force_login(member)
        assert {client.get(address).status_code for address in addresses} == {403}
        assert (
            report.summary["headline"]
            not in client.get(reverse("analysis:report_list")).content.decode()
        )
        assert client.get("/api/reports/").json()["count"] == 0
        asked = client.post("/api/reports/", {"kind": "validation", "study": "pilot"})
        assert asked.status_code == 403

    def test_over_rest_the_subject_is_checked_first(self, client, researcher, paper):
        client.force_login(researcher)
        wrong = client.post("/api/reports/", {"kind": "validation", "study": "nowhere"})
        assert wrong.status_code == 400
        right = client.post("/api/reports/", {"kind": "validation", "study": "paper"})
        assert right.status_code == 202
        assert Options(**Report.objects.get().options).kind == "validation"
