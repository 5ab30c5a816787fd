"""An instrument that could not run is refused before it is stored."""

import pytest

from pact_site.base.errors import BadInput
from survey.models import Instrument
from survey.services.instruments import definition_of, parse
from survey.services.studies import add_instrument, standard_definition


def check(**changes):
    return standard_definition()["checks"][0] | changes


@pytest.mark.parametrize(
    ("changes", "part"),
    [
        ({"countries": []}, "countries"),
        ({"countries": ["BR", "Brazil"]}, "countries"),
        ({"mix": {"same": 3, "between": 1}}, "mix"),
        ({"mix": {}}, "mix"),
        ({"planned_completes": 0}, "planned_completes"),
        ({"planned_completes": True}, "planned_completes"),
        ({"identity": "name"}, "identity"),
        ({"codes": {"completed": "X"}}, "codes"),
        ({"reasons": 8}, "reasons"),
        ({"consent": []}, "consent"),
        ({"checks": [check()]}, "checks"),
        ({"checks": [check(), check()]}, "checks"),
        ({"checks": [check(), check(key="b", after=7)]}, r"checks\[1\].after .*Expected: 1 to 6: "),
        ({"checks": [check(), check(key="a b")]}, "checks"),
        ({"checks": [check(kind="memory"), check(key="b")]}, r"checks\[0\].kind"),
        ({"checks": [check(passes=["nothing"]), check(key="b")]}, r"checks\[0\].passes"),
        ({"checks": [check(passes=[]), check(key="b")]}, r"checks\[0\].passes"),
        ({"checks": [check(key="k" * 41), check()]}, "checks"),
        (
            {"checks": [check(options=check()["options"] * 2), check(key="b")]},
            r"checks\[0\].options",
        ),
        ({"countries": ["BR", "BR"]}, "countries"),
        ({"languages": ["en", "a-very-long-tag"]}, "languages"),
        ({"wording": {}}, "wording.personal"),
        ({"show_country": "yes"}, "show_country"),
        ({"instructions": "read"}, "instructions"),
        ({"contact": " "}, "contact"),
    ],
)
def test_a_wrong_part_is_named(changes, part):
    with pytest.raises(BadInput, match=part):
        parse(standard_definition(**changes))


def test_an_empty_mix_is_refused_not_a_crash():
    with pytest.raises(BadInput):
        parse(standard_definition(mix={"same": 0}))


def test_the_standard_instrument_keeps_the_recruiters_rules():
    standard = parse(standard_definition())

    assert standard.length == 7
    assert len(standard.checks) >= 2
    assert 2 <= standard.exclude_at <= len(standard.checks)
    assert {check.kind for check in standard.checks} == {"instructed", "nonsensical"}


def test_the_consent_version_changes_with_its_text_only():
    standard = parse(standard_definition())
    reworded = parse(standard_definition(consent=[{"heading": "New", "text": "Other words."}]))

    assert standard.consent_version == parse(standard_definition(reasons=1)).consent_version
    assert standard.consent_version != reworded.consent_version


def test_the_norm_question_names_its_people():
    wording = parse(standard_definition()).wording

    assert wording.of("norm", "the United States") == (
        "What would most people in the United States consider appropriate?"
    )
    assert wording.of("norm", None) == (
        "What would most people in this situation consider appropriate?"
    )
    assert wording.of("personal", "Japan") == "What would you personally do?"


@pytest.mark.django_db
def test_a_new_version_follows_and_the_old_one_stays(study):
    before = study.instrument

    add_instrument(study=study, definition=standard_definition(reasons=1))

    assert (before.number, study.instrument.number) == (1, 2)
    assert definition_of(Instrument.objects.get(pk=before.pk)).reasons == 2
    assert definition_of(study.instrument).reasons == 1
