"""Biopsy of a bone lesion: whether there is tissue that can be read, what the microscope settles, and how well a result
fits a body."""

from __future__ import annotations

import functools
from typing import NamedTuple

import numpy as np

from seedsoil.diagnostics import appearance
from seedsoil.diagnostics.truth import Seen, cancers, number
from seedsoil.errors import InputError
from seedsoil.grammar import luck, skeleton
from seedsoil.grammar.algebra import hill
from seedsoil.grammar.tables import contents

WAYS = ("fine_needle", "core", "ct_guided")
# What a report says: nothing to read, no tumour in it, cancer whose origin stays open, cancer and which.
NOTHING, NO_TUMOUR, CANCER, NAMED = range(4)
DEEP = ("cervical", "thoracic", "lumbar", "sacrum", "pelvis", "scapula")  # reached only under CT


class Result(NamedTuple):
    """What came back [m]."""

    outcome: np.ndarray  # NOTHING, NO_TUMOUR, CANCER or NAMED
    subtype: np.ndarray  # number of the subtype told of the metastasis; -1 not told


def usual_way(site: np.ndarray) -> np.ndarray:
    """Place in `WAYS` of the way these bones are usually reached [m]: by CT where they lie deep, else by a core needle."""
    deep = np.array([bone.region in DEEP for bone in skeleton.bones()])
    return np.where(deep[np.maximum(site, 0)], WAYS.index("ct_guided"), WAYS.index("core"))


def chances(way: np.ndarray, seen: Seen, slot: np.ndarray) -> np.ndarray:
    """Chance of each outcome [m, 4]. way: place in `WAYS`; slot: the lesion the needle goes to, -1 where there is none."""
    each = lambda name: np.array([number("biopsy", f"{w}.{name}") for w in WAYS])[way]
    look, rows, here = appearance.look(seen), np.arange(len(slot)), np.maximum(slot, 0)
    dense = np.where(slot >= 0, look.sclerosis[rows, here], 0.0)
    readable = each("readable") * (1.0 - (1.0 - number("biopsy", "target.dense")) * dense)
    living = np.where(slot >= 0, look.living[rows, here], 0.0)
    hit = hill(np.maximum(living, 1e-6), number("biopsy", "target.size_half"), number("biopsy", "target.size_steep"))
    tumour = readable * np.where(living > 0.0, hit, 0.0)
    named = tumour * each("named")
    return np.stack([1.0 - readable, readable - tumour, tumour - named, named], axis=1)


def draw(way: np.ndarray, seen: Seen, slot: np.ndarray, subtype: np.ndarray, u: np.ndarray) -> Result:
    """What is reported; `u` [m, 2] is the day's uniform luck, subtype [m] the metastasis's own."""
    outcome = luck.choose(u[:, 0], chances(way, seen, slot))
    read = np.where(u[:, 1] < _misread(seen), _another(seen, subtype), subtype)
    return Result(outcome, np.where(outcome == NAMED, read, -1))


def log_likelihood(way: np.ndarray, seen: Seen, slot: np.ndarray, outcome: int) -> np.ndarray:
    """Log probability of a reported outcome for each body [m]."""
    if outcome not in (NOTHING, NO_TUMOUR, CANCER, NAMED):
        raise InputError("outcome", outcome, "0 nothing to read, 1 no tumour, 2 cancer, 3 cancer and which")
    slip = number("examination", "slip.share")
    return np.log((1.0 - slip) * chances(way, seen, slot)[:, outcome] + slip / 4.0)


def target(seen: Seen, site: np.ndarray) -> np.ndarray:
    """Slot of the lesion at the bone that was ordered [m]; -1 where there is none. Without a bone it is the largest."""
    here = seen.used & (seen.site == site[:, None])
    diameter = np.where(seen.used, appearance.look(seen).diameter, 0.0)
    largest = np.where(seen.used.any(axis=1), diameter.argmax(axis=1), -1)
    at_bone = np.where(here.any(axis=1), here.argmax(axis=1), -1)
    return np.where((site >= 0) & (site < len(skeleton.bones())), at_bone, largest)


def _misread(seen: Seen) -> np.ndarray:
    """Chance that what the tumour carries is not found: acid that softens bone spoils receptors and genes [m]."""
    return np.array([number("biopsy", f"{c}.misread") if c in _plain() else 0.0 for c in cancers()])[seen.cancer]


def _another(seen: Seen, subtype: np.ndarray) -> np.ndarray:
    """What is told where the receptor or mutation is not found [m]."""
    plain = np.array([_plain().get(c, -1) for c in cancers()])[seen.cancer]
    return np.where(plain >= 0, plain, subtype)


@functools.cache
def _plain() -> dict[str, int]:
    """Number of the subtype without receptor or mutation, of the cancers whose subtypes hang on one."""
    told = {c: part["without"] for c, part in contents("diagnostics", "biopsy.toml").items() if "without" in part}
    return {c: [part["id"] for part in contents("populations", f"{c}.toml")["subtype"]].index(name) for c, name in told.items()}
