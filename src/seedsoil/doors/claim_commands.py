"""The command that runs the statements about disease and treatment, and its table."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table


def add_to(app: typer.Typer) -> None:
    """Give the command to the program."""
    app.command()(claims)


def claims(
    ids: Annotated[list[str] | None, typer.Argument(metavar="ID...", help="Which to run, such as R8; without any, all.")] = None,
    strict: Annotated[bool, typer.Option("--strict", help="Exit 1 where a statement does not hold.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else.")] = False,
) -> None:
    """Run statements about the disease and its treatment in virtual people, and judge each by its criterion."""
    from seedsoil.doors import cli
    from seedsoil.study import claims as book

    results = []
    for one in book.chosen(ids or ()):
        results.append(book.as_record(one, book.experiments()[one]()))
    if as_json:
        cli.put(cli.as_text(results))
    else:
        without = [] if ids else [i for i in book.statements() if i not in book.experiments()]
        cli.show(print_claims, results, without=without)
    if strict and not all(row["holds"] for row in results):
        raise typer.Exit(1)


def print_claims(results: list[dict], console: Console, without: list[str]) -> None:
    """Every statement with its parts: figure, interval, band, holds or not; the reason of a miss."""
    for row in results:
        console.print(f"[bold]{row['id']}[/bold] {row['claim']} [bold]{'holds' if row['holds'] else 'MISSED'}[/bold]")
        table = Table(box=None, pad_edge=False, show_header=False)
        for part in row["parts"]:
            interval = "" if part["low"] == part["high"] else f"({part['low']:.3g} to {part['high']:.3g})"
            table.add_row("  " + part["name"], f"{part['figure']:.3g}", interval, part["band"], "" if part["holds"] else "missed")
        console.print(table)
        if row["reason"]:
            console.print(f"  Why: {row['reason']}")
    held = sum(row["holds"] for row in results)
    console.print(f"{held} of {len(results)} statements hold.")
    if without:
        console.print(f"Without an experiment yet: {', '.join(without)}.")
