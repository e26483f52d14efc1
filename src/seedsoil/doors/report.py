"""The forecast as a page for a clinician: one HTML file that needs nothing else, on paper or on a screen."""

from __future__ import annotations

import os
from collections.abc import Iterable
from html import escape
from pathlib import Path
from shlex import quote

from seedsoil.doors import wording
from seedsoil.doors.report_figures import figures, swatch
from seedsoil.doors.whole_page import whole_page
from seedsoil.doors.wording import clean, outcome_words, plan_words, sentence, spoken


def write_report(document: dict, folder: Path) -> Path:
    """Write ``report.html`` for a forecast document into a folder and say where it is."""
    return write_whole(Path(folder) / "report.html", page(document))


def write_whole(path: Path, text: str) -> Path:
    """Write a file under another name and rename it, so that nobody ever reads half of it."""
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with part.open("w", encoding="utf-8", newline="\n") as file:
            file.write(text)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    return path


def page(document: dict) -> str:
    """The whole page as text."""
    notice = wording.notice_words(document)
    sections = [urgent(document), person(document), advice(document), twins(document), refused(document)]
    if not wording.is_unlike(document):
        sections += [plans(document), told_apart(document), evidence(document)]
    sections += [papers(document), remake(document)]
    who = wording.person_words(document)
    body = "\n".join(section for section in sections if section)
    inside = f"""<p class="notice" role="note">{escape(notice)}</p>
<div class="page">
<header>
<h1>What may come next</h1>
<p class="soft">{escape(who)}. Chart of {escape(clean(document.get("as_of")))}.</p>
{contents(document)}
</header>
<main>
{body}
</main>
</div>"""
    return whole_page(f"Forecast: {who}", "report_style.css", inside)


def section(anchor: str, title: str, *parts: str) -> str:
    return f'<section id="{anchor}">\n<h2>{title}</h2>\n{"".join(parts)}\n</section>'


def paragraph(text: str, kind: str = "") -> str:
    """A paragraph of plain text."""
    return f'<p class="{kind}">{escape(text)}</p>' if kind else f"<p>{escape(text)}</p>"


def contents(document: dict) -> str:
    """Links to the parts that this page has."""
    parts = {"urgent": "Urgent", "known": "Known", "assumed": "Assumed", "aside": "Set aside", "twins": "Twins"}
    if document.get("plans") and not wording.is_unlike(document):
        told = {"apart": "Uncertainty"} if document.get("uncertainty") else {}
        parts |= {"plans": "Plans side by side", **told, "evidence": "Evidence"}
    parts |= {"papers": "Papers", "remake": "How this was made"}
    links = "".join(f'<a href="#{anchor}">{name}</a>' for anchor, name in parts.items())
    return f'<nav aria-label="On this page">{links}</nav>'


def urgent(document: dict) -> str:
    """What cannot wait, before anything else."""
    boxes = [urgent_box(row, document) for row in wording.by_urgency(document)]
    if not boxes:
        boxes = [f'<div class="box calm">{paragraph(wording.NOTHING_URGENT)}</div>']
    return section("urgent", "Urgent now", *boxes)


def urgent_box(row: dict, document: dict) -> str:
    limit = escape(sentence(wording.within_words(row.get("within_hours"))).rstrip("."))
    why = escape(clean(row.get("because")).rstrip("."))
    return (
        f'<div class="box alarm"><p class="do">{escape(clean(row.get("action")))}</p>'
        f'<p><span class="limit">{limit}</span>, because {why}.</p>'
        f'<p class="small">Rule: {escape(clean(row.get("rule")).rstrip("."))}. '
        f"Source: {cite(row.get('source'), document)}</p></div>"
    )


