"""How every bone with tumour stands: size and kind of the lesion, height lost, a fracture not healed, what was done to it, and
how strong it still is. Read from a `Seen`; used to draw skeletons and to follow twins."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from seedsoil.biology import strength
from seedsoil.care.columns import LESION_KINDS
from seedsoil.diagnostics import appearance
from seedsoil.diagnostics.truth import Seen, lesions

BROKEN = 0.05  # unhealed share of a fracture from which a bone is drawn as broken, or height lost
HELD = 0.05  # support from which it is drawn as held


class Bones(NamedTuple):
    """The lesions of m people in K slots, arrays [m, K]."""

    site: np.ndarray  # number of the bone; -1 none
    size_mm: np.ndarray  # longest diameter, as a perfect picture would measure it
    sclerosis: np.ndarray  # 0 lytic, 1 blastic
    tumour_ml: np.ndarray  # viable
    broken: np.ndarray  # bool: a fracture that has not healed, or height lost
    held: np.ndarray  # bool: rod, plate, cement or prosthesis
    strength: np.ndarray  # strength now over the median person's intact bone
    load: np.ndarray  # usual daily peak load over strength


def bones(seen: Seen) -> Bones:
    """The state of every lesion."""
    look, b = appearance.look(seen), lesions(seen)
    with np.errstate(divide="ignore", invalid="ignore"):
        now = strength.relative_strength(b.l, b.y, b.x, b.t, b.site, b.p)
        load = strength.load_ratio(b.l, b.y, b.x, b.t, b.site, b.rx, b.p)
    return Bones(
        site=np.where(seen.used, seen.site, -1),
        size_mm=look.longest,
        sclerosis=look.sclerosis,
        tumour_ml=np.where(seen.used, b.l.sensitive + b.l.resistant, 0.0),
        broken=seen.used & ((b.l.unhealed > BROKEN) | (b.l.collapse > BROKEN)),
        held=seen.used & (b.l.support > HELD),
        strength=np.broadcast_to(now, seen.site.shape),
        load=np.broadcast_to(load, seen.site.shape),
    )


def kind_of(sclerosis: float) -> str:
    """What a radiologist would call a lesion of this share of sclerosis."""
    return LESION_KINDS[int(appearance.kind(np.array(sclerosis)))]
