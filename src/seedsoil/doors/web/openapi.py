"""The interface described for programs: an OpenAPI 3.1 document made from the same table that answers."""

from __future__ import annotations

import re
from collections.abc import Iterable
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from seedsoil.doors.wording import NOTICE

if TYPE_CHECKING:
    from seedsoil.doors.web.app import Operation

TROUBLE = {
    "type": "object",
    "required": ["trouble"],
    "properties": {
        "trouble": {
            "type": "object",
            "required": ["said", "ours"],
            "properties": {
                "said": {"type": "string", "description": "one sentence for people"},
                "ours": {"type": "boolean", "description": "whether it is the server's fault"},
                "field": {"type": "string"},
                "value": {},
                "allowed": {"type": "string"},
                "fix": {"type": "string"},
            },
        }
    },
}
STATUSES = {
    400: "The input is wrong; `trouble` names the field and what is allowed.",
    404: "There is no such thing in this session.",
    409: "The job has no result.",
    413: "Too large.",
    415: "A kind of body that is not read.",
    429: "Too many jobs under way.",
}


def document(operations: Iterable[Operation]) -> dict[str, Any]:
    """The whole document."""
    schemas: dict[str, Any] = {"Trouble": TROUBLE}
    paths: dict[str, dict] = {}
    for operation in operations:
        paths.setdefault(operation.path, {})[operation.method.lower()] = _described(operation, schemas)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "seedsoil",
            "version": version("seedsoil"),
            "summary": NOTICE + ". Not a medical device.",
            "description": (
                "A session is a cookie that the first POST gives. Long work is a job: ask for it, listen to its events, fetch its "
                "result. What belongs to one session is not there for another."
            ),
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "paths": paths,
        "components": {"schemas": schemas},
    }


def _described(operation: Operation, schemas: dict[str, Any]) -> dict[str, Any]:
    said = " ".join((operation.handler.__doc__ or "").split())
    out: dict[str, Any] = {
        "operationId": operation.handler.__name__,
        "summary": said.split(". ")[0].rstrip("."),
        "description": said,
        "responses": {str(operation.status): _answer(operation)},
    }
    names = re.findall(r"{(\w+)}", operation.path)
    if names:
        out["parameters"] = [{"name": name, "in": "path", "required": True, "schema": {"type": "string"}} for name in names]
    if operation.body is not None:
        schema = operation.body.model_json_schema(ref_template="#/components/schemas/{model}")
        schemas |= schema.pop("$defs", {})
        schemas[operation.body.__name__] = schema
        content = {"application/json": {"schema": {"$ref": f"#/components/schemas/{operation.body.__name__}"}}}
        out["requestBody"] = {"required": True, "content": content}
    if operation.upload:
        out["requestBody"] = {"required": True, "content": {kind: {} for kind in operation.upload}}
    wrong = [404] if names else []
    wrong += [400, 413, 415] if "requestBody" in out else []
    wrong += [429] if operation.status == 202 else []
    wrong += [409] if operation.path.endswith("/result") else []
    for status in sorted(wrong):
        content = {"application/json": {"schema": {"$ref": "#/components/schemas/Trouble"}}}
        out["responses"][str(status)] = {"description": STATUSES[status], "content": content}
    return out


def _answer(operation: Operation) -> dict[str, Any]:
    if operation.status == 204:
        return {"description": "Done."}
    return {"description": "The answer.", "content": {operation.kind: {"schema": {"type": "object"}}}}
