"""Start the page: bind the address, say where it is, and warm the engine up once the page is being served."""

from __future__ import annotations

import os
import secrets
import socket
import sys
import threading
import traceback
from pathlib import Path

from seedsoil.doors.web.guard import is_loopback
from seedsoil.errors import InputError

LEAST_TOKEN = 16  # characters
WARM_SECONDS = 2  # after the start: first the page, then the engine
GRACE_SECONDS = 2  # for answers under way when the server is told to stop


def serve(address: str, port: int, folder: Path, say) -> None:
    """Serve until the process is told to stop. Raises InputError for an address or folder that cannot be used."""
    import uvicorn

    from seedsoil.doors.web.app import build

    bound = listening(address, port)
    port = bound.getsockname()[1]
    token = None if is_loopback(address) else token_for_the_network()

    def opened() -> None:
        shown = f"[{address}]" if ":" in address else address
        say(f"The page is at http://{shown}:{port}/  (stop with Ctrl-C)")
        if token:
            say(f"It is open to the network, so it asks for this token: {token}")
            say("Nothing is encrypted on the way: put it behind a server that does, or keep to 127.0.0.1.")
        threading.Timer(WARM_SECONDS, warm).start()

    app = build(folder, address, port, token, complain=complain, opened=opened)
    config = uvicorn.Config(
        app, log_level="warning", access_log=False, server_header=False, timeout_graceful_shutdown=GRACE_SECONDS,
        limit_concurrency=400, h11_max_incomplete_event_size=32768,
    )  # fmt: skip
    uvicorn.Server(config).run(sockets=[bound])


def listening(address: str, port: int) -> socket.socket:
    """The socket, bound before anything else is made."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    bound = socket.socket(family)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((address, port))
        bound.listen(256)
    except (OSError, OverflowError) as trouble:
        bound.close()
        why = (getattr(trouble, "strerror", None) or str(trouble)).lower()
        raise InputError("--port", port, f"a free port of {address}", f"the system says: {why}; try --port 0") from None
    return bound


def token_for_the_network() -> str:
    """The token that visitors must give: of SEEDSOIL_TOKEN, or a new one."""
    given = os.environ.get("SEEDSOIL_TOKEN", "")
    if given and (len(given) < LEAST_TOKEN or not given.isascii() or any(c in given for c in " ;,\"\\")):
        raise InputError("SEEDSOIL_TOKEN", None, f"{LEAST_TOKEN} or more letters and digits", "unset it to have one made")
    return given or secrets.token_urlsafe(24)


def warm() -> None:
    """Import the engine, so that the first forecast does not wait for it."""
    import contextlib

    with contextlib.suppress(Exception):  # the job that needs it will say what is wrong
        import seedsoil.study.course
        import seedsoil.study.twins  # noqa: F401


def complain(trouble: BaseException) -> None:
    """A defect, in the server's own window; never in an answer."""
    traceback.print_exception(trouble, file=sys.stderr)
