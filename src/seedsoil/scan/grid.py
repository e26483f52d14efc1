"""A body of voxels on a grid: what is stiff, what is held, and the arithmetic on its nodes shared between threads."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from seedsoil.scan import brick, kernels

CHUNK = 4  # planes of voxels that one thread does at a time
POISSON = 0.3
_pool: list[ThreadPoolExecutor] = []
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_pool.clear)  # the threads of a parent do not come along


def threads() -> int:
    """Threads the solver uses: SEEDSOIL_SCAN_THREADS, else as many as the machine has, at most eight. No digit depends on it."""
    return max(1, int(os.environ.get("SEEDSOIL_SCAN_THREADS", min(os.cpu_count() or 1, 8))))


def shared(work: Callable[[int], None], parts: int) -> None:
    """Do `work(0)` to `work(parts - 1)`, all but the first on other threads."""
    if parts > 1:
        if not _pool:
            _pool.append(ThreadPoolExecutor(threads()))
        waiting = [_pool[0].submit(work, part) for part in range(1, parts)]
        work(0)
        for one in waiting:
            one.result()
    else:
        work(0)


class Grid:
    """Voxels of one body at one spacing.

    modulus: MPa [z, y, x], nought outside the body. held: whether a node is held, per component [3, z + 1, y + 1, x + 1].
    spacing: mm along x, y, z; only its proportions and `scale` matter to coarser grids.
    """

    def __init__(self, modulus: np.ndarray, held: np.ndarray, spacing: tuple[float, float, float]) -> None:
        nz, ny, nx = modulus.shape
        self.spacing, self.columns = spacing, nx
        self.tiles = -(-nx // kernels.TILE)
        self.planes, self.rows, self.stride = nz + 1, ny + 1, self.tiles * kernels.TILE + 8
        self.field, self.plane = self.planes * self.rows * self.stride, self.rows * self.stride
        padded = np.zeros((nz, ny, self.tiles * kernels.TILE), np.float32)
        padded[:, :, :nx] = modulus
        self.active = (padded.reshape(-1, kernels.TILE) > 0.0).any(axis=1)
        self.modulus = padded.ravel()
        self.stiff = brick.coefficients(spacing, POISSON)
        self.bounds = np.array([*range(0, nz, CHUNK), nz])
        self.inverse = self._inverse(padded, held)
        self.top = brick.largest_ratio(spacing, POISSON)

    def _inverse(self, padded: np.ndarray, held: np.ndarray) -> np.ndarray:
        """One over the diagonal of the stiffness at nodes free to move, else nought."""
        around = np.zeros((self.planes, self.rows, self.stride), np.float32)
        width = padded.shape[2]
        for corner in range(8):
            x, y, z = corner & 1, corner >> 1 & 1, corner >> 2
            around[z : z + self.planes - 1, y : y + self.rows - 1, x : x + width] += padded
        inverse = np.zeros((3, self.planes, self.rows, self.stride), np.float32)
        with np.errstate(divide="ignore"):
            for c, share in enumerate(brick.diagonal(self.spacing, POISSON)):
                inverse[c] = np.where(around > 0.0, np.float32(1.0 / share) / around, 0.0)
        inverse[:, :, :, : self.columns + 1][held] = 0.0
        return inverse.ravel()

    def nodes(self, values: np.ndarray) -> np.ndarray:
        """The field as [3, z, y, x] of the nodes, without the padding; a view."""
        return values.reshape(3, self.planes, self.rows, self.stride)[:, :, :, : self.columns + 1]

    def empty(self, dtype: type = np.float32) -> np.ndarray:
        return np.zeros(3 * self.field, dtype)

    def product(self, u: np.ndarray, out: np.ndarray) -> None:
        """Forces at the nodes for displacements `u`."""
        stiff = self.stiff.astype(u.dtype)
        parts = min(threads(), max(1, (len(self.bounds) - 1) // 2))
        fixed = (self.planes, self.rows, self.stride, self.tiles)
        for odd in range(min(2, len(self.bounds) - 1)):
            shared(
                lambda part, odd=odd: kernels.product(
                    u, self.modulus, self.active, stiff, out, self.bounds, odd + 2 * part, 2 * parts, *fixed
                ),
                parts,
            )

    def energy(self, displacement: np.ndarray) -> np.ndarray:
        """Work of each voxel [z, y, x] for displacements [3, z, y, x] of the nodes."""
        u = self.empty(np.float64)
        self.nodes(u)[:] = displacement
        shape = (self.planes - 1, self.rows - 1, self.tiles * kernels.TILE)
        out = np.zeros(shape)
        k = np.ascontiguousarray(brick.stiffness(self.spacing, POISSON))
        tail = (self.planes, self.rows, self.stride, self.columns)
        self.over_planes(kernels.energies, u, self.modulus.reshape(shape), k, out, count=self.planes - 1, tail=tail)
        return out[:, :, : self.columns]

    def over_planes(self, kernel: Callable, *fields: object, count: int | None = None, tail: tuple = ()) -> None:
        """Run a kernel of node fields, the planes shared between threads."""
        planes = self.planes if count is None else count
        parts = min(threads(), planes)
        edges = [planes * k // parts for k in range(parts + 1)]
        tail = tail or (self.field, self.plane)
        shared(lambda part: kernel(*fields, edges[part], edges[part + 1], *tail), parts)

    def dot(self, a: np.ndarray, b: np.ndarray) -> float:
        """The sum of a * b, plane by plane in a fixed order."""
        out = np.zeros(self.planes)

        def some(part: int) -> None:
            for plane in range(part, self.planes, parts):
                kernels.dot(a, b, out, plane, plane, plane + 1, self.field, self.plane)

        parts = threads()
        shared(some, parts)
        return float(out.sum())

    def smooth(self, x, d, r, q, keep: float, gain: float, begin: bool) -> None:
        self.over_planes(kernels.smooth, x, d, r, q, self.inverse, np.float32(keep), np.float32(gain), begin)

    def thick(self) -> np.ndarray:
        """Voxels that are part of a solid cube of two by two by two."""
        solid = self.modulus.reshape(self.planes - 1, self.rows - 1, -1) > 0.0
        for grow in (False, True):
            for axis in range(3):
                out = np.zeros_like(solid)
                here, there = [slice(None)] * 3, [slice(None)] * 3
                here[axis], there[axis] = slice(None, -1), slice(1, None)
                if grow:
                    out |= solid
                    out[tuple(there)] |= solid[tuple(here)]
                else:
                    out[tuple(here)] = solid[tuple(here)] & solid[tuple(there)]
                solid = out
        return solid.ravel()

    def filling(self) -> float:
        """Share of bone in the double voxels that hold any."""
        solid = self.modulus.reshape(self.planes - 1, self.rows - 1, -1)[:, :, : self.columns] > 0.0
        even = solid[: solid.shape[0] // 2 * 2, : solid.shape[1] // 2 * 2, : solid.shape[2] // 2 * 2]
        many = np.zeros([n // 2 for n in even.shape], np.int8)
        for corner in range(8):
            many += even[corner >> 2 :: 2, corner >> 1 & 1 :: 2, corner & 1 :: 2]
        return float(many.sum() / max(8 * (many > 0).sum(), 1))

    def coarser(self) -> Grid:
        """The same body at twice the spacing: each large voxel has the mean modulus of its eight, and is twice as stiff for
        its size. A large node is held where any node it speaks for is held."""
        nz, ny, nx = self.planes - 1, self.rows - 1, self.columns
        fine = self.modulus.reshape(nz, ny, -1)
        shape = [-(-n // 2) for n in (nz, ny, nx)]
        modulus = np.zeros(shape, np.float32)
        for corner in range(8):
            part = fine[corner >> 2 :: 2, (corner >> 1 & 1) :: 2, : self.columns][:, :, corner & 1 :: 2]
            modulus[: part.shape[0], : part.shape[1], : part.shape[2]] += 0.25 * part
        around = self.inverse.reshape(3, self.planes, self.rows, self.stride)[:, :, :, : nx + 1]
        body = self.body()
        held = np.zeros((3, shape[0] + 1, shape[1] + 1, shape[2] + 1), bool)
        stopped = (around == 0.0) & body[None]
        for dz in (-1, 0, 1):
            for dy in (-1, 0, 1):
                for dx in (-1, 0, 1):
                    _mark(held, stopped, (dz, dy, dx))
        return Grid(modulus, held, self.spacing)

    def body(self) -> np.ndarray:
        """Nodes that belong to the body."""
        solid = self.modulus.reshape(self.planes - 1, self.rows - 1, -1)[:, :, : self.columns] > 0.0
        body = np.zeros((self.planes, self.rows, self.columns + 1), bool)
        for corner in range(8):
            x, y, z = corner & 1, corner >> 1 & 1, corner >> 2
            body[z : z + solid.shape[0], y : y + solid.shape[1], x : x + solid.shape[2]] |= solid
        return body


def _mark(held: np.ndarray, stopped: np.ndarray, step: tuple[int, int, int]) -> None:
    """Mark large nodes whose neighbour at `step` (in small nodes) is stopped."""
    into, out_of = [slice(None)], [slice(None)]
    for axis, d in enumerate(step, start=1):
        first = 1 if d < 0 else 0
        here = stopped.shape[axis]
        count = len(range(2 * first + d, here, 2))
        count = min(count, held.shape[axis] - first)
        into.append(slice(first, first + count))
        out_of.append(slice(2 * first + d, 2 * first + d + 2 * count - 1, 2))
    held[tuple(into)] |= stopped[tuple(out_of)]
