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
    "conventional": "Conventional", "stereotactic": "Stereotactic (SBRT)", "intensity_modulated": "Intensity-modulated",
}  # fmt: skip
TOPIC_WORDS = {
    "systemic": "Treatment of the cancer", "bone_agent": "Bone agent", "radiotherapy": "Radiotherapy", "surgery": "Surgery",
    "pain": "Pain", "diagnosis": "Diagnosis", "follow_up": "Follow-up",
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
            "id": d.id, "label": drug_words(d.id), "short": short(drug_words(d.id)), "topic": d.topic,
            "dose": d.dose.value, "unit": d.dose_unit,
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
        "topics": [{"id": topic, "label": TOPIC_WORDS[topic]} for topic in TOPICS if topic != "emergency"],
    }


def drug_words(name: str) -> str:
    """What a drug is called; vitamin D is measured under another name than it is given."""
    return "Vitamin D" if name == "vitamin_d" else spoken(name)


def short(words: str) -> str:
    """A name within a sentence: without what stands in brackets, and small unless it is an abbreviation."""
    bare = words.partition(" (")[0]
    return bare if bare[:2].isupper() or bare.startswith("Vitamin") else bare[:1].lower() + bare[1:]


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
