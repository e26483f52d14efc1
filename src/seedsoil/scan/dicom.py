"""DICOM: a series of slices or one of many frames as a volume, and a segmentation object as a mask on the scan's grid."""

from __future__ import annotations

from collections.abc import Iterable
from io import BytesIO
from pathlib import Path

import numpy as np

from seedsoil.errors import InputError
from seedsoil.scan.volume import Volume, needed, upright

UNEVEN = 0.02  # share by which the step between slices may vary
TO_RIGHT_FORWARD = np.diag([-1.0, -1.0, 1.0, 1.0])  # DICOM counts to the left and backward


def datasets(place: Path) -> list:
    """Every DICOM object of a file or a folder; other files of a folder are passed over."""
    pydicom = needed("pydicom")
    paths = sorted(p for p in place.rglob("*") if p.is_file()) if place.is_dir() else [place]
    found = []
    for path in paths:
        try:
            found.append(pydicom.dcmread(path))
        except (pydicom.errors.InvalidDicomError, OSError):
            if not place.is_dir():
                raise InputError("file", str(place), "a DICOM file", "it could not be read as one") from None
    if not found:
        raise InputError("file", str(place), "a folder with DICOM files", "check the path")
    return found


def from_bytes(parts: Iterable[bytes]) -> list:
    """DICOM objects as they came over the network."""
    pydicom = needed("pydicom")
    return [pydicom.dcmread(BytesIO(part)) for part in parts]


def is_segmentation(objects: list) -> bool:
    return all(str(o.get("Modality", "")) == "SEG" for o in objects)


def volume_of(objects: list, source: str, unit: str = "HU") -> Volume:
    """One CT series as a volume; more than one series, a missing slice or numbers that are not HU are refused."""
    objects = [o for o in objects if "PixelData" in o and str(o.get("Modality", "")) != "SEG"]
    series = sorted({str(o.get("SeriesInstanceUID", "")) for o in objects})
    if not objects:
        raise InputError(source, "no pictures", "a CT series", "the DICOM objects hold none")
    if len(series) > 1:
        some = ", ".join(series[:4])
        raise InputError(source, f"{len(series)} series", "one series", f"give a folder of its own to one of {some}")
    modality = str(objects[0].get("Modality", ""))
    if modality != "CT":
        raise InputError(source, modality or "no modality", "CT", "other pictures have no Hounsfield units")
    frames = [frame for one in objects for frame in _frames(one, source, unit)]
    return _stacked(frames, source, unit)


def _frames(one, source: str, unit: str) -> list[tuple]:
    """(position, orientation, spacing, values) of each frame of one object; values in the rescaled unit."""
    pixels = _pixels(one, source)
    many = int(one.get("NumberOfFrames", 1) or 1)
    if many == 1 and "PerFrameFunctionalGroupsSequence" not in one:
        place = one.get("ImagePositionPatient"), one.get("ImageOrientationPatient"), one.get("PixelSpacing")
        return [(*_placed(place, source), _rescaled(pixels, one, source, unit))]
    shared = one.SharedFunctionalGroupsSequence[0]
    out = []
    for number, own in enumerate(one.PerFrameFunctionalGroupsSequence):
        rescale = _group("PixelValueTransformationSequence", own, shared)
        values = _rescaled(pixels[number] if many > 1 else pixels, rescale if rescale is not None else one, source, unit)
        out.append((*_placed(_place_of(own, shared), source), values))
    return out


def _pixels(one, source: str) -> np.ndarray:
    try:
        return one.pixel_array
    except Exception as trouble:
        said = " ".join(str(trouble).split())[:200]
        raise InputError(source, None, "pixels that can be unpacked", f"the reader says: {said}") from None


def _group(name: str, own, shared):
    """The first item of a functional group, of the frame itself or of all frames."""
    for groups in (own, shared):
        if name in groups and len(groups[name].value):
            return groups[name].value[0]
    return None


def _place_of(own, shared) -> tuple:
    position, orientation, measures = (
        _group(n, own, shared) for n in ("PlanePositionSequence", "PlaneOrientationSequence", "PixelMeasuresSequence")
    )
    return (
        position.get("ImagePositionPatient") if position else None,
        orientation.get("ImageOrientationPatient") if orientation else None,
        measures.get("PixelSpacing") if measures else None,
    )


