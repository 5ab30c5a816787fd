"""Scenarios' texts in other languages, for the participants of one study."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext

from annotation.models import ScenarioVersion
from annotation.vocab.terms import RECEIVER_PLACEHOLDER, receiver_phrase, with_receiver
from pact_site.base.models import User
from pact_site.base.readers import Layout, Row, read_table
from pact_site.base.services import audit
from survey.models import Participant, ScenarioText, Study

TEXTS = ("setting", "situation", "culture_action", "preference_action")
COLUMNS = ("language", "scenario", *TEXTS)
LONGEST_SETTING = 200


@dataclass(frozen=True)
class Told:
    """A scenario's texts as one participant reads them."""

    setting: str
    situation: str
    culture_action: str
    preference_action: str
    foreign: bool = False

    def situation_with(self, age: str, gender: str) -> str:
        """The situation with the receiver's phrase in the participant's language."""
        if not self.foreign:
            return with_receiver(self.situation, age, gender)
        return self.situation.replace(RECEIVER_PLACEHOLDER, gettext(receiver_phrase(age, gender)))


def told(participant: Participant, version: ScenarioVersion) -> Told:
    """The texts in the participant's language; the scenario's own where there are none."""
    texts = ScenarioText.objects.filter(
        study=participant.study_id, version=version, language=participant.language
    ).first()
    source: ScenarioText | ScenarioVersion = texts or version
    return Told(
        setting=source.setting,
        situation=source.situation,
        culture_action=source.culture_action,
        preference_action=source.preference_action,
        foreign=texts is not None,
    )


def versions_of(study: Study) -> QuerySet[ScenarioVersion]:
    """The scenarios of the study's release, each once."""
    return ScenarioVersion.objects.filter(items__release=study.release_id).distinct()


def import_texts(*, path: Path, study: Study, actor: User | None = None) -> int:
    """Store a file's texts, replacing those that were there; all of them or none."""
    known = {
        version.scenario.key: version for version in versions_of(study).select_related("scenario")
    }
    found: dict[tuple[str, str], ScenarioText] = {}
    for row in read_table(path, Layout(required=COLUMNS)):
        key = (row.cells["language"], row.cells["scenario"])
        if key in found:
            raise row.bad("scenario", "The scenario stands here twice in one language.")
        found[key] = _text(row, study, known)
    with transaction.atomic():
        for text in found.values():
            _replace(text)
        languages = sorted({language for language, _scenario in found})
        audit.record(
            verb="survey.texts_imported", subject=study.slug, actor=actor, texts=len(found),
            languages=languages,
        )  # fmt: skip
    return len(found)


def template(study: Study, languages: Iterable[str]) -> Iterator[dict[str, str]]:
    """Rows to fill in: the original texts under each language."""
    versions = list(versions_of(study).select_related("scenario").order_by("scenario__key"))
    for language in languages:
        for version in versions:
            texts = {name: str(getattr(version, name)) for name in TEXTS}
            yield {"language": language, "scenario": version.scenario.key, **texts}


def _text(row: Row, study: Study, known: dict[str, ScenarioVersion]) -> ScenarioText:
    version = known.get(row.cells["scenario"])
    if version is None:
        raise row.bad("scenario", "The study has no such scenario.", "a scenario of its release")
    if not 0 < len(row.cells["language"]) <= 10:
        raise row.bad("language", "That is no language.", "a short tag, as pt-br")
    for name in TEXTS:
        if getattr(version, name) and not row.cells[name]:
            raise row.bad(name, "The text is empty.", "the text in the other language")
    if len(row.cells["setting"]) > LONGEST_SETTING:
        raise row.bad("setting", "The text is too long.", f"up to {LONGEST_SETTING} characters")
    for name in TEXTS:
        if (RECEIVER_PLACEHOLDER in getattr(version, name)) != (
            RECEIVER_PLACEHOLDER in row.cells[name]
        ):
            expected = f"{RECEIVER_PLACEHOLDER} where the original has it"
            raise row.bad(name, "The text does not name the receiver as the original.", expected)
    texts = {name: row.cells[name] for name in TEXTS}
    return ScenarioText(study=study, version=version, language=row.cells["language"], **texts)


def _replace(text: ScenarioText) -> None:
    ScenarioText.objects.update_or_create(
        study=text.study,
        version=text.version,
        language=text.language,
        defaults={name: getattr(text, name) for name in TEXTS},
    )
