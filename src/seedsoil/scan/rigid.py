"""The coarsest view of a body: pieces that move as rigid bodies, six numbers each.

On a grid of twice the voxel's spacing, struts thinner than a large voxel bend too stiffly when moved linearly between nodes.
Pieces of connected nodes that can turn as well as shift do not have that fault, and take over from there down.
"""

from __future__ import annotations

import numpy as np

from seedsoil.scan import brick, kernels
from seedsoil.scan.dissection import Outright
from seedsoil.scan.grid import POISSON, Grid

SIDES = ((500_000, 5), (2_500_000, 7))  # nodes along the edge of a piece, in bodies of at most so many free nodes
SIDE_BEYOND = 10  # in larger ones: the fewer the pieces, the less it costs to take them apart


@kernels.inlined
def _top(root, node):
    """The node that stands for all that this one is joined to."""
    while root[node] != node:
        node = root[node]
    return node


@kernels.inlined
def _inside(corner, z, y, x, side):
    """Place in a block of side^3 nodes of one corner of a voxel; -1 outside the block."""
    nz, ny, nx = z + (corner >> 2), y + (corner >> 1 & 1), x + (corner & 1)
    inside = 0 <= nx < side and 0 <= ny < side and 0 <= nz < side
    return (nz * side + ny) * side + nx if inside else -1


