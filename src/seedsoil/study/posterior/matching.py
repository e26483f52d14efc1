"""History matching: where in the ranges the figures can be met, and draws from there.

A figure's implausibility at a position is the distance of its emulator from the published value, in standard deviations of all
that may part them: the paper's own error, the luck of so few people, the emulator's error, and what the model is not expected
to meet more nearly (Craig 1997; Vernon 2010, Bayesian Anal 5:619). What no position brings below three is missed by structure,
says nothing about the numbers, and is named.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from seedsoil.grammar.tables import NINETY
from seedsoil.study.posterior.emulator import Emulator, fit
from seedsoil.study.published import Published
from seedsoil.study.twins import resampled

CUT = 3.0
FORGIVEN = 20  # of so many figures one may lie beyond the cut
LEAST_LEFT = 1e-3  # share of the ranges that is always left
Z95 = 1.959963984540054
LEAST_OF_VALUE = 0.02  # a ratio or a time of nought is taken as this share of the published one


@dataclass(frozen=True)
class Target:
    """A published figure, with the emulator of the simulated one, both on the scale on which they are compared."""

    id: str
    trial: str
    logs: bool
    value: float
    emulator: Emulator
    published: float  # standard deviations
    luck: float
    discrepancy: float
    stands: float  # simulated with the tables as they stand

    @property
    def spread(self) -> float:
        """Standard deviation of all that may part simulated and published."""
        return math.hypot(self.published, self.luck, self.emulator.error, self.discrepancy)

    def told(self, x: float) -> float:
        """A value back in the figure's unit."""
        return math.exp(x) if self.logs else x


def by_logs(row: Published) -> bool:
    """Times, rates and ratios are compared by their logarithm; shares and differences as they are."""
    return row.value > 0.0 and not row.unit.startswith("%")


def target(row: Published, trial: str, positions: np.ndarray, lines: list[dict], noise: float) -> Target | None:
    """A figure of a stage. lines: of the points, the first with the tables as they stand; None where hardly any has a value."""
    logs = by_logs(row)
    scale = (lambda x: np.log(np.maximum(x, LEAST_OF_VALUE * row.value))) if logs else (lambda x: x)
    table = scale(np.array([[math.nan if x is None else x for x in line["figures"][row.id]] for line in lines], dtype=float))
    surface = fit(positions, table[1:, 0])
    if surface is None:
        return None
    widths = (table[1:, 2] - table[1:, 1]) / (2.0 * Z95)
    known = widths[np.isfinite(widths)]
    luck = float(np.median(known)) if len(known) else 0.0
    if noise:
        luck = noise if logs else noise * row.value
    accepted = row.tolerance / row.value if logs else row.tolerance
    ends = scale(np.array([row.low, row.high]))
    own = float((ends[1] - ends[0]) / (2.0 * Z95)) if np.isfinite(ends).all() else 0.0
    return Target(row.id, trial, logs, float(scale(row.value)), surface, own, luck, accepted / NINETY, float(table[0, 0]))


@dataclass(frozen=True)
class Match:
    """What the figures of a stage say about positions."""

    targets: list[Target]
    nearest: np.ndarray  # [targets] least implausibility anywhere
    structural: np.ndarray  # [targets] mask: met nowhere
    inflation: float  # by which variances are raised so that the best position fits as well as it should
    cut: float
    left: float  # share of the ranges not ruled out
    effective: float  # draws that the weights are worth
    weight: np.ndarray  # [positions]


def matched(targets: list[Target], positions: np.ndarray) -> Match:
    """Weights of positions [n, numbers] by the targets.

    Figures of one trial share people and whatever the model lacks there: m of them count as the root of m. Where the best
    position is worse than chance and discrepancy allow, all variances are raised until it is not (Birge 1932).
    """
    far = np.stack([np.abs(t.emulator(positions) - t.value) / t.spread for t in targets], axis=1)
    nearest = far.min(axis=0)
    structural = nearest > CUT
    use = ~structural
    if not use.any():
        n = len(positions)
        return Match(targets, nearest, structural, 1.0, CUT, 1.0, float(n), np.full(n, 1.0 / n))
    trials = [t.trial for t, used in zip(targets, use, strict=True) if used]
    worth = np.array([trials.count(name) ** -0.5 for name in trials])
    squares = far[:, use] ** 2
    inflation = max(1.0, float((squares @ worth).min() / worth.sum()))
    squares /= inflation
    forgiven = squares.shape[1] // FORGIVEN
    worst = np.sqrt(np.sort(squares, axis=1)[:, -1 - forgiven])
    cut = max(CUT, float(np.quantile(worst, LEAST_LEFT)))
    inside = worst <= cut
    logs = np.where(inside, -0.5 * (squares @ worth), -np.inf)
    weight = np.exp(logs - logs.max())
    weight /= weight.sum()
    return Match(targets, nearest, structural, inflation, cut, float(inside.mean()), float(1.0 / np.sum(weight**2)), weight)


def drawn(weight: np.ndarray, n: int, seed: int) -> np.ndarray:
    """Rows chosen by their weights, in no order."""
    return resampled(weight, n, seed)
