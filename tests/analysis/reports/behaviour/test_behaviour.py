"""The report on behaviour: every number against a plain count of the same decisions."""

import csv
import hashlib
import json
import subprocess
import sys
from collections import defaultdict

import pytest
from django.core.management import CommandError, call_command

from analysis.metrics.catalogue import METRICS
from analysis.metrics.estimate import definition_tokens
from analysis.metrics.intervals import Settings
from analysis.reports import service
from analysis.reports.behaviour.findings import estimates
from analysis.reports.behaviour.inputs import count, gather
from analysis.reports.options import Options
from modeling import shards
from pact_site.base.errors import BadInput
from tests.analysis.deciding import crossed, make_asked, make_decided
from tests.analysis.specs import check_specs
from tests.modeling.making import make_release

pytestmark = pytest.mark.django_db

SCENARIOS = ("tea", "queue", "gift", "shoes")
FULL = {"replicates": 200, "seed": 1, "level": 0.95}


def coin(*parts):
    """A number from 0 to 1 that is the same every time."""
    return int(hashlib.sha256("|".join(map(str, parts)).encode()).hexdigest()[:8], 16) / 16**8


def chooser(name, lean=0.4):
    """Allows more when both prefer, when the actor is younger, and under the balance prompt."""

    def choose(scenario, role, balance, actor, receiver):
        share = lean + 0.3 * (role == "both_prefs") + 0.2 * (actor[0] == "younger")
        share += 0.1 * (balance == "balance")
        draw = coin(name, scenario, role, balance, actor, receiver)
        if draw > 0.97:
            return None
        return "preference" if draw < share else "culture"

    return choose


@pytest.fixture
def dataset():
    return make_release(2).dataset.slug


@pytest.fixture(scope="module")
def decisions():
    """Those of two models by label, one of them on two sources, with a base stage."""
    return {
        "calm": crossed(SCENARIOS, chooser("calm"), family="Calm", stage="instruct"),
        "calm-base": crossed(SCENARIOS, chooser("base", 0.1), family="Calm", stage="base"),
        "stern": [
            *crossed(SCENARIOS, chooser("stern", 0.0), stage="instruct"),
            *crossed(("wed", "dine"), chooser("s2", 0.2), stage="instruct", dataset="CultureAtlas",
                     scenario_country="JP", receiver_country="JP", relation="far"),
        ],
    }  # fmt: skip


@pytest.fixture
def two_models(dataset, decisions):
    """The decisions, stored."""
    for label, made in decisions.items():
        make_decided(label, made, dataset)


@pytest.fixture(scope="module")
def estimated():
    return []


@pytest.fixture
def rows(estimated, request):
    """The estimates over the two models, computed for the first test that asks."""
    if not estimated:
        request.getfixturevalue("two_models")
        estimated += computed(request.getfixturevalue("dataset"))
    return estimated


def computed(dataset, **options):
    inputs = gather(Options("behavior", dataset, **FULL | options))
    return estimates(count(inputs), Settings(200, 1, 0.95))


def one(rows, metric, model, stage="instruct", definition=None, **group):
    [found] = [
        row for row in rows
        if (row.metric, row.model, row.setting, dict(row.group)) == (metric, model, stage, group)
        and definition in (None, row.definition)
    ]  # fmt: skip
    return found


def plain_rate(rows, **where):
    """Mean over sources of preference / (culture + preference)."""
    sums = defaultdict(lambda: [0, 0])
    for row in rows:
        if all(row.get(name) == value for name, value in where.items()) and row["choice"]:
            counts = sums[row.get("dataset", "NormAd-ETI")]
            counts[0] += row["choice"] == "preference"
            counts[1] += 1
    return sum(a / b for a, b in sums.values()) / len(sums)


@pytest.mark.parametrize(
    ("group", "where"),
    [
        ({}, {}),
        ({"eval_pref_config": "both_prefs"}, {"role": "both_prefs"}),
        ({"prompt": "balance"}, {"balance": "balance"}),
        ({"actor_age": "younger"}, {"actor_age": "younger"}),
        ({"actor_gender": "female", "receiver_gender": "male"},
         {"actor_gender": "female", "receiver_gender": "male"}),
    ],
)  # fmt: skip
def test_rates_are_plain_counts_pooled_over_sources(rows, decisions, group, where):
    for model, label in (("Calm", "calm"), ("stern", "stern")):
        found = one(rows, "allow_rate", model, definition="pool:datasets", **group)
        assert found.value == pytest.approx(plain_rate(decisions[label], **where), abs=1e-12)
        assert found.lower < found.value < found.upper


