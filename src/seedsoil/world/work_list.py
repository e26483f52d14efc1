"""The work list: what was ordered and has not happened yet, one row each, with its day."""

from __future__ import annotations

import numpy as np

WORK = np.dtype(
    [("day", "i4"), ("person", "i4"), ("verb", "i2"), ("what", "i2"), ("site", "i2"), ("fractions", "i2"),
     ("technique", "i2"), ("check", "i1"), ("dose", "f8"), ("every_days", "f8"), ("course", "i4"), ("pain", "f4")]
)  # fmt: skip
START, STOP, TREAT, TEST, DOSE, BEFALL = range(6)
VERBS = {"start": START, "stop": STOP, "treat": TREAT, "test": TEST}
CLINIC_EVERY = 7  # days: ordinary visits fall on one day of the week; wards and emergencies know no weekday
# `pain` is the worst pain the clinic knew of when the work was done
_MOST = {"person": 1 << 31, "verb": 8, "what": 1024, "site": 1024}
_WHOLE = np.dtype((np.void, WORK.itemsize))  # a row as one piece, which is copied ten times as fast as field by field


def next_clinic(day):
    """The first clinic day on or after `day`."""
    return -(-day // CLINIC_EVERY) * CLINIC_EVERY


def chosen(rows: np.ndarray, where: np.ndarray) -> np.ndarray:
    """Some rows of a work list, by number or mask."""
    return rows.view(_WHOLE)[where].view(WORK)


def joined(*parts: np.ndarray) -> np.ndarray:
    """Several work lists as one."""
    return np.concatenate([np.ascontiguousarray(part).view(_WHOLE) for part in parts]).view(WORK)


def same_thing(rows: np.ndarray) -> np.ndarray:
    """One number for each row, the same for what is not ordered twice: person, verb, what and site."""
    return _number_of(rows, ("person", "verb", "what", "site"))


def in_order(rows: np.ndarray) -> np.ndarray:
    """The rows in the order of a day's work: by verb, what, person and site."""
    return chosen(rows, np.argsort(_number_of(rows, ("verb", "what", "person", "site")), kind="stable"))


def _number_of(rows: np.ndarray, names: tuple[str, ...]) -> np.ndarray:
    number = np.zeros(len(rows), np.int64)
    for name in names:
        number = number * _MOST[name] + rows[name] + 1
    return number
