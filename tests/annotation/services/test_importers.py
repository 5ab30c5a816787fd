"""Each format's rows become drafts as documented; each bad file is refused by place and value."""

import re

import pytest
from django.conf import settings

from annotation.services.importers import FORMATS, Draft, Skipped
from annotation.services.importers.cultureatlas import NO_STATEMENT, REPEATED
from annotation.services.importers.normad import NEUTRAL_REASON
from annotation.services.imports import import_scenarios
from annotation.vocab.terms import RECEIVERS, with_receiver
from pact_site.base.errors import BadInput
from tests.annotation.makers import (
    ROW_MAKERS,
    atlas_positional_row,
    atlas_row,
    normad_row,
    own_row,
    pact_row,
    write_rows,
)


def read(folder, source_format, rows, **options):
    importer = FORMATS[source_format](**options)
    entries = list(importer.read(write_rows(folder / "rows.csv", rows)))
    return entries, importer.facts()


def test_normad_row_becomes_a_draft(tmp_path):
    [draft], facts = read(tmp_path, "normad", [normad_row()])
    assert (draft.source_id, draft.key, draft.row_number) == ("7", "normad-7", 2)
    assert draft.gold_label == "yes"
    assert draft.cells["Axis"] == "Etiquette"
    wording = draft.wording
    assert wording.country == "EG"
    assert wording.situation == normad_row()["Story"]
    assert wording.cultural_expectation == normad_row()["Rule-of-Thumb"]
    assert (wording.setting, wording.theme) == ("visiting", "hospitality")
    assert wording.norm_basis == "Respect for the host."
    assert wording.culture_action == wording.preference_action == wording.personal_preference == ""
    assert facts.licence.name == "CC BY 4.0"
    assert "Rao" in facts.licence.attribution


def test_normad_columns_may_stand_in_any_order_with_the_two_long_ones(tmp_path):
    row = normad_row(Background="Long text.", Explanation="Because.")
    [plain], _ = read(tmp_path, "normad", [normad_row()])
    [draft], _ = read(tmp_path, "normad", [dict(reversed(row.items()))])
    assert draft.wording == plain.wording
    assert draft.cells["Background"] == "Long text."


@pytest.mark.parametrize(
    ("country", "version"), [("portugal", "v1"), ("syria", "v2"), ("india", "unknown")]
)
def test_normad_version_is_told_by_row_2630(tmp_path, country, version):
    _, facts = read(tmp_path, "normad", [normad_row(ID="2630", Country=country)])
    assert facts.version == version
    assert bool(facts.notes) == (version == "unknown")


def test_normad_version_is_unknown_and_said_without_row_2630(tmp_path):
    _, facts = read(tmp_path, "normad", [normad_row()])
    assert facts.version == "unknown"
    assert "2630" in facts.notes[0]


def test_normad_neutral_rows_are_left_out_unless_asked_for(tmp_path):
    rows = [normad_row(), normad_row(ID="8", **{"Gold Label": "Neutral"})]
    (_, skipped), _ = read(tmp_path, "normad", rows)
    assert skipped == Skipped(NEUTRAL_REASON)
    (_, kept), _ = read(tmp_path, "normad", rows, include_neutral=True)
    assert kept.gold_label == "neutral"
    assert kept.wording.theme == ""


def test_neutral_row_at_2630_still_tells_the_version(tmp_path):
    row = normad_row(ID="2630", Country="syria", **{"Gold Label": "neutral"})
    _, facts = read(tmp_path, "normad", [row])
    assert facts.version == "v2"


def test_cultureatlas_named_layout(tmp_path):
    [draft], facts = read(tmp_path, "cultureatlas", [atlas_row()])
    assert draft.wording.country == "BR"
    assert draft.wording.situation == "Greetings are warm. Friends meet often."
    assert draft.wording.cultural_expectation == atlas_row()["Assertion"]
    assert draft.wording.setting == "Etiquette in Brazil"
    assert draft.gold_label == "positive"
    assert "false" in facts.notes[0]
    assert facts.licence.name == "CC BY-NC-SA 4.0"


