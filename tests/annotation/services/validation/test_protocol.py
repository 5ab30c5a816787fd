"""What a protocol may say, and that its hash notices every change."""

from dataclasses import replace

import pytest

from annotation.services.validation.presets import PAPER
from annotation.services.validation.protocol import (
    CriterionText,
    Plan,
    RemovalRule,
    check,
    plan_from,
    rule_from,
)
from pact_site.base.errors import BadInput


def with_plan(**changes):
    return replace(PAPER, plan=replace(PAPER.plan, **changes))


def test_the_papers_preset_can_be_carried_out():
    check(PAPER)
    assert (PAPER.sample_size, PAPER.plan.annotators, len(PAPER.criteria)) == (200, 4, 3)
    assert PAPER.labels == ("yes", "no")


@pytest.mark.parametrize(
    ("protocol", "column", "words"),
    [
        (replace(PAPER, criteria=()), "criteria", "no criterion"),
        (replace(PAPER, criteria=(CriterionText("Clear?", "Is it?"),)), "criteria", "code"),
        (replace(PAPER, criteria=(CriterionText("a", "Is it?"),) * 2), "criteria", "one code"),
        (replace(PAPER, criteria=(CriterionText("a", " "),)), "criteria", "asks nothing"),
        (replace(PAPER, labels=("yes",)), "labels", "told apart"),
        (replace(PAPER, labels=("yes", "yes")), "labels", "told apart"),
        (replace(PAPER, sample_size=0), "sample_size", "empty"),
        (replace(PAPER, stratify_by=("colour",)), "stratify_by", "colour"),
        (with_plan(mode="auction"), "mode", "auction"),
        (with_plan(annotators=0), "annotators", "1 to 40"),
        (with_plan(raters=5), "raters", "1 to 4"),
        (with_plan(shared=0), "shared", "would share no item"),
        (with_plan(shared=5), "shared", "at least 6 items shared by 2 people"),
        (with_plan(shared=201), "shared", "0 to 200"),
        (with_plan(shared_raters=5), "shared_raters", "1 to 4"),
        (with_plan(repeats=33), "repeats", "0 to 32"),
        (with_plan(lease_minutes=0), "lease_minutes", "1 to 1440"),
        (with_plan(reason_for=("maybe",)), "reason_for", "maybe"),
        (with_plan(mode="free", repeats=1), "repeats", "free pool"),
        (replace(PAPER, removal_rule=RemovalRule(by="coin")), "removal_by", "coin"),
        (replace(PAPER, removal_rule=RemovalRule(label="no!")), "removal_label", "no!"),
        (replace(PAPER, removal_rule=RemovalRule(criteria=("x",))), "removal_rule", "'x'"),
        (
            replace(with_plan(raters=2, shared=0), sample_size=5),
            "sample_size",
            "at least 6 items",
        ),
    ],
)
def test_what_cannot_be_carried_out_is_refused_by_field(protocol, column, words):
    with pytest.raises(BadInput) as caught:
        check(protocol)
    assert caught.value.column == column
    assert words in str(caught.value)


def test_a_single_annotator_and_a_free_pool_need_no_meeting():
    check(with_plan(annotators=1, shared=0, shared_raters=1))
    check(with_plan(mode="free", shared=0, raters=3))


def digest(protocol, population="p", items=(("a", "1"), ("b", "2"))):
    return protocol.digest(population=population, items=items)


def test_the_hash_notices_every_change():
    changed = [
        PAPER,
        replace(PAPER, criteria=PAPER.criteria[:2]),
        replace(PAPER, criteria=PAPER.criteria[::-1]),
        replace(PAPER, labels=("no", "yes")),
        replace(PAPER, sample_size=199),
        replace(PAPER, stratify_by=()),
        replace(PAPER, seed=2),
        with_plan(shared=61),
        replace(PAPER, removal_rule=RemovalRule(by="any")),
        replace(PAPER, guidelines="Other"),
    ]
    digests = {digest(protocol) for protocol in changed}
    digests |= {digest(PAPER, population="q"), digest(PAPER, items=(("b", "2"), ("a", "1")))}
    assert len(digests) == len(changed) + 2
    assert digest(PAPER) == digest(replace(PAPER))


def test_plan_and_rule_come_back_from_their_columns():
    plan, rule = Plan(mode="free", reason_for=("no", "unsure")), RemovalRule(criteria=("a",))
    assert plan_from(plan.as_json()) == plan
    assert rule_from(rule.as_json()) == rule
    assert plan_from({"raters": 3, "colour": "red"}) == Plan(raters=3)
