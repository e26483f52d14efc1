"""Questions about long work: how far it has come, what it found, stop it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator

from starlette.responses import Response, StreamingResponse

from seedsoil.doors.web.exchange import Page, Question, Refused, aside
from seedsoil.doors.web.store import DONE, ENDED, Kept

EVERY_SECONDS = 0.15  # between two looks at a job somebody listens to
QUIET_LOOKS = 100  # looks without news after which a listener is told that the line still stands


async def list_jobs(q: Question) -> dict:
    """The jobs of this session, oldest first."""
    jobs = await aside(q.page.store.jobs, "session = ?", q.session)
    return {"jobs": [state(q.page, job) for job in jobs]}


async def get_job(q: Question) -> dict:
    """One job: its state, and how far it has come."""
    return state(q.page, await _own(q))


async def get_result(q: Question) -> Response:
    """What a job found."""
    job = await _own(q)
    if job.state != DONE:
        raise Refused(409, f"This job is {job.state}; it has no result.")
    found = await aside(q.page.store.result, q.session, job.id)
    return Response(found, media_type="application/json")


async def cancel_job(q: Question) -> Response:
    """Stop a job. What it had begun is lost; other jobs go on."""
    await _own(q)
    await aside(q.page.jobs.cancel, q.session, q.named("job"))
    return Response(status_code=204)


async def listen(q: Question) -> StreamingResponse:
    """Progress as server-sent events: `progress` as it comes, and one `end`."""
    job = await _own(q)
    return StreamingResponse(_events(q, job.id), media_type="text/event-stream", headers={"X-Accel-Buffering": "no"})


async def _events(q: Question, key: str) -> AsyncIterator[str]:
    said, quiet = None, 0
    while True:
        job = await aside(q.page.store.job, q.session, key)
        if job is None or await q.request.is_disconnected():
            return
        now = state(q.page, job)
        if job.state in ENDED:
            yield f"event: end\ndata: {json.dumps(now)}\n\n"
            return
        live = q.page.jobs.live.get(key)
        mark = (job.state, live.version if live else 0)
        if mark != said:
            said, quiet = mark, 0
            yield f"event: progress\ndata: {json.dumps(now)}\n\n"
        elif (quiet := quiet + 1) % QUIET_LOOKS == 0:
            yield ": still here\n\n"
        await asyncio.sleep(EVERY_SECONDS)


async def _own(q: Question) -> Kept:
    job = await aside(q.page.store.job, q.session, q.named("job"))
    if job is None:
        raise Refused(404, "There is no such job in this session.")
    return job


def state(page: Page, job: Kept) -> dict:
    """A job in plain data."""
    out = {"id": job.id, "kind": job.kind, "state": job.state, "trouble": job.trouble, "asked": job.asked}
    live = page.jobs.live.get(job.id)
    if live and job.state not in ENDED:
        with live.lock:
            out |= {"stage": live.stage, "done": live.done, "total": live.total}
    return out
