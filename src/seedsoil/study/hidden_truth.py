"""What is true of virtual people while the clinic guesses: lesions, strength of bone, and the risk of every day.

Tools that read images or records can be scored against it. Times are days before the date of the record.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from seedsoil.biology import person as whole
from seedsoil.biology import rates, strength
from seedsoil.diagnostics.truth import Seen, lesions, person
from seedsoil.grammar import skeleton
from seedsoil.world import observing
from seedsoil.world.day import World
from seedsoil.world.populations import KINDS
from seedsoil.world.records import DEATHS, EVENTS

# The columns of each table: unit and what it is. Written into the files.
LESIONS = {
    "person": ("", "whose lesion"),
    "day": ("day", "before the date of the record"),
    "site": ("", "bone of sites.csv"),
    "kind": ("", "lytic, mixed or blastic, by nature"),
    "volume_ml": ("mL", "viable tumour"),
    "resistant_ml": ("mL", "of it resistant"),
    "awake": ("1", "0 dormant, 1 growing"),
    "mineral": ("1", "mineral of the site, 1 = this bone without the lesion"),
    "woven": ("1", "of it woven"),
    "strength": ("1", "strength of the site, 1 = the median person's intact bone"),
    "load": ("1", "usual daily peak load over strength"),
    "fracture_risk": ("1/day", "chance that this bone breaks today"),
    "unhealed": ("1", "fracture not yet healed, 1 = fresh"),
    "collapse": ("1", "share of height lost"),
    "known": ("", "whether the clinic knows of it"),
}
PEOPLE = {
    "person": ("", "who"),
    "day": ("day", "before the date of the record"),
    "alive": ("", "whether alive on that day"),
    "lesions": ("1", "lesions in bone, dormant ones included"),
    "tumour_bone_ml": ("mL", "viable growing tumour in bone"),
    "tumour_liver_ml": ("mL", "in the liver"),
    "tumour_lung_ml": ("mL", "in the lungs"),
    "tumour_brain_ml": ("mL", "in the brain"),
    "calcium": ("mmol/L", "true calcium, corrected for albumin"),
    "haemoglobin": ("g/dL", "true haemoglobin"),
    "gfr": ("mL/min", "true filtration"),
    "worst_pain": ("0-10", "worst pain of the day, as felt"),
    "cord_deficit": ("1", "function lost of cord or roots"),
    "fracture_risk": ("1/day", "chance of any fracture today, at lesions or elsewhere"),
    "death_risk": ("1/day", "chance of dying today"),
}
EVENTS_TOLD = {
    "person": ("", "whom it befell"),
    "day": ("day", "before the date of the record"),
    "event": ("", "what happened, known to somebody or not"),
    "site": ("", "bone of sites.csv, empty where none"),
}
TABLES = {"lesions": LESIONS, "people": PEOPLE, "events": EVENTS_TOLD}


@dataclass
class Truth:
    """Tables of what is true of the people of one `World`, growing as its days pass."""

    names: tuple[str, ...]
    last: int  # the day of the world that is the date of the record
    _tables: dict[str, list[dict[str, np.ndarray]]] = field(default_factory=lambda: {"lesions": [], "people": [], "events": []})

    def write(self, world: World) -> None:
        """Take down how everybody is now."""
        everyone = np.arange(len(world.people.key))
        seen = observing.seen(world, everyone)
        hazards = _hazards(seen)
        at_lesions = self._lesions(world, seen, hazards)
        self._people(world, seen, hazards, at_lesions)

    def log(self, world: World) -> None:
        """Take down what happened today."""
        if not len(world.happened):
            return
        who, day, kind, site = world.happened.T
        bones = np.array([*(bone.id for bone in skeleton.bones()), ""])
        self._tables["events"].append(
            {"person": self._name(who), "day": day - self.last, "event": np.array(EVENTS)[kind], "site": bones[site]}
        )

    def table(self, name: str) -> dict[str, np.ndarray]:
        """One table, column by column: `lesions`, `people` or `events`."""
        parts = self._tables[name]
        return {c: np.concatenate([part[c] for part in parts]) if parts else np.zeros(0, "U1") for c in TABLES[name]}

    def _name(self, rows: np.ndarray) -> np.ndarray:
        return np.array(self.names)[rows]

    def _lesions(self, world: World, seen: Seen, hazards) -> np.ndarray:
        """Write the lesions; the chance of a fracture at any of them, one a person."""
        b = lesions(seen)
        ordinary, fall, _ = rates.lesion_hazards(b.l, b.y, b.x, b.t, b.site, b.rx, hazards.fall[:, None], b.p)
        hazard = np.where(seen.used & world.people.alive[:, None], ordinary + fall, 0.0)
        here = np.nonzero(seen.used & world.people.alive[:, None])
        pick = lambda values: np.broadcast_to(values, seen.used.shape)[here]
        chart = world.chart
        sites = np.where(chart.lesions(), chart.site, -2)
        known = (seen.site[here][:, None] == sites[here[0]]).any(axis=1)
        bones = np.array([bone.id for bone in skeleton.bones()])
        self._tables["lesions"].append({
            "person": self._name(here[0]),
            "day": np.full(len(here[0]), world.day - self.last),
            "site": bones[seen.site[here]],
            "kind": np.array(KINDS)[pick(seen.lesion_traits["kind"]).astype(int)],
            "volume_ml": pick(b.l.sensitive + b.l.resistant),
            "resistant_ml": pick(b.l.resistant),
            "awake": pick(b.l.awake),
            "mineral": pick(b.l.lamellar + b.l.woven),
            "woven": pick(b.l.woven),
            "strength": pick(strength.relative_strength(b.l, b.y, b.x, b.t, b.site, b.p)),
            "load": pick(strength.load_ratio(b.l, b.y, b.x, b.t, b.site, b.rx, b.p)),
            "fracture_risk": -np.expm1(-hazard[here]),
            "unhealed": pick(b.l.unhealed),
            "collapse": pick(b.l.collapse),
            "known": known,
        })  # fmt: skip
        return hazard.sum(axis=1)

    def _people(self, world: World, seen: Seen, hazards, at_lesions: np.ndarray) -> None:
        b, alive = person(seen), world.people.alive
        organ = lambda name: getattr(seen.y, f"{name}_sensitive") + getattr(seen.y, f"{name}_resistant")
        deaths = sum(getattr(hazards, name) for name in DEATHS)
        living = lambda values: np.where(alive, values, np.nan)
        self._tables["people"].append({
            "person": self._name(np.arange(len(alive))),
            "day": np.full(len(alive), world.day - self.last),
            "alive": alive.copy(),
            "lesions": world.people.lesions.copy(),
            "tumour_bone_ml": living(seen.sums.tumour),
            "tumour_liver_ml": living(organ("liver")),
            "tumour_lung_ml": living(organ("lung")),
            "tumour_brain_ml": living(organ("brain")),
            "calcium": living(seen.y.calcium),
            "haemoglobin": living(seen.y.haemoglobin),
            "gfr": living(seen.y.gfr),
            "worst_pain": living(whole.worst_pain(b.y, b.x, seen.sums, b.rx, b.p)),
            "cord_deficit": living(seen.sums.cord_deficit),
            "fracture_risk": living(-np.expm1(-(at_lesions + hazards.vertebra + hazards.hip))),
            "death_risk": living(-np.expm1(-deaths)),
        })  # fmt: skip


def _hazards(seen: Seen):
    """Events a day of every person, as the world would let them happen."""
    b = person(seen)
    return rates.hazards(b.y, b.x, seen.sums, b.rx, seen.age_years, b.p)


def write_table(path: Path, name: str, parts: list[dict[str, np.ndarray]]) -> None:
    """Several tables of one name as one Parquet file; each column carries its unit and meaning."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    columns = TABLES[name]
    whole = pa.table({c: np.concatenate([part[c] for part in parts]) for c in columns})
    described = [
        pa.field(c, whole.schema.field(c).type, metadata={"unit": unit, "meaning": meaning})
        for c, (unit, meaning) in columns.items()
    ]
    pq.write_table(whole.cast(pa.schema(described)), path)
