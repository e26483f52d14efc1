"""Orders: what a policy wants done, for which people, and why.

A policy is a pure function from a Chart to orders. It says what should happen; `pathway` says when it really does, and
the loop does it. Two orders of one policy for the same thing are one; a policy that starts and stops a drug for the
same person at the same visit contradicts itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from seedsoil.care.plan import TOPICS
from seedsoil.errors import ConflictingOrders, InputError
from seedsoil.grammar.small_numbers import different

VERBS = ("start", "stop", "treat", "test", "tell")
STANCES = ("do", "measure first", "refer", "consider", "forbid")
_PAST = {"start": "started", "stop": "stopped"}
NOBODY = -1  # site of a row that the order does not concern

Policy = Callable[[Any], Iterable["Order"]]


@dataclass(frozen=True)
class Order:
    """One thing to do for some of the people on a chart.

    stance: do; measure first (a treatment waits for this test); refer (a specialist decides: where the order names a
    treatment, that is what they usually do); consider; forbid. `why` and `say` may name `facts` in braces.
    """

    verb: str
    what: str  # id of a drug, procedure, test or analyte; for tell, a few words
    where: np.ndarray  # [n] mask over the rows of the chart
    site: np.ndarray | None = None  # [n] number of the place, NOBODY elsewhere; None: no place
    amounts: Mapping[str, Any] = field(default_factory=dict)  # dose, daily, every_days, dose_gy, fractions, line, ...
    topic: str = ""
    why: str = ""
    source: str = ""
    within_hours: float | None = None
    stance: str = "do"
    say: str = ""  # the order in words, where the id alone says too little
    facts: Mapping[str, np.ndarray] = field(default_factory=dict)
    rule: str = ""  # name of the rule that gave it
    by: str = "standard"  # standard | plan

    def __post_init__(self) -> None:
        for name, value, allowed in (("verb", self.verb, VERBS), ("stance", self.stance, STANCES)):
            if value not in allowed:
                raise InputError(f"order.{name}", value, ", ".join(allowed))
        if self.topic and self.topic not in TOPICS:
            raise InputError("order.topic", self.topic, ", ".join(TOPICS))

    @property
    def acts(self) -> bool:
        """Whether the virtual clinic carries it out: to be done, to be measured, or what a specialist then does."""
        return self.verb != "tell" and self.stance in ("do", "measure first", "refer")

    def amount(self, name: str, default: float = np.nan) -> np.ndarray:
        """One amount for every row."""
        return np.broadcast_to(np.asarray(self.amounts.get(name, default), float), self.where.shape)

    def at(self, where: np.ndarray) -> Order:
        """The same order for those of its people who are in `where`."""
        return self.but(where=self.where & where)

    def but(self, **said: Any) -> Order:
        """The same order with some of its fields said otherwise; they are not checked again."""
        other = object.__new__(Order)
        other.__dict__.update(self.__dict__, **said)
        return other

    def because(self, row: int = 0) -> str:
        """Why, for one person."""
        return _filled(self.why, self.facts, row)

    def words(self, row: int = 0) -> str:
        """What to do, for one person."""
        verb = "" if self.verb in ("test", "tell") else f"{self.verb} "
        return _filled(self.say or f"{verb}{self.what.replace('_', ' ')}", self.facts, row)


def _filled(text: str, facts: Mapping[str, np.ndarray], row: int) -> str:
    return text.format(**{k: np.atleast_1d(v)[row if np.size(v) > 1 else 0] for k, v in facts.items()})


def _order(verb: str) -> Callable[..., Order]:
    def make(what: str, where: np.ndarray, site: object = None, **said: Any) -> Order:
        where = np.asarray(where, bool)
        if not np.count_nonzero(where):  # most rules concern nobody on most days: nothing more is worth writing down
            return _for_nobody(verb, what, where)
        parts = {k: said.pop(k) for k in tuple(said) if k in _FIELDS}
        if site is not None:
            site = np.where(where, np.broadcast_to(np.asarray(site), where.shape), NOBODY)
            where = where & (site > NOBODY)
        return Order(verb, what, where, site, {**parts.pop("amounts", {}), **said}, **parts)

    make.__doc__ = f"An order to {verb} something; keywords that are not fields of an Order are its amounts."
    return make


_FIELDS = frozenset(Order.__dataclass_fields__)


def _for_nobody(verb: str, what: str, where: np.ndarray) -> Order:
    """An order that concerns nobody: what is not said is as the class has it."""
    order = object.__new__(Order)
    order.__dict__.update(verb=verb, what=what, where=where, amounts={}, facts={})
    return order


Start, Stop, Treat, Test, Tell = (_order(verb) for verb in VERBS)


def merged(orders: Iterable[Order]) -> tuple[Order, ...]:
    """Orders of one policy, made one: nobody gets the same order twice, and none that contradicts another.

    The first order for a thing wins. Raises ConflictingOrders where one person's drug is both started and stopped, each
    of them to be carried out.
    """
    kept: list[Order] = []
    taken: dict[tuple[str, str, int], np.ndarray] = {}
    for order in orders:
        if order.verb in ("start", "stop") and order.acts:
            _refuse_conflict(order, kept)
        order = _without_repeats(order, taken)
        if np.count_nonzero(order.where):
            kept.append(order)
    return tuple(kept)


def _refuse_conflict(order: Order, kept: list[Order]) -> None:
    other = {"start": "stop", "stop": "start"}[order.verb]
    for before in kept:
        if before.verb == other and before.what == order.what and before.acts and np.any(before.where & order.where):
            raise ConflictingOrders(
                f"{order.what} is to be {_PAST[order.verb]} ({order.rule or order.why}) and {_PAST[other]} "
                f"({before.rule or before.why}) for the same person at the same visit."
            )


def _without_repeats(order: Order, taken: dict[tuple[str, str, int], np.ndarray]) -> Order:
    where = order.where
    kind = order.verb if order.acts else f"{order.verb} {order.stance}"
    sites = (NOBODY,) if order.site is None else different(order.site[where])
    for site in sites:
        here = where if order.site is None else where & (order.site == site)
        key = (kind, order.what, int(site))
        done = taken.get(key)
        if done is None:
            taken[key] = here
            continue
        taken[key] = done | here
        again = here & done
        if np.count_nonzero(again):
            where = where & ~again
    return order if where is order.where else order.but(where=where)


def together(plan: Iterable[Order], standard: Iterable[Order]) -> tuple[Order, ...]:
    """A plan's orders and those of standard care as one list: on the same drug or place the plan wins."""
    return plan_first(merged(plan), merged(standard))


def plan_first(plan: Sequence[Order], standard: Iterable[Order]) -> tuple[Order, ...]:
    """The same of orders that are merged already."""
    out = list(plan)
    for order in standard:
        lost = np.zeros_like(order.where)
        for own in plan:
            if own.what != order.what or not (own.acts and order.acts):
                continue
            same = own.where & order.where
            if own.site is not None and order.site is not None:
                same &= own.site == order.site
            lost |= same
        order = order.at(~lost) if lost.any() else order
        if order.where.any():
            out.append(order)
    return tuple(out)


def side_by_side(policies: Sequence[Policy], arm: np.ndarray, chart: Any) -> tuple[Order, ...]:
    """The orders of several policies for people who are shared out among them: `arm` [n] is the number of each person's
    policy. Policies of one kind that know how (`side_by_side` of their class) read the chart once for all."""
    kind = type(policies[0])
    if len(policies) == 1:
        return tuple(policies[0](chart))
    if hasattr(kind, "side_by_side") and all(type(policy) is kind for policy in policies):
        return kind.side_by_side(policies, arm, chart)
    return tuple(order.at(arm == k) for k, policy in enumerate(policies) for order in policy(chart))
