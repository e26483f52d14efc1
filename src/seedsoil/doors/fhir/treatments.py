"""What was given: drugs, radiotherapy, operations. Nothing is read as given that a text denies or only plans."""

from __future__ import annotations

import re
from dataclasses import replace

from seedsoil.care import codes
from seedsoil.care.patient import Examined, Given
from seedsoil.doors.fhir.dates import When, date_span
from seedsoil.doors.fhir.gathering import Gathering, references
from seedsoil.doors.fhir.shape import Concept, at, concept, listed, notes, number, record, text
from seedsoil.doors.fhir.sites import Place, places, places_in_words
from seedsoil.doors.fhir.words import not_given

_UNUSED_STATUS = {
    "entered-in-error": "it was entered in error", "cancelled": "it was cancelled", "draft": "it is only a draft",
    "not-done": "it was not done", "not-taken": "it was not taken", "on-hold": "it is on hold",
    "intended": "it is only intended", "preparation": "it is only in preparation", "unknown": "its status is unknown",
}  # fmt: skip
_ONLY_MEANT = ("proposal", "plan")
_ENDLESS = ("hormone",)  # given until something stops it, though each injection is complete
_FOR_CANCER = ("hormone", "chemotherapy", "immunotherapy", "targeted", "radionuclide", "bone_agent", "radiotherapy")
_SINGLE_DOSES = ("bone_agent",)
_REFUSED = re.compile(
    r"\b(?:patient|he|she) (?:refused|declined)|was (?:never|not) (?:given|started|taken)|never (?:given|started)"
)
_OVER = re.compile(r"\b(?:previous|previously|prior|former|stopped|discontinued|until|completed)\b")
_JOINTS = re.compile(r"\s*(?:\+|/|&|;|\band\b|\bplus\b|\bwith\b)\s*")
_SMALL_WORDS = re.compile(
    r"\([^)]*\)|\b(?:\d+(?:\.\d+)?|mg|g|ug|mcg|ml|iu|gy|m2|kg|daily|weekly|monthly|once|twice|cycles?|doses?|day|days|weeks?"
    r"|months?|every|one|two|three|four|six|oral|orally|iv|sc|im|intravenous|subcutaneous|intramuscular|infusion|injection"
    r"|tablets?|concurrent|consolidation|maintenance|adjuvant|neoadjuvant|palliative|low|high|dose|therapy|treatment"
    r"|chemotherapy|of|in|the|a|for|at|to|bd|od|tds|qds|qd|bid|tid|prn|needed|if)\b|[,.x×-]|\bq\d+\w*"
)
_DOSE = re.compile(r"(?<![\w.])(\d+(?:\.\d+)?)\s?(mg/m2|mg/kg|mg|ug|mcg|g|iu/kg|iu|gy|cgy|l)\b(?!\s?/\s?(?:\d|ml|l\b))")
_FRACTIONS = re.compile(r"\b(\d{1,2})\s?(?:fractions?|fx|#)|/\s?(\d{1,2})\s?(?:fractions?|fx|#)|\b(single) fraction")
_UNITS = {"cgy": ("Gy", 0.01), "gy": ("Gy", 1.0), "mcg": ("ug", 1.0)}
_PLAIN = {"[iU]": "IU", "ug/h": "ug/hour"}  # UCUM, as the catalogue of drugs writes it
LARGEST_GY, MOST_FRACTIONS = 200.0, 60


def read_medication(gathering: Gathering, resource: dict, source: str) -> None:
    """One MedicationRequest, MedicationAdministration or MedicationStatement."""
    kind = text(resource.get("resourceType"))
    if _not_meant(gathering, resource, source):
        return
    drug = _drug_of(gathering, resource)
    named = _named(gathering, drug, source)
    if not named:
        return
    stem = "authoredOn" if kind == "MedicationRequest" else "effective"
    moment = _begun(gathering, resource, stem, source)
    if moment is None:
        return
    status = text(resource.get("status"))
    dose, unit = _dose(resource, drug) if len(named) == 1 else (None, None)
    bounds = any("bounds" in note.lower() for note in notes(resource)) or re.search(
        r"\b(?:one|single) dose\b", drug.words.lower()
    )
    said_over = _OVER.search(drug.words.lower()) is not None or status == "stopped"
    once: dict[str, str] = {}
    for name in named:  # two drugs of one class are one treatment
        once.setdefault(codes.in_catalogue(name), name)
    for what in once.values():
        group = codes.treatments().get(what, "")
        since = moment
        if not moment.dated and group in _FOR_CANCER:
            since = replace(moment, day=min(gathering.cancer_begins, moment.day_to))
        named_as = _named_as(what, drug, source)
        gathering.given.append(_given(what, group, since, bool(bounds), kind, status, said_over, dose, unit, named_as))


