"""What the server has in hand: charts that were read, twins that were fitted, plans that were run. A change of one plan runs
that plan alone; nothing is fitted twice while the server lives."""

from __future__ import annotations

import json
import os
import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from seedsoil.care.patient import Patient
from seedsoil.care.plan import Plan
from seedsoil.doors.fhir import read_bundle
from seedsoil.doors.web.store import Store
from seedsoil.errors import InputError, RunStopped
from seedsoil.grammar.tables import data_file

if TYPE_CHECKING:
    from concurrent.futures import Executor
    from pathlib import Path

    from seedsoil.doors.web.jobs import Live

CHART_SUFFIX = ".json"
OUTCOME_SUFFIX = ".outcome.json"
HANDS = min(3, (os.cpu_count() or 1) - 1)  # other processes that run twins


class Shelf:
    """The last few things of a kind, by key; the one least lately used goes first."""

    def __init__(self, most: int) -> None:
        self.most, self._items, self._lock = most, OrderedDict(), threading.Lock()

    def get(self, key: Any, make: Callable[[], Any]) -> Any:
        """What is kept under a key, made where it is not."""
        found = self.peek(key)
        return found if found is not None else self.keep(key, make())

    def peek(self, key: Any) -> Any:
        """What is kept under a key, or None."""
        with self._lock:
            if key in self._items:
                self._items.move_to_end(key)
            return self._items.get(key)

    def keep(self, key: Any, item: Any) -> Any:
        """Keep something."""
        with self._lock:
            self._items[key] = item
            self._items.move_to_end(key)
            while len(self._items) > self.most:
                self._items.popitem(last=False)
        return item

    def drop(self, of: Callable[[Any], bool]) -> None:
        """Let go of everything under keys of which this holds."""
        with self._lock:
            for key in [key for key in self._items if of(key)]:
                del self._items[key]


class Desk:
    """Charts, twins and plans in hand, over what the store keeps."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.charts, self.twins, self.runs, self.people = Shelf(64), Shelf(6), Shelf(48), Shelf(24)
        self.awake = False
        self._hands: Executor | None = None
        self.moving = threading.Lock()  # one person is moved at a time

    def let_go(self, key: str) -> None:
        """Forget a chart and all that was made of it, or a virtual person."""
        for shelf in (self.charts, self.people):
            shelf.drop(lambda kept: kept == key)
        for shelf in (self.twins, self.runs):
            shelf.drop(lambda kept: kept[0] == key)

    def patient(self, session: str, key: str) -> Patient | None:
        """The person of a chart of this session."""
        found = self.store.get("chart", session, key)
        return self.charts.get(key, lambda: read_chart(found[1])) if found else None

    def wake(self, live: Live) -> None:
        """Load the engine. The first time after an installation it is compiled, and whoever waits is told why."""
        if self.awake:
            return
        live.told("waking the engine (the first time takes a minute or two)", 0, 0)
        awaken()
        self.awake = True

    def hands(self, twins: int) -> Executor | None:
        """Processes that run twins beside this one, so that a changed plan pays for no start; None where they would not help."""
        from seedsoil.study.forecast import WORTH_PARTING
        from seedsoil.world import runs

        if not HANDS or twins < 2 * WORTH_PARTING:
            return None
        if self._hands is None:
            self._hands = runs.hands(HANDS, awaken)
        return self._hands

    def close(self) -> None:
        """Let the other processes go."""
        if self._hands is not None:
            self._hands.shutdown(wait=False, cancel_futures=True)
            self._hands = None

    def fitted(self, session: str, chart: str, twins: int, seed: int, live: Live) -> Any:
        """The twins of a chart, fitted once."""
        from seedsoil.study.twins import fit

        self.wake(live)
        self.hands(twins)  # they wake while the twins are fitted
        patient = self.patient(session, chart)
        if patient is None:
            raise InputError("chart", chart, "a chart of this session", "open the chart again")
        make = lambda: fit(patient, twins=twins, seed=seed, progress=live.told)
        return self.twins.get((chart, twins, seed), make)

    def run(self, twins: Any, key: tuple, plans: list[Plan], years: float, live: Live) -> list[tuple[Any, list[dict], dict]]:
        """Each plan's record, its course month by month and its curves. Plans that have been run are not run again."""
        from seedsoil.study.course import curves_of
        from seedsoil.study.forecast import forecast

        of = {plan: (*key, years, fingerprint(plan)) for plan in plans}
        missing = [plan for plan in plans if self.runs.peek(of[plan]) is None]
        if missing:
            hands = self.hands(len(twins.world.people.key))
            try:
                done = forecast(twins, missing, years, live.told, workers=1 + HANDS if hands else 1, months=True, hands=hands)
            except RunStopped:
                self.close()  # the next forecast has new ones
                raise
            for plan, record, course in zip(missing, done.records, done.courses, strict=True):
                curves = curves_of(record, twins.world.people.set_of, years)
                self.runs.keep(of[plan], (record, course.document(), curves))
        return [self.runs.peek(of[plan]) for plan in plans]

    def person_of(self, recipe: dict) -> Any:
        """A virtual person from their recipe: made, and moved by every step in order."""
        from seedsoil.doors.web.asked import PersonAsked, TreatAsked
        from seedsoil.study.virtual_person import VirtualPerson

        asked = PersonAsked(**recipe["person"])
        person = VirtualPerson(asked.cancer, asked.seed, asked.traits)
        for verb, step in recipe["steps"]:
            if verb == "act":
                person.act(TreatAsked(**step).orders_of())
            else:
                person.advance(step["days"], step["care"])
        return person


