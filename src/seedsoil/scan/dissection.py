"""The stiffness between pieces solved outright: the pieces are taken apart by nested dissection, and each part is eliminated as one
dense block.

A body cut in two by a thin layer of pieces leaves two halves that know nothing of each other; the halves are cut in turn. Parts are
eliminated from the smallest up, so that every part meets only the layers around it.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from scipy.linalg import lapack

from seedsoil.scan import kernels
from seedsoil.scan.grid import shared, threads

LEAF = 24  # pieces that are not cut further
SLACK = 1e-7  # share of the diagonal added to it, so that a piece which nothing holds can be eliminated as well


@dataclass
class Part:
    """Pieces eliminated together (`own`) and the pieces of layers around them that they then act on (`around`)."""

    own: np.ndarray
    around: np.ndarray
    below: list[int] = field(default_factory=list)  # parts eliminated just before, by number


def taken_apart(indptr: np.ndarray, indices: np.ndarray, middle: np.ndarray) -> tuple[list[Part], int, int]:
    """The parts in the order of their elimination; where the second of the two halves begins among them, and where it ends."""
    parts: list[Part] = []
    mark = np.zeros(len(middle), np.int8)

    def cut(pieces: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """The layer between two halves, and the halves."""
        at = middle[pieces]
        axis = int(np.argmax(np.ptp(at, axis=0)))
        low = at[:, axis] < np.median(at[:, axis])
        one, two = pieces[low], pieces[~low]
        rims = []
        for here, there in ((one, two), (two, one)):
            mark[there] = 1
            rims.append(touching(here, mark, indptr, indices))
            mark[there] = 0
        if rims[0].sum() <= rims[1].sum():
            return one[rims[0]], one[~rims[0]], two
        return two[rims[1]], one, two[~rims[1]]

    def eliminate(pieces: np.ndarray) -> list[int]:
        """Number the parts of these pieces; returns the last ones, which the layer above them meets."""
        if not len(pieces):
            return []
        if len(pieces) <= LEAF:
            layer, halves = pieces, []
        else:
            layer, *halves = cut(pieces)
        below = [number for half in halves for number in eliminate(half)]
        if not len(layer):
            return below
        reach = [neighbours(layer, indptr, indices), *(parts[number].around for number in below)]
        around = np.setdiff1d(np.concatenate(reach), layer)
        parts.append(Part(layer, around[~done[around]], below))
        done[layer] = True
        return [len(parts) - 1]

    done = np.zeros(len(middle), bool)
    everything = np.arange(len(middle))
    layer, one, two = cut(everything) if len(middle) > LEAF else (everything, everything[:0], everything[:0])
    below = eliminate(one)
    half = len(parts)
    below += eliminate(two)
    end = len(parts)
    if len(layer):
        parts.append(Part(layer, layer[:0], below))
    return parts, half, end


def neighbours(pieces: np.ndarray, indptr: np.ndarray, indices: np.ndarray) -> np.ndarray:
    """The pieces that these touch, themselves included."""
    many = indptr[pieces + 1] - indptr[pieces]
    start = np.repeat(indptr[pieces] - np.cumsum(many) + many, many)
    return indices[start + np.arange(many.sum())]


def touching(pieces: np.ndarray, mark: np.ndarray, indptr: np.ndarray, indices: np.ndarray) -> np.ndarray:
    """Which of the pieces touch a marked one."""
    many = indptr[pieces + 1] - indptr[pieces]
    return np.add.reduceat(mark[neighbours(pieces, indptr, indices)], np.cumsum(many) - many) > 0


class Outright:
    """A symmetric matrix of 6 x 6 blocks, made ready to be solved for one force after another."""

    def __init__(self, indptr: np.ndarray, indices: np.ndarray, data: np.ndarray, middle: np.ndarray) -> None:
        self.count = len(middle)
        self.parts, self.half, self.end = taken_apart(indptr, indices, middle)
        place, passed = np.full(self.count, -1), {}
        inverses, gains = [], []
        for number, part in enumerate(self.parts):
            front = _front(part, passed, place, indptr, indices, data)
            inverse, gain, rest = _eliminated(front, 6 * len(part.own))
            passed[number] = part.around, rest
            inverses.append(inverse.ravel())
            gains.append(gain.ravel())
        self.sizes = np.array([(len(p.own), len(p.around)) for p in self.parts], np.int64).reshape(-1, 2)
        self.starts = _starts([len(p.own) + len(p.around) for p in self.parts])
        self.pieces = _joined([np.concatenate([p.own, p.around]) for p in self.parts], np.int32)
        self.at = np.stack([_starts([len(a) for a in many]) for many in (inverses, gains)], axis=1)
        self.inverse, self.gain = _joined(inverses, np.float32), _joined(gains, np.float32)
        self.layer = self.parts[-1].own if self.end < len(self.parts) else np.zeros(0, int)
        del self.parts

    def __call__(self, force: np.ndarray) -> np.ndarray:
        """The motion of every piece under `force`, both [pieces, 6]."""
        one, two = force.copy(), force.copy()
        two[self.layer] = 0.0  # each half notes on its own what it passes to the layer between them
        motion = np.zeros_like(force)
        halves = ((0, self.half, one), (self.half, self.end, two))
        room = 6 * int(self.sizes.max(initial=1))
        fixed = (self.sizes, self.starts, self.pieces, self.at, self.inverse, self.gain, room)

        def over(kernel) -> None:
            shared(lambda k: [kernel(motion, *half, *fixed) for half in halves[k :: min(threads(), 2)]], min(threads(), 2))

        over(forwards)
        one[self.layer] += two[self.layer]
        backwards(motion, self.end, len(self.sizes), one, *fixed)
        over(backwards)
        return motion


def _front(part: Part, passed: dict, place: np.ndarray, indptr: np.ndarray, indices: np.ndarray, data: np.ndarray) -> np.ndarray:
    """The matrix of a part and of what is around it: its own rows, and what the parts below pass up (taken out of `passed`)."""
    both = np.concatenate([part.own, part.around])
    place[both] = np.arange(len(both))
    front = np.zeros((len(both), 6, len(both), 6))
    many = indptr[part.own + 1] - indptr[part.own]
    rows, columns = np.repeat(np.arange(len(part.own)), many), place[neighbours(part.own, indptr, indices)]
    blocks = data[neighbours(part.own, indptr, np.arange(len(indices)))]
    here = columns >= 0
    front[columns[here], :, rows[here], :] = blocks[here].transpose(0, 2, 1)
    front = front.reshape(6 * len(both), -1)
    for around, rest in [passed.pop(number) for number in part.below]:
        at = (6 * place[around][:, None] + np.arange(6)).ravel()
        front[np.ix_(at, at)] += rest
    place[both] = -1
    return front


def _eliminated(front: np.ndarray, own: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The inverse of a part's own matrix, what its force passes on for each of its own, and the matrix that is left around it."""
    first, below, rest = front[:own, :own], front[own:, :own], front[own:, own:]
    least = np.repeat(np.einsum("ii->i", first).reshape(-1, 6).mean(axis=1), 6)
    for slack in (SLACK, 100.0 * SLACK, 1e4 * SLACK):  # more where rounding makes a piece seem to push against itself
        first[np.diag_indices(own)] += slack * np.maximum(least, 1e-30)
        factor, trouble = lapack.dpotrf(first, lower=True)
        if not trouble:
            break
    else:
        raise FloatingPointError("the body has pieces that push against themselves")
    inverse = lapack.dpotri(factor, lower=True)[0]
    inverse = np.tril(inverse) + np.tril(inverse, -1).T
    gain = below @ inverse
    rest -= gain @ below.T
    return inverse.astype(np.float32), gain.astype(np.float32), rest


