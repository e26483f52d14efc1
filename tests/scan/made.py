"""Bones made by code: a vertebra of ellipses with a shell, spongy bone and an arch, and the scan that would show it."""

import numpy as np

from seedsoil.scan.volume import Volume

AIR, FAT, MUSCLE, SPONGY, SHELL = -1000.0, -100.0, 40.0, 180.0, 700.0


def frame(spacing, start=(0.0, 0.0, 0.0)):
    affine = np.diag([*spacing, 1.0])
    affine[:3, 3] = start
    return affine


def vertebra(spacing=(1.0, 1.0, 1.0), noise=0.0, lean=0.0):
    """(scan, mask) of one vertebra in muscle in fat in air; 96 x 96 x 60 mm. `lean`: degrees about x."""
    size = np.array([96.0, 96.0, 60.0])
    shape = [round(s / d) for s, d in zip(size, spacing, strict=True)]
    x, y, z = (((np.arange(n) + 0.5) * d) - s / 2 for n, d, s in zip(shape, spacing, size, strict=True))
    z, y, x = np.meshgrid(z, y, x, indexing="ij")
    turn = np.radians(lean)
    yy, zz = np.cos(turn) * y + np.sin(turn) * z, -np.sin(turn) * y + np.cos(turn) * z
    front = yy - 10.0
    waist = 1.0 - 0.1 * np.cos(np.pi * np.clip(zz / 14.0, -1.0, 1.0))
    radius = np.hypot(x / (21.0 * waist), front / (15.0 * waist))
    body = (radius < 1.0) & (np.abs(zz) < 14.0)
    shell = body & ((radius > 0.93) | (np.abs(zz) > 12.8))
    ring = np.abs(np.hypot(x, (yy + 12.0) / 1.1) - 13.0) < 3.0
    arch = ring & (np.abs(zz + 1.0) < 7.0) & (yy < -2.0)
    spine = (np.abs(x) < 3.0) & (yy < -22.0) & (yy > -40.0) & (np.abs(zz + 3.0) < 8.0)
    hu = np.where(np.hypot(x / 46.0, y / 46.0) < 1.0, FAT, AIR)
    hu = np.where(np.hypot(x / 36.0, y / 44.0) < 1.0, MUSCLE, hu)
    hu[body] = SPONGY
    hu[shell | arch | spine] = SHELL
    if noise:
        hu = hu + np.random.default_rng(1).normal(0.0, noise, hu.shape)
    start = [-s / 2 + d / 2 for s, d in zip(size, spacing, strict=True)]
    scan = Volume(np.round(hu).astype(np.float32), frame(spacing, start), "HU", "made")
    return scan, scan.like((body | arch | spine).astype(np.uint8), "label")


def femur(spacing=(2.0, 2.0, 2.0), side=1.0):
    """(scan, mask) of the upper 170 mm of a femur: shaft, trochanter, neck and head. `side`: 1 with the head towards +x."""
    size = np.array([140.0, 90.0, 190.0])
    shape = [round(s / d) for s, d in zip(size, spacing, strict=True)]
    x, y, z = (((np.arange(n) + 0.5) * d) - s / 2 for n, d, s in zip(shape, spacing, size, strict=True))
    z, y, x = np.meshgrid(z, y, x, indexing="ij")
    x = side * x
    head = np.array([38.0, 0.0, 62.0])
    root = np.array([0.0, 0.0, 30.0])
    along = (head - root) / np.linalg.norm(head - root)
    t = (x - root[0]) * along[0] + (y - root[1]) * along[1] + (z - root[2]) * along[2]
    off = np.sqrt((x - root[0] - t * along[0]) ** 2 + (y - root[1] - t * along[1]) ** 2 + (z - root[2] - t * along[2]) ** 2)
    radius = np.hypot(x, y)
    ball = np.sqrt((x - head[0]) ** 2 + (y - head[1]) ** 2 + (z - head[2]) ** 2)
    top = np.sqrt((x / 20.0) ** 2 + (y / 19.0) ** 2 + ((z - 30.0) / 24.0) ** 2)
    shaft = (radius < 14.0) & (z > -88.0) & (z < 30.0)
    inner = (radius < 8.0) & (z < 5.0)
    bone = shaft | (top < 1.0) | (ball < 24.0) | ((off < 15.0) & (t > 0.0) & (t < 48.0))
    hu = np.where(np.hypot(x / 68.0, y / 43.0) < 1.0, FAT, AIR)
    hu = np.where(np.hypot(x / 58.0, y / 38.0) < 1.0, MUSCLE, hu)
    hu[bone] = 300.0
    hu[shaft & ~inner] = 1300.0
    hu[inner & shaft] = -50.0
    rim = bone & ~((ball < 22.0) | (top < 0.9) | ((off < 12.5) & (t > 0.0) & (t < 48.0)) | (radius < 8.0))
    hu[rim] = 900.0
    start = [-s / 2 + d / 2 for s, d in zip(size, spacing, strict=True)]
    scan = Volume(hu.astype(np.float32), frame(spacing, start), "HU", "made")
    return scan, scan.like(bone.astype(np.uint8), "label")
