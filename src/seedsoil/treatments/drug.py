"""The catalogue of drugs: one TOML a drug under ``data/drugs``. A drug is a kinetic shape, its numbers, and a list of the
targets in the body it acts on."""

from __future__ import annotations

import functools
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from seedsoil.biology.body import Effects
from seedsoil.grammar.tables import Entry, read_entries, tables_in
from seedsoil.grammar.units import convert, units_of
from seedsoil.treatments.kinetics import SHAPES, Kinetics

MOST_EFFECTS = 6

# Targets that are shares: two drugs on one target leave (1 - a)(1 - b). The others add up.
SHARES = frozenset(
    ("rankl_blocked", "osteoclast_stunned", "sex_steroid_loss", "erythroid_loss", "nsaid", "nerve_calmed", "sedation",
     "activity_restricted", "healing_bone", "falls_prevented")
)


@dataclass(frozen=True)
class Act:
    """One target a drug acts on: at most `most`, half of it at signal `half`; steepness 0 means in proportion."""

    target: str
    most: Entry
    half: Entry
    steepness: float
    late: bool = False  # follows the dose as late-reacting tissue feels it, not the activity of the day


@dataclass(frozen=True)
class Drug:
    """One drug as the catalogue knows it."""

    id: str
    label: str
    topic: str
    kind: str
    shape: str
    dose_unit: str
    route: str
    dose: Entry
    every_days: float
    kinetics: dict[str, Entry]
    acts: tuple[Act, ...]
    efficacy: dict[str, Entry] = field(default_factory=dict)  # by cancer or "cancer.subtype"; 1 = the table's effect
    rules: tuple[dict, ...] = ()  # contraindications and dose rules, applied by care
    evidence: str = "assumed"
    sources: tuple[str, ...] = ()
    harms: dict[str, Entry] = field(default_factory=dict)


@functools.cache
def catalogue() -> dict[str, Drug]:
    """Every drug, in order of its id; that order is its number in the kernel."""
    return {name: _read(path) for name, path in tables_in("drugs").items()}


@functools.cache
def number_of() -> dict[str, int]:
    """Drug id -> number."""
    return {name: i for i, name in enumerate(catalogue())}


def _read(path: Path) -> Drug:
    name, file = path.stem, f"drugs/{path.name}"
    document = tomllib.loads(path.read_text("utf-8"))
    entries = read_entries(document, file)
    part = lambda prefix: {k.removeprefix(prefix): e for k, e in entries.items() if k.startswith(prefix)}
    acts = []
    for i, act in enumerate(document.get("act", [])):
        numbers = read_entries(act, f"{file} act {i + 1}")
        acts.append(Act(act["target"], numbers["most"], numbers["half"], float(act.get("steepness", 1)), act.get("late", False)))
        if act["target"] not in Effects._fields:
            raise ValueError(f"{file}: no target {act['target']!r} in the body")
    if len(acts) > MOST_EFFECTS:
        raise ValueError(f"{file}: at most {MOST_EFFECTS} targets a drug")
    sources = sorted({e.source for e in entries.values()} | {e.source for a in acts for e in (a.most, a.half)})
    return Drug(
        id=name,
        label=document["label"],
        topic=document["topic"],
        kind=document["kind"],
        shape=document["shape"],
        dose_unit=document["dose_unit"],
        route=document["route"],
        dose=entries["dose"],
        every_days=float(document["every_days"]),
        kinetics=part("kinetics."),
        acts=tuple(sorted(acts, key=lambda act: act.late)),  # the kernel reads prompt acts first
        efficacy=part("efficacy."),
        rules=tuple(document.get("rule", [])),
        evidence=document.get("evidence", "assumed"),
        sources=tuple(sources),
        harms=part("harms."),
    )


def fields() -> list[tuple[str, str]]:
    """Columns of the kernel's drug table."""
    acts = [(f"{what}{i}", "f8") for i in range(MOST_EFFECTS) for what in ("target", "most", "half", "steepness")]
    return [("form", "i8"), ("acts", "i8"), ("prompt", "i8"), *[(name, "f8") for name in Kinetics._fields], *acts]


def uncertain() -> dict[str, Entry]:
    """Every number of the drug tables that the kernel uses, by a dotted name."""
    out = {}
    for drug in catalogue().values():
        out |= {f"{drug.id}.kinetics.{k}": e for k, e in drug.kinetics.items()}
        for i, act in enumerate(drug.acts):
            out |= {f"{drug.id}.act{i}.most": act.most, f"{drug.id}.act{i}.half": act.half}
    return out


def table(
    rows: int = 1, scores: Mapping[str, np.ndarray] | None = None, given: Mapping[str, np.ndarray] | None = None
) -> np.recarray:
    """The kernel's drug table [rows, drugs]; `scores` moves named numbers off their typical value, as for the body; `given`
    names numbers that are known, in the units of the tables."""
    scores, given = scores or {}, given or {}
    drugs = list(catalogue().values())
    out = np.zeros((rows, len(drugs)), dtype=fields())
    units = units_of(Kinetics)
    pick = lambda name, e: given[name] if name in given else e.at(scores[name]) if name in scores else e.value
    effects = list(Effects._fields)
    for j, drug in enumerate(drugs):
        out["form"][:, j], out["acts"][:, j] = SHAPES[drug.shape], len(drug.acts)
        out["prompt"][:, j] = sum(not act.late for act in drug.acts)
        for name, e in drug.kinetics.items():
            out[name][:, j] = pick(f"{drug.id}.kinetics.{name}", e) * convert(1.0, e.unit, units[name].name)
        for i, act in enumerate(drug.acts):
            out[f"target{i}"][:, j] = effects.index(act.target)
            out[f"most{i}"][:, j] = pick(f"{drug.id}.act{i}.most", act.most)
            out[f"half{i}"][:, j] = pick(f"{drug.id}.act{i}.half", act.half)
            out[f"steepness{i}"][:, j] = act.steepness
    return out.view(np.recarray)
