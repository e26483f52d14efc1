"""How sure a strength is: the calibration, the law from density to modulus, and the rule of failure moved in their ranges."""

from __future__ import annotations

import numpy as np

from seedsoil.grammar import luck
from seedsoil.scan import laws
from seedsoil.scan.strength import Case, Model, entry

DRAWS = 400
BARS = 256


def scores() -> np.ndarray:
    """Standard normal scores [draw, number], the same ones in every run."""
    return np.stack([luck.normal(0, np.arange(DRAWS), "scan_uncertainty", k) for k in range(7)], axis=1)


def draws(case: Case, model: Model, rule: str) -> dict[str, np.ndarray]:
    """Strengths (N) without and with the lesion, and their ratio, over the uncertainty.

    A change of moduli changes the work by no more than the strain energy it scales (displacements held) and by no less than the
    stress energy (stresses held): bounds of the linear body. Their geometric mean stands for it, so that nothing is pressed anew.
    rule: name of the strain at which it fails.
    """
    score = scores()
    slope, intercept = case.calibration.drawn(score[:, :2])
    scale = case.law.scale.at(score[:, 2]) / case.law.scale.value
    strain = entry(rule).at(score[:, 3]) / entry(rule).value
    soft = entry("tumour.modulus").at(score[:, 4]) / entry("tumour.modulus").value
    bone, cement = model.stood.mask & ~model.caps.cement, model.caps.cement
    out = {"strength": np.empty(DRAWS), "with_lesion": np.empty(DRAWS), "ratio": np.empty(DRAWS)}
    intact, sick = _Bars(case, model.intact_density[bone]), _Bars(case, model.lesion_density[bone])
    share = model.share[bone] if model.share is not None else None
    energy = model.energy[bone]
    energy_lesion = model.energy_lesion[bone] if share is not None else None
    was = np.maximum(1.0 + model.intact_error * score[:, 6], 0.1)
    for n in range(DRAWS):
        change = intact.change(slope[n], intercept[n], scale[n])
        if model.intact_error:
            # the bone before its lesion is not seen but reckoned
            change = np.where(share >= 0.5, change * was[n], change)
        work = _between(energy, change, float(model.energy[cement].sum()))
        out["strength"][n] = model.strength * work / model.pressed.work * strain[n]
        if share is not None:
            change = (1.0 - share) * sick.change(slope[n], intercept[n], scale[n]) + share * soft[n]
            less = _between(energy_lesion, change, float(model.energy_lesion[cement].sum()), share)
            out["with_lesion"][n] = model.strength_lesion * less / model.pressed_lesion.work * strain[n]
            out["ratio"][n] = out["with_lesion"][n] / out["strength"][n]
    return out


class _Bars:
    """Voxels of like density together, so that a draw costs a few hundred numbers."""

    def __init__(self, case: Case, density: np.ndarray) -> None:
        hu = (density - case.calibration.intercept) / case.calibration.slope
        low, high = float(hu.min()), float(hu.max()) + 1e-6
        self.case = case
        self.place = np.minimum(((hu - low) / (high - low) * BARS).astype(int), BARS - 1)
        self.hu = low + (np.arange(BARS) + 0.5) * (high - low) / BARS
        self.now = self._modulus(case.calibration.slope, case.calibration.intercept, 1.0)

    def _modulus(self, slope: float, intercept: float, scale: float) -> np.ndarray:
        law = self.case.law
        own = law.modulus(laws.converted(slope * self.hu + intercept, "qct", law.density), law.density) * scale
        return np.clip(own, entry("least_modulus").value, entry("most_modulus").value)

    def change(self, slope: float, intercept: float, scale: float) -> np.ndarray:
        """New modulus over old, for each voxel."""
        return (self._modulus(slope, intercept, scale) / self.now)[self.place]


def _between(energy: np.ndarray, change: np.ndarray, fixed: float, lesion: np.ndarray | None = None) -> float:
    """The work after a change of moduli. Within a soft lesion the displacements are what the bone around it dictates, so the lower
    bound leaves the lesion out."""
    total = energy.sum() + fixed
    most = float((energy * change).sum()) + fixed
    held = change if lesion is None else np.where(lesion > 0.5, 1.0, change)
    least = float(total**2 / ((energy / held).sum() + fixed))
    return float(np.sqrt(most * least))


def ranged(value: float, spread: np.ndarray) -> dict:
    """A value with the 90 % range of its draws."""
    low, high = np.quantile(spread, [0.05, 0.95])
    return {"value": rounded(value), "low": rounded(min(low, value)), "high": rounded(max(high, value))}


def rounded(x: float, digits: int = 4) -> float:
    return float(f"{x:.{digits}g}")
