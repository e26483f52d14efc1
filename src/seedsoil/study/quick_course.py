"""How long people with bone metastases live, quickly: tumour, wasting and death by the model's own equations, and nothing else.

No tests, no fractures, pain, calcium or blood, no new colonies and no luck of events: what is left is each person's chance of
being alive, a smooth function of the numbers, thousands of times cheaper than the world with its clinic. Survival is fitted
on it (`survival_fit`) and judged in the world.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from types import SimpleNamespace

import numpy as np
from scipy.special import ndtri

from seedsoil.biology import person, tumour
from seedsoil.biology.body import Body, Lesion
from seedsoil.care import criteria, take_up
from seedsoil.care.criteria import limit
from seedsoil.care.guidelines.systemic import Lines, reluctance_of_age, taken_by_all, usual_lines
from seedsoil.care.patient import CANCERS
from seedsoil.study.outcomes import DAYS_A_MONTH
from seedsoil.treatments import drug, kinetics
from seedsoil.world import people, populations
from seedsoil.world.equations import update
from seedsoil.world.parameters import Numbers, loop_number
from seedsoil.world.people import fields_of
from seedsoil.world.records import SLOTS, People

STEP = 12.0  # days
ORGANS = ("liver", "lung", "brain")
WAIT = 30.0  # days from the finding to the first dose
Era = tuple[frozenset[str], float, float]  # drugs that cannot be had, the year, and the share of untreated people seen
KILLS = ("kill_sensitive", "kill_resistant", "kill_brain")
HELD = {"calcium": "calcium_normal", "neutrophils": "neutrophils_usual", "platelets": "platelets_usual"}


@dataclass(frozen=True)
class Group:
    """People of one cancer at their first finding, with the drugs of their years."""

    cancer: str
    group: People
    unavailable: frozenset[str]
    year: float
    untreated_seen: float
    score: np.ndarray  # reluctance to go on to further lines, standard normal
    seen: np.ndarray  # [n, ORGANS] whose metastases in an organ a picture shows


def found(cancer: str, n: int, seed: int, numbers: Numbers, era: Era) -> Group:
    """n people of one cancer on the day bone metastases are found."""
    keys = np.arange(n)
    group = people.new(cancer, keys, seed, numbers)
    people.at_first_finding(group, seed, numbers)
    score = people.reluctance(group, seed)[:, criteria.SYSTEMIC]
    fields = [[Body._fields.index(f"{organ}_{clone}") for clone in ("sensitive", "resistant")] for organ in ORGANS]
    seen = group.body[:, fields].sum(axis=2) > loop_number("visible_visceral")
    return Group(cancer, group, *era, score, seen)


def alive(g: Group, numbers: Numbers, days: float, later: float | None = None) -> np.ndarray:
    """Each person's chance of being alive after every `STEP` days [steps + 1, n]. `later` is the share of people who go on to
    each further line; that of care as practised if left out."""
    p, x = fields_of(numbers.params[g.group.set_of]), fields_of(g.group.traits)
    y = Body(*[g.group.body[:, k].copy() for k in range(len(Body._fields))])
    y = SimpleNamespace(**(y._asdict() | {name: getattr(p, usual) for name, usual in HELD.items()}))
    site = fields_of(numbers.sites[np.maximum(g.group.site, 0)])
    used = np.arange(SLOTS)[None, :] < g.group.lesions[:, None]
    l = SimpleNamespace(**{name: g.group.lesion[:, :, k].copy() for k, name in enumerate(Lesion._fields)})
    t, wide = fields_of(g.group.lesion_traits), SimpleNamespace(**{k: v[:, None] for k, v in vars(p).items()})
    care = _Care(g, limit("practice.systemic_later") if later is None else later)
    lives = [np.ones(len(g.group.key))]
    for step in range(round(days / STEP)):
        bulk = np.where(used, l.sensitive + l.resistant, 0.0).sum(axis=1)
        mass = bulk + sum(getattr(y, f"{o}_sensitive") + getattr(y, f"{o}_resistant") for o in ORGANS) + y.primary
        kill = care.kill(step * STEP, mass, 1.0 - p.wasting_disables * y.wasting)
        slowed = x.treatability[:, None]
        rate = tumour.growth(l, t, site, wide)
        l.sensitive, l.resistant = (
            update(v, rate * v, k[:, None] * slowed * l.awake, STEP) for v, k in ((l.sensitive, kill[0]), (l.resistant, kill[1]))
        )
        for organ in ORGANS:
            names = (f"{organ}_sensitive", f"{organ}_resistant")
            both = (kill[2], 0.0 * kill[2]) if organ == "brain" else (kill[0], kill[1])
            pairs = tumour.visceral(*(getattr(y, name) for name in names), getattr(p, f"capacity_{organ}"), *both, x)
            for name, pair in zip(names, pairs, strict=True):
                setattr(y, name, update(getattr(y, name), *pair, STEP))
        y.primary = update(y.primary, *tumour.primary(y, x, SimpleNamespace(kill_sensitive=kill[0]), p), STEP)
        sums = SimpleNamespace(tumour=bulk)
        y.wasting = update(y.wasting, *person.wasting(y, x, sums, p), STEP)
        y.function = 1.0 - p.wasting_disables * y.wasting
        y.haemoglobin = p.haemoglobin_usual + p.haemoglobin_male * x.male
        hazard = sum(person.deaths(y, x, sums, x.age_years + step * STEP / 365.25, p))
        lives.append(lives[-1] * np.exp(-hazard * STEP))
    return np.array(lives)


class _Care:
    """Lines of treatment as practised: the first a month after the finding, the next where tumour has grown by a fifth in
    diameter over its least, if the person goes on to it."""

    def __init__(self, g: Group, later: float):
        n, self.later, self.first = len(g.group.key), later, take_up.shares(g.year, g.untreated_seen)[CANCERS.index(g.cancer)]
        self.efficacy, self.score = g.group.efficacy, g.score + reluctance_of_age(g.group.traits["age_years"])
        tables = usual_lines(g.cancer, g.unavailable, take_up.alone(g.year))
        self.tables = [(g.group.subtype == k, lines) for k, lines in enumerate(tables)]
        self.line, self.since, self.least = np.full(n, -1), np.zeros(n), np.full(n, np.inf)
        self.exposure = np.zeros((n, self.efficacy.shape[1]))
        self.growth, self.grace = limit("systemic.growth") ** 3, limit("systemic.grace_days")

    def kill(self, day: float, mass: np.ndarray, function: np.ndarray) -> np.ndarray:
        """Kill rates of the step, of sensitive cells, resistant ones and those in the brain [3, n]."""
        out = np.zeros((3, len(mass)))
        late = day - self.since > self.grace
        self.least = np.where(late, np.minimum(self.least, mass), mass)
        worse = late & (mass > self.growth * self.least) & (self.line >= 0)
        go = (worse | ((self.line < 0) & (day >= WAIT))) & (function > 0.5)
        for own, table in self.tables:
            for k in range(len(table.lines) - 1, -1, -1):
                turn = own & go & (self.line == k - 1)
                willing = self._takes_up(table, k) | any(map(taken_by_all, table.lines[k]))
                self.line[turn & willing] = k
                self.since[turn] = day
            for k, line in enumerate(table.lines):
                willing = self._takes_up(table, k)
                for d in line:
                    on = (self.line >= k) if d in table.keep else (self.line == k)
                    self._give(out, own & on & (willing | taken_by_all(d)), d, day)
        return out

    def _takes_up(self, table: Lines, k: int) -> np.ndarray:
        hard = [not all(map(taken_by_all, line)) for line in table.lines[: k + 1]]
        if not hard[k]:
            return np.ones(len(self.score), bool)
        share = self.first * self.later ** (sum(hard) - 1)
        return self.score <= ndtri(share)

    def _give(self, out: np.ndarray, where: np.ndarray, name: str, day: float) -> None:
        item, d = drug.catalogue()[name], drug.number_of()[name]
        course = limit("systemic.cycles") * item.every_days if item.every_days >= 14 else np.inf
        on = where & (day - self.since < course)
        worn = self.efficacy[:, d] * np.exp(-_resistance(name) * self.exposure[:, d]) * on
        for k, target in enumerate(KILLS):
            out[k] += worn * _mean_effect(name, target)
        self.exposure[:, d] += STEP * on


def _resistance(name: str) -> float:
    entry = drug.catalogue()[name].kinetics.get("resistance")
    return entry.value if entry else 0.0


@functools.cache
def _mean_effect(name: str, target: str) -> float:
    """A drug's rate of kill at its usual dose, as a mean over the cycle."""
    item = drug.catalogue()[name]
    act = next((a for a in item.acts if a.target == target), None)
    if act is None:
        return 0.0
    dose = item.dose.value
    if item.shape == "bolus" and item.every_days:
        dose = dose * np.exp(-item.kinetics["elimination"].value * np.arange(0.5, item.every_days))
    k = SimpleNamespace(resistance=0.0)
    return float(np.mean(kinetics.effect(dose, act.most.value, act.half.value, act.steepness, 0.0, k)))


def median_month(lives: np.ndarray) -> float:
    """Months at which half are dead; beyond the last step, by the last rate."""
    mean = lives.mean(axis=1) if lives.ndim == 2 else lives
    logs = -np.log(np.maximum(mean, 1e-9))
    months = np.arange(len(mean)) * STEP / DAYS_A_MONTH
    if logs[-1] < np.log(2.0):
        return float(months[-1] * np.log(2.0) / max(logs[-1], 1e-3))
    return float(np.interp(np.log(2.0), logs, months))


def hazard_ratio(one: np.ndarray, other: np.ndarray) -> float:
    """Ratio of the expected death rates of two groups, step by step as Mantel and Haenszel weigh them."""
    at = [group[:-1].sum(axis=1) for group in (one, other)]
    dead = [-np.diff(group.sum(axis=1)) for group in (one, other)]
    both = at[0] + at[1]
    return float((dead[0] * at[1] / both).sum() / (dead[1] * at[0] / both).sum())


SUBTYPES = {name: [part.subtype for part in populations.populations(name)] for name in populations.cancers()}
