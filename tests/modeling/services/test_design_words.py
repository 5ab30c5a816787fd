"""Designs of every kind in words: what a page says must be what is asked."""

import pytest

from modeling.backends import Decoding
from modeling.services.benchmark import plan_benchmark
from modeling.services.benchmark_design import benchmark
from modeling.services.benchmark_scenarios import scenarios_of
from modeling.services.design_words import design_of
from modeling.services.endpoints import named
from modeling.services.table_questions import design_questions, plan_questions
from tests.modeling.making import make_release

pytestmark = pytest.mark.django_db
HOW = {"endpoint": named("baseline:noisy"), "decoding": Decoding()}


def test_a_benchmark_says_its_dimensions_and_what_the_model_is():
    release = make_release(2)
    design = benchmark(
        scenarios_of(release), roles=["C3"], order="culture_first", rationale_share=0.25,
        family="Qwen", stage="base",
    )  # fmt: skip
    words = dict(design_of(plan_benchmark(release=release, design=design, **HOW).run))
    assert words["Scenarios"] == "2"
    assert words["Relations"] == "same, close, far"
    assert words["Who prefers what"] == "both prefs"
    assert words["Option orders"] == "the culture option first"
    assert words["Where actors come from"] == "geo-v1, seed 1"
    assert words["A short reason"] == "25%"
    assert (words["Family"], words["Stage"]) == ("Qwen", "base")


@pytest.mark.parametrize(
    ("options", "scale"),
    [
        ({"labels": ["no", "yes"]}, "labels without an order"),
        ({"labels": ["no", "perhaps", "yes"], "ordinal": True}, "labels in an order"),
        ({}, "free text"),
    ],
)
def test_a_table_says_its_file_and_its_scale(tmp_path, options, scale):
    path = tmp_path / "t.csv"
    path.write_text("id,prompt\ns1,Is it so?\n")
    design = design_questions(path, **options)
    words = dict(design_of(plan_questions(design=design, **HOW).run))
    assert words["From the file"].startswith(f"t.csv (SHA-256 {design.inputs.sha256[:12]}")
    assert words["Answers"] == scale
    assert ("Option orders" in words) == bool(options)
    assert words.get("Labels", "") == ", ".join(options.get("labels", []))
