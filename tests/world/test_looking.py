"""People who go on at their own pace stop whenever they may call, and lesions are shown as they are."""

import numpy as np
import pytest
from tests.world import worlds

from seedsoil.biology import person
from seedsoil.biology.body import Effects, Lesion
from seedsoil.diagnostics import examination, symptoms
from seedsoil.grammar import luck
from seedsoil.world import kernel, looking, observing, populations, records


def callers(w) -> np.ndarray:
    """Who calls today, asked of everyone alive in whom anything is new."""
    rows = np.flatnonzero(w.people.alive & something_new(w))
    told = {"cannot_walk": w.chart.symptom("walking")[rows] == 0.0, "weakness": w.chart.symptom("leg_weakness")[rows] > 0.0}
    told |= {name: w.chart.symptom(name)[rows] == 1.0 for name in ("confusion", "bladder", "cramps")}
    told |= {name: w.chart.days_since("fracture")[rows] < observing.loop_number("told_days") for name in ("fracture", "vertebra")}
    u = luck.uniform(w.seed, w.people.key[rows], "symptom", 0, w.day)
    pain = np.nan_to_num(w.chart.symptom("pain_worst")[rows])
    return rows[symptoms.raised(observing.seen(w, rows), u, pain, told).who]


def something_new(w) -> np.ndarray:
    body, sums = w.body(), w.sums()
    worst = person.worst_pain(body, w.x, sums, Effects(*w.people.last_effect.T), w.p)
    worse = worst - np.nan_to_num(w.chart.symptom("pain_worst")) >= 1.0
    broken = (w.people.lesion[:, :, Lesion._fields.index("unhealed")] > 0.9).any(axis=1)
    calcium = (body.calcium > 2.9) | (body.calcium < 2.0)
    return worse | calcium | broken | (sums.cord_deficit > 0.02) | (body.function < 0.4)


@pytest.fixture(scope="module")
def untold():
    """A hundred and fifty people some weeks on, seen by nobody since: much is new."""
    w = worlds.world("lung_nsclc", range(150))
    worlds.run(w, 10)
    return worlds.run(w, 60, policy=None)


def halted(w, next_visit: int = 10**6) -> tuple[np.ndarray, np.ndarray]:
    """Rows of those who stop this morning, and of those among them who may call."""
    w.next_visit[:] = next_visit
    pace = w._set_out(True, w.day + 1)
    pace.stop[:] = np.where(pace.stop > w.day, w.day + 2, pace.stop)
    kernel.carried(records.rows(w.people, np.arange(len(w.people.key))), pace, *w.numbers[:3], populations.site_weights(), False)
    stopped = pace.halted & (pace.today == w.day)
    return np.flatnonzero(stopped), np.flatnonzero(stopped & pace.tells)


def test_nobody_who_calls_is_left_out(untold):
    called = set()
    for day in range(untold.day, untold.day + 40):
        w = untold
        w.day = w.chart.day = day
        _, may_call = halted(w)
        assert set(callers(w)) <= set(may_call)
        called |= set(callers(w))
    assert len(called) > 20


def test_most_of_those_whose_luck_rules_a_call_out_are_not_asked(untold):
    _, may_call = halted(untold)
    assert 0 < len(may_call) < 0.5 * (untold.people.alive & something_new(untold)).sum()


def test_everybody_stops_on_the_day_of_a_visit(untold):
    stopped, _ = halted(untold, untold.day)
    assert np.array_equal(stopped, np.flatnonzero(untold.people.alive))


def test_lesions_are_laid_out_field_by_field(untold):
    rows = np.array([7, 3, 90])
    found = looking.lesions_of(untold.people, rows, 4)
    assert np.array_equal(np.moveaxis(np.array(found), 0, 2), untold.people.lesion[rows, :4])


def test_looking_at_those_with_many_lesions_apart_changes_no_digit(monkeypatch):
    def somebody():
        w = worlds.world("breast", range(40))
        assert 0 < (w.people.lesions > observing.EIGHT).sum() < 40
        return worlds.arrays(worlds.run(w, 30))

    together = somebody()
    monkeypatch.setattr(observing, "WORTH_PARTING", 1)
    assert worlds.differing(somebody(), together) == []


def test_a_picture_of_each_lesion_shows_what_one_of_all_at_once_shows():
    """Lesion by lesion, and all slots of each person in one array: the same chart, false reports among it."""
    one, other = worlds.world("breast", range(60)), worlds.world("breast", range(60))
    one.people.lesions[:3] = other.people.lesions[:3] = 0
    rows = np.arange(60)
    for day in range(0, 90, 10):
        for w in (one, other):
            w.day = w.chart.day = day
        for modality in ("ct", "bone_scan", "mri"):
            observing.image(one, *observing.seen_each(one, rows), modality)
            observing.image(other, rows, observing.seen(other, rows), modality)
    assert (one.chart.known_lesions()[:3] > 0).any()
    assert worlds.differing(worlds.arrays(one), worlds.arrays(other)) == []


def test_what_people_notice_is_what_the_equations_say(untold):
    w = untold
    still = w.people.alive & w.people.settled
    body, sums, rx = w.body(), w.sums(), Effects(*w.people.last_effect.T)
    found = w.noticed()
    assert still.sum() > 20
    for name in ("worst_pain", "usual_pain"):
        said = getattr(person, name)(body, w.x, sums, rx, w.p)
        assert np.allclose(getattr(found, name)[still], said[still], rtol=1e-12, atol=1e-12)
    assert np.array_equal(found.calcium[still], body.calcium[still])
    worst = w.people.lesion[:, :, Lesion._fields.index("unhealed")].max(axis=1)
    assert np.array_equal(found.unhealed[still], worst[still])


def test_what_an_examination_asks_of_each_lesion_is_what_whole_arrays_say(untold):
    rows = np.array([90, 3, 7, 41])
    whole, each = observing.seen(untold, rows, 16), observing._examined(untold, rows, 16)
    for read in (examination.irritation, examination.deficits, symptoms.occupied):
        assert np.array_equal(read(each), read(whole))
    assert np.array_equal(each.lesion.unhealed, np.where(whole.used, whole.lesion.unhealed, 0.0))
    assert np.array_equal(each.lesion.dead, whole.lesion.dead)
    assert (examination.irritation(whole) > 0.0).any()
