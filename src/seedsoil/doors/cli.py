"""The command line. Heavy things are imported by the command that needs them, so that help comes at once."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from seedsoil.care.patient import CANCERS
from seedsoil.doors import (
    calibrate_command,
    care_commands,
    claim_commands,
    population_commands,
    record_commands,
    safety_commands,
    scan_commands,
    trial_commands,
    web_commands,
)
from seedsoil.doors.chart_options import AsOf, Chart, PatientId, Strict, Uncertainty
from seedsoil.doors.device_option import Device, set_device
from seedsoil.errors import InputError, SeedsoilError

if TYPE_CHECKING:
    from rich.console import Console

    from seedsoil.care.patient import Patient
    from seedsoil.care.plan import Plan
    from seedsoil.study.scanned import ScannedLesion

PLANS = ("standard", "standard-without-bone-agent")
TWINS = (20, 100_000)
YEARS = (0.25, 10)
SEEDS = (0, 2**32 - 1)
PIPED_WIDTH = 112
DONE, OUR_FAULT, WRONG_INPUT, STOPPED = 0, 1, 2, 130

WELCOME = """\
seedsoil {version}: metastatic bone disease, simulated from a real chart. Research use, not for care.

  seedsoil forecast CHART --out DIR   what may come next under two plans, with ranges; writes a page
  seedsoil assess CHART               what the rules say today, urgent first; `page` prints it for the person
  seedsoil story --cancer breast      one virtual person, dated, in words
  seedsoil trial saad2002             a published trial simulated; `validate` runs them all
  seedsoil strength CT --mask BONES   what load a bone of a CT can bear, with its lesion and without
  seedsoil values [NAME]              any number in the model: value, range, source
  seedsoil serve                      the page: skeleton, plans side by side, in a browser
