"""Studies and runs as they should not be: a report that says what it could not compute, and why."""

import csv
import json
import random
import re

import pytest

from analysis.metrics.catalogue import COUNT, METRICS, P
from analysis.reports.build import write_bundle
from analysis.reports.inputs import gather
from analysis.reports.options import Options
from annotation.models import ScenarioVersion
from modeling import shards
from modeling.models import Chunk, Run
from survey.models import Answer, Assignment, Participant
from tests.analysis import cast

pytestmark = pytest.mark.django_db
LONG = "Ein sehr langer Text mit Ümläuten, 漢字, עברית und 🍵. " * 40
STRANGE = 'Modèle «漢字» <b>"q"</b> & co | עברית \u202e🍵 ' + "x" * 120


def changed_rows(run, change):
    """Put other rows into a run's shard."""
    chunk = Chunk.objects.get(run=run)
    rows = [new for row in shards.read(chunk.shard).to_pylist() for new in change(row)]
    shard = shards.write(shards.fresh_key(run.public_id, 0, 9), shards.table_of(rows))
    Chunk.objects.filter(pk=chunk.pk).update(shard=shard.key, rows=len(rows))


def kept(wanted):
    return lambda row: [row] if wanted(row) else []


def one_model(study):
    cast.add_run(study, "only", personas=False)


def one_country(study):
    Participant.objects.exclude(country="BR").delete()
    cast.add_run(study, "model", personas=False)


def all_equal(study):
    Answer.objects.update(personal="culture", norm="culture")
    run = cast.add_run(study, "model", invalid=0)
    changed_rows(run, lambda row: [row | {"choice": "culture", "q": 1.0}])


def items_nobody_answered(study):
    Assignment.objects.filter(item__version__scenario__key="s0").delete()
    run = cast.add_run(study, "model", personas=False)
    part = {"file": "a.csv", "content_hash": "x", "left_out": {"s9 (older male)": 2, "s8 (x)": 1}}
    Run.objects.filter(pk=run.pk).update(
        imported=True, manifest=run.manifest | {"import": {"parts": [part]}}
    )


def a_persona_without_people(study):
    run = cast.add_run(study, "model")
    changed_rows(
        run,
        lambda row: [row | {"persona_country": "FR"} if row["persona_country"] == "IN" else row],
    )


def strange_names_and_odd_models(study):
    """Each model is odd in a way of its own: asked again and again, half invalid, strangely named."""
    study.name = STRANGE[:120]
    study.save()
    ScenarioVersion.objects.update(situation=LONG, theme="Fête 漢字")
    often = cast.add_run(study, "often", personas=False)
    changed_rows(often, lambda row: [row | {"sample_index": n} for n in range(3)])
    cast.add_run(study, "half", invalid=0.5, personas=False)
    cast.add_run(study, STRANGE[:100], personas=False)


def people_of_unknown_age(study):
    Participant.objects.update(age_bucket="", gender="")
    cast.add_run(study, "model")


def one_question_unanswered(study):
    Answer.objects.update(personal="")
    cast.add_run(study, "model", personas=False)


def no_answers_at_all(study):
    Answer.objects.update(personal="", norm="")
    cast.add_run(study, "model", personas=False)


def one_country_left_out_a_question(study):
    Answer.objects.filter(assignment__country="BR").update(personal="")
    cast.add_run(study, "model", personas=False)


def one_scenario(study):
    Assignment.objects.exclude(item__version__scenario__key="s0").delete()
    run = cast.add_run(study, "model")
    changed_rows(run, kept(lambda row: row["scenario"] == "s0"))


def one_person_an_item(study):
    seen = set()
    for one in Assignment.objects.order_by("participant__pseudonym", "position"):
        if one.item_id in seen:
            one.delete()
        seen.add(one.item_id)
    cast.add_run(study, "model", personas=False)


def models_answer_other_items(study):
    run = cast.add_run(study, "model", personas=False)
    Assignment.objects.filter(item__version__scenario__key="s0").delete()
    changed_rows(run, kept(lambda row: row["scenario"] == "s0"))


def relations_unknown(study):
    Assignment.objects.update(relation="unassigned")
    cast.add_run(study, "model", personas=False)


