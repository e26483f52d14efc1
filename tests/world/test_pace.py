"""People who go on at their own pace live the same lives, to the last digit, as those who are looked after day by day."""

import numpy as np
import pytest
from tests.world import worlds

from seedsoil.care.criteria import limit as line
from seedsoil.care.guidelines import standard
from seedsoil.study.outcomes import DAYS, EVENTS, Record, limit, walks
from seedsoil.world.pace import CONDITIONS

DAY_BY_DAY = 120


def somebody(cancer: str = "breast"):
    return worlds.world(cancer, range(40), 5).practise_as_usual()


@pytest.fixture(scope="module")
def day_by_day():
    """A world led day by day, with all that befell it and what was done."""
    w = somebody()
    happened, done = [], []
    for _ in range(DAY_BY_DAY):
        w.step(standard)
        happened.append(w.happened)
        done.append(w.done)
    return w, np.concatenate(happened), np.concatenate(done)


@pytest.mark.parametrize("stops", [(DAY_BY_DAY,), (1, 8, 50, 51, DAY_BY_DAY)])
def test_no_digit_hangs_on_how_the_days_are_cut(day_by_day, stops):
    w, happened, done = somebody(), [], []
    for until in stops:
        w.live(standard, until)
        happened.append(w.happened)
        done.append(w.done)
    led, all_happened, all_done = day_by_day
    assert len(all_happened) > 50 and len(all_done) > 500
    assert worlds.differing(worlds.arrays(w), worlds.arrays(led)) == []
    assert np.array_equal(np.concatenate(happened), all_happened)
    in_order = lambda rows: np.sort(rows, order=["day", "person", "verb", "what", "site"])
    assert in_order(np.concatenate(done)).tobytes() == in_order(all_done).tobytes()
    assert (w.day, led.day) == (DAY_BY_DAY, DAY_BY_DAY)


def test_nobody_s_pace_hangs_on_the_others():
    rows = np.array([3, 17, 31])
    alone = worlds.world("breast", rows, 5).practise_as_usual()
    alone.live(standard, DAY_BY_DAY)
    crowd = somebody()
    crowd.live(standard, DAY_BY_DAY)
    assert worlds.differing(worlds.of_rows(crowd, rows), worlds.arrays(alone)) == []


def test_a_look_finds_everybody_once_a_pause_and_changes_nothing():
    plain, looked = somebody(), somebody()
    plain.live(standard, DAY_BY_DAY)
    found = []
    looked.live(
        standard, DAY_BY_DAY, pauses=(0, 30, 61, DAY_BY_DAY, 900),
        look=lambda w, rows: found.extend(zip(w.day_of(rows).tolist(), rows.tolist(), w.body().calcium[rows], strict=True)),
    )  # fmt: skip
    assert worlds.differing(worlds.arrays(looked), worlds.arrays(plain)) == []
    stopped = somebody()
    for until in (30, 61):
        stopped.live(standard, until)
        own = {who: calcium for day, who, calcium in found if day == until}
        assert sorted(own) == np.flatnonzero(stopped.people.alive).tolist()
        assert all(calcium == stopped.body().calcium[who] for who, calcium in own.items())
    assert len(found) == len({(day, who) for day, who, _ in found}) and {day for day, _, _ in found} == {30, 61}


def test_a_record_of_long_stretches_is_what_daily_looks_say():
    """Deaths, first days of events and days counted, against a plain look at everybody every evening."""
    daily, w = somebody("prostate"), somebody("prostate")
    first = {name: np.full(40, np.nan) for name in ("cord_compression", "hypercalcaemia")}
    days = {name: np.zeros(40) for name in DAYS}
    daily.follow()
    for _ in range(DAY_BY_DAY):
        daily.step(standard)
        body, sums, alive = daily.body(), daily.sums(), daily.people.alive
        pressed, high = sums.cord_deficit > limit("cord_deficit"), body.calcium > limit("hypercalcaemia")
        for name, on in (("cord_compression", pressed), ("hypercalcaemia", high)):
            new = alive & on & np.isnan(first[name])
            first[name][new] = daily.day
        days["days_alive"] += alive
        days["days_walking"] += alive & walks(body, sums)
        days["days_home"] += alive & (daily.noticed().usual_pain <= limit("pain_controlled"))
    record = Record(40, (60, DAY_BY_DAY))
    record.open(w)
    w.live(standard, DAY_BY_DAY, pauses=(60,), look=record.look)
    record.watch(w)
    cut, v = Record(40, (60, DAY_BY_DAY)), somebody("prostate")
    cut.open(v)
    for until in (60, DAY_BY_DAY):
        v.live(standard, until)
        cut.watch(v)
    for name, values in cut.at_mark.items():
        assert np.array_equal(values, record.at_mark[name], equal_nan=True)
    assert np.array_equal(np.isnan(record.death), daily.people.alive)
    for name, expected in first.items():
        assert np.array_equal(record.first[name], expected, equal_nan=True)
    for name in ("days_alive", "days_walking"):
        assert np.array_equal(record.days[name], days[name])
    stayed = np.isnan([record.first[name] for name in EVENTS if name != "radiotherapy"]).all(axis=0)
    assert 5 < stayed.sum() < 40
    assert np.array_equal(record.days["days_home"][stayed], days["days_home"][stayed])
    assert (record.days["days_home"] <= days["days_home"]).all()
    assert np.array_equal(record.at_mark["days_alive"][:, 1], days["days_alive"])


def test_a_stay_in_hospital_is_not_at_home():
    w = somebody("prostate")
    record = Record(40, (DAY_BY_DAY,))
    record.open(w)
    record.first["surgery"][:] = 10.0
    w.live(standard, DAY_BY_DAY)
    record.watch(w)
    calm = np.arange(11, DAY_BY_DAY + 1)
    assert record.days["days_home"].max() <= len(calm) + 10 - (limit("stay_surgery") - 1)


def test_turns_tell_what_everybody_stands_in():
    w = somebody()
    w.follow()
    w.live(standard, 30)
    last = {}
    for who, _, state in w.turns:
        last[who] = state
    body, sums, felt, alive = w.body(), w.sums(), w.noticed(), np.flatnonzero(w.people.alive)
    holds = {
        "cord_deficit": sums.cord_deficit > limit("cord_deficit"), "hypercalcaemia": body.calcium > limit("hypercalcaemia"),
        "hypercalcaemia_event": body.calcium > limit("hypercalcaemia_event"), "walking": walks(body, sums),
        "calm": felt.usual_pain <= limit("pain_controlled"), "moderate_pain": felt.worst_pain >= line("pain.moderate"),
    }  # fmt: skip
    assert tuple(holds) == CONDITIONS and len(alive) > 20
    for bit, expected in enumerate(holds.values()):
        assert np.array_equal([last[i] >> bit & 1 for i in alive], expected[alive])
