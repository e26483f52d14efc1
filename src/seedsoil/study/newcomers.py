"""People newly found to have bone metastases, with the chart their clinic has of them on that day."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from seedsoil.care.chart import Chart
from seedsoil.grammar import luck
from seedsoil.world import observing, people, populations
from seedsoil.world.day import World
from seedsoil.world.parameters import Numbers
from seedsoil.world.records import People, joined

FIRST_TESTS = ("bone_scan", "ct")  # the pictures in which the bone metastases are first seen

Part = tuple[str, str | None, float]  # cancer, subtype (None: by their shares), weight


def newly_found(
    mixture: Sequence[Part], keys: np.ndarray, seed: int, numbers: Numbers, day: int, given: dict | None = None
) -> World:
    """The people of `keys`, their cancers drawn from the mixture, on the day their bone metastases are first seen. `given`
    fixes traits for all (age_years, male)."""
    weight = np.array([[share for _, _, share in mixture]])
    which = luck.choose(luck.uniform(seed, keys, "drawn_primary"), weight)
    groups = [_of_one(mixture[k], keys[which == k], seed, numbers, given) for k in np.unique(which)]
    group = joined(groups)
    order = np.argsort(group.key, kind="stable")
    group = People(*[field[order] for field in group])
    people.settle(group, numbers)
    people.at_first_finding(group, seed, numbers)
    world = World(group, first_chart(group, day), numbers, seed, day=day).practise_as_usual()
    seen_at_finding(world)
    return world


def _of_one(part: Part, keys: np.ndarray, seed: int, numbers: Numbers, given: dict | None) -> People:
    cancer, subtype, _ = part
    traits = {name: np.full(len(keys), value) for name, value in (given or {}).items()}
    if subtype is not None:
        names = [p.subtype for p in populations.populations(cancer)]
        traits["subtype"] = np.full(len(keys), names.index(subtype))
    return people.without_body(cancer, keys, seed, numbers, traits)


def first_chart(group: People, day: int = 0) -> Chart:
    """A chart that says who they are and which cancer they have, and nothing else."""
    names = np.array(populations.cancers())[group.cancer]
    t = group.traits
    chart = Chart.empty(
        len(names), cancer=names, male=t["male"] > 0.5, age_years=t["age_years"], weight_kg=t["weight"], subtype=group.subtype,
        day=day,
    )  # fmt: skip
    parts = [populations.populations(c)[s].subtype for c, s in zip(names, group.subtype, strict=True)]
    chart.note_condition(np.array([p == "castration_resistant" for p in parts]), "castration_resistant")
    return chart


def seen_at_finding(world: World) -> None:
    """Write into the chart what the first pictures show."""
    everyone = np.arange(len(world.people.key))
    for test in FIRST_TESTS:
        observing.image(world, everyone, observing.seen(world, everyone), test)
        world.chart.note_test(everyone, test)
