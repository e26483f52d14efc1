"""Questions about one real person: open a chart, see what the rules say, ask for a forecast."""

from __future__ import annotations

from starlette.responses import Response

from seedsoil.doors.web import answers, desk
from seedsoil.doors.web.asked import CaseAsked, ForecastAsked
from seedsoil.doors.web.exchange import Question, Refused, aside

NAME_LENGTH = 80
CHART_KINDS = ("application/json", "application/fhir+json", "application/toml", "text/plain", "application/octet-stream")


async def list_cases(q: Question) -> dict:
    """The published patients that come with seedsoil."""
    return {"cases": await aside(_cases)}


def _cases() -> list[dict]:
    from seedsoil.doors import wording

    out = []
    for name, path in desk.cases().items():
        patient = desk.read_chart(path.read_bytes())
        who = {"patient": {"sex": patient.sex, "age_years": patient.age_years, "cancer": patient.cancer}}
        outcome = desk.outcome_of(name) or {}
        question = wording.sentence(wording.clean(outcome.get("decision")))
        out.append({"name": name, "who": wording.sentence(wording.person_words(who)).rstrip("."), "question": question})
    return out


async def open_case(q: Question) -> dict:
    """Open a shipped case as a chart of this session."""
    name = (await q.body(CaseAsked)).case
    path = desk.cases().get(name)
    if path is None:
        raise Refused(404, "There is no case of this name.")
    return await aside(_opened, q, name, path.read_bytes())


async def open_chart(q: Question) -> dict:
    """Open an uploaded chart: a FHIR R4 bundle in JSON, or a patient in TOML."""
    kind = q.request.headers.get("content-type", "").split(";")[0].strip().lower()
    if kind not in CHART_KINDS:
        raise Refused(415, "Send a FHIR R4 bundle in JSON, or a patient in TOML.")
    body = await q.request.body()
    if not body.strip():
        raise Refused(400, "The file is empty.")
    return await aside(_opened, q, "your file", body)


def _opened(q: Question, name: str, body: bytes) -> dict:
    desk.read_chart(body)  # refuse before it is kept
    key = q.page.store.put("chart", q.session, name, body)
    return {"id": key, **chart_of(q, key)}


async def list_charts(q: Question) -> dict:
    """The charts of this session."""
    return {"charts": [{"id": key, "name": name} for key, name in q.page.store.listed("chart", q.session)]}


async def get_chart(q: Question) -> dict:
    """One chart: urgent first, then all that is known."""
    key = q.named("chart")
    return {"id": key, **await aside(chart_of, q, key)}


def chart_of(q: Question, key: str) -> dict:
    """A chart's answer. Raises Refused where it is not this session's."""
    found = q.page.store.get("chart", q.session, key)
    patient = q.page.desk.patient(q.session, key)
    if found is None or patient is None:
        raise Refused(404, "There is no such chart in this session.")
    name = found[0]
    return answers.chart_answer(patient, name, desk.outcome_of(name) if name in desk.cases() else None)


async def page_for_the_person(q: Question) -> dict:
    """The page for the person themself, in plain words, as sections."""
    return await aside(_page, q, "patient")


async def page_for_the_meeting(q: Question) -> dict:
    """The page for the multidisciplinary meeting, as sections."""
    return await aside(_page, q, "meeting")


def _page(q: Question, reader: str) -> dict:
    from seedsoil.doors import wording
    from seedsoil.study.meeting_page import meeting_page
    from seedsoil.study.patient_page import patient_page

    patient = q.page.desk.patient(q.session, q.named("chart"))
    if patient is None:
        raise Refused(404, "There is no such chart in this session.")
    document = patient_page(patient) if reader == "patient" else meeting_page(patient)
    for row in document.get("urgent", ()):
        row["limit"] = wording.within_words(row["within_hours"])
    who = wording.sentence(wording.person_words(answers.nameless(document))).rstrip(".")
    return document | {"who": who, "notice": wording.notice_words(document), "nothing_urgent": wording.NOTHING_URGENT}


async def drop_chart(q: Question) -> Response:
    """Delete a chart, and the forecasts made of it."""
    key = q.named("chart")
    if q.page.store.get("chart", q.session, key) is not None:
        q.page.store.drop("chart", q.session, key)
        q.page.desk.let_go(key)
        for job in q.page.store.jobs("session = ? AND kind = 'forecast'", q.session):
            if job.asked.get("chart") == key:
                q.page.jobs.cancel(q.session, job.id)
                q.page.store.drop("job", q.session, job.id)
    return Response(status_code=204)


async def ask_forecast(q: Question) -> dict:
    """Ask for a forecast of a chart under some plans: a job."""
    body = await q.body(ForecastAsked)
    key = q.named("chart")
    if q.page.store.get("chart", q.session, key) is None:
        raise Refused(404, "There is no such chart in this session.")
    await aside(body.chosen)
    asked = {"chart": key, "body": body.model_dump(exclude_none=True)}
    return {"job": q.page.jobs.ask(q.session, "forecast", asked)}
