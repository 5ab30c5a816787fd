"""Section 3 of the definitions, computed the slow and obvious way."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import log2, sqrt
from statistics import fmean

from tests.reference.human import Votes, mean, votes
from tests.reference.reading import FRAMES, Item, Person, Reply


@dataclass(frozen=True)
class Unit:
    """A model's probability of culture beside the people it is scored against."""

    q: float
    answers: Sequence[float]

    @property
    def h(self) -> float:
        return fmean(self.answers)

    @property
    def n(self) -> int:
        return len(self.answers)


@dataclass(frozen=True)
class Bench:
    """People and one model's replies to one question in one setting."""

    people: Sequence[Person]
    replies: Sequence[Reply]
    frame: str
    target: str = "all"
    scale: str = "probability"

    def personas(self) -> list[tuple[str, str]]:
        return sorted({reply.persona for reply in self.replies})

    def of(self, persona: tuple[str, str]) -> Bench:
        mine = [reply for reply in self.replies if reply.persona == persona]
        return Bench(self.people, mine, self.frame, self.target, self.scale)

    def votes_for(self, persona: tuple[str, str]) -> Votes:
        """The humans that answers given as this persona are scored against."""
        people = self.people
        if self.target == "subgroup":
            land, demo = persona
            people = [
                p
                for p in people
                if (p.traits["participant_country"], p.traits["participant_demo"]) == (land, demo)
            ]
        return votes(people, self.frame)

    def score(self, reply: Reply) -> float | None:
        return reply.choice if self.scale == "hard" else reply.q

    def scored(self) -> list[tuple[Reply, Sequence[float]]]:
        """Every reply, valid or not, to an item that its humans answered."""
        humans = {persona: self.votes_for(persona) for persona in self.personas()}
        return [
            (reply, humans[reply.persona][reply.item])
            for reply in self.replies
            if reply.item in humans[reply.persona]
        ]

    def row_units(self) -> list[Unit]:
        """One unit for each valid reply."""
        units = ((self.score(reply), answers) for reply, answers in self.scored())
        return [Unit(q, answers) for q, answers in units if q is not None]

    def item_units(self) -> list[Unit]:
        """One unit an item (and persona, where each persona has its own humans)."""
        found: dict[tuple[object, Item], tuple[list[float], Sequence[float]]] = {}
        for reply, answers in self.scored():
            q = self.score(reply)
            if q is not None:
                who = reply.persona if self.target == "subgroup" else None
                found.setdefault((who, reply.item), ([], answers))[0].append(q)
        return [Unit(fmean(qs), answers) for qs, answers in found.values()]


Measure = Callable[[Sequence[Unit]], float | None]


def abs_error(units: Sequence[Unit]) -> float | None:
    return mean(abs(u.q - u.h) for u in units)


def mse_unbiased(units: Sequence[Unit]) -> float | None:
    return mean((u.q - u.h) ** 2 - u.h * (1 - u.h) / (u.n - 1) for u in units if u.n >= 2)


def signed_gap(units: Sequence[Unit]) -> float | None:
    return mean(u.q - u.h for u in units)


def rate_gap(units: Sequence[Unit]) -> float | None:
    return abs(fmean(u.q for u in units) - fmean(u.h for u in units)) if units else None


def entropy(p: float) -> float:
    """Bits."""
    return sum(-x * log2(x) for x in (p, 1 - p) if x > 0)


def entropy_signed(units: Sequence[Unit]) -> float | None:
    return mean(entropy(u.q) - entropy(u.h) for u in units)


def entropy_abs(units: Sequence[Unit]) -> float | None:
    return mean(abs(entropy(u.q) - entropy(u.h)) for u in units)


def brier(units: Sequence[Unit]) -> float | None:
    """Over individual answers of items with two people or more, as its floor."""
    return mean((u.q - y) ** 2 for u in units if u.n >= 2 for y in u.answers)


def brier_every(units: Sequence[Unit]) -> float | None:
    """Over every individual answer, lone ones too."""
    return mean((u.q - y) ** 2 for u in units for y in u.answers)


def brier_floor(units: Sequence[Unit]) -> float | None:
    return mean(u.h * (1 - u.h) * u.n / (u.n - 1) for u in units if u.n >= 2 for _ in u.answers)


def human_rate(units: Sequence[Unit]) -> float | None:
    return mean(u.h for u in units)


def model_rate(units: Sequence[Unit]) -> float | None:
    return mean(u.q for u in units)


def ties(units: Sequence[Unit]) -> float:
    return float(sum(u.h == 0.5 for u in units))


def pearson(pairs: Sequence[tuple[float, float]]) -> float | None:
    """None where either side has no spread."""
    if len(pairs) < 2:
        return None
    mx, my = fmean(x for x, _ in pairs), fmean(y for _, y in pairs)
    sxx = sum((x - mx) ** 2 for x, _ in pairs)
    syy = sum((y - my) ** 2 for _, y in pairs)
    if sxx < 1e-18 or syy < 1e-18:
        return None
    return sum((x - mx) * (y - my) for x, y in pairs) / sqrt(sxx * syy)


