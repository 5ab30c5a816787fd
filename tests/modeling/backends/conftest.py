"""Prompts to ask, and a way to ask them."""

import asyncio
from collections.abc import Callable
from dataclasses import replace

import pytest

from modeling.backends import Backend, Decoding, EndpointSpec, Prompt, Reply, make_backend
from modeling.prompts import CellFields, render

CELL = CellFields(
    key="cell",
    item="item",
    scenario_country="Japan",
    receiver_age="older",
    receiver_gender="female",
    situation="A visit.",
    culture_action="Bow.",
    preference_action="Wave.",
)


@pytest.fixture
def make_prompts() -> Callable[..., list[Prompt]]:
    """`make_prompts(n, **fields)`: n different prompts."""

    def make(n: int, **fields: object) -> list[Prompt]:
        cells = [
            replace(CELL, key=f"cell-{i}", item=f"item-{i}", situation=f"Visit {i}.", **fields)
            for i in range(n)
        ]
        return [render(cell) for cell in cells]

    return make


@pytest.fixture
def ask() -> Callable[..., list[Reply]]:
    """`ask(spec, prompts, **decoding)`: every reply, from a backend opened and closed for it."""

    def ask_all(spec: EndpointSpec, prompts: list[Prompt], **decoding: object) -> list[Reply]:
        async def run() -> list[Reply]:
            backend: Backend = make_backend(spec)
            try:
                return [reply async for reply in backend.ask(prompts, Decoding(**decoding))]
            finally:
                await backend.aclose()

        return asyncio.run(run())

    return ask_all
