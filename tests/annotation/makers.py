"""Hand-made source rows in every documented layout, and files of them."""

import csv

from annotation.services.imports import import_scenarios

CC_BY = "CC BY 4.0"


def normad_row(**changes):
    return {
        "ID": "7",
        "Country": "egypt",
        "Axis": "Etiquette",
        "Subaxis": "visiting",
        "Value": "Respect for the host.",
        "Rule-of-Thumb": "Bring something sweet when invited to a home.",
        "Story": "Mona arrived at dinner with a box of pastries. Is what Mona did acceptable?",
        "Gold Label": "yes",
    } | changes


def atlas_row(**changes):
    """A row of the named layout; the misspelt header is the publishers'."""
    return {
        "Country": "Federative Republic of Brazil",
        "Titile": "Etiquette in Brazil",
        "Url": "https://example.org/brazil",
        "Context1": "Greetings are warm.",
        "Context2": "Friends meet often.",
        "Context3": "",
        "Assertion": "Friends greet each other with a kiss on the cheek.",
    } | changes


def atlas_positional_row(**changes):
    """A row of the positional layout: 0 country, 4 page, 7 sentence, 9 statement, 10 truth."""
    cells = {str(n): "" for n in range(17)}
    return (
        cells
        | {
            "0": "Republic of Namibia",
            "1": "Culture",
            "4": "Culture of Namibia",
            "7": "Elders are greeted first at gatherings.",
            "9": "Elders are greeted first.",
            "10": "True",
        }
        | changes
    )


def pact_row(**changes):
    return {
        "pact_item_id": "P-1",
        "dataset": "NormAd-ETI",
        "source_row": "12",
        "source_gold_label": "yes",
        "base_country": "India",
        "scenario_type": "same",
        "scenario": "A guest is offered a second helping.",
        "culture_following": "Accept a little more.",
        "preference_allowing": "Decline politely.",
    } | changes


def own_row(**changes):
    """A row of the project's own table."""
    return {
        "key": "na-greeting",
        "country": "NA",
        "situation": "Someone meets {receiver} at a shop.",
        "cultural_expectation": "Ask how they are before asking for anything.",
        "personal_preference": "They are in a hurry.",
        "culture_action": "Ask how they are first.",
        "preference_action": "Ask for the price at once.",
        "setting": "shop",
        "theme": "greetings",
        "preference_type": "convenience_efficiency",
        "preference_strength": "low_stakes",
        "norm_basis": "Widely described etiquette.",
    } | changes


ROW_MAKERS = {
    "normad": normad_row,
    "cultureatlas": atlas_row,
    "pact": pact_row,
    "csv": own_row,
}


def write_rows(path, rows, *, encoding="utf-8", newline="\n"):
    """A CSV file with the first row's columns; returns its path."""
    with path.open("w", encoding=encoding, newline="") as stream:
        writer = csv.DictWriter(stream, list(rows[0]), lineterminator=newline)
        writer.writeheader()
        writer.writerows(rows)
    return path


def load(path, source_format="normad", dataset="source", **options):
    """Import a file into a dataset."""
    return import_scenarios(path=path, source_format=source_format, dataset_slug=dataset, **options)


def load_rows(folder, rows, source_format="normad", **options):
    """Write rows to a file and import it."""
    if source_format == "csv":
        options.setdefault("licence", CC_BY)
    return load(write_rows(folder / f"{source_format}.csv", rows), source_format, **options)
