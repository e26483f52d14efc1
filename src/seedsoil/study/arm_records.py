"""What became of the people of one arm of a trial: put together from groups of people, and taken apart again."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from seedsoil.study.ledger import Ledger


@dataclass
class ArmRecord:
    """What became of the people of one arm."""

    name: str
    readings: dict[str, np.ndarray]  # of the chart at screening
    events: np.ndarray  # [events, 3]: person, day, number of the kind
    states: np.ndarray  # [n, visits, STATES]
    death: np.ndarray  # [n] day, NaN
    until: np.ndarray  # [n] last day on which survival is known
    left: np.ndarray  # [n] last day on which events are seen
    version: np.ndarray | None = None  # [n] which version of the model's numbers the person lives by

    def __len__(self) -> int:
        return len(self.death)


def block(
    name: str, ledger: Ledger, version: np.ndarray, readings: dict, until: np.ndarray, left: np.ndarray, rows: slice
) -> ArmRecord:
    """The people of some neighbouring rows of a ledger."""
    events = ledger.rows_of()
    own = events[(events[:, 0] >= rows.start) & (events[:, 0] < rows.stop)] - np.array([rows.start, 0, 0])
    values = {name: v[rows] for name, v in readings.items()}
    return ArmRecord(name, values, own, ledger.states[rows], ledger.death[rows], until[rows], left[rows], version[rows])


def joined(parts: tuple[ArmRecord, ...]) -> ArmRecord:
    """The people of several groups as one arm."""
    starts = np.cumsum([0, *[len(p) for p in parts]])
    every = lambda name: np.concatenate([getattr(p, name) for p in parts])
    events = np.concatenate([p.events + np.array([start, 0, 0]) for p, start in zip(parts, starts, strict=False)])
    readings = {name: np.concatenate([p.readings[name] for p in parts]) for name in parts[0].readings}
    return ArmRecord(parts[0].name, readings, events, *map(every, ("states", "death", "until", "left", "version")))


def first(arm: ArmRecord, n: int) -> ArmRecord:
    """The first n people of an arm."""
    return some(arm, np.arange(min(n, len(arm))))


def some(arm: ArmRecord, rows: np.ndarray) -> ArmRecord:
    """The people of some rows of an arm, in order."""
    place = np.full(len(arm), -1)
    place[rows] = np.arange(len(rows))
    events = arm.events[place[arm.events[:, 0]] >= 0].copy()
    events[:, 0] = place[events[:, 0]]
    readings = {name: v[rows] for name, v in arm.readings.items()}
    own = lambda name: getattr(arm, name)[rows]
    return ArmRecord(arm.name, readings, events, *map(own, ("states", "death", "until", "left", "version")))
