"""The self-check: virtual people whose future is known are forecast blind, and the forecasts are held against it.

Each virtual person is drawn from the model, lives under standard care from the first bone finding, and has their chart cut
on a random day. Twins are fitted to that chart as to a stranger's, and what the forecast says is set beside what then
happened. It tests the fitting and the ranges, not the model: model and person are the same kind here.

    python -m seedsoil.study.self_check --people 500 --twins 100 --seed 7 --out docs
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from seedsoil import __version__
from seedsoil.biology import minerals
from seedsoil.care.chart import Chart
from seedsoil.care.patient import Patient
from seedsoil.errors import InputError
from seedsoil.grammar import luck
from seedsoil.grammar.tables import hash_of
from seedsoil.study import calibration, history, plans
from seedsoil.study.forecast import forecast
from seedsoil.study.newcomers import first_chart, seen_at_finding
from seedsoil.study.outcomes import DAYS_A_MONTH, EVENTS, MONTHS, OUTCOMES, Record
from seedsoil.study.ranges import nine_tenths
from seedsoil.study.twins import fit
from seedsoil.study.virtual_record import DatedList, patient_of
from seedsoil.world import kernel, parameters, people, populations
from seedsoil.world.day import World
from seedsoil.world.parameters import Numbers
from seedsoil.world.records import People, joined

EARLIEST_CUT, LATEST_CUT = 30, 400  # days after the first bone finding
TOGETHER = 100  # people whose true lives are run at once
PLAN = "standard"
AMOUNTS = ("pain", "haemoglobin", "opioid_dose", "days_home", "days_alive", "days_walking", "utility")
RISKS = tuple(name for name in OUTCOMES if name not in AMOUNTS)
Progress = Callable[[str, int, int], None]


@dataclass
class Life:
    """One virtual person: the chart as it was cut, and what came of them."""

    person: int
    cancer: str
    cut: int  # days after the first bone finding
    patient: Patient | None  # None: died before the cut, or no bone metastasis was known then
    truth: dict[str, dict[str, float | None]]  # outcome -> month -> what came true
    death: float | None  # days after the cut
    hidden: dict[str, float]  # what no chart tells, on the day of the cut


# ---- true lives ----------------------------------------------------------------------------------------------------


def lives(keys: np.ndarray, seed: int, years: float, latest_cut: int = LATEST_CUT, progress: Progress | None = None) -> list[Life]:
    """Run these people from their first bone finding to `years` after their cut."""
    numbers = _numbers_of(keys, seed)
    group = _drawn(keys, seed, numbers)
    people.at_first_finding(group, seed, numbers, lead=history.LEAD)
    people.waste(group, numbers)
    names = np.array(populations.cancers())[group.cancer]
    world = World(group, first_chart(group), numbers, seed, day=-history.LEAD).practise_as_usual()
    world.advance(history.LEAD, events=False)  # blood and pain settle; nobody dies before they are found
    world.next_visit[:] = 0
    seen_at_finding(world)
    cut = cut_days(keys, seed, latest_cut)
    later = {m: np.round(m * DAYS_A_MONTH).astype(int) for m in months(years)}
    marks = tuple(sorted({int(c + d) for c in cut for d in later.values()}))
    record, dated = Record(len(keys), marks), DatedList(len(keys), world.chart.site.shape[1])
    record.open(world)
    policy = plans.as_policy(plans.named(PLAN))
    patients: dict[int, Patient] = {}
    told: dict[int, dict[str, float]] = {}
    last = int(cut.max() + round(years * 365.25)) + 1
    while world.day < last:
        world.step(policy)
        record.watch(world)
        dated.write(world)
        today = np.flatnonzero((cut == world.day) & group.alive & known(world.chart))
        if len(today):
            traits = hidden(world)
        for row in today:
            patients[row] = patient_of(world, dated, row, f"virtual-{keys[row]}")
            told[row] = {name: float(values[row]) for name, values in traits.items()}
            _start_counting(record, row)
            world.next_visit[row] = world.day
        if progress and world.day % 7 == 0:
            progress("living the true lives", world.day, last)
    out = []
    for row, key in enumerate(keys):
        truth = {} if row not in patients else _truth(record, row, cut[row], later)
        death = None if np.isnan(record.death[row]) else float(record.death[row] - cut[row])
        out.append(Life(int(key), str(names[row]), int(cut[row]), patients.get(row), truth, death, told.get(row, {})))
    return out


def cut_days(keys: np.ndarray, seed: int, latest: int = LATEST_CUT) -> np.ndarray:
    """The day each chart is cut, drawn before anything is known of the person."""
    u = luck.uniform(seed, keys, "self_check", 1)
    return np.floor(EARLIEST_CUT + u * (latest + 1 - EARLIEST_CUT)).astype(int)


def known(chart: Chart) -> np.ndarray:
    """Mask: a bone metastasis is known for certain."""
    return (chart.lesions() & (chart.lesion("certain") != 0)).any(axis=1)


def months(years: float) -> tuple[int, ...]:
    """The months of a forecast of so many years."""
    return tuple(m for m in MONTHS if m <= 12.0 * years + 1e-9)


def _numbers_of(keys: np.ndarray, seed: int) -> Numbers:
    """Each person's own version of the uncertain numbers, as if from another world than the twins'."""
    apart = int(luck.words(seed, 0, "self_check", 2)[0])
    numbers = parameters.drawn(int(keys.max()) + 1, apart)
    return Numbers(numbers.params[keys], numbers.drugs[keys], numbers.sites, numbers.growth[keys])


def _drawn(keys: np.ndarray, seed: int, numbers: Numbers) -> People:
    """People of all cancers, each cancer as likely as another, so that the common ones do not hide the rare."""
    names = populations.cancers()
    which = np.floor(luck.uniform(seed, keys, "self_check", 0) * len(names)).astype(int)
    group = joined([people.without_body(names[c], keys[which == c], seed, numbers) for c in np.unique(which)])
    order = np.argsort(group.key, kind="stable")
    group = People(*[field[order] for field in group])
    group.set_of[:] = np.arange(len(keys))
    people.settle(group, numbers)
    return group


def _start_counting(record: Record, row: int) -> None:
    """A forecast counts from today: what happened before does not."""
    for name in EVENTS:
        record.first[name][row] = np.nan
    for days in record.days.values():
        days[row] = 0.0


def _truth(record: Record, row: int, cut: int, later: dict[int, int]) -> dict[str, dict[str, float | None]]:
    out: dict[str, dict[str, float | None]] = {}
    for name in OUTCOMES:
        out[name] = {}
        for month, days in later.items():
            value = record.by(name, record.marks.index(int(cut + days)))[row]
            out[name][str(month)] = None if np.isnan(value) else float(value)
    return out


def hidden(world: World) -> dict[str, np.ndarray]:
    """What a fit has to guess, by name, one value a person."""
    group, body, sums = world.people, world.body(), world.sums()
    used = np.arange(group.site.shape[1])[None, :] < group.lesions[:, None]
    growth = np.where(used, group.lesion_traits["growth"], np.nan)
    resistant = np.where(used, group.lesion[:, :, 1], 0.0).sum(axis=1) + body.liver_resistant + body.lung_resistant
    mineral = np.where(used, group.lesion[:, :, 5], np.inf).min(axis=1)
    return {
        "bone tumour": sums.tumour,
        "bone lesions": group.lesions.astype(float),
        "tumour outside bone": body.liver_sensitive + body.liver_resistant + body.lung_sensitive + body.lung_resistant,
        "tumour in the brain": body.brain_sensitive + body.brain_resistant,
        "primary": body.primary,
        "resistant tumour": resistant,
        "growth of lesions": np.nanmean(np.where(used.any(axis=1)[:, None], growth, 0.0), axis=1),
        "visceral growth": group.traits["visceral_growth"],
        "frailty": group.traits["frailty"],
        "response to drugs": group.traits["treatability"],
        "weakest bone": mineral,
        "load over strength": group.traits["load"] / group.traits["strength"],
        "pain at rest": sums.rest_pain,
        "sensitivity to pain": group.traits["pain_sensitivity"],
        "calcium": body.calcium,
        "PTHrP": minerals.pthrp(body, group.traits.view(np.recarray), sums),
        "filtration": body.gfr,
        "haemoglobin": body.haemoglobin,
        "wasting": body.wasting,
        "function": body.function,
        "cord function lost": sums.cord_deficit,
    }


# ---- blind forecasts -----------------------------------------------------------------------------------------------


def judged(life: Life, twins: int, seed: int, years: float) -> dict:
    """One blind forecast beside the truth, as a line of the results file."""
    began = time.perf_counter()
    line = {"person": life.person, "cancer": life.cancer, "cut": life.cut}
    if life.patient is None:
        return line | {"left_out": "died" if life.death is not None and life.death <= 0 else "no bone metastasis known"}
    own = int(luck.words(seed, life.person, "self_check", 3)[0])
    fitted = fit(life.patient, twins, own)
    guess = hidden(fitted.world)
    record = forecast(fitted, [plans.named(PLAN)], years).records[0]
    ties = luck.uniform(seed, life.person, "self_check", np.arange(100, 100 + len(guess)))
    return line | {
        "age": round(life.patient.age_years, 1),
        "sex": life.patient.sex,
        "findings": len(life.patient.findings),
        "lesions": len(life.patient.lesions),
        "effective": round(fitted.effective, 1),
        "ancestors": fitted.ancestors,
        "temper": round(fitted.temper, 3),
        "warning": fitted.warning,
        "death": life.death,
        "risks": {name: _risks(record, name, life, years) for name in RISKS},
        "amounts": {name: _amounts(record, name, life, years) for name in AMOUNTS},
        "hidden": {
            name: [_short(life.hidden[name]), _short(np.median(values)), _place(values, life.hidden[name], u)]
            for (name, values), u in zip(guess.items(), ties, strict=True)
        },
        "seconds": round(time.perf_counter() - began, 1),
    }


def _risks(record: Record, name: str, life: Life, years: float) -> dict[str, list[float]]:
    """By month: the share of twins it happens to, and whether it happened."""
    return {
        str(m): [round(float(record.by(name, k).mean()), 4), life.truth[name][str(m)]]
        for k, m in enumerate(MONTHS)
        if m in months(years)
    }


def _amounts(record: Record, name: str, life: Life, years: float) -> dict[str, list[float]]:
    """By month: the 90 % range of the twins, their mean, the share below and the share equal to the truth, the truth."""
    out = {}
    for k, month in enumerate(MONTHS):
        if month not in months(years) or (truth := life.truth[name][str(month)]) is None:
            continue
        values = record.by(name, k)
        values = values[~np.isnan(values)]
        if len(values) < 10:
            continue
        low, high = nine_tenths(values)
        shares = [float(np.mean(values < truth)), float(np.mean(values == truth))]
        out[str(month)] = [_short(low), _short(high), _short(values.mean()), *shares, _short(truth)]
    return out


def _place(values: np.ndarray, truth: float, u: float) -> float:
    """Where the truth lies among the twins, 0 lowest to 1 highest; among equals by chance."""
    return round(float(np.mean(values < truth) + u * np.mean(values == truth)), 4)


def _short(x: float) -> float:
    return float(f"{x:.4g}")


# ---- the run -------------------------------------------------------------------------------------------------------


def run(
    count: int, twins: int, seed: int, out: Path, years: float = 3.0, latest_cut: int = LATEST_CUT,
    processes: int = 1, progress: Progress | None = None,
) -> dict:  # fmt: skip
    """Check `count` people, going on from the results already in `out`, and write the figures and the page there."""
    _checked(count, twins, years, latest_cut, processes)
    out.mkdir(parents=True, exist_ok=True)
    about = {
        "schema": "seedsoil.self_check/1", "version": __version__, "kernel": kernel.NAME, "tables": hash_of(),
        "seed": seed, "twins": twins, "years": years, "latest_cut": latest_cut, "plan": PLAN,
    }  # fmt: skip
    lines = out / "self-check.jsonl"
    done = _read(lines, about)
    with lines.open("a", encoding="utf-8") as file:
        for line in _missing(done, count, about, processes, progress):
            file.write(json.dumps(line) + "\n")
            file.flush()
            os.fsync(file.fileno())
            done[line["person"]] = line
            if progress:
                progress("forecasting blind", min(_answered(done), count), count)
    rows = _first(done, count)
    result = about | {"people": count} | calibration.figures(rows, seed)
    (out / "self-check.json").write_text(json.dumps(result, indent=1) + "\n", "utf-8")
    (out / "self-check.md").write_text(calibration.page(result), "utf-8")
    return result


def _checked(count: int, twins: int, years: float, latest_cut: int, processes: int) -> None:
    for field, value, low, high in (
        ("people", count, 2, 100_000), ("twins", twins, 20, 100_000), ("years", years, 0.25, 10),
        ("latest cut", latest_cut, EARLIEST_CUT, 2000), ("processes", processes, 1, 256),
    ):  # fmt: skip
        if not low <= value <= high:
            raise InputError(field, value, f"{low} to {high}")


def _read(lines: Path, about: dict) -> dict[int, dict]:
    """The people already done; results of another run are refused. A line cut short by a kill is dropped."""
    if not lines.exists():
        lines.write_text(json.dumps(about) + "\n", "utf-8")
        return {}
    whole = [text for text in lines.read_text("utf-8").splitlines(keepends=True) if text.endswith("\n")]
    before = json.loads(whole[0]) if whole else {}
    other = [name for name in about if before.get(name) != about[name]]
    if other:
        fix = "choose another folder, or remove the file to begin anew"
        raise InputError(str(lines), {n: before.get(n) for n in other}, str({n: about[n] for n in other}), fix)
    temporary = lines.with_suffix(".part")
    temporary.write_text("".join(whole), "utf-8")
    temporary.replace(lines)
    return {row["person"]: row for row in map(json.loads, whole[1:])}


def _answered(done: dict[int, dict]) -> int:
    return sum("left_out" not in line for line in done.values())


def _first(done: dict[int, dict], count: int) -> list[dict]:
    """The lines of the first `count` people who lived to their cut, and of those between who did not."""
    rows, seen = [], 0
    for person in sorted(done):
        if seen == count:
            break
        rows.append(done[person])
        seen += "left_out" not in done[person]
    return rows


def _missing(done: dict[int, dict], count: int, about: dict, processes: int, progress: Progress | None) -> Iterator[dict]:
    """Lines of the people still to do, as they are finished, batch after batch until there are enough."""
    batch, size = 0, min(TOGETHER, count)
    args = (about["twins"], about["seed"], about["years"])
    pool = ProcessPoolExecutor(processes) if processes > 1 else None
    try:
        while True:
            keys = np.arange(batch * size, (batch + 1) * size)
            before = {k: line for k, line in done.items() if k < keys[0]}
            wanted = count - _answered(before)
            if wanted <= 0:
                return
            batch += 1
            if all(int(k) in done for k in keys):
                continue
            todo = []
            for life in lives(keys, about["seed"], about["years"], about["latest_cut"], progress):
                wanted -= life.patient is not None
                if wanted < 0:
                    break
                if life.person not in done:
                    todo.append(life)
            yield from _spread(todo, args, pool)
    finally:
        if pool:
            pool.shutdown(wait=False, cancel_futures=True)


def _spread(todo: list[Life], args: tuple, pool: ProcessPoolExecutor | None) -> Iterator[dict]:
    if pool is None:
        yield from (judged(life, *args) for life in todo)
    else:
        for future in as_completed([pool.submit(judged, life, *args) for life in todo]):
            yield future.result()


def main(words: list[str] | None = None) -> int:
    """The command."""
    ask = argparse.ArgumentParser(prog="python -m seedsoil.study.self_check", description=__doc__.splitlines()[0])
    ask.add_argument("--people", type=int, default=500, help="virtual people forecast")
    ask.add_argument("--twins", type=int, default=100, help="twins for each")
    ask.add_argument("--seed", type=int, default=7)
    ask.add_argument("--years", type=float, default=3.0, help="how far each is forecast")
    ask.add_argument("--latest-cut", type=int, default=LATEST_CUT, help="last day a chart may be cut")
    ask.add_argument("--processes", type=int, default=1)
    ask.add_argument("--out", type=Path, required=True, help="folder for self-check.md, .json and the results so far")
    said = ask.parse_args(words)
    try:
        with _bar() as progress:
            run(said.people, said.twins, said.seed, said.out, said.years, said.latest_cut, said.processes, progress)
    except InputError as wrong:
        print(wrong, file=sys.stderr)
        return 2
    return 0


class _bar:
    """A progress bar with the time left on a terminal, nothing where output is piped."""

    def __enter__(self) -> Progress | None:
        self.bar = None
        if not sys.stderr.isatty():
            return None
        from rich.console import Console
        from rich.progress import Progress as Bar

        self.bar = Bar(console=Console(stderr=True), transient=True)
        self.bar.start()
        tasks: dict[str, int] = {}

        def show(what: str, now: int, of: int) -> None:
            if what not in tasks:
                tasks[what] = self.bar.add_task(what, total=of)
            self.bar.update(tasks[what], completed=now, total=of)

        return show

    def __exit__(self, *_: object) -> None:
        if self.bar:
            self.bar.stop()


if __name__ == "__main__":
    sys.exit(main())
