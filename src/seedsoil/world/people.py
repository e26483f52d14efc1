"""Make people: healthy ones at their own steady state, and people with cancer at the first finding of bone metastasis or
at the birth of the primary."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np

from seedsoil.biology import person, rates
from seedsoil.biology.body import Body, Effects, Lesion, Quick, Slow, Sums
from seedsoil.biology.person import Hazards
from seedsoil.care.columns import RELUCTANCE
from seedsoil.care.criteria import SYSTEMIC
from seedsoil.grammar import luck
from seedsoil.grammar.tables import Entry, table
from seedsoil.world import kernel, parameters, parts, populations
from seedsoil.world.parameters import Numbers, loop_number
from seedsoil.world.records import LESION_EVENTS, SLOTS, People, empty

# Fields that have no steady state of their own: mineral drifts over decades, tumours grow, symptoms follow.
_HELD = ("skeleton", "primary", "function")
HISTORY_DAYS, HISTORY_STEPS = 720.0, 40
_SENSITIVE, _RESISTANT, _AWAKE = (Lesion._fields.index(name) for name in ("sensitive", "resistant", "awake"))
RELAX_STEPS, RELAX_SHARE, NEWTON_STEPS, NEWTON_MOST = 20, 0.5, 7, 0.5
# States that hang on each other at rest, and those that only follow.
_BALANCED = (
    "calcium", "phosphate", "volume", "osteoclasts", "calcitriol", "magnesium", "vitamin_d", "osteoid", "parathyroid", "gfr",
    "osteoblasts", "precursors",
)  # fmt: skip
_FOLLOWING = ("progenitors", "haemoglobin", "platelets", "neutrophils", "opioid_tolerance")


def fields_of(record: np.ndarray) -> SimpleNamespace:
    """The fields of a record array as plain arrays by name, which equations read ten times as fast."""
    return SimpleNamespace(**{name: np.ascontiguousarray(record[name]) for name in record.dtype.names})


def no_effects(n: int) -> Effects:
    """No treatment."""
    return Effects(*np.zeros((len(Effects._fields), n)))


def no_sums(n: int) -> Sums:
    """No lesion."""
    return Sums(*np.zeros((len(Sums._fields), n)))


def new(cancer: str, keys: np.ndarray, seed: int, numbers: Numbers, given: dict[str, np.ndarray] | None = None) -> People:
    """People with one cancer's traits and a healthy body, one a key; subtypes by their share. `given` fixes traits and,
    as ``subtype``, the subtype's number."""
    people = without_body(cancer, keys, seed, numbers, given)
    settle(people, numbers)
    return people


def settle(people: People, numbers: Numbers) -> None:
    """Put every body at the healthy steady state of its traits."""
    people.body[:] = steady(people.traits, numbers.params[people.set_of]).T


def without_body(
    cancer: str,
    keys: np.ndarray,
    seed: int,
    numbers: Numbers,
    given: dict[str, np.ndarray] | None = None,
    scores: populations.Scores | None = None,
    version: np.ndarray | None = None,
) -> People:
    """People with their traits and luck, and a body still to be made by `settle`. `scores`, one a key, stand in for those
    drawn from the keys; `version` [n] is the version of the numbers that each lives by, else it goes by their keys."""
    n, subtypes = len(keys), populations.populations(cancer)
    people = empty(n, numbers.drugs.shape[1])
    people.key[:], people.origin[:], people.seed[:] = keys, keys, seed
    people.set_of[:] = keys % len(numbers.params) if version is None else version
    people.cancer[:] = populations.cancers().index(cancer)
    shares = np.array([[part.share for part in subtypes]])
    drawn = luck.choose(luck.uniform(seed, keys, "traits", luck.stream("subtype") & 0x7FFFFFFF), shares)
    given, scores = dict(given or {}), scores or populations.Scores(seed, keys)
    kind = given.pop("subtype", drawn)
    for k, part in enumerate(subtypes):
        who = np.flatnonzero(kind == k)
        if len(who):
            own = lambda values, who=who: {name: np.broadcast_to(v, n)[who] for name, v in values.items()}
            populations.give_traits(people, who, part, seed, own(given), scores.rows(who))
            populations.pace_growth(people, who, part, numbers.growth[people.set_of[who]])
    people.subtype[:] = kind
    renew_luck(people, seed)
    return people


