import csv
import io
import re
from pathlib import Path

import pytest

from analysis.exports.labels import MEANINGS
from annotation.models import Annotator, Dataset, Label, SampledItem, Task, Validation
from annotation.services import datasets
from annotation.services.labels.reading import LAYOUT
from pact_site.base.errors import BadInput
from pact_site.base.models import AuditEvent
from tests.annotation.labelling import CRITERIA, label_row, load_labels, paper_rows
from tests.annotation.validating import (
    CODES,
    make_scenarios,
    make_validation,
    rate,
    seats,
)

pytestmark = pytest.mark.django_db
PAGE = Path(__file__).resolve().parents[4] / "docs" / "reference" / "label-csv.md"


def everything():
    """All labels by name, with what belongs to the rating."""
    return sorted(
        Label.objects.values_list(
            "task__item__key",
            "task__annotator__pseudonym",
            "task__repeat",
            "criterion__code",
            "value",
            "reason",
            "task__note",
            "task__flagged",
            "task__seconds",
            "task__revision",
        )
    )


def refused(folder, rows, **options):
    """The error of an import, after which everything is as it was."""
    before = everything(), Validation.objects.count(), AuditEvent.objects.count()
    with pytest.raises(BadInput) as caught:
        load_labels(folder, rows, **options)
    assert (everything(), Validation.objects.count(), AuditEvent.objects.count()) == before
    return caught.value


def test_a_new_validation_takes_everything_from_the_file(tmp_path):
    report = load_labels(tmp_path, dataset_slug="")
    made = Validation.objects.get(slug="paper")
    assert (made.state, made.labels, made.sample_size) == ("closed", ["yes", "no"], 9)
    assert [criterion.code for criterion in made.criteria.all()] == list(CRITERIA)
    assert [seat.pseudonym for seat in made.annotators.all()] == ["A1", "A2"]
    assert (report.created, report.items, report.annotators, report.single_rated) == (True, 9, 2, 0)
    [no] = Label.objects.filter(value="no")
    assert (no.task.item.key, no.reason) == ("i4", "Both actions are one.")
    assert Label.objects.count() == report.stored.added == 54
    assert made.dataset not in datasets.with_sizes()


def test_the_same_file_again_adds_nothing(tmp_path):
    load_labels(tmp_path)
    before = everything()
    again = load_labels(tmp_path)
    assert (again.stored.added, again.stored.unchanged, again.created) == (0, 54, False)
    assert everything() == before


def test_further_files_add_annotators_and_items(tmp_path):
    load_labels(tmp_path)
    report = load_labels(tmp_path, [label_row("i9", "A3"), label_row("i0", "A3")])
    assert report.stored.added == 2
    made = Validation.objects.get()
    assert (made.sample_size, made.annotators.count()) == (10, 3)
    positions = SampledItem.objects.values_list("position", flat=True)
    assert sorted(positions) == list(range(10))


def test_rows_are_put_together_by_item_and_annotator_never_by_place(tmp_path):
    load_labels(tmp_path)
    before = everything()
    again = load_labels(tmp_path, paper_rows()[::-1])
    assert again.stored.unchanged == 54
    assert everything() == before


def test_equal_texts_under_two_ids_stay_two_items(tmp_path):
    """The ids tell items apart, whatever their texts are."""
    rows = [label_row(item, who) for item in ("guest-1", "guest-2") for who in ("A1", "A2")]
    load_labels(tmp_path, rows)
    assert SampledItem.objects.count() == 2
    assert Task.objects.count() == 4


def test_a_dry_run_reports_and_writes_nothing(tmp_path):
    report = load_labels(tmp_path, dry_run=True)
    assert report.stored.added == 54
    assert "Dry run: nothing was written." in list(report.lines())
    assert not Validation.objects.exists()
    assert not AuditEvent.objects.exists()


