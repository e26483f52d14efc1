"""How lesions look to a perfect observer: size and shape, what bone is gone or sclerotic, what presses on the canal.

The model keeps the mineral of a whole site; an image shows where in the site it is gone. This file spreads the change
over the bone in the tumour's reach, relative to the rest of the skeleton.
"""

from __future__ import annotations

import functools
from typing import NamedTuple

import numpy as np

from seedsoil.biology import bone, cord, tumour
from seedsoil.diagnostics.truth import Seen, lesions, number
from seedsoil.grammar import skeleton
from seedsoil.grammar.memory import remembered
from seedsoil.grammar.tables import contents

LYTIC, MIXED, BLASTIC = 0, 1, 2
FORMS = ("rod", "plate", "block")
MM3_PER_ML = 1000.0


class Look(NamedTuple):
    """What can be seen of each lesion [m, K]; nought in empty slots."""

    diameter: np.ndarray  # mm, sphere of the tumour's volume, living and dead
    living: np.ndarray  # mm, sphere of the viable tumour's volume
    changed: np.ndarray  # mm, sphere of the bone that has changed
    longest: np.ndarray  # mm, as the bone's shape stretches it
    lost: np.ndarray  # share of the local mineral gone
    woven: np.ndarray  # sclerotic mineral, relative to the local intact mineral
    sclerosis: np.ndarray  # share of sclerosis in what has changed: 0 lytic, 1 blastic
    section: np.ndarray  # share of the bone's diameter
    cortex_mm: np.ndarray  # length of cortex taken, long bones
    circumference: np.ndarray  # share of the circumference taken, long bones
    outside: np.ndarray  # mL of soft tissue outside the bone
    collapse: np.ndarray  # height lost
    occupied: np.ndarray  # canal occupancy over that at which function begins to suffer


def _n(name: str) -> float:
    return number("imaging", name)


@functools.cache
def _forms() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Form (its place in FORMS), width and length of every bone."""
    raw = contents("diagnostics", "imaging.toml")["bone"]
    regions = [b.region for b in skeleton.bones()]
    form = np.array([FORMS.index(raw[r]["form"]) for r in regions])
    return form, *(np.array([_n(f"bone.{r}.{what}") for r in regions]) for what in ("width", "length"))


@remembered
def form_of(seen: Seen) -> np.ndarray:
    """Place in `FORMS` of each lesion's bone [m, K]."""
    return _forms()[0][np.maximum(seen.site, 0)]


def sphere(volume) -> np.ndarray:
    """Diameter (mm) of a sphere of this volume (mL)."""
    return np.cbrt(6.0 / np.pi * MM3_PER_ML * volume)


@remembered
def systemic(seen: Seen) -> np.ndarray:
    """Mineral a tumour-free site would have now, relative to where it began [m].

    Spongy sites turn over faster than the skeleton as a whole, so they swing further.
    """
    p = seen.p
    faster = p["site_turnover"] * p["skeleton_calcium"] / p["bone_turnover"]
    return np.clip(seen.y.skeleton / seen.x["bone_mass"], 0.3, 3.0) ** faster


