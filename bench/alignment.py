"""The alignment report at the size of a full study, on two cores.

    python bench/alignment.py

200 people answer seven of 252 items each; six models answer every item without a persona and as 20
personas, in both option orders: 127,008 answers. Lanes, one process each: all rows of table
`alignment` from frames already read (overall, prompt styles and orders, every persona, floors,
ceilings, baselines); the people's own table; the whole report from the database (estimates, tables,
figures, bundle with PDF). The wish is 30 s for the first. Start-up and imports are not timed.
"""

import argparse
import csv
import importlib
import json
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from itertools import product
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
LANES = {
    "alignment": "table `alignment`",
    "human": "table `human`",
    "report": "the whole report",
}
MODELS = ("llama", "gpt", "deepseek", "mistral", "olmo", "qwen")
COUNTRIES = ("Brazil", "India", "South Africa", "United Kingdom", "United States")
ABOUT = (*COUNTRIES, "Myanmar", "Nepal", "Canada", "Ethiopia", "Iran", "Ireland", "Namibia")
DEMOS = ("younger_female", "younger_male", "older_female", "older_male")
PERSONAS = (
    ("no_persona", "", ""),
    *(("persona", land, demo) for land, demo in product(COUNTRIES, DEMOS)),
)
SCENARIOS, PEOPLE, EACH = 63, 200, 7


def main() -> None:
    args = _arguments()
    os.chdir(ROOT)
    sys.path.insert(0, str(ROOT))
    from bench.table import Figure, tell

    if args.lane:
        print(json.dumps(_timed(args.lane, args.replicates)))
        return
    cores = sorted(os.sched_getaffinity(0))[: args.cores]
    os.sched_setaffinity(0, cores)
    with tempfile.TemporaryDirectory(prefix="pact-bench-") as home:
        environment = os.environ | {
            "PACT_HOME": home, "DATABASE_URL": f"sqlite:///{home}/pact.sqlite3",
            "PACT_SHARDS": f"{home}/shards",
        }  # fmt: skip
        subprocess.run([sys.executable, "manage.py", "migrate", "--verbosity", "0"], env=environment, check=True)  # fmt: skip
        _lane("make", args, environment)
        print(f"{len(cores)} cores, {args.replicates:,} replicates")
        for lane in args.lanes:
            row = _lane(lane, args, environment)
            wish = "<= 30" if lane == "alignment" and args.replicates == 2000 else ""
            tell(Figure(LANES[lane], row["seconds"], "s", wish=wish))
            tell(Figure(f"{LANES[lane]}, memory", row["mb"], "MB"))
            told = f"{row['rows']:,.0f} rows" if row["rows"] else ""
            print(
                f"  {LANES[lane]:20} {row['seconds']:7.1f} s {row['cpu']:7.1f} s CPU {row['mb']:7,.0f} MB  {told}"
            )


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--replicates", type=int, default=2000)
    parser.add_argument("--cores", type=int, default=2)
    parser.add_argument("--lanes", type=lambda text: text.split(","), default=list(LANES))
    parser.add_argument("--lane", help=argparse.SUPPRESS)
    return parser.parse_args()


def _lane(lane: str, args: argparse.Namespace, environment: dict[str, str]) -> dict[str, float]:
    command = [sys.executable, "-W", "ignore", __file__, "--lane", lane]
    command += ["--replicates", str(args.replicates)]
    done = subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE, text=True)
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def _timed(lane: str, replicates: int) -> dict[str, float]:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "pact_site.settings")
    import django

    django.setup()
    for module in ("pandas", "analysis.metrics.alignment", "analysis.reports.build"):
        importlib.import_module(module)
    if lane == "make":
        _make()
        return {}
    work = {"alignment": _table, "human": _human, "report": _report}[lane](replicates)
    started, used = time.perf_counter(), time.process_time()
    rows = work()
    seconds, cpu = time.perf_counter() - started, time.process_time() - used
    mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"seconds": seconds, "cpu": cpu, "rows": rows, "mb": mb}


def _table(replicates: int) -> Callable[[], int]:
    """What is to be timed; the frames are read before. So in the other lanes."""
    from analysis.frames.human import human_frame
    from analysis.frames.model import model_frame
    from analysis.metrics import alignment_table

    human, model = human_frame("bench"), model_frame("bench")
    return lambda: len(alignment_table(human, model, replicates=replicates))


