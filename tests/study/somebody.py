"""One made-up person for tests of the study: a man of seventy with castration-resistant prostate cancer in L3 and pelvis."""

from __future__ import annotations

import functools
from datetime import date

from seedsoil.care.patient import Finding, KnownLesion, Patient
from seedsoil.study.twins import Twins, fit

FOUND = {"psa": 80.0, "alp": 150.0, "calcium": 2.35, "haemoglobin": 13.0, "creatinine": 85.0}


def patient(**changed) -> Patient:
    """The person, or one who differs in what is named."""
    facts = {
        "id": "made-up", "as_of": date(2024, 5, 1), "age_years": 70.0, "sex": "male", "cancer": "prostate",
        "subtype": "castration_resistant",
        "findings": tuple(Finding(what, value) for what, value in FOUND.items()),
        "lesions": (
            KnownLesion("L3", None, kind="blastic", day=-10, day_to=-10),
            KnownLesion(None, "pelvis", day=-10, day_to=-10),
        ),
    }  # fmt: skip
    return Patient(**(facts | changed))


@functools.cache
def twins(number: int = 60, seed: int = 1) -> Twins:
    """His twins; nobody may write to them."""
    return fit(patient(), number, seed)
