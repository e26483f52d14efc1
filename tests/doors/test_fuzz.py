"""Strangers' records, broken in more than a thousand ways: each ends in a Patient or in one clear refusal."""

from __future__ import annotations

import copy
import json
import random
from pathlib import Path

import pytest
from tests.doors.mutants import CHARTS, SEEDS, ends_of, ends_well, mutant, nodes

from seedsoil.errors import InputError

MUTANTS_A_CHART = 250
MUTANTS_A_PERSON = 50  # of those that Synthea or seedsoil made


@pytest.mark.parametrize("chart", CHARTS, ids=lambda p: p.stem)
def test_a_broken_record_ends_in_a_patient_or_in_one_refusal(chart: Path) -> None:
    original = json.loads(chart.read_text(encoding="utf-8"))
    luck = random.Random(f"mutants of {chart.stem}")
    patients = sum(ends_well(mutant(original, luck), strict=i % 10 == 9) for i in range(MUTANTS_A_CHART))
    assert patients > MUTANTS_A_CHART / 3, "most breakage must be survivable"
    assert patients < MUTANTS_A_CHART


@pytest.mark.parametrize("makers", ["synthea", "exported"])
def test_a_broken_record_of_a_made_up_person_ends_in_a_patient_or_in_one_refusal(makers: str) -> None:
    originals = SEEDS[makers]()
    assert all(ends_well(copy.deepcopy(original)) for original in originals)
    luck = random.Random(f"mutants of {makers}")
    ends = [ends_well(mutant(original, luck), strict=i % 10 == 9) for i in range(MUTANTS_A_PERSON) for original in originals]
    assert len(ends) >= 150 and sum(ends) > len(ends) / 3


@pytest.mark.parametrize("makers", SEEDS)
def test_the_records_have_units_dates_codes_words_and_values_to_break(makers: str) -> None:
    found = [ends_of(nodes(original)[1:]) for original in SEEDS[makers]()]
    assert {kind: max(len(one[kind]) for one in found) > 20 for kind in found[0]} == dict.fromkeys(found[0], True)


def test_there_are_more_than_a_thousand_mutants() -> None:
    assert len(CHARTS) * MUTANTS_A_CHART >= 1000


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b"null", b"3", b'"Bundle"', b"\xff\xfe\x00", b"[" * 100_000, b"1" * 5000]
)
def test_a_file_that_is_no_bundle_is_refused(tmp_path: Path, content: bytes) -> None:
    from seedsoil.doors.reading import read_patient

    path = tmp_path / "chart.json"
    path.write_bytes(content)
    with pytest.raises(InputError):
        read_patient(path)
