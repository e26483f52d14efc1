"""A folder of scans: each answered once, a bad one said and passed over."""

import csv
import json

import numpy as np
import pytest
from tests.scan import files, made

from seedsoil.doors import cli
from seedsoil.scan import many, study


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    root = tmp_path_factory.mktemp("scans")
    scan, mask = made.vertebra((3.0, 3.0, 3.0))
    for name in ("one", "two", "bad"):
        (root / name).mkdir()
        files.nifti(root / name / "bones.nii.gz", mask.like(mask.values * 22), np.uint8)
    files.nifti(root / "one" / "ct.nii.gz", scan)
    files.series(root / "two" / "ct", scan)
    files.nifti(root / "bad" / "ct.nii.gz", scan.like(np.clip(scan.values, 0, 255)))
    return root


def line(folder, out, workers=1):
    how = ["--labels", "verse", "--voxel-mm", "3", "--out", str(out), "--workers", str(workers), "--json"]
    return ["strengths", str(folder), *how]


def test_one_bad_scan_does_not_stop_the_rest(folder, tmp_path, capsys):
    assert cli.run(line(folder, tmp_path, 2)) == 0
    rows = {row["name"]: row for row in json.loads(capsys.readouterr().out)["rows"]}
    assert "Hounsfield" in rows["bad"]["error"]
    assert rows["one"]["strength_n"] == rows["two"]["strength_n"] > 0.0
    with (tmp_path / "strengths.csv").open() as lines:
        assert [row["name"] for row in csv.DictReader(lines)] == ["bad", "one", "two"]


def test_what_is_done_is_not_done_again_but_another_question_is(folder, tmp_path, monkeypatch):
    calls = []

    def counted(task):
        calls.append(task.name)
        body = {"mark": task.mark, "name": task.name, "bones": [], "errors": []}
        return body | ({"errors": [{"bone": None, "error": "odd"}]} if task.name == "bad" else {"done": True})

    monkeypatch.setattr(many, "answered", counted)
    write = lambda path, text: path.write_text(text)
    asked = study.Asked("", "", "verse", voxel_mm=3.0)
    many.run(many.tasks(str(folder), asked), tmp_path, 1, write)
    many.run(many.tasks(str(folder), asked), tmp_path, 1, write)
    assert calls == ["bad", "one", "two", "bad"]
    many.run(many.tasks(str(folder), study.Asked("", "", "verse", voxel_mm=2.0)), tmp_path, 1, write)
    assert calls[4:] == ["bad", "one", "two"]


def test_a_folder_without_scans_is_refused(tmp_path, capsys):
    assert cli.run(line(tmp_path, tmp_path)) == 2
    assert "ct.nii.gz" in capsys.readouterr().err
