"""Which bone is meant: codes and words of a body site as ids of data/sites.csv, or a region where no more is said."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from seedsoil.care import codes
from seedsoil.doors.fhir.shape import Concept

_VERTEBRA = re.compile(
    r"(?<![\w.])(c|th|t|d|l|s)\s?(\d{1,2})(?:\s?(?:-|–|/|to|through)\s?(c|th|t|d|l|s)?\s?(\d{1,2}))?(?![\w.]*\w)"
    r"(?!\W{0,2}(?:weighted|hyper|hypo|signal|flair|image))"
)
_TNM = re.compile(r"\b[cpy]{0,2}n[0-3x]\b.{0,4}\bm[01x]\b|\bm[01]\b")
_ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth", "eleventh",
             "twelfth")  # fmt: skip
_NTH = r"(\d{1,2}(?=(?:st|nd|rd|th))|" + "|".join(_ORDINALS) + r")(?:st|nd|rd|th)?"
_NTH_VERTEBRA = re.compile(_NTH + r"\s+(cervical|thoracic|dorsal|lumbar|sacral)")
_NTH_RIB = re.compile(_NTH + r"\s+(?:left |right )?rib")
_RIB_NUMBERS = re.compile(r"\bribs?\s+(?:no\.?\s?|number\s?)?(\d{1,2}(?:\s?(?:,|and|&|-|–|to)\s?\d{1,2})*)")
_OF = r" of (?:the )?(?:left |right )?"
_MIDDLE = r"(?:mid-?shaft|shaft|diaphysis)"
_PARTS = (
    ("femur_trochanter", r"\w*trochanter\w*"),
    ("femur_neck", rf"(?:femoral|femur) (?:neck|head)|(?:neck|head){_OF}femur"),
    ("femur_shaft", rf"(?:femoral|femur) {_MIDDLE}|{_MIDDLE}{_OF}femur"),
    ("femur_distal", r"distal femur|femoral condyles?|distal femoral\w*|supracondylar (?:femur|femoral)"),
    ("humerus_proximal", rf"proximal humer\w+|humeral (?:head|neck)|(?:head|neck){_OF}humerus"),
    ("humerus_shaft", rf"humeral {_MIDDLE}|{_MIDDLE}{_OF}humerus"),
    ("humerus_distal", r"distal humer\w+|supracondylar humer\w+"),
)  # fmt: skip
_PART = re.compile("|".join(f"(?P<{name}>{pattern})" for name, pattern in _PARTS))
_LETTER = {"c": "C", "t": "T", "th": "T", "d": "T", "l": "L", "s": "S",
           "cervical": "C", "thoracic": "T", "dorsal": "T", "lumbar": "L", "sacral": "S"}  # fmt: skip
_LEFT_RIGHT = re.compile(r"\b(left|right|bilateral|both)\b")
# The bone that stands for a region once the side is known.
_SIDED = {"pelvis": "hemipelvis", "clavicle": "clavicle", "scapula": "scapula", "limb": "long_bone_other"}
_SINGLE = ("sacrum", "sternum", "skull", "mandible")
_MANY = re.compile(
    r"\b(couple|two|three|four|five|six|several|multiple|few|many|numerous|some)\b|\bribs\b|\bvertebrae\b|\bbones\b"
)
_COUNTS = {"three": 3, "four": 4, "five": 5, "six": 6, "several": 3, "multiple": 3, "few": 3, "many": 3, "numerous": 3}


@dataclass(frozen=True)
class Place:
    """Where in the skeleton: a bone, or only a region, or neither (somewhere in bone)."""

    site: str | None = None
    region: str | None = None
    side: str | None = None
    diffuse: bool = False
    count: int | None = None


@cache
def _spine() -> tuple[str, ...]:
    return (*(i for i in codes.bones() if re.fullmatch(r"[CTL]\d+", i)), "sacrum")


@cache
def _stems_of_snomed() -> dict[str, frozenset[str]]:
    stems: dict[str, set[str]] = {}
    for bone in codes.bones().values():
        if bone.snomed:
            stems.setdefault(bone.snomed, set()).add(bone.id.removesuffix("_left").removesuffix("_right"))
    return {code: frozenset(found) for code, found in stems.items()}


def _of_stem(stem: str, side: str | None) -> list[Place]:
    """The bone or bones of a stem such as femur_neck, or its region where the side is not known."""
    bones = codes.bones()
    if stem in bones:
        return [Place(stem, bones[stem].region, None)]
    if f"{stem}_left" not in bones:
        return []
    if side == "both":
        return [Place(f"{stem}_{s}", bones[f"{stem}_{s}"].region, s) for s in ("left", "right")]
    if side:
        return [Place(f"{stem}_{side}", bones[f"{stem}_{side}"].region, side)]
    region = bones[f"{stem}_left"].region
    return [Place(None, "femur_proximal" if stem in ("femur_neck", "femur_trochanter") else region, None)]


def _of_region(region: str, side: str | None) -> list[Place]:
    if region in _SINGLE:
        return _of_stem(region, None)
    if region in _SIDED and side:
        return _of_stem(_SIDED[region], side)
    if region == "any":
        return [Place()]
    if side == "both":
        return [Place(None, region, s) for s in ("left", "right")]
    return [Place(None, region, side)]


def _vertebra(letter: str, level: int) -> str | None:
    name = "sacrum" if letter == "S" and 1 <= level <= 5 else f"{letter}{level}"
    return name if name in _spine() else None


def _vertebrae(words: str) -> list[tuple[int, str]]:
    found: list[tuple[int, str]] = []
    if _TNM.search(words):
        words = re.sub(r"\b[cpy]{0,2}t[0-4]\w*\b", " ", words)
    for match in _VERTEBRA.finditer(words):
        first = _vertebra(_LETTER[match[1]], int(match[2]))
        last = _vertebra(_LETTER[match[3] or match[1]], int(match[4])) if match[4] else first
        if first and last:
            spine = _spine()
            low, high = sorted((spine.index(first), spine.index(last)))
            found += [(match.start(), name) for name in spine[low : high + 1]]
    for match in _NTH_VERTEBRA.finditer(words):
        name = _vertebra(_LETTER[match[2]], _nth(match[1]))
        if name:
            found.append((match.start(), name))
    return found


def _nth(word: str) -> int:
    return int(word) if word.isdigit() else _ORDINALS.index(word) + 1


def _ribs(words: str) -> list[tuple[int, int]]:
    found = [(m.start(), _nth(m[1])) for m in _NTH_RIB.finditer(words)]
    for match in _RIB_NUMBERS.finditer(words):
        numbers = [int(n) for n in re.findall(r"\d+", match[1])]
        if re.search(r"-|–|to", match[1]) and len(numbers) == 2 and numbers[0] < numbers[1] <= 12:
            numbers = list(range(numbers[0], numbers[1] + 1))
        found += [(match.start(), n) for n in numbers]
    return [(start, n) for start, n in found if 1 <= n <= 12]


def _side_near(words: str, start: int, default: str | None) -> str | None:
    """The side said closest before a bone, or right after it, or anywhere if only one side is said at all."""
    said = [(m.start(), "both" if m[1] in ("bilateral", "both") else m[1]) for m in _LEFT_RIGHT.finditer(words)]
    before = [side for at, side in said if start - 30 <= at <= start]
    if before:
        return before[-1]
    sides = {side for _, side in said}
    return sides.pop() if len(sides) == 1 else default


def places_in_words(words: str, side: str | None = None) -> list[Place]:
    """The places a text names, most exact words first: a vertebra named leaves "spine" unsaid."""
    lower = words.lower()
    found: dict[str, list[Place]] = {}
    for _, name in sorted(_vertebrae(lower), key=lambda pair: pair[0]):
        found.setdefault("spine", []).extend(_of_stem(name, None))
    for start, rib in _ribs(lower):
        found.setdefault("rib", []).extend(_of_stem(f"rib_{rib}", _side_near(lower, start, side)))
    for match in _PART.finditer(lower):
        bone = str(match.lastgroup).partition("_")[0]
        if bone not in found:  # one bone, one lesion: the first part named is where it sits
            found[bone] = _of_stem(str(match.lastgroup), _side_near(lower, match.start(), side))
    for region, start, _ in codes.concepts_in_text("region", lower):
        family = _family(region)
        if family not in found and not (family == "any" and found):
            found[family] = _of_region(region, _side_near(lower, start, side))
        elif family == "spine" and all(p.site is None and p.region == "spine" for p in found[family]):
            found[family] = _of_region(region, None)
    places = list(dict.fromkeys(place for group in found.values() for place in group))
    return [p for p in places if p != Place()] or places


def _family(region: str) -> str:
    if region in ("cervical", "thoracic", "lumbar", "spine"):
        return "spine"
    return "femur" if region == "femur_proximal" else region


def _in_codes(concept: Concept, side: str | None) -> list[Place]:
    found: list[Place] = []
    for system, code in concept.codings:
        stems = _stems_of_snomed().get(code, frozenset()) if system == codes.SNOMED else frozenset()
        region = codes.concept_of_code("region", system, code)
        if region:
            found += _of_region(region, side)
        elif len(stems) == 1:
            found += _of_stem(next(iter(stems)), side)
    return list(dict.fromkeys(found))


def count_in_words(words: str) -> int | None:
    """How many at least, where a text says more than one without naming them."""
    match = _MANY.search(words.lower())
    return _COUNTS.get(match.group(), 2) if match else None


def is_diffuse(words: str) -> bool:
    """Whether a text says that the whole skeleton is involved."""
    return bool(codes.concepts_in_text("extent", words))


def places(concept: Concept, side: str | None = None) -> list[Place]:
    """The places that a coded and written body site means; empty where none is understood.

    Words may be more exact than the code (the trochanter within the femur); where the two name different bones
    only what they have in common would be safe, so nothing is taken from them.
    """
    side = concept.side or side
    coded = _in_codes(concept, side or _side_near(concept.words.lower(), 0, None))
    written = places_in_words(concept.written or concept.words, side)
    if not written or not coded or written == [Place()]:
        return coded or written
    sites_agree = {p.site for p in coded if p.site} & {p.site for p in written if p.site}
    regions_agree = {_family(p.region) for p in coded if p.region} & {_family(p.region) for p in written if p.region}
    if any(p.site for p in coded) and any(p.site for p in written):
        return written if sites_agree else []
    if not regions_agree:
        return []
    return written if any(p.site for p in written) else coded
