"""One person's facts, as a human writes them: what was measured, seen, given, suffered, and what was set aside.

Days count from the chart's date (day 0); history is negative. A date known only to the month or year is an
interval: `day` is its first and `day_to` its last possible day.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from seedsoil.errors import InputError

CANCERS = (
    "breast", "prostate", "lung_nsclc", "lung_sclc", "kidney", "thyroid", "melanoma", "colorectal", "gastric",
    "bladder", "liver", "uterus", "head_neck_oesophagus", "unknown",
)  # fmt: skip
SEXES = ("female", "male")
QUALIFIERS = ("=", "<", ">", "normal", "high", "low")
LESION_KINDS = ("lytic", "blastic", "mixed")
SIDES = ("left", "right")
ORGANS = ("liver", "lung", "brain", "lymph_node", "adrenal", "spleen", "pancreas", "other")
YOUNGEST_YEARS, OLDEST_YEARS = 18.0, 110.0


@dataclass(frozen=True)
class Finding:
    """A value that was measured, or reported without a figure ("normal")."""

    what: str  # id in data/analytes.csv
    value: float | None  # in the analyte's own unit; None only where the qualifier says normal, high or low
    qualifier: str = "="
    day: float = 0.0
    day_to: float = 0.0
    source: str = ""
    flags: tuple[str, ...] = ()  # ("implausible",) where the value is possible but hard to believe


@dataclass(frozen=True)
class KnownLesion:
    """A bone metastasis that the clinic knows of. Neither site nor region: somewhere in bone."""

    site: str | None
    region: str | None
    side: str | None = None
    kind: str | None = None  # lytic | blastic | mixed
    longest_mm: float | None = None
    soft_tissue: bool | None = None
    certain: bool = True
    diffuse: bool = False
    count: int | None = None  # at least 2, for "a couple of ribs"
    day: float = 0.0
    day_to: float = 0.0
    source: str = ""
    note: str = ""


@dataclass(frozen=True)
class Given:
    """A treatment that was given: a drug, a course of radiotherapy, an operation."""

    what: str
    day: float
    day_to: float
    ongoing: bool = False
    dose: float | None = None
    dose_unit: str | None = None
    fractions: int | None = None
    site: str | None = None
    region: str | None = None
    until: float | None = None  # last day, where a course is over
    source: str = ""
    technique: str | None = None  # of radiotherapy: conventional | stereotactic | intensity_modulated


@dataclass(frozen=True)
class Happened:
    """Something that befell the person: a fracture, cord compression, hypercalcaemia, confusion, pain."""

    what: str
    site: str | None = None
    region: str | None = None
    certain: bool = True
    day: float = 0.0
    day_to: float = 0.0
    source: str = ""
    note: str = ""


@dataclass(frozen=True)
class Visceral:
    """A metastasis outside bone."""

    organ: str
    certain: bool = True
    day: float = 0.0
    day_to: float = 0.0
    source: str = ""
    measured: tuple[tuple[float, float], ...] = ()  # day and longest diameter, mm, of each look that measured it


@dataclass(frozen=True)
class Examined:
    """A test that was done, so that what it did not show can count too."""

    what: str
    region: str | None = None
    result: str = ""
    day: float = 0.0
    day_to: float = 0.0
    source: str = ""


@dataclass(frozen=True)
class Wishes:
    """What the person wants, as far as somebody wrote it down."""

    comfort: bool = False  # care for comfort only
    declines: tuple[str, ...] = ()  # topics of treatment that they do not want
    prognosis: bool | None = None  # whether they want to hear how long they may live; None: nobody asked
    words: str = ""


@dataclass(frozen=True)
class SetAside:
    """Something in the record that was not used, and why."""

    source: str
    why: str


@dataclass(frozen=True)
class Patient:
    """One adult with cancer, as the clinic knows them on the day of the chart."""

    id: str
    as_of: date
    age_years: float
    sex: str
    cancer: str | None
    cancer_certain: bool = True
    subtype: str | None = None
    primary_day: tuple[float, float] | None = None  # when the primary was found; None where no date is given
    findings: tuple[Finding, ...] = ()
    lesions: tuple[KnownLesion, ...] = ()
    visceral: tuple[Visceral, ...] = ()
    given: tuple[Given, ...] = ()
    happened: tuple[Happened, ...] = ()
    examined: tuple[Examined, ...] = ()
    conditions: tuple[str, ...] = ()
    wishes: Wishes = Wishes()
    complementary: tuple[str, ...] = ()  # methods beside or instead of treatment, in the record's own words
    set_aside: tuple[SetAside, ...] = ()

    def __post_init__(self) -> None:
        if not YOUNGEST_YEARS <= self.age_years <= OLDEST_YEARS:
            raise InputError(
                "age_years", round(self.age_years, 1), f"{YOUNGEST_YEARS:.0f} to {OLDEST_YEARS:.0f}",
                "seedsoil knows adults only; check the date of birth and the date of the chart",
            )  # fmt: skip
        if self.sex not in SEXES:
            raise InputError("sex", self.sex, " or ".join(SEXES), "state the sex the person's bones grew up with")
        if self.cancer is not None and self.cancer not in CANCERS:
            raise InputError("cancer", self.cancer, ", ".join(CANCERS), "use 'unknown' for a primary outside this list")


def _days(day: float, day_to: float) -> float | list[float]:
    return day if day == day_to else [day, day_to]


def _place(fact: KnownLesion | Given | Happened) -> str:
    return (fact.site or fact.region or "").replace("_", " ")


def _words(*parts: str | None) -> str:
    return ", ".join(part for part in parts if part)


def describe_known(patient: Patient) -> dict[str, list[dict[str, object]]]:
    """What the chart told, and what of it was set aside, as the forecast document lists them.

    `known` holds {what, value, unit, day, from}: `day` is a number, [first, last] where the date is an interval;
    `set_aside` holds {from, why}.
    """
    known: list[dict[str, object]] = []

    def add(what: str, value: object, unit: str | None, day: object, source: str) -> None:
        known.append({"what": what, "value": value, "unit": unit, "day": day, "from": source})

    _describe_person(patient, add)
    _describe_findings(patient, add)
    for lesion in patient.lesions:
        value = _words(
            "diffuse" if lesion.diffuse else _place(lesion) or "place not stated", lesion.kind,
            f"{lesion.longest_mm:g} mm" if lesion.longest_mm else None,
            "soft tissue mass" if lesion.soft_tissue else None,
            f"at least {lesion.count}" if lesion.count else None, None if lesion.certain else "suspected",
        )  # fmt: skip
        add("bone metastasis", value, None, _days(lesion.day, lesion.day_to), lesion.source)
    for spread in patient.visceral:
        value = _words(spread.organ.replace("_", " "), None if spread.certain else "suspected")
        add("metastasis outside bone", value, None, _days(spread.day, spread.day_to), spread.source)
    for given in patient.given:
        value = _words(
            f"{given.dose:g} {given.dose_unit or ''}".strip() if given.dose is not None else None,
            f"{given.fractions} fraction{'s' if given.fractions > 1 else ''}" if given.fractions else None,
            given.technique.replace("_", " ") if given.technique else None,
            _place(given),
            "ongoing" if given.ongoing else None,
        )  # fmt: skip
        add(given.what.replace("_", " "), value or "given", None, _days(given.day, given.day_to), given.source)
    for event in patient.happened:
        value = _words(_place(event), None if event.certain else "suspected") or "yes"
        add(event.what.replace("_", " "), value, None, _days(event.day, event.day_to), event.source)
    for test in patient.examined:
        add(
            test.what.replace("_", " "), _words(test.region, test.result) or "done", None,
            _days(test.day, test.day_to), test.source,
        )  # fmt: skip
    for text in patient.conditions:
        add("condition", text, None, None, "")
    for text in patient.complementary:
        add("complementary method", text, None, None, "")
    wishes = patient.wishes
    refused = (f"no {topic.replace('_', ' ')}" for topic in wishes.declines)
    said = _words("comfort only" if wishes.comfort else None, *refused, wishes.words or None)
    if said:
        add("wishes", said, None, None, "")
    return {"known": known, "set_aside": [{"from": s.source, "why": s.why} for s in patient.set_aside]}


def _describe_person(patient: Patient, add) -> None:
    add("age", round(patient.age_years, 1), "years", 0.0, "")
    add("sex", patient.sex, None, 0.0, "")
    if patient.cancer:
        value = _words(
            patient.cancer.replace("_", " "), (patient.subtype or "").replace("_", " ") or None,
            None if patient.cancer_certain else "not proven",
        )  # fmt: skip
        add("primary cancer", value, None, _days(*patient.primary_day) if patient.primary_day else None, "")


def _describe_findings(patient: Patient, add) -> None:
    from seedsoil.care.analytes import analyte

    for finding in patient.findings:
        row = analyte(finding.what)
        value: object = float(f"{finding.value:.4g}") if finding.value is not None else finding.qualifier
        if finding.value is not None and finding.qualifier in "<>":
            value = f"{finding.qualifier} {finding.value:g}"
        what = f"{row.label} (implausible)" if "implausible" in finding.flags else row.label
        unit = row.unit if finding.value is not None and row.unit != "1" else None
        add(what, value, unit, _days(finding.day, finding.day_to), finding.source)
