"""Will this bone break: a bone of a scan under load, with its lesion and without, and what treatment would change."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from seedsoil.grammar.tables import table
from seedsoil.scan import before, failure, femur, implant, laws, lesion, vertebra
from seedsoil.scan.density import Calibration
from seedsoil.scan.solve import Body, Pressed
from seedsoil.scan.volume import Volume, sampled


def entry(name: str):
    return table("scan", "bones.toml")[name]


@dataclass
class Case:
    """One bone of one scan, and what is asked of it."""

    scan: Volume  # HU, or density (mg/cm^3) with a calibration that leaves it as it is
    bone: Volume  # mask of this bone alone
    site: str  # id, such as L3
    calibration: Calibration
    law: laws.Law
    lesion: Volume | None = None
    implant_ml: float | None = None
    intact: str = "mirror"
    beside: tuple[Volume, ...] = ()  # masks of the whole vertebrae above and below, or of the other femur
    weight_kg: float = 70.0
    voxel: float | None = None
    tolerance: float = 1e-6
    warnings: list[str] = field(default_factory=list)

    @property
    def edge(self) -> float:
        """Edge of a finite element, mm."""
        return self.voxel or entry("voxel").value


@dataclass
class Model:
    """A bone on its own grid under load; with a lesion, also as it would be without."""

    stood: vertebra.Upright
    caps: vertebra.Capped
    seen: np.ndarray  # density of the scan, mg/cm^3 [z, y, x]
    intact_density: np.ndarray
    lesion_density: np.ndarray
    share: np.ndarray | None  # of the lesion in each voxel
    found: lesion.Lesion | None
    intact: np.ndarray  # MPa
    with_lesion: np.ndarray | None
    intact_error: float = 0.0  # standard error of the density before the lesion, as a share of it
    body: Body | None = None
    body_lesion: Body | None = None
    pressed: Pressed | None = None
    pressed_lesion: Pressed | None = None
    energy: np.ndarray | None = None  # N mm in each voxel of the intact bone
    energy_lesion: np.ndarray | None = None
    strength: float = 0.0  # N
    strength_lesion: float | None = None

    @property
    def stiffness(self) -> float:
        """N/mm, without lesion."""
        return self.pressed.work / self.caps.press**2

    @property
    def ratio(self) -> float:
        """Stiffness with the lesion over without."""
        return self.pressed_lesion.work / self.pressed.work


def vertebra_model(case: Case) -> Model:
    """The vertebra on its own grid under the press, intact and with its lesion."""
    stood, caps = vertebra.capped(vertebra.stand_up(case.bone, case.edge))
    model = pressed_model(case, stood, caps)
    model.strength = model.stiffness * caps.gauge * entry("vertebra.failure_strain").value
    if model.pressed_lesion is not None:
        model.strength_lesion = model.strength * model.ratio
    return model


def femur_model(case: Case, marks: femur.Landmarks, pose: str) -> Model:
    """The femur in one pose, intact and with its lesion; it fails where the first piece of bone is strained too far."""
    stood, caps = femur.loaded(case.bone, marks, pose, case.edge)
    model = pressed_model(case, stood, caps, pose)
    model.strength = first_failure(model, model.body, model.pressed)
    if model.pressed_lesion is not None:
        model.strength_lesion = first_failure(model, model.body_lesion, model.pressed_lesion)
    return model


def pressed_model(case: Case, stood: vertebra.Upright, caps: vertebra.Capped, pose: str | None = None) -> Model:
    """A bone pressed, intact and with its lesion."""
    model = materials(case, stood, caps, pose)
    model.body = body_of(model, model.intact, case)
    model.pressed = model.body.press(caps.moved, case.tolerance, begin=even(caps))
    model.energy = model.body.energy(model.pressed)
    if model.with_lesion is not None:
        model.body_lesion, model.pressed_lesion = pressed_anew(model, model.with_lesion, case)
        model.energy_lesion = model.body_lesion.energy(model.pressed_lesion)
    return model


def first_failure(model: Model, body: Body, pressed: Pressed) -> float:
    """Force (N) at which the first piece of bone fails, away from caps and vice."""
    where = model.stood.mask & ~model.caps.spared
    grow = failure.first_failure(failure.danger(body, pressed), where, model.stood.voxel)
    return float(pressed.work / model.caps.press * grow)


def materials(case: Case, stood: vertebra.Upright, caps: vertebra.Capped, pose: str | None = None) -> Model:
    """Density and modulus of every voxel, with the lesion and without."""
    seen = case.calibration.density(sampled(case.scan, stood.frame, stood.shape, outside=float(case.scan.values.min())))
    share, intact_density, now, found, error = None, seen, seen, None, 0.0
    if case.lesion is not None:
        share = np.clip(sampled(case.lesion, stood.frame, stood.shape), 0.0, 1.0) * stood.mask
        was = before.reckoned(healthy(case, stood, seen, pose), share >= 0.5, case.intact)
        intact_density, error = was.density, was.error
        found = lesion.measured(stood, share, intact_density, seen, was.said, *soft_tissue(case))
    elif case.implant_ml is not None:
        own = Volume(stood.mask.astype(np.uint8), stood.frame, "label", "the bone")
        share = implant.round_lesion(own, usual_place(case, stood), case.implant_ml, entry("tumour.rim").value)
        now = (1.0 - share) * seen + share * case.calibration.density(entry("tumour.hu").value)
        known = "known: the lesion was put into the scan"
        found = lesion.measured(stood, share, intact_density, now, known, *soft_tissue(case))
    plain = capped_modulus(moduli(case.law, intact_density, stood.mask), caps)
    weak = None
    if share is not None:
        weak = capped_modulus(lesion_modulus(case, intact_density, seen, share, stood.mask), caps)
    return Model(stood, caps, seen, intact_density, now, share, found, plain, weak, error)


def healthy(case: Case, stood: vertebra.Upright, seen: np.ndarray, pose: str | None) -> before.Healthy:
    """What the scan offers to reckon the bone's healthy state from: the vertebrae above and below, or the other femur."""
    axes = [femur.pose_axes(femur.landmarks(bone), pose) for bone in case.beside] if pose else []
    others = [femur.stand(bone, turned, case.edge) for bone, turned in zip(case.beside, axes, strict=False)]
    others = others or [vertebra.stand_up(bone, case.edge) for bone in case.beside]
    darkest = float(case.scan.values.min())
    found = tuple((one, case.calibration.density(sampled(case.scan, one.frame, one.shape, outside=darkest))) for one in others)
    if pose is None:
        return before.Healthy(stood, seen, found)
    return before.Healthy(stood, seen, twin=found[0] if found else None, paired=True)


