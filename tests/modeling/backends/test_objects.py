"""Replies that should be one JSON object: the object, or the reason, and nothing mended."""

import asyncio
import json

import pytest

from modeling.backends import (
    Decoding,
    EndpointSpec,
    Prompt,
    Reply,
    fitted,
    make_backend,
    read_object,
)
from modeling.stub import StubOptions, running_stub
from tests.modeling.backends.endpoints import SERVERS

SCHEMA = {
    "type": "object",
    "properties": {
        "why": {"type": "string"},
        "value": {"type": "string", "enum": ["yes", "no"]},
        "steps": {"type": "array", "items": {"type": "integer"}, "minItems": 1, "maxItems": 2},
        "sure": {"type": "boolean"},
    },
    "required": ["why", "value"],
    "additionalProperties": False,
}
GOOD = {"why": "It is.", "value": "yes"}
PROMPT = Prompt(
    key="k",
    messages=({"role": "user", "content": "Is a) this; b) that?"},),
    labels=(),
    max_tokens=50,
    mode="text",
    meta={"item": "i"},
    reply_schema=SCHEMA,
)


def read(text, finish="stop", **fields):
    return read_object(Reply("k", text, finish_reason=finish, **fields))


@pytest.mark.parametrize(
    "text",
    [
        json.dumps(GOOD),
        f"```json\n{json.dumps(GOOD)}\n```",
        f'<think>First {{"value": "no"}}, then not.</think>\n{json.dumps(GOOD)}',
        f"Here you are:\n{json.dumps(GOOD)}\nAnything else?",
        f"{json.dumps(GOOD)} {json.dumps(GOOD)}",
    ],
)
def test_an_object_is_read_whatever_stands_around_it(text):
    assert read(text).value == GOOD


@pytest.mark.parametrize(
    ("text", "finish", "reason"),
    [
        ('{"why": "It is.", "val', "length", "cut_off"),
        ('{"why": "It is.", "val', "stop", "cut_off"),
        ('{"value": "yes"} or {"value": "no"}', "stop", "ambiguous"),
        ('{"value": "yes", "value": "no"}', "stop", "unparseable"),
        ("{value: yes}", "stop", "unparseable"),
        ("yes", "stop", "unparseable"),
        ('["yes"]', "stop", "unparseable"),
        ("I'm sorry, but I can't answer that.", "stop", "refusal"),
        ('{"value": "yes"}', "content_filter", "refusal"),
        ("<think>It never ends", "length", "cut_off"),
        ("", "stop", "empty"),
    ],
)
def test_everything_else_has_its_reason_and_no_value(text, finish, reason):
    found = read(text, finish)
    assert (found.value, found.invalid_reason) == (None, reason)


def test_text_in_the_reasoning_field_is_no_answer():
    assert read("", reasoning=json.dumps(GOOD)).invalid_reason == "reasoning_only"


def test_a_failed_request_is_not_read():
    with pytest.raises(ValueError, match="holds no answer"):
        read_object(Reply("k", error="500"))


def test_case_and_space_of_a_label_do_not_matter_and_unasked_properties_are_left_out():
    assert fitted(GOOD | {"value": " YES ", "mood": "good"}, SCHEMA).value == GOOD


@pytest.mark.parametrize(
    ("change", "reason", "where"),
    [
        ({"value": "maybe"}, "other_label", "value"),
        ({"value": True}, "other_label", "value"),
        ({"value": None}, "missing_answer", "value"),
        ({"why": ""}, "missing_answer", "why"),
        ({"why": 3}, "unparseable", "why"),
        ({"steps": []}, "unparseable", "steps"),
        ({"steps": [1, 2, 3]}, "unparseable", "steps"),
        ({"steps": [1, True]}, "unparseable", "steps.1"),
        ({"sure": 1}, "unparseable", "sure"),
    ],
)
def test_what_does_not_fit_says_where(change, reason, where):
    found = fitted(GOOD | change, SCHEMA)
    assert (found.value, found.invalid_reason, found.where) == (None, reason, where)


@pytest.mark.parametrize("baseline", ["noisy", "uniform"])
def test_baselines_make_up_an_object_that_fits_and_says_what_it_is(ask, baseline):
    (reply,) = ask(EndpointSpec("baseline", baseline), [PROMPT])
    value = fitted(read_object(reply).value, SCHEMA).value
    assert value["why"].startswith("Simulated")
    assert ask(EndpointSpec("baseline", baseline), [PROMPT]) == [reply]


@pytest.mark.parametrize("baseline", ["always_culture", "always_preference"])
def test_other_baselines_refuse_to_write(ask, baseline):
    with pytest.raises(Exception, match="chooses between two options"):
        ask(EndpointSpec("baseline", baseline), [PROMPT])


@pytest.mark.parametrize("server", SERVERS)
def test_a_server_is_asked_by_schema(server):
    with running_stub() as stub:
        (reply,), described = asked(SERVERS[server](stub))
    assert fitted(read_object(reply).value, SCHEMA).invalid_reason == ""
    assert described["adapted"] == {}


@pytest.mark.parametrize("server", SERVERS)
def test_a_server_without_schemas_is_asked_in_words_alone_and_the_manifest_says_so(server):
    with running_stub(StubOptions(faults={"rejects_schema": 1.0})) as stub:
        (reply,), described = asked(SERVERS[server](stub))
        assert stub.stats()["requests"] == 2
    assert reply.error is None
    assert "in words alone" in described["adapted"]["response_format"]


def asked(spec):
    """The replies to PROMPT, and what the backend says of itself afterwards."""

    async def main():
        backend = make_backend(spec)
        try:
            return [r async for r in backend.ask([PROMPT], Decoding())], backend.describe()
        finally:
            await backend.aclose()

    return asyncio.run(main())
