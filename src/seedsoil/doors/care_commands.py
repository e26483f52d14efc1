"""The commands `page` and `match`: a page for the person or for the meeting, and the trials that may fit."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from seedsoil.doors.chart_options import Chart, Strict
from seedsoil.errors import InputError

READERS = ("patient", "meeting")


def add_to(app: typer.Typer) -> None:
    """Put the commands on the command line."""
    app.command()(page)
    app.command()(match)


Trials = Annotated[
    str | None, typer.Option(metavar="DIR", help="A folder of trial files of your own, for trials that are open now.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else.")]


def page(
    chart: Chart,
    reader: Annotated[str, typer.Option("--for", metavar="WHO", help=f"Who reads it: {' or '.join(READERS)}.")] = "patient",
    contacts: Annotated[
        str | None, typer.Option(metavar="FILE", help="The clinic's telephone numbers (.toml); else the page says to ask the team.")
    ] = None,
    trials: Trials = None,
    open_chances: Annotated[
        bool, typer.Option("--open-chances", help="Print what is said about time, which else stays closed.")
    ] = False,
    out: Annotated[str | None, typer.Option(metavar="DIR", help="Write the page, and the same as JSON, into this folder.")] = None,
    strict: Strict = False,
    as_json: AsJson = False,
) -> None:
    """Make a page of a chart: for the person in plain words, or for the multidisciplinary meeting."""
    if reader not in READERS:
        raise InputError("--for", reader, " or ".join(READERS))
    from seedsoil.doors import care_pages, cli
    from seedsoil.doors.reading import read_patient
    from seedsoil.doors.report import write_whole

    patient = read_patient(chart, strict)
    folder = cli.writable(out) if out is not None else None
    if reader == "patient":
        from seedsoil.study.contacts import read_contacts
        from seedsoil.study.patient_page import NO_NUMBERS, patient_page
        from seedsoil.study.trial_matching import of_folder

        numbers = read_contacts(contacts) if contacts else NO_NUMBERS
        document = patient_page(patient, numbers, of_folder(trials) if trials else None)
        html, text = care_pages.patient_html(document), care_pages.patient_text(document, open_chances)
    else:
        from seedsoil.study.meeting_page import meeting_page

        document = meeting_page(patient)
        html, text = care_pages.meeting_html(document), care_pages.meeting_text(document)
    written: list[Path] = []
    if folder:
        written = [
            write_whole(folder / f"{reader}.html", html), write_whole(folder / f"{reader}.json", cli.as_text(document) + "\n"),
        ]  # fmt: skip
    cli.put(cli.as_text(document) if as_json else text)
    if not as_json:
        cli.put("".join(f"Written: {path}\n" for path in written), end="")


def match(chart: Chart, trials: Trials = None, strict: Strict = False, as_json: AsJson = False) -> None:
    """Ask which trials fit a person: every no with its reason, and what is not known is not a yes."""
    from seedsoil.doors import care_pages, cli
    from seedsoil.doors.reading import read_patient
    from seedsoil.study import trial_matching

    patient = read_patient(chart, strict)
    found = trial_matching.of_folder(trials) if trials else trial_matching.shipped()
    document = trial_matching.match(patient, found, past=trials is None)
    cli.put(cli.as_text(document) if as_json else care_pages.match_text(document))
