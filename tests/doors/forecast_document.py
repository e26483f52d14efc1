"""A made-up forecast document with realistic figures, for the tests of the page, the terminal and the command line."""

from __future__ import annotations

import math

MONTHS = (3, 6, 12, 24, 36)
HAZARD = {  # per month, plan without the bone agent
    "fracture": 0.020,
    "cord_compression": 0.006,
    "radiotherapy": 0.030,
    "surgery": 0.005,
    "skeletal_event": 0.045,
    "hypercalcaemia": 0.004,
}
SPARED = {
    "fracture": 0.65,
    "cord_compression": 0.85,
    "radiotherapy": 0.9,
    "surgery": 0.9,
    "skeletal_event": 0.7,
    "hypercalcaemia": 0.45,
}
KEYS = ("outcome", "months", "value", "low", "high", "unit")


def forecast_document(unlike: bool = False, refused: bool = True) -> dict:
    """What ``seedsoil forecast --json`` prints for an 81-year-old man with diffuse bone metastases."""
    plans = [
        {
            "name": "standard",
            "description": "Standard care, with a bone agent where the rules allow it.",
            "refused": [REFUSED] if refused else [],
            "outcomes": outcomes(True, unlike),
        },
        {
            "name": "standard-without-bone-agent",
            "description": "Standard care; no bisphosphonate and no denosumab.",
            "refused": [],
            "outcomes": outcomes(False, unlike),
        },
    ]
    warning = "this person is unlike those the model knows: calcium 4.08 mmol/L" if unlike else None
    return {
        "schema": "seedsoil.forecast/1",
        "version": "0.1.0",
        "kernel": "scalar-x86_64",
        "seed": 1,
        "tables": "9f3c1d20b7aa4e51",
        "as_of": "2019-01-18",
        "patient": {"id": "case-ea0064039", "age_years": 81.5, "sex": "male", "cancer": "prostate"},
        "twins": {
            "asked": 500,
            "effective": 31.2 if unlike else 168.4,
            "ancestors": 24 if unlike else 243,
            "warning": warning,
        },
        "known": KNOWN,
        "assumed": ASSUMED,
        "set_aside": SET_ASIDE,
        "urgent": URGENT,
        "advice": ADVICE,
        "plans": plans,
        "differences": [] if unlike else differences(),
        "evidence": EVIDENCE,
        "sources": SOURCES,
        "ranges": "Ranges hold the uncertainty of the model's numbers (25 draws) and chance (20 twins a draw); "
        "they do not hold what the model leaves out.",
        "notice": "research use, not for care",
    }


def row(outcome: str, months: int, value: float, spread: float, unit: str, top: float = math.inf) -> dict:
    return dict(
        zip(KEYS, (outcome, months, value, max(0.0, value - spread), min(top, value + spread), unit), strict=True)
    )


def outcomes(agent: bool, unlike: bool = False) -> list[dict]:
    """Thirteen outcomes at five months."""
    rows = []
    for months in MONTHS:
        alive = 100 * math.exp(-0.028 * months)
        rows.append(row("alive", months, alive, 0.12 * (100 - alive) + 2.5, "per 100", 100))
        rows.append(row("pain", months, 3.4 - (0.7 if agent else 0.4) * (1 - math.exp(-months / 3)), 0.8, "0-10", 10))
        rows.append(row("pain_controlled", months, alive * (0.68 if agent else 0.63), 9, "per 100", alive))
        for outcome, hazard in HAZARD.items():
            hazard *= SPARED[outcome] if agent else 1
            share = 100 * hazard / (hazard + 0.028) * (1 - math.exp(-(hazard + 0.028) * months))
            rows.append(row(outcome, months, share, 0.25 * share + 0.6, "per 100", 100))
        rows.append(row("walking", months, alive * 0.86, 6, "per 100", alive))
        rows.append(row("haemoglobin", months, 11.4 - 0.03 * months, 0.6, "g/dL"))
        rows.append(row("opioid_dose", months, 32 + 0.9 * months - (4 if agent else 0), 14, "mg/day"))
        rows.append(
            row(
                "days_home",
                months,
                30.4 * months * (0.62 if agent else 0.58) * math.exp(-0.012 * months),
                9 + months,
                "days",
            )
        )
    if unlike:
        rows = [{**r, "value": None, "low": None, "high": None} for r in rows]
    return rows


def differences() -> list[dict]:
    with_agent, without = ({(r["outcome"], r["months"]): r for r in outcomes(agent)} for agent in (True, False))
    rows = []
    for (outcome, months), there in with_agent.items():
        value = there["value"] - without[outcome, months]["value"]
        spread = 0.7 * abs(value) + 0.15
        rows.append(
            {
                "plan": "standard",
                "versus": "standard-without-bone-agent",
                "outcome": outcome,
                "months": months,
                "value": value,
                "low": value - spread,
                "high": value + spread,
                "unit": there["unit"],
            }
        )
    return rows


