"""seedsoil: a simulator of metastatic bone disease. For research and teaching; not a medical device."""

from __future__ import annotations

import importlib

__version__ = "0.1.0"

# Public name -> where it lives. Nothing is imported before it is asked for.
_HOMES = {
    "Chart": "seedsoil.care.chart",
    "Finding": "seedsoil.care.patient",
    "InputError": "seedsoil.errors",
    "KnownLesion": "seedsoil.care.patient",
    "Order": "seedsoil.care.orders",
    "Patient": "seedsoil.care.patient",
    "Plan": "seedsoil.care.plan",
    "PlannedOrder": "seedsoil.care.plan",
    "SeedsoilError": "seedsoil.errors",
    "Start": "seedsoil.care.orders",
    "Stop": "seedsoil.care.orders",
    "Tell": "seedsoil.care.orders",
    "Test": "seedsoil.care.orders",
    "Treat": "seedsoil.care.orders",
    "World": "seedsoil.world.day",
    "assess": "seedsoil.study.assess",
    "fit": "seedsoil.study.twins",
    "forecast": "seedsoil.study.forecast",
    "look_up": "seedsoil.study.values",
    "named_plan": "seedsoil.study.plans",
    "read_patient": "seedsoil.doors.reading",
    "standard": "seedsoil.care.guidelines",
    "tell": "seedsoil.study.story",
}
_OTHER_NAMES = {"named_plan": "named"}

__all__ = ["__version__", *_HOMES]


def __getattr__(name: str):
    if name not in _HOMES:
        raise AttributeError(f"module 'seedsoil' has no attribute {name!r}")
    return getattr(importlib.import_module(_HOMES[name]), _OTHER_NAMES.get(name, name))


def __dir__() -> list[str]:
    return sorted(__all__)
