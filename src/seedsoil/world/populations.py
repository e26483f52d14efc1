"""Populations: what a cancer and its subtype make likely, from ``data/populations``, and the people drawn from it."""

from __future__ import annotations

import functools
import math
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from seedsoil.grammar import luck, skeleton
from seedsoil.grammar.tables import Entry, contents, data_file, read_entries, table
from seedsoil.treatments import drug
from seedsoil.world.parameters import GROWTH
from seedsoil.world.records import SLOTS, People

KINDS = ("lytic", "mixed", "blastic")
LN2 = math.log(2.0)


@dataclass(frozen=True)
class Population:
    """One cancer, one subtype: numbers by name, the order of treatment lines, the share of the cancer it makes up."""

    cancer: str
    subtype: str
    label: str
    share: float
    marker: str
    numbers: dict[str, Entry]
    lines: tuple[str, ...]
    together: tuple[tuple[str, ...], ...]
    keep: tuple[str, ...]


@functools.cache
def cancers() -> tuple[str, ...]:
    """Every cancer with a table, but the mixture `unknown`; the order is the cancer's number."""
    return tuple(sorted(p.stem for p in data_file("populations").glob("*.toml") if p.stem != "unknown"))


@functools.cache
def populations(cancer: str) -> tuple[Population, ...]:
    """The subtypes of one cancer; one without a name where the table has none."""
    file = f"populations/{cancer}.toml"
    document = contents("populations", f"{cancer}.toml")
    numbers = read_entries({k: v for k, v in document.items() if k != "subtype"}, file)
    subtypes = document.get("subtype") or [{"id": "", "label": document["label"], "share": None}]
    out = []
    for part in subtypes:
        own = read_entries({k: v for k, v in part.items() if k != "share"}, file)
        pick = lambda key, empty, part=part: part.get(key, document.get(key, empty))
        out.append(
            Population(
                cancer=cancer,
                subtype=part["id"],
                label=part["label"],
                share=float(part["share"]["value"]) if part["share"] else 1.0,
                marker=pick("marker", "none"),
                numbers=numbers | own,
                lines=tuple(pick("lines", ())),
                together=tuple(tuple(x) for x in pick("lines_together", ())),
                keep=tuple(pick("lines_keep", ())),
            )
        )
    return tuple(out)


@functools.cache
def mixture() -> dict[str, float]:
    """Weights of the cancers behind an unknown primary."""
    entries = table("populations", "unknown.toml").items()
    return {name.removeprefix("mixture."): e.value for name, e in entries if name.startswith("mixture.")}


@functools.cache
def site_weights() -> np.ndarray:
    """Cumulative chance of each bone for a new lesion, by cancer [cancers, sites]."""
    rows = []
    bones = skeleton.bones()
    for cancer in cancers():
        numbers = populations(cancer)[0].numbers
        weights = np.zeros(len(bones))
        for region in {b.region for b in bones}:
            members = [i for i, b in enumerate(bones) if b.region == region]
            neutral = np.array([bones[i].seed_weight for i in members])
            entry = numbers.get(f"site_weight.{region}")
            weights[members] = (entry.value if entry else neutral.sum()) * neutral / neutral.sum()
        rows.append(np.cumsum(weights) / weights.sum())
    out = np.array(rows)
    out[:, -1] = 1.0
    return out


def score(seed: int, key: np.ndarray, name: str, index: int | np.ndarray = 0) -> np.ndarray:
    """A person's standard normal score for one named trait; `index` tells lesions apart."""
    return luck.normal(seed, key, "traits" if np.ndim(index) == 0 else "lesion_traits", luck.stream(name) & 0x7FFFFFFF, index)


@dataclass(frozen=True)
class Scores:
    """Standard normal scores of n people by the name of the trait, drawn from their keys. Those `given` stand in for them. With
    `mixed`, scores of several keys are added with weights whose squares add up to one, so that people can be moved a little."""

    seed: int
    key: np.ndarray  # [n]
    given: Mapping[str, np.ndarray] = field(default_factory=dict)  # [n] each
    mixed: tuple[np.ndarray, np.ndarray] | None = None  # keys and weights [n, parts]; weights of 0 come last

    def of(self, name: str, slot: np.ndarray | None = None) -> np.ndarray:
        """Scores of one trait [n], or of a trait of the lesions in these slots [n, slots]."""
        if slot is None and name in self.given:
            return self.given[name]
        drawn = lambda key: score(self.seed, key, name) if slot is None else score(self.seed, key[:, None], name, slot[None, :])
        if self.mixed is None:
            return drawn(self.key)
        keys, weights = self.mixed
        used = np.flatnonzero((weights != 0.0).any(axis=0))
        weights = weights if slot is None else weights[:, :, None]
        return sum(weights[:, j] * drawn(keys[:, j]) for j in used)

    def rows(self, who: np.ndarray) -> Scores:
        """The scores of some of the people."""
        mixed = None if self.mixed is None else (self.mixed[0][who], self.mixed[1][who])
        return Scores(self.seed, self.key[who], {name: z[who] for name, z in self.given.items()}, mixed)


