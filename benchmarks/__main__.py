"""Side by side: ``python -m benchmarks [--json] [--quick] [--page docs/performance.md]``.

One run, one table, ratios and not absolute times: this model's equations by its own kernel, by general solvers at equal accuracy
and in C; what common random numbers buy, what a second process buys, and a population. Figures depend on the machine and on
what else it does; none of them is tested. What is not installed is left out, and said.
"""

from __future__ import annotations

import argparse
import copy
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

import in_c
import kernel as speed
import peers

from seedsoil.care.orders import Start
from seedsoil.errors import InputError
from seedsoil.study import population
from seedsoil.world import kernel, parts, runs

ABSENT = {
    "roadrunner": "libroadrunner is not installed", "diffrax": "diffrax is not installed", "c": "there is no gcc",
    "gpu": "no GPU here",
}  # fmt: skip


def solvers(people: int, days: int, few: int, long: int, side: int) -> dict:
    """Person-days a second of processor time of the kernel, alone and with care; its ratio to general solvers at equal accuracy
    and to the same scheme in C; and how accurate each was."""
    many = speed.cohort(people, 5)
    alone = speed.rate(lambda: speed.biology(many, days))[0]
    clinic = speed.cohort(people, 5)
    cared = speed.rate(lambda: speed.with_care(clinic, days))[0]
    one = peers.newcomers()
    exact = peers.lsoda(one, long, peers.TIGHT)
    mine = peers.kernel_error(long, exact)
    tolerance, error = peers.loosest(lambda so: peers.lsoda(one, long, so), exact, mine)
    one_by_one = speed.cohort(few, 5)
    general = speed.rate(lambda: speed.reference(one_by_one, long, tolerance))[0]
    others = {
        "lsoda": {"rate": general, "tolerance": tolerance, "error": error},
        "roadrunner": peers.roadrunner(one, long, exact, mine), "diffrax": peers.diffrax(side, long, exact, mine),
    }  # fmt: skip
    ratios = {name: other and alone / other["rate"] for name, other in others.items()}
    ratios["c"], others["c"] = limit(people, days)
    accuracy = {name: {k: v for k, v in other.items() if k != "rate"} for name, other in others.items() if other}
    rates = {name: other["rate"] for name, other in others.items() if other}
    return {
        "ratios": ratios, "person_days_per_cpu_s": {"biology": alone, "care": cared, **rates},
        "accuracy": {"days": long, "kernel": {"error": mine}, **accuracy},
    }  # fmt: skip


def limit(people: int, days: int) -> tuple[float | None, dict | None]:
    """How many times as fast the C version of the kernel's scheme is, week by week, the two taking turns; and how far the two
    are apart after those days without events."""
    world = speed.cohort(people - people % in_c.WIDTH, 5)
    if in_c.library(world.numbers.params.dtype.names) is None:
        return None, None
    ours, theirs = copy.deepcopy(world), copy.deepcopy(world)
    ours.advance(days, events=False)
    in_c.advance(theirs, days, events=False)
    apart = in_c.apart(theirs, ours)
    assert apart < in_c.SAME, f"the C version is {apart:.1e} from the kernel: it is not the same scheme any more"
    ours, theirs = copy.deepcopy(world), copy.deepcopy(world)
    took, lived = {"kernel": 0.0, "c": 0.0}, 0  # in C nobody dies
    for each in speed.weeks(days):
        for name in took:
            begun = time.process_time()
            if name == "kernel":
                lived += speed.lived(ours, each, lambda each=each: ours.advance(each))
            else:
                in_c.advance(theirs, each)
            took[name] += time.process_time() - begun
    rate = len(world.people.key) * days / took["c"]
    return rate / (lived / took["kernel"]), {"rate": rate, "error": apart}


def on_a_gpu(people: int, days: int) -> float | None:
    """How many times as many person-days a second of the clock a GPU does as all cores of the processor, the way there and back
    counted in: biology alone in one stretch."""
    try:
        kernel.use("cuda")
    except InputError:
        return None
    rates = {}
    for device in ("cuda", "cpu"):
        kernel.use(device)
        speed.cohort(64, 5).advance(2)  # compilation is not counted
        world = speed.cohort(people, 5)
        rates[device] = speed.rate(lambda world=world: speed.lived(world, days, lambda: world.advance(days)))[1]
    return rates["cuda"] / rates["cpu"]


