"""Imaging: which lesions a test reports, what it says of them, and how well a report fits a body."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Sequence
from fnmatch import fnmatch
from typing import NamedTuple

import numpy as np
from scipy.special import ndtr, ndtri

from seedsoil.diagnostics import appearance, blood
from seedsoil.diagnostics.appearance import Look
from seedsoil.diagnostics.truth import Seen, cancers, number
from seedsoil.errors import InputError
from seedsoil.grammar import luck as fortune
from seedsoil.grammar import skeleton
from seedsoil.grammar.algebra import hill
from seedsoil.grammar.tables import contents, table

# The three PET tests come with CT, as scanners now do; `fdg_pet_alone` is PET by itself.
MODALITIES = ("xray", "ct", "mri", "bone_scan", "fdg_pet", "naf_pet", "psma_pet", "spect_ct", "fdg_pet_alone")
MEASURES = ("xray", "ct", "mri")  # give a diameter
TELLS_KIND = ("xray", "ct", "fdg_pet", "naf_pet", "psma_pet", "spect_ct")
SEES_CANAL = ("ct", "mri")
TRACERS = ("bone_scan", "naf_pet", "spect_ct", "fdg_pet", "fdg_pet_alone")  # say how hot a lesion is
UNPLACED = ("fdg_pet_alone",)  # without anatomy in the picture


class Report(NamedTuple):
    """What a test said [m, K]; nan, -1 or False where it said nothing."""

    seen: np.ndarray  # bool
    site: np.ndarray  # number of the bone it is said to lie in; -1 not seen
    longest_mm: np.ndarray
    uptake: np.ndarray  # of tracer, over that of the bone around it; FDG: standardised uptake
    kind: np.ndarray  # appearance.LYTIC, MIXED, BLASTIC; -1 not told
    section: np.ndarray  # share of the bone's diameter
    cortex_mm: np.ndarray
    circumference: np.ndarray
    collapse: np.ndarray  # share of height lost
    soft_tissue: np.ndarray  # bool
    epidural: np.ndarray  # grade 0-3; -1 not told
    false_site: np.ndarray  # [m] number of a bone reported without a lesion; -1 none


class Luck(NamedTuple):
    """Chance of one test."""

    found: np.ndarray  # [m, K] uniform
    size: np.ndarray  # [m, K] normal
    kind: np.ndarray  # [m, K] normal
    canal: np.ndarray  # [m, K] normal
    false: np.ndarray  # [m] uniform
    place: np.ndarray  # [m] uniform


class Told(NamedTuple):
    """One statement of a report: at least `count` lesions somewhere in these bones."""

    sites: Sequence[int]
    count: int = 1
    certain: bool = True


def luck_of(seed: int, key: np.ndarray, modality: str, seen: Seen, day: int | np.ndarray) -> Luck:
    """Luck of one test on one day. It belongs to the bone: what is missed once is often missed again."""
    which = MODALITIES.index(_checked(modality)) * 1024
    key = np.asarray(key)
    day = np.broadcast_to(day, key.shape)
    index = np.maximum(seen.site, 0) + which
    words = fortune.words(seed, key[:, None], "imaging", index, day[:, None])
    today, size, kind, canal = (ndtri((w + 0.5) * 2.0**-32) for w in words)
    always = fortune.normal(seed, key[:, None], "imaging", index, -fortune.DAY_ZERO)
    alike = number("imaging", "repeat.share")
    found = ndtr(np.sqrt(alike) * always + np.sqrt(1.0 - alike) * today)
    false, place, _, _ = ((w + 0.5) * 2.0**-32 for w in fortune.words(seed, key, "false_positive", which, day))
    return Luck(found, size, kind, canal, false, place)


# ---- where a test looks --------------------------------------------------------------------------------------------


def field(modality: str, regions: str | Iterable[str] | None = None) -> np.ndarray:
    """The bones a test looks at, as a mask over `skeleton.bones()`; by default what such a test usually covers."""
    if regions is None:
        return _usual(_checked(modality)).copy()
    names = [regions] if isinstance(regions, str) else list(regions)
    looked = np.zeros(len(skeleton.bones()), bool)
    for name in names:
        numbers = skeleton.sites_in(name)
        if not numbers:
            raise InputError("region", name, "a region or bone of data/sites.csv")
        looked[list(numbers)] = True
    return looked


@functools.cache
def _usual(modality: str) -> np.ndarray:
    raw = contents("diagnostics", "imaging.toml")[modality]["covers"]
    return np.array([any(fnmatch(b.region, c) or fnmatch(b.id, c) for c in raw) for b in skeleton.bones()])


@functools.cache
def naming(modality: str) -> np.ndarray:
    """Chance that a lesion of one bone (row) is said to lie in another (column) [bones, bones].

    A picture without anatomy places a lesion some millimetres off; where that passes the end of a vertebra or the space
    between two ribs, the neighbour is named.
    """
    bones = skeleton.bones()
    out = np.eye(len(bones))
    if modality not in UNPLACED:
        return out
    rows: dict[object, list[int]] = {}
    for i, bone in enumerate(bones):
        if bone.region in ("cervical", "thoracic", "lumbar", "rib"):
            rows.setdefault(("rib", bone.side) if bone.region == "rib" else "spine", []).append(i)
    for row in rows.values():
        for at, i in enumerate(row):
            step = number("imaging", f"bone.{bones[i].region.replace('rib', 'thoracic')}.length")
            past = min(np.sqrt(2.0 / np.pi) * _n(modality, "place") / step, 0.5)
            beside = [row[k] for k in (at - 1, at + 1) if 0 <= k < len(row)]
            out[i, i] -= past
            out[i, beside] += past / len(beside)
    return out


# ---- the chance of being seen --------------------------------------------------------------------------------------


def chance(modality: str, seen: Seen, looked: np.ndarray | None = None, look: Look | None = None) -> np.ndarray:
    """Chance that each lesion is reported [m, K]; nought where the test does not look."""
    looked = field(modality) if looked is None else looked
    look = appearance.look(seen) if look is None else look
    shown = _n(modality, "most") * _SHOWN[modality](seen, look)
    # a sunken vertebra is seen even where the tumour is not; functional tests see it while it is fresh
    if modality in ("bone_scan", "naf_pet", "spect_ct"):
        fresh = seen.lesion.unhealed > number("imaging", "appearance.fresh")
        shown = _either(shown, _sunken(modality, look.collapse * fresh))
    elif modality in MEASURES:
        shown = _either(shown, _sunken(modality, look.collapse))
    if modality in SEES_CANAL:  # a mass that presses on the cord is seen for itself
        shown = _either(shown, hill(look.occupied, _n(modality, "canal"), number("imaging", "appearance.canal_steep")))
    in_view = seen.used & looked[np.maximum(seen.site, 0)]
    return np.where(in_view, np.clip(shown, 0.0, 1.0), 0.0)


def _n(modality: str, name: str) -> float:
    return number("imaging", f"{_checked(modality)}.{name}")


def _hill(modality: str, name: str, value):
    """Share seen at this value, with the table's half point and steepness."""
    return hill(value, _n(modality, f"{name}_half"), _n(modality, f"{name}_steep"))


