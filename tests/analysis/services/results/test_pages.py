"""From a report to a public page: choices, counts, freezing, editions, export."""

import csv
import json
from dataclasses import replace

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from analysis.models import Report, ResultsPage
from analysis.reports import service
from analysis.services.results import pages
from analysis.services.results.example import example_of
from analysis.services.results.exporting import is_page_folder
from analysis.services.results.freezing import freeze, hash_of
from analysis.services.results.offer import first_draft, offer_of
from analysis.services.results.rendering import Stamp, draw, files_of
from pact_site.base.errors import BadInput
from pact_site.base.models import AuditEvent
from survey.models import Participant
from survey.services.withdrawals import withdraw

pytestmark = pytest.mark.django_db


@pytest.fixture
def offer(report):
    return offer_of(report)


@pytest.fixture
def draft(offer):
    return replace(first_draft(offer), authors="Ada | London", takeaways="One\nThing")


@pytest.fixture
def published(study, report, draft, researcher):
    page = pages.save_draft(study=study, draft=draft, report=report, actor=researcher)
    return pages.publish(page=page, frozen=pages.frozen_draft(page), actor=researcher)


def test_a_new_page_begins_with_what_a_reader_wants_first(offer):
    draft = first_draft(offer)
    assert draft.title == "Etiquette"
    assert {"closeness", "people-culture-rates"} <= set(draft.figures)
    assert draft.tables == ("ranking",)
    assert draft.example in {one.key for one in offer.scenarios}


def test_a_new_page_does_not_begin_with_figures_of_too_few_people(offer, monkeypatch):
    monkeypatch.setattr("analysis.services.results.offer.MINIMUM", 7)
    begun = first_draft(offer)
    assert "people-culture-rates" not in begun.figures
    assert "closeness" in begun.figures


def test_counts_of_the_example_are_those_of_the_report(offer):
    key = offer.scenarios[0].key
    shown = example_of(offer.study.release, key, offer.folder, ["model-a"], 5)
    with (offer.folder / "data" / "human.csv").open() as stream:
        rows = [row for row in csv.DictReader(stream) if row["scenario"] == key]
    for question in shown["questions"]:
        said = [row[f"human_{question['frame']}"] for row in rows]
        assert (question["culture"], question["answers"]) == (said.count("A"), len(said))
        assert question["share"] == said.count("A") / len(said)
        assert [one["name"] for one in question["models"]] == ["model-a"]
    with (offer.folder / "tables" / "items.csv").open() as stream:
        rates = [
            float(row["q"])
            for row in csv.DictReader(stream)
            if (row["model"], row["scenario"], row["frame"], row["setting"])
            == ("model-a", key, "norm", "no_persona")
        ]
    norm = next(one for one in shown["questions"] if one["frame"] == "norm")
    assert norm["models"][0]["share"] == pytest.approx(sum(rates) / len(rates))


def test_countries_of_too_few_people_are_counted_and_not_named(offer):
    key = offer.scenarios[0].key
    shown = example_of(offer.study.release, key, offer.folder, [], 7)
    assert [one["countries"] for one in shown["questions"]] == [[], []]
    assert [one["hidden"] for one in shown["questions"]] == [3, 3]


def test_no_row_of_a_person_and_no_pseudonym_is_frozen(offer, draft):
    names = tuple(part.name for part in offer.tables)
    frozen = freeze(replace(draft, tables=names, figures=()), offer)
    with (offer.folder / "data" / "human.csv").open() as stream:
        people = {row["respondent_id"] for row in csv.DictReader(stream)}
    text = json.dumps(frozen)
    assert people
    assert not [name for name in people if f'"{name}"' in text or f",{name}," in text]


def test_items_of_too_few_people_leave_the_figure_its_drawing_and_its_file(offer, draft):
    few = freeze(replace(draft, figures=("items",), minimum=3), offer)
    with (offer.folder / "figures" / "items.csv").open() as stream:
        rows = list(csv.DictReader(stream))
    large = max(int(row["people"]) for row in rows)
    cleaned = freeze(replace(draft, figures=("items",), minimum=large), offer)
    shown = next(one["figures"][0] for one in cleaned["sections"] if one["figures"])
    expected = sum(int(row["people"]) < large for row in rows)
    assert shown["hidden"] == expected > 0
    assert cleaned["files"]["data/items.csv"].count("\n") == len(rows) - expected + 1
    assert cleaned["drawings"]["items"].count("<path") < few["drawings"]["items"].count("<path")
    with pytest.raises(BadInput, match="only groups of fewer"):
        freeze(replace(draft, figures=("items",), example="", minimum=large + 1), offer)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"title": " "}, "title"),
        ({"figures": (), "tables": ()}, "figures"),
        ({"figures": ("nothing",)}, "figures"),
        ({"tables": ("nothing",)}, "tables"),
        ({"example": "nothing"}, "example"),
        ({"minimum": 100}, "example"),
    ],
)
def test_what_could_not_stand_is_refused(offer, draft, change, field):
    with pytest.raises(BadInput) as caught:
        freeze(replace(draft, **change), offer)
    assert caught.value.column == field


def test_reports_that_hold_annotators_words_are_never_offered(report):
    report.kind = Report.Kind.VALIDATION
    with pytest.raises(BadInput, match="report on a study"):
        offer_of(report)


def test_a_report_whose_files_were_touched_is_refused(report):
    path = service.folder_of(report) / "report.json"
    path.write_text(path.read_text().replace('"simulated": false', '"simulated": true'))
    with pytest.raises(BadInput, match="as they were written"):
        offer_of(report)


