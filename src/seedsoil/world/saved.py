"""Save a world, read it back, branch it on any day: the same digits follow as if it had never stopped.

A saved world is a folder: ``world.json`` says what wrote it, ``state.npz`` holds one array a field.
"""

from __future__ import annotations

import copy
import json
import os
import zipfile
from pathlib import Path

import numpy as np

from seedsoil import __version__
from seedsoil.care.chart import Chart
from seedsoil.errors import UnreadableState
from seedsoil.grammar.tables import hash_of
from seedsoil.world import kernel
from seedsoil.world.day import World
from seedsoil.world.parameters import Numbers
from seedsoil.world.records import People

SCHEMA = "seedsoil.world/3"


def save(world: World, folder: Path) -> None:
    """Write the world to `folder`; what was there before stays until all of the new state is on disk."""
    folder.mkdir(parents=True, exist_ok=True)
    arrays = {f"people.{name}": field for name, field in zip(People._fields, world.people, strict=True)}
    arrays |= {f"numbers.{name}": field for name, field in zip(Numbers._fields, world.numbers, strict=True)}
    arrays |= {f"chart.{name}": value for name, value in world.chart.arrays().items()}
    arrays |= {"work": world.work, "next_visit": world.next_visit, "course": world.course, "day": np.array(world.day)}
    _replace(folder / "state.npz", lambda file: np.savez(file, **arrays))
    about = {
        "schema": SCHEMA, "version": __version__, "tables": hash_of(), "kernel": kernel.NAME, "sources": kernel.SOURCES,
        "seed": world.seed, "day": world.day, "nurse_line": world.nurse_line,
    }  # fmt: skip
    _replace(folder / "world.json", lambda file: file.write(json.dumps(about, indent=1).encode()))


def read(folder: Path) -> World:
    """The world saved in `folder`; one that another version or another table wrote is refused."""
    try:
        about = json.loads((folder / "world.json").read_text("utf-8"))
        with np.load(folder / "state.npz", allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
    except FileNotFoundError:
        raise UnreadableState(f"{folder}: there is no saved world in this folder.") from None
    except (OSError, ValueError, EOFError, zipfile.BadZipFile):
        raise UnreadableState(f"{folder}: the saved world cannot be read, it may have been cut short.") from None
    now = {"schema": SCHEMA, "tables": hash_of(), "sources": kernel.SOURCES}
    for name, value in now.items():
        if about.get(name) != value:
            raise UnreadableState(
                f"{folder}: this state has {name} {about.get(name)!r} and this program {value!r}; run it again from the start."
            )
    if arrays["day"] != about["day"]:
        raise UnreadableState(f"{folder}: world.json and state.npz are of different days; run it again from the start.")
    part = lambda prefix: {k.removeprefix(prefix): v for k, v in arrays.items() if k.startswith(prefix)}
    return World(
        people=People(**part("people.")),
        chart=Chart(day=about["day"], **part("chart.")),
        numbers=Numbers(**part("numbers.")),
        seed=about["seed"],
        day=about["day"],
        nurse_line=about["nurse_line"],
        work=arrays["work"],
        next_visit=arrays["next_visit"],
        course=arrays["course"],
    )


def branch(world: World) -> World:
    """A second world that goes its own way from today, with the same luck."""
    return copy.deepcopy(world)


def _replace(path: Path, write) -> None:
    """Write a file under a temporary name, sync it, and put it in place at once."""
    temporary = path.with_suffix(".part")
    with temporary.open("wb") as file:
        write(file)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)
