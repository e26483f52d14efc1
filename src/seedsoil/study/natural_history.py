"""The natural history from the diagnosis of the primary: staging, treatment of the primary, the years of looking after,
and the day a metastasis is found.

Everybody's cancer grows unseen until it is found (`world.unseen`). Then the clinic stages it, removes the primary where
it does, gives what goes with that, and follows up; metastases are found by these tests or because they hurt. Day 0 is
the diagnosis. The stage comes out of the body and the tests: nobody is told that their disease is distant.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from scipy.special import ndtri

from seedsoil.biology.body import Body, Lesion
from seedsoil.biology.person import Hazards
from seedsoil.care import take_up
from seedsoil.care.chart import NEVER, Chart
from seedsoil.care.columns import LESION_DAYS
from seedsoil.care.criteria import limit
from seedsoil.care.guidelines import Standard, standard
from seedsoil.care.orders import Order, Test, merged, plan_first
from seedsoil.grammar import luck, skeleton
from seedsoil.grammar.tables import Entry, contents, read_entries, table
from seedsoil.study.newcomers import first_chart
from seedsoil.study.screening import REGIONS
from seedsoil.study.spells import Spells, has
from seedsoil.treatments import drug
from seedsoil.world import acting, observing, people, populations, unseen
from seedsoil.world.day import CLINIC_EVERY, START, STOP, TEST, TREAT, WORK, World
from seedsoil.world.parameters import Numbers, loop_number
from seedsoil.world.records import DEATHS, EVENTS, SLOTS, People, joined

STAGES = ("localised", "regional", "distant")
FOUND_BY = ("staging", "complaint", "follow-up")
TREATED = ("radiotherapy", "operation", "drug begun")  # of the log, beside what befalls a body
NOTED = ("bone metastasis found", "organ metastasis found")
LOG_KINDS = (*EVENTS, *TREATED, *NOTED)
PICTURES_FOR_PAIN = ("staging", "painful_long_bone")  # rules of standard care
STRETCH = 13 * CLINIC_EVERY  # days that everybody lives at their own pace before all are taken down
_LEFT_OUT = (EVENTS.index("fall"),)  # falls are many, and mean little here
_PRIMARY = Body._fields.index("primary")
_CELLS = [Lesion._fields.index(name) for name in ("sensitive", "resistant", "dead")]
_AWAKE = Lesion._fields.index("awake")
_SEEN = [LESION_DAYS.index(name) for name in ("first_seen", "last_seen")]
_ORGANS = [i for i, name in enumerate(Body._fields) if name.endswith(("_sensitive", "_resistant"))]
Progress = Callable[[int, int], None]


@functools.cache
def primaries() -> dict[str, float]:
    """New cases of each cancer in the country in a year."""
    return {cancer: unseen.of_primary(cancer)["new_cases"].value for cancer in populations.cancers()}


@functools.cache
def sampled() -> dict[str, float]:
    """Share of each cancer among the people who are drawn: by the root of its new cases, so that rare ones are seen too."""
    root = {cancer: cases**0.5 for cancer, cases in primaries().items()}
    return {cancer: x / sum(root.values()) for cancer, x in root.items()}


def weight_of(cancer: np.ndarray, n: int) -> np.ndarray:
    """New cases a year in the country that each person stands for, where n were drawn. cancer: numbers [m]."""
    each = np.array([primaries()[c] / (n * sampled()[c]) for c in populations.cancers()])
    return each[cancer]


@dataclass
class Lives:
    """What became of n people, one array a field; days since the diagnosis of the primary, NaN for never."""

    columns: dict[str, np.ndarray]
    events: np.ndarray  # [events, 4]: row of the person, day, number of LOG_KINDS, bone or drug (-1 none)

    def __getitem__(self, name: str) -> np.ndarray:
        return self.columns[name]

    def __len__(self) -> int:
        return len(self.columns["key"])


def live(
    keys: np.ndarray, seed: int, numbers: Numbers, days: int, progress: Progress | None = None, cancers: np.ndarray | None = None,
    year: float = take_up.TODAY,
) -> Lives:  # fmt: skip
    """The people of `keys`, from the birth of their primary to death or `days` after its diagnosis. cancers: the number of each
    one's cancer; drawn by `sampled` where it is not given. year: of the diagnosis; care moves on with the years from then."""
    found = diagnosed(keys, seed, numbers, cancers)
    world, watch = _staged(found, seed, numbers, year)
    policy = Aftercare()
    while world.day < days and world.people.alive.any():
        _in_its_year(world, year)
        _complaints_of_organs(world, np.flatnonzero(world.people.alive))
        before, end = world.day, min(world.day + STRETCH, days)
        world.live(policy, end, range(before, end, CLINIC_EVERY), _complaints_of_organs)
        watch.stretch(world)
        if progress and world.day // 365 > before // 365:
            progress(world.day, days)
    return watch.lives(world, days)


