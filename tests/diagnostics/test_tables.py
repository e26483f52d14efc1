"""The numbers of the diagnostics are sound, and nothing in the tables is left over."""

import re
from pathlib import Path

import pytest

from seedsoil.diagnostics import appearance, biopsy, blood, examination, imaging, other_pain, symptoms
from seedsoil.grammar import skeleton
from seedsoil.grammar.tables import table

FILES = {"blood": (blood,), "examination": (examination, symptoms, imaging), "symptoms": (symptoms, other_pain)}
FILES |= {"imaging": (imaging, appearance), "biopsy": (biopsy,)}


@pytest.mark.parametrize("file", FILES)
def test_every_entry_is_readable_and_inside_its_range(file):
    entries = table("diagnostics", f"{file}.toml")
    assert len(entries) > 10
    assert all(e.low <= e.value <= e.high for e in entries.values())


def test_every_region_of_the_skeleton_has_a_shape():
    entries = table("diagnostics", "imaging.toml")
    for region in {b.region for b in skeleton.bones()}:
        assert {f"bone.{region}.width", f"bone.{region}.length"} <= entries.keys()


@pytest.mark.parametrize("file", FILES)
def test_no_number_is_left_over(file):
    """The last word of every entry's name appears in the code that reads the table."""
    code = "".join(Path(module.__file__).read_text("utf-8") for module in FILES[file])
    for name in table("diagnostics", f"{file}.toml"):
        last = name.split(".")[-1]
        stem = re.sub(r"_(half|steep|women|men|rod|plate|block|one|two|three|four)$|^(one|two|three|four)_", "", last)
        assert stem in code, name
