"""Questions about trials: which there are, run one, browse the published figures with what the model makes of them."""

from __future__ import annotations

import functools
import json
from pathlib import Path
from typing import Any

from seedsoil.doors.web.asked import BookAsked, RunAsked
from seedsoil.doors.web.exchange import Question, Refused, aside
from seedsoil.grammar.tables import data_file

TRIAL_KINDS = ("application/toml", "text/plain", "application/octet-stream")


async def list_trials(q: Question) -> dict:
    """The trials and cohorts that come with seedsoil, and those this session has opened."""
    own = [{"id": key, "title": name, "own": True} for key, name in q.page.store.listed("trial", q.session)]
    return {"trials": [*own, *await aside(shipped)]}


@functools.cache
def shipped() -> list[dict]:
    """Every shipped trial, with what it is."""
    from seedsoil.study import trial_files

    return [{"id": name, "own": False, **about(trial_files.named(name))} for name in trial_files.names()]


def about(trial: Any) -> dict:
    """What a trial is, in plain data."""
    from seedsoil.study.trial_files import STATUSES

    return {
        "title": trial.title, "cite": trial.cite, "cohort": trial.cohort, "months": trial.follow_months,
        "arms": [arm.name for arm in trial.arms], "figures": len(trial.figures),
        "facts": {status.lower(): trial.counted(status) for status in STATUSES},
    }  # fmt: skip


async def open_trial(q: Question) -> dict:
    """Open a trial of one's own: a TOML file of the schema seedsoil.trial/1."""
    kind = q.request.headers.get("content-type", "").split(";")[0].strip().lower()
    if kind not in TRIAL_KINDS:
        raise Refused(415, "Send a trial in TOML (schema seedsoil.trial/1).")
    body = await q.request.body()
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Refused(400, "The file is not text in UTF-8.") from None

    def keep() -> dict:
        from seedsoil.study.trial_files import read_trial_text

        trial = read_trial_text(text)
        key = q.page.store.put("trial", q.session, trial.title[:80], body)
        return {"id": key, **about(trial)}

    return await aside(keep)


async def run_trial(q: Question) -> dict:
    """Run a trial with a few people an arm: a job."""
    body = await q.body(RunAsked)
    name = q.named("trial")
    await aside(trial_of, q.page.desk, q.session, name)
    return {"job": await aside(q.page.jobs.ask, q.session, "trial", {"trial": name, **body.model_dump()})}


async def run_book(q: Question) -> dict:
    """Run every shipped trial with a few people an arm, for the book of validation: a long job."""
    body = await q.body(BookAsked)
    return {"job": await aside(q.page.jobs.ask, q.session, "book", body.model_dump())}


def trial_of(desk: Any, session: str, name: str) -> Any:
    """A shipped trial, or one of this session. Raises Refused where there is none."""
    from seedsoil.study import trial_files

    if name in trial_files.names():
        return trial_files.named(name)
    found = desk.store.get("trial", session, name)
    if found is None:
        raise Refused(404, "There is no trial of this name.")
    return trial_files.read_trial_text(found[1].decode("utf-8-sig"))


async def book(q: Question) -> dict:
    """Every published figure, by topic and trial, with what the last full run of the model made of it."""
    return await aside(published_book)


@functools.cache
def published_book() -> dict:
    """The figures; with those of the shipped book of validation where there is one."""
    from seedsoil.study import published, registry_files, trial_files
    from seedsoil.study.validation import why_not

    counted = {figure.id: name for name in registry_files.names() for figure in registry_files.named(name).figures}
    answered = counted | {figure.id: name for name in trial_files.names() for figure in trial_files.named(name).figures}
    made = _shipped_book()
    simulated = {row["id"]: row for row in made.get("figures", ())}
    plain = lambda x: None if x != x else x
    rows = []
    for figure in published.read().values():
        row = simulated.get(figure.id, {})
        rows.append({
            "id": figure.id, "topic": figure.topic, "trial": answered.get(figure.id), "registry": figure.id in counted,
            "population": figure.population,
            "arm": figure.arm, "endpoint": figure.endpoint, "time": figure.time_point, "published": plain(figure.value),
            "low": plain(figure.low), "high": plain(figure.high), "unit": figure.unit, "tolerance": plain(figure.tolerance),
            "status": figure.status, "counts": figure.counts, "simulated": row.get("simulated"), "sim_low": row.get("sim_low"),
            "sim_high": row.get("sim_high"), "hit": row.get("hit") if row.get("simulated") is not None else None,
            "why_not": None if figure.id in answered else why_not(figure).replace("_", " "),
        })  # fmt: skip
    return {"figures": rows, "people_an_arm": made.get("people_an_arm"), "version": made.get("version")}


def _shipped_book() -> dict:
    """The book that `seedsoil validate --out docs` has written, if there is one."""
    for path in (data_file("validation.json"), Path(data_file()).parents[2] / "docs" / "validation.json"):
        if path.is_file():
            return json.loads(path.read_text("utf-8"))
    return {}
