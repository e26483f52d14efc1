"""Strangers' records, broken in two thousand ways: each ends in a Patient or in one clear refusal."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest
from tests.doors.mutants import CHARTS, ends_well, mutant

from seedsoil.errors import InputError

MUTANTS_A_CHART = 450

@pytest.mark.parametrize("chart", CHARTS, ids=lambda p: p.stem)
def test_a_broken_record_ends_in_a_patient_or_in_one_refusal(chart: Path) -> None:
    original = json.loads(chart.read_text(encoding="utf-8"))
    luck = random.Random(f"mutants of {chart.stem}")
    patients = sum(ends_well(mutant(original, luck), strict=i % 10 == 9) for i in range(MUTANTS_A_CHART))
    assert patients > MUTANTS_A_CHART / 3, "most breakage must be survivable"
    assert patients < MUTANTS_A_CHART


def test_there_are_two_thousand_mutants() -> None:
    assert len(CHARTS) * MUTANTS_A_CHART >= 2000


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b"null", b"3", b'"Bundle"', b"\xff\xfe\x00", b"[" * 100_000, b"1" * 5000]
)
def test_a_file_that_is_no_bundle_is_refused(tmp_path: Path, content: bytes) -> None:
    from seedsoil.doors.reading import read_patient

    path = tmp_path / "chart.json"
    path.write_bytes(content)
    with pytest.raises(InputError):
        read_patient(path)
