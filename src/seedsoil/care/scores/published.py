"""What every published score shares: a range for an answer, checked inputs, and where its table comes from.

Unknown is NaN for a number and -1 for a code. A score never fills an unknown in: it returns the lowest and the highest
value it could take (`Score`), or all the answers still open (`Choice`). Inputs are one person's value or arrays over
many people; they broadcast as NumPy does. A `Score` may stand wherever a number or a yes/no is asked for.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from enum import IntEnum
from typing import Any, Literal, NamedTuple

import numpy as np

from seedsoil.errors import InputError

Array = np.ndarray
UNKNOWN = -1  # the code of something not known
Status = Literal["verified", "secondary", "recalled"]


class Score(NamedTuple):
    """The range of a score: lowest and highest value it can take, equal where everything is known."""

    low: Array
    high: Array

    @property
    def known(self) -> Array:
        """Mask: one value only is possible."""
        return np.asarray(self.low == self.high)

    @property
    def value(self) -> Array:
        """The value where it is known, NaN where it is not."""
        return np.where(self.known, self.low, np.nan)

    def surely(self, at_least: float = 1) -> Array:
        """Mask: reaches `at_least` whatever the unknowns are. For a yes/no rule: surely yes."""
        return np.asarray(self.low >= at_least)

    def possibly(self, at_least: float = 1) -> Array:
        """Mask: could reach `at_least`. For a yes/no rule: not surely no."""
        return np.asarray(self.high >= at_least)


class Choice(NamedTuple):
    """Answers without an order: `possible` has one mask per answer along the last axis."""

    possible: Array

    @property
    def code(self) -> Array:
        """The answer where only one is left, -1 where several (or none) are."""
        return np.where(self.possible.sum(axis=-1) == 1, self.possible.argmax(axis=-1), UNKNOWN)


class Standing(NamedTuple):
    """How far a published rule was followed back: `confirmed` only if each of its numbers was read at a source."""

    source: str
    status: Status
    confirmed: bool
    note: str


STANDING: dict[str, Standing] = {}  # name of a score -> its standing; filled by `published`


def published(source: str, status: Status, note: str = "") -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Mark a function as a published rule: attributes of its Standing, a row in STANDING, a line in its docstring.

    verified: the numbers were read in a text that prints them. secondary: only in an implementation or encyclopaedia
    that cites the paper. recalled: from memory. Only verified counts as confirmed; the others may forbid or refer.
    """
    standing = Standing(source, status, status == "verified", note)

    def mark(score: Callable[..., Any]) -> Callable[..., Any]:
        STANDING[score.__name__] = standing
        spoken = "confirmed" if standing.confirmed else f"{status}, not confirmed"
        score.__doc__ = f"{score.__doc__}\n\n    Source {source}: {spoken}{'; ' + note if note else ''}."
        score.source, score.status, score.confirmed, score.note = standing.source, status, standing.confirmed, note
        return score

    return mark


def number(
    field: str, value: object, low: float, high: float, unknown: tuple[float, float] | None = None, known: bool = False
) -> Score:
    """A measured number as a range; NaN may be anything in `unknown` (default: all that is allowed).

    Raises InputError for a value outside low..high, text, or (if `known`) NaN.
    """
    allowed = f"{low:g} to {high:g}" + ("" if known else ", NaN for unknown")
    if isinstance(value, Score):
        bottom, top = number(field, value.low, low, high, unknown), number(field, value.high, low, high, unknown)
        if np.any(bottom.low > top.high):
            raise InputError(field, "a range upside down", "low <= high")
        return Score(bottom.low, top.high)
    try:
        x = np.asarray(value, dtype=float)
    except (TypeError, ValueError):
        raise InputError(field, value, allowed, "give a number") from None
    wrong = (x < low) | (x > high) | (np.isnan(x) & known)
    if np.any(wrong):
        raise InputError(field, float(x[wrong].flat[0]), allowed, "check the value and its unit")
    (bottom, top), open_ = unknown or (low, high), np.isnan(x)
    return Score(np.where(open_, bottom, x), np.where(open_, top, x))


