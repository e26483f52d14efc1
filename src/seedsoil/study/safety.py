"""The safety of standard care, counted in simulated people with the truth of their bodies beside what the clinic does.

An emergency begins when the body says so (cord or root deficit that an examination can find; corrected calcium above 3.0 mmol/L),
whatever the chart knows. Counted are: whether it is raised, how long that takes and how long until something is done; alarms
where the body has no such thing (no deficit and a cord that is not pressed; calcium of 3.0 or less); and doses given although the
chart names a contraindication, or without the value that would tell.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import nullcontext
from dataclasses import dataclass, field, fields

import numpy as np

from seedsoil import __version__
from seedsoil.care import contraindications, criteria
from seedsoil.care.guidelines import Standard, standard
from seedsoil.care.orders import Order
from seedsoil.diagnostics import appearance
from seedsoil.grammar.tables import hash_of, table
from seedsoil.study import curves, outcomes
from seedsoil.study.newcomers import newly_found
from seedsoil.treatments import drug as drugs
from seedsoil.world import acting, kernel, observing, parameters
from seedsoil.world.day import World
from seedsoil.world.work_list import DOSE, START, TEST, TREAT

SCHEMA = "seedsoil.safety/1"
CHUNK = 3000  # people side by side: a round costs much the same for few as for many
KINDS = ("cord", "calcium")
ALARM_HOURS = 24
RULES = {
    "cord": ("suspected cord compression", "steroid for the cord", "surgery for the cord",
             "radiotherapy for the cord", "cord signs in comfort care"),
    "calcium": ("signs of high calcium", "calcium watched", "fluids for high calcium", "antiresorptive for high calcium",
                "calcitonin for severe calcium"),
}  # fmt: skip
SIGNS = {"cord": criteria.CORD_SIGNS, "calcium": ("confusion", "thirst")}
# a blood test today, for signs or because the last calcium was high and is old: it raises the question, and is no alarm before
# it is answered
CHECKS = ("signs of high calcium", "calcium watched")
ACTIONS = {
    "cord": {"test": ("mri",), "start": ("dexamethasone",), "treat": ("radiotherapy", "decompression")},
    "calcium": {"test": (), "start": ("fluids", "zoledronate", "denosumab", "pamidronate", "calcitonin"), "treat": ()},
}  # fmt: skip
NO_DAY = -(10**6)


def _limit(name: str) -> float:
    return table("safety.toml")[name].value


@dataclass
class Watched(World):
    """A world that keeps the day's orders with the people they concern, and how each dose stood to the drug's rules."""

    hear: Callable[[World, np.ndarray, tuple[Order, ...]], None] | None = None  # told of the day's orders before any is done
    given: list[tuple[str, int, int, int]] = field(default_factory=list)  # drug, doses, against, unknown
    topic: np.ndarray | None = None  # [n, drugs] number of the topic under which a drug was last ordered

    def take(self, due: np.ndarray, orders: tuple[Order, ...]) -> None:
        self.hear(self, due, orders)
        for order in orders:
            if order.verb == "start" and order.acts and order.what in drugs.number_of():
                self.topic[due[order.where], drugs.number_of()[order.what]] = order.topic == "emergency"
        super().take(due, orders)

    def look_again(self, rows: np.ndarray) -> np.ndarray:
        """Judge every dose that is about to be given by the drug's own rules and the chart as it stands."""
        rows = super().look_again(rows)
        doses = rows[np.isin(rows["verb"], (START, DOSE))]
        names = list(drugs.catalogue())
        for d in np.unique(doses["what"]):
            who = np.unique(doses["person"][doses["what"] == d])
            for urgent in (False, True):
                mine = who[self.topic[who, d] == urgent]
                if len(mine):
                    topic = "emergency" if urgent else drugs.catalogue()[names[d]].topic
                    found = contraindications.judge(self.chart.select(mine), names[d], topic)
                    against = found.refused | found.waits
                    self.given.append((names[d], len(mine), int(against.sum()), int((found.lacks & ~against).sum())))
        return rows


