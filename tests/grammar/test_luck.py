"""Chance by name: the generator is the published one, and a number depends on nothing but what it is named by."""

import re
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

import seedsoil
from seedsoil.grammar import luck

# Known answers of philox4x32-10 as its authors give them: counter, key, words.
KNOWN = (
    ((0,) * 4, (0,) * 2, (0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8)),
    ((0xFFFFFFFF,) * 4, (0xFFFFFFFF,) * 2, (0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD)),
    (
        (0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344),
        (0xA4093822, 0x299F31D0),
        (0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1),
    ),
)


@pytest.mark.parametrize(("counter", "key", "words"), KNOWN)
def test_philox_gives_its_known_answers(counter, key, words):
    with np.errstate(over="ignore"):
        found = luck.philox(*(np.uint64(x) for x in (*counter, *key)))
    assert tuple(int(x) for x in found) == words


def test_the_words_come_from_the_counter_and_key_that_the_module_names():
    """Key (seed, person), counter (day + 2^20, stream, index, 0): an outsider can redo every number."""
    with np.errstate(over="ignore"):
        by_hand = luck.philox(*(np.uint64(x) for x in (5 + (1 << 20), luck.stream("blood"), 3, 0, 11, 42)))
    assert [int(w) for w in luck.words(11, 42, "blood", 3, 5)] == [int(w) for w in by_hand]


def test_no_two_streams_share_a_number():
    assert len({luck.stream(name) for name in luck.STREAMS}) == len(luck.STREAMS)


def test_every_stream_that_is_drawn_from_is_listed():
    """A name that is used but not listed would escape the test for collisions."""
    source = Path(seedsoil.__file__).parent
    call = re.compile(r"luck\.(?:uniform|normal|exponential|words)\((?:[^()\[\]\"]|[(\[][^()\[\]]*[)\]])*?\"(\w+)\"", re.S)
    drawn = {name for path in source.rglob("*.py") for name in call.findall(path.read_text("utf-8"))}
    assert len(drawn) > 10
    assert drawn <= set(luck.STREAMS)


def test_a_number_does_not_depend_on_company_or_order():
    people = np.arange(1000)
    together = luck.uniform(7, people, "traits", 2, 30)
    shuffled = np.random.default_rng(1).permutation(people)
    assert np.array_equal(luck.uniform(7, shuffled, "traits", 2, 30), together[shuffled])
    assert [float(luck.uniform(7, k, "traits", 2, 30)) for k in (0, 17, 999)] == together[[0, 17, 999]].tolist()


@pytest.mark.parametrize("changed", [{"seed": 2}, {"person": 4}, {"name": "blood"}, {"index": 1}, {"day": -1}])
def test_another_name_is_another_number(changed):
    named = {"seed": 1, "person": 3, "name": "traits", "index": 0, "day": 0}
    assert float(luck.uniform(**named)) != float(luck.uniform(**(named | changed)))


def test_days_before_today_have_luck_of_their_own():
    days = np.arange(-730, 3650)
    assert len(np.unique(luck.uniform(1, 5, "waiting", 0, days))) == len(days)


def test_draws_have_the_shapes_they_claim():
    """Kolmogorov-Smirnov on 20,000 people; fixed seed, so the outcome is fixed too."""
    people = np.arange(20_000)
    for drawn, law in (
        (luck.uniform(3, people, "traits"), "uniform"),
        (luck.normal(3, people, "traits"), "norm"),
        (luck.exponential(3, people, "threshold"), "expon"),
    ):
        assert stats.kstest(drawn, law).pvalue > 0.01
        assert np.isfinite(drawn).all()


def test_neighbours_in_key_day_and_index_are_not_alike():
    people = np.arange(20_000)
    plain = luck.normal(3, people, "traits")
    others = [luck.normal(3, people + 1, "traits"), luck.normal(3, people, "traits", 1), luck.normal(3, people, "traits", 0, 1)]
    assert max(abs(np.corrcoef(plain, other)[0, 1]) for other in others) < 0.03


def test_choices_follow_their_weights():
    u = luck.uniform(3, np.arange(20_000), "site")
    shares = np.bincount(luck.choose(u, np.array([[1.0, 0.0, 3.0, 4.0]])), minlength=4) / len(u)
    assert np.allclose(shares, [0.125, 0.0, 0.375, 0.5], atol=0.015)


def test_a_choice_at_either_end_stays_inside():
    weights = np.array([0.0, 1.0, 1.0, 0.0])
    assert luck.choose(np.array([0.0, 1.0 - 2.0**-53]), weights).tolist() == [1, 2]


def test_compiled_rounds_give_the_same_numbers():
    """The world lets compiled code do the rounds; whoever draws without it has the same luck."""
    from seedsoil.world import kernel

    assert luck.rounds is not luck._rounds
    day, index, who = (np.arange(10_000, dtype=np.uint64) * np.uint64(k) % np.uint64(1 << 32) for k in (65_537, 3, 99_991))
    given = day, np.uint64(7), index, np.uint64(3), who
    assert np.array_equal(luck.rounds(*given), luck._rounds(*given))
    assert luck.units is not luck._units
    assert np.array_equal(luck.units(*given), luck._units(*given))
    assert kernel.NAME in kernel.KERNELS
