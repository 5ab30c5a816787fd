"""Prompts of questions from a table: the asker's own words, and options below them."""

from modeling.prompts.questions.rendering import (
    LETTERS,
    MAX_TEXT_TOKENS,
    QuestionFields,
    prompt_versions,
    render,
)

__all__ = ["LETTERS", "MAX_TEXT_TOKENS", "QuestionFields", "prompt_versions", "render"]
