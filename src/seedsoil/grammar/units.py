"""Units as annotations that are executed: ``calcium: Quantity["mmol/L", "total calcium in serum"]``.

The annotation is the one home of a field's unit and meaning. Tables are converted into it, documents are generated
from it, and a law test runs the equations on real quantities to prove that it is true.
"""

from __future__ import annotations

from typing import Annotated, NamedTuple, get_args, get_type_hints

# Conversions a value table may use; a law test proves each factor. Everything else must be written in the field's unit.
CONVERSIONS: dict[tuple[str, str], float] = {
    ("1/week", "1/day"): 1.0 / 7.0,
    ("1/month", "1/day"): 1.0 / 30.4375,
    ("1/year", "1/day"): 1.0 / 365.25,
    ("1/hour", "1/day"): 24.0,
    ("hour", "day"): 1.0 / 24.0,
    ("week", "day"): 7.0,
    ("month", "day"): 30.4375,
    ("year", "day"): 365.25,
    ("percent", "1"): 0.01,
    ("percent/year", "1/day"): 0.01 / 365.25,
}

# Words the clinic uses that a unit library must be told; the law test defines them from here.
DEFINITIONS = (
    "giga_cells = 1e9 * count",
    "cell_count = count",
    "point = []",
    "IU = []",
    "nrs = []",
    "person = []",
)


class Unit(NamedTuple):
    """What a field is measured in, and what it means in clinical words."""

    name: str
    meaning: str = ""


class Quantity:
    """``Quantity["unit", "meaning"]`` is the annotation of a number with a unit."""

    def __class_getitem__(cls, item: str | tuple[str, str]):
        unit = Unit(item) if isinstance(item, str) else Unit(*item)
        return Annotated[float, unit]


def units_of(record: type) -> dict[str, Unit]:
    """The unit and meaning of every field of a record, in order."""
    return {name: get_args(hint)[1] for name, hint in get_type_hints(record, include_extras=True).items()}


def convert(value: float, given: str, wanted: str) -> float:
    """`value` in unit `given`, as a number in unit `wanted`; a ``KeyError`` says that the table needs another unit."""
    return value if given == wanted else value * CONVERSIONS[given, wanted]
