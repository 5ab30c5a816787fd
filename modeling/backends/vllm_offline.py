"""vLLM's engine inside the worker's process: kind `vllm`, for machines with a GPU of their own.

Needs an environment with vLLM in it (docs/how-to/run-vllm.md); nothing of vLLM is
imported before the first question. The engine is started once and kept until `aclose`.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from functools import partial
from typing import Any, Final

from modeling.backends import adapters
from modeling.backends.chat_format import MOST_LOGPROBS, first_logprobs
from modeling.backends.completions_format import plain_text
from modeling.backends.fanout import as_finished
from modeling.backends.pacing import Pace, Patience
from modeling.backends.protocol import (
    Decoding,
    EndpointSpec,
    PermanentError,
    Prompt,
    Reply,
    TransientError,
    require_distinct_keys,
)
from modeling.backends.vllm_engine import Engine, EngineDiedError, EngineOptions

DEFAULTS: Final[Mapping[str, object]] = {
    "template": "chat",
    "constrain": False,
    "adapter": "",
    "chat_template_kwargs": {},
    "revision": None,
    "dtype": "auto",
    "quantization": None,
    "max_model_len": None,
    "tensor_parallel_size": 1,
    "gpu_memory_utilization": None,
    "enforce_eager": False,
    "seed": 0,
    "engine": {},
}
"""Options of `EndpointSpec`; None leaves the choice to vLLM. `template` is `chat`, or `plain` for
base models (system and user text joined); `constrain` allows only the letters on offer; `adapter`
is the folder of a LoRA adapter; `chat_template_kwargs` reach the model's template (such as
`{"enable_thinking": false}`); `engine` holds further arguments of vLLM's engine by their names."""

TEMPLATES: Final = ("chat", "plain")
OURS: Final = ("template", "constrain", "adapter", "chat_template_kwargs", "engine")
"""Options that are not arguments of vLLM's engine."""


