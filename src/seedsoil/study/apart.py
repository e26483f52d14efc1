"""How sure a figure is, told apart: what differs between people, what is luck, and what is not known of the model's numbers.

The same people live twice, with another luck each time, by several versions of the model's numbers. What differs between a
person's two lives is chance; what differs between the means of the versions, beyond what so few people would show, is
knowledge; what is left is the person. More people in a trial make the first two smaller and leave the third as it is.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from seedsoil.world import people, records
from seedsoil.world.records import People

LUCKS_APART = 1 << 30  # between the key of a person and the key under which they have another luck


class Parts(NamedTuple):
    """A variance in three parts, which add up to it."""

    person: float
    chance: float
    knowledge: float

    @property
    def total(self) -> float:
        """Their sum."""
        return self.person + self.chance + self.knowledge

    def shares(self) -> Parts | None:
        """The parts of 1; None where nothing varies."""
        return Parts(*(part / self.total for part in self)) if self.total > 0.0 else None


def other_luck(group: People, which: np.ndarray, seed: int) -> None:
    """Give people the luck of number `which` from here on, everything that may come with it; those with 0 keep their own."""
    rows = np.flatnonzero(which)
    if len(rows) == 0:
        return
    fresh = records.rows(group, rows)
    fresh.key[:] += which[rows] * LUCKS_APART
    people.renew_luck(fresh, seed)
    for column, new in zip(group, fresh, strict=True):
        column[rows] = new


def of_people(values: np.ndarray, version: np.ndarray) -> Parts | None:
    """The variance of one person's outcome. values: [2, n], each person's two lives, NaN where there is none; version: [n].

    None where fewer than three versions have two people with both lives.
    """
    both = ~np.isnan(values).any(axis=0)
    lives, own = values[:, both], version[both]
    sets, member = np.unique(own, return_inverse=True)
    many = np.bincount(member)
    if len(sets) < 3 or (many > 1).sum() < 3:
        return None
    chance = float(np.mean(0.5 * (lives[0] - lives[1]) ** 2))
    mean = lives.mean(axis=0)
    of_set = np.bincount(member, mean) / many
    within = np.bincount(member, (mean - of_set[member]) ** 2).sum() / (len(mean) - len(sets))
    # one-way analysis of variance with groups of unequal size
    usual = (len(mean) - (many**2).sum() / len(mean)) / (len(sets) - 1)
    between = float((many * (of_set - mean.mean()) ** 2).sum() / (len(sets) - 1))
    knowledge = max((between - within) / usual, 0.0)
    person = max(float(within) - 0.5 * chance, 0.0)
    return Parts(person, chance, knowledge)


def of_figure(pseudo: np.ndarray) -> Parts | None:
    """The variance of a figure of a whole trial. pseudo: [2 lucks, versions, 2 halves], what each half of the people of a
    version says of the figure (jackknife pseudo-values). None where one is not known.

    Halves of one version share nothing but the version, and the two lucks of one half nothing but people and version.
    """
    if not np.isfinite(pseudo).all() or pseudo.shape[1] < 3:
        return None
    many = pseudo.shape[1] * pseudo.shape[2]
    centred = pseudo - pseudo.mean(axis=(1, 2), keepdims=True)
    halves = centred.mean(axis=0)
    knowledge = max(float((halves[:, 0] * halves[:, 1]).sum() / (pseudo.shape[1] - 1)), 0.0)
    alike = float((centred[0] * centred[1]).sum() / (many - 1))
    chance = float(np.mean(0.5 * (centred[0] - centred[1]) ** 2))
    return Parts(max(alike - knowledge, 0.0) / many, chance / many, knowledge)
