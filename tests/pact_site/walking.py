"""Every URL of the project, with a view and an example address."""

from dataclasses import dataclass

from django.urls import URLPattern, URLResolver, get_resolver

# What a converter may be given; nothing of that name exists.
EXAMPLES = {"slug": "nothing", "int": "987654", "str": "nothing", "uuid": "0" * 8 + "-0000-4000-8000-" + "0" * 12, "path": "nothing"}  # fmt: skip


@dataclass(frozen=True)
class Page:
    route: str
    view: object

    @property
    def module(self) -> str:
        return getattr(self.view, "__module__", "")

    @property
    def gate(self) -> str:
        return getattr(self.view, "pact_gate", "")

    @property
    def rest(self) -> type | None:
        """The class of a REST view, or None."""
        return getattr(self.view, "cls", None)


def pages(patterns=None, prefix="") -> list[Page]:
    """All pages, in the order in which Django tries them."""
    found = []
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            found += pages(pattern.url_patterns, route)
        elif isinstance(pattern, URLPattern):
            found.append(Page(route, pattern.callback))
    return found


def example_address(page: Page) -> str | None:
    """An address of the page made from EXAMPLES; None for regular expressions
    and foreign converters."""
    if any(mark in page.route for mark in "^$?\\"):
        return None
    address = page.route
    while "<" in address:
        before, rest = address.split("<", 1)
        converter, after = rest.split(">", 1)
        kind = converter.split(":")[0] if ":" in converter else "str"
        if kind not in EXAMPLES:
            return None
        address = before + EXAMPLES[kind] + after
    return "/" + address
