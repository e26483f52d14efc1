"""Place one person's disease in virtual people: who they are, which bones are ill, how large the lesions are."""

from __future__ import annotations

import numpy as np
from scipy.special import ndtr

from seedsoil.biology.body import Body
from seedsoil.care.patient import Patient
from seedsoil.diagnostics import appearance
from seedsoil.grammar import luck, skeleton
from seedsoil.grammar.tables import table
from seedsoil.study.leading import high_calcium
from seedsoil.study.recorded_course import AGAINST_CANCER, measured_first, organs_told, volume_of
from seedsoil.study.weighing import SAME_LOOK, first_finding, number
from seedsoil.treatments import drug
from seedsoil.world import people, populations
from seedsoil.world.parameters import Numbers, loop_number
from seedsoil.world.records import SLOTS, People, joined

# The parts of a candidate's luck that is no score, each with its own key, so that it can change one and keep the others: traits
# and days, organs that are ill, how many lesions there are, and the bone of each.
PERSON, ORGANS, COUNT, BONES = 0, 1, 2, slice(3, 3 + SLOTS)
PARTS = BONES.stop
EMPTY = -2  # a slot without a lesion, for `people.draw_sites`


# ---- who -----------------------------------------------------------------------------------------------------------


def drawn(patient: Patient, keys: np.ndarray, version: np.ndarray, numbers: Numbers, scores: populations.Scores) -> People:
    """People with the patient's age, sex and cancer, who live by their version of the numbers [n], and traits by their keys [n]
    and `scores`; where the primary is not known, each draws its own; where calcium is high, all secrete PTHrP."""
    n, seed = len(keys), scores.seed
    given = {"age_years": patient.age_years, "male": float(patient.sex == "male")}
    weight = [f.value for f in patient.findings if f.what == "weight" and f.value]
    if weight:
        given["weight"] = weight[-1]
    if high_calcium(patient):
        given["secretes"] = 1.0
    cancer = patient.cancer if patient.cancer_certain else None
    if cancer not in (None, "unknown"):
        parts = [part.subtype for part in populations.populations(cancer)]
        if patient.subtype in parts:
            given["subtype"] = np.full(n, parts.index(patient.subtype))
        return people.without_body(cancer, keys, seed, numbers, given, scores, version)
    names = populations.cancers()
    chance = np.array([_cancer_weight(name, patient) for name in names])
    kind = luck.choose(luck.uniform(seed, keys, "drawn_primary"), chance[None, :])
    who = [np.flatnonzero(kind == c) for c in np.unique(kind)]
    groups = []
    for own in who:
        name, has = names[kind[own[0]]], dict(given)
        groups.append(people.without_body(name, keys[own], seed, numbers, has, scores.rows(own), version[own]))
    order = np.argsort(np.concatenate(who))
    return People(*[f[order] for f in joined(groups)])


def _cancer_weight(name: str, patient: Patient) -> float:
    """How likely a cancer is behind bone metastases of this person: the mixture, sex and age."""
    numbers = populations.populations(name)[0].numbers
    female = numbers["female_share"].value
    by_sex = female if patient.sex == "female" else 1.0 - female
    age = numbers["age_years"]
    z = (patient.age_years - age.value) / max(age.between_spread, 5.0)
    weight = populations.mixture().get(name, 0.0) * by_sex * np.exp(-0.5 * z * z)
    return float(weight * (5.0 if patient.cancer == name else 1.0))


# ---- where the disease is ------------------------------------------------------------------------------------------


def place_disease(
    group: People, patient: Patient, keys: np.ndarray, numbers: Numbers, scores: populations.Scores, lead: int
) -> None:
    """Lesions at the recorded bones, unreported ones drawn; visceral disease as recorded or drawn; all as it was `lead`
    days before the first finding. Places are drawn from `keys` [n, PARTS]; `scores` hold how large the disease is."""
    parts = [populations.populations(populations.cancers()[c])[s] for c, s in zip(group.cancer, group.subtype, strict=True)]
    _place_lesions(group, patient, keys, numbers, parts, scores, lead)
    own = group.key.copy()
    group.key[:] = keys[:, ORGANS]
    _place_visceral(group, patient, numbers, parts, scores, lead)
    group.key[:] = own