def _in_its_year(world: World, year: float) -> None:
    """What people can have today, and how many take it up."""
    now = year + world.day / 365.25
    world.chart.year, world.chart.unavailable = now, take_up.unavailable(now)


def diagnosed(keys: np.ndarray, seed: int, numbers: Numbers, cancers: np.ndarray | None = None) -> unseen.Found:
    """People on the day their cancer is found; which cancer, by number or by `sampled`."""
    shares = np.array([list(sampled().values())])
    which = luck.choose(luck.uniform(seed, keys, "drawn_primary"), shares) if cancers is None else cancers
    groups = []
    for k in np.unique(which):
        cancer = populations.cancers()[k]
        group = unseen.new_cases(cancer, keys[which == k], seed, numbers)
        groups.append((group, *unseen.days_unseen(group, unseen.found_ml(group, cancer, seed), numbers)))
    whole = joined([group for group, _, _ in groups])
    days, begun = (np.concatenate([g[i] for g in groups]) for i in (1, 2))
    order = np.argsort(whole.key, kind="stable")
    whole = People(*[f[order] for f in whole])
    people.settle(whole, numbers)
    return unseen.until_found(whole, days[order], begun[order], seed, numbers)


# ---- the diagnosis -----------------------------------------------------------------------------------------------------


def beyond_the_organ(group: People, seed: int) -> np.ndarray:
    """Mask: the neighbourhood or its lymph nodes are reached, were there no metastasis. Large and freely seeding tumours
    reach them; so many do that the registry's shares of localised and regional come out."""
    names = populations.cancers()
    score = functools.partial(populations.score, seed, group.key)
    own = lambda name: np.array([unseen.of_primary(names[c])[name].value for c in group.cancer])
    seeds = unseen.seeding_score(group.key, seed)
    index = (seeds + score("found_ml") + table("incidence.toml")["node_noise"].value * score("nodes")) / np.sqrt(
        2.0 + table("incidence.toml")["node_noise"].value ** 2
    )
    return index > ndtri(own("localised") / (own("localised") + own("regional")))


def _staged(found: unseen.Found, seed: int, numbers: Numbers, year: float) -> tuple[World, Watch]:
    """The day of the diagnosis: pictures of those in whom staging looks for more, removal of the primary, drugs beside it."""
    group = found.people
    world = Surveyed(group, first_chart(group, 0), numbers, seed).practise_as_usual()
    _in_its_year(world, year)
    n = len(group.key)
    everyone = np.arange(n)
    regional = beyond_the_organ(group, seed)
    watch = Watch(world, found, regional)
    observing.examine(world, everyone)
    hurts = np.nan_to_num(world.chart.symptom("pain_worst")) >= limit("pain.controlled")
    looked = regional | found.given_away | hurts | np.isin(group.cancer, _looked_through())
    rows = np.flatnonzero(looked)
    for name, who in (("bone_scan", looked & (hurts | _scanned_as_usual(group, seed))), ("ct", looked)):
        orders = np.zeros(int(who.sum()), WORK)
        orders["person"], orders["what"] = np.flatnonzero(who), observing.TESTS.index(name)
        observing.test(world, orders)
    look_again(world, rows)
    watch.look(world, rows, np.zeros(len(rows)))
    world.watch = watch
    spread = watch.known()
    _treat_primary(world, watch.stage(spread), spread, seed, year)
    return world, watch


def _scanned_as_usual(group: People, seed: int) -> np.ndarray:
    """Mask: staging looks at the whole skeleton though nothing hurts, as it does in cancers known to go to bone. In the others
    a CT of the trunk is all, and a metastasis that it does not show is found when it hurts."""
    share = np.array([unseen.of_primary(c)["bone_scan"].value for c in populations.cancers()])
    return luck.uniform(seed, group.key, "traits", luck.stream("scanned_at_staging") & 0x7FFFFFFF) < share[group.cancer]


@functools.cache
def _looked_through() -> np.ndarray:
    """Cancers that are staged by pictures of the whole body whatever their size: those with many distant cases."""
    often = table("incidence.toml")["staged_from"].value
    return np.array([k for k, c in enumerate(populations.cancers()) if unseen.of_primary(c)["distant"].value >= often])


