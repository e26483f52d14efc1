"""A lesion as a scan shows it, and twins that start from it: their tumour there, their bone and what strength it has left."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from seedsoil.biology import strength
from seedsoil.biology.body import Lesion
from seedsoil.care.patient import LESION_KINDS, KnownLesion, Patient
from seedsoil.errors import InputError
from seedsoil.grammar import luck, skeleton
from seedsoil.grammar.tables import NINETY
from seedsoil.study.weighing import number

if TYPE_CHECKING:
    from seedsoil.study.twins import Twins

SCHEMA = "seedsoil.strength/1"
WEAKEST, STRONGEST = 0.02, 1.5  # share of a bone's strength that a lesion may leave or give


@dataclass(frozen=True)
class ScannedLesion:
    """One lesion of a CT, as `seedsoil strength` measured it."""

    site: str
    kind: str
    volume_ml: float
    longest_mm: float
    woven: float  # sclerotic mineral of the whole bone, over what it has intact
    ratio: float  # strength with the lesion over without
    low: float
    high: float
    source: str


def read(place: str) -> ScannedLesion:
    """The lesion of a ``strength.json``; a document without a lesion is refused."""
    try:
        document = json.loads(Path(place).read_text(encoding="utf-8"))
    except (OSError, ValueError) as trouble:
        said = " ".join(str(trouble).split())[:160]
        raise InputError("--scan", place, "a strength.json of `seedsoil strength`", f"it could not be read: {said}") from None
    if not isinstance(document, dict) or document.get("schema") != SCHEMA:
        raise InputError("--scan", place, f"a document with the schema {SCHEMA}", "make it with `seedsoil strength --out DIR`")
    state = document.get("state")
    if not isinstance(state, dict):
        raise InputError("--scan", place, "a bone with a lesion", "run `seedsoil strength` with --lesion or --implant-ml")
    site, kind = state.get("site"), state.get("kind")
    if site not in skeleton.number_of():
        raise InputError("state.site", site, "a bone of data/sites.csv")
    if kind not in LESION_KINDS:
        raise InputError("state.kind", kind, ", ".join(LESION_KINDS))
    share = _number(state, "share_of_bone", 0.0, 1.0)
    left = state.get("strength_ratio")
    left = left if isinstance(left, dict) else {}
    ratio, low, high = (_number(left, name, WEAKEST, STRONGEST) for name in ("value", "low", "high"))
    if not low <= ratio <= high:
        raise InputError("state.strength_ratio", [low, ratio, high], "low <= value <= high")
    return ScannedLesion(
        site, kind, _number(state, "volume_ml", 0.01, 500.0), _number(state, "longest_mm", 1.0, 500.0),
        share * _number(state, "woven", 0.0, 20.0), ratio, low, high, place,
    )  # fmt: skip


def apart(scans: list[ScannedLesion]) -> list[ScannedLesion]:
    """The lesions, if each is in a bone of its own."""
    sites = [one.site for one in scans]
    for one in scans:
        if sites.count(one.site) > 1:
            raise InputError("--scan", one.source, "one scan for each bone", f"two are of {one.site}")
    return scans


def _number(body: dict, name: str, low: float, high: float) -> float:
    value = body.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value) or not low <= value <= high:
        raise InputError(f"state.{name}", value, f"a number from {low:g} to {high:g}")
    return float(value)


def in_chart(patient: Patient, scanned: ScannedLesion) -> Patient:
    """The patient with the lesion in the chart, seen on the day of the chart; what the chart said of its size gives way."""
    bone = skeleton.bones()[skeleton.number_of()[scanned.site]]
    note = f"strength with the lesion {100 * scanned.ratio:.0f} % of that without"
    known = [x for x in patient.lesions if x.site == scanned.site]
    seen = KnownLesion(
        scanned.site, bone.region, bone.side, scanned.kind, round(scanned.longest_mm, 1), source=scanned.source, note=note
    )
    if known:
        first = min(x.day for x in known)
        seen = replace(seen, day=first, day_to=first, soft_tissue=known[-1].soft_tissue)
    others = tuple(x for x in patient.lesions if x.site != scanned.site)
    return replace(patient, lesions=(*others, seen))


def start_from(twins: Twins, scanned: ScannedLesion) -> None:
    """Give every twin the lesion as the scan shows it: its volume, its sclerotic mineral, and as much bone standing as leaves the
    strength that was reckoned from the scan, each twin its own within the range."""
    group = twins.world.people
    here = (group.site == skeleton.number_of()[scanned.site]) & (np.arange(group.site.shape[1])[None, :] < group.lesions[:, None])
    twin, slot = np.nonzero(here)
    score = np.clip(luck.normal(twins.seed, group.key[twin], "scanned", skeleton.number_of()[scanned.site]), -NINETY, NINETY)
    spread = np.where(score > 0.0, np.log(scanned.high / scanned.ratio), np.log(scanned.ratio / scanned.low)) / NINETY
    left = scanned.ratio * np.exp(score * spread)
    p = twins.world.p.of(twin)
    lesion = group.lesion[twin, slot]
    of = {name: Lesion._fields.index(name) for name in ("sensitive", "resistant", "dead", "lamellar", "woven")}
    mass = lesion[:, of["sensitive"]] + lesion[:, of["resistant"]] + lesion[:, of["dead"]]
    grow = number("tumour_share") * scanned.volume_ml / np.maximum(mass, 1e-9)
    for name in ("sensitive", "resistant", "dead"):
        lesion[:, of[name]] *= grow
    lesion[:, of["woven"]] = scanned.woven
    lesion[:, of["lamellar"]] = np.maximum(standing_for(left, scanned.woven, p) - p["woven_strength"] * scanned.woven, 0.0)
    group.lesion[twin, slot] = lesion
    group.settled[twin] = False
    twins.scans.append(scanned.source)
    twins.assumed.append({
        "what": f"strength of {scanned.site} with its lesion", "how": "from a scan, each twin its own within the range",
        "low": round(100.0 * scanned.low, 1), "high": round(100.0 * scanned.high, 1), "unit": "% of that without",
    })  # fmt: skip


def standing_for(left: np.ndarray, woven: float, p) -> np.ndarray:
    """Mineral standing that leaves this share of strength: the model's own law of strength, read backwards."""
    brittle = 1.0 - p["sclerosis_brittle"] * min(woven, 1.0)
    low, high = np.full_like(left, 0.01), np.full_like(left, 3.0)
    for _ in range(50):
        middle = 0.5 * (low + high)
        enough = strength.material(middle, p) * brittle >= left
        low, high = np.where(enough, low, middle), np.where(enough, middle, high)
    return high
