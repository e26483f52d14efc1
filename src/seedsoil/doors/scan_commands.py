"""The commands `strength` and `strengths`: from a CT and a mask to the load a bone can bear, and a folder of them."""

from __future__ import annotations

from typing import Annotated

import typer

IMPLANT_ML = (0.05, 200.0)
WEIGHT_KG = (25.0, 250.0)
VOXEL_MM = (0.3, 4.0)
WORKERS = (1, 64)


def add_to(app: typer.Typer) -> None:
    """Put the command on the command line."""
    app.command()(strength)
    app.command()(strengths)


Labels = Annotated[str | None, typer.Option(metavar="SCHEME", help="What the labels mean: verse, totalsegmentator, or a file.")]
Implant = Annotated[float | None, typer.Option(metavar="ML", help="Put a round lytic lesion of this size in.")]
Weight = Annotated[float, typer.Option(metavar="KG", help="Body weight, for the loads.")]
Way = Annotated[str, typer.Option(metavar="WAY", help="From HU to density: tissues, energy or rods.")]
Unit = Annotated[str, typer.Option(metavar="UNIT", help="What the scan's numbers are: HU or density.")]
Before = Annotated[
    str, typer.Option(metavar="WAY", help="How the bone before the lesion is reckoned: mirror, neighbour or infill.")
]
Voxel = Annotated[float, typer.Option(metavar="MM", help="Edge of a finite element.")]


def strength(
    scan: Annotated[str, typer.Argument(metavar="CT", help="A CT: NIfTI, a DICOM folder, or a DICOMweb series.")],
    mask: Annotated[str, typer.Option("--mask", metavar="BONES", help="The bones, a mask on the CT's grid, binary or labelled.")],
    labels: Labels = None,
    bone: Annotated[str | None, typer.Option(metavar="BONE", help="Which bone, such as L3.")] = None,
    lesion: Annotated[str | None, typer.Option(metavar="MASK", help="The lesion, a mask on the CT's grid.")] = None,
    intact: Before = "mirror",
    implant_ml: Implant = None,
    body_weight_kg: Weight = 70.0,
    calibration: Way = "tissues",
    rods: Annotated[
        str | None, typer.Option(metavar="FILE.csv", help="Rods in the picture: columns hu and density (mg/cm3).")
    ] = None,
    unit: Unit = "HU",
    law: Annotated[str | None, typer.Option(metavar="NAME", help="The law from density to modulus.")] = None,
    to_the_end: Annotated[
        bool, typer.Option("--to-the-end", help="Also press past the first failure, to the largest force.")
    ] = False,
    voxel_mm: Voxel = 1.0,
    out: Annotated[str | None, typer.Option(metavar="DIR", help="Write report.html and strength.json into this folder.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else.")] = False,
) -> None:
    """Say what load a bone of a CT can bear, with its lesion and without."""
    from seedsoil.scan import warming

    warming.begin()
    from seedsoil.doors import cli
    from seedsoil.scan import study

    _checked(body_weight_kg, voxel_mm, implant_ml, unit, intact)
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


def strengths(
    folder: Annotated[
        str,
        typer.Argument(metavar="FOLDER", help="Folders that each hold ct.nii.gz (or a DICOM folder ct) and bones.nii.gz."),
    ],
    out: Annotated[str, typer.Option(metavar="DIR", help="Write one JSON a scan and strengths.csv here; what is there is kept.")],
    labels: Labels = None,
    bone: Annotated[str | None, typer.Option(metavar="BONE", help="Which bone; else every whole bone with a name.")] = None,
    intact: Before = "mirror",
    implant_ml: Implant = None,
    body_weight_kg: Weight = 70.0,
    calibration: Way = "tissues",
    unit: Unit = "HU",
    voxel_mm: Voxel = 1.0,
    workers: Annotated[int, typer.Option(metavar="N", help="Processes to use.")] = 1,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else.")] = False,
) -> None:
    """Do so for every scan of a folder: a table, whatever single scans are worth."""
    from seedsoil.doors import cli
    from seedsoil.doors.report import write_whole
    from seedsoil.scan import many, study

    _checked(body_weight_kg, voxel_mm, implant_ml, unit, intact)
    cli.within("--workers", workers, WORKERS)
    asked = study.Asked(
        "", "", labels, bone, None, implant_ml, body_weight_kg, unit, calibration, intact=intact, voxel_mm=voxel_mm
    )
    todo = many.tasks(folder, asked)
    place = cli.writable(out)
    with cli.progress(shown=not as_json) as told:
        rows = many.run(todo, place, workers, write_whole, told)
    if as_json:
        cli.put(cli.as_text({"schema": "seedsoil.strengths/1", "version": cli.installed_version(), "rows": rows}))
        return
    from seedsoil.doors.scan_summary import print_strengths

    cli.show(print_strengths, rows)
    cli.put(f"Written: {place / 'strengths.csv'}")



def _checked(body_weight_kg: float, voxel_mm: float, implant_ml: float | None, unit: str, intact: str) -> None:
    from seedsoil.doors import cli
    from seedsoil.errors import InputError
    from seedsoil.scan import before, reading

    cli.within("--body-weight-kg", body_weight_kg, WEIGHT_KG)
    cli.within("--voxel-mm", voxel_mm, VOXEL_MM)
    if implant_ml is not None:
        cli.within("--implant-ml", implant_ml, IMPLANT_ML)
    for name, value, allowed in (("--unit", unit, reading.UNITS), ("--intact", intact, before.WAYS)):
        if value not in allowed:
            raise InputError(name, value, ", ".join(allowed))
