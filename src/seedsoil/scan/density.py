"""From Hounsfield units to bone density, and how sure that is.

Three ways: rods of known density in the picture; what air, fat and muscle show; and the beam's energy at which the tissues of this
picture agree best with their known attenuation. Each gives a straight line with the covariance of its two numbers.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from seedsoil.errors import InputError
from seedsoil.grammar.tables import NINETY, table
from seedsoil.scan.volume import Volume

ENERGIES = (60.0, 80.0, 100.0, 150.0)
TISSUES = ("air", "fat", "muscle")
WAYS = ("tissues", "energy", "rods")


def number(name: str) -> float:
    return table("scan", "calibration.toml")[name].value


def spread_of(name: str) -> float:
    """Standard deviation that the range of a number stands for."""
    e = table("scan", "calibration.toml")[name]
    return (e.high - e.low) / (2.0 * NINETY)


@dataclass(frozen=True)
class Calibration:
    """density (mg/cm^3, K2HPO4 equivalent) = slope * HU + intercept, with the covariance of (slope, intercept)."""

    slope: float
    intercept: float
    covariance: np.ndarray
    way: str
    points: tuple[tuple[str, float, float], ...] = ()  # what it rests on: name, HU, mg/cm^3
    warnings: tuple[str, ...] = ()

    def density(self, hu: np.ndarray) -> np.ndarray:
        return self.slope * hu + self.intercept

    def hu(self, density: np.ndarray) -> np.ndarray:
        return (density - self.intercept) / self.slope

    def error(self, hu: float) -> float:
        """Standard deviation of the density at `hu`, mg/cm^3."""
        row = np.array([hu, 1.0])
        return float(np.sqrt(row @ self.covariance @ row))

    def drawn(self, scores: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Slopes and intercepts for standard normal `scores` [n, 2]."""
        values, vectors = np.linalg.eigh(self.covariance)
        moved = scores @ (vectors * np.sqrt(np.maximum(values, 0.0))).T
        return self.slope + moved[:, 0], self.intercept + moved[:, 1]


KNOWN = Calibration(1.0, 0.0, np.zeros((2, 2)), "given as density")


def through(points: list[tuple[str, float, float, float]], way: str, warnings: tuple[str, ...] = ()) -> Calibration:
    """The line of least squares through (name, HU, density, standard deviation); its covariance allows for the scatter seen."""
    hu, density, error = (np.array([p[k] for p in points]) for k in (1, 2, 3))
    if len(points) < 2 or np.ptp(hu) < 20.0:
        raise InputError("calibration", f"{len(points)} points", "two points or more, at least 20 HU apart", "name another way")
    design = np.stack([hu, np.ones_like(hu)], axis=1) / error[:, None]
    covariance = np.linalg.inv(design.T @ design)
    slope, intercept = covariance @ design.T @ (density / error)
    scatter = np.sum(((density - slope * hu - intercept) / error) ** 2) / max(len(points) - 2, 1)
    if slope <= 0.0:
        raise InputError("calibration", f"slope {slope:.2f}", "density that rises with HU", "check the rods and their order")
    named = tuple((p[0], float(p[1]), float(p[2])) for p in points)
    return Calibration(float(slope), float(intercept), covariance * max(scatter, 1.0), way, named, warnings)


def by_rods(rods: list[tuple[float, float]]) -> Calibration:
    """From rods: (HU, density in mg/cm^3) each."""
    return through([(f"rod {d:g}", hu, d, number("rod_error")) for hu, d in rods], "rods")


def read_rods(place: str) -> list[tuple[float, float]]:
    """Rods from a CSV file with the columns hu and density (mg/cm^3), one rod a line."""
    try:
        with open(place, encoding="utf-8", newline="") as lines:
            rows = [(float(row["hu"]), float(row["density"])) for row in csv.DictReader(lines)]
    except (OSError, KeyError, TypeError, ValueError, UnicodeDecodeError) as trouble:
        said = " ".join(str(trouble).split())[:120]
        raise InputError("--rods", place, "a CSV file with the columns hu and density", f"it could not be read: {said}") from None
    return rows


def prominence(counts: np.ndarray, k: int) -> float:
    """How far bar `k` of a histogram stands above the higher of its two dips: those between it and a taller bar, or the end, on
    either side; nought where it is no top. Below the first bar there is nothing; beyond the last it goes on level."""
    row = np.concatenate([[0.0], counts, counts[-1:]])
    here = row[k + 1]
    if here <= row[k] or here < row[k + 2] or k == len(counts) - 1:
        return 0.0
    dips = []
    for side in (row[: k + 1][::-1], row[k + 2 :]):
        taller = np.flatnonzero(side > here)
        dips.append(side[: taller[0] if len(taller) else len(side)].min(initial=here))
    return float(here - max(dips))


