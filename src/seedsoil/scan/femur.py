"""A femur made ready to be loaded: its shaft and head found, turned to how it stands or how it falls, capped and held."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from seedsoil.errors import InputError
from seedsoil.grammar.tables import table
from seedsoil.scan.vertebra import Capped, Upright, cropped, faces
from seedsoil.scan.volume import Volume, sampled

POSES = ("stance", "fall")


def number(name: str) -> float:
    return table("scan", "bones.toml")[name].value


@dataclass(frozen=True)
class Landmarks:
    """Where a femur's parts lie, in the patient's millimetres."""

    head: np.ndarray  # centre of the head
    radius: float  # of the head
    shaft: np.ndarray  # a point on the axis of the shaft
    up: np.ndarray  # unit vector along the shaft, towards the head
    medial: np.ndarray  # unit vector square to the shaft, towards the head

    @property
    def offset(self) -> float:
        """Distance of the head's centre from the axis of the shaft, mm."""
        return float((self.head - self.shaft) @ self.medial)


def landmarks(bone: Volume) -> Landmarks:
    """Head and shaft of a proximal or whole femur."""
    cut, frame = cropped(bone)
    solid = ndimage.binary_fill_holes(cut)
    at = np.argwhere(solid)[:, ::-1]
    points = at @ frame[:3, :3].T + frame[:3, 3]
    low, high = np.quantile(points[:, 2], [0.0, 1.0])
    if high - low < number("femur.least_length"):
        raise InputError(
            "--bone", f"a femur of {high - low:.0f} mm", f"at least {number('femur.least_length'):.0f} mm, with some of the shaft",
            "the head alone cannot be loaded",
        )  # fmt: skip
    # the shaft is the part well under the trochanters and over the knee's end
    part = points[(points[:, 2] > low + 0.05 * (high - low)) & (points[:, 2] < low + 0.4 * (high - low))]
    centre = part.mean(axis=0)
    up = np.linalg.svd(part - centre, full_matrices=False)[2][0]
    up = up if up[2] > 0.0 else -up
    depth = ndimage.distance_transform_edt(np.pad(solid, 1), bone.spacing[::-1])[1:-1, 1:-1, 1:-1]
    tall = (points - centre) @ up
    # the head is the deepest ball of the upper end that lies off the shaft's axis
    off = np.linalg.norm(points - centre - np.outer(tall, up), axis=1)
    inner = depth[solid]
    upper = (tall > tall.max() - 0.35 * number("femur.least_length")) & (off > 0.4 * off[tall > 0.0].max())
    found = np.flatnonzero(upper)[np.argmax(inner[upper])]
    head = points[found]
    medial = head - centre
    medial -= (medial @ up) * up
    return Landmarks(head, float(inner[found]), centre, up, medial / np.linalg.norm(medial))


def pose_axes(marks: Landmarks, pose: str) -> np.ndarray:
    """Columns x, y, z of the grid in which the load comes straight down.

    stance: the hip's force runs down from the head to the lateral side of the shaft. fall: on the trochanter, the shaft near level
    and the neck turned inward.
    """
    front = np.cross(marks.up, marks.medial)
    if pose == "stance":
        lean = np.radians(number("femur.stance_angle"))
        z = np.cos(lean) * marks.up + np.sin(lean) * marks.medial
        y = front
    elif pose == "fall":
        turn, tilt = np.radians(number("femur.fall_rotation")), np.radians(number("femur.fall_tilt"))
        inward = np.cos(turn) * marks.medial + np.sin(turn) * front
        z = np.cos(tilt) * inward + np.sin(tilt) * marks.up
        y = np.cross(z, np.cross(front, z))
    else:
        raise InputError("--pose", pose, ", ".join(POSES))
    y = y - (y @ z) * z
    y /= np.linalg.norm(y)
    return np.stack([np.cross(y, z), y, z], axis=1)


def stand(bone: Volume, axes: np.ndarray, voxel: float) -> Upright:
    """The bone on a grid of its own along `axes`, with room for caps."""
    cut, frame = cropped(bone)
    points = np.argwhere(cut)[:, ::-1] @ frame[:3, :3].T + frame[:3, 3]
    placed = points @ axes
    room = max(bone.spacing) + 3.0 * voxel
    start, end = placed.min(axis=0) - room, placed.max(axis=0) + room
    own = np.eye(4)
    own[:3, :3], own[:3, 3] = axes * voxel, axes @ start
    shape = tuple(int(np.ceil(n)) for n in ((end - start) / voxel)[::-1])
    mask = sampled(bone.like((bone.values > 0).astype(np.float32)), own, shape) >= 0.5
    labels, many = ndimage.label(mask)
    if many > 1:
        mask = labels == (np.argmax(np.bincount(labels.ravel())[1:]) + 1)
    return Upright(mask, mask, own, voxel, 0.0)


