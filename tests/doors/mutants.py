"""Records broken in many ways: structure, types, units, dates, codes, words. By command, many more than the tests use:

    python -m tests.doors.mutants 20000

Each mutant ends in a Patient or in one refusal; the command tells how many, the slowest, and the memory at its peak.
"""

from __future__ import annotations

import copy
import gzip
import json
import random
import resource
import sys
import time
from pathlib import Path

from seedsoil.care.patient import Patient, describe_known
from seedsoil.doors.fhir import read_bundle
from seedsoil.errors import InputError

SYNTHEA = Path("tests/data/synthea-1.5.0-people.ndjson.gz")
A_KIND = 3  # resources of each profile that are kept of an exported person, so that a mutant is made in a moment
CHARTS = sorted(p for p in Path("examples/charts").glob("case-*.json") if not p.name.endswith(".outcome.json"))

ODD_VALUES = [
    None,
    True,
    False,
    0,
    -1,
    3.5,
    10**400,
    -(10**30),
    1e308,
    float("nan"),
    float("inf"),
    "",
    " ",
    "x" * 5000,
    "\ud800",
    "\x1b[31m",
    "Ω≈ç√",
    [],
    {},
    [[]],
    [None],
    {"a": {"b": {}}},
    [{"coding": 3}],
    {"coding": [{"code": []}]},
    "2024-13-45",
    "9999-12-31",
    "0000",
    "1066",
    "T10",
    "C1-C0",
    "no bone metastasis",
    "> 5000 ng/mL",
    "normal",
    {"value": None},
    {"reference": "Patient/somebody-else"},
    {"reference": 7},
    {"reference": "#"},
    "2024-02-30T25:61:00Z",
]
UNITS = ["mg/dL", "mmol/L", "g/L", "furlong", "", "10*3/uL", "{score}", "U/L", "µmol/L", "%", "[degF]", 7, None]
DATES = [
    "2024",
    "2023-11",
    "1850",
    "2050-01-01",
    "2024-02-30",
    "yesterday",
    "2019-01-18T10:00:00+02:00",
    20240101,
    None,
    "",
]
CODES = [
    "94222008",
    "C61",
    "C79.51",
    "C50.919",
    "17861-6",
    "89247-1",
    "71286001",
    "nonsense",
    5,
    None,
    "C",
    "",
    "399068003",
]
WORDS = [
    "denosumab refused",
    "no evidence of bone metastases",
    "family history of breast cancer",
    "metastasis in L3 and T4-T6",
    "planned zoledronic acid",
    "radiotherapy 30 Gy in 10 fractions to L2",
    "cisplatin + unobtainium",
    "multiple myeloma",
    "ribs 3-99",
    "both both left right",
    "T99",
    "docetaxel " * 300,
    "((((",
    "[",
    "\\",
    "?",
    "µ",
    "12345",
    "S1-C1",
]


def nodes(value: object, path: tuple = ()) -> list[tuple]:
    found = [path]
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, child in children:
        found += nodes(child, (*path, key))
    return found


def _parent(document: object, path: tuple) -> object:
    for key in path[:-1]:
        document = document[key]  # type: ignore[index]
    return document


def _put(document: dict, path: tuple, value: object) -> dict:
    _parent(document, path)[path[-1]] = value  # type: ignore[index]
    return document


def ends_of(paths: list[tuple]) -> dict[str, list[tuple]]:
    """Where a document has units, dates, codes, words and values."""
    return {
        "unit": [p for p in paths if p[-1] in ("unit",) or (p[-1] == "code" and p[-2] == "valueQuantity")],
        "date": [p for p in paths if "Date" in str(p[-1]) or p[-1] in ("start", "end", "timestamp", "authoredOn")],
        "code": [p for p in paths if p[-1] == "code"],
        "text": [p for p in paths if p[-1] in ("text", "display", "conclusion", "valueString")],
        "value": [p for p in paths if p[-1] == "value"],
    }