def test_cultureatlas_positional_layout_with_a_data_frames_index(tmp_path):
    [draft], facts = read(tmp_path, "cultureatlas", [{"": "0"} | atlas_positional_row()])
    assert draft.wording.country == "NA"
    assert draft.wording.situation == "Elders are greeted first at gatherings."
    assert draft.wording.cultural_expectation == "Elders are greeted first."
    assert draft.gold_label == "positive"
    assert facts.notes == ()


@pytest.mark.parametrize("changes", [{"9": "Elders are greeted last. [NEG NORM]"}, {"10": "False"}])
def test_cultureatlas_negatives_are_kept_and_flagged(tmp_path, changes):
    [draft], _ = read(tmp_path, "cultureatlas", [atlas_positional_row(**changes)])
    assert draft.gold_label == "negative"
    assert "[NEG NORM]" not in draft.wording.cultural_expectation
    assert draft.cells["Assertion"] == changes.get("9", "Elders are greeted first.")


def test_cultureatlas_counts_rows_without_statement_and_repeated_rows(tmp_path):
    rows = [atlas_positional_row(), atlas_positional_row(), atlas_positional_row(**{"9": ""})]
    entries, _ = read(tmp_path, "cultureatlas", rows)
    assert entries[1:] == [Skipped(REPEATED), Skipped(NO_STATEMENT)]


def test_cultureatlas_identity_does_not_hang_on_the_order_of_rows(tmp_path):
    rows = [atlas_positional_row(), atlas_positional_row(**{"9": "Guests are fed."})]
    forth, _ = read(tmp_path, "cultureatlas", rows)
    back, _ = read(tmp_path, "cultureatlas", rows[::-1])
    assert {d.source_id for d in forth} == {d.source_id for d in back}


def test_pact_base_instance_brings_both_actions(tmp_path):
    [draft], facts = read(tmp_path, "pact", [pact_row()])
    assert draft.key == "pact-P-1"
    assert draft.wording.country == "IN"
    assert draft.wording.culture_action == "Accept a little more."
    assert draft.wording.preference_action == "Decline politely."
    assert draft.gold_label == "yes"
    assert facts.licence.name == "CC BY 4.0"


def test_pact_rows_that_name_receivers_become_one_scenario_again(tmp_path):
    """As `export_data instances` writes them; a scenario that says the same of all stays as it is."""
    texts = ("{receiver} offers the guest a second helping.", "An older man offers tea.")
    rows = [
        pact_row(
            pact_item_id=f"P-{number}-{one.demo}",
            source_row=str(number),
            scenario=with_receiver(text, one.age, one.gender),
            receiver_age=one.age,
            receiver_gender=one.gender,
        )
        for number, text in enumerate(texts)
        for one in RECEIVERS
    ]
    entries, _ = read(tmp_path, "pact", rows)
    drafts = [entry for entry in entries if isinstance(entry, Draft)]
    assert [draft.wording.situation for draft in drafts] == list(texts)
    assert len(entries) == 8


def test_pact_rows_with_unknown_receivers_keep_their_texts(tmp_path):
    rows = [
        pact_row(
            pact_item_id=f"P-{n}", scenario=f"{n} waits.", receiver_age="", receiver_gender="x"
        )
        for n in range(2)
    ]
    drafts, _ = read(tmp_path, "pact", rows)
    assert [draft.wording.situation for draft in drafts] == ["0 waits.", "1 waits."]


def test_pact_aliases_are_read_as_the_release_names(tmp_path):
    aliases = {
        "scenario": "situation",
        "culture_following": "choice_a",
        "preference_allowing": "choice_b",
        "dataset": "metadata_source",
    }
    renamed = {aliases.get(column, column): cell for column, cell in pact_row().items()}
    [plain], _ = read(tmp_path, "pact", [pact_row()])
    [draft], _ = read(tmp_path, "pact", [renamed])
    assert draft == plain


