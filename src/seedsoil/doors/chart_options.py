"""How a chart is named on the command line: the argument and options that all commands which read one share."""

from __future__ import annotations

from typing import Annotated

import typer

Chart = Annotated[
    str,
    typer.Argument(
        metavar="CHART",
        help="A FHIR R4 bundle (.json), a folder of NDJSON, a FHIR server on this machine (http://127.0.0.1:...), "
        "or a patient (.toml).",
    ),
]
PatientId = Annotated[str | None, typer.Option("--patient", metavar="ID", help="Whom to read from a folder or a server.")]
AsOf = Annotated[
    str | None, typer.Option("--as-of", metavar="DATE", help="The date of a FHIR chart, if not the one written in it.")
]
Strict = Annotated[bool, typer.Option("--strict", help="Refuse a chart of which any part would be set aside.")]
Uncertainty = Annotated[
    bool, typer.Option("--uncertainty", help="By the draws of the calibration; show person, chance and knowledge apart.")
]