def mutant(document: dict, luck: random.Random) -> object:
    """One to three changes of structure, type, unit, date, code or words."""
    document = json.loads(json.dumps(document))  # a copy
    for _ in range(luck.choice((1, 1, 1, 2, 3))):
        paths = nodes(document)[1:]
        if not paths:
            break
        ends = ends_of(paths)
        kind = luck.choice(["odd", "odd", "drop", "double", "swap", "nest", *ends])
        path = luck.choice(ends.get(kind) or paths)
        parent = _parent(document, path)
        if kind == "drop":
            del parent[path[-1]]  # type: ignore[union-attr]
        elif kind == "double" and isinstance(parent, list):
            parent.append(copy.deepcopy(parent[path[-1]]))
        elif kind == "swap":
            other = luck.choice(paths)
            _put(document, path, copy.deepcopy(_parent(document, other)[other[-1]]))
        elif kind == "nest":
            deep: object = parent[path[-1]]  # type: ignore[index]
            for _ in range(luck.choice((1, 2, 40))):
                deep = luck.choice(([deep], {"value": deep}, {"coding": [deep]}))
            _put(document, path, deep)
        else:
            pool = {
                "unit": UNITS,
                "date": DATES,
                "code": CODES,
                "text": WORDS,
                "value": [0, -3, 1e9, 1e-9, 1e300, "7", None],
            }
            _put(document, path, luck.choice(pool.get(kind, ODD_VALUES)))
    return document


def ends_well(broken: object, strict: bool = False) -> bool:
    """Whether a mutant became a Patient; False for one clear refusal. Everything else is raised."""
    try:
        patient = read_bundle(broken, strict=strict, even_dead=True)  # type: ignore[arg-type]
    except InputError as refusal:
        assert 10 < len(str(refusal)) < 800 and "\n" not in str(refusal)
        return False
    assert isinstance(patient, Patient)
    json.dumps(describe_known(patient), allow_nan=False).encode("utf-8")
    assert all(f.day <= f.day_to <= 0 for f in patient.findings + patient.lesions + patient.given)
    return True


def published() -> list[dict]:
    """The charts of published cases."""
    return [json.loads(path.read_text("utf-8")) for path in CHARTS]


def made_by_synthea() -> list[dict]:
    """Three people with cancer, as Synthea writes them."""
    with gzip.open(SYNTHEA, "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def exported() -> list[dict]:
    """Some of our own virtual people, with a few resources of each profile."""
    from tests.doors.cohort import bundle_of, written

    return [_fewer(bundle_of(record)) for record in written()[:5]]


def _fewer(whole: dict) -> dict:
    kept: dict[str, int] = {}
    entries = []
    for entry in whole["entry"]:
        profile = entry["resource"]["meta"]["profile"][0]
        kept[profile] = kept.get(profile, 0) + 1
        if kept[profile] <= A_KIND:
            entries.append(entry)
    return whole | {"entry": entries}


SEEDS = {"published": published, "synthea": made_by_synthea, "exported": exported}


def main(many: int, folder: str | None = None) -> None:
    """Mutants of the published charts, of Synthea's people and our own; or of the bundles in a folder."""
    if folder:
        originals = [json.loads(path.read_text("utf-8")) for path in sorted(Path(folder).glob("*.json"))[:20]]
    else:
        originals = [seed for make in SEEDS.values() for seed in make()]
    luck, patients, slowest = random.Random("many mutants"), 0, 0.0
    for i in range(many):
        broken = mutant(originals[i % len(originals)], luck)
        began = time.process_time()
        patients += ends_well(broken, strict=i % 10 == 9)
        slowest = max(slowest, time.process_time() - began)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{many:,} mutants of {len(originals)} bundles: {patients:,} patients, {many - patients:,} refusals")
    print(f"slowest {slowest:.2f} s; peak {peak:.0f} MB")


if __name__ == "__main__":
    main(int(sys.argv[1]), *sys.argv[2:3])
