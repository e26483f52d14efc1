"""What can be read off a chart: about twenty readers, each an array over its people."""

from __future__ import annotations

import functools

import numpy as np

from seedsoil.care.columns import (
    ANALYTES,
    CONDITIONS,
    EVENTS,
    LESION_CODES,
    LESION_DAYS,
    LESION_FIELDS,
    NEVER,
    SYMPTOMS,
    TESTS,
    TOPICS,
    index,
)
from seedsoil.care.patient import CANCERS
from seedsoil.errors import InputError
from seedsoil.grammar.memory import remembered
from seedsoil.treatments import drug as drugs

Array = np.ndarray


@functools.cache
def _drugs_named(name: str) -> tuple[int, ...]:
    """Numbers of one drug, or of all of a kind or topic."""
    catalogue = drugs.catalogue()
    if name in catalogue:
        return (drugs.number_of()[name],)
    found = tuple(i for i, drug in enumerate(catalogue.values()) if name in (drug.kind, drug.topic))
    if not found:
        raise InputError("drug", name, "an id, kind or topic of the catalogue of drugs")
    return found


def _any_of(each: Array, name: str) -> Array:
    """Mask of those for whom it holds of the drug of this name, or of any of the kind or topic."""
    d = _drugs_named(name)
    return each[:, d[0]] if len(d) == 1 else each[:, d].any(axis=1)


@functools.cache
def _is_one_of(names: tuple[str, ...]) -> Array:
    """Mask over the numbers of cancers, with a last place for -1."""
    return np.array([c in names for c in CANCERS] + [False])


class Readings:
    """The reading half of a Chart. NaN is unknown, days are days since; masks are False where nobody knows."""

    def since(self, days: Array) -> Array:
        """Days since days of the chart [n, ...], NaN where `NEVER`."""
        today = np.float32(self.day)
        today = today.reshape(-1, *[1] * (days.ndim - 1)) if today.ndim else today
        since = today - days.astype(np.float32)
        since[days == NEVER] = np.nan
        return since

    def age(self) -> Array:
        """Age today, years."""
        return (np.float32(self.day) - self.born) / np.float32(365.25)

    @remembered
    def latest(self, analyte: str) -> Array:
        """The newest value, NaN where never measured."""
        return self.values[:, index(ANALYTES, analyte, "analyte")]

    @remembered
    def age_of(self, analyte: str) -> Array:
        """Days since the newest value, NaN where never measured."""
        return self.since(self.days[:, index(ANALYTES, analyte, "analyte")])

    def lowest(self, analyte: str) -> Array:
        """The lowest value so far; of a tumour marker since the present line of treatment began."""
        return self.first[:, index(ANALYTES, analyte, "analyte"), 1]

    def highest(self, analyte: str) -> Array:
        """The highest value so far."""
        return self.first[:, index(ANALYTES, analyte, "analyte"), 2]

    @remembered
    def rising(self, analyte: str, fold: float = 2.0) -> Array:
        """Mask: the newest value is at least `fold` times the lowest before it."""
        a = index(ANALYTES, analyte, "analyte")
        return (self.latest(analyte) >= fold * self.lowest(analyte)) & (self.days[:, a] > self.extreme_day[:, a, 0])

    @remembered
    def had_each(self) -> Array:
        """Mask [n, D]: has had the drug."""
        return self.drug_start > NEVER

    @remembered
    def on_each(self) -> Array:
        """Mask [n, D]: on the drug; a course lasts until it is stopped."""
        return self.had_each() & (self.drug_stop == NEVER)

    @remembered
    def on(self, drug: str) -> Array:
        """Mask: on a drug, or on any of a kind or topic."""
        return _any_of(self.on_each(), drug)

    @remembered
    def ever(self, drug: str) -> Array:
        """Mask: has had the drug, or any of a kind or topic."""
        return _any_of(self.had_each(), drug)

    @remembered
    def weeks_since(self, drug: str) -> Array:
        """Weeks since the last dose of a drug (or any of a kind or topic); NaN where never given."""
        d = _drugs_named(drug)
        last = self.drug_last[:, d[0]] if len(d) == 1 else self.drug_last[:, d].max(axis=1)
        return self.since(last) / 7.0

    @remembered
    def days_on(self, drug: str) -> Array:
        """Days since the present course of a drug began, NaN where not on it."""
        return np.where(self.on(drug), self.since(self.drug_start[:, drugs.number_of()[drug]]), np.nan)

    @remembered
    def dose_of(self, drug: str) -> Array:
        """The present dose of a drug, 0 where not on it."""
        return np.where(self.on(drug), self.drug_dose[:, drugs.number_of()[drug]], 0.0)

    def doses_of(self, drug: str) -> Array:
        """Doses given so far."""
        return self.drug_doses[:, drugs.number_of()[drug]]

    @remembered
    def lesion(self, what: str) -> Array:
        """One field of every line of bone [n, S]: a number (NaN unknown), a code (-1) or days since (NaN never)."""
        if what in LESION_FIELDS:
            return self.lesion_numbers[:, :, LESION_FIELDS.index(what)].astype(np.float32)
        if what in LESION_CODES:
            return self.lesion_codes[:, :, LESION_CODES.index(what)]
        return self.since(self.lesion_days[:, :, index(LESION_DAYS, what, "lesion")])

    @remembered
    def lesions(self) -> Array:
        """Mask [n, S]: lines that hold a lesion seen by somebody (not only a place treated or broken)."""
        return (self.site >= 0) & (self.lesion_days[:, :, 0] > NEVER)

    @remembered
    def known_lesions(self) -> Array:
        """How many bone metastases are known."""
        count = np.maximum(self.lesion("count"), 1)
        return np.where(self.lesions(), count, 0).sum(axis=1) + self.more

    def none_known(self) -> Array:
        """Mask: no bone metastasis is known; the same as a count of none, for less."""
        return ~self.lesions().any(axis=1) & (self.more == 0)

    @remembered
    def happened(self, event: str) -> Array:
        """Mask: it has befallen this person."""
        return self.event_count[:, index(EVENTS, event, "event")] > 0

    @remembered
    def days_since(self, event: str) -> Array:
        """Days since it last happened, NaN where never."""
        return self.since(self.event_day[:, index(EVENTS, event, "event")])

    @remembered
    def tested(self, test: str) -> Array:
        """Days since a test was last done (or an opinion given), NaN where never."""
        return self.since(self.test_day[:, index(TESTS, test, "test")])

    @remembered
    def symptom(self, name: str) -> Array:
        """The latest report, NaN where nothing was said."""
        return self.symptoms[:, index(SYMPTOMS, name, "symptom")]

    @remembered
    def since_rise(self, symptom: str) -> Array:
        """Days since a symptom came on or got worse, NaN where it never did."""
        return self.since(self.symptom_rose[:, index(SYMPTOMS, symptom, "symptom")])

    @remembered
    def has(self, condition: str) -> Array:
        """Mask: the chart names this condition."""
        return (self.conditions & (1 << index(CONDITIONS, condition, "condition"))) > 0

    def declines(self, topic: str) -> Array:
        """Mask: wants no treatment of this topic."""
        return (self.declined & (1 << TOPICS.index(topic))) > 0 if topic in TOPICS else np.zeros(len(self), bool)

    @remembered
    def is_cancer(self, *names: str) -> Array:
        """Mask: the cancer is one of these."""
        return _is_one_of(names)[self.cancer]
