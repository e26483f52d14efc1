"""One question and its answer over HTTP: reading bodies that strangers wrote, finding the session, and saying what is wrong."""

from __future__ import annotations

import json
import math
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import BaseModel, ValidationError
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from seedsoil.doors.web import jobs as queue
from seedsoil.doors.web.store import Store, of_cookie
from seedsoil.errors import InputError, SeedsoilError

if TYPE_CHECKING:
    from seedsoil.doors.web.desk import Desk
    from seedsoil.doors.web.jobs import Jobs

COOKIE = "seedsoil-session"
A_MONTH = 30 * 86400
MOST_JSON = 256 * 1024  # bytes of a question in JSON
Body = TypeVar("Body", bound=BaseModel)


@dataclass
class Page:
    """The server's parts, as every handler is given them."""

    store: Store
    jobs: Jobs
    desk: Desk
    token: str | None
    secure: bool = False


@dataclass
class Question:
    """A request and whose it is."""

    request: Request
    page: Page
    session: str

    def named(self, what: str) -> str:
        """A part of the path."""
        return self.request.path_params[what]

    async def body(self, model: type[Body]) -> Body:
        """The JSON body as `model`. Raises InputError that names the field."""
        kind = self.request.headers.get("content-type", "").split(";")[0].strip().lower()
        if kind != "application/json":
            raise Refused(415, "Send JSON, with the content type application/json.")
        raw = await self.request.body()
        if len(raw) > MOST_JSON:
            raise Refused(413, f"That is more than {MOST_JSON // 1024} kB, the most a question may have.")
        return read(raw, model)


class Refused(Exception):
    """A question that is answered with a status and a sentence."""

    def __init__(self, status: int, said: str) -> None:
        super().__init__(said)
        self.status, self.said = status, said


def read(raw: bytes, model: type[Body]) -> Body:
    """Bytes as a body. Raises InputError."""
    try:
        document = json.loads(raw.decode("utf-8"), parse_constant=_no_number, parse_float=_finite, parse_int=_whole)
        json.dumps(document, ensure_ascii=False).encode("utf-8")  # half a surrogate pair is no text
    except (ValueError, RecursionError, OverflowError):
        raise InputError("body", None, "valid JSON in UTF-8", "check the text you send") from None
    try:
        return model.model_validate(document)
    except ValidationError as trouble:
        raise _as_refusal(trouble) from None
    except RecursionError:
        raise InputError("body", None, "JSON that is not nested so deep") from None


def _no_number(text: str) -> float:
    raise ValueError(text)


def _finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(text)
    return value


def _whole(text: str) -> int:
    if len(text) > 18:
        raise ValueError(text[:20])
    return int(text)


def _as_refusal(trouble: ValidationError) -> InputError:
    """The first thing that is wrong, as any other input error."""
    first = trouble.errors(include_url=False)[0]
    field = ""
    for step in first["loc"]:
        field += f"[{step}]" if isinstance(step, int) else f".{step}" if field else str(step)
    value = first.get("input")
    plain = value if isinstance(value, int | float | str) and not isinstance(value, bool) else None
    said = first["msg"][:200]
    return InputError(field[:80] or "body", plain[:60] if isinstance(plain, str) else plain, said[0].lower() + said[1:])


Handler = Callable[[Question], Awaitable[Any]]


def answered(page: Page, handler: Handler, status: int = 200) -> Callable[[Request], Awaitable[Response]]:
    """A handler as the web server calls it: with a session, and with its refusals said."""

    async def answer(request: Request) -> Response:
        session, cookie = await run_in_threadpool(session_of, page, request)
        try:
            found = await handler(Question(request, page, session))
        except Refused as no:
            found = trouble(no.status, {"said": no.said, "ours": False})
        except InputError as no:
            found = trouble(429 if no.field == "jobs" else 400, queue.said(no))
        except SeedsoilError as no:
            found = trouble(400, queue.said(no))
        response = found if isinstance(found, Response) else JSONResponse(found, status)
        if cookie:
            give_cookie(response, COOKIE, cookie, page.secure)
        return response

    return answer


def trouble(status: int, said: dict) -> JSONResponse:
    """A refusal as JSON."""
    return JSONResponse({"trouble": said}, status)


def session_of(page: Page, request: Request) -> tuple[str, str | None]:
    """The session of a request, and the cookie to give where it is new. One that only asks for a document opens none."""
    cookie = request.cookies.get(COOKIE, "")
    session = of_cookie(cookie)
    if cookie and len(cookie) < 100 and page.store.knows(session):
        return session, None
    if request.method == "GET" and request.url.path != "/":
        return "", None
    cookie = page.store.open_session()
    return of_cookie(cookie), cookie


def give_cookie(response: Response, name: str, value: str, secure: bool) -> None:
    """A cookie that scripts cannot read and other sites cannot send."""
    response.set_cookie(name, value, max_age=A_MONTH, path="/", secure=secure, httponly=True, samesite="strict")


async def aside(call: Callable[..., Any], *arguments: Any) -> Any:
    """A call that takes a moment, on a thread, so that other people are answered meanwhile."""
    return await run_in_threadpool(call, *arguments)
