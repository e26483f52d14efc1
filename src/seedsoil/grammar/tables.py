"""Value tables: every number of the model has one home, with unit, range, source and kind.

A table is a TOML file under ``data/values``; a key is the field of a parameter record. `Entry` is one such number.
"""

from __future__ import annotations

import functools
import hashlib
import math
import os
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

import numpy as np

from seedsoil.errors import InputError
from seedsoil.grammar.units import convert, units_of

KINDS = ("measured", "fitted", "assumed")
NINETY = 1.6448536269514722  # standard normal quantile of the ends of a 90 % range


@dataclass(frozen=True)
class Entry:
    """One number of the model: typical value in `unit`, its 90 % range, the spread between people, and where it is from."""

    name: str
    value: float
    unit: str
    low: float
    high: float
    source: str
    kind: str
    where: str = ""
    note: str = ""
    file: str = ""
    meaning: str = ""
    between_shape: str = "none"  # none | lognormal | normal
    between_spread: float = 0.0  # coefficient of variation (lognormal) or standard deviation (normal)

    def at(self, quantile):
        """The value of the uncertainty distribution at standard normal score `quantile`, held inside low..high."""
        z = np.clip(np.asarray(quantile, dtype=float), -NINETY, NINETY) / NINETY
        if self.low > 0.0:
            up, down = math.log(self.high / self.value), math.log(self.value / self.low)
            return self.value * np.exp(np.where(z > 0, z * up, z * down))
        return self.value + np.where(z > 0, z * (self.high - self.value), z * (self.value - self.low))

    def inside(self, position):
        """The value at `position` (0 to 1) of low..high: by the logarithm where the range is positive."""
        u = np.asarray(position, dtype=float)
        if self.low > 0.0:
            return self.low * np.exp(u * math.log(self.high / self.low))
        return self.low + u * (self.high - self.low)

    def position_of(self, value) -> np.ndarray:
        """Where in low..high a value lies, 0 to 1: `inside` the other way round; a range without width has 0."""
        v = np.asarray(value, dtype=float)
        if self.high == self.low:
            return np.zeros_like(v)
        if self.low > 0.0:
            return np.log(v / self.low) / math.log(self.high / self.low)
        return (v - self.low) / (self.high - self.low)

    def spread(self, score):
        """A person's own value for standard normal `score`, around the typical value."""
        if self.between_shape == "lognormal":
            sigma = math.sqrt(math.log1p(self.between_spread**2))
            return self.value * np.exp(sigma * np.asarray(score, dtype=float))
        if self.between_shape == "normal":
            return self.value + self.between_spread * np.asarray(score, dtype=float)
        return np.full_like(np.asarray(score, dtype=float), self.value)

    def score_of(self, value):
        """The standard normal score of a person's own value: `spread` the other way round; 0 where people do not differ."""
        v = np.asarray(value, dtype=float)
        if self.between_shape == "lognormal":
            return np.log(v / self.value) / math.sqrt(math.log1p(self.between_spread**2))
        if self.between_shape == "normal":
            return (v - self.value) / self.between_spread
        return np.zeros_like(v)


def data_file(*parts: str) -> Path:
    """A file of the package's data folder."""
    return Path(str(resources.files("seedsoil"))).joinpath("data", *parts)


def own_folders() -> list[Path]:
    """Folders of tables of the user's own, named by SEEDSOIL_TABLES (several with the system's path separator), laid out as
    ``data`` is. They are read once, when seedsoil is first used."""
    folders = [Path(part) for part in os.environ.get("SEEDSOIL_TABLES", "").split(os.pathsep) if part]
    for folder in folders:
        if not folder.is_dir():
            raise InputError("SEEDSOIL_TABLES", str(folder), "folders that exist", "correct the path, or unset the variable")
    return folders


def tables_in(folder: str) -> dict[str, Path]:
    """Every TOML table of one folder of ``data`` and of the same folder of the user's own, by name, in order of the names."""
    found: dict[str, Path] = {}
    for base in (data_file(), *own_folders()):
        for path in (base / folder).glob("*.toml"):
            if path.stem in found:
                raise InputError("table", str(path), "a name that is not taken", f"{path.stem} comes with seedsoil: rename yours")
            found[path.stem] = path
    return dict(sorted(found.items()))