def common_luck(people: int, days: int) -> dict[str, float]:
    """How many times smaller the variance of a treatment's effect on fractures is when the same people, with the same luck,
    live under both: denosumab and zoledronate, and zoledronate and nothing, every four weeks in breast cancer.

    Pairing cannot take away what a treatment itself changes: where it prevents most events, most pairs differ, and the second
    ratio is bounded by the size of the effect.
    """

    def fractures(seed: int, agent: str | None) -> np.ndarray:
        world = speed.cohort(people, 5, seed=seed)
        total = np.zeros(people)
        if agent:
            world.take(np.arange(people), (Start(agent, np.ones(people, bool), within_hours=0, every_days=28.0),))
        for _ in range(days):
            world.done = world.done[:0]
            world.act()
            world.advance()
            total += np.bincount(world.events_of("fracture_load", "fracture_fall", "fracture_silent")[:, 0], minlength=people)
        return total

    zoledronate = fractures(1, "zoledronate")
    effect = lambda agent, seed: fractures(seed, agent) - zoledronate
    ratio = lambda agent: float(effect(agent, 2).var() / effect(agent, 1).var())
    return {"crn_variance": ratio("denosumab"), "crn_variance_untreated": ratio(None)}


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


def country(people: int, years: float, workers: int) -> dict[str, float]:
    """A population written to disk: minutes of the clock and of processor time, and the most memory that was held."""
    begun, processor = time.perf_counter(), _processor()
    with tempfile.TemporaryDirectory() as folder:
        population.run(people, years, 1, Path(folder) / "run", workers)
        size = sum(f.stat().st_size for f in Path(folder).rglob("*") if f.is_file())
    held = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    held += resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * (workers if workers > 1 else 0)  # each at most so much
    return {
        "people": people, "years": years, "workers": workers, "minutes": (time.perf_counter() - begun) / 60.0,
        "processor_minutes": (_processor() - processor) / 60.0, "peak_gb": held / 2**20, "disk_mb": size / 1e6,
    }  # fmt: skip


def _processor() -> float:
    """Seconds of processor time of this process and of those that it has ended."""
    return sum(sum(resource.getrusage(who)[:2]) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))


def context(quick: bool) -> dict[str, float | None]:
    """Other people's own models, for a sense of scale: person-days a second of processor time; None where not installed."""
    size = (1000, 30) if quick else (100_000, 365)
    return {
        "Starsim (daily SIR)": peers.starsim(*size), "heormodel (three states, daily)": peers.heormodel(*size),
        "simglucose (13 states)": peers.simglucose(1),
    }  # fmt: skip


def measured(quick: bool, people: int = 20_000) -> dict:
    """All of it. The population comes first, as its memory is that of the process, and other people's solvers come last."""
    whole = country(*((200, 1.0, 1) if quick else (people, 5.0, 1 if people <= 40_000 else os.cpu_count() or 1)))
    workers = second_process(200 if quick else 16_000, 0.25 if quick else 2.0)
    paired = common_luck(200 if quick else 1000, 120 if quick else 365)
    speed.biology(speed.cohort(64, 5), 2)  # compilation is not counted
    speed.reference(speed.cohort(1, 5), 2, 1e-4)
    found = solvers(*((504, 30, 2, 60, 4) if quick else (10_000, 120, 8, 365, 64)))
    ratios = found["ratios"]
    ratios |= paired | {"two_workers": workers, "gpu": on_a_gpu(*((200, 5) if quick else (100_000, 365)))}
    return {
        **found, "population": whole, "context": context(quick),
        "not_measured": {name: ABSENT[name] for name, x in ratios.items() if x is None}, "kernel": kernel.NAME,
        "machine": platform.machine(), "cores": os.cpu_count(), "quick": quick,
    }  # fmt: skip


