"""Say what the definitions hold for any row of `estimates.csv`, and what a row may look like."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, cached_property

from tests.reference import gaps, models
from tests.reference.human import both, human_value
from tests.reference.models import Bench, Crowd, Persona
from tests.reference.reading import FRAMES, Person, Reply

# definitions, section 10: every key and its values
TOKENS: Mapping[str, set[str] | None] = {
    "ties": {"exclude", "culture", "half"},
    "invalid": {"drop", "miss"},
    "target": {"all", "subgroup", "subgroup_pooled"},
    "average": {"items", "groups", "rows", "pairs"},
    "weight": {"answers", "items"},
    "effects": {"scenario_country", "item"},
    "family": {"regression", "all"},
    "scale": {"probability", "hard"},
    "style": None,
    "order": None,
    "sample": None,
}
BASELINES = {
    "": 0.5,  # rows about the people alone: any answer to everything they answered will do
    "baseline:uniform": 0.5,
    "baseline:always_culture": 1.0,
    "baseline:always_preference": 0.0,
}
PAIRED: Mapping[str, Callable[[Sequence[Reply], Mapping[str, str]], float | None]] = {
    "personal_norm_consistency": models.personal_norm_consistency,
    "model_norm_personal_gap": models.model_gap,
}
AGAINST_PEOPLE: Mapping[
    str, Callable[[Sequence[Person], Sequence[Reply], Mapping[str, str]], float | None]
] = {
    "gap_alignment_r": gaps.gap_alignment_r,
    "gap_alignment_mae": gaps.gap_alignment_mae,
}
GAINS = {"persona_gain": gaps.persona_gain, "persona_ensemble": gaps.persona_ensemble}
RATES: Mapping[str, Callable[[Bench, str], float | None]] = {
    "human_culture_rate": models.human_rate,
    "model_culture_rate": models.model_rate,
}
OF_REPLIES: Mapping[str, Callable[[Sequence[Reply]], float | None]] = {
    "invalid_rate": models.invalid_rate,
    "consensus": models.consensus,
    "model_ties": models.model_ties,
}


@cache
def tokens(definition: str) -> Mapping[str, str]:
    """`key:value` tokens, which must be known, sorted and given once."""
    if not definition:
        return {}
    parts = [part.split(":", 1) for part in definition.split(";")]
    keys = [key for key, _ in parts]
    if keys != sorted(set(keys)):
        raise ValueError(f"tokens not sorted or not unique: {definition}")
    for key, value in parts:
        allowed = TOKENS.get(key, set())
        if allowed is not None and value not in allowed:
            raise ValueError(f"unknown token {key}:{value} in {definition}")
    return dict(parts)


@dataclass(frozen=True)
class Judge:
    """The reference for one study's human rows and model replies."""

    people: Sequence[Person]
    replies: Sequence[Reply]

    def value(self, row: Mapping[str, str]) -> float | None:
        """What a row should hold; KeyError where this reference has no opinion."""
        group = json.loads(row["group"]) if row["group"] else {}
        options = tokens(row["definition"])
        if row["table"] == "human":
            return self._human(row, group, options)
        if row["table"] == "alignment":
            return self._model(row, group, options)
        raise KeyError(row["table"])

    def _human(
        self, row: Mapping[str, str], group: Mapping[str, str], options: Mapping[str, str]
    ) -> float | None:
        words = [f"{key}:{value}" for key, value in options.items()]
        return human_value(self.people, row["metric"], row["frame"], group, ";".join(words))

    @cached_property
    def _crowd(self) -> Crowd:
        return Crowd(self.people)

    @cached_property
    def _answered(self) -> list[tuple[tuple[str, str, str], str]]:
        return sorted(
            {
                (person.item, frame)
                for person in self.people
                for frame in FRAMES
                if person.answer(frame) is not None
            }
        )

    @cached_property
    def _replies_of(self) -> dict[tuple[str, str], dict[Persona, list[Reply]]]:
        found: dict[tuple[str, str], dict[Persona, list[Reply]]] = defaultdict(dict)
        for reply in self.replies:
            found[reply.model, reply.setting].setdefault(reply.persona, []).append(reply)
        return found

    @cached_property
    def _nations(self) -> dict[str, Judge]:
        """The reference for the people of each country alone."""
        found: dict[str, list[Person]] = defaultdict(list)
        for person in self.people:
            found[person.traits["participant_country"]].append(person)
        return {country: Judge(people, self.replies) for country, people in found.items()}

    def _select(
        self, model: str, setting: str, group: Mapping[str, str], options: Mapping[str, str]
    ) -> list[Reply]:
        if set(group) - {"persona_country", "persona_demo"} or set(options) & {"style", "sample"}:
            raise KeyError(f"{group} {options}")
        if model in BASELINES:
            if group:
                raise KeyError("a baseline has no personas here")
            q = BASELINES[model]
            return [
                Reply(model, setting, ("", ""), item, frame, q, q, "", 0)
                for item, frame in self._answered
            ]
        if model.startswith("baseline:"):
            raise KeyError(model)
        land, demo = group.get("persona_country"), group.get("persona_demo")
        return [
            reply
            for persona, replies in self._replies_of.get((model, setting), {}).items()
            if land in (None, persona[0]) and demo in (None, persona[1])
            for reply in replies
            if options.get("order", reply.order) == reply.order
        ]

    def _model(
        self, row: Mapping[str, str], group: Mapping[str, str], options: Mapping[str, str]
    ) -> float | None:
        metric = row["metric"]
        if (row["model"], metric) == ("mean:models", "consensus"):
            return self._mean_of_models(row, group, options)
        if metric == "persona_country_mae":
            return self._country_pair(row, dict(group), options)
        mine = self._select(row["model"], row["setting"], group, options)
        if metric in PAIRED:
            return PAIRED[metric](mine, options)
        if metric in AGAINST_PEOPLE:
            if options.get("target", "all") != "all":
                raise KeyError("gaps against subgroups")
            return AGAINST_PEOPLE[metric](self.people, mine, options)
        frames = FRAMES if row["frame"] == "both" else (row["frame"],)
        if not all(any(r.frame == frame for r in mine) for frame in frames):
            return None  # never asked in one of the frames
        return both(
            self._one_frame(row, [r for r in mine if r.frame == frame], frame, options)
            for frame in frames
        )

    def _country_pair(
        self, row: Mapping[str, str], group: dict[str, str], options: Mapping[str, str]
    ) -> float | None:
        """One cell of the confusion matrix: a persona country beside one country's people."""
        nation = self._nations[group.pop("human_country")]
        near = {**row, "metric": "item_mae"}
        return nation._model(near, group, {**options, "target": "all"})

    def _mean_of_models(
        self, row: Mapping[str, str], group: Mapping[str, str], options: Mapping[str, str]
    ) -> float | None:
        names = sorted({r.model for r in self.replies if r.setting == row["setting"]})
        frames = FRAMES if row["frame"] == "both" else (row["frame"],)
        asked = [
            [self._model({**row, "model": m, "frame": f}, group, options) for m in names]
            for f in frames
        ]
        return both(models.mean(v for v in values if v is not None) for values in asked)

    def _one_frame(
        self,
        row: Mapping[str, str],
        replies: Sequence[Reply],
        frame: str,
        options: Mapping[str, str],
    ) -> float | None:
        metric = row["metric"]
        target, scale = options.get("target", "all"), options.get("scale", "probability")
        bench = Bench(self._crowd, replies, frame, target, scale)
        if metric in OF_REPLIES:
            return OF_REPLIES[metric](replies)
        if metric == "order_effect":
            return models.order_effect(bench)
        if metric in RATES:
            return RATES[metric](bench, options["weight"])
        if metric == "majority_alignment":
            return self._majority(bench, options)
        if options.get("invalid", "drop") != "drop":
            raise KeyError("only majority_alignment says what a miss is")
        if metric == "row_mae":
            return self._rows(bench, options)
        if metric == "group_mean_rate_gap_abs":
            return models.averaged(bench, models.rate_gap, "groups")
        if metric in GAINS:
            return self._gain(row, bench, options)
        return models.averaged(bench, models.MEASURES[metric], options.get("average", "items"))

    def _majority(self, bench: Bench, options: Mapping[str, str]) -> float | None:
        average = options["average"]

        def measure(part: Bench) -> float | None:
            return models.majority_alignment(
                part,
                tie=options["ties"],
                invalid=options["invalid"],
                average="items" if average == "items" else "rows",
            )

        return measure(bench) if average == "items" else self._over(bench, measure, options)

    def _rows(self, bench: Bench, options: Mapping[str, str]) -> float | None:
        return self._over(bench, models.row_mae, options)

    @staticmethod
    def _over(
        bench: Bench, measure: Callable[[Bench], float | None], options: Mapping[str, str]
    ) -> float | None:
        average = options.get("average", "rows")
        if average == "rows":
            return measure(bench)
        if average != "groups":
            raise KeyError(f"average:{average} of single rows")
        values = (measure(bench.of(persona)) for persona in bench.personas())
        found = [value for value in values if value is not None]
        return sum(found) / len(found) if found else None

    def _gain(
        self, row: Mapping[str, str], bench: Bench, options: Mapping[str, str]
    ) -> float | None:
        bare = [
            r
            for r in self.replies
            if (r.model, r.setting, r.frame) == (row["model"], "no_persona", bench.frame)
        ]
        other = [
            r
            for r in self.replies
            if (r.model, r.setting, r.frame) == (row["model"], "persona", bench.frame)
        ]
        return GAINS[row["metric"]](
            replace(bench, replies=bare),
            replace(bench, replies=other),
            scale=options["scale"],
            average=options["average"],
        )
