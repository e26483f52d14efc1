"""Records by the thousand: do they all read back, do they pass their profiles, how fast are they written and read?

    python benchmarks/records.py [PEOPLE]
"""

from __future__ import annotations

import json
import sys
import time

import numpy as np
import orjson

from seedsoil.care.chart import Chart
from seedsoil.doors.fhir import read_bundle
from seedsoil.doors.fhir.folder import records
from seedsoil.doors.fhir.profiles import check_bundle
from seedsoil.doors.fhir.writing import bundle, resources
from seedsoil.study.cohort import TOGETHER, lived

OBSERVATIONS = 10_000
CHECKED_OF = 10  # every tenth person is held against the profiles


def round_trip(people: int) -> None:
    """Write, read, compare: every chart, and the profiles of every tenth."""
    same = checked = broken = written = 0
    writing = 0.0
    for begin in range(0, people, TOGETHER):
        cohort = lived(np.arange(begin, min(begin + TOGETHER, people)), seed=11, years=2.0)
        for i, record in enumerate(records(cohort)):
            start = time.process_time()
            lines = [orjson.dumps(resource) for resource in resources(record)]
            writing += time.process_time() - start
            written += len(lines)
            whole = json.loads(orjson.dumps(bundle(record, list(resources(record)))))
            one, other = Chart.of(record.patient).arrays(), Chart.of(read_bundle(whole, strict=True, even_dead=True)).arrays()
            same += all(np.array_equal(one[name], other[name], equal_nan=one[name].dtype.kind == "f") for name in one)
            if i % CHECKED_OF == 0:
                checked += len(whole["entry"]) + 1
                broken += len(check_bundle(whole))
    print(f"{people:,} people: {same:,} charts equal after writing and reading; {written:,} resources")
    print(f"{checked:,} resources held against their profiles: {broken:,} broken rules")
    print(f"writing: {written / writing:,.0f} resources a second of one core")


def large_chart() -> None:
    """A chart with ten thousand observations."""
    record = next(iter(records(lived(np.arange(1), seed=11, years=1.0))))
    entries = list(resources(record))
    results = [r for r in entries if r["resourceType"] == "Observation" and "valueQuantity" in r]
    day = np.datetime64(record.patient.as_of)
    for i in range(OBSERVATIONS - len(results)):
        copy = dict(results[i % len(results)])
        copy |= {"id": f"more-{i}", "effectiveDateTime": str(day - i % 3000)}
        entries.append(copy)
    content = orjson.dumps(bundle(record, entries))
    start = time.process_time()
    patient = read_bundle(json.loads(content))
    print(f"{len(content) / 1e6:.1f} MB, {OBSERVATIONS:,} observations read in {time.process_time() - start:.2f} s "
          f"({len(patient.findings):,} findings)")  # fmt: skip


if __name__ == "__main__":
    large_chart()
    round_trip(int(sys.argv[1]) if len(sys.argv) > 1 else 1000)
