"""Traces in reports: honest order, everybody's words beside each other, and nothing that acts."""

import csv
import random
from dataclasses import replace

import pytest

from analysis.metrics.traces import Share
from analysis.reports.build import write_tables
from analysis.reports.documents import as_document, printed_page, render_page
from analysis.reports.inputs import gather
from analysis.reports.options import Options
from analysis.reports.printing import print_page
from analysis.reports.sections import Content
from analysis.reports.traces import traces_section
from analysis.reports.traces_files import write_traces
from analysis.reports.traces_rank import PARTED, SPLIT, Counted, ranked
from analysis.reports.traces_text import SHOWN, line, plain, shown
from annotation.models import ScenarioVersion
from pact_site.base.errors import BadInput
from survey.models import Answer
from tests.analysis import cast

pytestmark = pytest.mark.django_db

HOSTILE = (
    "<script>alert(1)</script><img src=x onerror=alert(2)>\x1b[31m\u202eevil \\input{/etc/passwd} "
    "& % $ # _ { } ~ ^ שלום مرحبا 🎉"
)
FORMULA = '=HYPERLINK("http://example.org","me")'
LONG = "w" * 100_000
OPTIONS = {"cohort": None, "replicates": 50, "seed": 1, "level": 0.95}


@pytest.fixture
def study():
    return cast.make_study(scenarios=3, per_country=3)


def section(study, kind="human", **options):
    inputs = gather(Options(kind, study.slug, **OPTIONS, **options))
    return traces_section(inputs.traced), inputs.traced


def give_reasons(study, text):
    Answer.objects.filter(assignment__study=study).update(reason=text)


def test_lists_are_ranked_by_their_bound_and_say_how_many_were_ranked(study):
    found, traced = section(study)
    assert [table.name for table in found.tables] == [
        "traces-split", "traces-split-by-relation", "traces-by-theme",
    ]  # fmt: skip
    bounds = [round(trace.measure.bound, 9) for trace in traced.lists[0].traces]
    assert bounds == sorted(bounds, reverse=True)
    assert f"of {traced.lists[0].of}" in found.tables[0].note
    assert traced.lists[0].of == 2 * 6  # both questions of three scenarios with two receivers


def test_without_models_there_are_lists_of_people_and_with_two_also_of_models(study):
    cast.add_run(study, "calm", says="It is polite.")
    assert {one.name for one in section(study, "alignment")[1].lists} == {"split", "apart"}
    cast.add_run(study, "bold", seed=9)
    lists = section(study, "alignment")[1].lists
    assert [(one.name, one.frame) for one in lists if not one.relation] == [
        ("split", ""), ("apart", "personal"), ("apart", "norm"), ("models", ""),
    ]  # fmt: skip


def test_the_order_is_the_same_whatever_the_order_of_the_rows(study):
    _, traced = section(study)
    turned = Counted(dict(reversed(traced.counted.items.items())), traced.counted.people, {})
    same = [(one.item.pk, one.frame) for one in ranked(SPLIT, turned)]
    assert same == [(one.item.pk, one.frame) for one in ranked(SPLIT, traced.counted)]
    assert ranked(PARTED, turned) == []


def test_rates_are_those_of_the_people_who_count(study):
    _, traced = section(study)
    trace = traced.lists[0].traces[0]
    given = Answer.objects.filter(assignment__item=trace.item.pk)
    culture = given.filter(**{trace.frame: "culture"}).count()
    assert trace.share == Share(culture, given.count())
    cast.add_participant(study, "gone", "BR", random.Random(1), state="returned")
    assert section(study)[1].lists[0].traces[0].share == trace.share


def test_reasons_are_counted_by_default_and_shown_when_asked_for(study):
    give_reasons(study, "My own comfort matters.")
    silent, _ = section(study)
    text = repr(silent.cards)
    assert "comfort" not in text
    assert "made without reasons" in text
    told, _ = section(study, reasons=True)
    voices = told.cards[0].cards[0].reasons
    assert voices[0].text == "My own comfort matters."
    assert "Participant from" in voices[0].who
    assert not any(name in repr(told.cards) for name in ("BR-0", "IN-1"))  # no pseudonyms