A CHART is a FHIR R4 bundle (.json) or a patient by hand (.toml). `seedsoil COMMAND --help` says more.\
"""

app = typer.Typer(
    name="seedsoil",
    help="Metastatic bone disease, simulated from a real chart. Research use, not for care.",
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)

Json = Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else.")]
Seed = Annotated[int, typer.Option(metavar="N", help="The luck of the run; the same seed gives the same figures.")]


@app.callback(invoke_without_command=True)
def welcome(
    context: typer.Context,
    version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False,
) -> None:
    if version:
        put(installed_version())
    elif context.invoked_subcommand is None:
        put(WELCOME.format(version=installed_version()))


@app.command()
def forecast(
    context: typer.Context,
    chart: Chart = "",
    plan: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME|FILE", help=f"A named plan or a plan file (.toml); repeatable. Else: {', '.join(PLANS)}."
        ),
    ] = None,
    plans: Annotated[bool, typer.Option("--plans", help="List the named plans and stop.")] = False,
    scan: Annotated[
        list[str] | None,
        typer.Option(metavar="FILE.json", help="A lesion from a CT, as `seedsoil strength --out` wrote it; repeatable."),
    ] = None,
    years: Annotated[
        float, typer.Option(metavar="YEARS", help=f"How far to look ahead, {YEARS[0]:g} to {YEARS[1]:g}.")
    ] = 3,
    twins: Annotated[int, typer.Option(metavar="N", help=f"How many virtual twins, {TWINS[0]} to {TWINS[1]}.")] = 500,
    seed: Seed = 1,
    uncertainty: Uncertainty = False,
    device: Device = None,
    strict: Strict = False,
    patient_id: PatientId = None,
    as_of: AsOf = None,
    out: Annotated[
        str | None, typer.Option(metavar="DIR", help="Write report.html and forecast.json into this folder.")
    ] = None,
    as_fhir: Annotated[bool, typer.Option("--fhir", help="Write risk-assessment.json too: the risks as FHIR.")] = False,
    as_json: Json = False,
) -> None:
    """Forecast one person under two or more plans."""
    if plans:
        list_plans(as_json)
        return
    within("--years", years, YEARS)
    within("--twins", twins, TWINS)
    within("--seed", seed, SEEDS)
    if not chart:
        context.fail("Missing argument 'CHART'.")
    set_device(device)

    from seedsoil.doors.reading import read_patient
    from seedsoil.study import scanned
    from seedsoil.study.plans import named

    patient = read_patient(chart, strict, patient_id, date_of(as_of))
    chosen = apart([named(name) for name in plan or PLANS])
    if as_fhir and out is None:
        raise InputError("--fhir", None, "a folder to write into", "add --out DIR")
    scans = scanned.apart([scanned.read(place) for place in scan or ()])
    for lesion in scans:
        patient = scanned.in_chart(patient, lesion)
    folder = writable(out) if out is not None else None

    with progress(shown=not as_json) as told:
        document = look_ahead(patient, scans, chosen, years, twins, seed, uncertainty, told)
    text = as_text(document)
    written = write(document, text, folder) if folder else []
    if as_fhir:
        from seedsoil.doors.fhir.risk import risk_bundle
        from seedsoil.doors.report import write_whole

        written.append(write_whole(folder / "risk-assessment.json", as_text(risk_bundle(document)) + "\n"))
    if as_json:
        put(text)
        return
    from seedsoil.doors.summary import print_summary

    show(print_summary, document)
    put("".join(f"Written: {path}\n" for path in written), end="")


def look_ahead(
    patient: Patient, scans: list[ScannedLesion], chosen: list[Plan], years: float, twins: int, seed: int, uncertainty: bool,
    told: Callable[[str, int, int], None],
) -> dict:  # fmt: skip
    """The forecast of one person as a document: twins fitted, begun at the lesions of scans, run under each plan."""
    from seedsoil.study import scanned
    from seedsoil.study.forecast import forecast as run
    from seedsoil.study.twins import fit
    from seedsoil.world import kernel
    from seedsoil.world.runs import beside

    known = {}
    if uncertainty:
        from seedsoil.study.forecast import with_uncertainty
        from seedsoil.study.posterior import in_use
        from seedsoil.study.twins import versions

        known["version"], said = in_use(versions(), seed)
        run = partial(with_uncertainty, said=said)
    workers = 1 if kernel.NAME == "cuda" else os.cpu_count() or 1  # a GPU takes all twins at once
    with beside(workers - 1) as hands:
        fitted = fit(patient, twins=twins, seed=seed, progress=told, workers=workers, hands=hands, **known)
        for lesion in scans:
            scanned.start_from(fitted, lesion)
        return run(fitted, chosen, years=years, progress=told, workers=workers, hands=hands).document()


@app.command()
def assess(
    chart: Chart, strict: Strict = False, patient_id: PatientId = None, as_of: AsOf = None, as_json: Json = False
) -> None:
    """Say what the rules say today: urgent first."""
    from seedsoil.doors.reading import read_patient
    from seedsoil.study.assess import assess as judge

    document = judge(read_patient(chart, strict, patient_id, date_of(as_of)))
    if as_json:
        put(as_text(document))
        return
    from seedsoil.doors.summary import print_assessment

    show(print_assessment, document)


@app.command()
def values(
    name: Annotated[str | None, typer.Argument(metavar="NAME", help="One number; without it, all of them.")] = None,
    as_json: Json = False,
) -> None:
    """Look up any number in the model."""
    from seedsoil.study.values import look_up

    rows = look_up(name)
    if as_json:
        put(as_text({"schema": "seedsoil.values/1", "version": installed_version(), "values": rows}))
        return
    from seedsoil.doors.summary import print_values

    show(print_values, rows, whole=name is not None)


@app.command()
def story(
    cancer: Annotated[
        str, typer.Option(metavar="CANCER", help=f"The primary tumour: {', '.join(CANCERS)}.")
    ] = "breast",
    seed: Seed = 1,
    years: Annotated[
        float, typer.Option(metavar="YEARS", help=f"How long to follow, {YEARS[0]:g} to {YEARS[1]:g}.")
    ] = 10,
    as_json: Json = False,
) -> None:
    """Tell one virtual person's story, in words."""
    within("--years", years, YEARS)
    within("--seed", seed, SEEDS)
    from seedsoil.study.story import tell

    document = tell(cancer, seed, years)
    if as_json:
        put(as_text(document))
        return
    from seedsoil.doors.summary import print_story

    show(print_story, document)


trial_commands.add_to(app)
claim_commands.add_to(app)
care_commands.add_to(app)
safety_commands.add_to(app)
record_commands.add_to(app)
scan_commands.add_to(app)
web_commands.add_to(app)
population_commands.add_to(app)
calibrate_command.add_to(app)


def main() -> None:
    """The console script."""
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="replace")  # an old terminal without a sign shows a mark, not a traceback
    # Work is shared out among processes and threads of our own; those of the linear algebra library would only spin beside them.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # read when NumPy loads
    sys.exit(run(sys.argv[1:]))


def run(arguments: list[str]) -> int:
    """Run the command line and return its exit code: 0 done, 2 the input is wrong, 1 our fault."""
    try:
        code = app(args=arguments, prog_name="seedsoil", standalone_mode=False)
    except SeedsoilError as trouble:
        return fail(str(trouble), WRONG_INPUT)
    except (KeyboardInterrupt, typer.Abort):
        return fail("stopped.", STOPPED)
    except Exception as trouble:
        # a usage error, of whichever library parses the line: it knows its own words and carries 2
        if hasattr(trouble, "format_message") and getattr(trouble, "exit_code", None) == WRONG_INPUT:
            return fail(usage_words(trouble), WRONG_INPUT)
        return our_fault(trouble)
    return fail("stopped.", STOPPED) if code == STOPPED else int(code or DONE)


