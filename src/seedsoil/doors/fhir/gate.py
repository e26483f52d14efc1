"""What is let in: a document of a size and shape that a chart can have. Everything else is refused with one message."""

from __future__ import annotations

import json
import re
from pathlib import Path

from seedsoil.errors import InputError

MOST_BYTES = 40_000_000  # of one document; the largest charts of real systems are about half of that
LONGEST_STRING = 5_000_000  # a scanned letter fits, a bomb does not
DEEPEST = 64  # FHIR itself needs about twenty
MOST_VALUES = 4_000_000
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9\-._:]{0,63}")


def load_json(path: Path, field: str = "chart") -> object:
    """The JSON document in a file, or a message that says why there is none."""
    try:
        size = path.stat().st_size
        if size > MOST_BYTES:
            raise _too("file", f"{size / 1e6:.0f} MB", f"at most {MOST_BYTES / 1e6:.0f} MB", field)
        content = path.read_bytes()
    except OSError as trouble:
        raise InputError(field, str(path), "a file that can be read", trouble.strerror or "check the path") from None
    return parse(content, str(path), field)


def parse(content: bytes, source: str, field: str = "chart") -> object:
    """A JSON document from bytes; `source` says where they are from."""
    if len(content) > MOST_BYTES:
        raise _too("document", f"{len(content) / 1e6:.0f} MB", f"at most {MOST_BYTES / 1e6:.0f} MB", field)
    try:
        document = json.loads(content.decode("utf-8-sig"))
    except (ValueError, RecursionError) as trouble:
        where = f"line {trouble.lineno}" if isinstance(trouble, json.JSONDecodeError) else "the file"
        raise InputError(field, source, "JSON in UTF-8", f"{where} is not valid JSON") from None
    refuse_monsters(document, field)
    return document


def refuse_monsters(document: object, field: str = "chart") -> None:
    """Refuse nesting, strings and numbers of values that no chart has."""
    seen, layer, depth = 0, [document], 0
    while layer:
        depth += 1
        seen += len(layer)
        if depth > DEEPEST:
            raise _too("nesting", f"more than {DEEPEST} levels", f"at most {DEEPEST} levels", field)
        if seen > MOST_VALUES:
            raise _too("document", f"more than {MOST_VALUES:,} values", f"at most {MOST_VALUES:,} values", field)
        deeper: list[object] = []
        for value in layer:
            if isinstance(value, dict):
                deeper.extend(value.values())
            elif isinstance(value, list):
                deeper.extend(value)
            elif isinstance(value, str) and len(value) > LONGEST_STRING:
                allowed = f"at most {LONGEST_STRING / 1e6:.0f} million"
                raise _too("text", f"{len(value) / 1e6:.0f} million characters", allowed, field)
        layer = deeper


def refuse_odd_name(name: str, field: str) -> None:
    """Refuse an id that could be taken for a path, a formula or a command where it is used as a name."""
    if name and not _ID.fullmatch(name):
        raise InputError(
            field, name[:40], "letters, digits, hyphens and full stops, at most 64, beginning with a letter or digit",
            "give the resource an id as FHIR has it",
        )  # fmt: skip


def _too(what: str, found: str, allowed: str, field: str) -> InputError:
    return InputError(f"{field}: {what}", found, allowed, "export one person at a time, without attachments")
