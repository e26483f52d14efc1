"""What a forecast rests on: how good the evidence for each effect is, and the papers behind the numbers used."""

from __future__ import annotations

from seedsoil.care import guidelines
from seedsoil.grammar.tables import table
from seedsoil.study.twins import Twins
from seedsoil.study.values import bibliography
from seedsoil.treatments import drug, procedures
from seedsoil.world import acting, parameters, populations

# What a forecast's own outcomes rest on, beyond the treatments.
GROUNDS = (
    ("natural course of bone disease", "assumed", "a mechanistic model; most of its numbers are assumed or fitted one by one"),
    ("survival", "assumed", "driven by modelled tumour burden and function; not yet calibrated to registries"),
    ("fracture and cord compression", "assumed", "strength laws from laboratory studies; rates not yet calibrated"),
)


def graded(used: set[str]) -> list[dict]:
    """Each effect that somebody's forecast used, with the grade of its evidence."""
    rows = [{"what": what, "grade": grade, "note": note} for what, grade, note in GROUNDS]
    rows += [
        {"what": item.label, "grade": item.evidence, "note": item.kind.replace("_", " ")}
        for item in drug.catalogue().values()
        if item.id in used
    ]
    rows += [
        {"what": item.label, "grade": item.evidence, "note": "local treatment"}
        for item in procedures.catalogue().values()
        if item.id in used
    ]
    if acting.RADIOTHERAPY in used:
        rows.append({"what": "radiotherapy for pain", "grade": "randomised", "note": "how long it lasts: assumed"})
    return rows


def keys_used(twins: Twins, used: set[str]) -> list[str]:
    """Keys of the papers behind the numbers of the body, the person's cancer, the treatments and the rules; without our
    own estimates."""
    keys = {e.source for e in parameters.entries().values()}
    for c in {int(x) for x in twins.world.people.cancer}:
        keys |= {e.source for e in table("populations", f"{populations.cancers()[c]}.toml").values()}
    for item in (*drug.catalogue().values(), *procedures.catalogue().values()):
        if item.id in used:
            keys |= set(item.sources)
    if acting.RADIOTHERAPY in used:
        keys |= {e.source for e in table("treatments", "radiation.toml").values()}
    keys |= {key for rule in guidelines.RULES for key in rule.source.replace(",", ";").split(";")}
    return sorted({key.strip() for key in keys} & bibliography().keys() - {"seedsoil"})
