"""The command `serve`: the web page on this computer."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from seedsoil.errors import InputError, Unsupported


def add_to(app: typer.Typer) -> None:
    """Put the command on the command line."""
    app.command()(serve)


def serve(
    port: Annotated[int, typer.Option(metavar="N", help="The port; 0 takes a free one.")] = 8765,
    address: Annotated[
        str, typer.Option(metavar="ADDRESS", help="Another address than 127.0.0.1 is open to the network and asks for a token.")
    ] = "127.0.0.1",
    data: Annotated[
        str | None, typer.Option(metavar="DIR", help="Where charts and results are kept; else the user's data folder.")
    ] = None,
) -> None:
    """Open the page: see the skeleton, compare plans, in a browser. Nothing leaves this computer."""
    from seedsoil.doors import cli

    if not 0 <= port <= 65535:
        raise InputError("--port", port, "0 to 65535")
    try:
        import pydantic  # noqa: F401
        import starlette  # noqa: F401
        import uvicorn  # noqa: F401
    except ImportError:
        raise Unsupported('the page needs starlette, uvicorn and pydantic: pip install "seedsoil[web]"') from None
    from seedsoil.doors.web.server import serve as run

    run(address, port, folder_of(data), cli.put)


def folder_of(data: str | None) -> Path:
    """The folder the page keeps its things in."""
    if data is not None:
        return Path(data)
    from platformdirs import user_data_path

    return user_data_path("seedsoil", appauthor=False)
