"""The command that runs the statements about disease, tests, treatment and care, and its table."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from seedsoil.errors import InputError

WORKERS = (1, 64)


def add_to(app: typer.Typer) -> None:
    """Give the command to the program."""
    app.command()(claims)


def claims(
    ids: Annotated[list[str] | None, typer.Argument(metavar="ID...", help="Which to run, such as R8; without any, all.")] = None,
    quick: Annotated[bool, typer.Option("--quick", help="The reduced set: those that take seconds.")] = False,
    seed: Annotated[int, typer.Option(metavar="SEED", help="The luck of the run; the page of statements has 5.")] = 5,
    workers: Annotated[int, typer.Option(metavar="N", help="Processes to use.")] = 1,
    strict: Annotated[bool, typer.Option("--strict", help="Exit 1 where a statement does not hold.")] = False,
    out: Annotated[str | None, typer.Option(metavar="DIR", help="Write claims.json and claims.md into this folder.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else.")] = False,
) -> None:
    """Run statements about the disease, its tests, treatment and care in virtual people, and judge each by its criterion."""
    from seedsoil.doors import cli
    from seedsoil.study import claims as book
    from seedsoil.study.claims import running

    cli.within("--workers", workers, WORKERS)
    if not 0 <= seed < 2**31:
        raise InputError("--seed", seed, f"0 to {2**31 - 1}")
    if quick and ids:
        raise InputError("--quick", "with ids", "either --quick or ids", "leave one of them out")
    wanted = book.quick() if quick else book.chosen(ids or ())
    folder = cli.writable(out) if out is not None else None
    with cli.progress(shown=not as_json) as told:
        results = running.several(wanted, seed, workers, told, each=None if as_json or not told else _line)
    written = _write(results, folder) if folder else []
    if as_json:
        cli.put(cli.as_text(results))
    else:
        without = [] if ids or quick else [i for i in book.statements() if i not in book.experiments()]
        cli.show(print_claims, results, without=without)
        cli.put("".join(f"Written: {path}\n" for path in written), end="")
    if strict and not all(row["holds"] for row in results):
        raise typer.Exit(1)


def _line(row: dict) -> None:
    """A statement is done: one line on the terminal while the others run."""
    print(f"{row['id']:4} {'holds ' if row['holds'] else 'MISSED'} {row['claim'][:90]}", file=sys.stderr, flush=True)


def _write(results: list[dict], folder: Path) -> list[Path]:
    """The document and the page."""
    from seedsoil.doors import cli
    from seedsoil.doors.report import write_whole
    from seedsoil.study.claims.book import page

    return [
        write_whole(folder / "claims.json", cli.as_text(results) + "\n"),
        write_whole(folder / "claims.md", page(results)),
    ]


def print_claims(results: list[dict], console: Console, without: list[str]) -> None:
    """Every statement with its parts: figure, interval, band, holds or not; the reason of a miss."""
    from seedsoil.study.claims.book import interval, number

    for row in results:
        console.print(f"[bold]{row['id']}[/bold] {row['claim']} [bold]{'holds' if row['holds'] else 'MISSED'}[/bold]")
        table = Table(box=None, pad_edge=False, show_header=False)
        for part in row["parts"]:
            span = f"({interval(part)})" if interval(part) else ""
            table.add_row("  " + part["name"], number(part["figure"]), span, part["band"], "" if part["holds"] else "missed")
        console.print(table)
        if row["reason"]:
            console.print(f"  Why: {row['reason']}")
    held = sum(row["holds"] for row in results)
    console.print(f"{held} of {len(results)} statements hold.")
    if without:
        console.print(f"Without an experiment yet: {', '.join(without)}.")
