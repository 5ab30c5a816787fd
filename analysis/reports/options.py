"""What a report is made with, checked once."""

from dataclasses import asdict, dataclass

from analysis.published import PAPERS
from pact_site.base.errors import BadInput

KINDS = ("alignment", "human", "validation", "behavior")
SUBJECTS = {"validation": "validation", "behavior": "dataset"}
"""Kind -> what it is about; a study where nothing else is said."""

REPLICATES, SEED, LEVEL = 1000, 20260, 0.95
MAX_SEED = 2**32 - 1


@dataclass(frozen=True)
class Options:
    """Kind and subject of a report, and the settings of its intervals.

    `study` is the subject's slug: that of a validation or dataset where the kind says so (`SUBJECTS`). `published`
    names a paper whose printed figures stand beside the report's own (`analysis.published`), `indicators` a stored
    table of figures about countries that stand beside their rates. `reasons`
    puts people's own words into the report; `kinds_from` says who tells kinds of preference
    (`analysis.frames.kinds`).
    """

    kind: str
    study: str
    cohort: str | None = None
    replicates: int = REPLICATES
    seed: int = SEED
    level: float = LEVEL
    published: str | None = None
    indicators: str | None = None
    reasons: bool = False
    kinds_from: str | None = None

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise BadInput("Unknown kind of report.", found=self.kind, expected=", ".join(KINDS))
        if self.kind in SUBJECTS and self.cohort is not None:
            raise BadInput(
                f"A {SUBJECTS[self.kind]} has no cohorts.", found=self.cohort, expected="none"
            )
        if self.reasons and self.kind in SUBJECTS:
            raise BadInput(
                f"A report on a {SUBJECTS[self.kind]} holds no people's reasons.",
                found="reasons", expected="a report on a study",
            )  # fmt: skip
        if self.kinds_from is not None and self.kind == "validation":
            raise BadInput("A report on a validation shows no kinds of preference.",
                           found=self.kinds_from, expected="none")  # fmt: skip
        if self.published is not None and self.published not in PAPERS:
            raise BadInput(
                "No figures of such a paper.", found=self.published, expected=", ".join(PAPERS)
            )
        if self.indicators is not None and self.kind == "validation":
            raise BadInput(
                "A validation has no rates by country.", column="indicators", found=self.indicators
            )
        if not 50 <= self.replicates <= 100_000:
            raise BadInput(
                "The number of replicates is out of range.",
                found=self.replicates,
                expected="50 to 100,000",
            )
        if not 0 <= self.seed <= MAX_SEED:
            raise BadInput(
                "The seed is out of range.", found=self.seed, expected=f"0 to {MAX_SEED:,}"
            )
        if not 0.5 <= self.level < 1:
            raise BadInput(
                "The level of the intervals is out of range.",
                found=self.level,
                expected="0.5 to below 1, such as 0.95",
            )

    def as_dict(self) -> dict[str, object]:
        """The options as JSON stores them."""
        return asdict(self)
