"""The page of all statements, made from a full run: ``python -m seedsoil.study.claims.book docs/claims.md``."""

from __future__ import annotations

import sys
from pathlib import Path

from seedsoil.study.claims import as_record, chosen, experiments, statements


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
            f"| {p['name']} | {p['figure']:.3g} | {_interval(p)} | {p['band']} | {'yes' if p['holds'] else '**no**'} |"
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


def _interval(part: dict) -> str:
    return "" if part["low"] == part["high"] else f"{part['low']:.3g} to {part['high']:.3g}"


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(page([as_record(one, experiments()[one]()) for one in chosen(())]), "utf-8")
