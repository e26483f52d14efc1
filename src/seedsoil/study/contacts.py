"""Whom a person may call: the clinic's own numbers from a file (schema `seedsoil.contacts/1`). Nothing is invented: what the file
does not give is asked of the team."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from seedsoil.errors import InputError
from seedsoil.study.fields import load

SCHEMA = "seedsoil.contacts/1"
_NUMBER = re.compile(r"\+?[\d\s().\-/]{3,30}(?:\s*(?:ext|x)\.?\s*\d{1,6})?")


@dataclass(frozen=True)
class Contacts:
    """Telephone numbers as the clinic wrote them; None where it gave none."""

    day: str | None = None
    night: str | None = None
    cord_coordinator: str | None = None
    emergency: str | None = None
    team: str | None = None  # the name of the team

    @property
    def numbers(self) -> dict[str, str]:
        """What there is, with what it is for."""
        said = {"by day": self.day, "by night and at weekends": self.night, "the spine emergency line": self.cord_coordinator,
                "the ambulance": self.emergency}  # fmt: skip
        return {name: number for name, number in said.items() if number}


def read_contacts(path: str | Path) -> Contacts:
    """The clinic's numbers. Raises InputError for what is no telephone number, and for a field nobody knows."""
    table = load(path, SCHEMA)
    numbers = {}
    for name in ("day", "night", "cord_coordinator", "emergency"):
        value = table.text(name)
        if value is not None and not _NUMBER.fullmatch(value):
            raise InputError(name, value, "a telephone number in quotes", "digits, blanks and + ( ) - . / only, and ext. 123")
        numbers[name] = value
    team = table.text("team")
    table.done()
    return Contacts(**numbers, team=team)
