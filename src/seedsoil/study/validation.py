"""The validation book: every published figure beside the simulated one, hit or miss, with nothing left out.

A hit: the simulated value lies within the row's tolerance of the published one. A figure that counts and is not answered is
a miss, and says why.
"""

from __future__ import annotations

import csv
import functools
import math
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from seedsoil import __version__
from seedsoil.care.take_up import TODAY
from seedsoil.errors import InputError
from seedsoil.grammar.tables import data_file, hash_of
from seedsoil.study import endpoints, registry, registry_files, registry_measures, trial_files
from seedsoil.study.comparisons import comparisons
from seedsoil.study.curves import NOTHING, Answer
from seedsoil.study.posterior import stages
from seedsoil.study.published import WHY_NOT, Published, in_unit
from seedsoil.study.registry import Registry
from seedsoil.study.trial import Figure, Trial, TrialRun, run
from seedsoil.world import kernel, populations, runs

Progress = Callable[[str, int, int], None]
QUICK, QUICK_EACH = 60, 60  # people an arm, and of each primary, in the reduced form
NOTICE = (
    "Research use, not for care. Care as practised, bones at the first finding, telopeptides and how much primaries seed were set "
    "by hand with some of these figures in sight; survival was fitted by least squares to figures of this page "
    "(`python -m seedsoil.study.survival_fit`), and how cancers waste people and whom a hospital's series leaves out were set by "
    "hand with them in sight, so that they are no test of it. The draws of "
    "`seedsoil calibrate` are in no figure here."
)


def trials_of(folder: str | None = None) -> list[Trial]:
    """The shipped trials, or those of a folder, by name."""
    if folder is None:
        return [trial_files.named(name) for name in trial_files.names()]
    paths = sorted(Path(folder).glob("*.toml"))
    if not paths and not registries_of(folder):
        raise InputError("--trials", folder, "a folder with trial files (.toml)")
    return [trial_files.read_trial(path) for path in paths]


def registries_of(folder: str | None = None) -> list[Registry]:
    """The shipped registries, or those in the folder `registries` of a folder with trials."""
    if folder is None:
        return [registry_files.named(name) for name in registry_files.names()]
    return [registry_files.read_registry(path) for path in sorted(Path(folder, "registries").glob("*.toml"))]


def validate(
    trials: Iterable[Trial], published: dict[str, Published], patients: int, seed: int = 1, workers: int = 1,
    progress: Progress | None = None, registries: Iterable[Registry] = (), each: int = registry.EACH,
) -> dict:  # fmt: skip
    """Run the trials, read the registries off one cohort an era of `each` people of every primary, and set every published
    figure beside its simulation (schema ``seedsoil.validation/1``)."""
    trials, registries = list(trials), list(registries)
    answers: dict[str, dict] = {}
    ran = []
    for k, (about, rows) in enumerate(_all(trials, published, patients, seed, workers)):
        ran.append(about)
        answers |= {row["id"]: row for row in rows}
        if progress:
            progress("running trials", k + 1, len(trials))
    ran.sort(key=lambda about: about["id"])
    counted = []
    if registries:
        needed = _needed(registries)
        for own in registries:
            lives = registry.cohort(each, seed, workers, progress=progress, year=own.era, cancers=needed[own.era])
            about, rows = _read_off(registry_measures.seen(own, lives), published)
            counted.append(about)
            answers |= {row["id"]: row for row in rows}
    rows = [_row(figure, answers.get(figure.id)) for figure in published.values()]
    rows += [answer for name, answer in answers.items() if name not in published]
    return {
        "schema": "seedsoil.validation/1", "version": __version__, "kernel": kernel.NAME, "tables": hash_of(), "seed": seed,
        "people_an_arm": patients, "trials": ran, "people_of_each_primary": each if registries else 0, "registries": counted,
        "figures": rows, "comparisons": comparisons(trials, published, rows), "summary": summary(rows),
        "notice": NOTICE,
    }  # fmt: skip


def _needed(registries: list[Registry]) -> dict[float, tuple[str, ...]]:
    """The primaries that are needed in each era."""
    counted: dict[float, set[str]] = {}
    for own in registries:
        counted.setdefault(own.era, set()).update(own.cancers)
    return {era: tuple(c for c in populations.cancers() if c in some) for era, some in counted.items()}


def _all(
    trials: list[Trial], published: dict[str, Published], patients: int, seed: int, workers: int
) -> Iterator[tuple[dict, list[dict]]]:
    """Every trial's description and figures; several processes share the trials out among them. Those whose people come from the
    same run go together."""
    groups: dict[object, list[Trial]] = {}
    for trial in trials:
        groups.setdefault(trial.living or trial.id, []).append(trial)
    some = functools.partial(_some, published=published, patients=patients, seed=seed)
    for several in runs.each(some, groups.values(), workers):
        yield from several


def _some(trials: list[Trial], published: dict[str, Published], patients: int, seed: int) -> list[tuple[dict, list[dict]]]:
    return [_one(trial, published, patients, seed) for trial in trials]


def _one(trial: Trial, published: dict[str, Published], patients: int, seed: int) -> tuple[dict, list[dict]]:
    try:
        done = run(trial, patients, seed)
    except InputError as trouble:  # hardly anybody may enter: its figures have no value, and the book says why
        about = _about(TrialRun(trial, {}, 0, 0, seed)) | {"trouble": str(trouble)}
        return about, [
            _beside(f.id, trial.id, f.arm, f.endpoint, NOTHING, measure_of(trial, f), published.get(f.id)) for f in trial.figures
        ]
    return _about(done), [simulated(done, figure, published.get(figure.id)) for figure in trial.figures]


