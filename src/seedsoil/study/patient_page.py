"""A page for the person themself: the fourteen questions that people with cancer in their bones ask, answered in plain words from
their own record as far as it goes, and by "ask your team" where it does not.

The box of what to call for at once stands first, whatever the rules or the model say. How long somebody may live stays closed
until it is opened. No dose stands on the page, and no telephone number but the clinic's own.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable

import numpy as np

from seedsoil import __version__
from seedsoil.care import criteria
from seedsoil.care.chart import Chart, places
from seedsoil.care.guidelines import standard, surgery
from seedsoil.care.orders import Order
from seedsoil.care.patient import Patient
from seedsoil.grammar import skeleton
from seedsoil.grammar.tables import contents
from seedsoil.study import trial_matching
from seedsoil.study.assess import assess, prognosis_band
from seedsoil.study.contacts import Contacts
from seedsoil.study.trial import Trial
from seedsoil.treatments import drug as drugs

SCHEMA = "seedsoil.patient_page/1"
NO_NUMBERS = Contacts()
NOT_THEIRS = ("measure", "supplement")  # drugs of these kinds need no line of their own on the page
ASKED_ABOUT = ("dental_check", "biopsy", "palliative_care", "goals_of_care", "hospice")


@functools.cache
def words() -> dict:
    """Every sentence of the page (data/pages/patient.toml)."""
    return contents("pages", "patient.toml")


def patient_page(patient: Patient, contacts: Contacts = NO_NUMBERS, trials: Iterable[Trial] | None = None) -> dict:
    """The document `seedsoil.patient_page/1`: the box on top and the fourteen questions, as plain data. `trials`: open trials of
    the clinic's own; without them the person is compared with the published ones that come with seedsoil."""
    chart = Chart.of(patient).held()
    own = trials is not None
    matched = trial_matching.match(patient, list(trials) if trials is not None else trial_matching.shipped(), past=not own)
    told = {
        "same": _same(patient, chart), "bones": _bones(patient, chart), "treatments": _treatments(chart),
        "goal": _goal(patient, chart), "chances": _chances(patient, chart), "expect": _expect(patient),
        "side_effects": _side_effects(chart), "report": _report(), "daily": _daily(patient, chart),
        "pain": _pain(chart), "prevent": _prevent(chart), "breaks": _breaks(chart), "trials": _trials(matched),
        "night": _night(contacts),
    }  # fmt: skip
    return {
        "schema": SCHEMA, "version": __version__, "as_of": patient.as_of.isoformat(),
        "patient": {"id": patient.id, "age_years": patient.age_years, "sex": patient.sex, "cancer": patient.cancer},
        "title": "My bones and my treatment", "intro": words()["intro"],
        "call_now": _call_now(patient, contacts),
        "questions": [
            {"number": i, "id": q["id"], "question": q["asks"], **told[q["id"]]}
            for i, q in enumerate(words()["question"], start=1)
        ],
        "notice": words()["notice"],
    }  # fmt: skip


def _answer(*blocks: str | list[str], asks_team: bool = False, closed: bool = False) -> dict:
    """One answer: its blocks (a text is a paragraph, a list a list), whether it sends the reader to the team, and whether all but
    the first block stays closed until it is opened."""
    return {"blocks": [block for block in blocks if block], "asks_team": asks_team, "closed": closed}


def _say(name: str, **facts: object) -> str:
    return words()["answer"][name].format(**facts)


def _listed(names: Iterable[str]) -> str:
    """a, b and c."""
    found = list(dict.fromkeys(names))
    return found[0] if len(found) == 1 else f"{', '.join(found[:-1])} and {found[-1]}" if found else ""


# ---------------------------------------------------------------------------------------------- the box on top


def _call_now(patient: Patient, contacts: Contacts) -> dict:
    """The signs, the numbers, and what of the record itself cannot wait."""
    box, plain = words()["call_now"], words()["urgent"]
    rows = assess(patient)["urgent"]
    today = list(dict.fromkeys(plain[row["rule"]] for row in rows if row["rule"] in plain))
    return {
        "title": box["title"], "today_title": box["today"], "today": today, "signs": box["signs"],
        "numbers": [{"what": what, "number": number} for what, number in contacts.numbers.items()],
        "numbers_missing": "" if contacts.day and contacts.night else box["numbers_missing"], "team": contacts.team or "",
        "emergency": box["emergency"],
    }  # fmt: skip


