"""A picture of the body in three dimensions: numbers on a grid, and where that grid lies in the patient."""

from __future__ import annotations

import importlib
from dataclasses import dataclass, replace

import numpy as np
from scipy import ndimage

from seedsoil.errors import InputError, Unsupported

LEAST_HU, BRIGHT_HU = -500.0, 300.0  # a CT of a body shows air or fat darker than this would be odd without, and bone brighter
MOST_HU = 32000.0


@dataclass(frozen=True)
class Volume:
    """Numbers [z, y, x] on a grid whose axes run to the patient's right-to-left (x), front-to-back (y) and feet-to-head (z),
    as near as the scan allows.

    affine: 4 x 4, from (x, y, z) of the grid to millimetres right, forward and up of the scanner's origin. unit: what the numbers
    are: HU, label or density (mg/cm^3).
    """

    values: np.ndarray
    affine: np.ndarray
    unit: str = "HU"
    source: str = ""

    @property
    def spacing(self) -> tuple[float, float, float]:
        """Distance between neighbours along x, y and z, mm."""
        return tuple(float(s) for s in np.linalg.norm(self.affine[:3, :3], axis=0))

    @property
    def voxel_ml(self) -> float:
        return float(abs(np.linalg.det(self.affine[:3, :3]))) / 1000.0

    def like(self, values: np.ndarray, unit: str | None = None) -> Volume:
        """Other numbers on the same grid."""
        return replace(self, values=values, unit=unit or self.unit)


def needed(library: str):
    """An optional library, or one clear sentence."""
    try:
        return importlib.import_module(library)
    except ImportError:
        raise Unsupported(f"Reading scans needs {library}; install it with: pip install 'seedsoil[scan]'.") from None


def upright(values: np.ndarray, affine: np.ndarray, unit: str, source: str) -> Volume:
    """Numbers [i, j, k] with their affine, turned and flipped so that the axes run right, forward and up."""
    axes = affine[:3, :3]
    size = np.linalg.norm(axes, axis=0)
    if values.ndim != 3 or min(values.shape) < 2:
        shape = "x".join(map(str, values.shape))
        raise InputError(source, shape, "a volume of three dimensions", "give one series, not a single picture")
    if not np.isfinite(affine).all() or not (size > 0.0).all():
        raise InputError(source, None, "a file that says how its grid lies in the patient", "write it with its orientation")
    unit_axes = axes / size
    if abs(np.linalg.det(unit_axes)) < 0.99:
        raise InputError(
            source, "a sheared grid", "slices that stand square on each other", "a tilted gantry has to be resampled first"
        )
    # the voxel axis that runs most along each of the patient's
    along = np.abs(unit_axes)
    order = [int(np.argmax(along[row])) for row in range(3)]
    if len(set(order)) < 3:
        raise InputError(source, "an oblique grid", "axes within 45 degrees of the patient's", "resample the scan")
    turned = values.transpose(order)
    matrix = affine.copy()
    matrix[:3, :3] = axes[:, order]
    for row in range(3):
        if matrix[row, row] < 0.0:
            matrix[:3, 3] += matrix[:3, row] * (turned.shape[row] - 1)
            matrix[:3, row] *= -1.0
            turned = np.flip(turned, row)
    return Volume(np.ascontiguousarray(turned.transpose(2, 1, 0)), matrix, unit, source)


def refuse_unlike(mask: Volume, scan: Volume) -> None:
    """Refuse a mask that does not lie on the scan's grid."""
    if mask.values.shape != scan.values.shape:
        raise InputError(
            mask.source, "x".join(str(n) for n in mask.values.shape[::-1]),
            "the grid of the scan, " + "x".join(str(n) for n in scan.values.shape[::-1]), "resample the mask onto the scan",
        )  # fmt: skip
    ends = np.array([[0, 0, 0, 1], [*(n - 1 for n in scan.values.shape[::-1]), 1]], float).T
    apart = float(np.abs((mask.affine - scan.affine) @ ends)[:3].max())
    if apart > 0.5 * min(scan.spacing):
        raise InputError(
            mask.source, f"{apart:.1f} mm from the scan's grid", "the grid of the scan", "resample the mask onto the scan"
        )


def refuse_what_is_no_ct(scan: Volume) -> None:
    """Refuse numbers that cannot be Hounsfield units: an MRI, a picture of 8 bits, a CT without its rescale."""
    least, bright, most = float(scan.values.min()), float(np.quantile(scan.values[::2, ::2, ::2], 0.999)), float(scan.values.max())
    if least > LEAST_HU or bright < BRIGHT_HU or most > MOST_HU:
        raise InputError(
            scan.source, f"values from {least:.0f} to {most:.0f}",
            f"Hounsfield units: air or lung below {LEAST_HU:.0f} somewhere, bone above {BRIGHT_HU:.0f}",
            "give a CT in HU; a density map is read with --unit density",
        )  # fmt: skip


def sampled(volume: Volume, frame: np.ndarray, shape: tuple[int, int, int], order: int = 1, outside: float = 0.0) -> np.ndarray:
    """The volume on another grid: `frame` goes from (x, y, z) of that grid to millimetres, `shape` is [z, y, x]."""
    between = np.linalg.inv(volume.affine) @ frame
    # scipy counts axes as z, y, x
    flip = np.array([[0, 0, 1], [0, 1, 0], [1, 0, 0]])
    matrix, offset = flip @ between[:3, :3] @ flip, between[:3, 3][::-1]
    return ndimage.affine_transform(
        volume.values.astype(np.float32), matrix, offset, shape, order=order, cval=outside, prefilter=order > 1
    )
