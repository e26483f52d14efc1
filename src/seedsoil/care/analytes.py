"""The table of analytes: the unit of each, how other units turn into it, and what can be true of a living person."""

from __future__ import annotations

import csv
import math
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from seedsoil.errors import InputError
from seedsoil.grammar.own_tests import own_tests


@dataclass(frozen=True)
class Analyte:
    """One measurable thing: its own unit, conversions into it, and three ranges, all in that unit.

    possible: outside it no living adult has been; plausible: outside it a careful reader would ask again;
    reference: what a healthy adult has (None where there is no such thing, as for weight).
    """

    id: str
    label: str
    unit: str
    possible: tuple[float, float]
    plausible: tuple[float, float]
    reference: tuple[float, float] | None
    factors: dict[str, float]  # from a unit, as `plain_unit` writes it, to the analyte's own
    source: str
    note: str

    @property
    def needs_unit(self) -> bool:
        """Scores speak for themselves; a concentration without a unit does not."""
        return self.unit != "1"


def plain_unit(unit: str) -> str:
    """One spelling for the many of a unit: `10^9/l`, `x10*9/L` and `10*9/L` are the same."""
    text = unit.strip().replace("µ", "u").replace("μ", "u").replace("²", "2").replace("³", "3").replace("⁹", "*9")
    text = text.replace("^", "*").replace("·", ".").replace("**", "*").lower().replace(" ", "")
    text = text.replace("mcg", "ug").replace("litre", "l").replace("liter", "l").removeprefix("x")
    text = text.replace("10e", "10*").replace("1.73_m2", "1.73m2").replace("1.73m*2", "1.73m2")
    if text.startswith("{") and text.endswith("}"):
        return text[1:-1]
    return text.replace("{", "").replace("}", "")


def _number(text: str) -> float:
    above, _, below = text.partition("/")
    return float(above) / float(below) if below else float(above)


def _range(row: dict[str, str], name: str) -> tuple[float, float] | None:
    low, high = row[f"{name}_low"], row[f"{name}_high"]
    return (float(low), float(high)) if low and high else None


@cache
def analytes() -> dict[str, Analyte]:
    """Every row of data/analytes.csv by its id."""
    text = files("seedsoil").joinpath("data/analytes.csv").read_text(encoding="utf-8")
    table = {}
    for row in csv.DictReader(text.splitlines()):
        factors = {plain_unit(row["unit"]): 1.0}
        for pair in filter(None, row["conversions"].split(";")):
            unit, _, factor = pair.rpartition("=")
            factors[plain_unit(unit)] = _number(factor)
        possible, plausible = _range(row, "possible"), _range(row, "plausible")
        assert possible and plausible, row["id"]
        table[row["id"]] = Analyte(
            row["id"], row["label"], row["unit"], possible, plausible, _range(row, "reference"), factors,
            row["source"], row["note"],
        )  # fmt: skip
    for own in own_tests().values():
        wide = (own.reference[0] / 1000.0, own.reference[1] * 1000.0)
        table[own.id] = Analyte(own.id, own.label, own.unit, wide, wide, own.reference, {plain_unit(own.unit): 1.0}, "", "")
    return table


def analyte(what: str) -> Analyte:
    """One row of the table; an unknown id is a mistake of the caller."""
    return analytes()[what]


def converted(what: str, value: float, unit: str | None) -> float | None:
    """A value in the analyte's own unit, or None where the unit is not one the table knows."""
    row = analyte(what)
    if unit is None or not unit.strip():
        return None if row.needs_unit else value
    factor = row.factors.get(plain_unit(unit))
    return None if factor is None else value * factor


def refuse_impossible(what: str, value: float, field: str, stated: str, unit: str | None = None) -> None:
    """Refuse a value (in the analyte's own unit) that no living adult can have.

    field: where it stands; stated: the value as it was written; unit: the unit as it was written.
    """
    row = analyte(what)
    low, high = row.possible
    # one part in 1e9: a limit written in another unit must not fail by its rounding
    slack = 1e-9 * max(abs(low), abs(high))
    if not (math.isfinite(value) and low - slack <= value <= high + slack):
        factor = row.factors.get(plain_unit(unit or ""), 1.0)  # the range in the unit the reader wrote
        named = "" if row.unit == "1" else f" {unit if unit else row.unit}"
        raise InputError(
            field, f"{row.label} {stated}{named}", f"{low / factor:.4g} to {high / factor:.4g}{named}",
            "no living adult has such a value; check the number and its unit",
        )  # fmt: skip


def flags_of(what: str, value: float) -> tuple[str, ...]:
    """("implausible",) for a value that is possible but hard to believe."""
    low, high = analyte(what).plausible
    return () if low <= value <= high else ("implausible",)
