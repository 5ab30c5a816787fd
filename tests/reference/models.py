"""Section 3 of the definitions, computed the slow and obvious way."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import comb, fsum, log2, sqrt
from statistics import fmean

from tests.reference.human import (
    Votes,
    culture_rate_answers,
    culture_rate_items,
    mean,
    votes,
)
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


Persona = tuple[str, str]


class Crowd:
    """The people of a study, whose votes are counted once."""

    def __init__(self, people: Sequence[Person]) -> None:
        self.people = people
        self._counted: dict[tuple[str, Persona | None], Votes] = {}

    def votes(self, frame: str, persona: Persona | None = None) -> Votes:
        """Everybody's answers to one question, or those of the people a persona stands for."""
        key = frame, persona
        if key not in self._counted:
            self._counted[key] = votes(self._meant_by(persona), frame)
        return self._counted[key]

    def _meant_by(self, persona: Persona | None) -> Sequence[Person]:
        return [
            person
            for person in self.people
            if persona
            in (None, (person.traits["participant_country"], person.traits["participant_demo"]))
        ]


@dataclass(frozen=True)
class Bench:
    """People and one model's replies to one question in one setting."""

    crowd: Crowd
    replies: Sequence[Reply]
    frame: str
    target: str = "all"
    scale: str = "probability"

    def personas(self) -> list[Persona]:
        return sorted({reply.persona for reply in self.replies})

    def of(self, persona: Persona) -> Bench:
        mine = [reply for reply in self.replies if reply.persona == persona]
        return replace(self, replies=mine)

    def votes_for(self, persona: Persona) -> Votes:
        """The humans that answers given as this persona are scored against."""
        return self.crowd.votes(self.frame, persona if self.target == "subgroup" else None)

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
    """Over every individual answer, lone ones too."""
    return mean((u.q - y) ** 2 for u in units for y in u.answers)


def brier_floor(units: Sequence[Unit]) -> float | None:
    """Over the same answers, where two people or more gave one."""
    return mean(u.h * (1 - u.h) * u.n / (u.n - 1) for u in units if u.n >= 2 for _ in u.answers)


def human_rate(bench: Bench, weight: str) -> float | None:
    """The culture rate of the people in question, over their answers or their items."""
    found = bench.votes_for(bench.personas()[0] if bench.replies else ("", ""))
    return culture_rate_answers(found) if weight == "answers" else culture_rate_items(found)


def model_rate(bench: Bench, weight: str) -> float | None:
    """The model's culture rate over its valid answers, or over its items."""
    cells: dict[Item, list[float]] = defaultdict(list)
    for reply in bench.replies:
        q = bench.score(reply)
        if q is not None:
            cells[reply.item].append(q)
    return culture_rate_answers(cells) if weight == "answers" else culture_rate_items(cells)


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


def uncertainty_variance(units: Sequence[Unit]) -> float | None:
    """Model variance beside the human variance that does not depend on n."""
    return pearson(
        [(u.q * (1 - u.q), u.h * (1 - u.h) * u.n / (u.n - 1)) for u in units if u.n >= 2]
    )


def uncertainty_partial(units: Sequence[Unit]) -> float | None:
    """uncertainty_r with the number of humans partialled out of both sides."""
    model = [max(u.q, 1 - u.q) for u in units]
    human = [max(u.h, 1 - u.h) for u in units]
    size = [float(u.n) for u in units]
    r = pearson(list(zip(model, human, strict=True)))
    if r is None:
        return None
    with_model = pearson(list(zip(model, size, strict=True)))
    with_human = pearson(list(zip(human, size, strict=True)))
    if with_model is None or with_human is None:
        return r
    left = (1 - with_model**2) * (1 - with_human**2)
    return (r - with_model * with_human) / sqrt(left) if left > 1e-12 else None


def halves_apart(answers: Sequence[float]) -> float:
    """Mean distance of the rates of two random halves, over every way to cut the people."""
    n, k = len(answers), round(sum(answers))
    first = n // 2
    return fsum(
        comb(k, a) * comb(n - k, first - a) * abs(a / first - (k - a) / (n - first))
        for a in range(max(0, first - (n - k)), min(k, first) + 1)
    ) / comb(n, first)


