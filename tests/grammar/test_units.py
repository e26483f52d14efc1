"""Units as annotations: every field says what it is measured in and what it means, and tables are converted into that. That
the equations balance is shown in ``tests/laws``."""

import pint
import pytest

from seedsoil.biology import minerals
from seedsoil.biology.body import Body, Effects, Lesion, LesionTraits, Site, Soil, Sums, Traits
from seedsoil.biology.person import Hazards
from seedsoil.grammar import units
from seedsoil.grammar.units import Quantity, convert, units_of
from seedsoil.treatments import kinetics
from seedsoil.world import parameters

RECORDS = (
    Body, Lesion, Traits, LesionTraits, Site, Effects, Soil, Sums, Hazards, kinetics.Onboard, kinetics.Kinetics,
    minerals.Derived, *parameters.RECORDS.values(),
)  # fmt: skip


@pytest.fixture(scope="module")
def registry() -> pint.UnitRegistry:
    """A unit library that has been told the clinic's own words."""
    out = pint.UnitRegistry()
    for line in units.DEFINITIONS:
        out.define(line)
    return out


@pytest.mark.parametrize("record", RECORDS, ids=lambda r: r.__name__)
def test_every_field_has_a_unit_that_can_be_read_and_a_meaning(record, registry):
    for name, unit in units_of(record).items():
        assert registry.Quantity(1.0, unit.name) is not None, name
        assert unit.meaning, name


def test_an_annotation_says_unit_and_meaning_in_the_order_of_the_fields():
    class Seen:
        calcium: Quantity["mmol/L", "calcium in serum"]  # noqa: F821
        weight: Quantity["kg"]  # noqa: F821

    assert list(units_of(Seen).items()) == [("calcium", ("mmol/L", "calcium in serum")), ("weight", ("kg", ""))]


def test_a_conversion_nobody_wrote_down_is_refused():
    assert convert(3.0, "mL", "mL") == 3.0
    assert convert(7.0, "1/week", "1/day") == pytest.approx(1.0)
    with pytest.raises(KeyError):
        convert(3.0, "mL", "1/day")
