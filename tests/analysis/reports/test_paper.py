"""The paper's figures and tables: all accounted for, and built by a report over suitable data."""

import random

import pytest

from analysis.metrics import Estimate
from analysis.metrics.intervals import Settings
from analysis.reports import paper
from analysis.reports.behaviour import compose as behaviour
from analysis.reports.behaviour.findings import estimates
from analysis.reports.behaviour.inputs import count
from analysis.reports.book import Book
from analysis.reports.build import compute
from analysis.reports.compose import compose
from analysis.reports.kinds import gather
from analysis.reports.options import Options
from analysis.reports.paper_forms import allowing, mean_of, turned
from analysis.reports.paper_list import PARTS, Part
from analysis.reports.sections import Content, Section
from analysis.reports.tables import Column, Table
from analysis.reports.writers import latex, tex
from survey.models import Participant
from survey.services.studies import add_instrument, standard_definition
from tests.analysis import cast
from tests.analysis.deciding import make_decided
from tests.modeling.making import make_release

NUMBERS = {"Figure": [*range(3, 8), *range(12, 17)], "Table": [*range(2, 31)]}
FEW = {"replicates": 50, "seed": 1, "level": 0.95}
PREFERENCES = ("It is quicker.", "For privacy.", "A vegetarian diet.", "My own style.", "I relax.")
PLACES = ("US", "IR", "BR", "GB", "SA", "JP", "IN", "KE", "CA", "EG", "MX", "FR")
MODELS = (
    ("Llama-3.1-8B", "Llama", "base"),
    ("Llama-3.1-8B-Instruct", "Llama", "instruct"),
    ("Llama-3.1-70B-Instruct", "Llama", "instruct"),
    ("Qwen3-4B", "Qwen", "instruct"),
    ("Qwen3-30B-A3B", "Qwen", "instruct"),
    ("an-organisation/a-model-whose-name-is-far-too-long-for-a-column-2026-01-02", "", "instruct"),
)


