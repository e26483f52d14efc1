"""Scans as they come: NIfTI and DICOM show the same numbers in the same places, and what cannot be used is refused."""

import json
import os
import socket
import subprocess
import time
import urllib.request

import numpy as np
import pytest
from tests.scan import files, made

from seedsoil.doors import cli
from seedsoil.errors import InputError
from seedsoil.scan import bones, reading


@pytest.fixture(scope="module")
def vertebra():
    return made.vertebra((2.0, 2.0, 2.5), noise=5.0)


def answer(capsys, *line):
    assert cli.run(["strength", *line, "--bone", "L3", "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_dicom_and_nifti_of_one_scan_are_the_same_volume(tmp_path, vertebra):
    scan, _ = vertebra
    one = reading.read_scan(files.nifti(tmp_path / "ct.nii.gz", scan))
    other = reading.read_scan(files.series(tmp_path / "series", scan))
    assert np.array_equal(one.values, other.values)
    assert np.allclose(one.affine, other.affine, atol=1e-6)


def test_dicom_and_nifti_of_one_scan_give_the_same_digits(tmp_path, vertebra, capsys):
    scan, mask = vertebra
    bone = files.nifti(tmp_path / "bones.nii.gz", mask, np.uint8)
    given = [files.nifti(tmp_path / "ct.nii.gz", scan), files.series(tmp_path / "series", scan)]
    first, second = (answer(capsys, place, "--mask", bone) for place in given)
    assert first["strength_n"] == second["strength_n"]
    assert first["stiffness_n_per_mm"] == second["stiffness_n_per_mm"]


def test_a_volume_stored_in_any_order_of_axes_is_read_upright(tmp_path, vertebra):
    scan, _ = vertebra
    plain = files.nibabel.Nifti1Image(scan.values.transpose(2, 1, 0).astype(np.int16), scan.affine)
    for axes in ("LPS", "PIR", "SAL"):
        turn = files.nibabel.orientations.ornt_transform(
            files.nibabel.orientations.io_orientation(plain.affine), files.nibabel.orientations.axcodes2ornt(axes)
        )
        files.nibabel.save(plain.as_reoriented(turn), tmp_path / f"{axes}.nii.gz")
        read = reading.read_scan(str(tmp_path / f"{axes}.nii.gz"))
        assert np.array_equal(read.values, scan.values)
        assert np.allclose(read.affine, scan.affine, atol=1e-4)


def test_a_dicom_segmentation_is_the_mask_and_names_its_bones(tmp_path, vertebra):
    scan, mask = vertebra
    place = files.segmentation(tmp_path / "seg.dcm", mask.like(mask.values * 3), {3: "vertebrae_L3"})
    read, names = reading.read_mask(place, scan)
    assert np.array_equal(read.values > 0, mask.values > 0)
    bone, site = bones.chosen(read, None, None, names)
    assert site == "L3" and np.array_equal(bone.values, mask.values)


def refused(call, *words):
    with pytest.raises(InputError) as trouble:
        call()
    for word in words:
        assert word in str(trouble.value)


def test_a_series_with_a_missing_slice_is_refused(tmp_path, vertebra):
    scan, _ = vertebra
    folder = tmp_path / "series"
    files.series(folder, scan)
    inner = next(p for p in folder.iterdir() if abs(files.pydicom.dcmread(p).ImagePositionPatient[2]) < 2.0)
    inner.unlink()
    refused(lambda: reading.read_scan(str(folder)), "missing", "5.00 mm")


def test_two_series_in_one_folder_are_refused(tmp_path, vertebra):
    scan, _ = vertebra
    files.series(tmp_path / "all" / "a", scan)
    files.series(tmp_path / "all" / "b", scan)
    refused(lambda: reading.read_scan(str(tmp_path / "all")), "2 series")


def test_what_is_not_in_hounsfield_units_is_refused(tmp_path, vertebra):
    scan, _ = vertebra
    grey = scan.like(np.clip(scan.values / 8.0 + 125.0, 0.0, 255.0))
    refused(lambda: reading.read_scan(files.nifti(tmp_path / "grey.nii.gz", grey)), "Hounsfield")
    refused(lambda: reading.read_scan(files.series(tmp_path / "mr", scan, Modality="MR")), "CT")
    refused(lambda: reading.read_scan(files.series(tmp_path / "raw", scan, RescaleType="OD")), "HU")


def test_a_scan_that_does_not_say_how_it_lies_is_refused(tmp_path, vertebra):
    scan, _ = vertebra
    image = files.nibabel.Nifti1Image(scan.values.transpose(2, 1, 0).astype(np.int16), None)
    image.header["sform_code"] = image.header["qform_code"] = 0
    files.nibabel.save(image, tmp_path / "lost.nii.gz")
    refused(lambda: reading.read_scan(str(tmp_path / "lost.nii.gz")), "orientation")


def test_a_tilted_gantry_is_refused(tmp_path, vertebra):
    scan, _ = vertebra
    tilted = scan.affine.copy()
    tilted[1, 2] = 0.5 * tilted[2, 2]
    image = files.nibabel.Nifti1Image(scan.values.transpose(2, 1, 0).astype(np.int16), tilted)
    files.nibabel.save(image, tmp_path / "tilted.nii.gz")
    refused(lambda: reading.read_scan(str(tmp_path / "tilted.nii.gz")), "sheared")


def test_a_mask_on_another_grid_is_refused(tmp_path, vertebra):
    scan, mask = vertebra


    moved = type(mask)(mask.values, mask.affine + np.outer([0, 0, 5.0, 0], [0, 0, 0, 1]), "label", "moved")
    refused(lambda: reading.read_mask(files.nifti(tmp_path / "moved.nii.gz", moved, np.uint8), scan), "5.0 mm")
    cut = type(mask)(mask.values[:-1], mask.affine, "label", "cut")
    refused(lambda: reading.read_mask(files.nifti(tmp_path / "cut.nii.gz", cut, np.uint8), scan), "grid of the scan")
    half = mask.like(mask.values * 0.5)
    refused(lambda: reading.read_mask(files.nifti(tmp_path / "half.nii.gz", half, np.float32), scan), "whole numbers")


ORTHANC = "/usr/sbin/Orthanc"
PLUGIN = "/usr/share/orthanc/plugins/libOrthancDicomWeb.so"


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


@pytest.fixture
def orthanc(tmp_path):
    """A DICOM server of this machine alone, with nothing in it."""
    if not (os.path.exists(ORTHANC) and os.path.exists(PLUGIN)):
        pytest.skip("Orthanc with its DICOMweb plugin is not installed (apt install orthanc orthanc-dicomweb)")
    port = free_port()
    config = {
        "StorageDirectory": str(tmp_path / "store"), "IndexDirectory": str(tmp_path / "store"), "HttpPort": port,
        "DicomServerEnabled": False, "RemoteAccessAllowed": False, "Plugins": [PLUGIN], "DicomWeb": {"Enable": True},
        "HttpBindAddresses": ["127.0.0.1"],
    }  # fmt: skip
    (tmp_path / "orthanc.json").write_text(json.dumps(config))
    with (tmp_path / "orthanc.log").open("w") as log:
        server = subprocess.Popen([ORTHANC, str(tmp_path / "orthanc.json")], stdout=log, stderr=log)
    try:
        for _ in range(150):
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/system", timeout=2).read()
                break
            except OSError:
                assert server.poll() is None, (tmp_path / "orthanc.log").read_text()[-500:]
                time.sleep(0.2)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(30)


def test_a_series_from_a_dicomweb_server_is_the_series_of_the_folder(tmp_path, vertebra, orthanc):
    scan, _ = vertebra
    study, own = files.generate_uid(), files.generate_uid()
    files.series(tmp_path / "series", scan, study=study, series=own)
    for path in sorted((tmp_path / "series").iterdir()):
        urllib.request.urlopen(urllib.request.Request(f"{orthanc}/instances", path.read_bytes()), timeout=30).read()
    there = reading.read_scan(f"{orthanc}/dicom-web/studies/{study}/series/{own}")
    here = reading.read_scan(str(tmp_path / "series"))
    assert np.array_equal(there.values, here.values)
    assert np.allclose(there.affine, here.affine)
    refused(lambda: reading.read_scan(f"{orthanc}/dicom-web/studies/{study}/series/1.2.3"), "answered 404")
