"""The commands that carry records in and out: virtual people as FHIR, with the truth beside them."""

from __future__ import annotations

from typing import Annotated

import typer

from seedsoil.errors import InputError

PEOPLE = (1, 1_000_000)
LONGEST_YEARS = 10.0
EVERY_DAYS = (1, 366)


def add_to(app: typer.Typer) -> None:
    """Put the commands on the command line."""
    app.command()(export)


AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else.")]


def export(
    n: Annotated[int, typer.Option("--n", metavar="N", help=f"People, {PEOPLE[0]} to {PEOPLE[1]}.")] = 10,
    seed: Annotated[int, typer.Option(metavar="N", help="The luck of the run; the same seed gives the same people.")] = 1,
    cancer: Annotated[str, typer.Option(metavar="CANCER", help="One cancer, or `mixed`: as a hospital sees them.")] = "mixed",
    years: Annotated[float, typer.Option(metavar="YEARS", help="How long each is followed from the first bone finding.")] = 2.0,
    plan: Annotated[str, typer.Option(metavar="NAME|FILE", help="The plan all are treated by.")] = "standard",
    truth_every: Annotated[int, typer.Option(metavar="DAYS", help="How often the truth is written down.")] = 28,
    out: Annotated[str, typer.Option(metavar="DIR", help="The folder to write; needed.")] = "",
    as_json: AsJson = False,
) -> None:
    """Write virtual people as FHIR R4 records (mCODE), with the truth about each beside them."""
    from seedsoil.doors import cli

    cli.within("--n", n, PEOPLE)
    cli.within("--seed", seed, cli.SEEDS)
    cli.within("--years", years, (0.1, LONGEST_YEARS))
    cli.within("--truth-every", truth_every, EVERY_DAYS)
    if not out:
        raise InputError("--out", None, "a folder", "name the folder to write into, such as --out cohort")

    import numpy as np

    from seedsoil.doors.fhir.folder import Folder, encoder, estimate
    from seedsoil.study.cohort import TOGETHER, lived, mixture_of
    from seedsoil.study.plans import named

    encoder()
    mixture_of(cancer)
    chosen = named(plan)
    folder = Folder(cli.writable(out), {"seed": seed, "cancer": cancer, "years": years, "plan": plan})
    with cli.progress(shown=not as_json) as told:
        for begin in range(0, n, TOGETHER):
            keys = np.arange(begin, min(begin + TOGETHER, n))
            cohort = lived(keys, seed, cancer, years, chosen, truth_every, told)
            if begin == 0 and not as_json:
                count, size = estimate(cohort, n)
                cli.put(f"About {count:,} resources of {n:,} people, {size / 1e6:,.1f} MB, will be written to {out}.")
            folder.add(cohort)
    account = folder.close()
    if as_json:
        cli.put(cli.as_text(account))
        return
    kinds = ", ".join(f"{count:,} {kind}" for kind, count in account["resources"].items())
    cli.put(f"Written: {account['people']:,} people ({account['dead']:,} have died), {account['bytes'] / 1e6:,.1f} MB: {kinds}.")
