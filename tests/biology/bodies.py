"""One person or a group for tests: a healthy body, lesions of a kind, a drug given, a run with what was watched."""

from __future__ import annotations

import functools
import math

import numpy as np

from seedsoil.biology import minerals
from seedsoil.biology.body import Body, Lesion, Sums
from seedsoil.grammar import luck, skeleton
from seedsoil.grammar.tables import table
from seedsoil.treatments import drug, kinetics
from seedsoil.treatments.kinetics import Kinetics, Onboard
from seedsoil.world import aboard, kernel, parameters, people, populations
from seedsoil.world.records import SLOTS, People, empty

BODY = {name: i for i, name in enumerate(Body._fields)}
LESION = {name: i for i, name in enumerate(Lesion._fields)}
SUMS = {name: i for i, name in enumerate(Sums._fields)}
ONBOARD = {name: i for i, name in enumerate(Onboard._fields)}
REFERENCE_GFR = 84.0  # filtration at which a bisphosphonate's renal loss was measured

# Healthy, seventy, and as the tables' typical values have it, so that the steady state is the tables' own.
HEALTHY = {
    "age_years": 70.0, "male": 0.0, "weight": 70.0, "gfr_healthy": 100.0, "vitamin_d_usual": 60.0, "bone_mass": 1.0,
    "frailty": 1.0, "load": 1.0, "strength": 1.0, "pain_sensitivity": 1.0, "treatability": 1.0, "marker_secretion": 1.0,
    "fdg_avidity": 1.0, "marrow_reserve": 1.0, "radiosensitivity": 0.2, "alpha_beta": 4.0, "visceral_growth": 0.01,
    "primary_growth": 0.01, "resistant_share": 0.0, "wake_rate": 1e-4, "dormant_share": 0.0, "shedding": 0.0,
    "visceral_tropism": 0.0, "fall_rate": 1e-3, "kidney_fragility": 0.0, "parathyroid_adenoma": 0.0, "phosphate_wasting": 0.0,
    "pthrp_secretion": 0.0,
}  # fmt: skip
KINDS = {
    "lytic": {"lytic_drive": 20.0, "stromal_inhibition": 0.8, "osteoblast_drive": 0.0},
    "mixed": {"lytic_drive": 12.0, "stromal_inhibition": 0.4, "osteoblast_drive": 5.0},
    "blastic": {"lytic_drive": 5.0, "stromal_inhibition": 0.0, "osteoblast_drive": 12.0},
}
# Bones to fill one after another.
BONES = (
    "L3", "T8", "hemipelvis_left", "rib_5_left", "femur_trochanter_left", "L1", "T4", "C5", "sacrum", "T10", "T11", "T12",
    "L2", "L4", "L5", "rib_6_left",
)  # fmt: skip


@functools.cache
def numbers() -> parameters.Numbers:
    """The tables' typical values."""
    return parameters.typical()


def changed(**values: float) -> parameters.Numbers:
    """Typical values but for those named."""
    typical = numbers()
    params = typical.params.copy()
    for name, value in values.items():
        params[name] = value
    for name, value in minerals.derive(params.view(np.recarray)).items():
        params[name] = value
    return typical._replace(params=params)


def healthy(n: int = 1, known: parameters.Numbers | None = None, **traits) -> People:
    """n people without disease at their own steady state; traits may differ between them."""
    known = known or numbers()
    out = empty(n, known.drugs.shape[1])
    for name, value in (HEALTHY | traits).items():
        out.traits[name] = value
    out.body[:] = people.steady(out.traits, known.params[out.set_of]).T
    out.left[:], out.lesion_left[:] = 1e9, 1e9
    return out


def add_lesions(
    who: People, count: int, kind: str, volume_ml: float = 5e-5, doubling_days: float = 60.0, pthrp: float = 0.0
) -> People:
    """Give everyone `count` lesions of one kind at fixed bones, awake and drug-sensitive."""
    slots = slice(0, count)
    t = who.lesion_traits
    for name, value in KINDS[kind].items():
        t[name][:, slots] = value
    t["growth"][:, slots] = math.log(2.0) / (doubling_days * table("people.toml")["growth_at_one_ml"].value)
    t["bone_independent"][:, slots] = 0.75
    t["pthrp_secretion"][:, slots] = pthrp
    t["soreness"][:, slots] = t["undermining"][:, slots] = 1.0
    who.lesions[:] = count
    who.site[:, slots] = [skeleton.number_of()[name] for name in BONES[:count]]
    who.lesion[:, slots, LESION["sensitive"]] = volume_ml
    who.lesion[:, slots, LESION["awake"]] = 1.0
    who.settled[:] = False
    return who


