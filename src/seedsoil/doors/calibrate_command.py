"""The command `calibrate`: the free numbers of the model put to published figures, in stages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from seedsoil.errors import InputError

if TYPE_CHECKING:
    from rich.console import Console

POINTS = (0, 4096)
PEOPLE = (0.1, 100.0)
DRAWS = (200, 8192)
WORKERS = (1, 256)
SEEDS = (0, 2**31 - 1)


def add_to(app: typer.Typer) -> None:
    """Give the command to the program."""
    app.command()(calibrate)


def calibrate(
    out: Annotated[str | None, typer.Option(metavar="DIR", help="Write every point here as it comes, and the results.")] = None,
    stage: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="Only this stage; repeatable, kept in order. Else all.")
    ] = None,
    points: Annotated[int, typer.Option(metavar="N", help="Points of each stage, a power of two; 0: as the stages say.")] = 0,
    people: Annotated[float, typer.Option(metavar="TIMES", help="People, as a multiple of what the stages say.")] = 1.0,
    draws: Annotated[int, typer.Option(metavar="N", help=f"Draws to keep, {DRAWS[0]} to {DRAWS[1]}.")] = 200,
    seed: Annotated[int, typer.Option(metavar="N", help="The luck of the run; the same seed gives the same digits.")] = 1,
    workers: Annotated[int, typer.Option(metavar="N", help="Processes of this machine to use.")] = 1,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with the run in --out that was stopped.")] = False,
    stages: Annotated[bool, typer.Option("--stages", help="List the stages with their free numbers, and stop.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else.")] = False,
) -> None:
    """Calibrate the free numbers of the model to published figures, in stages, and draw from what is left."""
    from seedsoil.doors import cli
    from seedsoil.study.posterior import calibrate as study
    from seedsoil.study.posterior import page
    from seedsoil.study.posterior import stages as files

    every = files.read()
    if stages:
        cli.put(cli.as_text(page.listed(every)) if as_json else page.listed_text(every))
        return
    for option, value, bounds in (
        ("--points", points, POINTS), ("--people", people, PEOPLE), ("--draws", draws, DRAWS), ("--workers", workers, WORKERS),
        ("--seed", seed, SEEDS),
    ):  # fmt: skip
        cli.within(option, value, bounds)
    if points & (points - 1) or points == 1:
        raise InputError("--points", points, "a power of two from 2 on, or 0")
    if out is None:
        raise InputError("--out", None, "a folder to write into", "add --out DIR")
    names = [one.id for one in every]
    if unknown := [name for name in stage or () if name not in names]:
        raise InputError("--stage", unknown[0], ", ".join(names))
    chosen = [one for one in every if not stage or one.id in stage]
    folder = cli.writable(out)
    with cli.progress(shown=not as_json) as told:
        _, kept, document = study.calibrate(chosen, folder, points, draws, people, seed, workers, resume, told)
    written = page.write(document, study.as_draws(kept, document["command"]), folder)
    if as_json:
        cli.put(cli.as_text(document))
        return
    cli.show(print_calibration, document)
    cli.put("".join(f"Written: {path}\n" for path in written), end="")


def print_calibration(document: dict, console: Console) -> None:
    """Each stage: what is left of the ranges, and what no position meets."""
    from rich.table import Table

    for stage in document["stages"]:
        figures = stage["figures"]
        missed = [row["id"] for row in figures if row["structural"]]
        console.print(
            f"[bold]{stage['title']}[/bold]: {len(figures)} figures, {100 * stage['left']:.3g} % of the ranges left, variances "
            f"raised by {stage['inflation']:g}, weights worth {stage['effective']} draws."
        )
        table = Table(box=None, pad_edge=False)
        for name in ("number", "table", "range", "posterior, 90 %", "narrowed by"):
            table.add_column(name, justify="left" if name == "number" else "right")
        for row in stage["numbers"]:
            own = "–" if row["table"] is None else f"{row['table']:g}"
            table.add_row(
                row["name"], own, f"{row['low']:g} to {row['high']:g}",
                f"{row['posterior_low']:g} to {row['posterior_high']:g}", f"{100 * row['narrowed']:.0f} %",
            )  # fmt: skip
        console.print(table)
        if missed:
            console.print(f"Met nowhere in the ranges: {', '.join(missed)}.")
