"""Personas: scored against everybody and against their own subgroup of people."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from analysis.metrics import closest, core, scores, terms
from analysis.metrics.book import Book, Entry
from analysis.metrics.cells import without_people
from analysis.metrics.core import Gaps, People, Score
from analysis.metrics.estimate import definition_text
from analysis.metrics.intervals import Draws, Plain, Tally, jackknife, mean, mix
from analysis.metrics.profiles import PERSONA, Profile
from analysis.metrics.scores import scaled
from analysis.metrics.study import FRAMES, Answers, Study, divide_or_nan
from analysis.metrics.subgroups import Subgroups
from analysis.metrics.terms import Statistic

NO_GROUP = "no persona group has both human and valid model answers"
NO_PROBABILITIES = (
    "no label probabilities on either side: averaging hard answers over personas would win "
    "mechanically (persona_ensemble); see scale:hard"
)
# Metrics whose group values are also averaged over persona groups.
AVERAGED = {
    "majority_alignment": "majority_alignment",
    "row_mae": "row_mae",
    "item_mae": "item_mae",
    "item_mse_unbiased": "item_mse_unbiased",
    "signed_culture_gap": "signed_culture_gap",
    "rate_gap_abs": "group_mean_rate_gap_abs",
}

MEAN_OF_MODELS = "mean:models"

CONSENSUS = scores.share(
    lambda k, n, side: terms.stack(side.rows > 0, terms.larger_share(side.q)),
    "no valid model answer",
)


def add_groups(
    book: Book, frame: str, profile: Profile, everybody: People, parts: Subgroups
) -> None:
    """Score each persona group against all people and against its own, and average the groups."""
    collected: dict[tuple[str, str], list[Score]] = defaultdict(list)
    sides = [profile.group(index) for index in range(len(profile.groups))]
    gaps = core.gap_draws(everybody, sides)
    own_gaps = []
    for index, key in enumerate(profile.groups):
        group = {"persona_country": key[0], "persona_demo": key[1]}
        side = sides[index]
        own = parts.people(key)
        own_gaps += core.gap_draws(own, [side])
        for people, drawn in ((everybody, gaps[index]), (own, own_gaps[index])):
            for score in core.core_scores(people, side, gaps=drawn):
                score.enter(book, frame, group)
                collected[score.metric, definition_text(score.tokens)].append(score)
        ties = float(profile.ties[index].sum())
        for score in core.model_rates(everybody.study, everybody.resampler, side, ties):
            score.enter(book, frame, group)
        for score in core.human_rates(own):
            score.enter(book, frame, group)
    for group_scores in collected.values():
        add_group_mean(book, frame, group_scores)
    add_pooled_subgroups(book, frame, profile, parts, own_gaps)


def add_group_mean(book: Book, frame: str, group_scores: list[Score]) -> None:
    """Enter the plain mean over persona groups of one statistic, empty groups left out."""
    first = group_scores[0]
    metric = AVERAGED.get(first.metric)
    if metric is None:
        return
    defined = [score for score in group_scores if np.isfinite(score.tally.spread.value)]
    left_out = len(group_scores) - len(defined)
    tallies = [score.tally for score in defined]
    humans = [t.n_humans for t in tallies] or [0]
    same_people = first.tokens.get("target") == "all"
    counts = Tally(
        mean([t.spread for t in tallies]) if tallies else Plain(float("nan")),
        n_items=sum(t.n_items for t in tallies),
        n_humans=max(humans) if same_people else sum(humans),
        n_answers=max(t.n_answers for t in tallies)
        if same_people and tallies
        else sum(t.n_answers for t in tallies),
        n_dropped=sum(score.tally.n_dropped for score in group_scores),
    )
    note = f"{left_out} of {len(group_scores)} persona groups undefined, left out"
    averaged = replace(
        first, metric=metric, tally=counts, undefined=NO_GROUP, note=note if left_out else ""
    )
    averaged.enter(book, frame, tokens={"average": "groups"})


def add_pooled_subgroups(
    book: Book, frame: str, profile: Profile, parts: Subgroups, gaps: Sequence[Gaps]
) -> None:
    """Score all (persona, item) cells together, each against its own subgroup of people.

    `gaps` are the groups' own, in their order.
    """
    people = parts.everyone(profile.groups)
    cells = people.cells(profile.flat())
    for score in core.hard_scores(cells, "subgroup", ("rows", "items")):
        score.enter(book, frame)
    for score in core.soft_scores(cells, "subgroup"):
        score.enter(book, frame)
    core.tie_count(cells, "subgroup").enter(book, frame)
    for scale in core.SCALES:
        exact = jackknife(scaled(cells, scale), scores.SIGNED_GAP)
        top, bottom = (sum(part) for part in zip(*(one[scale] for one in gaps), strict=True))
        spread = Draws(exact.spread.value, divide_or_nan(np.asarray(top), np.asarray(bottom)))
        counts = replace(exact, spread=spread)
        core.gap_score(counts, scale=scale, target="subgroup").enter(book, frame)


def add_consensus(book: Book, frame: str, study: Study, profile: Profile) -> None:
    """How far the personas' hard choices on an item agree."""
    side = profile.pooled().hard()
    counts = jackknife(without_people(study, side), CONSENSUS)
    book.add(frame, "consensus", counts, low=0.5, high=1.0, undefined=CONSENSUS.undefined)


