"""Repeating a run from its manifest, and what is not as it was: code, prompts, release, model."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, Final, Protocol

from django.utils.translation import gettext as _

from annotation.models import Release
from modeling.backends import Decoding
from modeling.models import ModelEndpoint, Run
from modeling.services import endpoints, manifests, plans
from modeling.services.addresses import checked_address
from modeling.services.benchmark import plan_benchmark
from modeling.services.benchmark_design import BenchmarkDesign
from modeling.services.designs import Design, prompt_versions
from modeling.services.endpoints import Endpoint
from modeling.services.plans import Planned
from modeling.services.questions import BENCHMARK, COUNTERPARTS
from pact_site.base.errors import BadInput
from pact_site.base.models import User
from pact_site.base.services import audit

NOT_COMPARED: Final = frozenset(
    {
        "run", "label", "planned_at", "started_at", "finished_at", "counts", "simulated", "prices",
        "budget", "cost", "preflight",
    }
)  # fmt: skip
"""Parts of a manifest that say what came of a run, not what was asked of whom."""

FIRM: Final = ("release.hash", "prompts.")
"""Where these differ, a run asks something else: it is repeated only when told to."""

Manifest = Mapping[str, Any]


@dataclass(frozen=True)
class Difference:
    """One thing that two manifests say differently; "" where one says nothing of it."""

    name: str
    then: str
    now: str

    @property
    def firm(self) -> bool:
        """Whether it changes what is asked."""
        return self.name.startswith(FIRM)


@dataclass(frozen=True)
class Repeat:
    """A run's plan read from a manifest, and what differs now. `original` is None where the
    manifest comes from another installation."""

    manifest: Manifest
    release: Release
    design: Any
    decoding: Decoding
    endpoint: Endpoint
    study_slug: str
    budget: Decimal | None
    original: Run | None
    differences: list[Difference]

    @property
    def firm(self) -> list[Difference]:
        """The differences that change what is asked."""
        return [one for one in self.differences if one.firm]


class PlanRun(Protocol):
    """How a kind plans a run, as `plans.plan_run` does for counterparts."""

    def __call__(
        self, *, release: Release, design: Any, endpoint: Endpoint, decoding: Decoding,
        study_slug: str = "", budget: Decimal | None = None, new: bool = False,
        actor: User | None = None,
    ) -> Planned:  # fmt: skip
        """Lay out a run."""
        ...


@dataclass(frozen=True)
class Repeatable:
    """A kind of run that can be planned again from its design alone."""

    design: Callable[[Mapping[str, Any]], Any]
    prompts: Callable[[Any], Mapping[str, str]]
    plan: PlanRun


KINDS: Final[Mapping[str, Repeatable]] = {
    COUNTERPARTS: Repeatable(Design.from_json, prompt_versions, plans.plan_run),
    BENCHMARK: Repeatable(
        BenchmarkDesign.from_json, lambda design: design.prompt_versions, plan_benchmark
    ),
}


def of_run(run: Run, *, endpoint: str = "") -> Repeat:
    """What repeating this run would ask; see `of_manifest`."""
    return of_manifest(run.manifest, endpoint=endpoint, original=run)


def of_manifest(manifest: Manifest, *, endpoint: str = "", original: Run | None = None) -> Repeat:
    """Read a plan from a manifest; another `endpoint` may be named in place of its own.

    BadInput for imported answers, for kinds that start from other pages, for a release that is not
    here and for a manifest that cannot be read.
    """
    if "import" in manifest:
        raise BadInput(_("These answers were imported: there is nothing to ask again from here."))
    kind = KINDS.get(str(manifest.get("kind", "")))
    if kind is None:
        raise BadInput(
            _(
                "Runs of this kind are planned again where they were first: on the pages of their "
                "dataset, or by the command that asked."
            ),
            found=manifest.get("kind"), expected=", ".join(KINDS),
        )  # fmt: skip
    release = _release(manifest)
    try:
        design, decoding = kind.design(manifest["design"]), Decoding(**manifest["decoding"])
        where = (
            endpoints.named(endpoint, seed=decoding.seed)
            if endpoint
            else _own_endpoint(manifest["endpoint"])
        )
    except BadInput:
        raise
    except (KeyError, TypeError, ValueError) as error:
        raise BadInput(_("The manifest cannot be read."), found=str(error)) from error
    study = str(manifest.get("study", original.study_slug if original else ""))
    now = _manifest_now(kind, manifest, release, design, decoding, where, study)
    found = original or Run.objects.filter(public_id=manifest.get("run", "")).first()
    told = {name: value for name, value in manifest.items() if name != "backend"}
    return Repeat(
        manifest, release, design, decoding, where, study, _budget(manifest, found, where), found,
        differences(told, now),
    )  # fmt: skip


def repeat(asked: Repeat, *, anyway: bool = False, actor: User | None = None) -> Run:
    """Plan the run once more, linked to the one it repeats. BadInput where release or prompts are
    not what they were, unless `anyway`."""
    if asked.firm and not anyway:
        words = "; ".join(f"{one.name}: {one.then} then, {one.now} now" for one in asked.firm)
        raise BadInput(
            _("Release or prompts are not what they were, so the same question cannot be asked."),
            found=words, expected=_("the same, or to be told to repeat it anyway"),
        )  # fmt: skip
    planned = KINDS[asked.manifest["kind"]].plan(
        release=asked.release, design=asked.design, endpoint=asked.endpoint,
        decoding=asked.decoding, study_slug=asked.study_slug, budget=asked.budget, new=True,
        actor=actor,
    )  # fmt: skip
    run = planned.run
    if asked.original:
        Run.objects.filter(pk=run.pk).update(repeat_of=asked.original)
        run.refresh_from_db()
        audit.record(
            verb="run.repeated", subject=f"run {run.public_id}", actor=actor,
            repeats=asked.original.public_id, anyway=bool(asked.firm),
        )  # fmt: skip
    return run


def differences(then: Manifest, now: Manifest) -> list[Difference]:
    """Everything that two manifests say differently about what was asked, of whom and with what."""
    old, new = dict(_flat(then)), dict(_flat(now))
    names = [*old, *(name for name in new if name not in old)]
    return [
        Difference(name, old.get(name, ""), new.get(name, ""))
        for name in names
        if old.get(name, "") != new.get(name, "")
    ]


def parts(manifest: Manifest) -> list[tuple[str, str]]:
    """Every entry of a manifest by its full name, such as `release.hash`, with its value."""
    return list(_flat(manifest, whole=True))


def _flat(
    manifest: Manifest, prefix: str = "", *, whole: bool = False
) -> Iterator[tuple[str, str]]:
    for name, value in manifest.items():
        if not (prefix or whole) and name in NOT_COMPARED:
            continue
        if isinstance(value, Mapping):
            yield from _flat(value, f"{prefix}{name}.", whole=whole)
        elif value is not None:
            text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
            yield prefix + name, text


def _release(manifest: Manifest) -> Release:
    named = manifest.get("release") or {}
    dataset, number = named.get("dataset", ""), named.get("number")
    found = Release.objects.filter(dataset__slug=dataset, number=number or 0).first()
    if found is None:
        raise BadInput(
            _("The release of this manifest is not here."),
            found=f"{dataset} {number}", expected=_("the same dataset with its release"),
        )  # fmt: skip
    return found


def _budget(manifest: Manifest, original: Run | None, endpoint: Endpoint) -> Decimal | None:
    """The budget the run had, where the prices of the endpoint are known; one needs the other."""
    had = original.budget if original else manifest.get("budget")
    return Decimal(str(had)) if had is not None and endpoint.prices.known else None


def _own_endpoint(plain: Mapping[str, Any]) -> Endpoint:
    """The endpoint that a manifest names, with the prices of today where it has a row here."""
    endpoint = endpoints.stored(plain)
    if endpoint.kind == endpoints.BASELINE:
        return endpoints.named(endpoint.name, seed=endpoint.options.get("seed"))
    if endpoint.base_url:
        endpoint = replace(endpoint, base_url=checked_address(endpoint.base_url))
    row = ModelEndpoint.objects.filter(name=endpoint.name).first()
    return replace(endpoint, prices=endpoints.of_row(row).prices) if row else endpoint


def _manifest_now(
    kind: Repeatable,
    manifest: Manifest,
    release: Release,
    design: Any,
    decoding: Decoding,
    endpoint: Endpoint,
    study: str,
) -> dict[str, Any]:
    """The manifest that a run planned at this moment would begin with."""
    run = Run(
        kind=manifest["kind"], study_slug=study, dataset_slug=release.dataset.slug,
        release=release, endpoint=endpoint.as_json(), design=manifest["design"],
        decoding=manifest["decoding"],
    )  # fmt: skip
    return manifests.planned(run, kind.prompts(design))
