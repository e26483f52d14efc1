"""Follow-up: bloods, markers, imaging, and palliative care early."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from seedsoil.care.chart import Chart
from seedsoil.care.criteria import ecog, fresh, limit, proven
from seedsoil.care.guidelines.rules import rule
from seedsoil.care.orders import Order, Test


@rule("follow_up", "scher2016; coleman2020", confirmed=False)
def regular_tests(chart: Chart) -> Iterator[Order]:
    """Bone metastases: bloods and the tumour marker every month, imaging every three months."""
    ill = chart.lesions().any(axis=1) & proven(chart)
    days = lambda name: limit(f"follow_up.{name}_days")
    yield Test("bloods", ill & ~fresh(chart.tested("bloods"), days("bloods")), stance="refer", why="monthly", say="Bloods")
    marked = chart.is_cancer("prostate", "breast", "colorectal", "lung_nsclc", "gastric", "uterus")
    yield Test("marker", ill & marked & ~fresh(chart.tested("marker"), days("marker")), stance="refer", why="monthly",
               say="Tumour marker")  # fmt: skip
    imaged = np.fmin.reduce([chart.tested(t) for t in ("ct", "fdg_pet", "psma_pet")])
    yield Test("ct", ill & ~fresh(imaged, days("imaging")), stance="refer", why="every three months", say="CT scan")
    scanned = np.fmin.reduce([chart.tested(t) for t in ("bone_scan", "spect_ct", "fdg_pet", "naf_pet", "psma_pet")])
    yield Test("bone_scan", ill & ~fresh(scanned, days("imaging")), stance="refer", why="every three months")


@rule("follow_up", "fallon2018", confirmed=False, comfort=True)
def palliative_care(chart: Chart) -> Iterator[Order]:
    """Poor function, severe pain or weeks to live: a palliative care team."""
    severe = chart.symptom("pain_worst") >= limit("cord.severe_pain")
    need = (ecog(chart) >= limit("follow_up.palliative_ecog")) | severe | chart.comfort
    asked = ~np.isnan(chart.tested("palliative_care"))
    ill = chart.lesions().any(axis=1) | (chart.organs > 0)
    yield Test("palliative_care", need & ill & ~asked, stance="refer", within_hours=336,
               why="poor function or severe pain", say="Palliative care team")  # fmt: skip


RULES = (regular_tests, palliative_care)
