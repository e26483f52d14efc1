"""Plans by name, and a plan as the policy that virtual people are treated by.

A plan's own orders come first; standard care gives the rest, without the topics that the plan owns. What the rules of a
drug or an operation forbid is not given, and `refused` says so.
"""

from __future__ import annotations

import functools
import tomllib
from collections.abc import Callable, Iterator, Sequence, Set
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from seedsoil.care import contraindications, criteria
from seedsoil.care.chart import NEVER, TESTS, Chart, place_number
from seedsoil.care.guidelines import NO_CARE, Standard, bone_agents, said, standard
from seedsoil.care.orders import Order, Start, Stop, Test, Treat, together
from seedsoil.care.patient import Patient
from seedsoil.care.plan import Plan, PlannedOrder
from seedsoil.errors import InputError
from seedsoil.grammar.tables import data_file
from seedsoil.study.files import read_plan_file
from seedsoil.treatments import drug as drugs
from seedsoil.treatments import procedures, radiation

Policy = Callable[[Chart], tuple[Order, ...]]
SLACK_DAYS = 2  # a visit may fall a little early, as for standard care


@functools.cache
def names() -> dict[str, str]:
    """The plans that come with seedsoil, each with a line on what it is."""
    out = {}
    for path in sorted(data_file("plans").glob("*.toml"), key=lambda p: (not p.stem.startswith("standard"), p.stem)):
        out[path.stem] = tomllib.loads(path.read_text("utf-8")).get("description", "")
    return out


def named(name: str) -> Plan:
    """A plan by its name, or from a TOML file. Raises InputError where there is neither."""
    if name in names():
        return read_plan_file(data_file("plans", f"{name}.toml"))
    if name.endswith(".toml") or Path(name).is_file():
        return read_plan_file(name)
    raise InputError("plan", name, ", ".join(names()), "give one of these names, or the path of a plan file (.toml)")


def as_policy(plan: Plan, shared: Set[str] = frozenset()) -> Policy:
    """The plan as a pure function from a chart to orders; day 0 of the plan is day 0 of the chart. In `shared` topics standard
    care goes on to speak beside the plan."""
    return PlanPolicy(plan, standard.without(*(plan.owned_topics - {"emergency"} - shared)) if plan.care == "standard" else NO_CARE)


@dataclass(frozen=True)
class PlanPolicy:
    """A plan's own orders, and standard care in the topics it leaves to it."""

    plan: Plan
    rest: Standard = NO_CARE

    def __call__(self, chart: Chart) -> tuple[Order, ...]:
        """The orders for everybody on the chart."""
        return self.side_by_side((self,), np.zeros(len(chart), int), chart)

    @staticmethod
    def side_by_side(policies: Sequence[PlanPolicy], arm: np.ndarray, chart: Chart) -> tuple[Order, ...]:
        """The orders of several plans, each for its own people: `arm` [n] numbers them."""
        chart = chart.held()
        own = [order.at(arm == k) for k, policy in enumerate(policies) for order in _planned(policy.plan, chart)]
        return together(own, said([policy.rest for policy in policies], arm, chart))

    def on_call(self) -> PlanPolicy:
        """The same between clinics."""
        return replace(self, rest=self.rest.on_call())


def days_of(plan: Plan) -> tuple[int, ...]:
    """Days on which the plan begins something, so that people can be seen then."""
    return tuple(sorted({int(order.day) for order in plan.orders}))


def refused(plan: Plan, patient: Patient) -> list[dict[str, str]]:
    """What the rules forbid or hold back today of what the plan orders: {what, why, source} each."""
    chart = Chart.of(patient)
    out = []
    for order in plan.orders:
        for then, mask, row in _judged(order, chart).reasons:
            if mask[0] and then in ("refuse", "wait", "ask_first", "measure_first"):
                why = {"measure_first": "measure first: ", "ask_first": "ask first: ", "wait": "not yet: "}.get(then, "")
                out.append({"what": order.what, "why": why + row["why"], "source": row["source"]})
    return out


def _judged(order: PlannedOrder, chart: Chart) -> contraindications.Judged:
    """The drug's or the operation's own rules on what a plan orders."""
    if order.do == "start":
        judged = contraindications.judge(chart, order.what, drugs.catalogue()[order.what].topic)
        bare = chart.happened("jaw_necrosis")
        if drugs.catalogue()[order.what].kind not in ("bisphosphonate", "rankl_antibody") or not bare.any():
            return judged
        row = {"why": "jaw necrosis: decided with the patient and the jaw surgeon", "source": "yarom2019"}
        reasons = [*judged.reasons, ("refuse", bare, row)]
        return replace(judged, refused=judged.refused | bare, reasons=reasons)
    known = procedures.catalogue().get(order.what) if order.do == "treat" else None
    return contraindications.judge_rows(chart, known.rules if known else (), order.topic)


