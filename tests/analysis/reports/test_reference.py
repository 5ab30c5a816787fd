"""The generated reference is the one that is committed."""

from django.conf import settings

from analysis.metrics.catalogue import METRICS
from analysis.reports.reference import lines

PAGE = settings.BASE_DIR / "docs" / "reference" / "estimates.md"


def test_the_committed_page_is_what_the_code_says():
    assert PAGE.read_text(encoding="utf-8") == "\n".join(lines()) + "\n", (
        "run `manage.py write_reference`"
    )


def test_every_metric_stands_on_the_page_with_its_keys():
    text = PAGE.read_text(encoding="utf-8")
    for metric in METRICS.values():
        assert f"| `{metric.name}` |" in text
        assert metric.definition() in text
