"""The same documents on a terminal, short: what is urgent, what is known, what may come next, and how sure that is."""

from __future__ import annotations

from rich import box
from rich.console import Console
from rich.padding import Padding
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from seedsoil.doors import wording
from seedsoil.doors.wording import clean, outcome_words, plan_words, sentence, spoken

MOST_SET_ASIDE = 6
WIDE = 110  # columns; a narrower terminal shows fewer months instead of broken lines
NARROW = (6, 12, 36)


def print_summary(document: dict, console: Console) -> None:
    """A forecast document in about two screens."""
    say(console, wording.notice_words(document), "bold")
    say(console, f"{wording.person_words(document)}. Chart of {clean(document.get('as_of'))}.")
    print_urgent(document, console)
    print_person(document, console)
    print_advice(document, console, brief=True)
    say(console, wording.twin_words(document.get("twins") or {}), gap=True)
    print_warnings(document, console)
    if not wording.is_unlike(document):
        print_plans(document, console)
        print_differences(document, console)
        print_apart(document, console)
        print_trust(document, console)
    say(console, wording.notice_words(document), "bold", gap=True)


def print_assessment(document: dict, console: Console) -> None:
    """What the rules say about a chart today."""
    say(console, wording.notice_words(document), "bold")
    say(console, f"{wording.person_words(document)}. Chart of {clean(document.get('as_of'))}.")
    print_urgent(document, console)
    print_advice(document, console, brief=False)
    print_scores(document, console)
    print_person(document, console)
    say(console, wording.notice_words(document), "bold", gap=True)


def say(console: Console, text: str, style: str = "", gap: bool = False) -> None:
    """Plain text: nothing in a chart is taken for markup."""
    if gap:
        console.print()
    console.print(Text(text, style=style))


def head(console: Console, title: str) -> None:
    console.print()
    console.print(Text(title, style="bold underline"))


def print_urgent(document: dict, console: Console) -> None:
    head(console, "Urgent now")
    rows = wording.by_urgency(document)
    if not rows:
        say(console, wording.NOTHING_URGENT)
    for row in rows:
        limit = sentence(wording.within_words(row.get("within_hours"))).rstrip(".")
        text = Text.assemble(
            (clean(row.get("action")), "bold"),
            "\n",
            (limit, "bold red"),
            f", because {clean(row.get('because')).rstrip('.')}.",
            "\n",
            (f"Rule: {clean(row.get('rule')).rstrip('.')}. Source: {source_words(row, document)}", "dim"),
        )
        console.print(Panel(text, border_style="red", box=box.HEAVY))


def source_words(row: dict, document: dict) -> str:
    """A source in full where the list of papers has it."""
    listed = {entry["key"]: clean(entry["text"]) for entry in document.get("sources") or ()}
    keys = [key.strip() for key in clean(row.get("source")).replace(",", ";").split(";")]
    return "; ".join(listed.get(key, key) for key in keys if key) or "not given"


def print_person(document: dict, console: Console) -> None:
    """Known, assumed and set aside, a line or two each; the page has them as tables."""
    known: dict[str, list[str]] = {}
    for row in document.get("known") or ():
        value = wording.with_unit(row.get("value"), row.get("unit"))
        known.setdefault(wording.day_words(row.get("day")), []).append(f"{spoken(row.get('what'))} {value}".strip())
    head(console, f"Known ({len(document.get('known') or ())})")
    for when, items in known.items():
        said = f"{sentence(when).rstrip('.')}: {'; '.join(items)}." if when else f"{'; '.join(items)}."
        say(console, said)
    assumed = [
        f"{spoken(row.get('what'))} {wording.assumed_range(row)}".strip() for row in document.get("assumed") or ()
    ]
    aside = [f"{clean(row.get('from'))} ({clean(row.get('why'))})" for row in document.get("set_aside") or ()]
    if "assumed" in document:
        listed(console, "Assumed", assumed)
    listed(console, "Set aside", aside, MOST_SET_ASIDE)


def listed(console: Console, title: str, items: list[str], most: int | None = None) -> None:
    """A heading with its count and the items as one running text."""
    shown = items if most is None else items[:most]
    more = f"; and {len(items) - len(shown)} more" if len(shown) < len(items) else ""
    head(console, f"{title} ({len(items)})")
    say(console, f"{'; '.join(shown)}{more}." if items else "Nothing.")


