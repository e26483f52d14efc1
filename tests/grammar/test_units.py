"""Units are executed: the equations are run on quantities with units, and what comes out has the unit and the size that the
annotations promise."""

from types import SimpleNamespace

import numpy as np
import pint
import pytest

from seedsoil.biology import minerals, rates
from seedsoil.biology.body import Body, Effects, Growing, Lesion, LesionTraits, Quick, Site, Slow, Soil, Sums, Traits
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
def ureg() -> pint.UnitRegistry:
    registry = pint.UnitRegistry()
    for line in units.DEFINITIONS:
        registry.define(line)
    return registry


@pytest.mark.parametrize("record", RECORDS, ids=lambda r: r.__name__)
def test_every_field_has_a_unit_that_can_be_read_and_a_meaning(record, ureg):
    for name, unit in units_of(record).items():
        assert ureg.Quantity(1.0, unit.name) is not None, name
        assert unit.meaning, name


@pytest.mark.parametrize(("pair", "factor"), units.CONVERSIONS.items(), ids=str)
def test_every_conversion_is_what_a_unit_library_says(pair, factor, ureg):
    given, wanted = pair
    assert ureg.Quantity(1.0, given).to(wanted).magnitude == pytest.approx(factor, rel=1e-9)


def test_a_conversion_nobody_wrote_down_is_refused():
    assert convert(3.0, "mL", "mL") == 3.0
    with pytest.raises(KeyError):
        convert(3.0, "mL", "1/day")


def test_an_annotation_says_unit_and_meaning():
    class Seen:
        calcium: Quantity["mmol/L", "calcium in serum"]  # noqa: F821

    assert units_of(Seen)["calcium"] == ("mmol/L", "calcium in serum")


class Bedside:
    """The same made-up person twice: plain numbers, and quantities written in quite other units."""

    def __init__(self, ureg: pint.UnitRegistry) -> None:
        self.ureg, self.luck = ureg, np.random.default_rng(4)
        typical = parameters.typical()
        self.p = self.read((*parameters.RECORDS.values(), minerals.Derived), typical.params[0])
        self.site = self.read((Site,), typical.sites[20])
        self.y, self.x = self.drawn(Body, 0.8, 1.4), self.drawn(Traits, 0.5, 1.5)
        self.l, self.t = self.drawn(Lesion, 0.1, 0.9), self.drawn(LesionTraits, 0.2, 0.8)
        self.rx, self.sums = self.drawn(Effects, 0.05, 0.3), self.drawn(Sums, 0.01, 0.2)

    def read(self, records: tuple[type, ...], row: np.void):
        return self.both(records, {name: float(row[name]) for record in records for name in units_of(record)})

    def drawn(self, record: type, low: float, high: float):
        return self.both((record,), {name: float(self.luck.uniform(low, high)) for name in units_of(record)})

    def both(self, records: tuple[type, ...], values: dict[str, float]) -> tuple[SimpleNamespace, SimpleNamespace]:
        named = {name: unit.name for r in records for name, unit in units_of(r).items()}
        # base units (metre, second, mole ...): a number that hides a unit would now be wrong by its factor
        quantities = {name: self.ureg.Quantity(values[name], unit).to_base_units() for name, unit in named.items()}
        return SimpleNamespace(**values), SimpleNamespace(**quantities)


@pytest.fixture(scope="module")
def bedside(ureg) -> Bedside:
    return Bedside(ureg)


def compared(call, arguments, record: type, bedside: Bedside, per_day: bool) -> list[str]:
    """Fields whose quantity is not the plain number in the unit the record promises; a day less for a rate."""
    plain, real = (call(*[a[i] for a in arguments]) for i in (0, 1))
    wrong = []
    for (name, unit), number, quantity in zip(units_of(record).items(), plain, real, strict=True):
        pairs = [(number, quantity, unit.name)]
        if per_day:
            pairs = [(number[0], quantity[0], f"({unit.name})/day"), (number[1], quantity[1], "1/day")]
        for value, with_unit, wanted in pairs:
            try:
                found = bedside.ureg.Quantity(with_unit).to(wanted).magnitude
            except pint.DimensionalityError as trouble:
                wrong.append(f"{name}: {trouble}")
                continue
            if not np.isclose(found, value, rtol=1e-8, atol=1e-300):
                wrong.append(f"{name}: {found} against {value} {wanted}")
    return wrong


@pytest.mark.parametrize(("call", "record"), [(rates.quick, Quick), (rates.slow, Slow)], ids=["quick", "slow"])
def test_the_units_of_the_body_balance(call, record, bedside):
    b = bedside
    assert compared(call, (b.y, b.x, b.rx, b.sums, b.p), record, b, per_day=True) == []


def test_the_units_of_a_lesion_balance(bedside):
    b = bedside
    assert compared(rates.soil, (b.y, b.x, b.rx, b.sums, b.p), Soil, b, per_day=False) == []
    soil = tuple(rates.soil(b.y[i], b.x[i], b.rx[i], b.sums[i], b.p[i]) for i in (0, 1))
    assert compared(rates.lesion, (b.l, soil, b.x, b.t, b.site, b.rx, b.p), Growing, b, per_day=True) == []
    assert compared(rates.contribution, (b.l, b.y, soil, b.x, b.t, b.site, b.rx, b.p), Sums, b, per_day=False) == []


def test_the_units_of_what_can_happen_balance(bedside):
    b = bedside
    age = (71.0, b.ureg.Quantity(71.0, "year").to_base_units())
    assert compared(rates.hazards, (b.y, b.x, b.sums, b.rx, age, b.p), Hazards, b, per_day=False) == []
    falls = (0.01, b.ureg.Quantity(0.01, "1/day").to_base_units())
    for i, quantity in enumerate(rates.lesion_hazards(*(a[1] for a in (b.l, b.y, b.x, b.site, b.rx, falls, b.p)))):
        plain = rates.lesion_hazards(*(a[0] for a in (b.l, b.y, b.x, b.site, b.rx, falls, b.p)))[i]
        assert bedside.ureg.Quantity(quantity).to("1/day").magnitude == pytest.approx(plain, rel=1e-8)


def test_a_wrong_unit_would_be_noticed(bedside):
    """The proof can fail: calcium in milligrams per litre does not pass for millimoles."""
    b = bedside
    wrong = SimpleNamespace(**(vars(b.y[1]) | {"calcium": b.ureg.Quantity(2.4, "mg/L")}))
    with pytest.raises(pint.DimensionalityError):
        compared(rates.quick, ((b.y[0], wrong), b.x, b.rx, b.sums, b.p), Quick, b, per_day=True)
