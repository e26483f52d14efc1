"""The people of a country who live with bone metastasis, from the cancers that are found in it every year.

A cohort of one year's new cancers is followed from the diagnosis of the primary. Each person stands for many (`weight`).
In a country where as many cancers are found every year, as many people are newly found to have bone metastasis in a year
as there are in the cohort over all its years, and as many live with it as the cohort lives years with it: the steady
state is the cohort, weighed. Within each cancer people are also weighed so that stages are as common as in the registry;
the stages that came out by themselves are told beside it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from seedsoil.grammar import skeleton
from seedsoil.study import natural_history
from seedsoil.study.natural_history import FOUND_BY, LOG_KINDS, STAGES, Lives
from seedsoil.treatments import drug
from seedsoil.world import parameters, populations, runs, unseen
from seedsoil.world.records import DEATHS

TOGETHER, FEW = 20_000, 10_000  # people in one part at most: a day costs as much for few as for many; and who are not parted
AGES = (0.0, 50.0, 65.0, 75.0, 120.0)
AGE_NAMES = ("under 50", "50 to 64", "65 to 74", "75 and over")
YEAR = 365.25
Z95 = 1.959964
Progress = Callable[[str, int, int], None]


def people_of(part: int, n: int, seed: int, years: float, together: int) -> Lives:
    """The people of one part of a run of n, `together` in each."""
    keys = np.arange(part * together, min((part + 1) * together, n))
    return natural_history.live(keys, seed, parameters.typical(), round(years * YEAR))


def together_of(n: int) -> int:
    """People in one part of a run of n. Many are parted evenly, in an even number of parts: two processes have as much to do."""
    if n <= min(FEW, TOGETHER):
        return max(n, 1)
    return -(-n // (2 * parts_of(n, 2 * TOGETHER)))


def parts_of(n: int, together: int) -> int:
    """How many parts a run of n people has."""
    return -(-n // together)


# ---- what is written ---------------------------------------------------------------------------------------------------


def run(
    n: int, years: float, seed: int = 1, folder: Path | None = None, workers: int = 1, cluster: str | None = None,
    resume: bool = False, progress: Progress | None = None,
) -> dict:  # fmt: skip
    """Follow n people for some years and say what came of it; with a folder, write them there as they come and their summary
    beside them. See `world.runs` for what can go wrong and how to go on."""
    told = (lambda done, of: progress("following people", done, of)) if progress else None
    whose = {"n": n, "seed": seed, "years": years, "together": together_of(n)}
    many = parts_of(n, whose["together"])
    if folder is None:
        tally = Tally()
        for k, lives in enumerate(runs.each(partial(people_of, **whose), range(many), workers, cluster)):
            tally.add(lives.columns, n)
            if told:
                told(k + 1, many)
        return summary(tally, n, years, seed)
    runs.open_folder(folder, {"what": "population", **whose}, resume)
    runs.write_parts(folder, partial(as_tables, **whose), many, workers, cluster, told)
    tally = Tally()
    for file in runs.table_files(folder, "people"):
        tally.add(read_columns(file), n)
    document = summary(tally, n, years, seed)
    runs.write_whole(folder / "summary.json", json.dumps(document, indent=1).encode() + b"\n")
    return document


def as_tables(part: int, n: int, seed: int, years: float, together: int) -> dict[str, Any]:
    """One part as tables: `events`, one row an event, and `people`, one row a person."""
    lives = people_of(part, n, seed, years, together)
    return {"events": _events(lives), "people": _people(lives, n)}


def _people(lives: Lives, n: int) -> Any:
    import pyarrow as pa

    names = populations.cancers()
    whole = lambda name: pa.array(lives[name].astype(np.int32))
    day = lambda name: pa.array(lives[name].astype(np.float32), mask=np.isnan(lives[name]))
    word = lambda words, numbers: pa.DictionaryArray.from_arrays(
        pa.array(numbers.astype(np.int8), mask=numbers < 0), pa.array(list(words))
    )
    subtypes = sorted({part.subtype for c in names for part in populations.populations(c)})
    own = [populations.populations(names[c])[s].subtype for c, s in zip(lives["cancer"], lives["subtype"], strict=True)]
    each = np.array([subtypes.index(name) for name in own])
    bones = np.array([b.id for b in skeleton.bones()])
    return pa.table({
        "person": pa.array(lives["key"]), "weight": natural_history.weight_of(lives["cancer"], n),
        "cancer": word(names, lives["cancer"]), "subtype": word(subtypes, each),
        "sex": word(("woman", "man"), lives["male"].astype(np.int8)),
        "age_years": pa.array(lives["age_years"].astype(np.float32)), "stage": word(STAGES, lives["stage"]),
        "given_away": pa.array(lives["given_away"]), "primary_ml": pa.array(lives["found_ml"].astype(np.float32)),
        "primary_ml_days": pa.array(lives["ml_days"].astype(np.float32)),
        "colonies_at_diagnosis": whole("colonies_then"), "asleep_at_diagnosis": whole("asleep_then"), "colonies": whole("founded"),
        "colonies_founded_before": whole("founded_then"),
        "bone_day": day("bone_day"), "bone_found_by": word(FOUND_BY, lives["bone_by"]), "organ_day": day("organ_day"),
        "bone_at_end": pa.array(lives["bone_at_end"]), "organ_at_end": pa.array(lives["organ_at_end"]),
        "death_day": day("death_day"), "death_cause": word([c.removeprefix("death_") for c in DEATHS], lives["death_cause"]),
        "until_day": pa.array(lives["until_day"].astype(np.float32)),
        "bones": pa.array([bones[row[row >= 0]].tolist() for row in lives["sites"]], pa.list_(pa.string())),
    })  # fmt: skip


def _events(lives: Lives) -> Any:
    import pyarrow as pa

    rows = lives.events
    bones, drugs = [b.id for b in skeleton.bones()], list(drug.catalogue())
    begun = rows[:, 2] == LOG_KINDS.index("drug begun")
    words = [*bones, *drugs]
    detail = np.where(rows[:, 3] < 0, -1, np.where(begun, rows[:, 3] + len(bones), rows[:, 3]))
    return pa.table({
        "person": pa.array(lives["key"][rows[:, 0]]), "day": pa.array(rows[:, 1].astype(np.int32)),
        "event": pa.DictionaryArray.from_arrays(pa.array(rows[:, 2].astype(np.int8)), pa.array(list(LOG_KINDS))),
        "what": pa.DictionaryArray.from_arrays(pa.array(detail.astype(np.int16), mask=detail < 0), pa.array(words)),
    })  # fmt: skip


# ---- what it says ------------------------------------------------------------------------------------------------------


@dataclass
class Tally:
    """Sums over people, by cancer, stage and age band: of weights, and of new cases and years lived with bone metastasis with
    their squares. However many people, it stays as small."""

    sums: dict[str, np.ndarray] = field(default_factory=dict)  # each [cancers, stages, ages]
    people: int = 0
    alive_at_end: float = 0.0

    def add(self, lives: Mapping[str, np.ndarray], n: int) -> None:
        """Count these people in. lives: columns as of `natural_history.Lives`; n: people in the whole run."""
        weight = natural_history.weight_of(lives["cancer"], n)
        bone, until, age = lives["bone_day"], lives["until_day"], lives["age_years"]
        has = ~np.isnan(bone)
        self.people += len(weight)
        censored = np.isnan(lives["death_day"]) & has
        self.alive_at_end += float(weight[censored].sum())
        at_bone = age + np.nan_to_num(bone) / YEAR
        for a in range(len(AGE_NAMES)):
            young, old = AGES[a], AGES[a + 1]
            band = lambda x, young=young, old=old: (x >= young) & (x < old)
            first = np.maximum(np.nan_to_num(bone) / YEAR, young - age)
            lived = np.where(has, np.clip(np.minimum(until / YEAR, old - age) - first, 0.0, None), 0.0)
            self._put(lives, a, "weight", weight * band(age))
            self._put(lives, a, "new", weight * (has & band(at_bone)))
            self._put(lives, a, "living", weight * lived)

    def _put(self, lives: Mapping[str, np.ndarray], a: int, name: str, value: np.ndarray) -> None:
        shape = (len(populations.cancers()), len(STAGES), len(AGE_NAMES))
        for what, x in ((name, value), (name + "_squared", value**2)):
            total = self.sums.setdefault(what, np.zeros(shape))
            np.add.at(total, (lives["cancer"], lives["stage"], a), x)

    def stage_factors(self) -> np.ndarray:
        """What people of each cancer and stage count [cancers, stages]."""
        return stage_factors(self.sums["weight"].sum(axis=2))

    def figure(self, name: str, factors: np.ndarray | None = None, where: tuple = ()) -> tuple[float, float, float]:
        """A sum with its 95 % interval. where: index into [cancers, stages, ages]."""
        factors = np.ones(self.sums[name].shape[:2]) if factors is None else factors
        total = (self.sums[name] * factors[:, :, None])[where].sum()
        squares = (self.sums[name + "_squared"] * factors[:, :, None] ** 2)[where].sum()
        half = Z95 * float(np.sqrt(max(squares - total**2 / max(self.people, 1), 0.0)))
        return float(total), float(total) - half, float(total) + half


def stage_factors(by_stage: np.ndarray) -> np.ndarray:
    """What people of each cancer and stage count, so that distant disease is as common as in the registry; 1 where nobody is of
    one of them. by_stage: weights of the people [cancers, stages]."""
    names = populations.cancers()
    wanted = np.array([unseen.of_primary(c)["distant"].value for c in names])
    out = np.ones(by_stage.shape)
    for k in range(len(names)):
        far, all_ = by_stage[k, 2], by_stage[k].sum()
        if 0.0 < far < all_:
            out[k, 2], out[k, :2] = wanted[k] * all_ / far, (1.0 - wanted[k]) * all_ / (all_ - far)
    return out


def read_columns(file: Path) -> dict[str, np.ndarray]:
    """What `Tally` needs of one file of people."""
    import pyarrow.parquet as parquet

    table = parquet.read_table(file, columns=["cancer", "stage", "age_years", "bone_day", "death_day", "until_day"])
    out = {name: table[name].to_numpy().astype(float) for name in ("age_years", "bone_day", "death_day", "until_day")}
    for name, words in (("cancer", populations.cancers()), ("stage", STAGES)):
        number = {word: k for k, word in enumerate(words)}
        out[name] = np.array([number[word] for word in table[name].to_pylist()], int)
    return out


PUBLISHED = (
    ("new cases a year", "about 100,000 to 170,000 are quoted; 65,000 to 255,000 is the range of the statement"),
    ("living", "279,679 in claims of 2008 with five years of look-back (Li 2012); some 500,000 is quoted"),
)


def summary(tally: Tally, n: int, years: float, seed: int) -> dict:
    """New cases a year and people living with bone metastasis, by cancer, age and stage (``seedsoil.population/1``)."""
    factors = tally.stage_factors()
    names = populations.cancers()
    cell = lambda where: {what: _three(tally.figure(name, factors, where)) for what, name in (("new", "new"), ("living", "living"))}
    every = slice(None)
    by_stage = tally.sums["weight"].sum(axis=2)
    return {
        "schema": "seedsoil.population/1", **runs.signature(), "people": n, "years": years, "seed": seed,
        "all": cell((every, every, every)),
        "not_weighed_by_stage": {what: _three(tally.figure(what)) for what in ("new", "living")},
        "still_alive_with_bone_metastasis_at_the_end": round(tally.alive_at_end),
        "by_cancer": {c: cell((k, every, every)) for k, c in enumerate(names)},
        "by_stage": {s: cell((every, k, every)) for k, s in enumerate(STAGES)},
        "by_age": {a: cell((every, every, k)) for k, a in enumerate(AGE_NAMES)},
        "distant_at_diagnosis": {
            c: {"came_out": round(float(by_stage[k, 2] / max(by_stage[k].sum(), 1e-9)), 4),
                "registry": unseen.of_primary(c)["distant"].value}
            for k, c in enumerate(names)
        },
        "published": dict(PUBLISHED),
        "not_modelled": "cancers of pancreas, ovary and unknown origin, myeloma, lymphoma, sarcoma",
        "notice": "Research use, not for care.",
    }  # fmt: skip


def _three(estimate: tuple[float, float, float]) -> dict[str, int]:
    return {name: round(x) for name, x in zip(("figure", "low", "high"), estimate, strict=True)}
