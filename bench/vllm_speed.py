"""Decisions a second through vLLM: inside the process, and over HTTP by two clients.

    python bench/vllm_speed.py                  # on the CPU: a tiny model of random weights
    python bench/vllm_speed.py --shape 8b       # on a GPU: random weights of that shape

The same kind of prompts (chat, one token, 20 alternatives) go through each lane, `--rounds` times
in turn: `openai` and `lean` ask one server, `vllm` is the engine in a process of its own, once
the server has gone. Beside them stand vLLM's own benchmarks, which ask for random tokens of the
same length with as long a shared beginning: `bench serve` at the same server, `bench throughput`
for the engine. Loading and the first prompts are not timed. Printed are ratios only: compare
them, not machines.
"""

import argparse
import asyncio
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from itertools import takewhile
from pathlib import Path
from statistics import fmean, median
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
IN_FLIGHT = 256
WARM = 64
QUIET = {"HF_HUB_OFFLINE": "1", "VLLM_NO_USAGE_STATS": "1", "VLLM_CPU_KVCACHE_SPACE": "2"}
SHAPES = {
    "tiny": {},
    "8b": {
        "hidden_size": 4096, "intermediate_size": 14336, "num_hidden_layers": 32,
        "num_attention_heads": 32, "num_key_value_heads": 8, "head_dim": 128,
        "vocab_size": 128256,
    },
}  # fmt: skip
MAX_LENGTH = 4096
BENCHES = {
    "bench serve": "vllm.benchmarks.serve",
    "bench throughput": "vllm.benchmarks.throughput",
}
RUN_BENCH = """
import sys
from importlib import import_module
from vllm.utils.argparse_utils import FlexibleArgumentParser
bench = import_module(sys.argv.pop(1))
parser = FlexibleArgumentParser()
bench.add_cli_args(parser)
bench.main(parser.parse_args())
"""
PAIRS = [
    ("lean", "openai"), ("openai", "bench serve"), ("lean", "bench serve"),
    ("vllm", "bench throughput"), ("vllm", "lean"),
]  # fmt: skip

Rates = dict[str, list[float]]


def main() -> None:
    args = _arguments()
    sys.path.insert(0, str(ROOT))
    os.chdir(ROOT)
    if args.model:
        print(json.dumps(_offline_lane(args)))
        return
    os.environ.update(QUIET)
    with tempfile.TemporaryDirectory(prefix="pact-bench-") as folder:
        model = _build(Path(folder), args)
        with _server(model, args) as url:
            rates, length = _over_http(url, model, args)
        command = [args.vllm, __file__, "--model", model, *_same(args)]
        rates["vllm"] = json.loads(_output(command))
        rates["bench throughput"] = _throughput(model, length, args)
    _print_ratios(rates, args)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--prompts", type=int, default=500, help="a round of each lane")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--shape", choices=SHAPES, default="tiny")
    parser.add_argument("--vllm", default=".venv-vllm/bin/python", help="the Python with vLLM")
    parser.add_argument("--model", default="", help=argparse.SUPPRESS)
    return parser.parse_args()


def _same(args: argparse.Namespace) -> list[str]:
    return [
        *("--prompts", str(args.prompts), "--rounds", str(args.rounds), "--shape", args.shape),
    ]


def _build(folder: Path, args: argparse.Namespace) -> str:
    """The tiny model; of a larger shape only its description, since vLLM can make up weights."""
    subprocess.run([args.vllm, "tests/vllm/build_model.py", folder], check=True)
    path = folder / "model" / "config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | SHAPES[args.shape]))
    return str(folder / "model")


def _engine_options(args: argparse.Namespace) -> dict[str, Any]:
    if args.shape == "tiny":
        return {"max_model_len": MAX_LENGTH, "enforce_eager": True}
    return {"max_model_len": MAX_LENGTH, "engine": {"load_format": "dummy"}}


def _engine_flags(args: argparse.Namespace) -> list[str]:
    own = ["--enforce-eager"] if args.shape == "tiny" else ["--load-format", "dummy"]
    return ["--max-model-len", str(MAX_LENGTH), *own]


