"""One virtual person in hand, moved by the four verbs: observe what the clinic knows, decide what the rules would order, act
with orders of one's own, advance by days. The truth can be looked at beside it."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from seedsoil.care.guidelines import standard
from seedsoil.care.patient import describe_known
from seedsoil.care.plan import CARE, Plan, PlannedOrder
from seedsoil.errors import InputError
from seedsoil.study import life, plans, story
from seedsoil.study.assess import assess
from seedsoil.study.virtual_record import DatedList, patient_of

MOST_DAYS = 366  # of one step
COMPLAINTS = ("pain_worst", "pain_rest", "leg_weakness", "confusion", "thirst")
ME = np.array([0])


class VirtualPerson:
    """Somebody on the day of the diagnosis; the same cancer, seed and traits give the same person."""

    def __init__(self, cancer: str, seed: int, traits: dict[str, float] | None = None) -> None:
        life.checked(traits or {})
        self.watch, self.about = story.diagnosed(cancer, seed, traits)
        self.world = self.watch.world
        self._dated = DatedList(1, self.world.chart.site.shape[1])

    @property
    def alive(self) -> bool:
        """Whether the person lives."""
        return bool(self.world.people.alive[0])

    def observe(self) -> dict:
        """What the clinic knows today, and what the rules say to it."""
        told = patient_of(self.world, self._dated, 0, "virtual person")
        judged = assess(told)
        said = {what: float(self.world.chart.symptom(what)[0]) for what in COMPLAINTS}
        return {
            "day": int(self.world.day), "alive": self.alive, "known": describe_known(told)["known"],
            "complaints": {what: value for what, value in said.items() if not np.isnan(value)},
            "bones": life.known(self.world.chart), "urgent": judged["urgent"], "advice": judged["advice"],
        }  # fmt: skip

    def decide(self) -> list[dict]:
        """What standard care would order on this chart today; nothing is done yet."""
        chart = self.world.chart.select(ME)
        chart.day = self.world.day
        said = [order for order in standard.all_said(chart.held()) if order.where[0]]
        return [
            {"do": o.verb, "what": o.what, "words": o.words(), "stance": o.stance, "topic": o.topic, "because": o.because(),
             "within_hours": o.within_hours, "source": o.source}
            for o in said
        ]  # fmt: skip

    def act(self, orders: Iterable[PlannedOrder]) -> int:
        """Give orders; each comes true after its waiting time. Returns how many were taken up: what the rules of a drug or an
        operation forbid is not."""
        self._living()
        plan = Plan("by hand", tuple(orders), care="none")
        chart = self.world.chart.select(ME)
        chart.day = self.world.day
        late = tuple(PlannedOrder(**(vars(order) | {"day": order.day + max(self.world.day, 0)})) for order in plan.orders)
        given = plans.as_policy(Plan("by hand", late, care="none"))(chart)
        self.world.take(ME, given)
        return sum(bool(order.acts and order.where[0]) for order in given)

    def advance(self, days: int, care: str = "standard") -> list[dict]:
        """Let days pass, under standard care or none. Returns what there is to tell of them."""
        if not 1 <= days <= MOST_DAYS:
            raise InputError("days", days, f"1 to {MOST_DAYS}")
        if care not in CARE:
            raise InputError("care", care, " or ".join(CARE))
        self._living()
        told = len(self.watch.story.events)
        rules = standard if care == "standard" else plans.as_policy(Plan("none", care="none"))
        story.follow(self.watch, self.world.day + days, rules, self._dated.write, end=False)
        return self.watch.story.events[told:]

    def truth(self) -> dict:
        """What is true in the body, whether anybody knows it or not."""
        return {"day": int(self.world.day), "alive": self.alive, **life.picture(self.world)}

    def _living(self) -> None:
        if not self.alive:
            raise InputError("person", None, "a person who lives", "this one has died; begin with another seed")