def decided(label, family, stage, versions):
    """Decisions on every scenario, half of what could be asked of each, at random."""
    rng = random.Random(label)
    rows = []
    for number, country in enumerate(PLACES):
        for role in ("actor_pref_only", "swapped", "both_prefs"):
            for balance in ("balance", "no_balance"):
                for condition in ("full_demo", "no_demo"):
                    for code in rng.sample(range(16), 8):
                        ages, genders = ("younger", "older"), ("female", "male")
                        rows.append({
                            "scenario": f"s{number}", "version_id": versions[number % 2],
                            "role": role, "balance": balance,
                            "condition": condition, "family": family, "stage": stage,
                            "dataset": ("NormAd-ETI", "CultureAtlas")[number % 2],
                            "relation": ("same", "far")[code % 2],
                            "scenario_country": country, "receiver_country": country,
                            "actor_country": PLACES[(number + code % 2) % len(PLACES)],
                            "actor_age": ages[code // 8], "receiver_age": ages[code // 4 % 2],
                            "actor_gender": genders[code // 2 % 2],
                            "receiver_gender": genders[code % 2],
                            "personal_preference": PREFERENCES[number % len(PREFERENCES)],
                            "choice": rng.choice(("culture", "culture", "preference")),
                        })  # fmt: skip
    return rows


def behaviour_report(models):
    release = make_release(2)
    release.versions.update(theme="food")
    versions, dataset = release.versions.values_list("pk", flat=True), release.dataset.slug
    for label, family, stage in models:
        make_decided(label, decided(label, family, stage, versions), dataset)
    inputs = gather(Options("behavior", dataset, **FEW))
    counted = count(inputs)
    rows = tuple(estimates(counted, Settings(50, 1, 0.95)))
    assert len({row.key for row in rows}) == len(rows)
    return behaviour.compose(Book(rows), inputs, counted)


def study_report(kind, **run):
    study = cast.make_study(per_country=4)
    Participant.objects.update(
        instrument=add_instrument(study=study, definition=standard_definition())
    )
    for name in ("a", "b"):
        cast.add_run(study, f"model-{name}", **run)
    inputs = gather(Options(kind, study.slug, **FEW))
    return compose(Book(tuple(compute(inputs))), inputs)


@pytest.fixture
def report(db):
    """Makes a report over data that holds everything its kind can show."""

    def make(kind):
        if kind == "behavior":
            return behaviour_report(MODELS)
        return study_report(kind, orders=("culture_first", "preference_first"))

    return make


def names(content):
    return {table.name for table in content.tables()}, {f.name for f in content.figures()}


def test_every_figure_and_table_of_the_paper_is_accounted_for():
    listed = [part.name for part in PARTS]
    assert len(set(listed)) == len(listed)
    found = {name.rstrip("ABCD") for name in listed}
    assert found == {f"{what} {n}" for what, numbers in NUMBERS.items() for n in numbers}
    for part in PARTS:
        assert part.reason or part.tables or part.figures, part.name
        assert bool(part.kinds) != bool(part.reason), part.name
        assert part.shows


@pytest.mark.parametrize("kind", ["behavior", "human", "alignment"])
def test_every_table_that_is_named_is_built_and_says_so(report, kind):
    content = report(kind)
    tables, figures = names(content)
    assert len(tables) == len(list(content.tables()))
    for part in PARTS:
        if kind not in part.kinds:
            continue
        for wanted in part.tables:
            if alignment_only(part, wanted, kind):
                continue
            assert any(Part.has(name, (wanted,)) for name in tables), (part.name, wanted)
        assert set(part.figures) <= figures, part.name
    notes = " ".join(table.note for table in content.tables())
    assert "of the PACT paper, with intervals." in notes
    assert all("nan" not in latex(table).casefold().split() for table in content.tables())
    assert content.sections[-1].key == paper.KEY


def alignment_only(part, wanted, kind):
    """What a section of the alignment report holds beside what people's reports do."""
    asked = {"norm-personal-gaps", "items-apart", "by-style"}
    return wanted in asked and (kind == "human" or wanted == "by-style")


@pytest.mark.django_db
def test_one_model_without_a_stage_size_or_second_prompt_has_a_report():
    content = behaviour_report([("only", "", "")])
    tables, figures = names(content)
    assert {"models", "by-eval-pref-config", "strength-by-country", "paper-index"} <= tables
    assert {"tuning", "scale", "together"}.isdisjoint(tables)
    assert {"allow-by-role", "contrasts", "regions"} <= figures
    index = list(content.tables())[-1]
    here = {row[0]: row[2] for row in index.rows}
    assert here["Table 12"] == "not in this report: two sizes of a family"
    assert "only" in {str(row[0]) for table in content.tables() for row in table.rows}


@pytest.mark.django_db
def test_without_personas_the_tables_about_them_are_left_out_with_a_word():
    content = study_report("alignment", personas=False)
    tables, _ = names(content)
    assert {"consensus", "c-spec", "persona-effect"}.isdisjoint(tables)
    here = {row[0]: row[2] for row in list(content.tables())[-1].rows}
    assert here["Table 20"] == "not in this report: models asked as personas"
    assert "Four measures: no persona" in here["Figure 7A"]


def estimate(value, lower=None, upper=None, **fields):
    return Estimate("alignment", "model_culture_rate", value=value, lower=lower, upper=upper,
                    **{"model": "a", "n_items": 3, "n_answers": 5} | fields)  # fmt: skip


def test_a_culture_rate_turned_into_an_allow_rate_turns_its_interval():
    one = allowing(estimate(0.7, 0.6, 0.9))
    assert (one.value, one.lower, one.upper) == pytest.approx((0.3, 0.1, 0.4))
    gap = turned(estimate(0.2, -0.1, 0.5))
    assert (gap.value, gap.lower, gap.upper) == pytest.approx((-0.2, -0.5, 0.1))
    assert allowing(None) is None
    assert allowing(estimate(None, note="why")).note == "why"


def test_a_mean_over_models_leaves_out_and_counts_what_is_undefined():
    mean = mean_of(
        [estimate(0.2, 0.1, 0.3), None, estimate(0.4, 0.2, 0.6), estimate(None, note="none")]
    )
    assert (mean.value, mean.lower, mean.upper) == pytest.approx((0.3, 0.15, 0.45))
    assert mean.note == "mean of 2; 1 undefined, left out"
    assert mean_of([estimate(0.2, 0.1, 0.3), estimate(0.4)]).lower is None
    assert mean_of([estimate(None, note="none"), None]) is None


def test_names_are_added_to_what_they_name_alone():
    columns = (Column("a", "A"), Column("b", "B"))
    balance = Table("balance", "Balance", columns, (("x", estimate(0.5, 0.4, 0.6)),), "Kept.")
    other = Table("other", "Other", columns, ())
    content = Content("t", "h", "", (Section("s", "S", "lead", tables=(balance, other)),))
    named = paper.with_paper_names(content, "behavior")
    first, second, index = named.tables()
    assert first.note == "Kept. As Table 5 of the PACT paper, with intervals."
    assert second.note == ""
    assert {row[0]: row[2] for row in index.rows}["Table 5"] == "“Balance” in “S”"
    assert list(paper.with_paper_names(content, "nothing").tables()) == [balance, other]


def test_latex_takes_every_character_of_names_and_sentences():
    assert tex("a_b & 5% < 6 → $x$ #1 ~^\\{}") == (
        r"a\_b \& 5\% $<$ 6 $\rightarrow$ \$x\$ \#1 \textasciitilde{}\textasciicircum{}"
        r"\textbackslash{}\{\}"
    )
    rows = (("short", "a sentence that goes on for longer than a column of a paper is wide"),)
    text = latex(Table("t", "T", (Column("a", "A"), Column("b", "B")), rows))
    assert r"\begin{tabular}{lp{0.3\linewidth}}" in text
