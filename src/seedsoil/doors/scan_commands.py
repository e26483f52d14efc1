"""The command `strength`: from a CT and a mask to the load a bone can bear, with its lesion and without."""

from __future__ import annotations

from typing import Annotated

import typer

IMPLANT_ML = (0.05, 200.0)
WEIGHT_KG = (25.0, 250.0)


def add_to(app: typer.Typer) -> None:
    """Put the command on the command line."""
    app.command()(strength)


def strength(
    scan: Annotated[str, typer.Argument(metavar="CT", help="A CT: NIfTI, a DICOM folder, or a DICOMweb series.")],
    mask: Annotated[str, typer.Option("--mask", metavar="BONES", help="The bones, a mask on the CT's grid, binary or labelled.")],
    labels: Annotated[
        str | None, typer.Option(metavar="SCHEME", help="What the labels mean: verse, totalsegmentator, or a file.")
    ] = None,
    bone: Annotated[str | None, typer.Option(metavar="BONE", help="Which bone, such as L3.")] = None,
    lesion: Annotated[str | None, typer.Option(metavar="MASK", help="The lesion, a mask on the CT's grid.")] = None,
    implant_ml: Annotated[float | None, typer.Option(metavar="ML", help="Put a round lytic lesion of this size in.")] = None,
    body_weight_kg: Annotated[float, typer.Option(metavar="KG", help="Body weight, for the load.")] = 70.0,
    out: Annotated[str | None, typer.Option(metavar="DIR", help="Write strength.json into this folder.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else.")] = False,
) -> None:
    """Say what load a bone of a CT can bear, with its lesion and without."""
    from seedsoil.doors import cli
    from seedsoil.scan import study

    cli.within("--body-weight-kg", body_weight_kg, WEIGHT_KG)
    if implant_ml is not None:
        cli.within("--implant-ml", implant_ml, IMPLANT_ML)
    folder = cli.writable(out) if out is not None else None
    asked = study.Asked(scan, mask, labels, bone, lesion, implant_ml, body_weight_kg)
    document = study.answer(asked).document
    if folder:
        from seedsoil.doors.report import write_whole

        write_whole(folder / "strength.json", cli.as_text(document) + "\n")
    if as_json:
        cli.put(cli.as_text(document))
        return
    cli.put(cli.as_text(document))