def person(document: dict) -> str:
    """Who this is: what the chart says, what had to be assumed, what could not be used."""
    known = [
        (
            spoken(row.get("what")),
            wording.with_unit(row.get("value"), row.get("unit")),
            wording.day_words(row.get("day")),
            Quiet(row.get("from")),
        )
        for row in document.get("known") or ()
    ]
    assumed = [
        (spoken(row.get("what")), wording.assumed_range(row), clean(row.get("how")))
        for row in document.get("assumed") or ()
    ]
    aside = [(Quiet(row.get("from")), clean(row.get("why"))) for row in document.get("set_aside") or ()]
    day = f"The day of the chart is {clean(document.get('as_of'))}; times below are counted from it."
    each = "The chart does not say these. Each virtual twin was given its own value within the range."
    return section(
        "known",
        "Who and what is known",
        paragraph(f"{wording.person_words(document)}. {day}"),
        table("What the chart says, as it was used.", ("What", "Value", "When", "From"), known),
        '<h3 id="assumed">What was assumed</h3>',
        paragraph(each) if assumed else "",
        table("Every item that was filled in.", ("What", "Range", "How"), assumed),
        '<h3 id="aside">What was set aside</h3>',
        table("Parts of the chart that were not used, and why.", ("From", "Why"), aside),
    )


class Quiet(str):
    """Text that stands back in a table: where something was read."""

    def __new__(cls, text: object) -> Quiet:
        return super().__new__(cls, clean(text))


