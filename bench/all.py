"""Every benchmark, one after the other, as one Markdown table with ratios, machine and versions.

    python bench/all.py                    # all of it: about an hour; leave the machine alone
    python bench/all.py --quick            # small sizes, to see that everything runs: a few minutes
    python bench/all.py --growth --into docs/reference/performance.md
    python bench/all.py --only run_engine,expansion --growth

Each script is a process of its own with a bound of time; one that fails or takes too long is a row
that says so. `--growth` also runs those that take a size at once, ten and a hundred times a small
one, and shows how seconds and memory grow. The table of the last run stands in
docs/reference/performance.md. Exit code 1 where a script failed.
"""

import argparse
import contextlib
import os
import platform
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from bench.table import FILE, Figure, line, markdown, number, told  # noqa: E402

BEGIN, END = "<!-- figures -->", "<!-- end of figures -->"
STOP_SECONDS = 30
PACKAGES = ("Django", "polars", "pandas", "numpy", "scipy", "statsmodels", "pyarrow", "gunicorn")


@dataclass(frozen=True)
class Bench:
    """A script: its bound of seconds, arguments that make it quick, and the option that sizes it.

    `sizes` are those of once, ten and a hundred times; `only` are arguments of the growing runs.
    Those of `postgres` want DATABASE_URL to name one; the others make a SQLite of their own.
    """

    seconds: int
    quick: tuple[str, ...] = ()
    size: str = ""
    sizes: tuple[int, ...] = ()
    only: tuple[str, ...] = ()
    postgres: bool = False


BENCHES = {
    "expansion": Bench(300, ("--scenarios", "100"), "--scenarios", (66, 664, 6640)),
    "import_scenarios": Bench(300, ("--rows", "2000"), "--rows", (1_000, 10_000, 100_000)),
    "run_engine": Bench(
        900, ("--prompts", "400", "--rounds", "1"), "--prompts", (500, 5_000, 50_000),
        ("--rounds", "1", "--lanes", "stub,aiohttp,engine"),
    ),
    "decisions": Bench(
        600, ("--scenarios", "60", "--rows", "2000"), "--rows", (3_000, 30_000, 300_000)
    ),
    "later": Bench(600, ("--cells", "2000")),
    "scale": Bench(
        900, ("--cells", "20000", "--many-cells", "50000", "--answers", "200000")
    ),
    "agreement": Bench(600, ("--items", "500"), "--items", (1_000, 10_000, 100_000)),
    "behaviour": Bench(
        900, ("--decisions", "20000"), "--decisions", (19_000, 190_000, 1_900_000),
        ("--lanes", "tables,contrasts,report"),
    ),
    "alignment": Bench(900, ("--replicates", "50")),
    "desk": Bench(600, ("--answers", "10", "--rounds", "1", "--annotators", "2")),
    "participants": Bench(900, ("--at-once", "5", "--rounds", "1")),
    "load": Bench(600, ("--people", "5", "--within", "2", "--pause", "0", "0.1"), postgres=True),
    "soak": Bench(1300, ("--minutes", "1", "--people", "5"), postgres=True),
}  # fmt: skip


@dataclass(frozen=True)
class Ran:
    """What a script told and printed, how long it took, and what went wrong."""

    name: str
    figures: list[Figure]
    printed: str
    seconds: float
    problem: str = ""


def main() -> int:
    args = _arguments()
    load = os.getloadavg()[0]
    done = [_run(name, BENCHES[name].quick if args.quick else ()) for name in args.only]
    grown = [ran for name in args.only for ran in _grow(name)] if args.growth else []
    page = "\n".join([_machine(load, args.quick), _table(done), *_growth(grown)])
    print(page)
    if args.into:
        _write_into(args.into, page)
    return int(any(ran.problem for ran in (*done, *grown)))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="small sizes; nothing to report")
    parser.add_argument("--growth", action="store_true", help="also at 1x, 10x and 100x")
    parser.add_argument("--only", type=lambda text: text.split(","), default=list(BENCHES),
                        help=f"comma-separated, of {', '.join(BENCHES)}")  # fmt: skip
    parser.add_argument("--into", type=Path, help="a page with the marks between which it belongs")
    return parser.parse_args()


def _write_into(path: Path, page: str) -> None:
    before, _, rest = path.read_text(encoding="utf-8").partition(BEGIN)
    _, found, after = rest.partition(END)
    if not found:
        sys.exit(f"{path} has no marks {BEGIN} and {END}")
    path.write_text(f"{before}{BEGIN}\n\n{page}\n{END}{after}", encoding="utf-8")