def _given(
    what: str, group: str, moment: When, bounds: bool, kind: str, status: str, over: bool,
    dose: float | None, unit: str | None, source: str,
) -> Given:  # fmt: skip
    """A period is the course of most drugs, but only bounds the day of a single dose."""
    single = bounds or group in _SINGLE_DOSES
    endless = group in _ENDLESS and not over
    if kind == "MedicationRequest":
        ongoing = status == "active" and not over
    else:
        ongoing = endless or (status in ("in-progress", "active") and not over)
    end = moment.end
    day_to = end if single and end is not None else moment.day_to
    until = None if ongoing or single or end is None else end
    known_as = codes.in_catalogue(what)
    if known_as != what:  # the dose of one drug is not that of the class it stands for
        dose, unit, source = None, None, f"{source} ({what.replace('_', ' ')})"
    return Given(known_as, moment.day, day_to, ongoing, dose, unit, until=until, source=source)


def _named_as(what: str, drug: Concept, source: str) -> str:
    """The source, with a word of warning where only a class was named and one drug of it is taken."""
    classes = {
        a for e in codes.entries() if e.concept == what and e.display.startswith("drug not named") for a in e.aliases
    }
    lower = drug.words.lower()
    said = [lower[start:end] for name, start, end in codes.concepts_in_text("drug", lower) if name == what]
    return f"{source} (drug not named: taken as {what})" if said and classes.issuperset(said) else source


def _not_meant(gathering: Gathering, resource: dict, source: str) -> bool:
    """Whether a status, an intent or a note says that it was never given; then it is set aside."""
    why = _UNUSED_STATUS.get(text(resource.get("status")))
    if text(resource.get("intent")) in _ONLY_MEANT:
        why = why or f"it is only a {text(resource.get('intent'))}"
    if resource.get("doNotPerform") is True:
        why = why or "it says not to give it"
    said = next((m.group() for note in notes(resource) if (m := _REFUSED.search(note.lower()))), None)
    if said:
        why = why or f"its note says {said!r}"
    if why:
        gathering.aside(source, f"{why}; not read as given")
    return why is not None


def _drug_of(gathering: Gathering, resource: dict) -> Concept:
    drug = concept(resource.get("medicationCodeableConcept"))
    if drug.words or drug.codings:
        return drug
    reference = record(resource.get("medicationReference"))
    target = text(reference.get("reference"))
    contained = [record(c) for c in listed(resource.get("contained"))]
    medication = next((c for c in contained if target == f"#{text(c.get('id'))}"), None) or gathering.resources.get(
        target, {}
    )
    found = concept(record(medication).get("code"))
    return found if found.words or found.codings else Concept((), text(reference.get("display")), ())


def _named(gathering: Gathering, drug: Concept, source: str) -> list[str]:
    """The drugs that a medication names; what is denied, only planned or unknown is set aside."""
    if not drug.words and not drug.codings:
        gathering.aside(source, "it names no drug")
        return []
    taken_back = not_given(drug.words)
    if taken_back:
        gathering.aside(source, f"{drug.words[:80]!r} says {taken_back!r}; not read as given")
        return []
    coded = drug.meaning("drug") + drug.meaning("procedure")
    hits = sorted(codes.concepts_in_text("drug", drug.words) + codes.concepts_in_text("procedure", drug.words)
                  + codes.concepts_in_text("regimen", drug.words), key=lambda hit: hit[1])  # fmt: skip
    written = list(dict.fromkeys(name for name, _, _ in hits))
    if coded and written and not set(coded) & set(written):
        gathering.aside(source, f"its code means {coded[0]}, its words say {drug.words[:80]!r}")
        return []
    if not coded and not written:
        gathering.aside(source, f"{drug.words[:80] or drug.codings[0][1]!r} is not a treatment that is known")
        return []
    if written:
        _unknown_partners(gathering, drug.written, source)
    return _as_regimens(written or coded)


