"""The equations on real quantities: every annotation is true, in dimension and in size."""

from types import SimpleNamespace

import numpy as np
import pint
import pytest
from tests.biology.bodies import HEALTHY, healthy

from seedsoil.biology import minerals, rates
from seedsoil.biology.body import (
    Body,
    Effects,
    Growing,
    Lesion,
    LesionTraits,
    Quick,
    Site,
    Slow,
    Soil,
    Sums,
    Traits,
)
from seedsoil.biology.person import Hazards
from seedsoil.grammar.units import CONVERSIONS, DEFINITIONS, units_of
from seedsoil.treatments import kinetics
from seedsoil.world import parameters

UNITS = pint.UnitRegistry()
for definition in DEFINITIONS:
    UNITS.define(definition)
CASES = range(4)


def unit(name):
    """A unit of the annotations as pint knows it."""
    return UNITS.Unit("" if name == "1" else name)


def both(record, numbers):
    """A record of plain numbers, and the same with its units on."""
    units = units_of(record)
    assert units.keys() == numbers.keys()
    plain = {name: float(value) for name, value in numbers.items()}
    return record(**plain), record(**{name: UNITS.Quantity(v, unit(units[name].name)) for name, v in plain.items()})


def values():
    """The parameters, plain and with their units."""
    units = {name: u.name for record in parameters.RECORDS.values() for name, u in units_of(record).items()}
    units |= {name: u.name for name, u in units_of(minerals.Derived).items()}
    row = parameters.typical().params[0]
    plain = {name: float(row[name]) for name in row.dtype.names}
    assert plain.keys() == units.keys()
    with_units = {name: UNITS.Quantity(v, unit(units[name])) for name, v in plain.items()}
    return SimpleNamespace(**plain), SimpleNamespace(**with_units)


P, P_UNITS = values()


@pytest.fixture(params=CASES, ids=lambda case: f"body {case}")
def world(request):
    """A sick body under treatment, every field off its healthy value: plain records, and the same with units."""
    rng = np.random.default_rng(request.param)
    near = lambda x, width=0.3: x * rng.uniform(1.0 - width, 1.0 + width)
    body = dict(zip(Body._fields, healthy().body[0], strict=True))
    body = {name: near(v) if v > 0.0 else rng.uniform(0.05, 0.6) for name, v in body.items()}
    body["calcium"] = rng.uniform(1.9, 3.6)
    traits = {name: near(max(v, 0.01)) for name, v in HEALTHY.items()}
    effects = {name: rng.uniform(0.05, 0.7) for name in Effects._fields}
    sums = {name: rng.uniform(0.05, 0.7) for name in Sums._fields} | {"pthrp": rng.uniform(0.0, 15.0)}
    lesion = {name: rng.uniform(0.1, 1.5) for name in Lesion._fields} | {"sensitive": rng.uniform(0.5, 9.0)}
    drives = {name: rng.uniform(0.1, 0.9) for name in LesionTraits._fields} | {"lytic_drive": rng.uniform(2.0, 25.0)}
    row = parameters.sites()[rng.choice(np.flatnonzero(parameters.sites()["spinal"] > 0.0))]
    site = {name: float(row[name]) for name in Site._fields}
    people = [(Body, body), (Traits, traits), (Effects, effects), (Sums, sums)]
    records = [*people, (Lesion, lesion), (LesionTraits, drives), (Site, site)]
    plain, real = zip(*(both(record, numbers) for record, numbers in records), strict=True)
    return plain, real


def size(quantity, name):
    """The magnitude in this unit; an error where the dimension is another."""
    return UNITS.Quantity(quantity).to(unit(name)).magnitude


def assert_rates(record, plain, real):
    """Gains carry the field's unit a day, losses 1/day, and both the size of the plain numbers."""
    for name, field in units_of(record).items():
        gain, loss = getattr(real, name)
        per_day = "1/day" if field.name == "1" else f"({field.name})/day"
        assert size(gain, per_day) == pytest.approx(getattr(plain, name)[0], rel=1e-9, abs=1e-300), name
        assert size(loss, "1/day") == pytest.approx(getattr(plain, name)[1], rel=1e-9, abs=1e-300), name


def assert_same(record, plain, real):
    """Every field in its own unit and of the plain number's size."""
    for name, field in units_of(record).items():
        assert size(getattr(real, name), field.name) == pytest.approx(getattr(plain, name), rel=1e-9, abs=1e-300), name