def _human(replicates: int) -> Callable[[], int]:
    from analysis.frames.human import human_frame
    from analysis.metrics import human_table

    human = human_frame("bench")
    return lambda: len(human_table(human, replicates=replicates))


def _report(replicates: int) -> Callable[[], int]:
    from analysis.reports.service import build_report

    def work() -> int:
        build_report(kind="alignment", study="bench", cohort=None, replicates=replicates, seed=1, level=0.95)  # fmt: skip
        return 0

    return work


def _make() -> None:
    """The study and its models, imported from files in the release's formats."""
    from django.core.management import call_command

    folder = Path(os.environ["PACT_HOME"])
    rng = random.Random(1)
    items = list(_items(rng))
    human = _write(folder / "human.csv", _people(rng, items))
    models = [_write(folder / f"{name}.csv", _answers(rng, items, name)) for name in MODELS]
    call_command("import_human", str(human), study="bench", scheme="pact-2026", verbosity=0)
    call_command("import_predictions", *map(str, models), study="bench", verbosity=0)


def _items(rng: random.Random) -> Iterator[tuple[dict[str, str], float]]:
    """An item's columns, and the chance of the culture answer."""
    for number in range(SCENARIOS):
        lean = rng.uniform(0.35, 0.95)
        for demo in DEMOS:
            age, gender = demo.split("_")
            item = {
                "scenario_item_id": f"s{number:03d}_{demo}", "scenario": f"Situation {number}.",
                "scenario_country": ABOUT[number % len(ABOUT)], "receiver_age": age,
                "receiver_gender": gender, "receiver_demo": demo,
            }  # fmt: skip
            yield item, lean


def _people(rng: random.Random, items: list[tuple[dict[str, str], float]]) -> Iterator[dict[str, str]]:  # fmt: skip
    """Each person answers seven scenarios; receivers take turns, so that every item is answered."""
    for number in range(PEOPLE):
        demo = DEMOS[number // len(COUNTRIES) % len(DEMOS)]
        age, gender = demo.split("_")
        person = {
            "respondent_id": f"P{number:04d}",
            "respondent_country": COUNTRIES[number % len(COUNTRIES)],
            "respondent_age_bucket": age, "respondent_gender": gender, "respondent_demo": demo,
        }  # fmt: skip
        for place in range(EACH):
            turn, scenario = divmod(number * EACH + place, SCENARIOS)
            item, lean = items[scenario * len(DEMOS) + (turn + scenario) % len(DEMOS)]
            answers = (("human_personal", lean - 0.1), ("human_norm", lean))
            yield {**person, **item, **{name: _letter(rng, p) for name, p in answers}}


def _answers(rng: random.Random, items: list[tuple[dict[str, str], float]], model: str) -> Iterator[dict[str, str]]:  # fmt: skip
    """Label probabilities around the people's lean; one answer in fifty invalid."""
    shift = 0.05 * MODELS.index(model) - 0.15
    orders = ("culture_first", "preference_first")
    for (item, lean), (setting, land, demo), order in product(items, PERSONAS, orders):
        row = {
            "model_tag": model, "persona_setting": setting, "persona_country": land,
            "persona_demo": demo, **item, "prompt_style": "survey_form", "option_order": order,
            "sample_index": "0",
        }  # fmt: skip
        for frame in ("personal", "norm"):
            q = round(min(max(rng.gauss(lean + shift, 0.2), 0.001), 0.999), 6)
            broken = rng.random() < 0.02
            row[f"llm_{frame}"] = "" if broken else "AB"[q < 0.5]
            row[f"q_culture_{frame}"] = "" if broken else str(q)
            row[f"invalid_reason_{frame}"] = "no_label" if broken else ""
        yield row


def _letter(rng: random.Random, chance: float) -> str:
    return "A" if rng.random() < chance else "B"


def _write(path: Path, rows: Iterator[dict[str, str]]) -> Path:
    first = next(rows)
    with path.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.DictWriter(handle, first)
        writer.writeheader()
        writer.writerow(first)
        writer.writerows(rows)
    return path


if __name__ == "__main__":
    main()
