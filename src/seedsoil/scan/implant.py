"""A lesion put into a real bone: where it lies, how much of each voxel it takes, and what the scanner would show."""

from __future__ import annotations

import numpy as np

from seedsoil.errors import InputError
from seedsoil.scan.density import Calibration
from seedsoil.scan.volume import Volume

MOST_SHARE = 0.9  # of a bone that one lesion may take


def round_lesion(bone: Volume, centre: np.ndarray, ml: float, rim_mm: float) -> np.ndarray:
    """Share of each voxel [z, y, x] that a round lesion of `ml` inside the bone takes, its edge as soft as the scanner blurs.

    bone: the mask. centre: (x, y, z) in mm. The lesion grows until it holds `ml` of bone; it never leaves the bone.
    """
    inside = bone.values > 0
    total = float(inside.sum()) * bone.voxel_ml
    if not 0.0 < ml <= MOST_SHARE * total:
        raise InputError("--implant-ml", ml, f"more than 0, to {MOST_SHARE * total:.1f} mL: the bone holds {total:.1f} mL")
    away = distance_from(bone, centre)
    order = np.sort(away[inside])

    def held(radius: float) -> float:
        near = order[order < radius + rim_mm]
        return float(np.clip((radius + 0.5 * rim_mm - near) / rim_mm, 0.0, 1.0).sum()) * bone.voxel_ml

    low, high = 0.0, float(order[-1]) + rim_mm
    for _ in range(60):
        middle = 0.5 * (low + high)
        low, high = (middle, high) if held(middle) < ml else (low, middle)
    share = np.clip((high + 0.5 * rim_mm - away) / rim_mm, 0.0, 1.0)
    return np.where(inside, share, 0.0).astype(np.float32)


def distance_from(bone: Volume, centre: np.ndarray) -> np.ndarray:
    """Distance of every voxel from a point, mm."""
    z, y, x = (np.arange(n) for n in bone.values.shape)
    grid = np.stack(np.meshgrid(x, y, z, indexing="ij")[::-1][::-1])
    at = np.einsum("ij,jxyz->izyx", bone.affine[:3, :3], grid) + bone.affine[:3, 3][:, None, None, None]
    return np.sqrt(((at - np.asarray(centre)[:, None, None, None]) ** 2).sum(axis=0))


def usual_place(body: np.ndarray, frame: np.ndarray) -> np.ndarray:
    """Where in a vertebra a metastasis usually begins: the posterior third of the body, at half its height (mm)."""
    z, y, x = np.nonzero(body)
    back, front = np.quantile(y, [0.02, 0.98])
    third = y <= back + (front - back) / 3.0
    middle = np.abs(z - z.mean()) <= 0.25 * np.ptp(z)
    point = np.array([x[third & middle].mean(), y[third & middle].mean(), z[third & middle].mean(), 1.0])
    return (frame @ point)[:3]


def of_state(
    scan: Volume, share: np.ndarray, lost: float, woven: float, calibration: Calibration, marrow_hu: float, tumour_hu: float
) -> Volume:
    """The scan with a lesion of the simulator in it: of the mineral in its share of each voxel, `lost` is gone and `woven` new
    (both over what was there), and tumour lies where marrow was."""
    density = calibration.density(scan.values)
    bone = np.maximum(density - calibration.density(marrow_hu), 0.0)
    inside = bone * (1.0 - lost + woven) + calibration.density(tumour_hu)
    return scan.like(calibration.hu((1.0 - share) * density + share * inside).astype(np.float32))

