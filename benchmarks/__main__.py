"""Side by side: ``python -m benchmarks [--json] [--quick] [--page docs/performance.md]``.

One run, one table, ratios and not absolute times: this model's equations by its own kernel and by a general solver, what
common random numbers buy, what a second process buys, and a population. Figures depend on the machine and on what else it
does; none of them is tested. What is not installed is left out, and said.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import sys
import tempfile
import time
from functools import partial
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parent.parent))

import kernel as speed

from seedsoil.care.orders import Start
from seedsoil.study import population
from seedsoil.world import kernel, parts, runs

NOT_MEASURED = {
    "roadrunner": "needs the model's SBML, which is not written yet",
    "diffrax": "needs the equations in JAX, which nothing here asks for yet",
    "c": "needs the equations in C, which nothing here writes yet",
}


def solvers(people: int, days: int, few: int, long: int) -> tuple[dict[str, float], dict[str, float]]:
    """Person-days a second of processor time of the kernel, alone and with care, and its ratio to LSODA."""
    many = speed.cohort(people, 5)
    alone = speed.rate(lambda: speed.biology(many, days))[0]
    clinic = speed.cohort(people, 5)
    cared = speed.rate(lambda: speed.with_care(clinic, days))[0]
    one_by_one = speed.cohort(few, 5)
    exact = speed.rate(lambda: speed.reference(one_by_one, long, 1e-4))[0]
    return {"lsoda": alone / exact}, {"biology": alone, "care": cared, "lsoda": exact}


def common_luck(people: int, days: int) -> float:
    """How many times smaller the variance of a treatment's effect on fractures is when the same people, with the same luck,
    live with and without it: zoledronate every four weeks against nothing, in breast cancer."""

    def fractures(seed: int, treated: bool) -> np.ndarray:
        world = speed.cohort(people, 5, seed=seed)
        total = np.zeros(people)
        if treated:
            world.take(np.arange(people), (Start("zoledronate", np.ones(people, bool), within_hours=0, every_days=28.0),))
        for _ in range(days):
            world.done = world.done[:0]
            world.act()
            world.advance()
            total += np.bincount(world.events_of("fracture_load", "fracture_fall", "fracture_silent")[:, 0], minlength=people)
        return total

    treated, same, other = fractures(1, True), fractures(1, False), fractures(2, False)
    return float((treated - other).var() / (treated - same).var())


def second_process(people: int, years: float) -> float:
    """Parts of a population a second with two processes over those with one; each process without threads."""
    together = people // 4
    call = partial(population.people_of, n=people, seed=1, years=years, together=together)

    def took(workers: int) -> float:
        begun = time.perf_counter()
        for lives in runs.each(call, range(4), workers):
            assert len(lives)
        return time.perf_counter() - begun

    threads, parts.WORKERS = parts.WORKERS, 1
    try:
        return took(1) / took(2)
    finally:
        parts.WORKERS = threads


def country(people: int, years: float) -> dict[str, float]:
    """A population written to disk: minutes of the clock and of processor time, and the most memory that was held."""
    begun, processor = time.perf_counter(), time.process_time()
    with tempfile.TemporaryDirectory() as folder:
        population.run(people, years, 1, Path(folder) / "run")
        size = sum(f.stat().st_size for f in Path(folder).rglob("*") if f.is_file())
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    return {
        "people": people, "years": years, "minutes": (time.perf_counter() - begun) / 60.0,
        "processor_minutes": (time.process_time() - processor) / 60.0, "peak_gb": peak, "disk_mb": size / 1e6,
    }  # fmt: skip


def measured(quick: bool) -> dict:
    """All of it."""
    speed.biology(speed.cohort(64, 5), 2)  # compilation is not counted
    speed.reference(speed.cohort(1, 5), 2, 1e-4)
    ratios, rates = solvers(500 if quick else 10_000, 30 if quick else 120, 2 if quick else 8, 120 if quick else 365)
    ratios |= dict.fromkeys(NOT_MEASURED)
    ratios["crn_variance"] = common_luck(200 if quick else 1000, 120 if quick else 365)
    ratios["two_workers"] = second_process(200 if quick else 4000, 0.25 if quick else 2.0)
    return {
        "ratios": ratios, "person_days_per_cpu_s": rates, "population": country(*((200, 1.0) if quick else (20_000, 5.0))),
        "not_measured": NOT_MEASURED, "kernel": kernel.NAME, "machine": platform.machine(), "cores": os.cpu_count(),
        "quick": quick,
    }  # fmt: skip


WANTED = {"lsoda": "100", "roadrunner": "30", "diffrax": "", "c": "within 1.5 of it", "crn_variance": "5", "two_workers": "1.8"}
SAID = {
    "lsoda": "as fast as SciPy's LSODA on the same equations, compiled, relative tolerance 1e-4",
    "roadrunner": "as fast as libroadrunner on the same equations",
    "diffrax": "as fast as diffrax on the same equations",
    "c": "times a C version of the same scheme",
    "crn_variance": "smaller variance of a treatment's effect on fractures with the same luck in both arms",
    "two_workers": "as many people a second with two processes as with one",
}


def page(found: dict) -> str:
    """The table as Markdown."""
    whole, rate = found["population"], found["person_days_per_cpu_s"]
    half_a_million = whole["processor_minutes"] * 500_000 / whole["people"] / 60.0
    quick = ", in its quick form" if found["quick"] else ""
    rows = "\n".join(
        f"| {SAID[name]} | {'not measured: ' + NOT_MEASURED[name] if x is None else f'{x:,.1f}'} | {WANTED[name]} |"
        for name, x in found["ratios"].items()
    )
    return f"""# Performance

<!-- Made by `python -m benchmarks --page docs/performance.md`; change the program, not this page. -->

Ratios of one run on {found["cores"]} cores ({found["machine"]}, kernel `{found["kernel"]}`){quick}.
They depend on the machine and on what else it does; no test holds them.

| how many times | measured | wanted |
|---|---|---|
{rows}

* Biology alone, five lesions at the start: {rate["biology"]:,.0f} days of one person's life a second of processor time
  (wanted 2,500,000); with tests and standard care {rate["care"]:,.0f} (wanted 1,000,000).
* A population of {whole["people"]:,} people over {whole["years"]:g} years from the primary's diagnosis, written to disk:
  {whole["minutes"]:.1f} minutes of the clock, {whole["processor_minutes"]:.1f} of processor time,
  {whole["peak_gb"]:.2f} GB at most, {whole["disk_mb"]:.1f} MB written. 500,000 people at this pace take {half_a_million:.1f} hours
  of processor time (wanted: 15 minutes on two cores for five years).
"""


def main() -> None:
    """Measure and print."""
    ask = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__.splitlines()[0])
    ask.add_argument("--json", action="store_true", help="print one JSON document")
    ask.add_argument("--quick", action="store_true", help="few people and days: whether it runs, not how fast")
    ask.add_argument("--page", metavar="FILE", help="write the page here")
    asked = ask.parse_args()
    found = measured(asked.quick)
    if asked.page:
        Path(asked.page).write_text(page(found), "utf-8")
    print(json.dumps(found, indent=1) if asked.json else page(found))


if __name__ == "__main__":
    main()
