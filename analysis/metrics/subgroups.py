"""The people that match a persona: same country, same age and gender."""

from collections.abc import Sequence

import numpy as np

from analysis.metrics.bootstrap import Resampler
from analysis.metrics.core import People
from analysis.metrics.study import Codes, Study


def subgroups(study: Study) -> tuple[Codes, dict[tuple[str, str], int]]:
    """Each human row's (country, demo) code, and the code of every such subgroup.

    People of unknown age or gender are in none: their code is one that no subgroup has.
    """
    human = study.human
    keys = list(zip(human["participant_country"], human["participant_demo"], strict=True))
    codes = {key: place for place, key in enumerate(sorted(key for key in set(keys) if key[1]))}
    found = (codes.get(key, len(codes)) for key in keys)
    return np.fromiter(found, dtype=np.intp, count=len(keys)), codes


class Subgroups:
    """The people of one frame split as the personas are: country x demographic."""

    def __init__(self, resampler: Resampler, frame: str) -> None:
        study = resampler.study
        self.resampler = resampler
        codes, self._places = subgroups(study)
        valid = ~np.isnan(study.column(frame))
        self._codes = codes[valid]
        self._answers = study.answers(frame)
        self._people: dict[tuple[str, str], People] = {}

    def people(self, group: tuple[str, str]) -> People:
        """The humans that match one persona (none where nobody does)."""
        if group not in self._people:
            mine = self._codes == self._places.get(group, -1)
            answers = self._answers.where(mine)
            self._people[group] = People(self.resampler, answers, target="subgroup")
        return self._people[group]

    def everyone(self, groups: Sequence[tuple[str, str]]) -> People:
        """The matching humans of all personas, cells being (group, item) group by group."""
        place = {self._places[group]: i for i, group in enumerate(groups) if group in self._places}
        mine = np.isin(self._codes, list(place))
        answers = self._answers.where(mine)
        order = np.fromiter((place[c] for c in self._codes[mine]), np.intp, count=int(mine.sum()))
        cell = order * self.resampler.study.n_items + answers.item
        return People(self.resampler, answers, "subgroup", cell, len(groups))
