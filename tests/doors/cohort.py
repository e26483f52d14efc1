"""A few virtual people with their records, lived once for all tests that read or write them."""

from __future__ import annotations

import functools
import json

import numpy as np
import orjson

from seedsoil.care.chart import Chart
from seedsoil.doors.fhir.folder import records
from seedsoil.doors.fhir.writing import Record, bundle, resources
from seedsoil.study.cohort import Cohort, lived


@functools.cache
def cohort() -> Cohort:
    """Thirty people of all cancers, a year from the first bone finding."""
    return lived(np.arange(30), seed=3, years=1.0)


@functools.cache
def written() -> tuple[Record, ...]:
    return tuple(records(cohort()))


def bundle_of(record: Record) -> dict:
    """A record as it comes back from a file."""
    return json.loads(orjson.dumps(bundle(record, list(resources(record)))))


def unequal(one: Chart, other: Chart) -> list[str]:
    """The columns in which two charts differ."""
    pairs = ((name, array, other.arrays()[name]) for name, array in one.arrays().items())
    return [name for name, a, b in pairs if not np.array_equal(a, b, equal_nan=a.dtype.kind == "f")]
