"""What a study promised before its first real answer."""

from collections.abc import Mapping
from dataclasses import dataclass

from survey.models import Study
from survey.services.preregistration import standing


@dataclass(frozen=True)
class Promised:
    """One number that was named beforehand; `by` is empty for everybody together."""

    metric: str
    frame: str
    by: str
    family: str
    expectation: str

    def covers(self, metric: str, frame: str, group: Mapping[str, str | None]) -> bool:
        """Whether an estimate of this metric, frame and group was promised here."""
        named = {self.by} if self.by else set()
        frames = {self.frame, ""} if self.frame == "both" else {self.frame}
        return metric == self.metric and frame in frames and set(group) == named


@dataclass(frozen=True)
class Promise:
    """The promise that stands: its hash, when it was frozen, its comparisons and hypotheses."""

    content_hash: str
    frozen_at: str
    hypotheses: str
    comparisons: tuple[Promised, ...]
    amendments: int


def promise_of(study: Study) -> Promise | None:
    """The last promise frozen before the first real answer; None where there is none."""
    row = standing(study)
    if row is None:
        return None
    return Promise(
        content_hash=row.content_hash,
        frozen_at=f"{row.frozen_at:%Y-%m-%d %H:%M} UTC",
        hypotheses=row.document["hypotheses"],
        comparisons=tuple(Promised(**one) for one in row.document["comparisons"]),
        amendments=study.preregistrations.filter(real_answers__gt=0).count(),
    )
