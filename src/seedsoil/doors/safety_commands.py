"""The command `safety`: standard care in many simulated people, what it misses, what it raises in vain, how long it takes."""

from __future__ import annotations

from typing import Annotated

import typer

PEOPLE = (10, 1_000_000)
YEARS = (0.25, 10)


def add_to(app: typer.Typer) -> None:
    """Put the command on the command line."""
    app.command()(safety)


def safety(
    people: Annotated[int, typer.Option(metavar="N", help=f"How many people, {PEOPLE[0]} to {PEOPLE[1]:,}.")] = 100_000,
    years: Annotated[float, typer.Option(metavar="YEARS", help=f"How long each is followed, {YEARS[0]:g} to {YEARS[1]:g}.")] = 2,
    seed: Annotated[int, typer.Option(metavar="SEED", help="The luck of the run; the same seed gives the same figures.")] = 1,
    workers: Annotated[int, typer.Option(metavar="N", help="Processes to use.")] = 1,
    out: Annotated[str | None, typer.Option(metavar="DIR", help="Write safety.json and safety.md into this folder.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else.")] = False,
) -> None:
    """Count the safety of standard care: emergencies missed, false alarms, doses given wrongly, days until something is done."""
    from seedsoil.doors import cli
    from seedsoil.doors.report import write_whole
    from seedsoil.study.safety import safety as count
    from seedsoil.study.safety_page import page

    cli.within("--people", people, PEOPLE)
    cli.within("--years", years, YEARS)
    cli.within("--seed", seed, cli.SEEDS)
    cli.within("--workers", workers, (1, 64))
    folder = cli.writable(out) if out is not None else None
    with cli.progress(shown=not as_json) as told:
        document = count(people, years, seed, workers=workers, progress=told)
    text, words = cli.as_text(document), page(document)
    written = []
    if folder:
        written = [write_whole(folder / "safety.json", text + "\n"), write_whole(folder / "safety.md", words)]
    cli.put(text if as_json else words)
    if not as_json:
        cli.put("".join(f"Written: {path}\n" for path in written), end="")