def peak(hu: np.ndarray, low: float, high: float) -> float | None:
    """Where the histogram of `hu` has its clearest peak between two bounds; None where it has none."""
    inside = hu[(hu >= low - 10.0) & (hu < high + 10.0)]
    if len(inside) < number("least_voxels"):
        return None
    edges = np.arange(low - 10.0, high + 10.1, number("bin"))
    counts = np.histogram(inside, edges)[0].astype(float)
    heights = [prominence(counts, k) for k in range(len(counts))]
    top = int(np.argmax(heights))
    if heights[top] < number("prominence") * counts.max() or heights[top] <= 0.0:
        return None
    near = (inside >= edges[max(top - 1, 0)]) & (inside < edges[min(top + 2, len(edges) - 1)])
    return float(inside[near].mean())


def soft(scan: Volume, bone: np.ndarray) -> np.ndarray:
    """HU of what is not bone, well away from it, freed from noise: the tissues' peaks come out of it."""
    blur = [number("blur") / s for s in scan.spacing[::-1]]
    far = ndimage.distance_transform_edt(~bone, scan.spacing[::-1]) > number("away")
    return ndimage.gaussian_filter(scan.values.astype(np.float32), blur)[far]


def tissue_peaks(hu: np.ndarray) -> dict[str, float]:
    """HU of air, fat and muscle, of those that show a peak."""
    found = {}
    for tissue in TISSUES:
        seen = peak(hu, number(f"{tissue}.window_low"), number(f"{tissue}.window_high"))
        if seen is not None:
            found[tissue] = seen
    return found


def by_tissues(hu: np.ndarray) -> Calibration:
    """From what air, fat and muscle show outside the bone."""
    found = tissue_peaks(hu)
    guess = 0.8  # of the slope, only to turn the error of a peak into one of density
    points = []
    for tissue, seen in found.items():
        name = f"{tissue}.density"
        error = np.hypot(spread_of(name), guess * number("peak_error"))
        points.append((tissue, seen, number(name), error))
    missing = [t for t in TISSUES if t not in found]
    if len(points) < 2:
        raise InputError(
            "calibration", ", ".join(found) or "no tissue", "two of air, fat and muscle in the picture",
            "give rods with --rods, or a scan that shows more than bone",
        )  # fmt: skip
    warnings = (f"calibrated without {' and '.join(missing)}: the density is less sure",) if missing else ()
    return through(points, "tissues", warnings)


def attenuation(tissue: str, energy: np.ndarray) -> np.ndarray:
    """Mass attenuation (cm^2/g) at energies in keV, straight between the table's on logarithmic axes."""
    table_of = [number(f"{tissue}.attenuation_{e:.0f}") for e in ENERGIES]
    return np.exp(np.interp(np.log(energy), np.log(ENERGIES), np.log(table_of)))


def _k2hpo4(energy: np.ndarray) -> np.ndarray:
    """Mass attenuation of K2HPO4: scattering by its electrons as water's, the rest falling with the cube of the energy from what
    was read at 97 keV."""
    at = np.array([97.0])
    share = number("k2hpo4.electrons") / number("water.electrons")
    rest = number("k2hpo4.attenuation_97") - share * attenuation("water", at)[0]
    return share * attenuation("water", energy) + rest * (at[0] / energy) ** 3


def by_energy(hu: np.ndarray, bone_hu: np.ndarray) -> Calibration:
    """From the beam's energy at which air, fat, muscle and the densest bone agree best with their known attenuation.

    Each voxel is then taken as K2HPO4 in fat: its attenuation per gram says how much, its density how many grams.
    differs: blood is left out, because contrast is common.
    """
    found = tissue_peaks(hu)
    names = {"air": "air", "fat": "adipose", "muscle": "muscle"}
    cortex = float(np.quantile(bone_hu, 1.0 - number("cortex_share")))
    seen = {names[t]: v for t, v in found.items()} | {"cortex": float(bone_hu[bone_hu >= cortex].mean())}
    if len(seen) < 3:
        raise InputError("calibration", ", ".join(seen), "two of air, fat and muscle beside bone", "give rods with --rods")
    x = np.array(list(seen.values()))
    energy = np.arange(60.0, 150.5, 0.5)
    best, fit = -1.0, None
    for e in energy:
        y = np.array([attenuation(t, np.array([e]))[0] for t in seen])
        r2 = float(np.corrcoef(x, y)[0, 1] ** 2)
        if r2 > best:
            best, fit = r2, (e, np.polyfit(x, y, 1))
    e, (rise, start) = fit
    mass = np.polyfit(x, [number(f"{t}.mass") for t in seen], 1)
    fat = attenuation("adipose", np.array([e]))[0]
    pure = _k2hpo4(np.array([e]))[0]
    grid = np.linspace(-50.0, 800.0, 40)
    density = 1000.0 * np.polyval(mass, grid) * (rise * grid + start - fat) / (pure - fat)
    slope, intercept = np.polyfit(grid, density, 1)
    tissue = by_tissues(hu) if len(found) > 1 else None
    covariance = tissue.covariance if tissue is not None else np.diag([0.08**2, 10.0**2])
    warnings = () if best > 0.99 else (f"the tissues fit no beam energy well (R2 {best:.3f})",)
    points = tuple((t, v, float(slope * v + intercept)) for t, v in seen.items())
    return Calibration(float(slope), float(intercept), covariance, f"energy ({e:.0f} keV)", points, warnings)