def look_again(world: World, rows: np.ndarray) -> None:
    """Spots on pictures that are no metastasis, or a broken bone with too few cells in it to be seen, turn out to be harmless
    on a second look, and are crossed out: where nothing else is known, a single spot decides between cure and care."""
    chart = world.chart
    spots = (chart.site[rows] >= 0) & (chart.lesion_days[rows][:, :, _SEEN].max(axis=2) > NEVER)
    who, line = np.nonzero(spots & ~_tumour_there(world, rows))
    who = rows[who]
    chart.lesion_codes[who, line], chart.lesion_numbers[who, line] = -1, np.nan
    for k in _SEEN:
        chart.lesion_days[who, line, k] = NEVER
    nothing = (chart.lesion_days[who, line] == NEVER).all(axis=1)
    chart.site[who[nothing], line[nothing]] = -1


def _tumour_there(world: World, rows: np.ndarray) -> np.ndarray:
    """Mask over the lines of these charts [m, lines]: there is a metastasis in that bone, large enough to be told."""
    sites = np.where(_told_of(world.people, rows), world.people.site[rows], -2)
    return (world.chart.site[rows][:, :, None] == sites[:, None, :]).any(axis=2)


@functools.cache
def _spine() -> list[int]:
    """Numbers of the bones of the spine."""
    return [k for k, bone in enumerate(skeleton.bones()) if bone.region in REGIONS["spine"]]


def _told_of(group: People, rows: np.ndarray) -> np.ndarray:
    """Mask [m, SLOTS]: lesions large enough to be told from chance."""
    return group.lesion[rows][:, :, _CELLS].sum(axis=2) >= table("incidence.toml")["told_ml"].value


def _treat_primary(world: World, stage: np.ndarray, spread: np.ndarray, seed: int, year: float) -> None:
    group = world.people
    names = populations.cancers()
    chance = np.array([unseen.of_primary(names[c])[f"removed.{STAGES[s]}"].value for c, s in zip(group.cancer, stage, strict=True)])
    removed = luck.uniform(seed, group.key, "traits", luck.stream("removed") & 0x7FFFFFFF) < chance
    group.body[removed, _PRIMARY] = 0.0
    parts = np.array([populations.populations(names[c])[s].subtype for c, s in zip(group.cancer, group.subtype, strict=True)])
    work = [world.work]
    for row in _around("adjuvant"):
        if "since" in row and row["since"].value > year:
            continue
        own = ~spread & (group.cancer == names.index(row["cancer"])) & np.isin(stage, [STAGES.index(s) for s in row["stages"]])
        own &= parts == row["subtype"] if "subtype" in row else True
        own &= luck.uniform(seed, group.key, "traits", luck.stream(row["id"] + ".adjuvant") & 0x7FFFFFFF) < row["share"].value
        begin = round(table("incidence.toml")["adjuvant_after"].value)
        for verb, day in ((START, begin), (STOP, begin + round(row["days"].value))):
            rows = np.zeros(int(own.sum()), WORK)
            rows["person"], rows["verb"], rows["day"], rows["what"] = (
                np.flatnonzero(own), verb, day, drug.number_of()[row["drug"]],
            )  # fmt: skip
            rows["dose"], rows["site"], rows["fractions"], rows["every_days"] = np.nan, -1, 1, np.nan
            work.append(rows)
    world.work = np.concatenate(work)


@functools.cache
def _around(kind: str) -> tuple[dict, ...]:
    """The rows of one kind of care around the primary, their numbers read."""
    return tuple(row | read_entries(row, "incidence.toml") for row in contents("incidence.toml")[kind])


# ---- the years after ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Aftercare:
    """Standard care, and the tests by which people without known metastases are looked after."""

    rest: Standard = standard

    def __call__(self, chart: Chart) -> tuple[Order, ...]:
        """The orders for everybody on the chart."""
        return self.side_by_side((self,), np.zeros(len(chart), int), chart)

    @staticmethod
    def side_by_side(policies: Sequence[Aftercare], arm: np.ndarray, chart: Chart) -> tuple[Order, ...]:
        """The orders of several such policies, each for its own people: `arm` [n] numbers them. A slight pain in somebody without
        known metastases is watched first."""
        chart = chart.held()
        free = ~chart.lesions().any(axis=1) & (chart.organs == 0)
        slight = free & (chart.symptom("pain_worst") < table("incidence.toml")["watched_pain"].value)
        rest = Standard.side_by_side([policy.rest for policy in policies], arm, chart)
        said = (o.at(~slight) if o.rule in PICTURES_FOR_PAIN else o for o in rest)
        return plan_first(merged(_tests(chart, free)), said)

    def on_call(self) -> Aftercare:
        """The same between clinics, which is standard care alone."""
        return replace(self, rest=self.rest.on_call())


