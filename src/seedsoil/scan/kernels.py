"""Arithmetic on grids of voxels, compiled: stiffness times displacement without a matrix, and steps between grids.

A field on the nodes is a flat array of [3, planes, rows, stride]; the modulus is a flat array of [planes - 1, rows - 1, tiles *
TILE], nought where there is no bone. Every kernel works on a range of planes, so that threads can share a grid; sums are made in
an order that does not depend on how many threads there are.
"""

from __future__ import annotations

import numba
import numpy as np

TILE = 16
PAD = TILE + 8  # room for one more node and for whole vectors

compiled = numba.njit(nogil=True, fastmath=True, cache=True, error_model="numpy", no_cfunc_wrapper=True)
inlined = numba.njit(nogil=True, fastmath=True, forceinline=True)


@inlined
def _sums(a0, a1, a2, a3, a4, a5, a6, a7):
    """Sums and differences of the eight corners: mode m is the sum over corners k of (-1)^(bits in both) a_k."""
    b0, b1, b2, b3 = a0 + a1, a0 - a1, a2 + a3, a2 - a3
    b4, b5, b6, b7 = a4 + a5, a4 - a5, a6 + a7, a6 - a7
    c0, c1, c2, c3 = b0 + b2, b1 + b3, b0 - b2, b1 - b3
    c4, c5, c6, c7 = b4 + b6, b5 + b7, b4 - b6, b5 - b7
    return c0 + c4, c1 + c5, c2 + c6, c3 + c7, c0 - c4, c1 - c5, c2 - c6, c3 - c7


@compiled
def _forces(u, modulus, active, k, out, first, last, field, plane, rows, stride, tiles):
    zero = u.dtype.type(0)
    box = np.zeros(36 * PAD, u.dtype)
    k0, k1, k2, k3, k4, k5, k6, k7, k8 = k[0], k[1], k[2], k[3], k[4], k[5], k[6], k[7], k[8]
    s0, s1, s2, s3, s4, s5, s6, s7, s8, s9, s10, s11 = (
        k[9], k[10], k[11], k[12], k[13], k[14], k[15], k[16], k[17], k[18], k[19], k[20],
    )  # fmt: skip
    b0, b1, b2, b3, b4, b5, b6, b7, b8, b9, b10, b11 = (
        k[21], k[22], k[23], k[24], k[25], k[26], k[27], k[28], k[29], k[30], k[31], k[32],
    )  # fmt: skip
    t0, t1, t2, t3, t4, t5, t6, t7, t8 = k[33], k[34], k[35], k[36], k[37], k[38], k[39], k[40], k[41]
    l0, l1, l2 = k[42], k[43], k[44]
    for z in range(first, last):
        for y in range(rows - 1):
            for tile in range(tiles):
                if not active[(z * (rows - 1) + y) * tiles + tile]:
                    continue
                start = z * plane + y * stride + tile * TILE
                for c in range(3):
                    for edge in range(4):
                        o = start + c * field + (edge & 1) * stride + (edge >> 1) * plane
                        i = (c * 4 + edge) * PAD
                        line = u[o : o + TILE + 1]
                        for x in range(TILE + 1):
                            box[i + x] = line[x]
                e = ((z * (rows - 1) + y) * tiles + tile) * TILE
                stiff = modulus[e : e + TILE]
                for x in range(TILE):
                    _, ux, uy, uxy, uz, uxz, uyz, uq = _sums(
                        box[x], box[x + 1], box[PAD + x], box[PAD + x + 1],
                        box[2 * PAD + x], box[2 * PAD + x + 1], box[3 * PAD + x], box[3 * PAD + x + 1],
                    )  # fmt: skip
                    _, vx, vy, vxy, vz, vxz, vyz, vq = _sums(
                        box[4 * PAD + x], box[4 * PAD + x + 1], box[5 * PAD + x], box[5 * PAD + x + 1],
                        box[6 * PAD + x], box[6 * PAD + x + 1], box[7 * PAD + x], box[7 * PAD + x + 1],
                    )  # fmt: skip
                    _, wx, wy, wxy, wz, wxz, wyz, wq = _sums(
                        box[8 * PAD + x], box[8 * PAD + x + 1], box[9 * PAD + x], box[9 * PAD + x + 1],
                        box[10 * PAD + x], box[10 * PAD + x + 1], box[11 * PAD + x], box[11 * PAD + x + 1],
                    )  # fmt: skip
                    m = stiff[x]
                    f0, f1, f2, f3, f4, f5, f6, f7 = _sums(
                        zero, m * (k0 * ux + k1 * vy + k2 * wz), m * (s0 * uy + s1 * vx), m * (b4 * uxy + b5 * wyz),
                        m * (s4 * uz + s5 * wx), m * (b8 * uxz + b9 * vyz), m * (t0 * uyz + t1 * vxz + t2 * wxy), m * (l0 * uq),
                    )  # fmt: skip
                    g0, g1, g2, g3, g4, g5, g6, g7 = _sums(
                        zero, m * (s2 * uy + s3 * vx), m * (k3 * ux + k4 * vy + k5 * wz), m * (b0 * vxy + b1 * wxz),
                        m * (s8 * vz + s9 * wy), m * (t3 * uyz + t4 * vxz + t5 * wxy), m * (b10 * uxz + b11 * vyz), m * (l1 * vq),
                    )  # fmt: skip
                    h0, h1, h2, h3, h4, h5, h6, h7 = _sums(
                        zero, m * (s6 * uz + s7 * wx), m * (s10 * vz + s11 * wy), m * (t6 * uyz + t7 * vxz + t8 * wxy),
                        m * (k6 * ux + k7 * vy + k8 * wz), m * (b2 * vxy + b3 * wxz), m * (b6 * uxy + b7 * wyz), m * (l2 * wq),
                    )  # fmt: skip
                    p = 12 * PAD + x
                    box[p], box[p + PAD], box[p + 2 * PAD], box[p + 3 * PAD] = f0, f2, f4, f6
                    box[p + 4 * PAD], box[p + 5 * PAD], box[p + 6 * PAD], box[p + 7 * PAD] = g0, g2, g4, g6
                    box[p + 8 * PAD], box[p + 9 * PAD], box[p + 10 * PAD], box[p + 11 * PAD] = h0, h2, h4, h6
                    p = 24 * PAD + x + 1
                    box[p], box[p + PAD], box[p + 2 * PAD], box[p + 3 * PAD] = f1, f3, f5, f7
                    box[p + 4 * PAD], box[p + 5 * PAD], box[p + 6 * PAD], box[p + 7 * PAD] = g1, g3, g5, g7
                    box[p + 8 * PAD], box[p + 9 * PAD], box[p + 10 * PAD], box[p + 11 * PAD] = h1, h3, h5, h7
                for c in range(3):
                    for edge in range(4):
                        o = start + c * field + (edge & 1) * stride + (edge >> 1) * plane
                        i, j = (12 + c * 4 + edge) * PAD, (24 + c * 4 + edge) * PAD
                        line = out[o : o + TILE + 1]
                        for x in range(TILE + 1):
                            line[x] += box[i + x] + box[j + x]


