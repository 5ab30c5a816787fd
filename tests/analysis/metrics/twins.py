"""Slow twins: the definitions as plain loops over rows, without sharing any code with the package.

Rows are dicts of HUMAN and MODEL; a missing answer is None. Undefined is None.
"""

import math
from itertools import combinations
from statistics import mean


def rows_of(frame):
    """A frame as dicts with None for what is missing."""
    return [
        {key: None if value is None or value != value else value for key, value in row.items()}
        for row in frame.to_dict("records")
    ]


def by_item(human, frame):
    """Each item's list of 0/1 answers."""
    items = {}
    for row in human:
        if row[frame] is not None:
            items.setdefault(row["item"], []).append(row[frame])
    return items


def culture_rate(human, frame, weight):
    items = by_item(human, frame)
    if weight == "items":
        return mean(mean(answers) for answers in items.values())
    return mean(answer for answers in items.values() for answer in answers)


def norm_personal_gap(human, weight):
    items = {}
    for row in human:
        if row["personal"] is not None and row["norm"] is not None:
            allow_personal, allow_norm = 1 - row["personal"], 1 - row["norm"]
            items.setdefault(row["item"], []).append(allow_personal - allow_norm)
    if weight == "items":
        return mean(mean(gaps) for gaps in items.values())
    return mean(gap for gaps in items.values() for gap in gaps)


def pair_agreement(human, frame, average):
    cells = []
    for answers in by_item(human, frame).values():
        pairs = [float(a == b) for a, b in combinations(answers, 2)]
        if pairs:
            cells.append(pairs)
    if not cells:
        return None
    if average == "items":
        return mean(mean(pairs) for pairs in cells)
    return mean(pair for pairs in cells for pair in pairs)


def majority_share(human, frame):
    shares = [mean(answers) for answers in by_item(human, frame).values()]
    return mean(max(h, 1 - h) for h in shares)


def valid(model, frame):
    return [row for row in model if row["frame"] == frame and row["q"] is not None]


def q_by_item(model, frame, value="q"):
    """The model's mean q (or hard choice) per item over its valid rows."""
    items = {}
    for row in valid(model, frame):
        items.setdefault(row["item"], []).append(row[value])
    return {item: mean(values) for item, values in items.items()}


def majority_alignment(human, model, frame, ties, invalid="drop"):
    people = by_item(human, frame)
    scores = []
    for row in model:
        if row["frame"] != frame or row["item"] not in people:
            continue
        answers = people[row["item"]]
        culture, preference = answers.count(1.0), answers.count(0.0)
        tied = culture == preference
        if tied and ties == "exclude":
            continue
        if row["q"] is None:
            if invalid == "miss":
                scores.append(0.0)
            continue
        if tied and ties == "half":
            scores.append(0.5)
            continue
        majority = 1.0 if culture >= preference else 0.0
        scores.append(0.5 if row["choice"] == 0.5 else float(row["choice"] == majority))
    return mean(scores) if scores else None


def row_mae(human, model, frame):
    people = by_item(human, frame)
    errors = []
    for row in valid(model, frame):
        if row["item"] in people:
            h = mean(people[row["item"]])
            choices = [0.0, 1.0] if row["choice"] == 0.5 else [row["choice"]]
            errors.append(mean(abs(choice - h) for choice in choices))
    return mean(errors) if errors else None


def paired_rates(human, model, frame, scale, least=1):
    """(q, h, n) of every item that both sides answered and at least `least` people did."""
    people = by_item(human, frame)
    q = q_by_item(model, frame, "q" if scale == "probability" else "choice")
    return [
        (q[item], mean(answers), len(answers))
        for item, answers in people.items()
        if item in q and len(answers) >= least
    ]


def item_mae(human, model, frame, scale):
    cells = paired_rates(human, model, frame, scale)
    return mean(abs(q - h) for q, h, _ in cells) if cells else None


def item_mse_unbiased(human, model, frame, scale):
    cells = paired_rates(human, model, frame, scale, least=2)
    return mean((q - h) ** 2 - h * (1 - h) / (n - 1) for q, h, n in cells) if cells else None


def signed_culture_gap(human, model, frame, scale):
    cells = paired_rates(human, model, frame, scale)
    return mean(q - h for q, h, _ in cells) if cells else None


def rate_gap_abs(human, model, frame, scale):
    cells = paired_rates(human, model, frame, scale)
    return abs(mean(q for q, _, _ in cells) - mean(h for _, h, _ in cells)) if cells else None


def bits(p):
    return 0.0 if p in (0, 1) else -(p * math.log2(p) + (1 - p) * math.log2(1 - p))