def steady(traits: np.ndarray, params: np.ndarray) -> np.ndarray:
    """The healthy steady state of people with these traits [Body, n]: the same equations, brought to rest."""
    x, p = fields_of(traits), fields_of(params)
    n = len(traits)
    one = np.ones(n)
    y = Body(
        **{name: one.copy() for name in Body._fields}
        | {name: 0.0 * one for name in Body._fields if name.endswith(("_sensitive", "_resistant", "_asleep"))}
        | {"calcium": p.calcium_normal * one, "phosphate": p.phosphate_normal * one, "volume": p.volume_normal * one}
        | {"parathyroid": 1.0 + x.parathyroid_adenoma}
        | {"magnesium": p.magnesium_normal * one, "vitamin_d": x.vitamin_d_usual * one, "gfr": x.gfr_healthy * one}
        | {"osteoid": p.matrix_time * p.bone_turnover * x.bone_mass, "skeleton": x.bone_mass * one}
        | {"haemoglobin": p.haemoglobin_usual + p.haemoglobin_male * x.male}
        | {"platelets": p.platelets_usual * one, "neutrophils": p.neutrophils_usual * one}
        | {"primary": 0.0 * one, "wasting": 0.0 * one, "calcitonin_tolerance": 0.0 * one}
    )
    rx, sums = no_effects(n), no_sums(n)
    for _ in range(RELAX_STEPS):
        for part, call in ((Quick, rates.quick), (Slow, rates.slow)):
            pairs = call(y, x, rx, sums, p)
            moved = {f: kernel.update(getattr(y, f), *getattr(pairs, f), 1.0) for f in part._fields if f not in _HELD}
            y = y._replace(**{f: getattr(y, f) + RELAX_SHARE * (new - getattr(y, f)) for f, new in moved.items()})
    pairs = lambda y: rates.quick(y, x, rx, sums, p)._asdict() | rates.slow(y, x, rx, sums, p)._asdict()
    for _ in range(NEWTON_STEPS):
        y = _nearer_rest(y, pairs)
    for _ in range(2):  # blood counts wait for the progenitors
        now = pairs(y)
        y = y._replace(**{f: now[f][0] / now[f][1] * one for f in _FOLLOWING})
    return np.array(y)


def _nearer_rest(y: Body, pairs) -> Body:
    """One Newton step, in logarithms so that nothing turns negative, to where gain and loss balance. Each person is solved
    apart and for the same number of steps, so that nobody's digits hang on the others."""

    def off(y: Body) -> np.ndarray:
        now = pairs(y)
        return np.stack(np.broadcast_arrays(*(now[f][0] / getattr(y, f) - now[f][1] for f in _BALANCED)), axis=-1)

    # one row for each state that is nudged, so that all nudges cost one reading of the equations
    here, nudge = off(y), 1e-6
    rise = np.where(np.eye(len(_BALANCED), dtype=bool), np.exp(nudge), 1.0)
    nudged = y._replace(**{f: getattr(y, f) * rise[:, k, None] for k, f in enumerate(_BALANCED)})
    slope = np.moveaxis((off(nudged) - here) / nudge, 0, 2)
    step = np.clip(np.linalg.solve(slope, -here[:, :, None])[:, :, 0], -NEWTON_MOST, NEWTON_MOST)
    return y._replace(**{f: getattr(y, f) * np.exp(step[:, k]) for k, f in enumerate(_BALANCED)})