@compiled
def product(u, modulus, active, k, out, bounds, chunk, step, planes, rows, stride, tiles):
    """Forces of the voxels for displacements `u`, written to `out`: chunks `chunk`, `chunk + step`, ... of the planes.

    Neighbouring chunks share a plane of nodes, so the even ones are done first, then the odd ones; the even ones clear what
    they touch and the odd ones the planes that are theirs alone.
    """
    field, plane = planes * rows * stride, rows * stride
    last = len(bounds) - 2
    for j in range(chunk, last + 1, step):
        low, high = bounds[j], bounds[j + 1] + 1
        if j % 2:
            low, high = low + 1, high - (1 if j < last else 0)
        for c in range(3):
            out[c * field + low * plane : c * field + high * plane] = 0
        _forces(u, modulus, active, k, out, bounds[j], bounds[j + 1], field, plane, rows, stride, tiles)


@compiled
def smooth(x, d, r, q, inverse, keep, gain, begin, first, last, field, plane):
    """One step of the smoother on planes `first` to `last`: r loses q, d becomes keep * d + gain * r / diagonal, x gains d.
    At the first step there is no q yet and x is nought (`begin`)."""
    for c in range(3):
        low, high = c * field + first * plane, c * field + last * plane
        xs, ds, rs, qs, inv = x[low:high], d[low:high], r[low:high], q[low:high], inverse[low:high]
        if begin:
            for i in range(high - low):
                step = gain * inv[i] * rs[i]
                ds[i] = step
                xs[i] = step
        else:
            for i in range(high - low):
                left = rs[i] - qs[i] if inv[i] > 0 else rs[i] * 0
                step = keep * ds[i] + gain * inv[i] * left
                rs[i] = left
                ds[i] = step
                xs[i] += step


@compiled
def lose(r, q, inverse, first, last, field, plane):
    """r loses q where the body is free to move, and is nought elsewhere."""
    for c in range(3):
        low, high = c * field + first * plane, c * field + last * plane
        rs, qs, inv = r[low:high], q[low:high], inverse[low:high]
        for i in range(high - low):
            rs[i] = rs[i] - qs[i] if inv[i] > 0 else rs[i] * 0


@compiled
def follow(p, z, keep, first, last, field, plane):
    """p becomes z + keep * p."""
    for c in range(3):
        low, high = c * field + first * plane, c * field + last * plane
        ps, zs = p[low:high], z[low:high]
        for i in range(high - low):
            ps[i] = zs[i] + keep * ps[i]


@compiled
def move(x, r, p, q, far, inverse, first, last, field, plane):
    """x gains far * p and r loses far * q, r only where the body is free."""
    for c in range(3):
        low, high = c * field + first * plane, c * field + last * plane
        xs, rs, ps, qs, inv = x[low:high], r[low:high], p[low:high], q[low:high], inverse[low:high]
        for i in range(high - low):
            xs[i] += far * ps[i]
            rs[i] = rs[i] - far * qs[i] if inv[i] > 0 else rs[i] * 0


