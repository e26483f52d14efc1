"""What is due first, and what of a visit's orders is new, are what sorting would say."""

import numpy as np

from seedsoil.world import waiting
from seedsoil.world.work_list import WORK, same_thing


def some_work(rows: int, seed: int) -> np.ndarray:
    rng, work = np.random.default_rng(seed), np.zeros(rows, WORK)
    for name, most in (("person", 9), ("verb", 4), ("what", 3), ("site", 2), ("day", 50)):
        work[name] = rng.integers(0, most, rows)
    return work


def test_the_first_day_of_each_persons_work():
    work = some_work(30, 1)
    found = waiting.first_days(work[work["person"] != 4], 12, 1000)
    wanted = [min([1000, *work["day"][(work["person"] == i) & (i != 4)]]) for i in range(12)]
    assert found.tolist() == wanted


def test_nothing_is_new_that_is_under_way_or_was_ordered_before():
    asked, under_way = some_work(200, 2), some_work(60, 3)
    things, seen = same_thing(asked), set(same_thing(under_way).tolist())
    wanted = [bool(thing not in seen and not seen.add(thing)) for thing in things.tolist()]
    assert waiting.new(asked, under_way, 9).tolist() == wanted
    assert 0 < sum(wanted) < len(set(things.tolist()))
    assert not waiting.new(asked[:0], under_way, 9).any()
