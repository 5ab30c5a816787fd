"""The methods paragraph, with every number that decides the figures."""

from typing import Any

from analysis.reports.book import is_baseline
from analysis.reports.inputs import Inputs
from analysis.reports.words import counted, listing
from annotation.services.schemes import find_distance
from annotation.vocab.terms import Setting

PAPER = (
    "A. Borah, I. Augenstein and R. Mihalcea. Whose Norms? Disentangling Cultural and Personal "
    "Alignment in Large Language Models. arXiv 2606.07877, 2026."
)


def methods_facts(inputs: Inputs) -> dict[str, Any]:
    """Counts and options that the methods paragraph, the manifest and the page name."""
    human, model = inputs.human, inputs.model
    asked = [] if model.empty else sorted(model["model"].unique())
    return {
        "study": inputs.study.name,
        "slug": inputs.study.slug,
        "origin": inputs.study.get_origin_display(),
        "release": str(inputs.study.release),
        "licence": inputs.study.release.dataset.licence,
        "attribution": inputs.study.release.dataset.attribution,
        "scheme": inputs.study.scheme,
        "scheme_hash": find_distance(inputs.study.scheme).hash,
        "cohort": inputs.cohort,
        "simulated": inputs.simulated,
        "simulated_models": inputs.simulated_models,
        "participants": int(human["participant"].nunique()),
        "countries": sorted(human["participant_country"].unique()),
        "items": int(human["item"].nunique()),
        "scenarios": int(human["scenario"].nunique()),
        "answers": int(human[["personal", "norm"]].notna().to_numpy().sum()),
        "models": [name for name in asked if not is_baseline(name)],
        "settings": [] if model.empty else sorted(model["setting"].unique()),
        "cells": len(model),
        "kind": inputs.options.kind,
        "replicates": inputs.options.replicates,
        "seed": inputs.options.seed,
        "level": inputs.options.level,
    }


def methods_paragraphs(facts: dict[str, Any]) -> list[str]:
    """The methods in words, for the report and for `methods.md`."""
    paragraphs = [_people(facts)]
    if facts["models"]:
        paragraphs.append(_models(facts))
    return [*paragraphs, _regressions(facts), _intervals(facts)]


def _people(facts: dict[str, Any]) -> str:
    who = "simulated participant" if facts["simulated"] else "participant"
    return (
        f"{counted(facts['participants'], who)} from {listing(facts['countries'])} gave "
        f"{facts['answers']:,} answers on {counted(facts['items'], 'item')} of "
        f"{counted(facts['scenarios'], 'scenario')} (study {facts['slug']}, {facts['origin']}; {facts['release']}; country "
        f"distance by {facts['scheme']}). Each item asks two questions: what one would do oneself, "
        "and what most people would consider appropriate; the answer either follows the cultural "
        "expectation or allows the personal preference. Participants count who completed and are "
        "not excluded by a rule."
    )


def _models(facts: dict[str, Any]) -> str:
    personas = Setting.PERSONA in facts["settings"]
    one = len(facts["models"]) == 1
    ways = {
        Setting.NO_PERSONA: f"as {'itself' if one else 'themselves'}",
        Setting.PERSONA: "as personas",
    }
    how = listing([words for setting, words in ways.items() if setting in facts["settings"]])
    text = (
        f"{counted(len(facts['models']), 'model')} {'was' if one else 'were'} asked the same items "
        f"{how} ({facts['cells']:,} answers): {listing(facts['models'])}. A model's rate on an item is the mean probability "
        "of the culture choice where label probabilities are known, else the share of its hard "
        "answers. Answers that could not be read count as invalid and are left out of rates; the "
        "invalid rate stands beside them."
    )
    if facts["simulated_models"]:
        text += f" SIMULATED, without a language model: {listing(facts['simulated_models'])}."
    if personas:
        text += (
            " Persona answers are scored against everybody and against the people of the same "
            "country, age group and gender."
        )
    return text + (
        " References go through the same code: constant answers, and predictions from people that "
        "leave the scored participant out."
    )


def _regressions(facts: dict[str, Any]) -> str:
    text = (
        "Factors are tested in logistic regressions of the choice (personal, norm, both together) "
        "by the deviance that leaving one out costs; interactions enter as indicators of their "
        "cells. p values are corrected by Benjamini and Hochberg over the testable factors of one "
        "regression. Beside them stand Wald tests clustered by participant and scenario, the "
        "scenario's country tested by dealing scenarios out to countries "
        f"({facts['replicates']:,} deals), and conditional logit with an effect for every item."
    )
    if facts["models"]:
        text += (
            " Models' hard choices are regressed alike, each model a family of its own, clustered "
            "by scenario."
        )
    return text


def _intervals(facts: dict[str, Any]) -> str:
    return (
        f"Intervals hold {facts['level']:.0%} and treat scenarios and participants as clusters, "
        "participants within their country. Quantities linear in the answers come from a two-way "
        f"cluster bootstrap ({facts['replicates']:,} replicates, seed {facts['seed']}), which is "
        "conservative; all others from a two-way cluster jackknife. The distance that a perfect "
        "model would show comes from random halves of each item's people."
    )
