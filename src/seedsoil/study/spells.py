"""How long people stand in a condition: walking, pain controlled, a pressed cord. The kernel writes down each evening on which
something changed; between two such evenings everything stands as it was."""

from __future__ import annotations

import numpy as np

from seedsoil.world.day import World
from seedsoil.world.pace import CONDITIONS


def has(state: np.ndarray, condition: str) -> np.ndarray:
    """Mask over states of `World.turns`: the condition holds."""
    return (state >> CONDITIONS.index(condition)) & 1 == 1


class Spells:
    """Stretch by stretch, the spells during which nothing changed. Make it when the world begins to be followed."""

    def __init__(self, world: World) -> None:
        self.day = world.day
        self._state = np.zeros(len(world.people.key), np.int64)

    def of(self, world: World, death: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """The spells of the stretch that has just passed: person, first day, day after the last, state, sorted by person and
        day; none is empty. Days are counted as evenings passed: what an evening says holds from the next number on. death
        [n]: the day by which each was dead, NaN for the living."""
        n, first, last = len(self._state), self.day + 1, world.day + 1
        who = np.concatenate([np.arange(n), world.turns[:, 0]])
        begin = np.concatenate([np.full(n, first), world.turns[:, 1] + 1])
        state = np.concatenate([self._state, world.turns[:, 2]])
        order = np.lexsort([begin, who])
        who, begin, state = who[order], begin[order], state[order]
        follows = np.append(who[1:] == who[:-1], False)
        end = np.where(follows, np.append(begin[1:], 0), last)
        end = np.minimum(end, np.where(np.isnan(death), last, death).astype(np.int64)[who])
        self._state[who[~follows]] = state[~follows]
        self.day = world.day
        kept = end > begin
        return who[kept], begin[kept], end[kept], state[kept]
