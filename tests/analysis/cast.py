"""A small study with people and models, stored through the tables; tests say only what differs."""

import random

from annotation.models import Dataset, Item, Release, Scenario, ScenarioVersion
from annotation.vocab.terms import demo
from modeling import shards
from modeling.models import Chunk, Run
from survey.models import Answer, Assignment, Participant, Study

COUNTRIES = ("BR", "IN", "NA")
RECEIVERS = (("younger", "female"), ("older", "male"))


def make_study(slug="etiquette", *, scenarios=6, per_country=6, seed=1, cohort="real", **fields):
    """A completed study: each participant answers one receiver of every scenario."""
    release = make_release(slug, scenarios)
    study = Study.objects.create(slug=slug, name="Etiquette", release=release, **fields)
    rng = random.Random(seed)
    for country in COUNTRIES:
        for number in range(per_country):
            add_participant(study, f"{country}-{number}", country, rng, cohort=cohort)
    return study


def make_release(slug, scenarios):
    dataset = Dataset.objects.create(slug=slug, name="Etiquette", licence="CC BY 4.0")
    release = Release.objects.create(dataset=dataset, number=1, content_hash="0" * 64)
    for number in range(scenarios):
        country = ("JP", "US", "NA")[number % 3]
        scenario = Scenario.objects.create(dataset=dataset, key=f"s{number}")
        version = ScenarioVersion.objects.create(
            scenario=scenario,
            country=country,
            theme=("food", "")[number % 2],
            situation="A guest meets {receiver}.",
            culture_action="bow",
            preference_action="wave",
            content_hash=str(number) * 64,
        )
        release.versions.add(version)
        for age, gender in RECEIVERS:
            Item.objects.create(
                release=release,
                version=version,
                scenario_item_id=f"s{number}-{age}",
                receiver_age=age,
                receiver_gender=gender,
            )
    return release


def add_participant(study, name, country, rng, *, cohort="real", state="completed", surplus=False):
    age, gender = rng.choice(("younger", "older")), rng.choice(("female", "male"))
    person = Participant.objects.create(
        study=study,
        pseudonym=name,
        cohort=cohort,
        state=state,
        country=country,
        age_bucket=age,
        gender=gender,
        first_frame=rng.choice(("personal", "norm")),
    )
    items = list(Item.objects.filter(release=study.release).select_related("version__scenario"))
    for position in range(0, len(items), len(RECEIVERS)):
        item = items[position + rng.randrange(len(RECEIVERS))]
        assignment = Assignment.objects.create(
            participant=person,
            item=item,
            scenario=item.version.scenario,
            study=study,
            cohort=cohort,
            country=country,
            relation=("same", "close", "far")[position % 3],
            position=position,
            state="confirmed",
            surplus=surplus,
            option_order="culture_first",
        )
        Answer.objects.create(
            assignment=assignment,
            personal=rng.choices(("culture", "preference"), (6, 4))[0],
            norm=rng.choices(("culture", "preference"), (7, 3))[0],
            importance_norm=rng.randint(1, 7),
            importance_preference=rng.randint(1, 7),
        )
    return person


def add_run(
    study, label, *, seed=2, personas=True, orders=("culture_first",), invalid=0.05, says=None,
    **fields,
):  # fmt: skip
    """A finished run with one shard: label probabilities, a few invalid answers, `says` as reasons."""
    run = Run.objects.create(
        label=label,
        study_slug=study.slug,
        release=study.release,
        state="done",
        endpoint={"kind": "openai", "model": label},
        design={},
        plan_hash="0" * 64,
        **fields,
    )
    rng = random.Random(f"{label}{seed}")
    personas_asked = [("", "")]
    if personas:
        personas_asked += [(c, demo(a, g)) for c in COUNTRIES for a, g in RECEIVERS]
    rows = [
        cell(run, item, *persona, frame, order, rng, invalid) | {"rationale": says}
        for item in Item.objects.filter(release=study.release).select_related("version__scenario")
        for persona in personas_asked
        for frame in ("personal", "norm")
        for order in orders
    ]
    shard = shards.write(shards.fresh_key(run.public_id, 0, 1), shards.table_of(rows))
    Chunk.objects.create(
        run=run, number=0, start=0, stop=len(rows), shard=shard.key, rows=len(rows), state="done"
    )
    Run.objects.filter(pk=run.pk).update(cells=len(rows))
    return run


def cell(run, item, country, demographic, frame, order, rng, invalid):
    broken = rng.random() < invalid
    q = round(rng.betavariate(3, 2), 6)
    return {
        "cell_key": f"{item.pk}|{country}|{demographic}|{frame}|{order}",
        "run": run.public_id,
        "model": run.label,
        "item_id": item.pk,
        "scenario_item_id": item.scenario_item_id,
        "scenario": item.version.scenario.key,
        "scenario_country": item.version.country,
        "receiver_age": item.receiver_age,
        "receiver_gender": item.receiver_gender,
        "setting": "persona" if country else "no_persona",
        "persona_country": country,
        "persona_demo": demographic,
        "frame": frame,
        "prompt_style": "survey_form",
        "option_order": order,
        "sample_index": 0,
        "choice": None if broken else ("culture" if q > 0.5 else "preference"),
        "q": None if broken else q,
        "invalid_mass": None,
        "invalid_reason": "refusal" if broken else "",
        "written": None,
        "text": "A",
        "finish_reason": "stop",
        "prompt_tokens": 10,
        "completion_tokens": 1,
        "latency_s": 0.1,
    }
