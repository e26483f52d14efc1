"""One person's chart from a file, whichever way it is written: a FHIR bundle in JSON, or a patient in TOML."""

from __future__ import annotations

from pathlib import Path

from seedsoil.care.patient import Patient
from seedsoil.doors.fhir import load_json, read_bundle
from seedsoil.errors import InputError
from seedsoil.study.files import read_patient_file


def read_patient(path: str | Path, strict: bool = False) -> Patient:
    """The person in a file: FHIR R4 where it holds JSON, `seedsoil.patient/1` where it holds TOML.

    `strict` refuses what a FHIR record would have set aside; a hand-written file is always read strictly.
    """
    path = Path(path)
    try:
        start = path.read_bytes()[:512].lstrip(b"\xef\xbb\xbf \t\r\n")
    except OSError as trouble:
        raise InputError("chart", str(path), "a file that can be read", trouble.strerror or "check the path") from None
    if start[:1] in (b"{", b"[") and path.suffix.lower() != ".toml":
        document = load_json(path)
        if not isinstance(document, dict):
            raise InputError("chart", str(path), "a FHIR R4 Bundle", "export the whole patient as one bundle")
        return read_bundle(document, strict=strict)
    if path.suffix.lower() == ".json":
        load_json(path)  # says where the JSON breaks
        raise InputError("chart", str(path), "a FHIR R4 Bundle", "export the whole patient as one bundle")
    return read_patient_file(path)