def table(caption: str, heads: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """A table of plain text; the first column names the row."""
    lines = []
    for row in rows:
        first, *rest = (f'<span class="id">{escape(c)}</span>' if isinstance(c, Quiet) else escape(c) for c in row)
        lines.append(f'<tr><th scope="row">{first}</th>{"".join(f"<td>{c}</td>" for c in rest)}</tr>')
    if not lines:
        return paragraph("Nothing.", "soft")
    return ruled(escape(caption), (escape(head) for head in heads), lines)


def ruled(caption: str, heads: Iterable[str], lines: Iterable[str], kind: str = "plain") -> str:
    """A table from rows that are HTML already."""
    head = "".join(f'<th scope="col">{text}</th>' for text in heads)
    body = "\n".join(lines)
    return (
        f'<table class="{kind}"><caption>{caption}</caption>\n<thead><tr>{head}</tr></thead>\n'
        f"<tbody>\n{body}\n</tbody></table>"
    )


def advice(document: dict) -> str:
    """What else the rules say, nothing of it urgent."""
    lines = []
    for row in document.get("advice") or ():
        why = clean(row.get("because"))
        said = f"Because {why.rstrip('.')}. " if why else ""
        lines.append(
            f'<tr><th scope="row"><span class="tag">{escape(wording.stance_words(row.get("stance")))}</span></th>'
            f"<td>{escape(clean(row.get('action')))}"
            f'<br><span class="small soft">{escape(said)}Source: {cite(row.get("source"), document)}</span></td></tr>'
        )
    if not lines:
        return ""
    listed = ruled("Not urgent. Published rules, read on this chart.", ("The rules say", "What, and why"), lines)
    return section("advice", "What else the rules say today", listed)


def twins(document: dict) -> str:
    """What the forecast rests on, and whether it can be made at all."""
    about = document.get("twins") or {}
    warning = clean(about.get("warning"))
    box = ""
    if wording.is_unlike(document):
        inside = paragraph(sentence(warning)) + paragraph(wording.NO_FIGURES)
        box = f'<div class="box care"><h3>No forecast in figures</h3>{inside}</div>'
    elif warning:
        box = f'<div class="box care">{paragraph(sentence(warning))}</div>'
    return section("twins", "The virtual twins", box, paragraph(wording.twin_words(about)))


def refused(document: dict) -> str:
    """Treatments that a plan holds and the rules refuse, under a warning that cannot be missed."""
    boxes = []
    for plan in document.get("plans") or ():
        for item in plan.get("refused") or ():
            title = f"{plan_words(plan['name'])}: {spoken(item.get('what'))} is refused by the rules"
            boxes.append(
                f'<div class="box alarm"><h3>{escape(title)}</h3>{paragraph(sentence(clean(item.get("why"))))}'
                f'<p class="small">Source: {cite(item.get("source"), document)}</p></div>'
            )
    return section("refused", "Refused treatments", paragraph(wording.REFUSED), *boxes) if boxes else ""


def plans(document: dict) -> str:
    """The plans beside each other: curves, then every outcome with its range and the paired differences."""
    if not document.get("plans"):
        return ""
    curves = "".join(
        f"<figure><figcaption>{escape(outcome_words(outcome).name)}"
        f"<span>{escape(outcome_words(outcome).counts)}</span></figcaption>{svg}</figure>\n"
        for outcome, svg in figures(document)
    )
    return section(
        "plans",
        "The plans side by side",
        paragraph(wording.HOW_TO_READ),
        legend(document["plans"]),
        paragraph("Marks are the forecast, bars its 90 % range.", "small soft"),
        f'<div class="curves">{curves}</div>',
        "<h3>Every outcome</h3>",
        paragraph(f"Each figure stands with its 90 % range. {wording.differences_explained(document)}"),
        f'<div class="pair">{outcome_tables(document)}</div>',
    )


def told_apart(document: dict) -> str:
    """How much of each outcome's uncertainty is the person, chance and knowledge, where that was asked for."""
    apart = document.get("uncertainty")
    if not apart:
        return ""
    tables = [
        table(
            f"{plan_words(plan)}, {months} months.",
            ("Outcome", "Person", "Chance", "Knowledge"),
            [(outcome_words(row["outcome"]).name, *wording.apart_words(row)) for row in rows],
        )
        for plan, months, rows in wording.apart_tables(apart)
    ]
    said = paragraph(f"{wording.TOLD_APART} {sentence(clean(apart.get('said')))}")
    return section("apart", "Where the uncertainty comes from", said, *tables)


def legend(shown: list[dict]) -> str:
    items = []
    for place, plan in enumerate(shown):
        mark = " (refused in part, see above)" if plan.get("refused") else ""
        about = f'<br><span class="small soft">{escape(clean(plan.get("description")))}</span>'
        items.append(f"<li>{swatch(place)}<b>{escape(plan_words(plan['name']))}</b>{mark}{about}</li>")
    return f'<ul class="legend">{"".join(items)}</ul>'


def outcome_tables(document: dict) -> str:
    """One table an outcome: months down, plans and differences across."""
    names = [plan["name"] for plan in document["plans"]]
    pairs = wording.paired(document)
    rows = {(p["name"], r["outcome"], r["months"]): r for p in document["plans"] for r in p.get("outcomes", ())}
    gaps = {(d["plan"], d["versus"], d["outcome"], d["months"]): d for d in document.get("differences", ())}
    heads = ["Month", *(escape(plan_words(name)) for name in names)]
    heads += [escape(wording.pair_words(pair)) if len(pairs) > 1 else "Difference" for pair in pairs]
    tables = []
    for outcome in wording.outcome_order(rows.values()):
        words = outcome_words(outcome)
        lines = []
        for month in wording.months_of(row for row in rows.values() if row["outcome"] == outcome):
            cells = [value_cell(rows.get((name, outcome, month)), words) for name in names]
            cells += [gap_cell(gaps.get((*pair, outcome, month)), words) for pair in pairs]
            lines.append(f'<tr><th scope="row">{month}</th>{"".join(cells)}</tr>')
        unit = " Per 100 people." if words.people else ""
        caption = f"<b>{escape(words.name)}</b>{escape(words.counts)}{unit}"
        listed = ruled(caption, heads, lines, "figures paired" if len(pairs) == 1 else "figures")
        tables.append(
            f'<div class="scroll" role="region" tabindex="0" aria-label="{escape(words.name)}">{listed}</div>\n'
        )
    return "".join(tables)


def value_cell(row: dict | None, words: wording.Outcome) -> str:
    if row is None:
        return "<td></td>"
    return two_lines(wording.ranged(row["value"], row["low"], row["high"], words), "value")


def gap_cell(gap: dict | None, words: wording.Outcome) -> str:
    if gap is None:
        return "<td></td>"
    said = wording.difference_words(gap["value"], gap["low"], gap["high"], words)
    return two_lines(said, "clear" if said.startswith(("about", "less than")) else "soft")


def two_lines(said: str, kind: str) -> str:
    """A cell with the range under what it belongs to."""
    value, bracket, range_ = said.partition(" (")
    under = f'<span class="range">({escape(range_)}</span>' if bracket else ""
    return f'<td><span class="{kind}">{escape(value)}</span>{" " if under else ""}{under}</td>'


def evidence(document: dict) -> str:
    """What each effect rests on, and what the ranges hold."""
    rows = [
        (clean(row.get("what")), wording.GRADES.get(row.get("grade"), spoken(row.get("grade"))), clean(row.get("note")))
        for row in document.get("evidence") or ()
    ]
    ranges = clean(document.get("ranges"))
    held = f"<h3>What the ranges hold</h3>{paragraph(sentence(ranges))}" if ranges else ""
    listed = table("What each effect in the model rests on.", ("Effect", "Rests on", "Note"), rows)
    return section("evidence", "How far to trust it", listed, held)


def cite(source: object, document: dict) -> str:
    """A source as a link to its entry in the list of papers; text that is no key stays text."""
    listed = {entry["key"]: clean(entry["text"]) for entry in document.get("sources") or ()}
    text = clean(source)
    keys = [key.strip() for key in text.replace(",", ";").split(";") if key.strip()]
    if not keys or any(key not in listed for key in keys):
        return escape(text) or "not given"
    return "; ".join(f'<a href="#paper-{escape(key)}">{escape(shortened(listed[key]))}</a>' for key in keys)


def shortened(text: str, most: int = 140) -> str:
    return text if len(text) <= most else text[: text.rfind(" ", 0, most)] + " …"


def papers(document: dict) -> str:
    lines = []
    for entry in document.get("sources") or ():
        inside, link = escape(clean(entry["text"])), clean(entry.get("url"))
        if link.startswith(("https://", "http://")):
            inside += f' <a href="{escape(link)}" rel="noreferrer">{escape(link)}</a>'
        lines.append(f'<li id="paper-{escape(clean(entry["key"]))}">{inside}</li>')
    listed = f'<ol class="papers">{"".join(lines)}</ol>' if lines else paragraph("None.", "soft")
    return section("papers", "The papers", listed)


def remake(document: dict) -> str:
    """All that is needed to make this page again."""
    asked, seed = (document.get("twins") or {}).get("asked"), document.get("seed")
    named = "".join(f" --plan {quote(clean(plan['name']))}" for plan in document.get("plans") or ())
    if document.get("years") is not None:
        named += f" --years {wording.number(document['years'])}"
    named += "".join(f" --scan {quote(clean(place))}" for place in document.get("scans") or ())
    named += " --uncertainty" if document.get("uncertainty") else ""
    command = f"seedsoil forecast CHART{named} --twins {wording.number(asked)} --seed {wording.number(seed)}"
    facts = {"Version": "version", "Seed": "seed", "Value tables": "tables", "Kernel": "kernel", "Format": "schema"}
    listed = "".join(f"<dt>{name}</dt><dd>{escape(clean(document.get(key)))}</dd>" for name, key in facts.items())
    same = "The same chart, version, tables, kernel and seed give the same figures again"
    return section(
        "remake",
        "How this was made",
        f"<dl>{listed}<dt>Twins</dt><dd>{escape(wording.number(asked))}</dd></dl>",
        paragraph(f"{same} (for a plan of your own, name its file):"),
        f"<p><code>{escape(command)}</code></p>",
        paragraph(f"{wording.notice_words(document)} seedsoil is not a medical device."),
    )
