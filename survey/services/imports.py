"""Published human answers (PACT's tidy CSV) into a study of their own.

Everything is read and checked first; then one short transaction writes. The same files into the
same study again change nothing; other files into an existing study are refused, because answers of
two sources in one study could never be told apart again.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from django.core.exceptions import ValidationError
from django.db import transaction

from annotation.models import Dataset, Item, Release
from annotation.services import releases
from annotation.services.importers import Wording
from annotation.services.releases import NewItem
from annotation.services.schemes import DISTANCE, find_distance, full_name
from annotation.vocab.distance import UnknownScheme, relation
from annotation.vocab.terms import Cohort
from pact_site.base.errors import BadInput
from pact_site.base.models import User
from pact_site.base.services import audit
from survey.models import Answer, Assignment, Participant, Study
from survey.services.human_csv import Actions, HumanRow, ItemKey, read_actions, read_human

MAX_KEY = 200
BATCH = 1000


@dataclass(frozen=True)
class Imported:
    """What an import found; `created` is False where the study held these files already."""

    study: Study
    created: bool
    rows: int
    participants: int
    items: int
    scenarios: int
    missing_personal: int
    missing_norm: int
    without_actions: int
    unused_actions: int
    other_relation: int
    simulated: int

    def lines(self) -> list[str]:
        """The findings for a terminal."""
        if not self.created:
            return [f"study {self.study.slug}: these files were imported before; nothing changed"]
        return [
            f"study {self.study.slug}: {self.rows} rows, {self.participants} participants, "
            f"{self.items} items, {self.scenarios} scenarios, relations by {self.study.scheme}",
            f"missing answers: {self.missing_personal} personal, {self.missing_norm} norm",
            *self._remarks(),
        ]

    def _remarks(self) -> list[str]:
        remarks = [
            (self.without_actions, "items have no action texts: models cannot be asked about them"),
            (self.unused_actions, "rows of the items file name an item nobody answered"),
            (self.simulated, "participants are SIMULATED and stay in the cohort rehearsal"),
            (self.other_relation, "rows state another relation than the scheme; the scheme counts"),
        ]
        return [f"{count} {text}" for count, text in remarks if count]


def import_human(
    path: str | Path,
    study_slug: str,
    scheme: str = "pact-2026",
    items_path: str | Path | None = None,
    *,
    actor: User | None = None,
) -> Imported:
    """Read a human tidy CSV into a new study; BadInput names file, row and column of a problem."""
    scheme = _checked_names(study_slug, scheme)
    rows = read_human(Path(path))
    actions = read_actions(Path(items_path)) if items_path else {}
    fingerprint = _fingerprint(Path(path), items_path, scheme)
    existing = Study.objects.filter(slug=study_slug).first()
    if existing and existing.release.counts.get("source") == fingerprint:
        return _findings(existing, rows, actions, created=False)
    if existing:
        raise BadInput(
            f"Study {study_slug} exists already and was made from something else.",
            file=Path(path).name,
            expected="the same files and scheme as before, or another --study",
        )
    with transaction.atomic():
        study = _write(study_slug, scheme, rows, actions, fingerprint)
        audit.record(
            verb="human.imported", subject=f"study:{study_slug}", actor=actor, rows=len(rows)
        )
    return _findings(study, rows, actions, created=True)


def _checked_names(slug: str, scheme: str) -> str:
    """The scheme's full name, with its edition; BadInput for a name that cannot be used."""
    try:
        Study._meta.get_field("slug").clean(slug, None)
        return full_name(DISTANCE, scheme)
    except ValidationError as error:
        expected = "at most 50 letters, digits, dashes and underscores"
        raise BadInput("The study's name cannot be used.", found=slug, expected=expected) from error
    except UnknownScheme as error:
        raise BadInput(str(error)) from error


def _fingerprint(path: Path, items_path: str | Path | None, scheme: str) -> str:
    digest = hashlib.sha256(scheme.encode())
    for file in (path, items_path):
        digest.update(b"\0" + (Path(file).read_bytes() if file else b""))
    return digest.hexdigest()


def _findings(
    study: Study, rows: list[HumanRow], actions: Mapping[str, Actions], *, created: bool
) -> Imported:
    item_ids = {row.item.scenario_item_id for row in rows}
    items = {row.item for row in rows}
    stated = [row for row in rows if row.relation]
    scheme = find_distance(study.scheme)
    return Imported(
        study=study,
        created=created,
        rows=len(rows),
        participants=len({row.respondent for row in rows}),
        items=len(items),
        scenarios=len(set(scenario_keys(rows).values())),
        missing_personal=sum(not row.personal for row in rows),
        missing_norm=sum(not row.norm for row in rows),
        without_actions=sum(item.scenario_item_id not in actions for item in items),
        unused_actions=len(set(actions) - item_ids),
        other_relation=sum(
            row.relation != relation(scheme, row.country, row.scenario_country) for row in stated
        ),
        simulated=len({row.respondent for row in rows if row.cohort == Cohort.REHEARSAL}),
    )


