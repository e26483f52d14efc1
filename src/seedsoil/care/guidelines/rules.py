"""What a rule of standard care is: a small function from a chart to orders, with its topic, its source, and how far the
source was followed back."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np

from seedsoil.care.chart import Chart
from seedsoil.care.orders import Order

# What a rule may do whose numbers were not read at their source: hold back, or ask somebody who knows.
CAREFUL = ("forbid", "refer", "measure first")


@dataclass(frozen=True)
class Rule:
    """One rule: called with a chart it gives its orders, each with the rule's name, topic and source."""

    name: str
    topic: str
    source: str
    confirmed: bool
    comfort: bool  # also holds in care for comfort only
    give: Callable[[Chart], Iterable[Order]]

    def __call__(self, chart: Chart) -> tuple[Order, ...]:
        """The orders for whoever they concern. Raises ValueError where an unconfirmed rule recommends."""
        return tuple(self._signed(order) for order in self.give(chart) if np.count_nonzero(order.where))

    def _signed(self, order: Order) -> Order:
        if not self.confirmed and order.stance not in CAREFUL:
            raise ValueError(f"{self.name}: not confirmed at {self.source}, so it may not say {order.stance!r}")
        return order.but(rule=order.rule or self.name, topic=order.topic or self.topic, source=order.source or self.source)


def rule(topic: str, source: str, confirmed: bool, comfort: bool = False) -> Callable[[Callable], Rule]:
    """Make a function a rule. source: keys of data/sources.bib. confirmed: its numbers were read there; a rule that is
    not may forbid, refer or ask for a measurement, never recommend. comfort: it also holds near the end of life."""

    def mark(give: Callable[[Chart], Iterable[Order]]) -> Rule:
        made = Rule(give.__name__.replace("_", " "), topic, source, confirmed, comfort, give)
        object.__setattr__(made, "__doc__", give.__doc__)
        return made

    return mark