def renew_luck(people: People, seed: int) -> None:
    """Fresh thresholds for every event to come, from `seed` and the people's keys."""
    people.seed[:] = seed
    key = people.key[:, None]
    kinds = np.arange(len(Hazards._fields))[None, :]
    people.left[:] = luck.exponential(seed, key, "threshold", kinds, 0)
    people.times[:] = 0
    number = np.maximum(people.site, 0)[:, :, None]
    each = len(Hazards._fields) + number * len(LESION_EVENTS) + np.arange(len(LESION_EVENTS))
    people.lesion_left[:] = luck.exponential(seed, people.key[:, None, None], "threshold", each, 0)
    people.lesion_times[:] = 0


def spare(people: People) -> None:
    """Let no event befall anybody, until `renew_luck`."""
    people.left[:], people.lesion_left[:] = np.inf, np.inf


def place(people: People, site: np.ndarray, volume: np.ndarray, numbers: Numbers) -> None:
    """Give people lesions that have grown from small: `site` [n, SLOTS] numbers (-1 none, used slots first), `volume` mL
    now. Mineral, osteoclasts and pain of each lesion come from the same growth equations, run over its past."""
    people.site[:] = site
    people.lesions[:] = (site >= 0).sum(axis=1)
    who, slot = np.nonzero(site >= 0)
    if len(who) == 0:
        return
    x, t = people.traits[who], people.lesion_traits[who, slot]
    capacity = numbers.params["capacity_bone"][people.set_of[who]] * numbers.sites["volume"][site[who, slot]]
    now = np.minimum(volume[who, slot], 0.8 * capacity)
    before = past_volume(now, capacity, 0.95 * t["growth"], HISTORY_DAYS)
    lesion = people.lesion
    lesion[:] = 0.0
    for name in ("osteoclasts", "osteoblasts", "lamellar"):
        lesion[:, :, Lesion._fields.index(name)] = 1.0
    lesion[who, slot, _SENSITIVE] = before * (1.0 - x["resistant_share"])
    lesion[who, slot, _RESISTANT] = before * x["resistant_share"]
    lesion[who, slot, _AWAKE] = 1.0
    step, known = HISTORY_DAYS / HISTORY_STEPS, (numbers.params, numbers.sites)
    parts.each(people, lambda some, _: kernel.grow(some, HISTORY_STEPS, step, *known))
    scale = now / (lesion[who, slot, _SENSITIVE] + lesion[who, slot, _RESISTANT])
    lesion[who, slot, _SENSITIVE] *= scale
    lesion[who, slot, _RESISTANT] *= scale
    people.settled[:] = False


def past_volume(now, capacity, growth, days):
    """Volume `days` ago of a tumour that grows as dV/dt = growth V (1 - (V/capacity)^(1/4)): solved in closed form, as
    the fourth root of V/capacity grows logistically."""
    u = (now / capacity) ** 0.25
    odds = u / (1.0 - u) * np.exp(-0.25 * growth * days)
    return np.maximum(capacity * (odds / (1.0 + odds)) ** 4, 1e-60)