def _sunken(modality: str, collapse):
    """Share of vertebrae that have lost this height in which it is told of."""
    return hill(collapse, _n(modality, "collapse"), number("imaging", "appearance.collapse_steep"))


def _either(a, b):
    return 1.0 - (1.0 - a) * (1.0 - b)


def _xray(seen: Seen, look: Look):
    """A film shows mineral: a hole of some size with a third to a half of it gone, or clear sclerosis."""
    half = np.array([_n("xray", f"size_{form}") for form in appearance.FORMS])[appearance.form_of(seen)]
    large = hill(np.maximum(look.changed, 1e-9) / half, 1.0, _n("xray", "size_steep"))
    return large * _either(_hill("xray", "loss", look.lost), _hill("xray", "dense", look.woven))


def _ct(seen: Seen, look: Look):
    """CT shows smaller changes of density, and smaller lesions."""
    density = _either(_hill("ct", "change", look.lost), _hill("ct", "change", look.woven))
    return _hill("ct", "size", look.changed) * density


def _mri(seen: Seen, look: Look):
    """MRI shows marrow replaced, whatever the mineral does."""
    return _hill("mri", "size", look.diameter)


def formation(seen: Seen, look: Look) -> np.ndarray:
    """Bone being laid down at a lesion above the usual: the tumour's own and what answers resorption [m, K]."""
    own = seen.lesion.osteoblasts - 1.0
    answering = number("imaging", "bone_scan.reactive") * (np.sqrt(np.maximum(seen.lesion.osteoclasts, 0.0)) - 1.0)
    return np.where(look.changed > 0.0, np.maximum(own + answering, 0.0) + healing(seen, look), 0.0)