WANTED = {
    "lsoda": "100", "roadrunner": "30", "diffrax": "", "c": "within 1.5 of it", "crn_variance": "5",
    "crn_variance_untreated": "", "two_workers": "1.8", "gpu": "",
}  # fmt: skip
SAID = {
    "lsoda": "as fast as SciPy's LSODA on the same equations, compiled",
    "roadrunner": "as fast as libroadrunner on our SBML",
    "diffrax": "as fast as diffrax (Tsit5) on the same equations, people side by side",
    "c": "the time of a C version of the same scheme (gcc -O3 -march=native)",
    "crn_variance": "smaller variance of the difference in fractures, denosumab and zoledronate, with the same luck in both arms",
    "crn_variance_untreated": "the same, zoledronate and nothing: so large an effect that most pairs differ by it",
    "two_workers": "as many people a second with two processes as with one",
    "gpu": "as many person-days a second of the clock on a GPU as on all cores, bodies alone",
}


def page(found: dict) -> str:
    """The table as Markdown."""
    whole, rate, accuracy = found["population"], found["person_days_per_cpu_s"], found["accuracy"]
    close = "; ".join(
        f"{name} {one['error']:.1e}" + (f" (relative tolerance {one['tolerance']:g})" if "tolerance" in one else "")
        for name, one in accuracy.items() if name not in ("days", "c")
    )  # fmt: skip
    in_c_said = f" The C version is {accuracy['c']['error']:.0e} from the kernel after its days." if "c" in accuracy else ""
    scale = "; ".join(f"{name} {x:,.3g}" for name, x in found["context"].items() if x)
    at_this_pace = "" if whole["people"] >= 500_000 else (
        f" 500,000 people at this pace take {whole['processor_minutes'] * 500_000 / whole['people']:.0f} minutes of processor time."
    )  # fmt: skip
    asked = "" if whole["people"] <= 20_000 else f" --people {whole['people']}"
    said_workers = "one process" if whole["workers"] == 1 else f"{whole['workers']} processes"
    quick = ", in its quick form" if found["quick"] else ""
    value = lambda name, x: f"not measured: {found['not_measured'][name]}" if x is None else f"{x:,.1f}"
    rows = "\n".join(f"| {SAID[name]} | {value(name, x)} | {WANTED[name]} |" for name, x in found["ratios"].items())
    return f"""# Performance

<!-- Made by `python -m benchmarks{asked} --page docs/performance.md`; change the program, not this page. -->

Ratios of one run on {found["cores"]} cores ({found["machine"]}, kernel `{found["kernel"]}`){quick}.
They depend on the machine and on what else it does; no test holds them.

| how many times | measured | wanted |
|---|---|---|
{rows}

* Equal accuracy: each solver at the loosest tolerance at which its largest error in any state after {accuracy["days"]} days is no
  larger than the kernel's. {close}.{in_c_said}
{f"* For a sense of scale, other simulators' own models, person-days a second of processor time: {scale}." if scale else ""}
* Five lesions at the start, days of one person's life a second of processor time: biology alone, week by week,
  {rate["biology"]:,.0f} (wanted 2,500,000); with tests and standard care {rate["care"]:,.0f} (wanted 1,000,000).
* A population of {whole["people"]:,} people over {whole["years"]:g} years from the primary's diagnosis, written to disk:
  {whole["minutes"]:.1f} minutes of the clock, {whole["processor_minutes"]:.1f} of processor time, {said_workers},
  {whole["peak_gb"]:.2f} GB at most, {whole["disk_mb"]:.1f} MB written.{at_this_pace}
  Wanted: 500,000 people over 5 years in 15 minutes on two cores, in 2 GB.
"""


def main() -> None:
    """Measure and print."""
    ask = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__.splitlines()[0])
    ask.add_argument("--json", action="store_true", help="print one JSON document")
    ask.add_argument("--quick", action="store_true", help="few people and days: whether it runs, not how fast")
    ask.add_argument("--people", type=int, default=20_000, help="size of the population; above 40,000 every core has a process")
    ask.add_argument("--page", metavar="FILE", help="write the page here")
    asked = ask.parse_args()
    found = measured(asked.quick, asked.people)
    if asked.page:
        Path(asked.page).write_text(page(found), "utf-8")
    print(json.dumps(found, indent=1) if asked.json else page(found))


if __name__ == "__main__":
    main()
