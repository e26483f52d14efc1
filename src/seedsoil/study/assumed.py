"""What a forecast had to assume: everything the chart does not say and the twins had to be given."""

from __future__ import annotations

import numpy as np

from seedsoil.care.patient import Patient
from seedsoil.diagnostics import blood, examination
from seedsoil.world import observing, populations
from seedsoil.world.day import World

# What a clinician would want to know and a chart may lack; in the analyte's own unit.
WANTED = {
    "calcium": "mmol/L", "albumin": "g/L", "creatinine": "umol/L", "haemoglobin": "g/dL", "platelets": "10*9/L",
    "neutrophils": "10*9/L", "alp": "U/L", "phosphate": "mmol/L", "magnesium": "mmol/L", "vitamin_d": "nmol/L",
}  # fmt: skip
ALSO_AS = {"calcium": ("calcium_corrected", "calcium_ionised"), "creatinine": ("egfr",), "alp": ("bone_alp",)}


def assumed_items(patient: Patient, world: World, start: int) -> list[dict]:
    """The imputed items, each with how it was filled and the middle 90 % of the twins."""
    view = observing.seen(world, np.arange(len(world.people.key)))
    told = {f.what for f in patient.findings if f.qualifier == "=" and f.value is not None}
    rows = []
    for name in WANTED:
        if name not in told and not told & set(ALSO_AS.get(name, ())):
            hint = "known only in words; " if any(f.what == name for f in patient.findings) else ""
            rows.append(
                _row(name.replace("_", " "), f"{hint}from twins that fit the rest", blood.true_value(name, view), WANTED[name])
            )
    if not told & {"pain"}:
        rows.append(_row("worst pain", "from twins that fit the rest", examination.pain_worst(view), "0-10"))
    if not told & {"ecog", "karnofsky"}:
        rows.append(_row("ECOG performance status", "from twins that fit the rest", examination.true_value("ecog", view), "grade"))
    if "weight" not in told:
        rows.append(_row("body weight", "drawn from people with this cancer", view.x["weight"], "kg"))
    rows += _disease(patient, world)
    if patient.cancer is None or not patient.cancer_certain or patient.cancer == "unknown":
        rows.append(
            {
                "what": "primary",
                "how": "not known: each twin draws its own, " + _shares(world),
                "low": None,
                "high": None,
                "unit": None,
            }
        )
    elif patient.subtype is None and len(populations.populations(patient.cancer)) > 1:
        rows.append(
            {"what": "subtype of the cancer", "how": "not known: " + _subtypes(world), "low": None, "high": None, "unit": None}
        )
    rows.append({
        "what": "start of bone disease", "how": "twins are followed from the first bone finding in the chart",
        "low": float(start), "high": float(start), "unit": "day",
    })  # fmt: skip
    return rows


def _disease(patient: Patient, world: World) -> list[dict]:
    """Lesions, their size and kind, and disease outside bone."""
    people = world.people
    count = people.lesions.astype(float)
    used = np.arange(people.site.shape[1])[None, :] < people.lesions[:, None]
    volume = np.where(used, people.lesion[:, :, 0] + people.lesion[:, :, 1] + people.lesion[:, :, 2], 0.0)
    recorded = len([x for x in patient.lesions if x.site])
    rows = [
        _row("bone lesions in all", f"{recorded} recorded with their bone, the others drawn", count, "lesions"),
        _row("bone tumour in all", "recorded sizes where given, else drawn", volume.sum(axis=1), "mL"),
    ]
    if any(x.site is None for x in patient.lesions):
        rows.append(
            {
                "what": "bones of lesions",
                "how": "drawn within the region the chart names",
                "low": None,
                "high": None,
                "unit": None,
            }
        )
    if any(x.kind is None for x in patient.lesions) or not patient.lesions:
        lytic = np.where(used, people.lesion_traits["kind"] == 0, False).sum(axis=1) / np.maximum(count, 1)
        rows.append(
            _row("share of lesions that are lytic", "not stated; drawn by cancer, weighed by ALP and calcium", 100.0 * lytic, "%")
        )
    body = world.body()
    outside = body.liver_sensitive + body.liver_resistant + body.lung_sensitive + body.lung_resistant
    rows.append(
        _row(
            "liver and lung metastases",
            "as recorded, size drawn" if patient.visceral else "none recorded; some twins have small ones",
            outside,
            "mL",
        )
    )
    return rows


def _row(what: str, how: str, values: np.ndarray, unit: str) -> dict:
    low, high = np.quantile(np.asarray(values, dtype=float), [0.05, 0.95])
    return {"what": what, "how": how, "low": _short(low), "high": _short(high), "unit": unit}


def _short(x: float) -> float:
    return float(f"{x:.3g}")


def _shares(world: World) -> str:
    names = np.array(populations.cancers())[world.people.cancer]
    kinds, counts = np.unique(names, return_counts=True)
    order = np.argsort(-counts)[:4]
    return ", ".join(f"{kinds[i].replace('_', ' ')} {100 * counts[i] / len(names):.0f} %" for i in order)


def _subtypes(world: World) -> str:
    parts = populations.populations(populations.cancers()[world.people.cancer[0]])
    share = [np.mean(world.people.subtype == k) for k in range(len(parts))]
    return ", ".join(f"{part.label} {100 * s:.0f} %" for part, s in zip(parts, share, strict=True))