def usual_place(case: Case, stood: vertebra.Upright) -> np.ndarray:
    """Where a lesion is put: the posterior third of a vertebra's body, the femur's trochanteric part (mm)."""
    if not case.site.startswith("femur"):
        return implant.usual_place(stood.body, stood.frame)
    marks = femur.landmarks(case.bone)
    return femur.trochanteric(marks)


def soft_tissue(case: Case) -> tuple[float, float]:
    """Density that marrow and tumour alone show, mg/cm^3."""
    return tuple(float(case.calibration.density(entry(name).value)) for name in ("marrow.hu", "tumour.hu"))


def lesion_modulus(case: Case, intact: np.ndarray, seen: np.ndarray, share: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """Modulus with the lesion: where it took mineral, that of what mineral is left in soft tumour, never more than the bone had;
    where it laid mineral down, that of its density."""
    before = moduli(case.law, intact, mask)
    soft = entry("tumour.modulus").value
    if case.implant_ml is not None:
        return np.where(mask, (1.0 - share) * before + share * np.minimum(soft, before), 0.0)
    # tumour is denser than marrow without being bone: its own density is no mineral
    mineral = seen - soft_tissue(case)[1]
    left = np.minimum(case.law.modulus(laws.converted(mineral, "qct", case.law.density), case.law.density) + soft, before)
    sick = np.where(seen < intact, left, moduli(case.law, seen, mask))
    return np.where(mask, (1.0 - share) * moduli(case.law, seen, mask) + share * sick, 0.0)


def capped_modulus(bone: np.ndarray, caps: vertebra.Capped) -> np.ndarray:
    return np.where(caps.cement, entry("cap.modulus").value, bone)


def moduli(law: laws.Law, density: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """Modulus of each voxel of bone, MPa; density is QCT."""
    own = law.modulus(laws.converted(density, "qct", law.density), law.density)
    return np.where(mask, np.clip(own, entry("least_modulus").value, entry("most_modulus").value), 0.0)


def body_of(model: Model, modulus: np.ndarray, case: Case) -> Body:
    return Body(modulus, model.caps.held, (case.edge,) * 3)


def pressed_anew(model: Model, modulus: np.ndarray, case: Case) -> tuple[Body, Pressed]:
    """The same bone of other materials, starting from where the intact one came to rest."""
    ready = body_of(model, modulus, case)
    return ready, ready.press(model.caps.moved, case.tolerance, begin=model.pressed.displacement)


def even(caps: vertebra.Capped) -> np.ndarray:
    """The press shared evenly over the height: where the search for the true displacements begins."""
    planes = np.flatnonzero((caps.held[2]).any(axis=(1, 2)))
    low, high = planes[0], np.flatnonzero((caps.moved[2] != 0.0).any(axis=(1, 2)))[0]
    ramp = -caps.press * np.clip((np.arange(caps.held.shape[1]) - low) / (high - low), 0.0, 1.0)
    start = np.zeros(caps.held.shape)
    start[2] = ramp[:, None, None]
    return start


def what_if(case: Case, model: Model, rod: np.ndarray | None = None) -> list[dict]:
    """What cement in the lesion, new bone there, or a rod (its voxels) would give back of the stiffness."""
    out = []
    new_bone = table("values", "bone.toml")["woven_strength"].value * model.intact
    fillings = {
        "cement in the lesion": np.full_like(model.intact, entry("cap.modulus").value),
        "the lesion remineralised": new_bone,
    }
    treated = {}
    for name, filling in fillings.items():
        mixed = (1.0 - model.share) * model.with_lesion + model.share * np.maximum(filling, model.with_lesion)
        treated[name] = np.where(model.stood.mask & ~model.caps.cement, mixed, model.with_lesion)
    if rod is not None:
        treated["a rod in the canal"] = np.where(rod, entry("femur.rod_modulus").value, model.with_lesion)
    for name, modulus in treated.items():
        _, pressed = pressed_anew(model, modulus, case)
        out.append({"treatment": name, "stiffness_ratio": float(f"{pressed.work / model.pressed.work:.4g}")})
    return out