def entropy_error(human, model, frame, scale, shape):
    return mean(shape(bits(q) - bits(h)) for q, h, _ in paired_rates(human, model, frame, scale))


def correlation(x, y):
    mx, my = mean(x), mean(y)
    xx, yy = sum((a - mx) ** 2 for a in x), sum((b - my) ** 2 for b in y)
    if xx < 1e-12 or yy < 1e-12:
        return None
    return sum((a - mx) * (b - my) for a, b in zip(x, y, strict=True)) / math.sqrt(xx * yy)


def ranks(values):
    values = [round(value, 12) for value in values]
    return [sum(v < x for v in values) + (sum(v == x for v in values) + 1) / 2 for x in values]


def uncertainty(human, model, frame, scale, form):
    least = {"min5": 5, "variance": 2}.get(form, 1)
    cells = paired_rates(human, model, frame, scale, least)
    people = [max(h, 1 - h) for _, h, _ in cells]
    machine = [max(q, 1 - q) for q, _, _ in cells]
    if form == "spearman":
        return correlation(
            ranks([bits(h) for _, h, _ in cells]), ranks([bits(q) for q, _, _ in cells])
        )
    if form == "variance":
        people = [h * (1 - h) * n / (n - 1) for _, h, n in cells]
        machine = [q * (1 - q) for q, _, _ in cells]
    r = correlation(people, machine)
    if form != "partial":
        return r
    size = [float(n) for _, _, n in cells]
    a, b = correlation(people, size), correlation(machine, size)
    return (r - a * b) / math.sqrt((1 - a * a) * (1 - b * b))


def brier(human, model, frame, scale):
    q = q_by_item(model, frame, "q" if scale == "probability" else "choice")
    return mean(
        (q[row["item"]] - row[frame]) ** 2
        for row in human
        if row[frame] is not None and row["item"] in q
    )


def brier_floor(human, frame):
    parts = []
    for answers in by_item(human, frame).values():
        n, h = len(answers), mean(answers)
        if n >= 2:
            parts += [h * (1 - h) * n / (n - 1)] * n
    return mean(parts)


def half_difference(human, frame):
    """Mean over items of the mean over all cuts of the people into two halves."""
    items = []
    for answers in by_item(human, frame).values():
        n = len(answers)
        if n < 2:
            continue
        cuts = []
        for first in combinations(range(n), n // 2):
            one = mean(answers[i] for i in first)
            cuts.append(abs(one - mean(answers[i] for i in range(n) if i not in first)))
        items.append(mean(cuts))
    return mean(items)


def gap_alignment(human, model, scale):
    """Per item with paired people and both model frames: (model gap, human gap)."""
    value = "q" if scale == "probability" else "choice"
    q = {frame: q_by_item(model, frame, value) for frame in ("personal", "norm")}
    people = {}
    for row in human:
        if row["personal"] is not None and row["norm"] is not None:
            people.setdefault(row["item"], []).append(row["norm"] - row["personal"])
    return [
        (q["norm"][item] - q["personal"][item], mean(gaps))
        for item, gaps in people.items()
        if item in q["norm"] and item in q["personal"]
    ]


def consistency(model):
    """Share of same choices over rows that differ in the frame alone."""
    keys = (
        "persona_country",
        "persona_demo",
        "item",
        "prompt_style",
        "option_order",
        "sample_index",
    )
    choices = {}
    for row in model:
        choices.setdefault(tuple(row[k] for k in keys), {})[row["frame"]] = row["choice"]
    scores = []
    for pair in choices.values():
        if pair.get("personal") is None or pair.get("norm") is None:
            continue
        tied = 0.5 in (pair["personal"], pair["norm"])
        scores.append(0.5 if tied else float(pair["personal"] == pair["norm"]))
    return mean(scores)


def consensus(model, frame):
    shares = q_by_item(model, frame, "choice").values()
    return mean(max(share, 1 - share) for share in shares)


def order_effect(model, frame, value):
    keys = ("persona_country", "persona_demo", "item", "prompt_style", "sample_index")
    pairs = {}
    for row in model:
        if row["frame"] == frame:
            pairs.setdefault(tuple(row[k] for k in keys), {})[row["option_order"]] = row[value]
    return mean(
        pair["culture_first"] - pair["preference_first"]
        for pair in pairs.values()
        if pair.get("culture_first") is not None and pair.get("preference_first") is not None
    )


def personas(model):
    """The model's rows by persona group."""
    groups = {}
    for row in model:
        groups.setdefault((row["persona_country"], row["persona_demo"]), []).append(row)
    return groups


def matching(human, group):
    """The people of one persona's country and demographics."""
    return [
        row
        for row in human
        if (row["participant_country"], f"{row['participant_age']}_{row['participant_gender']}")
        == group
    ]