def test_pact_keeps_a_scenario_once_over_relations(tmp_path):
    rows = [pact_row(pact_item_id=f"P-{n}", scenario_type=t) for n, t in enumerate("abc")]
    entries, _ = read(tmp_path, "pact", rows)
    assert [type(entry) for entry in entries] == [Draft, Skipped, Skipped]


@pytest.mark.parametrize(
    ("sources", "licence"),
    [
        (["normad"], "CC BY 4.0"),
        (["Culture Atlas"], "CC BY-NC-SA 4.0"),
        (["NormAd-ETI", "CultureAtlas"], "CC BY-NC-SA 4.0"),
        (["NormAd-ETI", "another"], None),
    ],
)
def test_pact_takes_the_strictest_licence_of_its_sources(tmp_path, sources, licence):
    rows = [pact_row(pact_item_id=source, dataset=source) for source in sources]
    _, facts = read(tmp_path, "pact", rows)
    assert (facts.licence and facts.licence.name) == licence


def test_own_table_keeps_every_column(tmp_path):
    [draft], facts = read(tmp_path, "csv", [own_row(weather="rain", theme="Greetings")])
    assert draft.key == draft.source_id == "na-greeting"
    assert draft.wording.country == "NA"
    assert draft.wording.theme == "greetings"
    assert draft.cells["weather"] == "rain"
    written = {name: getattr(draft.wording, name) for name in own_row() if name != "key"}
    assert written == {name: cell for name, cell in own_row().items() if name != "key"}
    assert facts.licence is None


def test_own_table_needs_only_four_columns(tmp_path):
    short = {name: own_row()[name] for name in ("key", "country", "situation")}
    [draft], _ = read(tmp_path, "csv", [short | {"cultural_expectation": "Greet first."}])
    assert draft.wording.culture_action == ""


@pytest.mark.parametrize("source_format", FORMATS)
def test_bom_crlf_and_further_columns_change_nothing(tmp_path, source_format):
    row = ROW_MAKERS[source_format](further="kept")
    plain = FORMATS[source_format]().read(write_rows(tmp_path / "a.csv", [row]))
    path = write_rows(tmp_path / "b.csv", [row], encoding="utf-8-sig", newline="\r\n")
    [(one, other)] = zip(plain, FORMATS[source_format]().read(path), strict=True)
    assert (one.digest, one.wording) == (other.digest, other.wording)
    assert other.cells["further"] == "kept"


# format, changes to the second of two rows, column named, found, a word of what was expected
BAD_CELLS = [
    ("normad", {"ID": "8", "Country": "atlantis"}, "Country", "atlantis", "slug"),
    ("normad", {"ID": "8", "Country": ""}, "Country", "", "value"),
    ("normad", {"ID": "8", "Gold Label": "maybe"}, "Gold Label", "maybe", "yes, no, neutral"),
    ("normad", {"ID": "8", "Gold Label": ""}, "Gold Label", "", "value"),
    ("normad", {"ID": "8", "Story": ""}, "Story", "", "value"),
    ("normad", {"ID": "8", "Rule-of-Thumb": " "}, "Rule-of-Thumb", "", "value"),
    ("normad", {"ID": "eight"}, "ID", "eight", "whole number"),
    ("normad", {"ID": "7"}, "ID", "7", "row 2 has it"),
    ("normad", {"ID": "8", "Subaxis": "x" * 201}, "Subaxis", "x" * 201, "200 characters"),
    ("cultureatlas", {"Country": "Utopia"}, "Country", "Utopia", "country"),
    ("cultureatlas", {"Country": "", "Assertion": "b"}, "Country", "", "value"),
    ("cultureatlas", {"Label": "perhaps"}, "Label", "perhaps", "True, False"),
    ("cultureatlas", {"Label": "False"}, "Label", "False", "positive, as the same"),
    ("pact", {"pact_item_id": "P-1"}, "pact_item_id", "P-1", "row 2 has it"),
    ("pact", {"pact_item_id": "P-2", "base_country": "U"}, "base_country", "U", "country"),
    ("pact", {"pact_item_id": "P-2", "scenario": ""}, "scenario", "", "value"),
    ("pact", {"pact_item_id": "P-2", "culture_following": ""}, "culture_following", "", "value"),
    ("pact", {"pact_item_id": "P-2", "dataset": ""}, "dataset", "", "value"),
    ("csv", {"key": "na-greeting"}, "key", "na-greeting", "row 2 has it"),
    ("csv", {"key": "x" * 101}, "key", "x" * 101, "100 characters"),
    ("csv", {"key": "b", "country": "Namibiaa"}, "country", "Namibiaa", "nearest: Namibia"),
    ("csv", {"key": "b", "situation": ""}, "situation", "", "value"),
    ("csv", {"key": "b", "theme": "weather"}, "theme", "weather", "food, hospitality"),
    ("csv", {"key": "b", "preference_type": "x"}, "preference_type", "x", "comfort_habit"),
    ("csv", {"key": "b", "preference_strength": "x"}, "preference_strength", "x", "low_stakes"),
    ("csv", {"key": "b", "culture_action": ""}, "culture_action", "", "preference_action"),
    ("csv", {"key": "b", "situation": "{name} waits."}, "situation", "{name} waits.", "{receiver}"),
    (
        "csv",
        {"key": "b", "culture_action": "Greet {receiver}."},
        "culture_action",
        "Greet {receiver}.",
        "in the situation",
    ),
    (
        "csv",
        {"key": "b", "preference_action": "Ask how they are first."},
        "preference_action",
        "Ask how they are first.",
        "another text",
    ),
]


