"""What a run asks, in words: for people who did not write the design."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from annotation.vocab.countries import by_iso2
from annotation.vocab.terms import Frame, OptionOrder, Setting
from modeling.models import Run
from modeling.services.questions import BENCHMARK, COUNTERPARTS, QUESTIONS

LISTED: Final = 12
"""A list longer than this is counted, not written out."""

HIDDEN: Final = frozenset({"kind", "labels", "language", "limit"})

Words = list[tuple[str, str]]


def design_of(run: Run) -> Words:
    """Names and words of everything the design fixes, in the order people ask."""
    if run.imported:
        return []
    design: Mapping[str, Any] = run.design
    words = _BY_KIND.get(run.kind, _plain)(design)
    if design.get("rationale_share"):
        words.append((_("A short reason"), f"{design['rationale_share']:.0%}"))
    if design.get("labels"):
        words.append((_("Labels"), ", ".join(design["labels"])))
    if design.get("limit"):
        words.append((_("Limit"), _("the first %(n)s cells only") % {"n": f"{run.cells:,}"}))
    return words


def decoding_of(run: Run) -> Words:
    """How answers are sampled, as far as the run says."""
    names = {
        "temperature": _("Temperature"), "top_p": _("Top-p"), "max_tokens": _("Most new tokens"),
        "seed": _("Seed"), "logprobs": _("Alternatives asked for at each token"),
    }  # fmt: skip
    given = [(names[name], run.decoding.get(name)) for name in names]
    return [(name, str(value)) for name, value in given if value is not None]


def _counterparts(design: Mapping[str, Any]) -> Words:
    return [
        (_("Items"), f"{design['items']:,}"),
        (_("Answering as"), _personas(design["personas"])),
        (_("Questions"), _frames(design["frames"])),
        (_("Prompt styles"), _listed(design["styles"])),
        (_("Option orders"), _orders(design["orders"])),
        (_("Answers a cell"), str(design["samples"])),
        (_("Answer mode"), _mode(design["mode"])),
    ]


def _benchmark(design: Mapping[str, Any]) -> Words:
    words = [
        (_("Scenarios"), f"{design['scenarios']:,}"),
        (_("Relations"), _listed(design["relations"])),
        (_("Who prefers what"), _listed(design["roles"])),
        (_("What is said of both people"), _listed(design["conditions"])),
        (_("Prompts"), _listed(design["balances"])),
        (_("Option orders"), _coin(design["order"])),
        (_("Where actors come from"), f"{design['scheme']}, {_('seed')} {design['draw_seed']}"),
        (_("Answers a cell"), str(design["samples"])),
    ]
    told = ((_("Family"), design["family"]), (_("Stage"), design["stage"]))
    return words + [(name, value) for name, value in told if value]


def _table(design: Mapping[str, Any]) -> Words:
    inputs = design["inputs"]
    words = [
        (_("Questions"), f"{design['questions']:,}"),
        (_("From the file"), f"{inputs['file']} (SHA-256 {inputs['sha256'][:12]}...)"),
        (_("Answers"), str(_SCALES[design["scale"]])),
        (_("Answers a question"), str(design["samples"])),
    ]
    return [*words, (_("Option orders"), _listed(design["orders"]))] if design["labels"] else words


def _coin(order: str) -> str:
    meanings = {
        "instance": _("a coin for each instance"),
        "scenario": _("a coin for each scenario"),
    }
    return meanings.get(order) or _orders([order])


def _personas(codes: Sequence[str]) -> str:
    people = [code for code in codes if code != Setting.NO_PERSONA]
    if not people:
        return _("itself, without a persona")
    countries = dict.fromkeys(code.partition(":")[0] for code in people)
    where = ", ".join(by_iso2(country).name for country in countries)
    said = ngettext("%(n)s persona", "%(n)s personas", len(people)) % {"n": len(people)}
    said += " " + _("from %(where)s") % {"where": where}
    return said if len(people) == len(codes) else _("itself, and %(personas)s") % {"personas": said}


def _frames(frames: Sequence[str]) -> str:
    meanings = {
        Frame.PERSONAL.value: _("what it would do"),
        Frame.NORM.value: _("what most people consider appropriate"),
    }
    return "; ".join(meanings.get(frame, frame) for frame in frames)


def _orders(orders: Sequence[str]) -> str:
    meanings = {
        OptionOrder.CULTURE_FIRST.value: _("the culture option first"),
        OptionOrder.PREFERENCE_FIRST.value: _("the preference option first"),
    }
    return "; ".join(meanings.get(order, order) for order in orders)


def _mode(mode: str) -> str:
    meanings = {
        "label": _("label: one letter, with its probability where the endpoint gives any"),
        "paper": _("paper: both questions in one prompt, a JSON reply"),
    }
    return meanings.get(mode, mode)


def _plain(design: Mapping[str, Any]) -> Words:
    """Every setting by its own name: short ones written out, long lists counted."""
    shown = [(name, value) for name, value in design.items() if name not in HIDDEN]
    words = [(name.replace("_", " "), _value(value)) for name, value in shown]
    return [(name[:1].upper() + name[1:], value) for name, value in words if value]


def _value(value: object) -> str:
    if isinstance(value, (list, tuple)):
        simple = all(isinstance(one, (str, int, float)) for one in value)
        return _listed([str(one) for one in value]) if simple else f"{len(value):,}"
    if isinstance(value, Mapping):
        return ", ".join(f"{name}: {inner}" for name, inner in value.items())
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    return "" if value is None else str(value)


def _listed(values: Sequence[str]) -> str:
    if len(values) > LISTED:
        return f"{len(values):,}"
    return ", ".join(value.replace("_", " ") for value in values)


_BY_KIND: Final = {COUNTERPARTS: _counterparts, BENCHMARK: _benchmark, QUESTIONS: _table}
_SCALES: Final = {
    "text": gettext_lazy("free text"),
    "nominal": gettext_lazy("labels without an order"),
    "ordinal": gettext_lazy("labels in an order"),
}
