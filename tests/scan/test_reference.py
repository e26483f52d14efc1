"""Against published solutions of real bones, where their files are at hand: SEEDSOIL_CT names the folder. They are not ours to
ship."""

import json
import os
from pathlib import Path

import numpy as np
import pytest

from seedsoil.scan import density, implant, laws, lesion, reading, vertebra
from seedsoil.scan.solve import Body
from seedsoil.scan.strength import Case, entry, soft_tissue
from seedsoil.scan.vertebra import faces
from seedsoil.scan.volume import sampled

CT = Path(os.environ.get("SEEDSOIL_CT", "no such folder"))
pytestmark = pytest.mark.skipif(not CT.is_dir(), reason="SEEDSOIL_CT names no folder with the reference scans")


def test_a_vertebra_under_cement_bears_the_published_force_within_a_thousandth():
    """L4 of the parosol-py fixtures: its material map; foot held, head pressed down and free to slide."""
    nibabel = pytest.importorskip("nibabel")
    folder = CT / "fe_reference_parosol"
    image = nibabel.load(folder / "field_data" / "vertebra_l4_mini_parosol-py" / "material.nii.gz")
    modulus = np.asarray(image.dataobj).transpose(2, 1, 0).astype(float)
    modulus[modulus < 1e-3] = 0.0
    cap = modulus == 2500.0
    held, moved = np.zeros((3, 51, 96, 87), bool), np.zeros((3, 51, 96, 87))
    held[:, 5] = faces(cap[5])
    held[2, 48] = faces(cap[46])
    moved[2, 48][held[2, 48]] = -0.2924
    pressed = Body(modulus, held, (1.0, 1.0, 1.0)).press(moved, 1e-8)
    assert held[2, 5].sum() == held[2, 48].sum() == 1711
    assert pressed.work / 0.2924 == pytest.approx(6830.066, rel=1e-3)


def test_a_cube_of_trabeculae_is_as_stiff_as_published_within_a_ten_thousandth():
    folder = CT / "fe_reference_parosol" / "trab1240"
    labels = np.load(folder / "trab1240_labels.npz")
    solid = labels[labels.files[0]] > 0
    published = json.loads((folder / "reference.json").read_text())
    edge = published["source"]["spacing_xyz"][0]
    held = np.zeros((3, *(n + 1 for n in solid.shape)), bool)
    held[:, 0] = held[:, -1] = True
    moved = np.zeros(held.shape)
    press = 0.01 * solid.shape[0] * edge
    moved[2, -1] = -press
    pressed = Body(np.where(solid, 10_000.0, 0.0), held, (edge,) * 3).press(moved, 1e-8)
    assert pressed.work / press == pytest.approx(-published["reference"]["reaction_force_z"], rel=1e-4)


def seen_from(part: np.ndarray, up: bool) -> np.ndarray:
    """The nodes of a part that are seen from above, or from below."""
    nodes = np.zeros(tuple(n + 1 for n in part.shape), bool)
    for y, x in zip(*np.nonzero(part.any(axis=0)), strict=True):
        filled = np.flatnonzero(part[:, y, x])
        nodes[filled[-1] + 1 if up else filled[0], y : y + 2, x : x + 2] = True
    return nodes


def test_the_published_l2_is_stiffer_than_its_own_released_files_say():
    """L2 of spineFE-benchmark pressed by its own labels, caps, moduli and nodes (1432 and 1413, as its notebook counts): 10,810
    N/mm where its table says 12,362. Twelve mg/cm^3 more, one error of an internal calibration, would be as stiff as the table."""
    nibabel = pytest.importorskip("nibabel")
    place = str(CT / "L2_spinefe" / "sub-verse004_0000_vertebra_21_")
    density, part = (np.asarray(nibabel.load(f"{place}{n}.nii.gz").dataobj).transpose(2, 1, 0).astype(float) for n in ("im", "seg"))
    top, foot = seen_from(part == 6, True), seen_from(part == 5, False)
    assert (top.sum(), foot.sum()) == (1432, 1413)
    held = np.stack([top | foot] * 3)
    moved = np.zeros(held.shape)
    moved[2][top] = -1.0
    law = laws.law("kopperdahl2002", "vertebra")

    def stiffness(more: float) -> float:
        modulus = np.maximum(law.modulus(density + more, "qct"), 1.0)
        modulus = np.select([part >= 5, part > 0], [2500.0, modulus], 0.0)
        return Body(modulus, held, (1.0, 1.0, 1.0)).press(moved, 1e-6).work

    assert stiffness(0.0) == pytest.approx(10_810.0, rel=1e-3)
    assert stiffness(12.0) == pytest.approx(12_362.0, rel=0.01)


@pytest.fixture(scope="module")
def l3():
    place = str(CT / "L3_tptbox" / "sub-ct_")
    scan = reading.read_scan(f"{place}label-22_ct.nii.gz")
    mask, _ = reading.read_mask(f"{place}seg-vert_label-22_msk.nii.gz", scan)
    parts, _ = reading.read_mask(f"{place}seg-subreg_label-22_msk.nii.gz", scan)
    bone = mask.like((mask.values == 22).astype(np.uint8))
    return scan, bone, parts, density.by_tissues(density.soft(scan, mask.values > 0)), vertebra.stand_up(bone, 1.0)


def test_the_body_of_a_real_vertebra_is_found_where_it_was_drawn_by_hand(l3):
    _, bone, parts, _, stood = l3
    drawn = bone.like(((parts.values >= 49) & (bone.values > 0)).astype(float))
    body = sampled(drawn, stood.frame, stood.shape) > 0.5
    assert 2 * (body & stood.body).sum() / (body.sum() + stood.body.sum()) > 0.96


@pytest.mark.parametrize(("ml", "lost", "woven"), [(4.0, 0.7, 0.0), (4.0, 1.0, 0.0), (6.0, 0.0, 1.2)])
def test_a_lesion_put_into_a_real_vertebra_is_recovered_within_a_twentieth(l3, ml, lost, woven):
    scan, bone, _, line, stood = l3
    share = implant.round_lesion(bone, implant.usual_place(stood.body, stood.frame), ml, 1.0)
    new = implant.of_state(scan, share, lost, woven, line, entry("marrow.hu").value, entry("tumour.hu").value)
    own = np.clip(sampled(bone.like((share >= 0.5).astype(float)), stood.frame, stood.shape), 0.0, 1.0) * stood.mask
    before, now = (line.density(sampled(volume, stood.frame, stood.shape)) for volume in (scan, new))
    case = Case(new, bone, "L3", line, laws.law("kopperdahl2002", "vertebra"))
    found = lesion.measured(stood, own, before, now, "known", *soft_tissue(case))
    assert found.volume_ml == pytest.approx(ml, rel=0.05)
    assert found.lost - found.woven == pytest.approx(lost - woven, rel=0.05)
