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
    "reluctance",
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
    "other_pain",
    "trial",
    "scan_uncertainty",
    "scanned",
    "tissue",
    "referral",
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


def _rounds(day, stream_number, index, seed, person) -> np.ndarray:
    """`philox` of many counters [n] at once: four words of each [4, n]. One block of a few thousand after another, as
    what a block needs stays in the processor's cache."""
    out = np.empty((4, len(day)), np.uint64)
    nothing = np.zeros(min(_BLOCK, len(day)), np.uint64)
    for begin in range(0, len(day), _BLOCK):
        own = slice(begin, begin + _BLOCK)
        zero = nothing[: len(day[own])]
        out[:, own] = philox(day[own], zero + stream_number, index[own], zero, zero + seed, person[own])
    return out


def _units(day, stream_number, index, seed, person) -> np.ndarray:
    """The same as one uniform number of each [n]."""
    w = rounds(day, stream_number, index, seed, person)
    return ((w[0] << np.uint64(21)) + (w[1] >> np.uint64(11)) + 0.5) * 2.0**-53


rounds, units = _rounds, _units  # the world puts compiled code in their place, which gives the same numbers sooner
_BLOCK = 4096


def words(seed: int, person, name: str, index=0, day=0):
    """Four arrays of 32-bit words for `person` (broadcast with index and day)."""
    shape = np.broadcast(person, index, day).shape
    return tuple(rounds(*_counters(shape, seed, person, name, index, day)).reshape(4, *shape))


def _counters(shape: tuple[int, ...], seed: int, person, name: str, index, day) -> tuple:
    """What `rounds` is called with, for arrays of this shape."""

    def each(x, more: int = 0) -> np.ndarray:
        out = np.empty(shape, np.int64)
        out[...] = x
        return (out.ravel() + more).view(np.uint64) & _MASK

    return each(day, DAY_ZERO), np.uint64(stream(name)), each(index), np.uint64(seed & 0xFFFFFFFF), each(person)


def uniform(seed: int, person, name: str, index=0, day=0) -> np.ndarray:
    """Uniform in (0, 1), with 53 bits, never 0 or 1."""
    shape = np.broadcast(person, index, day).shape
    return units(*_counters(shape, seed, person, name, index, day)).reshape(shape)


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