@contextmanager
def _server(model: str, args: argparse.Namespace) -> Iterator[str]:
    """vLLM's server in a process of its own; its base URL once it answers."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [
        *(args.vllm, "-m", "vllm.entrypoints.openai.api_server", "--model", model),
        *("--served-model-name", "bench", "--host", "127.0.0.1", "--port", str(port)),
        *("--disable-log-stats", "--disable-uvicorn-access-log", *_engine_flags(args)),
    ]
    with tempfile.TemporaryFile() as log:
        server = subprocess.Popen(command, stdout=log, stderr=log)
        try:
            _wait(f"http://127.0.0.1:{port}/health", server, log)
            yield f"http://127.0.0.1:{port}/v1"
        finally:
            server.terminate()
            server.wait()


def _wait(url: str, server: subprocess.Popen[bytes], log: Any) -> None:
    while server.poll() is None:
        try:
            urllib.request.urlopen(url, timeout=5).close()
        except OSError:
            time.sleep(0.5)
        else:
            return
    log.seek(0)
    raise SystemExit("vLLM's server did not start:\n" + log.read()[-3000:].decode())


def _prompts(number: int, salt: str) -> list[Any]:
    """Prompts that nobody has asked before, so that no cache knows more than their beginning."""
    from modeling.prompts import CellFields, render

    cell = CellFields(
        key="-", item="-", scenario_country="Japan", receiver_age="older", receiver_gender="female",
        situation="-", culture_action="Bow.", preference_action="Wave.",
    )  # fmt: skip
    return [
        render(replace(cell, key=f"{salt}-{i}", item=f"{salt}-{i}", situation=f"Visit {salt}-{i}."))
        for i in range(number)
    ]


async def _rates(spec: Any, args: argparse.Namespace, salt: str) -> tuple[list[float], float]:
    """Prompts a second of each round, and how many tokens a prompt has."""
    from modeling.backends import Decoding, make_backend

    decoding = Decoding(max_tokens=1)
    backend = make_backend(spec)
    found, tokens = [], []
    try:
        async for _ in backend.ask(_prompts(WARM, f"{salt} warm"), decoding):
            pass
        for number in range(args.rounds):
            prompts = _prompts(args.prompts, f"{salt} {number}")
            started = time.perf_counter()
            replies = [reply async for reply in backend.ask(prompts, decoding)]
            found.append(len(prompts) / (time.perf_counter() - started))
            assert all(reply.error is None and reply.logprobs for reply in replies)
            tokens += [reply.prompt_tokens for reply in replies]
    finally:
        await backend.aclose()
    return found, fmean(tokens)


def _offline_lane(args: argparse.Namespace) -> list[float]:
    from modeling.backends import EndpointSpec

    spec = EndpointSpec("vllm", args.model, options=_engine_options(args))
    return asyncio.run(_rates(spec, args, "offline"))[0]


def _over_http(url: str, model: str, args: argparse.Namespace) -> tuple[Rates, int]:
    """Both clients and vLLM's own, round by round; and the length of our prompts."""
    from modeling.backends import EndpointSpec

    rates: Rates = {"openai": [], "lean": [], "bench serve": []}
    options = {"start_in_flight": IN_FLIGHT, "max_in_flight": IN_FLIGHT}
    one_round = argparse.Namespace(**(vars(args) | {"rounds": 1}))
    length = 0.0
    for number in range(args.rounds):
        for kind in ("openai", "lean"):
            spec = EndpointSpec(kind, "bench", url, options=options)
            found, length = asyncio.run(_rates(spec, one_round, f"{kind} {number}"))
            rates[kind] += found
        rates["bench serve"] += _serve(url, model, round(length), number, args)
    return rates, round(length)


def _random(length: int) -> list[str]:
    """Flags for random tokens as many as ours, of which as many begin each prompt alike."""
    from modeling.backends.completions_format import plain_text

    one, other = (plain_text(_prompts(1, salt)[0]) for salt in ("one", "other"))
    alike = sum(
        1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False))
    )
    shared = round(length * alike / len(one))
    return [
        *("--random-prefix-len", str(shared), "--random-input-len", str(length - shared)),
        *("--random-output-len", "1"),
    ]


def _serve(url: str, model: str, length: int, seed: int, args: argparse.Namespace) -> list[float]:
    with tempfile.TemporaryDirectory() as folder:
        found = _bench(
            "bench serve", args, Path(folder) / "result.json",
            *("--backend", "openai", "--base-url", url.removesuffix("/v1"), "--model", "bench"),
            *("--tokenizer", model, "--dataset-name", "random", *_random(length)),
            *("--max-concurrency", str(IN_FLIGHT), "--logprobs", "20", "--seed", str(seed)),
            *("--num-warmups", str(WARM), "--disable-tqdm", "--save-result"),
            *("--result-dir", folder, "--result-filename", "result.json"),
        )  # fmt: skip
    return [found["request_throughput"]] if found else []


def _throughput(model: str, length: int, args: argparse.Namespace) -> list[float]:
    rates = []
    with tempfile.TemporaryDirectory() as folder:
        result = Path(folder) / "result.json"
        for seed in range(args.rounds):
            found = _bench(
                "bench throughput", args, result,
                *("--model", model, "--dataset-name", "random", "--async-engine"),
                *_random(length),
                *("--seed", str(seed), "--num-warmups", str(WARM), "--output-json", str(result)),
                *_engine_flags(args),
            )  # fmt: skip
            rates += [found["requests_per_second"]] if found else []
    return rates


def _bench(name: str, args: argparse.Namespace, result: Path, *flags: str) -> dict[str, Any]:
    """What one of vLLM's own benchmarks found; nothing where this build lacks it."""
    command = [
        args.vllm, "-c", RUN_BENCH, BENCHES[name], "--num-prompts", str(args.prompts), *flags,
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        print(f"{name} did not run: {done.stderr.splitlines()[-1:]}", file=sys.stderr)
        return {}
    found: dict[str, Any] = json.loads(result.read_text())
    return found


def _output(command: list[str]) -> str:
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(done.stderr[-3000:])
    return done.stdout.splitlines()[-1]


def _print_ratios(rates: Rates, args: argparse.Namespace) -> None:
    print(f"shape {args.shape}, {args.rounds} rounds of {args.prompts} prompts; medians and ranges")
    for one, other in PAIRS:
        if not (rates[one] and rates[other]):
            print(f"{one:>8} : {other:<17} not measured")
            continue
        low, high = min(rates[one]) / max(rates[other]), max(rates[one]) / min(rates[other])
        ratio = median(rates[one]) / median(rates[other])
        print(f"{one:>8} : {other:<17} {ratio:5.2f}  ({low:.2f} to {high:.2f})")


if __name__ == "__main__":
    main()