# ---------------------------------------------------------------------------------------------- the illness


def _same(patient: Patient, chart: Chart) -> dict:
    name = words()["cancer"].get(patient.cancer or "unknown")
    if name is None or not criteria.proven(chart)[0]:
        return _answer(_say("same_unknown"), asks_team=True)
    if any(test.what == "biopsy" for test in patient.examined):
        return _answer(_say("same_proven", cancer=name))
    return _answer(_say("same_believed", cancer=name), asks_team=True)


def plain_place(number: int) -> str:
    """A place of bone in words that everybody knows, with the bone's own short name where a report would use it."""
    bones, names = skeleton.bones(), words()["region"]
    if number >= len(bones):
        return names[places()[number].removeprefix("region:")]
    bone = bones[number]
    here = names[bone.region].removeprefix("your ").removeprefix("a ")
    if bone.side in ("left", "right"):
        here = {"limb": "arm or leg bone", "pelvis": "hip bone (pelvis)"}.get(bone.region, here)
        return f"{'a' if bone.region in ('rib', 'limb') else 'your'} {bone.side} {here}"
    return f"{names[bone.region]} ({bone.id})" if bone.region in ("cervical", "thoracic", "lumbar") else names[bone.region]


def _places(chart: Chart, lines: np.ndarray) -> list[str]:
    return list(dict.fromkeys(plain_place(int(chart.site[0, i])) for i in np.flatnonzero(lines[0])))


def _bones(patient: Patient, chart: Chart) -> dict:
    lesions, certain = chart.lesions(), chart.lesion("certain")
    items = _places(chart, lesions & (certain != 0))
    doubtful = [place for place in _places(chart, lesions & (certain == 0)) if place not in items]
    items += [f"{place} ({_say('suspected')})" for place in doubtful]
    if chart.has("diffuse")[0]:
        items.append(words()["region"]["all"])
        items = [item for item in items if item != words()["region"]["any"]]
    organs = [words()["organ"][v.organ] for v in patient.visceral if v.certain]
    outside = _say("outside", places=_listed(organs)) if organs else ""
    if not items:
        return _answer(_say("bones_none"), outside, asks_team=True)
    return _answer(_say("bones"), items, outside)


# ---------------------------------------------------------------------------------------------- treatment


def _kinds_now(chart: Chart) -> list[tuple[str, str]]:
    """(kind, labels) of the drugs of today, in the order of the page's words."""
    on: dict[str, list[str]] = {}
    for name, drug in drugs.catalogue().items():
        if chart.on(name)[0] and drug.kind not in NOT_THEIRS:
            on.setdefault(drug.kind, []).append("" if drug.kind == "opioid" else drug.label.split(" (")[0])
    return [(kind, _listed(filter(None, on[kind]))) for kind in words()["kind"] if kind in on]


def _treatments(chart: Chart) -> dict:
    items = []
    for kind, labels in _kinds_now(chart):
        said = words()["kind"][kind]
        called = said["called"][0].upper() + said["called"][1:]
        items.append(f"{called}{f' ({labels})' if labels else ''}. {said['why']}")
    treated = _places(chart, (chart.lesion("irradiated") >= 0) | (chart.lesion("fixed") >= 0))
    before = _say("treated_places", places=_listed(treated)) if treated else ""
    may = list(dict.fromkeys(filter(None, map(_may_ask, standard.all_said(chart)))))
    first = _say("treatments") if items else _say("treatments_none")
    return _answer(first, items, before, _say("may_ask") if may else "", may, asks_team=bool(may) or not items)


def _may_ask(order: Order) -> str:
    """What an order of the rules means for the person, without drug or dose; nothing for what is only a test or a warning."""
    plain = words()["treat"]
    if not order.where[0] or order.stance not in ("do", "refer", "consider", "measure first"):
        return ""
    if order.verb == "treat":
        return plain.get(order.what, "")
    if order.verb == "test":
        return plain[order.what] if order.what in ASKED_ABOUT else ""
    if order.verb == "start" and order.topic in ("systemic", "bone_agent", "pain") and order.what in drugs.catalogue():
        return "" if drugs.catalogue()[order.what].kind in (*NOT_THEIRS, "antiemetic", "steroid") else plain[order.topic]
    return ""


