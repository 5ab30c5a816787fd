"""The fake's memory as a file, so that a simulated study outlives the process it was made in."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

from survey.prolific.fake.world import Held, World

TIMES = ("started_at", "completed_at", "return_requested")


def save(world: World, path: Path) -> None:
    """Write everything but the list of writes, aside first, so that a reader never finds half."""
    told = {
        "numbers": world.numbers,
        "studies": list(world.studies.values()),
        "submissions": [_plain(held) for held in world.submissions.values()],
    }
    aside = path.with_suffix(".tmp")
    aside.write_text(json.dumps(told), encoding="utf-8")
    aside.replace(path)


def load(path: Path) -> World:
    """The world of a file; a new one where there is no file."""
    world = World()
    if not path.exists():
        return world
    told = json.loads(path.read_text(encoding="utf-8"))
    world.numbers = told["numbers"]
    world.studies = {str(study["id"]): study for study in told["studies"]}
    world.submissions = {held["id"]: Held(**_timed(held)) for held in told["submissions"]}
    return world


def _plain(held: Held) -> dict[str, Any]:
    found = asdict(held)
    return found | {name: found[name] and found[name].isoformat() for name in TIMES}


def _timed(held: dict[str, Any]) -> dict[str, Any]:
    return held | {name: held[name] and datetime.fromisoformat(held[name]) for name in TIMES}
