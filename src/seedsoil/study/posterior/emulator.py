"""An emulator of one figure: a smooth surface over the ranges, which stands in for the model between its points.

A polynomial of second degree in Legendre's polynomials of the positions (a polynomial chaos expansion: Sudret 2008, Reliab Eng
Syst Saf 93:964), fitted by ridge regression. The error of each point that is left out has a closed form, sets the ridge and
says how far to trust the surface; the share of the variance that one number brings alone (its first Sobol index) is a sum of
squares of coefficients.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np

RIDGES = 10.0 ** np.arange(-4.0, 3.1, 0.5)  # over the number of points
CROSSED_FROM = 2.0  # points for each term, from which products of two numbers are taken too


@dataclass(frozen=True)
class Emulator:
    """One figure over the ranges."""

    coefficients: np.ndarray  # [terms], the first for the mean
    crossed: bool
    error: float  # root mean square error of points left out
    explained: float  # share of the variance between the points that those errors leave

    def __call__(self, positions: np.ndarray) -> np.ndarray:
        """The figure at positions [n, numbers]."""
        return terms(positions, self.crossed) @ self.coefficients

    def main_effects(self) -> np.ndarray:
        """Share of the surface's variance that each number brings alone [numbers]."""
        many = _numbers_of(len(self.coefficients), self.crossed)
        squares = self.coefficients[1:] ** 2
        alone = squares[: 2 * many].reshape(2, many).sum(axis=0)
        return alone / squares.sum() if squares.sum() > 0.0 else np.zeros(many)


def terms(positions: np.ndarray, crossed: bool) -> np.ndarray:
    """One, Legendre's polynomials of degree 1 and 2 of each position, and products of those of degree 1 [n, terms]; each has
    mean square 1 over the ranges, and none has anything to do with another."""
    x = 2.0 * np.atleast_2d(positions) - 1.0
    first, second = np.sqrt(3.0) * x, np.sqrt(5.0) * (1.5 * x**2 - 0.5)
    pairs = [first[:, i] * first[:, j] for i, j in itertools.combinations(range(x.shape[1]), 2)] if crossed else []
    return np.column_stack([np.ones(len(x)), first, second, *pairs])


def _numbers_of(columns: int, crossed: bool) -> int:
    """How many numbers a surface of so many terms has."""
    return next(d for d in range(1, columns) if 1 + 2 * d + (d * (d - 1) // 2 if crossed else 0) == columns)


def fit(positions: np.ndarray, figure: np.ndarray) -> Emulator | None:
    """The surface through points [n, numbers] and what the figure came to there [n]; NaN where it came to nothing. None where
    too few points have a value."""
    there = np.isfinite(figure)
    x, y = positions[there], figure[there]
    d = positions.shape[1]
    if there.sum() < max(d + 3, 0.7 * len(figure)):
        return None
    choices = [False]
    if len(y) >= CROSSED_FROM * (1 + 2 * d + d * (d - 1) // 2):
        choices.append(True)
    tried = [(*_ridge(terms(x, crossed), y, ridge), crossed) for crossed in choices for ridge in RIDGES]
    coefficients, error, crossed = min(tried, key=lambda found: found[1])
    varies = float(y.std())
    return Emulator(coefficients, crossed, error, max(1.0 - (error / varies) ** 2, 0.0) if varies > 0.0 else 1.0)


def _ridge(columns: np.ndarray, y: np.ndarray, ridge: float) -> tuple[np.ndarray, float]:
    """Coefficients, the mean not held down, and the root mean square error of points left out one by one."""
    held = ridge * len(y) * np.eye(columns.shape[1])
    held[0, 0] = 1e-9
    inverse = np.linalg.inv(columns.T @ columns + held)
    coefficients = inverse @ (columns.T @ y)
    own = np.einsum("ij,jk,ik->i", columns, inverse, columns)
    left_out = (y - columns @ coefficients) / np.maximum(1.0 - own, 1e-6)
    return coefficients, float(np.sqrt(np.mean(left_out**2)))
