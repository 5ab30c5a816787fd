"""Human tidy CSV files for tests."""

import csv

COLUMNS = (
    "respondent_id", "scenario_item_id", "scenario", "scenario_country", "receiver_age",
    "receiver_gender", "receiver_demo", "respondent_country", "respondent_age_bucket",
    "respondent_gender", "respondent_demo", "human_personal", "human_norm",
)  # fmt: skip


def row(**changes):
    """One good row."""
    cells = {
        "respondent_id": "r1",
        "scenario_item_id": "s1",
        "scenario": "Dinner at a friend's home",
        "scenario_country": "Brazil",
        "receiver_age": "younger",
        "receiver_gender": "female",
        "respondent_country": "United States",
        "respondent_age_bucket": "older",
        "respondent_gender": "male",
        "human_personal": "A",
        "human_norm": "B",
    } | changes
    cells.setdefault("receiver_demo", f"{cells['receiver_age']}_{cells['receiver_gender']}")
    cells.setdefault(
        "respondent_demo", f"{cells['respondent_age_bucket']}_{cells['respondent_gender']}"
    )
    return cells


def write(path, rows, columns=COLUMNS, **options):
    """Write rows as CSV; extra cells of the first row become columns."""
    names = [*columns, *(name for name in rows[0] if name not in columns)]
    with path.open("w", encoding=options.pop("encoding", "utf-8"), newline="") as stream:
        writer = csv.DictWriter(stream, names, **options)
        writer.writeheader()
        writer.writerows(rows)
    return path
