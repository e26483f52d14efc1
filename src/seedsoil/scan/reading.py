"""Scans and masks from files and servers, as volumes."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from seedsoil.errors import InputError, Unsupported
from seedsoil.scan.volume import Volume, refuse_what_is_no_ct, upright

UNITS = ("HU", "density")


def needed(library: str):
    """An optional library, or one clear sentence."""
    import importlib

    try:
        return importlib.import_module(library)
    except ImportError:
        raise Unsupported(f"Reading scans needs {library}; install it with: pip install 'seedsoil[scan]'.") from None


def read_scan(place: str, unit: str = "HU") -> Volume:
    """A CT from a NIfTI file."""
    scan = _read(place, unit)
    if unit == "HU":
        refuse_what_is_no_ct(scan)
    return scan


def read_mask(place: str) -> Volume:
    """A mask: whole numbers, 0 where there is nothing."""
    mask = _read(place, "label")
    rounded = np.rint(mask.values.astype(np.float64))
    if not np.array_equal(rounded, mask.values) or rounded.min() < 0 or rounded.max() > 65535:
        raise InputError(place, None, "whole numbers from 0 to 65535", "give a label map, not a picture or a probability")
    return mask.like(rounded.astype(np.uint16))


def _read(place: str, unit: str) -> Volume:
    path = Path(place)
    if not path.exists():
        raise InputError("file", place, "a file that exists", "check the path")
    return read_nifti(path, unit)


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
    return upright(values, np.asarray(image.affine, float), unit, str(path))
