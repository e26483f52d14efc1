"""The command that follows a country's new cancers and counts who lives with bone metastasis, its table and its picture."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from seedsoil.doors.device_option import Device, set_device
from seedsoil.errors import InputError

if TYPE_CHECKING:
    from rich.console import Console

PEOPLE = (100, 100_000_000)
YEARS = (1.0, 40.0)
WORKERS = (1, 256)
SEEDS = (0, 2**31 - 1)


def add_to(app: typer.Typer) -> None:
    """Give the command to the program."""
    app.command()(population)


def population(
    n: Annotated[int, typer.Option("--n", metavar="N", help=f"People followed, {PEOPLE[0]} to {PEOPLE[1]:,}.")] = 20_000,
    years: Annotated[
        float, typer.Option(metavar="YEARS", help=f"For how long after the diagnosis, {YEARS[0]:g} to {YEARS[1]:g}.")
    ] = 20.0,
    seed: Annotated[int, typer.Option(metavar="N", help="The luck of the run; the same seed gives the same digits.")] = 1,
    workers: Annotated[int, typer.Option(metavar="N", help="Processes of this machine to use.")] = 1,
    cluster: Annotated[
        str | None, typer.Option(metavar="ADDRESS", help="A running Dask scheduler (tcp://...) whose workers to use instead.")
    ] = None,
    device: Device = None,
    out: Annotated[str | None, typer.Option(metavar="DIR", help="Write people and events here, as they come.")] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with the run in --out that was stopped.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else.")] = False,
) -> None:
    """Follow the cancers newly found in a year in the USA, and count who gets and who lives with bone metastasis."""
    from seedsoil.doors import cli

    for option, value, bounds in (
        ("--n", n, PEOPLE), ("--years", years, YEARS), ("--workers", workers, WORKERS), ("--seed", seed, SEEDS)
    ):  # fmt: skip
        cli.within(option, value, bounds)
    if cluster is not None and workers > 1:
        raise InputError("--cluster", cluster, "one of --cluster and --workers", "the cluster has workers of its own")
    if resume and out is None:
        raise InputError("--resume", True, "a run that was written", "say where it is with --out")
    set_device(device)
    folder = cli.writable(out) if out is not None else None

    from seedsoil.study import population as study

    with cli.progress(shown=not as_json) as told:
        document = study.run(n, years, seed, folder, workers, cluster, resume, told)
    if folder is not None:
        draw(document, folder / "summary.png")
    if as_json:
        cli.put(cli.as_text(document))
        return
    cli.show(print_population, document)
    if folder is not None:
        cli.put(f"Written: {folder} (people and events as Parquet, summary.json, summary.png)")


def print_population(document: dict, console: Console) -> None:
    """New cases a year and number living, by primary, stage and age; stages that came out beside the registry's."""
    from rich.table import Table

    years = f"{document['years']:g} years"
    console.print(f"[bold]Bone metastasis in the USA[/bold]: {document['people']:,} people followed for {years}")
    table = Table(box=None, pad_edge=False)
    for name, side in (("", "left"), ("new a year", "right"), ("95 %", "right"), ("living with it", "right"), ("95 %", "right")):
        table.add_column(name, justify=side)
    rows = [("all", document["all"])]
    rows += sorted(document["by_cancer"].items(), key=lambda row: -row[1]["new"]["figure"])
    rows += [(f"stage {name}", cell) for name, cell in document["by_stage"].items()]
    rows += [(f"age {name}", cell) for name, cell in document["by_age"].items()]
    for name, cell in rows:
        figures = [text for what in ("new", "living") for text in (_thousands(cell[what]["figure"]), _range(cell[what]))]
        table.add_row(name.replace("_", " "), *figures)
    console.print(table)
    for name, said in document["published"].items():
        console.print(f"Published, {name}: {said}.")
    far = ", ".join(
        f"{c.replace('_', ' ')} {100 * x['came_out']:.0f} ({100 * x['registry']:.0f})"
        for c, x in document["distant_at_diagnosis"].items()
    )
    console.print(f"Distant at the diagnosis, % as it came out (registry): {far}.")
    alone = document["not_weighed_by_stage"]
    console.print(
        f"With stages as they came out: {_thousands(alone['new']['figure'])} new a year, "
        f"{_thousands(alone['living']['figure'])} living."
    )
    left = document["still_alive_with_bone_metastasis_at_the_end"]
    console.print(f"Still alive with bone metastasis when the {years} ended: {_thousands(left)}; later years count nothing.")
    console.print(f"Not modelled: {document['not_modelled']}. {document['notice']}")


def _thousands(x: float) -> str:
    return f"{round(x):,}"


def _range(cell: dict) -> str:
    return f"{_thousands(max(cell['low'], 0))} to {_thousands(cell['high'])}"


def draw(document: dict, path: Path) -> None:
    """The summary as a picture: new cases and people living, by primary, with their intervals."""
    import io

    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    from seedsoil.world.runs import write_whole

    cells = sorted(document["by_cancer"].items(), key=lambda row: row[1]["living"]["figure"])
    figure = Figure(figsize=(9, 4.5), layout="constrained")
    FigureCanvasAgg(figure)
    titles = {"new": "found in a year", "living": "living with it"}
    for axes, (what, title) in zip(figure.subplots(1, 2, sharey=True), titles.items(), strict=True):
        at = range(len(cells))
        middle = [c[what]["figure"] / 1000 for _, c in cells]
        off = [[m - max(c[what]["low"], 0) / 1000 for m, (_, c) in zip(middle, cells, strict=True)],
               [c[what]["high"] / 1000 - m for m, (_, c) in zip(middle, cells, strict=True)]]  # fmt: skip
        axes.barh(at, middle, xerr=off, color="#5b7c99", ecolor="#333333", capsize=2)
        axes.set_yticks(at, [name.replace("_", " ") for name, _ in cells])
        axes.set_xlabel("thousand people")
        axes.set_title(title)
        axes.spines[["top", "right"]].set_visible(False)
    figure.suptitle(f"Bone metastasis in the USA by primary: {document['people']:,} people followed (research use)")
    picture = io.BytesIO()
    figure.savefig(picture, format="png", dpi=150, metadata={"Software": None})
    write_whole(path, picture.getvalue())
