"""What answers cost: prices of a million tokens, and None wherever a price is unknown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

MILLION: Final = Decimal(1_000_000)


@dataclass(frozen=True)
class Prices:
    """Prices of a million tokens that are sent and that are written; None where unknown."""

    prompt: Decimal | None = None
    completion: Decimal | None = None
    currency: str = "USD"

    @property
    def known(self) -> bool:
        """Whether both prices are."""
        return self.prompt is not None and self.completion is not None

    def cost(
        self, prompt_tokens: int | Decimal, completion_tokens: int | Decimal
    ) -> Decimal | None:
        """What these tokens cost, in `currency`; None where a price that is needed is unknown."""
        total = Decimal(0)
        for price, tokens in ((self.prompt, prompt_tokens), (self.completion, completion_tokens)):
            if price is None and tokens:
                return None
            total += (price or Decimal(0)) * tokens / MILLION
        return total

    def as_json(self) -> dict[str, Any]:
        """What a run keeps: numbers, or null."""
        return {
            "prompt": None if self.prompt is None else float(self.prompt),
            "completion": None if self.completion is None else float(self.completion),
            "currency": self.currency,
        }

    @classmethod
    def from_json(cls, plain: Mapping[str, Any]) -> Prices:
        """The prices that `as_json` wrote; unknown ones for a run that kept none."""
        return cls(
            _decimal(plain.get("prompt")),
            _decimal(plain.get("completion")),
            plain.get("currency") or "USD",
        )


def shown(amount: Decimal, currency: str) -> str:
    """An amount as people read it: two decimals, four below one, `0` for nothing."""
    digits = 2 if amount >= 1 else 4
    return f"{amount:.{digits}f} {currency}" if amount else f"0 {currency}"


FREE: Final = Prices(Decimal(0), Decimal(0))
"""Of baselines, which no model stands behind."""


def _decimal(value: object) -> Decimal | None:
    return None if value is None else Decimal(str(value))
