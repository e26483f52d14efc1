"""The page for the person themself, the page for the meeting, and the trials that may fit: each as one HTML file that needs nothing
else, and as plain text."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable
from html import escape

from seedsoil.doors import wording
from seedsoil.doors.whole_page import whole_page
from seedsoil.doors.wording import clean

WIDE = 100
_CALLED = {"may fit": "Fits, as far as the chart tells", "more must be known": "More must be known", "no": "Does not fit"}


def html_page(title: str, notice: str, body: str, kind: str) -> str:
    """A whole page: the notice, and below it the body."""
    inside = f"""<main>
{body}
</main>
<p class="notice" role="note">{_h(notice)}</p>"""
    return whole_page(clean(title), "care_pages.css", inside, kind)


def _h(text: object) -> str:
    return escape(clean(text))


def _listed(items: Iterable[object], kind: str = "") -> str:
    rows = "".join(f"<li>{_h(item)}</li>" for item in items)
    return f'<ul class="{kind}">{rows}</ul>' if rows else ""


def _blocks(blocks: Iterable[str | list[str]]) -> str:
    return "".join(_listed(block) if isinstance(block, list) else f"<p>{_h(block)}</p>" for block in blocks)


# ---------------------------------------------------------------------------------------------- for the person


def patient_html(document: dict) -> str:
    """The page for the person themself; how long they may live is closed until it is opened."""
    box = document["call_now"]
    numbers = "".join(f'<p class="number"><b>{_h(row["number"])}</b> {_h(row["what"])}</p>' for row in box["numbers"])
    today = f'<div class="today"><p><b>{_h(box["today_title"])}</b></p>{_listed(box["today"])}</div>' if box["today"] else ""
    missing = f"<p>{_h(box['numbers_missing'])}</p>" if box["numbers_missing"] else ""
    call = (
        f'<section class="call" aria-label="{_h(box["title"])}"><h2>{_h(box["title"])}</h2>{today}{_listed(box["signs"])}'
        f'<div class="numbers">{numbers}{missing}<p>{_h(box["emergency"])}</p></div></section>'
    )
    asked = "".join(_question(q) for q in document["questions"])
    team = f" Team: {_h(box['team'])}." if box["team"] else ""
    head = (
        f"<header><h1>{_h(document['title'])}</h1>"
        f'<p class="soft">Made from the record of {_h(document["as_of"])} ({_h(document["patient"]["id"])}).{team}</p></header>'
    )
    body = f"{call}{head}<p>{_h(document['intro'])}</p>{asked}<section><h2>My own questions</h2><p class='lines'></p></section>"
    return html_page(document["title"], document["notice"], body, "for-patient")


def _question(question: dict) -> str:
    title = f'<h2><span class="n">{question["number"]}</span> {_h(question["question"])}</h2>'
    blocks = question["blocks"]
    ask = '<p class="ask">Ask your team.</p>' if _sends_to_team(question) else ""
    if question["closed"]:
        inside = f"<summary>Open only if you want to know</summary>{_blocks(blocks[1:])}{ask}"
        rest = f"<details>{inside}</details>" if blocks[1:] else ""
        return f'<section id="{_h(question["id"])}">{title}{_blocks(blocks[:1])}{rest}</section>'
    return f'<section id="{_h(question["id"])}">{title}{_blocks(blocks)}{ask}</section>'


def _sends_to_team(question: dict) -> bool:
    """Whether the answer sends the reader to the team and its own words do not say so yet."""
    told = [line for block in question["blocks"] for line in (block if isinstance(block, list) else [block])]
    return question["asks_team"] and not any("Ask " in line for line in told)


def patient_text(document: dict, open_chances: bool = False) -> str:
    """The same in plain text; what is closed stays out unless it is asked for."""
    box = document["call_now"]
    lines = [box["title"].upper(), ""]
    if box["today"]:
        lines += [box["today_title"], *(f"  ! {clean(t)}" for t in box["today"]), ""]
    lines += [f"  * {clean(sign)}" for sign in box["signs"]]
    lines += ["", *(f"  {clean(row['number'])}  {clean(row['what'])}" for row in box["numbers"])]
    lines += [part for part in (box["numbers_missing"], box["emergency"]) if part]
    lines += ["", document["title"], f"Made from the record of {clean(document['as_of'])}.", "", document["intro"]]
    for question in document["questions"]:
        lines += ["", f"{question['number']}. {question['question']}"]
        shown = question["blocks"][:1] if question["closed"] and not open_chances else question["blocks"]
        for block in shown:
            lines += [f"   - {clean(item)}" for item in block] if isinstance(block, list) else [f"   {clean(block)}"]
        if question["closed"] and not open_chances and question["blocks"][1:]:
            lines.append("   (Closed. To open it, make the page with --open-chances.)")
        elif _sends_to_team(question):
            lines.append("   Ask your team.")
    return _wrapped([*lines, "", document["notice"]])


def _wrapped(lines: Iterable[str]) -> str:
    out = []
    for line in lines:
        indent = len(line) - len(line.lstrip()) + (2 if line.lstrip()[:2] in ("- ", "* ", "! ") else 0)
        out += textwrap.wrap(line, WIDE, subsequent_indent=" " * indent) or [""]
    return "\n".join(out)


# ---------------------------------------------------------------------------------------------- for the meeting


def meeting_html(document: dict) -> str:
    """The page for the meeting, for one sheet of A4."""
    urgent = [f"{row['action']}, {wording.within_words(row['within_hours'])} ({row['because']})" for row in document["urgent"]]
    box = _listed(urgent, "urgent") if urgent else f'<p class="calm">{_h(wording.NOTHING_URGENT)}</p>'
    parts = "".join(_discipline(part) for part in document["disciplines"])
    head = (
        f'<header><p class="soft">{_h(wording.notice_words(document))}</p><h1>{_h(document["title"])}</h1>'
        f"<p>{_h(wording.person_words(document))}. Chart of {_h(document['as_of'])}.</p></header>"
    )
    body = f'{head}<section class="first"><h2>Urgent</h2>{box}</section>{_bone_table(document)}<div class="table">{parts}</div>'
    return html_page(document["title"], wording.notice_words(document), body, "for-meeting")


def _bone_table(document: dict) -> str:
    if not document["bones"]:
        return '<section class="first"><h2>Bone</h2><p>No place of bone in the chart.</p></section>'
    rows = "".join(f"<tr>{''.join(f'<td>{_h(cell)}</td>' for cell in _bone_cells(row))}</tr>" for row in document["bones"])
    more = f'<p class="soft">And {document["more_bones"]} more.</p>' if document["more_bones"] else ""
    heads = "".join(f"<th>{name}</th>" for name in ("Bone", "Kind", "Size", "Score", "Cord", "Done so far"))
    table = f"<table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>"
    return f'<section class="first"><h2>Bone</h2>{table}{more}</section>'


def _bone_cells(row: dict) -> tuple[str, ...]:
    place = row["place"] + ("" if row["certain"] else " (not certain)") + (", hurts most" if row["painful"] else "")
    size = f"{row['longest_mm']} mm" if row["longest_mm"] is not None else "not known"
    return place, row["kind"] or "not known", size, row["scores"], row["cord"], row["done"]


def _discipline(part: dict) -> str:
    facts = "".join(f"<dt>{_h(f['what'])}</dt><dd>{_h(f['value'])}</dd>" for f in part["facts"])
    more = f'<p class="soft">And {part["more_asks"]} more: seedsoil assess.</p>' if part["more_asks"] else ""
    asks = f"<h3>The rules ask</h3>{_listed(part['asks'])}{more}" if part["asks"] else ""
    missing = f'<p class="missing"><b>Not in the chart:</b> {_h(", ".join(part["missing"]))}.</p>' if part["missing"] else ""
    return f'<section class="who" id="{part["id"]}"><h2>{_h(part["name"])}</h2><dl>{facts}</dl>{asks}{missing}</section>'


def meeting_text(document: dict) -> str:
    """The same in plain text."""
    lines = [f"{document['title']}: {wording.person_words(document)}. Chart of {clean(document['as_of'])}.", "", "URGENT"]
    rows = document["urgent"]
    lines += [f"  ! {clean(r['action'])}, {wording.within_words(r['within_hours'])} ({clean(r['because'])})" for r in rows]
    lines += [] if rows else [wording.NOTHING_URGENT]
    lines += ["", "BONE", *(f"  - {', '.join(filter(None, map(clean, _bone_cells(row))))}" for row in document["bones"])]
    for part in document["disciplines"]:
        lines += ["", part["name"].upper(), *(f"  {clean(f['what'])}: {clean(f['value'])}" for f in part["facts"])]
        lines += [f"  - {clean(ask)}" for ask in part["asks"]]
        lines += [f"  Not in the chart: {', '.join(part['missing'])}."] if part["missing"] else []
    return _wrapped([*lines, "", wording.notice_words(document)])


# ---------------------------------------------------------------------------------------------- trials


def match_text(document: dict) -> str:
    """Every trial with its verdict, and the reason for each rule that is not met or not known."""
    lines = [f"{wording.person_words(document)}. Chart of {clean(document['as_of'])}."]
    if document["past"]:
        lines.append("These are published trials, closed long ago: a fit says that their results speak of people like this one.")
    for verdict, title in _CALLED.items():
        rows = [row for row in document["trials"] if row["verdict"] == verdict]
        lines += ["", f"{title} ({len(rows)})"]
        for row in rows:
            lines.append(f"  {clean(row['id'])}: {clean(row['title'])}")
            told = [r for r in row["rules"] if r["verdict"] != "met"] or row["rules"]
            lines += [f"    - {r['verdict']}: {clean(r['rule'])} ({clean(r['why'])})" for r in told]
    return _wrapped([*lines, "", wording.notice_words(document)])
