"""The disease in a record: the primary, its metastases, what befell the person, and the lesions that are followed."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING

from seedsoil.care.patient import Happened, KnownLesion
from seedsoil.doors.fhir import vocabulary
from seedsoil.doors.fhir.vocabulary import MCODE, US_CORE, fixed
from seedsoil.grammar import skeleton

if TYPE_CHECKING:
    from seedsoil.doors.fhir.writing import Paper, Record

RELATED = "http://hl7.org/fhir/StructureDefinition/condition-related"
LESION_NAMES = "https://seedsoil.example/lesions"
SOFT_TISSUE = "With a soft tissue mass."


def conditions(record: Record, paper: Paper) -> Iterator[dict]:
    """Diagnoses and the lesions that are followed."""
    patient = record.patient
    if patient.cancer:
        yield _primary(record, paper)
    for lesion in patient.lesions:
        yield from _lesion(lesion, paper)
    for spread in patient.visceral:
        out = _condition(paper, f"{MCODE}secondary-cancer-condition", spread.certain)
        where = vocabulary.said("metastasis", spread.organ)
        words = "Metastasis outside bone" if spread.organ == "other" else f"Metastasis, {where}"
        out["code"] = vocabulary.concept("metastasis", spread.organ, words)
        yield out | _related(paper) | paper.when("onset", spread.day, spread.day_to)
    for event in patient.happened:
        yield _event(event, paper)
    for words in patient.conditions:
        out = _condition(paper, f"{US_CORE}condition-problems-health-concerns", True)
        yield out | {"code": {"text": words}}


def _condition(paper: Paper, profile: str, certain: bool) -> dict:
    return paper.head("Condition", "condition", profile) | {
        "clinicalStatus": fixed("active"),
        "verificationStatus": fixed("confirmed" if certain else "provisional"),
        "category": [fixed("problem")],
        "subject": paper.subject,
    }


def _related(paper: Paper) -> dict:
    return {"extension": [{"url": RELATED, "valueReference": {"reference": paper.primary}}]} if paper.primary else {}


def _primary(record: Record, paper: Paper) -> dict:
    patient = record.patient
    out = _condition(paper, f"{MCODE}primary-cancer-condition", patient.cancer_certain or patient.cancer == "unknown")
    words = vocabulary.said("cancer", patient.cancer)
    if patient.subtype:
        words = f"{words}, {vocabulary.said('subtype', patient.subtype)}"
    out["code"] = vocabulary.concept("cancer", patient.cancer, words)
    paper.primary = f"Condition/{out['id']}"
    return out | (paper.when("onset", *patient.primary_day) if patient.primary_day else {})


def _place(site: str | None, region: str | None, side: str | None = None) -> list[dict]:
    if site:
        return [vocabulary.bone_place(site)]
    return [vocabulary.region_place(region, side)] if region and region != "any" else []


@cache
def _label(site: str) -> str:
    return next(bone.label for bone in skeleton.bones() if bone.id == site)


def _lesion(lesion: KnownLesion, paper: Paper) -> Iterator[dict]:
    """A metastasis in bone, and the body structure under which it is measured."""
    out = _condition(paper, f"{MCODE}secondary-cancer-condition", lesion.certain)
    if lesion.diffuse:
        words = "Diffuse bone metastases"
    elif lesion.count and not lesion.site:
        words = f"{'Several' if lesion.count > 2 else 'Two'} bone metastases"
    else:
        words = f"Bone metastasis, {_label(lesion.site)}" if lesion.site else "Bone metastasis"
    out["code"] = vocabulary.concept("bone_metastasis", "bone", words)
    place = _place(lesion.site, lesion.region, lesion.side)
    if place:
        out["bodySite"] = place
    kind = f"{lesion.kind} (stated)" if lesion.kind else "not stated"
    out["note"] = [{"text": f"Lesion type: {kind}"}]
    if lesion.soft_tissue:
        out["note"].append({"text": SOFT_TISSUE})
    out |= _related(paper) | paper.when("onset", lesion.day, lesion.day_to)
    paper.lesions.setdefault(lesion.site, f"Condition/{out['id']}")
    yield out
    if lesion.site:
        structure = paper.head("BodyStructure", "lesion", f"{MCODE}tumor")
        yield structure | {
            "extension": [{"url": f"{MCODE}related-condition", "valueReference": {"reference": f"Condition/{out['id']}"}}],
            "identifier": [{"use": "usual", "type": fixed("body_structure"), "system": LESION_NAMES, "value": structure["id"]}],
            "location": place[0],
            "patient": paper.subject,
        }
        paper.structures.setdefault(lesion.site, f"BodyStructure/{structure['id']}")


def _event(event: Happened, paper: Paper) -> dict:
    """What befell the person: a fracture, cord compression, a calcium out of bounds, a complaint."""
    out = _condition(paper, f"{US_CORE}condition-problems-health-concerns", event.certain)
    words = vocabulary.said("event", event.what)
    if event.site:
        words = f"{words}, {_label(event.site)}"
    out["code"] = vocabulary.concept("event", event.what, words)
    place = _place(event.site, event.region)
    if place:
        out["bodySite"] = place
    return out | paper.when("onset", event.day, event.day_to)
