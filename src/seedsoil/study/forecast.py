"""Forecast: the same twins, the same luck, under each plan; what happens to them, and the difference the plan makes."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass, field
from functools import partial

import numpy as np

from seedsoil import __version__
from seedsoil.care.patient import describe_known
from seedsoil.care.plan import Plan
from seedsoil.errors import InputError
from seedsoil.grammar.tables import hash_of
from seedsoil.study import assess, evidence, forecast_uncertainty, plans
from seedsoil.study.course import Course, days_of
from seedsoil.study.outcomes import DAYS_A_MONTH, MONTHS, OUTCOMES, Record
from seedsoil.study.ranges import difference, summary
from seedsoil.study.twins import Twins
from seedsoil.study.values import cite
from seedsoil.world import kernel, runs
from seedsoil.world.day import World

WORTH_PARTING = 50  # twins worth a process of their own
NOTICE = "Research use, not for care. Not a medical device."
RANGES = (
    "Risks: 90 % range of the risk itself, over 25 draws of the uncertain numbers of the model, with the chance of having "
    "run only so many twins. Pain, haemoglobin, opioid dose and days at home: the middle 90 % of the twins. Differences "
    "are between the same twins with the same luck under two plans."
)


@dataclass
class Forecast:
    """What became of the twins under each plan."""

    twins: Twins
    plans: list[Plan]
    records: list[Record]
    years: float
    courses: list[Course] = field(default_factory=list)  # month by month, where asked for
    uncertainty: dict | None = None  # person, chance and knowledge apart, where that was asked for

    def table(self) -> list[dict]:
        """One row an outcome, time and plan: value with its range and unit."""
        return [{"plan": p.name, **row} for p, r in zip(self.plans, self.records, strict=True) for row in self._outcomes(r)]

    def difference(self, outcome: str) -> list[dict]:
        """The paired difference of each later plan to the first, for one outcome."""
        return [row for row in self._differences() if row["outcome"] == outcome]

    def sources(self) -> list[dict]:
        """The papers behind the numbers and the rules used."""
        keys = evidence.keys_used(self.twins, self.used())
        return [cite(key) for key in keys]

    def used(self) -> set[str]:
        """Drugs and local treatments that any twin had under any plan."""
        return set().union(*(used for record in self.records for used in record.used))

    def document(self) -> dict:
        """Everything, as plain data (schema ``seedsoil.forecast/1``)."""
        twins, patient = self.twins, self.twins.patient
        known = describe_known(patient)
        judged = assess.assess(patient)
        refused = [plans.refused(plan, patient) for plan in self.plans]
        return {
            "schema": "seedsoil.forecast/1",
            "version": __version__,
            "kernel": kernel.NAME,
            "seed": twins.seed,
            "tables": hash_of(),
            "as_of": patient.as_of.isoformat(),
            "years": self.years,
            "patient": {"id": patient.id, "age_years": patient.age_years, "sex": patient.sex, "cancer": patient.cancer},
            "twins": {
                "asked": twins.asked, "effective": round(twins.effective, 1), "ancestors": twins.ancestors,
                "warning": twins.warning,
            },
            "known": known["known"],
            "assumed": twins.assumed,
            "set_aside": known["set_aside"],
            "urgent": judged["urgent"],
            "advice": judged["advice"],
            "plans": [
                {"name": p.name, "description": p.description, "refused": no, "outcomes": self._outcomes(r)}
                for p, r, no in zip(self.plans, self.records, refused, strict=True)
            ],
            "differences": self._differences(),
            "evidence": evidence.graded(self.used()),
            "sources": self.sources(),
            "ranges": RANGES,
            "notice": NOTICE,
        } | {name: more for name, more in (("scans", twins.scans), ("uncertainty", self.uncertainty)) if more}  # fmt: skip

    def months(self) -> list[tuple[int, int]]:
        """Number and length of the times that are told of."""
        return [(k, m) for k, m in enumerate(MONTHS) if m <= 12.0 * self.years + 1e-9]

    def _outcomes(self, record: Record) -> list[dict]:
        rows = []
        for outcome, unit in OUTCOMES.items():
            for k, months in self.months():
                value, low, high = self._hidden() or summary(record.by(outcome, k), unit, self._sets())
                rows.append({"outcome": outcome, "months": months, "value": value, "low": low, "high": high, "unit": unit})
        return rows

    def _differences(self) -> list[dict]:
        rows = []
        for plan, record in zip(self.plans[1:], self.records[1:], strict=True):
            for outcome, unit in OUTCOMES.items():
                for k, months in self.months():
                    gap = record.by(outcome, k) - self.records[0].by(outcome, k)
                    value, low, high = self._hidden() or difference(gap, unit, self._sets())
                    rows.append({
                        "plan": plan.name, "versus": self.plans[0].name, "outcome": outcome, "months": months,
                        "value": value, "low": low, "high": high, "unit": unit,
                    })  # fmt: skip
        return rows

    def _hidden(self) -> tuple[None, None, None] | None:
        """Nothing is shown where the person is unlike those the model knows."""
        return (None, None, None) if self.twins.warning else None

    def _sets(self) -> np.ndarray:
        return self.twins.world.people.set_of


def forecast(
    twins: Twins, chosen: list[Plan], years: float = 3.0, progress: Callable | None = None, workers: int = 1,
    months: bool = False, hands: Executor | None = None,
) -> Forecast:  # fmt: skip
    """Run the twins under each plan from day 0, with the same luck.

    years: up to 10. workers: processes that share the twins out among them, this one among them; no digit hangs on it. months:
    whether to take down the course of every month too. hands: where the other processes are, if they are there already
    (`runs.hands`). Raises InputError for a horizon out of range or two plans of one name, RunStopped where a process was
    killed.
    """
    if not 0.25 <= years <= 10.0:
        raise InputError("years", years, "0.25 to 10")
    if len({p.name for p in chosen}) < len(chosen):
        raise InputError("plans", [p.name for p in chosen], "plans with different names")
    n = len(twins.world.people.key)
    workers = max(1, min(workers, n // WORTH_PARTING))
    parts = [twins.world.of(rows) for rows in np.array_split(np.arange(n), workers)]
    done = runs.shared(partial(_run, chosen=list(chosen), years=years, months=months), parts, progress, hands)
    records, courses = (zip(*of_parts, strict=True) for of_parts in zip(*done, strict=True))
    return Forecast(
        twins, list(chosen), [Record.joined(of_plan) for of_plan in records], years, [Course.joined(of_plan) for of_plan in courses]
    )


def with_uncertainty(
    twins: Twins, chosen: list[Plan], years: float, said: str, progress: Callable | None = None, workers: int = 1,
    hands: Executor | None = None,
) -> Forecast:  # fmt: skip
    """A forecast whose uncertainty is told apart: the twins live under each plan a second time, with another luck. `said`: where
    the versions of their numbers are from."""
    done = forecast(twins, chosen, years, progress, workers, hands=hands)
    again = forecast(forecast_uncertainty.other_life(twins), chosen, years, progress, workers, hands=hands)
    done.uncertainty = forecast_uncertainty.told_apart(done, again.records, said)
    return done


def _run(
    people: World, chosen: list[Plan], years: float, months: bool, progress: Callable | None = None
) -> tuple[list[Record], list[Course]]:
    """All plans side by side in one world: each twin stands in it once for each plan, with the same luck."""
    n, many = len(people.people.key), len(chosen)
    world = people.of(np.tile(np.arange(n), many))
    policies = [plans.as_policy(plan) for plan in chosen]
    record = Record(n * many, tuple(round(m * DAYS_A_MONTH) for m in MONTHS), blocks=many)
    watchers = [record, Course(n * many, years)] if months else [record]
    pauses = sorted({*record.marks, *(days_of(years) if months else ())})
    days = round(years * 365.25) + 1

    def look(world: World, rows: np.ndarray) -> None:
        for one in watchers:
            one.look(world, rows)
        if progress:
            progress("running the plans", int(world.today[world.people.alive].mean()), days)

    for one in watchers:
        one.open(world)
    begins = {day for plan in chosen for day in plans.days_of(plan) if day < days}
    for day, until in itertools.pairwise(sorted({0, days, *begins})):
        for k, plan in enumerate(chosen):
            if day in plans.days_of(plan):
                world.next_visit[k * n : (k + 1) * n] = day
        world.live(policies, until, pauses, look)
        for one in watchers:
            one.watch(world)
    if progress:
        progress("running the plans", days, days)
    records = [record.block(k) for k in range(many)]
    return records, [one.block(k, many) for one in watchers[1:] for k in range(many)]
