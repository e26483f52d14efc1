"""A clinic for learning agents, after Gymnasium: what is observed is the chart, what is done are orders (extra `[rl]`).

    env = seedsoil.doors.gym.BoneClinic("breast")           # one person an episode
    envs = seedsoil.doors.gym.BoneClinics("breast", 64)     # many at once, in one world

One step is one visit and the days until the next. The agent never sees the body: only tests and complaints tell. The reward counts
what befalls the person; its weights, or the whole sum, can be replaced. Research and teaching: no policy learnt here is for care.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from seedsoil.biology import person as whole
from seedsoil.care.chart import Chart
from seedsoil.care.guidelines import standard
from seedsoil.care.orders import Order, Start, Test, Treat
from seedsoil.diagnostics.truth import person
from seedsoil.errors import InputError
from seedsoil.study.cohort import mixture_of
from seedsoil.study.newcomers import newly_found
from seedsoil.world import observing, parameters
from seedsoil.world.day import World
from seedsoil.world.records import People

try:
    import gymnasium
    from gymnasium import spaces
except ImportError:
    raise InputError("gym", "gymnasium", "an installed package", "pip install 'seedsoil[rl]'") from None

DAYS_A_VISIT, HORIZON_DAYS = 28, 728
LAST_DAY = 30_000  # the chart counts days in 16 bits; then everybody begins anew
WEIGHTS = {"days_alive": 1.0, "pain_days": -0.05, "fractures": -20.0, "cord_function_lost": -60.0, "orders": -0.2}
SEEN = (
    "calcium_corrected", "albumin", "alp", "creatinine", "haemoglobin", "platelets", "psa", "ca153", "cea", "ldh", "crp", "ecog",
)  # fmt: skip
TOLD = ("pain_worst", "pain_rest", "leg_weakness", "walking", "bladder", "confusion")
SUFFERED = ("fracture", "cord_compression", "hypercalcaemia", "hypocalcaemia", "kidney_injury", "jaw_necrosis")
GIVEN = ("bisphosphonate", "rankl_antibody", "opioid", "systemic")
GUIDED = ("systemic", "bone_agent", "radiotherapy", "surgery", "pain", "emergency", "diagnosis", "follow_up")
_LINES = ("bone_lesions", "largest_mm", "irradiated", "cord_pressed")
FEATURES = ("age", "male", "weight", *SEEN, *TOLD, *(f"had_{e}" for e in SUFFERED), *(f"on_{g}" for g in GIVEN), *_LINES)

Reward = Callable[[Mapping[str, np.ndarray]], np.ndarray]


# ---- orders ---------------------------------------------------------------------------------------------------------


def _start(drug: str) -> Callable[[Chart, np.ndarray], Iterator[Order]]:
    def orders(chart: Chart, where: np.ndarray) -> Iterator[Order]:
        yield Start(drug, where & ~chart.on(drug), topic="bone_agent")

    return orders


def _more_opioid(chart: Chart, where: np.ndarray) -> Iterator[Order]:
    """Morphine begun, or half as much again."""
    yield Start("morphine", where, dose=np.maximum(20.0, 1.5 * chart.dose_of("morphine")), topic="pain")


def _irradiate(chart: Chart, where: np.ndarray) -> Iterator[Order]:
    """A single dose where it hurts most."""
    site = np.nan_to_num(chart.symptom("pain_site"), nan=-1.0).astype(int)
    yield Treat("radiotherapy", where, site=site, dose_gy=8.0, fractions=1.0, topic="radiotherapy")


def _test(name: str) -> Callable[[Chart, np.ndarray], Iterator[Order]]:
    return lambda chart, where: iter((Test(name, where, topic="diagnosis"),))


def _guided(topic: str) -> Callable[[Chart, np.ndarray], Iterator[Order]]:
    """Whatever the guidelines say in one topic."""
    return lambda chart, where: (order.at(where) for order in standard(chart) if order.topic == topic)


MENU: dict[str, Callable[[Chart, np.ndarray], Iterator[Order]]] = {
    "zoledronate": _start("zoledronate"), "denosumab": _start("denosumab"), "more_opioid": _more_opioid,
    "irradiate": _irradiate, "bloods": _test("bloods"), "bone_scan": _test("bone_scan"), "ct": _test("ct"),
    **{f"guided_{topic}": _guided(topic) for topic in GUIDED},
}  # fmt: skip


# ---- the clinic -----------------------------------------------------------------------------------------------------


def observation_of(chart: Chart) -> np.ndarray:
    """The chart as numbers [n, 2 x FEATURES]: values, zero where nobody knows, then whether somebody does."""
    columns = [chart.age(), chart.male.astype(float), chart.weight_kg]
    columns += [chart.latest(name) for name in SEEN] + [chart.symptom(name) for name in TOLD]
    columns += [chart.happened(name).astype(float) for name in SUFFERED] + [chart.on(name).astype(float) for name in GIVEN]
    largest = np.nanmax(np.nan_to_num(chart.lesion("longest_mm"), nan=-1.0), axis=1)
    columns += [chart.known_lesions().astype(float), np.where(largest < 0, np.nan, largest)]
    columns += [(chart.lesion("dose_gy") > 0).sum(axis=1).astype(float), (chart.lesion("epidural") >= 4).any(axis=1).astype(float)]
    values = np.column_stack([np.asarray(c, np.float32) for c in columns])
    known = ~np.isnan(values)
    return np.hstack([np.where(known, values, 0.0), known]).astype(np.float32)


class Clinic:
    """Some virtual people in one world, advanced from visit to visit by orders that stand as switches."""

    def __init__(
        self, cancer: str, orders: Sequence[str] | None, days_a_visit: int, horizon_days: int, reward: Reward | Mapping | None
    ) -> None:
        unknown = [name for name in orders or () if name not in MENU]
        if unknown:
            raise InputError("orders", unknown[0], ", ".join(MENU))
        if not 1 <= days_a_visit <= horizon_days:
            raise InputError("days_a_visit", days_a_visit, f"1 to horizon_days ({horizon_days})")
        self.mixture, self.menu = mixture_of(cancer), tuple(orders or MENU)
        self.days, self.horizon = days_a_visit, horizon_days
        weights = WEIGHTS | dict(reward) if isinstance(reward, Mapping) else WEIGHTS
        wrong = sorted(set(weights) - set(WEIGHTS))
        if wrong:
            raise InputError("reward", wrong[0], ", ".join(WEIGHTS))
        self.reward: Reward = reward if callable(reward) else lambda told: sum(w * told[name] for name, w in weights.items())
        self.numbers = parameters.typical()
        self.observation = spaces.Box(-np.inf, np.inf, (2 * len(FEATURES),), np.float32)
        self.action = spaces.MultiBinary(len(self.menu))

    def begin(self, keys: np.ndarray, seed: int) -> None:
        """New people on the day their bone metastases are found."""
        self.seed = seed
        self.world = newly_found(self.mixture, keys, seed, self.numbers, 0)
        self.world.chart.day = self.world.day
        self.since = np.zeros(len(keys), int)
        self.look()

    def look(self) -> None:
        """History and examination of everybody who lives, before the agent decides."""
        alive = np.flatnonzero(self.world.people.alive)
        if len(alive):
            observing.examine(self.world, alive)

    def renew(self, rows: np.ndarray, keys: np.ndarray) -> None:
        """New people in the place of others."""
        world = self.world
        fresh = newly_found(self.mixture, keys, self.seed, self.numbers, world.day)
        fresh.people.traits["age_years"] -= world.day / 365.25  # the age of the traits is that on the world's day 0
        for name in People._fields:
            getattr(world.people, name)[rows] = getattr(fresh.people, name)
        for name, array in world.chart.arrays().items():
            array[rows] = fresh.chart.arrays()[name]
        world.work = world.work[~np.isin(world.work["person"], rows)]
        world.course[rows], world.next_visit[rows] = 0, world.day
        world.set_points[rows] = fresh.set_points
        self.since[rows] = world.day
        observing.examine(world, rows)

    def visit(self, actions: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Give the orders, and let the days until the next visit pass. Returns reward, died, over."""
        world = self.world
        was_alive = world.people.alive.copy()
        told = {name: np.zeros(len(was_alive)) for name in WEIGHTS}
        told["orders"] += actions.sum(axis=1) * was_alive
        cord = world.sums().cord_deficit.copy()
        world.next_visit[:] = world.day
        switches = actions.astype(bool)[was_alive]

        def policy(chart: Chart) -> tuple[Order, ...]:
            given = [MENU[name](chart, switches[:, k]) for k, name in enumerate(self.menu) if switches[:, k].any()]
            return tuple(order for orders in given for order in orders if order.where.any())

        for day in range(self.days):
            world.step(policy if day == 0 else None)
            self._count(world, told)
        world.chart.day = world.day
        told["cord_function_lost"] = np.maximum(world.sums().cord_deficit - cord, 0.0) * was_alive
        self.look()
        died = was_alive & ~world.people.alive
        over = world.people.alive & ((world.day - self.since >= self.horizon) | (world.day > LAST_DAY))
        return self.reward(told).astype(float), died, over

    def _count(self, world: World, told: dict[str, np.ndarray]) -> None:
        alive = world.people.alive
        told["days_alive"] += alive
        told["fractures"][world.clinical_fractures()] += 1.0
        everyone = observing.seen(world, np.arange(len(alive)))
        b = person(everyone)
        told["pain_days"] += alive * whole.worst_pain(b.y, b.x, everyone.sums, b.rx, b.p)

    def observed(self) -> np.ndarray:
        return observation_of(self.world.chart.held())