class OfflineBackend:
    """One engine for one endpoint; overlapping calls share it, and vLLM batches across them."""

    def __init__(self, spec: EndpointSpec, options: Mapping[str, Any]) -> None:
        self.model = spec.model
        self._template = options["template"]
        self._constrain = bool(options["constrain"])
        self._chat_extra = dict(options["chat_template_kwargs"])
        self._adapter_path = options["adapter"]
        arguments = {name: value for name, value in options.items() if name not in OURS}
        self._options = EngineOptions(spec.model, **arguments, extra=options["engine"])
        self._starting: asyncio.Task[Engine] | None = None
        self._described: dict[str, object] = {}

    async def ask(
        self, prompts: Sequence[Prompt], decoding: Decoding
    ) -> AsyncGenerator[Reply, None]:
        """Yield replies as they finish; see `Backend.ask`."""
        require_distinct_keys(prompts)
        if not prompts:
            return
        engine = await self._engine()
        tokens = await asyncio.to_thread(self._tokens, engine, prompts, decoding)
        once = partial(self._once, engine=engine, tokens=tokens, decoding=decoding)
        at_once = Pace(start=len(prompts), most=len(prompts))
        asked = as_finished(once, prompts, pace=at_once, patience=Patience())
        async with aclosing(asked) as replies:
            async for reply in replies:
                yield reply

    async def aclose(self) -> None:
        """End the engine."""
        starting, self._starting = self._starting, None
        if starting is None:
            return
        await asyncio.wait([starting])
        if starting.exception() is None:
            await starting.result().stop()

    def describe(self) -> dict[str, object]:
        """Kind, model, and once it has run: versions, precision, hardware, the adapter's hash."""
        return {
            "kind": "vllm",
            "model": self.model,
            "template": self._template,
            "constrain": self._constrain,
            **self._described,
        }

    async def _engine(self) -> Engine:
        """The engine, started by whoever comes first.

        Shielded: an asker who gives up must not leave half an engine behind. One that could not
        start stays so: the words are the same for every chunk, and each try takes minutes.
        """
        if self._starting is None:
            self._starting = asyncio.create_task(self._start())
        return await asyncio.shield(self._starting)

    async def _start(self) -> Engine:
        adapter = None
        if self._adapter_path:
            adapter = await asyncio.to_thread(adapters.load, self._adapter_path)
        engine = await asyncio.to_thread(Engine, self._options, adapter)
        try:
            if self._template == "chat" and not engine.has_chat_template:
                raise PermanentError(
                    f"The model {self.model!r} has no chat template, as base models have none: "
                    "ask it with the option template set to plain."
                )
            await engine.load_adapter()
        except BaseException:
            await engine.stop()
            raise
        self._described = engine.describe()
        return engine

    def _tokens(
        self, engine: Engine, prompts: Sequence[Prompt], decoding: Decoding
    ) -> dict[str, list[int]]:
        """Prompt key -> token ids. PermanentError names the first prompt that is too long."""
        if self._template == "plain":
            texts = [plain_text(prompt) for prompt in prompts]
        else:
            texts = engine.chat_texts([prompt.messages for prompt in prompts], self._chat_extra)
        # A chat template writes the first token itself.
        found = engine.tokens(texts, begin=self._template == "plain")
        for prompt, ids in zip(prompts, found, strict=True):
            answer = decoding.max_tokens or prompt.max_tokens
            if len(ids) + answer > engine.max_model_len:
                raise PermanentError(
                    f"The prompt {prompt.key} is too long: {len(ids)} tokens and up to {answer} "
                    f"for the answer; the context length is {engine.max_model_len}."
                )
        return {prompt.key: ids for prompt, ids in zip(prompts, found, strict=True)}

    async def _once(
        self, prompt: Prompt, *, engine: Engine, tokens: Mapping[str, list[int]], decoding: Decoding
    ) -> Reply:
        started = time.perf_counter()
        try:
            output = await engine.generate(tokens[prompt.key], self._params(prompt, decoding))
        except TransientError as error:
            if isinstance(error, EngineDiedError):
                await self._bury(engine)
            return Reply(prompt.key, error=str(error))
        return _reply(prompt.key, output, time.perf_counter() - started)

    async def _bury(self, engine: Engine) -> None:
        """Let the next call start another engine in place of one that died."""
        if self._starting is not None and self._starting.result() is engine:
            self._starting = None
            await engine.stop()

    def _params(self, prompt: Prompt, decoding: Decoding) -> Any:
        """vLLM's sampling parameters, with label probabilities where the first token is the letter."""
        from vllm import SamplingParams
        from vllm.sampling_params import RequestOutputKind, StructuredOutputsParams

        shape = None
        if self._constrain and prompt.mode == "label":
            shape = StructuredOutputsParams(choice=[label.letter for label in prompt.labels])
        elif prompt.reply_schema is not None:
            shape = StructuredOutputsParams(json=dict(prompt.reply_schema))
        alternatives = min(decoding.logprobs, MOST_LOGPROBS) if prompt.reads_first_token else 0
        return SamplingParams(
            temperature=decoding.temperature,
            top_p=decoding.top_p,
            max_tokens=decoding.max_tokens or prompt.max_tokens,
            seed=decoding.seed,
            logprobs=alternatives or None,
            structured_outputs=shape,
            output_kind=RequestOutputKind.FINAL_ONLY,
        )


def _reply(key: str, output: Any, latency_s: float) -> Reply:
    said = output.outputs[0]
    drawn = zip(said.token_ids, said.logprobs, strict=True) if said.logprobs else ()
    tokens = [_token(chosen, alternatives) for chosen, alternatives in drawn]
    return Reply(
        key=key,
        text=said.text,
        logprobs=first_logprobs(tokens),
        finish_reason=said.finish_reason,
        prompt_tokens=len(output.prompt_token_ids),
        completion_tokens=len(said.token_ids),
        latency_s=latency_s,
    )


def _token(chosen: int, alternatives: Mapping[int, Any]) -> dict[str, Any]:
    """One position in the shape that the chat format has."""
    shown = [{"token": a.decoded_token or "", "logprob": a.logprob} for a in alternatives.values()]
    own = alternatives[chosen]
    return {"token": own.decoded_token or "", "logprob": own.logprob, "top_logprobs": shown}


def make(spec: EndpointSpec) -> OfflineBackend:
    """Build from a spec; the model is loaded at the first question.

    Raises PermanentError for a missing model or a bad option.
    """
    if not spec.model:
        raise PermanentError("An offline vLLM endpoint needs a model: a folder or a hub's name.")
    unknown = set(spec.options) - set(DEFAULTS)
    if unknown:
        raise PermanentError(f"Unknown options {sorted(unknown)}; known: {', '.join(DEFAULTS)}.")
    options = {**DEFAULTS, **spec.options}
    if options["template"] not in TEMPLATES:
        known = ", ".join(TEMPLATES)
        raise PermanentError(f"Unknown template {options['template']!r}; known: {known}.")
    return OfflineBackend(spec, options)
