"""Prompts as versioned files: plain fields in, one `Prompt` out. No Django here."""

from modeling.prompts.cells import META_KEYS, MODES, ORDERS, STYLES, CellFields, Persona
from modeling.prompts.rendering import prompt_version, render

__all__ = [
    "META_KEYS",
    "MODES",
    "ORDERS",
    "STYLES",
    "CellFields",
    "Persona",
    "prompt_version",
    "render",
]
