"""Standard care: the rules that treat virtual people, and the same that read a real chart.

`standard(chart)` gives the orders of every rule; `standard.without("bone_agent")` leaves a topic out. Emergencies
cannot be left out. Each rule carries its source; one not confirmed there may only forbid, refer or ask to measure.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from seedsoil.care.chart import Chart
from seedsoil.care.criteria import very_short
from seedsoil.care.guidelines import (
    bone_agents,
    emergencies,
    follow_up,
    pain,
    radiotherapy,
    supportive,
    surgery,
    systemic,
    wishes,
    workup,
)
from seedsoil.care.guidelines.rules import Rule
from seedsoil.care.orders import Order, merged
from seedsoil.care.plan import TOPICS
from seedsoil.errors import InputError

RULES: tuple[Rule, ...] = (
    *emergencies.RULES, *surgery.RULES, *supportive.RULES, *radiotherapy.RULES, *workup.RULES, *pain.RULES, *bone_agents.RULES,
    *systemic.RULES, *follow_up.RULES, *wishes.RULES,
)  # fmt: skip


ON_CALL = frozenset(("emergency", "surgery", "pain"))


@dataclass(frozen=True)
class Standard:
    """A policy: the orders of all rules but those of the topics left out, for people who want them."""

    left_out: frozenset[str] = frozenset()
    only: frozenset[str] = frozenset(TOPICS)

    def on_call(self) -> Standard:
        """What is done between clinics: emergencies, fractures and pain. Everything else waits for the clinic."""
        return replace(self, only=self.only & ON_CALL)

    def __call__(self, chart: Chart) -> tuple[Order, ...]:
        """What standard care says for everybody on the chart, once each; the chart is not changed."""
        return merged(self.all_said(chart))

    def all_said(self, chart: Chart) -> tuple[Order, ...]:
        """The same with every rule's own reason, also where another rule orders the same thing."""
        return said((self,), np.zeros(len(chart), int), chart)

    @staticmethod
    def side_by_side(policies: Sequence[Standard], arm: np.ndarray, chart: Chart) -> tuple[Order, ...]:
        """The orders of several such policies, each for its own people: `arm` [n] numbers them."""
        return merged(said(policies, arm, chart))

    def without(self, *topics: str) -> Standard:
        """The same without these topics. Raises InputError for `emergency` and for a topic nobody knows."""
        allowed = ", ".join(topic for topic in TOPICS if topic != "emergency")
        for topic in topics:
            if topic not in TOPICS:
                raise InputError("without", topic, allowed)
            if topic == "emergency":
                raise InputError("without", topic, allowed, 'emergencies cannot be withheld; a plan may say care = "none" instead')
        return replace(self, left_out=self.left_out | set(topics))


NO_CARE = Standard(only=frozenset())


def said(policies: Sequence[Standard], arm: np.ndarray, chart: Chart) -> tuple[Order, ...]:
    """All that the rules say, each person by their own policy, `policies[arm]`. Every rule reads the chart once."""
    chart = chart.held()
    dying = very_short(chart)
    left = {topic: np.array([topic not in p.left_out for p in policies])[arm] & ~chart.declines(topic) for topic in TOPICS}
    asked = {topic: left[topic] & np.array([topic in p.only for p in policies])[arm] for topic in TOPICS}
    orders: list[Order] = []
    for rule in RULES:
        who = asked[rule.topic] if rule.comfort else asked[rule.topic] & ~dying
        if not np.count_nonzero(who):
            continue
        everybody = who.all()
        for order in rule(chart):
            own = who if order.topic == rule.topic else who & left[order.topic]
            orders.append(order if everybody and own is who else order.at(own))
    return _emergencies_first(orders)


def _emergencies_first(orders: list[Order]) -> tuple[Order, ...]:
    """Where an emergency starts a drug that a routine rule would stop, or stops one it would start, the emergency
    stands: zoledronate for high calcium in spite of a sore jaw."""
    opposite = {"start": "stop", "stop": "start"}
    urgent = [o for o in orders if o.topic == "emergency" and o.acts and o.verb in opposite]
    out = []
    for order in orders:
        if order.topic != "emergency" and order.acts and order.verb in opposite:
            for other in urgent:
                if other.what == order.what and other.verb == opposite[order.verb]:
                    order = order.at(~other.where)
        if np.count_nonzero(order.where):
            out.append(order)
    return tuple(out)


standard = Standard()