def test_rates_of_the_person_balance(world):
    """Quick and slow states."""
    (y, x, rx, sums, *_), (yu, xu, rxu, sumsu, *_) = world
    assert_rates(Quick, rates.quick(y, x, rx, sums, P), rates.quick(yu, xu, rxu, sumsu, P_UNITS))
    assert_rates(Slow, rates.slow(y, x, rx, sums, P), rates.slow(yu, xu, rxu, sumsu, P_UNITS))


def test_rates_of_a_lesion_balance(world):
    """The soil it feels, its own states, and what it gives to the person."""
    (y, x, rx, sums, l, t, site), (yu, xu, rxu, sumsu, lu, tu, siteu) = world
    soil, soil_units = rates.soil(y, x, rx, sums, P), rates.soil(yu, xu, rxu, sumsu, P_UNITS)
    assert_same(Soil, soil, soil_units)
    assert_rates(Growing, rates.lesion(l, soil, x, t, site, rx, P), rates.lesion(lu, soil_units, xu, tu, siteu, rxu, P_UNITS))
    part = rates.contribution(l, y, soil, x, t, site, rx, P)
    assert_same(Sums, part, rates.contribution(lu, yu, soil_units, xu, tu, siteu, rxu, P_UNITS))


def test_hazards_are_events_a_day(world):
    """Of the person and of a lesion."""
    (y, x, rx, sums, l, t, site), (yu, xu, rxu, sumsu, lu, tu, siteu) = world
    age = 71.0
    plain = rates.hazards(y, x, sums, rx, age, P)
    real = rates.hazards(yu, xu, sumsu, rxu, UNITS.Quantity(age, "year"), P_UNITS)
    assert_same(Hazards, plain, real)
    here = rates.lesion_hazards(l, y, x, t, site, rx, plain.fall, P)
    there = rates.lesion_hazards(lu, yu, xu, tu, siteu, rxu, real.fall, P_UNITS)
    for number, quantity in zip(here, there, strict=True):
        assert size(quantity, "1/day") == pytest.approx(number, rel=1e-9, abs=1e-300)


def test_kinetics_of_drugs_balance():
    """Antibody and bisphosphonate: gains in mg a day, losses 1/day."""
    numbers = {name: 0.3 + 0.1 * i for i, name in enumerate(kinetics.Kinetics._fields)}
    k, k_units = both(kinetics.Kinetics, numbers)
    milligrams = (4.0, 2.0, 1.0)
    real = tuple(UNITS.Quantity(a, "mg") for a in milligrams)
    pairs = [*zip(kinetics.depot(milligrams, k), kinetics.depot(real, k_units), strict=True)]
    one = UNITS.Quantity(0.7, "")
    pairs += zip(kinetics.bone_bound(4.0, 2.0, 0.7, k), kinetics.bone_bound(real[0], real[1], one, k_units), strict=True)
    for plain, quantity in pairs:
        assert size(quantity[0], "mg/day") == pytest.approx(plain[0])
        assert size(quantity[1], "1/day") == pytest.approx(plain[1])


def test_a_wrong_unit_is_found(world):
    """The law can fail: a slope in the wrong unit, or a time in weeks, does not pass."""
    (y, x, rx, sums, *_), (yu, xu, rxu, sumsu, *_) = world
    plain = rates.quick(y, x, rx, sums, P)
    wrong = SimpleNamespace(**vars(P_UNITS) | {"pth_slope": UNITS.Quantity(7.0, "mmol/L")})
    with pytest.raises(pint.DimensionalityError):
        rates.quick(yu, xu, rxu, sumsu, wrong)
    slow = SimpleNamespace(**vars(P_UNITS) | {"volume_time": UNITS.Quantity(P.volume_time, "week")})
    with pytest.raises(AssertionError):
        assert_rates(Quick, plain, rates.quick(yu, xu, rxu, sumsu, slow))


@pytest.mark.parametrize("pair", CONVERSIONS, ids=" to ".join)
def test_conversions_of_the_tables_are_right(pair):
    """Each factor is the unit library's."""
    given, wanted = pair
    assert UNITS.Quantity(1.0, unit(given)).to(unit(wanted)).magnitude == pytest.approx(CONVERSIONS[pair], rel=1e-12)
