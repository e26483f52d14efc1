"""Diagnoses: the primary cancer, its metastases in and outside bone, what happened, what else ails the person."""

from __future__ import annotations

import re

from seedsoil.care import codes
from seedsoil.care.patient import Happened, KnownLesion, Visceral
from seedsoil.doors.fhir.dates import When
from seedsoil.doors.fhir.gathering import Gathering, Primary
from seedsoil.doors.fhir.shape import Concept, at, concept, listed, notes, record, status_code, text
from seedsoil.doors.fhir.sites import Place, count_in_words, is_diffuse, places, places_in_words
from seedsoil.doors.fhir.words import benign, denied, uncertain

# Signs that call for somebody today, wherever a record tells them.
ALARMING = (
    "leg_weakness", "gait_disturbance", "incontinence", "confusion", "cord_compression", "cauda_equina", "sensory_loss",
    "arm_weakness", "radicular_pain", "thirst", "fever",
)  # fmt: skip
_NOT_HELD = {"entered-in-error": "it was entered in error", "refuted": "it was refuted"}
_DOUBTFUL = ("provisional", "differential", "unconfirmed")
_MALIGNANT = re.compile(r"cancer|carcinom|malignan|tumou?r|neoplas|primary")
_SPREAD_TO = re.compile(r"(?:metasta\w*|spread|secondaries)\b.*?\b(?:to|in)\b(.*)")
_LESION_TYPE = re.compile(r"lesion type:\s*(?:osteo)?(lytic|blastic|sclerotic|mixed|not bone|not stated)")
_KIND = re.compile(r"\b(mixed)\b|(?:osteo)?(lytic)\b|(?:osteo)?(blastic|sclerotic)\b")
_KINDS = {"lytic": "lytic", "blastic": "blastic", "sclerotic": "blastic", "mixed": "mixed"}
_SOFT_TISSUE = re.compile(r"soft[- ]tissue|extradural|epidural|extra-?osseous|paravertebral mass")


def read_condition(gathering: Gathering, resource: dict, source: str) -> None:
    """One FHIR Condition into whatever it says of the person."""
    why = _NOT_HELD.get(status_code(resource, "verificationStatus"))
    if why:
        gathering.aside(source, why)
        return
    code = concept(resource.get("code"))
    if not code.words and not code.codings:
        gathering.aside(source, "it has neither code nor words")
        return
    what = _kind_of(resource, code)
    if what is None:
        gathering.aside(source, f"{code.shown!r} is not understood")
        return
    kind, name, start, end = what
    if denied(code.words, start, end):
        gathering.aside(source, f"{code.words[:80]!r} is denied, a risk or about another person")
        return
    moment = gathering.moment(resource, "onset", source, "recordedDate")
    if moment is None:
        return
    if kind == "secondary" and not moment.dated:
        moment = When(min(gathering.cancer_begins, moment.day_to), moment.day_to, dated=False)
    certain = status_code(resource, "verificationStatus") not in _DOUBTFUL and not uncertain(code.words)
    if kind in ("secondary", "event"):
        _mentioned(gathering, code, certain, source)
    if kind == "cancer":
        _primary(gathering, resource, source, code, name, moment, certain)
    elif kind == "secondary":
        _secondary(gathering, resource, source, code, moment, certain)
    elif kind == "event":
        _event(gathering, resource, source, code, name, moment, certain)
    else:
        gathering.conditions.append(code.words)
    _signs(gathering, code, name, moment, certain, source)


def _signs(gathering: Gathering, code: Concept, named: str, moment: When, certain: bool, source: str) -> None:
    """Alarming signs, and pain, that a diagnosis mentions beside itself: "back pain with weak legs"."""
    for event, start, end in codes.concepts_in_text("event", code.written):
        if event not in (*ALARMING, "pain") or event == named or denied(code.written, start, end):
            continue
        place = next(iter(places_in_words(code.written)), Place()) if event == "pain" else Place()
        gathering.happened.append(
            Happened(event, place.site, place.region, certain, moment.day, moment.day_to, source, code.written)
        )


