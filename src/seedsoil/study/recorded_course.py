"""What the course of a record tells beyond single findings: organs seen clean or late, and changes of treatment."""

from __future__ import annotations

import numpy as np

from seedsoil.care.patient import Patient
from seedsoil.study.weighing import number
from seedsoil.treatments import drug
from seedsoil.world.day import World
from seedsoil.world.parameters import loop_number

AGAINST_CANCER = ("hormone", "chemotherapy", "immunotherapy", "targeted", "radionuclide")
GROWS_IN = 42  # days over which tumour is compared where the treatment of the cancer was changed


class RecordedCourse:
    """What candidates are weighed by on the way to day 0, beside single findings. `days` are those it wants to see them on."""

    def __init__(self, patient: Patient, begin: int) -> None:
        """From the day of the first finding, `begin`, on: the disease is placed as it was seen then."""
        self.organs = [(int(day), organ, seen) for organ, (day, seen) in organs_told(patient).items() if day > begin]
        self.before: dict[int, np.ndarray | None] = {c: None for c in changes_of_line(patient) if c - GROWS_IN >= begin}
        self.days = {day for day, *_ in self.organs} | {*self.before} | {day - GROWS_IN for day in self.before}

    def log_likelihood(self, world: World) -> np.ndarray | float:
        """What today adds for each candidate [n]; 0 on most days."""
        out: np.ndarray | float = 0.0
        for _, organ, seen in (told for told in self.organs if told[0] == world.day):
            out = out + organ_seen(world, organ, seen)
        if world.day + GROWS_IN in self.before:
            self.before[world.day + GROWS_IN] = burden(world)
        if world.day in self.before:
            out = out + changed_line(self.before[world.day], burden(world))
        return out


def organs_told(patient: Patient) -> dict[str, tuple[float, bool]]:
    """What pictures told of the organs that metastases go to: the day they were first seen there, or the last day a cross-section
    showed none, and which of the two. The brain has to be looked at by itself."""
    out = {v.organ: (v.day_to, True) for v in sorted(patient.visceral, key=lambda v: -v.day_to)}
    for organ, region in (("liver", "lumbar"), ("lung", "thoracic")):
        looks = [e.day_to for e in patient.examined if e.what in ("ct", "fdg_pet") and e.region in (None, region)]
        if looks and organ not in out:
            out[organ] = (max(looks), False)
    return out


def organ_seen(world: World, organ: str, on_record: bool) -> np.ndarray:
    """Log likelihood [n] of a picture that first told of metastases in an organ, or told of none."""
    body = world.body()
    visible = getattr(body, f"{organ}_sensitive") + getattr(body, f"{organ}_resistant") > loop_number("visible_visceral")
    return np.where(visible == on_record, 0.0, np.log(number("organ_missed")))


def burden(world: World) -> np.ndarray:
    """Tumour in bone, in organs and in the primary, mL [n]."""
    body = world.body()
    organs = sum(getattr(body, f"{o}_{kind}") for o in ("liver", "lung", "brain") for kind in ("sensitive", "resistant"))
    return world.sums().tumour + organs + body.primary


def changed_line(before: np.ndarray, now: np.ndarray) -> np.ndarray:
    """Log likelihood [n] of a change of treatment, by tumour before and on the day: mostly it has grown."""
    return np.where(now > before, 0.0, np.log(number("changed_without_growth")))


def changes_of_line(patient: Patient) -> list[int]:
    """Days from the first finding on when a drug against the cancer was begun well after another one."""
    begun: dict[str, float] = {}
    for given in sorted(patient.given, key=lambda g: g.day_to):
        if given.what in drug.catalogue() and drug.catalogue()[given.what].kind in AGAINST_CANCER:
            begun.setdefault(given.what, given.day_to)
    days = sorted({int(day) for day in begun.values()})
    return [day for day in days if day <= 0 and any(day - other >= GROWS_IN for other in days)]