def _planned(plan: Plan, chart: Chart) -> Iterator[Order]:
    """The plan's own orders that are due today and not done yet."""
    for order in plan.orders:
        begun = np.broadcast_to(chart.day >= order.day, len(chart))
        if begun.any():
            said = {"topic": order.topic, "by": "plan", "rule": plan.name, "why": f"plan {plan.name}"}
            given = _GIVERS[order.do](order, chart, said)
            yield from given if begun.all() else (one.at(begun) for one in given)


def _start(order: PlannedOrder, chart: Chart, said: dict) -> Iterator[Order]:
    drug, judged = drugs.catalogue()[order.what], _judged(order, chart)
    dose = judged.dose if order.dose is None else np.minimum(order.dose, _most(judged, drug))
    daily = drug.shape == "daily"
    if daily:
        due = ~(chart.drug_last[:, drugs.number_of()[order.what]] >= order.day)
        extra = {}
    elif order.every_weeks is None and drug.topic == "systemic":
        due, extra = ~chart.on(order.what) & ~_since(chart, order), {}
    else:
        every = (order.every_weeks or 0.0) * 7.0
        repeated = chart.weeks_since(order.what) * 7.0 >= every - SLACK_DAYS if every else False
        due, extra = ~_since(chart, order) | repeated, {"every_days": 0}
    yield Start(order.what, due & judged.ready, dose=dose, **extra, **said)
    for mask, row in judged.said("measure_first"):
        test = bone_agents.ANSWERS.get(row["when"].rsplit("_", 1)[0], ("bloods", ""))[0]
        why = {"why": row["why"], "source": row["source"]}
        yield Test(test, due & mask, stance="measure first", **(said | why))
    for mask, row in judged.said("refuse", "wait", "ask_first"):
        why = {"why": row["why"], "source": row["source"]}
        yield Start(order.what, due & mask, stance="forbid", **(said | why))


def _most(judged: contraindications.Judged, drug: drugs.Drug) -> np.ndarray:
    """The most a person may get: the dose by kidney where it is lower than the usual, else anything asked for."""
    return np.where(judged.dose < drug.dose.value, judged.dose, np.inf)


def _since(chart: Chart, order: PlannedOrder) -> np.ndarray:
    """Mask: the drug has been given since the plan's day."""
    last = chart.drug_last[:, drugs.number_of()[order.what]]
    return (last > NEVER) & (last >= order.day)


def _stop(order: PlannedOrder, chart: Chart, said: dict) -> Iterator[Order]:
    stopped = chart.drug_stop[:, drugs.number_of()[order.what]] >= order.day
    yield Stop(order.what, chart.on(order.what) & ~stopped, **said)


def _treat(order: PlannedOrder, chart: Chart, said: dict) -> Iterator[Order]:
    site = np.full(len(chart), place_number(order.site))
    done = criteria.at_place(chart, "irradiated" if order.what == "radiotherapy" else "fixed", site)
    since = done <= chart.day - order.day  # days ago: done on or after the plan's day
    again = (done >= order.every_weeks * 7.0 - SLACK_DAYS) if order.every_weeks else np.zeros(len(chart), bool)
    judged = _judged(order, chart)
    amounts = {} if order.dose is None else {"dose_gy": order.dose}
    if order.what == "radiotherapy":
        technique = radiation.TECHNIQUES.index(order.technique or radiation.TECHNIQUES[0])
        amounts |= {"fractions": order.fractions or 1, "technique": technique}
    yield Treat(order.what, (~since | again) & judged.ready, site, **amounts, **said)


def _test(order: PlannedOrder, chart: Chart, said: dict) -> Iterator[Order]:
    what = order.what if order.what in TESTS else ("marker" if order.what in ("psa", "ca153", "cea") else "bloods")
    ago = chart.tested(what)
    again = (ago >= order.every_weeks * 7.0 - SLACK_DAYS) if order.every_weeks else np.zeros(len(chart), bool)
    yield Test(what, ~(ago <= chart.day - order.day) | again, **said)


_GIVERS = {"start": _start, "stop": _stop, "treat": _treat, "test": _test}
