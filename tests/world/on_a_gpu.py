"""What the kernel for a GPU gives beside what the processor's gives, for the tests.

``NUMBA_ENABLE_CUDASIM=1 python -m tests.world.on_a_gpu`` prints it as JSON, the GPU being plain Python there.
"""

from __future__ import annotations

import json

import numpy as np
from tests.world import worlds
from tests.world.test_lanes import copied, group, off, run

from seedsoil.biology.person import Hazards
from seedsoil.care import guidelines
from seedsoil.world import kernel
from seedsoil.world.records import MOST_EVENTS, People, rows

STATES = ("body", "lesion", "sums", "mean", "noticed", "left", "lesion_left", "last_effect", "onboard")
COUNTS = ("lesions", "site", "times", "lesion_times", "alive", "taking")
OWN = {"new_lesion": (0, 1), "brain": (2,), "fall": (3,), "death_other": (4,)}  # whose first event of a kind is due at once


def struck(n: int) -> tuple[People, object]:
    """People with and without drugs, of three parameter sets, some of whom have events on the first days."""
    people, known = group(n)
    for name, whose in OWN.items():
        people.left[list(whose), Hazards._fields.index(name)] = 0.0
    people.lesion_left[5, 0, :2] = 0.0
    return people, known


def apart(ours: People, theirs: People) -> dict:
    """How far the states of the living are from each other, relative; and which counts differ."""
    alive = theirs.alive
    return {
        "states": {name: off(getattr(ours, name)[alive], getattr(theirs, name)[alive]) for name in STATES},
        "counts": [name for name in COUNTS if not np.array_equal(getattr(ours, name), getattr(theirs, name))],
    }


def without_a_clinic(n: int, days: int) -> dict:
    """Days of `struck` people on both, and of one of them alone on the GPU, whose logs hold one day's events at a time."""
    from seedsoil.world import kernel_cuda

    people, known = struck(n)
    gpu, cpu, alone = copied(people), copied(people), rows(people, np.array([5]))
    kernel_cuda.EVENTS_KEPT, before = MOST_EVENTS, kernel_cuda.EVENTS_KEPT
    found, expected = run(gpu, known, days, "cuda"), run(cpu, known, days, "lanes")
    run(alone, known, days, "cuda")
    kernel_cuda.EVENTS_KEPT = before
    moved = {name: off(getattr(cpu, name), getattr(people, name)) for name in ("body", "lesion")}
    same_alone = all(getattr(alone, name).tobytes() == getattr(gpu, name)[5:6].tobytes() for name in People._fields)
    return {
        **apart(gpu, cpu), "events": found.tolist(), "expected": expected.tolist(), "moved": moved, "same_alone": same_alone,
    }  # fmt: skip


def with_a_clinic(n: int, days: int) -> dict:
    """The same of people under standard care, with the turns that are written down for studies."""
    known = kernel.NAME
    done = {}
    for name in ("cuda", "lanes"):
        kernel.NAME = name
        w = worlds.world("prostate", range(n), seed=3)
        w.people.left[0, Hazards._fields.index("fall")] = 0.0
        w.follow()
        w.live(guidelines.standard, days)
        done[name] = w
    kernel.NAME = known
    gpu, cpu = done["cuda"], done["lanes"]
    return {
        **apart(gpu.people, cpu.people), "events": gpu.happened.tolist(), "expected": cpu.happened.tolist(),
        "turns": gpu.turns.tolist(), "expected_turns": cpu.turns.tolist(), "work": [len(gpu.done), len(cpu.done)],
    }  # fmt: skip


if __name__ == "__main__":
    print(json.dumps({"alone": without_a_clinic(9, 8), "clinic": with_a_clinic(4, 15)}))
