"""Documents of the studies, put into the words of the page. The words themselves are those of `doors.wording`, the same as in
the report and on the terminal; the browser only lays them out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from seedsoil.care.analytes import analytes
from seedsoil.care.patient import Patient
from seedsoil.doors import wording
from seedsoil.doors.wording import clean, outcome_words, plan_words, sentence, spoken
from seedsoil.grammar import skeleton

if TYPE_CHECKING:
    from seedsoil.study.drivers import Driver

SIGNAL_ORDER = ("pain_rest", "pain_worst", "calcium_corrected", "alp", "psa", "ca153", "cea", "haemoglobin", "ntx", "creatinine",
                "ecog", "lesions", "tumour_ml")  # fmt: skip
SIGNAL_WORDS = {
    "pain_rest": ("Pain at rest", "of 10"), "pain_worst": ("Worst pain, on activity", "of 10"),
    "lesions": ("Bones with tumour", ""),
    "tumour_ml": ("Tumour in bone", "mL"),
}  # fmt: skip
MARKER_OF = {"prostate": "psa", "breast": "ca153"}  # others: CEA


def chart_answer(patient: Patient, name: str, outcome: dict | None) -> dict:
    """One chart: what is urgent, what the rules say, what is known, what was set aside, and the past as a line of time."""
    from seedsoil.study.assess import assess
    from seedsoil.study.past import past

    document = assess(patient)
    sources = sources_of(document)
    return {
        "name": name,
        "who": wording.sentence(wording.person_words(nameless(document))).rstrip("."),
        "id_in_chart": clean(patient.id),
        "as_of": document["as_of"],
        "sex": patient.sex,
        "cancer": patient.cancer,
        "notice": wording.notice_words(document),
        "urgent": [urgent_row(row) for row in wording.by_urgency(document)],
        "nothing_urgent": None if document["urgent"] else wording.NOTHING_URGENT,
        "advice": [advice_row(row) for row in document["advice"]],
        "scores": [score_row(row) for row in document["scores"]],
        "known": known_rows(document),
        "set_aside": [{"from": clean(row["from"]), "why": clean(row["why"])} for row in document["set_aside"]],
        "sources": sources,
        "signals": signals_for(patient.cancer),
        "past": past_in_words(past(patient)),
        "afterwards": afterwards(outcome),
    }


def nameless(document: dict) -> dict:
    """A document whose person has no name: sex, age and cancer are left."""
    return {"patient": (document["patient"]) | {"id": None}}


def past_in_words(line: dict) -> dict:
    """The past with what each entry is called."""
    for key in ("given", "happened", "examined"):
        for row in line[key]:
            row["said"], row["when"] = spoken(row["what"]), wording.day_words(span(row))
    for row in line["given"]:
        amount = wording.with_unit(row["dose"], row["dose_unit"]) if row["dose"] is not None else ""
        times = f"in {wording.counted(row['fractions'], 'fraction')}" if row["fractions"] else ""
        how = (row["technique"] or "").replace("_", "-")
        row["amount"] = " ".join(x for x in (amount, times, how) if x)
    for row in line["lesions"]:
        row["when"] = wording.day_words(span(row))
    for name, entry in line["values"].items():
        entry["label"], entry["unit"] = SIGNAL_WORDS.get(name, (spoken(name), wording.unit_words(entry["unit"])))
        for point in entry["points"]:
            point["when"] = wording.day_words(span(point))
            point["said"] = value_words(point, entry["unit"])
    return line


def value_words(point: dict, unit: str) -> str:
    """A value as it was reported: ``> 5000 ng/mL``, ``normal``."""
    if point["value"] is None:
        return clean(point["qualifier"])
    sign = "" if point["qualifier"] == "=" else f"{point['qualifier']} "
    return f"{sign}{wording.with_unit(point['value'], unit)}"


def span(row: dict) -> Any:
    return row["day"] if row.get("day_to", row["day"]) == row["day"] else [row["day"], row["day_to"]]


def urgent_row(row: dict) -> dict:
    return {
        "action": clean(row["action"]), "limit": sentence(wording.within_words(row["within_hours"])).rstrip("."),
        "because": sentence(clean(row["because"])), "rule": clean(row["rule"]), "source": keys_of(row["source"]),
    }  # fmt: skip


def advice_row(row: dict) -> dict:
    return {
        "stance": wording.stance_words(row["stance"]), "topic": clean(row["topic"]).replace("_", " "),
        "action": clean(row["action"]),
        "because": sentence(clean(row["because"])), "source": keys_of(row["source"]),
    }  # fmt: skip


def score_row(row: dict) -> dict:
    """A score, with the bone that its name ends in where it has one."""
    title, _, place = row["name"].partition(", ")
    value = " to ".join(dict.fromkeys((wording.number(row["low"]), wording.number(row["high"]))))
    bone = next((b.id for b in skeleton.bones() if place in (b.id, b.label)), None)
    return {
        "name": title, "place": place, "bone": bone, "value": value, "meaning": clean(row["meaning"]),
        "source": keys_of(row["source"]),
    }  # fmt: skip


def known_rows(document: dict) -> list[dict]:
    return [
        {
            "what": spoken(row["what"]), "value": wording.with_unit(row["value"], row["unit"]),
            "when": wording.day_words(row["day"]), "from": clean(row["from"]),
        }
        for row in document["known"]
    ]  # fmt: skip


def keys_of(source: object) -> list[str]:
    return [key.strip() for key in clean(source).replace(",", ";").split(";") if key.strip()]


def sources_of(document: dict) -> dict[str, dict]:
    """The papers by key; only a link of the web is a link."""
    out = {}
    for entry in document.get("sources") or ():
        link = clean(entry.get("url"))
        out[entry["key"]] = {"text": clean(entry["text"]), "url": link if link.startswith(("https://", "http://")) else None}
    return out


def signals_for(cancer: str | None) -> list[dict]:
    """What the line of time shows, in order: only the marker that this cancer has."""
    marker = MARKER_OF.get(cancer or "", "cea")
    shown = [name for name in SIGNAL_ORDER if name not in ("psa", "ca153", "cea") or name == marker]
    return [{"id": name, **signal_words(name)} for name in shown]


def signal_words(name: str) -> dict:
    row = analytes().get(name)
    label, unit = SIGNAL_WORDS.get(name, (spoken(name), wording.unit_words(row.unit) if row else ""))
    return {"label": label, "unit": unit, "reference": list(row.reference) if row and row.reference else None}


def afterwards(outcome: dict | None) -> dict | None:
    """What was published of a case's later course."""
    if not outcome:
        return None
    return {
        "dates": clean(outcome.get("dates")),
        "done": [sentence(clean(x)) for x in outcome.get("action_taken") or ()],
        "events": [
            {"when": wording.day_words(e.get("days_after_decision")) or "date not stated", "event": clean(e.get("event"))}
            for e in outcome.get("later_events") or ()
        ],
        "source": {"text": clean((outcome.get("source") or {}).get("citation")), "url": (outcome.get("source") or {}).get("url")},
    }  # fmt: skip


