"""Candidates for twins: virtual people with one person's cancer and recorded past, and how well each fits what was found.

Recorded treatments are given on their dates; what was found weighs each candidate by its likelihood; so does being
alive. Dates known to a month are drawn within it.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

import numpy as np

from seedsoil.biology.body import Body, Lesion
from seedsoil.care.chart import Chart
from seedsoil.care.patient import Finding, Patient
from seedsoil.diagnostics import appearance, blood, examination, imaging, symptoms
from seedsoil.grammar import luck, skeleton
from seedsoil.grammar.tables import table
from seedsoil.treatments import drug, procedures
from seedsoil.world import acting, observing, parameters, people, populations
from seedsoil.world.day import START, STOP, TREAT, WORK, World
from seedsoil.world.parameters import Numbers
from seedsoil.world.records import SLOTS, People, joined

EARLIEST = -730  # days: how far back a candidate's bone disease is followed at most
KEPT_OF = 5  # once all dated findings are in, one candidate in five goes on to day 0
LEAD_HIGH_CALCIUM = 35  # the same where calcium is high: volume and kidneys follow it over weeks
EMPTY = -2  # a slot without a lesion, for `people.draw_sites`
LEAD = 14  # days a candidate lives before the first finding, so that its blood has settled
EXAMINED = ("pain", "pain_worst", "pain_rest", "ecog", "karnofsky")
SIGNS = {"confusion": "confusion", "leg_weakness": "weakness", "incontinence": "bladder", "gait_disturbance": "weakness"}


@dataclass
class Candidates:
    """Virtual people on day 0 of the patient's chart, and the log weight of each."""

    world: World
    log_weight: np.ndarray
    start: int
    prior_share: dict[str, tuple[float, Finding]] = field(default_factory=dict)  # predictive tail of each finding
    repeats: Counter[str] = field(default_factory=Counter)  # readings of each kind


def number(name: str) -> float:
    """A number of the fitting of twins."""
    return table("twins.toml")[name].value


def first_finding(patient: Patient) -> int:
    """The day bone metastasis was first found, as far as the chart says; not before `EARLIEST`."""
    days = [lesion.day_to for lesion in patient.lesions] or [0.0]
    return int(np.clip(min(days), EARLIEST, 0))


