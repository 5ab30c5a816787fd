"""From a source row to a scenario: five prompts, and how each reply is read. No Django here."""

from modeling.prompts.construction.fields import Draft, Source
from modeling.prompts.construction.parsing import INVALID, KEPT, REJECTED, Parsed, parse, value_of
from modeling.prompts.construction.steps import prompt_version, render

__all__ = [
    "INVALID",
    "KEPT",
    "REJECTED",
    "Draft",
    "Parsed",
    "Source",
    "parse",
    "prompt_version",
    "render",
    "value_of",
]
