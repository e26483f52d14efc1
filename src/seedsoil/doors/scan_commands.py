"""The command `strength`: from a CT and a mask to the load a bone can bear, with its lesion and without."""

from __future__ import annotations

from typing import Annotated

import typer

IMPLANT_ML = (0.05, 200.0)
WEIGHT_KG = (25.0, 250.0)
VOXEL_MM = (0.3, 4.0)


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
    intact: Annotated[
        str, typer.Option(metavar="WAY", help="How the bone before the lesion is reckoned: mirror or infill.")
    ] = "mirror",
    implant_ml: Annotated[float | None, typer.Option(metavar="ML", help="Put a round lytic lesion of this size in.")] = None,
    body_weight_kg: Annotated[float, typer.Option(metavar="KG", help="Body weight, for the loads.")] = 70.0,
    calibration: Annotated[
        str, typer.Option(metavar="WAY", help="From HU to density: tissues, energy or rods.")
    ] = "tissues",
    rods: Annotated[
        str | None, typer.Option(metavar="FILE.csv", help="Rods in the picture: columns hu and density (mg/cm3).")
    ] = None,
    unit: Annotated[str, typer.Option(metavar="UNIT", help="What the scan's numbers are: HU or density.")] = "HU",
    law: Annotated[str | None, typer.Option(metavar="NAME", help="The law from density to modulus.")] = None,
    to_the_end: Annotated[
        bool, typer.Option("--to-the-end", help="Also press past the first failure, to the largest force.")
    ] = False,
    voxel_mm: Annotated[float, typer.Option(metavar="MM", help="Edge of a finite element.")] = 1.0,
    out: Annotated[str | None, typer.Option(metavar="DIR", help="Write report.html and strength.json into this folder.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else.")] = False,
) -> None:
    """Say what load a bone of a CT can bear, with its lesion and without."""
    from seedsoil.doors import cli
    from seedsoil.errors import InputError
    from seedsoil.scan import reading, study

    cli.within("--body-weight-kg", body_weight_kg, WEIGHT_KG)
    cli.within("--voxel-mm", voxel_mm, VOXEL_MM)
    if implant_ml is not None:
        cli.within("--implant-ml", implant_ml, IMPLANT_ML)
    if unit not in reading.UNITS:
        raise InputError("--unit", unit, " or ".join(reading.UNITS))
    folder = cli.writable(out) if out is not None else None
    asked = study.Asked(
        scan, mask, labels, bone, lesion, implant_ml, body_weight_kg, unit, calibration, rods, law, intact, to_the_end, voxel_mm
    )
    found = study.answer(asked)
    text = cli.as_text(found.document)
    written = []
    if folder:
        from seedsoil.doors.report import write_whole
        from seedsoil.doors.scan_report import write_report

        written = [write_report(found.document, found.model, folder), write_whole(folder / "strength.json", text + "\n")]
    if as_json:
        cli.put(text)
        return
    from seedsoil.doors.scan_summary import print_strength

    cli.show(print_strength, found.document)
    cli.put("".join(f"Written: {path}\n" for path in written), end="")
