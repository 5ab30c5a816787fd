"""Files of labels for tests: the paper's 27 pairs, and whatever a test makes of them."""

from annotation.services.labels.importing import import_labels
from tests.annotation.makers import write_rows

CRITERIA = ("plausible", "distinct", "clear")


def label_row(item="i0", annotator="A1", criterion="plausible", value="yes", **changes):
    """One row of the documented layout."""
    return {
        "item": item,
        "annotator": annotator,
        "criterion": criterion,
        "value": value,
        "note": "",
    } | changes


def paper_rows():
    """Appendix A.4: nine items, two annotators, three criteria; one disagreement in 27 pairs."""
    return [
        label_row(f"i{item}", annotator, criterion)
        | ({"value": "no", "note": "Both actions are one."} if is_no else {})
        for item in range(9)
        for annotator in ("A1", "A2")
        for criterion in CRITERIA
        for is_no in [(item, annotator, criterion) == (4, "A2", "distinct")]
    ]


def load_labels(folder, rows=None, slug="paper", **options):
    """Write rows to a file and import it."""
    path = write_rows(folder / f"{slug}.csv", paper_rows() if rows is None else rows)
    return import_labels(path=path, slug=slug, **options)