def code(field: str, value: object, kinds: type[IntEnum]) -> Array:
    """Codes of one closed list, -1 for unknown; anything else raises InputError."""
    x, allowed = np.asarray(value), _allowed(kinds)
    if x.dtype.kind not in "iu":
        raise InputError(field, value, _list_of(kinds), "give a code")
    inside = x.size == 0 or (x.min() >= UNKNOWN and x.max() < len(allowed) + UNKNOWN)
    if not (inside and allowed[x - UNKNOWN].all()):
        wrong = (x < UNKNOWN) | (x >= len(allowed) + UNKNOWN)
        wrong = wrong | ~allowed[np.where(wrong, UNKNOWN, x) - UNKNOWN]
        raise InputError(field, int(x[wrong].flat[0]), _list_of(kinds))
    return x


@functools.cache
def _allowed(kinds: type[IntEnum]) -> Array:
    """Mask over the numbers from -1 on: the codes of a list, and unknown."""
    return np.isin(np.arange(UNKNOWN, max(kinds) + 1), [UNKNOWN, *(k.value for k in kinds)])


def _list_of(kinds: type[IntEnum]) -> str:
    return ", ".join(f"{k.value} {k.name.lower().replace('_', ' ')}" for k in kinds) + ", -1 unknown"


def span(field: str, value: object, kinds: type[IntEnum]) -> Score:
    """Codes of an ordered list as a range: unknown may be any of them."""
    x = code(field, value, kinds)
    return Score(np.where(x == UNKNOWN, min(kinds), x), np.where(x == UNKNOWN, max(kinds), x))


def points(field: str, value: object, table: Mapping[Any, int]) -> Score:
    """Points of one item of a score: the table's own, or its lowest to highest where the item is unknown."""
    kinds = type(next(iter(table)))
    x = code(field, value, kinds)
    worth = list(table.values())
    low, high = (np.full(max(kinds) - UNKNOWN + 1, end) for end in (min(worth), max(worth)))
    for of_code in (low, high):
        of_code[np.array(list(table)) - UNKNOWN] = worth
    return Score(low[x - UNKNOWN], high[x - UNKNOWN])


def yes_no(field: str, value: object) -> Score:
    """A yes/no fact: 1 or True yes, 0 or False no, -1 unknown (0 to 1)."""
    if isinstance(value, Score):
        return number(field, value, 0, 1)
    x = np.asarray(value)
    if x.dtype.kind not in "biu" or np.any((x < UNKNOWN) | (x > 1) if x.dtype.kind != "b" else False):
        raise InputError(field, value, "1 yes, 0 no, -1 unknown")
    return Score(np.maximum(x.astype(int), 0), np.where(x == UNKNOWN, 1, x).astype(int))


def total(*items: Score) -> Score:
    """The sum of items, lowest to highest."""
    low, high = items[0]
    for item in items[1:]:
        low, high = low + item.low, high + item.high
    return Score(np.asarray(low), np.asarray(high))


def monotone(rule: Callable[..., Any], rising: tuple[Score, ...] = (), falling: tuple[Score, ...] = ()) -> Score:
    """The range of a rule that never falls with its first arguments and never rises with the rest."""
    low = rule(*(r.low for r in rising), *(f.high for f in falling))
    high = rule(*(r.high for r in rising), *(f.low for f in falling))
    return Score(np.asarray(low), np.asarray(high))


def band(score: Score, starts: tuple[float, ...]) -> Score:
    """Which band a score falls in: 0 below the first start, 1 from it, and so on."""
    return monotone(lambda x: np.searchsorted(starts, x, side="right"), rising=(score,))


def worth_of_name(field: str, name: object, table: Mapping[str, tuple[int, int]], unknown: tuple[int, int]) -> Score:
    """Look a name (one, or an array of them) up in a table of (lowest, highest); "" or None is unknown."""
    names = np.asarray(name, dtype=object)
    asked = sorted({n for n in names.flat if n})
    for n in asked:
        if n not in table:
            raise InputError(field, n, ", ".join(sorted(table)))
    worth = {n: table[n] for n in asked}
    low = np.array([worth[n][0] if n else unknown[0] for n in names.flat]).reshape(names.shape)
    high = np.array([worth[n][1] if n else unknown[1] for n in names.flat]).reshape(names.shape)
    return Score(low, high)