@remembered
def local_change(seen: Seen) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Share of the site that has changed, mineral lost there, woven mineral gained there [m, K]."""
    b = lesions(seen)
    usual = systemic(seen)[:, None]
    gone = 1.0 - b.l.lamellar / usual
    hole = _n("appearance.hole") * np.maximum(gone - _n("appearance.allowance"), 0.0)
    reach = bone.zone(b.l, b.site, b.p)
    share = np.minimum(np.maximum(np.maximum(reach, hole), b.l.woven / b.p.woven_ceiling), 1.0)
    some = np.maximum(share, 1e-9)
    # In a tiny lesion the site's mean mineral hides the loss; there the edge's own balance tells it.
    trust = share**2 / (share**2 + _n("appearance.reliable") ** 2)
    growing = tumour.growth(b.l, b.t, b.site, b.p)
    removed = b.p.site_turnover * b.l.osteoclasts
    renewed = b.p.site_turnover * b.l.osteoblasts * (1.0 - bone.woven_share(b.l, b.t, b.p)[0])
    balance = np.where(reach > 0.0, (removed - renewed) / (removed + growing + 1e-9), 0.0)
    lost = np.clip(trust * gone / some + (1.0 - trust) * np.clip(balance, 0.0, 1.0), 0.0, 1.0)
    return share, np.where(share > 1e-6, lost, 0.0), np.where(share > 1e-6, b.l.woven / usual / some, 0.0)


@remembered
def look(seen: Seen) -> Look:
    """What a perfect observer sees of every lesion."""
    b = lesions(seen)
    viable = np.where(seen.used, b.l.sensitive + b.l.resistant, 0.0)
    mass = np.where(seen.used, viable + b.l.dead, 0.0)
    share, lost, woven = (np.where(seen.used, part, 0.0) for part in local_change(seen))
    diameter = sphere(mass)
    hole = share * np.minimum(np.maximum(lost, woven), 1.0) * b.site.volume
    changed = sphere(np.where(seen.used, np.maximum(np.minimum(mass, b.site.volume), hole), 0.0))
    longest, section = _stretched(np.maximum(diameter, changed), seen)
    start, full = _n("appearance.cortex_from"), _n("appearance.cortex_full")
    cortical = b.site.cortical * np.clip((section - start) / (full - start), 0.0, 1.0)
    occupied = (cord.pressing(b.l, b.site, b.p) + b.l.oedema) * b.site.spinal / b.site.compression_start
    return Look(
        diameter=diameter,
        living=sphere(viable),
        changed=changed,
        longest=longest,
        lost=lost,
        woven=woven,
        sclerosis=woven / np.maximum(woven + lost, 1e-9),
        section=section,
        cortex_mm=cortical * np.sqrt(lost) * longest,
        circumference=cortical * lost,
        outside=np.maximum(mass - _n("appearance.soft_from") * b.site.volume, 0.0),
        collapse=np.where(seen.used, b.l.collapse * b.site.spinal, 0.0),
        occupied=np.where(seen.used, occupied, 0.0),
    )


def _stretched(sphere_mm: np.ndarray, seen: Seen) -> tuple[np.ndarray, np.ndarray]:
    """Longest diameter and share of the bone's diameter: what does not fit across a bone runs along it."""
    form, width, length = (values[np.maximum(seen.site, 0)] for values in _forms())
    volume = np.pi / 6.0 * sphere_mm**3
    rod = volume / (np.pi / 4.0 * width**2) + width / 3.0
    plate = np.sqrt(volume / (np.pi / 4.0 * width))
    runs = np.select([form == 0, form == 1], [rod, plate], sphere_mm)
    inside = np.where(sphere_mm > width, np.minimum(runs, length), sphere_mm)
    return np.maximum(inside, sphere_mm), np.minimum(sphere_mm / width, 1.0)


def sphere_of(longest_mm, site: np.ndarray) -> np.ndarray:
    """Diameter (mm) of a sphere of the volume that shows this longest diameter in these bones: the way back from what
    the bone's shape stretches. A lesion that reaches the bone's ends is read as just reaching them."""
    form, width, _ = (values[np.maximum(site, 0)] for values in _forms())
    rod = np.pi / 4.0 * width**2 * np.maximum(longest_mm - width / 3.0, 0.0)
    plate = np.pi / 4.0 * width * np.square(longest_mm)
    across = np.cbrt(6.0 / np.pi * np.select([form == 0, form == 1], [rod, plate], np.pi / 6.0 * np.power(longest_mm, 3.0)))
    return np.where(longest_mm > width, np.clip(across, np.minimum(width, longest_mm), longest_mm), longest_mm)


def kind(sclerosis) -> np.ndarray:
    """What a radiologist calls a lesion with this share of sclerosis: `LYTIC`, `MIXED` or `BLASTIC`."""
    return np.searchsorted([_n("appearance.lytic_below"), _n("appearance.blastic_above")], sclerosis, side="right")


def epidural_grade(seen: Seen, occupied) -> np.ndarray:
    """Epidural grade 0 to 3 (the scale of Bilsky, its three kinds of grade 1 as one) of a canal occupancy [m, K]."""
    return (np.asarray(occupied)[..., None] >= epidural_edges(seen)).sum(axis=-1)


def epidural_edges(seen: Seen) -> np.ndarray:
    """Occupancy, relative to where function begins to suffer, at which grades 1, 2 and 3 begin [m, K, 3]."""
    start = np.maximum(lesions(seen).site.compression_start, 0.05)
    two = np.full_like(start, _n("appearance.grade_two"))
    return np.stack([_n("appearance.grade_one") / start, two, two * 0.0 + _n("appearance.grade_three")], axis=-1)


def mineral_in(seen: Seen, share) -> np.ndarray:
    """Mean mineral in a region that holds `share` of each lesion's bone, relative to intact [m, K].

    Fix `share` at one day (`local_change(seen)[0]`) to follow the same region over time, as a radiologist does.
    """
    change = seen.lesion.lamellar + seen.lesion.woven - 1.0
    return np.maximum(1.0 + change / np.maximum(share, 1e-6), 0.0)


def density_hu(seen: Seen, share) -> np.ndarray:
    """Mean CT density (HU) of that region [m, K]."""
    return _n("appearance.tissue_hu") + _n("appearance.mineral_hu") * mineral_in(seen, share) * seen.y.skeleton[:, None]
