"""CDS Hooks: the cards of `assess` when a chart is opened (`patient-view`). Research use, not for care.

`services` is the discovery document, `patient_view` a pure function from a request to cards. `application` is a tiny ASGI
application that a web server can mount at `/cds-services`; it keeps nothing and calls nobody back.
"""

from __future__ import annotations

import json
import uuid
from typing import Any

from seedsoil.doors.fhir import gate, read_bundle
from seedsoil.doors.fhir.sources import ASKED
from seedsoil.errors import InputError
from seedsoil.study.assess import assess

SERVICE = "seedsoil-patient-view"
LONGEST_SUMMARY = 139  # CDS Hooks: fewer than 140 characters
AT_ONCE_HOURS = 24.0
MOST_ADVICE = 6
SOURCE = {"label": "seedsoil: research use, not for care"}
CARDS = uuid.UUID("5f0a2c9e-5d0e-5b52-9b38-6c1f7c0e9d11")  # names the cards, so that the same advice has the same id
_JSON = [(b"content-type", b"application/json")]


def services() -> dict:
    """What is offered, and which resources a request should bring along."""
    searches = {kind[0].lower() + kind[1:]: f"{kind}?patient={{{{context.patientId}}}}" for kind in ASKED}
    return {
        "services": [{
            "hook": "patient-view", "id": SERVICE, "title": "Metastatic bone disease: what the rules say today",
            "description": "Urgent matters first, then advice, each with its source. Research use, not for care.",
            "prefetch": {"patient": "Patient/{{context.patientId}}", **searches},
        }]
    }  # fmt: skip


def patient_view(request: object) -> dict:
    """The cards for one opened chart, from the resources the request brings along. Raises InputError for a bad request."""
    if not isinstance(request, dict) or request.get("hook") != "patient-view":
        found = request.get("hook") if isinstance(request, dict) else None
        raise InputError("hook", str(found)[:40] if found else None, "patient-view")
    prefetch = request.get("prefetch")
    if not isinstance(prefetch, dict) or not isinstance(prefetch.get("patient"), dict):
        raise InputError("prefetch.patient", None, "a Patient resource", "send the prefetch that the service names")
    document = assess(read_bundle(_bundle(prefetch)))
    urgent = [_card(row, "critical" if _at_once(row) else "warning") for row in document["urgent"]]
    advice = [_card(row, "info") for row in document["advice"] if row["stance"] in ("do", "refer", "measure first")]
    return {"cards": urgent + advice[:MOST_ADVICE]}


def _bundle(prefetch: dict[str, Any]) -> dict:
    """All resources of a prefetch, single ones and those in search results, as one collection."""
    entries = []
    for held in prefetch.values():
        if isinstance(held, dict) and held.get("resourceType") == "Bundle":
            inner = held.get("entry")
            entries += [e for e in inner if isinstance(e, dict)] if isinstance(inner, list) else []
        elif isinstance(held, dict):
            entries.append({"resource": held})
    return {"resourceType": "Bundle", "type": "collection", "entry": entries}


def _at_once(row: dict) -> bool:
    return row["within_hours"] is not None and row["within_hours"] <= AT_ONCE_HOURS


def _card(row: dict, indicator: str) -> dict:
    summary = row["action"] if len(row["action"]) <= LONGEST_SUMMARY else row["action"][: LONGEST_SUMMARY - 1] + "…"
    within = f"Within {row['within_hours']:g} hours. " if row["within_hours"] else ""
    detail = f"{row['action']}. {within}Because: {row['because']}. Rule: {row['rule']}. Source: {row['source']}."
    name = uuid.uuid5(CARDS, f"{row['rule']}|{row['action']}|{row['because']}")
    return {"uuid": str(name), "summary": summary, "detail": detail, "indicator": indicator, "source": SOURCE}


async def application(scope: dict, receive, send) -> None:
    """ASGI: GET gives the services, POST to the service gives cards; anything else is refused in one sentence."""
    path = scope.get("path", "").removeprefix(scope.get("root_path", "")).rstrip("/").removeprefix("/cds-services")
    try:
        if scope["method"] == "GET" and path == "":
            status, answer = 200, services()
        elif scope["method"] == "POST" and path == f"/{SERVICE}":
            status, answer = 200, patient_view(gate.parse(await _body(receive), "the request", "request"))
        else:
            status, answer = 404, {"error": f"there is only {SERVICE}"}
    except InputError as wrong:
        status, answer = 400, {"error": str(wrong)}
    content = json.dumps(answer).encode()
    await send({"type": "http.response.start", "status": status, "headers": _JSON})
    await send({"type": "http.response.body", "body": content})


async def _body(receive) -> bytes:
    content, more = b"", True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise InputError("request", None, "a whole request")
        content += message.get("body", b"")
        more = message.get("more_body", False)
        if len(content) > gate.MOST_BYTES:
            raise InputError("request", f"{len(content)} bytes", f"at most {gate.MOST_BYTES} bytes")
    return content
