"""Tests of the user's own: one TOML a test in the folder ``tests`` of SEEDSOIL_TABLES, and one function that says what is true.

A test of this kind measures one thing in blood or urine; the order and the analyte have the same name.
"""

from __future__ import annotations

import functools
import importlib
import tomllib
from collections.abc import Callable
from dataclasses import dataclass

from seedsoil.errors import InputError
from seedsoil.grammar.tables import Entry, read_entries, tables_in


@dataclass(frozen=True)
class OwnTest:
    """One test: its unit, what a healthy adult has, how wrong the laboratory is, and where its truth comes from."""

    id: str
    label: str
    unit: str
    reference: tuple[float, float]
    entries: dict[str, Entry]  # lab, within, model; others that the truth wants
    truth: str  # module:function of (seen, bedside), the value in `unit`

    def function(self) -> Callable:
        """The function that says what is true of a body."""
        module, _, name = self.truth.partition(":")
        try:
            return getattr(importlib.import_module(module), name)
        except (ImportError, AttributeError):
            raise InputError(f"truth of {self.id}", self.truth, "module:function that Python can import") from None


@functools.cache
def own_tests() -> dict[str, OwnTest]:
    """Every test of the user's own, by its id."""
    return {name: _read(name, path) for name, path in tables_in("tests").items()}


def _read(name, path) -> OwnTest:
    document = tomllib.loads(path.read_text("utf-8"))
    entries = read_entries(document, f"tests/{path.name}")
    for needed in ("label", "unit", "truth", "reference", "lab", "within", "model"):
        if needed not in document:
            raise InputError(f"tests/{path.name}: {needed}", "missing", "label, unit, truth, reference, lab, within, model")
    low, high = document["reference"]
    return OwnTest(name, document["label"], document["unit"], (float(low), float(high)), entries, document["truth"])