def _kind_of(resource: dict, code: Concept) -> tuple[str, str, int, int] | None:
    """(cancer | secondary | event | comorbidity, concept, where its words begin and end)."""
    profiles = " ".join(text(p) for p in listed(at(resource, "meta", "profile")))
    words = code.words.lower()
    for kind in ("bone_metastasis", "metastasis", "event", "comorbidity", "cancer"):
        found = code.meaning(kind)
        if found:
            inside = [hit for hit in codes.concepts_in_text(kind, words) if hit[0] in found]
            name = next((f for f in found if f not in ("unknown", "unspecified")), found[0])
            if name == "unspecified" and "primary-cancer" in profiles:
                return "cancer", "unknown", 0, 0
            span = (inside[0][1], inside[0][2]) if inside else (0, 0)
            return ("secondary" if kind.endswith("metastasis") else kind), name, *span
    if "secondary-cancer" in profiles:
        return "secondary", "unspecified", 0, 0
    cancers = codes.concepts_in_text("cancer", words)
    if "primary-cancer" in profiles:
        return "cancer", cancers[0][0] if cancers else "unknown", *(cancers[0][1:] if cancers else (0, 0))
    hits = [("event", *hit) for hit in codes.concepts_in_text("event", words)]
    hits += [("comorbidity", *hit) for hit in codes.concepts_in_text("comorbidity", words)]
    hits += [("secondary", *hit) for hit in codes.concepts_in_text("bone_metastasis", words)]
    hits += [("secondary", *h) for h in codes.concepts_in_text("metastasis", words) if h[0] == "unspecified"]
    if _MALIGNANT.search(words) or any(c not in _ORGAN_WORDS for c in (words[h[1] : h[2]] for h in cancers)):
        hits += [("cancer", *hit) for hit in cancers]
    if not hits or (benign(words) and all(h[0] == "cancer" for h in hits)):
        return None
    if any(hit[0] == "cancer" for hit in hits):  # "metastatic prostate cancer" names the primary
        hits = [hit for hit in hits if words[hit[2] : hit[3]] != "metastatic"]
    # the longest words win where two begin together, otherwise the first: "fracture in breast cancer" is a fracture
    return min(hits, key=lambda hit: (hit[2], -hit[3]))


# Names of organs that mean the cancer only where the text also says that there is one.
_ORGAN_WORDS = frozenset(
    ("breast", "prostate", "lung", "bronchus", "kidney", "thyroid", "colon", "rectum", "stomach", "bladder", "uterus",
     "endometrium", "oesophagus", "esophagus", "larynx")
)  # fmt: skip


def _primary(
    gathering: Gathering, resource: dict, source: str, code: Concept, name: str, moment: When, certain: bool
) -> None:
    written = {
        hit[0] for hit in codes.concepts_in_text("cancer", code.written)
        if code.written.lower()[hit[1] : hit[2]] not in _ORGAN_WORDS
    } - {"unknown"}  # fmt: skip
    if written == {"lung_sclc"} and name == "lung_nsclc":
        name = "lung_sclc"  # one ICD-10 code for both
    elif written and name not in written and name != "unknown":
        gathering.aside(source, f"its code means {name}, its words say {code.written[:80]!r}")
        return
    elif written and name == "unknown":
        name = sorted(written)[0]
    words = " ".join([code.written, *code.displays, *notes(resource)])
    if name == "other_cancer":
        gathering.primaries.append(Primary("other_cancer", certain, None, _span(moment), source))
        gathering.aside(source, f"{code.words[:80]!r} is a cancer outside the population tables; taken as unknown")
        return
    subtype = next(
        (s for s, start, end in codes.concepts_in_text("subtype", words)
         if name in codes.groups("subtype").get(s, "").split("+") and not denied(words, start, end)), None,
    )  # fmt: skip
    gathering.primaries.append(Primary(name, certain and name != "unknown", subtype, _span(moment), source))
    # "prostate cancer with bone metastases in L3", "metastatic to the sacrum": both said in one breath
    spread = _SPREAD_TO.search(code.written.lower())
    bony = [
        hit for hit in codes.concepts_in_text("bone_metastasis", code.written) if not denied(code.written, *hit[1:])
    ]
    if bony or (spread and places_in_words(spread[1]) and not denied(code.written, spread.start())):
        after = code.written[bony[0][1] if bony else spread.start(1) :]  # type: ignore[union-attr]
        _bone(gathering, resource, source, Concept((), after, ()), moment, certain)
    elif "metasta" in code.written.lower() and not denied(code.written, code.written.lower().index("metasta")):
        gathering.spread_unplaced.append(source)


def _mentioned(gathering: Gathering, code: Concept, certain: bool, source: str) -> None:
    """The primary that a metastasis or an event is said to come from."""
    for name, start, end in codes.concepts_in_text("cancer", code.words):
        if (
            code.words.lower()[start:end] not in _ORGAN_WORDS
            and name != "unknown"
            and not denied(code.words, start, end)
        ):
            gathering.mentioned.append(Primary(name, certain, None, None, source))


def _span(moment: When) -> tuple[float, float] | None:
    return (moment.day, moment.day_to) if moment.dated else None


