"""Survival fitted as one: growth, burden and death moved together, inside their ranges, to every published survival figure.

    python -m seedsoil.study.survival_fit --out survival-fit.json [--people 120] [--seed 1] [--resume]

What may move: doubling times of bone and visceral metastases by primary, what each organ weighs in the burden, how deadly
burden and wasting are, how large visceral disease and the primary are at the finding, and how many go on to further lines.
Each is a standard normal score on its table's 90 % range, and a score far from nought costs. The people and their luck stay
the same throughout, so that the misfit is smooth. The figures are those of cohorts followed from the finding
(`data/trials`), each in units of its tolerance. The result is a proposal: values go into the tables by hand, and are judged
in the world by `seedsoil validate`.
"""

from __future__ import annotations

import argparse
import json
import math
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from seedsoil.biology.body import Body
from seedsoil.grammar.tables import NINETY, Entry, table
from seedsoil.study import published, quick_course, trial_files
from seedsoil.study.outcomes import DAYS_A_MONTH
from seedsoil.study.quick_course import Era, Group
from seedsoil.study.trial import Figure, Trial
from seedsoil.world import parameters, populations
from seedsoil.world.parameters import GROWTH, Numbers

BODY = (
    "burden_bone", "burden_liver", "burden_lung", "burden_brain", "burden_primary", "burden_wasting", "wasting_time",
    "death_cancer", "death_wasting",
)  # fmt: skip
PEOPLE = ("visceral_size", "brain_size", "occult_size", "primary_size")
LATER = "practice.systemic_later"
OWN = (*GROWTH, "wasting_drive")  # of each cancer
SLOPE_OVER = 0.25
PRIOR = 0.5  # a score of 2 costs as much as one tolerance
HELD = 2.0  # the same of growth in bone, which when and in whom bone metastases come was set by too
LEAST = 0.12  # of a ratio or a share: no figure is worth more, whatever its tolerance
MEASURES = ("death_median", "death_free", "death_mean", "death_hr")
OTHER_OVER_BONE = ("SUR-007", "SUR-008")  # lowest and highest ratio of death rates over the primaries of one registry


@dataclass(frozen=True)
class Row:
    """A published figure that the quick course answers: people of some cancers, a measure, and its value."""

    trial: str
    figure: Figure
    value: float  # months, a share, or a ratio
    width: float  # its tolerance, as a share or a log


def rows(trials: list[Trial], known: dict[str, published.Published]) -> list[Row]:
    """The figures of death in cohorts followed from the finding."""
    out = []
    for trial in trials:
        if not trial.cohort or trial.entry or trial.moment or trial.since_finding_months != (0.0, 0.0):
            continue
        for figure in trial.figures:
            row = known.get(figure.id)
            if figure.endpoint not in MEASURES or row is None or not row.counts or not _answers(trial, figure):
                continue
            share = figure.endpoint == "death_free"
            value = row.value / 100.0 if share else row.value * published.DAYS_IN.get(row.unit, DAYS_A_MONTH) / DAYS_A_MONTH
            width = row.tolerance / 100.0 if share else row.tolerance / row.value
            out.append(Row(trial.id, figure, value, max(width, 0.05 if share else LEAST)))
    return out


def _answers(trial: Trial, figure: Figure) -> bool:
    groups = {name.removeprefix("not ") for name in (*figure.among, *figure.versus_among)}
    return all(_known(trial.groups[name].what) for name in groups)


def _known(what: str) -> bool:
    return what.startswith(("is_", "subtype_")) or what in ("visceral", "prior_sre", *quick_course.ORGANS)


# ---- what may move ---------------------------------------------------------------------------------------------------


def moved(cancers: list[str]) -> list[str]:
    """The names of the scores."""
    return [*BODY, *PEOPLE, LATER, *(f"{cancer}.{name}" for cancer in cancers for name in OWN)]


