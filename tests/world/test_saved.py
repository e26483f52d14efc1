"""A world saved, read or branched goes on as if it had never stopped; a state of another program is refused."""

import json

import numpy as np
import pytest
from tests.world import worlds

from seedsoil.errors import UnreadableState
from seedsoil.world import saved

CUT, END = 40, 90


@pytest.fixture(scope="module")
def uninterrupted():
    """Thirty people under standard care: the world on day 40, and ninety days after its start."""
    w = worlds.run(worlds.world("breast", range(30)), CUT)
    middle = saved.branch(w)
    return middle, worlds.run(w, END - CUT)


def test_a_world_read_back_goes_on_to_the_same_digits(uninterrupted, tmp_path):
    middle, end = uninterrupted
    saved.save(middle, tmp_path)
    again = worlds.run(saved.read(tmp_path), END - CUT)
    assert again.day == end.day == END
    assert worlds.differing(worlds.arrays(again), worlds.arrays(end)) == []


def test_a_branch_goes_on_to_the_same_digits(uninterrupted):
    middle, end = uninterrupted
    assert worlds.differing(worlds.arrays(worlds.run(saved.branch(middle), END - CUT)), worlds.arrays(end)) == []


def test_a_branch_that_goes_another_way_leaves_the_first_alone(uninterrupted):
    middle, _ = uninterrupted
    before = {name: field.copy() for name, field in worlds.arrays(middle).items()}
    other = worlds.run(saved.branch(middle), 10, None)
    assert worlds.differing(worlds.arrays(middle), before) == []
    assert "people.body" in worlds.differing(worlds.arrays(other), before)


def test_two_branches_share_their_luck_until_a_treatment_parts_them(uninterrupted):
    """The same thresholds are left on the day of the branch, whichever way each goes."""
    middle, _ = uninterrupted
    one, other = saved.branch(middle), saved.branch(middle)
    assert np.array_equal(one.people.left, other.people.left)
    worlds.run(one, 5, None), worlds.run(other, 5, None)
    assert worlds.differing(worlds.arrays(one), worlds.arrays(other)) == []


def test_what_is_saved_is_what_is_read(uninterrupted, tmp_path):
    middle, _ = uninterrupted
    saved.save(middle, tmp_path)
    again = saved.read(tmp_path)
    assert worlds.differing(worlds.arrays(again), worlds.arrays(middle)) == []
    assert (again.day, again.seed, again.chart.day) == (middle.day, middle.seed, middle.day)
    assert all(a.tobytes() == b.tobytes() for a, b in zip(again.numbers, middle.numbers, strict=True))
    assert {path.name for path in tmp_path.iterdir()} == {"world.json", "state.npz"}


def test_saving_again_replaces_the_state(uninterrupted, tmp_path):
    middle, end = uninterrupted
    saved.save(middle, tmp_path)
    saved.save(end, tmp_path)
    assert saved.read(tmp_path).day == END


@pytest.mark.parametrize("what", ["schema", "tables", "sources"])
def test_a_state_of_another_program_is_refused_in_one_sentence(what, uninterrupted, tmp_path):
    saved.save(uninterrupted[0], tmp_path)
    about = json.loads((tmp_path / "world.json").read_text())
    (tmp_path / "world.json").write_text(json.dumps(about | {what: "0123456789ab"}))
    with pytest.raises(UnreadableState) as refused:
        saved.read(tmp_path)
    message = str(refused.value)
    assert what in message and "0123456789ab" in message
    assert "\n" not in message and message.endswith(".") and message.count(". ") == 0


def test_a_folder_without_a_state_is_refused_in_one_sentence(tmp_path):
    """A user who names the wrong folder saw a traceback."""
    with pytest.raises(UnreadableState, match="no saved world"):
        saved.read(tmp_path)


def test_a_state_cut_short_is_refused_in_one_sentence(uninterrupted, tmp_path):
    saved.save(uninterrupted[0], tmp_path)
    whole = (tmp_path / "state.npz").read_bytes()
    (tmp_path / "state.npz").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(UnreadableState, match="cannot be read"):
        saved.read(tmp_path)


def test_two_halves_of_different_days_are_refused(uninterrupted, tmp_path):
    """A power cut between the two files would otherwise start the clock again on another day."""
    middle, end = uninterrupted
    saved.save(middle, tmp_path)
    old = (tmp_path / "world.json").read_bytes()
    saved.save(end, tmp_path)
    (tmp_path / "world.json").write_bytes(old)
    with pytest.raises(UnreadableState, match="different days"):
        saved.read(tmp_path)
