"""The few functions equations are made of. They work on floats, arrays, quantities with units and compiled code alike,
so they branch on nothing."""

from __future__ import annotations

from numpy import exp, log, sqrt

__all__ = [
    "between",
    "each_hill1",
    "each_hill2",
    "exp",
    "five_eighths",
    "hill",
    "hill1",
    "hill2",
    "hill4",
    "hill8",
    "hill16",
    "inhibit",
    "larger",
    "log",
    "positive",
    "root4",
    "smaller",
    "sqrt",
]


def positive(x):
    """x where it is above zero, else zero."""
    return 0.5 * (x + abs(x))


def larger(a, b):
    """The larger of two numbers."""
    return 0.5 * (a + b + abs(a - b))


def smaller(a, b):
    """The smaller of two numbers."""
    return 0.5 * (a + b - abs(a - b))


def between(x, low, high):
    """x held between low and high."""
    return smaller(larger(x, low), high)


def hill(x, half, steepness):
    """0 for x far below `half`, 1 far above, 1/2 at `half`."""
    r = (x / half) ** steepness
    return r / (1.0 + r)


def hill1(x, half):
    """`hill` of steepness 1."""
    return x / (x + half)


def hill2(x, half):
    """`hill` of steepness 2."""
    r = x / half
    r = r * r
    return r / (1.0 + r)


def each_hill1(x, y, half):
    """`hill1` of two numbers; a division costs more than the products that save one."""
    over_x, over_y = x + half, y + half
    shared = 1.0 / (over_x * over_y)
    return x * over_y * shared, y * over_x * shared


def each_hill2(x, half_x, y, half_y):
    """`hill2` of two numbers, by one division."""
    r, s = x / half_x, y / half_y
    r, s = r * r, s * s
    shared = 1.0 / ((1.0 + r) * (1.0 + s))
    return r * (1.0 + s) * shared, s * (1.0 + r) * shared


def hill4(x, half):
    """`hill` of steepness 4. The steep ones are multiplied out because a power costs ten times as much."""
    r = x / half
    r = r * r
    r = r * r
    return r / (1.0 + r)


def hill8(x, half):
    """`hill` of steepness 8."""
    r = x / half
    r = r * r
    r = r * r
    r = r * r
    return r / (1.0 + r)


def hill16(x, half):
    """`hill` of steepness 16."""
    r = x / half
    r = r * r
    r = r * r
    r = r * r
    r = r * r
    return r / (1.0 + r)


def inhibit(x, half):
    """What is left of a process when an inhibitor x acts: 1 at none, 1/2 at `half`."""
    return half / (half + x)


def root4(x):
    """The fourth root."""
    return sqrt(sqrt(x))


def five_eighths(x):
    """x to the power 5/8, without the cost of a power."""
    half = sqrt(x)
    return half * root4(half)