def give_traits(
    people: People,
    who: np.ndarray,
    population: Population,
    seed: int,
    given: dict[str, np.ndarray],
    scores: Scores,
) -> None:
    """Draw the traits of the people in rows `who` by their `scores`; `given` fixes named traits (age_years, male, weight ...)."""
    key = people.key[who]
    shared, score_of = table("people.toml"), scores.of
    own = lambda name, e: e.spread(score_of(name))
    every = lambda name: own(name, shared[name])
    cancer = lambda name: own(name, population.numbers[name])
    t = people.traits
    female = luck.uniform(seed, key, "traits", luck.stream("sex") & 0x7FFFFFFF) < population.numbers["female_share"].value
    t["male"][who] = given.get("male", (~female).astype(float))
    t["age_years"][who] = given.get("age_years", np.clip(cancer("age_years"), 18.0, 100.0))
    t["weight"][who] = given.get("weight", cancer("weight_kg"))
    age, male = t["age_years"][who], t["male"][who]
    frailty = every("frailty")
    rho = shared["load_strength_correlation"].value
    z_load, z_own = score_of("load"), score_of("strength")
    t["load"][who] = shared["load"].spread(z_load)
    t["strength"][who] = shared["strength"].spread(rho * z_load + math.sqrt(1.0 - rho * rho) * z_own)
    t["frailty"][who] = frailty * population.numbers["wasting_drive"].value
    older = np.maximum(age - 40.0, 0.0)
    t["gfr_healthy"][who] = np.maximum(every("gfr_at_forty") - shared["gfr_per_year"].value * older, 12.0)
    lost = np.where(male > 0.5, shared["bone_loss_men"].value, shared["bone_loss_women"].value)
    t["bone_mass"][who] = np.maximum(every("bone_density_at_forty") * (1.0 - lost * np.maximum(age - 45.0, 0.0)), 0.4)
    for name in (
        "kidney_fragility", "phosphate_wasting",
        "pain_sensitivity", "treatability", "marrow_reserve", "vitamin_d_usual", "fall_rate", "visceral_tropism",
    ):  # fmt: skip
        t[name][who] = every(name)
    rare = np.where(male > 0.5, shared["adenoma_men"].value, shared["adenoma_women"].value)
    has = luck.uniform(seed, key, "traits", luck.stream("parathyroid_adenoma") & 0x7FFFFFFF) < rare
    t["parathyroid_adenoma"][who] = given.get("parathyroid_adenoma", np.where(has, every("adenoma_size"), 0.0))
    t["resistant_share"][who] = np.minimum(every("resistant_share"), 0.5)
    t["shedding"][who] = every("shedding") * population.numbers["bone_tropism"].value
    t["marker_secretion"][who] = cancer("marker_per_ml")
    t["fdg_avidity"][who] = np.clip(cancer("fdg_avidity"), 0.0, 1.0)
    t["radiosensitivity"][who] = cancer("alpha_per_gy")
    t["alpha_beta"][who] = cancer("alpha_beta_gy")
    t["wake_rate"][who] = 1.0 / (365.25 * cancer("reactivation_years"))
    t["dormant_share"][who] = population.numbers["dormant_share"].value
    quick = frailty ** shared["frailty_in_growth"].value
    visceral = cancer("visceral_doubling_days")
    t["visceral_growth"][who] = quick * LN2 / (visceral * shared["growth_at_one_ml"].value)
    t["primary_growth"][who] = (
        quick * LN2 / (visceral * shared["primary_doubling_over_visceral"].value * shared["growth_at_one_ml"].value)
    )
    _lesion_traits(people, who, population, seed, quick, score_of, given.get("secretes"))
    _efficacy(people, who, population, score_of)


def pace_growth(people: People, who: np.ndarray, population: Population, position: np.ndarray) -> None:
    """Move the growth of the people in rows `who` with the typical doubling times of bone and organ metastases: `position`
    [who, 2] in the ranges of their cancer, NaN where the typical value stays."""
    t, factor = people.traits, []
    for name, own in zip(GROWTH, position.T, strict=True):
        e = population.numbers[name]
        factor.append(np.where(np.isnan(own), 1.0, e.value / e.inside(own)))
    people.lesion_traits["growth"][who] *= factor[0][:, None]
    t["visceral_growth"][who] *= factor[1]
    t["primary_growth"][who] *= factor[1]