def print_advice(document: dict, console: Console, brief: bool) -> None:
    rows = document.get("advice") or []
    if not rows:
        return
    head(console, "What else the rules say today")
    grid = Table.grid(padding=(0, 2))
    grid.add_column(no_wrap=True, style="bold")
    grid.add_column()
    for row in rows:
        text = Text(clean(row.get("action")).rstrip("."))
        if row.get("because"):
            text.append(f": {clean(row['because']).rstrip('.')}")
        text.append(".")
        if not brief:
            text.append(f"\n{clean(row.get('rule')).rstrip('.')}. Source: {source_words(row, document)}", "dim")
        grid.add_row(Text(wording.stance_words(row.get("stance"))), text)
    console.print(grid)


def print_scores(document: dict, console: Console) -> None:
    rows = document.get("scores") or []
    if not rows:
        return
    head(console, "Scores")
    table = plain_table("Score", "Value", "Meaning", "Source")
    for row in rows:
        low, high = wording.number(row.get("low")), wording.number(row.get("high"))
        value = low if low == high else f"{low} to {high}"
        cells = (spoken(row.get("name")), value, clean(row.get("meaning")), source_words(row, document))
        table.add_row(*map(Text, cells))
    console.print(table)


def print_warnings(document: dict, console: Console) -> None:
    """The model's own doubt, and treatments that the rules refuse."""
    warning = clean((document.get("twins") or {}).get("warning"))
    if warning:
        extra = f" {wording.NO_FIGURES}" if wording.is_unlike(document) else ""
        console.print(Panel(Text(sentence(warning) + extra), title="Warning", border_style="yellow", box=box.HEAVY))
    refused = [(plan, item) for plan in document.get("plans") or () for item in plan.get("refused") or ()]
    if not refused:
        return
    text = Text(wording.REFUSED)
    for plan, item in refused:
        text.append(f"\n{plan_words(plan['name'])}: {spoken(item.get('what'))}", "bold")
        text.append(f": {sentence(clean(item.get('why')))}")
        text.append(f" Source: {source_words(item, document)}", "dim")
    console.print(Panel(text, title="Refused treatments", border_style="red", box=box.HEAVY))


def print_plans(document: dict, console: Console) -> None:
    """One table a plan: outcomes down, months across."""
    say(console, wording.HOW_TO_READ)
    for plan in document.get("plans") or ():
        rows = {(row["outcome"], row["months"]): row for row in plan.get("outcomes") or ()}
        months = wording.months_of(rows.values())
        if console.width < WIDE:
            months = [m for m in months if m in NARROW] or months
        head(
            console, f"Plan: {plan_words(plan['name'])}{' (refused in part, see above)' if plan.get('refused') else ''}"
        )
        table = plain_table("Value (90 % range)", *(f"{m} months" for m in months))
        for outcome in wording.outcome_order(rows.values()):
            table.add_row(Text(outcome_title(outcome)), *(cell(rows.get((outcome, m)), outcome) for m in months))
        console.print(table)


def outcome_title(outcome: str) -> str:
    """The outcome and what its figures count, short."""
    words = outcome_words(outcome)
    so_far = dict.fromkeys(("days_home", "days_alive", "days_walking"), "so far")
    unit = ({"pain": "0 to 10", "utility": "0 to 1", "opioid_dose": "mg a day"} | so_far).get(outcome, words.measure)
    return f"{words.name}, {unit}" if unit else words.name


def cell(row: dict | None, outcome: str) -> Text:
    if row is None or row["value"] is None:
        return Text("not known", "dim")
    value, bracket, range_ = wording.ranged(
        row["value"], row["low"], row["high"], outcome_words(outcome), "–"
    ).partition(" ")
    return Text.assemble((value, "bold"), bracket, range_)


def print_differences(document: dict, console: Console) -> None:
    """The paired differences at one year and at the end."""
    gaps = {(d["plan"], d["versus"], d["outcome"], d["months"]): d for d in document.get("differences") or ()}
    for pair in wording.paired(document):
        rows = [row for row in gaps.values() if (row["plan"], row["versus"]) == pair]
        months = wording.months_of(rows)
        shown = [m for m in (12, 36) if m in months] or months[-1:]
        head(console, f"Difference: {wording.pair_words(pair)}")
        table = plain_table("Same twins, same luck", *(f"{m} months" for m in shown))
        for outcome in wording.outcome_order(rows):
            table.add_row(
                Text(outcome_words(outcome).name), *(gap_cell(gaps.get((*pair, outcome, m)), outcome) for m in shown)
            )
        console.print(table)


def gap_cell(gap: dict | None, outcome: str) -> Text:
    if gap is None:
        return Text("")
    return Text(wording.difference_words(gap["value"], gap["low"], gap["high"], outcome_words(outcome)))


