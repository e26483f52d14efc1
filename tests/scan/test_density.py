"""From HU to density to modulus: each way finds the line it was made with, and laws are not mixed."""

import numpy as np
import pytest
from tests.scan import made

from seedsoil.errors import InputError
from seedsoil.scan import density, laws, study


def test_tissues_are_found_in_a_noisy_scan():
    scan, mask = made.vertebra(noise=30.0)
    found = density.tissue_peaks(density.soft(scan, mask.values > 0))
    assert found["fat"] == pytest.approx(made.FAT, abs=6.0)
    assert found["muscle"] == pytest.approx(made.MUSCLE, abs=6.0)
    assert found["air"] == pytest.approx(made.AIR, abs=6.0)


def test_rods_give_back_their_line_and_its_error():
    rng = np.random.default_rng(0)
    rods = [(hu, 0.8 * hu - 5.0 + rng.normal(0.0, 3.0)) for hu in (-50.0, 0.0, 100.0, 250.0, 480.0)]
    line = density.by_rods(rods)
    assert line.slope == pytest.approx(0.8, abs=0.02)
    assert line.error(100.0) < line.error(1000.0)
    assert line.hu(line.density(123.0)) == pytest.approx(123.0)
    slopes, intercepts = line.drawn(rng.normal(size=(4000, 2)))
    assert np.std(slopes * 300.0 + intercepts) == pytest.approx(line.error(300.0), rel=0.06)


def test_rods_in_the_wrong_order_are_refused():
    with pytest.raises(InputError, match="rises with HU"):
        density.by_rods([(0.0, 300.0), (200.0, 100.0), (400.0, 0.0)])


def test_without_air_the_line_is_less_sure_and_says_so():
    scan, mask = made.vertebra()
    soft = density.soft(scan, mask.values > 0)
    with_air, without = density.by_tissues(soft), density.by_tissues(soft[soft > -300.0])
    assert without.error(300.0) > 2.0 * with_air.error(300.0)
    assert any("air" in w for w in without.warnings)


def test_the_energy_way_reads_a_published_calibration():
    """The tissue values of one published scan: its report says 97 keV."""
    hu = {"air": -956.8, "fat": -82.6, "muscle": 24.6}
    rng = np.random.default_rng(0)
    soft = np.concatenate([rng.normal(v, 4.0, 4000) for v in hu.values()])
    line = density.by_energy(soft, np.full(1000, 1226.2))
    assert float(line.way.split("(")[1].split()[0]) == pytest.approx(97.0, abs=6.0)
    assert 0.7 < line.slope < 0.95


def test_laws_differ_and_know_their_density():
    one, two = laws.law("kopperdahl2002", "vertebra"), laws.law("morgan2003_vertebra", "vertebra")
    with pytest.raises(InputError, match="apparent density"):
        two.modulus(np.array([100.0]), "qct")
    as_apparent = laws.converted(np.array([100.0]), "qct", "apparent")
    assert as_apparent == pytest.approx((1.06 * 100.0 + 38.9) / 0.6)
    assert one.modulus(np.array([100.0]), "qct") == pytest.approx(2980.0 * 0.1**1.05)
    assert two.modulus(as_apparent, "apparent") > 0.0


def test_a_law_of_another_bone_is_refused():
    with pytest.raises(InputError, match="vertebra"):
        laws.law("keller1994", "vertebra")
    with pytest.raises(InputError, match="in this order"):
        laws.converted(np.array([100.0]), "apparent", "qct")


def test_metal_near_the_bone_and_contrast_are_warned_of():
    scan, mask = made.vertebra()
    bone = mask.values > 0
    assert study.seen_in(scan, bone, bone, "HU") == []
    screw = scan.values.copy()
    screw[28:32, 60:70, 44:50] = 3071.0
    assert "metal" in study.seen_in(scan.like(screw), bone, bone, "HU")[0]
    bright = np.where(np.abs(scan.values - made.MUSCLE) < 5.0, 75.0, scan.values)
    assert "contrast" in study.seen_in(scan.like(bright), bone, bone, "HU")[0]
