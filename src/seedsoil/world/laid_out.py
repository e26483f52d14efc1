"""Records to arrays and back, written out field by field: for compiled code on any machine, and for plain Python."""

from __future__ import annotations

from collections.abc import Callable

from numba.extending import register_jitable


def taken(record: type) -> Callable:
    """A function that makes such a record of the first numbers of an array."""
    numbers = ", ".join(f"row[{k}]" for k in range(len(record._fields)))
    return _function("take(row)", f"return record({numbers})", record=record)


def laid(fields: tuple[str, ...]) -> Callable:
    """A function that writes a record with these fields into the first numbers of an array."""
    return _function("lay(record, row)", "; ".join(f"row[{k}] = record[{k}]" for k in range(len(fields))))


def pairs_laid(fields: tuple[str, ...]) -> Callable:
    """A function that writes a record of (gain, loss) pairs with these fields into two arrays."""
    each = (f"gains[{k}], losses[{k}] = pairs[{k}][0], pairs[{k}][1]" for k in range(len(fields)))
    return _function("lay_pairs(pairs, gains, losses)", "; ".join(each))


def _function(head: str, body: str, **known) -> Callable:
    known["__name__"] = __name__  # compiled code is kept by the name of the module it comes from
    exec(f"def {head}:\n    {body}", known)
    return register_jitable(forceinline=True)(known[head.split("(")[0]])
