"""Will this bone break: from a scan and a mask to the load a bone can bear, with its lesion and without."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from seedsoil.grammar import luck
from seedsoil.grammar.tables import table
from seedsoil.scan import implant, laws, vertebra
from seedsoil.scan.density import Calibration
from seedsoil.scan.solve import Body, Pressed
from seedsoil.scan.volume import Volume, sampled

DRAWS = 400


def entry(name: str):
    return table("scan", "bones.toml")[name]


@dataclass
class Case:
    """One bone of one scan, and what is asked of it."""

    scan: Volume  # HU, or density where `calibration` is KNOWN
    bone: Volume  # mask of this bone alone
    site: str  # id, such as L3
    calibration: Calibration
    law: laws.Law
    lesion: Volume | None = None
    implant_ml: float | None = None
    voxel: float | None = None
    tolerance: float = 1e-6
    warnings: list[str] = field(default_factory=list)


@dataclass
class Model:
    """A bone on its own grid, with and without its lesion, pressed."""

    stood: vertebra.Upright
    caps: vertebra.Capped
    density: np.ndarray  # mg/cm^3 without lesion [z, y, x]
    share: np.ndarray | None  # of the lesion in each voxel
    intact: np.ndarray  # MPa
    with_lesion: np.ndarray | None
    pressed: Pressed
    pressed_lesion: Pressed | None
    energy: np.ndarray  # N mm a voxel, of the intact bone
    energy_lesion: np.ndarray | None


def vertebra_model(case: Case) -> Model:
    """The vertebra on its own grid under the press, intact and with its lesion."""
    voxel = case.voxel or entry("voxel").value
    stood, caps = vertebra.capped(vertebra.stand_up(case.bone, voxel))
    outside = float(case.scan.values.min())
    density = case.calibration.density(sampled(case.scan, stood.frame, stood.shape, outside=outside))
    share = lesion_share(case, stood)
    intact = np.where(caps.cement, entry("cap.modulus").value, moduli(case.law, density, stood.mask))
    ready = Body(intact, caps.held & _touched(intact), (voxel,) * 3)
    pressed = ready.press(caps.moved, case.tolerance, begin=even(caps))
    model = Model(stood, caps, density, share, intact, None, pressed, None, ready.energy(pressed), None)
    if share is not None:
        model.with_lesion = weakened(intact, share, stood.mask)
        weak = Body(model.with_lesion, caps.held & _touched(intact), (voxel,) * 3)
        model.pressed_lesion = weak.press(caps.moved, case.tolerance, begin=pressed.displacement)
        model.energy_lesion = weak.energy(model.pressed_lesion)
    return model


def lesion_share(case: Case, stood: vertebra.Upright) -> np.ndarray | None:
    """Share of the lesion in each voxel of the bone's own grid."""
    if case.lesion is not None:
        return sampled(case.lesion, stood.frame, stood.shape) * stood.mask
    if case.implant_ml is not None:
        own = Volume(stood.mask.astype(np.uint8), stood.frame, "label", "the bone")
        return implant.round_lesion(own, implant.usual_place(stood.body, stood.frame), case.implant_ml, entry("tumour.rim").value)
    return None


