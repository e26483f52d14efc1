"""The curves of a forecast as inline SVG: one small drawing an outcome, plans told apart by colour, line and mark."""

from __future__ import annotations

import html
import math
from collections.abc import Iterator

from seedsoil.doors.wording import months_of, outcome_words, plan_words, ranged

# Okabe and Ito's colours, told apart by colour-blind readers too; dashes and mark tell plans apart in black and white.
STYLES = (
    ("#0072B2", "none", "disc"), ("#C44E00", "6 3", "square"), ("#00795A", "8 3 2 3", "triangle"), ("#8F4A7B", "2 3", "diamond"),
)  # fmt: skip
DRAWN = ("alive", "fracture", "skeletal_event", "pain", "hypercalcaemia", "walking")
BEGINNING = {"alive": 100.0, "fracture": 0.0, "skeletal_event": 0.0, "hypercalcaemia": 0.0}
INK, GRID, AXIS = "#33414f", "#dfe5ea", "#9aa7b3"
WIDTH, HEIGHT = 281, 194
LEFT, RIGHT, TOP, BOTTOM = 40, 278, 7, 164  # where the curves are


def style(place: int) -> tuple[str, str, str]:
    """Colour, dashes and mark of the plan at this place in the document."""
    return STYLES[place % len(STYLES)]


def figures(document: dict) -> list[tuple[str, str]]:
    """For each outcome worth a drawing: its id and the SVG, which carries the same curves in words."""
    plans = document["plans"]
    present = {row["outcome"] for plan in plans for row in plan["outcomes"] if row["value"] is not None}
    return [(outcome, drawing(outcome, plans, alternative(outcome, plans))) for outcome in DRAWN if outcome in present]


def alternative(outcome: str, plans: list[dict]) -> str:
    """What the drawing shows, for those who hear it."""
    words = outcome_words(outcome)
    unit = "per 100 people" if words.people else words.counts.rstrip(".").lower()
    said = []
    for plan in plans:
        rows = {row["months"]: row for row in series(plan, outcome)}
        values = [
            f"{m} months {ranged(rows[m]['value'], rows[m]['low'], rows[m]['high'], words)}"
            for m in months_of(rows.values())
        ]
        said.append(f"{plan_words(plan['name'])}: {', '.join(values)}")
    return f"{words.name}, {unit}. {'. '.join(said)}."


def series(plan: dict, outcome: str) -> list[dict]:
    """One outcome of one plan, in the order of time."""
    rows = [row for row in plan["outcomes"] if row["outcome"] == outcome and row["value"] is not None]
    return sorted(rows, key=lambda row: row["months"])


def drawing(outcome: str, plans: list[dict], described: str) -> str:
    """One outcome over time, every plan with its range, as an SVG element that stands alone: axes from nought, with the months of
    the tables as the only ticks."""
    rows = [row for plan in plans for row in series(plan, outcome)]
    last, highest = max(months_of(rows)), top(outcome, rows)
    across = lambda month: LEFT + (RIGHT - LEFT) * (month / last + 0.03) / 1.08
    up = lambda value: BOTTOM - (BOTTOM - TOP) * value / highest
    parts = [*_axes(outcome, rows, across, up)]
    for place, plan in enumerate(plans):
        aside = (place - (len(plans) - 1) / 2) * 0.75
        parts += _curve(series(plan, outcome), outcome, place, lambda month, aside=aside: across(month + aside), across, up)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
        f'aria-label="{html.escape(described, quote=True)}">{"".join(parts)}</svg>'
    )


def top(outcome: str, rows: list[dict]) -> float:
    """Where the axis of values ends."""
    if outcome == "pain":
        return 10.0
    highest = max(row["high"] if row["high"] is not None else row["value"] for row in rows)
    if not outcome_words(outcome).people:
        return 1.15 * highest
    return 100.0 if highest > 55 else max(5.0, 1.15 * highest)


