"""Drugs that protect bone: for whom, what must be known first, which, when, and what is watched.

What goes with a drug already given (supplements, calcium again, teeth) is follow-up: it holds whoever ordered the drug.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from seedsoil.care import contraindications, criteria
from seedsoil.care.analytes import analyte
from seedsoil.care.chart import Chart, remembered
from seedsoil.care.criteria import bone_metastases, calcium, castration_resistant, ecog, fresh, limit, proven
from seedsoil.care.guidelines.rules import rule
from seedsoil.care.orders import Order, Start, Stop, Tell, Test

AGENTS = ("zoledronate", "denosumab")
# what a drug's rule calls a value -> the test that answers it, and how it is asked for
ANSWERS = {
    "crcl": ("bloods", "Creatinine and weight"),
    "calcium_corrected": ("bloods", "Calcium and albumin"),
    "vitamin_d": ("vitamin_d", "25-hydroxyvitamin D"),
    "magnesium": ("magnesium", "Magnesium"),
    "dental_check": ("dental_check", "Dental check, and the dentistry that is needed"),
}


@remembered
def indicated(chart: Chart) -> tuple[np.ndarray, np.ndarray]:
    """(masks: for whom, for whom perhaps): breast and castration-resistant prostate cancer at once; other cancers with
    disease in bone that matters and months to live."""
    base = bone_metastases(chart) & proven(chart) & ~chart.happened("jaw_necrosis")
    prostate = chart.is_cancer("prostate")
    at_once = chart.is_cancer("breast") | castration_resistant(chart)
    hurts = chart.symptom("pain_worst") >= limit("pain.moderate")
    matters = (chart.known_lesions() >= 2) | hurts | chart.happened("fracture")
    other = ~chart.is_cancer("breast", "prostate") & matters & ~(ecog(chart) > limit("bone_agent.ecog_most"))
    # a PSA this high on hormones may be resistance that nobody has named yet
    perhaps = prostate & ~castration_resistant(chart) & chart.on("hormone") & (chart.line < 2)
    perhaps &= criteria.diffuse(chart) & (chart.latest("psa") > 100)
    return base & (at_once | other), base & perhaps


def chosen(chart: Chart, agent: str) -> np.ndarray:
    """Mask: this is the agent that standard care takes: denosumab where in use or kidneys are weak, else zoledronate."""
    weak = criteria.clearance(chart).high < 30
    on_denosumab = chart.on("denosumab")
    return (on_denosumab | weak) if agent == "denosumab" else ~(on_denosumab | weak)


@remembered
def due(chart: Chart) -> np.ndarray:
    """Mask: no agent yet, or the last dose was an interval ago."""
    since = criteria.days_since_agent(chart)
    return ~(since < limit("bone_agent.every_days") - limit("bone_agent.slack_days"))


@rule("bone_agent", "coleman2020; vanpoznak2017", confirmed=True)
def bone_agent(chart: Chart) -> Iterator[Order]:
    """Zoledronate by the kidney, or denosumab, every four weeks; each dose only when all it depends on is known."""
    sure, perhaps = indicated(chart)
    want = due(chart) & ~criteria.calcium_to_treat(chart)[1]
    for agent in AGENTS:
        mine = want & chosen(chart, agent)
        judged = contraindications.judge(chart, agent, "bone_agent")
        facts = {"dose": judged.dose}
        say = f"{agent.capitalize()} {{dose:g}} mg every four weeks"
        why = "bone metastases; calcium, kidneys, vitamin D, magnesium and teeth are known and allow it"
        ready = mine & judged.ready
        for where, stance in ((sure, "do"), (perhaps & ~sure, "consider")):
            yield Start(agent, ready & where, dose=judged.dose, every_days=0, stance=stance, facts=facts,
                        say=say, why=why)  # fmt: skip


@rule("bone_agent", "zometa_label; xgeva_label; yarom2019; vanpoznak2017", confirmed=True)
def before_a_bone_agent(chart: Chart) -> Iterator[Order]:
    """A contraindication whose value is missing or old: measure first, never go."""
    sure, perhaps = indicated(chart)
    want = (sure | perhaps) & due(chart) & ~criteria.calcium_to_treat(chart)[1]
    for agent in AGENTS:
        mine = want & chosen(chart, agent)
        for mask, row in contraindications.judge(chart, agent, "bone_agent").said("measure_first"):
            what = row["when"].rsplit("_", 1)[0]
            test, words = ANSWERS[what]
            age = chart.tested(what) if what == "dental_check" else contraindications.age_of(chart, what)
            before = "zoledronate" if what == "crcl" else "any bone agent"
            for where, known in ((mask & np.isnan(age), False), (mask & ~np.isnan(age), True)):
                because = f"the last is {{age:.0f}} days old: {row['why']}" if known else f"not known: {row['why']}"
                yield Test(test, mine & where, stance="measure first", source=row["source"], facts={"age": age},
                           why=because, say=f"{words} before {before}")  # fmt: skip


@rule("bone_agent", "zometa_label; xgeva_label; vanpoznak2017", confirmed=True)
def bone_agent_refused(chart: Chart) -> Iterator[Order]:
    """What the drug's own rules forbid, or hold back for now."""
    sure, perhaps = indicated(chart)
    want = sure | perhaps
    for agent in AGENTS:
        judged = contraindications.judge(chart, agent, "bone_agent")
        for mask, row in judged.said("refuse", "wait"):
            facts = {"clearance": criteria.clearance(chart).high}
            why = row["why"] + ("; clearance {clearance:.0f} mL/min at most" if "crcl" in row["when"] else "")
            yield Start(agent, want & mask & due(chart), stance="forbid", source=row["source"], facts=facts, why=why,
                        say=f"No {agent}" + (" for now" if row["then"] == "wait" else ""))  # fmt: skip
    weak = criteria.clearance(chart).high < 30
    yield Stop("zoledronate", chart.on("zoledronate") & weak & ~(chart.weeks_since("zoledronate") < 1),
               why="creatinine clearance below 30 mL/min")  # fmt: skip


