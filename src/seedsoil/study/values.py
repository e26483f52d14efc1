"""Any number of the model: value, unit, range, source, kind, and the paper behind it."""

from __future__ import annotations

import difflib
import functools
import re
import tomllib
from dataclasses import replace

from seedsoil.errors import InputError
from seedsoil.grammar.tables import Entry, data_file, read_entries


@functools.cache
def every_entry() -> dict[str, Entry]:
    """Every value entry of every table, by ``file.name``; the body's numbers by their plain name."""
    from seedsoil.world import parameters

    out = dict(parameters.entries())
    for path in sorted(data_file().rglob("*.toml")):
        file = path.relative_to(data_file()).as_posix()
        stem = file.removesuffix(".toml").replace("/", ".")
        if stem.startswith(("values.", "plans.", "trials.")):
            continue
        document = tomllib.loads(path.read_text("utf-8"))
        found = read_entries(document, file)
        for kind, rows in document.items():
            if isinstance(rows, list) and rows and isinstance(rows[0], dict):
                for i, row in enumerate(rows):
                    label = row.get("id") or row.get("target") or str(i + 1)
                    found |= {f"{kind}.{label}.{k}": e for k, e in read_entries(row, file).items()}
        out |= {f"{stem}.{name}": replace(e, name=f"{stem}.{name}") for name, e in found.items()}
    return out


def look_up(name: str | None = None) -> list[dict]:
    """The entries whose name is, or begins or ends with, `name`; all of them without one. Unknown names are refused."""
    entries = every_entry()
    if name is None:
        chosen = list(entries)
    else:
        wanted = name.strip()
        chosen = [k for k in entries if k == wanted] or [
            k for k in entries if k.startswith(f"{wanted}.") or k.endswith(f".{wanted}") or f".{wanted}." in k
        ]
        if not chosen:
            tails = {k.rsplit(".", 1)[-1] for k in entries} | set(entries)
            close = difflib.get_close_matches(wanted, sorted(tails), 3, 0.5)
            hint = f"did you mean {', '.join(close)}?" if close else "`seedsoil values` lists them all"
            raise InputError("name", name, f"one of {len(entries)} names", hint)
    return [row_of(entries[k], k) for k in chosen]


def row_of(e: Entry, name: str) -> dict:
    """One entry as a plain row."""
    spread = "" if e.between_shape == "none" else f"{e.between_shape}, {e.between_spread:g}"
    return {
        "name": name, "value": e.value, "unit": e.unit, "low": e.low, "high": e.high, "between": spread,
        "source": e.source, "where": e.where, "kind": e.kind, "note": e.note, "file": e.file, "description": e.meaning,
    }  # fmt: skip


@functools.cache
def bibliography() -> dict[str, dict[str, str]]:
    """The papers, by key: the fields of each entry of sources.bib."""
    text = data_file("sources.bib").read_text("utf-8")
    out = {}
    for kind, key, body in re.findall(r"@(\w+)\{([^,\s]+),(.*?)\n\}", text, flags=re.S):
        fields = dict(re.findall(r"(\w+)\s*=\s*\{(.*?)\}\s*(?:,|$)", body, flags=re.S | re.M))
        out[key] = {"type": kind} | {
            k.lower(): re.sub(r"\s+", " ", v.replace("{", "").replace("}", "")).strip() for k, v in fields.items()
        }
    return out


def cite(key: str) -> dict:
    """One paper as a line of text and, where it has one, a link."""
    paper = bibliography().get(key, {})
    if not paper:
        return {"key": key, "text": key, "url": None}
    where = paper.get("journal") or paper.get("booktitle") or paper.get("publisher") or paper.get("howpublished") or ""
    text = ". ".join(
        x.rstrip(".") for x in (_authors(paper.get("author", "")), paper.get("title", ""), where, paper.get("year", "")) if x
    )
    url = paper.get("url") or (f"https://doi.org/{paper['doi']}" if "doi" in paper else None)
    if url is None and "pmid" in paper:
        url = f"https://pubmed.ncbi.nlm.nih.gov/{paper['pmid']}/"
    return {"key": key, "text": text, "url": url}


def _authors(names: str) -> str:
    """The first author, and who else: one, or others."""
    people = [name.strip() for name in names.split(" and ")]
    return names if len(people) < 3 else f"{people[0]} and others"
