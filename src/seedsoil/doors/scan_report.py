"""The answer about a bone as a page: one HTML file that needs nothing else, pictures included."""

from __future__ import annotations

from html import escape
from pathlib import Path
from typing import Any

from seedsoil.doors import scan_pictures as pictures
from seedsoil.doors import scan_wording as words
from seedsoil.doors.report import paragraph, section, table, write_whole
from seedsoil.doors.whole_page import whole_page
from seedsoil.study.values import cite

PAPERS = (
    "kopperdahl2002", "crawford2003", "keller1994", "schileo2014", "keyak1998", "eggermont2019", "snyder2006", "keaveny2008",
)  # fmt: skip


def write_report(document: dict, model: Any, folder: Path) -> Path:
    """Write ``report.html`` into a folder and say where it is."""
    return write_whole(folder / "report.html", page(document, model))


def page(document: dict, model: Any) -> str:
    """The whole page as text."""
    parts = (first(document), seen(model), lesion(document), fall(document), trust(document))
    body = "\n".join(part for part in parts if part)
    title = f"How strong is {words.bone_words(document)}?"
    inside = f"""<p class="notice" role="note">{escape(document["notice"])}</p>
<div class="page">
<header><h1>{escape(title)}</h1></header>
<main>
{body}
</main>
</div>"""
    return whole_page(title, "report_style.css", inside, pictures=True)


def first(document: dict) -> str:
    """The answer, and the loads of daily life against it."""
    worst = max((row["load_over_strength"]["value"] for row in document["loads"]), default=0.0)
    kind = "alarm" if worst > 1.2 else ("care" if worst >= 0.8 else "calm")
    warned = "".join(paragraph(w.capitalize() + ".", "small") for w in document["warnings"])
    return section(
        "answer",
        "What it bears",
        f'<div class="box {kind}"><p class="do">{escape(words.headline(document))}</p>{warned}</div>',
        loads(document),
        paragraph(document["notes"][0], "small soft"),
    )


def loads(part: dict) -> str:
    heads = ("Activity", "Load", "Load over strength", "That is")
    return table("Loads of daily life against the strength, with its 90 % range.", heads, words.load_rows(part))


def seen(model: Any) -> str:
    """The pictures."""
    sick = model.share is not None
    outlines = "Bone blue, caps of cement yellow" + (", lesion orange." if sick else ".")
    through = "The lesion shows through the surface." if sick else "Its surface."
    drawn = (
        framed(pictures.slices(model), "The scan, turned to the bone", outlines),
        framed(pictures.strain(model), "Where strain is highest", "The brighter, the nearer to failure; one scale for all."),
        framed(pictures.surface(model), "The bone", through),
    )
    return section("pictures", "Pictures", *drawn)


def framed(data: str, title: str, said: str) -> str:
    """A picture with its title, which is also what is heard in its place."""
    words_ = f"{escape(title)}<span>{escape(said)}</span>"
    return f'<figure><figcaption>{words_}</figcaption><img alt="{escape(title)}. {escape(said)}" src="{data}"></figure>'


def lesion(document: dict) -> str:
    """The lesion, the slice it weakens most, and what treatment would change."""
    if not document["lesion"]:
        return ""
    lost = document["sections"]["more_than_35_percent_lost"]
    rule = "No rigidity has lost more than a third in any slice."
    if lost:
        rule = "More than a third of one rigidity is gone in one slice: high risk by the rule of section rigidity."
    return section(
        "lesion",
        "The lesion",
        table("Measured in the scan.", ("What", "Found"), words.lesion_rows(document)),
        "<h3>The slice that loses most</h3>",
        table("Rigidity with the lesion, of that without.", ("Against", "Left"), words.section_rows(document)),
        paragraph(rule),
        "<h3>If it were treated</h3>",
        table("Stiffness after treatment, of that without lesion.", ("Treatment", "Stiffness"), words.treatment_rows(document)),
        paragraph("Stiffness is not strength: a rod or cement moves where the bone fails.", "small soft"),
    )


def fall(document: dict) -> str:
    """A femur also falls."""
    part = document.get("fall")
    if not part:
        return ""
    less = f" With the lesion it bears {words.share_range(part['ratio'])} of that." if part["ratio"] else ""
    said = paragraph(f"Bears about {words.load_range(part['strength_n'])}.{less}")
    return section("fall", "Falling on the side", said, loads(part))


def trust(document: dict) -> str:
    """How it was reckoned, and the papers behind it."""
    said = "".join(paragraph(line) for line in words.method_words(document))
    listed = "".join(f"<li>{escape(cite(key)['text'])}</li>" for key in PAPERS)
    made = f"Version {document['version']}, value tables {document['tables']}, format {document['schema']}."
    papers = f'<h3>Papers</h3><ol class="papers">{listed}</ol>'
    return section("trust", "How far to trust it", said, papers, paragraph(made, "small soft"))
