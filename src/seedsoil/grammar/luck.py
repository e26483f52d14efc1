"""Chance, by name: a random number is a function of (seed, person, stream, index, day), never of the order of calls.

Philox4x32-10 (Salmon 2011). Key (seed, person); counter (day + 2^20, stream, index, 0). A stream is the CRC-32 of its
name. Nothing here keeps state, so the same person has the same luck in any chunk, process or plan.
"""

from __future__ import annotations

import zlib

import numpy as np

DAY_ZERO = 1 << 20
_MASK = np.uint64(0xFFFFFFFF)
_SHIFT = np.uint64(32)
_M0, _M1 = np.uint64(0xD2511F53), np.uint64(0xCD9E8D57)
_W0, _W1 = np.uint64(0x9E3779B9), np.uint64(0xBB67AE85)

# Every stream of the model; a test forbids two names with one number.
STREAMS = (
    "traits",
    "lesion_traits",
    "threshold",
    "site",
    "place",
    "visceral",
    "candidate",
    "parameters",
    "finding",
    "visit",
    "waiting",
    "symptom",
    "call",
    "examination",
    "imaging",
    "blood",
    "resample",
    "unreported",
    "self_check",
    "response",
    "false_positive",
    "drawn_primary",
    "side_effect",
    "group",
    "trial",
    "scan_uncertainty",
    "tissue",
)


def stream(name: str) -> int:
    """The number of a named stream."""
    return zlib.crc32(name.encode("ascii"))


def philox(c0, c1, c2, c3, k0, k1):
    """Philox4x32-10 on unsigned 64-bit words that hold 32 bits each; returns four words. Floats never enter."""
    for _ in range(10):
        a = c0 * _M0
        b = c2 * _M1
        c0, c1, c2, c3 = (b >> _SHIFT) ^ c1 ^ k0, b & _MASK, (a >> _SHIFT) ^ c3 ^ k1, a & _MASK
        k0 = (k0 + _W0) & _MASK
        k1 = (k1 + _W1) & _MASK
    return c0, c1, c2, c3


def words(seed: int, person, name: str, index=0, day=0):
    """Four arrays of 32-bit words for `person` (broadcast with index and day)."""
    person, index, day = np.broadcast_arrays(np.asarray(person), np.asarray(index), np.asarray(day))
    u = lambda x: np.asarray(x).astype(np.int64).astype(np.uint64) & _MASK
    zero = np.zeros(person.shape, np.uint64)
    even, odd = np.stack([u(day + DAY_ZERO), u(index)]), np.stack([zero + np.uint64(stream(name)), zero])
    key = np.stack([zero + np.uint64(seed & 0xFFFFFFFF), u(person)])
    each = lambda pair: np.array(pair, np.uint64).reshape(2, *[1] * person.ndim)
    factor, step = each((_M0, _M1)), each((_W0, _W1))
    for _ in range(10):  # `philox`, which the kernel compiles, two words at a time
        product = even * factor
        even, odd = (product >> _SHIFT)[::-1] ^ odd ^ key, (product & _MASK)[::-1]
        key = (key + step) & _MASK
    return even[0], odd[0], even[1], odd[1]


def uniform(seed: int, person, name: str, index=0, day=0) -> np.ndarray:
    """Uniform in (0, 1), with 53 bits, never 0 or 1."""
    w = words(seed, person, name, index, day)
    return ((w[0] << np.uint64(21)) + (w[1] >> np.uint64(11)) + 0.5) * 2.0**-53


def normal(seed: int, person, name: str, index=0, day=0) -> np.ndarray:
    """Standard normal."""
    from scipy.special import ndtri

    return ndtri(uniform(seed, person, name, index, day))


def exponential(seed: int, person, name: str, index=0, day=0) -> np.ndarray:
    """Exponential with mean 1: the threshold an event's cumulative hazard has to pass."""
    return -np.log(uniform(seed, person, name, index, day))


def choose(u, weights) -> np.ndarray:
    """Index drawn by uniform `u` from the last axis of `weights` (need not sum to one)."""
    cumulative = np.cumsum(np.asarray(weights, dtype=float), axis=-1)
    return (np.asarray(u)[..., None] * cumulative[..., -1:] >= cumulative).sum(axis=-1).clip(max=cumulative.shape[-1] - 1)
