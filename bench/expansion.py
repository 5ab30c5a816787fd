"""The whole benchmark as prompt texts: 318,720 base instances x 3 roles x 2 prompts.

    python bench/expansion.py

Each lane is a process of its own, one after the other, on one core: the expansion of
`annotation.vocab.dyads` with the prompts of `modeling.prompts.benchmark` (instance, stable id,
seeded order of options, text); the same on a tenth of the scenarios, to show that memory does not
grow with the instances; and a bare loop that fills one `str.format` per prompt, with no instance,
no id and no draw. Every lane counts the characters it made. Start-up is not timed. Compare ratios,
not machines.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import time
from itertools import product
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SCENARIOS = 2633 + 4007
WISH = 40_000
LANES = {
    "expansion": "expansion and prompts, all scenarios",
    "tenth": "the same, a tenth of the scenarios",
    "format": "bare loop of str.format, all scenarios",
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--scenarios", type=int, default=SCENARIOS)
    parser.add_argument("--lane", choices=LANES, help=argparse.SUPPRESS)
    args = parser.parse_args()
    sys.path.insert(0, str(ROOT))
    os.chdir(ROOT)
    if args.lane:
        print(json.dumps(_lane(args.lane, args.scenarios)))
        return
    measured = {lane: _measure(lane, args.scenarios) for lane in LANES}
    print("| lane | prompts | prompts/s | CPU s per 1,000 | peak MB |\n|---|---|---|---|---|")
    for lane, told in LANES.items():
        row = measured[lane]
        print(
            f"| {told} | {row['prompts']:,} | {row['prompts'] / row['seconds']:,.0f} | "
            f"{row['cpu'] / row['prompts'] * 1000:.4f} | {row['peak_mb']:.0f} |"
        )
    ours, bare = (
        measured[lane]["prompts"] / measured[lane]["seconds"] for lane in ("expansion", "format")
    )
    from bench.table import Figure, tell

    expanded = measured["expansion"]
    tell(
        Figure("expansion and prompts", ours, "prompts/s", ours / bare, "bare str.format", f">= {WISH}", args.scenarios),
        Figure("expansion and prompts, time", expanded["seconds"], "s", size=args.scenarios),
        Figure("expansion and prompts, memory", expanded["peak_mb"], "MB", size=args.scenarios),
    )  # fmt: skip
    print(
        f"\n{ours / bare:.2f} of the bare loop's rate; {ours / WISH:.1f} times the wish of 40,000"
    )


def _measure(lane: str, scenarios: int) -> dict[str, float]:
    command = [sys.executable, __file__, "--lane", lane, "--scenarios", str(scenarios)]
    made = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return json.loads(made)


def _lane(lane: str, scenarios: int) -> dict[str, float]:
    count = max(1, scenarios // 10) if lane == "tenth" else scenarios
    work = _formatted if lane == "format" else _expanded
    started, cpu = time.perf_counter(), time.process_time()
    prompts, characters = work(count)
    return {
        "prompts": prompts,
        "characters": characters,
        "seconds": time.perf_counter() - started,
        "cpu": time.process_time() - cpu,
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


def _wording(number: int):
    """Texts of the length that NormAd's and CultureAtlas's scenarios have (about 250 signs)."""
    from modeling.prompts.benchmark import Wording

    return Wording(
        f"At a family dinner the host of house {number} watches as the guest finishes the meal and "
        "decides what to leave on the plate before everybody stands up from the table.",
        "A plate that is not quite empty tells the host that there was plenty for everybody.",
        "Leave a few bites on the plate and thank the host.",
        "Finish the plate, since throwing food away feels wrong.",
    )


def _expanded(count: int) -> tuple[int, int]:
    from annotation.vocab.actors import state_pool
    from annotation.vocab.distance import get_scheme
    from annotation.vocab.dyads import Expansion, Source
    from modeling.prompts.benchmark import ScenarioPrompts

    pool = state_pool()
    countries = pool.countries
    sources = [
        Source(f"norms.{number}.v1", countries[number % len(countries)]) for number in range(count)
    ]
    expansion = Expansion(sources, get_scheme("geo-v1"), pool)
    prompts = characters = 0
    for balance, position in product(expansion.balances, range(count)):
        scenario = ScenarioPrompts(_wording(position), sources[position].country)
        for instance in expansion.of_scenario(position, balance):
            prompt = scenario.prompt(instance)
            prompts += 1
            characters += len(prompt.system) + len(prompt.user)
    assert prompts == len(expansion)
    return prompts, characters


FORMAT = (
    "Situation in {place}: {situation}\nWhat people there expect: {expectation}\nThe one who has to "
    "decide is {actor} from {actor_place}. The other is {receiver} from {place}.\nThe one who has "
    "to decide would rather do this: {one}\nThe other would rather see this done: {other}\nWhat "
    "should the one who has to decide do?\nA) {first}\nB) {second}\nAnswer with the letter alone: "
    "A or B."
)


def _formatted(count: int) -> tuple[int, int]:
    people = [f"{age} {noun}" for age, noun in product(("a younger", "an older"), ("woman", "man"))]
    system = "You give advice in social situations." + " " * 123
    prompts = characters = 0
    for balance, number in product((system, ""), range(count)):
        said = _wording(number)
        culture, preference = said.culture_action, said.preference_action
        roles = ((preference, culture), (culture, preference), (preference, preference))
        for place, actor, receiver in product(("Namibia", "Angola", "Peru"), people, people):
            for one, other in roles:
                text = FORMAT.format(
                    place="Namibia", situation=said.situation, expectation=said.expectation,
                    actor=actor, actor_place=place, receiver=receiver, one=one, other=other,
                    first=culture, second=preference,
                )  # fmt: skip
                prompts += 1
                characters += len(balance) + len(text)
    return prompts, characters


if __name__ == "__main__":
    main()
