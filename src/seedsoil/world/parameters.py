"""The numbers of the model as the kernel takes them: stacks of parameter sets, the drug table, the sites."""

from __future__ import annotations

import functools
from collections.abc import Collection
from dataclasses import dataclass
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
GROWTH = {
    "doubling_days": "doubling time of bone metastases",
    "visceral_doubling_days": "doubling time of organ metastases and primaries",
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
    """What the kernel needs to know, for `sets` versions of the uncertain numbers; and how fast metastases grow in each, which
    people are made with."""

    params: np.ndarray  # [sets] record of every RECORDS field and `minerals.Derived`
    drugs: np.ndarray  # [sets, drugs]
    sites: np.ndarray  # [sites] record of `Site`
    growth: np.ndarray  # [sets, GROWTH] position in each cancer's own range of doubling times; NaN: its typical value


@dataclass(frozen=True)
class Version:
    """Which numbers a run uses: `sets` versions of them. Those in `given` have the values that stand there, one a set; all others
    their typical value or, with a `seed`, one drawn from their 90 % range. It can be compared, kept and sent to a process."""

    sets: int = 1
    seed: int | None = None
    given: tuple[tuple[str, tuple[float, ...]], ...] = ()

    def numbers(self) -> Numbers:
        """The numbers themselves."""
        given = {name: np.array(values) for name, values in self.given}
        if unknown := given.keys() - free().keys():
            raise ValueError(f"no uncertain number of the model is called {sorted(unknown)}")
        scores = {} if self.seed is None else _scores(self.sets, self.seed, given.keys())
        params = tables.record_of(entries(), self.sets, scores)
        for name in given.keys() & entries().keys():
            params[name] = given[name]
        growth = [np.broadcast_to(given.get(f"populations.{name}", np.nan), self.sets) for name in GROWTH]
        return Numbers(_with_derived(params), np.asarray(drug.table(self.sets, scores, given)), sites(), np.stack(growth, axis=1))


TYPICAL = Version()


def typical() -> Numbers:
    """One set: every number at its typical value."""
    return TYPICAL.numbers()


def drawn(sets: int, seed: int) -> Numbers:
    """`sets` versions, each uncertain number drawn from its 90 % range; set 0 is not special."""
    return Version(sets, seed).numbers()


@functools.cache
def free() -> dict[str, tables.Entry]:
    """Every number that a `Version` can set, by name: of the body, of drugs, and how fast metastases grow in all cancers, as a
    position (0 to 1) in each cancer's own range."""
    positions = {
        f"populations.{name}": tables.Entry(
            f"populations.{name}", 0.5, "1", 0.0, 1.0, "seedsoil", "assumed", file="populations",
            meaning=f"{meaning}: position in the range of every cancer, from its lowest (0) to its highest (1)",
        )
        for name, meaning in GROWTH.items()
    }  # fmt: skip
    return entries() | drug.uncertain() | positions


def _scores(sets: int, seed: int, known: Collection[str]) -> dict[str, np.ndarray]:
    """A standard normal score a set for every number that is not known."""
    names = [name for name in (*entries(), *drug.uncertain()) if name not in known]
    number = np.array([luck.stream(name) & 0x7FFFFFFF for name in names])
    return dict(zip(names, luck.normal(seed, np.arange(sets)[None, :], "parameters", index=number[:, None]), strict=True))


def _with_derived(plain: np.recarray) -> np.ndarray:
    """The parameter record with what follows from the others."""
    derived = minerals.derive(plain)
    out = np.zeros(len(plain), dtype=[*plain.dtype.descr, *[(name, "f8") for name in minerals.Derived._fields]])
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
        row = out[i]
        for name in ("pain_rest", "pain_activity", "immobility", "cortical", "compression_start", "compression_full"):
            row[name] = regions[f"{b.region}.{name}"].value
        row["volume"], row["calcium"], row["marrow_share"] = b.volume_ml, b.calcium_mmol, b.marrow_share
        alike = skeleton.sites_in(b.region)
        row["region_from"], row["region_to"] = min(alike), max(alike)  # the list keeps a region together
        row["canal"] = b.canal_mm2 or 1.0
        row["spinal"] = 1.0 if b.canal_mm2 else 0.0
        if b.strength_n and b.load_n:
            row["intact_load"] = b.load_n / b.strength_n
            row["fall_load"] = loop_number("fall_over_daily") * row["intact_load"]
    return out
