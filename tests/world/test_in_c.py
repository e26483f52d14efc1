"""The C version that the benchmark holds the kernel against is the same scheme with the same equations."""

from __future__ import annotations

import copy
import shutil

import numpy as np
import pytest
from benchmarks import in_c

from seedsoil.doors.sbml import Book
from seedsoil.study.newcomers import newly_found
from seedsoil.world import parameters

GCC = pytest.mark.skipif(not shutil.which("gcc"), reason="no gcc: install it to check the C version of the kernel")


@GCC
def test_people_with_few_and_many_lesions_are_carried_on_as_by_the_kernel():
    parts = (("breast", None, 0.5), ("prostate", None, 0.5))
    world = newly_found(parts, np.arange(16), 3, parameters.typical(), 0)
    assert len(set(world.people.lesions.tolist())) > 3
    ours, theirs = copy.deepcopy(world), copy.deepcopy(world)
    for days in (1, 27):
        ours.advance(days, events=False)
        in_c.advance(theirs, days, events=False)
        assert in_c.apart(theirs, ours) < in_c.SAME
    assert in_c.apart(theirs, world) > 1e-3, "people in whom nothing moves prove nothing"


def test_an_operation_is_written_once_however_often_it_is_used():
    book = Book()
    x = book.name("x[0][w]")
    root = (x + 1.0) / (x * 2.0)
    text = in_c.function_in_c("f", [root * root, root + x, 3.0])
    assert text.count("x[0][w] + 1.0") == 1 and "power2(" in text and "out[2][w] = 3.0;" in text
