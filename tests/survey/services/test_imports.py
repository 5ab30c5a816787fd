"""Published answers become a study, or nothing is written."""

import pytest
from django.core.management import CommandError, call_command

from annotation.models import Dataset
from annotation.services.schemes import DISTANCE, copy_scheme, edit_scheme
from pact_site.base.errors import BadInput
from survey.models import Answer, Assignment, Cohort, Participant, Study
from survey.services.imports import import_human
from tests.survey.human_files import row, write

pytestmark = pytest.mark.django_db


@pytest.fixture
def path(tmp_path):
    return tmp_path / "human.csv"


def test_a_becomes_culture_and_b_preference(path):
    import_human(write(path, [row(human_personal="A", human_norm="B")]), "pub")

    answer = Answer.objects.get()
    assert (answer.personal, answer.norm) == ("culture", "preference")


def test_the_study_holds_what_the_file_says(path):
    write(path, [row(), row(respondent_id="r2", respondent_country="India", scenario_item_id="s2")])

    imported = import_human(path, "pub")

    study = Study.objects.get(slug="pub")
    assert (imported.rows, imported.participants, imported.items, imported.scenarios) == (
        2,
        2,
        2,
        1,
    )
    assert study.origin == Study.Origin.IMPORTED
    assert list(study.participants.analysed().values_list("pseudonym", "country")) == [
        ("r1", "US"),
        ("r2", "IN"),
    ]
    one = Assignment.objects.get(participant__pseudonym="r1")
    assert one.scenario.key == "Dinner at a friend's home"
    assert (one.item.receiver_age, one.item.version.country) == ("younger", "BR")


def test_namibia_is_a_country_and_not_a_missing_value(path):
    import_human(write(path, [row(scenario_country="Namibia")]), "pub")

    assert Assignment.objects.get().item.version.country == "NA"


@pytest.mark.parametrize(
    ("respondent", "scenario", "expected"),
    [
        ("United States", "United States", "same"),
        ("United States", "Mexico", "close"),
        ("United States", "Brazil", "far"),  # a pair the table does not list
        ("Brazil", "Singapore", "close"),  # as published
        ("Japan", "Japan", "unassigned"),  # Japan took no part in the published study
    ],
)
def test_relations_come_from_the_named_scheme(path, respondent, scenario, expected):
    write(path, [row(respondent_country=respondent, scenario_country=scenario)])

    import_human(path, "pub", scheme="pact-2026")

    assert Assignment.objects.get().relation == expected


def test_an_empty_answer_is_missing_and_counted(path):
    write(path, [row(human_personal=""), row(respondent_id="r2", human_norm="")])

    imported = import_human(path, "pub")

    assert (imported.missing_personal, imported.missing_norm) == (1, 1)
    assert Answer.objects.filter(personal="").count() == 1


def test_one_id_with_four_receivers_is_four_items(path):
    receivers = [(age, gender) for age in ("younger", "older") for gender in ("female", "male")]
    rows = [row(receiver_age=age, receiver_gender=gender) for age, gender in receivers]

    imported = import_human(write(path, rows), "pub")

    assert (imported.items, imported.scenarios) == (4, 1)
    assert Answer.objects.count() == 4


def test_an_id_that_receivers_share_is_the_scenario_though_the_texts_differ(path):
    rows = [
        row(receiver_age=age, scenario=f"Dinner with an {age} friend")
        for age in ("younger", "older")
    ]

    imported = import_human(write(path, rows), "pub")

    assert (imported.items, imported.scenarios) == (2, 1)
    assert set(Assignment.objects.values_list("scenario__key", flat=True)) == {"s1"}


def test_one_text_in_two_countries_is_two_scenarios(path):
    rows = [row(), row(scenario_item_id="s2", scenario_country="Nepal")]

    assert import_human(write(path, rows), "pub").scenarios == 2


@pytest.mark.parametrize("slug", ["", "no spaces", "../up", "x" * 51])
def test_a_name_that_no_study_can_have_is_refused(path, slug):
    with pytest.raises(BadInput, match="at most 50 letters"):
        import_human(write(path, [row()]), slug)


def test_columns_of_our_own_export_are_kept(path):
    extra = {
        "importance_norm": "6",
        "importance_preference": "2.0",
        "relation": "close",
        "theme": "food",
        "first_frame": "norm",
    }
    imported = import_human(write(path, [row(**extra)]), "pub")

    answer = Answer.objects.get()
    assert (answer.importance_norm, answer.importance_preference) == (6, 2)
    assert answer.assignment.item.version.theme == "food"
    assert Participant.objects.get().first_frame == "norm"
    assert imported.other_relation == 1  # the scheme says far
    assert answer.assignment.relation == "far"


def test_simulated_people_stay_simulated(path):
    found = import_human(write(path, [row(cohort="rehearsal")]), "copy")
    assert Participant.objects.get().cohort == Cohort.REHEARSAL
    assert Assignment.objects.get().cohort == Cohort.REHEARSAL
    assert "1 participants are SIMULATED and stay in the cohort rehearsal" in found.lines()


def test_a_respondent_is_real_or_simulated_but_not_both(path):
    rows = [row(cohort="real"), row(scenario_item_id="s2", cohort="rehearsal")]
    with pytest.raises(BadInput) as caught:
        import_human(write(path, rows), "copy")
    assert (caught.value.row, caught.value.column) == (3, "cohort")
    assert not Participant.objects.exists()


