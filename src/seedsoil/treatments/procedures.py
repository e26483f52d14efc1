"""Operations on a bone: cement, rod, fixation, prosthesis, decompression, ablation. Each maps the lesion's state.

Implants add strength, decompression adds room in the canal, and what is scraped out or heated is tumour no more.
Whether an operation is right is a question for the clinic (`care`): nothing is refused here but nonsense.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass

import numpy as np

from seedsoil.errors import InputError
from seedsoil.grammar.tables import Entry, contents, read_entries

# What a procedure may do; those its table does not name it does not do.
NUMBERS = {
    "support": "strength the implant adds, relative to the intact bone",
    "room": "canal room gained, as occupancy",
    "removed": "share of the tumour taken out",
    "killed": "share of the tumour killed where it is",
    "healed": "share of an unhealed fracture that is held at once",
    "soothed": "share of inflammation held down",
    "damage": "strength lost for some months, at most",
}
PLACES = {"spine": "vertebrae and sacrum", "long_bone": "bones whose cortex carries the load", "any": "any bone"}


@dataclass(frozen=True)
class Procedure:
    """One operation as the catalogue knows it."""

    id: str
    label: str
    topic: str
    where: str  # key of PLACES
    evidence: str
    numbers: dict[str, Entry]
    harms: dict[str, Entry]
    rules: tuple[dict, ...]
    sources: tuple[str, ...]
    needs_site: bool = True

    def number(self, name: str, scores: dict[str, float] | None = None) -> float:
        """One of its numbers; zero where it does nothing of the kind."""
        if name not in self.numbers:
            return 0.0
        entry, key = self.numbers[name], f"{self.id}.{name}"
        return float(entry.value if scores is None or key not in scores else entry.at(scores[key]))


@functools.cache
def catalogue() -> dict[str, Procedure]:
    """Every procedure, in the order of the table."""
    file = "treatments/procedures.toml"
    return {name: _read(name, body, file) for name, body in contents("treatments", "procedures.toml").items()}


def _read(name: str, body: dict, file: str) -> Procedure:
    entries = read_entries(body, f"{file} {name}")
    harms = {k.removeprefix("harms."): e for k, e in entries.items() if k.startswith("harms.")}
    numbers = {k: e for k, e in entries.items() if not k.startswith("harms.")}
    if unknown := numbers.keys() - NUMBERS.keys():
        raise ValueError(f"{file}: {name}: does not know {sorted(unknown)}")
    if body["where"] not in PLACES:
        raise ValueError(f"{file}: {name}: no place {body['where']!r}")
    return Procedure(
        id=name,
        label=body["label"],
        topic=body["topic"],
        where=body["where"],
        evidence=body["evidence"],
        numbers=numbers,
        harms=harms,
        rules=tuple(body.get("rule", ())),
        sources=tuple(sorted({e.source for e in entries.values()})),
    )


def fits(name: str, site) -> np.ndarray:
    """Where a procedure can be done at all: cement and rods have their bones."""
    where = catalogue()[name].where
    spinal, cortical = np.asarray(_field(site, "spinal")) > 0.5, np.asarray(_field(site, "cortical")) > 0.5
    return {"spine": spinal, "long_bone": cortical, "any": np.full(spinal.shape, True)}[where]


def operate(name: str, lesion, site, scores: dict[str, float] | None = None) -> dict[str, np.ndarray]:
    """New values of the fields an operation changes, for a batch of lesions.

    lesion: record or mapping with arrays of the fields of `Lesion`; site: `spinal`. scores: standard normal scores that
    move numbers ("cement.support") within their range. Implants do not add up: the strongest counts.
    """
    if name not in catalogue():
        raise InputError("procedure", name, ", ".join(catalogue()))
    does = catalogue()[name]
    share = lambda what: does.number(what, scores)
    now = lambda what: np.asarray(_field(lesion, what), dtype=float)
    changed: dict[str, np.ndarray] = {}
    if share("support"):
        changed["support"] = np.maximum(now("support"), share("support"))
    if share("room"):
        spinal = np.asarray(_field(site, "spinal"), dtype=float)
        changed["room"] = np.maximum(now("room"), share("room") * spinal)
    left = (1.0 - share("removed")) * (1.0 - share("killed"))
    if left < 1.0:
        changed["sensitive"], changed["resistant"] = now("sensitive") * left, now("resistant") * left
        killed = (now("sensitive") + now("resistant")) * (1.0 - share("removed")) * share("killed")
        changed["dead"] = now("dead") * (1.0 - share("removed")) + killed
    if share("healed"):
        changed["unhealed"] = now("unhealed") * (1.0 - share("healed"))
    if share("soothed"):
        changed["soothed"] = np.maximum(now("soothed"), share("soothed"))
    if share("damage"):
        changed["damage"] = now("damage") + share("damage")
    return changed


def _field(record, name: str):
    return record[name] if isinstance(record, dict) else getattr(record, name)
