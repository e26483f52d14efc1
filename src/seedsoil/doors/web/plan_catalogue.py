"""What a plan may be made of: the plans that come with seedsoil, the drugs with their usual doses, the places and operations."""

from __future__ import annotations

import functools
from typing import Any

from seedsoil.care import codes
from seedsoil.care.plan import TOPICS, Plan, PlannedOrder
from seedsoil.doors.web.exchange import Question, aside
from seedsoil.doors.wording import plan_words, spoken
from seedsoil.grammar import skeleton

NOT_CHOSEN = ("red_cells", "platelet_transfusion", "calcium_iv", "fluids")  # given as the need arises, not by a plan
TECHNIQUE_WORDS = {
    "conventional": "Conventional (3D-conformal)", "stereotactic": "Stereotactic (SBRT)",
    "intensity_modulated": "Intensity-modulated (IMRT)",
}  # fmt: skip


async def list_plans(q: Question) -> dict:
    """The plans that come with seedsoil, and what a plan may be made of."""
    return await aside(catalogue)


@functools.cache
def catalogue() -> dict:
    """Plans, drugs, procedures, places, topics."""
    from seedsoil.study import plans
    from seedsoil.study.files import DOSE_UNITS
    from seedsoil.treatments import drug, radiation

    field_of = {unit: field for field, (unit, _, _) in DOSE_UNITS.items()}
    drugs = [
        {
            "id": d.id, "label": spoken(d.id), "topic": d.topic, "dose": d.dose.value, "unit": d.dose_unit,
            "field": field_of.get(d.dose_unit) or field_of.get(f"{d.dose_unit}/d"), "every_days": d.every_days,
            "daily": d.shape == "daily", "evidence": d.evidence, "route": d.route,
        }
        for d in drug.catalogue().values() if d.id not in NOT_CHOSEN
    ]  # fmt: skip
    places = [name for name, group in codes.groups("procedure").items() if group != "primary_surgery"]
    return {
        "plans": [as_asked(plans.named(name)) | {"words": plan_words(name)} for name in plans.names()],
        "drugs": sorted(drugs, key=lambda d: (d["topic"], d["label"])),
        "procedures": [{"id": name, "label": spoken(name)} for name in places],
        "techniques": [{"id": name, "label": TECHNIQUE_WORDS[name]} for name in radiation.TECHNIQUES],
        "sites": [{"id": bone.id, "label": bone.label, "region": bone.region} for bone in skeleton.bones()],
        "topics": [{"id": topic, "label": topic.replace("_", " ").capitalize()} for topic in TOPICS if topic != "emergency"],
    }


def as_asked(plan: Plan) -> dict[str, Any]:
    """A plan as the page's questions write it."""
    return {
        "name": plan.name, "description": plan.description, "care": plan.care, "withhold": list(plan.withhold),
        "orders": [_order(order) for order in plan.orders],
    }  # fmt: skip


def _order(order: PlannedOrder) -> dict[str, Any]:
    from seedsoil.study.files import DOSE_UNITS

    out: dict[str, Any] = {"do": order.do, "what": order.what, "day": order.day}
    if order.dose is not None:
        out[next(field for field, (unit, _, _) in DOSE_UNITS.items() if unit == order.dose_unit)] = order.dose
    for name in ("site", "every_weeks", "fractions", "technique"):
        if getattr(order, name) is not None:
            out[name] = getattr(order, name)
    return out