def _starts(many: list[int]) -> np.ndarray:
    return np.concatenate([[0], np.cumsum(many)]).astype(np.int64)


def _joined(arrays: list[np.ndarray], dtype: type) -> np.ndarray:
    return np.concatenate([*arrays, np.zeros(0)]).astype(dtype)


@kernels.compiled
def forwards(motion, first, last, force, sizes, starts, pieces, at, inverse, gain, room):
    """What parts `first` to `last` pass on of their force, in the order of their elimination."""
    own = np.zeros(room, np.float32)
    for part in range(first, last):
        k, m, s = sizes[part, 0], sizes[part, 1], starts[part]
        for i in range(6 * k):
            own[i] = force[pieces[s + i // 6], i % 6]
        for j in range(6 * m):
            row = at[part, 1] + j * 6 * k
            line = gain[row : row + 6 * k]
            total = np.float32(0.0)
            for i in range(6 * k):
                total += line[i] * own[i]
            force[pieces[s + k + j // 6], j % 6] -= total


@kernels.compiled
def backwards(motion, first, last, force, sizes, starts, pieces, at, inverse, gain, room):
    """The motion of parts `last` to `first`, from their force and the motion around them."""
    own, moved = np.zeros(room, np.float32), np.zeros(room, np.float32)
    for part in range(last - 1, first - 1, -1):
        k, m, s = sizes[part, 0], sizes[part, 1], starts[part]
        for i in range(6 * k):
            own[i] = force[pieces[s + i // 6], i % 6]
        for i in range(6 * k):
            line = inverse[at[part, 0] + i * 6 * k : at[part, 0] + (i + 1) * 6 * k]
            total = np.float32(0.0)
            for j in range(6 * k):
                total += line[j] * own[j]
            moved[i] = total
        for j in range(6 * m):
            row = at[part, 1] + j * 6 * k
            line = gain[row : row + 6 * k]
            by = motion[pieces[s + k + j // 6], j % 6]
            for i in range(6 * k):
                moved[i] -= by * line[i]
        for i in range(6 * k):
            motion[pieces[s + i // 6], i % 6] = moved[i]