def moduli(law: laws.Law, density: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """Modulus of each voxel of bone, MPa; density is QCT."""
    own = law.modulus(laws.converted(density, "qct", law.density), law.density)
    return np.where(mask, np.clip(own, entry("least_modulus").value, entry("most_modulus").value), 0.0)


def weakened(intact: np.ndarray, share: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """Moduli with soft tumour in its share of each voxel; never stiffer than the bone was."""
    soft = np.minimum(entry("tumour.modulus").value, intact)
    return np.where(mask, (1.0 - share) * intact + share * soft, intact)


def even(caps: vertebra.Capped) -> np.ndarray:
    """The press shared evenly over the height: where the search for the true displacements begins."""
    planes = np.flatnonzero(caps.held[2].any(axis=(1, 2)))
    low, high = planes[0], planes[-1]
    ramp = -caps.press * np.clip((np.arange(caps.held.shape[1]) - low) / (high - low), 0.0, 1.0)
    start = np.zeros(caps.held.shape)
    start[2] = ramp[:, None, None]
    return start


def _touched(modulus: np.ndarray) -> np.ndarray:
    """Nodes that belong to the body."""
    nodes = np.zeros(tuple(n + 1 for n in modulus.shape), bool)
    solid = modulus > 0.0
    for corner in range(8):
        x, y, z = corner & 1, corner >> 1 & 1, corner >> 2
        nodes[z : z + solid.shape[0], y : y + solid.shape[1], x : x + solid.shape[2]] |= solid
    return nodes[None]


def strength_of(case: Case) -> dict:
    """The answer for one vertebra, as plain data."""
    model = vertebra_model(case)
    stiffness = model.pressed.work / model.caps.press**2
    per_stiffness = model.caps.gauge * entry("vertebra.failure_strain").value
    spread = draws(case, model)
    bone = {
        "bone": case.site,
        "strength_n": ranged(stiffness * per_stiffness, spread["strength"]),
        "with_lesion_n": None,
        "ratio": None,
        "stiffness_n_per_mm": _round(stiffness),
        "lesion": None,
        "warnings": case.warnings,
    }
    if model.pressed_lesion is not None:
        ratio = model.pressed_lesion.work / model.pressed.work
        bone["with_lesion_n"] = ranged(ratio * stiffness * per_stiffness, spread["with_lesion"])
        bone["ratio"] = ranged(ratio, spread["ratio"])
        bone["lesion"] = {"volume_ml": _round(float(model.share.sum()) * case_voxel_ml(model))}
    return bone


def case_voxel_ml(model: Model) -> float:
    return model.stood.voxel**3 / 1000.0


def draws(case: Case, model: Model) -> dict[str, np.ndarray]:
    """Strengths over the uncertainty of calibration, law and failure.

    A change of moduli changes the work by no more than the strain energy it scales (displacements held) and no less than the
    stress energy (stresses held): exact bounds of the linear body; their geometric mean stands for it, so no body is solved anew.
    """
    scores = normal_scores(DRAWS, 5)
    slope, intercept = case.calibration.drawn(scores[:, :2])
    scale = case.law.scale.at(scores[:, 2]) / case.law.scale.value
    failure = entry("vertebra.failure_strain")
    strain = failure.at(scores[:, 3])
    soft = entry("tumour.modulus").at(scores[:, 4])
    stood = model.stood
    hu = (model.density[stood.mask] - case.calibration.intercept) / case.calibration.slope
    base = model.intact[stood.mask]
    fixed = model.energy[model.caps.cement].sum()
    out = {"strength": np.empty(DRAWS), "with_lesion": np.empty(DRAWS), "ratio": np.empty(DRAWS)}
    share = model.share[stood.mask] if model.share is not None else None
    edges, place = _bins(hu)
    bounds = entry("least_modulus").value, entry("most_modulus").value
    for n in range(DRAWS):
        middle = laws.converted(slope[n] * edges + intercept[n], "qct", case.law.density)
        own = np.clip(case.law.modulus(middle, case.law.density) * scale[n], *bounds)
        now = own[place]
        work = _bounded(model.energy[stood.mask], now / base, fixed)
        out["strength"][n] = work / model.caps.press**2 * strain[n] * model.caps.gauge
        if share is not None:
            was = model.with_lesion[stood.mask]
            new = (1.0 - share) * now + share * np.minimum(soft[n], now)
            less = _bounded(model.energy_lesion[stood.mask], new / was, model.energy_lesion[model.caps.cement].sum())
            out["with_lesion"][n] = less / model.caps.press**2 * strain[n] * model.caps.gauge
            out["ratio"][n] = less / work
    return out


def _bins(hu: np.ndarray, many: int = 256) -> tuple[np.ndarray, np.ndarray]:
    """Middles of a histogram's bars, and the bar of each voxel."""
    low, high = float(hu.min()), float(hu.max()) + 1e-6
    place = np.minimum(((hu - low) / (high - low) * many).astype(int), many - 1)
    return low + (np.arange(many) + 0.5) * (high - low) / many, place


def _bounded(energy: np.ndarray, change: np.ndarray, fixed: float) -> float:
    total = energy.sum() + fixed
    most = (energy * change).sum() + fixed
    least = total**2 / ((energy / change).sum() + fixed)
    return float(np.sqrt(most * least))


def normal_scores(n: int, columns: int) -> np.ndarray:
    """Standard normal scores, the same ones in every run."""
    return np.stack([luck.normal(0, np.arange(n), "scan_uncertainty", k) for k in range(columns)], axis=1)


def ranged(value: float, spread: np.ndarray) -> dict:
    """A value with the 90 % range of its draws."""
    low, high = np.quantile(spread, [0.05, 0.95])
    return {"value": _round(value), "low": _round(min(low, value)), "high": _round(max(high, value))}


def _round(x: float) -> float:
    return float(f"{x:.4g}")