def entry_of(name: str) -> Entry:
    """The table's entry behind a score."""
    if name in BODY:
        return parameters.entries()[name]
    if name in PEOPLE:
        return table("people.toml")[name]
    if name == LATER:
        return table("care", "thresholds.toml")[name]
    cancer, what = name.split(".")
    return populations.populations(cancer)[0].numbers[what]


@dataclass
class World:
    """The people of every cancer and era, as they are with every score at nought."""

    groups: dict[tuple[str, Era], Group]
    numbers: Numbers
    lived: dict[tuple, dict] = field(default_factory=dict)  # the last courses of each group, which most scores leave as they are

    def alive(self, key: tuple[str, Era], scores: dict[str, float], days: float) -> np.ndarray:
        """Chances of being alive with these scores [steps + 1, n]."""
        own = tuple(z for name, z in scores.items() if "." not in name or name.split(".")[0] in (key[0], "practice"))
        kept = self.lived.setdefault((key, days), {})
        if own not in kept:
            while len(kept) > 3:
                kept.pop(next(iter(kept)))
            kept[own] = self._alive(key, scores, days)
        return kept[own]

    def _alive(self, key: tuple[str, Era], scores: dict[str, float], days: float) -> np.ndarray:
        g, group = self.groups[key], self.groups[key].group
        params = self.numbers.params.copy()
        for name in BODY:
            if name in scores:
                params[name] = entry_of(name).at(scores[name])
        over = lambda name: float(entry_of(name).at(scores[name]) / entry_of(name).value)
        traits, lesions, body = group.traits.copy(), group.lesion_traits.copy(), group.body.copy()
        for k, part in enumerate(populations.populations(g.cancer)):
            own = group.subtype == k
            bone, organs, wasting = (
                float(part.numbers[what].at(scores[f"{g.cancer}.{what}"]) / part.numbers[what].value) for what in OWN
            )
            lesions["growth"][own] /= bone
            traits["visceral_growth"][own] /= organs
            traits["primary_growth"][own] /= organs
            traits["frailty"][own] *= wasting
        for k, organ in enumerate(quick_course.ORGANS):
            visible = over("brain_size" if organ == "brain" else "visceral_size")
            size = np.where(g.seen[:, k], visible, over("occult_size"))
            for clone in ("sensitive", "resistant"):
                body[:, Body._fields.index(f"{organ}_{clone}")] *= size
        body[:, Body._fields.index("primary")] *= over("primary_size")
        shifted = group._replace(traits=traits, lesion_traits=lesions, body=body)
        later = float(entry_of(LATER).at(scores[LATER]))
        return quick_course.alive(replace(g, group=shifted), self.numbers._replace(params=params), days, later)


def era(trial: Trial) -> Era:
    """Which drugs its people could not have, and when they were treated."""
    return trial.unavailable, trial.year, trial.untreated_seen


def world(trials: list[Trial], n: int, seed: int, numbers: Numbers | None = None) -> World:
    """The people of the trials' cancers and eras, by these numbers or by the tables."""
    numbers = numbers or parameters.typical()
    keys = {(cancer, era(trial)) for trial in trials for cancer, _, _ in trial.people}
    return World(
        {key: quick_course.found(key[0], n, seed, numbers, key[1]) for key in sorted(keys, key=str)}, numbers
    )  # fmt: skip


# ---- figures ---------------------------------------------------------------------------------------------------------


def misfits(w: World, trials: list[Trial], figures: list[Row], scores: dict[str, float]) -> tuple[np.ndarray, list[dict]]:
    """Every figure's distance in tolerances, and what stands beside what."""
    by_id, lives, out = {t.id: t for t in trials}, {}, []
    for row in figures:
        trial = by_id[row.trial]
        for cancer, _, _ in trial.people:
            key = (cancer, era(trial))
            if key not in lives:
                longest = max(t.follow_months for t in trials if era(t) == era(trial))
                lives[key] = w.alive(key, scores, DAYS_A_MONTH * longest)
    for row in figures:
        trial = by_id[row.trial]
        one = _members(w, trial, row.figure.among, lives)
        value = _measure(one, row, _members(w, trial, row.figure.versus_among, lives) if row.figure.versus_among else None)
        far = (value - row.value) if row.figure.endpoint == "death_free" else math.log(max(value, 1e-3) / row.value)
        out.append({"id": row.figure.id, "published": row.value, "here": round(value, 3), "misfit": round(far / row.width, 2)})
    out += _other_over_bone(w, by_id, lives)
    return np.array([x["misfit"] for x in out]), out


