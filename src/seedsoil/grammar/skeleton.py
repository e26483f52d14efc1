"""The one list of bones: ``data/sites.csv``, in order. A site is one bone, or one part of a long bone, that can hold one
lesion."""

from __future__ import annotations

import csv
import functools
from dataclasses import dataclass

from seedsoil.grammar.tables import data_file

NUMBERS = ("volume_ml", "marrow_share", "calcium_mmol", "canal_mm2", "cord_mm2", "strength_n", "load_n", "seed_weight")


@dataclass(frozen=True)
class Bone:
    """One row of the list: facts, in the units its fields name; an empty cell is None."""

    id: str
    label: str
    region: str
    side: str
    parent: str
    snomed: str
    bearing: str
    mirels_site: str
    sins_location: str
    volume_ml: float
    marrow_share: float
    calcium_mmol: float
    seed_weight: float
    canal_mm2: float | None
    cord_mm2: float | None
    strength_n: float | None
    load_n: float | None
    source: str
    note: str


@functools.cache
def bones() -> tuple[Bone, ...]:
    """Every site, in the order that gives it its number."""
    with data_file("sites.csv").open(encoding="utf-8", newline="") as lines:
        return tuple(_bone(row) for row in csv.DictReader(lines))


def _bone(row: dict[str, str]) -> Bone:
    return Bone(**{k: (float(v) if v else None) if k in NUMBERS else v for k, v in row.items()})


@functools.cache
def number_of() -> dict[str, int]:
    """Site id -> number."""
    return {bone.id: i for i, bone in enumerate(bones())}


@functools.cache
def sites_in(region: str) -> tuple[int, ...]:
    """Numbers of the sites of a region; also of the vague regions a report may use (spine, femur_proximal, any)."""
    spine = ("cervical", "thoracic", "lumbar")
    return tuple(
        i
        for i, bone in enumerate(bones())
        if region in (bone.region, bone.id, "any")
        or (region == "spine" and bone.region in spine)
        or (region == "femur_proximal" and bone.id.startswith(("femur_neck", "femur_trochanter")))
    )
