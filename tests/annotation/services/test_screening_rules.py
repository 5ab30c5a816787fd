"""What a judge, people or a list flag, and what is said of versions nobody judged."""

import hashlib

import pytest

from annotation.models import Adjudication
from annotation.services.screening_rules import by_judge, by_list, by_people
from annotation.services.validation import annotating
from annotation.services.validation.protocol import RemovalRule, rule_for
from pact_site.base.errors import BadInput
from tests.annotation.makers import write_rows
from tests.annotation.screenings import add_verdict, make_judge, versions_of
from tests.annotation.validating import (
    CODES,
    make_given,
    make_scenarios,
    make_validation,
    rate,
    seats,
)

pytestmark = pytest.mark.django_db


def places(flags, versions):
    return [place for place, version in enumerate(versions) if version.pk in flags.flagged]


def test_a_judge_s_no_under_any_criterion_flags():
    dataset = make_scenarios(6)
    judge, versions = make_judge(dataset, against=(1, 4)), versions_of(dataset)
    flags = by_judge(judge, versions)
    assert places(flags, versions) == [1, 4]
    assert flags.reasons[versions[1].pk] == [
        {"rule": "judge", "criterion": "plausible", "value": "no", "rationale": "Not so."}
    ]
    assert flags.simulated
    assert places(by_judge(judge, versions, criteria=["clear"]), versions) == []


def test_the_majority_of_repeats_counts_and_an_even_split_is_a_no():
    dataset = make_scenarios(3)
    judge, versions = make_judge(dataset), versions_of(dataset)
    add_verdict(judge, versions[0], "no", repeat=1)  # one to one
    for repeat, value in ((1, "no"), (2, "yes")):
        add_verdict(judge, versions[1], value, repeat=repeat)  # two to one for it
    assert places(by_judge(judge, versions), versions) == [0]


def test_a_version_that_nobody_judged_is_not_flagged_and_says_so():
    dataset = make_scenarios(2)
    judge, versions = make_judge(dataset, silent=(1,)), versions_of(dataset)
    add_verdict(judge, versions[1], "")  # invalid: no value
    flags = by_judge(judge, versions)
    assert not flags.flagged
    assert [(r["criterion"], r["value"]) for r in flags.reasons[versions[1].pk]] == [
        ("plausible", ""),
        ("clear", ""),
    ]


def test_labels_and_criteria_have_to_fit():
    dataset = make_scenarios(1)
    judge = make_judge(dataset, labels=("good", "bad", "ugly"))
    with pytest.raises(BadInput, match="second of which speaks against"):
        by_judge(judge, versions_of(dataset))
    with pytest.raises(BadInput, match="Nobody was asked"):
        by_judge(judge, versions_of(dataset), criteria=["polite"])


def test_people_s_majority_flags_and_a_settlement_counts_instead():
    validation = make_validation(plan={"annotators": 1, "shared": 0, "shared_raters": 1})
    (seat,) = seats(validation)
    for number in range(3):
        rate(seat, "no" if number < 2 else "yes")
    versions = versions_of(validation.dataset)
    assert len(by_people(validation, versions).flagged) == 2

    item = seat.tasks.get(position=min(seat.tasks.values_list("position", flat=True))).item
    for criterion in validation.criteria.all():
        Adjudication.objects.create(
            item=item, criterion=criterion, value="yes", rationale="It is plausible after all."
        )
    flags = by_people(validation, versions)
    assert item.version_id not in flags.flagged
    assert len(flags.flagged) == 1
    assert flags.rule["criteria"] == list(CODES)


@pytest.mark.parametrize(
    ("by", "flagged"), [("majority", ["no no yes"]), ("any", ["no no yes", "no yes"]), ("all", [])]
)
def test_the_protocol_s_own_removal_rule_decides(by, flagged):
    """Two of three say no to one item, one of two to another."""
    validation = make_validation(
        sample_size=2,
        plan={"annotators": 3, "raters": 2, "shared": 1, "shared_raters": 3},
        removal_rule=RemovalRule(by=by),
    )
    said = {3: ["no", "no", "yes"], 2: ["no", "yes"]}
    names = {}
    for item in validation.items.all():
        tasks = item.tasks.select_related("annotator__validation", "annotator__user")
        values = said[len(tasks)]
        names[item.version_id] = " ".join(values)
        for task, value in zip(tasks, values, strict=True):
            task.annotator.tasks.filter(pk=task.pk).update(state="open")
            annotating.submit(seat=task.annotator, task_id=task.pk, given=make_given(value))
    flags = by_people(validation, versions_of(validation.dataset))
    assert sorted(names[pk] for pk in flags.flagged) == flagged
    assert flags.rule["by"] == by


def test_only_the_criteria_of_the_rule_flag():
    validation = make_validation(
        plan={"annotators": 1, "shared": 0, "shared_raters": 1},
        removal_rule=RemovalRule(criteria=CODES[1:]),
    )
    (seat,) = seats(validation)
    rate(seat, values=dict.fromkeys(CODES, "yes") | {CODES[0]: "no"}, reasons={CODES[0]: "It is."})
    versions = versions_of(validation.dataset)
    assert not by_people(validation, versions).flagged
    assert len(by_people(validation, versions, criteria=[CODES[0]]).flagged) == 1


@pytest.mark.parametrize(
    ("labels", "against"),
    [(["no", "yes"], "no"), (["fit", "unfit"], "unfit"), (["a", "b", "c"], None)],
)
def test_labels_from_a_file_have_no_rule_of_their_own(labels, against):
    rule = rule_for({}, labels)
    assert (rule and rule.label) == against


def test_a_list_flags_what_it_names(tmp_path):
    versions = versions_of(make_scenarios(3))
    path = write_rows(tmp_path / "mine.csv", [{"key": "norms-00002", "reason": "out of date"}])
    flags = by_list(path, versions)
    assert places(flags, versions) == [2]
    assert flags.reasons[versions[2].pk][0]["rationale"] == "out of date"
    assert flags.rule["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.mark.parametrize(
    ("keys", "row"), [(["norms-00000", "norms-99999"], 3), (["norms-00001", "norms-00001"], 3)]
)
def test_a_list_with_a_stranger_or_a_double_is_refused_by_row(tmp_path, keys, row):
    path = write_rows(tmp_path / "mine.csv", [{"key": key} for key in keys])
    with pytest.raises(BadInput, match=f"mine.csv, row {row}, column key"):
        by_list(path, versions_of(make_scenarios(3)))
