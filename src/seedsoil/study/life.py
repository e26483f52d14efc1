"""One virtual person's life as pictures: every two weeks what is true in the body and what the clinic knows of it, beside the
story in words; and the same person, with the same luck, under another plan from a chosen day on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from seedsoil.care.chart import LESION_CODES, LESION_DAYS, LESION_FIELDS, LESION_KINDS, NEVER, Chart
from seedsoil.care.guidelines import standard
from seedsoil.care.orders import Order
from seedsoil.care.plan import Plan
from seedsoil.diagnostics import blood, examination
from seedsoil.errors import InputError
from seedsoil.grammar import skeleton
from seedsoil.grammar.tables import table
from seedsoil.study import plans, story
from seedsoil.study.bones import bones, kind_of
from seedsoil.treatments import drug
from seedsoil.world import observing
from seedsoil.world.day import World

EVERY = 14  # days between two pictures
BEFORE = 2 * 365  # days before the diagnosis from which there are pictures
MOST_YEARS = 15.0
# What can be set of a person, and the row of data/people.toml that says how people differ in it.
TRAITS = {
    "bone_mass": "bone_density_at_forty", "strength": "strength", "pain_sensitivity": "pain_sensitivity",
    "treatability": "treatability",
}  # fmt: skip
AGES = (30.0, 90.0)
MEASURED = ("calcium_corrected", "alp", "haemoglobin", "ntx", "psa", "ca153", "cea", "creatinine")
Z90 = 1.6448536269514722


def trait_ranges() -> dict[str, dict]:
    """What can be set of a person: typical value, and where the middle 90 % of people are; the age within its bounds."""
    rows = table("people.toml")
    out = {"age_years": {"typical": 65.0, "low": AGES[0], "high": AGES[1], "unit": "years", "note": "age when the cancer is found"}}
    for name, row in TRAITS.items():
        low, typical, high = (float(f"{float(rows[row].spread(z)):.3g}") for z in (-Z90, 0.0, Z90))
        out[name] = {"typical": typical, "low": low, "high": high, "unit": rows[row].unit, "note": rows[row].note}
    return out


def checked(traits: dict[str, float]) -> None:
    """Raises InputError for a trait that cannot be set or lies outside its range."""
    ranges = trait_ranges()
    for name, value in traits.items():
        row = ranges.get(name)
        if row is None:
            raise InputError(f"traits.{name}", value, ", ".join(ranges))
        if not row["low"] <= value <= row["high"]:
            raise InputError(f"traits.{name}", value, f"{row['low']:g} to {row['high']:g}")


@dataclass(frozen=True)
class Switched:
    """Standard care, and from a day on a plan."""

    after: plans.Policy
    day: int

    def __call__(self, chart: Chart) -> tuple[Order, ...]:
        """The orders for everybody on the chart."""
        return tuple((self.after if chart.day >= self.day else standard)(chart))


def live(
    cancer: str, seed: int, years: float = 8.0, traits: dict[str, float] | None = None, plan: Plan | None = None,
    from_day: int = 0, progress: Callable[[str, int, int], None] | None = None,
) -> dict:  # fmt: skip
    """One life (schema ``seedsoil.life/1``). With a `plan`, that plan from `from_day` after the diagnosis on; until that day
    the life is the same to the last digit.

    Raises InputError for a trait that cannot be set or lies outside its range.
    """
    if not 0.0 < years <= MOST_YEARS:
        raise InputError("years", years, f"more than 0, at most {MOST_YEARS:g}")
    checked(traits or {})
    pictures: list[dict] = []
    days = round(years * 365.25)

    def look(world: World) -> None:
        if progress and world.day % 28 == 0:
            progress("living" if world.day > 0 else "growing unseen", max(world.day, 0), days)
        dead = not world.people.alive[0]
        if world.day >= -BEFORE and (world.day % EVERY == 0 or dead):
            pictures.append(picture(world))

    watch, person = story.diagnosed(cancer, seed, traits, look)
    care = standard
    if plan is not None:
        late = replace(plan, orders=tuple(replace(order, day=order.day + from_day) for order in plan.orders))
        care = Switched(plans.as_policy(late), from_day)
        watch.world.next_visit[:] = 0
    _follow(watch, days, care, look, [] if plan is None else [from_day, *(int(o.day) + from_day for o in plan.orders)])
    return {
        "schema": "seedsoil.life/1", "person": person, "seed": seed, "cancer": cancer, "plan": plan.name if plan else None,
        "from_day": from_day if plan else None, "pictures": pictures, "events": watch.story.events, "notice": story.NOTICE,
    }  # fmt: skip


def _follow(watch, days: int, care, look, visits: list[int]) -> None:
    """Follow in stretches, so that the person is seen on the days on which the plan begins something."""
    for stop in sorted({day for day in visits if 0 < day < days}):
        if watch.world.day < stop:
            story.follow(watch, stop, care, look, end=False)
            watch.world.next_visit[:] = stop
    story.follow(watch, days, care, look)


def picture(world: World) -> dict:
    """How one person is today: what is felt and measured, the true lesions, and those the clinic knows."""
    seen = observing.seen(world, np.array([0]))
    values = {
        "pain_rest": examination.pain_rest(seen), "pain_worst": examination.pain_worst(seen),
        "ecog": examination.true_value("ecog", seen), **{name: blood.true_value(name, seen) for name in MEASURED},
    }  # fmt: skip
    names = list(drug.catalogue())
    on = (world.chart.drug_start[0] > NEVER) & (world.chart.drug_stop[0] == NEVER)
    true = truth(world, seen)
    signals = {name: float(f"{float(value[0]):.3g}") for name, value in values.items()}
    signals |= {"lesions": float(len(true)), "tumour_ml": round(sum(row["tumour_ml"] for row in true), 2)}
    return {
        "day": int(world.day), "alive": bool(world.people.alive[0]), "signals": signals, "truth": true, "known": known(world.chart),
        "drugs": [names[d] for d in np.flatnonzero(on)],
    }  # fmt: skip


def truth(world: World, seen=None) -> list[dict]:
    """Every bone with tumour in it, whether anybody knows of it or not."""
    here = bones(seen or observing.seen(world, np.array([0])))
    chart, names = world.chart, skeleton.bones()
    rayed = _treated(chart)
    out = []
    for k in np.flatnonzero(here.site[0] >= 0):
        site = int(here.site[0, k])
        out.append({
            "bone": names[site].id, "size_mm": round(float(here.size_mm[0, k]), 1), "kind": kind_of(float(here.sclerosis[0, k])),
            "tumour_ml": round(float(here.tumour_ml[0, k]), 3), "broken": bool(here.broken[0, k]), "held": bool(here.held[0, k]),
            "irradiated": names[site].id in rayed, "strength": round(float(here.strength[0, k]), 2),
            "load": round(float(here.load[0, k]), 2),
        })  # fmt: skip
    return out


def _treated(chart: Chart) -> set[str]:
    names, lines = skeleton.bones(), chart.lesion_days[0, :, LESION_DAYS.index("irradiated")] > NEVER
    return {names[int(site)].id for site in chart.site[0][lines] if 0 <= site < len(names)}


def known(chart: Chart) -> list[dict]:
    """Every bone that the clinic holds to have tumour in it."""
    names, out = skeleton.bones(), []
    number = lambda line, field: float(chart.lesion_numbers[0, line, LESION_FIELDS.index(field)])
    code = lambda line, field: int(chart.lesion_codes[0, line, LESION_CODES.index(field)])
    day = lambda line, field: int(chart.lesion_days[0, line, LESION_DAYS.index(field)])
    for line in np.flatnonzero(chart.lesions()[0]):
        site = int(chart.site[0, line])
        if site >= len(names):
            continue
        size, kind = number(line, "longest_mm"), code(line, "kind")
        out.append({
            "bone": names[site].id, "size_mm": None if np.isnan(size) else round(size, 1),
            "kind": LESION_KINDS[kind] if kind >= 0 else None, "certain": code(line, "certain") != 0,
            "irradiated": day(line, "irradiated") > NEVER, "held": day(line, "fixed") > NEVER,
            "broken": day(line, "fractured") > NEVER,
        })  # fmt: skip
    return out