def consensus_entries(books: Sequence[Book]) -> dict[str, list[Entry]]:
    """The defined consensus entries of some books by frame."""
    return {
        frame: [
            entry
            for book in books
            for entry in book.pages.get(frame, [])
            if entry.metric == "consensus" and entry.defined
        ]
        for frame in FRAMES
    }


def mean_consensus(models: Sequence[dict[str, list[Entry]]]) -> Book:
    """The mean over models of their consensus, under the model name `mean:models`."""
    book = Book("alignment", PERSONA, MEAN_OF_MODELS)
    for frame in FRAMES:
        entries = [entry for found in models for entry in found[frame]]
        if entries:
            total = sum(entry.tally.n_answers for entry in entries)
            spread = mean([entry.tally.spread for entry in entries])
            counts = replace(entries[0].tally, spread=spread, n_answers=total)
            note = f"mean of {len(entries)} models"
            book.add(frame, "consensus", counts, low=0.5, high=1.0, note=note)
    book.add_mean_of_frames()
    return book


def add_gain(book: Book, frame: str, plain: Profile, personas: Profile, everybody: People) -> None:
    """Distance per item without personas less the distance with them, like with like."""
    soft = plain.has_probabilities() and personas.has_probabilities()
    for scale in core.SCALES:
        base = _mae(everybody, plain, scale)
        pooled = _difference(base, [_mae(everybody, personas, scale)])
        each = [_mae(everybody, personas, scale, i) for i in range(len(personas.groups))]
        each = [t for t in each if np.isfinite(t.spread.value)]
        apart = _difference(base, each)
        if scale == "hard":
            _enter_gain(book, frame, "persona_ensemble", pooled, {"average": "items"})
        elif soft:
            _enter_gain(book, frame, "persona_gain", pooled, {"average": "items"})
        else:
            none = replace(pooled, spread=Plain(float("nan")))
            _enter_gain(book, frame, "persona_gain", none, {}, NO_PROBABILITIES)
        _enter_gain(book, frame, "persona_gain", apart, {"average": "groups", "scale": scale})


def _enter_gain(
    book: Book,
    frame: str,
    metric: str,
    counts: Tally,
    tokens: dict[str, str],
    undefined: str = NO_GROUP,
) -> None:
    book.add(frame, metric, counts, low=-1.0, high=1.0, undefined=undefined, tokens=tokens)


def _mae(people: People, profile: Profile, scale: str, group: int | None = None) -> Tally:
    side = profile.pooled() if group is None else profile.group(group)
    return jackknife(scaled(people.cells(side), scale), scores.ITEM_MAE)


def _difference(base: Tally, parts: list[Tally]) -> Tally:
    """Base less the mean of the parts; undefined where either is."""
    if not parts:
        return replace(base, spread=Plain(float("nan")))
    weights = [1.0] + [-1 / len(parts)] * len(parts)
    spread = mix(weights, [base.spread, *(part.spread for part in parts)])
    dropped = base.n_dropped + sum(part.n_dropped for part in parts)
    return replace(base, spread=spread, n_dropped=dropped)


def add_confusion(book: Book, frame: str, profile: Profile, everybody: People) -> None:
    """Distance per item between every persona country and every country's people; their C-SPEC."""
    study = everybody.study
    tallies: dict[str, closest.Tallies] = {scale: {} for scale in core.SCALES}
    countries = study.human["participant_country"].astype(str).to_numpy()
    valid = ~np.isnan(study.column(frame))
    for persona in sorted({country for country, _ in profile.groups}):
        members = [i for i, (country, _) in enumerate(profile.groups) if country == persona]
        side = profile.chosen(members)
        for human in sorted(set(countries)):
            answers: Answers = everybody.answers.where((countries == human)[valid])
            people = People(everybody.resampler, answers, "subgroup")
            group = {"human_country": human, "persona_country": persona}
            for scale in core.SCALES:
                statistic: Statistic = scores.ITEM_MAE
                cells = scaled(people.cells(side), scale)
                score = core.make_score("persona_country_mae", cells, statistic, scale=scale)
                score.enter(book, frame, group)
                tallies[scale][persona, human] = score.tally
    for scale, found in tallies.items():
        closest.enter(book, frame, found, scale)
