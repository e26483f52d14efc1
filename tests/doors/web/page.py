"""A page for the tests: the application over a folder of its own, and a client that speaks to it as a browser would."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from starlette.testclient import TestClient

from seedsoil.doors.web.app import build

HOST = "127.0.0.1:8765"
CASE = "case-ea0064039"
COMPLAINTS: list[BaseException] = []


@contextmanager
def page(folder: Path, **options: object) -> Iterator[TestClient]:
    """A running page."""
    COMPLAINTS.clear()
    app = build(folder, complain=COMPLAINTS.append, **options)
    with TestClient(app, base_url=f"http://{HOST}", raise_server_exceptions=False) as client:
        yield client


def visitor(client: TestClient) -> TestClient:
    """Another browser at the same page."""
    return TestClient(client.app, base_url=f"http://{HOST}", raise_server_exceptions=False)


def finished(client: TestClient, job: str, seconds: float = 500.0) -> dict:
    """A job's state once it is over."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        state = client.get(f"/api/jobs/{job}").json()
        if state["state"] in ("done", "failed", "cancelled"):
            return state
        time.sleep(0.05)
    raise AssertionError(f"job still {state}")