CASES = (
    one_model,
    one_country,
    all_equal,
    items_nobody_answered,
    a_persona_without_people,
    strange_names_and_odd_models,
    people_of_unknown_age,
    one_question_unanswered,
    no_answers_at_all,
    one_country_left_out_a_question,
    one_scenario,
    one_person_an_item,
    models_answer_other_items,
    relations_unknown,
)
PEOPLE = (
    one_country,
    all_equal,
    people_of_unknown_age,
    one_question_unanswered,
    one_country_left_out_a_question,
    one_scenario,
)
WITHOUT_INTERVAL = {
    "uncertainty_ceiling",
    # what tests are made of, and what intervals are made of
    *("drop_one_deviance", "alone_deviance", "deviance_per_df", "deviance_share", "wald_f"),
    *("adjusted_range", "pooled_sd", "detectable_difference"),
    *(name for name, metric in METRICS.items() if metric.unit in (COUNT, P)),
}


def build(folder, kind="alignment"):
    return write_bundle(gather(Options(kind, "etiquette", replicates=50)), folder / kind)


def rows_of(built):
    with (built.folder / "estimates.csv").open(encoding="utf-8") as stream:
        return list(csv.DictReader(stream))


def texts(document):
    """Every text and number that the page shows."""
    if isinstance(document, dict):
        document = list(document.values())
    if isinstance(document, list):
        return [text for part in document for text in texts(part)]
    return [] if document is None else [str(document)]


@pytest.fixture(scope="module")
def reports():
    """Case and kind -> what was built of them."""
    return {}


@pytest.fixture
def report_on(db, reports, tmp_path_factory):
    """The report of a kind on a case, built by the first test that asks for it."""

    def built(case, kind="alignment"):
        if (case, kind) not in reports:
            case(cast.make_study(per_country=2, scenarios=3))
            reports[case, kind] = build(tmp_path_factory.mktemp(case.__name__), kind)
        return reports[case, kind]

    return built


@pytest.mark.parametrize(
    ("case", "kind"),
    [*((case, "alignment") for case in CASES), *((case, "human") for case in PEOPLE)],
    ids=lambda told: told if isinstance(told, str) else told.__name__,
)
def test_a_report_says_what_it_could_not_compute(report_on, case, kind):
    built = report_on(case, kind)
    for row in rows_of(built):
        assert row["value"] or row["note"], row
        assert bool(row["lower"]) == bool(row["upper"]), row
        assert row["lower"] or row["note"] or row["metric"] in WITHOUT_INTERVAL, row
    document = json.loads((built.folder / "report.json").read_text(encoding="utf-8"))
    assert document["headline"], "the first line says nothing"
    assert all(section["lead"] for section in document["sections"])
    shown = " ".join([*texts(document["sections"]), document["headline"], document["certainty"]])
    assert not re.search(r"\b(nan|NaN|inf|None|null)\b", shown), shown


def test_rows_about_items_that_nobody_answered_are_named(report_on):
    built = report_on(items_nobody_answered)
    with (built.folder / "tables" / "other-items.csv").open() as stream:
        (row,) = csv.DictReader(stream)
    assert row == {
        "model": "model",
        "rows": "3",
        "items": "2",
        "names": "s8 (x), s9 (older male)",
    }


def test_half_of_the_answers_invalid_is_said(report_on):
    built = report_on(strange_names_and_odd_models)
    rates = [
        float(row["value"])
        for row in rows_of(built)
        if row["metric"] == "invalid_rate" and row["model"] == "half" and not row["group"]
    ]
    assert rates
    assert all(0.1 < rate < 0.9 for rate in rates)
    dropped = next(one for one in built.content.sections if one.key == "dropped")
    assert "invalid-answers" in {table.name for table in dropped.tables}


def test_repeated_samples_are_counted_not_dropped(report_on):
    built = report_on(strange_names_and_odd_models)
    counts = {
        int(row["n_answers"])
        for row in rows_of(built)
        if row["metric"] == "model_culture_rate" and row["model"] == "often"
        if row["frame"] == "personal" and not row["group"] and row["value"]
    }
    assert max(counts) > 12  # six items, three samples each, a few invalid


def test_strange_names_stand_in_every_file(report_on):
    built = report_on(strange_names_and_odd_models)
    assert STRANGE[:100] in {row["model"] for row in rows_of(built)}
    page = (built.folder / "report.html").read_text(encoding="utf-8")
    assert "<b>" not in page
    assert "漢字" in page


def test_a_study_of_one_participant_with_one_answer(tmp_path):
    study = cast.make_study(per_country=0, scenarios=1)
    cast.add_participant(study, "alone", "BR", random.Random(1))
    cast.add_run(study, "model")
    built = build(tmp_path)
    assert all(not row["lower"] or row["metric"] for row in rows_of(built))
