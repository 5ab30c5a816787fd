"""What the offline endpoint promises beyond the contract: shapes, adapters, base models, errors."""

import asyncio
import json
import math
import os
import signal
from dataclasses import replace

import pytest

from modeling.backends import Decoding, PermanentError, Prompt, make_backend, read_answer
from tests.vllm.building import engines_of

LETTERS = {"A", "B"}
SCHEMA = {
    "type": "object",
    "properties": {"choice": {"enum": ["A", "B"]}},
    "required": ["choice"],
    "additionalProperties": False,
}


def with_backend(spec, use):
    """What `await use(backend)` brings; one engine however much is asked of it."""

    async def main():
        backend = make_backend(spec)
        try:
            return await use(backend)
        finally:
            await backend.aclose()

    return asyncio.run(main())


async def collect(backend, prompts, **decoding):
    replies = [reply async for reply in backend.ask(prompts, Decoding(**decoding))]
    return {reply.key: reply for reply in replies}


def test_chat_with_probabilities_seeds_and_schemas(over, make_prompts):
    async def use(backend):
        prompts = make_prompts(30)
        said = await collect(backend, prompts)
        for prompt in prompts:
            reply = said[prompt.key]
            assert reply.error is None
            assert 1 <= len(reply.logprobs) <= 21
            assert all(math.isfinite(value) and value <= 0 for value in reply.logprobs.values())
            assert reply.prompt_tokens > 50
            assert 1 <= reply.completion_tokens <= prompt.max_tokens
            assert read_answer(reply, prompt).invalid_mass > 0.5, "random weights name no letter"
        await check_seeds(backend, prompts[:5])
        await check_schema(backend)
        await check_length(backend, prompts[0])
        assert len(await collect(backend, prompts)) == 30, "a refused prompt ends nothing else"
        return backend.describe()

    described = with_backend(over(), use)
    assert (described["dtype"], described["max_model_len"]) == ("float32", 4096)
    assert described["vllm"] == "0.32.0"
    assert described["hardware"]
    assert described["adapter"] is None


async def check_seeds(backend, prompts):
    """The same seed says the same, another seed something else."""
    warm = {"temperature": 1.0, "max_tokens": 20}
    first, again, other = [
        {
            key: reply.text
            for key, reply in (await collect(backend, prompts, **warm, seed=s)).items()
        }
        for s in (1, 1, 2)
    ]
    assert first == again
    assert all(first[key] != other[key] for key in first)


async def check_schema(backend):
    messages = ({"role": "user", "content": "A or B, as JSON"},)
    prompt = Prompt("json", messages, (), 60, "text", reply_schema=SCHEMA)
    reply = (await collect(backend, [prompt]))["json"]
    if reply.finish_reason == "stop":  # white space is allowed and may fill the answer
        assert json.loads(reply.text)["choice"] in LETTERS
    assert reply.text.lstrip().startswith("{")
    assert reply.logprobs is None


async def check_length(backend, prompt):
    long = prompt._replace(messages=({"role": "user", "content": "far too long " * 5000},))
    with pytest.raises(PermanentError, match=r"cell-0 is too long: \d+ tokens .* 4096"):
        await collect(backend, [long])


def test_paper_mode_reads_or_says_why_not(over, make_prompts):
    from modeling.backends import read_answers

    prompts = make_prompts(5, mode="paper")

    async def use(backend):
        return await collect(backend, prompts)

    said = with_backend(over(), use)
    for prompt in prompts:
        pair = read_answers(said[prompt.key], prompt)
        assert set(pair) == {"personal", "norm"}
        assert all(answer.valid or answer.invalid_reason for answer in pair.values())