def _unknown_partners(gathering: Gathering, words: str, source: str) -> None:
    if any(codes.concept_of_text(kind, words) for kind in ("drug", "procedure", "regimen")):
        return
    for part in _JOINTS.split(re.sub(r"\([^)]*\)", " ", words.lower())):
        known = any(codes.concepts_in_text(kind, part) for kind in ("drug", "procedure", "regimen"))
        left = " ".join(_SMALL_WORDS.sub(" ", part).split())
        if left and not known:
            gathering.aside(source, f"the part {left[:80]!r} of {words[:80]!r} is not understood")


def _as_regimens(named: list[str]) -> list[str]:
    """Drugs that are given together under one name become that regimen."""
    for regimen, parts in codes.groups("regimen").items():
        wanted = parts.split("+")
        if all(part in named for part in wanted):
            at_first = min(named.index(part) for part in wanted)
            named = [n for n in named[:at_first]] + [regimen] + [n for n in named[at_first:] if n not in wanted]
    return named


def _begun(gathering: Gathering, resource: dict, stem: str, source: str) -> When | None:
    if stem == "effective":
        return gathering.moment(resource, "effective", source, "dateAsserted")
    bounds = at(resource, "dosageInstruction", 0, "timing", "repeat", "boundsPeriod")
    if record(bounds).get("start") is not None and date_span(record(bounds).get("start")):
        return gathering.moment({"effectivePeriod": bounds}, "effective", source)
    return gathering.moment(resource, "authored", source, "authoredOn")


def _dose(resource: dict, drug: Concept) -> tuple[float | None, str | None]:
    quantity = record(at(resource, "dosage", "dose")) or record(
        at(resource, "dosageInstruction", 0, "doseAndRate", 0, "doseQuantity")
    )
    value, unit = number(quantity.get("value")), text(quantity.get("code")) or text(quantity.get("unit"))
    if value is not None and value > 0 and unit:
        return value, _PLAIN.get(unit, unit)
    return _written_dose(drug.written)


def _written_dose(words: str) -> tuple[float | None, str | None]:
    match = _DOSE.search(words.lower())
    if not match:
        return None, None
    unit, factor = _UNITS.get(match[2], (match[2], 1.0))
    return float(match[1]) * factor, unit


def read_procedure(gathering: Gathering, resource: dict, source: str) -> None:
    """One FHIR Procedure: radiotherapy, an operation, or a test that was done."""
    if _not_meant(gathering, resource, source):
        return
    code = concept(resource.get("code"))
    taken_back = not_given(code.words)
    if taken_back:
        gathering.aside(source, f"{code.words[:80]!r} says {taken_back!r}; not read as done")
        return
    written = codes.concepts_in_text("procedure", code.words) + codes.concepts_in_text("drug", code.words)
    named = code.meaning("procedure") + code.meaning("drug") or list(dict.fromkeys(n for n, _, _ in written))
    tests = code.meaning("test") or [n for n, _, _ in codes.concepts_in_text("test", code.words)]
    if not named and not tests:
        gathering.aside(source, f"the procedure {code.words[:80] or 'without code or words'!r} is not understood")
        return
    moment = gathering.moment(resource, "performed", source)
    if moment is None:
        return
    if not named:
        result = " ".join(notes(resource))
        gathering.examined.append(Examined(tests[0], None, result, moment.day, moment.end or moment.day_to, source))
    elif "radiotherapy" in named:
        _radiotherapy(gathering, resource, code, moment, source)
    else:
        place = _where(gathering, resource, code, source)
        for what in dict.fromkeys(named):
            ongoing = text(resource.get("status")) == "in-progress"
            known_as = codes.in_catalogue(what)
            measure = codes.treatments().get(known_as) == "measure"  # goes on for a while, as a drug does
            last = moment.end if moment.end is not None and not measure else moment.day_to
            lasting = ongoing or known_as == "adt"  # an orchidectomy does not wear off
            named = source if known_as == what else f"{source} ({what})"
            gathering.given.append(Given(
                known_as, moment.day, last, lasting, site=place.site, region=place.region,
                until=moment.end if measure and not ongoing else None, source=named,
            ))  # fmt: skip


