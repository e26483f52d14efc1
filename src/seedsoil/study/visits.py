"""When a virtual person was seen by the clinic, and how: as planned, in a hurry, or day after day on a ward."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from seedsoil.care.columns import SYMPTOMS
from seedsoil.grammar.tables import table
from seedsoil.world.day import World

PLANNED, HURRIED, WARD = "planned", "hurried", "ward"
_ASKED = SYMPTOMS.index("pain_worst")  # whoever is seen is asked how much it hurts


@dataclass(frozen=True)
class Visit:
    """One contact with the clinic; a stay on a ward lasts from its first to its last day."""

    day: float  # days before the date of the record
    day_to: float
    kind: str  # planned | hurried | ward


class VisitBook:
    """Who was seen on which day, as the days of a `World` pass. Call `write` after every step."""

    def __init__(self, n: int) -> None:
        self._seen: list[list[tuple[int, bool]]] = [[] for _ in range(n)]  # day, and whether it had been planned
        self._planned: np.ndarray | None = None  # day of the next visit, as it stood yesterday

    def write(self, world: World) -> None:
        """Take down the day that has just passed."""
        day = world.day - 1
        for row in np.flatnonzero(world.chart.symptom_day[:, _ASKED] == day):
            self._seen[row].append((day, self._planned is None or bool(self._planned[row] <= day)))
        self._planned = world.next_visit.copy()

    def visits(self, row: int, today: int) -> tuple[Visit, ...]:
        """The visits of one person, oldest first. Visits no further apart than rounds on a ward are one stay."""
        apart = table("care", "waiting.toml")["visit.ward"].value
        stays: list[list[tuple[int, bool]]] = []
        for day, planned in self._seen[row]:
            if stays and day - stays[-1][-1][0] <= apart:
                stays[-1].append((day, planned))
            else:
                stays.append([(day, planned)])
        return tuple(_visit(stay, today) for stay in stays)


def _visit(stay: list[tuple[int, bool]], today: int) -> Visit:
    (first, planned), (last, _) = stay[0], stay[-1]
    kind = WARD if last > first else PLANNED if planned else HURRIED
    return Visit(float(first - today), float(last - today), kind)
