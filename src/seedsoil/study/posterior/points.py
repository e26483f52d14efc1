"""The points of a stage: where in the ranges the model is run, and what its figures come to there.

Every point has the same people with the same luck, so that figures move smoothly with the numbers. One line a point is
written as it comes, synced to the disk; to go on is to do those that are missing. No digit hangs on the workers.
"""

from __future__ import annotations

import functools
import json
import os
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

import numpy as np

from seedsoil.errors import InputError
from seedsoil.grammar import luck
from seedsoil.study import published, survival_fit, validation
from seedsoil.study.posterior.stages import Stage
from seedsoil.study.trial import run
from seedsoil.world import runs
from seedsoil.world.parameters import TYPICAL, Version

Progress = Callable[[str, int, int], None]
Values = dict[str, float]


def design(stage: Stage, points: int, seed: int) -> np.ndarray:
    """Positions in the ranges [points, names], spread evenly: a scrambled Sobol sequence."""
    from scipy.stats import qmc

    own = qmc.Sobol(len(stage.names), scramble=True, seed=np.random.default_rng([seed, luck.stream(stage.id)]))
    return own.random_base2(points.bit_length() - 1)


def values_at(stage: Stage, positions: np.ndarray) -> list[Values]:
    """The numbers at each position."""
    columns = {name: e.inside(positions[:, k]) for k, (name, e) in enumerate(stage.entries().items())}
    return [{name: float(column[i]) for name, column in columns.items()} for i in range(len(positions))]


def followed(
    stage: Stage, path: Path, wanted: list[Values], fixed: Mapping[str, float], people: int, seed: int, workers: int,
    progress: Progress | None = None,
) -> list[dict]:  # fmt: skip
    """The lines of all points: first the tables as they stand, then `wanted`, with `fixed` beside them."""
    lines = _whole_lines(path)
    tasks = [(0, {}), *((k + 1, {**fixed, **values}) for k, values in enumerate(wanted))]
    call = partial(at_point, stage, people, seed)
    with path.open("ab") as file:
        for line in runs.each(call, tasks[len(lines) :], workers):
            file.write(json.dumps(line).encode() + b"\n")
            file.flush()
            os.fsync(file.fileno())
            lines.append(line)
            if progress:
                progress(stage.title, len(lines), len(tasks))
    return lines


def _whole_lines(path: Path) -> list[dict]:
    """What is written whole; a last line that was cut short is taken away."""
    if not path.exists():
        return []
    text = path.read_bytes()
    whole = text[: text.rfind(b"\n") + 1]
    if len(whole) < len(text):
        with path.open("r+b") as file:
            file.truncate(len(whole))
    return [json.loads(line) for line in whole.splitlines()]


def at_point(stage: Stage, people: int, seed: int, task: tuple[int, Values]) -> dict:
    """The figures at one point: number of the point, the values that were set, and each figure as value, low and high."""
    number, values = task
    version = Version(given=tuple((name, (value,)) for name, value in sorted(values.items()))) if values else TYPICAL
    figures = (_quick if stage.course == "quick" else _world)(stage, version, people, seed)
    return {"point": number, "values": values, "figures": figures}


def _world(stage: Stage, version: Version, people: int, seed: int) -> dict[str, list]:
    """Figures of trials in the world with its clinic."""
    known, out = published.read(), {}
    for trial in stage.protocols():
        asked = [figure for figure in trial.figures if figure.id in stage.figures]
        try:
            done = run(trial, people, seed, version=version)
        except InputError:  # with these numbers hardly anybody may enter
            out |= {figure.id: [None, None, None] for figure in asked}
            continue
        for figure in asked:
            row = validation.simulated(done, figure, known[figure.id])
            out[figure.id] = [row["simulated"], row["sim_low"], row["sim_high"]]
    return out


def _quick(stage: Stage, version: Version, people: int, seed: int) -> dict[str, list]:
    """Figures of death in cohorts, on the quick course of the disease, in the units in which they are published."""
    trials = stage.protocols()
    known = published.read()
    rows = [row for row in survival_fit.rows(trials, known) if not stage.figures or row.figure.id in stage.figures]
    w = survival_fit.world(trials, people, seed, version.numbers())
    still = {name: 0.0 for name in survival_fit.moved(sorted({cancer for cancer, _ in w.groups})) if name not in survival_fit.BODY}
    _, found = survival_fit.misfits(w, [t for t in trials if any(r.trial == t.id for r in rows)], rows, still)
    here = {x["id"]: x["here"] for x in found}
    scale = {row.figure.id: known[row.figure.id].value / row.value for row in rows}
    return {name: [here[name] * factor, None, None] for name, factor in scale.items()}


@functools.cache
def trial_of(stage: Stage) -> dict[str, str]:
    """Which trial answers each figure."""
    return {figure.id: trial.id for trial in stage.protocols() for figure in trial.figures}