class BoneClinic(gymnasium.Env):
    """One person an episode: an observation is their chart, an action says which orders of the menu are given."""

    metadata = {"render_modes": []}  # noqa: RUF012

    def __init__(
        self, cancer: str = "breast", orders: Sequence[str] | None = None, days_a_visit: int = DAYS_A_VISIT,
        horizon_days: int = HORIZON_DAYS, reward: Reward | Mapping[str, float] | None = None,
    ) -> None:  # fmt: skip
        self.clinic = Clinic(cancer, orders, days_a_visit, horizon_days, reward)
        self.observation_space, self.action_space = self.clinic.observation, self.clinic.action

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[np.ndarray, dict]:
        """A new person; the same seed gives the same one. `options={"person": KEY}` names them."""
        super().reset(seed=seed)
        luck = int(self.np_random.integers(2**31))
        key = (options or {}).get("person", 0)
        self.clinic.begin(np.array([int(key)]), luck)
        return self.clinic.observed()[0], {"day": 0}

    def step(self, action: np.ndarray) -> tuple[np.ndarray, float, bool, bool, dict]:
        """A visit with its orders, and the days until the next."""
        reward, died, over = self.clinic.visit(np.asarray(action)[None, :])
        return self.clinic.observed()[0], float(reward[0]), bool(died[0]), bool(over[0]), {"day": self.clinic.world.day}