def healing(seen: Seen, look: Look) -> np.ndarray:
    """Bone laid down where tumour has just died, under treatments that call it forth [m, K]: the flare. It fades as the dead
    tissue is cleared from the hole it leaves. People differ in it."""
    entry = table("diagnostics", "imaging.toml")["healing.most"]
    vigour = entry.value if seen.set_points is None else entry.spread(seen.set_points[:, blood.OWN.index("healing")])
    dead = seen.lesion.dead / np.maximum(np.pi / 6.0 * look.changed**3 / appearance.MM3_PER_ML, 1e-6)
    return (vigour * seen.rx.healing_bone)[:, None] * np.minimum(dead, 1.0)


def _formation_test(modality: str):
    def shown(seen: Seen, look: Look):
        return _hill(modality, "uptake", formation(seen, look)) * _hill(modality, "size", look.changed)

    return shown


def uptake(seen: Seen, look: Look) -> np.ndarray:
    """Standardised uptake value of FDG in each lesion: viable tumour, its avidity, less where bone is dense [m, K]."""
    viable = np.pi / 6.0 * look.living**3 / appearance.MM3_PER_ML
    dense = 1.0 - _n("fdg_pet", "sclerosis") * look.sclerosis
    avid = _n("fdg_pet", "avid") * seen.x["fdg_avidity"][:, None] * dense
    return _n("fdg_pet", "background") + avid * viable / (viable + _n("fdg_pet", "volume_half"))


def _fdg(seen: Seen, look: Look):
    """Only living tumour takes up glucose; the curve is set to nought at the marrow's own uptake."""
    ground = _hill("fdg_pet", "uptake", _n("fdg_pet", "background"))
    return np.maximum(_hill("fdg_pet", "uptake", uptake(seen, look)) - ground, 0.0) / (1.0 - ground)


def _psma(seen: Seen, look: Look):
    shows = seen.cancer == cancers().index("prostate")
    if seen.set_points is not None:  # some prostate cancers carry none of it
        shows = shows & (ndtr(seen.set_points[:, blood.OWN.index("psma")]) >= _n("psma_pet", "negative"))
    prostate = shows[:, None]
    return _hill("psma_pet", "size", look.living) * np.where(prostate, 1.0, _n("psma_pet", "other"))


_SHOWN = {
    "xray": _xray,
    "ct": _ct,
    "mri": _mri,
    "bone_scan": _formation_test("bone_scan"),
    "fdg_pet": _fdg,
    "naf_pet": _formation_test("naf_pet"),
    "psma_pet": _psma,
    "spect_ct": _formation_test("spect_ct"),
    "fdg_pet_alone": _fdg,
}


def false_positive(modality: str, looked: np.ndarray | None = None) -> float:
    """Chance that a test reports a lesion where there is none; less where it looks at less than usual."""
    share = 1.0 if looked is None else min(looked.sum() / _usual(_checked(modality)).sum(), 1.0)
    return _n(modality, "false_positive") * share


# ---- drawing a report ----------------------------------------------------------------------------------------------


def draw(modality: str, seen: Seen, luck: Luck, looked: np.ndarray | None = None) -> Report:
    """What the test reports of these people."""
    look = appearance.look(seen)
    hit = luck.found < chance(modality, seen, looked, look)
    told = lambda value, may=True: np.where(hit & may, value, np.nan)
    size = np.exp(_n(modality, "size_noise") * luck.size) if modality in MEASURES else 1.0
    measures, canal = modality in MEASURES, modality in SEES_CANAL
    reading = look.sclerosis + number("imaging", "appearance.kind_reading") * luck.kind
    occupied = look.occupied + (_canal_noise(modality, seen) * luck.canal if canal else 0.0)
    spinal = seen.sites["spinal"][np.maximum(seen.site, 0)] > 0.5
    section = np.minimum(look.section * size, 1.0)
    return Report(
        seen=hit,
        site=np.where(hit, _named(modality, seen, luck), -1),
        longest_mm=told(look.longest * size, measures),
        uptake=_tracer(modality, seen, look, luck, hit),
        kind=np.where(hit & (modality in TELLS_KIND), appearance.kind(reading), -1),
        section=told(section, measures),
        cortex_mm=told(look.cortex_mm * size, measures),
        circumference=told(np.minimum(look.circumference * size, 1.0), measures),
        collapse=told(_height_lost(modality, look) if measures else 0.0, measures),
        soft_tissue=hit & canal & (look.outside > number("imaging", "appearance.soft_seen")),
        epidural=np.where(hit & canal & spinal, appearance.epidural_grade(seen, occupied), -1),
        false_site=_misplaced(modality, luck, field(modality) if looked is None else looked),
    )


