"""The generated reference is the one that is committed."""

import importlib

import pytest
from django.conf import settings

from analysis.management.commands.write_reference import PAGES
from analysis.metrics.catalogue import METRICS
from analysis.reports import api_reference

FOLDER = settings.BASE_DIR / "docs" / "reference"
PAGE = FOLDER / "estimates.md"


@pytest.mark.parametrize("name", PAGES)
def test_the_committed_page_is_what_the_code_says(name):
    text = (FOLDER / name).read_text(encoding="utf-8")
    assert text == "\n".join(PAGES[name]()) + "\n", "run `manage.py write_reference`"


@pytest.mark.parametrize("package", api_reference.PACKAGES)
def test_what_is_public_can_be_imported_and_stands_on_the_page(package):
    text = (FOLDER / "metrics-api.md").read_text(encoding="utf-8")
    names = api_reference.public_names(package)
    assert names == sorted(names, key=lambda name: (not name.isupper(), name[0].islower(), name))
    module = importlib.import_module(package)
    for name in names:
        assert getattr(module, name) is not None
        assert f"\n### {name}\n" in text


def test_every_metric_stands_on_the_page_with_its_keys():
    text = PAGE.read_text(encoding="utf-8")
    for metric in METRICS.values():
        assert f"| `{metric.name}` |" in text
        assert metric.definition() in text
