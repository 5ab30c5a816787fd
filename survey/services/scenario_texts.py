"""Scenarios' texts in other languages, for the participants of one study."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext

from annotation.models import ScenarioVersion
from annotation.vocab.terms import RECEIVER_PLACEHOLDER, receiver_phrase, with_receiver
from pact_site.base.errors import BadInput
from pact_site.base.models import User
from pact_site.base.readers import Layout, Row, read_table
from pact_site.base.services import audit
from survey.models import Answer, Cohort, ScenarioText, Study
from survey.services.assignment import lock

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


def versions_of(study: Study) -> QuerySet[ScenarioVersion]:
    """The scenarios of the study's release, each once."""
    return ScenarioVersion.objects.filter(items__release=study.release_id).distinct()


def untold(study: Study, language: str) -> QuerySet[ScenarioVersion]:
    """Those of them that have no texts in this language."""
    told = ScenarioText.objects.filter(study=study, language=language).values("version")
    return versions_of(study).exclude(pk__in=told)


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
    languages = sorted({language for language, _scenario in found})
    with transaction.atomic():
        _refuse_read(study, languages)
        for text in found.values():
            _replace(text)
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
    texts = {name: row.cells[name] for name in TEXTS}
    for name, message, expected in problems(version, texts):
        raise row.bad(name, message, expected)
    return ScenarioText(study=study, version=version, language=row.cells["language"], **texts)


def problems(version: ScenarioVersion, texts: Mapping[str, str]) -> Iterator[tuple[str, str, str]]:
    """What is wrong with a scenario's texts in another language: (which, what, what is expected)."""
    for name in TEXTS:
        original, told = str(getattr(version, name)), texts[name]
        if original and not told:
            yield name, "The text is empty.", "the text in the other language"
        elif (RECEIVER_PLACEHOLDER in original) != (RECEIVER_PLACEHOLDER in told):
            expected = f"{RECEIVER_PLACEHOLDER} where the original has it"
            yield name, "The text does not name the receiver as the original.", expected
    if len(texts["setting"]) > LONGEST_SETTING:
        yield "setting", "The text is too long.", f"up to {LONGEST_SETTING} characters"


@transaction.atomic
def store_text(
    *,
    study: Study,
    version: ScenarioVersion,
    language: str,
    texts: Mapping[str, str],
    actor: User | None = None,
) -> None:
    """Store one scenario's texts; BadInput for the first thing that is wrong with them."""
    for name, message, expected in problems(version, texts):
        raise BadInput(message, column=name, expected=expected)
    _refuse_read(study, [language])
    _replace(ScenarioText(study=study, version=version, language=language, **texts))
    audit.record(
        verb="survey.text_stored", subject=study.slug, actor=actor, language=language,
        scenario=version.scenario.key,
    )  # fmt: skip


def scenarios_in(study: Study, language: str) -> list[tuple[ScenarioVersion, ScenarioText | None]]:
    """Every scenario of the study with its texts in this language, None where there are none."""
    found = {
        text.version_id: text
        for text in ScenarioText.objects.filter(study=study, language=language)
    }
    versions = versions_of(study).select_related("scenario").order_by("scenario__key")
    return [(version, found.get(version.pk)) for version in versions]


def _refuse_read(study: Study, languages: Iterable[str]) -> None:
    """Refuse to change what people have read: these texts have no versions, answers would lose
    what they answer. Call it in the transaction that changes them."""
    lock(study.pk)
    read = Answer.objects.filter(
        assignment__study=study, assignment__cohort=Cohort.REAL, language__in=languages
    )
    language = read.values_list("language", flat=True).first()
    if language:
        raise BadInput(
            "People have answered in this language: its texts stay as they read them.",
            found=language,
            expected="a language without answers, or another study",
        )


def _replace(text: ScenarioText) -> None:
    ScenarioText.objects.update_or_create(
        study=text.study,
        version=text.version,
        language=text.language,
        defaults={name: getattr(text, name) for name in TEXTS},
    )
