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
