"""The page as an application: every question it answers in one table, from which the OpenAPI document is made too."""

from __future__ import annotations

import contextlib
import hmac
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from urllib.parse import parse_qs

from pydantic import BaseModel
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import FileResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import Receive, Scope, Send

from seedsoil.doors import wording
from seedsoil.doors.web import guard, job_routes, patients, people, plan_catalogue, trials
from seedsoil.doors.web.asked import BookAsked, CaseAsked, ForecastAsked, LifeAsked, PersonAsked, RunAsked, StepAsked, TreatAsked
from seedsoil.doors.web.desk import Desk
from seedsoil.doors.web.exchange import Handler, Page, Question, answered, give_cookie, trouble
from seedsoil.doors.web.guard import Guard, has_token
from seedsoil.doors.web.jobs import OURS, Jobs
from seedsoil.doors.web.openapi import document
from seedsoil.doors.web.store import Store
from seedsoil.doors.web.work import kinds
from seedsoil.grammar.tables import data_file

STATIC = Path(__file__).parent / "static"


@dataclass(frozen=True)
class Operation:
    """One question of the interface."""

    method: str
    path: str
    handler: Handler
    body: type[BaseModel] | None = None
    status: int = 200
    kind: str = "application/json"  # of the answer
    upload: tuple[str, ...] = field(default=())  # kinds of a body that is a file


async def about(q: Question) -> dict:
    """What this is: version, notice, and where the rest is described."""
    return {"name": "seedsoil", "version": version("seedsoil"), "notice": wording.NOTICE, "document": "/api/openapi.json"}


async def forget(q: Question) -> Response:
    """Forget this session: its charts, people, jobs and results."""
    q.page.jobs.forget(q.session)
    for table in ("chart", "person"):
        for key, _ in q.page.store.listed(table, q.session):
            q.page.desk.let_go(key)
    q.page.store.forget(q.session)
    return Response(status_code=204)


OPERATIONS = (
    Operation("GET", "/api", about),
    Operation("DELETE", "/api/session", forget, status=204),
    Operation("GET", "/api/cases", patients.list_cases),
    Operation("POST", "/api/cases", patients.open_case, CaseAsked, 201),
    Operation("GET", "/api/charts", patients.list_charts),
    Operation("POST", "/api/charts", patients.open_chart, status=201, upload=patients.CHART_KINDS),
    Operation("GET", "/api/charts/{chart}", patients.get_chart),
    Operation("DELETE", "/api/charts/{chart}", patients.drop_chart, status=204),
    Operation("POST", "/api/charts/{chart}/forecasts", patients.ask_forecast, ForecastAsked, 202),
    Operation("GET", "/api/charts/{chart}/pages/patient", patients.page_for_the_person),
    Operation("GET", "/api/charts/{chart}/pages/meeting", patients.page_for_the_meeting),
    Operation("GET", "/api/traits", people.what_can_be_set),
    Operation("POST", "/api/lives", people.ask_life, LifeAsked, 202),
    Operation("POST", "/api/people", people.new_person, PersonAsked, 201),
    Operation("GET", "/api/people/{person}/observe", people.observe),
    Operation("GET", "/api/people/{person}/decide", people.decide),
    Operation("POST", "/api/people/{person}/act", people.act, TreatAsked),
    Operation("POST", "/api/people/{person}/advance", people.advance, StepAsked),
    Operation("GET", "/api/people/{person}/truth", people.truth),
    Operation("DELETE", "/api/people/{person}", people.drop_person, status=204),
    Operation("GET", "/api/trials", trials.list_trials),
    Operation("POST", "/api/trials", trials.open_trial, status=201, upload=trials.TRIAL_KINDS),
    Operation("POST", "/api/trials/{trial}/runs", trials.run_trial, RunAsked, 202),
    Operation("GET", "/api/book", trials.book),
    Operation("POST", "/api/book/runs", trials.run_book, BookAsked, 202),
    Operation("GET", "/api/plans", plan_catalogue.list_plans),
    Operation("GET", "/api/jobs", job_routes.list_jobs),
    Operation("GET", "/api/jobs/{job}", job_routes.get_job),
    Operation("DELETE", "/api/jobs/{job}", job_routes.cancel_job, status=204),
    Operation("GET", "/api/jobs/{job}/result", job_routes.get_result),
    Operation("GET", "/api/jobs/{job}/events", job_routes.listen, kind="text/event-stream"),
)


