"""The definitions as plain loops over rows, sharing no code with the package; undefined is None.

Rows are (item, rater, criterion, value) with values already among the labels and none missing.
Errors are Gwet's, with an item's criteria added up before squaring.
"""

from itertools import combinations, permutations
from math import comb, sqrt


def units(rows, single_rated):
    """Ratings {rater: value} by (item, criterion)."""
    found = {}
    for item, rater, criterion, value in rows:
        found.setdefault((item, criterion), {})[rater] = value
    if single_rated == "exclude":
        return {key: ratings for key, ratings in found.items() if len(ratings) > 1}
    return found


def weight(labels, weights, a, b):
    """How much two labels agree."""
    q, i, j = len(labels), labels.index(a), labels.index(b)
    if weights == "identity" or q == 1:
        return float(a == b)
    if weights == "ordinal":
        return 1 - comb(abs(i - j) + 1, 2) / comb(q, 2)
    try:
        numbers = [float(label) for label in labels]
    except ValueError:
        numbers = list(range(q))
    apart = abs(numbers[i] - numbers[j]) / (max(numbers) - min(numbers))
    return 1 - apart if weights == "linear" else 1 - apart**2


def paired(found):
    return {key: ratings for key, ratings in found.items() if len(ratings) > 1}


def pair_share(ratings, agree):
    """Mean agreement over ordered pairs of different raters."""
    pairs = list(permutations(ratings.values(), 2))
    return sum(agree(a, b) for a, b in pairs) / len(pairs)


def label_share(ratings, label):
    return sum(value == label for value in ratings.values()) / len(ratings)


def mean(values):
    values = list(values)
    return sum(values) / len(values)


def clustered(influence, found):
    """Standard error from each unit's influence, units of an item added up."""
    items = {}
    for key, moved in influence.items():
        items[key[0]] = items.get(key[0], 0.0) + moved
    n = len(items)
    if n < 2:
        return None
    return sqrt(n / (n - 1) * sum(moved**2 for moved in items.values())) / len(found)


def chance_corrected(name, rows, labels, weights="identity", single_rated="include"):
    """(value, error) of percent, pabak, ac1 and fleiss."""
    found = units(rows, single_rated)
    several = paired(found)
    if not several:
        return None, None

    def agree(a, b):
        return weight(labels, weights, a, b)

    q, n = len(labels), len(found)
    observed = mean(pair_share(ratings, agree) for ratings in several.values())
    share = {label: mean(label_share(r, label) for r in found.values()) for label in labels}
    total = sum(agree(a, b) for a in labels for b in labels)

    def unit_chance(own):
        if name == "percent":
            return 0.0
        if name == "pabak":
            return total / q**2
        if name == "ac1":
            return total / (q * (q - 1)) * sum(own[k] * (1 - share[k]) for k in labels)
        return sum(own[a] * share[b] * agree(a, b) for a in labels for b in labels)

    if q == 1 and name in ("pabak", "ac1"):
        return None, None
    chance = unit_chance(share)
    if abs(1 - chance) < 1e-12:
        return None, None
    value = (observed - chance) / (1 - chance)
    influence = {}
    for key, ratings in found.items():
        own = {label: label_share(ratings, label) for label in labels}
        scored = pair_share(ratings, agree) - chance if len(ratings) > 1 else 0.0
        moved = n / len(several) * scored / (1 - chance)
        influence[key] = (
            moved - 2 * (1 - value) * (unit_chance(own) - chance) / (1 - chance) - value
        )
    return value, clustered(influence, found)


def alpha(rows, labels, weights="identity"):
    """Krippendorff's alpha from the coincidences of values: 1 - observed / expected disagreement."""
    several = paired(units(rows, "include"))
    together = {}
    for ratings in several.values():
        for a, b in permutations(ratings.values(), 2):
            together[a, b] = together.get((a, b), 0.0) + 1 / (len(ratings) - 1)
    total = sum(together.values())
    if not total:
        return None
    margin = {a: sum(together.get((a, b), 0.0) for b in labels) for a in labels}
    apart = {(a, b): 1 - weight(labels, weights, a, b) for a in labels for b in labels}
    seen = sum(together.get(pair, 0.0) * d for pair, d in apart.items()) / total
    expected = sum(margin[a] * margin[b] * d for (a, b), d in apart.items()) / (total * (total - 1))
    return None if expected < 1e-12 else 1 - seen / expected


def cohen(rows, labels, weights="identity", single_rated="include"):
    """Cohen's kappa of two raters, either's label shares over all that rater rated."""
    found = units(rows, single_rated)
    raters = sorted({rater for ratings in found.values() for rater in ratings})
    both = [ratings for ratings in found.values() if len(ratings) == 2]
    if len(raters) != 2 or not both:
        return None
    one, two = ([r[who] for r in found.values() if who in r] for who in raters)
    observed = mean(weight(labels, weights, *(r[who] for who in raters)) for r in both)
    chance = mean(weight(labels, weights, a, b) for a in one for b in two)
    return None if abs(1 - chance) < 1e-12 else (observed - chance) / (1 - chance)


def specific(rows, label):
    """Of the other ratings of items where a rater chose the label, the share that chose it too."""
    same = other = 0
    for ratings in units(rows, "exclude").values():
        for a, b in permutations(ratings.values(), 2):
            same += a == label and b == label
            other += a == label and b != label
    return same / (same + other) if same + other else None


def prevalence_index(rows, positive, single_rated="include"):
    found = units(rows, single_rated)
    if not found:
        return None
    return mean(2 * label_share(ratings, positive) - 1 for ratings in found.values())


def bias_index(rows, positive):
    """Sum over pairs of raters of |yes of one - yes of the other| over the ratings both gave."""
    found = units(rows, "exclude")
    raters = sorted({rater for ratings in found.values() for rater in ratings})
    top = bottom = 0
    for one, two in combinations(raters, 2):
        both = [(r[one], r[two]) for r in found.values() if one in r and two in r]
        top += abs(sum((a == positive) - (b == positive) for a, b in both))
        bottom += len(both)
    return top / bottom if bottom else None


def everything(rows, labels, weights="identity", single_rated="include"):
    """Every coefficient by name; the first of the labels is the positive one."""
    options = (labels, weights, single_rated)
    found = {
        name: chance_corrected(name, rows, *options)[0]
        for name in ("percent", "pabak", "ac1", "fleiss")
    }
    if weights != "identity":
        found["ac2"] = found.pop("ac1")
    two = len(labels) == 2
    return found | {
        "cohen": cohen(rows, *options),
        "alpha": alpha(rows, labels, weights),
        "positive": specific(rows, labels[0]) if two else None,
        "negative": specific(rows, labels[1]) if two else None,
        "prevalence_index": prevalence_index(rows, labels[0], single_rated) if two else None,
        "bias_index": bias_index(rows, labels[0]) if two else None,
    }
