"""Traces of a benchmark alone: honest order, single decisions in pairs, and nothing that acts."""

from collections import defaultdict

import pytest

from analysis.metrics.traces import Share, shares_at_least
from analysis.reports.behaviour.inputs import count, gather
from analysis.reports.behaviour.traces import traces_section
from analysis.reports.documents import as_document, render_page
from analysis.reports.options import Options
from analysis.reports.sections import Content
from annotation.models import ScenarioVersion
from tests.analysis.deciding import crossed, make_decided
from tests.modeling.making import make_release

pytestmark = pytest.mark.django_db

HOSTILE = "<script>alert(1)</script>\x1b\u202eevil 漢字"
PERSON = ("actor_age", "actor_gender", "receiver_age", "receiver_gender")


@pytest.fixture
def dataset():
    return make_release(2).dataset.slug


def calm(scenario, role, balance, actor, receiver):
    """Allows on `tea` whoever is asked, on `gift` to the young, elsewhere never."""
    allows = scenario == "tea" or (scenario == "gift" and actor[0] == "younger")
    return "preference" if allows else "culture"


def stern(scenario, role, balance, actor, receiver):
    """Allows on `queue` where both prefer."""
    return "preference" if scenario == "queue" and role == "both_prefs" else "culture"


def decide(dataset, **common):
    scenarios = ("tea", "gift", "queue", "shoes")
    for label, choose in (("calm", calm), ("stern", stern)):
        make_decided(label, crossed(scenarios, choose, **common), dataset)


def traced(dataset):
    found = count(gather(Options("behavior", dataset))).traced
    return found, traces_section(found)


def table(section, name):
    return next(one for one in section.tables if one.name == name)


def test_models_that_part_lead_the_list_with_their_rates(dataset):
    decide(dataset)
    _, section = traced(dataset)
    rows = table(section, "traces-models").rows
    assert [row[1].partition(" ")[0] for row in rows] == ["tea", "gift", "queue", "shoes"]
    assert (rows[0][4], rows[0][-1]) == ("1.00", "calm 1.00, stern 0.00")
    assert 0.9 < float(rows[0][5]) < 1.0
    assert rows[1][-1] == "calm 0.50, stern 0.00"


def test_roles_that_part_lead_theirs(dataset):
    decide(dataset)
    _, section = traced(dataset)
    first = table(section, "traces-roles").rows[0]
    assert first[1].startswith("queue")
    assert first[-1] == "C1 actor 0.00, C2 receiver 0.00, C3 both 0.50"


def test_turned_decisions_are_pairs_that_differ_in_one_thing_alone(dataset):
    decide(dataset)
    found, section = traced(dataset)
    rows = [row for row in table(section, "traces-turned").rows if row[0].startswith("Actor's age")]
    assert rows[0][1].startswith("gift")
    assert rows[0][-2:] == ("to preference 0.50, to culture 0.00", 96)  # 2 models, 48 pairs each
    (place,) = (n for n, one in enumerate(found.lists) if one.contrast and one.contrast.factor == "actor_age")  # fmt: skip
    for before, after in found.pairs[place, ("NormAd-ETI", "gift")]:
        assert (before.choice, after.choice) == ("culture", "preference")
        changed = {name for name in before.asked if before.asked[name] != after.asked[name]}
        assert changed == {"actor_age"}
        assert (before.model, after.model) == ("calm", "calm")


def test_turned_shares_are_those_of_a_plain_count(dataset):
    decide(dataset)
    found, _ = traced(dataset)
    seen = defaultdict(list)
    for row in crossed(("gift",), calm) + crossed(("gift",), stern):
        rest = tuple(row[name] for name in PERSON if name != "actor_gender")
        seen[rest, row["role"], row["balance"]].append(row)
    (one,) = (one for one in found.lists if one.contrast and one.contrast.factor == "actor_gender")
    by_key = {top.key: top for top in one.top}
    assert by_key["NormAd-ETI", "gift"].measure.value == 0.0  # gender changes nothing here
    assert next(iter(by_key["NormAd-ETI", "gift"].shares.values())).n == 2 * len(seen)


