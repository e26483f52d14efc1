"""One virtual person, from the first cubic millimetre of the primary to the end, in plain words.

Two worlds are told side by side: what is true in the body, marked "Nobody knows yet", and what the clinic sees.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import numpy as np

from seedsoil.biology.body import Body, Lesion
from seedsoil.care.chart import NEVER, Chart
from seedsoil.care.guidelines import standard
from seedsoil.care.orders import Order
from seedsoil.care.patient import CANCERS
from seedsoil.errors import InputError
from seedsoil.grammar import luck
from seedsoil.grammar.tables import contents, table
from seedsoil.study import story_words as words
from seedsoil.study.story_watch import Watch
from seedsoil.world import observing, parameters, people, populations, records, unseen
from seedsoil.world.day import WORK, World
from seedsoil.world.parameters import Numbers
from seedsoil.world.records import People

NOTICE = "A virtual person, not a real one. Research use, not for care."
BEFORE_OTHERS = ("age_years", "male", "weight")  # traits on which others depend
Look = Callable[[World], None]
TRIED = 60  # people drawn until one is found whose cancer reached bone
_PRIMARY = Body._fields.index("primary")
_CELLS = [Lesion._fields.index("sensitive"), Lesion._fields.index("resistant")]
_ORGANS = [i for i, name in enumerate(Body._fields) if name.endswith(("_sensitive", "_resistant"))]
_AWAKE = Lesion._fields.index("awake")


@dataclass
class Story:
    """What has been told so far."""

    events: list[dict] = field(default_factory=list)

    def seen(self, day: int, text: str) -> None:
        """Something that the person or the clinic knows."""
        self.events.append({"day": int(day), "when": words.when(int(day)), "known": True, "text": words.sentence(text)})

    def unseen(self, day: int, text: str) -> None:
        """Something that is true and that nobody knows yet."""
        said = f"Nobody knows yet: {text}"
        self.events.append({"day": int(day), "when": words.when(int(day)), "known": False, "text": said})


def tell(cancer: str = "breast", seed: int = 12, years: float = 10.0) -> dict:
    """One person's story (schema ``seedsoil.story/1``): somebody in whose
    bones the cancer had begun to grow when it was found.

    years: how long to follow after the diagnosis. Raises InputError for a cancer nobody knows.
    """
    if not 0.0 < years <= 30.0:
        raise InputError("years", years, "more than 0, at most 30")
    watch, person = diagnosed(cancer, seed)
    follow(watch, round(years * 365.25))
    return {"schema": "seedsoil.story/1", "person": person, "events": watch.story.events, "notice": NOTICE}


def diagnosed(cancer: str, seed: int, given: dict[str, float] | None = None, look: Look | None = None) -> tuple[Watch, dict]:
    """The same person on the day of the diagnosis, and who they are. `given` fixes traits; `look` is shown the world after
    every day. Raises InputError for a cancer nobody knows."""
    if cancer not in CANCERS:
        raise InputError("cancer", cancer, ", ".join(CANCERS))
    numbers, known = parameters.typical(), cancer != "unknown"
    hidden = cancer if known else _drawn_primary(seed)
    group, before, tried = _somebody(hidden, seed, numbers, known, given or {})
    world = World(records.rows(group, np.array([0])), _chart(group, cancer), numbers, seed, day=-before).practise_as_usual()
    person = _about(world, hidden, cancer, tried)
    watch = Watch(world, Story())
    _grow_unseen(watch, look)
    _diagnosis(world, watch.story, hidden, known)
    world.next_visit[:] = 0
    return watch, person


# ---- who -----------------------------------------------------------------------------------------------------------


def _drawn_primary(seed: int) -> str:
    """The cancer behind an unknown primary."""
    weights = populations.mixture()
    return list(weights)[int(luck.choose(luck.uniform(seed, 0, "drawn_primary"), np.array(list(weights.values()))))]


def _somebody(cancer: str, seed: int, numbers: Numbers, known: bool, traits: dict[str, float]) -> tuple[People, int, int]:
    """The first person drawn who lives to the diagnosis and by then has tumour growing in bone; the days until then."""
    given = {name: np.full(TRIED, traits[name]) for name in BEFORE_OTHERS if name in traits}
    if cancer == "prostate":
        given["subtype"] = np.zeros(TRIED, int)  # nobody starts out castration resistant
    everyone = people.without_body(cancer, np.arange(TRIED), seed, numbers, given)
    for name in traits.keys() - given.keys():
        everyone.traits[name][:] = traits[name]
    people.settle(everyone, numbers)
    days, volume = _days_unseen(everyone, seed, numbers)
    for i in range(TRIED):
        start = records.rows(everyone, np.array([i]))
        people.at_birth_of_primary(start, float(volume[i]))
        trial = World(records.rows(start, np.array([0])), Chart.empty(1, cancer=cancer), numbers, seed, day=-int(days[i]))
        if known:
            trial.advance(int(days[i]))
        else:
            days[i] = _until_it_is_found(trial, int(days[i]), seed)
        grows = (trial.people.lesion[0, : trial.people.lesions[0], _AWAKE] > 0.0).any()
        if trial.people.alive[0] and grows and days[i] > 0:
            return start, int(days[i]), i + 1
    raise InputError("seed", seed, fix=f"none of {TRIED} people with this cancer has it in bone; try another seed")


def _days_unseen(group: People, seed: int, numbers: Numbers) -> tuple[np.ndarray, np.ndarray]:
    """Days from the birth of the primary to the day it is found, and its volume then begun with, mL."""
    found = table("story.toml")["found_ml"].spread(luck.normal(seed, group.key, "visceral", luck.stream("found") & 0x7FFFFFFF))
    return unseen.days_unseen(group, found, numbers)


def _until_it_is_found(world: World, least: int, seed: int) -> int:
    """Days until the metastases of an unknown primary are large enough to be found; 0 if that never comes."""
    wanted = table("story.toml")["unknown_ml"].spread(luck.normal(seed, world.people.key, "visceral", 3))[0]
    for week in range(1, 2 * least // 7 + 1):
        world.advance(7)
        if not world.people.alive[0]:
            return 0
        if world.people.lesion[0][:, _CELLS].sum() + world.people.body[0, _ORGANS].sum() >= wanted:
            return 7 * week
    return 0


def _chart(group: People, cancer: str) -> Chart:
    t = group.traits
    subtype = group.subtype if cancer != "unknown" else -1
    chart = Chart.empty(1, cancer, t["male"] > 0.5, t["age_years"], t["weight"], subtype)
    chart.cancer_certain[:] = cancer != "unknown"
    return chart


def _about(world: World, hidden: str, cancer: str, tried: int) -> dict:
    part = populations.populations(hidden)[world.people.subtype[0]]
    whole = table_label(hidden)
    kind = whole if part.label == whole or hidden == "prostate" else f"{whole}, {part.label}"
    chosen = "the first person drawn" if tried == 1 else f"the first of {tried} people drawn"
    told = f"{chosen} in whom the cancer had begun to grow in bone by the time it was found"
    return {
        "age_years": round(float(world.people.traits["age_years"][0])),
        "sex": "man" if world.people.traits["male"][0] > 0.5 else "woman",
        "cancer": kind if cancer != "unknown" else f"unknown primary (in truth {kind})",
        "chosen": told,
    }


def table_label(cancer: str) -> str:
    """What the cancer's table calls it."""
    return contents("populations", f"{cancer}.toml")["label"]


