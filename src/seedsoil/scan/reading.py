"""Scans and masks from files, folders and servers, as volumes."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from seedsoil.errors import InputError
from seedsoil.scan import dicom, dicomweb
from seedsoil.scan.volume import Volume, needed, refuse_unlike, refuse_what_is_no_ct, upright

UNITS = ("HU", "density")
NIFTI = (".nii", ".nii.gz", ".hdr", ".img")


def read_scan(place: str, unit: str = "HU") -> Volume:
    """A CT: a NIfTI file, a DICOM file, a folder with one series, or the address of a series on a DICOMweb server."""
    scan = read_nifti(existing(place), unit) if is_nifti(place) else dicom.volume_of(objects_of(place), place, unit)
    if unit == "HU":
        refuse_what_is_no_ct(scan)
    return scan


def read_mask(place: str, scan: Volume) -> tuple[Volume, dict[int, str]]:
    """A mask on the scan's grid (whole numbers, 0 where there is nothing), and what its labels are called where it says so."""
    if not is_nifti(place):
        objects = objects_of(place)
        if not dicom.is_segmentation(objects):
            raise InputError("--mask", place, "NIfTI or a DICOM segmentation", "a picture is no mask")
        return dicom.segmentation(objects, scan, place)
    mask = read_nifti(existing(place), "label")
    rounded = np.rint(mask.values.astype(np.float64))
    if not np.array_equal(rounded, mask.values) or rounded.min() < 0 or rounded.max() > 65535:
        raise InputError(place, None, "whole numbers from 0 to 65535", "give a label map, not a picture or a probability")
    refuse_unlike(mask, scan)
    return mask.like(rounded.astype(np.uint16)), {}


def is_nifti(place: str) -> bool:
    return not dicomweb.is_address(place) and place.lower().endswith(NIFTI)


def objects_of(place: str) -> list:
    return dicomweb.series(place) if dicomweb.is_address(place) else dicom.datasets(existing(place))


def existing(place: str) -> Path:
    path = Path(place)
    if not path.exists():
        raise InputError("file", place, "a file or folder that exists", "check the path")
    return path


def read_nifti(path: Path, unit: str) -> Volume:
    nibabel = needed("nibabel")
    try:
        image = nibabel.load(path)
        values = np.asanyarray(image.dataobj)
    except Exception as trouble:
        said = " ".join(str(trouble).split())[:200]
        raise InputError("file", str(path), "a NIfTI file (.nii, .nii.gz)", f"it could not be read: {said}") from None
    if values.ndim == 4 and values.shape[3] == 1:
        values = values[..., 0]
    known = int(image.header["sform_code"]) > 0 or int(image.header["qform_code"]) > 0
    if not known:
        raise InputError(str(path), "no orientation", "a file with qform or sform", "without it left and right are a guess")
    if values.dtype.kind == "f":
        values = values.astype(np.float32)
    return upright(values, np.asarray(image.affine, float), unit, str(path))