@dataclass
class Emergencies:
    """Episodes of one kind in n people: those open, and those that are over."""

    kind: str
    n: int
    onset: np.ndarray = None  # [n] day the open episode began, NO_DAY where none is
    reported: np.ndarray = None
    raised: np.ndarray = None
    acted: np.ndarray = None
    last_alarm: np.ndarray = None  # day of the last alarm of this kind
    last_act: np.ndarray = None
    over: list[np.ndarray] = field(default_factory=list)  # rows of onset, reported, raised, acted, end
    alarms: int = 0
    false: int = 0
    checks: int = 0

    def __post_init__(self) -> None:
        for name in ("onset", "reported", "raised", "acted", "last_alarm", "last_act"):
            setattr(self, name, np.full(self.n, NO_DAY))

    def begin(self, ill: np.ndarray, well: np.ndarray, day: int) -> None:
        """Open the episodes of those who are ill by the truth of today, and close those of the well (or the dead)."""
        new = ill & (self.onset == NO_DAY)
        near = _limit("episode.known_days")
        for mark, last in ((self.raised, self.last_alarm), (self.acted, self.last_act)):
            mark[new] = np.where(day - last[new] <= near, day, NO_DAY)
        self.reported[new] = NO_DAY
        self.onset[new] = day
        self.close(well & (self.onset > NO_DAY), day)

    def close(self, who: np.ndarray, day: int) -> None:
        rows = np.column_stack([x[who] for x in (self.onset, self.reported, self.raised, self.acted)] + [np.full(who.sum(), day)])
        self.over.append(rows)
        self.onset[who] = NO_DAY

    def note(self, mark: np.ndarray, who: np.ndarray, day: int) -> None:
        """The first day of something in the open episodes of these people."""
        who = who[(self.onset[who] > NO_DAY) & (mark[who] == NO_DAY)]
        mark[who] = day

    def alarm(self, who: np.ndarray, true: np.ndarray, day: int) -> None:
        """Alarms of today; those of people who had one lately are the same."""
        new = day - self.last_alarm[who] > _limit("episode.again_days")
        self.alarms += int(new.sum())
        self.false += int((new & ~true).sum())
        self.last_alarm[who] = day
        self.note(self.raised, who, day)


@dataclass
class Counted:
    """What was counted in some people; several add up."""

    people: int = 0
    days: float = 0.0
    episodes: dict[str, list[np.ndarray]] = field(default_factory=lambda: {kind: [] for kind in KINDS})
    alarms: dict[str, int] = field(default_factory=lambda: dict.fromkeys(KINDS, 0))
    false: dict[str, int] = field(default_factory=lambda: dict.fromkeys(KINDS, 0))
    checks: dict[str, int] = field(default_factory=lambda: dict.fromkeys(KINDS, 0))
    doses: dict[str, np.ndarray] = field(default_factory=dict)  # drug -> given, against, unknown

    def add(self, other: Counted) -> None:
        self.people, self.days = self.people + other.people, self.days + other.days
        for kind in KINDS:
            self.episodes[kind] += other.episodes[kind]
            self.alarms[kind] += other.alarms[kind]
            self.false[kind] += other.false[kind]
            self.checks[kind] += other.checks[kind]
        for name, row in other.doses.items():
            self.doses[name] = self.doses.get(name, np.zeros(3, int)) + row


def safety(people: int = 100_000, years: float = 2.0, seed: int = 1, workers: int = 1,
           progress: Callable[[str, int, int], None] | None = None) -> dict:  # fmt: skip
    """Standard care in so many people from the day their bone metastases are found (document `seedsoil.safety/1`). The figures
    are the same whatever the number of processes."""
    total, one = Counted(), functools.partial(count, years=years, seed=seed)
    with ProcessPoolExecutor(workers) if workers > 1 else nullcontext() as pool:
        for part in (pool.map if pool else map)(one, chunks(people)):
            total.add(part)
            if progress:
                progress("living people", total.people, people)
    return document(total, years, seed)


