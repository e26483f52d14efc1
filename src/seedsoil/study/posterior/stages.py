"""Which numbers are free in which stage of the calibration, and which figures judge them: `data/posterior/stages.toml`."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path

from seedsoil.errors import InputError
from seedsoil.grammar.tables import Entry, data_file
from seedsoil.study import published, survival_fit, trial_files
from seedsoil.study.trial import Trial
from seedsoil.world import parameters

COURSES = ("world", "quick")


@dataclass(frozen=True)
class Free:
    """A number that is free in a stage, and why."""

    name: str
    why: str


@dataclass(frozen=True)
class Stage:
    """One stage: free numbers, those of earlier stages that stay free (`again`), and the figures of some trials.

    points: a power of two; people: in each arm, or of each cancer and era on the quick course; noise: spread of a figure from
    whom the quick course happens to follow, as a share of it.
    """

    id: str
    title: str
    course: str
    points: int
    people: int
    trials: tuple[str, ...]
    figures: tuple[str, ...]
    free: tuple[Free, ...]
    again: tuple[str, ...] = ()
    noise: float = 0.0

    @property
    def names(self) -> tuple[str, ...]:
        """What moves in this stage: its own numbers, then those of earlier ones."""
        return (*(one.name for one in self.free), *self.again)

    def entries(self) -> dict[str, Entry]:
        """The tables' entries of what moves."""
        return {name: parameters.free()[name] for name in self.names}

    def protocols(self) -> list[Trial]:
        """The trials that answer."""
        if self.course == "quick":
            rows = survival_fit.rows([trial_files.named(name) for name in trial_files.names()], published.read())
            return [trial_files.named(name) for name in sorted({row.trial for row in rows})]
        return [trial_files.named(name) for name in self.trials]


def read(path: Path | None = None) -> list[Stage]:
    """The stages in their order. Raises InputError for one that asks for what is not there."""
    file = path or data_file("posterior", "stages.toml")
    document = tomllib.loads(file.read_text("utf-8"))
    stages: list[Stage] = []
    for row in document["stage"]:
        free = tuple(Free(**one) for one in row.pop("free"))
        lists = {name: tuple(row.pop(name, ())) for name in ("trials", "figures", "again")}
        stages.append(Stage(free=free, **lists, **row))
        _check(stages, f"{file.name}: {stages[-1].id}")
    return stages


def weighed() -> frozenset[str]:
    """Ids of the figures that a fit or a stage of the calibration weighs: no test of what they were weighed for."""
    quick = survival_fit.rows([trial_files.named(name) for name in trial_files.names()], published.read())
    own = {name for stage in read() for name in stage.figures}
    return frozenset(own | {row.figure.id for row in quick} | set(survival_fit.OTHER_OVER_BONE))


def _check(stages: list[Stage], where: str) -> None:
    """The last of these stages, beside those before it."""
    stage, settled = stages[-1], {one.name for earlier in stages[:-1] for one in earlier.free}
    if stage.course not in COURSES:
        raise InputError(f"{where}: course", stage.course, " or ".join(COURSES))
    if stage.points < 2 or stage.points & (stage.points - 1):
        raise InputError(f"{where}: points", stage.points, "a power of two")
    known = parameters.free()
    for one in stage.free:
        if one.name not in known or known[one.name].low == known[one.name].high:
            raise InputError(f"{where}: free", one.name, "a number of the model with a range")
        if one.name in settled:
            raise InputError(f"{where}: free", one.name, "a number that no earlier stage has", "put it under again")
    if missing := set(stage.again) - settled:
        raise InputError(f"{where}: again", ", ".join(sorted(missing)), "numbers of earlier stages")
