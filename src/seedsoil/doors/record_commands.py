"""The commands that carry records in and out: virtual people as FHIR, with the truth beside them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from seedsoil.doors.chart_options import AsOf, Chart, PatientId, Strict
from seedsoil.errors import InputError

if TYPE_CHECKING:
    from rich.console import Console

    from seedsoil.care.patient import Patient

PEOPLE = (1, 1_000_000)
LONGEST_YEARS = 10.0
EVERY_DAYS = (1, 366)
MOST_SHOWN = 20  # broken rules that are shown one by one


def add_to(app: typer.Typer) -> None:
    """Put the commands on the command line."""
    app.command()(export)
    app.command()(read)
    app.command()(check)
    app.command()(sbml)


AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else.")]


def export(
    n: Annotated[int, typer.Option("--n", metavar="N", help=f"People, {PEOPLE[0]} to {PEOPLE[1]}.")] = 10,
    seed: Annotated[int, typer.Option(metavar="N", help="The luck of the run; the same seed gives the same people.")] = 1,
    cancer: Annotated[str, typer.Option(metavar="CANCER", help="One cancer, or `mixed`: as a hospital sees them.")] = "mixed",
    years: Annotated[float, typer.Option(metavar="YEARS", help="How long each is followed from the first bone finding.")] = 2.0,
    plan: Annotated[str, typer.Option(metavar="NAME|FILE", help="The plan all are treated by.")] = "standard",
    forecast: Annotated[int, typer.Option(metavar="TWINS", help="Forecast the living too, with so many twins each; 0: none.")] = 0,
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
    if forecast:
        cli.within("--forecast", forecast, cli.TWINS)
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
    risks = _forecaster(forecast, seed) if forecast else None
    with cli.progress(shown=not as_json) as told:
        for begin in range(0, n, TOGETHER):
            keys = np.arange(begin, min(begin + TOGETHER, n))
            cohort = lived(keys, seed, cancer, years, chosen, truth_every, told)
            if begin == 0 and not as_json:
                count, size = estimate(cohort, n)
                cli.put(f"About {count:,} resources of {n:,} people, {size / 1e6:,.1f} MB, will be written to {out}.")
            folder.add(cohort, risks)
    account = folder.close()
    if as_json:
        cli.put(cli.as_text(account))
        return
    kinds = ", ".join(f"{count:,} {kind}" for kind, count in account["resources"].items())
    cli.put(f"Written: {account['people']:,} people ({account['dead']:,} have died), {account['bytes'] / 1e6:,.1f} MB: {kinds}.")


def _forecaster(twins: int, seed: int) -> Callable[[Patient], list[dict]]:
    """What is forecast of one virtual person under the usual plans, as resources."""
    from seedsoil.doors import cli
    from seedsoil.doors.fhir.risk import risk_assessments
    from seedsoil.study.forecast import forecast
    from seedsoil.study.plans import named
    from seedsoil.study.twins import fit

    chosen = [named(name) for name in cli.PLANS]
    return lambda patient: risk_assessments(forecast(fit(patient, twins=twins, seed=seed), chosen).document())


def read(
    chart: Chart, strict: Strict = False, patient_id: PatientId = None, as_of: AsOf = None, as_json: AsJson = False
) -> None:
    """Say what of a FHIR record was understood, what was not used, and why."""
    from seedsoil.doors import cli
    from seedsoil.doors.fhir import load_json, read_bundle
    from seedsoil.doors.fhir.account import account
    from seedsoil.doors.fhir.sources import is_address
    from seedsoil.doors.reading import gathered

    elsewhere = is_address(chart) or Path(chart).is_dir()
    document = gathered(chart, patient_id) if elsewhere else load_json(Path(chart))
    patient = read_bundle(document, strict=strict, even_dead=True, as_of=cli.date_of(as_of))
    report = account(document, patient)
    if as_json:
        cli.put(cli.as_text(report))
    else:
        cli.show(print_reading, report)


def print_reading(report: dict, console: Console) -> None:
    """The report of a reading: counts by type, then what was set aside, the reason first."""
    from rich.table import Table

    who = report["patient"]
    about = f"{who['id']}, {who['sex']}, {who['age_years']:.0f} years, {who['cancer']}. Chart of {report['as_of']}."
    console.print(about, markup=False)
    table = Table("resources", "understood", "set aside", "not needed", box=None, pad_edge=False)
    for row in report["counted"]:
        table.add_row(row["resources"], str(row["understood"]), str(row["set_aside"]), str(row["not_needed"]))
    console.print(table)
    console.print(f"{len(report['known'])} facts are known.")
    reasons = Counter(row["why"] for row in report["set_aside"])
    first = {row["why"]: row["from"] for row in reversed(report["set_aside"])}
    for why, count in reasons.most_common():
        console.print(f"  {count} x {why} ({first[why]})", markup=False)


def check(
    path: Annotated[str, typer.Argument(metavar="PATH", help="A bundle or resource (.json), NDJSON, or a folder of them.")],
    as_json: AsJson = False,
) -> None:
    """Check FHIR resources against the profiles they name: mCODE, US Core, base. Exit 2 where one breaks a rule."""
    from seedsoil.doors import cli
    from seedsoil.doors.fhir.profiles import RULES, check, check_bundle

    count, broken, shown = 0, Counter(), []
    for where, resource in _resources_in(Path(path)):
        bundle = resource.get("resourceType") == "Bundle"
        issues = check_bundle(resource) if bundle else check(resource)
        count += 1 + (len(resource.get("entry", [])) if bundle else 0)
        broken.update(issue.rule for issue in issues)
        shown += [f"{where}: {issue}" for issue in issues[: MOST_SHOWN - len(shown)]]
    rules = {rule: broken[rule] for rule in RULES if broken[rule]}
    if as_json:
        cli.put(cli.as_text({"schema": "seedsoil.check/1", "resources": count, "broken": rules, "first": shown}))
    else:
        cli.put("".join(f"{line}\n" for line in shown), end="")
        cli.put(f"{count:,} resources, {broken.total():,} broken rules. " + ", ".join(f"{n:,} {rule}" for rule, n in rules.items()))
    if broken:
        raise typer.Exit(2)


def _resources_in(path: Path) -> Iterator[tuple[str, dict]]:
    from seedsoil.doors.fhir import gate

    files = sorted(p for p in path.rglob("*") if p.suffix in (".json", ".ndjson")) if path.is_dir() else [path]
    for file in files:
        if file.suffix == ".ndjson":
            with file.open("rb") as lines:
                found = [gate.parse(line, f"{file}, line {i}", "PATH") for i, line in enumerate(lines, 1) if line.strip()]
        else:
            found = [gate.load_json(file, "PATH")]
        for resource in found:
            if isinstance(resource, dict) and "resourceType" in resource:
                yield file.name, resource
            elif not path.is_dir():
                raise InputError("PATH", str(file), "FHIR resources", "there is no resourceType in it")


def sbml(
    cancer: Annotated[str, typer.Option(metavar="CANCER", help="The primary tumour.")] = "breast",
    seed: Annotated[int, typer.Option(metavar="N", help="The luck by which the person is drawn.")] = 1,
    person: Annotated[int, typer.Option(metavar="N", help="Which person of that seed.")] = 0,
    out: Annotated[str, typer.Option(metavar="FILE", help="The file to write (.xml); needed.")] = "",
) -> None:
    """Write the deterministic core of one virtual person as SBML, for other simulators."""
    from seedsoil.doors import cli

    cli.within("--seed", seed, cli.SEEDS)
    cli.within("--person", person, (0, PEOPLE[1]))
    if not out:
        raise InputError("--out", None, "a file", "name the file to write, such as --out core.xml")
    from seedsoil.doors.report import write_whole
    from seedsoil.doors.sbml import document, of_newcomer

    path = Path(out)
    cli.writable(str(path.parent))
    core = of_newcomer(cancer, seed, person)
    write_whole(path, document(core))
    cli.put(f"Written: {path}: {core.title}; {len(core.states)} states, {len(core.parameters)} parameters, time in days.")
