"""What a lesion has done to a bone: how large it is, how much mineral went or came, what cortex it took, where it lies."""

from __future__ import annotations

from dataclasses import asdict, dataclass

import numpy as np
from scipy import ndimage
from scipy.spatial import ConvexHull, QhullError
from scipy.spatial.distance import pdist

from seedsoil.errors import InputError
from seedsoil.grammar.tables import table
from seedsoil.scan.vertebra import Upright


def number(name: str) -> float:
    return table("scan", "bones.toml")[name].value


@dataclass(frozen=True)
class Lesion:
    """A measured lesion; shares are 0 to 1."""

    volume_ml: float
    share_of_bone: float
    longest_mm: float
    share_of_diameter: float  # its width over the bone's, in the slice and direction where that is most
    cortex_axial_mm: float
    cortex_circumference_share: float
    breached: bool
    breach_mm2: float
    mineral_lost_mg: float
    mineral_gained_mg: float
    lost: float  # share of the mineral that the lesion's bone would have
    woven: float  # mineral gained there, over the same
    kind: str  # lytic | mixed | blastic
    place: str
    to_cortex_mm: float
    centre_mm: tuple[float, float, float]  # right, forward, up
    intact_from: str

    def document(self) -> dict:
        """As plain data, rounded to what a scan can tell."""
        plain = asdict(self)
        return {k: _rounded(v) for k, v in plain.items()}


def _rounded(value):
    if isinstance(value, float):
        return float(f"{value:.3g}")
    return [float(f"{v:.4g}") for v in value] if isinstance(value, tuple) else value


def measured(
    stood: Upright, share: np.ndarray, intact: np.ndarray, now: np.ndarray, intact_from: str, marrow: float, tumour: float
) -> Lesion:
    """Measure a lesion on the bone's own grid.

    share: of the lesion in each voxel. intact, now: density (mg/cm^3) without it and as it is. marrow, tumour: what marrow and
    tumour alone would show, which is no mineral.
    """
    inside = (share >= 0.5) & stood.mask
    if not inside.any():
        raise InputError("lesion", "no voxel", "a lesion within the bone", "check that mask and bone belong together")
    ml = stood.voxel**3 / 1000.0
    before, after = mineral(intact, marrow, inside), mineral(now, tumour, inside)
    change = after - before
    lost, gained = float(np.maximum(-change, 0.0).sum()) * ml, float(np.maximum(change, 0.0).sum()) * ml
    usual = max(float(before.sum()) * ml, 1e-9)
    depth = ndimage.distance_transform_edt(np.pad(stood.mask, 1))[1:-1, 1:-1, 1:-1] * stood.voxel
    at = np.argwhere(inside)
    centre = at.mean(axis=0)[::-1]
    axial, around, gap = _cortex(stood, inside, depth, now)
    return Lesion(
        volume_ml=float((share * stood.mask).sum()) * ml,
        share_of_bone=float((share * stood.mask).sum() / stood.mask.sum()),
        longest_mm=longest(at, stood.voxel),
        share_of_diameter=_across(stood, inside),
        cortex_axial_mm=axial,
        cortex_circumference_share=around,
        breached=gap > 0.0,
        breach_mm2=gap,
        mineral_lost_mg=lost,
        mineral_gained_mg=gained,
        lost=lost / usual,
        woven=gained / usual,
        kind=kind_of(gained / max(lost + gained, 1e-9)),
        place=_place(stood, inside),
        to_cortex_mm=float(depth[inside].min()) - 0.5 * stood.voxel,
        centre_mm=tuple(float(v) for v in (stood.frame @ np.append(centre, 1.0))[:3]),
        intact_from=intact_from,
    )


def mineral(density: np.ndarray, soft: float, inside: np.ndarray) -> np.ndarray:
    """Mineral (mg/cm^3) in each voxel of a lesion: what is denser than the soft tissue it lies in, free from the noise of single
    voxels."""
    smooth = ndimage.gaussian_filter(np.where(inside, density - soft, 0.0), number("lesion.blur"))
    weight = ndimage.gaussian_filter(inside.astype(float), number("lesion.blur"))
    return np.where(inside, np.maximum(smooth / np.maximum(weight, 1e-9), 0.0), 0.0)


def kind_of(gained_share: float) -> str:
    """lytic, mixed or blastic, by the share of gained mineral in what changed."""
    if gained_share < number("lesion.lytic_below"):
        return "lytic"
    return "blastic" if gained_share > number("lesion.blastic_above") else "mixed"


def longest(at: np.ndarray, voxel: float) -> float:
    """The largest distance between two points of the lesion, mm, edge to edge."""
    points = at.astype(float)
    try:
        points = points[ConvexHull(points).vertices]
    except (QhullError, ValueError):
        points = points[:: max(len(points) // 2000, 1)]
    return float(pdist(points).max() + 1.0) * voxel if len(points) > 1 else voxel


def _across(stood: Upright, inside: np.ndarray) -> float:
    """Width of the lesion over that of the bone, in the slice and along the line (side to side or front to back) where most."""
    body = stood.body if (stood.body & inside).any() else stood.mask
    most = 0.0
    for axis in (1, 2):
        bone, sick = body.sum(axis=axis), (inside & body).sum(axis=axis)
        # a chord at the bone's rim says nothing: only lines near its full width
        wide = bone >= 0.6 * bone.max(axis=1, keepdims=True)
        most = max(most, float(np.max(np.where(wide & (bone > 0), sick / np.maximum(bone, 1), 0.0))))
    return most


def _cortex(stood: Upright, inside: np.ndarray, depth: np.ndarray, now: np.ndarray) -> tuple[float, float, float]:
    """Length of cortex taken along the axis (mm), most of the circumference taken in one slice, and area of gaps (mm^2)."""
    layer = stood.mask & (depth <= number("lesion.cortex") + 0.5 * stood.voxel)
    taken = layer & inside
    part = stood.body if (stood.body & inside).any() else stood.mask
    levels = np.flatnonzero((taken & part).any(axis=(1, 2)))
    around = 0.0
    for z in levels:
        rim = part[z] & ~ndimage.binary_erosion(part[z])
        near = ndimage.binary_dilation(taken[z] & part[z])
        around = max(around, float((rim & near).sum() / max(rim.sum(), 1)))
    surface = stood.mask & (depth <= 1.5 * stood.voxel)
    gone = surface & inside & (now < number("lesion.breached"))
    axial = float(levels[-1] - levels[0] + 1) * stood.voxel if len(levels) else 0.0
    return axial, around, float(gone.sum()) * stood.voxel**2


def _place(stood: Upright, inside: np.ndarray) -> str:
    """Where in the bone, in a clinician's words."""
    in_body = float((inside & stood.body).sum() / inside.sum())
    x = np.argwhere(inside)[:, 2].mean()
    middle = np.argwhere(stood.body)[:, 2].mean()
    width = np.ptp(np.argwhere(stood.body)[:, 2])
    side = "middle" if abs(x - middle) < width / 6.0 else ("right" if x > middle else "left")
    if in_body < 0.5:
        return f"{side} posterior elements"
    z, y = (np.argwhere(inside & stood.body)[:, k].mean() for k in (0, 1))
    levels, depth = (np.argwhere(stood.body)[:, k] for k in (0, 1))
    high, deep = _third(z, levels, ("lower", "middle", "upper")), _third(y, depth, ("posterior", "central", "anterior"))
    return f"{high} {deep} body, {side}"


def _third(value: float, extent: np.ndarray, names: tuple[str, str, str]) -> str:
    return names[int(np.clip(3 * (value - extent.min()) / max(np.ptp(extent), 1), 0, 2.99))]
