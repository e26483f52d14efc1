"""Virtual people as files: NDJSON by type of resource, a bundle a person, and the hidden truth beside them.

    DIR/ndjson/Observation.ndjson …   bulk layout, one resource a line
    DIR/bundles/<id>.json             one collection bundle a person
    DIR/truth/lesions.parquet …       what is true: see `study.hidden_truth`
    DIR/export.json                   what was asked for, and what was written
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import BinaryIO

from seedsoil import __version__
from seedsoil.care.patient import Patient
from seedsoil.doors.fhir.writing import Record, bundle, resources
from seedsoil.errors import InputError
from seedsoil.study import hidden_truth
from seedsoil.study.cohort import Cohort

SHARED = ("Organization", "Practitioner")  # the clinic is the same for all; NDJSON holds it once
SAMPLED = 20  # people whose records are written to memory to tell how large all will be


def encoder():
    """The function that turns a resource into bytes. Raises InputError where orjson is not installed."""
    try:
        import orjson
    except ImportError:
        raise InputError("export", "orjson", "an installed package", "pip install 'seedsoil[fhir]'") from None
    return orjson.dumps


def records(cohort: Cohort, stories: bool = True) -> Iterator[Record]:
    """The people of a cohort, as they are written."""
    from seedsoil.study.chronicle import told

    for person in cohort.people:
        yield Record(person.patient, person.sizes, person.died_day, told(person) if stories else (), person.visits)


def estimate(cohort: Cohort, people: int) -> tuple[int, int]:
    """Resources and bytes (NDJSON and bundles) that `people` of a cohort's kind will take, from its first few."""
    dumps, count, size = encoder(), 0, 0
    sample = [record for record, _ in zip(records(cohort), range(SAMPLED), strict=False)]
    for record in sample:
        entries = list(resources(record))
        count += len(entries)
        size += sum(len(dumps(r)) + 1 for r in entries) + len(dumps(bundle(record, entries)))
    share = people / max(len(sample), 1)
    return round(count * share), round(size * share)


class Folder:
    """A folder being filled with people, cohort after cohort."""

    def __init__(self, path: Path, about: dict) -> None:
        self.path, self.about = path, about
        self.counts: Counter[str] = Counter()
        self.bytes = 0
        self.people = self.dead = 0
        self._truth: dict[str, list] = {"lesions": [], "people": [], "events": []}
        self._files: dict[str, BinaryIO] = {}
        self._shared: set[str] = set()  # ids of the clinic's resources that are written already
        self._open = ExitStack()
        self._dumps = encoder()
        for part in ("ndjson", "bundles", "truth"):
            (path / part).mkdir(parents=True, exist_ok=True)

    def add(self, cohort: Cohort, risks: Callable[[Patient], list[dict]] | None = None) -> None:
        """Write the people of a cohort; `risks` forecasts a living one."""
        for record in records(cohort):
            entries = list(resources(record))
            if risks and record.died_day is None:
                entries += risks(record.patient)
            for resource in entries:
                if resource["resourceType"] not in SHARED or resource["id"] not in self._shared:
                    self._line(resource)
                if resource["resourceType"] in SHARED:
                    self._shared.add(resource["id"])
            whole = self._dumps(bundle(record, entries))
            (self.path / "bundles" / f"{record.name}.json").write_bytes(whole)
            self.bytes += len(whole)
            self.people += 1
            self.dead += record.died_day is not None
        for name, parts in self._truth.items():
            parts.append(cohort.truth.table(name))

    def _line(self, resource: dict) -> None:
        kind = resource["resourceType"]
        if kind not in self._files:
            self._files[kind] = self._open.enter_context((self.path / "ndjson" / f"{kind}.ndjson").open("wb"))
        line = self._dumps(resource)
        self._files[kind].write(line + b"\n")
        self.counts[kind] += 1
        self.bytes += len(line) + 1

    def close(self) -> dict:
        """Write the truth and the account of the whole; returns that account."""
        self._open.close()
        for name, parts in self._truth.items():
            hidden_truth.write_table(self.path / "truth" / f"{name}.parquet", name, parts)
        account = {
            "schema": "seedsoil.export/1", "version": __version__, **self.about, "people": self.people, "dead": self.dead,
            "resources": dict(sorted(self.counts.items())), "bytes": self.bytes,
            "notice": "Virtual people, not real ones. Research use, not for care.",
        }  # fmt: skip
        (self.path / "export.json").write_text(json.dumps(account, indent=1) + "\n", "utf-8")
        return account