def read_entries(document: Mapping, file: str, prefix: str = "") -> dict[str, Entry]:
    """Every value entry of a parsed table: each sub-table with a ``value`` key, nested ones with a dotted name."""
    entries: dict[str, Entry] = {}
    for name, body in document.items():
        if not isinstance(body, Mapping):
            continue
        if "value" in body:
            entries[prefix + name] = _entry(prefix + name, body, file)
        else:
            entries |= read_entries(body, file, f"{prefix}{name}.")
    return entries


def _entry(name: str, body: Mapping, file: str) -> Entry:
    spread = body.get("between", {})
    shape = spread.get("shape", "none")
    value = float(body["value"])
    entry = Entry(
        name=name,
        value=value,
        unit=body["unit"],
        low=float(body.get("low", value)),
        high=float(body.get("high", value)),
        source=body["source"],
        kind=body["kind"],
        where=body.get("where", ""),
        note=body.get("note", ""),
        file=file,
        between_shape=shape,
        between_spread=float(spread.get("cv", spread.get("sd", 0.0))),
    )
    if entry.kind not in KINDS:
        raise ValueError(f"{file}: {name}: kind must be one of {KINDS}, not {entry.kind!r}")
    if entry.kind == "assumed" and not entry.note:
        raise ValueError(f"{file}: {name}: an assumed number needs a note")
    if not entry.low <= entry.value <= entry.high:
        raise ValueError(f"{file}: {name}: value must lie within low..high")
    return entry


@functools.cache
def contents(*parts: str) -> dict:
    """What one TOML file under ``data`` says. It is read once and shared: not to be written to."""
    return tomllib.loads(data_file(*parts).read_text("utf-8"))


@functools.cache
def table(*parts: str) -> dict[str, Entry]:
    """The entries of one TOML file under ``data``."""
    return read_entries(contents(*parts), "/".join(parts))


def in_units_of(record: type, entries: Mapping[str, Entry]) -> dict[str, Entry]:
    """The entries that a parameter record asks for, converted to the record's units; missing or unused keys are errors."""
    from dataclasses import replace

    wanted = units_of(record)
    missing, unused = wanted.keys() - entries.keys(), entries.keys() - wanted.keys()
    if missing or unused:
        raise ValueError(f"{record.__name__}: table lacks {sorted(missing)}, has unused {sorted(unused)}")
    converted = {}
    for name, unit in wanted.items():
        e = entries[name]
        try:
            factor = convert(1.0, e.unit, unit.name)
        except KeyError:
            raise ValueError(f"{e.file}: {name}: unit {e.unit!r} cannot be read as {unit.name!r}") from None
        converted[name] = replace(
            e, value=e.value * factor, low=e.low * factor, high=e.high * factor, unit=unit.name, meaning=unit.meaning
        )
    return converted


def record_of(entries: Mapping[str, Entry], rows: int = 1, scores: Mapping[str, np.ndarray] | None = None) -> np.recarray:
    """The values as a record array of `rows` parameter sets; `scores` moves named numbers off their typical value."""
    out = np.zeros(rows, dtype=[(name, "f8") for name in entries])
    for name, e in entries.items():
        out[name] = e.value if scores is None or name not in scores else e.at(scores[name])
    return out.view(np.recarray)


FINGERPRINTED = ("values", "drugs", "diagnostics", "populations", "care", "treatments", "plans", "scan")


def hash_of(folders: Iterable[str] = FINGERPRINTED, files: Iterable[str] = ("*.csv", "*.toml")) -> str:
    """A short fingerprint of every number used: two runs with the same one used the same tables. `files` are those of the
    data folder itself."""
    digest = hashlib.sha256()
    paths = [p for folder in folders for p in data_file(folder).rglob("*") if p.is_file()]
    paths += [p for own in own_folders() for p in own.rglob("*.toml")]
    for path in sorted([*paths, *(p for name in files for p in data_file().glob(name))]):
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[:12]
