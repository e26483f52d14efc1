"""Small whole numbers, as items of a list are known by."""

from __future__ import annotations

import numpy as np


def different(numbers: np.ndarray) -> np.ndarray:
    """The different ones among some small whole numbers, rising; none may be below nought. Sooner than by sorting them."""
    return np.bincount(numbers).nonzero()[0]
