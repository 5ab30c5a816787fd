"""Recompute the headline numbers of this report from the data beside it.

    python recompute.py [FOLDER]

Needs pandas and numpy, nothing of the platform that made the report. Reads data/human.csv and
data/predictions.csv, computes each number anew and compares it with estimates.csv. Prints the
largest difference; exit code 1 where one exceeds 1e-9 or a number is missing.
"""

import json
import sys
from pathlib import Path

import numpy as np
import pandas as pd

ITEM = ["scenario_item_id", "receiver_age", "receiver_gender"]
LETTERS = {"A": 1.0, "B": 0.0, "tie": 0.5}
TOLERANCE = 1e-9


def main(folder: Path) -> int:
    """Compare every recomputed number with estimates.csv."""
    printed = read(folder / "estimates.csv")
    book = {tuple(row[KEY]): row["value"] for _, row in printed.iterrows()}
    human = read(folder / "data" / "human.csv")
    numbers = human_numbers(human)
    packed = sorted((folder / "data").glob("predictions.csv*"))
    if packed:
        numbers |= model_numbers(human, read(packed[0]))
    missing = [key for key in numbers if key not in book]
    worst = max(difference(numbers[key], book[key]) for key in numbers if key in book)
    for key in missing:
        print("not in estimates.csv:", key)
    for key in numbers:
        if key in book and difference(numbers[key], book[key]) > TOLERANCE:
            print(f"differs: {key}: recomputed {numbers[key]}, printed {book[key]}")
    print(f"{len(numbers)} numbers recomputed, largest difference {worst:.3g}")
    return 1 if missing or worst > TOLERANCE else 0


KEY = ["table", "setting", "model", "frame", "group", "metric", "definition"]


def read(path: Path) -> pd.DataFrame:
    """Read a CSV as text; only empty cells are missing, since NA is a country's code."""
    return pd.read_csv(path, dtype=str, keep_default_na=False)


def difference(computed: float, printed: str) -> float:
    """The distance of two numbers, 0 where both are undefined."""
    if printed == "" or np.isnan(computed):
        return 0.0 if printed == "" and np.isnan(computed) else np.inf
    return abs(computed - float(printed))


def human_numbers(human: pd.DataFrame) -> dict[tuple[str, ...], float]:
    """Rates, gaps and agreement of people, overall and by country."""
    numbers: dict[tuple[str, ...], float] = {}
    parts = {"": human}
    for country, rows in human.groupby("respondent_country"):
        parts[group_text(participant_country=str(country))] = rows
    for group, rows in parts.items():
        choice = {f: rows[f"human_{f}"].map(LETTERS) for f in ("personal", "norm")}
        for frame, values in choice.items():
            cells = rates(rows, values)
            put = ("human", "", "", frame, group)
            numbers[(*put, "culture_rate", "weight:answers")] = values.mean()
            numbers[(*put, "culture_rate", "weight:items")] = (cells.k / cells.n).mean()
            numbers[(*put, "pair_agreement", "average:items")] = pair_agreement(cells)
            share = np.maximum(cells.k, cells.n - cells.k) / cells.n
            numbers[(*put, "majority_share", "average:items")] = share.mean()
    return numbers


def model_numbers(human: pd.DataFrame, predictions: pd.DataFrame) -> dict[tuple[str, ...], float]:
    """Distances and alignment of every model, setting and question."""
    numbers: dict[tuple[str, ...], float] = {}
    for frame in ("personal", "norm"):
        people = rates(human, human[f"human_{frame}"].map(LETTERS))
        asked = predictions[predictions[f"invalid_reason_{frame}"] != "not asked"]
        for (model, setting), rows in asked.groupby(["model_tag", "persona_setting"]):
            put = ("alignment", str(setting), str(model), frame, "")
            for (metric, definition), value in scores(people, rows, frame).items():
                numbers[(*put, metric, definition)] = value
    return numbers


def scores(people: pd.DataFrame, rows: pd.DataFrame, frame: str) -> dict[tuple[str, ...], float]:
    """The scores of one model, setting and question."""
    choice = rows[f"llm_{frame}"].map(LETTERS)
    q = pd.to_numeric(rows[f"q_culture_{frame}"]).fillna(choice)
    keyed = rows[ITEM].assign(choice=choice, q=q).dropna(subset=["choice"])
    model = keyed.groupby(ITEM)[["q", "choice"]].agg(["mean", "count"])
    both = people.join(pd.DataFrame({"q": model["q", "mean"]}), how="inner")
    h, gap = both.k / both.n, both.q - both.k / both.n
    two = both.n >= 2
    noise = h[two] * (1 - h[two]) / (both.n[two] - 1)
    hits, errors = row_scores(people, keyed)
    soft = "average:items;invalid:drop;scale:probability;target:all"
    hard = "average:rows;invalid:drop;scale:hard;target:all"
    rate = "invalid:drop;scale:probability;target:all;weight:items"
    return {
        ("item_mae", soft): gap.abs().mean(),
        ("item_mse_unbiased", soft): (gap[two] ** 2 - noise).mean(),
        ("signed_culture_gap", soft): gap.mean(),
        ("rate_gap_abs", rate): abs(gap.mean()),
        ("majority_alignment", f"{hard};ties:exclude"): hits,
        ("row_mae", hard): errors,
        ("invalid_rate", ""): choice.isna().mean(),
    }


def row_scores(people: pd.DataFrame, keyed: pd.DataFrame) -> tuple[float, float]:
    """Majority alignment without tied items, and the distance of single hard answers."""
    rows = keyed.join(people, on=ITEM, how="inner")
    h = rows.k / rows.n
    errors = (rows.choice * (1 - h) + (1 - rows.choice) * h).mean()
    untied = rows[2 * rows.k != rows.n]
    culture = 2 * untied.k > untied.n
    hits = untied.choice.where(culture, 1 - untied.choice)
    return hits.mean(), errors


def rates(rows: pd.DataFrame, choice: "pd.Series[float]") -> pd.DataFrame:
    """Culture answers k of n answers per item."""
    keyed = rows[ITEM].assign(y=choice).dropna(subset=["y"])
    cells = keyed.groupby(ITEM)["y"].agg(["sum", "count"])
    return pd.DataFrame({"k": cells["sum"], "n": cells["count"]})


def pair_agreement(cells: pd.DataFrame) -> float:
    """The chance that two different people of an item agree, mean over items with two people."""
    many = cells[cells.n >= 2]
    agreeing = many.k * (many.k - 1) + (many.n - many.k) * (many.n - many.k - 1)
    return (agreeing / (many.n * (many.n - 1))).mean()


def group_text(**group: str) -> str:
    """A group as estimates.csv writes it."""
    return json.dumps(group, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).parent)))
