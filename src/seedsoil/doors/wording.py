"""How a forecast is said, on the page and in the terminal alike: names of outcomes, ranges, differences, times."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from seedsoil.care.analytes import analytes
from seedsoil.treatments.drug import catalogue

UNLIKE = "unlike those the model knows"
NOTICE = "Research use, not for care"
MONTHS = (3, 6, 12, 24, 36)


@dataclass(frozen=True)
class Outcome:
    """One thing a forecast speaks of, and the words for more and less of it."""

    name: str
    counts: str
    people: bool = True
    measure: str = ""
    more: str = "more"
    less: str = "fewer"
    places: int = 0


OUTCOMES = {
    "alive": Outcome("Alive", "People still alive."),
    "pain": Outcome("Pain", "Average pain of those alive, 0 to 10.", False, "points", "more", "less", 1),
    "pain_controlled": Outcome("Pain controlled", "People alive and with pain of 3 or less out of 10."),
    "fracture": Outcome("Fracture", "People who have had a new fracture so far."),
    "cord_compression": Outcome("Cord compression", "People who have had spinal cord compression so far."),
    "radiotherapy": Outcome("Radiotherapy to bone", "People who have had radiotherapy to bone so far."),
    "surgery": Outcome("Surgery to bone", "People who have had an operation on bone so far."),
    "skeletal_event": Outcome(
        "Any skeletal event", "Fracture, cord compression, radiotherapy or surgery to bone so far, whichever was first."
    ),
    "hypercalcaemia": Outcome("Hypercalcaemia", "People whose corrected calcium has passed 2.65 mmol/L so far."),
    "walking": Outcome("Walking", "People alive and walking."),
    "haemoglobin": Outcome("Haemoglobin", "Average of those alive, g/dL.", False, "g/dL", "higher", "lower", 1),
    "opioid_dose": Outcome(
        "Opioid dose", "Average of those alive, mg of oral morphine a day.", False, "mg a day", "more", "less"
    ),
    "days_home": Outcome(
        "Days at home", "Days so far, alive at home with pain of 3 or less out of 10.", False, "days", "more", "fewer"
    ),
    "days_alive": Outcome("Days alive", "Days so far, alive.", False, "days", "more", "fewer"),
    "days_walking": Outcome("Days walking", "Days so far, alive and walking.", False, "days", "more", "fewer"),
    "utility": Outcome(
        "Quality of life", "Average of those alive: 1 is full health, 0 as bad as death.", False, "", "higher", "lower", 2
    ),
}

CANCERS = {
    "lung_nsclc": "non-small-cell lung",
    "lung_sclc": "small-cell lung",
    "head_neck_oesophagus": "head, neck or oesophagus",
    "unknown": "primary not known",
}

GRADES = {
    "randomised": "randomised trials",
    "observational": "observational studies",
    "assumed": "assumed, no direct evidence",
}

# Ids that are no words of the laboratory's list; every other id is its own word with spaces for underscores.
WRITTEN = {
    "ct": "CT",
    "fdg_pet": "FDG-PET",
    "fdg_pet_alone": "FDG-PET without CT",
    "mri": "MRI",
    "naf_pet": "NaF-PET",
    "psma_pet": "PSMA-PET",
    "spect_ct": "SPECT/CT",
    "xray": "X-ray",
}
UNITS = {
    "10*9/L": "×10⁹/L",
    "10*3/uL": "×10³/µL",
    "ug/L": "µg/L",
    "umol/L": "µmol/L",
    "[iU]/L": "IU/L",
    "0-10": "of 10",
    "{score}": "",
    "1": "",
}
STANCES = {"do": "Do", "consider": "Consider", "measure first": "Measure first", "forbid": "Do not", "refer": "Refer"}

NOTHING_URGENT = (
    "Nothing urgent in what is recorded. The rules see only what the chart holds. To say more they would need: today's "
    "examination of legs, sensation, bladder and bowel, where the pain is and whether it is new, and calcium with albumin "
    "and creatinine of this week. New weakness, numbness, confusion or sudden pain need a doctor today."
)
NO_FIGURES = (
    "The model has too few virtual people who could be this person, so any figure would be a guess. "
    "What is urgent, and what the rules say, still stands."
)
REFUSED = (
    "The rules refuse these treatments for this person as the chart stands. "
    "Whatever is shown for the plan is no reason to give them."
)
TOLD_APART = (
    "Shares of how uncertain one person's outcome is. Person: what the chart leaves open of who this is. Chance: the same person "
    "with another luck. Knowledge: what is not known of the model's own numbers."
)
HOW_TO_READ = (
    "Of 100 people like this one starting today: how many are so, or have had this, by that month. "
    "People who have died can no longer have an event. The plans stand beside each other; none is called best."
)


def outcome_words(outcome: str) -> Outcome:
    """The words for an outcome; one that is new here is named by its own id."""
    return OUTCOMES.get(outcome) or Outcome(spoken(outcome), "", False, "", places=1)


def spoken(name: object) -> str:
    """An id or a text of a chart as a person would read it, without control characters."""
    text = clean(name)
    name = text.replace(" ", "_")
    text = WRITTEN.get(name) or labels().get(name) or text.replace("_", " ")
    return text[0].upper() + text[1:] if text.split(" ")[0].islower() else text


@cache
def labels() -> dict[str, str]:
    """What the laboratory's list calls each of its values, and the catalogue each of its drugs."""
    return {d.id: d.label for d in catalogue().values()} | {row.id: row.label.split(", ")[0] for row in analytes().values()}


