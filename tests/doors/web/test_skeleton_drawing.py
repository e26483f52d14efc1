"""The drawing is data: complete against the list of bones, inside its frame, and what the script writes."""

from __future__ import annotations

import json
import re

import pytest

from seedsoil.doors.web import skeleton_drawing
from seedsoil.grammar import skeleton
from seedsoil.grammar.tables import data_file

VIEWS = skeleton_drawing.VIEWS
IDS = [bone.id for bone in skeleton.bones()]
SEEN_FROM_ONE_SIDE = {"front": set(), "back": {"sternum", "clavicle_left", "clavicle_right"}}


def read(view: str) -> dict:
    return json.loads(data_file("skeleton", f"{view}.json").read_text("utf-8"))


def corners(path: str) -> list[tuple[float, float]]:
    return [(float(x), float(y)) for x, y in re.findall(r"(-?[\d.]+) (-?[\d.]+)", path)]


@pytest.mark.parametrize("view", VIEWS)
def test_every_bone_of_the_list_has_a_shape_and_no_shape_is_of_another(view: str) -> None:
    bones = read(view)["bones"]
    assert sorted(bones) == sorted(IDS)
    without = {name for name, shape in bones.items() if "near" not in shape}
    assert without == SEEN_FROM_ONE_SIDE[view]


@pytest.mark.parametrize("view", VIEWS)
def test_the_committed_file_is_what_the_script_writes(view: str) -> None:
    assert data_file("skeleton", f"{view}.json").read_text("utf-8") == skeleton_drawing.written(view)


@pytest.mark.parametrize("view", VIEWS)
def test_every_path_is_closed_and_lies_inside_the_frame(view: str) -> None:
    drawing = read(view)
    left, top, wide, high = drawing["box"]
    for name, shape in drawing["bones"].items():
        for part in ("near", "far"):
            if part not in shape:
                continue
            assert re.fullmatch(r"(M[\d. -]+(C[\d. -]+)+Z)+", shape[part]), name
            assert all(left < x < left + wide and top < y < top + high for x, y in corners(shape[part])), name


@pytest.mark.parametrize("view", VIEWS)
def test_left_and_right_mirror_each_other_and_stand_on_their_side(view: str) -> None:
    bones = read(view)["bones"]
    towards = 1.0 if view == "front" else -1.0
    for name in IDS:
        if not name.endswith("_left"):
            continue
        one, other = bones[name], bones[name.replace("_left", "_right")]
        part = "near" if "near" in one else "far"
        mirrored = [(-x, y) for x, y in corners(one[part])]
        assert sorted(mirrored) == sorted(corners(other[part])), name
        assert one["centre"][0] * towards > 0.0, name


def test_vertebrae_follow_one_another_downwards() -> None:
    bones = read("front")["bones"]
    heights = [bones[name]["centre"][1] for name in IDS if re.fullmatch(r"[CTL]\d+", name)]
    assert heights == sorted(heights) and len(heights) == 24