def _secondary(gathering: Gathering, resource: dict, source: str, code: Concept, moment: When, certain: bool) -> None:
    first_note = (notes(resource) or [""])[0].lower()
    stated = _LESION_TYPE.search(first_note)
    words = code.words
    organs = [o for o in code.meaning("metastasis") if o != "unspecified"]
    said = [words, *(concept(site).words for site in _sites(resource))]
    organs = list(dict.fromkeys(organs or [organ for part in said for organ in _organs_in(part)]))
    bony = bool(code.meaning("bone_metastasis"))
    if not bony and (stated is None or stated[1] != "not bone") and "lymph_node" not in organs:
        bony = bool(codes.concepts_in_text("bone_metastasis", words) or _places(resource, code))
    if bony:
        _bone(gathering, resource, source, code, moment, certain)
        organs = [organ for organ in organs if organ != "other"]  # "soft tissue" beside a bone is its own mass
    for organ in organs:
        gathering.visceral.append(Visceral(organ, certain, moment.day, moment.day_to, source))
    if not organs and not bony:
        gathering.visceral.append(Visceral("other", certain, moment.day, moment.day_to, source))
        gathering.aside(source, f"where {words[:80]!r} sits is not understood; kept as a metastasis outside bone")


def _organs_in(words: str) -> list[str]:
    """The organs outside bone that a text names, but not those it names as the primary ("lung cancer")."""
    lower = words.lower()
    primaries = [hit for hit in codes.concepts_in_text("cancer", words) if lower[hit[1] : hit[2]] not in _ORGAN_WORDS]
    return [
        organ
        for organ, start, end in codes.concepts_in_text("metastasis", words)
        if organ != "unspecified"
        and not any(first <= start < last for _, first, last in primaries)
        and not denied(words, start, end)
    ]


def _sites(resource: dict) -> list:
    value = resource.get("bodySite")
    return value if isinstance(value, list) else [value] if value else []


def _places(resource: dict, code: Concept) -> list[Place]:
    """The places of a condition: those of its body sites, or else those its own words and code name."""
    sites = [concept(s) for s in _sites(resource)]
    found = [p for site in sites for p in places(site)]
    if found and found != [Place()]:
        return found
    words = places_in_words(code.words, next((s.side for s in sites if s.side), None))
    if words and words != [Place()]:
        return words
    coded = [Place(None, region) for region in code.meaning("bone_metastasis") if region in codes.regions()]
    return coded or found or words


def _bone(gathering: Gathering, resource: dict, source: str, code: Concept, moment: When, certain: bool) -> None:
    said = " ; ".join(filter(None, [code.words] + [concept(s).words for s in _sites(resource)]))
    all_words = " ; ".join([said, *notes(resource)]).lower()
    first_note = (notes(resource) or [""])[0].lower()
    stated = _LESION_TYPE.search(first_note)
    kind = _KINDS.get(stated[1]) if stated else None
    if kind is None and not stated:
        match = _KIND.search(said.lower())
        kind = _KINDS[next(filter(None, match.groups()))] if match else None
    soft = _SOFT_TISSUE.search(all_words)
    soft_tissue = not denied(all_words, soft.start(), soft.end()) if soft else None
    found = _places(resource, code)
    diffuse = is_diffuse(said) and not any(p.site for p in found)
    if diffuse:
        found = [Place()]
    else:
        found = found or [Place()]
        sites = [concept(s) for s in _sites(resource)]
        if found == [Place()] and sites and not any(places(site) for site in sites):
            where = "; ".join(site.shown for site in sites)
            why = f"the site {where[:80]!r} is not understood; kept as a metastasis somewhere in bone"
            gathering.aside(source, why)
    many = None if diffuse or len(found) > 1 or found[0].site else count_in_words(said)
    note = (notes(resource) or [""])[0]
    for place in found:
        _add_lesion(gathering, KnownLesion(
            place.site, place.region, place.side, kind, None, soft_tissue, certain, diffuse, many,
            moment.day, moment.day_to, source, note,
        ))  # fmt: skip


def _add_lesion(gathering: Gathering, lesion: KnownLesion) -> None:
    """One lesion a bone: what is said twice of the same bone is one lesion, as first dated."""
    if lesion.site and any(known.site == lesion.site for known in gathering.lesions):
        return
    gathering.lesions.append(lesion)


def _event(
    gathering: Gathering, resource: dict, source: str, code: Concept, name: str, moment: When, certain: bool
) -> None:
    found = _places(resource, code) or [Place()]
    gathering.happened.append(
        Happened(name, found[0].site, found[0].region, certain, moment.day, moment.day_to, source, code.words)
    )


def related_condition(resource: dict) -> object:
    """The condition that a body structure belongs to (mCODE's related-condition extension)."""
    for extension in map(record, listed(resource.get("extension"))):
        if "related-condition" in text(extension.get("url")):
            return extension.get("valueReference")
    return None