def floor_perfect(units: Sequence[Unit]) -> float | None:
    return mean(halves_apart(u.answers) / 2 for u in units if u.n >= 2)


def floor_another(units: Sequence[Unit]) -> float | None:
    return mean(halves_apart(u.answers) / sqrt(2) for u in units if u.n >= 2)


def rescaled(units: Sequence[Unit]) -> float | None:
    """1 at a perfect model's floor, 0 at q = .5, on items with two people or more."""
    shared = [u for u in units if u.n >= 2]
    floor, error = floor_perfect(shared), abs_error(shared)
    uniform = mean(abs(0.5 - u.h) for u in shared)
    if floor is None or error is None or uniform is None or abs(uniform - floor) < 1e-9:
        return None
    return (uniform - error) / (uniform - floor)


def row_floor(units: Sequence[Unit]) -> float | None:
    """The least row_mae any hard choices could have on the same rows."""
    return mean(min(u.h, 1 - u.h) for u in units)


def model_ties(replies: Iterable[Reply]) -> float:
    return float(sum(reply.q == 0.5 for reply in replies))


MEASURES: Mapping[str, Measure] = {
    "floor_perfect_model": floor_perfect,
    "floor_another_sample": floor_another,
    "rescaled_score": rescaled,
    "row_mae_floor": row_floor,
    "uncertainty_r_variance": uncertainty_variance,
    "uncertainty_r_partial": uncertainty_partial,
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
    """A model tie is half a choice for either side."""
    hard = replace(bench, scale="hard")
    return mean(0.5 if u.q == 0.5 else abs(u.q - u.h) for u in hard.row_units())


def majority_hits(bench: Bench, *, tie: str, invalid: str) -> list[tuple[Reply, float]]:
    """What each reply scores; `tie` says what an even split of the people counts as."""
    hits = []
    for reply, answers in bench.scored():
        h = fmean(answers)
        if h == 0.5 and tie == "exclude":
            continue
        if reply.choice is None:
            if invalid == "miss":
                hits.append((reply, 0.0))
        elif reply.choice == 0.5 or (h == 0.5 and tie == "half"):
            hits.append((reply, 0.5))
        else:
            hits.append((reply, float(reply.choice == float(h >= 0.5))))
    return hits


def majority_alignment(bench: Bench, *, tie: str, invalid: str, average: str) -> float | None:
    """Share of replies that equal the majority, or the mean of the items' own shares."""
    hits = majority_hits(bench, tie=tie, invalid=invalid)
    if average == "rows":
        return mean(score for _, score in hits)
    cells: dict[object, list[float]] = defaultdict(list)
    for reply, score in hits:
        cells[reply.item, reply.persona if bench.target == "subgroup" else None].append(score)
    return mean(fmean(scores) for scores in cells.values())


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


def personal_norm_consistency(replies: Iterable[Reply], options: Mapping[str, str]) -> float | None:
    """Share of rows with the same choice in both frames, or the mean of the items' shares."""
    cells: dict[Item, list[float]] = defaultdict(list)
    for pair in paired_frames(replies).values():
        same = pair["personal"].choice == pair["norm"].choice
        cells[pair["norm"].item].append(float(same))
    return (culture_rate_answers if options["average"] == "rows" else culture_rate_items)(cells)


def model_gap(replies: Sequence[Reply], options: Mapping[str, str]) -> float | None:
    """Norm culture rate minus personal culture rate, each over its own valid answers."""
    personal, norm = (
        model_rate(
            Bench(
                Crowd([]), [r for r in replies if r.frame == frame], frame, "all", options["scale"]
            ),
            options["weight"],
        )
        for frame in FRAMES
    )
    return None if personal is None or norm is None else norm - personal


def order_effect(bench: Bench) -> float | None:
    """q with culture first minus q with culture second, over items that have both."""
    cells: dict[tuple[object, Item], dict[str, list[float]]] = defaultdict(
        lambda: defaultdict(list)
    )
    for reply in bench.replies:
        q = bench.score(reply)
        if q is not None and reply.order:
            cells[reply.persona, reply.item][reply.order].append(q)
    return mean(
        fmean(c["culture_first"]) - fmean(c["preference_first"])
        for c in cells.values()
        if len(c) == 2
    )