def _tests(chart: Chart, free: np.ndarray) -> Iterator[Order]:
    for row in _around("follow_up"):
        every: Entry = row["every_days"]
        mine = free & chart.is_cancer(row["cancer"]) & (chart.day <= row["until_days"].value)
        due = ~(chart.tested(row["test"]) < every.value - 7.0)
        yield Test(row["test"], mine & due, topic="follow_up", by="plan", rule="aftercare", source="seedsoil",
                   why="no metastasis is known, and it is time to look")  # fmt: skip
    rises = free & chart.rising("psa", limit("systemic.fold")) & (chart.latest("psa") > limit("systemic.floor_psa"))
    for name in ("bone_scan", "ct"):
        recently = chart.tested(name) < limit("follow_up.imaging_days") * 2
        yield Test(name, rises & ~recently, topic="follow_up", by="plan", rule="aftercare", source="seedsoil",
                   why="PSA has risen")  # fmt: skip


def _complaints_of_organs(world: World, rows: np.ndarray) -> None:
    """Metastases in organs that nobody knows of and that make themselves felt bring people to a CT."""
    unknown = rows[world.chart.organs[rows] == 0]
    felt = unknown[unseen.felt_in_organs(world.people.body[unknown])]
    if len(felt):
        order = Test("ct", np.ones(len(felt), bool), topic="diagnosis", why="complaints of an organ", within_hours=336.0)
        world.take(felt, (order,))


# ---- what is taken down ------------------------------------------------------------------------------------------------


@dataclass
class Surveyed(World):
    """A world in which what a test has shown is looked at again on the same day, and taken down."""

    watch: Watch | None = None

    def act(self, rows: np.ndarray | None = None) -> None:
        """What is due; see `World.act`."""
        super().act(rows)
        tested = np.unique(self.done["person"][self.done["verb"] == TEST])
        if self.watch is not None and len(tested):
            look_again(self, tested)
            self.watch.look(self, tested, self.day_of(tested) + 1)


