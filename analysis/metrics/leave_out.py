"""The human study by relation, with the participants of one country left out at a time."""

from collections.abc import Iterator

import pandas as pd

from analysis.metrics.book import Book
from analysis.metrics.bootstrap import Resampler
from analysis.metrics.estimate import Estimate
from analysis.metrics.human import add_frames, relation_mask, with_demo
from analysis.metrics.intervals import Settings
from analysis.metrics.study import Study


def relations_without(
    human: pd.DataFrame, *, replicates: int = 1000, seed: int = 20260, level: float = 0.95
) -> Iterator[Estimate]:
    """Rates and agreement by relation as in `human_table`, once for every country left out.

    `human` is the HUMAN frame; groups are {"relation", "without"}. Nothing where people of fewer
    than two countries took part or no relation is known.
    """
    settings = Settings(replicates, seed, level)
    countries = sorted(human["participant_country"].dropna().astype(str).unique())
    for country in countries if len(countries) > 1 else ():
        kept = human[human["participant_country"] != country].reset_index(drop=True)
        study = Study(with_demo(kept))
        resampler = Resampler(study, settings)
        book = Book("human")
        for relation in sorted(kept["relation"].dropna().astype(str).unique()):
            group = {"relation": relation, "without": country}
            add_frames(book, study, resampler, group, relation_mask(study, relation))
        book.add_mean_of_frames()
        yield from book.estimates(settings)
