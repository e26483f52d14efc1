"""One question put to a scan: read, calibrate, measure, press, answer."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from seedsoil.errors import InputError
from seedsoil.scan import bones, density, laws, reading
from seedsoil.scan.strength import Case, Model, strength_of
from seedsoil.scan.volume import Volume


@dataclass(frozen=True)
class Asked:
    """What a user asks of one scan."""

    scan: str
    mask: str
    labels: str | None = None
    bone: str | None = None
    lesion: str | None = None
    implant_ml: float | None = None
    body_weight_kg: float = 70.0


@dataclass
class Answer:
    """The document, and what pictures are drawn from."""

    document: dict
    case: Case
    model: Model | None = None


def answer(asked: Asked) -> Answer:
    """Read the files and answer. Raises InputError with one message for anything that cannot be used."""
    if asked.lesion is not None and asked.implant_ml is not None:
        raise InputError("--implant-ml", asked.implant_ml, "no --lesion beside it", "leave one of them out")
    scan = reading.read_scan(asked.scan)
    mask, names = reading.read_mask(asked.mask, scan)
    bone, site = bones.chosen(mask, asked.labels, asked.bone, names)
    kind = bones.kind_of(site)
    calibration = density.by_tissues(density.soft(scan, mask.values > 0))
    case = Case(scan, bone, site, calibration, laws.law(laws.USUAL[kind], kind), lesion_of(asked, scan), asked.implant_ml)
    case.warnings += calibration.warnings
    return Answer(strength_of(case), case)


def lesion_of(asked: Asked, scan: Volume) -> Volume | None:
    """The lesion's mask, on the scan's grid."""
    if asked.lesion is None:
        return None
    lesion, _ = reading.read_mask(asked.lesion, scan)
    if not lesion.values.any():
        raise InputError("--lesion", asked.lesion, "a mask that marks a lesion", "without one, leave --lesion out")
    return lesion.like((lesion.values > 0).astype(np.uint8))