@rule("follow_up", "zometa_label; xgeva_label", confirmed=True)
def calcium_and_vitamin_d(chart: Chart) -> Iterator[Order]:
    """With an antiresorptive: calcium 500 mg and vitamin D every day, not in hypercalcaemia."""
    on = chart.on("bisphosphonate") | chart.on("rankl_antibody")
    soon = indicated(chart)[0] & due(chart)
    value, age = calcium(chart)
    normal = fresh(age, limit("fresh.days")) & (value <= analyte("calcium_corrected").reference[1])
    for drug, words in (("calcium_supplement", "Calcium 500 mg a day"), ("vitamin_d", "Vitamin D 400-800 IU a day")):
        for where, topic in ((on, "follow_up"), (soon & ~on, "bone_agent")):
            yield Start(drug, where & normal & ~chart.on(drug), topic=topic, why="an antiresorptive lowers calcium",
                        say=words)  # fmt: skip


@rule("follow_up", "coleman2020; martin2012", confirmed=False)
def deficiencies(chart: Chart) -> Iterator[Order]:
    """Low vitamin D or magnesium is made good before or with the first dose."""
    on = chart.on("bisphosphonate") | chart.on("rankl_antibody")
    soon = np.logical_or(*indicated(chart))
    high, dose = criteria.hypercalcaemic(chart), limit("bone_agent.vitamin_d_replete")
    low_d = (chart.latest("vitamin_d") < limit("bone_agent.vitamin_d_low")) & (chart.dose_of("vitamin_d") < dose)
    low_mg = (chart.latest("magnesium") < limit("bone_agent.magnesium_low")) & ~chart.on("magnesium_supplement")
    low_mg &= contraindications.judge(chart, "magnesium_supplement", "bone_agent").ready
    facts = {"d": chart.latest("vitamin_d"), "mg": chart.latest("magnesium")}
    for where, topic in ((on, "follow_up"), (soon & ~on, "bone_agent")):
        yield Start("vitamin_d", where & low_d & ~high, dose=dose, stance="refer", topic=topic, facts=facts,
                    why="25-hydroxyvitamin D {d:.0f} nmol/L", say=f"Vitamin D {dose:g} IU a day")  # fmt: skip
        yield Start("magnesium_supplement", where & low_mg, stance="refer", topic=topic, facts=facts,
                    why="magnesium {mg:.2f} mmol/L keeps calcium low")  # fmt: skip
    phosphate = (soon | on) & (chart.latest("phosphate") < analyte("phosphate").reference[0])
    yield Test("bloods", phosphate & (chart.age_of("phosphate") > 7), stance="refer",
               facts={"p": chart.latest("phosphate")}, why="phosphate {p:.2f} mmol/L was low",
               say="Phosphate again, with PTH: new bone is drinking mineral")  # fmt: skip


