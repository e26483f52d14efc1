"""Statements about what people and teams are told: the person's page, trials that may fit, the page for the meeting."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import numpy as np

from seedsoil.care.guidelines import standard
from seedsoil.care.patient import Patient
from seedsoil.study import trial_matching
from seedsoil.study.claims import Finding, true
from seedsoil.study.claims.arms import found, run
from seedsoil.study.contacts import Contacts
from seedsoil.study.meeting_page import meeting_page
from seedsoil.study.patient_page import patient_page
from seedsoil.study.virtual_record import DatedList, patient_of

A_DOSE = re.compile(r"\d[\d.,]*\s*(?:mg|micrograms?|mL|IU|Gy)\b")
DISCIPLINES = ("oncology", "radiation", "surgery", "palliative", "nursing")


def _records(n: int = 12, days: int = 90) -> list[Patient]:
    """The records of n virtual people each with breast, prostate and lung cancer, three months after the finding."""
    out = []
    for cancer in ("breast", "prostate", "lung_nsclc"):
        world = found(cancer, n)
        dated = DatedList(n, world.chart.site.shape[1])
        run(world, days, dated.write, policy=standard)
        out += [patient_of(world, dated, row, f"{cancer}-{row}") for row in np.flatnonzero(world.people.alive)]
    return out


def _told(question: dict) -> list[str]:
    return [line for block in question["blocks"] for line in (block if isinstance(block, list) else [block])]


def c4() -> Finding:
    """The page for each of about 36 virtual people: all fourteen questions answered from the record or sent to the team, what to
    call for first, time ahead closed, no dose, and no telephone number but the clinic's."""
    people = _records()
    pages = [patient_page(who) for who in people]
    with_numbers = patient_page(people[0], Contacts(day="0300 111", night="0300 222"))
    whole = [json.dumps(page) for page in pages]
    chances = [next(q for q in page["questions"] if q["id"] == "chances") for page in pages]
    silent = [json.dumps([page["call_now"]["numbers"], page["call_now"]["numbers_missing"]]) for page in pages]
    return Finding(len(people), (
        true("fourteen questions on every page", all(len(page["questions"]) == 14 for page in pages)),
        true("each answered, or sent to the team", all(
            _told(q) and (q["asks_team"] or len(" ".join(_told(q))) > 40) for page in pages for q in page["questions"]
        )),
        true("what to call for at once is always there", all(len(page["call_now"]["signs"]) >= 8 for page in pages)),
        true("time ahead is closed until it is opened", all(q["closed"] for q in chances)),
        true("no dose on any page", not any(A_DOSE.search(text) for text in whole)),
        true("no number is invented", not any(re.search(r"\d{3}", text) for text in silent)),
        true("the clinic's own numbers are printed", "0300 222" in json.dumps(with_numbers)),
    ))  # fmt: skip


def c5() -> Finding:
    """About 36 virtual people against every shipped trial; and the same people with records that say only who they are."""
    people = _records()
    trials = trial_matching.shipped()
    rows = [row for who in people for row in trial_matching.match(who, trials)["trials"]]
    refused = [row for row in rows if row["verdict"] == trial_matching.NO]
    bare = [replace(who, findings=(), lesions=(), visceral=(), given=(), happened=(), examined=()) for who in people]
    blank = [row for who in bare for row in trial_matching.match(who, trials)["trials"]]
    rules = [rule for row in rows + blank for rule in row["rules"]]
    return Finding(len(people), (
        true("some trial refuses somebody", bool(refused)),
        true("every no has its reason", all(
            any(r["verdict"] == trial_matching.NOT_MET and r["why"] for r in row["rules"]) for row in refused
        )),
        true("what is not known is said with what would tell", all(
            r["why"] for r in rules if r["verdict"] == trial_matching.NOT_KNOWN
        )),
        true("an empty record fits no trial that asks for more than a cancer", not any(
            row["verdict"] == trial_matching.FITS and len(row["rules"]) > 1 for row in blank
        )),
    ))  # fmt: skip


def c6() -> Finding:
    """The page for the meeting of about 36 virtual people: what each discipline looks for is there, or listed as missing; bones
    where the record names any."""
    people = _records()
    pages = [meeting_page(who) for who in people]
    parts = [page["disciplines"] for page in pages]
    return Finding(len(pages), (
        true("all five disciplines on every page", all(tuple(p["id"] for p in row) == DISCIPLINES for row in parts)),
        true("each with its facts, and what it lacks", all(
            p["facts"] and len(p["facts"]) + len(p["missing"]) >= 6 for row in parts for p in row
        )),
        true("bones with scores", all(page["bones"] or not who.lesions for who, page in zip(people, pages, strict=True))),
        true("what is urgent stands first", all(list(page).index("urgent") < list(page).index("disciplines") for page in pages)),
    ))  # fmt: skip


CLAIMS = {"C4": c4, "C5": c5, "C6": c6}
QUICK = ("C4", "C5", "C6")