def _named(modality: str, seen: Seen, luck: Luck) -> np.ndarray:
    """The bone each lesion is said to lie in [m, K]. A test that names the wrong one measures nothing, so the luck of the
    measure is free for it."""
    if modality not in UNPLACED:
        return seen.site
    return fortune.choose(ndtr(luck.size), naming(modality)[np.maximum(seen.site, 0)])


def _tracer(modality: str, seen: Seen, look: Look, luck: Luck, hit: np.ndarray) -> np.ndarray:
    """How hot each lesion is said to be [m, K]; a test with a tracer does not look into the canal, so that luck is free."""
    if modality not in TRACERS:
        return np.full(hit.shape, np.nan)
    noise = np.exp(number("imaging", "healing.reading") * luck.canal)
    return np.where(hit, _hot(modality, seen, look) * noise, np.nan)


def _hot(modality: str, seen: Seen, look: Look) -> np.ndarray:
    return uptake(seen, look) if modality.startswith("fdg_pet") else 1.0 + formation(seen, look)


def looks_worse(before: Report, after: Report) -> np.ndarray:
    """Who a radiologist calls worse on the second of two scans [m]: two new spots, or clearly hotter in all."""
    new = (after.seen & ~before.seen).sum(axis=1) >= number("imaging", "healing.new_spots")
    hotter = np.nansum(after.uptake, axis=1) > number("imaging", "healing.hotter") * np.nansum(before.uptake, axis=1)
    return new | hotter


def _height_lost(modality: str, look: Look) -> np.ndarray:
    return np.where(look.collapse > _n(modality, "collapse"), look.collapse, 0.0)


def _canal_noise(modality: str, seen: Seen) -> np.ndarray:
    start = seen.sites["compression_start"][np.maximum(seen.site, 0)]
    return _n(modality, "epidural_noise") / np.maximum(start, 0.05)


def _misplaced(modality: str, luck: Luck, looked: np.ndarray) -> np.ndarray:
    """The bone of a false report, any of those looked at; -1 where there is none."""
    bones = np.flatnonzero(looked)
    if not len(bones):
        return np.full(luck.false.shape, -1)
    where = bones[np.minimum((luck.place * len(bones)).astype(int), len(bones) - 1)]
    return np.where(luck.false < false_positive(modality, looked), where, -1)


# ---- weighing a body by a report -----------------------------------------------------------------------------------


def log_likelihood(
    modality: str, seen: Seen, told: Sequence[Told], looked: np.ndarray | None = None, complete: bool = False
) -> np.ndarray:
    """Log probability of a report for each body [m].

    Each statement counts by the chance that at least so many lesions are reported there, or that it is a false alarm.
    `complete`: the report names all it saw, so that lesions elsewhere in the field of view were missed.
    """
    looked = field(modality) if looked is None else looked
    view = looked.copy()
    for statement in told:
        view[list(statement.sites)] = True  # what a report names was looked at
    found = chance(modality, seen, view)
    alarm = false_positive(modality, view)
    weight = np.zeros(seen.cancer.shape)
    free = np.ones(seen.site.shape, bool)
    for statement in sorted(told, key=lambda s: len(s.sites)):
        named = naming(modality)[:, list(statement.sites)].sum(axis=1)[np.maximum(seen.site, 0)]
        here = free & (named > 0.0)
        by_chance = alarm * len(statement.sites) / max(view.sum(), 1) if statement.count == 1 else 0.0
        enough = _either(at_least(np.where(here, found * named, 0.0), statement.count), min(by_chance, 1.0))
        if not statement.certain:
            share = number("imaging", "report.uncertain")
            enough = share * enough + (1.0 - share)
        weight += np.log(np.maximum(enough, number("examination", "slip.share") * 1e-2))
        free &= ~here
    if complete:
        weight += np.log1p(-np.where(free, np.minimum(found, 0.999), 0.0)).sum(axis=1)
        if not told:
            weight += np.log1p(-alarm)
    return weight