def _placed(place: tuple, source: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Position, orientation and spacing as numbers; refused where one is not given."""
    for name, value in zip(("ImagePositionPatient", "ImageOrientationPatient", "PixelSpacing"), place, strict=True):
        if value is None:
            raise InputError(source, f"no {name}", "slices that say where they lie", "export the series anew")
    return tuple(np.array([float(v) for v in value]) for value in place)


def _rescaled(pixels: np.ndarray, about, source: str, unit: str) -> np.ndarray:
    slope, intercept = about.get("RescaleSlope"), about.get("RescaleIntercept")
    if slope is None or intercept is None:
        raise InputError(source, "no rescale slope and intercept", "a CT that says how its numbers become HU", "export it anew")
    kind = str(about.get("RescaleType", "HU") or "HU")
    if unit == "HU" and kind not in ("HU", "US"):
        raise InputError(source, f"rescale type {kind}", "HU", "a density map is read with --unit density")
    return (pixels.astype(np.float64) * float(slope) + float(intercept)).astype(np.float32)


def _stacked(frames: list[tuple], source: str, unit: str) -> Volume:
    """Slices put in order along their normal, with even steps."""
    _, orientation, spacing, first = frames[0]
    across, down = orientation[:3], orientation[3:]
    normal = np.cross(across, down)
    for _, turned, pitch, values in frames:
        if not (np.allclose(turned, orientation, atol=1e-3) and np.allclose(pitch, spacing, rtol=1e-3)):
            raise InputError(source, "slices turned or scaled unlike each other", "one stack", "leave out scouts and reformats")
        if values.shape != first.shape:
            raise InputError(source, "slices of unlike size", "one stack", "leave out scouts and reformats")
    if len(frames) < 3:
        raise InputError(source, f"{len(frames)} slices", "a volume of three slices or more", "give the whole series")
    frames = sorted(frames, key=lambda f: float(f[0] @ normal))
    at = np.array([f[0] for f in frames])
    along = at @ normal
    steps = np.diff(along)
    usual = float(np.median(steps))
    if usual <= 0.0 or steps.min() < 0.5 * usual:
        raise InputError(source, "two slices in one place", "one slice for each place", "two reconstructions may be mixed")
    wide = np.flatnonzero(np.abs(steps - usual) > max(UNEVEN * usual, 0.01))
    if len(wide):
        n = int(wide[0])
        raise InputError(
            source, f"{steps[n]:.2f} mm between slices {n + 1} and {n + 2}", f"even steps of {usual:.2f} mm",
            f"{len(wide)} gaps: slices are missing; export the whole series",
        )  # fmt: skip
    affine = np.eye(4)
    affine[:3, 0], affine[:3, 1] = across * spacing[1], down * spacing[0]
    affine[:3, 2] = (at[-1] - at[0]) / (len(at) - 1)
    affine[:3, 3] = at[0]
    values = np.stack([f[3] for f in frames]).transpose(2, 1, 0)
    return upright(values, TO_RIGHT_FORWARD @ affine, unit, source)


def segmentation(objects: list, scan: Volume, source: str) -> tuple[Volume, dict[int, str]]:
    """A DICOM segmentation as labels on the scan's grid, and what each label is called. Frames that do not lie on the grid are
    refused; where segments overlap, the later one stands."""
    labels = np.zeros(scan.values.shape, np.uint16)
    named: dict[int, str] = {}
    to_grid = np.linalg.inv(scan.affine)
    for one in objects:
        for item in one.SegmentSequence:
            named[int(item.SegmentNumber)] = str(item.get("SegmentLabel", ""))
        frames = _pixels(one, source)
        frames = frames[None] if frames.ndim == 2 else frames
        shared = one.SharedFunctionalGroupsSequence[0]
        for pixels, own in zip(frames, one.PerFrameFunctionalGroupsSequence, strict=True):
            about = _group("SegmentIdentificationSequence", own, shared)
            position, orientation, spacing = _placed(_place_of(own, shared), source)
            rows, columns = np.nonzero(pixels)
            at = position[:, None] + np.outer(orientation[:3], columns * spacing[1]) + np.outer(orientation[3:], rows * spacing[0])
            grid = (to_grid @ TO_RIGHT_FORWARD @ np.vstack([at, np.ones(len(rows))]))[:3]
            near = np.rint(grid).astype(int)
            size = np.array(scan.values.shape[::-1])[:, None]
            if grid.size and (np.abs(grid - near).max() > 0.1 or (near < 0).any() or (near >= size).any()):
                raise InputError(source, "a segmentation on another grid", "the grid of the scan", "segment this very series")
            labels[near[2], near[1], near[0]] = int(about.ReferencedSegmentNumber) if about is not None else 1
    return Volume(labels, scan.affine, "label", source), named
