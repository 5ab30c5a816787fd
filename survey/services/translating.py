"""A study's texts in another language, saved from a page as the instrument's next version."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from pact_site.base.errors import BadInput
from pact_site.base.models import User
from survey.models import Instrument, ScenarioText, Study
from survey.services import studies
from survey.services.instruments import definition_of
from survey.services.localising import Path, missing_texts, texts_in, tree_of
from survey.services.scenario_texts import untold, versions_of

_TAG = re.compile(r"[a-z]{2,3}(-[a-z0-9]{2,8})?")


def is_tag(text: str) -> bool:
    """Whether this can be a language, as `pt-br`."""
    return len(text) <= 10 and _TAG.fullmatch(text) is not None


@dataclass(frozen=True)
class State:
    """How far the texts of one language are."""

    language: str
    offered: bool
    texts: int
    missing: int
    scenarios: int
    scenarios_missing: int

    @property
    def whole(self) -> bool:
        """Whether everything is there."""
        return not self.missing and not self.scenarios_missing


def state(study: Study, language: str) -> State:
    """How far one language is."""
    definition = definition_of(study.instrument)
    needed = [text for text in texts_in(definition, language) if text.needed]
    missing = missing_texts(definition, language)
    offered = language in definition.languages
    scenarios = versions_of(study).count()
    lacking = untold(study, language).count()
    return State(language, offered, len(needed), len(missing), scenarios, lacking)


def states(study: Study) -> list[State]:
    """Every language that is offered or begun, the instrument's own left out."""
    definition = definition_of(study.instrument)
    begun = ScenarioText.objects.filter(study=study).values_list("language", flat=True).distinct()
    tags = {*definition.languages, *definition.translations, *begun} - {definition.language}
    return [state(study, tag) for tag in sorted(tags)]


def save_texts(
    *, study: Study, language: str, told: Mapping[Path, str], offer: bool, actor: User | None = None
) -> Instrument | None:
    """Store a language's texts as the instrument's next version; None where nothing differs.

    `told` replaces what is there at its places, the rest stays. `offer` says whether participants
    may choose the language; BadInput while the study is open and texts are missing.
    """
    row = study.instrument
    definition = definition_of(row)
    if language == definition.language or not is_tag(language):
        raise BadInput("The texts cannot be translated into this.", found=language)
    before = {text.path: text.told for text in texts_in(definition, language)}
    tree = tree_of(definition, {**before, **told})
    languages = [tag for tag in definition.languages if offer or tag != language]
    if offer and language not in languages:
        languages.append(language)
    return studies.save_instrument(
        study=study,
        definition={
            **row.definition,
            "languages": languages,
            "translations": {**row.definition.get("translations", {}), language: tree},
        },
        note=f"Texts in {language}",
        based_on=row.number,
        actor=actor,
    )