def _lesion_traits(people: People, who: np.ndarray, population: Population, seed: int, quick, score_of, secretes) -> None:
    """Traits of every slot, drawn ahead so that the n-th lesion of a person is the same under every plan. `secretes` is 1
    where the tumour is known to secrete PTHrP, None where that is left to chance."""
    key, slot = people.key[who][:, None], np.arange(SLOTS)
    shared, numbers = table("people.toml"), population.numbers
    t = people.lesion_traits
    per_person = numbers["doubling_days"].spread(score_of("doubling_days"))[:, None]
    within = shared["growth_within"].spread(score_of("growth_within", slot))
    t["growth"][who] = quick[:, None] * within * LN2 / (per_person * shared["growth_at_one_ml"].value)
    t["bone_independent"][who] = np.clip(numbers["bone_independent_growth"].value, 0.0, 1.0)
    lytic, mixed = numbers["lytic_share"].value, numbers["mixed_share"].value
    # Lesions of one person resemble each other: most of the score is the person's.
    own = shared["kind_of_person"].value
    alike = own * score_of("lesion_kind")[:, None] + math.sqrt(1.0 - own**2) * score_of("lesion_kind", slot)
    from scipy.special import ndtr

    u = ndtr(alike)
    blasticness = np.where(u < lytic, 0.0, np.where(u < lytic + mixed, 0.5, 1.0))
    t["kind"][who] = 2.0 * blasticness
    t["lytic_drive"][who], t["stromal_inhibition"][who], t["osteoblast_drive"][who] = drives(
        population, blasticness, score_of("lytic_drive", slot), score_of("osteoblast_drive", slot)
    )
    if secretes is None:
        drawn = luck.uniform(seed, key[:, 0], "traits", luck.stream("secretes") & 0x7FFFFFFF)
        secretes = drawn < numbers["pthrp_secretor_share"].value
    much = numbers["pthrp_per_ml"].spread(score_of("pthrp_per_ml"))[:, None]
    pthrp = much * shared["pthrp_within"].spread(score_of("pthrp_within", slot))
    for name in ("soreness", "undermining"):
        t[name][who] = shared[name].spread(score_of(name, slot))
    heard = np.where(np.asarray(secretes, bool), 1.0, shared["silent_pthrp"].value)[:, None]
    t["pthrp_secretion"][who] = heard * pthrp
    people.traits["pthrp_secretion"][who] = (heard * much)[:, 0]
    asleep = luck.uniform(seed, key, "lesion_traits", luck.stream("sleeper") & 0x7FFFFFFF, slot) < numbers["dormant_share"].value
    t["sleeper"][who] = asleep.astype(float)


def drives(population: Population, blasticness, lytic_score, blastic_score) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Drive on osteoclasts, share of bone formation blocked and drive on osteoblasts of lesions of one cancer, by how
    blastic they are (0 lytic, 0.5 mixed, 1 blastic) and the lesion's own scores."""
    numbers = population.numbers
    factor = lambda name: table("people.toml")[name].value
    typical = max(numbers["lytic_share"].value + 0.5 * numbers["mixed_share"].value, factor("least_lytic_share"))
    of_kind = lambda lytic, mixed, blastic: np.where(blasticness == 0.0, lytic, np.where(blasticness == 0.5, mixed, blastic))
    lytic = numbers["lytic_drive"].spread(lytic_score) * of_kind(1.0, factor("mixed_lytic"), factor("blastic_lytic")) / typical
    stromal = np.clip(numbers["stromal_inhibition"].value / typical, 0.0, 0.95) * (1.0 - blasticness)
    bones = np.maximum(numbers["osteoblast_drive"].spread(blastic_score), factor("least_osteoblast_drive"))
    return lytic, stromal, bones * of_kind(0.0, factor("mixed_blastic"), factor("blastic_blastic"))


def set_kind(people: People, slot: int, kind: str, scores: Scores) -> None:
    """Make everybody's lesion of one slot lytic, mixed or blastic, keeping its other luck, which `scores` hold."""
    t = people.lesion_traits
    t["kind"][:, slot] = KINDS.index(kind)
    each = np.stack([people.cancer, people.subtype], axis=1)
    for cancer, subtype in np.unique(each, axis=0):
        who = np.flatnonzero((each == (cancer, subtype)).all(axis=1))
        own = lambda name, who=who: scores.rows(who).of(name, np.array([slot]))[:, 0]
        part = populations(cancers()[cancer])[subtype]
        made = drives(part, 0.5 * KINDS.index(kind), own("lytic_drive"), own("osteoblast_drive"))
        for name, values in zip(("lytic_drive", "stromal_inhibition", "osteoblast_drive"), made, strict=True):
            t[name][who, slot] = values


def _efficacy(people: People, who: np.ndarray, population: Population, score_of) -> None:
    """How well each anticancer drug kills this person's tumour, relative to the drug's table; people differ as they do with most
    drugs, or as the drug's table says."""
    shared = table("people.toml")["drug_response"]
    for d, item in enumerate(drug.catalogue().values()):
        name = f"{population.cancer}_{population.subtype}"
        e = item.efficacy.get(name, item.efficacy.get(population.cancer))
        if e is not None and e.value > 0.0:
            score = score_of(f"response.{item.id}")
            people.efficacy[who, d] = e.spread(score) if e.between_spread else e.value * shared.spread(score)