class BoneClinics(gymnasium.vector.VectorEnv):
    """Many people at once in one world; whoever has died or reached the horizon is followed by somebody new."""

    metadata = {"render_modes": [], "autoreset_mode": gymnasium.vector.AutoresetMode.NEXT_STEP}  # noqa: RUF012

    def __init__(
        self, cancer: str = "breast", num_envs: int = 16, orders: Sequence[str] | None = None, days_a_visit: int = DAYS_A_VISIT,
        horizon_days: int = HORIZON_DAYS, reward: Reward | Mapping[str, float] | None = None,
    ) -> None:  # fmt: skip
        self.num_envs = num_envs
        self.clinic = Clinic(cancer, orders, days_a_visit, horizon_days, reward)
        self.single_observation_space, self.single_action_space = self.clinic.observation, self.clinic.action
        self.observation_space = gymnasium.vector.utils.batch_space(self.single_observation_space, num_envs)
        self.action_space = gymnasium.vector.utils.batch_space(self.single_action_space, num_envs)

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[np.ndarray, dict]:
        """New people in every place."""
        super().reset(seed=seed)
        self._next_key = self.num_envs
        self._ended = np.zeros(self.num_envs, bool)
        self.clinic.begin(np.arange(self.num_envs), int(self.np_random.integers(2**31)))
        return self.clinic.observed(), {}

    def step(self, actions: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, dict]:
        """A visit of everybody; in the place of those who had ended stands a new person, whose orders begin next time."""
        renewed, clinic = np.flatnonzero(self._ended), self.clinic
        if clinic.world.day > LAST_DAY and len(renewed) == self.num_envs:
            return self._all_anew()
        actions = np.array(actions)
        actions[renewed] = 0
        reward, died, over = clinic.visit(actions)
        if len(renewed):
            keys = np.arange(self._next_key, self._next_key + len(renewed))
            self._next_key += len(renewed)
            clinic.renew(renewed, keys)
            reward[renewed], died[renewed], over[renewed] = 0.0, False, clinic.world.day > LAST_DAY
        self._ended = died | over
        return clinic.observed(), reward, died, over, {}

    def _all_anew(self) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, dict]:
        none = np.zeros(self.num_envs, bool)
        self.clinic.begin(np.arange(self._next_key, self._next_key + self.num_envs), self.clinic.seed)
        self._next_key, self._ended = self._next_key + self.num_envs, none.copy()
        return self.clinic.observed(), np.zeros(self.num_envs), none, none.copy(), {}


def nothing(observations: np.ndarray, menu: Sequence[str] = tuple(MENU)) -> np.ndarray:
    """The policy that gives no orders."""
    return np.zeros((len(np.atleast_2d(observations)), len(menu)), np.int8)


def careful(observations: np.ndarray, menu: Sequence[str] = tuple(MENU)) -> np.ndarray:
    """An example: treat the cancer and the bone, radiation where it hurts, opioids against severe pain, emergencies at once."""
    seen = np.atleast_2d(observations)
    value = lambda name: seen[:, FEATURES.index(name)]
    actions = nothing(seen, menu)
    wanted = {
        "guided_systemic": np.ones(len(seen), bool), "guided_emergency": np.ones(len(seen), bool),
        "guided_diagnosis": np.ones(len(seen), bool), "guided_surgery": value("cord_pressed") > 0,
        "denosumab": (value("on_rankl_antibody") == 0) & (value("calcium_corrected") > 2.2),
        "irradiate": value("pain_worst") >= 4, "more_opioid": value("pain_worst") >= 6,
    }  # fmt: skip
    for name, where in wanted.items():
        if name in menu:
            actions[:, menu.index(name)] = where
    return actions


