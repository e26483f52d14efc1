"""The answer about a bone on the terminal."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table
from rich.text import Text

from seedsoil.doors import scan_wording as words
from seedsoil.doors.summary import head, listed, plain_table, say


def print_strength(document: dict, console: Console) -> None:
    """The answer, the loads of daily life, the lesion, and how sure it is."""
    say(console, words.headline(document), "bold")
    print_loads(document, console)
    if document.get("fall"):
        head(console, "Falling on the side")
        fall = document["fall"]
        less = f"; {words.share_range(fall['ratio'])} of it with the lesion" if fall["ratio"] else ""
        say(console, f"Bears about {words.load_range(fall['strength_n'])}{less}.")
        print_loads(fall, console)
    if document["lesion"]:
        rows(console, "The lesion", words.lesion_rows(document))
        rows(console, "The weakest slice", words.section_rows(document))
        rows(console, "Stiffness if treated, of the bone without lesion", words.treatment_rows(document))
    if document["warnings"]:
        listed(console, "Less sure because", document["warnings"])
    head(console, "How it was reckoned")
    for line in words.method_words(document):
        say(console, line)
    say(console, document["notice"], "bold", gap=True)


def print_loads(part: dict, console: Console) -> None:
    table = plain_table("activity", "load", "load over strength", "")
    for row in words.load_rows(part):
        table.add_row(*row)
    console.print(table)


def rows(console: Console, title: str, items: list[tuple[str, str]]) -> None:
    head(console, title)
    grid = Table.grid(padding=(0, 2, 0, 0))
    for name, found in items:
        grid.add_row(Text(name), Text(found))
    console.print(grid)
