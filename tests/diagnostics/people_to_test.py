"""People to test: plain arrays, so that a diagnostic can be tried without a world."""

import functools

import numpy as np

from seedsoil.biology import bone, cord, minerals, person, spread, strength, tumour
from seedsoil.biology.body import Body, Effects, Lesion, LesionTraits, Site, Sums, Traits
from seedsoil.diagnostics.truth import Seen, cancers
from seedsoil.grammar import skeleton, tables

RECORDS = {
    "bone": bone.BoneValues, "minerals": minerals.MineralValues, "tumour": tumour.TumourValues,
    "strength": strength.StrengthValues, "cord": cord.CordValues, "spread": spread.SpreadValues,
    "person": person.PersonValues,
}  # fmt: skip

HEALTHY = dict(
    calcium=2.35, phosphate=1.2, volume=14.0, osteoclasts=1.0, calcitriol=1.0, magnesium=0.85, vitamin_d=60.0,
    osteoid=90.0, parathyroid=1.0, gfr=90.0, osteoblasts=1.0, precursors=1.0, skeleton=1.0, haemoglobin=13.5,
    platelets=250.0, neutrophils=4.5, progenitors=1.0, opioid_tolerance=1.0, function=1.0,
)  # fmt: skip
TYPICAL = dict(
    age_years=68.0, male=0.0, weight=72.0, gfr_healthy=90.0, vitamin_d_usual=60.0, frailty=1.0, load=1.0, strength=1.0,
    pain_sensitivity=1.0, treatability=1.0, marker_secretion=1.0, fdg_avidity=0.8, marrow_reserve=1.0, bone_mass=1.0,
)  # fmt: skip
INTACT = dict(osteoclasts=1.0, osteoblasts=1.0, lamellar=1.0, awake=1.0)


@functools.cache
def parameters() -> np.recarray:
    """One set: every number of the body at its typical value."""
    entries = {}
    for name, record in RECORDS.items():
        entries |= tables.in_units_of(record, tables.table("values", f"{name}.toml"))
    plain = tables.record_of(entries, 1)
    derived = minerals.derive(plain)
    out = np.zeros(1, dtype=[*plain.dtype.descr, *[(name, "f8") for name in minerals.Derived._fields]])
    for name in plain.dtype.names:
        out[name] = plain[name]
    for name in minerals.Derived._fields:
        out[name] = derived[name]
    return out


@functools.cache
def sites() -> np.ndarray:
    """The bones as the equations see them."""
    regions = tables.table("regions.toml")
    out = np.zeros(len(skeleton.bones()), dtype=[(name, "f8") for name in Site._fields])
    for i, b in enumerate(skeleton.bones()):
        for name in ("pain_rest", "pain_activity", "immobility", "cortical", "compression_start", "compression_full"):
            out[name][i] = regions[f"{b.region}.{name}"].value
        out["volume"][i], out["calcium"][i], out["marrow_share"][i] = b.volume_ml, b.calcium_mmol, b.marrow_share
        out["canal"][i], out["spinal"][i] = b.canal_mm2 or 1.0, 1.0 if b.canal_mm2 else 0.0
        if b.strength_n and b.load_n:
            out["intact_load"][i] = b.load_n / b.strength_n
    return out


def people(
    m=1, at=(), cancer="breast", body=None, traits=None, lesion=None, drives=None, effects=None, sums=None, day=0.0
):  # fmt: skip
    """m people with lesions at the named bones; every mapping overrides a healthy, untreated adult's fields."""
    full = lambda v, shape: np.broadcast_to(np.asarray(v, dtype=float), shape).copy()
    slots = max(len(at), 1)
    y = Body(**{f: full((HEALTHY | (body or {})).get(f, 0.0), (m,)) for f in Body._fields})
    x = np.zeros(m, dtype=[(f, "f8") for f in Traits._fields])
    for name, value in (TYPICAL | (traits or {})).items():
        x[name] = value
    l = Lesion(**{f: full((INTACT | (lesion or {})).get(f, 0.0), (m, slots)) for f in Lesion._fields})
    t = np.zeros((m, slots), dtype=[(f, "f8") for f in LesionTraits._fields])
    t["soreness"] = t["undermining"] = 1.0
    for name, value in (drives or {}).items():
        t[name] = value
    site = np.full((m, slots), -1)
    for k, bone_id in enumerate(at):
        site[:, k] = skeleton.number_of()[bone_id]
    rx = Effects(**{f: full((effects or {}).get(f, 0.0), (m,)) for f in Effects._fields})
    total = Sums(**{f: full((sums or {}).get(f, 0.0), (m,)) for f in Sums._fields})
    p = np.repeat(parameters(), m)
    who = np.full(m, cancers().index(cancer))
    return Seen(y, x, l, t, site, site >= 0, total, rx, p, sites(), who, day, None)
