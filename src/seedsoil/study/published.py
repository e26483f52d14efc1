"""The published figures (`data/published.csv`, or a file of the same columns), and a simulated one set beside each."""

from __future__ import annotations

import csv
import math
from dataclasses import dataclass
from pathlib import Path

from seedsoil.errors import InputError
from seedsoil.grammar.tables import data_file
from seedsoil.study.outcomes import DAYS_A_MONTH

COLUMNS = ("id", "endpoint", "value", "lower", "upper", "unit", "status", "use", "topic12", "tolerance", "score")
WHY_NOT = ("not_modelled", "no_protocol", "no_value", "cost")
IN_DAYS = (
    "median", "median_among", "mean", "after_median", "state_first_median", "state_lasts_median", "state_response_median",
    "found_median",
)  # fmt: skip
DAYS_IN = {"days": 1.0, "day": 1.0, "weeks": 7.0, "months": DAYS_A_MONTH, "month": DAYS_A_MONTH, "years": 365.25, "year": 365.25}


@dataclass(frozen=True)
class Published:
    """One published figure. NaN where a column is empty."""

    id: str
    population: str
    arm: str
    endpoint: str
    time_point: str
    value: float
    low: float
    high: float
    unit: str
    status: str
    use: str
    topic: str
    tolerance: float
    scored: bool

    @property
    def counts(self) -> bool:
        """Whether it is scored: what was only recalled is shown and never counts."""
        return self.use == "predict" and self.scored and self.status == "VERIFIED"


def read(path: str | Path | None = None) -> dict[str, Published]:
    """The figures by id. Raises InputError for a file without the columns, or a value that is no number."""
    file = Path(path) if path is not None else data_file("published.csv")
    try:
        with open(file, encoding="utf-8-sig", newline="") as lines:
            table = csv.DictReader(lines)
            missing = [name for name in COLUMNS if name not in (table.fieldnames or ())]
            if missing:
                raise InputError(str(file), ", ".join(missing), "a CSV with the columns " + ", ".join(COLUMNS), "add these columns")
            rows = [_row(row, f"{file.name}, line {table.line_num}") for row in table]
    except (OSError, UnicodeDecodeError) as trouble:
        raise InputError("published", str(path), "a CSV file in UTF-8 that can be read", str(trouble)[:100]) from None
    return {row.id: row for row in rows}


def _row(row: dict[str, str], where: str) -> Published:
    text = lambda name: (row.get(name) or "").strip()
    number = lambda name: _number(text(name), f"{where}: {name}")
    return Published(
        text("id"), text("population"), text("arm"), text("endpoint"), text("time_point"), number("value"), number("lower"),
        number("upper"), text("unit"), text("status"), text("use"), text("topic12"), number("tolerance"),
        text("score") == "scored",
    )  # fmt: skip


def _number(text: str, field: str) -> float:
    if not text:
        return math.nan
    try:
        return float(text)
    except ValueError:
        raise InputError(field, text, "a number, or nothing") from None


def in_unit(values: tuple[float, float, float], measure: str, unit: str) -> tuple[float, float, float]:
    """Shares from 0 to 1 and times in days, in the unit of the published figure."""
    if unit.startswith("%") and measure != "state_mean":
        factor = 100.0
    elif unit in DAYS_IN and measure in IN_DAYS:
        factor = 1.0 / DAYS_IN[unit]
    elif unit == "mg/dL":
        factor = 4.008  # calcium, from mmol/L
    else:
        factor = 1.0
    return tuple(factor * v for v in values)  # type: ignore[return-value]
