"""A bone as a beam: how stiff each slice is in pull, bending and twist, and what a lesion takes of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import ndimage
from scipy.sparse import coo_matrix
from scipy.sparse.linalg import spsolve

from seedsoil.scan.grid import POISSON


@dataclass(frozen=True)
class Section:
    """Rigidities of one slice: EA (N), least and greatest EI, GJ by the polar formula and by the warping solution (N mm^2)."""

    ea: float
    ei_least: float
    ei_greatest: float
    gj_polar: float
    gj: float


def section(modulus: np.ndarray, pixel: float, twist: bool = True) -> Section:
    """Rigidities of one slice of moduli (MPa) [y, x] with square pixels (mm).

    Bending is about the centroid weighted by modulus. The polar formula is exact for round sections only; `gj` solves for the
    warping of the slice (`twist`), and equals the polar one where it is not asked for.
    """
    y, x = np.nonzero(modulus > 0.0)
    e = modulus[y, x] * pixel**2
    ea = float(e.sum())
    if ea <= 0.0:
        return Section(0.0, 0.0, 0.0, 0.0, 0.0)
    x, y = x * pixel, y * pixel
    x, y = x - (e * x).sum() / ea, y - (e * y).sum() / ea
    own = pixel**2 / 12.0  # each pixel's own share
    xx, yy, xy = (e * (y**2 + own)).sum(), (e * (x**2 + own)).sum(), (e * x * y).sum()
    middle, half = (xx + yy) / 2.0, float(np.hypot((xx - yy) / 2.0, xy))
    polar = float((xx + yy) / (2.0 * (1.0 + POISSON)))
    exact = torsion(modulus / (2.0 * (1.0 + POISSON)), pixel) if twist else polar
    return Section(ea, float(middle - half), float(middle + half), polar, exact)


def torsion(shear: np.ndarray, pixel: float) -> float:
    """Torsional rigidity (N mm^2) of a slice of shear moduli: the least energy over all warpings of the slice, which also holds
    for hollow ones. Parts that do not touch twist each on its own; bilinear pixels."""
    labels, many = ndimage.label(shear > 0.0)
    return float(sum(_twist(np.where(labels == k, shear, 0.0), pixel) for k in range(1, many + 1)))


def _twist(shear: np.ndarray, h: float) -> float:
    y, x = np.nonzero(shear > 0.0)
    g = shear[y, x]
    weight = g.sum()
    corners = [(y + j, x + i) for j in (0, 1) for i in (0, 1)]
    wide = shear.shape[1] + 1
    ids = np.stack([a * wide + b for a, b in corners])
    used, node = np.unique(ids, return_inverse=True)
    node = node.reshape(ids.shape)
    px, py = (x + 0.5) * h, (y + 0.5) * h
    cx, cy = (g * px).sum() / weight, (g * py).sum() / weight
    k, f = np.zeros((4, 4)), np.zeros((4, len(g)))
    base = 0.0
    for sy in (-1, 1):
        for sx in (-1, 1):
            a, b = 0.5 + sx / (2 * np.sqrt(3.0)), 0.5 + sy / (2 * np.sqrt(3.0))
            dx = np.array([-(1 - b), 1 - b, -b, b]) / h
            dy = np.array([-(1 - a), -a, 1 - a, a]) / h
            ux, uy = (x + a) * h - cx, (y + b) * h - cy
            area = h * h / 4.0
            k += area * (np.outer(dx, dx) + np.outer(dy, dy))
            f += area * g * (np.outer(dx, uy) - np.outer(dy, ux))
            base += float((area * g * (ux**2 + uy**2)).sum())
    rows, columns = np.repeat(node, 4, axis=0), np.tile(node, (4, 1))
    matrix = coo_matrix(((k.ravel()[:, None] * g).ravel(), (rows.ravel(), columns.ravel())), (len(used),) * 2).tocsr()
    force = np.bincount(node.ravel(), f.ravel(), len(used))
    warp = np.zeros(len(used))
    if len(used) > 1:
        warp[1:] = spsolve(matrix[1:, 1:].tocsc(), force[1:])
    return base - float(force @ warp)


def compared(intact: np.ndarray, lesion: np.ndarray, voxel: float, every: int = 2) -> dict:
    """The slice that loses most: each rigidity with the lesion over without, and where (share of the height)."""
    levels = [z for z in range(0, intact.shape[0], every) if (intact[z] > 0.0).any()]
    levels = [z for z in levels if (intact[z] > 0.0).sum() > 0.5 * max((intact[k] > 0.0).sum() for k in levels)]
    changed = [z for z in levels if not np.array_equal(intact[z], lesion[z])] or levels[:1]
    worst: dict[str, dict] = {}
    for z in changed:
        before, after = section(intact[z], voxel), section(lesion[z], voxel)
        place = (z - levels[0]) / max(levels[-1] - levels[0], 1)
        for name in ("ea", "ei_least", "gj", "gj_polar"):
            whole = getattr(before, name)
            ratio = getattr(after, name) / whole
            if name not in worst or ratio < worst[name]["ratio"]:
                worst[name] = {"ratio": ratio, "level": place, "intact": whole}
    return {name: {key: float(f"{v:.3g}") for key, v in item.items()} for name, item in worst.items()}