def loaded(bone: Volume, marks: Landmarks, pose: str, voxel: float) -> tuple[Upright, Capped]:
    """The femur in one pose between its caps: pressed on the head; held at its lower end (stance), or at the trochanter, turning
    about its lower end (fall)."""
    stood = stand(bone, pose_axes(marks, pose), voxel)
    to_grid = np.linalg.inv(stood.frame)
    head = (to_grid @ np.append(marks.head, 1.0))[:3]
    z, y, x = (np.arange(n) for n in stood.shape)
    near = np.hypot(y[:, None] - head[1], x[None, :] - head[0]) * voxel <= number("femur.cap_share") * marks.radius
    above = max(1, round(number("femur.cap_above") / voxel))
    top = _cap(stood.mask, near, above, up=True)
    lower = number("femur.held_length") / voxel
    down = -(to_grid[:3, :3] @ marks.up)
    down /= np.linalg.norm(down)
    along = down[0] * x[None, None, :] + down[1] * y[None, :, None] + down[2] * z[:, None, None]
    end = stood.mask & (along > along[stood.mask].max() - lower)
    held = np.zeros((3, *(n + 1 for n in stood.shape)), bool)
    moved = np.zeros(held.shape)
    cement = top.copy()
    level = np.flatnonzero(top.any(axis=(1, 2)))[-1] + 1
    if pose == "stance":
        held[:] = _nodes(end)[None]
    else:
        far = stood.mask & ~near[None]
        reach = np.hypot(y[:, None] - head[1], x[None, :] - head[0]) * voxel <= 3.0 * marks.radius
        bottom = _cap(far, reach & far.any(axis=0), above, up=False)
        cement |= bottom
        held[:, np.flatnonzero(bottom.any(axis=(1, 2)))[0]] = faces(bottom[np.flatnonzero(bottom.any(axis=(1, 2)))[0]])
        middle = np.argwhere(end).mean(axis=0)
        pin = np.argwhere(end)[np.argmin(((np.argwhere(end) - middle) ** 2).sum(axis=1))]
        spot = np.zeros_like(end)
        spot[tuple(pin)] = True
        held[:] |= _nodes(spot)[None]
    held[2, level] = faces(top[level - 1])
    press = number("femur.press")
    moved[2, level][held[2, level]] = -press
    wide, narrow = (max(1, round(mm / voxel)) for mm in (number("femur.spared_end"), number("femur.spared_cap")))
    spared = ndimage.binary_dilation(end, iterations=wide) | ndimage.binary_dilation(cement, iterations=narrow)
    tall = float(stood.shape[0]) * voxel
    return stood, Capped(cement & ~stood.mask, held, moved, press, tall, tall, spared)


def _cap(mask: np.ndarray, plan: np.ndarray, above: int, up: bool) -> np.ndarray:
    """Cement over (or under) the bone of these columns, flat on its outer side, reaching down over the curve of the bone."""
    solid = mask[::-1] if up else mask
    first = np.argmax(solid, axis=0)
    plan = plan & solid.any(axis=0)
    extreme = int(first[plan].min())
    deep = plan & (first <= extreme + round(number("femur.cap_over")))
    z = np.arange(mask.shape[0])[:, None, None]
    fill = deep[None] & (z >= max(extreme - above, 0)) & (z < first[None])
    # where the extreme point touches the plane a cap of one voxel remains
    return fill[::-1] if up else fill


def _nodes(voxels: np.ndarray) -> np.ndarray:
    """Nodes of some voxels."""
    nodes = np.zeros(tuple(n + 1 for n in voxels.shape), bool)
    for corner in range(8):
        x, y, z = corner & 1, corner >> 1 & 1, corner >> 2
        nodes[z : z + voxels.shape[0], y : y + voxels.shape[1], x : x + voxels.shape[2]] |= voxels
    return nodes


def site_of(marks: Landmarks, centre: np.ndarray, side: str) -> str:
    """Which part of the femur a lesion lies in, by its centre."""
    down = float((marks.head - centre) @ marks.up)
    medial = float((centre - marks.shaft) @ marks.medial)
    if medial > 0.45 * marks.offset and down < 2.0 * marks.radius:
        return f"femur_neck_{side}"
    part = "trochanter" if down < number("femur.trochanter_end") else "shaft"
    return f"femur_{part}_{side}"


def trochanteric(marks: Landmarks) -> np.ndarray:
    """The middle of the trochanteric part, on the axis of the shaft (mm)."""
    level = float((marks.head - marks.shaft) @ marks.up) - 1.5 * marks.radius
    return marks.shaft + level * marks.up


def rod(stood: Upright, marks: Landmarks) -> np.ndarray:
    """Voxels of a rod in the canal, along the shaft from its tip to its lower end."""
    z, y, x = np.nonzero(stood.mask)
    points = np.stack([x, y, z], axis=1) @ stood.frame[:3, :3].T + stood.frame[:3, 3] - marks.shaft
    off = np.linalg.norm(points - np.outer(points @ marks.up, marks.up), axis=1)
    out = np.zeros_like(stood.mask)
    inside = off <= number("femur.rod_radius")
    out[z[inside], y[inside], x[inside]] = True
    return out
