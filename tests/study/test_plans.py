"""What a plan orders, as the world takes it."""

from __future__ import annotations

from datetime import date

import pytest

from seedsoil.care.chart import Chart
from seedsoil.care.patient import Patient
from seedsoil.care.plan import Plan, PlannedOrder
from seedsoil.study.plans import PlanPolicy
from seedsoil.treatments.radiation import TECHNIQUES


@pytest.mark.parametrize("technique", [None, *TECHNIQUES])
def test_radiotherapy_is_ordered_with_its_dose_fractions_and_technique(technique: str | None) -> None:
    course = PlannedOrder("treat", "radiotherapy", 0.0, "radiotherapy", "L3", 24.0, "Gy", None, 2, technique)
    chart = Chart.of(Patient("somebody", date(2024, 1, 31), 70.0, "male", "prostate"))
    (order,) = PlanPolicy(Plan("a course", (course,)))(chart)
    amounts = {name: order.amounts[name] for name in ("dose_gy", "fractions", "technique")}
    assert amounts == {"dose_gy": 24.0, "fractions": 2, "technique": TECHNIQUES.index(technique or "conventional")}
