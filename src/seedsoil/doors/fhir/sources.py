"""Where a chart can come from besides one file: a folder of NDJSON, or a FHIR server on this machine."""

from __future__ import annotations

import json
import re
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

from seedsoil.doors.fhir import gate
from seedsoil.errors import InputError

HERE = ("127.0.0.1", "localhost", "::1")
ASKED = (
    "Condition", "Observation", "DiagnosticReport", "Procedure", "MedicationRequest", "MedicationAdministration",
    "MedicationStatement", "BodyStructure",
)  # fmt: skip
A_PAGE = 500
MOST_PAGES = 400
SECONDS = 20
SHOWN = 5  # ids named where a person must be chosen


def is_address(chart: str) -> bool:
    """Whether a chart is named by the address of a server."""
    return chart.startswith(("http://", "https://"))


def from_folder(folder: Path, person: str | None = None) -> dict:
    """One person's resources from a folder of NDJSON files (bulk layout), as a collection bundle."""
    files = sorted({*folder.glob("*.ndjson"), *folder.glob("ndjson/*.ndjson")})
    if not files:
        raise InputError("chart", str(folder), "a folder with .ndjson files", "name one bundle (.json) of the folder instead")
    patients = [r for path in files if path.name.startswith("Patient") for r in _lines(path)]
    chosen = _choose([str(p.get("id", "")) for p in patients], person, str(folder))
    mention = f"Patient/{chosen}"
    entries = []
    for path in files:
        for resource in _lines(path, chosen):
            if (resource.get("resourceType") == "Patient" and resource.get("id") == chosen) or _about(resource) == mention:
                entries.append({"resource": resource})
    return {"resourceType": "Bundle", "type": "collection", "entry": entries}


def _lines(path: Path, mention: str = "") -> list[dict]:
    """The resources of a file, one a line; only lines that mention somebody are read."""
    out = []
    with path.open("rb") as lines:
        for number, line in enumerate(lines, 1):
            if not line.strip() or mention.encode() not in line:
                continue
            resource = gate.parse(line, f"{path}, line {number}")
            if isinstance(resource, dict):
                out.append(resource)
    return out


def _about(resource: dict) -> str:
    for field in ("subject", "patient"):
        value = resource.get(field)
        if isinstance(value, dict) and isinstance(value.get("reference"), str):
            kind, _, name = value["reference"].rpartition("/")
            return f"{kind.rpartition('/')[2]}/{name}"
    return ""


def _choose(ids: list[str], person: str | None, where: str) -> str:
    if person is not None:
        if person not in ids:
            raise InputError("--patient", person, f"the id of a Patient in {where}", "check the id")
        return person
    if len(ids) != 1:
        some = ", ".join(ids[:SHOWN]) + (" …" if len(ids) > SHOWN else "")
        raise InputError("--patient", None, f"one of the {len(ids)} patients in {where}: {some}", "name one with --patient")
    return ids[0]


# ---- a server -------------------------------------------------------------------------------------------------------


def from_server(address: str, person: str | None = None) -> dict:
    """One person's resources from a FHIR server on this machine, found by search, as a collection bundle.

    address: the base of the server, with `person`; or the address of the Patient itself.
    """
    _refuse_elsewhere(address)
    match = re.fullmatch(r"(.*)/Patient/([^/?#]+)/?", address)
    root, chosen = (match[1], person or match[2]) if match else (address.rstrip("/"), person)
    if chosen is None:
        raise InputError("--patient", None, "the id of a Patient on the server", "name one with --patient, or give .../Patient/ID")
    gate.refuse_odd_name(chosen, "--patient")
    entries = [{"resource": _get(f"{root}/Patient/{chosen}")}]
    for kind in ASKED:
        found = _search(f"{root}/{kind}?patient={urllib.parse.quote(chosen)}&_count={A_PAGE}", root)
        entries += [{"resource": r} for r in sorted(found, key=_natural) if r.get("resourceType") == kind]
    return {"resourceType": "Bundle", "type": "collection", "entry": entries}


def _natural(resource: dict) -> tuple:
    """Ids in the order in which they were numbered; a server returns its finds in an order of its own."""
    parts = re.split(r"(\d+)", str(resource.get("id", "")))
    return tuple((int(part), "") if part.isdecimal() else (-1, part) for part in parts)


def _search(address: str, root: str) -> list[dict]:
    """All pages of a search; a type that the server does not know has nothing."""
    out: list[dict] = []
    for _ in range(MOST_PAGES):
        try:
            page = _get(address)
        except _NotThere:
            return out
        out += [e["resource"] for e in page.get("entry", []) if isinstance(e, dict) and isinstance(e.get("resource"), dict)]
        links = [link for link in page.get("link", []) if isinstance(link, dict)]
        following = next((link.get("url") for link in links if link.get("relation") == "next"), None)
        if not isinstance(following, str):
            return out
        address = urllib.parse.urljoin(f"{root}/", following)
    raise InputError("server", address, f"at most {MOST_PAGES} pages of one search", "ask for one patient of a smaller chart")


class _NotThere(InputError):
    """The server has no such thing."""


class _NoDetours(urllib.request.HTTPRedirectHandler):
    """A redirect could lead off this machine."""

    def redirect_request(self, *_: object) -> None:
        return None


def _refuse_elsewhere(address: str) -> None:
    try:
        parts = urllib.parse.urlsplit(address)
        host, _ = parts.hostname, parts.port
    except ValueError:
        host = None
    if host not in HERE or parts.username or parts.scheme != "http":
        raise InputError(
            "server", address[:80], "http://127.0.0.1:PORT/... or http://localhost:PORT/...",
            "charts are read from a server on this machine only; copy the data here first",
        )  # fmt: skip


def _get(address: str) -> dict:
    _refuse_elsewhere(address)
    request = urllib.request.Request(address, headers={"Accept": "application/fhir+json"})
    opener = urllib.request.build_opener(_NoDetours, urllib.request.ProxyHandler({}))
    try:
        with opener.open(request, timeout=SECONDS) as answer:
            content = answer.read(gate.MOST_BYTES + 1)
    except urllib.error.HTTPError as trouble:
        kind = _NotThere if trouble.code in (400, 404, 405, 410, 501) else InputError
        raise kind("server", address[:120], "an answer", f"it says {trouble.code} {trouble.reason}") from None
    except (OSError, ValueError) as trouble:
        why = getattr(trouble, "reason", None) or trouble
        raise InputError("server", address[:120], "a FHIR server that answers", f"{str(why)[:120] or 'no answer'}") from None
    document = gate.parse(content, address[:120], "server")
    if not isinstance(document, dict):
        raise InputError("server", address[:120], "a FHIR resource", f"it answers with {json.dumps(document)[:40]}")
    return document
