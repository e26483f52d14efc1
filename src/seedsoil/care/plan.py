"""A plan: what is to be done for one person, and which topics of standard care it takes over."""

from __future__ import annotations

from dataclasses import dataclass, replace

from seedsoil.errors import InputError

TOPICS = ("systemic", "bone_agent", "radiotherapy", "surgery", "pain", "emergency", "diagnosis", "follow_up")
CARE = ("standard", "none")
VERBS = ("start", "stop", "treat", "test")


@dataclass(frozen=True)
class PlannedOrder:
    """One order of a plan: start or stop a drug, treat a place, do a test."""

    do: str  # start | stop | treat | test
    what: str  # catalogue id
    day: float = 0.0
    topic: str = "systemic"
    site: str | None = None
    dose: float | None = None
    dose_unit: str | None = None
    every_weeks: float | None = None
    fractions: int | None = None
    technique: str | None = None  # of radiotherapy: one of treatments.radiation.TECHNIQUES


@dataclass(frozen=True)
class Plan:
    """Orders on top of standard care or of none. A plan owns the topics it orders in or withholds."""

    name: str
    orders: tuple[PlannedOrder, ...] = ()
    care: str = "standard"
    withhold: tuple[str, ...] = ()
    description: str = ""

    def __post_init__(self) -> None:
        if self.care not in CARE:
            raise InputError("care", self.care, " or ".join(CARE))
        for i, topic in enumerate(self.withhold):
            if topic not in TOPICS:
                raise InputError(f"withhold[{i}]", topic, ", ".join(TOPICS))
            if topic == "emergency" and self.care != "none":
                raise InputError(
                    f"withhold[{i}]", topic, ", ".join(t for t in TOPICS if t != "emergency"),
                    "emergencies cannot be withheld; a plan without any standard care says care = \"none\"",
                )  # fmt: skip

    @property
    def owned_topics(self) -> frozenset[str]:
        """The topics in which standard care gives no order under this plan."""
        return frozenset(self.withhold) | {order.topic for order in self.orders}

    def plus(self, *orders: PlannedOrder, name: str) -> Plan:
        """The same plan with more orders."""
        return replace(self, name=name, orders=self.orders + orders)

    def without(self, *topics: str, name: str) -> Plan:
        """The same plan with more topics of standard care withheld."""
        return replace(self, name=name, withhold=self.withhold + topics)