@pytest.mark.parametrize(("source_format", "changes", "column", "found", "expected"), BAD_CELLS)
def test_bad_cell_is_named(tmp_path, source_format, changes, column, found, expected):
    rows = [ROW_MAKERS[source_format](**dict.fromkeys(changes.keys() & {"Label"}, "True"))]
    rows.append(rows[0] | changes)
    with pytest.raises(BadInput) as caught:
        read(tmp_path, source_format, rows)
    error = caught.value
    assert (error.file, error.row, error.column, error.found) == ("rows.csv", 3, column, found)
    assert expected in error.expected


# what is wrong with the file, its bytes for a given good header line, a word of the error
BAD_FILES = [
    ("empty", lambda header: b"", "empty"),
    ("header only", lambda header: header + b"\n", "no rows"),
    ("another header", lambda header: b"a,b,c\n1,2,3\n", "lacks"),
    ("doubled column", lambda header: header + b"," + header + b"\nx\n", "twice"),
    ("Latin-1", lambda header: header + b"\n" + b"caf\xe9" + b"," * header.count(b","), "UTF-8"),
    ("UTF-16", lambda header: (header + b"\n").decode().encode("utf-16"), "UTF-"),
    ("a short row", lambda header: header + b"\nx\n", "cells"),
    ("an open quote", lambda header: header + b'\n"' + b"x,\n" * 100_000, "CSV"),
    ("zero bytes", lambda header: b"\0" * 5_000_000, "CSV"),
    ("one endless line", lambda header: b"x" * 5_000_000, "CSV"),
    ("a picture", lambda header: b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 100, "UTF-8"),
]


@pytest.mark.parametrize("source_format", FORMATS)
@pytest.mark.parametrize(
    ("content", "word"), [b[1:] for b in BAD_FILES], ids=[b[0] for b in BAD_FILES]
)
def test_bad_file_is_refused(tmp_path, source_format, content, word):
    path = tmp_path / "junk.csv"
    path.write_bytes(content(",".join(ROW_MAKERS[source_format]()).encode()))
    with pytest.raises(BadInput) as caught:
        list(FORMATS[source_format]().read(path))
    assert caught.value.file == "junk.csv"
    assert word in str(caught.value)


@pytest.mark.parametrize("source_format", FORMATS)
def test_each_required_column_is_missed_by_name(tmp_path, source_format):
    for column in FORMATS[source_format].layout.required:
        row = ROW_MAKERS[source_format]()
        del row[column]
        with pytest.raises(BadInput) as caught:
            read(tmp_path, source_format, [row])
        assert (caught.value.row, caught.value.column) == (1, column)