def at_first_finding(people: People, seed: int, numbers: Numbers, site: np.ndarray | None = None, lead: float = 0.0) -> None:
    """Put people at their first finding of bone metastasis, or `lead` days before: lesions by number, bone and size, visceral
    disease, primary. `site` [n, SLOTS] fixes bones that are known (-1: to be drawn, -2: none)."""
    key = people.key
    parts = [populations.populations(populations.cancers()[c])[s] for c, s in zip(people.cancer, people.subtype, strict=True)]
    pick = lambda name: np.array([part.numbers[name].value for part in parts])
    shared = table("people.toml")
    if site is None:
        many = lesion_count(pick("lesions_at_finding"), pick("lesions_dispersion"), luck.uniform(seed, key, "unreported", 1))
        site = np.where(np.arange(SLOTS)[None, :] < many[:, None], -1, -2)
    site = draw_sites(people, seed, site)
    slot = np.arange(SLOTS)[None, :]
    alike = luck.normal(seed, key, "lesion_traits", luck.stream("size_of_person") & 0x7FFFFFFF)[:, None]
    each = luck.normal(seed, key[:, None], "lesion_traits", luck.stream("size") & 0x7FFFFFFF, slot)
    volume = shared["lesion_size"].spread(0.6 * alike + 0.8 * each)
    place(people, site, bone_before(people, site, volume, numbers, lead), numbers)
    organs, seen = {}, np.zeros(len(key), bool)
    for organ in ("liver", "lung", "brain"):
        share = pick(f"{organ}_share")
        has = luck.uniform(seed, key, "visceral", luck.stream(organ) & 0x7FFFFFFF) < share
        size = visible_size(organ).spread(luck.normal(seed, key, "visceral", luck.stream(organ + ".size") & 0x7FFFFFFF))
        organs[organ] = np.where(has, size, occult(key, seed, organ, share))
        seen |= has
    treated_before(people, seed, pick("synchronous_share"), seen)
    for organ, volume in organs.items():
        give_visceral(people, organ, organ_before(people, organ, volume, numbers, lead))
    kept = luck.uniform(seed, key, "visceral", luck.stream("primary") & 0x7FFFFFFF) < shared["primary_kept"].value
    size = shared["primary_size"].spread(luck.normal(seed, key, "visceral", luck.stream("primary.size") & 0x7FFFFFFF))
    people.body[:, Body._fields.index("primary")] = organ_before(people, "primary", np.where(kept, size, 0.0), numbers, lead)
    renew_luck(people, seed)


def bone_before(people: People, site: np.ndarray, volume: np.ndarray, numbers: Numbers, days: float) -> np.ndarray:
    """Volumes of lesions [n, SLOTS], mL, so many days before they measured `volume`."""
    if days == 0.0:
        return volume
    capacity = numbers.params["capacity_bone"][people.set_of][:, None] * numbers.sites["volume"][np.maximum(site, 0)]
    return past_volume(np.minimum(volume, 0.8 * capacity), capacity, 0.95 * people.lesion_traits["growth"], days)


def organ_before(people: People, organ: str, volume: np.ndarray, numbers: Numbers, days: float) -> np.ndarray:
    """Volumes of an organ's metastases, or of the primary [n], mL, so many days before they measured `volume`."""
    if days == 0.0:
        return volume
    growth = people.traits["primary_growth" if organ == "primary" else "visceral_growth"]
    capacity = numbers.params[f"capacity_{organ}"][people.set_of]
    return np.where(volume > 0.0, past_volume(np.minimum(volume, 0.8 * capacity), capacity, growth, days), 0.0)


def waste(people: People, numbers: Numbers) -> None:
    """Give people the wasting that their tumour has left behind on its way to what it is now. As a burden far below what a life
    bears grows by e^(growth t), what it drives grows by e^(2 growth t), and wasting lags behind by as much."""
    p = numbers.params[people.set_of].view(np.recarray)
    in_bone = (people.lesion[:, :, _SENSITIVE] + people.lesion[:, :, _RESISTANT]).sum(axis=1)
    x = people.traits.view(np.recarray)
    gain, loss = person.wasting(Body(*people.body.T), x, no_sums(len(in_bone))._replace(tumour=in_bone), p)
    people.body[:, Body._fields.index("wasting")] = gain / (loss + 2.0 * x.visceral_growth)


def reluctance(people: People, seed: int) -> np.ndarray:
    """Each person's reluctance to treatment, by kind [n, RELUCTANCE], standard normal; that to treatment of the cancer goes with
    frailty."""
    score = luck.normal(seed, people.key[:, None], "reluctance", np.arange(len(RELUCTANCE))[None, :], 0)
    middle, spread = reluctance_of_frailty(people)
    score[:, SYSTEMIC] = middle + spread * score[:, SYSTEMIC]
    return score


