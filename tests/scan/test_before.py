"""The bone before its lesion: reckoned from the other side, from the vertebrae beside it, from the bone around, and how sure."""

import numpy as np
import pytest
from scipy import ndimage
from tests.scan import made

from seedsoil.errors import InputError
from seedsoil.scan import before, bones, density, femur, implant, vertebra
from seedsoil.scan.volume import sampled


def grainy(scan, mask, seed, denser=0.0):
    """Spongy bone that differs from place to place, the same on both sides."""
    grain = ndimage.gaussian_filter(np.random.default_rng(seed).standard_normal(scan.values.shape), 4.0) * 900.0
    grain = 0.5 * (grain + grain[:, :, ::-1])
    return scan.like(np.where(mask.values > 0, scan.values + grain + denser, scan.values).astype(np.float32))


@pytest.fixture(scope="module")
def bone():
    plain, mask = made.vertebra()
    scan = grainy(plain, mask, 1)
    calibration = density.by_tissues(density.soft(scan, mask.values > 0))
    stood = vertebra.stand_up(mask, 1.5)
    other = grainy(plain, mask, 1, denser=40.0)
    seen = lambda volume: calibration.density(sampled(volume, stood.frame, stood.shape))
    return stood, seen(scan), ((stood, seen(other)),)


def sick(bone, aside):
    """(where, density with it, true mean) of a lesion of 3 mL that shows soft tissue alone."""
    stood, whole, _ = bone
    own = made.Volume(stood.mask.astype(np.uint8), stood.frame, "label", "bone")
    share = implant.round_lesion(own, implant.usual_place(stood.body, stood.frame) + np.array(aside), 3.0, 1.0)
    return share >= 0.5, (1.0 - share) * whole + share * 30.0, float(whole[share >= 0.5].mean())


@pytest.mark.parametrize("way", before.WAYS)
def test_each_way_finds_the_mineral_that_was_there_within_a_tenth(bone, way):
    inside, now, true = sick(bone, (11.0, 6.0, 0.0))
    was = before.reckoned(before.Healthy(bone[0], now, bone[2]), inside, way)
    assert was.density[inside].mean() == pytest.approx(true, rel=0.1)
    assert was.said.startswith(before.WORDS[way][:6]) and 0.0 < was.error < 0.4
    assert np.array_equal(was.density[~inside], now[~inside])


def test_a_denser_neighbour_is_brought_to_this_bones_own_level(bone):
    inside, now, true = sick(bone, (11.0, 6.0, 0.0))
    raw = bone[2][0][1][inside].mean()
    was = before.reckoned(before.Healthy(bone[0], now, bone[2]), inside, "neighbour")
    assert abs(was.density[inside].mean() - true) < 0.3 * abs(raw - true)


def test_a_lesion_across_the_middle_has_no_mirror_and_says_so(bone):
    inside, now, _ = sick(bone, (0.0, 6.0, 0.0))
    with_beside = before.reckoned(before.Healthy(bone[0], now, bone[2]), inside, "mirror")
    alone = before.reckoned(before.Healthy(bone[0], now), inside, "mirror")
    assert "neighbour" in with_beside.said and "neighbour" not in alone.said and "in-fill" in alone.said


def test_a_neighbour_that_is_not_there_is_refused(bone):
    inside, now, _ = sick(bone, (11.0, 6.0, 0.0))
    with pytest.raises(InputError, match="above or below"):
        before.reckoned(before.Healthy(bone[0], now), inside, "neighbour")


def test_the_vertebrae_beside_one_are_those_that_are_whole():
    values = np.zeros((40, 8, 8), np.uint16)
    for label, low, high in ((21, 0, 8), (22, 12, 18), (23, 22, 28), (24, 32, 40)):
        values[low:high, 2:6, 2:6] = label
    mask = made.Volume(values, np.eye(4), "label", "made")
    assert [int(one.values.sum()) for one in bones.beside(mask, "verse", "L3", None)] == [6 * 16]
    assert len(bones.beside(mask, "verse", "L4", None)) == 1


def test_a_femur_is_compared_with_the_other_side():
    scan, mask = made.femur((3.0, 3.0, 3.0), 1.0)
    mirrored, twin_mask = made.femur((3.0, 3.0, 3.0), -1.0)
    marks, twin = femur.landmarks(mask), femur.landmarks(twin_mask)
    stood, other = (femur.stand(m, femur.pose_axes(k, "stance"), 3.0) for m, k in ((mask, marks), (twin_mask, twin)))
    whole, beside = (sampled(s, one.frame, one.shape, outside=-1000.0) for s, one in ((scan, stood), (mirrored, other)))
    own = made.Volume(stood.mask.astype(np.uint8), stood.frame, "label", "bone")
    share = implant.round_lesion(own, marks.head - 22.0 * marks.medial - 20.0 * marks.up, 12.0, 1.0)
    inside, now = share >= 0.5, (1.0 - share) * whole
    was = before.reckoned(before.Healthy(stood, now, twin=(other, beside), paired=True), inside, "mirror")
    alone = before.reckoned(before.Healthy(stood, now, paired=True), inside, "mirror")
    assert was.density[inside].mean() == pytest.approx(whole[inside].mean(), rel=0.1)
    assert was.said.startswith("mirror") and alone.said.startswith("in-fill")
