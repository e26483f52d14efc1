"""Statements about decisions and care: what a choice depends on, emergencies, wishes, tissue first, nurse line, quality of life."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from seedsoil.care.chart import Chart, place_number
from seedsoil.care.criteria import proven
from seedsoil.care.guidelines import NO_CARE, standard
from seedsoil.care.guidelines.wishes import short_of_time
from seedsoil.care.patient import CANCERS
from seedsoil.grammar import skeleton
from seedsoil.study import outcomes, safety
from seedsoil.study.claims import Finding, above, below, shown, true
from seedsoil.study.claims.arms import found, mean, run, seed_of_run, share, tumour
from seedsoil.study.outcomes import Record
from seedsoil.study.patient_page import patient_page
from seedsoil.study.virtual_record import DatedList, patient_of
from seedsoil.world.day import TREAT

ONE = np.array([0])
LABS = {
    "calcium_corrected": 2.35, "albumin": 40.0, "alp": 90.0, "creatinine": 80.0, "haemoglobin": 12.5, "platelets": 220.0,
    "neutrophils": 3.5, "phosphate": 1.0, "magnesium": 0.8, "vitamin_d": 80.0, "ecog": 1.0,
}  # fmt: skip


def _somebody(cancer: str = "breast", sites: tuple[str, ...] = ("L3",), **said: float) -> Chart:
    """Somebody with a proven cancer and small lytic metastases, everything measured, nothing wrong; `said` changes values."""
    c = Chart.empty(1, cancer, age_years=60.0, weight_kg=70.0, subtype=0)
    for site in sites:
        c.see(ONE, place_number(site), kind=0, longest_mm=15.0, share_of_diameter=0.2, cortex_mm=5.0, collapse=0)
    for name, value in (LABS | said).items():
        c.record(ONE, name, value)
    for test in ("bloods", "bone_scan", "ct", "mri", "dental_check", "oncology", "palliative_care", "complementary"):
        c.note_test(ONE, test)
    for symptom in ("pain_worst", "pain_rest", "leg_weakness", "radicular_pain", "bladder", "confusion", "thirst"):
        c.report(ONE, symptom, 0.0)
    c.report(ONE, "walking", 1.0)
    return c


def _orders(chart: Chart) -> set[tuple]:
    """What standard care says: verb, what, where, stance."""
    return {(o.verb, o.what, -1 if o.site is None else int(o.site[0]), o.stance) for o in standard.all_said(chart) if o.where[0]}


def _hurting(*sites: str) -> Chart:
    """The same person with bad pain in the first of these bones."""
    c = _somebody(sites=sites)
    c.report(ONE, "pain_worst", 8.0)
    c.report(ONE, "pain_site", place_number(sites[0]))
    return c


def c1() -> Finding:
    """One woman on paper, and the same with one thing changed: cancer, bones, strength, earlier treatment, symptoms, health. For
    the bones she has pain in one of them: which, and how many others there are."""
    usual = _orders(_somebody())
    weak = _somebody(sites=("femur_shaft_left",))
    strong = _orders(weak)
    weak.see(ONE, place_number("femur_shaft_left"), share_of_diameter=0.9, cortex_mm=50.0)
    sore, treated = _hurting("L3"), _hurting("L3")
    before = _orders(sore)
    treated.note_procedure(ONE, "radiotherapy", place_number("L3"), treated.day - 60, 30.0)
    ill = _somebody(ecog=4.0)
    return Finding(8, (
        true("the primary changes some order", _orders(_somebody("prostate")) != usual),
        true("which bone changes some order", _orders(_hurting("femur_shaft_left")) != before),
        true("how many bones changes some order", _orders(_hurting("L3", *(f"T{k}" for k in range(1, 13)))) != before),
        true("weakness of a bone changes some order", _orders(weak) != strong),
        true("earlier treatment changes some order", _orders(treated) != before),
        true("symptoms change some order", before != usual),
        true("general health changes some order", _orders(ill) != usual),
    ))  # fmt: skip


def c2() -> Finding:
    """A mixture of 1,000 people newly found, one year of standard care, judged by the truth of their bodies."""
    total = safety.Counted()
    for keys in safety.chunks(1000):
        total.add(safety.count(keys, 1.0, seed_of_run()))
    document = safety.document(total, 1.0, seed_of_run())
    told = [row["raised_on_the_day_it_is_told"] for row in document["emergencies"]]
    every = sum(t["of"] for t in told) > 0 and all(t["figure"] in (None, 1.0) for t in told)
    false = document["false_alarms_per_100_person_years"]
    whole = [o for o in standard.all_said(_pressed()) if o.topic == "emergency" and o.where[0] and o.stance != "forbid" and o.acts]
    checks = sum(row["checks_per_100_person_years"]["figure"] for row in document["emergencies"])
    return Finding(1000, (
        true("raised by the day the person tells of it, every one", every),
        below("false alarms per 100 person-years", (false["figure"], false["low"], false["high"]), 30.0),
        true("every emergency names what to do and by when", bool(whole) and all(o.words() and o.within_hours for o in whole)),
        shown("same-day blood tests for signs, per 100 person-years", (checks, checks, checks), "counted apart: no alarm yet"),
    ))  # fmt: skip


def _pressed() -> Chart:
    """Somebody with weak legs, a cord pressed on MRI, and high calcium."""
    c = _somebody(calcium_corrected=3.3)
    c.see(ONE, place_number("L3"), epidural=4)
    c.report(ONE, "leg_weakness", 0.5)
    return c


def c3() -> Finding:
    """2,000 people with lung cancer, one year of standard care: follow-up, palliative care, goals asked when time is short. On
    paper: somebody in hospice who hurts, and somebody who declines."""
    n = 2000
    world = found("lung_nsclc", n)
    world.chart.prove(np.arange(n))
    short, weeks = np.full(n, np.inf), np.zeros(n)

    def watch(w) -> None:
        now = short_of_time(w.chart) & w.people.alive
        short[now] = np.minimum(short[now], w.day)
        weeks[:] = np.where(w.people.alive & (short < w.day - 42), 1, weeks)

    run(world, 365, watch, policy=standard)
    asked, alive = world.chart.tested("goals_of_care") >= 0, world.people.alive
    seen = world.chart.tested("examination") <= 56
    care = world.chart.tested("palliative_care") >= 0
    orders = _orders(_in_hospice())
    verbs = {(verb, what) for verb, what, _, stance in orders if stance != "forbid"}
    declined = _somebody(sites=("L3", "T4"))
    declined.wish(ONE, decline="bone_agent")
    gated = {o.topic for o in standard.all_said(declined) if o.where[0]}
    return Finding(n, (
        above("seen within eight weeks, of those alive at a year", share(seen[alive]), 0.9),
        above("a palliative care team alongside, of those alive", share(care[alive]), 0.9),
        above("goals of care asked, of those short of time for six weeks", share(asked[weeks > 0]), 0.9),
        true("in hospice pain is treated", ("start", "morphine") in verbs or ("start", "fentanyl_patch") in verbs),
        true("in hospice high calcium is treated", ("start", "fluids") in verbs),
        true("in hospice a broken bone is held", ("treat", "fixation") in verbs),
        true("a treatment that is declined is not ordered", "bone_agent" not in gated),
    ))  # fmt: skip


def _in_hospice() -> Chart:
    c = _somebody(sites=("L3", "femur_shaft_left"), calcium_corrected=3.3, ecog=4.0)
    c.wish(ONE, comfort=True)
    for symptom, value in (("pain_worst", 8.0), ("pain_site", place_number("L3")), ("thirst", 1.0)):
        c.report(ONE, symptom, value)
    c.note_event(ONE, "fracture", site=place_number("femur_shaft_left"))
    return c


def c7() -> Finding:
    """150 people each with breast and lung cancer, half a year: who is asked within a month of the work-up; and the same people
    with complementary methods instead of treatment."""
    asked, treated, untreated = [], [], []
    for cancer in ("breast", "lung_nsclc"):
        arms = {}
        for policy in (standard, NO_CARE):
            world = found(cancer, 150)
            world.chart.prove(np.arange(150))
            run(world, 35, policy=policy)
            if policy is standard:
                asked.append((world.chart.tested("complementary") >= 0)[world.people.alive])
            run(world, 145, policy=policy)
            arms[policy] = np.where(world.people.alive, tumour(world), np.nan)
        treated.append(arms[standard])
        untreated.append(arms[NO_CARE])
    gap = np.log10(np.concatenate(untreated) + 0.01) - np.log10(np.concatenate(treated) + 0.01)
    instead = _somebody()
    instead.note_condition(ONE, "complementary_instead")
    said = ("tell", "untreated", -1, "refer") in _orders(instead)
    return Finding(600, (
        above("asked within five weeks", share(np.concatenate(asked)), 0.9),
        true("used instead of treatment, the rules call the cancer untreated", said),
        above("tumour untreated over treated at half a year, powers of ten", mean(gap), 0.0),
    ))  # fmt: skip


def c8() -> Finding:
    """A single large lytic lesion that hurts and may break, in each bone in turn, of somebody without a known cancer; and 150
    people whose bone metastasis is found first, two months of standard care."""
    bones = skeleton.bones()
    n, rows = len(bones), np.arange(len(bones))
    chart = Chart.empty(n, "unknown", age_years=60.0, weight_kg=70.0)
    chart.cancer_certain[:] = chart.tissue[:] = False
    chart.see(rows, rows, kind=0, longest_mm=45.0, share_of_diameter=0.9, cortex_mm=50.0, collapse=2)
    for symptom, value in (("pain_worst", 8.0), ("pain_on_use", 1.0)):
        chart.report(rows, symptom, value)
    chart.report(rows, "pain_site", rows)
    said = standard.all_said(chart)
    early = [o for o in said if o.verb == "treat" and o.what in ("fixation", "cement", "ablation") and o.acts]
    needle = np.logical_or.reduce([o.where for o in said if o.verb == "test" and o.what == "biopsy"])
    listed = np.logical_or.reduce([o.where for o in said if o.what == "search_order"])
    world = found("lung_nsclc", 150)
    world.chart.cancer[:] = CANCERS.index("unknown")
    world.chart.cancer_certain[:] = world.chart.tissue[:] = False
    before = []

    def watch(w) -> None:
        done = w.done[(w.done["verb"] == TREAT) & (w.done["what"] > 0)]
        before.extend(~w.chart.tissue[done["person"]] & (w.chart.known_lesions()[done["person"]] == 1))

    run(world, 60, watch, policy=standard)
    known = proven(world.chart)[world.people.alive & world.chart.lesions().any(axis=1)]
    return Finding(n + 150, (
        true("no fixation, cement or ablation before tissue, in any bone", not early),
        true("tissue is asked for in every bone", bool(needle.all())),
        true("the order of the search is listed", bool(listed.all())),
        true("no operation on a single lesion before tissue in two months of care", not any(before)),
        above("the primary named within two months", share(known), 0.5),
    ))  # fmt: skip


def _days_to_be_seen(line: bool, n: int = 900, days: int = 240) -> dict[tuple[int, int], int]:
    """Days from each felt fracture (person, day) until the clinic knows of it, by the same luck with and without a nurse
    line."""
    world = found("breast", n)
    world.chart.prove(np.arange(n))
    world.nurse_line = line
    open_, waits = np.full(n, -1), {}

    def watch(w) -> None:
        noted = w.chart.day - w.chart.days_since("fracture")
        told = (open_ >= 0) & (noted >= open_)
        waits.update({(int(k), int(open_[k])): int(noted[k] - open_[k]) for k in np.flatnonzero(told)})
        open_[told | ~w.people.alive] = -1
        new = w.clinical_fractures()
        open_[new] = np.where(open_[new] < 0, w.day, open_[new])

    run(world, days, watch, policy=standard)
    return waits


def c9() -> Finding:
    """900 women, eight months: days from a fracture that is felt until the clinic knows of it, with a nurse line and without,
    the same fractures of the same women."""
    with_, without = _days_to_be_seen(True), _days_to_be_seen(False)
    both = sorted(with_.keys() & without.keys())
    longer = np.array([without[k] - with_[k] for k in both], float)
    world = found("breast", 1)
    silent = patient_page(patient_of(world, DatedList(1, world.chart.site.shape[1]), 0, "somebody"))["call_now"]
    asks = "Ask your team" in silent["numbers_missing"]
    return Finding(1800, (
        above("days longer without a nurse line", mean(longer), 0.0),
        shown("days with a nurse line", mean(np.array([with_[k] for k in both], float)), "beside it"),
        true("without configured numbers the page says to ask the team", asks and not silent["numbers"]),
    ))  # fmt: skip


def _lived(policy: Callable, cancer: str, n: int = 120, days: int = 183) -> Record:
    world = found(cancer, n)
    world.chart.prove(np.arange(n))
    record = Record(n, (days,))
    record.open(world)
    run(world, days, record.watch, policy=policy)
    return record


def c10() -> Finding:
    """120 people each with breast and prostate cancer, half a year under standard care and without care, the same people: what a
    forecast reports, and whether care makes life better."""
    gap = {name: [] for name in ("utility", "pain_controlled", "days_home", "days_walking", "days_alive", "opioid_dose")}
    for cancer in ("breast", "prostate"):
        care, none = _lived(standard, cancer), _lived(NO_CARE, cancer)
        for name in gap:
            a, b = (np.nan_to_num(r.by(name, 0)) if name == "utility" else r.by(name, 0) for r in (care, none))
            gap[name].append(a - b)
    difference = {name: mean(np.concatenate(values)) for name, values in gap.items()}
    wanted = ("days_alive", "days_home", "days_walking", "pain_controlled", "opioid_dose", "utility")
    return Finding(480, (
        true("days alive, at home, walking, pain of 3 or less, opioid dose, utility", set(wanted) <= set(outcomes.OUTCOMES)),
        above("quality of life at half a year with care, less without (dead: 0)", difference["utility"], 0.0),
        above("days at home with pain of 3 or less, with care less without", difference["days_home"], 0.0),
        shown("days alive, with care less without", difference["days_alive"], "beside it"),
        shown("days walking, with care less without", difference["days_walking"], "beside it"),
        shown("opioid dose, with care less without", difference["opioid_dose"], "beside it: relief has its price"),
    ))  # fmt: skip


CLAIMS = {"C1": c1, "C2": c2, "C3": c3, "C7": c7, "C8": c8, "C9": c9, "C10": c10}
QUICK = ("C1",)