@compiled
def dot(a, b, out, chunk, first, last, field, plane):
    """The share of planes `first` to `last` in the sum of a * b, into `out[chunk]`."""
    total = 0.0
    for c in range(3):
        low, high = c * field + first * plane, c * field + last * plane
        one, two = a[low:high], b[low:high]
        part = 0.0
        for i in range(high - low):
            part += np.float64(one[i]) * np.float64(two[i])
        total += part
    out[chunk] = total


@compiled
def gather(fine, coarse, first, last, fine_planes, fine_rows, fine_stride, planes, rows, stride):
    """Residual of the fine grid onto planes `first` to `last` of a grid of twice the spacing (the transpose of `spread`)."""
    line = np.zeros(fine_stride + 2, fine.dtype)
    half, whole = fine.dtype.type(0.5), fine.dtype.type(1.0)
    for c in range(3):
        for z in range(first, last):
            for y in range(rows):
                line[:] = 0
                for dz in range(-1, 2):
                    for dy in range(-1, 2):
                        if 0 <= 2 * z + dz < fine_planes and 0 <= 2 * y + dy < fine_rows:
                            weight = (half if dz else whole) * (half if dy else whole)
                            o = ((c * fine_planes + 2 * z + dz) * fine_rows + 2 * y + dy) * fine_stride
                            row, room = fine[o : o + fine_stride], line[1 : 1 + fine_stride]
                            for x in range(fine_stride):
                                room[x] += weight * row[x]
                o = ((c * planes + z) * rows + y) * stride
                out = coarse[o : o + stride]
                for x in range(min(stride, fine_stride // 2)):
                    out[x] = line[2 * x + 1] + half * (line[2 * x] + line[2 * x + 2])


@compiled
def spread(coarse, fine, inverse, first, last, fine_planes, fine_rows, fine_stride, planes, rows, stride):
    """Displacement of the coarse grid onto planes `first` to `last` of the fine one, linear between nodes; nought where the
    fine body is held."""
    line = np.zeros(stride + 1, fine.dtype)
    half, quarter = fine.dtype.type(0.5), fine.dtype.type(0.25)
    for c in range(3):
        for z in range(first, last):
            for y in range(fine_rows):
                line[:] = 0
                for dz in range(1 + (z & 1)):
                    for dy in range(1 + (y & 1)):
                        o = ((c * planes + (z >> 1) + dz) * rows + (y >> 1) + dy) * stride
                        row = coarse[o : o + stride]
                        for x in range(stride):
                            line[x] += row[x]
                weight = quarter if (z & 1) and (y & 1) else (half if (z & 1) or (y & 1) else fine.dtype.type(1))
                o = ((c * fine_planes + z) * fine_rows + y) * fine_stride
                out, inv = fine[o : o + fine_stride], inverse[o : o + fine_stride]
                for x in range(min(fine_stride // 2, stride)):
                    out[2 * x] = weight * line[x] if inv[2 * x] > 0 else 0
                    out[2 * x + 1] = half * weight * (line[x] + line[x + 1]) if inv[2 * x + 1] > 0 else 0


@compiled
def strains(u, size, out, first, last, planes, rows, stride, columns):
    """Strain (xx, yy, zz, xy, yz, zx) in the middle of each voxel of a range of planes: `out` is [6, planes - 1, rows - 1,
    columns]."""
    field, plane = planes * rows * stride, rows * stride
    for z in range(first, last):
        for y in range(rows - 1):
            for x in range(columns):
                o = z * plane + y * stride + x
                slope = np.zeros((3, 3))
                for c in range(3):
                    i = o + c * field
                    _, ax, ay, _, az, _, _, _ = _sums(
                        u[i], u[i + 1], u[i + stride], u[i + stride + 1],
                        u[i + plane], u[i + plane + 1], u[i + plane + stride], u[i + plane + stride + 1],
                    )  # fmt: skip
                    slope[c, 0], slope[c, 1], slope[c, 2] = -ax / (4 * size[0]), -ay / (4 * size[1]), -az / (4 * size[2])
                out[0, z, y, x], out[1, z, y, x], out[2, z, y, x] = slope[0, 0], slope[1, 1], slope[2, 2]
                out[3, z, y, x] = slope[0, 1] + slope[1, 0]
                out[4, z, y, x] = slope[1, 2] + slope[2, 1]
                out[5, z, y, x] = slope[2, 0] + slope[0, 2]


@compiled
def energies(u, modulus, k, out, first, last, planes, rows, stride, columns):
    """Work of each voxel of a range of planes: displacements times stiffness times displacements."""
    field, plane = planes * rows * stride, rows * stride
    own = np.zeros(24)
    for z in range(first, last):
        for y in range(rows - 1):
            for x in range(columns):
                m = modulus[z, y, x]
                if m <= 0.0:
                    continue
                for n in range(8):
                    o = (z + (n >> 2)) * plane + (y + (n >> 1 & 1)) * stride + x + (n & 1)
                    for c in range(3):
                        own[3 * n + c] = u[o + c * field]
                total = 0.0
                for i in range(24):
                    part = 0.0
                    for j in range(24):
                        part += k[i, j] * own[j]
                    total += own[i] * part
                out[z, y, x] = m * total
