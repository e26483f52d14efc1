"""The columns of a chart: which analytes, events, tests, symptoms and conditions it holds, and the places of
bone it can speak of."""

from __future__ import annotations

import functools

import numpy as np

from seedsoil.errors import InputError
from seedsoil.grammar import skeleton
from seedsoil.grammar.own_tests import own_tests

ANALYTES = (
    "calcium", "calcium_corrected", "calcium_ionised", "albumin", "alp", "creatinine", "egfr", "haemoglobin",
    "platelets", "neutrophils", "psa", "ca153", "cea", "ntx", "phosphate", "magnesium", "vitamin_d", "ldh", "crp",
    "bilirubin", "ecog", "weight", "pth", *own_tests(),
)  # fmt: skip
EVENTS = (
    "fracture", "cord_compression", "hypercalcaemia", "hypocalcaemia", "kidney_injury", "jaw_necrosis", "fall",
    # side effects: those of data/treatments/side_effects.toml
    "infection", "bleeding", "nausea", "diarrhoea", "tiredness", "appetite_loss", "skin_reaction", "swallowing_pain",
    "hair_loss", "neuropathy", "hand_foot", "rash", "high_pressure", "immune_reaction", "hot_flushes", "aches", "acute_phase",
    "constipation", "tooth_extraction", "pain_flare", "cement_leak", "nerve_harm",
)  # fmt: skip
# Tests, and opinions asked of others: both are something that was done on a day.
TESTS = (
    "examination", "bloods", "marker", "vitamin_d", "magnesium", "ntx", "xray", "bone_scan", "ct", "mri", "fdg_pet",
    "naf_pet", "psma_pet", "biopsy", "dental_check", "oncology", "orthopaedic_opinion", "spine_opinion",
    "palliative_care", "pain_clinic", "goals_of_care", "hospice", "complementary", "fine_needle", "spect_ct",
    "fdg_pet_alone", "pth", *own_tests(),
)  # fmt: skip
# Latest report of the person. leg_weakness 0-1; walking 1, 0.5 with help, 0 not; the others 0 no, 1 yes.
SYMPTOMS = (
    "pain_worst", "pain_rest", "pain_site", "pain_new_spine", "pain_on_use", "radicular_pain", "leg_weakness",
    "walking", "bladder", "confusion", "thirst", "cramps", "fever", "bleeding", "sensory_loss", "reflexes", "sphincter_tone",
    "spinal_tenderness", "arm_weakness",
)  # fmt: skip
CONDITIONS = (
    "heart_failure", "anticoagulant", "peptic_ulcer", "autoimmune", "pregnancy", "lymphoma", "castration_resistant",
    "diffuse", "complementary_instead", "manipulation", "herbs",
)  # fmt: skip
LESION_KINDS = ("lytic", "mixed", "blastic")
TOPICS = ("systemic", "bone_agent", "radiotherapy", "surgery", "pain", "emergency", "diagnosis", "follow_up")
MARKERS = ("psa", "ca153", "cea")

KEPT = ("creatinine",)  # whose values before the newest a rule reads; of the others first, lowest and highest do
LAST = 8  # values kept of each of them
LINES = 16  # places of bone a chart has lines for; as many as a virtual person can have lesions
NEVER = np.iinfo(np.int16).min
LESION_FIELDS = ("longest_mm", "smallest_mm", "share_of_diameter", "cortex_mm", "dose_gy")
LESION_CODES = ("kind", "collapse", "epidural", "soft_tissue", "certain", "count")
# what a person and their clinic may be slow to turn to, each with a standard score of its own on the chart
RELUCTANCE = ("radiotherapy", "opioid", "systemic", "surgery")
LESION_DAYS = ("first_seen", "last_seen", "irradiated", "fixed", "fractured")


@functools.cache
def places() -> tuple[str, ...]:
    """Names of the places a chart can speak of: every bone of the list, in its order, then the vaguer regions."""
    bones = skeleton.bones()
    regions = dict.fromkeys(bone.region for bone in bones)
    return (*(bone.id for bone in bones), *(f"region:{name}" for name in (*regions, "spine", "femur_proximal", "any")))


@functools.cache
def _place_numbers() -> dict[str, int]:
    return {name: i for i, name in enumerate(places())}


def place_number(site: str | None, region: str | None = None) -> int:
    """Number of a bone, or of a vague region where the bone is not known."""
    return _place_numbers()[site or f"region:{region or 'any'}"]


def index(names: tuple[str, ...], name: str, what: str) -> int:
    """Which column a name is. Raises InputError for a name that the chart does not hold."""
    try:
        return names.index(name)
    except ValueError:
        raise InputError(what, name, ", ".join(names)) from None
