"""A vertebra made by code: found, turned, pressed, with lesions of every size."""

import itertools
import json
import re
from pathlib import Path

import numpy as np
import pytest
from tests.scan import made

from seedsoil.doors import cli
from seedsoil.scan import density, laws, study, vertebra
from seedsoil.scan.strength import Case, vertebra_model


def case(implant_ml=None, spacing=(1.0, 1.0, 1.0), voxel=2.0, **how):
    scan, mask = made.vertebra(spacing, **how)
    calibration = density.by_tissues(density.soft(scan, mask.values > 0))
    law = laws.law("kopperdahl2002", "vertebra")
    return Case(scan, mask, "L3", calibration, law, implant_ml=implant_ml, voxel=voxel)


def test_the_body_of_a_vertebra_is_told_from_its_arch():
    _, mask = made.vertebra()
    y = np.arange(96) - 47.5
    body = vertebra.body_of(mask.values > 0, mask.spacing)
    true = (mask.values > 0) & (y[None, :, None] > -4.5)
    assert 2 * (body & true).sum() / (body.sum() + true.sum()) > 0.96


@pytest.mark.parametrize("lean", [0.0, 12.0, -20.0])
def test_a_leaning_vertebra_is_stood_upright(lean):
    _, mask = made.vertebra(lean=lean)
    assert vertebra.stand_up(mask, 1.5).tilt == pytest.approx(abs(lean), abs=1.5)


def test_a_larger_lytic_lesion_never_strengthens():
    found = [vertebra_model(case(ml)).ratio for ml in (0.3, 1.0, 2.0, 4.0, 8.0)]
    assert found[0] <= 1.0
    assert all(b < a for a, b in itertools.pairwise(found))


def test_every_range_holds_its_value_and_every_field_is_written_down():
    asked = case(3.0)
    answer = study.document(asked, vertebra_model(asked), study.Asked('', ''), 'vertebra', 'L3')
    for name in ("strength_n", "with_lesion_n", "ratio"):
        assert 0.0 < answer[name]["low"] < answer[name]["value"] < answer[name]["high"]
    said = (Path(__file__).parents[2] / "docs/how-to/strength-of-a-bone.md").read_text("utf-8")
    told = {name for row in said.split("\n") if row.startswith("| `") for name in re.findall(r"`(\w+)`", row.split("|")[1])}
    assert answer.keys() <= told and told - answer.keys() == {"to_the_end", "fall"}


def test_the_command_answers_in_json(tmp_path, capsys):
    nibabel = pytest.importorskip("nibabel")
    scan, mask = made.vertebra((2.0, 2.0, 2.0))
    for name, volume, kind in (("ct", scan, np.int16), ("bones", mask, np.uint8)):
        values = volume.values.transpose(2, 1, 0).astype(kind)
        nibabel.save(nibabel.Nifti1Image(values * (22 if name == "bones" else 1), volume.affine), tmp_path / f"{name}.nii.gz")
    line = ["strength", str(tmp_path / "ct.nii.gz"), "--mask", str(tmp_path / "bones.nii.gz"), "--labels", "verse"]
    assert cli.run([*line, "--bone", "L3", "--implant-ml", "2", "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert {"bone", "strength_n", "with_lesion_n", "ratio", "stiffness_n_per_mm", "lesion", "warnings"} <= answer.keys()
    assert answer["bone"] == "L3"
    assert answer["with_lesion_n"]["value"] < answer["strength_n"]["value"]
