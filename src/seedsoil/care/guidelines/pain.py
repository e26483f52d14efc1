"""Pain: paracetamol and anti-inflammatory drugs, an opioid by its effect, and when to ask for help."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from seedsoil.care import contraindications, criteria
from seedsoil.care.chart import Chart
from seedsoil.care.criteria import limit
from seedsoil.care.guidelines.rules import rule
from seedsoil.care.orders import Order, Start, Stop, Tell, Test
from seedsoil.treatments import drug as drugs


@rule("pain", "who2018", confirmed=False, comfort=True)
def first_step(chart: Chart) -> Iterator[Order]:
    """Any pain: paracetamol, and an anti-inflammatory drug unless kidneys, counts, bleeding or heart forbid it."""
    worst = chart.symptom("pain_worst")
    hurts = (worst >= limit("pain.mild")) | (np.isnan(worst) & ~np.isnan(chart.symptom("pain_site")))
    taken = hurts & ~(worst < criteria.borne_without_painkillers(chart))
    for drug in ("paracetamol", "nsaid"):
        judged = contraindications.judge(chart, drug, "pain")
        want = taken & ~chart.on(drug)
        if drug == "nsaid":
            want &= (worst > limit("pain.controlled")) & ~criteria.hypercalcaemic(chart)
            want &= ~(chart.days_since("kidney_injury") <= 28)
        yield Start(drug, want & judged.ready, stance="refer", facts={"pain": worst}, why="pain")
        for mask, row in judged.said("refuse"):
            yield Start(drug, hurts & mask & ~chart.on(drug), stance="forbid", why=row["why"], source=row["source"],
                        say=f"No {_name(drug)}")  # fmt: skip
            yield Stop(drug, mask & chart.on(drug), stance="refer", why=row["why"], source=row["source"])
    at_risk = criteria.hypercalcaemic(chart) | (chart.days_since("kidney_injury") <= 28)
    yield Start("nsaid", hurts & at_risk & ~chart.on("nsaid"), stance="forbid", why="kidneys are hurt or at risk",
                say="No anti-inflammatory painkiller")  # fmt: skip
    quiet = (worst <= 0) & chart.on("nsaid") & ~chart.on("opioid") & ~at_risk
    yield Stop("nsaid", quiet, stance="refer", why="no pain")


def _name(drug: str) -> str:
    return {"nsaid": "anti-inflammatory painkiller"}.get(drug, drug)


# Opioids that standard care doses by effect: what one unit is worth in oral morphine a day (mg), the step of its doses.
OPIOIDS = {"morphine": (1.0, 5.0), "fentanyl_patch": (2.4, 12.0)}


def _rounded(dose: np.ndarray, step: float) -> np.ndarray:
    """As tablets and patches come."""
    return np.maximum(np.round(dose / step) * step, step)


@rule("pain", "bandieri2016", confirmed=True, comfort=True)
def opioid_for_moderate_pain(chart: Chart) -> Iterator[Order]:
    """Moderate or severe pain: low-dose morphine, better than a weak opioid; weak kidneys need another drug."""
    worst, dose = chart.symptom("pain_worst"), limit("pain.start")
    want = (worst >= np.maximum(limit("pain.opioid"), criteria.borne_without_painkillers(chart))) & ~chart.on("opioid")
    weak = criteria.filtration(chart) < 30
    facts = {"pain": worst}
    yield Start("morphine", want & ~weak, dose=dose, facts=facts, why="pain {pain:.0f} of 10", within_hours=24,
                say=f"Morphine {dose:g} mg a day by mouth, with a laxative")  # fmt: skip
    worth, step = OPIOIDS["fentanyl_patch"]
    patch = float(_rounded(np.array(dose / worth), step))
    yield Start("fentanyl_patch", want & weak, dose=patch, stance="refer", facts=facts, within_hours=24,
                why="pain {pain:.0f} of 10; morphine builds up with an eGFR below 30",
                say=f"Fentanyl patch {patch:g} micrograms an hour, or alfentanil or buprenorphine worth as much")  # fmt: skip


@rule("pain", "who2018; fallon2018", confirmed=False, comfort=True)
def opioid_by_effect(chart: Chart) -> Iterator[Order]:
    """On an opioid: a quarter more while pain is above 3, half as much again where it is severe, a quarter less when it is quiet,
    stop when little is left."""
    for drug in OPIOIDS:
        if chart.on(drug).any():
            yield from _adjusted(chart, drug)


def _adjusted(chart: Chart, drug: str) -> Iterator[Order]:
    """The next dose of one opioid."""
    (worth, step), label = OPIOIDS[drug], drug.replace("_", " ").capitalize()
    unit = drugs.catalogue()[drug].dose_unit.replace("ug/hour", "micrograms an hour").replace("mg", "mg a day")
    worst, dose = chart.symptom("pain_worst"), chart.dose_of(drug)
    on = chart.on(drug) & (chart.days_on(drug) >= 1)
    facts = {"pain": worst, "dose": dose}
    why = f"pain {{pain:.0f}} of 10 on {{dose:.0f}} {unit}"
    most = limit("pain.most") / worth
    up = on & (worst > limit("pain.controlled")) & (worst >= criteria.borne_without_painkillers(chart)) & (dose < most)
    # radiotherapy takes weeks to relieve: until it is judged, doses for breakthrough carry people through
    up &= ~(chart.lesion("irradiated") < limit("radiotherapy.relief_days")).any(axis=1)
    by = np.where(worst >= limit("cord.severe_pain"), limit("pain.up_severe"), limit("pain.up"))
    more = np.minimum(np.maximum(_rounded(dose * by, step), dose + step), most)
    say = f"{label} up to {{new:.0f}} {unit}"
    yield Start(drug, up, dose=more, stance="refer", facts=facts | {"new": more}, why=why, say=say)
    quiet = on & (worst <= limit("pain.quiet")) & (chart.weeks_since(drug) >= 1)
    less = _rounded(dose * limit("pain.down"), step)
    stop = quiet & ((less < limit("pain.least") / worth) | (less >= dose))
    say = f"{label} down to {{new:.0f}} {unit}"
    yield Start(drug, quiet & ~stop, dose=less, stance="refer", facts=facts | {"new": less}, why=why, say=say)
    yield Stop(drug, stop, stance="refer", facts=facts, why=why)
    hard = on & (worst >= limit("cord.severe_pain")) & (dose >= most)
    asked = chart.tested("pain_clinic") <= limit("surgery.opinion_days")
    yield Test("pain_clinic", hard & ~asked, stance="refer", facts=facts, why=why, say="Pain clinic")


@rule("pain", "bnf2020", confirmed=True, comfort=True)
def breakthrough_dose(chart: Chart) -> Iterator[Order]:
    """On a regular opioid: a sixth to a tenth of the day's dose at hand for pain that breaks through."""
    dose = sum(chart.dose_of(drug) * worth for drug, (worth, _) in OPIOIDS.items())
    facts = {"low": dose / 10.0, "high": dose * limit("pain.breakthrough")}
    yield Tell("breakthrough", dose > 0, facts=facts, why="regular opioid",
               say="At hand for breakthrough pain: {low:.0f}-{high:.0f} mg of morphine a time")  # fmt: skip


RULES = (first_step, opioid_for_moderate_pain, opioid_by_effect, breakthrough_dose)
