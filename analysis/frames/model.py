"""What models answered, as a frame: polars reads the named shards, pandas carries the rest."""

import pandas as pd
import polars as pl

from analysis.frames.columns import MODEL, make_frame
from analysis.frames.items import item_table
from analysis.frames.subjects import get_study
from annotation.vocab.countries import by_iso2
from annotation.vocab.terms import Choice
from modeling.models import Run
from modeling.services import answers
from pact_site.base.errors import BadInput
from survey.models import Study

_NEEDED = (
    "model",
    "item_id",
    "setting",
    "persona_country",
    "persona_demo",
    "frame",
    "prompt_style",
    "option_order",
    "sample_index",
    "choice",
    "q",
    "invalid_reason",
)
_CHOICES = {Choice.CULTURE.value: 1.0, Choice.PREFERENCE.value: 0.0, "tie": 0.5}


def study_runs(study: Study) -> list[Run]:
    """The study's counterpart runs on its release, oldest first."""
    runs = Run.objects.filter(kind="counterparts", study_slug=study.slug, release=study.release)
    return list(runs.order_by("pk"))


def model_frame(study_slug: str) -> pd.DataFrame:
    """MODEL rows of every cell that the study's runs have answered, invalid ones included.

    Cells whose item the release does not hold are an error, never dropped in silence.
    """
    study = get_study(study_slug)
    cells = _cells(study_runs(study))
    items = item_table(study.release)
    missing = ~cells["item_id"].isin(items.index)
    if missing.any():
        raise BadInput(
            "A run answered an item that the study's release does not hold.",
            found=str(cells.loc[missing, "item_id"].iloc[0]),
        )
    joined = items.loc[cells["item_id"]].reset_index(drop=True)
    countries = {code: by_iso2(code).name if code else "" for code in _levels(cells)}
    data = {
        **{name: cells[name] for name in cells.columns},
        **{name: joined[name] for name in joined.columns},
        "persona_country": cells["persona_country"].map(countries),
        "choice": cells["choice"].map(_CHOICES),
        "q": pd.to_numeric(cells["q"]),
    }
    return make_frame(MODEL, data)


def _levels(cells: pd.DataFrame) -> list[str]:
    return [str(code) for code in cells["persona_country"].unique()]


def _cells(runs: list[Run]) -> pd.DataFrame:
    pks = [run.pk for run in runs]
    with answers.reading(pks):
        table = answers.scan(pks).select(_NEEDED).collect()
    unknown = table.filter(pl.col("choice").is_not_null() & ~pl.col("choice").is_in(list(_CHOICES)))
    if unknown.height:
        raise ValueError(f"answers outside the label set: {unknown['choice'].unique().to_list()}")
    return table.to_pandas()