def _other_over_bone(w: World, by_id: dict[str, Trial], lives: dict) -> list[dict]:
    """Death rates with other metastases beside bone's, over bone alone, by primary: a range is published, not each."""
    if "svensson2017" not in by_id:
        return []
    known, trial, out = published.read(), by_id["svensson2017"], []
    low, high = (known[name].value for name in OTHER_OVER_BONE)
    for cancer in ("breast", "lung_nsclc"):
        key = (cancer, era(trial))
        has = _organ(w.groups[key], quick_course.ORGANS)
        value = quick_course.hazard_ratio(lives[key][:, has], lives[key][:, ~has])
        far = math.log(value / min(max(value, low), high))
        name = f"{OTHER_OVER_BONE[0]} to {OTHER_OVER_BONE[1]}, {cancer}"
        out.append({"id": name, "published": [low, high], "here": round(value, 3), "misfit": round(far / LEAST, 2)})
    return out


def _organ(g: Group, organs: tuple[str, ...]) -> np.ndarray:
    return g.seen[:, [quick_course.ORGANS.index(organ) for organ in organs]].any(axis=1)


def _members(w: World, trial: Trial, among: tuple[str, ...], lives: dict) -> np.ndarray:
    """Chances of being alive of those in every group, cancers by their weights."""
    parts = []
    for cancer, subtype, share in trial.people:
        g = w.groups[cancer, era(trial)]
        inside = np.ones(len(g.score), bool)
        if subtype is not None:
            inside &= g.group.subtype == quick_course.SUBTYPES[cancer].index(subtype)
        for name in among:
            met = _met(trial, name.removeprefix("not "), cancer, g)
            inside &= ~met if name.startswith("not ") else met
        picked = lives[cancer, era(trial)][:, inside]
        # so many times that each cancer has its weight
        times = max(round(10.0 * share / max(inside.sum(), 1) * len(inside) / sum(s for *_, s in trial.people)), 1)
        parts.append(np.repeat(picked, times, axis=1))
    return np.concatenate(parts, axis=1)


def _met(trial: Trial, name: str, cancer: str, g: Group) -> np.ndarray:
    group = trial.groups[name]
    if group.what.startswith("is_"):
        value = np.full(len(g.score), float(group.what == f"is_{cancer}"))
    elif group.what.startswith("subtype_"):
        value = (g.group.subtype == int(group.what[-1])).astype(float)
    elif group.what == "prior_sre":
        value = np.zeros(len(g.score))
    else:
        value = _organ(g, quick_course.ORGANS if group.what == "visceral" else (group.what,)).astype(float)
    return group.met(value)


def _measure(one: np.ndarray, row: Row, other: np.ndarray | None) -> float:
    if one.shape[1] == 0:
        return row.value  # nobody of the kind here: says nothing
    if row.figure.endpoint == "death_hr":
        return quick_course.hazard_ratio(one, other if other is not None else one)
    mean = one.mean(axis=1)
    if row.figure.endpoint == "death_median":
        return quick_course.median_month(mean)
    months = np.arange(len(mean)) * quick_course.STEP / DAYS_A_MONTH
    month = row.figure.month or months[-1]
    if row.figure.endpoint == "death_mean":
        return float(np.trapezoid(np.where(months <= month, mean, 0.0), months))
    return float(np.interp(month, months, mean))


# ---- the fit ---------------------------------------------------------------------------------------------------------


