"""How far each person is, and what can make them stop, in compiled code.

People do not meet, so each goes on at their own pace: from one day on which the clinic has something to do with them to
the next. Whether such a day has come is asked every morning. Most mornings need no more than a glance: a call comes
when a person's luck of the day falls below the chance of a call, and a side effect likewise, so whoever's luck lies above
the most that chance can be goes on. `diagnostics.symptoms` and `treatments.side_effects` say the chances themselves.
"""

from __future__ import annotations

import functools
from typing import NamedTuple

import numpy as np
from numba.extending import register_jitable

from seedsoil.care.criteria import limit
from seedsoil.diagnostics.truth import number
from seedsoil.grammar import luck
from seedsoil.grammar.algebra import hill4, hill16
from seedsoil.grammar.tables import table
from seedsoil.world.events import uniform
from seedsoil.world.records import People
from seedsoil.world.work_list import CLINIC_EVERY

_SYMPTOM, _SIDE_EFFECT = (np.uint64(luck.stream(name)) for name in ("symptom", "side_effect"))
_SLACK = 1e-9  # compiled and plain arithmetic differ in the last digits
# Whoever is on the near side of all of these surely stays at home.
RISE, HIGH, LOW, FRESH, DEFICIT, FUNCTION = 1.0 - _SLACK, 2.9, 2.0, 0.9, 0.02, 0.4
UNKNOWN = -1  # of `standing`
NEVER = np.iinfo(np.int64).min  # of `until`
SIGNS = ("cannot_walk", "confusion", "bladder", "weakness", "cramps")  # bits of `knows`
CONDITIONS = ("cord_deficit", "hypercalcaemia", "hypercalcaemia_event", "walking", "calm", "moderate_pain")  # bits of `standing`


class Chances(NamedTuple):
    """The most each reason to call can weigh, and what it hangs on; all of them numbers of the diagnostic tables."""

    worse_pain: float
    severe_pain: float
    rise: float  # of pain over what was told
    worth_telling: float  # pain
    severe: float  # pain
    confusion: float
    confusion_half: float
    cramps: float
    cramps_half: float
    bladder: float
    bladder_half: float
    bladder_weight: float
    weakness: float
    weakness_half: float
    legs_weight: float
    bedridden: float
    walks_no_more: float


@functools.cache
def chances() -> Chances:
    """From the tables of `diagnostics`."""
    n, walking = functools.partial(number, "symptoms"), functools.partial(number, "examination")
    return Chances(
        worse_pain=n("call.worse_pain"),
        severe_pain=n("call.severe_pain"),
        rise=n("call.rise"),
        worth_telling=n("call.worth_telling"),
        severe=n("call.severe"),
        confusion=n("call.confusion"),
        confusion_half=n("confusion.half"),
        cramps=n("call.cramps"),
        cramps_half=n("cramps.half"),
        bladder=n("call.bladder"),
        bladder_half=n("bladder.half"),
        bladder_weight=max(1.0, n("bladder.cervical"), n("bladder.lumbar")),
        weakness=n("call.weakness"),
        weakness_half=n("weakness.half"),
        legs_weight=max(1.0, walking("walking.sacral_legs")),
        bedridden=walking("walking.bedridden"),
        walks_no_more=walking("walking.none_below"),
    )


class Bounds(NamedTuple):
    """Where the conditions that studies count begin (`data/outcomes.toml`, and moderate pain as care reads it)."""

    cord_deficit: float
    hypercalcaemia: float  # mmol/L
    hypercalcaemia_event: float  # mmol/L
    walking_function: float
    walking_deficit: float
    walking_immobility: float
    pain_controlled: float  # 0-10
    moderate_pain: float  # 0-10


@functools.cache
def bounds() -> Bounds:
    """From the tables."""
    of_outcomes = [table("outcomes.toml")[name].value for name in Bounds._fields[:-1]]
    return Bounds(*of_outcomes, moderate_pain=limit("pain.moderate"))


class Pace(NamedTuple):
    """How far each of n people is, and what the clinic waits for."""

    today: np.ndarray  # [n] int64, the day that comes next
    stop: np.ndarray  # [n] int64, the next day on which something is due, or the end of the stretch
    seen: np.ndarray  # [n] bool, the clinic is done with today
    halted: np.ndarray  # [n] bool, has come to a day that asks for the clinic, or to the end
    tells: np.ndarray  # [n] bool, may call on the day of the halt
    listens: bool  # somebody takes calls
    told: np.ndarray  # [n] worst pain as last told, 0 where nothing was
    knows: np.ndarray  # [n] int64, signs that the clinic knows of, a bit each of `SIGNS`
    known_break: np.ndarray  # [n] int64, day until which a fracture is no news
    seed: int
    draws: np.ndarray  # [side effects] number of those that come of what goes on
    most: np.ndarray  # [side effects] the most their chance can be
    until: np.ndarray  # [n, side effects] int64, last day on which each may come
    standing: np.ndarray  # [n] int64, the conditions of last evening, a bit each; `UNKNOWN` before the first
    follows: bool  # changes of `standing` are written down

    def part(self, rows: slice) -> Pace:
        """Some of the people: views, not copies."""
        return self._replace(**{name: getattr(self, name)[rows] for name in _OF_PEOPLE})


