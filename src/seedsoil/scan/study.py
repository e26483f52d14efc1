"""One question put to a scan: read, calibrate, measure, press, answer."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from seedsoil import __version__
from seedsoil.errors import InputError
from seedsoil.grammar.tables import hash_of
from seedsoil.scan import bones, density, femur, laws, reading, risk, scores, sections, uncertainty
from seedsoil.scan.strength import Case, Model, entry, femur_model, vertebra_model, what_if
from seedsoil.scan.uncertainty import ranged, rounded
from seedsoil.scan.volume import Volume

SCHEMA = "seedsoil.strength/1"
NOTICE = "Research use, not for care. Not a medical device."
WHERE_FROM = (
    "Absolute loads differ between methods of this kind by a third and more; the loss with the lesion, of one bone by one "
    "method, is surer than either load."
)


@dataclass(frozen=True)
class Asked:
    """What a user asks of one scan."""

    scan: str
    mask: str
    labels: str | None = None
    bone: str | None = None
    lesion: str | None = None
    implant_ml: float | None = None
    weight_kg: float = 70.0
    unit: str = "HU"
    calibration: str = "tissues"
    rods: str | None = None
    law: str | None = None
    intact: str = "mirror"
    to_the_end: bool = False
    voxel_mm: float | None = None


@dataclass
class Answer:
    """The document, and what pictures are drawn from."""

    document: dict
    case: Case
    model: Model


def case_of(asked: Asked) -> Case:
    """Read the files. Raises InputError with one message for anything that cannot be used."""
    if asked.lesion is not None and asked.implant_ml is not None:
        raise InputError("--implant-ml", asked.implant_ml, "no --lesion beside it", "leave one of them out")
    scan = reading.read_scan(asked.scan, asked.unit)
    mask, names = reading.read_mask(asked.mask, scan)
    bone, site = bones.chosen(mask, asked.labels, asked.bone, names)
    kind = bones.kind_of(site)
    law = laws.law(asked.law or laws.USUAL[kind], kind)
    calibration = calibrated(asked, scan, mask.values > 0, bone.values > 0)
    case = Case(
        scan, bone, site, calibration, law, lesion_of(asked, scan, bone), asked.implant_ml, asked.intact,
        weight_kg=asked.weight_kg, voxel=asked.voxel_mm,
    )  # fmt: skip
    if case.lesion is not None:
        case.beside = tuple(bones.beside(mask, asked.labels, site, names))
        if kind == "femur":
            case.beside = tuple(one for one in case.beside if long_enough(one, case))
    case.warnings += [*calibration.warnings, *seen_in(scan, bone.values > 0, mask.values > 0, asked.unit)]
    if bones.cut_off(bone.values > 0):
        case.warnings.append("the bone reaches the edge of the picture: part of it may be missing")
    return case


def long_enough(other: Volume, case: Case) -> bool:
    """Whether the other femur shows enough of itself to be compared with."""
    try:
        femur.landmarks(other)
    except InputError as trouble:
        case.warnings.append(f"the other femur is left out: {trouble.value}, too short to be compared with")
        return False
    return True


def calibrated(asked: Asked, scan: Volume, bones_: np.ndarray, bone: np.ndarray) -> density.Calibration:
    """The calibration that was asked for."""
    if asked.unit == "density":
        return density.KNOWN
    if asked.rods is not None:
        return density.by_rods(density.read_rods(asked.rods))
    if asked.calibration not in density.WAYS:
        raise InputError("--calibration", asked.calibration, ", ".join(density.WAYS))
    if asked.calibration == "rods":
        raise InputError("--rods", None, "a CSV file with hu,density of each rod", "or choose another --calibration")
    soft = density.soft(scan, bones_)
    if asked.calibration == "energy":
        return density.by_energy(soft, scan.values[bone])
    return density.by_tissues(soft)


def lesion_of(asked: Asked, scan: Volume, bone: Volume) -> Volume | None:
    """The lesion's mask, on the scan's grid."""
    if asked.lesion is None:
        return None
    lesion, _ = reading.read_mask(asked.lesion, scan)
    if not ((lesion.values > 0) & (bone.values > 0)).any():
        raise InputError("--lesion", asked.lesion, "a mask that marks a lesion in this bone", "check --bone, or leave --lesion out")
    return lesion.like((lesion.values > 0).astype(np.uint8))


def seen_in(scan: Volume, bone: np.ndarray, bones_: np.ndarray, unit: str) -> list[str]:
    """What in the picture makes its numbers less sure: metal near the bone, contrast in the vessels."""
    if unit != "HU":
        return []
    warnings = []
    metal = scan.values > entry("metal.hu").value
    if metal.sum() > 5:
        from scipy import ndimage

        near = ndimage.distance_transform_edt(~metal, scan.spacing[::-1])[bone].min() if bone.any() else np.inf
        if near <= entry("metal.near").value:
            warnings.append(f"metal {near:.0f} mm from the bone: densities near it are not to be trusted")
        else:
            warnings.append("metal in the picture, away from the bone")
    muscle = density.tissue_peaks(density.soft(scan, bones_)).get("muscle", 0.0)
    if muscle > entry("contrast.muscle").value:
        warnings.append(f"muscle at {muscle:.0f} HU: contrast was given, density reads too high")
    return warnings


RULES = {"vertebra": "vertebra.failure_strain", "stance": "failure.shortening", "fall": "failure.shortening"}
LOADS = {"vertebra": "vertebra", "stance": "femur", "fall": "fall"}


def answer(asked: Asked) -> Answer:
    """Everything about one bone of one scan."""
    case = case_of(asked)
    if bones.kind_of(case.site) == "vertebra":
        model, marks = vertebra_model(case), None
        out = document(case, model, asked, "vertebra", case.site)
    else:
        marks = femur.landmarks(case.bone)
        model = femur_model(case, marks, "stance")
        site = case.site
        if model.found is not None:
            site = femur.site_of(marks, np.array(model.found.centre_mm), case.site.split("_")[-1])
            model.found = replace(model.found, place=site.replace("_", " "))
        out = document(case, model, asked, "stance", site, femur.rod(model.stood, marks) & (model.intact > 0.0))
        out["fall"] = bears(case, femur_model(case, marks, "fall"), "fall")
    return Answer(out, case, model)


def bears(case: Case, model: Model, pose: str) -> dict:
    """Strength with its range, without the lesion and with it, and the loads of daily life against it."""
    spread = uncertainty.draws(case, model, RULES[pose])
    sick = model.strength_lesion is not None
    strengths = spread["with_lesion" if sick else "strength"]
    return {
        "strength_n": ranged(model.strength, spread["strength"]),
        "with_lesion_n": ranged(model.strength_lesion, spread["with_lesion"]) if sick else None,
        "ratio": ranged(model.strength_lesion / model.strength, spread["ratio"]) if sick else None,
        "stiffness_n_per_mm": rounded(model.stiffness),
        "loads": risk.against(LOADS[pose], case.site, case.weight_kg, strengths, uncertainty.scores()[:, 5]),
    }


def document(case: Case, model: Model, asked: Asked, pose: str, site: str, rod: np.ndarray | None = None) -> dict:
    """The answer as plain data (schema ``seedsoil.strength/1``)."""
    out = {"schema": SCHEMA, "version": __version__, "tables": hash_of(("scan",)), "bone": case.site, "load": pose}
    out |= bears(case, model, pose)
    sick = model.found is not None
    out["lesion"] = model.found.document() if sick else None
    if sick:
        inside = (model.share >= 0.5) & model.stood.mask
        out["mirels"] = scores.mirels(site, model.found)
        out["sins"] = scores.sins(site, model.found, model.stood, inside)
        out["sections"] = sections_of(case, model)
        out["what_if"] = what_if(case, model, rod)
        out["state"] = state_of(site, model, out["ratio"])
    if asked.to_the_end:
        out["to_the_end"] = pressed_to_the_end(case, model)
    out |= {"calibration": calibration_words(case), "method": method_of(case, model, RULES[pose])}
    return out | {"warnings": case.warnings, "notes": [WHERE_FROM], "notice": NOTICE}


def calibration_words(case: Case) -> dict:
    line = case.calibration
    return {
        "way": line.way, "slope": rounded(line.slope), "intercept": rounded(line.intercept),
        "points": [{"what": w, "hu": rounded(h), "density": rounded(d)} for w, h, d in line.points],
        "error_at_100_hu": rounded(line.error(100.0), 2),
    }  # fmt: skip


def method_of(case: Case, model: Model, rule: str) -> dict:
    return {
        "law": case.law.name, "density": case.law.density, "failure": rule, "voxel_mm": case.edge,
        "tilt_degrees": rounded(model.stood.tilt, 2), "height_mm": rounded(model.caps.gauge, 3),
        "elements": int((model.intact > 0.0).sum()), "steps": model.pressed.steps,
        "above_law_range_share": rounded(laws.outside(case.law, model.seen[model.stood.body]), 2),
        "body_weight_kg": case.weight_kg,
    }  # fmt: skip


def sections_of(case: Case, model: Model) -> dict:
    """The slice that loses most rigidity, without the caps."""
    bone = model.stood.body & ~model.caps.cement
    whole, sick = np.where(bone, model.intact, 0.0), np.where(bone, model.with_lesion, 0.0)
    found = sections.compared(whole, sick, case.edge)
    worst = min(found[k]["ratio"] for k in ("ea", "ei_least", "gj"))
    return found | {"more_than_35_percent_lost": bool(1.0 - worst > entry("ctra.loss").value)}


def pressed_to_the_end(case: Case, model: Model) -> dict:
    """The largest force past the first failure, without the lesion and with it."""
    from seedsoil.scan.failure import to_the_end

    caps, bone = model.caps, model.stood.mask & ~model.caps.cement
    out = {"without": to_the_end(model.intact, caps.held, caps.moved, bone, case.edge, caps.gauge)}
    if model.with_lesion is not None:
        out["with"] = to_the_end(model.with_lesion, caps.held, caps.moved, bone, case.edge, caps.gauge)
        out["ratio"] = rounded(out["with"]["largest_n"] / out["without"]["largest_n"])
    return out


def state_of(site: str, model: Model, ratio: dict) -> dict:
    """The lesion as `seedsoil forecast --scan` takes it."""
    found = model.found
    return {
        "site": site, "kind": found.kind, "volume_ml": rounded(found.volume_ml), "longest_mm": rounded(found.longest_mm),
        "share_of_bone": rounded(found.share_of_bone), "lost": rounded(found.lost), "woven": rounded(found.woven),
        "strength_ratio": ratio,
    }  # fmt: skip
