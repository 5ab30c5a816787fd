"""A study here as Prolific's API wants one: what is sent, and what it costs. Pure: no tables."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from annotation.vocab.countries import UnknownCountry, by_iso2, resolve
from pact_site.base.errors import BadInput

DEVICES = ("desktop", "tablet", "mobile")
RESIDENCE = "current-country-of-residence"
"""The filter that chooses people by where they live."""

_MANUAL, _AUTOMATIC = "MANUALLY_REVIEW", "AUTOMATICALLY_APPROVE"

_RETURN_REASONS = {
    "NO_CONSENT": "You did not agree to take part.",
    "INCOMPATIBLE_DEVICE": "The study does not work in this browser.",
    "SCREENED_OUT": "The study is for people from other countries.",
    "OTHER": "The study was over when you opened it.",
}


@dataclass(frozen=True)
class StudyDraft:
    """What a researcher decides about recruitment. Money is in hundredths of the currency.

    Without `countries` everybody can take part; without `screen_out_pay` whoever is screened out is
    asked to return the place.
    """

    name: str
    description: str
    reward: int
    places: int
    minutes: int
    minutes_allowed: int
    devices: tuple[str, ...] = DEVICES
    countries: tuple[str, ...] = ()
    approve_at_once: bool = False
    screen_out_pay: int = 0


@dataclass(frozen=True)
class Cost:
    """What places cost, in hundredths of `currency`: pay, and what Prolific adds to it.

    `currency` is empty where Prolific does not name it: it is the account's own.
    """

    places: int
    reward: int
    total: int
    currency: str = ""

    @property
    def pay(self) -> int:
        """What participants get."""
        return self.places * self.reward

    @property
    def fees(self) -> int:
        """What Prolific takes besides, with taxes."""
        return self.total - self.pay

    @property
    def shown(self) -> dict[str, str]:
        """The amounts as people read them, as `GBP 504.00`."""
        names = ("reward", "pay", "fees", "total")
        return {name: f"{self.currency} {getattr(self, name) / 100:,.2f}".strip() for name in names}


def internal_name(slug: str) -> str:
    """The name under which a study made here is found again at Prolific."""
    return f"PACT {slug}"


def study_body(
    draft: StudyDraft,
    *,
    slug: str,
    address: str,
    codes: Mapping[str, str],
    filters: Iterable[Mapping[str, Any]],
) -> dict[str, Any]:
    """The JSON of the study. `filters` are Prolific's own; BadInput where one lacks a country."""
    return {
        "name": draft.name,
        "internal_name": internal_name(slug),
        "description": draft.description,
        "external_study_url": address,
        "prolific_id_option": "url_parameters",
        "completion_codes": _codes(draft, codes),
        "estimated_completion_time": draft.minutes,
        "maximum_allowed_time": draft.minutes_allowed,
        "total_available_places": draft.places,
        "reward": draft.reward,
        "device_compatibility": list(draft.devices),
        "peripheral_requirements": [],
        "filters": _countries(draft.countries, filters),
    }


def _codes(draft: StudyDraft, codes: Mapping[str, str]) -> list[dict[str, Any]]:
    """One code per outcome, each with what Prolific does when it is entered."""
    done = {"action": _AUTOMATIC if draft.approve_at_once else _MANUAL}
    pay = {
        "action": "FIXED_SCREEN_OUT_PAYMENT",
        "fixed_screen_out_reward": draft.screen_out_pay,
        "slots": draft.places,
    }
    screened = pay if draft.screen_out_pay else _asked_back("SCREENED_OUT")
    closed = codes.get("closed")
    return [
        _code(codes["completed"], "COMPLETED", done),
        _code(codes["failed_attention"], "FAILED_ATTENTION_CHECK", {"action": _MANUAL}),
        _code(codes["no_consent"], "NO_CONSENT", _asked_back("NO_CONSENT")),
        _code(codes["screened_out"], "SCREENED_OUT", screened),
        _code(
            codes["incompatible_device"], "INCOMPATIBLE_DEVICE", _asked_back("INCOMPATIBLE_DEVICE")
        ),
        *([_code(closed, "OTHER", _asked_back("OTHER"))] if closed else []),
    ]


def _code(code: str, kind: str, action: dict[str, Any]) -> dict[str, Any]:
    return {"code": code, "code_type": kind, "actions": [action]}


def _asked_back(kind: str) -> dict[str, Any]:
    return {"action": "REQUEST_RETURN", "return_reason": _RETURN_REASONS[kind]}


def _countries(wanted: Sequence[str], filters: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The filter on residence; the ids of its choices are Prolific's, so they are looked up by name."""
    if not wanted:
        return []
    offered = next((one for one in filters if one.get("filter_id") == RESIDENCE), {})
    ids = {_iso2(str(name)): str(key) for key, name in (offered.get("choices") or {}).items()}
    missing = [str(by_iso2(code)) for code in wanted if code not in ids]
    if missing:
        raise BadInput(
            "Prolific's filter on residence does not know a country.", found=", ".join(missing)
        )
    return [{"filter_id": RESIDENCE, "selected_values": [ids[code] for code in wanted]}]


def _iso2(name: str) -> str:
    try:
        return resolve(name).iso2
    except UnknownCountry:
        return ""
