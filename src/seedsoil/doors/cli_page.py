"""docs/cli.md, made from the program's own commands: ``python -m seedsoil.doors.cli_page docs/cli.md``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import typer

from seedsoil.doors.cli import DONE, OUR_FAULT, WRONG_INPUT, app
from seedsoil.doors.report import write_whole


def page() -> str:
    """Every command with its arguments and options, as Markdown."""
    program = typer.main.get_command(app)
    parts = [
        "# The command line",
        "<!-- Made by `python -m seedsoil.doors.cli_page docs/cli.md`; change the program, not this page. -->",
        f"{program.help} Without arguments `seedsoil` says what it can do; it never asks.",
        "Files are written only under `--out`. On a terminal, long work shows a bar with the time left.",
        f"Exit codes: {DONE} done; {WRONG_INPUT} the input is wrong (one message on stderr); {OUR_FAULT} our fault "
        "(`SEEDSOIL_TRACEBACK=1` shows where).",
    ]
    parts += [command_part(name, command) for name, command in program.commands.items()]
    return "\n\n".join(parts) + "\n"


def command_part(name: str, command: Any) -> str:
    """One command: what it does, how it is called, what each option means."""
    shown = [parameter for parameter in command.params if parameter.name != "help"]
    arguments = [parameter for parameter in shown if not parameter.opts[0].startswith("-")]
    usage = " ".join(
        ["seedsoil", name, *(a.metavar if a.required or a.default == "" else f"[{a.metavar}]" for a in arguments)]
    )
    rows = "\n".join(f"| {written(parameter)} | {parameter.help} | {default(parameter)} |" for parameter in shown)
    return f"## {name}\n\n{command.help}\n\n`{usage} [options]`\n\n| | | default |\n|---|---|---|\n{rows}"


def written(parameter: Any) -> str:
    """The argument or option as it is typed."""
    if not parameter.opts[0].startswith("-"):
        return f"`{parameter.metavar}`"
    value = "" if getattr(parameter, "is_flag", False) else f" {parameter.metavar}"
    return f"`{parameter.opts[0]}{value}`".replace("|", r"\|")


def default(parameter: Any) -> str:
    plain = isinstance(parameter.default, (int, float, str)) and not isinstance(parameter.default, bool)
    return str(parameter.default) if plain else ""


if __name__ == "__main__":
    write_whole(Path(sys.argv[1]), page())