def ranks(values: Sequence[float]) -> list[float]:
    """Average ranks; values equal to 12 digits are ties."""
    places: dict[float, list[int]] = defaultdict(list)
    rounded = [round(value, 12) for value in values]
    for place, value in enumerate(sorted(rounded), start=1):
        places[value].append(place)
    return [fmean(places[value]) for value in rounded]


def uncertainty(units: Sequence[Unit]) -> float | None:
    return pearson([(max(u.q, 1 - u.q), max(u.h, 1 - u.h)) for u in units])


def uncertainty_min5(units: Sequence[Unit]) -> float | None:
    return uncertainty([u for u in units if u.n >= 5])


def uncertainty_spearman(units: Sequence[Unit]) -> float | None:
    model = ranks([entropy(u.q) for u in units])
    people = ranks([entropy(u.h) for u in units])
    return pearson(list(zip(model, people, strict=True)))


MEASURES: Mapping[str, Measure] = {
    "item_mae": abs_error,
    "item_mse_unbiased": mse_unbiased,
    "signed_culture_gap": signed_gap,
    "rate_gap_abs": rate_gap,
    "entropy_error_signed": entropy_signed,
    "entropy_error_abs": entropy_abs,
    "uncertainty_r": uncertainty,
    "uncertainty_r_min5": uncertainty_min5,
    "uncertainty_spearman": uncertainty_spearman,
    "brier": brier,
    "brier_floor": brier_floor,
    "human_culture_rate": human_rate,
    "model_culture_rate": model_rate,
    "ties": ties,
}


def averaged(bench: Bench, measure: Measure, average: str) -> float | None:
    """The measure over pooled items, over single rows, or its mean over persona groups."""
    if average == "rows":
        return measure(bench.row_units())
    if average == "items":
        return measure(bench.item_units())
    groups = (measure(bench.of(persona).item_units()) for persona in bench.personas())
    return mean(value for value in groups if value is not None)


def row_mae(bench: Bench) -> float | None:
    hard = Bench(bench.people, bench.replies, bench.frame, bench.target, "hard")
    return abs_error(hard.row_units())


def majority_alignment(bench: Bench, *, tie: str, invalid: str) -> float | None:
    """Share of replies that equal the majority; `tie` is what an even split counts as."""
    scores = []
    for reply, answers in bench.scored():
        h = fmean(answers)
        if h == 0.5 and tie == "exclude":
            continue
        if reply.choice is None:
            scores += [0.0] if invalid == "miss" else []
        elif h == 0.5 and tie == "half":
            scores.append(0.5)
        else:
            scores.append(float(reply.choice == float(h >= 0.5)))
    return mean(scores)


def invalid_rate(replies: Sequence[Reply]) -> float | None:
    return mean(float(reply.choice is None) for reply in replies)


def consensus(replies: Iterable[Reply]) -> float | None:
    """Mean over items of the larger share of one model's hard choices over personas."""
    cells: dict[Item, list[float]] = defaultdict(list)
    for reply in replies:
        if reply.choice is not None:
            cells[reply.item].append(reply.choice)
    return mean(max(fmean(c), 1 - fmean(c)) for c in cells.values())


def paired_frames(replies: Iterable[Reply]) -> dict[tuple[object, ...], dict[str, Reply]]:
    """Valid replies to both questions of one item, as one persona, in one sample."""
    found: dict[tuple[object, ...], dict[str, Reply]] = defaultdict(dict)
    for reply in replies:
        if reply.choice is not None:
            key = (reply.persona, reply.item, reply.order, reply.sample)
            found[key][reply.frame] = reply
    return {key: pair for key, pair in found.items() if len(pair) == len(FRAMES)}


def personal_norm_consistency(replies: Iterable[Reply]) -> float | None:
    """Share of rows with the same choice in both frames."""
    pairs = paired_frames(replies).values()
    return mean(float(p["personal"].choice == p["norm"].choice) for p in pairs)


def model_gap(replies: Sequence[Reply]) -> float | None:
    """Norm culture rate minus personal culture rate, each over its own valid answers."""
    sides = [mean(r.q for r in replies if r.frame == frame and r.q is not None) for frame in FRAMES]
    personal, norm = sides
    return None if personal is None or norm is None else norm - personal


def order_effect(replies: Iterable[Reply]) -> float | None:
    """q with culture first minus q with culture second, over items that have both."""
    cells: dict[tuple[object, Item], dict[str, list[float]]] = defaultdict(
        lambda: defaultdict(list)
    )
    for reply in replies:
        if reply.q is not None and reply.order:
            cells[reply.persona, reply.item][reply.order].append(reply.q)
    return mean(
        fmean(c["culture_first"]) - fmean(c["preference_first"])
        for c in cells.values()
        if len(c) == 2
    )
