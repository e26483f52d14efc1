"""The numbers of the model as the kernel takes them: stacks of parameter sets, the drug table, the sites."""

from __future__ import annotations

import functools
from typing import NamedTuple

import numpy as np

from seedsoil.biology import bone, cord, minerals, person, spread, strength, tumour
from seedsoil.biology.body import Site
from seedsoil.grammar import luck, skeleton, tables
from seedsoil.treatments import drug

RECORDS = {
    "bone": bone.BoneValues,
    "minerals": minerals.MineralValues,
    "tumour": tumour.TumourValues,
    "strength": strength.StrengthValues,
    "cord": cord.CordValues,
    "spread": spread.SpreadValues,
    "person": person.PersonValues,
}


def loop_number(name: str) -> float:
    """A number of the loop between body and clinic."""
    return tables.table("loop.toml")[name].value


@functools.cache
def entries() -> dict[str, tables.Entry]:
    """Every number of the body's equations, by name, in the equations' units."""
    out: dict[str, tables.Entry] = {}
    for name, record in RECORDS.items():
        found = tables.in_units_of(record, tables.table("values", f"{name}.toml"))
        if doubled := out.keys() & found.keys():
            raise ValueError(f"two tables name {sorted(doubled)}")
        out |= found
    return out


class Numbers(NamedTuple):
    """What the kernel needs to know, for `sets` versions of the uncertain numbers."""

    params: np.ndarray  # [sets] record of every RECORDS field and `minerals.Derived`
    drugs: np.ndarray  # [sets, drugs]
    sites: np.ndarray  # [sites] record of `Site`


def typical() -> Numbers:
    """One set: every number at its typical value."""
    return _numbers(1, None)


def drawn(sets: int, seed: int) -> Numbers:
    """`sets` versions, each uncertain number drawn from its 90 % range; set 0 is not special."""
    names = [*entries(), *drug.uncertain()]
    scores = {name: luck.normal(seed, np.arange(sets), "parameters", index=luck.stream(name) & 0x7FFFFFFF) for name in names}
    return _numbers(sets, scores)


def _numbers(sets: int, scores: dict[str, np.ndarray] | None) -> Numbers:
    plain = tables.record_of(entries(), sets, scores)
    derived = minerals.derive(plain)
    out = np.zeros(sets, dtype=[*plain.dtype.descr, *[(name, "f8") for name in minerals.Derived._fields]])
    for name in plain.dtype.names:
        out[name] = plain[name]
    for name in minerals.Derived._fields:
        out[name] = derived[name]
    return Numbers(out, np.asarray(drug.table(sets, scores)), sites())


@functools.cache
def sites() -> np.ndarray:
    """The bones as the equations see them."""
    regions = tables.table("regions.toml")
    out = np.zeros(len(skeleton.bones()), dtype=[(name, "f8") for name in Site._fields])
    for i, b in enumerate(skeleton.bones()):
        row = out[i]
        for name in ("pain_rest", "pain_activity", "immobility", "cortical", "compression_start", "compression_full"):
            row[name] = regions[f"{b.region}.{name}"].value
        row["volume"], row["calcium"], row["marrow_share"] = b.volume_ml, b.calcium_mmol, b.marrow_share
        row["canal"] = b.canal_mm2 or 1.0
        row["spinal"] = 1.0 if b.canal_mm2 else 0.0
        if b.strength_n and b.load_n:
            row["intact_load"] = b.load_n / b.strength_n
            row["fall_load"] = loop_number("fall_over_daily") * row["intact_load"]
    return out