def cohort(cancer: str, n: int, seed: int = 1, known: parameters.Numbers | None = None, **given) -> People:
    """People of one cancer at their first finding of bone metastasis; events are left out by `run`."""
    known = known or numbers()
    given = {name: np.full(n, value) for name, value in given.items()}
    out = people.new(cancer, np.arange(n), seed, known, given)
    people.at_first_finding(out, seed, known)
    return out


@functools.cache
def row_of(name: str) -> Kinetics:
    """A drug's kinetic numbers."""
    row = numbers().drugs[0, drug.number_of()[name]]
    return Kinetics(*[float(row[field]) for field in Kinetics._fields])


def give(who: People, name: str, dose: float, where: np.ndarray | slice = slice(None)) -> None:
    """One dose, or from now on a daily dose, of a drug in its own unit."""
    d, rows = drug.number_of()[name], np.arange(len(who.key))[where]
    shape, k = drug.catalogue()[name].shape, row_of(name)
    if shape == "daily":
        aboard.put(who, rows, d, "daily", dose)
    elif shape == "bone":
        taken = [kinetics.taken_up(dose * k.potency, gfr, REFERENCE_GFR, k) for gfr in who.body[where, BODY["gfr"]]]
        aboard.put(who, rows, d, "first", np.array(taken), add=True)
    else:
        aboard.put(who, rows, d, "first", dose, add=True)
    who.settled[where] = False


def stop(who: People, name: str) -> None:
    """End a daily drug."""
    aboard.end(who, np.arange(len(who.key)), drug.number_of()[name])


def resorption(who: People) -> np.ndarray:
    """Calcium freed from all bone, mmol a day, that of lesions weighed as telopeptides weigh it."""
    p = numbers().params[0]
    body = who.body
    lesions = table("diagnostics", "blood.toml")["telopeptides.lesion"].value * who.sums[:, SUMS["resorbed"]]
    return p["bone_turnover"] * body[:, BODY["osteoclasts"]] * body[:, BODY["skeleton"]] + lesions


WATCHED = ("calcium", "volume", "gfr", "osteoclasts", "osteoblasts", "parathyroid", "phosphate", "magnesium", "calcitriol")


def run(
    who: People, days: int, known: parameters.Numbers | None = None, each_day=None, start: int = 0
) -> dict[str, np.ndarray]:
    """Carry people on without events; what was watched, [days + 1, n], row 0 the start. `each_day(day)` may give drugs."""
    known = known or numbers()
    log = np.zeros((16, 4), np.int64)
    weights = populations.site_weights()
    seen: dict[str, list] = {name: [] for name in (*WATCHED, "resorption")}

    def look() -> None:
        for name in WATCHED:
            seen[name].append(who.body[:, BODY[name]].copy())
        seen["resorption"].append(resorption(who))

    settle(who, known)
    look()
    for day in range(days):
        if each_day is not None:
            each_day(day)
        kernel.advance(who, 1, start + day, known.params, known.drugs, known.sites, weights, False, log)
        look()
    return {name: np.array(values) for name, values in seen.items()}


def settle(who: People, known: parameters.Numbers) -> None:
    """What the lesions add up to now, before any day has passed."""
    from seedsoil.biology import rates
    from seedsoil.biology.body import Effects

    p = known.params[who.set_of].view(np.recarray)
    y, x = Body(*who.body.T), who.traits.view(np.recarray)
    rx, carried = Effects(*who.last_effect.T), Sums(*who.sums.T)
    soil = rates.soil(y, x, rx, carried, p)
    who.sums[:] = 0.0
    for k in range(SLOTS):
        here = who.lesions > k
        if not here.any():
            break
        pick = lambda record, here=here: type(record)(*[field[here] for field in record])
        part = rates.contribution(
            Lesion(*who.lesion[here, k].T), pick(y), pick(soil), x[here], who.lesion_traits[here, k].view(np.recarray),
            known.sites[who.site[here, k]].view(np.recarray), pick(rx), p[here],
        )  # fmt: skip
        for s, (name, values) in enumerate(zip(Sums._fields, part, strict=True)):
            worst = name in ("cord_deficit", "pain_of_largest")
            who.sums[here, s] = np.maximum(who.sums[here, s], values) if worst else who.sums[here, s] + values


def score(n: int, name: str) -> np.ndarray:
    """Standard normal scores for a spread between n people."""
    return luck.normal(1, np.arange(n), name)