def test_a_report_on_another_study_is_refused(study, report, draft):
    study.slug = "another"
    with pytest.raises(BadInput, match="another study") as caught:
        pages.save_draft(study=study, draft=draft, report=report)
    assert caught.value.column == "report"


def test_freezing_the_same_gives_the_same_hash(offer, draft):
    first, second = freeze(draft, offer), freeze(draft, offer)
    assert hash_of(first) == hash_of(second)
    assert hash_of(first) != hash_of(freeze(replace(draft, title="Another"), offer))


def test_an_edition_is_counted_audited_and_stays_when_published_again(published, researcher):
    again = pages.publish(page=published, frozen=pages.frozen_draft(published), actor=researcher)
    assert (again.edition, again.is_published) == (1, True)
    event = AuditEvent.objects.get(verb="results.published")
    assert event.actor == researcher
    assert event.detail["input"] == published.report.input_hash
    assert event.detail["hash"] == published.frozen_hash


def test_taking_back_leaves_the_draft_and_publishing_counts_on(published, researcher):
    assert pages.unpublish(page=published, actor=researcher)
    assert not pages.unpublish(page=published, actor=researcher)
    page = ResultsPage.objects.get()
    assert (page.is_published, page.frozen, bool(page.draft)) == (False, None, True)
    assert AuditEvent.objects.filter(verb="results.unpublished").count() == 1
    assert pages.publish(page=page, frozen=pages.frozen_draft(page)).edition == 2


def test_what_is_published_needs_no_file_and_no_report(published, settings):
    before = draw(published.frozen, pages.stamp_of(published)).html
    folder = service.folder_of(published.report)
    for path in sorted(folder.rglob("*"), reverse=True):
        path.unlink() if path.is_file() else path.rmdir()
    published.report.delete()
    page = ResultsPage.objects.get()
    assert draw(page.frozen, pages.stamp_of(page)).html == before


def test_the_researcher_is_told_of_newer_reports_withdrawals_and_changes(published, study):
    assert pages.standing_of(published) == pages.Standing(None, 0, False)
    same = {"kind": "alignment", "subject": study.slug, "finished_at": timezone.now()}
    newer = Report.objects.create(**same, input_hash="f" * 64)
    Report.objects.create(**same, input_hash=published.report.input_hash)
    person = Participant.objects.create(study=study, pseudonym="p", state="completed")
    withdraw(participant=person, asked_by="staff")
    published.draft["title"] = "Another"
    assert pages.standing_of(published) == pages.Standing(newer, 1, True)


def test_simulated_people_are_marked_whatever_the_draft_says(published):
    frozen = json.loads(json.dumps(published.frozen))
    assert "Simulated</strong>" not in draw(frozen, Stamp()).html
    frozen["facts"]["simulated"] = True
    html = draw(frozen, Stamp()).html
    assert "The people behind every number on this page are simulated" in html
    assert "(simulated)</title>" in html
    assert "citation_title" not in html


def test_hostile_words_stay_words(offer, draft):
    evil = '"><script>alert(1)</script>'
    text = replace(
        draft,
        title=f"T {evil}",
        subtitle=evil,
        authors=f"{evil} | {evil}",
        summary=evil,
        framework=evil,
        takeaways=f"{evil}\n{evil}",
        venue=evil,
        licence=evil,
        notes={"people": evil},
    )
    html = draw(freeze(text, offer), Stamp()).html
    assert html.count("<script>") == 1
    assert "<script>alert" not in html


class TestExport:
    def test_a_folder_stands_alone_and_is_the_same_again(self, published, tmp_path, capsys):
        out = tmp_path / "site"
        call_command("export_results_page", study="etiquette", out=out)
        assert capsys.readouterr().out.splitlines()[-1] == f"page: {out / 'index.html'}"
        first = {path.name: path.read_bytes() for path in out.rglob("*") if path.is_file()}
        call_command("export_results_page", study="etiquette", out=out)
        second = {path.name: path.read_bytes() for path in out.rglob("*") if path.is_file()}
        assert first == second
        assert {"index.html", "citation.bib", "results.json", "closeness.svg"} <= set(first)
        manifest = json.loads(first["results.json"])
        assert manifest["report"]["input_hash"] == published.report.input_hash
        assert is_page_folder(out)
        assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []

    def test_every_link_in_it_leads_to_a_file_of_it(self, published):
        import re

        files = files_of(published.frozen, pages.stamp_of(published))
        links = set(re.findall(r'(?:href|src)="([^"#]+)"', files["index.html"]))
        local = {link for link in links if not link.startswith(("https://", "data:", "mailto:"))}
        assert local
        assert local <= set(files)

    def test_other_files_are_never_replaced(self, published, tmp_path):
        (tmp_path / "thesis.txt").write_text("years")
        with pytest.raises(CommandError, match="must not be replaced") as caught:
            call_command("export_results_page", study="etiquette", out=tmp_path)
        assert caught.value.returncode == 2
        assert [path.name for path in tmp_path.iterdir() if path.is_file()] == ["thesis.txt"]

    def test_a_draft_is_not_exported(self, published, tmp_path):
        pages.unpublish(page=published)
        with pytest.raises(CommandError, match="no published results page") as caught:
            call_command("export_results_page", study="etiquette", out=tmp_path / "site")
        assert caught.value.returncode == 2