def test_all_bad_rows_are_named_up_to_ten(tmp_path):
    rows = [own_row(key=str(n), country="Utopia" if n % 2 else "Kenya") for n in range(24)]
    with pytest.raises(BadInput) as few:
        read(tmp_path, "csv", rows[:8])
    with pytest.raises(BadInput) as many:
        read(tmp_path, "csv", rows)
    assert (few.value.row, few.value.column) == (3, "country")
    named = [re.search(r"row \d+", line)[0] for line in str(few.value).splitlines()]
    assert named == ["row 3", "row 5", "row 7", "row 9"]
    assert len(str(many.value).splitlines()) == 11
    assert str(many.value).endswith("Reading stopped here: there may be more.")


def test_own_table_says_what_cannot_be_asked_and_what_nothing_reads(tmp_path):
    renamed = {"cultur_action": "Ask.", "preference_acton": "Leave.", "region": "South"}
    row = {name: text for name, text in own_row().items() if not name.endswith("_action")}
    _, facts = read(tmp_path, "csv", [row | renamed])
    assert facts.notes == (
        "Nothing reads the column cultur_action. Is culture_action meant?",
        "Nothing reads the column preference_acton. Is preference_action meant?",
        "1 row has no actions to choose from, and is stored, but cannot be asked: row 2.",
    )


def test_the_example_that_the_page_offers_can_be_imported_and_asked():
    example = settings.BASE_DIR / "pact_site" / "static" / "pact" / "my-scenarios.csv"
    importer = FORMATS["csv"]()
    assert all(draft.wording.culture_action for draft in importer.read(example))
    assert not importer.facts().notes


def test_missing_file_is_said(tmp_path):
    with pytest.raises(BadInput, match="no such file"):
        list(FORMATS["csv"]().read(tmp_path / "nowhere.csv"))


def test_normad_rows_of_another_country_are_reported(tmp_path):
    rows = [
        normad_row(),
        normad_row(ID="8", Story="In Peru, Mona came with sweets. Is that acceptable?"),
        normad_row(ID="9", Country="japan"),
        normad_row(ID="10", Story="Jordan came with sweets. Is that acceptable?"),
    ]
    _, facts = read(tmp_path, "normad", rows)
    (note,) = [note for note in facts.notes if "another country" in note]
    assert note.startswith("2 rows seem to belong to another country")
    assert "row 3 names PE" in note
    assert "row 4 has the story of row 2 (EG)" in note


def test_one_row_of_another_country_is_one_row(tmp_path):
    story = "In Peru, Mona came with sweets. Is that acceptable?"
    rows = [normad_row(Country="peru", Story=story), normad_row(ID="8", Story=story)]
    _, facts = read(tmp_path, "normad", rows)
    assert (
        "1 row seems to belong to another country than the one it is filed under: "
        "row 3 names PE and has the story of row 2 (PE)."
    ) in facts.notes


def test_neutral_rows_are_known_to_mix_and_not_reported_again(tmp_path):
    rows = [normad_row(), normad_row(ID="8", Country="japan", **{"Gold Label": "neutral"})]
    _, facts = read(tmp_path, "normad", rows, include_neutral=True)
    assert not [note for note in facts.notes if "another country" in note]


def test_cultureatlas_file_of_negatives_that_marks_nothing(tmp_path):
    [draft], facts = read(tmp_path, "cultureatlas", [atlas_row()], negatives=True)
    assert draft.gold_label == "negative"
    assert facts.notes == ()
    with pytest.raises(BadInput, match="holds a true statement"):
        read(tmp_path, "cultureatlas", [atlas_row(Label="True")], negatives=True)


def test_only_cultureatlas_has_negatives(tmp_path):
    path = write_rows(tmp_path / "rows.csv", [normad_row()])
    with pytest.raises(BadInput, match="Only CultureAtlas"):
        import_scenarios(path=path, source_format="normad", dataset_slug="normad", negatives=True)
