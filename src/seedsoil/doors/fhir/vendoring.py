"""The profiles the checker knows, cut down from the published packages into data/fhir.

    python -m seedsoil.doors.fhir.vendoring MCODE.tgz US_CORE.tgz R4_FOLDER

MCODE.tgz: npm hl7.fhir.us.mcode 4.0.0; US_CORE.tgz: US Core 6.1.0; R4_FOLDER: the FHIR R4 definitions as profiles-types.json,
profiles-resources.json, valuesets.json and v3-codesystems.json. Of every element only what the checker reads is kept.
"""

from __future__ import annotations

import json
import sys
import tarfile
from pathlib import Path

from seedsoil.grammar.tables import data_file

MCODE = "http://hl7.org/fhir/us/mcode/StructureDefinition/mcode-"
US_CORE = "http://hl7.org/fhir/us/core/StructureDefinition/us-core-"
BASE = "http://hl7.org/fhir/StructureDefinition/"
WANTED = (
    *(MCODE + name for name in (
        "patient-bundle", "cancer-patient", "primary-cancer-condition", "secondary-cancer-condition", "tumor", "tumor-size",
        "tumor-marker-test", "ecog-performance-status", "karnofsky-performance-status",
        "cancer-related-medication-administration", "cancer-related-medication-request", "radiotherapy-course-summary",
        "radiotherapy-volume", "cancer-related-surgical-procedure",
    )),
    *(US_CORE + name for name in (
        "patient", "observation-lab", "body-weight", "body-height", "observation-screening-assessment",
        "condition-problems-health-concerns", "diagnosticreport-note", "procedure", "medicationrequest", "encounter",
        "practitioner", "organization",
    )),
    *(BASE + name for name in ("MedicationAdministration", "RiskAssessment", "Bundle")),
)  # fmt: skip


def packed(path: Path) -> list[dict]:
    """Every StructureDefinition, ValueSet and CodeSystem of a package."""
    out = []
    with tarfile.open(path) as package:
        for member in package:
            folder, _, name = member.name.rpartition("/")
            if folder == "package" and name.startswith(("StructureDefinition-", "ValueSet-", "CodeSystem-")):
                out.append(json.load(package.extractfile(member)))
    return out


def definitions(folder: Path) -> list[dict]:
    """The same of FHIR itself."""
    out = []
    for name in ("profiles-types", "profiles-resources", "valuesets", "v3-codesystems"):
        out += [entry["resource"] for entry in json.loads((folder / f"{name}.json").read_text("utf-8"))["entry"]]
    return out


def element(raw: dict) -> dict:
    """What the checker reads of one element."""
    out: dict = {"id": raw["id"], "min": raw.get("min", 0), "max": raw.get("max", "*")}
    if raw.get("base", {}).get("max", "1") != "1":
        out["many"] = True
    types = {}
    for kind in raw.get("type", []):
        code = kind["code"].rpartition("/")[2]
        types[code] = {k: v for k, v in (("profile", kind.get("profile")), ("target", kind.get("targetProfile"))) if v}
    if types:
        out["types"] = types
    for key, value in raw.items():
        if key.startswith(("fixed", "pattern")):
            out["fixed" if key.startswith("fixed") else "pattern"] = value
    if raw.get("binding", {}).get("strength") == "required" and raw["binding"].get("valueSet"):
        out["binding"] = raw["binding"]["valueSet"].partition("|")[0]
    if "slicing" in raw:
        slicing = raw["slicing"]
        out["slicing"] = {"rules": slicing.get("rules", "open")} | {
            "by": [[d["type"], d["path"]] for d in slicing.get("discriminator", [])]
        }
    if "contentReference" in raw:
        out["content"] = raw["contentReference"].rpartition("#")[2]
    return out


def profile(raw: dict) -> dict:
    """One StructureDefinition, cut down."""
    return {
        "url": raw["url"], "type": raw["type"].rpartition("/")[2], "base": raw.get("baseDefinition", ""),
        "elements": [element(e) for e in raw["snapshot"]["element"]],
    }  # fmt: skip


