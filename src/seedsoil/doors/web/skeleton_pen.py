"""A pen for bones: smooth closed outlines and tapering bands through a few points, mirrored from one side to the other.

Points are (x, y): x is the distance from the midline of the body towards its side, y runs down from above the head, both in
units of the drawing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

Point = tuple[float, float]
TENSION = 0.85  # of the curve through the points: 0 straight, 1 as round as can be


def mirrored(points: Sequence[Point]) -> list[Point]:
    """The same on the other side."""
    return [(-x, y) for x, y in points]


def whole(half: Sequence[Point]) -> list[Point]:
    """A symmetric outline from its right half, top to bottom."""
    back = [(-x, y) for x, y in reversed(half) if x != 0.0]
    return [*half, *back]


def smooth(points: Sequence[Point], closed: bool = True, tension: float = TENSION) -> str:
    """A smooth path through the points (Catmull and Rom's curve, as cubic segments)."""
    n = len(points)
    at = lambda i: points[i % n] if closed else points[min(max(i, 0), n - 1)]
    out = [f"M{_pair(points[0])}"]
    for i in range(n if closed else n - 1):
        (x0, y0), (x1, y1), (x2, y2), (x3, y3) = (at(k) for k in range(i - 1, i + 3))
        k = tension / 6.0
        first, second = (x1 + k * (x2 - x0), y1 + k * (y2 - y0)), (x2 - k * (x3 - x1), y2 - k * (y3 - y1))
        out.append(f"C{_pair(first)} {_pair(second)} {_pair((x2, y2))}")
    return "".join(out) + ("Z" if closed else "")


def band(line: Sequence[Point], widths: Sequence[float], fine: int = 2) -> str:
    """A closed band along a line, as wide at each point as `widths` says, with rounded ends."""
    points, across = _finer(line, widths, fine)
    left, right = [], []
    for i, (x, y) in enumerate(points):
        (x0, y0), (x1, y1) = points[max(i - 1, 0)], points[min(i + 1, len(points) - 1)]
        length = max(((x1 - x0) ** 2 + (y1 - y0) ** 2) ** 0.5, 1e-9)
        nx, ny = -(y1 - y0) / length * across[i] / 2.0, (x1 - x0) / length * across[i] / 2.0
        left.append((x + nx, y + ny))
        right.append((x - nx, y - ny))
    return smooth(
        [*left, _cap(points[-2], points[-1], across[-1]), *reversed(right), _cap(points[1], points[0], across[0])], tension=0.95
    )


def _cap(before: Point, end: Point, wide: float) -> Point:
    """A point a little beyond the end of a line."""
    dx, dy = end[0] - before[0], end[1] - before[1]
    length = max((dx * dx + dy * dy) ** 0.5, 1e-9)
    return end[0] + 0.28 * wide * dx / length, end[1] + 0.28 * wide * dy / length


def _finer(line: Sequence[Point], widths: Sequence[float], fine: int) -> tuple[list[Point], list[float]]:
    """More points on the smooth curve through a line."""
    n = len(line)
    at = lambda i: line[min(max(i, 0), n - 1)]
    points, across = [], []
    for i in range(n - 1):
        p0, p1, p2, p3 = (at(k) for k in range(i - 1, i + 3))
        for step in range(fine):
            t = step / fine
            points.append(tuple(_curve(p0[a], p1[a], p2[a], p3[a], t) for a in (0, 1)))
            across.append(widths[i] + (widths[i + 1] - widths[i]) * t)
    return [*points, tuple(line[-1])], [*across, widths[-1]]


def _curve(a: float, b: float, c: float, d: float, t: float) -> float:
    return 0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t * t + (3 * b - a - 3 * c + d) * t**3)


def ring(centre: Point, across: float, down: float, turn: Iterable[Point] = ()) -> list[Point]:
    """Points of an oval, run the other way round, so that it can be a hole."""
    x, y = centre
    around = list(turn) or [(0, -1), (-0.71, -0.71), (-1, 0), (-0.71, 0.71), (0, 1), (0.71, 0.71), (1, 0), (0.71, -0.71)]
    return [(x + across * a, y + down * b) for a, b in around]


def _pair(point: Point) -> str:
    return f"{_short(point[0])} {_short(point[1])}"


def _short(x: float) -> str:
    return f"{x:.1f}".rstrip("0").rstrip(".").replace("-0", "0") if abs(x) < 0.05 else f"{x:.1f}".rstrip("0").rstrip(".")
