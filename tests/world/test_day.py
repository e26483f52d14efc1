"""The loop: the same digits however it is cut, a clinic that sees only the chart, and courses of drugs that keep time."""

import numpy as np
import pytest
from tests.world import worlds

from seedsoil.biology.body import Lesion
from seedsoil.care import guidelines
from seedsoil.care.orders import Start, Stop, Test
from seedsoil.treatments import drug
from seedsoil.world import day, parts, saved
from seedsoil.world.records import EVENTS, SLOTS

DAYS = 60


@pytest.fixture(scope="module")
def plain():
    """Twelve people after sixty days of standard care."""
    return worlds.run(worlds.world(), DAYS)


# ---- the same digits -------------------------------------------------------------------------------------------------


def test_standard_care_does_something(plain):
    """Without this, the laws below would hold for a world in which nothing happens."""
    assert (plain.chart.drug_doses.sum(axis=0) > 0).sum() >= 5
    assert (plain.chart.lesions().sum(axis=1) > 0).sum() >= 8
    assert len(plain.work) > 0


def test_the_same_seed_gives_the_same_digits(plain):
    assert worlds.differing(worlds.arrays(worlds.run(worlds.world(), DAYS)), worlds.arrays(plain)) == []


def test_another_seed_gives_others(plain):
    other = worlds.run(worlds.world(seed=2), 3)
    assert not np.array_equal(other.people.body, worlds.run(worlds.world(), 3).people.body)


@pytest.mark.parametrize("rows", [np.arange(5), np.array([9]), np.arange(12)[::-1]], ids=["fewer", "alone", "backwards"])
def test_a_person_does_not_depend_on_who_else_is_there(rows, plain):
    """Fewer people, one alone, or another order: everything about each person stays, to the last bit."""
    some = worlds.run(worlds.world(keys=rows), DAYS)
    assert worlds.differing(worlds.arrays(some), worlds.of_rows(plain, rows)) == []


def test_parts_change_no_digit(plain, monkeypatch):
    monkeypatch.setattr(parts, "WORKERS", 5)
    monkeypatch.setattr(parts, "LEAST", 1)
    assert worlds.differing(worlds.arrays(worlds.run(worlds.world(), DAYS)), worlds.arrays(plain)) == []


def test_events_name_the_same_people_in_any_parts(monkeypatch):
    """Rows of the event log are of the whole group, not of a part."""

    def happened():
        w = worlds.world("breast", range(30))
        w.people.left[:, EVENTS.index("fall")] = 0.0
        w.advance()
        return w.happened

    whole = happened()
    monkeypatch.setattr(parts, "WORKERS", 4)
    monkeypatch.setattr(parts, "LEAST", 1)
    assert len(np.unique(whole[:, 0])) == 30
    assert np.array_equal(happened(), whole)


def test_a_day_on_which_everything_happens_fits_in_the_log():
    """Sixteen bones break, break by a fall and wake, and every seed lands, in all people on one day."""
    w = worlds.world("breast", range(3))
    p = w.people
    p.site[:], p.lesions[:] = np.arange(16), 16
    p.left[:], p.lesion_left[:] = 0.0, -1.0
    p.left[:, [i for i, kind in enumerate(EVENTS[: p.left.shape[1]]) if kind.startswith("death")]] = 1e9
    w.advance(2)
    first = w.happened[w.happened[:, 1] == 0]
    settled = first[:, 2] == EVENTS.index("new_lesion")
    assert np.bincount(first[~settled, 0]).tolist() == [6 + 3 * 16] * 3
    assert set(np.bincount(first[settled, 0])) <= set(range(1, SLOTS + 1))


def test_blocks_of_people_under_several_policies_are_as_if_alone():
    """Two plans side by side in one world: each half is what it would be in a world of its own."""
    nothing = lambda chart: ()
    both = worlds.world(keys=[*range(6), *range(6)])
    for _ in range(30):
        both.step((guidelines.standard, nothing))
    for rows, policy in ((np.arange(6), guidelines.standard), (np.arange(6, 12), nothing)):
        alone = worlds.run(worlds.world(keys=range(6)), 30, policy)
        assert worlds.differing(worlds.arrays(alone), worlds.of_rows(both, rows)) == []


def test_a_drug_nobody_takes_changes_nothing(plain):
    known = worlds.numbers()
    drugs = known.drugs.copy()
    unused = drug.number_of()["radioiodine"]
    assert plain.chart.drug_doses[:, unused].sum() == 0
    for field in ("elimination", "clearance", "central", "most0", "most1"):
        drugs[field][:, unused] = 77.0
    other = worlds.run(worlds.world(known=known._replace(drugs=drugs)), DAYS)
    assert worlds.differing(worlds.arrays(other), worlds.arrays(plain)) == []