def _where(gathering: Gathering, resource: dict, code: Concept, source: str) -> Place:
    """The bone that a procedure was done to; none where it was done to the primary."""
    value = resource.get("bodySite")
    sites = [concept(s) for s in (value if isinstance(value, list) else [value] if value else [])]
    found = [p for site in sites for p in places(site)] or places_in_words(code.written)
    primaries = {p.source for p in gathering.primaries}
    for_primary = any(
        gathering.names.get(text(record(r).get("reference"))) in primaries
        for r in references(resource.get("reasonReference"))
    )
    if found and not for_primary:
        return found[0]
    if not found and not for_primary:
        found = _lesion_place(gathering, resource)
        if found:
            return found[0]
        if sites:
            gathering.aside(source, f"its site {sites[0].words[:80]!r} is no bone that is known; kept without a place")
    return Place()


def _lesion_place(gathering: Gathering, resource: dict) -> list[Place]:
    """The place of the bone metastasis that is given as the reason."""
    named = {gathering.names.get(text(record(r).get("reference"))) for r in references(resource.get("reasonReference"))}
    return [Place(k.site, k.region, k.side) for k in gathering.lesions if k.source in named]


def _radiotherapy(gathering: Gathering, resource: dict, code: Concept, moment: When, source: str) -> None:
    dose, fractions, technique = None, None, None
    for extension in map(record, listed(resource.get("extension"))):
        url = text(extension.get("url"))
        if "modality-and-technique" in url:
            technique = _technique(extension)
        if "radiotherapy-sessions" in url:
            fractions = number(extension.get("valueUnsignedInt")) or fractions
        if "dose-delivered" in url:
            dose, fractions = _delivered(gathering, extension, dose, fractions)
    said = " ".join([code.written, *notes(resource)]).lower()
    if dose is None:
        value, unit = _written_dose(said)
        dose = value if unit == "Gy" else None
    match = _FRACTIONS.search(said)
    if fractions is None and match:
        fractions = 1.0 if match[3] else float(match[1] or match[2])
    if dose is not None and not 0 < dose <= LARGEST_GY:
        gathering.aside(source, f"its dose of {dose:g} Gy is not believable; kept without a dose")
        dose = None
    if fractions is not None and not (1 <= fractions <= MOST_FRACTIONS and fractions == int(fractions)):
        gathering.aside(source, f"its {fractions:g} fractions are not believable; kept without them")
        fractions = None
    named = codes.concepts_in_text("technique", said)
    place = _where(gathering, resource, code, source)
    gathering.given.append(Given(
        "radiotherapy", moment.day, moment.day_to, text(resource.get("status")) == "in-progress", dose,
        "Gy" if dose is not None else None, int(fractions) if fractions else None, place.site, place.region,
        moment.end, source, technique or (named[0][0] if named else None),
    ))  # fmt: skip


def _technique(extension: dict) -> str | None:
    """mCODE's technique of a course, where its code is one that is known."""
    for part in map(record, listed(extension.get("extension"))):
        if text(part.get("url")).endswith("radiotherapy-technique"):
            found = concept(part.get("valueCodeableConcept")).meaning("technique")
            if found:
                return found[0]
    return None


def _delivered(
    gathering: Gathering, extension: dict, dose: float | None, fractions: float | None
) -> tuple[float | None, float | None]:
    """mCODE's dose delivered to a volume, in cGy; of several volumes the one with the highest dose."""
    for part in map(record, listed(extension.get("extension"))):
        name = text(part.get("url"))
        if name == "totalDoseDelivered":
            value = number(at(part, "valueQuantity", "value"))
            unit = (text(at(part, "valueQuantity", "code")) or text(at(part, "valueQuantity", "unit"))).lower()
            factor = _UNITS.get(unit, ("", 0.0))[1] if unit in ("gy", "cgy") else None
            if value is not None and factor:
                dose = max(dose or 0.0, value * factor)
        elif name == "fractionsDelivered":
            fractions = number(part.get("valueUnsignedInt")) or fractions
    return dose, fractions
