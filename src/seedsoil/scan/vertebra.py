"""A vertebra made ready to be pressed: its body found, turned upright on its own endplates, and capped with cement."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from seedsoil.errors import InputError
from seedsoil.grammar.tables import table
from seedsoil.scan.volume import Volume, sampled

STEEPEST = 35.0  # degrees between a vertebra's own axis and the scan's that are believed


def number(name: str) -> float:
    return table("scan", "bones.toml")[name].value


@dataclass(frozen=True)
class Upright:
    """A bone on a grid of its own: mask and density [z, y, x], and `frame` from that grid to the patient (mm)."""

    mask: np.ndarray
    body: np.ndarray  # the part that carries the load
    frame: np.ndarray
    voxel: float
    tilt: float  # degrees the bone was turned

    @property
    def shape(self) -> tuple[int, int, int]:
        return self.mask.shape


@dataclass(frozen=True)
class Capped:
    """A bone ready for the press: which voxels are cement, what is held, and how it is moved."""

    cement: np.ndarray  # [z, y, x]
    held: np.ndarray  # [3, z + 1, y + 1, x + 1]
    moved: np.ndarray  # mm, where held
    press: float  # mm
    height: float  # mm between the caps' faces
    gauge: float  # mm, mean height of the bone itself
    spared: np.ndarray | None = None  # voxels beside caps and vice, where failure is not judged


def body_of(mask: np.ndarray, spacing: tuple[float, float, float]) -> np.ndarray:
    """The body of a vertebra without its arch: what a large ball reaches, and the bone that continues it to the rim."""
    sampling = spacing[::-1]
    solid = ndimage.binary_fill_holes(mask)
    padded = np.pad(solid, 1)
    depth = ndimage.distance_transform_edt(padded, sampling)[1:-1, 1:-1, 1:-1]
    ball = 0.6 * float(depth.max())
    labels, _ = ndimage.label(depth >= ball)
    core = labels == labels[np.unravel_index(np.argmax(depth), depth.shape)]
    reach = ndimage.distance_transform_edt(~core, sampling) <= ball + 1.0
    # the rim of the endplates is thinner than the ball: take the columns under and over what the ball reached
    labels, many = ndimage.label(reach & mask)
    if not many:
        raise InputError("--mask", None, "a bone of more than a few voxels", "check the label")
    found = labels == (np.argmax(np.bincount(labels.ravel())[1:]) + 1)
    plan = ndimage.binary_closing(found, iterations=1).any(axis=0)
    near = np.where(ndimage.distance_transform_edt(~found, sampling) <= 0.5 * ball, True, False)
    return mask & plan[None] & near


def endplates(body: np.ndarray, spacing: tuple[float, float, float]) -> tuple[np.ndarray, np.ndarray]:
    """Unit normals of the lower and the upper face of a body, in its grid's axes (x, y, z), pointing up."""
    normals = []
    plan = body.any(axis=0)
    inner = ndimage.distance_transform_edt(np.pad(plan, 1), (spacing[1], spacing[0]))[1:-1, 1:-1]
    inside = inner > 0.25 * inner.max()
    y, x = np.nonzero(inside)
    for face in (np.argmax(body, axis=0), body.shape[0] - 1 - np.argmax(body[::-1], axis=0)):
        z = face[y, x] * spacing[2]
        design = np.stack([x * spacing[0], y * spacing[1], np.ones(len(x))], axis=1)
        fit = np.linalg.lstsq(design, z, rcond=None)[0]
        for _ in range(3):  # leave out rims, pits and osteophytes
            off = np.abs(z - design @ fit)
            keep = off <= 2.0 * np.median(off) + 0.5
            fit = np.linalg.lstsq(design[keep], z[keep], rcond=None)[0]
        n = np.array([-fit[0], -fit[1], 1.0])
        normals.append(n / np.linalg.norm(n))
    return normals[0], normals[1]


