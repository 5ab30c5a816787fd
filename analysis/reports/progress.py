"""How far a report has come: a share between 0 and 1 and what is being done."""

from collections.abc import Callable

Progress = Callable[[float, str], None]


def silent(share: float, message: str) -> None:
    """Progress that nobody watches."""
