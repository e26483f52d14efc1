"""The curves of a forecast as inline SVG: one small drawing an outcome, plans told apart by colour, line and mark."""

from __future__ import annotations

import html
import io
import re

from seedsoil.doors.wording import months_of, outcome_words, plan_words, ranged

# Okabe and Ito's colours, told apart by colour-blind readers too; line and mark tell plans apart in black and white.
STYLES = (("#0072B2", "-", "o"), ("#C44E00", "--", "s"), ("#00795A", "-.", "^"), ("#8F4A7B", ":", "D"))
DRAWN = ("alive", "fracture", "skeletal_event", "pain", "hypercalcaemia", "walking")
BEGINNING = {"alive": 100.0, "fracture": 0.0, "skeletal_event": 0.0, "hypercalcaemia": 0.0}
INK, GRID = "#33414f", "#dfe5ea"


def style(place: int) -> tuple[str, str, str]:
    """Colour, line and mark of the plan at this place in the document."""
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
    """One outcome over time, every plan with its range, as an SVG element that stands alone."""
    import matplotlib
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure

    settings = {"svg.fonttype": "none", "svg.hashsalt": outcome, "font.family": "sans-serif", "font.size": 10}
    with matplotlib.rc_context(settings):
        page = Figure(figsize=(3.9, 2.7), layout="constrained")
        FigureCanvasSVG(page)
        axes = page.add_subplot()
        for place, plan in enumerate(plans):
            draw_plan(axes, series(plan, outcome), outcome, place, len(plans))
        dress(axes, outcome, plans)
        text = io.StringIO()
        unsigned = dict.fromkeys(("Creator", "Date", "Format", "Type"))
        page.savefig(text, format="svg", transparent=True, metadata=unsigned)
    return embedded(text.getvalue(), outcome, described)


def draw_plan(axes: object, rows: list[dict], outcome: str, place: int, plans: int) -> None:
    """A line through the values; the range as a bar, a little aside so that two plans do not hide each other."""
    colour, line, mark = style(place)
    aside = (place - (plans - 1) / 2) * 0.75
    months = [row["months"] for row in rows]
    values = [row["value"] for row in rows]
    if outcome in BEGINNING:
        months, values = [0, *months], [BEGINNING[outcome], *values]
    axes.plot(months, values, color=colour, linestyle=line, linewidth=1.8, zorder=3)
    shown = [row for row in rows if row["months"] in months_of(rows)]
    marked = [row["months"] for row in shown], [row["value"] for row in shown]
    axes.scatter(*marked, color=colour, marker=mark, s=22, zorder=4)
    bars = [row for row in shown if row["low"] is not None and row["high"] is not None]
    axes.vlines(
        [row["months"] + aside for row in bars], [row["low"] for row in bars], [row["high"] for row in bars],
        color=colour, linewidth=2.6, alpha=0.45, zorder=2,
    )  # fmt: skip


def dress(axes: object, outcome: str, plans: list[dict]) -> None:
    """Axes from nought, with the months of the tables as the only ticks."""
    words = outcome_words(outcome)
    rows = [row for plan in plans for row in series(plan, outcome)]
    months = months_of(rows)
    axes.set_xticks([0, *months], ["0", *(str(m) for m in months)])
    axes.set_xlim(-0.03 * max(months), max(months) * 1.05)
    highest = max(row["high"] if row["high"] is not None else row["value"] for row in rows)
    shares = 100 if highest > 55 else max(5, 1.15 * highest)
    others = 10 if outcome == "pain" else 1.15 * highest
    axes.set_ylim(0, shares if words.people else others)
    axes.set_xlabel("months from today", color=INK)
    axes.set_ylabel("per 100 people" if words.people else "0 to 10" if outcome == "pain" else words.measure, color=INK)
    axes.grid(axis="y", color=GRID, linewidth=0.8)
    axes.set_axisbelow(True)
    axes.tick_params(colors=INK, length=0)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.spines["bottom"].set_color("#9aa7b3")


def embedded(svg: str, outcome: str, described: str) -> str:
    """An SVG file as an element of a page: no prologue (it names an outside DTD), no leaking style, ids of its own."""
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<defs>\s*<style.*?</style>\s*</defs>", "", svg, flags=re.DOTALL)
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg, flags=re.DOTALL)
    svg = re.sub(r'\bid="', f'id="{outcome}-', svg)
    svg = svg.replace("url(#", f"url(#{outcome}-").replace('href="#', f'href="#{outcome}-')
    svg = re.sub(r"font: (\d+)px [^;\"]*", r"font: \1px var(--type, sans-serif)", svg)
    head, body = svg.split(">", 1)
    box = re.search(r'viewBox="[^"]*"', head)
    label = html.escape(described, quote=True)
    names = 'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'
    seen = f'{box[0] if box else ""} role="img" aria-label="{label}" stroke-linejoin="round"'
    return f"<svg {names} {seen}>{body}".strip()


def swatch(place: int) -> str:
    """The line and mark of one plan, for the legend."""
    colour, line, mark = style(place)
    dashes = {"-": "", "--": "6 3", "-.": "8 3 2 3", ":": "2 3"}[line]
    shape = {
        "o": f'<circle cx="20" cy="7" r="4" fill="{colour}"/>',
        "s": f'<rect x="16" y="3" width="8" height="8" fill="{colour}"/>',
        "^": f'<path d="M20 2l5 9h-10z" fill="{colour}"/>',
        "D": f'<path d="M20 2l5 5-5 5-5-5z" fill="{colour}"/>',
    }[mark]
    return (
        '<svg class="swatch" viewBox="0 0 40 14" width="40" height="14" aria-hidden="true">'
        f'<line x1="1" x2="39" y1="7" y2="7" stroke="{colour}" stroke-width="2.2" stroke-dasharray="{dashes}"/>'
        f"{shape}</svg>"
    )
