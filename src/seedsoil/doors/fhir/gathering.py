"""What a reader has understood of a record so far, and what it had to set aside."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from seedsoil.care.patient import (
    Examined,
    Finding,
    Given,
    Happened,
    KnownLesion,
    SetAside,
    Visceral,
)
from seedsoil.doors.fhir.dates import UNDATED_DAYS, Undatable, When, when
from seedsoil.doors.fhir.shape import listed, record, text
from seedsoil.errors import InputError


@dataclass(frozen=True)
class Primary:
    """A primary cancer that the record names."""

    cancer: str
    certain: bool
    subtype: str | None
    span: tuple[float, float] | None
    source: str


@dataclass
class Gathering:
    """Facts of one person, in the order found. `strict` turns the first thing set aside into an error."""

    as_of: date
    born_day: float
    strict: bool = False
    resources: dict[str, dict] = field(default_factory=dict)  # by each reference that leads to it
    names: dict[str, str] = field(default_factory=dict)  # what the reader is told it is called, likewise
    primaries: list[Primary] = field(default_factory=list)
    mentioned: list[Primary] = field(default_factory=list)  # in passing: "bone metastases of breast cancer"
    spread_unplaced: list[str] = field(default_factory=list)  # primaries said to be metastatic, not where
    receptors: dict[str, bool] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    lesions: list[KnownLesion] = field(default_factory=list)
    sized: dict[int, float] = field(default_factory=dict)  # lesion -> day of the size it was given
    visceral: list[Visceral] = field(default_factory=list)
    given: list[Given] = field(default_factory=list)
    happened: list[Happened] = field(default_factory=list)
    examined: list[Examined] = field(default_factory=list)
    conditions: list[str] = field(default_factory=list)
    set_aside: list[SetAside] = field(default_factory=list)

    def aside(self, source: str, why: str) -> None:
        """Set something aside, with the reason; in a strict reading, refuse it instead."""
        if self.strict:
            raise InputError(source, None, fix=f"{why}; without strict reading it would be set aside and listed")
        self.set_aside.append(SetAside(source, why))

    @property
    def cancer_begins(self) -> float:
        """The earliest day to which an undated metastasis or anticancer treatment may belong."""
        known = [p.span[0] for p in self.primaries if p.span]
        return min(known) if known else UNDATED_DAYS

    def moment(self, resource: dict, stem: str, source: str, *others: str) -> When | None:
        """When a resource was; None, and the reason set aside, where its date cannot be used."""
        try:
            found = when(resource, stem, self.as_of, *others)
        except Undatable as trouble:
            self.aside(source, str(trouble))
            return None
        if found is None:
            return When(UNDATED_DAYS, 0.0, dated=False)
        if found.day_to < self.born_day:
            self.aside(source, "it is dated before the birth of the person")
            return None
        return found

    def follow(self, value: object) -> tuple[str, dict]:
        """The resource a reference leads to, with the words of the reference."""
        reference = text(record(value).get("reference"))
        return reference, self.resources.get(reference, {})


def name_of(resource: dict, index: int) -> str:
    """How a resource is named to the reader: its type and id, or its place in the bundle."""
    kind = text(resource.get("resourceType"))[:40] or "resource"
    identity = text(resource.get("id"))[:80]
    return f"{kind}/{identity}" if identity else f"{kind} (entry {index})"


def references(value: object) -> list[object]:
    """A field that may hold one reference or several."""
    return listed(value) if isinstance(value, list) else [value]
