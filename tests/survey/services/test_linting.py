"""The linter refuses what the recruiter would, and what the items cannot give, in words."""

import pytest

from survey.services import linting
from survey.services.instruments import parse
from survey.services.linting_texts import PARADATA_SENTENCE, lint_texts
from survey.services.studies import add_instrument, standard_definition

AGREEMENT = [
    {"code": str(n), "text": text}
    for n, text in enumerate(["Strongly disagree", "Disagree", "Agree", "Strongly agree"])
]


def standard_checks():
    return standard_definition()["checks"]


def with_check(**changes):
    """The standard instrument with its first check changed."""
    first, *others = standard_checks()
    return standard_definition(checks=[first | changes, *others])


def remarks(definition):
    return {finding.code: finding for finding in lint_texts(parse(definition))}


def test_the_standard_instrument_breaks_no_rule():
    assert remarks(standard_definition()) == {}


@pytest.mark.parametrize(
    ("definition", "code", "path"),
    [
        (with_check(text="What colour is the sky?"), "check.unnamed", "checks[0].text"),
        (
            with_check(text="If it was about rice choose “Strongly agree”, else “Disagree”."),
            "check.choice",
            "checks[0].text",
        ),
        (
            with_check(text="Please choose “Strongly agree”.", options=AGREEMENT, passes=["2"]),
            "check.unnamed",
            "checks[0].text",
        ),
        (with_check(text="Choose Strongly agree. " + "x" * 400), "check.small_print", None),
        (with_check(kind="nonsensical", passes=["neutral"]), "check.end", "checks[0].passes"),
        (
            with_check(kind="nonsensical", options=AGREEMENT[:2], passes=["0"]),
            "check.scale",
            "checks[0].options",
        ),
        (with_check(after=4), "checks.adjacent", "checks"),
        (standard_definition(exclude_at=4), "exclude.never", "exclude_at"),
        (
            standard_definition(exclude_at=1, failed_ending="failed_attention"),
            "exclude.early",
            "exclude_at",
        ),
        (standard_definition(paradata=True), "consent.paradata", "consent"),
        (standard_definition(minutes_allowed=5), "minutes.allowed", "minutes_allowed"),
        (standard_definition(languages=["en", "hi"]), "language.none", "translations.hi"),
        (
            standard_definition(codes=dict.fromkeys(standard_definition()["codes"], "SAMESAME")),
            "codes.twice",
            "codes",
        ),
        (
            standard_definition(codes=standard_definition()["codes"] | {"completed": "DONE"}),
            "codes.guessable",
            "codes.completed",
        ),
    ],
)
def test_a_broken_rule_keeps_the_study_shut(definition, code, path):
    finding = remarks(definition)[code]

    assert finding.fatal
    assert path in (None, finding.path)


@pytest.mark.parametrize(
    ("definition", "code"),
    [
        (with_check(text="Choose “Strongly agree”, as you saw earlier."), "check.memory"),
        (with_check(text="You have just read it. Choose “Strongly agree”."), "check.memory"),
        (with_check(text="Think of the last page. Choose “Strongly agree”."), "check.memory"),
        (standard_definition(checks=standard_checks()[:2]), "checks.few"),
        (standard_definition(exclude_at=1), "exclude.early"),
        (standard_definition(exclude_at=0), "exclude.nobody"),
        (standard_definition(minutes_allowed=15), "minutes.tight"),
        (standard_definition(estimated_minutes=3), "minutes.short"),
        (standard_definition(estimated_minutes=20), "consent.minutes"),
        (standard_definition(comprehension=[]), "comprehension.none"),
    ],
)
def test_a_remark_does_not_shut_it(definition, code):
    assert not remarks(definition)[code].fatal


def test_below_five_minutes_one_failure_is_enough_for_a_rejection():
    consent = [{"heading": "Time", "text": "About 4 minutes."}]
    short = {"estimated_minutes": 4, "exclude_at": 1, "consent": consent}

    assert remarks(standard_definition(**short, failed_ending="failed_attention")) == {}


def test_the_suggested_sentence_ends_the_remark_on_paradata():
    told = [*standard_definition()["consent"], {"heading": "Pages", "text": PARADATA_SENTENCE}]

    assert remarks(standard_definition(paradata=True, consent=told)) == {}


def found(study, **changes):
    add_instrument(study=study, definition=standard_definition(**changes))
    return {finding.code: finding for finding in linting.lint(study)}


def test_fewer_answers_than_cells_cannot_be_met(study):
    """100 people x 7 answers for 252 items x 5 countries, one scenario being neither far nor close."""
    finding = found(study, planned_completes=100)["coverage.unmet"]

    assert finding.fatal
    assert "700 answers, and there are 1256 cells" in finding.text
    assert "Plan 180 people or more" in finding.text


def test_cells_that_stay_empty_are_named_by_country_and_relation(study):
    """The United Kingdom: 40 people x 2 answers for its far cells."""
    finding = found(study)["coverage.empty"]

    assert not finding.fatal
    assert "far (80 answers" in finding.text


def test_one_receiver_says_nothing_about_receivers(study):
    assert "receivers.one" in found(study, receivers=["older_female"])


def test_a_receiver_without_items_is_fatal(study):
    gone = study.release.items.filter(receiver_age="older", receiver_gender="female")
    gone._raw_delete(gone.db)

    finding = found(study)["receivers.absent"]

    assert finding.fatal
    assert finding.text == "The release has no item for the receiver older_female."
