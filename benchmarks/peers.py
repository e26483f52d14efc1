"""This model's equations in other people's solvers, at equal accuracy; and other simulators' own models, for context.

libroadrunner reads our SBML export. diffrax gets the same rates as a JAX function, written from the same symbols. Equal accuracy:
each runs at the loosest of a few relative tolerances at which its error after the days is no larger than the kernel's fixed step
leaves; the reference is LSODA at 1e-10. What is not installed is left out: no peer is a dependency of seedsoil
(extra ``bench``).
"""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
from kernel import cohort

from seedsoil.biology.body import Growing
from seedsoil.doors.sbml import Core, Term, core_of, document
from seedsoil.world.day import World
from seedsoil.world.records import People, rows

TOLERANCES, TIGHT = (1e-3, 1e-4, 1e-5, 1e-6, 1e-7), 1e-10
ABSOLUTE = 1e-9
LEAST_S = 2.0  # of processor time, for a rate
FORMS = {"+": "{} + {}", "-": "{} - {}", "*": "{} * {}", "/": "{} / {}", "**": "{} ** {}", "max": "jnp.maximum({}, {})",
         "min": "jnp.minimum({}, {})", "neg": "-{}", "abs": "jnp.abs({})", "exp": "jnp.exp({})", "log": "jnp.log({})",
         "sqrt": "jnp.sqrt({})"}  # fmt: skip


def newcomers(people: int = 8, lesions: int = 5) -> World:
    """People with so many lesions, on the day after the first finding."""
    world = cohort(people, lesions)
    world.advance(events=False)
    return world


def somebody(world: World, person: int = 0) -> Core:
    """The core of one of them."""
    return core_of(world, person, "somebody")


def off(found: np.ndarray, exact: np.ndarray) -> float:
    """Largest error of a final state: ``|y - ref| / (|ref| + 1e-3)``, as for the kernel."""
    return float(np.max(np.abs(found - exact) / (np.abs(exact) + 1e-3)))


def states(people: People) -> np.ndarray:
    """Every state of the first person that a rate moves, in the order of a core."""
    many = int(people.lesions[0])
    return np.concatenate([people.body[0], people.lesion[0, :many, : len(Growing._fields)].ravel()])


def lsoda(world: World, days: int, tolerance: float) -> np.ndarray:
    """The first person after so many days, by SciPy's LSODA with the compiled equations."""
    from tests.world import accuracy

    who = rows(world.people, np.array([0]))
    accuracy.exact(who, 0, days, tolerance)
    return states(who)


def kernel_error(days: int, exact: np.ndarray) -> float:
    """What the kernel's fixed step is off by."""
    world = newcomers()
    world.advance(days, events=False)
    return off(states(world.people), exact)


def loosest(solve: Callable[[float], np.ndarray], exact: np.ndarray, wanted: float) -> tuple[float, float]:
    """The loosest tolerance at which a solver's error is no larger than wanted, and that error; else the tightest tried."""
    for tolerance in TOLERANCES:
        error = off(solve(tolerance), exact)
        if error <= wanted:
            break
    return tolerance, error


# ---- libroadrunner ---------------------------------------------------------------------------------------------------


class RoadRunner:
    """One person's core in libroadrunner. Raises ImportError where that is not installed. Loading compiles, which takes a while."""

    def __init__(self, core: Core) -> None:
        import roadrunner

        self.runner = roadrunner.RoadRunner(document(core))
        self.runner.integrator.setValue("absolute_tolerance", ABSOLUTE)
        self.runner.timeCourseSelections = ["time", *core.states]

    def after(self, days: int, tolerance: float) -> np.ndarray:
        """The final states after so many days, from the start."""
        self.runner.integrator.setValue("relative_tolerance", tolerance)
        self.runner.resetToOrigin()
        return np.asarray(self.runner.simulate(0, days, 2))[-1][1:]


def roadrunner(world: World, days: int, exact: np.ndarray, wanted: float) -> dict | None:
    """Person-days a second of processor time at the accuracy wanted; None where it is not installed."""
    try:
        there = RoadRunner(somebody(world))
    except ImportError:
        return None
    tolerance, error = loosest(lambda so: there.after(days, so), exact, wanted)
    begun, many = time.process_time(), 0
    while time.process_time() - begun < LEAST_S:
        there.after(days, tolerance)
        many += 1
    return {"rate": many * days / (time.process_time() - begun), "tolerance": tolerance, "error": error}


# ---- diffrax ---------------------------------------------------------------------------------------------------------