_OF_PEOPLE = ("today", "stop", "seen", "halted", "tells", "told", "knows", "known_break", "until", "standing")


def straight(people: People, day: int, days: int) -> Pace:
    """Everybody alike, through `days` days from `day`, without a clinic."""
    n = len(people.key)
    mask = lambda: np.zeros(n, bool)
    return Pace(
        np.full(n, day), np.full(n, day + days), mask(), mask(), mask(), False, np.zeros(n), np.zeros(n, np.int64),
        np.zeros(n, np.int64), 0, np.zeros(0, np.int64), np.zeros(0), np.zeros((n, 0), np.int64), np.full(n, UNKNOWN), False,
    )  # fmt: skip


@register_jitable
def halts(settled, key, i, n, pace, c):
    """Whether person i, who noticed `n` last evening, stops this morning; notes it where so. Where something has changed at once
    since (`settled` is false) `n` is void, and the clinic asks."""
    day = pace.today[i]
    due = day >= pace.stop[i]
    if not due and pace.seen[i]:
        return False
    tells = pace.listens and (not settled or _may_tell(n, i, pace, key, day, c))
    if not (due or tells or _may_suffer(pace, key, i, day)):
        return False
    pace.halted[i], pace.tells[i] = True, tells
    return True


@register_jitable
def _may_tell(n, i, pace, key, day, c):
    """Whether a person may call: something is new, and their luck does not rule it out."""
    rise, knows = n.worst_pain - pace.told[i], pace.knows[i]
    broken = n.unhealed > FRESH
    poorly = n.calcium > HIGH or n.calcium < LOW or broken or n.cord_deficit > DEFICIT or n.function < FUNCTION
    if not (rise >= RISE or poorly):
        return False
    legs = (1.0 - min(c.legs_weight * n.cord_deficit, 1.0)) * (1.0 - min(n.immobility, 1.0))
    lying = n.function <= c.bedridden + _SLACK or legs <= c.walks_no_more + _SLACK
    if (broken and day >= pace.known_break[i]) or (lying and knows & 1 == 0):
        return True
    silent = 1.0
    if rise >= c.rise - _SLACK:
        silent *= 1.0 - c.worse_pain if n.worst_pain >= c.worth_telling - _SLACK else 1.0
        silent *= 1.0 - c.severe_pain if n.worst_pain >= c.severe - _SLACK else 1.0
    if knows & 2 == 0:
        silent *= 1.0 - c.confusion * hill16(n.calcium, c.confusion_half)
    if knows & 4 == 0:
        silent *= 1.0 - c.bladder * hill4(c.bladder_weight * n.cord_deficit, c.bladder_half)
    if knows & 8 == 0:
        silent *= 1.0 - c.weakness * hill4(c.legs_weight * n.cord_deficit, c.weakness_half)
    if knows & 16 == 0:
        silent *= 1.0 - c.cramps * hill16(c.cramps_half, n.calcium)
    return uniform(pace.seed, key, _SYMPTOM, 0, day) <= 1.0 - silent + _SLACK


@register_jitable
def _may_suffer(pace, key, i, day):
    """Whether, on a clinic day, something that goes on may bring a side effect."""
    if day % CLINIC_EVERY != 0:
        return False
    for k in range(pace.draws.shape[0]):
        may = pace.until[i, k] >= day
        if may and uniform(pace.seed, key, _SIDE_EFFECT, pace.draws[k] * 256, day) < pace.most[k] * (1.0 + _SLACK):
            return True
    return False


@register_jitable
def standing_of(n, at):
    """The conditions that hold for somebody who notices `n`, a bit each, in the order of `CONDITIONS`."""
    walks = n.function >= at.walking_function and n.cord_deficit < at.walking_deficit and n.immobility < at.walking_immobility
    return (
        (1 if n.cord_deficit > at.cord_deficit else 0)
        + (2 if n.calcium > at.hypercalcaemia else 0)
        + (4 if n.calcium > at.hypercalcaemia_event else 0)
        + (8 if walks else 0)
        + (16 if n.usual_pain <= at.pain_controlled else 0)
        + (32 if n.worst_pain >= at.moderate_pain else 0)
    )


@register_jitable
def note_evening(i, day, n, pace, at, turns, written):
    """Write down where the conditions of person i, who notices `n` and lives, have changed by the evening of `day`; returns the
    rows of `turns`."""
    now = standing_of(n, at)
    if now != pace.standing[i]:
        pace.standing[i] = now
        turns[written, 0], turns[written, 1], turns[written, 2] = i, day, now
        written += 1
    return written
