"""What every figure of a report must be: Vega-Lite as its schema has it."""

import json

import altair as alt
from altair.utils.schemapi import validate_jsonschema


def check_specs(folder):
    """The specs of a bundle's figures follow the schema; returns the figures' names."""
    schema = alt.load_schema()
    specs = {path.name.partition(".")[0]: path for path in (folder / "figures").glob("*.vl.json")}
    for path in specs.values():
        text = path.read_text(encoding="utf-8")
        validate_jsonschema(json.loads(text, object_hook=without_rows), schema)
    return set(specs)


def without_rows(part):
    """Rows may hold anything; to look through them takes longer than the rest."""
    values = part.get("values")
    rows = isinstance(values, list) and values and isinstance(values[0], dict)
    return part | {"values": []} if rows else part