def _place_lesions(group: People, patient: Patient, keys, numbers: Numbers, parts, scores: populations.Scores, lead: int) -> None:
    n, seed, bones = len(group.key), scores.seed, keys[:, BONES]
    counted = lambda index: luck.uniform(seed, keys[:, COUNT], "unreported", index)
    site = np.full((n, SLOTS), EMPTY)
    slot = 0
    size_mm = np.full((n, SLOTS), np.nan)
    pressed, grown = np.zeros((n, SLOTS), bool), np.zeros((n, SLOTS))
    first, proven = first_finding(patient), any(lesion.certain for lesion in patient.lesions)
    compressed = {h.site for h in patient.happened if h.what in ("cord_compression", "cauda_equina") and h.site}
    for lesion in patient.lesions:
        if lesion.diffuse:
            continue
        for copy in range(lesion.count or 1):
            if slot == SLOTS:
                break
            site[:, slot] = _bones_of(lesion, group, luck.uniform(seed, bones[:, slot], "unreported", 10 + slot + copy), site)
            size_mm[:, slot] = lesion.longest_mm if lesion.longest_mm and copy == 0 else np.nan
            pressed[:, slot] = lesion.site in compressed
            grown[:, slot] = max(lesion.day_to - first, 0.0)
            if lesion.kind:
                populations.set_kind(group, slot, lesion.kind, scores)
            if not lesion.certain and proven:
                # what was only suspected is there in some candidates; in the others the picture was wrong
                absent = luck.uniform(seed, bones[:, slot], "unreported", 300 + slot) >= number("uncertain_share")
                site[absent, slot] = EMPTY
            slot += 1
    recorded = slot
    diffuse = any(lesion.diffuse for lesion in patient.lesions)
    mean = np.array([p.numbers["lesions_at_finding"].value for p in parts])
    spread = np.array([p.numbers["lesions_dispersion"].value for p in parts])
    many = people.lesion_count(mean, spread, counted(1))
    if diffuse:
        many = np.maximum(many, SLOTS - 4 + (counted(2) * 5).astype(int))
    elif any(e.what in ("bone_scan", "spect_ct", "naf_pet", "fdg_pet", "psma_pet") and e.region is None for e in patient.examined):
        unseen = number("unseen_of_one") * (recorded + 1.0)  # mean of a geometric law: whoever has many has more that hide
        hidden = np.log(counted(3)) / np.log(unseen / (1.0 + unseen))
        many = recorded + np.floor(hidden).astype(int)
    for k in range(recorded, SLOTS):
        site[:, k] = np.where(k < many, -1, EMPTY)
    many = many - (site[:, :recorded] == EMPTY).sum(axis=1)
    site, size_mm, pressed, grown = _packed(group, site, size_mm, pressed, grown)
    site = people.draw_sites(group, seed, site, bones)
    volume = _volumes(size_mm, pressed, site, numbers, scores)
    # a lesion first seen later was smaller when the first one was found
    capacity = numbers.params["capacity_bone"][group.set_of][:, None] * numbers.sites["volume"][np.maximum(site, 0)]
    slowed = growth_seen(patient) * group.lesion_traits["growth"]
    before = people.past_volume(np.minimum(volume, 0.8 * capacity), capacity, slowed, grown)
    volume = np.where(grown > 0.0, np.minimum(before, volume), volume)
    volume = people.bone_before(group, site, volume, numbers, lead)
    if diffuse:
        volume = volume * number("diffuse_size")
    people.place(group, site, volume, numbers)


def _packed(group: People, site: np.ndarray, *fields: np.ndarray) -> list[np.ndarray]:
    """Empty slots moved behind the others, with what was recorded of each slot and the traits of its lesion."""
    order = np.argsort(site == EMPTY, axis=1, kind="stable")
    moved = (np.arange(SLOTS)[None, :] != order).any(axis=1)
    for name in group.lesion_traits.dtype.names:
        values = group.lesion_traits[name]
        values[moved] = np.take_along_axis(values, order, axis=1)[moved]
    return [np.take_along_axis(values, order, axis=1) for values in (site, *fields)]


def _bones_of(lesion, group: People, drawn: np.ndarray, taken: np.ndarray) -> np.ndarray:
    """The bone of a recorded lesion: itself, or one `drawn` [n] from the region it names; unspecified ones by the cancer."""
    if lesion.site:
        return np.full(len(group.key), skeleton.number_of()[lesion.site])
    members = np.array(skeleton.sites_in(lesion.region or "any"))
    if lesion.side:
        sided = [i for i in members if skeleton.bones()[i].side in (lesion.side, "midline")]
        members = np.array(sided or list(members))
    weights = np.diff(populations.site_weights(), axis=1, prepend=0.0)[group.cancer][:, members] + 1e-9
    for k in range(taken.shape[1]):
        weights[members[None, :] == taken[:, k : k + 1]] = 1e-12
    return members[luck.choose(drawn, weights)]


