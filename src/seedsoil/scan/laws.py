"""From density to modulus. Each law knows the density it was measured with, the bone, and its range; mixing is refused."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass

import numpy as np

from seedsoil.errors import InputError
from seedsoil.grammar.tables import Entry, data_file, table

USUAL = {"vertebra": "kopperdahl2002", "femur": "keller1994"}


@dataclass(frozen=True)
class Law:
    """modulus (MPa) = scale * density^power + offset, density in g/cm^3 of the kind `density`."""

    name: str
    site: str
    density: str  # qct (K2HPO4 equivalent) | ash | apparent
    lowest: float
    highest: float
    title: str
    scale: Entry
    power: float
    offset: float

    def modulus(self, density_mg: np.ndarray, kind: str) -> np.ndarray:
        """Modulus (MPa) of density (mg/cm^3) of `kind`; a law fed with another kind of density is an error."""
        if kind != self.density:
            raise InputError(
                "density", kind, f"{self.density} density for {self.name}",
                f"convert it with laws.converted(density, {kind!r}, {self.density!r})",
            )  # fmt: skip
        grams = np.maximum(density_mg, 0.0) / 1000.0
        return np.maximum(self.scale.value * grams**self.power + self.offset, 0.0)


def names() -> list[str]:
    return list(_document())


def _document() -> dict:
    return tomllib.loads(data_file("scan", "laws.toml").read_text("utf-8"))


def law(name: str, site: str) -> Law:
    """A law by name, for a bone of this kind."""
    raw = _document()
    if name not in raw:
        raise InputError("--law", name, ", ".join(raw))
    about, numbers = raw[name], table("scan", "laws.toml")
    if about["site"] != site:
        fit = [n for n, a in raw.items() if a["site"] == site]
        raise InputError("--law", name, f"a law measured in the {site}: {', '.join(fit)}", f"{name} is for the {about['site']}")
    return Law(
        name, about["site"], about["density"], about["lowest"], about["highest"], about["title"],
        numbers[f"{name}.scale"], numbers[f"{name}.power"].value, numbers[f"{name}.offset"].value,
    )  # fmt: skip


def converted(density_mg: np.ndarray, kind: str, wanted: str) -> np.ndarray:
    """Density of one kind as another: QCT (K2HPO4) to ash to apparent."""
    numbers = table("scan", "calibration.toml")
    steps = ("qct", "ash", "apparent")
    if kind not in steps or wanted not in steps or steps.index(wanted) < steps.index(kind):
        raise InputError("density", f"{kind} to {wanted}", "qct to ash to apparent, in this order")
    out = density_mg
    if kind == "qct" and wanted != "qct":
        out = numbers["ash.slope"].value * out + numbers["ash.intercept"].value
    if wanted == "apparent" and kind != "apparent":
        out = out / numbers["ash.of_apparent"].value
    return out


def outside(law_: Law, density_mg: np.ndarray) -> float:
    """Share of the voxels above the range in which the law was measured."""
    return float(np.mean(density_mg > law_.highest)) if density_mg.size else 0.0
