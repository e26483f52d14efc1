"""Support through treatment: blood, sickness, pain of nerves, falls, and less load on a bone that may break."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from seedsoil.care import contraindications, criteria
from seedsoil.care.chart import Chart
from seedsoil.care.criteria import at_place, ecog, fresh, in_the, limit, painful_place, proven
from seedsoil.care.guidelines.radiotherapy import painful_metastasis
from seedsoil.care.guidelines.rules import rule
from seedsoil.care.guidelines.surgery import broken, limb
from seedsoil.care.orders import Order, Start, Stop, Treat
from seedsoil.treatments import radiation


@rule("emergency", "ctcae5", confirmed=False, comfort=True)
def transfusion(chart: Chart) -> Iterator[Order]:
    """Red cells below the haemoglobin of grade 3, platelets when so few that bleeding comes by itself; once a week."""
    for drug, analyte, low in (
        ("red_cells", "haemoglobin", limit("counts.haemoglobin_low")),
        ("platelet_transfusion", "platelets", limit("counts.platelets_lowest") / 2),
    ):
        value = chart.latest(analyte)
        need = (value < low) & fresh(chart.age_of(analyte), limit("fresh.emergency_days"))
        again = ~(chart.weeks_since(drug) < 1)
        yield Start(drug, need & again, every_days=0, stance="refer", within_hours=72, facts={"value": value},
                    why=f"{analyte} {{value:.3g}}")  # fmt: skip


@rule("systemic", "seedsoil", confirmed=False)
def sickness(chart: Chart) -> Iterator[Order]:
    """Sickness under chemotherapy, a radionuclide or radiation: an antiemetic; it ends with what brought it."""
    sick = chart.days_since("nausea") <= limit("supportive.sick_days")
    on = chart.on("ondansetron")
    yield Start("ondansetron", sick & ~on, stance="refer", why="nausea under treatment")
    over = on & ~chart.on("chemotherapy") & (chart.days_on("ondansetron") > limit("supportive.sick_days"))
    yield Stop("ondansetron", over, stance="refer", why="the treatment that brought it is over")


@rule("pain", "fallon2018", confirmed=False, comfort=True)
def nerve_pain(chart: Chart) -> Iterator[Order]:
    """Root pain on an opioid: a drug for nerve pain beside it."""
    root = (chart.symptom("radicular_pain") > 0) & (chart.symptom("pain_worst") > limit("pain.controlled"))
    want = root & chart.on("opioid") & ~chart.on("pregabalin")
    if not want.any():
        return
    allowed = contraindications.judge(chart, "pregabalin", "pain").ready
    yield Start("pregabalin", want & allowed, stance="refer", why="pain along a nerve root on an opioid")


@rule("follow_up", "goodwin2014; gillespie2012", confirmed=True, comfort=True)
def falls(chart: Chart) -> Iterator[Order]:
    """A fall, drowsy drugs or a weak state: the home is made safe, balance is trained."""
    drowsy = chart.on("opioid") | chart.on("adjuvant")
    weak = (ecog(chart) >= limit("supportive.fall_ecog")) | chart.happened("fall") | (chart.symptom("walking") < 1)
    where = (drowsy | weak) & chart.lesions().any(axis=1) & ~chart.on("home_safety")
    yield Start("home_safety", where, why="drowsy drugs, weakness or a fall",
                say="Safety at home: rails, light, shoes, a stick; training of balance")  # fmt: skip


@rule("surgery", "mirels1989", confirmed=False)
def less_load(chart: Chart) -> Iterator[Order]:
    """A limb that may break is not loaded fully until it is fixed or judged safe."""
    found = limb(chart)
    risky = (found.certain & ~broken(chart)).any(axis=1)
    on = chart.on("activity_advice")
    yield Start("activity_advice", risky & ~on, stance="refer", within_hours=24,
                why="a long bone may break", say="No full weight on the limb, no lifting, no twisting")  # fmt: skip
    yield Stop("activity_advice", on & ~risky, stance="refer", why="the bone is held, or judged safe")


@rule("radiotherapy", "sahgal2021", confirmed=True)
def few_metastases_in_the_spine(chart: Chart) -> Iterator[Order]:
    """One to three painful spinal metastases and a fit person: stereotactic radiotherapy, 24 Gy in 2."""
    place = painful_place(chart)
    few = (chart.known_lesions() <= limit("supportive.few_lesions")) & (chart.organs == 0)
    fit = ecog(chart) <= limit("supportive.stereotactic_ecog")
    first = np.isnan(at_place(chart, "irradiated", place))
    stands = ~(at_place(chart, "collapse", place) >= 2) & ~(at_place(chart, "fractured", place) >= 0)
    here = painful_metastasis(chart) & in_the("spine", place) & few & fit & first & stands & proven(chart)
    here &= criteria.cord_place(chart) < 0
    gray, parts = limit("supportive.stereotactic_gy"), limit("supportive.stereotactic_fractions")
    yield Treat("radiotherapy", here, place, dose_gy=gray, fractions=parts, within_hours=336, stance="refer",
                technique=radiation.TECHNIQUES.index("stereotactic"), why="one to three metastases, pain in the spine",
                say=f"Stereotactic radiotherapy {gray:g} Gy in {parts:g}, if the cord's distance allows")  # fmt: skip


RULES = (few_metastases_in_the_spine, transfusion, sickness, nerve_pain, falls, less_load)
