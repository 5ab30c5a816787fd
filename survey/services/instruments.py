"""The instrument: what participants see and how they are assigned, read and checked in one place.

An instrument's JSON is stored once per version and never edited; `parse` is its only reader.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import MISSING, dataclass
from typing import Any

from annotation.vocab.countries import UnknownCountry, by_iso2
from annotation.vocab.terms import DRAWN_RELATIONS, RECEIVERS, Frame
from pact_site.base.errors import BadInput
from survey.models import Instrument
from survey.services.instrument_reader import Reader, bad

CODES = ("completed", "no_consent", "failed_attention", "screened_out", "incompatible_device")
"""One completion code per outcome, as Prolific counts them."""

CLOSED = "closed"
"""The code of who comes when the study is over. Instruments from before there was one have none:
their people are asked to return the place by hand."""

CHECK_KINDS = ("instructed", "nonsensical")
"""The two kinds of attention check that Prolific accepts."""

IDENTITIES = ("prolific", "any")
FRAME_ORDERS = ("balanced", "personal_first", "norm_first")
SIDE_ORDERS = ("balanced", "culture_first", "preference_first")
PAGES = (1, 2)
POINTS = (5, 7)
FAILED_ENDINGS = ("completed", "failed_attention")
MAX_COMPREHENSION_ATTEMPTS = 2
LONGEST_CODE = 200


_ALL_RECEIVERS = [receiver.demo for receiver in RECEIVERS]
_RECEIVERS = ", ".join(_ALL_RECEIVERS)


@dataclass(frozen=True)
class Option:
    """One answer that can be chosen."""

    code: str
    text: str


@dataclass(frozen=True)
class Question:
    """A comprehension question with its one right answer."""

    key: str
    text: str
    options: tuple[Option, ...]
    answer: str


@dataclass(frozen=True)
class Check:
    """An attention check: shown after scenario number `after`, passed by any code in `passes`."""

    key: str
    kind: str
    after: int
    text: str
    options: tuple[Option, ...]
    passes: tuple[str, ...]


@dataclass(frozen=True)
class Section:
    """A heading with its text."""

    heading: str
    text: str


@dataclass(frozen=True)
class Wording:
    """The questions of a scenario page; `{people}` in `norm` stands for whose judgment is asked."""

    personal: str
    norm: str
    people: str
    people_unnamed: str
    importance_norm: str
    importance_preference: str
    scale_low: str
    scale_high: str
    reason: str
    perceived: str = "Out of 100 people there, how many would choose the first action, “{action}”?"

    def of(self, frame: str, country: str | None) -> str:
        """The question of one frame; `country` is a full name, None where it is not shown."""
        if frame == Frame.PERSONAL:
            return self.personal
        people = self.people.replace("{country}", country) if country else self.people_unnamed
        return self.norm.replace("{people}", people)


@dataclass(frozen=True)
class Definition:
    """A checked instrument."""

    language: str
    identity: str
    countries: tuple[str, ...]
    mix: Mapping[str, int]
    planned_completes: int
    minutes_allowed: int
    estimated_minutes: int
    consent: tuple[Section, ...]
    instructions: tuple[Section, ...]
    comprehension: tuple[Question, ...]
    checks: tuple[Check, ...]
    reasons: int
    codes: Mapping[str, str]
    wording: Wording
    show_country: bool
    exclude_at: int
    older_from: int
    contact: str
    languages: tuple[str, ...]
    translations: Mapping[str, Mapping[str, Any]]
    receivers: tuple[str, ...]
    points: int
    pages: int
    frame_order: str
    side_order: str
    reason_positions: tuple[int, ...]
    paradata: bool
    perceived: bool
    failed_ending: str

    @property
    def length(self) -> int:
        """How many scenarios each participant answers."""
        return sum(self.mix.values())

    @property
    def ratings(self) -> tuple[int, ...]:
        """The points of the importance scales, lowest first."""
        return tuple(range(1, self.points + 1))

    @property
    def consent_version(self) -> str:
        """A hash of the consent text, stored with each consent."""
        texts = [[part.heading, part.text] for part in self.consent]
        return digest([*texts, "paradata"] if self.paradata else texts)

    def checks_after(self, position: int) -> list[Check]:
        """The attention checks shown between this scenario and the next."""
        return [check for check in self.checks if check.after == position]

    def check(self, key: str) -> Check | None:
        """The attention check of this key."""
        return next((check for check in self.checks if check.key == key), None)


def digest(value: object) -> str:
    """SHA-256 of a value's canonical JSON."""
    canonical = json.dumps(value, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(canonical.encode()).hexdigest()


def parse(raw: Mapping[str, Any]) -> Definition:
    """Read and check an instrument's JSON; BadInput names the part that is wrong."""
    reader = Reader(raw)
    _storable(raw)
    definition = Definition(
        language=reader.text("language"),
        identity=reader.text("identity", one_of=IDENTITIES),
        countries=tuple(reader.texts("countries")),
        mix={key: reader.child("mix").number(key, least=0) for key in reader.mapping("mix")},
        planned_completes=reader.number("planned_completes", least=1),
        minutes_allowed=reader.number("minutes_allowed", least=1),
        estimated_minutes=reader.number("estimated_minutes", least=1),
        consent=reader.each("consent", _section),
        instructions=reader.each("instructions", _section),
        comprehension=reader.each("comprehension", _question),
        checks=reader.each("checks", _check),
        reasons=reader.number("reasons", least=0),
        codes={key: str(value) for key, value in reader.mapping("codes").items()},
        wording=_wording(reader.child("wording")),
        show_country=reader.flag("show_country"),
        exclude_at=reader.number("exclude_at", least=0),
        older_from=reader.number("older_from", least=1),
        contact=reader.text("contact"),
        **_settings(reader),
    )
    for problem in _problems(definition):
        raise problem
    return definition


def _storable(raw: Mapping[str, Any]) -> None:
    """Refuse what no database keeps, and parts that nothing would read: a misspelt name."""
    text = json.dumps(raw, ensure_ascii=False)
    if re.search(r"[\ud800-\udfff]|\\u0000", text):
        raise bad("text", "holds characters that cannot be stored", None, "Unicode text")
    for name in sorted(set(raw) - set(Definition.__dataclass_fields__)):
        raise bad(name, "is no part of an instrument", name, "a part named in the documentation")


def _settings(reader: Reader) -> dict[str, Any]:
    """The parts that may be left out; the defaults are the published study's way."""
    language = reader.text("language")
    return {
        "languages": tuple(reader.texts("languages", default=[language])),
        "translations": reader.mapping("translations", default={}),
        "receivers": tuple(reader.texts("receivers", default=_ALL_RECEIVERS)),
        "points": reader.number("points", least=1, default=7),
        "pages": reader.number("pages", least=1, default=1),
        "frame_order": reader.text("frame_order", one_of=FRAME_ORDERS, default="balanced"),
        "side_order": reader.text("side_order", one_of=SIDE_ORDERS, default="balanced"),
        "reason_positions": tuple(reader.numbers("reason_positions", default=[])),
        "paradata": reader.flag("paradata", default=False),
        "perceived": reader.flag("perceived", default=False),
        "failed_ending": reader.text("failed_ending", one_of=FAILED_ENDINGS, default="completed"),
    }


_known_definitions: dict[str, Definition] = {}


def definition_of(instrument: Instrument) -> Definition:
    """The checked definition of a stored instrument, read once per process: it never changes."""
    known = _known_definitions.get(instrument.content_hash)
    if known is None:
        known = _known_definitions[instrument.content_hash] = parse(instrument.definition)
    return known


def _section(reader: Reader) -> Section:
    return Section(reader.text("heading"), reader.text("text"))


def _options(reader: Reader) -> tuple[Option, ...]:
    """The answers of a question: each code once, and short enough to be stored with a response."""
    found = reader.each("options", lambda one: Option(one.text("code"), one.text("text")))
    codes = [option.code for option in found]
    if not _unique(codes) or any(len(code) > LONGEST_CODE for code in codes):
        expected = f"different codes of up to {LONGEST_CODE} characters"
        raise bad(reader.name("options"), "cannot be used", codes, expected)
    return found


def _question(reader: Reader) -> Question:
    options = _options(reader)
    answer = reader.text("answer", one_of=[option.code for option in options])
    return Question(reader.text("key"), reader.text("text"), options, answer)


def _check(reader: Reader) -> Check:
    options = _options(reader)
    passes = tuple(reader.texts("passes"))
    codes = {option.code for option in options}
    if not passes or not codes.issuperset(passes) or codes == set(passes):
        raise bad(reader.name("passes"), "does not tell pass from fail", passes, str(codes))
    kind = reader.text("kind", one_of=CHECK_KINDS)
    after = reader.number("after", least=1)
    return Check(reader.text("key"), kind, after, reader.text("text"), options, passes)


def _wording(reader: Reader) -> Wording:
    return Wording(
        **{
            name: reader.text(name, default=None if field.default is MISSING else field.default)
            for name, field in Wording.__dataclass_fields__.items()
        }
    )


def _problems(made: Definition) -> list[BadInput]:
    """Everything that must hold between the parts."""
    checks: list[tuple[bool, str, object, str]] = [
        (bool(made.countries), "countries", made.countries, "at least one ISO code"),
        (_unique(made.countries), "countries", made.countries, "each country once"),
        (all(map(_known, made.countries)), "countries", made.countries, "ISO codes"),
        (set(made.mix) <= set(DRAWN_RELATIONS), "mix", made.mix, ", ".join(DRAWN_RELATIONS)),
        (made.length > 0 and min(made.mix.values()) >= 0, "mix", made.mix, "counts above zero"),
        (set(CODES) <= set(made.codes), "codes", sorted(made.codes), ", ".join(CODES)),
        (all(len(tag) <= 10 for tag in made.languages), "languages", made.languages, "short tags"),
        (made.language in made.languages, "languages", made.languages, made.language),
        (set(made.receivers) <= set(_ALL_RECEIVERS), "receivers", made.receivers, _RECEIVERS),
        (bool(made.receivers), "receivers", made.receivers, _RECEIVERS),
        (made.points in POINTS, "points", made.points, "5 or 7"),
        (made.pages in PAGES, "pages", made.pages, "1 or 2"),
        (
            all(1 <= place <= made.length for place in made.reason_positions),
            "reason_positions",
            made.reason_positions,
            f"places from 1 to {made.length}",
        ),
        (made.reasons <= made.length, "reasons", made.reasons, f"at most {made.length}"),
        (bool(made.consent), "consent", made.consent, "at least one section"),
        (len(made.checks) >= 2, "checks", len(made.checks), "at least two attention checks"),
        (_unique(c.key for c in made.checks), "checks", "a key twice", "each key once"),
        (
            all(map(_url_safe, made.checks)),
            "checks",
            "a key",
            "up to 40 lower-case letters, digits, dashes",
        ),
    ]
    found_bad = [
        bad(part, "is not usable", found, want) for ok, part, found, want in checks if not ok
    ]
    return [*found_bad, *_late_checks(made)]


def _late_checks(made: Definition) -> Iterator[BadInput]:
    """Attention checks with no scenario behind them, as after the mix was made smaller."""
    for number, check in enumerate(made.checks):
        if check.after >= made.length:
            place, last = f"checks[{number}].after", max(made.length - 1, 1)
            expected = (
                f"1 to {last}: a person gets {made.length} scenarios, one more after the check"
            )
            yield bad(place, "comes too late", check.after, expected)


def _known(code: str) -> bool:
    try:
        by_iso2(code)
    except UnknownCountry:
        return False
    return True


def _unique(values: Any) -> bool:
    found = list(values)
    return len(found) == len(set(found))


def _url_safe(check: Check) -> bool:
    return re.fullmatch(r"[a-z0-9-]{1,40}", check.key) is not None
