"""The page of all statements, made from a full run: ``python -m seedsoil.study.claims.book docs/claims.md [PROCESSES]``."""

from __future__ import annotations

import sys
from pathlib import Path

from seedsoil.study.claims import chosen, experiments, running, statements


def page(results: list[dict]) -> str:
    """Every statement that was run, with its parts, as Markdown."""
    held = sum(row["holds"] for row in results)
    lines = [
        "# Statements and whether they hold",
        "<!-- Made by `python -m seedsoil.study.claims.book docs/claims.md` from a full run; change the model, not this page. -->",
        f"{held} of {len(results)} statements hold. A statement holds when all its parts do: the whole 95 % interval of a "
        "figure lies in its band, or above or below a bound; figures without an interval are judged as they stand. Bands are "
        "those of `data/claims.csv`; a miss says why. Where measure, band or model were settled on with results in sight, that "
        "stands under *Chosen in sight of results*: such a pass is a description, not a test.",
    ]
    for row in results:
        table = "\n".join(
            f"| {p['name']} | {number(p['figure'])} | {interval(p)} | {p['band']} | {'yes' if p['holds'] else '**no**'} |"
            for p in row["parts"]
        )
        reason = f"\n\nWhy: {row['reason']}" if row["reason"] else ""
        reason += f"\n\n*Chosen in sight of results:* {row['chosen']}" if row["chosen"] else ""
        verdict = "holds" if row["holds"] else "missed"
        lines.append(
            f"## {row['id']}: {verdict}\n\n{row['claim']}\n\n*{row['criterion']}* · {row['people']} people\n\n"
            f"| | figure | 95 % interval | band | holds |\n|---|---|---|---|---|\n{table}{reason}"
        )
    missing = [i for i in statements() if i not in experiments()]
    if missing:
        lines.append(f"## Without an experiment yet\n\n{', '.join(missing)}")
    return "\n\n".join(lines) + "\n"


def number(value: float | None) -> str:
    """A figure in three digits; that there is none is said."""
    return "none" if value is None else f"{value:.3g}"


def interval(part: dict) -> str:
    """The interval of a part; nothing where it has none."""
    low, high = part["low"], part["high"]
    return "" if low is None or low == high else f"{number(low)} to {number(high)}"


if __name__ == "__main__":
    processes = int(sys.argv[2]) if len(sys.argv) > 2 else 1
    told = lambda row: print(row["id"], "holds" if row["holds"] else "missed", flush=True)
    Path(sys.argv[1]).write_text(page(running.several(chosen(()), workers=processes, each=told)), "utf-8")
