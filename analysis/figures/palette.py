"""The colours of figures: the light values of the design system's tokens.

A figure carries these literal colours, so that it stands alone in a paper; the report page swaps
each for the token of the same name, which also knows the dark scheme.
"""

from typing import Final

INK: Final = "#1d1c1a"
MUTED: Final = "#5c5850"
RULE: Final = "#e2dfd8"
PAPER: Final = "#ffffff"
SHADE: Final = "#f4f2ee"
ACCENT: Final = "#0d5c56"
CULTURE: Final = "#1f5aa8"
PREFERENCE: Final = "#b04a05"

TOKENS: Final = {
    INK: "--text",
    MUTED: "--muted",
    RULE: "--line",
    PAPER: "--surface",
    SHADE: "--surface-2",
    ACCENT: "--accent",
    CULTURE: "--culture",
    PREFERENCE: "--preference",
}
"""Which token each colour is the light value of."""
