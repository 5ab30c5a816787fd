"""The benchmark's base instances and prompts of a release, written as they are made.

Nothing is kept: rows stream from the release's versions, scenario by scenario, into the file.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pyarrow as pa

from analysis.exports.streams import Row, check_stream, write_stream
from annotation.models import Release, ScenarioVersion
from annotation.services.release_files import find_release
from annotation.services.screening_ledger import source_of
from annotation.vocab.countries import by_iso2
from annotation.vocab.distance import DEFAULT_SCHEME
from annotation.vocab.dyads import Expansion, Instance, Source
from annotation.vocab.terms import (
    BalancePrompt,
    DemographicCondition,
    RoleConfiguration,
    with_phrase,
)
from modeling.prompts.benchmark import PROMPT_VERSION, ScenarioPrompts, Wording
from modeling.services.benchmark_scenarios import scheme_and_pool, source_row_of, streamed
from pact_site.base.errors import BadInput

INSTANCE_COLUMNS: Final = (
    "pact_item_id", "dataset", "source_row", "source_gold_label", "base_country", "scenario_type",
    "scenario", "culture_following", "preference_allowing", "actor_country", "receiver_country",
    "actor_age", "actor_gender", "receiver_age", "receiver_gender", "actor_rule",
)  # fmt: skip
PROMPT_COLUMNS: Final = (
    "id", "pact_item_id", "eval_pref_config", "eval_demo_config", "eval_prompt", "option_order",
    "prompt_version", "system", "user",
)  # fmt: skip
KINDS: Final = ("instances", "prompts")


@dataclass(frozen=True)
class Asked:
    """Which expansion of which release; None for the newest release."""

    dataset: str
    number: int | None = None
    scheme: str = DEFAULT_SCHEME
    seed: int = 1
    conditions: tuple[DemographicCondition, ...] = (DemographicCondition.FULL_DEMO,)


def write_instances(kind: str, asked: Asked, out: Path) -> int:
    """Write base instances or prompts to a CSV, Parquet or JSON lines file; returns the rows.

    Written aside, then renamed. BadInput for an unknown release or scheme, an ending that names no
    streamed format, and scenarios without both actions.
    """
    check_stream(out)
    release = _release(asked)
    _check_askable(release)
    columns, rows = (
        (INSTANCE_COLUMNS, instance_rows(release, asked))
        if kind == "instances"
        else (PROMPT_COLUMNS, prompt_rows(release, asked))
    )
    return write_stream(rows, pa.schema([(name, pa.string()) for name in columns]), out)


def expansion_of(release: Release, asked: Asked, **dimensions: Any) -> Expansion:
    """The release's expansion; holds keys and countries alone."""
    scheme, pool = scheme_and_pool(asked.scheme)
    found = _versions(release).values_list("scenario__key", "number", "country")
    slug = release.dataset.slug
    sources = [Source(f"{slug}.{key}.v{number}", country) for key, number, country in found]
    return Expansion(sources, scheme, pool, asked.seed, **dimensions)


def instance_rows(release: Release, asked: Asked) -> Iterator[Row]:
    """Base instances in the PACT release's columns, with actor and receiver beyond them."""
    expansion = expansion_of(
        release, asked, roles=(RoleConfiguration.C1,), balances=(BalancePrompt.NO_BALANCE,)
    )
    for position, version in enumerate(_streamed(release)):
        shared = _shared(version)
        for instance in expansion.of_scenario(position, BalancePrompt.NO_BALANCE):
            yield shared | _told(instance, version.situation)


def prompt_rows(release: Release, asked: Asked) -> Iterator[Row]:
    """Every distinct prompt of the asked conditions, roles and prompt types, in words."""
    expansion = expansion_of(release, asked, conditions=asked.conditions)
    for balance in expansion.balances:
        for position, version in enumerate(_streamed(release)):
            prompts = ScenarioPrompts(_wording(version), version.country)
            for instance in expansion.of_scenario(position, balance):
                prompt = prompts.prompt(instance)
                yield {
                    "id": prompt.key,
                    "pact_item_id": instance.base_id,
                    "eval_pref_config": instance.role.value,
                    "eval_demo_config": instance.cell.condition.value,
                    "eval_prompt": balance.value,
                    "option_order": prompt.option_order.value,
                    "prompt_version": PROMPT_VERSION,
                    "system": prompt.system or None,
                    "user": prompt.user,
                }


def _release(asked: Asked) -> Release:
    if asked.number is not None:
        return find_release(asked.dataset, asked.number)
    newest = Release.objects.filter(dataset__slug=asked.dataset).order_by("-number").first()
    return find_release(asked.dataset, newest.number if newest else 1)


def _check_askable(release: Release) -> None:
    for version in _streamed(release):
        if not version.is_askable:
            raise BadInput(
                "A scenario has no actions yet.", column="culture_action",
                found=version.scenario.key, expected="a release with both actions written",
            )  # fmt: skip


def _versions(release: Release) -> Any:
    return release.versions.order_by("scenario__key")


def _streamed(release: Release) -> Iterator[ScenarioVersion]:
    return streamed(_versions(release))


def _wording(version: ScenarioVersion) -> Wording:
    return Wording(
        version.situation,
        version.cultural_expectation,
        version.culture_action,
        version.preference_action,
    )


def _shared(version: ScenarioVersion) -> Row:
    origin = version.scenario.source_row
    return {
        "dataset": source_of(version),
        "source_row": source_row_of(version) or None,
        "source_gold_label": (origin.gold_label or None) if origin else None,
        "base_country": by_iso2(version.country).name,
        "culture_following": version.culture_action,
        "preference_allowing": version.preference_action,
    }


def _told(instance: Instance, situation: str) -> Row:
    actor, receiver = instance.cell.actor, instance.cell.receiver
    return {
        "pact_item_id": instance.base_id,
        "scenario_type": instance.relation.value,
        "scenario": with_phrase(situation, receiver.phrase),
        "actor_country": by_iso2(instance.actor_country).name,
        "receiver_country": by_iso2(instance.receiver_country).name,
        "actor_age": str(actor.age),
        "actor_gender": str(actor.gender),
        "receiver_age": str(receiver.age),
        "receiver_gender": str(receiver.gender),
        "actor_rule": instance.actor_rule.value,
    }
