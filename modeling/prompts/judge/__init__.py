"""Asking a model what annotators are asked: whether a scenario can be used, and why."""

from modeling.prompts.judge.rendering import (
    CriterionFields,
    JudgeFields,
    criterion_schema,
    prompt_version,
    render,
    reply_schema,
)

__all__ = [
    "CriterionFields",
    "JudgeFields",
    "criterion_schema",
    "prompt_version",
    "render",
    "reply_schema",
]
