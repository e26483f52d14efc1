"""Many people as arrays: the shapes the kernel works on. One row is one person; a lesion is a slot, in order of
appearance."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from seedsoil.biology.body import Body, Effects, Lesion, LesionTraits, Sums, Traits
from seedsoil.biology.person import Hazards
from seedsoil.treatments.kinetics import Onboard

SLOTS = 16  # lesions a person can carry one by one; a colony that finds no slot is lost
PLACES = 20  # drugs a person can have on board
MARKS = ("sleeper", "kind")  # of a lesion, beside its traits; sleeper 1: founded asleep

# Event kinds a lesion can have, beyond the person's `Hazards`.
LESION_EVENTS = ("fracture_load", "fracture_fall", "wake")

# Everything that can happen, as the log names it: the person's hazards, then the lesion's, then the fractures that nobody
# notices until a survey (those of `LESION_EVENTS` are felt).
EVENTS = (*Hazards._fields, *LESION_EVENTS, "fracture_silent")
MOST_EVENTS = len(EVENTS) + (1 + len(LESION_EVENTS)) * SLOTS  # of one person on one day; a clump founds SLOTS colonies at most
DEATHS = tuple(name for name in Hazards._fields if name.startswith("death_"))


def numbers_of(record: type, kind: str, extra: tuple[str, ...] = ()) -> np.dtype:
    """A structured dtype with one number a field. Single precision ("f4") is for what is drawn once and never added to."""
    return np.dtype([(name, kind) for name in (*record._fields, *extra)])


class Noticed(NamedTuple):
    """What a person can notice of themselves at the end of a day, which makes them call."""

    worst_pain: float  # 0-10
    usual_pain: float  # 0-10
    calcium: float  # mmol/L
    function: float  # Karnofsky / 100
    cord_deficit: float
    immobility: float
    unhealed: float  # the freshest fracture: 1 on its day


class People(NamedTuple):
    """The true state of n people. Nothing here is known to the clinic."""

    body: np.ndarray  # [n, Body] float64
    lesion: np.ndarray  # [n, SLOTS, Lesion] float64
    lesions: np.ndarray  # [n] int64, slots in use
    site: np.ndarray  # [n, SLOTS] int16, number of the bone; -1 none
    traits: np.ndarray  # [n] record of Traits
    lesion_traits: np.ndarray  # [n, SLOTS] record of LesionTraits and MARKS, float32; kind 0 lytic, 1 mixed, 2 blastic
    drug: np.ndarray  # [n, PLACES] int16, number of the drug in each place; -1 none yet
    onboard: np.ndarray  # [n, PLACES, Onboard] float32
    taking: np.ndarray  # [n] int64, bit k set while the drug in place k is on board
    efficacy: np.ndarray  # [n, drugs] float32, kill of drug d in this person over the table's
    last_effect: np.ndarray  # [n, Effects] float64, yesterday's effects
    sums: np.ndarray  # [n, Sums] float64, at the end of yesterday
    mean: np.ndarray  # [n, 2, Sums] float64, day means of yesterday and the day before
    noticed: np.ndarray  # [n, Noticed] float64, at the end of yesterday
    settled: np.ndarray  # [n] bool, False when something changed at once and `mean` and `noticed` are void
    left: np.ndarray  # [n, Hazards] float64, hazard left until the next event of each kind
    times: np.ndarray  # [n, Hazards] int16, events so far
    lesion_left: np.ndarray  # [n, SLOTS, LESION_EVENTS] float64
    lesion_times: np.ndarray  # [n, SLOTS, LESION_EVENTS] int16
    alive: np.ndarray  # [n] bool
    cancer: np.ndarray  # [n] int16, row of the site weights
    subtype: np.ndarray  # [n] int16, which of the cancer's subtypes
    set_of: np.ndarray  # [n] int64, row of the parameter stack
    key: np.ndarray  # [n] int64, whose luck this is
    origin: np.ndarray  # [n] int64, the key the person was made with: healthy levels and traits belong to it
    seed: np.ndarray  # [n] int64, seed of the luck of events


def empty(n: int, drugs: int) -> People:
    """n people without disease, all fields zero but the marks that say so."""
    lesion = np.zeros((n, SLOTS, len(Lesion._fields)))
    for name in ("osteoclasts", "osteoblasts", "lamellar"):
        lesion[:, :, Lesion._fields.index(name)] = 1.0
    return People(
        body=np.zeros((n, len(Body._fields))),
        lesion=lesion,
        lesions=np.zeros(n, np.int64),
        site=np.full((n, SLOTS), -1, np.int16),
        traits=np.zeros(n, numbers_of(Traits, "f8")),
        lesion_traits=np.zeros((n, SLOTS), numbers_of(LesionTraits, "f4", MARKS)),
        drug=np.full((n, PLACES), -1, np.int16),
        onboard=np.zeros((n, PLACES, len(Onboard._fields)), np.float32),
        taking=np.zeros(n, np.int64),
        efficacy=np.zeros((n, drugs), np.float32),
        last_effect=np.zeros((n, len(Effects._fields))),
        sums=np.zeros((n, len(Sums._fields))),
        mean=np.zeros((n, 2, len(Sums._fields))),
        noticed=np.zeros((n, len(Noticed._fields))),
        settled=np.zeros(n, bool),
        left=np.ones((n, len(Hazards._fields))),
        times=np.zeros((n, len(Hazards._fields)), np.int16),
        lesion_left=np.ones((n, SLOTS, len(LESION_EVENTS))),
        lesion_times=np.zeros((n, SLOTS, len(LESION_EVENTS)), np.int16),
        alive=np.ones(n, bool),
        cancer=np.zeros(n, np.int16),
        subtype=np.zeros(n, np.int16),
        set_of=np.zeros(n, np.int64),
        key=np.arange(n),
        origin=np.arange(n),
        seed=np.zeros(n, np.int64),
    )


def rows(people: People, index) -> People:
    """The people of `index`, copied."""
    return People(*[field[index].copy() for field in people])


def joined(parts: list[People]) -> People:
    """Several groups as one."""
    return People(*[np.concatenate(fields) for fields in zip(*parts, strict=True)])


class Columns:
    """Some rows of a record array, field by field: only what is asked for is copied."""

    __slots__ = ("_fields", "_rows")

    def __init__(self, record: np.ndarray | dict[str, np.ndarray], rows=None) -> None:
        if isinstance(record, np.ndarray):
            record = {name: record[name] for name in record.dtype.names}
        self._fields, self._rows = record, rows

    def of(self, rows) -> Columns:
        """The same fields of these rows, counted among the rows that are here."""
        return Columns(self._fields, rows if self._rows is None else self._rows[rows])

    def __getitem__(self, name: str) -> np.ndarray:
        column = self._fields[name]
        column = column if self._rows is None else column[self._rows]
        return column.astype(float) if column.dtype == np.float32 else column

    def __getattr__(self, name: str) -> np.ndarray:
        if name.startswith("_"):  # a copy that is being made asks for these before there are fields to look in
            raise AttributeError(name)
        try:
            return self[name]
        except KeyError:
            raise AttributeError(name) from None