def at_least(chances: np.ndarray, count: int) -> np.ndarray:
    """Chance that at least `count` of independent events happen; events on the last axis."""
    if count <= 0:
        return np.ones(chances.shape[:-1])
    fewer = np.zeros((*chances.shape[:-1], count))  # chance of exactly 0 .. count - 1
    fewer[..., 0] = 1.0
    for k in range(chances.shape[-1]):
        q = chances[..., k : k + 1]
        moved = np.concatenate([np.zeros_like(q), fewer[..., :-1]], axis=-1)
        fewer = fewer * (1.0 - q) + moved * q
    return np.clip(1.0 - fewer.sum(axis=-1), 0.0, 1.0)


def lesion_log_likelihood(
    modality: str, seen: Seen, site: int, *, kind=None, longest_mm=None, soft_tissue=None, epidural=None, collapsed=None,
    uptake=None,
) -> np.ndarray:
    """Log probability of what a report says of the lesion at one bone, given that it is seen there [m].

    kind: `appearance.LYTIC`, `MIXED`, `BLASTIC`. epidural: grade 0-3. uptake: as in `Report`. Bodies without a lesion there
    get the chance of a slip for each fact.
    """
    slot = seen.used & (seen.site == site)
    there, k = slot.any(axis=1), slot.argmax(axis=1)[:, None]
    look = appearance.look(seen)
    at = lambda values: np.take_along_axis(values, k, axis=1)[:, 0]
    slip = number("examination", "slip.share")
    weight = np.zeros(seen.cancer.shape)
    allow = lambda p: np.log((1.0 - slip) * np.clip(p, 0.0, 1.0) + 0.5 * slip)
    parts = []
    if kind is not None:
        edges = number("imaging", "appearance.lytic_below"), number("imaging", "appearance.blastic_above")
        sd = np.hypot(number("imaging", "appearance.kind_reading"), number("imaging", "appearance.kind_model"))
        above = [ndtr((at(look.sclerosis) - edge) / sd) for edge in edges]
        parts.append(allow([1.0 - above[0], above[0] - above[1], above[1]][kind]))
    if longest_mm is not None:
        noise = _n(modality, "size_noise") if modality in MEASURES else _n("xray", "size_noise")
        noise = np.hypot(noise, number("imaging", "appearance.size_model"))
        parts.append(_log_size(longest_mm, at(look.longest), noise))
    if soft_tissue is not None:
        half, steep = (number("imaging", f"appearance.soft_{part}") for part in ("seen", "steep"))
        shown = hill(at(look.outside), half, steep)
        parts.append(allow(shown if soft_tissue else 1.0 - shown))
    if epidural is not None:
        noise = at(_canal_noise(modality if modality in SEES_CANAL else "ct", seen))
        noise = np.hypot(noise, number("imaging", "appearance.canal_model"))
        edges = np.take_along_axis(appearance.epidural_edges(seen), k[:, :, None], axis=1)[:, 0]
        passed = ndtr((at(look.occupied)[:, None] - edges) / noise[:, None])
        ends = np.ones((len(passed), 1))
        graded = np.concatenate([ends, passed], axis=1) - np.concatenate([passed, 0.0 * ends], axis=1)
        parts.append(allow(graded[:, epidural]))
    if uptake is not None:
        sd = np.hypot(number("imaging", "healing.reading"), number("imaging", "healing.model"))
        parts.append(_log_size(uptake, at(_hot(modality, seen, look)), sd))
    if collapsed is not None:
        sunken = _sunken(modality if modality in MEASURES else "ct", at(look.collapse))
        parts.append(allow(sunken if collapsed else 1.0 - sunken))
    for part in parts:
        weight += np.where(there, part, np.log(slip))
    return weight


def _log_size(measured: float, true: np.ndarray, sd: float) -> np.ndarray:
    """Lognormal density of a measured diameter, per mm, or of an uptake."""
    z = (np.log(measured) - np.log(np.maximum(true, 0.1))) / sd
    return -0.5 * z * z - np.log(sd * np.sqrt(2.0 * np.pi) * measured)


def _checked(modality: str) -> str:
    if modality not in MODALITIES:
        raise InputError("modality", modality, ", ".join(MODALITIES))
    return modality