def stand_up(mask: Volume, voxel: float) -> Upright:
    """The vertebra turned so that its axis, midway between the normals of its endplates, runs along z, on cubes of `voxel` mm."""
    cut, frame = cropped(mask)
    body = body_of(cut, mask.spacing)
    low, high = endplates(body, mask.spacing)
    axis = mask.affine[:3, :3] / np.array(mask.spacing) @ ((low + high) / np.linalg.norm(low + high))
    tilt = float(np.degrees(np.arccos(min(abs(axis[2]), 1.0))))
    if tilt > STEEPEST:
        axis, tilt = np.array([0.0, 0.0, 1.0]), 0.0
    rotation = onto_axis(axis)
    corners = np.array([[i, j, k, 1] for i in (0, cut.shape[2]) for j in (0, cut.shape[1]) for k in (0, cut.shape[0])], float).T
    placed = rotation.T @ (frame @ corners)[:3]
    start, end = placed.min(axis=1) - 2 * voxel, placed.max(axis=1) + 2 * voxel
    own = np.eye(4)
    own[:3, :3], own[:3, 3] = rotation * voxel, rotation @ start
    shape = tuple(int(np.ceil(n)) for n in ((end - start) / voxel)[::-1])
    turned = sampled(mask.like((mask.values > 0).astype(np.float32)), own, shape) >= 0.5
    labels, many = ndimage.label(turned)
    if many > 1:
        turned = labels == (np.argmax(np.bincount(labels.ravel())[1:]) + 1)
    where = [slice(max(s.start - 1, 0), s.stop + 1) for s in ndimage.find_objects(turned.astype(int))[0]]
    own[:3, 3] += own[:3, :3] @ np.array([w.start for w in where[::-1]], float)
    turned = np.ascontiguousarray(turned[tuple(where)])
    return Upright(turned, body_of(turned, (voxel,) * 3), own, voxel, tilt)


def cropped(mask: Volume) -> tuple[np.ndarray, np.ndarray]:
    """The part of the grid that holds the mask, and its frame."""
    found = ndimage.find_objects((mask.values > 0).astype(int))
    where = [slice(max(s.start - 2, 0), s.stop + 2) for s in found[0]]
    frame = mask.affine.copy()
    frame[:3, 3] += frame[:3, :3] @ np.array([w.start for w in where[::-1]], float)
    return mask.values[tuple(where)] > 0, frame


def onto_axis(axis: np.ndarray) -> np.ndarray:
    """The smallest rotation that carries the patient's up onto `axis`; its columns are the new x, y, z."""
    up = np.array([0.0, 0.0, 1.0])
    axis = axis if axis[2] >= 0.0 else -axis
    turn, cosine = np.cross(up, axis), float(up @ axis)
    cross = np.array([[0, -turn[2], turn[1]], [turn[2], 0, -turn[0]], [-turn[1], turn[0], 0]])
    return np.eye(3) + cross + cross @ cross / (1.0 + cosine)


def capped(bone: Upright) -> tuple[Upright, Capped]:
    """The bone between two caps of cement: the lower one held fast, the upper one pressed down and free to slide."""
    voxel = bone.voxel
    above, over = (max(1, round(number(f"cap.{name}") / voxel)) for name in ("above", "over"))
    levels = np.flatnonzero(bone.body.any(axis=(1, 2)))
    room = above + 1 + max(0, bone.shape[0] - 1 - levels[-1], levels[0])
    pad = ((max(above - levels[0], 0), max(above - (bone.shape[0] - 1 - levels[-1]), 0)), (1, 1), (1, 1))
    del room
    mask, body = np.pad(bone.mask, pad), np.pad(bone.body, pad)
    frame = bone.frame.copy()
    frame[:3, 3] -= frame[:3, :3] @ np.array([1, 1, pad[0][0]], float)
    levels = np.flatnonzero(body.any(axis=(1, 2)))
    low, high = levels[0] - above, levels[-1] + 1 + above
    cement = np.zeros_like(body)
    heights = []
    for up in (False, True):
        solid, outer = (body[::-1], mask[::-1]) if up else (body, mask)
        first = np.argmax(solid, axis=0)
        plan = solid.any(axis=0) & (first <= (np.flatnonzero(solid.any(axis=(1, 2)))[0] + over))
        z = np.arange(body.shape[0])[:, None, None]
        start = body.shape[0] - high if up else low
        fill = plan[None] & (z >= start) & (z < first[None]) & ~outer
        cement |= fill[::-1] if up else fill
        heights.append(np.where(plan, first, np.nan))
    span = body.shape[0] - heights[0] - heights[1]
    held = np.zeros((3, *(n + 1 for n in body.shape)), bool)
    moved = np.zeros(held.shape)
    press = number("vertebra.press")
    held[:, low] = faces(cement[low])
    held[2, high] = faces(cement[high - 1])
    moved[2, high][held[2, high]] = -press
    stood = Upright(mask, body, frame, voxel, bone.tilt)
    return stood, Capped(cement, held, moved, press, (high - low) * voxel, float(np.nanmean(span)) * voxel)


def faces(plane: np.ndarray) -> np.ndarray:
    """The nodes of the voxels of one plane."""
    nodes = np.zeros(tuple(n + 1 for n in plane.shape), bool)
    for dy in (0, 1):
        for dx in (0, 1):
            nodes[dy : dy + plane.shape[0], dx : dx + plane.shape[1]] |= plane
    return nodes
