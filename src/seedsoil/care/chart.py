"""What the clinic knows of many people, as arrays: one row a person. It never sees the body.

Written by the tests, treatments and events of the loop, or read from one person's record (`Chart.of`); read by the
rules. NaN, -1 and `NEVER` mean that nobody knows. Days are whole and count as everywhere: `chart.day` is today, of all or of
each.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace

import numpy as np

from seedsoil.care.columns import (
    ANALYTES,
    CONDITIONS,
    EVENTS,
    KEPT,
    LAST,
    LESION_CODES,
    LESION_DAYS,
    LESION_FIELDS,
    LESION_KINDS,
    LINES,
    MARKERS,
    NEVER,
    RELUCTANCE,
    SYMPTOMS,
    TESTS,
    TOPICS,
    index,
    place_number,
    places,
)
from seedsoil.care.patient import CANCERS, ORGANS, Patient
from seedsoil.care.readings import Readings
from seedsoil.care.take_up import TODAY
from seedsoil.grammar.memory import remembered
from seedsoil.treatments import drug as drugs

__all__ = [
    "ANALYTES", "CONDITIONS", "DAY_FIELDS", "EVENTS", "KEPT", "LAST", "LESION_CODES", "LESION_DAYS", "LESION_FIELDS",
    "LESION_KINDS", "LINES", "MARKERS", "NEVER", "RELUCTANCE", "SYMPTOMS", "TESTS", "TOPICS", "Chart", "place_number", "places",
    "remembered",
]  # fmt: skip

Array = np.ndarray
# Fields that hold days: they move when another day becomes day 0.
DAY_FIELDS = (
    "organ_day", "line_day", "days", "kept_days", "extreme_day", "drug_start", "drug_last", "drug_stop", "event_day", "test_day",
    "symptom_day", "symptom_rose", "lesion_days",
)  # fmt: skip

_OF_LINES = ("site", "lesion_numbers", "lesion_codes", "lesion_days")  # fields with a column for each line of bone


def _one_drug(drug: str | int) -> tuple[int, drugs.Drug]:
    d = drugs.number_of()[drug] if isinstance(drug, str) else int(drug)
    return d, list(drugs.catalogue().values())[d]


def _rows(rows: Array) -> Array:
    rows = np.asarray(rows)
    return np.flatnonzero(rows) if rows.dtype == bool else rows


@dataclass
class Chart(Readings):
    """What is known of n people; S lines of bone, A analytes, D drugs. See the module for the meaning of unknown."""

    day: int | Array  # today; [n] where people have days of their own
    cancer: Array  # [n] i1, number in CANCERS; -1 nobody has said
    cancer_certain: Array  # [n] bool
    tissue: Array  # [n] bool, proven under the microscope
    subtype: Array  # [n] i1, number among the subtypes of the cancer's table; -1 unknown
    male: Array  # [n] bool
    born: Array  # [n] f4, day of birth
    weight_kg: Array  # [n] f4
    comfort: Array  # [n] bool, care for comfort only
    reluctance: Array  # [n, RELUCTANCE] f2, standard scores; NaN: treated as the rules ask
    declined: Array  # [n] u1, a bit a topic of TOPICS
    conditions: Array  # [n] u1, a bit a condition of CONDITIONS
    organs: Array  # [n] u1, a bit an organ of patient.ORGANS with a metastasis
    organ_day: Array  # [n] i2, day the last new organ, or growth in one, was seen
    organ_mm: Array  # [n, ORGANS] f2, longest diameter at its smallest since growth was last seen
    line: Array  # [n] i1, lines of anticancer treatment begun
    line_day: Array  # [n] i2, day the last one began
    more: Array  # [n] u1, lesions for which the chart has no line left
    values: Array  # [n, A] f4, the newest
    days: Array  # [n, A] i2
    kept: Array  # [n, KEPT, LAST] f4, newest first
    kept_days: Array  # [n, KEPT, LAST] i2
    first: Array  # [n, A, 3] f4: first, lowest, highest value
    extreme_day: Array  # [n, A, 2] i2: of the lowest and of the highest value
    drug_start: Array  # [n, D] i2, first day of the present or last course
    drug_last: Array  # [n, D] i2, last dose
    drug_stop: Array  # [n, D] i2
    drug_doses: Array  # [n, D] i2, doses so far, over all courses
    drug_dose: Array  # [n, D] f4, last dose; a day's dose where the drug is taken daily
    event_day: Array  # [n, E] i2, the last
    event_count: Array  # [n, E] u1
    test_day: Array  # [n, T] i2
    symptoms: Array  # [n, Y] f4
    symptom_day: Array  # [n, Y] i2
    symptom_rose: Array  # [n, Y] i2, day it last came on or got worse
    site: Array  # [n, S] i1, number in places(); -1 a free line
    lesion_numbers: Array  # [n, S, LESION_FIELDS] f2
    lesion_codes: Array  # [n, S, LESION_CODES] i1
    lesion_days: Array  # [n, S, LESION_DAYS] i2
    memo: dict | None = None  # readings made so far, of a held chart
    unavailable: frozenset[str] = frozenset()  # anticancer drugs that nobody here can have: not yet approved, not paid for
    year: float = TODAY  # in which people are treated: how many take treatment up
    untreated_seen: float = 1.0  # share of a registry's untreated people who are among these

    # ------------------------------------------------------------------------------------------ making

    @classmethod
    def empty(cls, n: int, cancer: object = "unknown", male: object = False, age_years: object = 65.0,
              weight_kg: object = np.nan, subtype: object = -1, day: int = 0, lines: int = LINES) -> Chart:  # fmt: skip
        """Nothing known of n people but their cancer (names, or numbers in CANCERS), sex, age and weight."""
        code = np.asarray(cancer)
        if code.dtype.kind not in "iu":
            code = np.array([CANCERS.index(c) for c in np.atleast_1d(code)]).reshape(code.shape)
        full = lambda shape, fill, dtype: np.full((n, *shape), fill, dtype)
        each = lambda value, dtype: np.broadcast_to(np.asarray(value, dtype), (n,)).copy()
        a, d, days = len(ANALYTES), len(drugs.catalogue()), np.int16
        return cls(
            day=int(day), cancer=each(code, np.int8), cancer_certain=full((), True, bool), tissue=full((), True, bool),
            subtype=each(subtype, np.int8), male=each(male, bool),
            born=(day - 365.25 * each(age_years, np.float32)).astype(np.float32),
            weight_kg=each(weight_kg, np.float32), comfort=full((), False, bool),
            reluctance=full((len(RELUCTANCE),), np.nan, np.float16), declined=full((), 0, np.uint8),
            conditions=full((), 0, np.uint16), organs=full((), 0, np.uint8), organ_day=full((), NEVER, days),
            organ_mm=full((len(ORGANS),), np.nan, np.float16),
            line=full((), 0, np.int8), line_day=full((), NEVER, days), more=full((), 0, np.uint8),
            values=full((a,), np.nan, np.float32), days=full((a,), NEVER, days),
            kept=full((len(KEPT), LAST), np.nan, np.float32), kept_days=full((len(KEPT), LAST), NEVER, days),
            first=full((a, 3), np.nan, np.float32), extreme_day=full((a, 2), NEVER, days),
            drug_start=full((d,), NEVER, days), drug_last=full((d,), NEVER, days), drug_stop=full((d,), NEVER, days),
            drug_doses=full((d,), 0, np.int16), drug_dose=full((d,), 0, np.float32),
            event_day=full((len(EVENTS),), NEVER, days), event_count=full((len(EVENTS),), 0, np.uint8),
            test_day=full((len(TESTS),), NEVER, days), symptoms=full((len(SYMPTOMS),), np.nan, np.float32),
            symptom_day=full((len(SYMPTOMS),), NEVER, days), symptom_rose=full((len(SYMPTOMS),), NEVER, days),
            site=full((lines,), -1, np.int8),
            lesion_numbers=full((lines, len(LESION_FIELDS)), np.nan, np.float16),
            lesion_codes=full((lines, len(LESION_CODES)), -1, np.int8),
            lesion_days=full((lines, len(LESION_DAYS)), NEVER, days),
        )  # fmt: skip

    @classmethod
    def of(cls, patient: Patient) -> Chart:
        """The chart of one real person (n = 1), on the day of their record."""
        from seedsoil.care.record import chart_of

        return chart_of(patient)

    def __len__(self) -> int:
        return len(self.cancer)

    def arrays(self) -> dict[str, Array]:
        """Every field but the day, by name: for saving."""
        return {f.name: getattr(self, f.name) for f in fields(self) if f.name not in _NO_ARRAYS}

    def select(self, rows: Array) -> Chart:
        """A copy of some rows (numbers, or a mask)."""
        return replace(self, memo=None, day=self._day_of(rows), **{name: array[rows] for name, array in self.arrays().items()})

    @staticmethod
    def joined(charts: Sequence[Chart]) -> Chart:
        """The people of several charts of one day as one chart."""
        every = lambda name: np.concatenate([getattr(one, name) for one in charts])
        return replace(charts[0], memo=None, **{name: every(name) for name in charts[0].arrays()})

    def _day_of(self, rows: Array) -> int | Array:
        """Today in these rows, as one number where it is one."""
        day = self.day[rows] if np.ndim(self.day) else self.day
        return int(day[0]) if np.ndim(day) and len(day) and (day == day[0]).all() else day

    def reading(self, rows: Array) -> Chart:
        """Some rows (numbers) held for reading, before anything is written: the people due today. The same as
        ``select(rows).held()``, but a field is copied only when it is asked for."""
        return _Excerpt.of_rows(self, rows)

    def held(self) -> Chart:
        """The same chart, for reading only: each reading is made once, and lines of bone that nobody uses are left out.
        Write to the chart itself, never to this."""
        if self.memo is not None:
            return self
        used = np.flatnonzero((self.site >= 0).any(axis=0))
        lines = slice(0, used[-1] + 1 if len(used) else 1)
        return replace(self, memo={}, **{name: getattr(self, name)[:, lines] for name in _OF_LINES})

    # ------------------------------------------------------------------------------------------ writing

    def _when(self, rows: Array, day: object) -> Array:
        """The day of an entry in each row: the one given, else the person's today."""
        if day is None and np.ndim(self.day):
            return self.day[rows].astype(np.int16)
        return np.broadcast_to(np.asarray(self.day if day is None else day, np.int16), rows.shape)

    def record(self, rows: Array, analyte: str | tuple[str, ...], values: object, day: object = None) -> None:
        """Write a measured value, in the analyte's own unit; NaN is not written. Older values must come first. Several
        analytes at once take values [rows, analytes]."""
        rows, a, values, when = self._readings(rows, analyte, ANALYTES, "analyte", values, day)
        for k, name in enumerate(KEPT):
            own = a == ANALYTES.index(name)
            self._keep(rows[own], k, values[own], when[own])
        at = rows * len(ANALYTES) + a
        self.values.put(at, values)
        self.days.put(at, when)
        first, lowest, highest = (self.first.take(3 * at + k) for k in range(3))
        for k, new in enumerate((np.isnan(first), ~(lowest <= values), ~(highest >= values))):
            self.first.put(3 * at[new] + k, values[new])
            if k:
                self.extreme_day.put(2 * at[new] + k - 1, when[new])
        weighed = a == ANALYTES.index("weight")
        self.weight_kg[rows[weighed]] = values[weighed]

    def _keep(self, rows: Array, k: int, values: Array, when: Array) -> None:
        """Put a value before those kept of the analyte `KEPT[k]`; a second one of the same day replaces the first."""
        again = self.kept_days[rows, k, 0] == when
        for array, new in ((self.kept, values), (self.kept_days, when)):
            old = array[rows, k]
            old[:, 1:] = np.where(again[:, None], old[:, 1:], old[:, :-1])
            old[:, 0] = new
            array[rows, k] = old

    def _readings(
        self, rows: Array, names: str | tuple[str, ...], known: tuple[str, ...], what: str, values: object, day: object
    ) -> tuple[Array, Array, Array, Array]:
        """Row, column, value and day of every value that is one."""
        rows = _rows(rows)
        columns = np.array([index(known, name, what) for name in ((names,) if isinstance(names, str) else names)])
        values = np.asarray(values, np.float32)
        values = np.broadcast_to(values if values.ndim == 2 else values[..., None], (len(rows), len(columns)))
        when = self._when(rows, day)
        who, column = np.nonzero(~np.isnan(values))
        return rows[who], columns[column], values[who, column], when[who]

    def see(self, rows: Array, site: object, day: object = None, **seen: object) -> None:
        """Write what imaging or examination said of one place in each row; unknown (NaN, -1) leaves what stood there. A
        person may come in several rows, with another place in each.

        site: numbers as in places() (bones as in the list). seen: kind (0 lytic, 1 mixed, 2 blastic), longest_mm,
        share_of_diameter 0-1, cortex_mm, collapse (code of scores.Collapse), epidural (code of scores.Escc),
        soft_tissue, certain (0 no, 1 yes), count.
        """
        rows = _rows(rows)
        when = self._when(rows, day)
        rows, line, when, seen = self._lines(rows, site, when, seen)
        d, numbers, codes = self.lesion_days, self.lesion_numbers, self.lesion_codes
        new = d[rows, line, 0] == NEVER
        d[rows, line, 0] = np.where(new, when, np.minimum(d[rows, line, 0], when))
        d[rows, line, 1] = np.maximum(d[rows, line, 1], when)
        for name, value in seen.items():
            if name in LESION_CODES:
                i, value = LESION_CODES.index(name), np.asarray(value).astype(np.int8)
                codes[rows, line, i] = np.where(value < 0, codes[rows, line, i], value)
            else:
                i, value = index(LESION_FIELDS, name, "lesion"), np.asarray(value, np.float16)
                numbers[rows, line, i] = np.where(np.isnan(value), numbers[rows, line, i], value)
        if "longest_mm" in seen:
            now, smallest = numbers[rows, line, 0], numbers[rows, line, 1]
            numbers[rows, line, 1] = np.fmin(now, smallest)
        certain = LESION_CODES.index("certain")
        if "certain" not in seen:
            codes[rows, line, certain] = np.where(codes[rows, line, certain] < 0, 1, codes[rows, line, certain])

    def _lines(self, rows: Array, site: object, when: Array, seen: dict) -> tuple[Array, Array, Array, dict]:
        """The line of each row that holds the site, or a free one; a row without one is counted in `more` and left. New
        places of one person take the free lines in turn."""
        wanted = np.broadcast_to(np.asarray(site, np.int8), rows.shape)
        lines = self.site.take(rows, axis=0)
        here, free = lines == wanted[:, None], lines < 0
        known = here.any(axis=1)
        turn = np.zeros(len(rows), int)
        new = np.flatnonzero(~known)
        new = new[np.argsort(rows[new], kind="stable")]
        turn[new] = np.arange(len(new)) - np.searchsorted(rows[new], rows[new])
        line = np.where(known, here.argmax(axis=1), (np.cumsum(free, axis=1) > turn[:, None]).argmax(axis=1))
        fits = known | (free.sum(axis=1) > turn)
        if not fits.all():
            np.add.at(self.more, rows[~fits], 1)
        seen = {name: np.broadcast_to(value, rows.shape)[fits] for name, value in seen.items()}
        rows, line, when = rows[fits], line[fits], when[fits]
        self.site[rows, line] = wanted[fits]
        return rows, line, when, seen

    def dismiss(self, rows: Array, site: Array) -> None:
        """Take a doubtful spot off the chart, as nothing was found in it. What is certain stays."""
        rows, doubtful = _rows(rows), self.lesion_codes[:, :, LESION_CODES.index("certain")] == 0
        who, line = np.nonzero((self.site[rows] == np.asarray(site)[:, None]) & doubtful[rows])
        fixed = [LESION_DAYS.index(name) for name in ("irradiated", "fixed", "fractured")]
        here = rows[who], line
        free = (self.lesion_days[here][:, fixed] == NEVER).all(axis=1)
        here = here[0][free], here[1][free]
        self.site[here], self.lesion_numbers[here], self.lesion_codes[here], self.lesion_days[here] = -1, np.nan, -1, NEVER

    def note_event(self, rows: Array, event: str, day: object = None, site: object = None) -> None:
        """Write that something befell people; a fracture with its place marks the place too."""
        rows, e = _rows(rows), index(EVENTS, event, "event")
        day = self._when(rows, day)
        self.event_day[rows, e] = np.maximum(self.event_day[rows, e], day)
        self.event_count[rows, e] = np.minimum(self.event_count[rows, e].astype(int) + 1, 255)
        if site is not None and event == "fracture":
            self._mark(rows, site, "fractured", day)

    def note_procedure(self, rows: Array, what: str, site: object, day: object = None, dose_gy: object = 0.0) -> None:
        """Write that a place was irradiated (`radiotherapy`, doses add up) or held (any operation on bone)."""
        rows = _rows(rows)
        self._mark(rows, site, "irradiated" if what == "radiotherapy" else "fixed", self._when(rows, day))
        if what == "radiotherapy":
            here = self.site[rows] == np.broadcast_to(np.asarray(site, np.int8), rows.shape)[:, None]
            i = LESION_FIELDS.index("dose_gy")
            dose = np.nan_to_num(self.lesion_numbers[rows, :, i]) + np.broadcast_to(dose_gy, rows.shape)[:, None]
            self.lesion_numbers[rows, :, i] = np.where(here, dose, self.lesion_numbers[rows, :, i])

    def _mark(self, rows: Array, site: object, what: str, day: object) -> None:
        when = np.broadcast_to(np.asarray(day, np.int16), rows.shape)
        rows, line, when, _ = self._lines(rows, site, when, {})
        self.lesion_days[rows, line, LESION_DAYS.index(what)] = when

    def note_drug(self, rows: Array, drug: str | int, dose: object = np.nan, day: object = None) -> None:
        """Write that a dose was given, or a daily drug begun or changed (id, or number in the catalogue). The first
        dose of a new systemic drug, more than four weeks after the last new one, begins a line of treatment."""
        rows, d, known = _rows(rows), *_one_drug(drug)
        day = self._when(rows, day)
        if known.topic == "systemic" and known.kind != "steroid":
            new = self.drug_doses[rows, d] == 0
            apart = (self.line_day[rows] == NEVER) | (day.astype(int) - self.line_day[rows] > 28)
            self.begin_line(rows[new & apart], day[new & apart])
        ended = self.drug_stop[rows, d] > NEVER
        self.drug_start[rows, d] = np.where(ended | (self.drug_start[rows, d] == NEVER), day, self.drug_start[rows, d])
        self.drug_stop[rows, d] = NEVER
        self.drug_last[rows, d] = day
        self.drug_doses[rows, d] += 1
        self.drug_dose[rows, d] = np.where(np.isnan(dose), self.drug_dose[rows, d], dose)

    def note_stop(self, rows: Array, drug: str | int, day: object = None) -> None:
        """Write that a drug was stopped."""
        rows, d, _ = _rows(rows), *_one_drug(drug)
        self.drug_stop[rows, d] = np.where(self.drug_start[rows, d] == NEVER, NEVER, self._when(rows, day))

    def begin_line(self, rows: Array, day: object = None) -> None:
        """A new line of anticancer treatment: from here on markers and lesions are measured against today."""
        rows = _rows(rows)
        self.line[rows] += 1
        self.line_day[rows] = self._when(rows, day)
        for marker in MARKERS:
            a = ANALYTES.index(marker)
            self.first[rows, a, 1], self.extreme_day[rows, a, 0] = self.values[rows, a], self.days[rows, a]
        self.lesion_numbers[rows, :, 1] = self.lesion_numbers[rows, :, 0]

    def note_test(self, rows: Array, test: str, day: object = None) -> None:
        """Write that a test was done, or an opinion given."""
        rows, t = _rows(rows), index(TESTS, test, "test")
        self.test_day[rows, t] = np.maximum(self.test_day[rows, t], self._when(rows, day))

    def note_organ(self, rows: Array, organ: str, day: object = None) -> None:
        """Write that a metastasis outside bone was found, or seen to grow."""
        rows = _rows(rows)
        self.organs[rows] |= np.uint8(1 << index(ORGANS, organ, "organ"))
        self.organ_day[rows] = self._when(rows, day)

    def prove(self, rows: Array, cancer: object = None, subtype: object = -1) -> None:
        """Write what the microscope said: which cancer (numbers in CANCERS; None: the one that was thought of)."""
        rows = _rows(rows)
        if cancer is not None:
            self.cancer[rows] = cancer
        self.subtype[rows] = np.where(np.asarray(subtype) < 0, self.subtype[rows], subtype)
        self.tissue[rows] = True
        self.cancer_certain[rows] = self.cancer[rows] != CANCERS.index("unknown")

    def note_condition(self, rows: Array, condition: str) -> None:
        """Write a lasting condition that bears on treatment."""
        self.conditions[_rows(rows)] |= np.uint16(1 << index(CONDITIONS, condition, "condition"))

    def wish(self, rows: Array, comfort: bool | None = None, decline: str | None = None) -> None:
        """Write what people want: care for comfort only, or no treatment of one topic."""
        rows = _rows(rows)
        if comfort is not None:
            self.comfort[rows] = comfort
        if decline is not None:
            self.declined[rows] |= np.uint8(1 << index(TOPICS, decline, "topic"))

    def report(self, rows: Array, symptom: str | tuple[str, ...], values: object, day: object = None) -> None:
        """Write what people say of a symptom; it replaces what they said before. NaN is not written. Several symptoms at
        once take values [rows, symptoms]."""
        rows, y, values, day = self._readings(rows, symptom, SYMPTOMS, "symptom", values, day)
        before = self.symptoms[rows, y]
        walking = y == SYMPTOMS.index("walking")  # the one that is well at 1 and worse when it falls
        worse = np.where(walking, before - values, values - before) > 0
        rose = np.where(np.isnan(before), values != walking, worse)
        self.symptom_rose[rows[rose], y[rose]] = day[rose]
        self.symptoms[rows, y], self.symptom_day[rows, y] = values, day


class _Excerpt(Chart):
    """Some rows of a chart, held for reading; a field is copied when it is first asked for."""

    @classmethod
    def of_rows(cls, whole: Chart, rows: Array) -> _Excerpt:
        out = object.__new__(cls)
        used = np.flatnonzero((whole.site.take(rows, axis=0) >= 0).any(axis=0))
        out.__dict__.update(
            _whole=whole, _rows=rows, _used=used[-1] + 1 if len(used) else 1,
            day=whole._day_of(rows), memo={}, unavailable=whole.unavailable, year=whole.year, untreated_seen=whole.untreated_seen,
        )  # fmt: skip
        return out

    def __getattr__(self, name: str) -> Array:
        if name not in _ARRAYS:
            raise AttributeError(name)
        found = getattr(self._whole, name).take(self._rows, axis=0)  # whole rows, ten times as fast as by index
        found = np.ascontiguousarray(found[:, : self._used]) if name in _OF_LINES else found
        self.__dict__[name] = found
        return found


_NO_ARRAYS = frozenset({"day", "memo", "unavailable", "year", "untreated_seen"})
_ARRAYS = frozenset(f.name for f in fields(Chart)) - _NO_ARRAYS
