"""Scenarios as a table that `import_scenarios --format csv` reads back."""

import csv
import io

import pandas as pd
from django.db.models import QuerySet

from analysis.frames.subjects import get_study
from annotation.models import Dataset, ScenarioVersion
from annotation.services.datasets import current_versions, export_csv
from pact_site.base.csvsafe import restore_cell
from pact_site.base.errors import BadInput


def study_scenarios(slug: str) -> pd.DataFrame:
    """The scenario versions of the study's release."""
    release = get_study(slug).release
    versions = ScenarioVersion.objects.filter(releases=release)
    related = versions.select_related("scenario__source_row", "scenario__dataset")
    return _table(related.order_by("scenario_id"))


def dataset_scenarios(slug: str) -> pd.DataFrame:
    """The newest version of each scenario of a dataset; BadInput for an unknown slug."""
    dataset = Dataset.objects.filter(slug=slug).first()
    if dataset is None:
        known = ", ".join(Dataset.objects.values_list("slug", flat=True)[:20])
        raise BadInput("There is no such dataset.", found=slug, expected=known or "a dataset")
    return _table(current_versions(dataset))


def _table(versions: QuerySet[ScenarioVersion]) -> pd.DataFrame:
    stream = io.StringIO()
    export_csv(stream, versions)
    stream.seek(0)
    header, *rows = csv.reader(stream)
    return pd.DataFrame([[restore_cell(cell) for cell in row] for row in rows], columns=header)
