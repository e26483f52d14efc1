"""A series from a DICOMweb server (WADO-RS): ``http://host/dicom-web/studies/…/series/…``. Nothing is sent but the request."""

from __future__ import annotations

import re
import urllib.error
import urllib.request

from seedsoil.errors import InputError
from seedsoil.scan import dicom

ACCEPT = 'multipart/related; type="application/dicom"; transfer-syntax=*'
SECONDS = 120


def is_address(place: str) -> bool:
    return place.startswith(("http://", "https://"))


def series(address: str) -> list:
    """Every DICOM object of a series."""
    if not re.search(r"/studies/[^/]+/series/[^/]+/?$", address):
        raise InputError("address", address, "…/studies/UID/series/UID", "give one series of a DICOMweb server")
    request = urllib.request.Request(address, headers={"Accept": ACCEPT})
    try:
        with urllib.request.urlopen(request, timeout=SECONDS) as answer:
            kind, body = answer.headers.get("Content-Type", ""), answer.read()
    except urllib.error.HTTPError as trouble:
        raise InputError("address", address, "a series the server gives out", f"it answered {trouble.code}") from None
    except (urllib.error.URLError, OSError) as trouble:
        raise InputError("address", address, "a server that answers", str(getattr(trouble, "reason", trouble))) from None
    return dicom.from_bytes(parts(body, kind, address))


def parts(body: bytes, kind: str, address: str) -> list[bytes]:
    """The parts of a multipart answer."""
    found = re.search(r'boundary="?([^";,]+)"?', kind)
    if not kind.startswith("multipart/related") or not found:
        raise InputError("address", address, "a multipart answer of DICOM objects", f"the server sent {kind or 'no type'}")
    mark = b"--" + found[1].encode("latin-1")
    out = []
    for piece in body.split(mark)[1:]:
        _, gap, rest = piece.partition(b"\r\n\r\n")
        if piece.startswith(b"--") or not gap:
            continue
        out.append(rest.removesuffix(b"\r\n"))
    if not out:
        raise InputError("address", address, "a series with pictures", "the server sent an empty answer")
    return out