REFUSED = {
    "what": "denosumab",
    "why": "phosphate 0.79 mmol/L is low, and calcium has not been measured since October: correct and measure first",
    "source": "xgeva-label",
}
URGENT = [
    {
        "rule": "suspected cord compression",
        "within_hours": 24,
        "action": "MRI of the whole spine; examine the legs and the bladder today",
        "because": "new weakness of both legs and back pain worse at night",
        "source": "nice-ng234",
    },
]
ADVICE = [
    {
        "rule": "before a bone agent",
        "action": "Measure calcium, phosphate, magnesium and vitamin D again",
        "because": "the last values are 3 months old",
        "source": "xgeva-label",
        "topic": "bone_agent",
        "stance": "measure first",
    },
    {
        "rule": "calcium after the first dose",
        "action": "Check calcium within a week of the first dose",
        "because": "ALP 1211 U/L, diffuse blastic disease",
        "source": "body2015",
        "topic": "follow_up",
        "stance": "do",
    },
    {
        "rule": "teeth",
        "action": "Ask for a dental check",
        "because": "a bone agent is being considered",
        "source": "xgeva-label",
        "topic": "bone_agent",
        "stance": "consider",
    },
]
KNOWN = [
    {"what": "calcium", "value": 2.35, "unit": "mmol/L", "day": -95, "from": "case-ea0064039-lab-1"},
    {"what": "phosphate", "value": 0.79, "unit": "mmol/L", "day": -95, "from": "case-ea0064039-lab-2"},
    {"what": "alp", "value": 1211, "unit": "U/L", "day": -95, "from": "case-ea0064039-lab-3"},
    {"what": "psa", "value": 940, "unit": "ug/L", "day": -95, "from": "case-ea0064039-marker-1"},
    {"what": "vitamin_d", "value": 42.5, "unit": "nmol/L", "day": -95, "from": "case-ea0064039-lab-4"},
    {"what": "creatinine", "value": "reported normal", "unit": "", "day": -95, "from": "case-ea0064039-lab-5"},
    {
        "what": "bone lesions",
        "value": "diffuse, blastic; sites not listed",
        "unit": "",
        "day": -95,
        "from": "case-ea0064039-secondary-1",
    },
    {
        "what": "GnRH antagonist",
        "value": "since October 2018",
        "unit": "",
        "day": -95,
        "from": "case-ea0064039-medadm-1",
    },
    {"what": "radical prostatectomy", "value": "done", "unit": "", "day": -1640, "from": "case-ea0064039-surgery-1"},
]
ASSUMED = [
    {
        "what": "albumin",
        "how": "drawn from people of the same age, sex and cancer",
        "low": 31,
        "high": 44,
        "unit": "g/L",
    },
    {
        "what": "creatinine",
        "how": "drawn within the normal range, as reported",
        "low": 62,
        "high": 104,
        "unit": "umol/L",
    },
    {
        "what": "magnesium",
        "how": "drawn from people of the same age, sex and cancer",
        "low": 0.66,
        "high": 0.98,
        "unit": "mmol/L",
    },
    {"what": "haemoglobin", "how": "follows from marrow involvement", "low": 9.2, "high": 13.6, "unit": "g/dL"},
    {"what": "ecog", "how": "drawn from people of the same age, sex and cancer", "low": 0, "high": 2, "unit": ""},
    {"what": "pain", "how": "follows from the lesions drawn", "low": 1.2, "high": 6.1, "unit": "0-10"},
    {
        "what": "number of bone lesions",
        "how": '"diffuse": ten or more, sites drawn by marrow share',
        "low": 10,
        "high": 28,
        "unit": "lesions",
    },
    {"what": "visceral disease", "how": "drawn; none is recorded", "low": 0, "high": 1, "unit": "organs"},
]
SET_ASIDE = [
    {
        "from": "case-ea0064039-condition-2",
        "why": 'the text "osteomalacia, suspected" is not a condition that the model holds',
    },
    {
        "from": "case-ea0064039-rt-1",
        "why": "radiotherapy to the prostate bed in 2014 has no effect on bone in the model",
    },
]
EVIDENCE = [
    {
        "what": "fewer skeletal events with a bone agent",
        "grade": "randomised",
        "note": "three placebo-controlled or head-to-head trials",
    },
    {"what": "low calcium after denosumab", "grade": "observational", "note": "size by ALP and kidney function"},
    {"what": "fewer falls with less pain", "grade": "assumed", "note": ""},
]
SOURCES = [
    {
        "key": "saad2002",
        "text": "Saad F et al. Zoledronic acid in hormone-refractory prostate cancer. J Natl Cancer Inst 2002",
        "url": "https://doi.org/10.1093/jnci/94.19.1458",
    },
    {
        "key": "body2015",
        "text": "Body JJ et al. Hypocalcaemia in patients treated with denosumab. Eur J Cancer 2015;51:1812",
        "url": "https://doi.org/10.1016/j.ejca.2015.05.016",
    },
    {
        "key": "nice-ng234",
        "text": "NICE guideline NG234: spinal metastases and metastatic spinal cord compression, 2023",
        "url": "https://www.nice.org.uk/guidance/ng234",
    },
    {"key": "xgeva-label", "text": "Xgeva (denosumab) prescribing information", "url": None},
]