def reluctance_of_frailty(people: People) -> tuple[np.ndarray, float]:
    """Mean [n] and standard deviation of the score of reluctance to treatment of the cancer, given frailty."""
    shared = table("people.toml")
    usual = np.array([populations.populations(populations.cancers()[c])[s].numbers["wasting_drive"].value
                      for c, s in zip(people.cancer, people.subtype, strict=True)])  # fmt: skip
    rho = shared["frailty_in_reluctance"].value
    return rho * shared["frailty"].score_of(people.traits["frailty"] / usual), float(np.sqrt(1.0 - rho**2))


def visible_size(organ: str) -> Entry:
    """What an organ's metastases that pictures show measure at the first bone finding; in the brain they are found smaller."""
    return table("people.toml")["brain_size" if organ == "brain" else "visceral_size"]


def occult(key: np.ndarray, seed: int, organ: str, share: np.ndarray) -> np.ndarray:
    """Deposits in an organ that no picture shows yet, mL [n]: who has disease in bone has seeded organs too, the sooner an
    organ that this cancer likes, in which the share of people with visible disease is `share`."""
    shared = table("people.toml")
    draw = lambda what, law: law(seed, key, "visceral", luck.stream(f"{organ}.{what}") & 0x7FFFFFFF)
    size = np.minimum(shared["occult_size"].spread(draw("occult_size", luck.normal)), loop_number("visible_visceral"))
    return np.where(draw("occult", luck.uniform) < shared["occult_over_visible"].value * share, size, 0.0)


def treated_before(people: People, seed: int, synchronous: np.ndarray, visceral: np.ndarray) -> None:
    """Some people whose disease came back elsewhere before it came to bone have used drugs up: their tumour resists."""
    shared = table("people.toml")
    key = people.key
    later = luck.uniform(seed, key, "visceral", luck.stream("later") & 0x7FFFFFFF) > synchronous
    used = luck.uniform(seed, key, "visceral", luck.stream("used") & 0x7FFFFFFF) < shared["pretreated_share"].value
    resists = shared["pretreated_resistant"].value
    share = people.traits["resistant_share"]
    people.traits["resistant_share"] = np.where(later & visceral & used, np.maximum(share, resists), share)
    used_slot = np.arange(SLOTS)[None, :] < people.lesions[:, None]
    total = people.lesion[:, :, _SENSITIVE] + people.lesion[:, :, _RESISTANT]
    own = people.traits["resistant_share"][:, None]
    people.lesion[:, :, _SENSITIVE] = np.where(used_slot, total * (1.0 - own), 0.0)
    people.lesion[:, :, _RESISTANT] = np.where(used_slot, total * own, 0.0)


def primary_subtype(people: People, seed: int) -> np.ndarray:
    """Number of the subtype that the primary's tissue showed [n]. A metastasis may have lost or gained markers on its way, so
    that in some people it is not the subtype of the disease they now have, which a biopsy of the metastasis tells."""
    told = people.subtype.copy()
    for c, s in np.unique(np.stack([people.cancer, people.subtype], axis=1), axis=0):
        parts = populations.populations(populations.cancers()[c])
        changes = parts[s].numbers.get("marker_discordance")
        if changes is None or len(parts) < 2:
            continue
        who = np.flatnonzero((people.cancer == c) & (people.subtype == s))
        u = lambda name, who=who: luck.uniform(seed, people.origin[who], "traits", luck.stream(name) & 0x7FFFFFFF)
        others = np.array([[0.0 if k == s else part.share for k, part in enumerate(parts)]])
        was = luck.choose(u("primary_subtype"), others)
        told[who] = np.where(u("marker_discordance") < changes.value, was, s)
    return told


def give_visceral(people: People, organ: str, volume: np.ndarray) -> None:
    """Set the metastases of one organ, mL, with the person's resistant share."""
    resistant = people.traits["resistant_share"]
    people.body[:, Body._fields.index(f"{organ}_sensitive")] = volume * (1.0 - resistant)
    people.body[:, Body._fields.index(f"{organ}_resistant")] = volume * resistant


