"""When a bone under load gives way: strain beyond what bone bears, and the load its failing parts can still hold together."""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from seedsoil.grammar.tables import table
from seedsoil.scan import kernels
from seedsoil.scan.solve import Body, Pressed


def number(name: str) -> float:
    return table("scan", "bones.toml")[name].value


def principal(body: Body, pressed: Pressed) -> tuple[np.ndarray, np.ndarray]:
    """Largest stretch and largest shortening (negative) in the middle of each voxel [z, y, x]."""
    g = body.grid
    u = g.empty(np.float64)
    g.nodes(u)[:] = pressed.displacement
    strain = np.zeros((6, g.planes - 1, g.rows - 1, g.columns))
    tail = (g.planes, g.rows, g.stride, g.columns)
    g.over_planes(kernels.strains, u, np.array(g.spacing), strain, count=g.planes - 1, tail=tail)
    solid = (g.modulus.reshape(g.planes - 1, g.rows - 1, -1)[:, :, : g.columns] > 0.0).nonzero()
    xx, yy, zz, xy, yz, zx = (s[solid] for s in strain)
    tensor = np.stack([xx, xy / 2, zx / 2, xy / 2, yy, yz / 2, zx / 2, yz / 2, zz], axis=-1).reshape(-1, 3, 3)
    values = np.linalg.eigvalsh(tensor)
    most, least = np.zeros(strain.shape[1:]), np.zeros(strain.shape[1:])
    most[solid], least[solid] = values[:, 2], values[:, 0]
    return most, least


def danger(body: Body, pressed: Pressed) -> np.ndarray:
    """Strain over what bone bears, in each voxel: 1 is failure, in stretch or in shortening."""
    most, least = principal(body, pressed)
    return np.maximum(most / number("failure.stretch"), -least / number("failure.shortening"))


def first_failure(risk: np.ndarray, where: np.ndarray, voxel: float) -> float:
    """The factor by which the load can grow until a connected piece of bone of the least size has failed."""
    least = max(1, round(number("failure.piece") / voxel**3))
    values = np.sort(risk[where])[::-1]
    if len(values) <= least:
        return float("inf")
    low, high = 0.0, float(values[least - 1])
    for _ in range(30):
        middle = 0.5 * (low + high)
        labels, many = ndimage.label(where & (risk >= middle))
        big = many and np.bincount(labels.ravel())[1:].max() >= least
        low, high = (middle, high) if big else (low, middle)
    return 1.0 / max(low, 1e-12)


def to_the_end(modulus: np.ndarray, held: np.ndarray, moved: np.ndarray, bone: np.ndarray, voxel: float, height: float) -> dict:
    """Press on past the first failure: voxels that fail keep little of their modulus, until the force no longer rises.

    Returns the curve of shortening (share of `height`) and force (N), and the largest force. Linear presses in steps.
    """
    press = float(np.abs(moved).max())
    now, begin, curve = modulus.astype(float).copy(), None, []
    failed = np.zeros(modulus.shape, bool)
    steps = np.linspace(0.0, number("failure.end"), round(number("failure.steps")) + 1)[1:]
    for share in steps:
        far = share * height / press
        for _ in range(3):
            body = Body(now, held, (voxel,) * 3)
            pressed = body.press(moved, 1e-4, begin=begin)
            begin = pressed.displacement
            new = bone & ~failed & (far * danger(body, pressed) >= 1.0)
            if new.sum() < 0.001 * bone.sum():
                break
            failed |= new
            now[new] *= number("failure.left")
        curve.append((float(share), float(pressed.work / press * far)))
        best = max(force for _, force in curve)
        if curve[-1][1] < 0.9 * best:
            break
    return {"curve": curve, "largest_n": best, "failed_share": float(failed.sum() / bone.sum())}