def print_apart(document: dict, console: Console) -> None:
    """How much of each outcome's uncertainty is the person, chance and knowledge, where that was asked for."""
    apart = document.get("uncertainty")
    if not apart:
        return
    head(console, "Where the uncertainty comes from")
    say(console, f"{wording.TOLD_APART} {sentence(clean(apart.get('said')))}")
    for plan, months, rows in wording.apart_tables(apart):
        table = plain_table(f"{plan_words(plan)}, {months} months", "Person", "Chance", "Knowledge")
        for row in rows:
            table.add_row(Text(outcome_words(row["outcome"]).name), *map(Text, wording.apart_words(row)))
        console.print(table)


def print_trust(document: dict, console: Console) -> None:
    """What the effects rest on, and what the ranges hold."""
    by_grade: dict[str, list[str]] = {}
    for row in document.get("evidence") or ():
        by_grade.setdefault(row.get("grade"), []).append(clean(row.get("what")))
    head(console, "How far to trust it")
    for grade, effects in by_grade.items():
        say(console, f"{sentence(wording.GRADES.get(grade, spoken(grade))).rstrip('.')}: {'; '.join(effects)}.")
    if document.get("ranges"):
        say(console, sentence(clean(document["ranges"])))
    papers = len(document.get("sources") or ())
    say(console, f"It rests on {wording.counted(papers, 'paper')}; the page written by --out lists them.")


def print_values(rows: list[dict], console: Console, whole: bool) -> None:
    """The model's numbers: all of them as a list, or those asked for in full."""
    if whole:
        for row in rows:
            print_value(row, console)
        return
    for file in dict.fromkeys(clean(row.get("file")) for row in rows):
        table = plain_table(file, "Value", "Range", "Kind", "Source")
        for row in (row for row in rows if clean(row.get("file")) == file):
            cells = (row.get("name"), value_words(row), value_range(row), row.get("kind"), row.get("source"))
            table.add_row(*(Text(clean(cell)) for cell in cells))
        console.print(table)


def print_value(row: dict, console: Console) -> None:
    """One number with all that is known of it."""
    console.print(Text(clean(row.get("name")), style="bold"))
    if row.get("description"):
        say(console, sentence(clean(row["description"])))
    facts = {
        "Value": value_words(row),
        "Range": value_range(row),
        "Between people": between_words(row.get("between")),
        "Kind": clean(row.get("kind")),
        "Source": ", ".join(part for part in (clean(row.get("source")), clean(row.get("where"))) if part),
        "Note": clean(row.get("note")),
        "Table": clean(row.get("file")),
    }
    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="dim", no_wrap=True)
    grid.add_column()
    for name, fact in facts.items():
        if fact:
            grid.add_row(name, Text(fact))
    console.print(Padding(grid, (0, 0, 1, 2)))


def value_words(row: dict) -> str:
    return " ".join(part for part in (wording.number(row.get("value")), clean(row.get("unit"))) if part)


def value_range(row: dict) -> str:
    if row.get("low") is None or row.get("high") is None:
        return ""
    return f"{wording.number(row['low'])} to {wording.number(row['high'])}"


def between_words(between: object) -> str:
    if isinstance(between, dict):
        return ", ".join(f"{clean(key)} {wording.number(value)}" for key, value in between.items())
    return clean(between)


def print_story(document: dict, console: Console) -> None:
    """One virtual person, dated, in words."""
    person = document.get("person") or {}
    say(console, wording.notice_words(document), "bold")
    facts = (f"{spoken(key)}: {wording.number(value)}" for key, value in person.items() if value is not None)
    say(console, f"A virtual person. {'; '.join(facts)}.")
    console.print()
    grid = Table.grid(padding=(0, 2))
    grid.add_column(justify="right", style="dim", no_wrap=True)
    grid.add_column()
    for event in document.get("events") or ():
        when = clean(event.get("when")) or f"day {wording.number(event.get('day'))}"
        grid.add_row(Text(when), Text(clean(event.get("text"))))
    console.print(grid)


def print_plan_names(names: dict[str, str], console: Console) -> None:
    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="bold", no_wrap=True)
    grid.add_column()
    for name, description in names.items():
        grid.add_row(Text(clean(name)), Text(clean(description)))
    console.print(grid)


def plain_table(*heads: str) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False, collapse_padding=True)
    for place, title in enumerate(heads):
        table.add_column(Text(title), overflow="fold", no_wrap=place == 0)
    return table
