"""The commands `trial` and `validate`: a published trial simulated, and all of them with every miss."""

from __future__ import annotations

from typing import Annotated

import typer

from seedsoil.doors.chart_options import Uncertainty
from seedsoil.doors.device_option import Device, set_device
from seedsoil.errors import InputError

PATIENTS = (20, 100_000)
WORKERS = (1, 64)


def add_to(app: typer.Typer) -> None:
    """Put the commands on the command line."""
    app.command()(trial)
    app.command()(validate)


Patients = Annotated[int, typer.Option(metavar="N", help=f"People in each arm, {PATIENTS[0]} to {PATIENTS[1]}.")]
Workers = Annotated[int, typer.Option(metavar="N", help="Processes to use.")]
Seed = Annotated[int, typer.Option(metavar="SEED", help="The luck of the run; the same seed gives the same result.")]
Out = Annotated[str | None, typer.Option(metavar="DIR", help="Write the results into this folder.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]


def trial(
    name: Annotated[
        str | None, typer.Argument(metavar="NAME|FILE.toml", help="A shipped trial, or a file; without it, the list.")
    ] = None,
    patients: Patients = 500,
    seed: Seed = 1,
    workers: Workers = 1,
    uncertainty: Uncertainty = False,
    device: Device = None,
    out: Out = None,
    as_json: AsJson = False,
) -> None:
    """Run a trial or cohort and print the simulated figures beside the published ones."""
    from seedsoil.doors import cli
    from seedsoil.study import trial_files

    if name is None:
        rows = [{"name": n, "title": trial_files.named(n).title} for n in trial_files.names()]
        cli.put(cli.as_text(rows) if as_json else "\n".join(f"{r['name']:24} {r['title']}" for r in rows))
        return
    _checked(patients, seed, workers)
    set_device(device)
    protocol = trial_files.named(name)
    folder = cli.writable(out) if out is not None else None

    from seedsoil.study import trial_uncertainty
    from seedsoil.study.trial import run
    from seedsoil.study.trial_report import document_of, write_trial

    apart = None
    with cli.progress(shown=not as_json) as told:
        if uncertainty:
            done, apart = trial_uncertainty.run(protocol, patients, seed, workers, told)
        else:
            done = run(protocol, patients, seed, workers, told)
    document = document_of(done) | ({"uncertainty": apart} if apart else {})
    written = write_trial(done, document, folder) if folder else []
    if as_json:
        cli.put(cli.as_text(document))
        return
    from seedsoil.doors.trial_summary import print_trial

    cli.show(print_trial, document)
    cli.put("".join(f"Written: {path}\n" for path in written), end="")


def validate(
    published: Annotated[str | None, typer.Option(metavar="FILE.csv", help="Published figures of your own.")] = None,
    trials: Annotated[
        str | None, typer.Option(metavar="DIR", help="A folder with trial files of your own, registries in its folder registries.")
    ] = None,
    patients: Patients = 300,
    primary: Annotated[
        int, typer.Option(metavar="N", help=f"People of each primary behind the registries, {PATIENTS[0]} to {PATIENTS[1]}.")
    ] = 1000,
    seed: Seed = 1,
    workers: Workers = 1,
    quick: Annotated[bool, typer.Option("--quick", help="Few people an arm: a smoke test, not a verdict.")] = False,
    strict: Annotated[bool, typer.Option("--strict", help="Exit 1 where a figure that counts is not met.")] = False,
    device: Device = None,
    out: Out = None,
    as_json: AsJson = False,
) -> None:
    """Run all trials, read all registries, and show every published figure, hit or missed."""
    from seedsoil.doors import cli
    from seedsoil.study import published as figures
    from seedsoil.study import validation

    _checked(patients, seed, workers)
    cli.within("--primary", primary, PATIENTS)
    set_device(device)
    known, protocols, registries = figures.read(published), validation.trials_of(trials), validation.registries_of(trials)
    folder = cli.writable(out) if out is not None else None
    with cli.progress(shown=not as_json) as told:
        many = (validation.QUICK, validation.QUICK_EACH) if quick else (patients, primary)
        document = validation.validate(protocols, known, many[0], seed, workers, told, registries, many[1])
    from seedsoil.study.validation_page import write_validation

    written = write_validation(document, folder) if folder else []
    if as_json:
        cli.put(cli.as_text(document))
    else:
        from seedsoil.doors.trial_summary import print_validation

        cli.show(print_validation, document)
        cli.put("".join(f"Written: {path}\n" for path in written), end="")
    if strict and document["summary"]["hits"] < document["summary"]["predict"]:
        raise typer.Exit(1)


def _checked(patients: int, seed: int, workers: int) -> None:
    from seedsoil.doors import cli

    cli.within("--patients", patients, PATIENTS)
    cli.within("--workers", workers, WORKERS)
    if not 0 <= seed < 2**31:
        raise InputError("--seed", seed, f"0 to {2**31 - 1}")