def test_questions_answered_twice_are_no_pairs(dataset):
    rows = crossed(("gift",), calm)
    make_decided("twice", [*rows, *rows], dataset)
    found, _ = traced(dataset)
    assert [one.name for one in found.lists] == ["roles"]


def test_what_models_wrote_stands_beside_the_choice_it_came_with(dataset):
    decide(dataset, rationale="It is polite.")
    _, section = traced(dataset)
    models, roles, turned = section.cards
    assert [card.title.partition(" ")[0] for card in models.cards][:2] == ["tea", "gift"]
    said = {(voice.who.partition(":")[0], voice.chose) for voice in models.cards[1].rationales}
    assert said == {
        ("calm", "follows culture"), ("calm", "allows the preference"), ("stern", "follows culture"),
    }  # fmt: skip
    assert (
        len(roles.cards[0].rationales) == 4
    )  # one role in which a model allowed, three in which none
    assert turned.cards[0].question == "Actor's age: younger less older"
    first = turned.cards[0].rationales
    assert {voice.text for voice in first} == {"It is polite."}
    assert "actor older female from Brazil" in first[0].who or "male from Brazil" in first[0].who


def test_decisions_without_words_are_shown_as_such(dataset):
    decide(dataset)
    _, section = traced(dataset)
    assert section.cards[0].cards[0].rationales == ()
    assert section.cards[2].cards[0].rationales[0].text == "(wrote no reason here)"


def test_a_scenario_of_ours_is_told_in_its_own_words(dataset):
    version = ScenarioVersion.objects.order_by("pk").first()
    own = {"version_id": version.pk, "dataset": "ours"}
    make_decided("calm", crossed(("tea",), calm, **own), dataset)
    found, _ = traced(dataset)
    told = found.dilemmas["ours", "tea"]
    assert told.culture_action == version.culture_action
    assert "{receiver}" not in told.situation


def test_texts_of_imported_decisions_are_theirs_and_nothing_in_them_acts(dataset):
    texts = {"situation": HOSTILE, "cultural_expectation": HOSTILE, "personal_preference": "=1+1"}
    decide(dataset, rationale=HOSTILE * 100, **texts)
    found, section = traced(dataset)
    assert found.dilemmas["NormAd-ETI", "tea"].preference_action == "=1+1"
    page = render_page(as_document(Content("T", "", "", (section,), methods=("None.",))), {})
    assert "<script>alert" not in page
    assert "\x1b" not in page
    assert "\u202e" not in page
    assert "漢字" in page
    assert "more characters)" in page
    assert "What people gave as reasons" not in page


def test_the_order_does_not_depend_on_the_order_of_rows(dataset):
    rows = crossed(("tea", "gift", "queue"), calm)
    make_decided("a", rows, dataset)
    make_decided("b", rows[::-1], dataset)
    _, section = traced(dataset)
    first = table(section, "traces-models").rows
    assert [row[1].partition(" ")[0] for row in first] == ["gift", "queue", "tea"]  # by their keys


def test_of_two_stages_the_tuned_one_is_read(dataset):
    make_decided("x-base", crossed(("tea",), stern, family="X", stage="base"), dataset)
    make_decided("x", crossed(("tea",), calm, family="X", stage="instruct"), dataset)
    found, section = traced(dataset)
    assert found.stage == "instruct"
    assert table(section, "traces-roles").rows[0][-1].startswith("C1 actor 1.00")


def test_unreadable_decisions_alone_give_no_section(dataset):
    make_decided("mute", crossed(("tea",), lambda *_: None), dataset)
    _, section = traced(dataset)
    assert section is None


def test_few_decisions_mean_a_low_bound():
    one, many = shares_at_least([Share(1, 1), Share(20, 20)], 0.95)
    assert (one.value, many.value) == (1.0, 1.0)
    assert one.bound < 0.3 < 0.9 < many.bound
    assert shares_at_least([Share(0, 5)], 0.95)[0].bound == 0.0
