"""One person's chart, whichever way it is held: a FHIR bundle in JSON, a folder of NDJSON, a FHIR server on this machine, or a
patient in TOML."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from seedsoil.care.patient import Patient
from seedsoil.doors.fhir import load_json, read_bundle
from seedsoil.doors.fhir.sources import from_folder, from_server, is_address
from seedsoil.errors import InputError
from seedsoil.study.files import read_patient_file


def read_patient(path: str | Path, strict: bool = False, person: str | None = None, as_of: date | None = None) -> Patient:
    """The person in a file: FHIR R4 where it holds JSON, `seedsoil.patient/1` where it holds TOML; or in a folder of NDJSON,
    or on a server.

    `strict` refuses what a FHIR record would have set aside; a hand-written file is always read strictly. `person`: whom to
    read where there are several. `as_of`: the date of a FHIR chart, where it is not the one written in it.
    """
    if is_address(str(path)) or Path(path).is_dir():
        return read_bundle(gathered(path, person), strict=strict, as_of=as_of)
    path = Path(path)
    try:
        with path.open("rb") as file:
            start = file.read(512).lstrip(b"\xef\xbb\xbf \t\r\n")
    except OSError as trouble:
        raise InputError("chart", str(path), "a file that can be read", trouble.strerror or "check the path") from None
    if start[:1] in (b"{", b"[") and path.suffix.lower() != ".toml":
        document = load_json(path)
        if not isinstance(document, dict):
            raise InputError("chart", str(path), "a FHIR R4 Bundle", "export the whole patient as one bundle")
        return read_bundle(document, strict=strict, as_of=as_of)
    if path.suffix.lower() == ".json":
        load_json(path)  # says where the JSON breaks
        raise InputError("chart", str(path), "a FHIR R4 Bundle", "export the whole patient as one bundle")
    return read_patient_file(path)


def gathered(place: str | Path, person: str | None = None) -> dict:
    """One person's resources from a folder or a server, as a bundle."""
    return from_server(str(place), person) if is_address(str(place)) else from_folder(Path(place), person)
