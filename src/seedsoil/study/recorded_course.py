"""What the course of a record tells beyond single findings: organs seen clean or late, and changes of treatment."""

from __future__ import annotations

import numpy as np

from seedsoil.care.patient import Patient
from seedsoil.study.weighing import number
from seedsoil.treatments import drug
from seedsoil.world.day import World
from seedsoil.world.parameters import loop_number

AGAINST_CANCER = ("hormone", "chemotherapy", "immunotherapy", "targeted", "radionuclide")
CROSS_SECTIONS = ("ct", "fdg_pet")  # pictures that show organs
MEASURED = ("liver", "lung")  # organs whose metastases a cross-section of the trunk measures
GROWS_IN = 42  # days over which tumour is compared where the treatment of the cancer was changed


class RecordedCourse:
    """What candidates are weighed by on the way to day 0, beside single findings. `days` are those it wants to see them on."""

    def __init__(self, patient: Patient, begin: int) -> None:
        """From the day of the first finding, `begin`, on: the disease is placed as it was seen then."""
        self.sizes = [(int(day), organ, mm) for organ, day, mm in measured_later(patient) if day > begin]
        self.organs = [(int(day), organ, seen) for organ, (day, seen) in organs_told(patient).items() if day > begin]
        self.before: dict[int, np.ndarray | None] = {c: None for c in changes_of_line(patient) if c - GROWS_IN >= begin}
        self.days = {day for day, *_ in (*self.organs, *self.sizes)} | {*self.before} | {day - GROWS_IN for day in self.before}

    def log_likelihood(self, world: World) -> np.ndarray | float:
        """What today adds for each candidate [n]; 0 on most days."""
        out: np.ndarray | float = 0.0
        for _, organ, seen in (told for told in self.organs if told[0] == world.day):
            out = out + organ_seen(world, organ, seen)
        for _, organ, mm in (told for told in self.sizes if told[0] == world.day):
            out = out + organ_size(world, organ, mm)
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
        looks = [e.day_to for e in patient.examined if e.what in CROSS_SECTIONS and e.region in (None, region)]
        if looks and organ not in out:
            out[organ] = (max(looks), False)
    return out


def organ_seen(world: World, organ: str, on_record: bool) -> np.ndarray:
    """Log likelihood [n] of a picture that first told of metastases in an organ, or told of none."""
    body = world.body()
    visible = getattr(body, f"{organ}_sensitive") + getattr(body, f"{organ}_resistant") > loop_number("visible_visceral")
    return np.where(visible == on_record, 0.0, np.log(number("organ_missed")))


def volume_of(longest_mm: float) -> float:
    """mL of a ball of this diameter, mm."""
    return float(np.pi / 6.0 * (longest_mm / 10.0) ** 3)


def measured_first(patient: Patient, organ: str) -> float | None:
    """Longest diameter, mm, of metastases of an organ when they were first measured; None where they were not."""
    looks = [look for v in patient.visceral if v.organ == organ for look in v.measured]
    return min(looks)[1] if looks else None


def measured_later(patient: Patient) -> list[tuple[str, float, float]]:
    """Organ, day and longest diameter, mm, of the newest look at metastases that had been measured before."""
    looks = [(v.organ, sorted(v.measured)) for v in patient.visceral if v.organ in MEASURED]
    return [(organ, *own[-1]) for organ, own in looks if len(own) > 1]


def organ_size(world: World, organ: str, longest_mm: float) -> np.ndarray:
    """Log likelihood [n] of a diameter of an organ's metastases. Growth is noted only when it has passed what counts for
    progression, so that an error of that size lies on it."""
    body = world.body()
    volume = getattr(body, f"{organ}_sensitive") + getattr(body, f"{organ}_resistant")
    off = (np.log(np.maximum(volume, 1e-3)) - np.log(volume_of(longest_mm))) / number("organ_growth_error")
    return -0.5 * off**2


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