def lesion_count(mean, dispersion, u):
    """Lesions at the first finding: negative binomial, those without any left out so that `mean` is of people with at least
    one, and at most what a person can carry here."""
    mean, dispersion, u = np.broadcast_arrays(np.asarray(mean, float), np.asarray(dispersion, float), np.asarray(u, float))
    size = 1.0 / dispersion
    with_none = _mean_with_none(mean, size)
    ratio = with_none / (with_none + size)
    chance = [(1.0 - ratio) ** size]  # of 0, 1, 2 ... lesions, each from the one before
    for k in range(SLOTS):
        chance.append(chance[-1] * ratio * (size + k) / (k + 1.0))
    up_to = np.cumsum(np.array(np.broadcast_arrays(*chance)), axis=0)
    wanted = up_to[0] + u * (1.0 - up_to[0])
    return np.clip((up_to < wanted).sum(axis=0), 1, SLOTS)


def _mean_with_none(mean: np.ndarray, size: np.ndarray) -> np.ndarray:
    """Mean of a negative binomial, people without any counted, whose people with at least one have this `mean`, above 1."""
    low, high = np.zeros(mean.shape), mean.copy()
    for _ in range(40):
        middle = 0.5 * (low + high)
        too_few = middle < mean * (1.0 - (size / (size + middle)) ** size)
        low, high = np.where(too_few, middle, low), np.where(too_few, high, middle)
    return 0.5 * (low + high)


def draw_sites(people: People, seed: int, site: np.ndarray, key: np.ndarray | None = None) -> np.ndarray:
    """Fill slots marked -1 with bones by the cancer's weights, each bone once, some of them in the region of a lesion that is
    there, as colonies settle in the kernel; -2 stays empty (as -1). Drawn by `key` [n, SLOTS], else by the people's own."""
    key = np.repeat(people.key[:, None], SLOTS, axis=1) if key is None else key
    weights = np.diff(populations.site_weights(), axis=1, prepend=0.0)[people.cancer]
    out = np.where(site >= 0, site, -1)
    for slot in range(SLOTS):
        wanted = np.flatnonzero(site[:, slot] == -1)
        if len(wanted) == 0:
            continue
        free = weights[wanted]
        for taken in range(SLOTS):
            has = np.flatnonzero(out[wanted, taken] >= 0)
            free[has, out[wanted[has], taken]] = 0.0
        drawn = lambda index, wanted=wanted, slot=slot: luck.uniform(seed, key[wanted, slot], "unreported", index + slot)
        beside = free * _beside(out[wanted], drawn)
        left = beside.sum(axis=1) > 0.0  # a region may be full
        free[left] = beside[left]
        out[wanted, slot] = luck.choose(drawn(100), free)
    order = np.argsort(out < 0, axis=1, kind="stable")
    return np.take_along_axis(out, order, axis=1)


def _beside(site: np.ndarray, draw) -> np.ndarray:
    """Mask [n, bones]: where one more lesion may be, beside one that is there already (`site` [n, SLOTS]) or anywhere."""
    there = site >= 0
    near = there.any(axis=1) & (draw(400) < table("values", "spread.toml")["nearby_share"].value)
    of = np.minimum((draw(500) * there.sum(axis=1)).astype(int), np.maximum(there.sum(axis=1) - 1, 0))
    one = np.argmax(there & (np.cumsum(there, axis=1) == of[:, None] + 1), axis=1)
    bones = parameters.sites()[np.maximum(site[np.arange(len(site)), one], 0)]
    number = np.arange(len(parameters.sites()))
    alike = (number >= bones["region_from"][:, None]) & (number <= bones["region_to"][:, None])
    return alike | ~near[:, None]


def at_birth_of_primary(people: People, volume_ml: float = 1e-3) -> None:
    """Start the disease: a primary of one cubic millimetre and nothing else."""
    people.body[:, Body._fields.index("primary")] = volume_ml