def _goal(patient: Patient, chart: Chart) -> dict:
    own = _say("goal_words", words=patient.wishes.words) if patient.wishes.words else ""
    if chart.comfort[0]:
        return _answer(_say("goal_comfort"), own)
    asked = not np.isnan(chart.tested("goals_of_care")[0]) or bool(own)
    return _answer(_say("goal"), own, "" if asked else _say("goal_unasked"), asks_team=True)


def _chances(patient: Patient, chart: Chart) -> dict:
    """Closed until it is opened; not there at all for who does not want to know."""
    if patient.wishes.prognosis is False:
        return _answer(_say("chances_unwanted"), closed=True)
    band = prognosis_band(chart)
    if band is None:
        return _answer(_say("chances_closed"), _say("chances_none"), asks_team=True, closed=True)
    low, high = (_say(f"chances_{k}") for k in band)
    said = low if low == high else _say("chances_between", low=low, high=high)
    return _answer(_say("chances_closed"), _say("chances", band=said), asks_team=True, closed=True)


def _expect(patient: Patient) -> dict:
    last: dict[str, float] = {}
    for test in patient.examined:
        if test.what in TEST_WORDS:
            last[test.what] = max(last.get(test.what, -np.inf), test.day_to)
    tests = [TEST_WORDS[name] for name in sorted(last, key=last.get, reverse=True)]
    return _answer(_say("expect"), _say("expect_tests", tests=_listed(tests[:4])) if tests else "")


TEST_WORDS = {
    "xray": "an X-ray", "ct": "a CT scan", "mri": "an MRI scan", "bone_scan": "a bone scan", "fdg_pet": "a PET scan",
    "naf_pet": "a PET scan", "psma_pet": "a PET scan", "spect_ct": "a bone scan", "biopsy": "a biopsy",
}  # fmt: skip


def _side_effects(chart: Chart) -> dict:
    kinds = _kinds_now(chart)
    if not kinds:
        return _answer(_say("side_none"), asks_team=True)
    said = words()["kind"]
    items = [f"{said[kind]['called'][0].upper()}{said[kind]['called'][1:]}: {said[kind]['watch']}" for kind, _ in kinds]
    return _answer(items, _say("side_also"))


# ---------------------------------------------------------------------------------------------- living with it


def _report() -> dict:
    return _answer(_say("report"), words()["answer"]["report_list"])


def _daily(patient: Patient, chart: Chart) -> dict:
    found = surgery.limb(chart)
    limbs = _places(chart, found.possible | found.certain)
    methods = _listed(patient.complementary)
    return _answer(
        _say("daily"), _say("daily_limb", places=_listed(limbs)) if limbs else "",
        _say("daily_spine") if criteria.spinal_disease(chart)[0] else "",
        _say("daily_methods", methods=methods) if methods else _say("daily_methods_unasked"),
    )  # fmt: skip


def _pain(chart: Chart) -> dict:
    worst = chart.symptom("pain_worst")[0]
    return _answer("" if np.isnan(worst) else _say("pain_score", pain=f"{worst:.0f}"), _say("pain_options"))


def _prevent(chart: Chart) -> dict:
    kinds = [kind for kind, _ in _kinds_now(chart) if kind in ("bisphosphonate", "rankl_antibody")]
    called = _say("prevent_on", called=words()["kind"][kinds[0]]["called"]) if kinds else _say("prevent_off")
    return _answer(_say("prevent"), called, asks_team=not kinds)


def _breaks(chart: Chart) -> dict:
    before = _places(chart, chart.lesion("fractured") >= 0)
    return _answer(_say("breaks"), _say("breaks_before", places=_listed(before)) if before else "")


def _trials(matched: dict) -> dict:
    counts = matched["counts"]
    total, fit = sum(counts.values()), counts[trial_matching.FITS]
    if not total:
        return _answer(_say("trials_none"), asks_team=True)
    said = _say("trials_past" if matched["past"] else "trials", count=total, fit=fit or "None", open=counts[trial_matching.OPEN])
    if matched["past"]:
        return _answer(said, asks_team=True)
    return _answer(said, [t["title"] for t in matched["trials"] if t["verdict"] == trial_matching.FITS], asks_team=True)


def _night(contacts: Contacts) -> dict:
    if contacts.night is None:
        return _answer(_say("night_missing"), asks_team=True)
    return _answer(_say("night"), [contacts.night])
