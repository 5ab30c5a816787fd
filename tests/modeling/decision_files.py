"""Small files of benchmark decisions; a test states only what differs."""

import csv

import pyarrow as pa
import pyarrow.parquet as pq


def decision(**differs):
    """A row on scenario 2 of the little release, which is set in Namibia."""
    return {
        "source_row": "17",
        "base_country": "Namibia",
        "scenario_type": "far",
        "actor_country": "Brazil",
        "receiver_country": "Namibia",
        "actor_age": "younger",
        "actor_gender": "female",
        "receiver_age": "older",
        "receiver_gender": "male",
        "situation": "Ana is at table with {receiver} and has to decide (2).",
        "cultural_expectation": "The eldest begins.",
        "personal_preference": "She is hungry.",
        "eval_demo_config": "full_demo",
        "eval_pref_config": "actor_pref_only",
        "eval_decision": "FOLLOW_CULTURE",
        "eval_model": "Llama",
        "eval_backend": "vllm",
    } | differs


def write(path, rows):
    if path.suffix == ".parquet":
        pq.write_table(pa.Table.from_pylist(rows), path)
        return path
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path