@dataclass
class Watch:
    """Takes down, stretch by stretch, what befalls everybody and when what is found."""

    world: World
    found: unseen.Found
    regional: np.ndarray
    events: list[np.ndarray] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.world.follow()
        self.spells = Spells(self.world)
        group = self.world.people
        n = len(group.key)
        nothing = lambda: np.full(n, np.nan)
        self.bone, self.spine, self.organ, self.death = nothing(), nothing(), nothing(), nothing()
        self.cord, self.calcium, self.high_calcium = nothing(), nothing(), nothing()
        self._conditions(self.world)
        self.found_by, self.cause = np.full(n, -1, np.int8), np.full(n, -1, np.int8)
        self.sites = np.full((n, SLOTS), -1, np.int16)
        used = np.arange(SLOTS)[None, :] < group.lesions[:, None]
        self.at_diagnosis = {
            "found_ml": group.body[:, _PRIMARY].copy(),
            "ml_days": self.found.ml_days,
            "colonies_then": group.lesions.astype(np.int16),
            "asleep_then": (used & (group.lesion[:, :, _AWAKE] == 0.0)).sum(axis=1).astype(np.int16),
        }
        self.founded = group.times[:, Hazards._fields.index("new_lesion")].copy()

    def look(self, world: World, rows: np.ndarray, day: np.ndarray) -> None:
        """What the tests of these days [m] have found in these people, for the first time."""
        chart, group = world.chart, world.people
        seen = _tumour_there(world, rows) & (chart.lesion_days[rows][:, :, _SEEN[0]] > NEVER)
        in_spine = (seen & np.isin(chart.site[rows], _spine())).any(axis=1)
        self.spine[rows[in_spine]] = np.fmin(self.spine[rows[in_spine]], day[in_spine])
        fresh = seen.any(axis=1) & np.isnan(self.bone[rows])
        new = rows[fresh]
        self.bone[new] = day[fresh]
        self.sites[new] = np.where(_told_of(group, new), group.site[new], -1)
        staging = day[fresh] <= table("incidence.toml")["staged_within"].value
        sore = np.nan_to_num(chart.symptom("pain_worst")[new]) >= limit("pain.controlled")
        self.found_by[new] = np.where(staging, 0, np.where(sore, 1, 2))
        self._log(new, day[fresh], LOG_KINDS.index(NOTED[0]), -1)
        organ = (chart.organs[rows] > 0) & np.isnan(self.organ[rows])
        self.organ[rows[organ]] = day[organ]
        self._log(rows[organ], day[organ], LOG_KINDS.index(NOTED[1]), -1)

    def stretch(self, world: World) -> None:
        """The stretch that has just passed."""
        happened = world.happened[~np.isin(world.happened[:, 2], _LEFT_OUT)]
        if len(happened):
            self.events.append(happened.copy())
            dead = happened[np.isin(happened[:, 2], [EVENTS.index(name) for name in DEATHS])]
            self.death[dead[:, 0]] = dead[:, 1] + 1
            self.cause[dead[:, 0]] = [DEATHS.index(EVENTS[k]) for k in dead[:, 2]]
        self._conditions(world)
        done = world.done
        if len(done) == 0:
            return
        treated = done[done["verb"] == TREAT]
        rays = treated["what"] == acting.treatments().index(acting.RADIOTHERAPY)
        for which, kind in ((rays, 0), (~rays, 1)):
            rows = treated[which]
            self._log(rows["person"], rows["day"] + 1, LOG_KINDS.index(TREATED[kind]), rows["site"])
        begun = done[done["verb"] == START]
        self._log(begun["person"], begun["day"] + 1, LOG_KINDS.index(TREATED[2]), begun["what"])

    def _conditions(self, world: World) -> None:
        """In whom the cord fails, or calcium is high, above normal or as trials count it, for the first time."""
        who, begin, _, state = self.spells.of(world, self.death)
        high = (self.high_calcium, "hypercalcaemia"), (self.calcium, "hypercalcaemia_event")
        for first, condition in ((self.cord, "cord_deficit"), *high):
            on = has(state, condition)
            np.fmin.at(first, who[on], begin[on].astype(float))

    def _log(self, who: np.ndarray, day: np.ndarray, kind: int, detail) -> None:
        if len(who):
            rows = np.zeros((len(who), 4), np.int64)
            rows[:, 0], rows[:, 1], rows[:, 2], rows[:, 3] = who, day, kind, detail
            self.events.append(rows)

    def known(self) -> np.ndarray:
        """Mask: a metastasis has been found so far."""
        return ~np.isnan(self.bone) | ~np.isnan(self.organ)

    def stage(self, spread: np.ndarray) -> np.ndarray:
        """Number of each person's stage, where `spread` says whose disease is distant."""
        return np.where(spread, 2, np.where(self.regional, 1, 0))

    def _known_adenoma(self) -> np.ndarray:
        """Mask: a parathyroid adenoma that somebody has looked for, so that high calcium is not put down to the cancer."""
        group = self.world.people
        u = luck.uniform(self.world.seed, group.key, "traits", luck.stream("adenoma_known") & 0x7FFFFFFF)
        known = u < table("incidence.toml")["adenoma_known"].value
        return known & (group.traits["parathyroid_adenoma"] > 0.0)

    def lives(self, world: World, days: int) -> Lives:
        """All of it, once the years are over."""
        group = world.people
        visible = loop_number("visible_visceral")
        within = table("incidence.toml")["staged_within"].value
        early = (self.bone <= within) | (self.organ <= within)
        bone_ml = group.lesion[:, :, _CELLS].sum(axis=2)
        columns = {
            "key": group.key, "cancer": group.cancer.astype(np.int8), "subtype": group.subtype.astype(np.int8),
            "male": group.traits["male"] > 0.5, "age_years": group.traits["age_years"], "stage": self.stage(early).astype(np.int8),
            "given_away": self.found.given_away, **self.at_diagnosis,
            "founded_then": self.founded, "founded": group.times[:, Hazards._fields.index("new_lesion")],
            "bone_day": self.bone, "spine_day": self.spine, "cord_day": self.cord,
            "calcium_day": self.calcium,
            "high_calcium_day": np.where(self._known_adenoma(), np.nan, self.high_calcium),
            "bone_by": self.found_by, "organ_day": self.organ,
            "bone_at_end": ~np.isnan(self.bone) | (bone_ml >= visible).any(axis=1),
            "organ_at_end": ~np.isnan(self.organ) | (group.body[:, _ORGANS].sum(axis=1) >= visible),
            "death_day": self.death, "death_cause": self.cause, "until_day": np.where(np.isnan(self.death), days, self.death),
            "sites": self.sites,
        }  # fmt: skip
        events = np.concatenate(self.events) if self.events else np.zeros((0, 4), np.int64)
        order = np.lexsort([events[:, 3], events[:, 2], events[:, 1], events[:, 0]])
        return Lives(columns, events[order])