def awaken() -> None:
    """Load everything that a forecast needs, compiled where it is not yet."""
    import numpy as np

    import seedsoil.study.forecast
    import seedsoil.study.twins  # noqa: F401
    from seedsoil.care.chart import Chart
    from seedsoil.world import parameters, people
    from seedsoil.world.day import World

    numbers = parameters.typical()
    World(people.new("breast", np.arange(1), 1, numbers), Chart.empty(1), numbers, 1).advance()


def fingerprint(plan: Plan) -> str:
    """What makes two plans the same run: all but name and words."""
    orders = [vars(order) if hasattr(order, "__dict__") else repr(order) for order in plan.orders]
    return json.dumps([orders, plan.care, sorted(plan.withhold)], sort_keys=True, default=str)


# ---- charts --------------------------------------------------------------------------------------------------------


def read_chart(body: bytes) -> Patient:
    """The person in an uploaded file: a FHIR bundle in JSON, or a patient in TOML. Raises InputError; no path in it."""
    from seedsoil.study.files import read_patient_text

    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise InputError("chart", None, "text in UTF-8", "export the chart as FHIR JSON, or write it in TOML") from None
    if not text.lstrip().startswith(("{", "[")):
        return read_patient_text(text, "patient")
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as trouble:
        where = f"line {trouble.lineno}" if isinstance(trouble, json.JSONDecodeError) else "the file"
        raise InputError("chart", None, "JSON in UTF-8", f"{where} is not valid JSON") from None
    return read_bundle(document)


def cases() -> dict[str, Path]:
    """The published patients that come with seedsoil, by name."""
    folder = data_file("cases")
    if not folder.is_dir():  # a checkout: the wheel has them among its data
        folder = data_file().parents[2] / "examples" / "charts"
    found = sorted(folder.glob(f"*{CHART_SUFFIX}"))
    return {path.stem: path for path in found if not path.name.endswith(OUTCOME_SUFFIX)}


def outcome_of(name: str) -> dict | None:
    """What happened to a shipped case afterwards, as far as it was published."""
    path = cases()[name].with_name(name + OUTCOME_SUFFIX)
    return json.loads(path.read_text("utf-8")) if path.is_file() else None
