"""One voxel of bone as a box-shaped finite element of eight nodes: its stiffness, and the same in sums and differences.

Node k of a voxel stands at (k & 1, k >> 1 & 1, k >> 2 & 1). Sums and differences of the eight corner values (the Hadamard
transform) turn the 24 x 24 stiffness of a box into 45 numbers that are not nought; `COUPLED` says which, `coefficients` what.
"""

from __future__ import annotations

import functools

import numpy as np

X, Y, Z, XY, XZ, YZ, XYZ = 1, 2, 4, 3, 5, 6, 7

# (component, mode) that act on each other: stretch; the three shears; bending; twisting; and the last one, alone.
GROUPS = (
    ((0, X), (1, Y), (2, Z)),
    ((0, Y), (1, X)), ((0, Z), (2, X)), ((1, Z), (2, Y)),
    ((1, XY), (2, XZ)), ((0, XY), (2, YZ)), ((0, XZ), (1, YZ)),
    ((0, YZ), (1, XZ), (2, XY)),
    ((0, XYZ),), ((1, XYZ),), ((2, XYZ),),
)  # fmt: skip
COUPLED = tuple((a, b) for group in GROUPS for a in group for b in group)


def elasticity(poisson: float) -> np.ndarray:
    """Stress for strain (xx, yy, zz, xy, yz, zx; shear as its angle) at a modulus of 1."""
    lame = poisson / ((1.0 + poisson) * (1.0 - 2.0 * poisson))
    shear = 0.5 / (1.0 + poisson)
    d = np.zeros((6, 6))
    d[:3, :3] = lame
    d[[0, 1, 2], [0, 1, 2]] += 2.0 * shear
    d[[3, 4, 5], [3, 4, 5]] = shear
    return d


def _strain(at: np.ndarray, size: np.ndarray) -> np.ndarray:
    """Strain for the 24 displacements (node by node) at one point of the box, coordinates 0 to 1."""
    b = np.zeros((6, 24))
    for k in range(8):
        corner = np.array([k & 1, k >> 1 & 1, k >> 2 & 1])
        near = np.where(corner == 1, at, 1.0 - at)
        slope = np.where(corner == 1, 1.0, -1.0) / size
        dx, dy, dz = slope[0] * near[1] * near[2], slope[1] * near[0] * near[2], slope[2] * near[0] * near[1]
        b[:, 3 * k : 3 * k + 3] = [[dx, 0, 0], [0, dy, 0], [0, 0, dz], [dy, dx, 0], [0, dz, dy], [dz, 0, dx]]
    return b


@functools.cache
def stiffness(spacing: tuple[float, float, float], poisson: float) -> np.ndarray:
    """The 24 x 24 stiffness (N/mm) of a box with these edges (mm) at a modulus of 1 MPa, by 2 x 2 x 2 Gauss points."""
    size, d = np.array(spacing), elasticity(poisson)
    k = np.zeros((24, 24))
    for place in np.ndindex(2, 2, 2):
        b = _strain(0.5 + (np.array(place) - 0.5) / np.sqrt(3.0), size)
        k += b.T @ d @ b * np.prod(size) / 8.0
    return k


def coefficients(spacing: tuple[float, float, float], poisson: float) -> np.ndarray:
    """The 45 numbers of the stiffness in sums and differences, in the order of `COUPLED`."""
    k = stiffness(spacing, poisson).reshape(8, 3, 8, 3)
    signs = np.array([[(-1.0) ** bin(m & n).count("1") for n in range(8)] for m in range(8)])
    hatted = np.einsum("mi,iajb,nj->manb", signs, k, signs) / 64.0
    return np.array([hatted[a[1], a[0], b[1], b[0]] for a, b in COUPLED])


def diagonal(spacing: tuple[float, float, float], poisson: float) -> np.ndarray:
    """What one voxel adds to the diagonal at each of its nodes, per component, at a modulus of 1."""
    return np.diag(stiffness(spacing, poisson))[:3].copy()


@functools.cache
def largest_ratio(spacing: tuple[float, float, float], poisson: float) -> float:
    """Upper bound of the eigenvalues of the stiffness over its diagonal: that of one voxel bounds any body of voxels."""
    k = stiffness(spacing, poisson)
    root = 1.0 / np.sqrt(np.diag(k))
    return float(np.linalg.eigvalsh(k * np.outer(root, root))[-1])