@remembered
def drinks_calcium(chart: Chart) -> np.ndarray:
    """Mask: bone that may take up calcium fast, or kidneys that cannot defend it."""
    alp = chart.latest("alp") > limit("bone_agent.alp_folds") * analyte("alp").reference[1]
    return alp | criteria.diffuse_blastic(chart) | (criteria.clearance(chart).high < 30)


@rule("follow_up", "xgeva_label; vanpoznak2017", confirmed=True)
def calcium_after_denosumab(chart: Chart) -> Iterator[Order]:
    """Calcium again within two weeks of a first denosumab, where the lowest value falls."""
    since, age = chart.weeks_since("denosumab") * 7.0, calcium(chart)[1]
    given = (chart.doses_of("denosumab") <= 2) & (since >= 7) & (since <= 21) & ~(age < since - 2)
    yield Test("bloods", given, within_hours=48, why="first weeks on denosumab", say="Calcium again")
    soon = (indicated(chart)[0] | indicated(chart)[1]) & due(chart) & chosen(chart, "denosumab")
    yield Tell("calcium_after", soon & ~chart.ever("denosumab"), topic="bone_agent",
               why="calcium is lowest about two weeks after the dose",
               say="Calcium within two weeks of the first denosumab")  # fmt: skip


@rule("follow_up", "martin2012", confirmed=False)
def calcium_within_a_week(chart: Chart) -> Iterator[Order]:
    """ALP above three times normal, diffuse bone-forming disease or weak kidneys: calcium again within a week."""
    since = np.fmin(chart.weeks_since("denosumab"), chart.weeks_since("zoledronate")) * 7.0
    age = calcium(chart)[1]
    risk = drinks_calcium(chart)
    given = risk & (since >= 3) & (since <= 14) & ~(age < since - 1)
    facts = {"alp": chart.latest("alp")}
    yield Test("bloods", given, stance="measure first", within_hours=48, facts=facts,
               why="bone that fills fast drinks calcium", say="Calcium again")  # fmt: skip
    sure, perhaps = indicated(chart)
    soon = (sure | perhaps) & due(chart) & risk & ~(chart.ever("bisphosphonate") | chart.ever("rankl_antibody"))
    yield Tell("calcium_week", soon & (chart.latest("alp") >= 0), topic="bone_agent", stance="refer", facts=facts,
               why="ALP {alp:.0f} U/L, or diffuse bone-forming disease: such bone drinks calcium",
               say="Calcium again within a week of the first dose of any bone agent")  # fmt: skip
    yield Tell("calcium_week", soon & np.isnan(chart.latest("alp")), topic="bone_agent", stance="refer",
               why="diffuse bone-forming disease, or weak kidneys",
               say="Calcium again within a week of the first dose of any bone agent")  # fmt: skip


@rule("follow_up", "yarom2019", confirmed=True)
def jaws(chart: Chart) -> Iterator[Order]:
    """On an antiresorptive the dentist looks about twice a year; a bare jaw stops the drug until somebody decides."""
    on = chart.on("bisphosphonate") | chart.on("rankl_antibody")
    yield Test("dental_check", on & ~fresh(chart.tested("dental_check"), limit("bone_agent.dental_days")),
               why="on an antiresorptive, teeth not seen for half a year")  # fmt: skip
    bare = chart.happened("jaw_necrosis")
    for agent in AGENTS:
        yield Stop(agent, bare & chart.on(agent) & ~(chart.weeks_since(agent) < 1), stance="refer",
                   why="jaw necrosis: whether to go on is decided with the patient and the jaw surgeon")  # fmt: skip


@rule("follow_up", "coleman2020", confirmed=False)
def kept_known(chart: Chart) -> Iterator[Order]:
    """On an antiresorptive vitamin D and magnesium are measured now and then, so that no dose has to wait for them."""
    on = chart.on("bisphosphonate") | chart.on("rankl_antibody")
    for test in ("magnesium", "vitamin_d"):
        old = chart.age_of(test) > limit(f"bone_agent.{test}_again_days")
        yield Test(test, on & old, stance="refer", why="on an antiresorptive")


RULES = (
    bone_agent, before_a_bone_agent, bone_agent_refused, calcium_and_vitamin_d, deficiencies, calcium_within_a_week,
    calcium_after_denosumab, kept_known, jaws,
)  # fmt: skip
