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


def print_strengths(found: list[dict], console: Console) -> None:
    """A row for each bone, and what could not be done."""
    table = plain_table("scan", "bone", "bears, N", "with lesion, N", "ratio")
    for row in found:
        if not row.get("error"):
            sick = "" if row["ratio"] is None else f"{row['with_lesion_n']:.0f}"
            ratio = "" if row["ratio"] is None else f"{row['ratio']:.2f} ({row['ratio_low']:.2f} to {row['ratio_high']:.2f})"
            bears = f"{row['strength_n']:.0f} ({row['strength_low_n']:.0f} to {row['strength_high_n']:.0f})"
            table.add_row(row["name"], row["bone"], bears, sick, ratio)
    console.print(table)
    wrong = [f"{row['name']}: {row['error']}" for row in found if row.get("error")]
    if wrong:
        head(console, "Not done")
        for line in wrong:
            say(console, line)
