"""The pages that are made from the model itself: equations and values. ``python -m seedsoil.study.handbook docs``."""

from __future__ import annotations

import inspect
import sys
import textwrap
import types
from pathlib import Path

from seedsoil.biology import body, bone, cord, minerals, person, rates, spread, strength, tumour
from seedsoil.grammar.units import units_of
from seedsoil.study.values import cite, every_entry, row_of
from seedsoil.treatments import kinetics

CHAPTERS = (tumour, bone, minerals, strength, cord, spread, person, kinetics, rates)
RECORDS = (body.Quick, body.Slow, body.Growing, body.Marked, body.Traits, body.LesionTraits, body.Site, body.Effects, body.Sums)
MADE = "<!-- Made by `make docs` from the sources; do not edit. -->"


def equations_page() -> str:
    """Every record and every equation, as they are computed."""
    out = [MADE, "", "# Equations", "", textwrap.dedent("""\
        For each state the model says what is gained a day and what share of it is lost: `dx/dt = gain - loss x`. The code
        below is what runs; `p.` is a number of [the value tables](values.md), `y.` the person, `l.` the lesion, `x.` and
        `t.` their traits, `site.` the bone, `rx.` the effects of treatments, `sums.` what all lesions add up to.
        """)]  # fmt: skip
    out += ["## Records", ""]
    for record in RECORDS:
        out += [f"### {record.__name__}", "", first_line(record), "", "| field | unit | what it is |", "|---|---|---|"]
        out += [f"| `{name}` | {unit.name} | {unit.meaning} |" for name, unit in units_of(record).items()]
        out += [""]
    for module in CHAPTERS:
        out += [f"## {module.__name__.rsplit('.', 1)[-1]}", "", inspect.getdoc(module) or "", ""]
        for name, item in vars(module).items():
            if isinstance(item, types.FunctionType) and item.__module__ == module.__name__ and not name.startswith("_"):
                out += [f"### {name}", "", first_line(item), "", "```python", body_of(item), "```", ""]
    return "\n".join(out).rstrip() + "\n"


def values_page() -> str:
    """Every number, by table, with the papers."""
    entries = every_entry()
    files: dict[str, list] = {}
    for name, e in entries.items():
        files.setdefault(e.file.split(" ")[0], []).append(row_of(e, name))
    kinds = {kind: sum(e.kind == kind for e in entries.values()) for kind in ("measured", "fitted", "assumed")}
    counted = ", ".join(f"{n} {kind}" for kind, n in kinds.items())
    out = [
        MADE,
        "",
        "# Values",
        "",
        f"{len(entries)} numbers: {counted}. Low and high hold the 90 % range of the typical value.",
        "",
    ]
    for file in sorted(files):
        out += [f"## {file}", "", "| name | value | unit | low | high | between people | kind | source | note |"]
        out += ["|---|---|---|---|---|---|---|---|---|"]
        for r in files[file]:
            note = "; ".join(x for x in (r["where"], r["note"]) if x).replace("|", "/")
            out.append(
                f"| `{r['name']}` | {r['value']:.6g} | {r['unit']} | {r['low']:.6g} | {r['high']:.6g} | {r['between']} "
                f"| {r['kind']} | {r['source']} | {note} |"
            )
        out.append("")
    keys = sorted({e.source for e in entries.values()})
    out += ["## Papers", ""]
    for key in keys:
        paper = cite(key)
        out.append(f"- **{key}**: {paper['text']}" + (f" <{paper['url']}>" if paper["url"] else ""))
    return "\n".join(out).rstrip() + "\n"


def first_line(item) -> str:
    """What a record or function is."""
    return (inspect.getdoc(item) or "").split("\n\n")[0].replace("\n", " ")


def body_of(function: types.FunctionType) -> str:
    """A function without its docstring."""
    source = inspect.getsource(function).rstrip()
    doc = function.__doc__
    if doc:
        start = source.index('"""')
        end = source.index('"""', start + 3) + 3
        head = source[:start].rstrip()
        source = head + source[end:]
    return source


PAGES = {"equations.md": equations_page, "values.md": values_page}


def main(folder: str) -> None:
    """Write the pages."""
    for name, make in PAGES.items():
        Path(folder, name).write_text(make(), "utf-8")


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "docs")