def chunks(people: int) -> Iterator[np.ndarray]:
    """The keys of the people, a chunk at a time; who is in which chunk changes nobody."""
    for start in range(0, people, CHUNK):
        yield np.arange(start, min(start + CHUNK, people))


def count(keys: np.ndarray, years: float, seed: int, nurse_line: bool = True, policy: Standard = standard) -> Counted:
    """Live these people under a policy and count."""
    shares = {name: entry.value for name, entry in table("safety.toml").items() if name.startswith("mix.")}
    mix = [(name.removeprefix("mix."), None, share) for name, share in shares.items()]
    plain = newly_found(mix, keys, seed, parameters.typical(), day=0)
    world = Watched(**{f.name: getattr(plain, f.name) for f in fields(World) if f.init})
    world.nurse_line = nurse_line
    world.hear = lambda world, due, orders: [_told(world, open_, due, orders) for open_ in kinds.values()]
    world.topic = np.zeros((len(keys), len(drugs.catalogue())), bool)
    kinds = {kind: Emergencies(kind, len(keys)) for kind in KINDS}
    days = 0.0
    for _ in range(round(365.25 * years)):
        day, alive = world.day, world.people.alive.copy()
        if not alive.any():
            break
        days += alive.sum()
        for kind, (ill, well) in _truth(world).items():
            kinds[kind].begin(ill & alive, well | ~alive, day)
        world.step(policy)
        for kind in KINDS:
            kinds[kind].note(kinds[kind].acted, _acted(world, kind, kinds[kind]), day)
    for kind in KINDS:
        kinds[kind].close(kinds[kind].onset > NO_DAY, world.day)
    doses: dict[str, np.ndarray] = {}
    for name, *row in world.given:
        doses[name] = doses.get(name, np.zeros(3, int)) + np.array(row)
    return Counted(
        len(keys), days, {kind: kinds[kind].over for kind in KINDS}, {kind: kinds[kind].alarms for kind in KINDS},
        {kind: kinds[kind].false for kind in KINDS}, {kind: kinds[kind].checks for kind in KINDS}, doses,
    )  # fmt: skip


def _truth(world: World) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """(mask of those with the emergency, mask of those surely without) by the body."""
    deficit, calcium = world.sums().cord_deficit, world.body().calcium
    return {
        "cord": (deficit > outcomes.limit("cord_deficit"), deficit < _limit("episode.cord_over")),
        "calcium": (calcium > outcomes.limit("hypercalcaemia_event"), calcium < _limit("episode.calcium_over")),
    }  # fmt: skip


def _true_now(world: World, kind: str, rows: np.ndarray) -> np.ndarray:
    """Whether an alarm about these people is right: the emergency is there, or a cord that is pressed without a deficit yet."""
    ill = _truth(world)[kind][0][rows]
    if kind == "cord" and len(rows):
        view = observing.seen(world, rows)
        grade = appearance.epidural_grade(view, appearance.look(view).occupied)
        spinal = view.used & (view.sites["spinal"][np.maximum(view.site, 0)] > 0.5)
        ill |= (spinal & (grade >= _limit("episode.pressed_grade"))).any(axis=1)
    return ill


def _told(world: Watched, open_: Emergencies, due: np.ndarray, orders: tuple[Order, ...]) -> None:
    """Who told of it today at an examination, and for whom an alarm was raised; before anything is done."""
    view, day = world.chart.select(due).held(), world.day
    # what was there long before is not told of it: the sign has to come, or get worse, about when it begins
    near = day - np.where(open_.onset[due] > NO_DAY, open_.onset[due], day) + _limit("episode.known_days")
    new = np.logical_or.reduce([(view.symptom(s) > 0) & (view.since_rise(s) <= near) for s in SIGNS[open_.kind]])
    open_.note(open_.reported, due[new], day)
    hit, check = np.zeros((2, len(due)), bool)
    for order in orders:
        pressing = order.within_hours is not None and order.within_hours <= ALARM_HOURS and order.stance != "forbid"
        if pressing and order.rule in RULES[open_.kind]:
            (check if order.rule in CHECKS else hit)[order.where] = True
    open_.note(open_.raised, due[check], day)
    open_.checks += int((check & ~hit).sum())
    if hit.any():
        open_.alarm(due[hit], _true_now(world, open_.kind, due[hit]), day)