def _about(done: TrialRun) -> dict:
    trial = done.trial
    return {
        "id": trial.id, "title": trial.title, "cite": trial.cite, "screened": done.screened, "entered": done.entered,
        "figures": len(trial.figures), **{s.lower(): trial.counted(s) for s in trial_files.STATUSES},
    }  # fmt: skip


def _read_off(who: registry_measures.Seen, published: dict[str, Published]) -> tuple[dict, list[dict]]:
    """A registry's description, and its figures beside the published ones."""
    own = who.registry
    about = {
        "id": own.id, "title": own.title, "cite": own.cite, "counted": int(who.members.sum()),
        "era": None if own.era == TODAY else int(own.era), "figures": len(own.figures),
        **{s.lower(): own.counted(s) for s in trial_files.STATUSES},
    }  # fmt: skip
    rows = []
    for figure in own.figures:
        row, found = published.get(figure.id), registry_measures.answer(who, figure)
        measure = registry_measures.measure_of(figure.endpoint)
        rows.append(_beside(figure.id, own.id, "registry", figure.endpoint, found, measure, row) | {"registry": True})
    return about, rows


def simulated(done: TrialRun, figure: Figure, row: Published | None) -> dict:
    """One figure of a trial that has been run, beside the published one where there is one."""
    found, measure = endpoints.answer(done, figure), measure_of(done.trial, figure)
    return _beside(figure.id, done.trial.id, figure.arm, figure.endpoint, found, measure, row)


def _beside(name: str, trial: str, arm: str, endpoint: str, found: Answer, measure: str, row: Published | None) -> dict:
    """A simulated figure beside the published one."""
    value, low, high = in_unit(found[:3], measure, row.unit if row else "")
    return {
        "id": name, "trial": trial, "arm": arm, "endpoint": endpoint,
        "published": _plain(row.value) if row else None, "low": _plain(row.low) if row else None,
        "high": _plain(row.high) if row else None, "tolerance": _plain(row.tolerance) if row else None,
        "unit": row.unit if row else "", "simulated": _plain(value), "sim_low": _plain(low), "sim_high": _plain(high),
        "n": found[3], "hit": _hit(row, value), "why_not": None if not math.isnan(value) else "no_value",
        "settled": _settled(row, low, high),
    }  # fmt: skip


def measure_of(trial: Trial, figure: Figure) -> str:
    """The measure of an endpoint's name."""
    return figure.endpoint if figure.endpoint in endpoints.OF_STATES else endpoints.parts_of(figure.endpoint, trial.events)[1]


def _hit(row: Published | None, value: float) -> bool | None:
    if row is None or math.isnan(row.value) or math.isnan(row.tolerance):
        return None
    return bool(abs(value - row.value) <= row.tolerance)


def _settled(row: Published | None, low: float, high: float) -> bool | None:
    """Whether the simulation's own half-width is under a third of the tolerance: enough people were run."""
    if row is None or math.isnan(row.tolerance) or math.isnan(low + high):
        return None
    return bool(0.5 * (high - low) <= row.tolerance / 3.0)


def _row(figure: Published, answer: dict | None) -> dict:
    """A published figure with its answer, or the reason why there is none."""
    out = answer or {
        "id": figure.id, "trial": None, "arm": figure.arm, "endpoint": figure.endpoint, "published": _plain(figure.value),
        "low": _plain(figure.low), "high": _plain(figure.high), "tolerance": _plain(figure.tolerance), "unit": figure.unit,
        "simulated": None, "sim_low": None, "sim_high": None, "n": 0, "hit": False, "why_not": why_not(figure), "settled": None,
    }  # fmt: skip
    return out | {
        "topic": figure.topic, "status": figure.status, "use": figure.use, "counts": figure.counts,
        "fitted": figure.id in _weighed(),
    }  # fmt: skip


@functools.cache
def _weighed() -> frozenset[str]:
    return stages.weighed()


def why_not(figure: Published) -> str:
    """Why no trial answers a figure: the reason that `data/unanswered.csv` gives its id or the beginning of it; else that
    there is no protocol."""
    if math.isnan(figure.value):
        return "no_value"
    reasons = _reasons()
    known = [figure.id[:length] for length in range(len(figure.id), 2, -1) if figure.id[:length] in reasons]
    return reasons[known[0]] if known else "no_protocol"


@functools.cache
def _reasons() -> dict[str, str]:
    with open(data_file("unanswered.csv"), encoding="utf-8", newline="") as lines:
        return {row["id"]: row["why_not"] for row in csv.DictReader(lines)}


def summary(rows: list[dict]) -> dict:
    """Figures that count, answered and hit, in all, by topic, and apart for those that a fit weighs."""
    counting = [row for row in rows if row.get("counts")]

    def of(some: list[dict]) -> dict:
        answered = sum(row["simulated"] is not None for row in some)
        return {"predict": len(some), "answered": answered, "hits": sum(bool(row["hit"]) for row in some)}

    topics = sorted({row["topic"] for row in counting})
    reasons = {why: sum(r["why_not"] == why for r in counting) for why in WHY_NOT}
    return of(counting) | {
        "by_topic": {t: of([r for r in counting if r["topic"] == t]) for t in topics},
        "fitted": of([r for r in counting if r["fitted"]]), "not_fitted": of([r for r in counting if not r["fitted"]]),
        "not_answered": reasons,
    }  # fmt: skip


def _plain(x: float) -> float | None:
    return None if math.isnan(x) else float(f"{x:.4g}")