def test_the_pool_over_decisions_and_each_source_stand_beside(rows, decisions):
    stern = decisions["stern"]
    valid = [row for row in stern if row["choice"]]
    flat = sum(row["choice"] == "preference" for row in valid) / len(valid)
    assert one(rows, "allow_rate", "stern", definition="pool:decisions").value == pytest.approx(
        flat
    )
    for source in ("NormAd-ETI", "CultureAtlas"):
        only = [row for row in stern if row.get("dataset", "NormAd-ETI") == source]
        found = one(rows, "allow_rate", "stern", dataset=source)
        assert found.value == pytest.approx(plain_rate(only))
    unknown = one(rows, "unknown_rate", "stern", definition="pool:decisions")
    assert unknown.value == pytest.approx(1 - len(valid) / len(stern))


KEYS = (
    "scenario",
    "role",
    "balance",
    "actor_age",
    "actor_gender",
    "receiver_age",
    "receiver_gender",
)


def slow_flips(rows, column, first, second):
    """Pairs counted one by one, over dictionaries."""
    seen = defaultdict(dict)
    for row in rows:
        key = tuple(row[name] for name in KEYS if name != column)
        seen[key][row[column]] = row["choice"]
    pairs = [(s.get(first), s.get(second)) for s in seen.values()]
    whole = [pair for pair in pairs if None not in pair]
    n = len(whole)
    return {
        "n": n,
        "to_preference": sum(p == ("culture", "preference") for p in whole) / n,
        "to_culture": sum(p == ("preference", "culture") for p in whole) / n,
        "alone": sum(p.count(None) == 1 for p in pairs),
    }


@pytest.mark.parametrize(
    ("factor", "column", "first", "second"),
    [
        ("prompt", "balance", "no_balance", "balance"),
        ("actor_age", "actor_age", "older", "younger"),
        ("receiver_gender", "receiver_gender", "male", "female"),
    ],
)
def test_contrasts_pair_what_differs_in_one_thing_alone(
    rows, decisions, factor, column, first, second
):
    slow = slow_flips(decisions["calm"], column, first, second)
    contrast = f"{factor}: {second} - {first}"
    diff = one(rows, "allow_diff_pp", "Calm", contrast=contrast)
    assert diff.value == pytest.approx(100 * (slow["to_preference"] - slow["to_culture"]))
    assert (diff.n_answers, diff.n_dropped) == (2 * slow["n"], slow["alone"])
    for metric in ("to_preference", "to_culture"):
        assert one(rows, f"flip_{metric}", "Calm", contrast=contrast).value == pytest.approx(
            slow[metric]
        )
    assert diff.lower < diff.value < diff.upper


def test_base_and_instruct_of_a_family_are_paired(rows, decisions):
    found = one(rows, "allow_diff_pp", "Calm", stage="", contrast="stage: instruct - base")
    keyed = {
        stage: {tuple(row[name] for name in KEYS): row["choice"] for row in decisions[label]}
        for stage, label in (("base", "calm-base"), ("instruct", "calm"))
    }
    both = [
        (keyed["base"][key], keyed["instruct"][key])
        for key in keyed["base"] if keyed["base"][key] and keyed["instruct"][key]
    ]  # fmt: skip
    gain = sum((b == "preference") - (a == "preference") for a, b in both) / len(both)
    assert found.value == pytest.approx(100 * gain)
    assert not [row for row in rows if row.model == "stern" and "stage" in str(row.group)]


def test_questions_answered_twice_are_paired_with_nothing_and_counted(dataset):
    rows = crossed(SCENARIOS, chooser("calm"))
    make_decided("twice", [*rows, rows[0]], dataset)
    diff = one(
        computed(dataset),
        "allow_diff_pp",
        "twice",
        stage="",
        contrast="prompt: balance - no_balance",
    )
    assert diff.n_answers == 2 * (slow_flips(rows[1:], "balance", "no_balance", "balance")["n"])
    assert "1 questions answered more than once" in diff.note


def test_dependence_spread_and_direction(rows, decisions):
    model = one(rows, "cramers_v", "", factor="model")
    asked = [
        (label, row["choice"]) for label in ("calm", "stern")
        for row in decisions[label] if row["choice"]
    ]  # fmt: skip
    table = defaultdict(lambda: defaultdict(int))
    for label, choice in asked:
        table[label][choice] += 1
    n, chi2 = len(asked), 0.0
    for label in table:
        for choice in ("culture", "preference"):
            expected = sum(table[label].values()) * sum(t[choice] for t in table.values()) / n
            chi2 += (table[label][choice] - expected) ** 2 / expected
    assert model.value == pytest.approx((chi2 / n) ** 0.5)
    spread = one(rows, "factor_spread_pp", "Calm", factor="age")
    effects = [
        one(rows, "allow_diff_pp", "Calm", contrast=f"{side}_age: younger - older").value
        for side in ("actor", "receiver")
    ]
    assert spread.value == pytest.approx(sum(map(abs, effects)) / 2)
    assert one(rows, "direction_share", "", stage="", factor="actor_age").value == 1.0


