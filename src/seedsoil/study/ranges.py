"""A value and its 90 % range: of a risk, of what living twins are like, and of what a plan changes."""

from __future__ import annotations

import numpy as np

Z90 = 1.6448536269514722


def summary(values: np.ndarray, unit: str, sets: np.ndarray) -> tuple[float | None, float | None, float | None]:
    """Value and 90 % range: of the risk for outcomes per 100, of the twins themselves for the others."""
    if unit != "per 100":
        alive = values[~np.isnan(values)]
        if len(alive) < 10:
            return None, None, None
        low, high = nine_tenths(alive)
        return _round(alive.mean()), _round(low), _round(high)
    n, risk = len(values), values.mean()
    # half an event more and half fewer, so that what no twin met still has a range; the range is on the arcsine scale,
    # where the spread of a share does not depend on the share
    centre = (values.sum() + 0.5) / (n + 1.0)
    chance = centre * (1.0 - centre)
    error = np.sqrt(spread_of_mean(values, sets) ** 2 - values.var() / n + chance / n)
    width = Z90 * error / (2.0 * np.sqrt(chance))
    low, high = np.sin(np.clip(np.arcsin(np.sqrt(centre)) + np.array([-width, width]), 0.0, np.pi / 2.0)) ** 2
    return _round(100.0 * risk), _round(100.0 * min(low, risk)), _round(100.0 * max(high, risk))


def nine_tenths(values: np.ndarray) -> tuple[float, float]:
    """The range that nine tenths of the values lie in: from the 5th to the 95th percentile.

    Where a twentieth or more lie together at one end (no dose, every day at home), nothing can be cut off there; that end
    stands, and the whole tenth is left off at the other.
    """
    low, high = np.quantile(values, [0.05, 0.95])
    lowest, highest = low == values.min(), high == values.max()
    if lowest and not highest:
        high = np.quantile(values, 0.9)
    elif highest and not lowest:
        low = np.quantile(values, 0.1)
    return float(low), float(high)


def difference(gap: np.ndarray, unit: str, sets: np.ndarray) -> tuple[float | None, float | None, float | None]:
    """Mean paired difference (plan minus versus) and its 90 % range; for states, of twins alive under both plans."""
    both = ~np.isnan(gap)
    if both.sum() < 10:
        return None, None, None
    mean, error = gap[both].mean(), spread_of_mean(gap[both], sets[both])
    scale = 100.0 if unit == "per 100" else 1.0
    return _round(scale * mean), _round(scale * (mean - Z90 * error)), _round(scale * (mean + Z90 * error))


def spread_of_mean(values: np.ndarray, sets: np.ndarray) -> float:
    """Standard error of a mean from parameter sets and chance: what sets differ by beyond chance, plus chance itself."""
    groups = [values[sets == s] for s in np.unique(sets)]
    groups = [g for g in groups if len(g) > 1]
    spread = values.var()
    within = spread / len(values)
    if len(groups) < 3:
        return float(np.sqrt(within))
    means = np.array([g.mean() for g in groups])
    chance = np.mean([spread / len(g) for g in groups])
    between = max(means.var(ddof=1) - chance, 0.0)
    return float(np.sqrt(between + within))


def _round(x: float) -> float:
    return float(f"{x:.3g}") if abs(x) < 100 else float(f"{x:.4g}")