def test_items_are_tied_to_the_scenarios_of_a_dataset(tmp_path):
    dataset = make_scenarios(4, slug="norms")
    load_labels(tmp_path, [label_row("norms-00001"), label_row("norms-00002@1")],
                dataset_slug="norms")  # fmt: skip
    made = Validation.objects.get()
    assert (made.dataset, made.population_size, made.strata) == (dataset, 4, {"": 4})
    keys = dict(made.items.values_list("key", "version__scenario__key"))
    assert keys == {"norms-00001": "norms-00001", "norms-00002@1": "norms-00002"}


def test_an_item_without_a_scenario_is_refused(tmp_path):
    make_scenarios(4, slug="norms")
    rows = [label_row("norms-00001"), label_row("norms-00009")]
    error = refused(tmp_path, rows, dataset_slug="norms")
    assert (error.row, error.column, error.found) == (3, "item", "norms-00009")


def test_labels_other_than_yes_and_no_are_declared(tmp_path):
    rows = [label_row(value="3"), label_row(annotator="A2", value="1")]
    assert refused(tmp_path, rows).column == "value"
    load_labels(tmp_path, rows, labels=["1", "2", "3"])
    assert Validation.objects.get().labels == ["1", "2", "3"]


@pytest.mark.parametrize(
    ("changes", "column"),
    [
        ({"value": "maybe"}, "value"),
        ({"criterion": "nobody-declared-it"}, "criterion"),
        ({"criterion": ""}, "criterion"),
        ({"item": ""}, "item"),
        ({"annotator": "A" * 61}, "annotator"),
        ({"item": "i0"}, "annotator"),
        ({"repeat": "one"}, "repeat"),
        ({"seconds": "nan"}, "seconds"),
        ({"submitted_at": "yesterday"}, "submitted_at"),
        ({"flagged": "perhaps"}, "flagged"),
    ],
)
def test_a_bad_cell_is_named_and_nothing_is_written(tmp_path, changes, column):
    load_labels(tmp_path)
    extra = {"repeat": "", "seconds": "", "submitted_at": "", "flagged": ""}
    rows = [label_row("i0", "A3", **extra), label_row("i1", "A3", **extra) | changes]
    error = refused(tmp_path, rows)
    assert (error.file, error.row, error.column) == ("paper.csv", 3, column)


def test_a_new_file_may_not_spell_a_criterion_in_two_ways(tmp_path):
    rows = [label_row(criterion="Is it clear"), label_row("i1", criterion="is it CLEAR")]
    assert refused(tmp_path, rows).column == "criterion"


def test_questions_may_stand_for_their_codes(tmp_path):
    load_labels(tmp_path, [label_row(criterion="Is it clear?")])
    assert Validation.objects.get().criteria.get().code == "is-it-clear"
    for name in ("is-it-clear", "IS IT CLEAR?"):
        assert load_labels(tmp_path, [label_row(criterion=name)]).stored.unchanged == 1


def test_what_somebody_said_is_never_changed(tmp_path):
    load_labels(tmp_path)
    error = refused(tmp_path, [label_row(value="no")])
    assert (error.row, error.column, error.found, error.expected) == (2, "value", "no", "yes")
    error = refused(tmp_path, [label_row("i4", "A2", "distinct", "no", note="Another reason.")])
    assert error.column == "reason"


def test_a_row_without_a_value_is_counted_and_left_out(tmp_path):
    report = load_labels(tmp_path, [label_row(), label_row("i1", value=""), label_row("i2")])
    assert (report.read, report.empty, report.items) == (3, 1, 2)
    assert "read: 3 rows, 1 without a value" in list(report.lines())
    assert refused(tmp_path, [label_row(value="")], slug="empty").column == "value"


def test_facts_of_a_rating_must_not_contradict_each_other(tmp_path):
    facts = {"reason": "", "note": "odd", "seconds": "12.5", "revision": "2", "flagged": "True"}
    same = [label_row(criterion=name, **facts) for name in CRITERIA]
    load_labels(tmp_path, same, slug="one")
    task = Task.objects.get()
    assert (task.note, task.seconds, task.revision, task.flagged) == ("odd", 12.5, 2, True)
    same[2]["note"] = "even"
    error = refused(tmp_path, same, slug="two")
    assert (error.row, error.column) == (4, "note")