def test_an_adapter_changes_the_answers_and_is_known_by_its_hash(over, make_prompts, model_folder):
    prompts = make_prompts(10)

    async def use(backend):
        return await collect(backend, prompts), backend.describe()

    plain, _ = with_backend(over(), use)
    adapted, described = with_backend(over(adapter=str(model_folder / "adapter")), use)
    assert all(plain[key].logprobs != adapted[key].logprobs for key in plain)
    assert described["adapter"]["rank"] == 8
    assert len(described["adapter"]["sha256"]) == 64


def write_adapter(folder, *, width, out):
    """One layer's adapter for a model so wide; the tiny one is 256 wide."""
    from safetensors.torch import save_file
    from torch import zeros

    folder.mkdir()
    name = "base_model.model.model.layers.0.self_attn.q_proj.lora"
    tensors = {f"{name}_A.weight": zeros(8, width), f"{name}_B.weight": zeros(out, 8)}
    save_file(tensors, str(folder / "adapter_model.safetensors"))
    config = {"peft_type": "LORA", "r": 8, "lora_alpha": 8, "target_modules": ["q_proj"]}
    (folder / "adapter_config.json").write_text(json.dumps(config))
    return str(folder)


@pytest.mark.parametrize(
    ("width", "out", "words"),
    [
        (128, 128, "'broken' does not fit.* width 128 .*256"),
        (256, 512, "refuses the adapter 'broken'"),
    ],
)
def test_an_adapter_that_does_not_fit_is_refused_in_words(
    over, make_prompts, tmp_path, width, out, words
):
    broken = write_adapter(tmp_path / "broken", width=width, out=out)

    async def use(backend):
        for _ in range(2):  # the second asker hears the same, without another start
            with pytest.raises(PermanentError, match=words):
                await collect(backend, make_prompts(2))

    with_backend(over(adapter=broken), use)


def test_a_base_model_is_asked_plainly_and_says_so_otherwise(over, make_prompts):
    prompts = make_prompts(20)

    async def refused(backend):
        with pytest.raises(PermanentError, match=r"no chat template.*plain"):
            await collect(backend, prompts)

    async def use(backend):
        return await collect(backend, prompts)

    with_backend(over("base"), refused)
    plain = with_backend(over("base", template="plain", constrain=True), use)
    assert {reply.text for reply in plain.values()} <= LETTERS
    assert all(read_answer(plain[p.key], p).valid for p in prompts)


@pytest.mark.parametrize(
    ("model", "options", "words"),
    [
        ("absent", {}, "no model folder .*absent"),
        ("adapter", {}, "could not start"),
        ("model", {"dtype": "int3"}, "dtype"),
        ("model", {"adapter": "/nowhere"}, "no adapter folder '/nowhere'"),
        ("model", {"engine": {"no_such_argument": 1}}, "no_such_argument"),
    ],
)
def test_what_cannot_start_is_refused_in_words(over, make_prompts, model, options, words):
    async def use(backend):
        with pytest.raises(PermanentError, match=words):
            await collect(backend, make_prompts(1))

    with_backend(over(model, **options), use)


def test_an_unknown_model_of_a_hub_is_refused_in_words(over, make_prompts):
    async def use(backend):
        with pytest.raises(PermanentError, match="nobody/nothing"):
            await collect(backend, make_prompts(1))

    with_backend(replace(over(), model="nobody/nothing"), use)


def test_an_engine_that_dies_fails_its_prompts_in_passing_and_the_next_call_starts_another(
    over, make_prompts
):
    async def use(backend):
        await collect(backend, make_prompts(1))
        asking = asyncio.create_task(collect(backend, make_prompts(20), max_tokens=3000))
        await asyncio.sleep(0.3)
        [engine] = engines_of(os.getpid())
        os.kill(engine, signal.SIGKILL)
        failed = await asyncio.wait_for(asking, timeout=120)
        assert len(failed) == 20
        assert any(reply.error for reply in failed.values()), "some were still being written"
        after = await collect(backend, make_prompts(5))
        assert all(reply.error is None for reply in after.values())

    with_backend(over(), use)
    assert engines_of(os.getpid()) == []