def test_one_person_s_treatment_does_not_touch_another():
    untreated, treated = worlds.world(), worlds.world()
    only = lambda chart: (Start("denosumab", np.arange(len(chart)) == 3),) if chart.day == 0 else ()
    for w, policy in ((untreated, lambda chart: ()), (treated, only)):
        w.next_visit[:] = 0
        worlds.run(w, 30, policy)
    others = np.arange(12) != 3
    assert np.array_equal(treated.people.body[others], untreated.people.body[others])
    assert not np.array_equal(treated.people.body[3], untreated.people.body[3])


# ---- two worlds ------------------------------------------------------------------------------------------------------


def said(orders) -> list:
    """Orders as plain data."""
    return [
        (o.verb, o.what, o.where.tolist(), None if o.site is None else o.site.tolist(), sorted(o.amounts), o.why, o.stance)
        for o in orders
    ]


def test_the_clinic_cannot_see_a_lesion_no_test_has_found(plain):
    """Equal charts and quite different bodies, one full of tumour, one sound: the same orders."""
    ill, sound = saved.branch(plain), saved.branch(plain)
    ill.people.lesion[:, :, Lesion._fields.index("sensitive")] += 50.0
    ill.people.lesions[:] = 16
    sound.people.lesion[:] = 0.0
    sound.people.body[:] = np.nan
    everyone = np.arange(12)
    first = said(ill.decide(guidelines.standard, everyone))
    assert first == said(sound.decide(guidelines.standard, everyone))
    assert len(first) > 0


def test_the_clinic_does_see_one_that_a_test_has_found():
    before, after = worlds.world(), worlds.world()
    everyone = np.arange(12)
    after.chart.see(everyone, 27, kind=0, longest_mm=40.0)
    assert said(before.decide(guidelines.standard, everyone)) != said(after.decide(guidelines.standard, everyone))


def test_a_policy_that_scribbles_on_its_chart_changes_nothing():
    w = worlds.world()
    w.observe()
    before = {name: field.copy() for name, field in w.chart.arrays().items()}

    def scribbles(chart):
        for field in chart.arrays().values():
            field[:] = 1
        return ()

    w.decide(scribbles, np.arange(12))
    assert worlds.differing(before, w.chart.arrays()) == []


def test_only_the_people_due_are_shown_to_the_policy():
    w = worlds.world("breast", range(10))
    w.next_visit[:] = 1000
    w.next_visit[[2, 7]] = 0
    shown = []
    w.people.lesion[:] = 0.0
    w.people.lesions[:] = 0
    w.step(lambda chart: shown.append(len(chart)) or ())
    assert shown == [2]


# ---- orders become treatment -----------------------------------------------------------------------------------------


def visited_daily(policy, days: int, cancer: str = "breast", keys=range(4)):
    """What was carried out on each day, everybody being seen every day."""
    w, done = worlds.world(cancer, keys), []
    for _ in range(days):
        w.next_visit[:] = w.day
        w.step(policy)
        done += [(w.day - 1, row) for row in w.done]
    return w, done


def dose_days(done, person: int, what: str) -> list[int]:
    d = drug.number_of()[what]
    return [now for now, row in done if row["person"] == person and row["what"] == d and row["verb"] in (day.START, day.DOSE)]


def once(make):
    """A policy that gives its orders at the first visit only."""
    return lambda chart: tuple(make(chart)) if chart.day == 0 else ()


def test_a_course_repeats_at_its_interval():
    w, done = visited_daily(once(lambda c: [Start("zoledronate", np.ones(len(c), bool), dose=4.0, every_days=28)]), 120)
    for person in np.flatnonzero(w.people.alive):
        days = dose_days(done, person, "zoledronate")
        assert len(days) >= 4 and set(np.diff(days)) == {28}
        assert w.chart.doses_of("zoledronate")[person] == len(days)


def test_standard_care_gives_a_bone_agent_every_four_weeks():
    """The next dose is due at the next visit, and given there: it does not wait for a slot as the first one does."""
    w, agents, last, gaps = worlds.world("breast", range(40)), ["zoledronate", "denosumab"], {}, []
    for _ in range(300):
        w.step(guidelines.standard)
        for row in w.done[(w.done["verb"] == day.START) & np.isin(w.done["what"], [drug.number_of()[a] for a in agents])]:
            who, now = int(row["person"]), w.day - 1
            gaps += [now - last[who]] if who in last else []
            last[who] = now
    assert len(gaps) > 100
    assert np.median(gaps) == 28 and np.mean(np.array(gaps) > 35) < 0.25  # a value that was old costs a month