def _write(
    slug: str,
    scheme: str,
    rows: list[HumanRow],
    actions: Mapping[str, Actions],
    fingerprint: str,
) -> Study:
    release = _release(slug, rows, actions, fingerprint)
    study = Study.objects.create(
        slug=slug,
        name=slug.replace("-", " ").replace("_", " ").capitalize(),
        state=Study.State.CLOSED,
        origin=Study.Origin.IMPORTED,
        release=release,
        scheme=scheme,
    )
    people = _people(study, rows)
    assignments = _assignments(study, people, _items(release), rows)
    _answers(assignments, rows)
    return study


def _release(
    slug: str, rows: list[HumanRow], actions: Mapping[str, Actions], fingerprint: str
) -> Release:
    """The study's own dataset and release; a scenario has a version per wording that it comes in."""
    if Dataset.objects.filter(slug=slug).exists():
        raise BadInput(f"There is a dataset {slug} already.", expected="another --study")
    dataset = Dataset.objects.create(
        slug=slug, name=slug, source_format="pact-human", licence="as published by its source"
    )
    keys = scenario_keys(rows)
    worded = {row.item: (keys[row.item], _wording(row, actions)) for row in rows}
    wordings = list(dict.fromkeys(worded.values()))
    versions = releases.make_versions(dataset=dataset, wordings=wordings)
    by_wording = dict(zip(wordings, versions, strict=True))
    release = releases.create_release(
        dataset=dataset, versions=versions, counts={"source": fingerprint}
    )
    releases.make_items(
        release=release,
        items=[NewItem(by_wording[wording], *item) for item, wording in worded.items()],
    )
    return release


def scenario_keys(rows: list[HumanRow]) -> dict[ItemKey, str]:
    """The scenario that each item shows: its text, in each country that the text stands for.

    Where receivers share an id but each has a text of its own, the id is the scenario.
    """
    texts = {row.item: (row.scenario, row.scenario_country) for row in rows}
    countries = Counter(text for text, _ in set(texts.values()))
    wordings = Counter(ident for ident, _ in {(item[0], texts[item]) for item in texts})
    keys = {}
    for item, (text, country) in texts.items():
        own = _key(f"{text} ({country})" if countries[text] > 1 else text)
        keys[item] = item.scenario_item_id if wordings[item.scenario_item_id] > 1 else own
    return keys


def _key(scenario: str) -> str:
    """The scenario's own text as its key, cut and made unique where it is too long for one."""
    if len(scenario) <= MAX_KEY:
        return scenario
    return f"{scenario[: MAX_KEY - 14]}… {hashlib.sha256(scenario.encode()).hexdigest()[:12]}"


def _wording(row: HumanRow, actions: Mapping[str, Actions]) -> Wording:
    texts = actions.get(row.item.scenario_item_id, Actions())
    return Wording(
        country=row.scenario_country,
        situation=texts.situation or row.scenario,
        culture_action=texts.culture,
        preference_action=texts.preference,
        theme=texts.theme or row.theme,
    )


def _items(release: Release) -> dict[ItemKey, Item]:
    return {
        ItemKey(item.scenario_item_id, item.receiver_age, item.receiver_gender): item
        for item in release.items.select_related("version")
    }


def _people(study: Study, rows: list[HumanRow]) -> dict[str, Participant]:
    first = {row.respondent: row for row in reversed(rows)}
    made = Participant.objects.bulk_create(
        [
            Participant(
                study=study,
                pseudonym=name,
                cohort=row.cohort,
                state=Participant.State.COMPLETED,
                country=row.country,
                age_bucket=row.age,
                gender=row.gender,
                first_frame=row.first_frame,
            )
            for name, row in sorted(first.items())
        ],
        batch_size=BATCH,
    )
    return {person.pseudonym: person for person in made}


def _assignments(
    study: Study,
    people: Mapping[str, Participant],
    items: Mapping[ItemKey, Item],
    rows: list[HumanRow],
) -> list[Assignment]:
    """One confirmed assignment per row, in the file's order; imported rows hold no slot."""
    scheme = find_distance(study.scheme)
    positions = dict.fromkeys(people, 0)
    made = []
    for row in rows:
        positions[row.respondent] += 1
        item = items[row.item]
        made.append(
            Assignment(
                participant=people[row.respondent],
                item=item,
                scenario_id=item.version.scenario_id,
                study=study,
                cohort=row.cohort,
                country=row.country,
                relation=relation(scheme, row.country, row.scenario_country),
                position=positions[row.respondent],
                state=Assignment.State.CONFIRMED,
            )
        )
    return Assignment.objects.bulk_create(made, batch_size=BATCH)


def _answers(assignments: list[Assignment], rows: list[HumanRow]) -> None:
    Answer.objects.bulk_create(
        [
            Answer(
                assignment=assignment,
                personal=row.personal,
                norm=row.norm,
                importance_norm=row.importance_norm,
                importance_preference=row.importance_preference,
                perceived_share=row.perceived_share,
            )
            for assignment, row in zip(assignments, rows, strict=True)
        ],
        batch_size=BATCH,
    )