# ---- the forecast ---------------------------------------------------------------------------------------------------


def forecast_answer(
    document: dict, courses: list[list[dict]], curves: list[dict], asked_plans: list[dict], driven: Sequence[Driver] = ()
) -> dict:
    """A forecast: plans side by side, outcome by outcome, in words and figures."""
    unlike = wording.is_unlike(document)
    return {
        "unlike": unlike,
        "warning": sentence(clean((document["twins"] or {}).get("warning"))),
        "no_figures": wording.NO_FIGURES if unlike else None,
        "twins": wording.twin_words(document["twins"]),
        "how_to_read": wording.HOW_TO_READ,
        "years": document["years"],
        "plans": [
            {
                "name": plan["name"], "words": plan_words(plan["name"]), "description": clean(plan["description"]),
                "refused": [
                    {"what": spoken(r["what"]), "why": sentence(clean(r["why"])), "source": keys_of(r["source"])}
                    for r in plan["refused"]
                ],
                "asked": asked,
                "course": [] if unlike else course,
                "curves": {} if unlike else curve,
            }
            for plan, asked, course, curve in zip(document["plans"], asked_plans, courses, curves, strict=True)
        ],
        "refused_words": wording.REFUSED,
        "outcomes": [] if unlike else outcomes(document),
        "drivers": [] if unlike else [driver_row(one) for one in driven],
        "differences_explained": wording.differences_explained(document),
        "assumed": [
            {"what": spoken(r["what"]), "range": wording.assumed_range(r), "how": clean(r["how"])} for r in document["assumed"]
        ],
        "evidence": [
            {
                "what": clean(r.get("what")), "grade": wording.GRADES.get(r.get("grade"), spoken(r.get("grade"))),
                "note": clean(r.get("note")),
            }
            for r in document["evidence"]
        ],
        "ranges": sentence(clean(document["ranges"])),
        "sources": sources_of(document),
        "made": {key: document[key] for key in ("version", "kernel", "seed", "tables", "schema")}
        | {"twins": document["twins"]["asked"]},
        "notice": wording.notice_words(document),
    }  # fmt: skip


def driver_row(one: Driver) -> dict:
    """What twins with and without an event differed in, in words."""
    row = analytes().get(one.what)
    unit = wording.unit_words(row.unit) if row else one.unit
    return {
        "event": "Death" if one.event == "death" else outcome_words(one.event).name, "what": spoken(one.what),
        "with": wording.with_unit(one.with_event, unit), "without": wording.with_unit(one.without, unit),
        "ahead": round(100 * max(one.ahead, 1 - one.ahead)), "more": one.ahead > 0.5,
    }  # fmt: skip


def outcomes(document: dict) -> list[dict]:
    """Every outcome with its months: each plan's value and range, and each later plan's difference to the first."""
    names = [plan["name"] for plan in document["plans"]]
    rows = {(p["name"], r["outcome"], r["months"]): r for p in document["plans"] for r in p["outcomes"]}
    gaps = {(d["plan"], d["outcome"], d["months"]): d for d in document["differences"]}
    out = []
    for outcome in wording.outcome_order(rows.values()):
        words = outcome_words(outcome)
        months = wording.months_of(row for row in rows.values() if row["outcome"] == outcome)
        out.append({
            "id": outcome, "name": words.name, "counts": words.counts, "people": words.people,
            "months": [
                {
                    "month": month,
                    "plans": [in_words(rows[name, outcome, month], words) for name in names],
                    "differences": [difference(gaps[name, outcome, month], words) for name in names[1:]],
                }
                for month in months
            ],
        })  # fmt: skip
    return out


def in_words(row: dict, words: wording.Outcome) -> dict:
    said = wording.ranged(row["value"], row["low"], row["high"], words)
    return {"value": row["value"], "low": row["low"], "high": row["high"], "said": said}


def difference(row: dict, words: wording.Outcome) -> dict:
    said = wording.difference_words(row["value"], row["low"], row["high"], words)
    clear = row["low"] is not None and (row["low"] > 0 or row["high"] < 0)
    return {"value": row["value"], "low": row["low"], "high": row["high"], "said": said, "clear": clear}
