"""What a calibration leaves on disk: the draws, the document, and its page."""

from __future__ import annotations

import json
from pathlib import Path

from seedsoil.study import posterior
from seedsoil.study.posterior.stages import Stage
from seedsoil.world import parameters
from seedsoil.world.runs import write_whole

MADE = "<!-- Made by `seedsoil calibrate`; do not edit. -->"
HOW = """\
Numbers of the model that were fitted or assumed move within the ranges of their tables, in stages. Each stage runs the model at
points spread over its ranges, with the same people and the same luck at each, fits a smooth surface to every figure, rules out
what cannot meet them, and draws from what is left. The tables' own values are no part of it: any value of a range was as likely
as any other at the start, by the logarithm where the range is positive.

*Narrowed by* is how much smaller the spread of a number has become: one that was hardly narrowed is not identified by these
figures. *Moves* is the share of the variance of a topic's figures, over the ranges, that the number brings alone (its first Sobol
index, times the share of the variance that the emulator explains).

A figure is *far* by so many standard deviations of all that may part the model and the paper: the paper's own error, the luck of
so few people, the emulator, and a discrepancy that counts the tolerance of the figure as its 90 % half-width. *Met nowhere* says
that no position in the ranges brings it below three: what is missed there is structure, not a number, and it took no part in the
draws."""


def write(document: dict, draws: posterior.Draws, folder: Path) -> list[Path]:
    """``draws.csv``, ``calibration.json`` and ``calibration.md`` in the folder."""
    texts = {
        "draws.csv": posterior.text(draws),
        "calibration.json": json.dumps(document, indent=1, allow_nan=False) + "\n",
        "calibration.md": page(document),
    }
    for name, text in texts.items():
        write_whole(folder / name, text.encode())
    return [folder / name for name in texts]


def listed(stages: list[Stage]) -> list[dict]:
    """The stages and their free numbers, as plain data."""
    known = parameters.free()
    return [
        {
            "id": stage.id, "title": stage.title, "course": stage.course, "points": stage.points, "people": stage.people,
            "trials": list(stage.trials), "figures": list(stage.figures), "again": list(stage.again),
            "free": [
                {"name": one.name, "low": known[one.name].low, "high": known[one.name].high, "unit": known[one.name].unit,
                 "kind": known[one.name].kind, "why": one.why}
                for one in stage.free
            ],
        }
        for stage in stages
    ]  # fmt: skip


def listed_text(stages: list[Stage]) -> str:
    """The same for a terminal."""
    lines = []
    for row in listed(stages):
        lines.append(f"{row['id']}: {row['title']}")
        lines += [f"  {one['name']}, {one['low']:.4g} to {one['high']:.4g} {one['unit']}: {one['why']}" for one in row["free"]]
        if row["again"]:
            lines.append(f"  once more: {', '.join(row['again'])}")
    return "\n".join(lines)


def page(document: dict) -> str:
    """The page: what is free and why, what is left of it, what moves what, and what no position meets."""
    missed = [(stage, row) for stage in document["stages"] for row in stage["figures"] if row["structural"]]
    every = [row for stage in document["stages"] for row in stage["figures"]]
    lines = [
        MADE, "", "# Calibration", "", HOW, "",
        f"{document['draws']} draws, {len(every)} figures, {len(missed)} met nowhere. Made by `{document['command']}`, version "
        f"{document['version']}, tables {document['tables']}.", "", "## Met nowhere in the ranges", "",
    ]  # fmt: skip
    if missed:
        lines += [
            "| figure | trial | published | nearest, in deviations | tables as they stand |",
            "|---|---|---:|---:|---:|",
        ]
        lines += [
            f"| {row['id']} | {row['trial']} | {row['published']:g} | {row['nearest']:g} | {_or_dash(row['as_tables_stand'])} |"
            for _, row in missed
        ]
    else:
        lines.append("None.")
    for stage in document["stages"]:
        lines += _stage(stage)
    return "\n".join(lines) + "\n"


def _stage(stage: dict) -> list[str]:
    worth = f"the weights are worth {stage['effective']} draws"
    course = "the quick course of the disease" if stage["course"] == "quick" else "the world with its clinic"
    held = ", ".join(f"`{name}` {value:g}" for name, value in stage["held"].items())
    lines = [
        "", f"## {stage['title']}", "",
        f"On {course}: {', '.join(stage['trials'])}. {100 * stage['left']:.3g} % of the ranges are not ruled out (implausibility "
        f"up to {stage['cut']:g}), variances were raised by {stage['inflation']:g}, {worth}."
        + (f" Held at the mean of their draws: {held}." if held else ""), "",
    ]  # fmt: skip
    topics = list(stage["numbers"][0]["effect"])
    moved = " | ".join(f"moves {topic}" for topic in topics)
    lines += [
        f"| number | table | range | posterior, 5, 50, 95 % | narrowed by | {moved} | free because |",
        "|---|---:|---:|---:|---:|" + "---:|" * len(topics) + "---|",
    ]
    for n in stage["numbers"]:
        moves = " | ".join(f"{100 * n['effect'][t]:.0f} %" for t in topics)
        table = f"{_or_dash(n['table'])} {n['unit']}"
        lines.append(
            f"| `{n['name']}` ({n['kind']}) | {table} | {n['low']:g} to {n['high']:g} | {n['posterior_low']:g}, "
            f"{n['posterior_median']:g}, {n['posterior_high']:g} | {100 * n['narrowed']:.0f} % | {moves} | {n['why']} |"
        )
    lines += [
        "",
        "| figure | trial | published | tables as they stand | draws, 5, 50, 95 % | far | emulator explains | moved most by |",
        "|---|---|---:|---:|---:|---:|---:|---|",
    ]
    for f in stage["figures"]:
        draws = ", ".join(f"{x:g}" for x in f["draws"])
        verdict = "met nowhere" if f["structural"] else f"{f['far']:g}"
        lines.append(
            f"| {f['id']} | {f['trial']} | {f['published']:g} | {_or_dash(f['as_tables_stand'])} | {draws} | {verdict} "
            f"| {100 * f['explained']:.0f} % | {'`' + f['moved_most_by'] + '`' if f['moved_most_by'] else '–'} |"
        )
    if stage["not_answered"]:
        lines += ["", f"Hardly any point answered {', '.join(stage['not_answered'])}: left out."]
    return lines


def _or_dash(x: float | None) -> str:
    return "–" if x is None else f"{x:g}"
