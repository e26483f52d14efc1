"""The page about a bone: everything on it, nothing from elsewhere."""

import re

import pytest
from tests.scan import files, made

from seedsoil.doors import scan_report, scan_wording
from seedsoil.scan import study


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    folder = tmp_path_factory.mktemp("scan")
    scan, mask = made.vertebra((2.0, 2.0, 2.0))
    ct, bones = files.nifti(folder / "ct.nii.gz", scan), files.nifti(folder / "bones.nii.gz", mask)
    return study.answer(study.Asked(ct, bones, bone="L3", implant_ml=3.0, voxel_mm=2.0))


def test_the_page_stands_alone_and_shows_three_pictures(found):
    page = scan_report.page(found.document, found.model)
    assert "default-src 'none'" in page
    assert not re.findall(r'(?:src|href)="(?!data:|#)', page)
    pictures = re.findall(r'src="data:image/png;base64,([A-Za-z0-9+/=]+)"', page)
    assert len(pictures) == 3 and min(map(len, pictures)) > 3000
    assert all(re.findall(r'<img alt="[^"]{20,}"', page))
    assert "not for care" in page


def test_the_page_is_the_same_each_time(found):
    assert scan_report.page(found.document, found.model) == scan_report.page(found.document, found.model)


def test_the_answer_gives_ranges_and_the_loss_first(found):
    said = scan_wording.headline(found.document)
    assert said.index("%") < said.index("kN")
    assert len(re.findall(r"\(\S+ to \S+\)", said)) == 3


def test_every_row_of_words_is_filled(found):
    rows = [*scan_wording.lesion_rows(found.document), *scan_wording.section_rows(found.document)]
    rows += [*scan_wording.treatment_rows(found.document), *scan_wording.load_rows(found.document)]
    assert len(rows) > 15
    assert all(cell.strip() for row in rows for cell in row)