def _acted(world: World, kind: str, open_: Emergencies) -> np.ndarray:
    """For whom something against the emergency was done today."""
    numbers = {"test": observing.TESTS, "start": tuple(drugs.catalogue()), "treat": acting.treatments()}
    codes = {"test": (TEST,), "start": (START, DOSE), "treat": (TREAT,)}
    who = []
    for verb, names in ACTIONS[kind].items():
        wanted = [numbers[verb].index(name) for name in names]
        who.append(world.done["person"][np.isin(world.done["verb"], codes[verb]) & np.isin(world.done["what"], wanted)])
    found = np.unique(np.concatenate(who))
    open_.last_act[found] = world.day - 1
    return found


# ---------------------------------------------------------------------------------------------- the document


def document(total: Counted, years: float, seed: int) -> dict:
    """The figures of a run, as plain data."""
    person_years = total.days / 365.25
    doses = sorted(total.doses.items())
    given, against, unknown = (int(sum(row[k] for _, row in doses)) for k in range(3))
    return {
        "schema": SCHEMA, "version": __version__, "kernel": kernel.NAME, "tables": hash_of(), "seed": seed, "years": years,
        "people": total.people, "person_years": round(person_years, 1),
        "emergencies": [_kind(kind, total, person_years) for kind in KINDS],
        "false_alarms_per_100_person_years": _rate(sum(total.false.values()), person_years),
        "doses": {
            "given": given, "against_a_contraindication": against, "input_unknown": unknown,
            "by_drug": [
                {"drug": name, **dict(zip(("given", "against", "unknown"), map(int, row), strict=True))}
                for name, row in doses if row[1] or row[2]
            ],
        },
        "notice": "Research use, not for care. Simulated people; the figures are those of the model.",
    }  # fmt: skip


def _rate(events: int, person_years: float) -> dict:
    """Events per 100 person-years, with a 95 % interval (normal on the square root)."""
    root, scale = np.sqrt(events), 100.0 / max(person_years, 1e-9)
    low, high = max(root - 0.98, 0.0) ** 2, (root + 0.98) ** 2
    return {"figure": events * scale, "low": low * scale, "high": high * scale, "events": events}


def _kind(kind: str, total: Counted, person_years: float) -> dict:
    rows = np.concatenate([np.zeros((0, 5), int), *total.episodes[kind]])
    onset, reported, raised, acted, end = rows.T
    told = reported > NO_DAY
    hit, done = raised > NO_DAY, acted > NO_DAY
    lasting = end - onset
    return {
        "kind": kind, "episodes": len(rows), "episodes_per_100_person_years": _rate(len(rows), person_years),
        "sensitivity": _share(hit), "raised_on_the_day_it_is_told": _share((raised <= reported)[told & (hit | told)] & hit[told]),
        "told": int(told.sum()), "missed": int((~hit).sum()), "missed_that_lasted_a_week": int((~hit & (lasting >= 7)).sum()),
        "acted_on": _share(done),
        "days_to_raise": _days((raised - onset)[hit]), "days_to_action": _days((acted - onset)[done]),
        "alarms": total.alarms[kind], "false_alarms": total.false[kind],
        "checks_per_100_person_years": _rate(total.checks[kind], person_years),
        "false_alarms_per_100_person_years": _rate(total.false[kind], person_years),
    }  # fmt: skip


def _share(hits: np.ndarray) -> dict:
    figure, low, high = curves.proportion(float(np.sum(hits)), len(hits))
    clean = lambda x: None if not np.isfinite(x) else float(x)
    return {"figure": clean(figure), "low": clean(low), "high": clean(high), "of": len(hits)}


def _days(values: np.ndarray) -> dict:
    if not len(values):
        return {"median": None, "p95": None, "mean": None}
    return {"median": float(np.median(values)), "p95": float(np.quantile(values, 0.95)), "mean": float(np.mean(values))}