async def openapi(q: Question) -> dict:
    """This interface, described (OpenAPI 3.1)."""
    return document(OPERATIONS)


async def front(q: Question) -> Response:
    """The page itself; where a token is asked for, the entrance first."""
    if q.page.token and not has_token(q.page.token, q.request.headers):
        return RedirectResponse(guard.ENTRANCE, 303)
    return FileResponse(STATIC / "index.html")


def entrance(page: Page) -> Callable:
    """Where the token is given. It travels in the body of a form, never in an address."""

    async def enter(request: Request) -> Response:
        if request.method == "POST":
            raw = (await request.body())[:2000].decode("ascii", "replace")
            given = parse_qs(raw).get("token", [""])[0].strip()
            if page.token and hmac.compare_digest(given.encode("utf-8", "replace"), page.token.encode()):
                response = RedirectResponse("/", 303)
                give_cookie(response, guard.TOKEN_COOKIE, page.token, page.secure)
                return response
            return FileResponse(STATIC / "enter.html", 401)
        return FileResponse(STATIC / "enter.html")

    return enter


async def defect(request: Request, trouble_: Exception) -> Response:
    """Our own fault, without a word of where; the guard says that in the server's window."""
    return trouble(500, {"said": OURS, "ours": True})


SAID = {
    404: "There is nothing under this address.",
    405: "This address does not answer that kind of question.",
    413: guard.TOO_LARGE,
}


async def no_such(request: Request, trouble_: Exception) -> Response:
    """What is not there, or may not be asked so."""
    status = getattr(trouble_, "status_code", 404)
    return trouble(status, {"said": SAID.get(status, "This request cannot be answered."), "ours": False})


class DecisionSupport:
    """The cards of CDS Hooks beside the page: `seedsoil.doors.cds_hooks`, imported when first asked."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        from seedsoil.doors.cds_hooks import application

        await application(scope, receive, send)


class Files(StaticFiles):
    """Files of the page; a changed file is asked for again."""

    def file_response(self, *arguments, **options) -> Response:
        response = super().file_response(*arguments, **options)
        response.headers["Cache-Control"] = "no-cache"
        return response


def build(
    folder: Path, address: str = "127.0.0.1", port: int = 8765, token: str | None = None, hosts: frozenset[str] | None = None,
    complain: Callable[[BaseException], None] = lambda trouble: None, opened: Callable[[], None] = lambda: None,
) -> Guard:  # fmt: skip
    """The whole application over a data folder. `hosts` replaces the names under which it may be asked for (tests)."""
    store = Store(folder)
    desk = Desk(store)
    jobs = Jobs(store, kinds(desk), complain)
    page = Page(store, jobs, desk, token)

    @contextlib.asynccontextmanager
    async def life(app: Starlette) -> AsyncIterator[None]:
        jobs.open()
        opened()
        yield
        jobs.close()
        desk.close()
        store.close()

    routes: list[BaseRoute] = [
        Route(o.path, answered(page, o.handler, o.status), methods=[o.method], name=f"{o.method} {o.path}") for o in OPERATIONS
    ]
    routes += [
        Route("/api/openapi.json", answered(page, openapi)),
        Route("/", answered(page, front)),
        Route(guard.ENTRANCE, entrance(page), methods=["GET", "POST"]),
        Route("/cds-services", DecisionSupport()),
        Mount("/cds-services", DecisionSupport()),
        Mount("/static/skeleton", Files(directory=data_file("skeleton"))),
        Mount("/static", Files(directory=STATIC)),
    ]
    inner = Starlette(
        routes=routes, lifespan=life, middleware=[Middleware(GZipMiddleware, minimum_size=2000)],
        exception_handlers={HTTPException: no_such, Exception: defect},
    )  # fmt: skip
    return Guard(inner, guard.hosts_of(address, port) if hosts is None else hosts, token, complain)