def needed(wanted: tuple[str, ...], known: dict[str, dict]) -> dict[str, dict]:
    """The wanted profiles, the data types and extensions they are made of, and their ancestors."""
    out: dict[str, dict] = {}
    todo = list(wanted)
    while todo:
        url = todo.pop()
        raw = known.get(url)
        if raw is None or url in out or raw["kind"] == "primitive-type":
            continue
        out[url] = cut = profile(raw)
        for one in cut["elements"]:
            for code, more in one.get("types", {}).items():
                if raw["kind"] != "resource" or code[0].isupper():
                    todo += [] if code in ("Resource", "Reference") and more.get("target") else [BASE + code]
                todo += more.get("profile", [])
    return out


def lineage(urls: list[str], known: dict[str, dict]) -> dict[str, list[str]]:
    """Every profile that a reference may name, with its type and ancestors: [type, parent, grandparent …]."""
    out = {}
    for url in urls:
        if url in known:
            line, above = [known[url]["type"]], known[url].get("baseDefinition", "")
            while above in known and known[above]["kind"] == "resource" and above != BASE + "DomainResource":
                line.append(above)
                above = known[above].get("baseDefinition", "")
            out[url] = line
    return out


def codes(url: str, sets: dict[str, dict], systems: dict[str, dict]) -> dict[str, list[str]] | None:
    """The codes of a value set by system, None where they cannot be listed."""
    raw = sets.get(url)
    if raw is None or "compose" not in raw:
        return None
    out: dict[str, list[str]] = {}
    for part in raw["compose"]["include"]:
        if "filter" in part:
            return None
        for other in part.get("valueSet", []):
            inner = codes(other.partition("|")[0], sets, systems)
            if inner is None:
                return None
            for system, listed in inner.items():
                out.setdefault(system, []).extend(listed)
        if "system" in part:
            listed = [c["code"] for c in part["concept"]] if "concept" in part else _all(systems.get(part["system"]))
            if not listed:
                return None
            out.setdefault(part["system"], []).extend(listed)
    for part in raw["compose"].get("exclude", []):
        for concept in part.get("concept", []):
            out[part["system"]] = [c for c in out.get(part["system"], []) if c != concept["code"]]
    return {system: sorted(set(listed)) for system, listed in sorted(out.items())}


def _all(system: dict | None) -> list[str]:
    if system is None or system.get("content") != "complete":
        return []
    found, todo = [], list(system.get("concept", []))
    while todo:
        concept = todo.pop()
        found.append(concept["code"])
        todo += concept.get("concept", [])
    return found


def main(mcode: str, us_core: str, r4: str) -> None:
    everything = [*definitions(Path(r4)), *packed(Path(us_core)), *packed(Path(mcode))]
    of = lambda kind: {r["url"]: r for r in everything if r["resourceType"] == kind and "url" in r}
    known = of("StructureDefinition")
    profiles = needed(WANTED, known)
    targets = sorted({
        url for cut in profiles.values() for e in cut["elements"] for more in e.get("types", {}).values()
        for url in more.get("target", [])
    } | {url for url, raw in known.items() if raw["kind"] == "resource" and url.startswith((MCODE, US_CORE))})  # fmt: skip
    bound = sorted({e["binding"] for cut in profiles.values() for e in cut["elements"] if "binding" in e})
    sets = {url: codes(url, of("ValueSet"), of("CodeSystem")) for url in bound}
    folder = data_file("fhir")
    _lines(folder / "profiles.json", [profiles[url] for url in sorted(profiles)])
    (folder / "valuesets.json").write_text(json.dumps(sets, indent=0, sort_keys=True) + "\n", "utf-8")
    (folder / "lineage.json").write_text(json.dumps(lineage(targets, known), indent=0) + "\n", "utf-8")


def _lines(path: Path, items: list[dict]) -> None:
    lines = [json.dumps(item, separators=(",", ":")) for item in items]
    path.write_text("[\n" + ",\n".join(lines) + "\n]\n", "utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
