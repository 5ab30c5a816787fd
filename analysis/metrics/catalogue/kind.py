"""What the catalogue says of one metric."""

from dataclasses import dataclass, field

from analysis.metrics.estimate import definition_text

HIGHER = "higher is closer"
ZERO = "zero is best"
SIGNED = "signed: zero is no difference"
NEUTRAL = "describes, neither good nor bad"

SHARE, POINTS, BITS, R, COUNT, P = "share", "share points", "bits", "correlation", "count", "p"
SQUARE = "squared share"

# Rows that are not pooled over prompt styles or option orders carry these further tokens.
SPLIT_KEYS = ("order", "sample", "style")

DEFINED = "defined here"
DEFINED_HUMAN = "defined here"


@dataclass(frozen=True)
class Metric:
    """What a reader of one number needs to know about it.

    `orientation` says which way is better, `unit` what the value counts in, `source` where the
    definition comes from, `keys` the options it always carries with their defaults, `tables` where
    in ``estimates.csv`` it stands, `more_keys` by table the options that its rows there carry besides
    `keys`.
    """

    name: str
    title: str
    meaning: str
    orientation: str
    unit: str
    source: str
    keys: dict[str, str] = field(default_factory=dict)
    tables: tuple[str, ...] = ("alignment",)
    more_keys: dict[str, dict[str, str]] = field(default_factory=dict)

    def definition(self, **tokens: str) -> str:
        """The definition string with these options in place of the defaults.

        Raises ValueError for an option the metric does not carry.
        """
        more = {key for keys in self.more_keys.values() for key in keys}
        unknown = set(tokens) - set(self.keys) - set(SPLIT_KEYS) - more
        if unknown:
            raise ValueError(f"{self.name} has no option {', '.join(sorted(unknown))}")
        return definition_text({**self.keys, **tokens})


# Options of statistics that set a model beside people, at their defaults.
MODEL = {"invalid": "drop", "scale": "probability", "target": "all"}
ITEMS = {**MODEL, "average": "items"}
ROWS = {"average": "rows", "invalid": "drop", "scale": "hard", "target": "all"}
