"""A femur made by code: its parts found, stood and laid on its side, with lesions that weaken it."""

import json

import numpy as np
import pytest
from tests.scan import made

from seedsoil.doors import cli
from seedsoil.errors import InputError
from seedsoil.scan import density, femur, implant, laws
from seedsoil.scan.strength import Case, femur_model


@pytest.fixture(scope="module", params=[1.0, -1.0], ids=["right side", "left side"])
def bone(request):
    scan, mask = made.femur((3.0, 3.0, 3.0), request.param)
    calibration = density.by_tissues(density.soft(scan, mask.values > 0))
    return scan, mask, calibration, femur.landmarks(mask), request.param


def test_head_and_shaft_are_found(bone):
    marks, side = bone[3], bone[4]
    assert marks.head == pytest.approx([38.0 * side, 0.0, 62.0], abs=4.0)
    assert marks.radius == pytest.approx(24.0, abs=3.0)
    assert marks.up == pytest.approx([0.0, 0.0, 1.0], abs=0.03)
    assert marks.medial[0] * side > 0.95


def test_in_stance_the_hips_force_meets_the_shaft_at_its_angle(bone):
    axes = femur.pose_axes(bone[3], "stance")
    assert np.allclose(axes.T @ axes, np.eye(3), atol=1e-9)
    assert np.degrees(np.arccos(axes[:, 2] @ bone[3].up)) == pytest.approx(20.0)
    assert axes[:, 2] @ bone[3].medial > 0.0


def test_lesions_are_named_by_the_part_they_lie_in(bone):
    marks = bone[3]
    at = lambda down, medial: marks.head - down * marks.up + (medial - marks.offset) * marks.medial
    assert femur.site_of(marks, at(20.0, 25.0), "left") == "femur_neck_left"
    assert femur.site_of(marks, at(40.0, 0.0), "left") == "femur_trochanter_left"
    assert femur.site_of(marks, at(120.0, 0.0), "left") == "femur_shaft_left"


@pytest.mark.parametrize("pose", femur.POSES)
def test_a_lesion_weakens_the_femur_in_each_pose(bone, pose):
    scan, mask, calibration, marks, side = bone
    if side < 0.0:
        pytest.skip("the other side is the same by mirror")
    law = laws.law("keller1994", "femur")
    strengths = []
    for ml in (5.0, 30.0):
        case = Case(scan, mask, "femur_left", calibration, law, implant_ml=ml, voxel=4.0)
        model = femur_model(case, marks, pose)
        assert model.pressed.converged and model.pressed_lesion.converged
        assert model.ratio < 1.0
        strengths.append((model.ratio, model.strength, model.strength_lesion))
    assert strengths[1][0] < strengths[0][0]
    assert strengths[1][2] < strengths[1][1]


def test_a_head_without_shaft_is_refused(bone):
    _, mask = bone[:2]
    head = mask.values.copy()
    head[:35] = 0
    with pytest.raises(InputError, match="shaft"):
        femur.landmarks(mask.like(head))


def test_the_command_answers_for_a_femur(tmp_path, capsys):
    files = pytest.importorskip("tests.scan.files")
    scan, mask = made.femur((3.0, 3.0, 3.0))
    ct, bones = files.nifti(tmp_path / "ct.nii.gz", scan), files.nifti(tmp_path / "bone.nii.gz", mask, np.uint8)
    line = ["strength", ct, "--mask", bones, "--bone", "femur_left", "--implant-ml", "20", "--voxel-mm", "4", "--json"]
    assert cli.run(line) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["load"] == "stance" and answer["fall"]["strength_n"]["value"] > 0.0
    assert answer["state"]["site"] == "femur_trochanter_left"
    assert answer["mirels"]["score"] == {"low": answer["mirels"]["score"]["low"], "high": answer["mirels"]["score"]["low"] + 2}
    assert {w["treatment"] for w in answer["what_if"]} >= {"a rod in the canal", "cement in the lesion"}


def test_a_sick_femur_is_compared_with_the_healthy_one_of_the_same_scan(tmp_path, capsys):
    files = pytest.importorskip("tests.scan.files")
    (left, its), (right, others) = made.femur((3.0, 3.0, 3.0), 1.0), made.femur((3.0, 3.0, 3.0), -1.0)
    both = left.like(np.concatenate([left.values, right.values], axis=2))
    bones = both.like(np.concatenate([75 * its.values, 76 * others.values], axis=2), "label")
    own = bones.like((bones.values == 75).astype(np.uint8))
    share = implant.round_lesion(own, femur.trochanteric(femur.landmarks(own)), 20.0, 1.0)
    sick = both.like(((1.0 - share) * both.values + share * 40.0).astype(np.float32))
    mask = files.nifti(tmp_path / "bones.nii.gz", bones, np.uint8)
    lesion = files.nifti(tmp_path / "lesion.nii.gz", bones.like((share >= 0.5).astype(np.uint8)), np.uint8)

    def answer(scan, name, *more):
        line = ["strength", files.nifti(tmp_path / name, scan), "--mask", mask, "--labels", "totalsegmentator", *more]
        assert cli.run([*line, "--bone", "femur_left", "--voxel-mm", "4", "--json"]) == 0
        return json.loads(capsys.readouterr().out)

    whole, found = answer(both, "whole.nii.gz"), answer(sick, "sick.nii.gz", "--lesion", lesion)
    assert found["strength_n"]["value"] == pytest.approx(whole["strength_n"]["value"], rel=0.05)
    assert found["ratio"]["high"] < 0.8
    assert found["lesion"]["intact_from"].startswith("mirror")