def _volumes(size_mm, pressed, site, numbers: Numbers, scores: populations.Scores) -> np.ndarray:
    """Lesion volumes, mL: from the recorded diameter (with its error), large where the cord is pressed, else drawn."""
    each = scores.of("size", np.arange(SLOTS))
    usual = table("people.toml")["lesion_size"]
    drawn = usual.spread(0.6 * scores.of("size_of_person")[:, None] + 0.8 * each)
    # what a picture shows is stretched by the bone's shape and holds changed bone beside the tumour; a reading with an
    # error is drawn towards the usual size
    told = np.log(number("tumour_share") * np.pi / 6.0 * (appearance.sphere_of(size_mm, site) / 10.0) ** 3)
    middle = float(np.log(usual.spread(0.0)))
    spread = float(np.log(usual.spread(1.0))) - middle
    trust = spread**2 / (spread**2 + number("size_error") ** 2)
    measured = np.exp(middle + trust * (told - middle) + np.sqrt(1.0 - trust) * spread * each)
    bone = numbers.sites["volume"][np.maximum(site, 0)]
    large = bone * (number("pressing_least") + (number("pressing_most") - number("pressing_least")) * ndtr(each))
    return np.where(pressed, large, np.where(np.isnan(measured), drawn, measured))


def growth_seen(patient: Patient) -> float:
    """How fast tumour has grown since the first finding, over its growth without treatment: half as fast where a drug against the
    cancer is on record."""
    treated = any(g.what in drug.catalogue() and drug.catalogue()[g.what].kind in AGAINST_CANCER for g in patient.given)
    return number("growth_in_treatment") if treated else 1.0


def _place_visceral(group: People, patient: Patient, numbers: Numbers, parts, scores: populations.Scores, lead: int) -> None:
    """Visceral disease, as it was `lead` days before the first finding. Organs on record have it, as large as is usual when bone
    metastases are found, or smaller where it was first seen later; organs that were looked at only what a picture misses; others
    with a lower chance than in the population."""
    told, first, seed = organs_told(patient), first_finding(patient), scores.seed
    organs, seen = {}, np.zeros(len(group.key), bool)
    for organ in ("liver", "lung", "brain"):
        share = np.array([p.numbers[f"{organ}_share"].value for p in parts])
        hidden = people.occult(group.key, seed, organ, share)
        # a brain is not looked at without a sign, so that none on record says nothing
        unreported = 1.0 if organ == "brain" else number("unreported_visceral")
        has = luck.uniform(seed, group.key, "visceral", luck.stream(organ) & 0x7FFFFFFF) < share * unreported
        score = scores.of(f"{organ}.size")
        mm = measured_first(patient, organ)
        read = np.nan if mm is None else volume_of(mm) * np.exp(number("organ_size_error") * score)
        size = people.visible_size(organ).spread(score) if mm is None else read
        if organ in told:
            day, on_record = told[organ]
            has[:] = on_record and day - first <= SAME_LOOK
            if on_record:
                found = table("twins.toml")["organ_newly_seen"].spread(score) if mm is None else read
                hidden = _before_it_was_seen(group, numbers, organ, found, growth_seen(patient), day - first)
        organs[organ] = people.organ_before(group, organ, np.where(has, size, hidden), numbers, lead)
        seen |= has
    synchronous = np.array([p.numbers["synchronous_share"].value for p in parts])
    people.treated_before(group, seed, synchronous, seen)
    for organ, volume in organs.items():
        people.give_visceral(group, organ, volume)
    removed = any("ectomy" in g.what for g in patient.given)
    kept = luck.uniform(seed, group.key, "visceral", luck.stream("primary") & 0x7FFFFFFF) < number("primary_kept")
    size = table("people.toml")["primary_size"].spread(scores.of("primary.size"))
    size = np.where(kept & (not removed), size, 0.0)
    group.body[:, Body._fields.index("primary")] = people.organ_before(group, "primary", size, numbers, lead)
    people.waste(group, numbers)


def _before_it_was_seen(group: People, numbers: Numbers, organ: str, found: np.ndarray, slowed: float, days: float) -> np.ndarray:
    """Volumes, mL, `days` before metastases of an organ were first seen: from the size at which they were `found`, grown back at
    `slowed` times the growth without treatment; no picture showed them then."""
    visible = loop_number("visible_visceral")
    found = np.maximum(found, visible)
    capacity = numbers.params[f"capacity_{organ}"][group.set_of]
    return np.minimum(people.past_volume(found, capacity, slowed * group.traits["visceral_growth"], days), visible)