def usage_words(trouble: Any) -> str:
    command = trouble.ctx.command_path if getattr(trouble, "ctx", None) else "seedsoil"
    return f"{trouble.format_message().rstrip('.')}. See: {command} --help"


def our_fault(trouble: Exception) -> int:
    """A defect: one sentence, and the traceback for those who ask for it."""
    if os.environ.get("SEEDSOIL_TRACEBACK"):
        import traceback

        traceback.print_exception(trouble)
    what = " ".join(f"{type(trouble).__name__}: {trouble}".split())[:300]
    return fail(
        f"this is our fault, not yours ({what}); to see where, run it again with SEEDSOIL_TRACEBACK=1.", OUR_FAULT
    )


def fail(message: str, code: int) -> int:
    printable = "".join(c if c.isprintable() else " " for c in message)
    print(f"seedsoil: {printable}", file=sys.stderr)
    return code


def installed_version() -> str:
    from importlib.metadata import version

    return version("seedsoil")


def within(option: str, value: float, bounds: tuple[float, float]) -> None:
    """Refuse a number outside its bounds; a number that is none is outside."""
    low, high = bounds
    if not low <= value <= high:
        raise InputError(option, value, f"{low:g} to {high:.10g}")


def date_of(words: str | None) -> date | None:
    """A date as it is typed."""
    try:
        return date.fromisoformat(words) if words is not None else None
    except ValueError:
        raise InputError("--as-of", words, "a date such as 2024-01-31") from None


def apart(plans: list[Any]) -> list[Any]:
    """The plans, if each has a name of its own: a difference between two of one name could not be read."""
    names = [plan.name for plan in plans]
    for name in names:
        if names.count(name) > 1:
            raise InputError("--plan", name, "plans of different names", "rename one of them, or name each plan once")
    return plans


def list_plans(as_json: bool) -> None:
    from seedsoil.study.plans import names

    if as_json:
        listed = [{"name": name, "description": description} for name, description in names().items()]
        put(as_text({"schema": "seedsoil.plans/1", "version": installed_version(), "plans": listed}))
        return
    from seedsoil.doors.summary import print_plan_names

    show(print_plan_names, names())


def writable(out: str) -> Path:
    """The folder for the results, made and tried before the long work starts."""
    folder = Path(out)
    trial = folder / f".trial.{os.getpid()}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        trial.write_bytes(b"")
        trial.unlink()
    except (OSError, ValueError) as trouble:
        why = getattr(trouble, "strerror", None) or str(trouble)
        raise InputError("--out", out, "a folder that can be written to", f"the system says: {why.lower()}") from None
    return folder


def write(document: dict, text: str, folder: Path) -> list[Path]:
    """The page and the document, each whole or not at all."""
    from seedsoil.doors.report import write_report, write_whole

    return [write_report(document, folder), write_whole(folder / "forecast.json", text + "\n")]


def as_text(document: Any) -> str:
    """JSON that any reader takes: a value that is not a number is a defect here, never `NaN` there."""
    return json.dumps(document, indent=1, allow_nan=False)


def put(text: str, end: str = "\n") -> None:
    """Print; a reader that has gone away (``| head``) is no error."""
    try:
        sys.stdout.write(text + end)
        sys.stdout.flush()
    except BrokenPipeError:
        # the interpreter flushes once more on its way out
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def show(printer: Callable[..., None], *arguments: Any, **options: Any) -> None:
    """Print one of the summaries, in colour on a terminal and plain in a pipe."""
    from rich.console import Console

    width = None if sys.stdout.isatty() else PIPED_WIDTH
    console = Console(width=width, highlight=False, soft_wrap=False)
    with console.capture() as captured:
        printer(*arguments, console, **options)
    put(plain_lines(captured.get(), console), end="")


def plain_lines(text: str, console: Console) -> str:
    """Without the blanks that fill each line of a table, where nobody sees colour."""
    if console.is_terminal:
        return text
    return "".join(f"{line.rstrip()}\n" for line in text.splitlines())


@contextmanager
def progress(shown: bool) -> Iterator[Callable[[str, int, int], None] | None]:
    """A bar a stage, with the time left, on a terminal; nothing in a pipe."""
    if not (shown and sys.stderr.isatty()):
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    bars = Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f} %"),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=True,
    )
    stages: dict[str, Any] = {}

    def told(stage: str, done: int, total: int) -> None:
        if stage not in stages:
            stages[stage] = bars.add_task(stage, total=total)
        bars.update(stages[stage], completed=done, total=total)

    with bars:
        yield told


if __name__ == "__main__":
    main()
