"""Lesions measured: what was put into a bone comes out again."""

import numpy as np
import pytest
from tests.scan import made

from seedsoil.errors import InputError
from seedsoil.scan import before, density, implant, laws, lesion, scores, vertebra
from seedsoil.scan.strength import Case, entry, soft_tissue
from seedsoil.scan.volume import sampled


@pytest.fixture(scope="module")
def bone():
    scan, mask = made.vertebra(noise=20.0)
    calibration = density.by_tissues(density.soft(scan, mask.values > 0))
    return scan, mask, calibration, vertebra.stand_up(mask, 1.0)


def measured(bone, scan, mask_of_lesion, way="known"):
    whole, mask, calibration, stood = bone
    share = np.clip(sampled(mask_of_lesion, stood.frame, stood.shape), 0.0, 1.0) * stood.mask
    now = calibration.density(sampled(scan, stood.frame, stood.shape))
    if way == "known":
        intact = calibration.density(sampled(whole, stood.frame, stood.shape))
    else:
        was = before.reckoned(before.Healthy(stood, now), share >= 0.5, way)
        intact, way = was.density, was.said
    case = Case(scan, mask, "L3", calibration, laws.law("kopperdahl2002", "vertebra"))
    return lesion.measured(stood, share, intact, now, way, *soft_tissue(case))


def with_state(bone, ml, lost, woven, aside=(0.0, 0.0, 0.0)):
    scan, mask, calibration, stood = bone
    centre = implant.usual_place(stood.body, stood.frame) + np.array(aside)
    share = implant.round_lesion(mask, centre, ml, 1.0)
    new = implant.of_state(scan, share, lost, woven, calibration, entry("marrow.hu").value, entry("tumour.hu").value)
    return new, mask.like((share >= 0.5).astype(np.uint8))


@pytest.mark.parametrize(("ml", "lost", "woven"), [(4.0, 0.7, 0.0), (2.0, 1.0, 0.0), (6.0, 0.0, 1.2), (3.0, 0.4, 0.0)])
@pytest.mark.parametrize("way", ["known", "mirror"])
def test_a_lesion_of_the_simulator_is_recovered_within_a_twentieth(bone, ml, lost, woven, way):
    """Round trip: its volume and mineral go into the scan and come out of it, also where the bone before it is reckoned."""
    found = measured(bone, *with_state(bone, ml, lost, woven, aside=(10.0, 6.0, 0.0)), way)
    assert found.volume_ml == pytest.approx(ml, rel=0.05)
    assert found.lost - found.woven == pytest.approx(lost - woven, rel=0.05)
    assert found.kind == ("lytic" if lost else "blastic")


def test_a_ball_measures_its_diameter(bone):
    found = measured(bone, *with_state(bone, 2.0, 1.0, 0.0, aside=(0.0, 10.0, 0.0)))
    assert found.longest_mm == pytest.approx((6.0 * 2000.0 / np.pi) ** (1 / 3), rel=0.08)
    assert not found.breached
    assert "central" in found.place and "middle" in found.place


def test_a_lesion_at_the_wall_takes_cortex_and_breaches(bone):
    inner = measured(bone, *with_state(bone, 3.0, 1.0, 0.0, aside=(0.0, 8.0, 0.0)))
    outer = measured(bone, *with_state(bone, 3.0, 1.0, 0.0, aside=(16.0, 6.0, 0.0)))
    assert outer.breached and outer.breach_mm2 > 20.0 and outer.cortex_axial_mm > 5.0
    assert outer.cortex_circumference_share > inner.cortex_circumference_share
    assert "right" in outer.place


def test_a_lesion_of_another_bone_is_refused(bone):
    scan, mask = bone[:2]
    far = np.zeros_like(mask.values)
    far[2:5, 2:5, 2:5] = 1
    with pytest.raises(InputError, match="within the bone"):
        measured(bone, scan, mask.like(far))


def test_scores_without_pain_are_ranges_as_wide_as_pain_counts(bone):
    stood = bone[3]
    found = measured(bone, *with_state(bone, 4.0, 1.0, 0.0))
    spine = scores.sins("L3", found, stood, np.zeros(stood.shape, bool))
    assert spine["score"]["high"] - spine["score"]["low"] == 3 + 4  # pain 0-3, alignment 0-4
    limb = scores.mirels("femur_neck_left", found)
    assert limb["score"]["high"] - limb["score"]["low"] == 2
    assert scores.mirels("L3", found) is None


def test_a_collapsed_body_is_seen():
    scan, mask = made.vertebra()
    whole = vertebra.body_of(mask.values > 0, mask.spacing)
    z = np.arange(60)[:, None, None]
    front = np.arange(96)[None, :, None] > 55
    wedge = whole & ~(front & (z > 34))
    assert scores.height_ratio(whole) > 0.9
    assert scores.height_ratio(wedge) < 0.8
    assert scan.unit == "HU"