def ticks(highest: float) -> list[float]:
    """Round values from nought to the end of an axis, six steps at most."""
    size = 10.0 ** math.floor(math.log10(highest / 5.0))
    step = next(size * k for k in (1.0, 2.0, 5.0, 10.0) if highest / (size * k) <= 6.0)
    return [step * k for k in range(int(highest / step) + 1)]


def _axes(outcome: str, rows: list[dict], across, up) -> Iterator[str]:
    words, middle = outcome_words(outcome), (TOP + BOTTOM) / 2
    yield f'<g font-size="10" style="font-family: var(--type, sans-serif)" fill="{INK}" text-anchor="middle">'
    for value in ticks(top(outcome, rows)):
        yield f'<path d="M{LEFT} {up(value):.1f}H{RIGHT}" stroke="{GRID}" stroke-width="0.8"/>'
        yield f'<text x="{LEFT - 5}" y="{up(value) + 3.5:.1f}" text-anchor="end">{value:g}</text>'
    for month in (0, *months_of(rows)):
        yield f'<text x="{across(month):.1f}" y="{BOTTOM + 12}">{month}</text>'
    yield f'<text x="{(LEFT + RIGHT) / 2}" y="{HEIGHT - 5}">months from today</text>'
    said = "per 100 people" if words.people else "0 to 10" if outcome == "pain" else words.measure
    yield f'<text x="12" y="{middle}" transform="rotate(-90 12 {middle})">{html.escape(said)}</text></g>'
    yield f'<path d="M{LEFT} {BOTTOM}H{RIGHT}" stroke="{AXIS}" stroke-width="0.8"/>'


def _curve(rows: list[dict], outcome: str, place: int, beside, across, up) -> Iterator[str]:
    """A line through the values; the range as a bar, a little aside so that two plans do not hide each other."""
    colour, dashes, mark = style(place)
    shown = [row for row in rows if row["months"] in months_of(rows)]
    for row in shown:
        if row["low"] is not None and row["high"] is not None:
            line = f"M{beside(row['months']):.1f} {up(row['low']):.1f}V{up(row['high']):.1f}"
            yield f'<path d="{line}" stroke="{colour}" stroke-width="2.6" stroke-opacity="0.45"/>'
    points = [(row["months"], row["value"]) for row in rows]
    points = [(0, BEGINNING[outcome]), *points] if outcome in BEGINNING else points
    line = " ".join(f"{across(month):.1f},{up(value):.1f}" for month, value in points)
    yield f'<polyline points="{line}" fill="none" stroke="{colour}" stroke-width="1.8" stroke-dasharray="{dashes}"/>'
    for row in shown:
        yield _mark(mark, across(row["months"]), up(row["value"]), 2.8, colour)


def _mark(mark: str, x: float, y: float, size: float, colour: str) -> str:
    """A mark about a point, from its middle to its edge `size` large."""
    outline = {
        "square": ((-1, -1), (1, -1), (1, 1), (-1, 1)), "triangle": ((0, -1.25), (1.25, 1), (-1.25, 1)),
        "diamond": ((0, -1.25), (1.25, 0), (0, 1.25), (-1.25, 0)),
    }  # fmt: skip
    if mark == "disc":
        return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{size}" fill="{colour}"/>'
    points = " ".join(f"{x + size * a:.1f},{y + size * b:.1f}" for a, b in outline[mark])
    return f'<polygon points="{points}" fill="{colour}"/>'


def swatch(place: int) -> str:
    """The line and mark of one plan, for the legend."""
    colour, dashes, mark = style(place)
    return (
        '<svg class="swatch" viewBox="0 0 40 14" width="40" height="14" aria-hidden="true">'
        f'<line x1="1" x2="39" y1="7" y2="7" stroke="{colour}" stroke-width="2.2" stroke-dasharray="{dashes}"/>'
        f"{_mark(mark, 20, 7, 4, colour)}</svg>"
    )