def candidates(patient: Patient, n: int, seed: int, numbers: Numbers, progress=None) -> Candidates:
    """n virtual people brought to day 0, weighed by the findings."""
    high = _high_calcium(patient)
    start = first_finding(patient) - (LEAD_HIGH_CALCIUM if high else LEAD)
    group = _drawn(patient, n, seed, numbers)
    log_weight = _guide(group, patient, seed)
    people.settle(group, numbers)
    _place_disease(group, patient, seed, numbers)
    people.renew_luck(group, seed)
    world = World(group, Chart.empty(n, day=start), numbers, seed, day=start)
    world.next_visit[:] = 1 << 20
    _recorded_treatments(world, patient, start)
    found = Candidates(world, log_weight, start, repeats=Counter(f.what for f in patient.findings))
    due = _due(patient, group, seed, start)
    thinned = False
    while True:
        for finding, rows in due.pop(world.day, ()):
            _weigh(found, finding, rows, seed)
        if not due and not thinned and world.day < -7:
            thinned = True
            _thin(found, n // KEPT_OF, seed)
        if progress:
            progress("bringing candidates to today", world.day - start, -start)
        if world.day == 0:
            break
        world.step(None)
    found.log_weight = found.log_weight + _signs(world, patient) + _pictures(world, patient)
    found.log_weight[~group.alive] = -np.inf
    return found


def _thin(found: Candidates, keep: int, seed: int) -> None:
    """All findings but those of today are in: go on with candidates chosen by weight, each standing for its copies."""
    finite = np.isfinite(found.log_weight)
    top = found.log_weight[finite].max() if finite.any() else 0.0
    weight = np.where(finite, np.exp(number("thin_power") * (found.log_weight - top)), 0.0)
    if not weight.sum() > 0:
        return
    u = float(luck.uniform(seed, 0, "candidate", 13))
    chosen = np.searchsorted(np.cumsum(weight) / weight.sum(), (np.arange(keep) + u) / keep).clip(max=len(weight) - 1)
    copies = np.bincount(chosen, minlength=len(weight))
    rest = (1.0 - number("thin_power")) * (found.log_weight - top)
    found.log_weight = np.where(copies > 0, np.log(np.maximum(copies, 1)) + np.where(finite, rest, 0.0), -np.inf)
    found.world.people.alive[copies == 0] = False


# ---- who -----------------------------------------------------------------------------------------------------------


def _drawn(patient: Patient, n: int, seed: int, numbers: Numbers) -> People:
    """People with the patient's age, sex and cancer; where the primary is not known, each draws its own."""
    given = {"age_years": patient.age_years, "male": float(patient.sex == "male")}
    weight = [f.value for f in patient.findings if f.what == "weight" and f.value]
    if weight:
        given["weight"] = weight[-1]
    keys = np.arange(n)
    cancer = patient.cancer if patient.cancer_certain else None
    if cancer not in (None, "unknown"):
        parts = [part.subtype for part in populations.populations(cancer)]
        if patient.subtype in parts:
            given["subtype"] = np.full(n, parts.index(patient.subtype))
        return people.without_body(cancer, keys, seed, numbers, given)
    names = populations.cancers()
    chance = np.array([_cancer_weight(name, patient) for name in names])
    drawn = luck.choose(luck.uniform(seed, keys, "drawn_primary"), chance[None, :])
    groups = [people.without_body(names[c], keys[drawn == c], seed, numbers, dict(given)) for c in np.unique(drawn)]
    group = joined(groups)
    order = np.argsort(group.key, kind="stable")
    return People(*[f[order] for f in group])


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


def _place_disease(group: People, patient: Patient, seed: int, numbers: Numbers) -> None:
    """Lesions at the recorded bones, unreported ones drawn; visceral disease as recorded or drawn."""
    n = len(group.key)
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
            site[:, slot] = _bones_of(lesion, group, seed, slot + copy, site)
            size_mm[:, slot] = lesion.longest_mm if lesion.longest_mm and copy == 0 else np.nan
            pressed[:, slot] = lesion.site in compressed
            grown[:, slot] = max(lesion.day_to - first, 0.0)
            _set_kind(group, slot, lesion.kind)
            if not lesion.certain and proven:
                # what was only suspected is there in some candidates; in the others the picture was wrong
                absent = luck.uniform(seed, group.key, "unreported", 300 + slot) >= number("uncertain_share")
                site[absent, slot] = EMPTY
            slot += 1
    recorded = slot
    diffuse = any(lesion.diffuse for lesion in patient.lesions)
    parts = [populations.populations(populations.cancers()[c])[s] for c, s in zip(group.cancer, group.subtype, strict=True)]
    mean = np.array([p.numbers["lesions_at_finding"].value for p in parts])
    spread = np.array([p.numbers["lesions_dispersion"].value for p in parts])
    many = people.lesion_count(mean, spread, luck.uniform(seed, group.key, "unreported", 1))
    if diffuse:
        many = np.maximum(many, SLOTS - 4 + (luck.uniform(seed, group.key, "unreported", 2) * 5).astype(int))
    elif any(e.what in ("bone_scan", "naf_pet", "fdg_pet", "psma_pet") and e.region is None for e in patient.examined):
        unseen = luck.uniform(seed, group.key, "unreported", 3) < number("unseen_share")
        many = np.where(unseen, np.minimum(many, recorded + 1), recorded)
    for k in range(recorded, SLOTS):
        site[:, k] = np.where(k < many, -1, EMPTY)
    many = many - (site[:, :recorded] == EMPTY).sum(axis=1)
    site, size_mm, pressed, grown = _packed(group, site, size_mm, pressed, grown)
    site = people.draw_sites(group, seed, site)
    volume = _volumes(group, seed, size_mm, pressed, site, numbers)
    # a lesion first seen later was smaller when the first one was found
    capacity = numbers.params["capacity_bone"][group.set_of][:, None] * numbers.sites["volume"][np.maximum(site, 0)]
    slowed = number("growth_in_treatment") * group.lesion_traits["growth"]
    before = people.past_volume(np.minimum(volume, 0.8 * capacity), capacity, slowed, grown)
    volume = np.where(grown > 0.0, np.minimum(before, volume), volume)
    if diffuse:
        volume = volume * number("diffuse_size")
    people.place(group, site, volume, numbers)
    _place_visceral(group, patient, seed, parts)


def _packed(group: People, site: np.ndarray, *fields: np.ndarray) -> list[np.ndarray]:
    """Empty slots moved behind the others, with what was recorded of each slot and the traits of its lesion."""
    order = np.argsort(site == EMPTY, axis=1, kind="stable")
    moved = (np.arange(SLOTS)[None, :] != order).any(axis=1)
    for name in group.lesion_traits.dtype.names:
        values = group.lesion_traits[name]
        values[moved] = np.take_along_axis(values, order, axis=1)[moved]
    return [np.take_along_axis(values, order, axis=1) for values in (site, *fields)]


def _bones_of(lesion, group: People, seed: int, index: int, taken: np.ndarray) -> np.ndarray:
    """The bone of a recorded lesion: itself, or one drawn from the region it names; unspecified ones by the cancer."""
    if lesion.site:
        return np.full(len(group.key), skeleton.number_of()[lesion.site])
    members = np.array(skeleton.sites_in(lesion.region or "any"))
    if lesion.side:
        sided = [i for i in members if skeleton.bones()[i].side in (lesion.side, "midline")]
        members = np.array(sided or list(members))
    weights = np.diff(populations.site_weights(), axis=1, prepend=0.0)[group.cancer][:, members] + 1e-9
    for k in range(taken.shape[1]):
        weights[members[None, :] == taken[:, k : k + 1]] = 1e-12
    return members[luck.choose(luck.uniform(seed, group.key, "unreported", 10 + index), weights)]


def _set_kind(group: People, slot: int, kind: str | None) -> None:
    """Make the lesion of one slot lytic, mixed or blastic where the chart says so, keeping its other luck."""
    if kind is None:
        return
    t = group.lesion_traits
    full = np.maximum(t["osteoblast_drive"][:, slot], number("blastic_drive"))
    lytic = np.maximum(t["lytic_drive"][:, slot], number("lytic_drive"))
    t["osteoblast_drive"][:, slot] = {"lytic": 0.0, "mixed": 0.45, "blastic": 1.1}[kind] * full
    t["lytic_drive"][:, slot] = {"lytic": 1.0, "mixed": 0.6, "blastic": 0.25}[kind] * lytic
    t["kind"][:, slot] = {"lytic": 0.0, "mixed": 1.0, "blastic": 2.0}[kind]
    t["stromal_inhibition"][:, slot] = {"lytic": 0.8, "mixed": 0.4, "blastic": 0.0}[kind]


def _volumes(group: People, seed: int, size_mm, pressed, site, numbers: Numbers) -> np.ndarray:
    """Lesion volumes, mL: from the recorded diameter (with its error), large where the cord is pressed, else drawn."""
    slot = np.arange(SLOTS)[None, :]
    key = group.key[:, None]
    alike = luck.normal(seed, group.key, "lesion_traits", luck.stream("size_of_person") & 0x7FFFFFFF)[:, None]
    each = luck.normal(seed, key, "lesion_traits", luck.stream("size") & 0x7FFFFFFF, slot)
    usual = table("people.toml")["lesion_size"]
    drawn = usual.spread(0.6 * alike + 0.8 * each)
    # what a picture shows is stretched by the bone's shape and holds changed bone beside the tumour; a reading with an
    # error is drawn towards the usual size
    told = np.log(number("tumour_share") * np.pi / 6.0 * (appearance.sphere_of(size_mm, site) / 10.0) ** 3)
    middle = float(np.log(usual.spread(0.0)))
    spread = float(np.log(usual.spread(1.0))) - middle
    trust = spread**2 / (spread**2 + number("size_error") ** 2)
    measured = np.exp(middle + trust * (told - middle) + np.sqrt(1.0 - trust) * spread * each)
    bone = numbers.sites["volume"][np.maximum(site, 0)]
    large = bone * (number("pressing_least") + (number("pressing_most") - number("pressing_least")) * _unit(each))
    return np.where(pressed, large, np.where(np.isnan(measured), drawn, measured))


def _unit(score: np.ndarray) -> np.ndarray:
    from scipy.special import ndtr

    return ndtr(score)


def _place_visceral(group: People, patient: Patient, seed: int, parts) -> None:
    """Visceral disease: recorded organs have it, unreported ones with a lower chance than in the population."""
    recorded = {v.organ for v in patient.visceral}
    size_of = table("people.toml")["visceral_size"]
    organs = {}
    for organ in ("liver", "lung", "brain"):
        share = np.array([p.numbers[f"{organ}_share"].value for p in parts]) * number("unreported_visceral")
        has = luck.uniform(seed, group.key, "visceral", luck.stream(organ) & 0x7FFFFFFF) < share
        size = size_of.spread(luck.normal(seed, group.key, "visceral", luck.stream(f"{organ}.size") & 0x7FFFFFFF))
        organs[organ] = np.where(has | (organ in recorded), size, 0.0)
    synchronous = np.array([p.numbers["synchronous_share"].value for p in parts])
    people.treated_before(group, seed, synchronous, sum(organs.values()) > 0.0)
    for organ, volume in organs.items():
        people.give_visceral(group, organ, volume)
    removed = any("ectomy" in g.what for g in patient.given)
    kept = luck.uniform(seed, group.key, "visceral", luck.stream("primary") & 0x7FFFFFFF) < number("primary_kept")
    size = table("people.toml")["primary_size"].spread(luck.normal(seed, group.key, "visceral", 7))
    group.body[:, Body._fields.index("primary")] = 0.0 if removed else np.where(kept, size, 0.0)


# ---- draws led by the findings -------------------------------------------------------------------------------------


def _guide(group: People, patient: Patient, seed: int) -> np.ndarray:
    """Move traits that a finding tells almost directly towards it, and weigh for having done so."""
    weight = np.zeros(len(group.key))
    equal = {f.what: f for f in patient.findings if f.qualifier == "=" and f.value is not None}
    high = _high_calcium(patient)
    if "vitamin_d" in equal:
        _towards(group, "vitamin_d_usual", equal["vitamin_d"].value, "vitamin_d", seed)
    if "creatinine" in equal and not high:
        gfr = blood.ckd_epi(equal["creatinine"].value, group.traits["age_years"], group.traits["male"])
        _towards(group, "gfr_healthy", gfr, "creatinine", seed)
    told = [np.log(f.value) for f in patient.findings if f.what == "phosphate" and f.qualifier == "=" and f.value]
    if told and not high:
        weight -= _phosphate_leak(group, seed, float(np.mean(told)), len(told))
    if high:
        # secretors are rare before the fact: draw them often and count each for what it is worth
        score = luck.normal(seed, group.key, "candidate", 5)
        lift, wide = number("pthrp_lift"), number("pthrp_wide")
        before = group.lesion_traits["pthrp_secretion"]
        typical = np.array(
            [populations.populations(populations.cancers()[c])[0].numbers["pthrp_per_ml"].value for c in group.cancer]
        )
        z = lift + wide * score
        spread = number("pthrp_spread")
        group.lesion_traits["pthrp_secretion"] = (
            before / before.mean(axis=1, keepdims=True) * (typical * np.exp(spread * z))[:, None]
        )
        weight = -0.5 * z * z + 0.5 * score * score
        if any(h.what == "kidney_injury" for h in patient.happened):
            score = luck.normal(seed, group.key, "candidate", 6)
            z = lift + score
            group.traits["kidney_fragility"] = table("people.toml")["kidney_fragility"].spread(z)
            weight = weight - 0.5 * z * z + 0.5 * score * score
    return weight


def _phosphate_leak(group: People, seed: int, reading: float, readings: int) -> np.ndarray:
    """Draw each candidate's renal loss of phosphate anew, near what the readings tell (at balance the level falls as one
    plus the loss), and return the log likelihood that this has counted already."""
    own, both = blood.noise("phosphate"), blood.noise("phosphate", model=True)
    sd = np.sqrt(both**2 - own**2 + own**2 / readings)
    loss = group.traits["phosphate_wasting"]
    usual = float(np.log(parameters.entries()["phosphate_normal"].value))
    told = -0.5 * ((usual - np.log1p(loss) - reading) / sd) ** 2
    told = np.maximum(told, told.max() - 8.0)  # nobody is ruled out by this alone
    u = luck.uniform(seed, group.key, "candidate", 14)
    chosen = np.searchsorted(np.cumsum(np.exp(told)) / np.exp(told).sum(), u).clip(max=len(u) - 1)
    group.traits["phosphate_wasting"] = loss[chosen]
    return told[chosen]


def _high_calcium(patient: Patient) -> bool:
    told = [f for f in patient.findings if f.what in ("calcium", "calcium_corrected") and f.qualifier == "="]
    values = [f.value for f in told if f.value is not None]
    return any(v > number("high_calcium") for v in values) or any(h.what == "hypercalcaemia" for h in patient.happened)


def _towards(group: People, trait: str, value, analyte: str, seed: int) -> None:
    """Draw a lognormal trait from its distribution given one noisy reading of it (both known, so in closed form)."""
    now = group.traits[trait]
    prior_mean, prior_sd = np.log(now).mean(), max(float(np.log(now).std()), 0.02)
    sd = blood.noise(analyte, model=True)
    share = prior_sd**2 / (prior_sd**2 + sd**2)
    mean = prior_mean + share * (np.log(value) - prior_mean)
    score = luck.normal(seed, group.key, "candidate", luck.stream(trait) & 0x7FFFFFFF)
    group.traits[trait] = np.exp(mean + prior_sd * np.sqrt(1.0 - share) * score)


# ---- what was given and found --------------------------------------------------------------------------------------


def _recorded_treatments(world: World, patient: Patient, start: int) -> None:
    """The recorded treatments on the work list, each on a day drawn within its dates. Those before the start that still
    go on begin at the start, with the exposure they have had."""
    group = world.people
    n = len(group.key)
    u = luck.uniform(world.seed, group.key, "candidate", 11)
    rows = []
    for given in patient.given:
        day = np.floor(given.day + u * (given.day_to - given.day)).astype(int)
        if given.what in drug.catalogue():
            item, d = drug.catalogue()[given.what], drug.number_of()[given.what]
            over = given.until
            if item.topic == "systemic":
                exposed = np.maximum(start - day, 0) if given.ongoing else np.zeros(n, int)
                group.onboard[:, d, -1] = exposed
            daily = item.shape == "daily"
            late = day < start
            if late.all() and not given.ongoing:
                continue
            one = _rows(world, START, d, np.maximum(day, start), given.dose)
            one["every_days"] = item.every_days if given.ongoing and not daily else 0
            rows.append(one[~late | given.ongoing])
            end = over if over is not None else (None if given.ongoing or not daily else 0)
            if end is not None and end <= 0:
                rows.append(_rows(world, STOP, d, np.full(n, max(int(end), start)), None))
        elif given.what == acting.RADIOTHERAPY or given.what in procedures.catalogue():
            if not given.site:
                continue
            one = _rows(world, TREAT, acting.treatments().index(given.what), day, given.dose)
            one["site"], one["fractions"] = skeleton.number_of()[given.site], given.fractions or 1
            rows.append(one[day >= start])
    if rows:
        world.work = np.concatenate(rows)


def _rows(world: World, verb: int, what: int, day: np.ndarray, dose: float | None) -> np.ndarray:
    rows = np.zeros(len(day), WORK)
    rows["person"], rows["verb"], rows["what"], rows["day"] = np.arange(len(day)), verb, what, day
    rows["dose"], rows["site"], rows["fractions"], rows["every_days"] = (np.nan if dose is None else dose), -1, 1, np.nan
    return rows


def _due(patient: Patient, group: People, seed: int, start: int) -> dict[int, list[tuple[Finding, np.ndarray]]]:
    """Which finding weighs which candidates on which day; one draw a candidate for all dates known to the same month."""
    u = luck.uniform(seed, group.key, "candidate", 12)
    out: dict[int, list] = {}
    skip = {"weight", "height"}
    for finding in patient.findings:
        if finding.what in skip or (finding.what not in blood.ANALYTES and finding.what not in EXAMINED):
            continue
        if finding.day_to < start:
            continue
        day = np.floor(finding.day + u * (finding.day_to - finding.day)).astype(int).clip(start, 0)
        for one in np.unique(day):
            out.setdefault(int(one), []).append((finding, np.flatnonzero(day == one)))
    return out


def _weigh(found: Candidates, finding: Finding, rows: np.ndarray, seed: int) -> None:
    """Add the log likelihood of one finding to the candidates whose day it is."""
    world = found.world
    if len(rows) == 0:
        return
    view = observing.seen(world, rows)
    scale = _share_of_repeat(finding.what, found.repeats.get(finding.what, 1))
    if finding.what in EXAMINED:
        found.log_weight[rows] += scale * examination.log_likelihood(finding.what, view, finding.value, finding.qualifier)
        return
    if finding.what in blood.MARKERS and finding.qualifier == "=" and finding.value:
        found.log_weight[rows] += scale * _fit_marker(world, rows, view, finding, seed)
        return
    found.log_weight[rows] += scale * blood.log_likelihood(finding.what, view, finding.value, finding.qualifier)
    if finding.qualifier == "=" and finding.value:
        truth = blood.true_value(finding.what, view)
        sd = blood.noise(finding.what, model=True)
        tail = float(_unit((np.log(truth) - np.log(finding.value)) / sd).mean())
        found.prior_share[finding.what] = (tail, finding)


def _share_of_repeat(what: str, readings: int) -> float:
    """What one of several readings tells, of what it would tell alone: their own errors are apart, the model's error of
    this person is in all of them."""
    if what in blood.ANALYTES:
        own, both = blood.noise(what), blood.noise(what, model=True)
        model = both**2 - own**2
    else:
        scale = "pain" if what.startswith("pain") else "performance"
        own, model = (table("diagnostics", "examination.toml")[f"{scale}.{x}"].value for x in ("report", "model"))
        own, model = own, model**2
    return (model + own**2) / (readings * model + own**2)


def _fit_marker(world: World, rows: np.ndarray, view, finding: Finding, seed: int) -> np.ndarray:
    """A marker tells secretion and volume together: weigh by the volume alone, then draw the secretion that goes with
    the reading. Secretion touches nothing but the marker, so nothing needs to be run again."""
    traits = world.people.traits
    secretion = [_population(world.people, i).numbers["marker_per_ml"] for i in rows]
    typical = np.array([e.value for e in secretion])
    own = np.array([populations.populations(c)[0].marker == finding.what for c in populations.cancers()])
    told = (typical > 0.0) & own[world.people.cancer[rows]]
    plain = blood.log_likelihood(finding.what, view, finding.value, finding.qualifier)
    if not told.all():  # some candidates' cancers do not make this marker
        rest = _fit_marker(world, rows[told], observing.seen(world, rows[told]), finding, seed) if told.any() else 0.0
        plain[told] = rest
        return plain
    s = traits["marker_secretion"][rows]
    now = np.log(blood.true_value(finding.what, view))
    spread = np.array([e.between_spread for e in secretion])
    prior_sd = np.sqrt(np.log1p(spread**2))
    centre = now - np.log(s) + np.log(typical)  # the reading a candidate of typical secretion would give
    sd = blood.noise(finding.what, model=True)
    off = np.log(finding.value) - centre
    total = prior_sd**2 + sd**2
    mean = np.log(typical) + off * prior_sd**2 / total
    score = luck.normal(seed, world.people.key[rows], "candidate", luck.stream(finding.what) & 0x7FFFFFFF)
    traits["marker_secretion"][rows] = np.exp(mean + score * prior_sd * sd / np.sqrt(total))
    return -0.5 * off**2 / total - 0.5 * np.log(total)


def _population(group: People, row: int) -> populations.Population:
    return populations.populations(populations.cancers()[group.cancer[row]])[group.subtype[row]]


def _signs(world: World, patient: Patient) -> np.ndarray:
    """Log likelihood of the signs and events the chart reports close to day 0, and of those it does not."""
    everyone = np.arange(len(world.people.key))
    view = observing.seen(world, everyone)
    out = np.zeros(len(everyone))
    reported = {SIGNS[h.what] for h in patient.happened if h.what in SIGNS and h.day_to >= -60}
    for sign in reported:
        out += symptoms.log_likelihood(sign, view, True)
    if any(h.what in ("cord_compression", "cauda_equina") for h in patient.happened):
        out += symptoms.log_likelihood("weakness", view, True)
    elif "weakness" not in reported:
        out += np.log(1.0 - 0.98 * np.clip(view.sums.cord_deficit, 0.0, 1.0))
    if any(h.what == "fracture" for h in patient.happened):
        out += _recorded_fractures(world, patient)
    return out


def _pictures(world: World, patient: Patient) -> np.ndarray:
    """Log likelihood of what imaging reported, and of what whole-body tests did not report elsewhere."""
    out = np.zeros(len(world.people.key))
    rows = np.flatnonzero(world.people.alive)
    if len(rows) == 0:
        return out
    view = observing.seen(world, rows)
    told = [imaging.Told(_sites_of(x), x.count or 1, x.certain) for x in patient.lesions if not x.diffuse]
    done = {e.what for e in patient.examined if e.what in imaging.MODALITIES}
    whole = [m for m in ("naf_pet", "psma_pet", "fdg_pet", "bone_scan") if m in done]
    if whole and not any(x.diffuse for x in patient.lesions):
        out[rows] += number("picture_weight") * imaging.log_likelihood(whole[0], view, told, complete=True)
    first = first_finding(patient)
    for lesion in patient.lesions:
        # a size read at the start has placed the lesion; one read much later, and lately, still has to weigh
        longest = lesion.longest_mm if lesion.day_to > first + 30 and lesion.day_to >= -30 else None
        if lesion.site and lesion.certain and (lesion.kind or longest or lesion.soft_tissue):
            kind = {"lytic": 0, "mixed": 1, "blastic": 2}.get(lesion.kind or "")
            modality = "ct" if "ct" in done else "xray"
            out[rows] += imaging.lesion_log_likelihood(
                modality, view, skeleton.number_of()[lesion.site], kind=kind, longest_mm=longest,
                soft_tissue=True if lesion.soft_tissue else None,
            )  # fmt: skip
    return out


def _sites_of(lesion) -> list[int]:
    return [skeleton.number_of()[lesion.site]] if lesion.site else list(skeleton.sites_in(lesion.region or "any"))


def _recorded_fractures(world: World, patient: Patient) -> np.ndarray:
    """A recorded fracture is imposed on the weakest fitting bone, and weighs by how close to breaking it was."""
    people_, out = world.people, np.zeros(len(world.people.key))
    weak, collapse, unhealed = (Lesion._fields.index(f) for f in ("lamellar", "collapse", "unhealed"))
    for event in patient.happened:
        if event.what != "fracture":
            continue
        members = [skeleton.number_of()[event.site]] if event.site else list(skeleton.sites_in(event.region or "any"))
        here = np.isin(people_.site, members)
        has = here.any(axis=1)
        slot = np.where(here, people_.lesion[:, :, weak], np.inf).argmin(axis=1)
        who = np.flatnonzero(has)
        mineral = people_.lesion[who, slot[who], weak]
        out[who] += np.log(np.clip(1.05 - mineral, 0.02, 1.0))
        out[~has] += np.log(0.02)
        fresh = np.exp(event.day_to / 200.0)
        people_.lesion[who, slot[who], unhealed] = np.maximum(people_.lesion[who, slot[who], unhealed], 0.6 * fresh)
        spinal = world.numbers.sites["spinal"][people_.site[who, slot[who]]]
        people_.lesion[who, slot[who], collapse] = np.maximum(people_.lesion[who, slot[who], collapse], 0.3 * spinal)
        people_.settled[who] = False
    return out
