"""FHIR R4 records: a stranger's read, a virtual person's written, both checked."""

from seedsoil.doors.fhir.bundle import read_bundle
from seedsoil.doors.fhir.gate import load_json

__all__ = ["load_json", "read_bundle"]