@kernels.compiled
def label_pieces(modulus, thick, free, planes, rows, columns, stride, width, side, label):
    """Number the pieces: connected nodes of one block of side^3 nodes. `label` gets each node's piece or -1; returns how many.

    Thick bone is joined first. A thin part then goes with the thick piece that it hangs on; between two of them it is a piece of
    its own, because it bends.
    """
    found, many = 0, side**3
    root, settled, beside = np.zeros(many, np.int32), np.zeros(many, np.bool_), np.zeros(many, np.int32)
    for block in range(-(-planes // side) * -(-rows // side) * -(-columns // side)):
        bx, by = block % -(-columns // side) * side, block // -(-columns // side) % -(-rows // side) * side
        bz = block // (-(-columns // side) * -(-rows // side)) * side
        for i in range(many):
            root[i], beside[i] = -1, -1
        for turn in range(3):
            for i in range(many):
                settled[i] = settled[i] if turn == 2 else (turn == 1 and root[i] >= 0)
            for z in range(max(bz - 1, 0), min(bz + side, planes - 1)):
                for y in range(max(by - 1, 0), min(by + side, rows - 1)):
                    for x in range(max(bx - 1, 0), min(bx + side, columns - 1)):
                        voxel = (z * (rows - 1) + y) * width + x
                        if modulus[voxel] <= 0.0 or thick[voxel] != (turn == 0):
                            continue
                        first = -1
                        for k in range(8):
                            node = _inside(k, z - bz, y - by, x - bx, side)
                            if node < 0 or settled[node]:
                                continue
                            root[node] = node if root[node] < 0 else root[node]
                            node = _top(root, node)
                            if first >= 0 and turn < 2:
                                root[max(node, first)] = min(node, first)
                            first = node if first < 0 else min(node, first)
                        for k in range(8 if turn == 2 and first >= 0 else 0):
                            node = _inside(k, z - bz, y - by, x - bx, side)
                            if node >= 0 and settled[node]:
                                node = _top(root, node)
                                beside[first] = node if beside[first] in (-1, node) else -2
        for i in range(many):
            if root[i] == i and not settled[i] and beside[i] >= 0:
                root[i] = beside[i]
        for i in range(many):
            beside[i] = -1
        for i in range(many):
            z, y, x = bz + i // side**2, by + i // side % side, bx + i % side
            if root[i] >= 0 and free[(z * rows + y) * stride + x]:
                node = _top(root, i)
                if beside[node] < 0:
                    beside[node] = found
                    found += 1
                label[(z * rows + y) * stride + x] = beside[node]
    return found


@kernels.compiled
def count_neighbours(modulus, label, planes, rows, columns, stride, width, pairs):
    """List the pairs of pieces that share a voxel; returns how many were listed (with repeats)."""
    many = 0
    seen = np.zeros(8, np.int64)
    for z in range(planes - 1):
        for y in range(rows - 1):
            for x in range(columns - 1):
                if modulus[(z * (rows - 1) + y) * width + x] <= 0.0:
                    continue
                found = 0
                for k in range(8):
                    n = ((z + (k >> 2)) * rows + y + (k >> 1 & 1)) * stride + x + (k & 1)
                    if label[n] >= 0:
                        new = True
                        for j in range(found):
                            new = new and seen[j] != label[n]
                        if new:
                            seen[found] = label[n]
                            found += 1
                if found > 1:
                    for i in range(found):
                        for j in range(found):
                            if seen[i] != seen[j]:
                                if many < len(pairs):
                                    pairs[many] = seen[i] << 32 | seen[j]
                                many += 1
    return many


@kernels.compiled
def assemble(modulus, label, middle, inverse, k, size, indptr, indices, data, planes, rows, columns, stride, width):
    """Add the stiffness of every voxel, seen through the rigid motion of its nodes' pieces, to the blocks of `data`."""
    field = planes * rows * stride
    motion = np.zeros((8, 3, 6))
    piece = np.zeros(8, np.int64)
    half = np.zeros((3, 6))
    for z in range(planes - 1):
        for y in range(rows - 1):
            for x in range(columns - 1):
                m = modulus[(z * (rows - 1) + y) * width + x]
                if m <= 0.0:
                    continue
                one, whole = -2, True
                for c in range(8):
                    nx, ny, nz = x + (c & 1), y + (c >> 1 & 1), z + (c >> 2)
                    n = (nz * rows + ny) * stride + nx
                    a = label[n]
                    piece[c] = a
                    if one == -2:
                        one = a
                    whole = whole and a == one and a >= 0
                    motion[c] = 0.0
                    if a >= 0:
                        dx, dy, dz = nx * size[0] - middle[a, 0], ny * size[1] - middle[a, 1], nz * size[2] - middle[a, 2]
                        for i in range(3):
                            if inverse[i * field + n] > 0.0:
                                motion[c, i, i] = 1.0
                                if i == 0:
                                    motion[c, 0, 4], motion[c, 0, 5] = dz, -dy
                                elif i == 1:
                                    motion[c, 1, 3], motion[c, 1, 5] = -dz, dx
                                else:
                                    motion[c, 2, 3], motion[c, 2, 4] = dy, -dx
                            else:
                                whole = False
                if whole:
                    continue
                for i in range(8):
                    if piece[i] < 0:
                        continue
                    for j in range(8):
                        if piece[j] < 0:
                            continue
                        low, high = indptr[piece[i]], indptr[piece[i] + 1]
                        while high - low > 1:
                            mid = (low + high) // 2
                            if indices[mid] <= piece[j]:
                                low = mid
                            else:
                                high = mid
                        for p in range(3):
                            for q in range(6):
                                total = 0.0
                                for s in range(3):
                                    total += k[3 * i + p, 3 * j + s] * motion[j, s, q]
                                half[p, q] = m * total
                        for p in range(6):
                            for q in range(6):
                                total = 0.0
                                for s in range(3):
                                    total += motion[i, s, p] * half[s, q]
                                data[low, p, q] += total


@kernels.compiled
def onto_pieces(r, label, middle, inverse, size, out, planes, rows, columns, stride):
    """Forces at the nodes summed to forces and moments of the pieces."""
    field = planes * rows * stride
    out[:] = 0
    for z in range(planes):
        for y in range(rows):
            for x in range(columns):
                n = (z * rows + y) * stride + x
                a = label[n]
                if a < 0:
                    continue
                dx, dy, dz = x * size[0] - middle[a, 0], y * size[1] - middle[a, 1], z * size[2] - middle[a, 2]
                fx = r[n] if inverse[n] > 0 else 0.0
                fy = r[n + field] if inverse[n + field] > 0 else 0.0
                fz = r[n + 2 * field] if inverse[n + 2 * field] > 0 else 0.0
                out[a, 0] += fx
                out[a, 1] += fy
                out[a, 2] += fz
                out[a, 3] += dy * fz - dz * fy
                out[a, 4] += dz * fx - dx * fz
                out[a, 5] += dx * fy - dy * fx


@kernels.compiled
def onto_nodes(motion, label, middle, inverse, size, out, planes, rows, columns, stride):
    """Rigid motion of the pieces at their nodes."""
    field = planes * rows * stride
    for z in range(planes):
        for y in range(rows):
            for x in range(columns):
                n = (z * rows + y) * stride + x
                a = label[n]
                if a < 0:
                    continue
                dx, dy, dz = x * size[0] - middle[a, 0], y * size[1] - middle[a, 1], z * size[2] - middle[a, 2]
                tx, ty, tz = motion[a, 3], motion[a, 4], motion[a, 5]
                out[n] = motion[a, 0] + ty * dz - tz * dy if inverse[n] > 0 else 0
                out[n + field] = motion[a, 1] + tz * dx - tx * dz if inverse[n + field] > 0 else 0
                out[n + 2 * field] = motion[a, 2] + tx * dy - ty * dx if inverse[n + 2 * field] > 0 else 0


class Pieces:
    """Connected pieces of the nodes of a grid, each a rigid body, with the stiffness between them."""

    def __init__(self, grid: Grid) -> None:
        self.grid = grid
        self.shape = (grid.planes, grid.rows, grid.columns + 1, grid.stride)
        width = grid.tiles * kernels.TILE
        self.size = np.array(grid.spacing) / grid.spacing[0]
        free = (grid.inverse.reshape(3, grid.field) > 0.0).any(axis=0)
        self.label = np.full(grid.field, -1, np.int32)
        many = int(free.sum())
        side = next((side for most, side in SIDES if many <= most), SIDE_BEYOND)
        count = label_pieces(grid.modulus, grid.thick(), free, *self.shape, width, side, self.label)
        self.middle = self._middles(count)
        k = np.ascontiguousarray(brick.stiffness(grid.spacing, POISSON))
        indptr, indices = self._pattern(count, width)
        data = np.zeros((len(indices), 6, 6))
        assemble(
            grid.modulus, self.label, self.middle, grid.inverse, k, self.size, indptr, indices, data, *self.shape, width
        )
        self.solve = Outright(indptr, indices, data, self.middle)
        self._force = np.zeros((count, 6), np.float32)

    def _middles(self, count: int) -> np.ndarray:
        """Centre of each piece, in voxel edges along x."""
        at = np.flatnonzero(self.label >= 0)
        piece = self.label[at]
        many = np.bincount(piece, minlength=count)
        z, rest = np.divmod(at, self.grid.plane)
        y, x = np.divmod(rest, self.grid.stride)
        return np.stack([np.bincount(piece, c * s, count) / many for c, s in zip((x, y, z), self.size, strict=True)], axis=1)

    def _pattern(self, count: int, width: int) -> tuple[np.ndarray, np.ndarray]:
        """Which pieces meet: rows and columns of the block matrix, itself included."""
        g, room = self.grid, np.zeros(0, np.int64)
        many = count_neighbours(g.modulus, self.label, *self.shape, width, room)
        pairs = np.zeros(many + count, np.int64)
        count_neighbours(g.modulus, self.label, *self.shape, width, pairs[:many])
        own = np.arange(count, dtype=np.int64)
        pairs[many:] = own << 32 | own
        pairs = np.unique(pairs)
        indptr = np.zeros(count + 1, np.int32)
        np.cumsum(np.bincount(pairs >> 32, minlength=count), out=indptr[1:])
        return indptr, (pairs & 0xFFFFFFFF).astype(np.int32)

    def gather(self, r: np.ndarray) -> np.ndarray:
        onto_pieces(r, self.label, self.middle, self.grid.inverse, self.size, self._force, *self.shape)
        return self._force

    def spread(self, motion: np.ndarray, out: np.ndarray) -> None:
        out[:] = 0.0
        onto_nodes(motion, self.label, self.middle, self.grid.inverse, self.size, out, *self.shape)
