"""Endpoints that answer prompts, one module each, behind one protocol. No Django here."""

from modeling.backends.objects import ReadValue, fitted, read_object
from modeling.backends.protocol import (
    PAPER_KEYS,
    Backend,
    BackendError,
    Decoding,
    EndpointSpec,
    Label,
    MissingPackageError,
    PermanentError,
    Prompt,
    Reply,
    TransientError,
)
from modeling.backends.reading import INVALID_REASONS, TIE, Answer, read_answer, read_answers
from modeling.backends.registry import KINDS, absent_kinds, defaults_of, make_backend, require_here

__all__ = [
    "INVALID_REASONS",
    "KINDS",
    "PAPER_KEYS",
    "TIE",
    "Answer",
    "Backend",
    "BackendError",
    "Decoding",
    "EndpointSpec",
    "Label",
    "MissingPackageError",
    "PermanentError",
    "Prompt",
    "ReadValue",
    "Reply",
    "TransientError",
    "absent_kinds",
    "defaults_of",
    "fitted",
    "make_backend",
    "read_answer",
    "read_answers",
    "read_object",
    "require_here",
]