def plan_words(name: object) -> str:
    """A plan's name as words; the name itself stays for the command line."""
    text = clean(name)
    return text if " " in text else text.replace("-", " ").replace("_", " ")


def clean(text: object) -> str:
    """Text of strangers without what could drive a terminal (escape sequences) or break a line."""
    return " ".join("".join(c if c.isprintable() else " " for c in str("" if text is None else text)).split())


def unit_words(unit: object) -> str:
    return UNITS.get(clean(unit), clean(unit))


def cancer_words(cancer: object) -> str:
    return CANCERS.get(clean(cancer), spoken(cancer).lower())


def number(value: object) -> str:
    """A figure as reported: four digits, no exponent; texts such as ``>5000`` stay as they are."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return clean(value)
    if not math.isfinite(value):
        return "not known"
    if value == 0 or 1e-3 <= abs(value) < 1e7:
        digits = 0 if abs(value) >= 1000 else 3 - math.floor(math.log10(abs(value))) if value else 0
        text = f"{value:.{digits}f}"
        return text.rstrip("0").rstrip(".") if "." in text else text
    return f"{value:.3g}"


def with_unit(value: object, unit: object) -> str:
    return " ".join(part for part in (number(value), unit_words(unit)) if part)


def figure(value: float | None, outcome: Outcome) -> str:
    """One number of an outcome, rounded to what the model can know."""
    if value is None or not math.isfinite(value):
        return "not known"
    if outcome.people and 0 < value < 0.5:
        return "<1"
    if outcome.people and 99.5 < value < 100:
        return ">99"
    return f"{value + 0.0:.{outcome.places}f}"


def ranged(value: float | None, low: float | None, high: float | None, outcome: Outcome, dash: str = " to ") -> str:
    """A value with its range: ``31 (22 to 41)``."""
    if value is None:
        return "not known"
    if low is None or high is None:
        return f"{figure(value, outcome)} (range not known)"
    return f"{figure(value, outcome)} ({figure(low, outcome)}{dash}{figure(high, outcome)})"


def difference_words(value: float | None, low: float | None, high: float | None, outcome: Outcome) -> str:
    """A paired difference in words; called clear only when its whole range lies on one side of none."""
    if value is None or low is None or high is None:
        return "not known"
    if low == high == 0:
        return "no difference"
    if low > 0 or high < 0:
        word = outcome.more if low > 0 else outcome.less
        near, far = sorted((abs(low), abs(high)))
        bounds = f"({amount(near, outcome)} to {amount(far, outcome)})"
        size = amount(abs(value), outcome)
        about = "less than 1" if size == "<1" else f"about {size}"
        if outcome.people:
            return f"{about} {word} of 100 {bounds}"
        if outcome.measure == "days":
            return f"{about} {word} days {bounds}"
        return f"{about} {outcome.measure} {word} {bounds}".replace("  ", " ")
    bounds = f"{sided(low, outcome)} to {sided(high, outcome)}"
    return f"no clear difference ({bounds})"


def amount(size: float, outcome: Outcome) -> str:
    """The size of a difference; a small one that is not nothing does not become nothing by rounding."""
    if size > 0 and float(f"{size:.{outcome.places}f}") == 0:
        return "<1" if outcome.places == 0 else f"<{10**-outcome.places:g}"
    return f"{size:.{outcome.places}f}"


def sided(bound: float, outcome: Outcome) -> str:
    if bound == 0:
        return "none"
    return f"{amount(abs(bound), outcome)} {outcome.more if bound > 0 else outcome.less}"


def day_words(day: object) -> str:
    """When, counted from the day of the chart, no finer than the record is."""
    if isinstance(day, (list, tuple)) and len(day) == 2:
        first, last = (day_words(d) for d in day)
        return first if first == last else f"{first} to {last}"
    if not isinstance(day, (int, float)) or isinstance(day, bool):
        return clean(day)
    back = -day
    if abs(back) < 0.5:
        return "day of the chart"
    side = "before" if back > 0 else "after"
    back = abs(back)
    if back < 61:
        return f"{counted(round(back), 'day')} {side}"
    if back < 730:
        return f"about {counted(round(back / 30.44), 'month')} {side}"
    return f"about {counted(round(back / 365.25), 'year')} {side}"


def within_words(hours: object) -> str:
    """A time limit as it would be said at the desk."""
    if not isinstance(hours, (int, float)):
        return "no time limit given"
    if hours <= 0:
        return "now"
    if hours <= 48:
        return f"within {number(hours)} hour{'' if hours == 1 else 's'}"
    if hours % 168 == 0 and hours > 168:
        return f"within {counted(round(hours / 168), 'week')}"
    return f"within {number(hours / 24)} days"


def counted(n: int, noun: str) -> str:
    return f"{n} {noun}" if n == 1 else f"{n} {noun}s"


def person_words(document: dict) -> str:
    """Who this is, in one line."""
    patient = document.get("patient") or {}
    cancer = patient.get("cancer")
    known = cancer is not None and cancer != "unknown"
    parts = [
        clean(patient.get("id")),
        clean(patient.get("sex")),
        age(patient.get("age_years")),
        f"{cancer_words(cancer)} cancer" if known and cancer != "melanoma" else cancer_words(cancer or "unknown"),
    ]
    return ", ".join(part for part in parts if part)


def age(years: object) -> str:
    return f"{math.floor(years)} years" if isinstance(years, (int, float)) else ""


def is_unlike(document: dict) -> bool:
    """Whether no figures may be shown: the model does not know people like this one."""
    warning = (document.get("twins") or {}).get("warning") or ""
    rows = [row for plan in document.get("plans", ()) for row in plan.get("outcomes", ())]
    return UNLIKE in warning.lower() or (bool(warning) and all(row.get("value") is None for row in rows))


def twin_words(twins: dict) -> str:
    """What stands behind the forecast, in plain words."""
    asked, effective, ancestors = (twins.get(k) for k in ("asked", "effective", "ancestors"))
    text = (
        f"{number(asked)} virtual twins were asked for: simulated people whose disease could have left these findings."
    )
    if effective is not None:
        text += f" The candidates they were drawn from carry as much information as {effective:.0f} people who all fit."
    if ancestors is not None:
        text += f" The twins come from {number(ancestors)} different candidates."
    return text


def by_urgency(document: dict) -> list[dict]:
    """What is urgent, the shortest time limit first."""

    def limit(row: dict) -> float:
        hours = row.get("within_hours")
        return float(hours) if isinstance(hours, (int, float)) else math.inf

    return sorted(document.get("urgent") or (), key=limit)


def assumed_range(row: dict) -> str:
    low, high = row.get("low"), row.get("high")
    if low is None and high is None:
        return ""
    if low == high:
        return with_unit(low, row.get("unit"))
    return with_unit(f"{number(low)} to {number(high)}", row.get("unit"))


def stance_words(stance: object) -> str:
    return STANCES.get(clean(stance), spoken(stance))


def notice_words(document: dict) -> str:
    return sentence(clean(document.get("notice")) or NOTICE)


def sentence(text: str) -> str:
    return f"{text[0].upper()}{text[1:].rstrip('.')}." if text else ""


def pair_words(pair: tuple[str, str]) -> str:
    return f"{plan_words(pair[0])}, compared with {plan_words(pair[1])}"


def differences_explained(document: dict) -> str:
    """What is compared with what, and when a difference is called clear."""
    pairs = paired(document)
    if not pairs:
        return ""
    said = f"Differences are for {pair_words(pairs[0])}. " if len(pairs) == 1 else ""
    return (
        f"{said}The same twins with the same luck live under both plans; "
        "a difference is called clear only when its whole range lies on one side of none."
    )


def paired(document: dict) -> list[tuple[str, str]]:
    """The pairs of plans that are compared, in the order of the document: (plan, versus)."""
    return list(dict.fromkeys((row["plan"], row["versus"]) for row in document.get("differences", ())))


def months_of(rows: Iterable[dict]) -> list[int]:
    """The months that the tables show: 3, 6, 12, 24 and 36 as far as the forecast reaches."""
    present = {row["months"] for row in rows}
    return [m for m in MONTHS if m in present] or sorted(present)


def outcome_order(rows: Iterable[dict]) -> list[str]:
    """The outcomes present, known ones first and in the house order."""
    present = list(dict.fromkeys(row["outcome"] for row in rows))
    return [o for o in OUTCOMES if o in present] + [o for o in present if o not in OUTCOMES]


def apart_tables(apart: dict) -> list[tuple[str, int, list[dict]]]:
    """Each plan at its last time, with the outcomes whose uncertainty is told apart."""
    rows = [row for row in apart.get("outcomes") or () if row.get("person") is not None]
    last = max((row["months"] for row in rows), default=0)
    plans = dict.fromkeys(row["plan"] for row in rows)
    return [(plan, last, [row for row in rows if row["plan"] == plan and row["months"] == last]) for plan in plans]


def apart_words(row: dict) -> tuple[str, str, str]:
    """The three shares, in per cent; a dash where there are none."""
    said = lambda share: "–" if share is None else f"{100 * share:.0f} %"
    return said(row["person"]), said(row["chance"]), said(row["knowledge"])
