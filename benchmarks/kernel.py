"""How fast and how large: ``make bench``, or ``python benchmarks/kernel.py [--people 10000] [--days 60] ...``.

Speed is counted in days of one person's life per second of processor time, of all cores together. Three rows: biology
alone, week by week, which is about how long people are left alone between two things that the clinic has to do with them;
biology with tests and standard care, each person at their own pace; and the same equations by SciPy's LSODA with a
compiled right-hand side.
Figures depend on the machine and on what else it does; none of them is tested.
"""

from __future__ import annotations

import argparse
import platform
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parent.parent))  # the oracle of the tests is the reference here

from seedsoil.care import guidelines
from seedsoil.care.chart import Chart
from seedsoil.world import kernel, parameters, people
from seedsoil.world.day import World
from seedsoil.world.records import DEATHS, SLOTS

WEEK = 7


def cohort(n: int, lesions: int, cancer: str = "breast", seed: int = 1) -> World:
    """People at their first finding of bone metastasis, with the same number of lesions each."""
    known = parameters.typical()
    group = people.new(cancer, np.arange(n), seed, known)
    site = np.where(np.arange(SLOTS)[None, :] < lesions, -1, -2) * np.ones((n, 1), int)
    people.at_first_finding(group, seed, known, site)
    t = group.traits
    chart = Chart.empty(n, cancer, t["male"] > 0.5, t["age_years"], t["weight"], group.subtype)
    return World(group, chart, known, seed)


def rate(call: Callable[[], int]) -> tuple[float, float]:
    """Person-days per second of processor time, and of the clock. `call` returns how many person-days it made."""
    wall, processor = time.perf_counter(), time.process_time()
    done = call()
    return done / (time.process_time() - processor), done / (time.perf_counter() - wall)


def lived(world: World, days: int, call: Callable[[], None]) -> int:
    """Person-days lived in a stretch of so many days, which `call` makes."""
    alive, last = int(world.people.alive.sum()), world.day + days - 1
    call()
    return alive * days - int((last - world.events_of(*DEATHS)[:, 1]).sum())


def weeks(days: int) -> list[int]:
    """The days in stretches of a week; what is left over is the last one."""
    return [min(WEEK, days - begun) for begun in range(0, days, WEEK)]


def biology(world: World, days: int) -> int:
    """Bodies alone, week by week; person-days lived."""
    return sum(lived(world, each, lambda each=each: world.advance(each)) for each in weeks(days))


def with_care(world: World, days: int) -> int:
    """Bodies, tests and standard care, each person at their own pace; person-days lived."""
    return lived(world, days, lambda: world.live(guidelines.standard, world.day + days))


def reference(world: World, days: int, tolerance: float) -> int:
    """The same bodies, untreated, one by one through LSODA."""
    from tests.world import accuracy

    from seedsoil.world.records import rows

    for i in range(len(world.people.key)):
        accuracy.exact(rows(world.people, np.array([i])), 0, days, tolerance)
    return days * len(world.people.key)


def memory(world: World) -> list[tuple[str, float]]:
    """Bytes a person, by what they are for."""
    n = len(world.people.key)
    parts = {
        "body and lesions": sum(field.nbytes for field in world.people),
        "chart": sum(field.nbytes for field in world.chart.arrays().values()),
        "visits, courses, orders": world.next_visit.nbytes + world.course.nbytes + world.work.nbytes,
        "what is normal for each": world.set_points.nbytes,
    }
    largest = sorted(zip(world.people._fields, world.people, strict=True), key=lambda pair: -pair[1].nbytes)[:4]
    rows = [(name, size / n) for name, size in parts.items()] + [("all", sum(parts.values()) / n)]
    return rows + [(f"  of it {name}", field.nbytes / n) for name, field in largest]


def main() -> None:
    """Measure and print."""
    ask = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    ask.add_argument("--people", type=int, default=10_000, help="for biology alone")
    ask.add_argument("--days", type=int, default=120)
    ask.add_argument("--lesions", type=int, default=5)
    ask.add_argument("--people-with-care", type=int, default=2_000)
    ask.add_argument("--days-with-care", type=int, default=120)
    ask.add_argument("--people-lsoda", type=int, default=4)
    ask.add_argument("--days-lsoda", type=int, default=365)
    ask.add_argument("--tolerance", type=float, default=1e-4, help="relative, of LSODA")
    asked = ask.parse_args()
    biology(cohort(64, asked.lesions), 2)  # compilation is not counted
    reference(cohort(1, asked.lesions), 2, asked.tolerance)

    print(f"{platform.machine()}, python {platform.python_version()}, numpy {np.__version__}, kernel {kernel.NAME}")
    print(f"\n{'person-days a second':42s}{'people':>8s}{'days':>6s}{'of processor':>16s}{'of the clock':>16s}")
    line = lambda what, n, days, found: print(f"{what:42s}{n:8d}{days:6d}{found[0]:16,.0f}{found[1]:16,.0f}", flush=True)
    many = cohort(asked.people, asked.lesions)
    alone = rate(lambda: biology(many, asked.days))
    line(f"biology, {asked.lesions} lesions at the start", asked.people, asked.days, alone)
    clinic = cohort(asked.people_with_care, asked.lesions)
    cared = rate(lambda: with_care(clinic, asked.days_with_care))
    line("with tests and standard care", asked.people_with_care, asked.days_with_care, cared)
    few = cohort(asked.people_lsoda, asked.lesions)
    exact = rate(lambda: reference(few, asked.days_lsoda, asked.tolerance))
    line(f"LSODA, compiled, tolerance {asked.tolerance:g}", asked.people_lsoda, asked.days_lsoda, exact)
    print(f"\nbiology is {alone[0] / exact[0]:,.0f} times as fast as LSODA on the same equations")
    print("\nbytes a person, after the days with care")
    for name, size in memory(clinic):
        print(f"  {name:28s}{size:8,.0f}")


if __name__ == "__main__":
    main()
