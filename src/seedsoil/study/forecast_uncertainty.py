"""A forecast's uncertainty told apart: how much of what may come is the person, chance, and what the model does not know."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from seedsoil.study import apart
from seedsoil.study.outcomes import OUTCOMES, Record
from seedsoil.study.twins import Twins
from seedsoil.world import records

if TYPE_CHECKING:
    from seedsoil.study.forecast import Forecast


def other_life(twins: Twins) -> Twins:
    """The same twins on day 0, with another luck from there on."""
    world = twins.world.of(np.arange(len(twins.world.people.key)))
    group = records.rows(world.people, np.arange(len(world.people.key)))
    apart.other_luck(group, np.ones(len(group.key), int), twins.seed)
    return replace(twins, world=replace(world, people=group))


def told_apart(done: Forecast, others: list[Record], said: str) -> dict:
    """For each plan, outcome and month: shares of the variance of one person's outcome, in the document's plain data."""
    version = done.twins.world.people.set_of
    rows = []
    for plan, first, second in zip(done.plans, done.records, others, strict=True):
        for outcome in OUTCOMES:
            for k, months in done.months():
                parts = apart.of_people(np.stack([first.by(outcome, k), second.by(outcome, k)]), version)
                shares = parts.shares() if parts and not done.twins.warning else None
                told = {name: round(getattr(shares, name), 3) if shares else None for name in apart.Parts._fields}
                rows.append({"plan": plan.name, "outcome": outcome, "months": months} | told)
    return {"said": said, "versions": len(np.unique(version)), "outcomes": rows}