def test_an_items_file_adds_texts(path, tmp_path):
    items = write(
        tmp_path / "items.csv",
        [
            {
                "scenario_item_id": "s1",
                "scenario": "The whole story.",
                "culture_following": "Bring a gift.",
                "preference_allowing": "Come without one.",
                "theme": "gift_giving",
            },
            {
                "scenario_item_id": "unused",
                "scenario": "",
                "culture_following": "x",
                "preference_allowing": "y",
                "theme": "",
            },
        ],
        columns=(),
    )
    write(path, [row(), row(scenario_item_id="s2")])

    imported = import_human(path, "pub", items_path=items)

    version = Assignment.objects.get(item__scenario_item_id="s1").item.version
    assert version.situation == "The whole story."
    assert (version.culture_action, version.theme) == ("Bring a gift.", "gift_giving")
    assert (imported.without_actions, imported.unused_actions) == (1, 1)
    assert imported.scenarios == 1  # both items keep the human file's scenario as their cluster


def test_the_same_files_again_change_nothing(path):
    write(path, [row()])
    import_human(path, "pub")

    again = import_human(path, "pub")

    assert not again.created
    assert (Study.objects.count(), Answer.objects.count()) == (1, 1)


def test_other_files_into_the_same_study_are_refused(path):
    import_human(write(path, [row()]), "pub")

    with pytest.raises(BadInput, match="exists already"):
        import_human(write(path, [row(human_norm="A")]), "pub")


BAD = {
    "unknown country": ([row(scenario_country="Brasilia")], 2, "scenario_country", "Brasilia"),
    "unknown answer": ([row(human_norm="C")], 2, "human_norm", "C"),
    "unknown age": ([row(receiver_age="old", receiver_demo="")], 2, "receiver_age", "old"),
    "empty id": ([row(respondent_id="")], 2, "respondent_id", ""),
    "bad rating": ([row(importance_norm="8")], 2, "importance_norm", "8"),
    "contradictory code": ([row(receiver_demo="older_male")], 2, "receiver_demo", "older_male"),
    "same person, same item": ([row(), row()], 3, "scenario_item_id", "s1"),
    "one item, two countries": (
        [row(), row(respondent_id="r2", scenario_country="Peru")], 3, "scenario_country", "Peru",
    ),
    "one person, two countries": (
        [row(), row(scenario_item_id="s2", respondent_country="India")],
        3, "respondent_country", "India",
    ),
    "one person, two genders": (
        [row(), row(scenario_item_id="s2", respondent_gender="female")],
        3, "respondent_gender", "female",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("rows", "number", "column", "found"), BAD.values(), ids=BAD)
def test_a_bad_cell_is_named_and_nothing_is_written(path, rows, number, column, found):
    with pytest.raises(BadInput) as caught:
        import_human(write(path, rows), "pub")

    error = caught.value
    assert (error.file, error.row, error.column, error.found) == (path.name, number, column, found)
    assert not Study.objects.exists()
    assert not Dataset.objects.exists()


@pytest.mark.parametrize("column", ["respondent_id", "scenario", "human_personal"])
def test_a_missing_column_is_named(path, column):
    cells = row()
    del cells[column]

    with pytest.raises(BadInput) as caught:
        import_human(write(path, [cells], columns=()), "pub")

    assert (caught.value.row, caught.value.column) == (1, column)


def test_an_unknown_scheme_is_refused(path):
    with pytest.raises(BadInput, match="unknown distance scheme"):
        import_human(write(path, [row()]), "pub", scheme="nowhere-9")


@pytest.mark.parametrize("slug", ["", "my study", "a" * 51])
def test_a_name_that_cannot_stand_in_an_address_is_refused(path, slug):
    with pytest.raises(BadInput, match="name cannot be used"):
        import_human(write(path, [row()]), slug)


def test_a_scenario_longer_than_a_key_stays_whole(path):
    text = "A very long story. " * 40

    import_human(write(path, [row(scenario=text)]), "pub")

    version = Assignment.objects.get().item.version
    assert version.situation == text.strip()
    assert len(version.scenario.key) <= 200


def test_the_command_exits_2_with_the_cell(path):
    write(path, [row(human_norm="C")])

    with pytest.raises(CommandError) as caught:
        call_command("import_human", path, study="pub")

    assert caught.value.returncode == 2
    assert "row 2, column human_norm" in str(caught.value)


def test_the_command_says_what_it_found(path, capsys):
    call_command("import_human", write(path, [row()]), study="pub")

    assert "1 rows, 1 participants, 1 items, 1 scenarios" in capsys.readouterr().out


def test_windows_files_are_read(path):
    write(path, [row(scenario_country="Türkiye")], encoding="utf-8-sig", lineterminator="\r\n")

    import_human(path, "pub")

    assert Assignment.objects.get().item.version.country == "TR"


def test_a_scheme_of_ones_own_is_kept_with_its_edition(path):
    brazil = {"participant": "BR", "scenario": "NA", "relation": "close", "note": ""}
    copy_scheme(kind=DISTANCE, base="pact-2026", name="mine")
    edit_scheme(kind=DISTANCE, name="mine", changes={"overrides": [brazil]})
    write(path, [row(respondent_country="Brazil", scenario_country="Namibia")])

    import_human(path, "pub", scheme="mine")
    edit_scheme(kind=DISTANCE, name="mine", changes={"overrides": []})

    assert Study.objects.get(slug="pub").scheme == "mine@2"
    assert Assignment.objects.get().relation == "close"
    again = import_human(path, "pub", scheme="mine@2")
    assert not again.created


def test_an_unknown_scheme_writes_nothing(path):
    with pytest.raises(BadInput, match="geo-v1, pact-2026"):
        import_human(write(path, [row()]), "pub", scheme="mine@3")
    assert not Study.objects.exists()
