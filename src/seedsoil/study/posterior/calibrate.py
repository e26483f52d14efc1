"""The calibration: stage after stage, points of the model, emulators of its figures, what is ruled out, draws from what is left.

Each stage takes over the draws of the stages before it, row by row. Numbers that a stage names under `again` move in it and are
weighed once more; all other earlier ones are held at the mean of their draws while its points are run.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from seedsoil import __version__
from seedsoil.errors import InputError
from seedsoil.grammar import luck
from seedsoil.grammar.tables import Entry
from seedsoil.study import posterior, published
from seedsoil.study.posterior import matching, points
from seedsoil.study.posterior.stages import Stage, read
from seedsoil.world import kernel, parameters, runs

CANDIDATES, ROWS = 1 << 16, 1 << 13  # positions that are weighed, and those that go on to the next stage
SCHEMA = "seedsoil.calibration/1"
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Done:
    """A stage that has been run, and the rows that go on."""

    stage: Stage
    match: matching.Match
    prior: dict[str, np.ndarray]  # positions of what moved, as the stage found them
    rows: dict[str, np.ndarray]  # positions [ROWS] of everything settled so far
    fixed: dict[str, float]
    silent: list[str]  # figures that hardly any point answered


def calibrate(
    stages: list[Stage], folder: Path, n: int, draws: int, people: float = 1.0, seed: int = 1, workers: int = 1,
    resume: bool = False, progress: Progress | None = None,
) -> tuple[list[Done], dict[str, np.ndarray], dict]:  # fmt: skip
    """Run the stages in order and write each point as it comes (``STAGE.jsonl`` in the folder).

    n: points in the stages that do not say otherwise themselves (0: as the stages say); people: times those of the stages.
    Returns the stages, the draws by name, and the document (schema ``seedsoil.calibration/1``).
    """
    settings = {"stages": [stage.id for stage in stages], "points": n, "people": people, "seed": seed}
    settings["asked"] = luck.stream(repr(stages))  # another list of numbers or figures is another run
    runs.open_folder(folder, settings, resume)
    done: list[Done] = []
    for stage in stages:
        done.append(one(stage, done[-1].rows if done else {}, folder, n or stage.points, people, seed, workers, progress))
    kept = drawn(done[-1].rows, draws)
    return done, kept, document(done, kept, settings)


def one(
    stage: Stage, before: Mapping[str, np.ndarray], folder: Path, n: int, people: float, seed: int, workers: int,
    progress: Progress | None,
) -> Done:  # fmt: skip
    """One stage, on the rows of those before it."""
    if missing := set(stage.again) - before.keys():
        raise InputError("--stage", stage.id, "a stage whose earlier ones are run too", f"it moves {', '.join(sorted(missing))}")
    known = parameters.free()
    fixed = {name: float(known[name].inside(rows.mean())) for name, rows in before.items() if name not in stage.again}
    where = points.design(stage, n, seed)
    each = max(round(people * stage.people), 10)
    lines = points.followed(
        stage, folder / f"{stage.id}.jsonl", points.values_at(stage, where), fixed, each, seed, workers, progress
    )
    figures, trials = published.read(), points.trial_of(stage)
    asked = list(lines[0]["figures"])
    found = {name: matching.target(figures[name], trials[name], where, lines, stage.noise) for name in asked}
    targets = [t for t in found.values() if t is not None]
    if not targets:
        raise InputError(f"stage {stage.id}", "no figure", "figures that most points answer", "run more people or other trials")
    candidates = _candidates(stage, before, seed)
    moving = np.column_stack([candidates[name] for name in stage.names])
    match = matching.matched(targets, moving)
    chosen = matching.drawn(match.weight, ROWS, seed)
    rows = {name: column[chosen] for name, column in candidates.items()}
    prior = {name: candidates[name] for name in stage.names}
    return Done(stage, match, prior, rows, fixed, [name for name, t in found.items() if t is None])


def _candidates(stage: Stage, before: Mapping[str, np.ndarray], seed: int) -> dict[str, np.ndarray]:
    """Rows of the earlier stages, over and over, each time with other positions of what is new; these are spread evenly."""
    from scipy.stats import qmc

    new = [one.name for one in stage.free]
    source = np.random.default_rng([seed, luck.stream(stage.id), 1])
    spread = qmc.Sobol(len(new), scramble=True, seed=source).random_base2(CANDIDATES.bit_length() - 1)
    out = {name: np.tile(rows, CANDIDATES // ROWS) for name, rows in before.items()}
    return out | {name: spread[:, k] for k, name in enumerate(new)}


def drawn(rows: Mapping[str, np.ndarray], draws: int) -> dict[str, np.ndarray]:
    """The shipped draws: every so many of the last rows, as values within their ranges."""
    known = parameters.free()
    every = np.arange(draws) * ROWS // draws
    return {name: _within(known[name], column[every]) for name, column in rows.items()}


def _within(entry: Entry, positions: np.ndarray) -> np.ndarray:
    """Values with six digits, none of them outside the range by rounding."""
    values = np.array([float(f"{x:.6g}") for x in entry.inside(positions)])
    return np.clip(values, entry.low, entry.high)


def as_draws(kept: Mapping[str, np.ndarray], command: str) -> posterior.Draws:
    """The draws with what they were made with."""
    about = {
        "version": __version__, "tables": posterior.tables_now(), "kernel": f"{kernel.NAME} {kernel.SOURCES}", "command": command,
    }  # fmt: skip
    return posterior.Draws(tuple(kept), np.column_stack(list(kept.values())), about)


def document(done: list[Done], kept: Mapping[str, np.ndarray], settings: dict) -> dict:
    """All that is reported, as plain data."""
    return {
        "schema": SCHEMA, "version": __version__, "tables": posterior.tables_now(), "settings": settings,
        "command": command_of(settings, draws := len(next(iter(kept.values())))), "draws": draws,
        "stages": [_stage(one, done[-1].rows) for one in done],
    }  # fmt: skip


def command_of(settings: Mapping, draws: int) -> str:
    """The command that makes the same digits."""
    only = [] if len(settings["stages"]) == len(read()) else [f"--stage {name}" for name in settings["stages"]]
    usual = {"points": 0, "people": 1.0, "seed": 1}
    more = [f"--{name} {settings[name]:g}" for name in usual if settings[name] != usual[name]]
    return " ".join(["seedsoil calibrate --out DIR", *only, *more, f"--draws {draws}"])


def _stage(one: Done, last: Mapping[str, np.ndarray]) -> dict:
    stage, match = one.stage, one.match
    effects = np.array([t.emulator.main_effects() * t.emulator.explained for t in match.targets])
    figures, topics = published.read(), {}
    for t, own in zip(match.targets, effects, strict=True):
        topics.setdefault(figures[t.id].topic, []).append(own)
    groups = {topic: np.mean(rows, axis=0) for topic, rows in sorted(topics.items())}
    chosen = {name: last[name] for name in stage.names}
    return {
        "id": stage.id, "title": stage.title, "course": stage.course, "trials": sorted({t.trial for t in match.targets}),
        "numbers": [
            _number(name, k, one, chosen[name], groups, {f.name: f.why for f in stage.free}) for k, name in enumerate(stage.names)
        ],
        "figures": [_figure(t, k, match, chosen, stage) for k, t in enumerate(match.targets)],
        "not_answered": one.silent, "inflation": _three(match.inflation), "cut": _three(match.cut), "left": _three(match.left),
        "effective": round(match.effective), "held": {name: _three(x) for name, x in one.fixed.items()},
    }  # fmt: skip


def _number(name: str, k: int, one: Done, rows: np.ndarray, groups: dict, why: dict[str, str]) -> dict:
    """A number's range, what is left of it, and what it moves."""
    entry = parameters.free()[name]
    low, middle, high = (float(entry.inside(q)) for q in np.quantile(rows, [0.05, 0.5, 0.95]))
    return {
        "name": name, "unit": entry.unit, "kind": entry.kind, "source": entry.source,
        "why": why.get(name, "free in an earlier stage"),
        "table": None if name.startswith("populations.") else _three(entry.value),
        "low": _three(entry.low), "high": _three(entry.high),
        "posterior_low": _three(low), "posterior_median": _three(middle), "posterior_high": _three(high),
        "narrowed": _three(1.0 - float(rows.std() / max(one.prior[name].std(), 1e-12))),
        "effect": {topic: _three(own[k]) for topic, own in groups.items()},
    }  # fmt: skip


def _figure(t: matching.Target, k: int, match: matching.Match, chosen: dict[str, np.ndarray], stage: Stage) -> dict:
    """A figure, where it can be brought, and where the draws leave it."""
    after = t.emulator(np.column_stack([chosen[name] for name in stage.names]))
    effects = t.emulator.main_effects()
    most = stage.names[int(effects.argmax())] if t.emulator.explained > 0.0 else None
    return {
        "id": t.id, "trial": t.trial, "published": _three(t.told(t.value)),
        "as_tables_stand": None if not np.isfinite(t.stands) else _three(t.told(t.stands)),
        "draws": [_three(t.told(q)) for q in np.quantile(after, [0.05, 0.5, 0.95])],
        "nearest": _three(match.nearest[k]), "structural": bool(match.structural[k]),
        "far": _three(abs(float(np.median(after)) - t.value) / t.spread),
        "error": {"published": _three(t.published), "luck": _three(t.luck), "emulator": _three(t.emulator.error),
                  "discrepancy": _three(t.discrepancy), "by": "logarithm" if t.logs else "value"},
        "explained": _three(t.emulator.explained), "moved_most_by": most,
    }  # fmt: skip


def _three(x: float) -> float:
    return float(f"{x:.3g}")
