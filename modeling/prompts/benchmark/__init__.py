"""Prompts of the benchmark: dyads and conditions put into words, by versioned files."""

from modeling.prompts.benchmark.rendering import (
    PROMPT_VERSION,
    RATIONALE_VERSION,
    BenchmarkPrompt,
    ScenarioPrompts,
    Wording,
)

__all__ = [
    "PROMPT_VERSION",
    "RATIONALE_VERSION",
    "BenchmarkPrompt",
    "ScenarioPrompts",
    "Wording",
]