def in_jax(core: Core) -> tuple[Callable, np.ndarray, np.ndarray]:
    """The rates of a core as a function of states and parameters, with where they start."""
    import jax.numpy as jnp

    states, params = list(core.states), list(core.parameters)
    known = {name: f"y[{i}]" for i, name in enumerate(states)} | {name: f"p[{i}]" for i, name in enumerate(params)}
    lines, made = [], {}

    def said(one: Term) -> str:
        if one.operation == "number":
            return f"({one.number!r})"
        return known[one.name] if one.operation == "name" else made[id(one)]

    for _, rate, _ in core.states.values():
        todo = [(rate, False)]
        while todo:
            term, ready = todo.pop()
            if not term.of or id(term) in made:
                continue
            if not ready:
                todo.append((term, True))
                todo += [(part, False) for part in reversed(term.of)]
                continue
            lines.append(f"v{len(lines)} = {FORMS[term.operation].format(*map(said, term.of))}")
            made[id(term)] = f"v{len(lines) - 1}"
    rates = ", ".join(said(rate) for _, rate, _ in core.states.values())
    text = "def rates(t, y, p):\n    " + "\n    ".join([*lines, f"return jnp.stack([{rates}])"])
    space: dict = {"jnp": jnp}
    exec(text, space)
    start = np.array([begin for begin, _, _ in core.states.values()])
    return space["rates"], start, np.array([core.parameters[name] for name in params])


def diffrax(people: int, days: int, exact: np.ndarray, wanted: float) -> dict | None:
    """The same of diffrax (Tsit5), people side by side; compiling is not counted. None where it is not installed."""
    try:
        import diffrax as dx
        import jax
        import jax.numpy as jnp
    except ImportError:
        return None
    jax.config.update("jax_enable_x64", True)
    world = newcomers(people)
    cores = [somebody(world, person) for person in range(people)]
    rates, _, _ = in_jax(cores[0])
    start = jnp.array([[begin for begin, _, _ in core.states.values()] for core in cores])
    params = jnp.array([[core.parameters[name] for name in cores[0].parameters] for core in cores])

    def one(y, p, tolerance):
        control = dx.PIDController(rtol=tolerance, atol=ABSOLUTE)
        terms, solver = dx.ODETerm(rates), dx.Tsit5()
        done = dx.diffeqsolve(terms, solver, 0.0, float(days), 0.01, y, p, stepsize_controller=control, max_steps=None)
        return done.ys[-1]

    solve = jax.jit(jax.vmap(one, in_axes=(0, 0, None)))
    after = lambda tolerance: np.asarray(solve(start, params, tolerance).block_until_ready())
    tolerance, error = loosest(lambda so: after(so)[0], exact, wanted)
    begun = time.process_time()
    after(tolerance)
    return {"rate": people * days / (time.process_time() - begun), "tolerance": tolerance, "error": error}


# ---- other simulators, for context -----------------------------------------------------------------------------------


def starsim(people: int, days: int) -> float | None:
    """Agent-days a second of processor time of Starsim's own daily SIR among random contacts: another model, far simpler."""
    try:
        import starsim as ss
    except ImportError:
        return None
    sim = ss.Sim(
        n_agents=people, start="2020-01-01", stop=str(np.datetime64("2020-01-01") + days), dt=ss.days(1), diseases=ss.SIR(),
        networks=ss.RandomNet(), verbose=0,
    )  # fmt: skip
    sim.init()
    begun = time.process_time()
    sim.run()
    return people * days / (time.process_time() - begun)


def simglucose(days: int) -> float | None:
    """Person-days a second of processor time of simglucose's one patient of 13 states, a minute a step."""
    try:
        from simglucose.patient.t1dpatient import Action, T1DPatient
    except ImportError:
        return None
    who = T1DPatient.withName("adult#001")
    begun = time.process_time()
    for _ in range(1440 * days):
        who.step(Action(CHO=0, insulin=0.02))
    return days / (time.process_time() - begun)


def heormodel(people: int, days: int) -> float | None:
    """Person-days a second of processor time of heormodel's microsimulation: three states, a day a cycle."""
    try:
        import pandas as pd
        from heormodel.models import MicrosimModel
    except ImportError:
        return None
    rows_ = np.array([[0.998, 0.0015, 0.0005], [0.0, 0.998, 0.002], [0.0, 0.0, 1.0]])
    worth = np.array([0.8, 0.6, 0.0]) / 365.25
    engine = MicrosimModel.discrete(
        states=("stable", "after an event", "dead"), transition_probabilities=lambda p, arm, state, attrs, rng: rows_[state],
        state_rewards=lambda p, arm, state, attrs: (100.0 * worth[state], worth[state]), interventions=["care"],
        n_cycles=days, cycle_length=1.0 / 365.25, n_individuals=people, cycle_correction="none",
    )  # fmt: skip
    begun = time.process_time()
    engine.evaluate(pd.DataFrame({"unused": [0.0]}, index=pd.RangeIndex(1, name="iteration")))
    return people * days / (time.process_time() - begun)