def _run(name: str, arguments: tuple[str, ...], seconds: int = 0) -> Ran:
    """A script in a process group of its own, which ends with it."""
    print(f"{name} {' '.join(arguments)} ...", file=sys.stderr, flush=True)
    with tempfile.TemporaryDirectory(prefix="pact-bench-") as folder:
        figures = Path(folder) / "figures"
        command = [sys.executable, "-W", "ignore", str(ROOT / "bench" / f"{name}.py"), *arguments]
        started = time.monotonic()
        process = subprocess.Popen(
            command, cwd=ROOT, env=_environment(BENCHES[name]) | {FILE: str(figures)},
            start_new_session=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )  # fmt: skip
        problem, printed = "", ""
        try:
            printed, _ = process.communicate(timeout=seconds or BENCHES[name].seconds)
            if process.returncode:
                problem = f"exit {process.returncode}: {printed.strip().splitlines()[-1:]}"
        except subprocess.TimeoutExpired:
            problem = f"not done in {BENCHES[name].seconds} s"
        finally:
            _end(process)
        return Ran(name, told(figures), printed, time.monotonic() - started, problem)


def _environment(bench: Bench) -> dict[str, str]:
    ours = {"PACT_HOME", "PACT_SHARDS"} | (set() if bench.postgres else {"DATABASE_URL"})
    return {name: value for name, value in os.environ.items() if name not in ours}


def _end(process: subprocess.Popen[str]) -> None:
    """First as Ctrl-C would, so that it stops its servers and drops its database; then for good."""
    with contextlib.suppress(ProcessLookupError, subprocess.TimeoutExpired):
        process.send_signal(signal.SIGINT)
        process.wait(STOP_SECONDS)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, 9)
    process.wait()


def _grow(name: str) -> Iterator[Ran]:
    bench = BENCHES[name]
    for size in bench.sizes:
        yield _run(name, (*bench.only, bench.size, str(size)))


def _machine(load: float, quick: bool) -> str:
    versions = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    page = (
        f"{datetime.now(UTC):%Y-%m-%d}; {os.cpu_count()} processors ({_processor()}), "
        f"{_memory():.0f} GB; load {load:.1f} before, {os.getloadavg()[0]:.1f} after; "
        f"{platform.system()}, CPython {platform.python_version()}, SQLite unless said otherwise; {versions}."
    )
    return page + ("\n\n**Quick sizes: no figures to report.**\n" if quick else "\n")


def _processor() -> str:
    for fact in Path("/proc/cpuinfo").read_text().splitlines():
        if fact.startswith("model name"):
            return fact.split(":")[1].strip()
    return platform.machine()


def _memory() -> float:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9


def _table(done: list[Ran]) -> str:
    rows = []
    for ran in done:
        if ran.problem:
            rows.append([f"`{ran.name}`", f"**failed: {ran.problem}**", "", "", "", ""])
        elif not ran.figures:
            rows.append([f"`{ran.name}`", "told nothing", "", "", "", ""])
        rows += [[f"`{ran.name}`", *line(figure)] for figure in ran.figures]
    return markdown(("bench", "what", "figure", "ratio", "wish", "reached"), rows)


def _growth(grown: list[Ran]) -> list[str]:
    """Name and unit -> the figure at each size; what has no size does not grow with it."""
    cells: dict[tuple[str, str, str], dict[float, float]] = {}
    for ran in grown:
        for figure in ran.figures:
            if figure.size:
                at = cells.setdefault((ran.name, figure.name, figure.unit), {})
                at[figure.size] = figure.value
    rows = [
        [f"`{bench}`", f"{name}, {unit}", *_at_sizes(values)]
        for (bench, name, unit), values in cells.items()
        if len(values) > 1
    ]
    failed = [[f"`{ran.name}`", f"**failed: {ran.problem}**", "", "", ""] for ran in grown if ran.problem]  # fmt: skip
    heads = ("bench", "what (size: figure)", "1 ×", "10 ×", "100 ×")
    return [markdown(heads, [*rows, *failed])] if grown else []


def _at_sizes(values: dict[float, float]) -> list[str]:
    cells = [f"{size:,.0f}: {number(value)}" for size, value in sorted(values.items())]
    return [*cells, *[""] * (3 - len(cells))]


if __name__ == "__main__":
    sys.exit(main())