def test_at_most_three_reasons_a_choice_are_drawn_and_the_rest_is_counted(study):
    give_reasons(study, "Because.")
    Answer.objects.update(personal="culture", norm="culture")
    told, traced = section(study, reasons=True)
    pairs = zip(traced.lists[0].traces, told.cards[0].cards, strict=False)
    many = [card for trace, card in pairs if trace.people.reasons > 3]
    assert many
    assert {len(card.reasons) for card in many} == {3}
    assert all("drawn by a hash" in card.reasons_note for card in many)


def test_rationales_stand_beside_the_choice_they_came_with(study):
    cast.add_run(study, "calm", invalid=0, says="It is polite.")
    cards = section(study, "alignment")[0].cards[1].cards
    words = cards[0].rationales
    assert {voice.text for voice in words} == {"It is polite."}
    assert {voice.who for voice in words} == {"calm"}
    assert {voice.chose for voice in words} <= {"follows culture", "allows the preference"}


def test_the_reasons_of_a_dataset_or_validation_are_refused():
    with pytest.raises(BadInput, match="no people's reasons"):
        Options("behavior", "little", reasons=True)


def test_a_changed_reason_or_text_gives_another_report(study):
    wanted = Options("human", study.slug, reasons=True, **OPTIONS)
    give_reasons(study, "one")
    first = gather(wanted).digest
    give_reasons(study, "two")
    second = gather(wanted).digest
    ScenarioVersion.objects.update(situation="Another text.")
    assert len({first, second, gather(wanted).digest}) == 3


def test_no_text_acts_on_a_page_in_a_file_or_in_latex(study, tmp_path):
    ScenarioVersion.objects.update(
        situation=HOSTILE, culture_action=FORMULA, preference_action=LONG, theme="food"
    )
    give_reasons(study, f"{FORMULA}\r\n{HOSTILE}{LONG}")
    cast.add_run(study, "=cmd|' /C calc'!A0 <b>", personas=False, invalid=0, says=HOSTILE + LONG)
    found, traced = section(study, "alignment", reasons=True)
    content = Content("Title", "", "", (replace(found, cards=found.cards[:1]),), methods=("None.",))
    page = render_page(as_document(content), {})
    for raw in ("<script>alert", "<img src=x", "\x1b", "\u202e"):
        assert raw not in page
    assert "&lt;script&gt;alert" in page
    assert "more characters)" in page
    assert 'dir="auto"' in page
    write_tables(content, tmp_path / "tables")
    tex = (tmp_path / "tables" / "traces-split.tex").read_text()
    assert "\\input{" not in tex
    assert "\\textbackslash{}input\\{" in tex
    write_traces(traced, tmp_path)
    for name in ("traces.csv", "voices.csv"):
        rows = list(csv.DictReader((tmp_path / name).open(encoding="utf-8", newline="")))
        assert rows
        starts = {cell[:1] for row in rows for cell in row.values()}
        assert not starts & {"=", "@", "\t", "\r"}
        assert all(len(cell) < 21_000 for row in rows for cell in row.values())
    assert "שלום" in (tmp_path / "traces.csv").read_text(encoding="utf-8")
    if print_page(printed_page(as_document(content), {}), {}, tmp_path / "page.pdf"):
        assert (tmp_path / "page.pdf").read_bytes().startswith(b"%PDF")


def test_control_characters_go_and_letters_stay():
    assert plain("a\x00b\r\nc\u202ed\u2028é") == "a\ufffdb\ncd\né"
    assert shown("x" * (SHOWN + 5)).endswith("(cut; 5 more characters)")
    assert line(" two\nlines\t here ") == "two lines here"