def test_a_drug_s_own_interval_is_used_where_the_order_names_none():
    every = drug.catalogue()["denosumab"].every_days
    w, done = visited_daily(once(lambda c: [Start("denosumab", np.ones(len(c), bool))]), 80)
    alive = np.flatnonzero(w.people.alive)
    assert {int(gap) for person in alive for gap in np.diff(dose_days(done, person, "denosumab"))} == {int(every)}


def test_a_single_dose_is_one():
    w, done = visited_daily(once(lambda c: [Start("zoledronate", np.ones(len(c), bool), every_days=0)]), 60)
    assert [len(dose_days(done, person, "zoledronate")) for person in range(4)] == [1] * 4
    assert not (w.work["verb"] == day.DOSE).any()


def test_stopping_ends_a_course_and_starting_again_begins_one():
    def policy(chart):
        everyone = np.ones(len(chart), bool)
        if chart.day == 0:
            return (Start("zoledronate", everyone, every_days=14),)
        if chart.day == 50:
            return (Stop("zoledronate", everyone),)
        return (Start("zoledronate", everyone, every_days=28),) if chart.day == 90 else ()

    w, done = visited_daily(policy, 170)
    stopped = [now for now, row in done if row["verb"] == day.STOP]
    for person in np.flatnonzero(w.people.alive):
        days = np.array(dose_days(done, person, "zoledronate"))
        first, second = days[days < 90], days[days >= 90]
        assert set(np.diff(first)) == {14} and first.max() < min(stopped)
        assert set(np.diff(second)) == {28}


def test_the_same_order_twice_is_carried_out_once():
    """A policy that repeats itself at every visit does not fill the work list."""
    repeats = lambda chart: (Test("ct", np.ones(len(chart), bool)),) if chart.day < 3 else ()
    w, done = visited_daily(repeats, 3)
    waiting = w.work[w.work["verb"] == day.TEST]
    assert len(waiting) + len({(int(row["person"])) for _, row in done}) <= 4 + len(done)
    assert len(np.unique(waiting["person"])) == len(waiting)


def test_the_dead_get_no_orders_and_their_work_is_dropped(plain):
    w = saved.branch(plain)
    who = int(w.work["person"][0])
    w.people.alive[who] = False
    frozen = {name: field[who].copy() for name, field in zip(w.people._fields, w.people, strict=True)}
    worlds.run(w, 40)
    assert not (w.work["person"] == who).any()
    assert all(np.array_equal(getattr(w.people, name)[who], value) for name, value in frozen.items())
    assert w.chart.tested("examination")[who] >= 40


def test_clinics_are_once_a_week_and_never_before_the_day():
    days = np.arange(-20, 20)
    found = day.next_clinic(days)
    assert (found % day.CLINIC_EVERY == 0).all() and (found >= days).all() and (found - days < day.CLINIC_EVERY).all()


def test_without_a_policy_nobody_is_seen():
    w = worlds.run(worlds.world("breast", range(5)), 20, None)
    assert np.isnan(w.chart.tested("examination")).all()
    assert w.day == 20 and len(w.work) == 0


def test_luck_is_the_same_under_every_plan():
    """Death from other causes hangs on age alone: its threshold comes nearer by the same digits, treated or not."""
    treated, untreated = worlds.run(worlds.world(), 20), worlds.run(worlds.world(), 20, None)
    other = EVENTS.index("death_other")
    alive = treated.people.alive & untreated.people.alive
    assert alive.sum() >= 8
    assert not np.array_equal(treated.people.body[alive], untreated.people.body[alive])
    assert np.array_equal(treated.people.left[alive, other], untreated.people.left[alive, other])


# ---- a nurse line ----------------------------------------------------------------------------------------------------


def test_without_a_nurse_line_a_grave_call_may_not_be_answered_the_same_day(monkeypatch):
    """Everybody calls with something grave: with a line all are seen today, without it some call again tomorrow."""
    everybody = np.ones(200, bool)
    monkeypatch.setattr(day.observing, "calls", lambda world, rows: (everybody[rows], everybody[rows]))
    seen = {}
    for line in (True, False):
        w = worlds.world("breast", range(200))
        w.next_visit[:], w.nurse_line, w.day = 10**6, line, 1
        seen[line] = len(w.observe())
    assert seen[True] == 200 and 40 < seen[False] < 120