class TestIntoAProtocol:
    """Labels into a validation that was frozen here: only what its plan has room for."""

    def test_a_draft_takes_none(self, tmp_path):
        make_validation("pilot", frozen=False)
        assert "draft" in refused(tmp_path, [label_row()], slug="pilot").message

    def test_criteria_and_values_are_those_of_the_protocol(self, tmp_path):
        item = make_validation("pilot").items.first().key
        error = refused(tmp_path, [label_row(item, "A01", "polite")], slug="pilot")
        assert (error.row, error.column) == (2, "criterion")
        error = refused(tmp_path, [label_row(item, "A01", CODES[0], "maybe")], slug="pilot")
        assert (error.row, error.column) == (2, "value")

    @pytest.mark.parametrize("changes", [{"item": "elsewhere"}, {"annotator": "A99"}])
    def test_items_and_annotators_are_those_of_the_plan(self, tmp_path, changes):
        validation = make_validation("pilot")
        row = label_row(validation.items.first().key, "A01", CODES[0]) | changes
        assert refused(tmp_path, [row], slug="pilot").column == next(iter(changes))

    def test_a_seat_without_an_account_is_filled(self, tmp_path):
        validation = make_validation("pilot", people=False)
        seat = validation.annotators.first()
        item = seat.tasks.first().item.key
        rows = [label_row(item, seat.pseudonym, code) for code in CODES]
        load_labels(tmp_path, rows, slug="pilot")
        task = seat.tasks.get(state=Task.State.SUBMITTED)
        assert (task.item.key, task.labels.count()) == (item, 3)
        assert load_labels(tmp_path, rows, slug="pilot").stored.unchanged == 3

    def test_nobody_answers_for_somebody_with_an_account(self, tmp_path):
        validation = make_validation("pilot")
        seat = seats(validation)[0]
        task = rate(seat)
        rows = [label_row(task.item.key, seat.pseudonym, code) for code in CODES]
        assert load_labels(tmp_path, rows, slug="pilot").stored.unchanged == 3
        other = seat.tasks.exclude(pk=task.pk).first().item.key
        rows = [label_row(other, seat.pseudonym, code) for code in CODES]
        assert refused(tmp_path, rows, slug="pilot").column == "annotator"


def test_unknown_datasets_and_other_labels_are_named(tmp_path):
    assert refused(tmp_path, [label_row()], dataset_slug="nowhere").found == "nowhere"
    load_labels(tmp_path)
    make_scenarios(2, slug="norms")
    assert refused(tmp_path, [label_row()], dataset_slug="norms").found == "norms"
    assert refused(tmp_path, [label_row()], labels=["1", "2"]).expected == "yes,no"


def test_the_import_is_on_the_audit_trail(tmp_path, researcher):
    load_labels(tmp_path, actor=researcher)
    event = AuditEvent.objects.get(verb="labels.imported")
    assert (event.subject, event.actor) == ("validation:paper", researcher)
    assert event.detail["stored"]["added"] == 54


def test_annotators_of_a_file_have_no_accounts(tmp_path):
    load_labels(tmp_path)
    assert not Annotator.objects.filter(user__isnull=False).exists()
    assert Dataset.objects.get().source_format == datasets.LABELS_ONLY


def test_every_column_is_documented_and_the_example_imports(tmp_path):
    page = PAGE.read_text(encoding="utf-8")
    assert set(re.findall(r"(?m)^\| `(\w+)` \|", page)) == {*LAYOUT.required, *LAYOUT.optional}
    assert all(f"`{name}`" in page for name in MEANINGS)
    [example] = re.findall(r"```csv\n(.*?)```", page, flags=re.DOTALL)
    load_labels(tmp_path, list(csv.DictReader(io.StringIO(example))))
    assert Label.objects.count() == 3
