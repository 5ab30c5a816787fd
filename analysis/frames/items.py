"""The items of a release as a table: what people's and models' rows are joined to."""

import pandas as pd

from annotation.models import Item, Release
from annotation.vocab.countries import by_iso2

FIELDS = (
    "pk",
    "version",
    "scenario_item_id",
    "version__scenario__key",
    "version__country",
    "version__theme",
    "receiver_age",
    "receiver_gender",
)


def item_table(release: Release) -> pd.DataFrame:
    """One row per item, indexed by primary key.

    `item` is the id of the release format where it is unique, else id|age|gender; `scenario` is
    the cluster key; countries are English names.
    """
    rows = list(Item.objects.filter(release=release).order_by("pk").values_list(*FIELDS))
    table = pd.DataFrame(rows, columns=[name.split("__")[-1] for name in FIELDS]).set_index("pk")
    table = table.rename(columns={"key": "scenario", "country": "scenario_country"})
    names = {code: by_iso2(code).name for code in table["scenario_country"].unique()}
    table["scenario_country"] = table["scenario_country"].map(names)
    table["item"] = _identity(table)
    return table


def _identity(table: pd.DataFrame) -> "pd.Series[str]":
    plain = table["scenario_item_id"].astype(str)
    if plain.is_unique:
        return plain
    receiver = table["receiver_age"] + "|" + table["receiver_gender"]
    return plain.where(~plain.duplicated(keep=False), plain + "|" + receiver)
