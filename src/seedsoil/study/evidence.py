"""What a forecast rests on: how good the evidence for each effect is, and the papers behind the numbers used."""

from __future__ import annotations

from seedsoil.care.plan import Plan
from seedsoil.grammar.tables import table
from seedsoil.study.twins import Twins
from seedsoil.treatments import drug, procedures
from seedsoil.world import parameters, populations

# What a forecast's own outcomes rest on, beyond the treatments.
GROUNDS = (
    ("natural course of bone disease", "assumed", "a mechanistic model; most of its numbers are assumed or fitted one by one"),
    ("survival", "assumed", "driven by modelled tumour burden and function; not yet calibrated to registries"),
    ("fracture and cord compression", "assumed", "strength laws from laboratory studies; rates not yet calibrated"),
)


def graded(plans: list[Plan]) -> list[dict]:
    """Each effect that the plans use, with the grade of its evidence."""
    rows = [{"what": what, "grade": grade, "note": note} for what, grade, note in GROUNDS]
    for item in drug.catalogue().values():
        if any(_may_use(plan, item.topic) for plan in plans):
            rows.append({"what": item.label, "grade": item.evidence, "note": f"{item.kind.replace('_', ' ')}; see the sources"})
    rows += [
        {"what": item.label, "grade": item.evidence, "note": "local treatment"}
        for item in procedures.catalogue().values()
        if any(_may_use(plan, item.topic) for plan in plans)
    ]
    return rows


def _may_use(plan: Plan, topic: str) -> bool:
    """Whether a plan gives anything of a topic: by its own orders, or by standard care."""
    return (plan.care == "standard" and topic not in plan.withhold) or any(o.topic == topic for o in plan.orders)


def keys_used(twins: Twins, plans: list[Plan]) -> list[str]:
    """Keys of the papers behind the numbers of the body, the person's cancer and the drugs, without our own estimates."""
    keys = {e.source for e in parameters.entries().values()}
    for c in {int(x) for x in twins.world.people.cancer}:
        keys |= {e.source for e in table("populations", f"{populations.cancers()[c]}.toml").values()}
    for item in drug.catalogue().values():
        if any(_may_use(plan, item.topic) for plan in plans):
            keys |= set(item.sources)
    return sorted(key for key in keys if key != "seedsoil")