def test_every_row_is_declared_told_apart_and_corrected(rows):
    keys = [row.key for row in rows]
    assert len(set(keys)) == len(keys)
    for row in rows:
        assert row.table == "behavior"
        assert set(definition_tokens(row.definition)) == set(METRICS[row.metric].keys)
        assert "behavior" in METRICS[row.metric].tables
    corrected = {(r.setting, r.model, str(r.group)): r.value for r in rows if r.metric == "p_bh"}
    plain = {
        (r.setting, r.model, str(r.group)): r.value
        for r in rows
        if r.metric == "p" and r.value is not None
    }
    assert set(corrected) == set(plain)
    assert all(corrected[key] >= plain[key] for key in plain)


def test_the_bundle_recomputes_itself_and_finds_a_forged_number(dataset, two_models, tmp_path):
    call_command("export_report", "behavior", dataset=dataset, out=tmp_path / "out", replicates=200)
    folder = tmp_path / "out"
    done = subprocess.run(
        [sys.executable, "recompute.py"], cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("same") == 3 * 4  # three models and stages: all, and three roles
    text = (folder / "estimates.csv").read_text()
    rate = next(
        r
        for r in csv.DictReader(text.splitlines())
        if r["metric"] == "allow_rate" and not r["group"]
    )
    (folder / "estimates.csv").write_text(text.replace(rate["value"], "0.123456"))
    forged = subprocess.run([sys.executable, "recompute.py"], cwd=folder, capture_output=True, text=True, check=False)  # fmt: skip
    assert (forged.returncode, forged.stdout.count("DIFFERS")) == (1, 1)


def test_the_bundle_is_whole_and_the_same_input_is_not_computed_again(dataset, two_models):
    settings = {"kind": "behavior", "study": dataset, "cohort": None, **FULL}
    report = service.build_report(**settings)
    folder = service.folder_of(report)
    manifest = json.loads((folder / "manifest.json").read_text())
    assert manifest["figures"] == ["allow-by-role", "tuning", "contrasts", "countries", "regions"]
    assert {"hierarchy", "changes", "countries", "people", "dependence", "power", "dropped"} <= set(
        manifest["sections"]
    )
    assert check_specs(folder) == set(manifest["figures"])
    page = (folder / "report.html").read_text()
    assert "NaN" not in page
    assert "SIMULATED" not in page
    assert service.build_report(**settings).pk == report.pk
    make_decided("third", crossed(SCENARIOS, chooser("third")), dataset)
    assert service.build_report(**settings).pk != report.pk


@pytest.mark.django_db(transaction=True)
def test_a_run_of_a_baseline_is_marked_simulated_everywhere():
    release = make_release(3)
    make_asked(release)
    report = service.build_report(kind="behavior", study=release.dataset.slug, cohort=None, **FULL)
    folder = service.folder_of(report)
    assert report.summary["simulated"]
    assert "SIMULATED" in report.summary["headline"]
    assert "SIMULATED" in (folder / "README.md").read_text()
    assert "SIMULATED" in (folder / "methods.md").read_text()


def test_nothing_to_report_on_is_said(dataset):
    with pytest.raises(BadInput, match="no decisions of models yet"):
        gather(Options("behavior", dataset))
    with pytest.raises(BadInput, match="no such dataset"):
        gather(Options("behavior", "nowhere"))
    with pytest.raises(CommandError, match="needs a dataset"):
        call_command("export_report", "behavior", out="never")


def test_decisions_nobody_could_read_leave_reasons(dataset):
    make_decided("mute", crossed(SCENARIOS, lambda *_: None), dataset)
    rows = computed(dataset)
    rate = one(rows, "allow_rate", "mute", stage="", definition="pool:datasets")
    assert (rate.value, rate.note) == (None, "no valid decision")
    assert one(rows, "unknown_rate", "mute", stage="", definition="pool:datasets").value == 1.0
    assert all(row.value is not None or row.note for row in rows)


def test_shards_of_the_report_are_those_that_the_database_names(dataset, two_models):
    inputs = gather(Options("behavior", dataset))
    named = {c.shard for run in inputs.runs for c in run.chunks.all()}
    assert all(shards.checksum(key) for key in named)
    assert len(named) == 3
