"""Standard care: the rules that treat virtual people, and the same that read a real chart.

`standard(chart)` gives the orders of every rule; `standard.without("bone_agent")` leaves a topic out. Emergencies
cannot be left out. Each rule carries its source; one not confirmed there may only forbid, refer or ask to measure.
"""

from __future__ import annotations

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
    surgery,
    systemic,
    workup,
)
from seedsoil.care.guidelines.rules import Rule
from seedsoil.care.orders import Order, merged
from seedsoil.care.plan import TOPICS
from seedsoil.errors import InputError

RULES: tuple[Rule, ...] = (
    *emergencies.RULES, *surgery.RULES, *radiotherapy.RULES, *workup.RULES, *pain.RULES, *bone_agents.RULES,
    *systemic.RULES, *follow_up.RULES,
)  # fmt: skip


ON_CALL = frozenset(("emergency", "surgery", "pain"))


@dataclass(frozen=True)
class Standard:
    """A policy: the orders of all rules but those of the topics left out, for people who want them."""

    left_out: frozenset[str] = frozenset()
    only: frozenset[str] = frozenset(TOPICS)

    def on_call(self) -> Standard:
        """What is done between clinics: emergencies, fractures and pain. Everything else waits for the clinic."""
        return replace(self, only=ON_CALL)

    def __call__(self, chart: Chart) -> tuple[Order, ...]:
        """What standard care says for everybody on the chart, once each; the chart is not changed."""
        return merged(self.all_said(chart))

    def all_said(self, chart: Chart) -> tuple[Order, ...]:
        """The same with every rule's own reason, also where another rule orders the same thing."""
        chart = chart.held()
        dying = very_short(chart)
        orders = []
        for rule in RULES:
            if rule.topic in self.left_out or rule.topic not in self.only:
                continue
            asked = np.ones(len(chart), bool) if rule.comfort else ~dying
            asked &= ~chart.declines(rule.topic)
            given = rule(chart)
            orders += given if asked.all() else [order.at(asked) for order in given]
        return _emergencies_first([o for o in orders if o.topic not in self.left_out])

    def without(self, *topics: str) -> Standard:
        """The same without these topics. Raises InputError for `emergency` and for a topic nobody knows."""
        allowed = ", ".join(topic for topic in TOPICS if topic != "emergency")
        for topic in topics:
            if topic not in TOPICS:
                raise InputError("without", topic, allowed)
            if topic == "emergency":
                raise InputError(
                    "without", topic, allowed, 'emergencies cannot be withheld; a plan may say care = "none" instead'
                )
        return replace(self, left_out=self.left_out | set(topics))


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
        if order.where.any():
            out.append(order)
    return tuple(out)


standard = Standard()
