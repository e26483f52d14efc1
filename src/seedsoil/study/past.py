"""One real person's record as a line of time: values measured, bones known to hold tumour, treatments and events, each on
its days. What the record leaves open stays open."""

from __future__ import annotations

from seedsoil.care.analytes import analyte
from seedsoil.care.patient import Given, KnownLesion, Patient
from seedsoil.grammar import skeleton
from seedsoil.treatments.drug import catalogue


def past(patient: Patient) -> dict:
    """Everything dated: `values`, `lesions`, `given`, `happened`, `examined`; days count back from the chart's."""
    return {
        "values": _values(patient),
        "lesions": [_lesion(x) for x in patient.lesions],
        "given": [_given(x) for x in patient.given],
        "happened": [
            {"what": x.what, "sites": sites_of(x.site, x.region), "certain": x.certain, "day": x.day, "day_to": x.day_to}
            for x in patient.happened
        ],
        "examined": [{"what": x.what, "result": x.result, "day": x.day, "day_to": x.day_to} for x in patient.examined],
        "organs": [{"organ": x.organ, "certain": x.certain, "day": x.day} for x in patient.visceral],
    }


def _values(patient: Patient) -> dict[str, dict]:
    """Measured values by analyte, oldest first; those reported in words carry the words."""
    out: dict[str, dict] = {}
    for finding in sorted(patient.findings, key=lambda f: f.day):
        row = analyte(finding.what)
        reference = row.reference and list(row.reference)
        new = {"label": row.label, "unit": "" if row.unit == "1" else row.unit, "reference": reference, "points": []}
        out.setdefault(finding.what, new)["points"].append(
            {"day": finding.day, "day_to": finding.day_to, "value": finding.value, "qualifier": finding.qualifier}
        )
    return out


def sites_of(site: str | None, region: str | None, side: str | None = None) -> list[str]:
    """The bones that a place may mean: one, or those of a region; of the whole skeleton none is named."""
    if site:
        return [site]
    if not region or region == "any":
        return []
    bones = skeleton.bones()
    return [bones[i].id for i in skeleton.sites_in(region) if side is None or bones[i].side == side]


def _lesion(lesion: KnownLesion) -> dict:
    sites = sites_of(lesion.site, lesion.region, lesion.side)
    return {
        "sites": sites, "exact": lesion.site is not None, "region": lesion.region, "side": lesion.side, "kind": lesion.kind,
        "size_mm": lesion.longest_mm, "soft_tissue": lesion.soft_tissue, "certain": lesion.certain, "diffuse": lesion.diffuse,
        "count": lesion.count, "day": lesion.day, "day_to": lesion.day_to, "note": lesion.note,
    }  # fmt: skip


def _given(given: Given) -> dict:
    known = catalogue().get(given.what)
    return {
        "what": given.what, "topic": known.topic if known else None, "sites": sites_of(given.site, given.region),
        "day": given.day, "day_to": given.day_to, "until": given.until, "ongoing": given.ongoing, "dose": given.dose,
        "dose_unit": given.dose_unit, "fractions": given.fractions, "technique": given.technique,
    }  # fmt: skip
