"""What published figures say about the free numbers of the model together: the shipped draws, and how a run uses them.

`seedsoil calibrate` makes them (`calibrate`), `data/posterior/draws.csv` holds them, `--uncertainty` of forecasts and trials uses
them. Numbers that were not free in the calibration are drawn from the ranges of their tables.
"""

from __future__ import annotations

import csv
import functools
import io
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from seedsoil.errors import InputError
from seedsoil.grammar.tables import data_file, hash_of
from seedsoil.world import parameters
from seedsoil.world.parameters import Version

SCHEMA = "seedsoil.posterior/1"
MODEL = ("values", "drugs", "diagnostics", "populations", "care", "treatments")
MODEL_FILES = ("people.toml", "regions.toml", "loop.toml", "sites.csv")
NONE = (
    "No calibration is shipped with this version: every uncertain number was drawn from the range of its table by itself, and what "
    "published figures say about them together is not in these ranges."
)


def tables_now() -> str:
    """A fingerprint of the tables that the model itself reads."""
    return hash_of(MODEL, MODEL_FILES)


@dataclass(frozen=True)
class Draws:
    """Draws of the free numbers: values [draws, names] in the units of the model, and what they were made with."""

    names: tuple[str, ...]
    values: np.ndarray
    about: dict[str, str] = field(default_factory=dict)

    def version(self, sets: int, seed: int) -> Version:
        """`sets` versions of the model's numbers, spread evenly over the draws; what was not free from its own range."""
        rows = np.arange(sets) * len(self.values) // sets
        known = parameters.free()
        given = tuple((name, tuple(self.values[rows, k].tolist())) for k, name in enumerate(self.names) if name in known)
        return Version(sets, seed, given)

    def said(self) -> str:
        """What they are, and whether the tables have changed since, in a sentence or two."""
        first = (
            f"{len(self.names)} numbers from {len(self.values)} draws that published figures were put to (made by version "
            f"{self.about.get('version', 'unknown')}); the others from the ranges of their tables."
        )
        made = self.about.get("tables", "unknown")
        if made == tables_now():
            return first
        return f"{first} The tables of the model have changed since those draws were made ({made} then, {tables_now()} now)."


def file() -> Path:
    """Where the shipped draws are."""
    return data_file("posterior", "draws.csv")


@functools.cache
def shipped() -> Draws | None:
    """The shipped draws, if there are any."""
    return read(file()) if file().exists() else None


def read(path: Path) -> Draws:
    """Draws as `write` wrote them. Raises InputError for a file of another kind."""
    try:
        lines = path.read_text("utf-8").splitlines()
        about = dict(line.removeprefix("# ").split(": ", 1) for line in lines if line.startswith("# "))
        names, *rows = csv.reader(line for line in lines if not line.startswith("#"))
        values = np.array([[float(x) for x in row] for row in rows])
        if about.get("schema") != SCHEMA or values.shape != (len(rows), len(names)) or len(rows) == 0:
            raise ValueError
    except (OSError, ValueError):
        raise InputError("draws", str(path), f"a file that `seedsoil calibrate` wrote ({SCHEMA})") from None
    return Draws(tuple(names), values, about)


def text(draws: Draws) -> str:
    """Draws as a CSV file, what they were made with in lines before it."""
    out = io.StringIO()
    for name, said in {"schema": SCHEMA, **draws.about}.items():
        out.write(f"# {name}: {said}\n")
    lines = csv.writer(out, lineterminator="\n")
    lines.writerow(draws.names)
    lines.writerows([repr(float(x)) for x in row] for row in draws.values)
    return out.getvalue()


def in_use(sets: int, seed: int) -> tuple[Version, str]:
    """The versions of the numbers for a run under uncertainty, and a sentence on where they are from."""
    draws = shipped()
    return (draws.version(sets, seed), draws.said()) if draws is not None else (Version(sets, seed), NONE)
