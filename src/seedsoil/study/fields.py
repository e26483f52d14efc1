"""A hand-written TOML file, asked field by field: what is missing, of the wrong kind or unknown is refused."""

from __future__ import annotations

import difflib
import math
import tomllib
from collections.abc import Collection
from pathlib import Path

from seedsoil.errors import InputError


class Table:
    """One table of a file, asked for its fields; what nobody asked for is refused at the end."""

    def __init__(self, values: object, path: str = "") -> None:
        if not isinstance(values, dict):
            raise InputError(path or "file", shown(values), "a table", f"write [[{path.partition('[')[0]}]] and its fields below")
        self.values, self.path, self.asked = values, path, set()

    def field(self, name: str) -> str:
        return f"{self.path}.{name}" if self.path else name

    def get(self, name: str) -> object:
        self.asked.add(name)
        return self.values.get(name)

    def done(self) -> None:
        """Refuse the first field that nobody asked for."""
        for name in self.values:
            if name not in self.asked:
                raise InputError(self.field(name), None, ", ".join(sorted(self.asked)), nearest(name, self.asked))

    def text(self, name: str, default: str | None = None, needed: bool = False) -> str | None:
        value = self.get(name)
        if value is None and not needed:
            return default
        if not isinstance(value, str) or not value.strip():
            raise InputError(self.field(name), shown(value), "a text in quotes", f'write {name} = "..."')
        return value.strip()

    def one_of(self, name: str, allowed: Collection[str], default: str | None = None, needed: bool = False) -> str | None:
        value = self.text(name, default, needed)
        if value is not None and value not in allowed:
            raise InputError(self.field(name), value, listed(allowed), nearest(value, allowed))
        return value

    def number(self, name: str, low: float, high: float, default: float | None = None, needed: bool = False) -> float | None:
        value = self.get(name)
        if value is None and not needed:
            return default
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value) or not low <= value <= high:
            raise InputError(
                self.field(name), shown(value), f"a number from {low:g} to {high:g}", "write it without quotes or unit"
            )
        return float(value)

    def whole(self, name: str, low: int, high: int) -> int | None:
        value = self.number(name, low, high)
        if value is not None and value != int(value):
            raise InputError(self.field(name), value, f"a whole number from {low} to {high}")
        return None if value is None else int(value)

    def flag(self, name: str, default: bool | None = None) -> bool | None:
        value = self.get(name)
        if value is not None and not isinstance(value, bool):
            raise InputError(self.field(name), shown(value), "true or false", "write it without quotes")
        return default if value is None else value

    def tables(self, name: str) -> list[Table]:
        value = self.get(name)
        if value is None:
            return []
        if not isinstance(value, list):
            raise InputError(self.field(name), shown(value), "a list of tables", f"write [[{name}]] with two brackets")
        return [Table(item, f"{self.field(name)}[{i}]") for i, item in enumerate(value)]

    def texts(self, name: str) -> tuple[str, ...]:
        value = self.get(name)
        if value is None:
            return ()
        if not isinstance(value, list):
            raise InputError(self.field(name), shown(value), "a list of texts", f'write {name} = ["..."]')
        for i, item in enumerate(value):
            if not isinstance(item, str) or not item.strip():
                raise InputError(f"{self.field(name)}[{i}]", shown(item), "a text in quotes")
        return tuple(item.strip() for item in value)


def shown(value: object) -> object:
    """What was written, short enough for a message; an absent value shows as missing."""
    return "nothing" if value is None else value if isinstance(value, int | float | bool) else str(value)[:60]


def listed(allowed: Collection[str]) -> str:
    names = list(allowed)
    return ", ".join(names) if len(names) <= 20 else f"one of {len(names)} names, such as {', '.join(names[:6])}"


def nearest(word: str, allowed: Collection[str]) -> str:
    near = difflib.get_close_matches(word.lower(), list(allowed), n=1, cutoff=0.6)
    folded = next((name for name in allowed if name.lower() == word.lower()), None)
    return f"did you mean {folded or near[0]!r}?" if folded or near else "use one of these names"


def load(path: str | Path, schema: str) -> Table:
    """The table of a TOML file with this schema."""
    try:
        text = Path(path).read_text(encoding="utf-8-sig")
    except OSError as trouble:
        raise InputError("file", str(path), "a file that can be read", trouble.strerror or "check the path") from None
    except ValueError as trouble:
        raise InputError("file", str(path), "TOML in UTF-8", str(trouble).splitlines()[0][:120]) from None
    return parsed(text, schema, str(path))


def parsed(text: str, schema: str, name: str | None = None) -> Table:
    """The table of a text in TOML with this schema; `name` is what the file is called in a message."""
    try:
        values = tomllib.loads(text)
    except (ValueError, RecursionError) as trouble:
        raise InputError("file", name, "TOML in UTF-8", str(trouble).splitlines()[0][:120]) from None
    table = Table(values)
    found = table.get("schema")
    if found != schema:
        raise InputError("schema", shown(found), schema, f'the first line should be schema = "{schema}"')
    return table
