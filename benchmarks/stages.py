"""Where the time of a day goes: ``make bench``, or ``python benchmarks/stages.py [--people 2000] [--days 120]``.

The loop with tests and standard care, by stage, as a tree with shares: observe, decide, act, carry, write. Seconds are of
processor time, of all cores; timing a stage costs some itself, so that shares are what to read, not sums.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from kernel import cohort, with_care

from seedsoil.care import pathway
from seedsoil.study.outcomes import Record
from seedsoil.world import acting, day, observing
from seedsoil.world.day import World

STAGES = {
    "day": (World, "live"),
    "day.observe": (World, "observe"),
    "day.observe.who calls": (observing, "calls"),
    "day.observe.examination": (observing, "examine"),
    "day.decide": (World, "decide"),
    "day.decide.rules": (day, "side_by_side"),
    "day.decide.next visit": (pathway, "next_visit_days"),
    "day.take": (World, "take"),
    "day.act": (World, "act"),
    "day.act.tests": (observing, "test"),
    "day.act.tests.blood": (observing, "laboratory"),
    "day.act.tests.pictures": (observing, "image"),
    "day.act.doses": (acting, "dose"),
    "day.act.starts": (acting, "start"),
    "day.act.radiation, operations": (acting, "treat"),
    "day.carry": (day, "carried"),
    "write": (Record, "watch"),
}


@contextmanager
def timed() -> Iterator[tuple[dict[str, float], dict[str, int]]]:
    """Seconds and calls of every stage while the block runs."""
    seconds: dict[str, float] = defaultdict(float)
    calls: dict[str, int] = defaultdict(int)
    plain = {name: getattr(owner, what) for name, (owner, what) in STAGES.items()}

    def watched(name: str):
        call = plain[name]

        def stage(*given, **named):
            begun = time.process_time()
            try:
                return call(*given, **named)
            finally:
                seconds[name] += time.process_time() - begun
                calls[name] += 1

        return stage

    for name, (owner, what) in STAGES.items():
        setattr(owner, what, watched(name))
    try:
        yield seconds, calls
    finally:
        for name, (owner, what) in STAGES.items():
            setattr(owner, what, plain[name])


def tree(seconds: dict[str, float], calls: dict[str, int]) -> Iterator[str]:
    """One line a stage, under the one it is part of: share of the whole, seconds, calls, milliseconds a call."""
    whole = sum(took for name, took in seconds.items() if "." not in name)
    for name in STAGES:
        share, many = seconds[name] / whole, max(calls[name], 1)
        label = "  " * name.count(".") + name.rpartition(".")[2]
        yield (f"{label} {'.' * max(44 - len(label), 0)} {share:6.1%} {seconds[name]:8.2f} s {calls[name]:7d} calls "
               f"{1000.0 * seconds[name] / many:8.2f} ms")  # fmt: skip


def main() -> None:
    """Measure and print."""
    ask = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    ask.add_argument("--people", type=int, default=2_000)
    ask.add_argument("--days", type=int, default=120)
    ask.add_argument("--lesions", type=int, default=5)
    asked = ask.parse_args()
    with_care(cohort(200, asked.lesions), 30)  # compiling and reading tables are not counted
    world = cohort(asked.people, asked.lesions)
    record = Record(asked.people, (asked.days,))
    record.open(world)
    with timed() as (seconds, calls):
        lived = with_care(world, asked.days)
        record.watch(world)
    whole = sum(took for name, took in seconds.items() if "." not in name)
    print(f"\nwhere the time goes: {asked.people} people, {asked.days} days, {lived / whole:,.0f} person-days a second")
    print("\n".join(tree(seconds, calls)))


if __name__ == "__main__":
    main()