# ---- what happens --------------------------------------------------------------------------------------------------


def _grow_unseen(watch: Watch, look: Look | None) -> None:
    """From the birth of the primary to the diagnosis, without a clinic."""
    world = watch.world
    tiny = world.people.body[0, _PRIMARY] < 2e-3
    watch.story.unseen(
        world.day, "the tumour is one cubic millimetre." if tiny else "a small tumour has been there since childhood."
    )
    while world.day < 0:
        world.advance()
        watch.hidden()
        if look:
            look(world)


def _diagnosis(world: World, story: Story, cancer: str, known: bool) -> None:
    """Day 0: the cancer is found and staged; a primary without metastases is removed."""
    label = table_label(cancer)
    chart = world.chart
    chart.day = 0
    if known:
        across = 2.0 * (0.75 / np.pi * world.people.body[0, _PRIMARY]) ** (1.0 / 3.0)
        story.seen(0, f"{label} is found. The tumour measures {across:.1f} cm.")
    else:
        story.seen(0, "a cancer is found, but nobody can say where it began.")
    observing.examine(world, np.array([0]))
    for name in ("bone_scan", "ct", "bloods", "marker"):
        orders = np.zeros(1, WORK)
        orders["what"] = observing.TESTS.index(name)
        observing.test(world, orders)
    _staging(world, story, known)


def _staging(world: World, story: Story, known: bool) -> None:
    chart, group = world.chart, world.people
    real = set(group.site[0].tolist())
    seen = [int(s) for s in chart.site[0][chart.lesions()[0]]]
    harmless = [site for site in seen if site not in real]
    if harmless:  # a single spot decides between cure and care, so it is looked at again
        _cross_out(chart, harmless)
        story.seen(0, f"a spot in {words.bones(harmless)} is looked at again and turns out to be harmless.")
    seen = [site for site in seen if site in real]
    organs = [said for i, (name, said) in enumerate(words.ORGANS.items()) if chart.organs[0] >> i & 1]
    if seen or organs:
        story.seen(0, f"the scans show spots in {words.bones(seen, organs)}. The cancer has spread.")
    else:
        story.seen(0, "the scans show nothing outside the place where it began.")
    if known and not (seen or organs):
        group.body[0, _PRIMARY] = 0.0
        story.seen(0, "the tumour is removed.")
    asleep = int((group.lesion[0, : group.lesions[0], _AWAKE] == 0.0).sum())
    missed = [int(s) for s in group.site[0, : group.lesions[0]] if int(s) not in seen]
    if missed:
        text = f"there are cells in {words.bones(missed)} that no scan can show."
        if asleep:
            text += " They are asleep." if asleep == len(missed) else " Some of them are asleep."
        story.unseen(0, text)


def _cross_out(chart: Chart, sites: list[int]) -> None:
    """Take places off the chart that have been shown to be sound."""
    lines = np.isin(chart.site[0], sites)
    chart.site[0, lines], chart.lesion_days[0, lines] = -1, NEVER
    chart.lesion_codes[0, lines], chart.lesion_numbers[0, lines] = -1, np.nan


def follow(
    watch: Watch, days: int, care: Callable[[Chart], Iterable[Order]] = standard, look: Look | None = None, end: bool = True
) -> None:
    """Care, from today to death or a day after the diagnosis, which is the story's `end` or not."""
    world = watch.world

    def policy(chart: Chart) -> Iterable[Order]:
        watch.ordered = care(chart)
        return watch.ordered

    while world.day < days and world.people.alive[0]:
        watch.before()
        world.step(policy)
        watch.after()
        if look:
            look(world)
    if end and world.people.alive[0]:
        watch.ending()
