"""Reading a stranger's FHIR R4 record."""

from seedsoil.doors.fhir.bundle import load_json, read_bundle

__all__ = ["load_json", "read_bundle"]
