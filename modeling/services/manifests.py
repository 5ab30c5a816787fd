"""What a run leaves behind so that it can be understood, compared and repeated."""

from __future__ import annotations

import platform
import subprocess
from collections.abc import Mapping
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Sum
from django.utils import timezone

from annotation.models import Release
from modeling.models import Run
from modeling.services.costs import Prices
from modeling.stub.options import FINGERPRINT

_PACKAGES = ("openai", "aiohttp", "pyarrow", "django")


def planned(run: Run, prompts: Mapping[str, str]) -> dict[str, Any]:
    """What is known before the first question; no secret is among it."""
    return {
        "run": run.public_id,
        "code": code_version(),
        "python": platform.python_version(),
        "packages": {name: _version(name) for name in _PACKAGES},
        "kind": run.kind,
        "dataset": run.dataset_slug,
        "study": run.study_slug,
        "release": _release(run.release),
        "endpoint": run.endpoint,
        "design": run.design,
        "decoding": run.decoding,
        "prompts": dict(prompts),
        "planned_at": timezone.now().isoformat(),
    }


def _release(release: Release | None) -> dict[str, Any] | None:
    if release is None:
        return None
    return {
        "dataset": release.dataset.slug,
        "number": release.number,
        "hash": release.content_hash,
    }


def note_backend(run_pk: int, described: dict[str, object]) -> None:
    """Keep what the endpoint says of itself, once; a server that says it is a stub marks the run."""
    known = Run.objects.filter(pk=run_pk).values_list("manifest", flat=True).get()
    if known.get("backend") == described:
        return  # as after every chunk but the first
    with transaction.atomic():
        run = Run.objects.select_for_update().get(pk=run_pk)
        run.manifest = run.manifest | {"backend": described}
        run.simulated = run.simulated or described.get("system_fingerprint") == FINGERPRINT
        run.save(update_fields=["manifest", "simulated"])


def with_results(run: Run) -> dict[str, Any]:
    """The manifest with counts, tokens, start and end."""
    sums = run.chunks.aggregate(
        **{
            name: Sum(name, default=0)
            for name in ("rows", "valid", "invalid", "failed", "prompt_tokens", "completion_tokens")
        }
    )
    manifest: dict[str, Any] = run.manifest
    cost = Prices.from_json(run.prices).cost(sums["prompt_tokens"], sums["completion_tokens"])
    return manifest | {
        "label": run.label,
        "simulated": run.simulated,
        "prices": run.prices,
        "budget": None if run.budget is None else float(run.budget),
        "cost": None if cost is None else float(cost),
        "counts": {"planned": run.cells, "answered": sums.pop("rows")} | sums,
        "started_at": run.started_at.isoformat() if run.started_at else None,
        "finished_at": timezone.now().isoformat(),
    }


@cache
def code_version() -> str:
    """`git describe` of the working tree, else the released version's number."""
    root: Path = settings.BASE_DIR
    try:
        found = subprocess.run(
            ["git", "describe", "--always", "--dirty", "--tags"],
            cwd=root,
            capture_output=True,
            text=True,
            timeout=10,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return str(settings.SPECTACULAR_SETTINGS["VERSION"])
    return found.stdout.strip()


@cache
def _version(package: str) -> str | None:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None
