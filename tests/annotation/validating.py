"""Validations for tests: scenarios, a small protocol, seats with people; a test states what differs."""

from dataclasses import replace

from annotation.models import Dataset, Scenario, ScenarioVersion, Task
from annotation.services.validation import annotating, claiming, drafts, freezing
from annotation.services.validation.presets import PAPER
from pact_site.base.models import Role, User

COUNTRIES = ("BR", "IN", "NA", "GB")
CODES = tuple(criterion.code for criterion in PAPER.criteria)


def make_scenarios(count=12, slug="norms"):
    """A dataset of `count` scenarios over four countries."""
    dataset, _ = Dataset.objects.get_or_create(
        slug=slug, defaults={"name": slug.title(), "source_format": "csv", "licence": "CC0"}
    )
    scenarios = Scenario.objects.bulk_create(
        Scenario(dataset=dataset, key=f"{slug}-{number:05d}") for number in range(count)
    )
    ScenarioVersion.objects.bulk_create(
        ScenarioVersion(
            scenario=scenario,
            country=COUNTRIES[number % len(COUNTRIES)],
            theme="food" if number % 3 else "greetings",
            setting="family home",
            situation=f"Guest {number} stands at the door with wet shoes.",
            cultural_expectation="Shoes are taken off at the door.",
            personal_preference="The guest has cold feet and wants to keep the shoes on.",
            culture_action="Take the shoes off.",
            preference_action="Ask to keep the shoes on.",
            content_hash=f"{number:064d}",
        )
        for number, scenario in enumerate(scenarios)
    )
    return dataset


def make_protocol(**changes):
    """The paper's questions over 6 items for 3 annotators, each pair of whom shares one."""
    plan = {"annotators": 3, "shared": 3, **changes.pop("plan", {})}
    small = replace(PAPER, sample_size=6, stratify_by=(), plan=replace(PAPER.plan, **plan))
    return replace(small, **changes)


def make_validation(slug="pilot", *, dataset=None, frozen=True, people=True, **changes):
    """A validation with somebody in every seat; open unless `frozen` is False."""
    validation = drafts.create_draft(
        name=slug.title(),
        slug=slug,
        dataset=dataset or make_scenarios(slug=f"{slug}-norms"),
        protocol=make_protocol(**changes),
    )
    if people:
        for seat in validation.annotators.all():
            name = f"{slug}-{seat.pseudonym.lower()}"
            seat.user = User.objects.create_user(
                name, role=Role.ANNOTATOR, password="a-pass-phrase"
            )
            seat.save()
    return freezing.freeze(validation=validation) if frozen else validation


def make_given(value="yes", **changes):
    """The same answer to every criterion, with reasons where it is a no."""
    values = dict.fromkeys(CODES, value)
    reasons = dict.fromkeys(CODES, "It is not.") if value == "no" else {}
    return annotating.Given(**({"values": values, "reasons": reasons} | changes))


def seats(validation):
    """The annotators in the order of their pseudonyms, with their validation."""
    return list(validation.annotators.select_related("validation", "user"))


def rate(seat, value="yes", **changes):
    """Answer the annotator's next item; returns its task."""
    task = claiming.next_task(seat=seat)
    return annotating.submit(seat=seat, task_id=task.pk, given=make_given(value, **changes))


def rate_all(seat, value="yes"):
    """Answer everything that is left for the annotator; returns how many items it was."""
    count = 0
    while claiming.next_task(seat=seat):
        rate(seat, value)
        count += 1
    return count


def states(seat):
    """The states of the annotator's tasks in their order."""
    return list(Task.objects.filter(annotator=seat).values_list("state", flat=True))