def fit(w: World, trials: list[Trial], figures: list[Row], start: dict[str, float], rounds: int, save) -> dict[str, float]:
    """The scores of least misfit, by damped least squares inside the ranges, with a loss that forgives single far figures;
    saved after every step. Lines of treatment change in steps, so slopes are taken over a quarter of a score."""
    names = list(start)

    def off(z: np.ndarray) -> np.ndarray:
        far, _ = misfits(w, trials, figures, dict(zip(names, z, strict=True)))
        soft = np.sign(far) * np.sqrt(2.0 * (np.sqrt(1.0 + far**2) - 1.0))  # as a square near nought, as a line far away
        return np.concatenate([soft, cost * z])

    cost = np.array([HELD if name.endswith(".doubling_days") else PRIOR for name in names])
    z, damp = np.array([start[name] for name in names]), 1.0
    here = off(z)
    for _ in range(rounds):
        towards = np.where(z > 0.0, -SLOPE_OVER, SLOPE_OVER)
        slope = np.stack([(off(z + h * own) - here) / h for h, own in zip(towards, np.eye(len(z)), strict=True)], axis=1)
        for _ in range(5):
            step = np.linalg.solve(slope.T @ slope + damp * np.eye(len(z)), -slope.T @ here)
            there = np.clip(z + np.clip(step, -1.0, 1.0), -NINETY, NINETY)
            after = off(there)
            if after @ after < here @ here:
                z, here, damp = there, after, 0.5 * damp
                break
            damp *= 4.0
        save(dict(zip(names, (round(float(x), 4) for x in z), strict=True)))
    return dict(zip(names, z, strict=True))


def main(arguments: list[str] | None = None) -> None:
    """The command."""
    reader = argparse.ArgumentParser(prog="python -m seedsoil.study.survival_fit", description=__doc__.split("\n")[0])
    reader.add_argument("--out", type=Path, default=Path("survival-fit.json"))
    reader.add_argument("--people", type=int, default=120, help="people of each cancer and era")
    reader.add_argument("--seed", type=int, default=1)
    reader.add_argument("--rounds", type=int, default=8)
    reader.add_argument("--resume", action="store_true", help="go on from the scores in --out")
    asked = reader.parse_args(arguments)
    trials = [trial_files.named(name) for name in trial_files.names()]
    figures = rows(trials, published.read())
    trials = [t for t in trials if any(row.trial == t.id for row in figures)]
    w = world(trials, asked.people, asked.seed)
    cancers = sorted({cancer for cancer, _ in w.groups})
    start = dict.fromkeys(moved(cancers), 0.0)
    if asked.resume and asked.out.exists():
        start |= json.loads(asked.out.read_text("utf-8"))["scores"]
    before = misfits(w, trials, figures, dict.fromkeys(start, 0.0))

    def save(scores: dict[str, float]) -> None:
        far, beside = misfits(w, trials, figures, scores)
        print(f"hits {np.sum(np.abs(far) <= 1)} of {len(far)}, mean |misfit| {np.abs(far).mean():.2f}", flush=True)
        asked.out.write_text(json.dumps(_page(asked, scores, before, far, beside), indent=1) + "\n", "utf-8")

    save(start)
    fit(w, trials, figures, start, asked.rounds, save)


def _page(asked: argparse.Namespace, scores: dict[str, float], before, far: np.ndarray, beside: list[dict]) -> dict:
    values = {}
    for name, z in scores.items():
        e = entry_of(name)
        values[name] = {"was": e.value, "fitted": float(f"{float(e.at(z)):.3g}"), "low": e.low, "high": e.high, "unit": e.unit}
    started = {row["id"]: row["here"] for row in before[1]}
    return {
        "schema": "seedsoil.survival_fit/1", "people": asked.people, "seed": asked.seed,
        "hits": {"before": int((np.abs(before[0]) <= 1).sum()), "after": int((np.abs(far) <= 1).sum()), "of": len(far)},
        "scores": scores, "values": values, "figures": [row | {"before": started[row["id"]]} for row in beside],
    }  # fmt: skip


if __name__ == "__main__":
    main()
