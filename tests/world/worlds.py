"""Small worlds for tests: people at their first finding of bone metastasis, and what differs between two worlds."""

from __future__ import annotations

import functools
from collections.abc import Iterable

import numpy as np

from seedsoil.care import guidelines
from seedsoil.care.chart import Chart
from seedsoil.world import parameters, people
from seedsoil.world.day import WORK, World
from seedsoil.world.records import People


@functools.cache
def numbers() -> parameters.Numbers:
    """The tables' typical values."""
    return parameters.typical()


def world(cancer: str = "prostate", keys: Iterable[int] = range(12), seed: int = 1, known=None) -> World:
    """People of one cancer on the day bone metastasis is found, and a chart that knows who they are."""
    known = known or numbers()
    keys = np.array(list(keys))
    group = people.new(cancer, keys, seed, known)
    people.at_first_finding(group, seed, known)
    t = group.traits
    chart = Chart.empty(
        len(keys), cancer=cancer, male=t["male"] > 0.5, age_years=t["age_years"], weight_kg=t["weight"], subtype=group.subtype
    )
    return World(group, chart, known, seed)


def run(w: World, days: int, policy=guidelines.standard) -> World:
    """The same world some days later."""
    for _ in range(days):
        w.step(policy)
    return w


def arrays(w: World) -> dict[str, np.ndarray]:
    """Everything a world consists of, by name; the work list in an order that does not depend on who came first."""
    out = {f"people.{name}": field for name, field in zip(People._fields, w.people, strict=True)}
    out |= {f"chart.{name}": field for name, field in w.chart.arrays().items()}
    out |= {"next_visit": w.next_visit, "course": w.course, "work": np.sort(w.work, order=list(WORK.names)[1:])}
    return out


def of_rows(w: World, rows: np.ndarray) -> dict[str, np.ndarray]:
    """The same of some people only, as if there had never been others."""
    out = {name: field[rows] for name, field in arrays(w).items() if name != "work"}
    kept = w.work[np.isin(w.work["person"], rows)].copy()
    place = {int(row): i for i, row in enumerate(rows)}
    kept["person"] = [place[int(who)] for who in kept["person"]]
    return out | {"work": np.sort(kept, order=list(WORK.names)[1:])}


def differing(one: dict[str, np.ndarray], other: dict[str, np.ndarray]) -> list[str]:
    """Names of the arrays that differ in any bit."""
    assert one.keys() == other.keys()
    return [name for name in one if one[name].tobytes() != other[name].tobytes()]
