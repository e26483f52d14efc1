"""How a bone was before its lesion: reckoned from its other side, from the vertebrae above and below, or from the bone around.

Each way gives a pattern of density; what is healthy around the lesion says how much denser or lighter than the pattern this bone is
there. How far a way can be trusted is tried out on the bone itself: lesions of the same shape are imagined where it is healthy.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from seedsoil.errors import InputError
from seedsoil.grammar.tables import table
from seedsoil.scan.vertebra import Upright

WAYS = ("mirror", "neighbour", "infill")
WORDS = {
    "mirror": "mirror: the same place on the other side",
    "neighbour": "neighbour: the same place in the vertebrae beside it",
    "infill": "in-fill from bone as deep under the surface",
}


def number(name: str) -> float:
    return table("scan", "bones.toml")[name].value


Seen = tuple[Upright, np.ndarray]  # a bone as it stands, and its density


@dataclass(frozen=True)
class Before:
    """Density (mg/cm^3) without the lesion, how it was reckoned, and the standard error of its mean there, as a share."""

    density: np.ndarray
    said: str
    error: float


class Healthy:
    """What one bone offers to reckon its healthy state from.

    beside: other vertebrae, each as it stands and its density on its own grid. twin: the bone of the other side, in the same pose
    and likewise. paired: whether the bone has a twin; one that has none is its own mirror.
    """

    def __init__(
        self, stood: Upright, density: np.ndarray, beside: tuple[Seen, ...] = (), twin: Seen | None = None, paired: bool = False
    ) -> None:
        self.stood, self.density = stood, density
        depth = ndimage.distance_transform_edt(np.pad(stood.mask, 1))[1:-1, 1:-1, 1:-1]
        # layers of one voxel, of the body and of the arch apart
        self.layer = np.where(stood.mask, np.minimum(depth, 12.0).astype(int) + 16 * stood.body, 0)
        self.at = np.stack(np.nonzero(stood.mask))
        self.other = None if paired else self._other_side()
        self.twin = opposite(stood, self.at, *twin) if twin is not None else None
        found = [alike(stood, self.at, *one) for one in beside]
        self.beside = _mean(np.stack(found)) if found else None

    def _other_side(self) -> np.ndarray:
        """Where each voxel of the bone lies mirrored [z, y, x], by the plane that maps the bone best onto itself."""
        z, y, x = self.at.astype(float)
        body = self.stood.body[tuple(self.at)]
        middle = np.array([y[body].mean(), x[body].mean()])
        some = slice(None, None, max(1, len(x) // 4000))
        best, found = -1.0, None
        for turn in np.radians(np.arange(-12.0, 12.1, 3.0)):
            across = np.array([np.sin(turn), np.cos(turn)])
            for shift in np.arange(-3.0, 3.1, 1.0):
                far = 2.0 * ((y - middle[0]) * across[0] + (x - middle[1]) * across[1] - shift)
                place = np.stack([z, y - far * across[0], x - far * across[1]])
                there = ndimage.map_coordinates(self.stood.mask.astype(np.float32), place[:, some], order=1)
                if there.mean() > best:
                    best, found = float(there.mean()), place
        return found

    def offers(self, way: str) -> bool:
        """Whether this bone can be reckoned that way at all."""
        return {"neighbour": self.beside is not None, "mirror": self.other is not None or self.twin is not None}.get(way, True)

    def pattern(self, way: str, sick: np.ndarray) -> np.ndarray:
        """Density by one way, at the voxels of the bone; not a number where it says nothing."""
        if way == "neighbour":
            return self.beside
        if way == "mirror" and self.twin is not None:
            return self.twin
        layer, well = self.layer[tuple(self.at)], ~sick[tuple(self.at)]
        now = self.density[tuple(self.at)]
        if way == "infill":
            sums, many = (np.bincount(layer[well], w, 32) for w in (now[well], None))
            # a layer and its neighbours of the same part
            sums, many = (np.convolve(v, [1.0, 1.0, 1.0], "same") for v in (sums, many.astype(float)))
            return np.where(many[layer] > 0, sums[layer] / np.maximum(many[layer], 1), np.nan)
        return _within(self.stood.mask & ~sick, self.density, self.other)

    def filled(self, way: str, inside: np.ndarray, ill: np.ndarray | None = None) -> tuple[np.ndarray, dict[str, float]]:
        """The density without what is inside, and the share of it that each way spoke for: where one says nothing the next does.
        `ill`: what else of the bone is not healthy."""
        sick = ndimage.binary_dilation(inside if ill is None else inside | ill, iterations=2)
        out, shares = self.density.copy(), {}
        left = inside & self.stood.mask
        for one in WAYS[WAYS.index(way) :]:
            if not self.offers(one):
                continue
            pattern = np.full(inside.shape, np.nan, np.float32)
            pattern[tuple(self.at)] = self.pattern(one, sick)
            said = np.isfinite(pattern) & left
            out[said] = (pattern + self._level(pattern, sick))[said]
            left &= ~said
            shares[one] = float(said.sum() / max(inside.sum(), 1))
        return out, shares

    def _level(self, pattern: np.ndarray, sick: np.ndarray) -> np.ndarray:
        """By how much this bone differs from the pattern, from what is healthy around the lesion, the nearer the more."""
        well = self.stood.mask & ~sick & np.isfinite(pattern)
        off = np.where(well, self.density - np.where(well, pattern, 0.0), 0.0)
        wide = number("before.reach") / self.stood.voxel
        near, many = (ndimage.gaussian_filter(v.astype(np.float32), wide, truncate=3.0) for v in (off, well))
        return np.where(many > 1e-4, near / np.maximum(many, 1e-4), 0.0)

    def tried(self, way: str, inside: np.ndarray) -> list[float]:
        """Errors of the mean density by one way, as shares, where lesions of this shape are imagined in healthy bone."""
        off = []
        for there in self.imagined(inside):
            found = self.filled(way, there, inside)[0][there].mean()
            off.append(float(np.clip(found / max(self.density[there].mean(), 1.0) - 1.0, -1.0, 1.0)))
        return off

    def imagined(self, inside: np.ndarray) -> list[np.ndarray]:
        """The lesion's shape in other places of the bone, clear of it; smaller where it does not fit whole."""
        sick = ndimage.binary_dilation(inside, iterations=2)
        z, y, x = np.nonzero(inside)
        found = []
        size = [int(np.ptp(v)) + 3 for v in (z, y, x)]
        for step in ((0, 0, 1), (0, 0, -1), (0, 1, 0), (1, 0, 0), (-1, 0, 0), (0, -1, 0), (0, 1, 1), (0, 1, -1)):
            places = [v + s * n for v, s, n in zip((z, y, x), step, size, strict=True)]
            ok = np.all([(p >= 0) & (p < n) for p, n in zip(places, inside.shape, strict=True)], axis=0)
            there = np.zeros_like(inside)
            there[tuple(p[ok] for p in places)] = True
            there &= self.stood.mask & ~sick
            if there.sum() >= 0.5 * inside.sum():
                found.append(there)
        return found[:5]


def alike(stood: Upright, at: np.ndarray, other: Upright, density: np.ndarray) -> np.ndarray:
    """Density of another vertebra at the places of this one's voxels: the bodies laid over each other by their extent."""
    place = []
    for k in range(3):
        mine, its = (np.nonzero(one.body)[k] for one in (stood, other))
        (low, high), (start, end) = (np.quantile(v, [0.02, 0.98]) for v in (mine, its))
        place.append(start + (at[k] - low) * (end - start) / max(high - low, 1.0))
    return _within(other.mask, density, np.stack(place))


def opposite(stood: Upright, at: np.ndarray, other: Upright, density: np.ndarray) -> np.ndarray:
    """Density of the other side's bone at the mirrored places of this one's voxels: the tops laid over each other. In its own pose
    the other side is this one turned back to front."""
    mask, density = other.mask[:, ::-1], density[:, ::-1]
    shift = []
    for one in (stood.mask, mask):
        places = np.argwhere(one)
        top = places[:, 0].max()
        upper = places[:, 0] > top - number("before.top") / stood.voxel
        shift.append(np.array([top, *places[upper, 1:].mean(axis=0)]))
    return _within(mask, density, at + (shift[1] - shift[0])[:, None])


def _within(mask: np.ndarray, density: np.ndarray, place: np.ndarray) -> np.ndarray:
    """Density at places [z, y, x] between voxels, from what is of the bone; not a number outside it."""
    free = mask.astype(np.float32)
    share = ndimage.map_coordinates(free, place, order=1)
    seen = ndimage.map_coordinates(density * free, place, order=1)
    return np.where(share > 0.5, seen / np.maximum(share, 1e-6), np.nan)


def _mean(many: np.ndarray) -> np.ndarray:
    """Mean over what is a number; not a number where nothing is."""
    known = np.isfinite(many)
    return np.where(known, many, 0.0).sum(axis=0) / np.where(known.any(axis=0), known.sum(axis=0), np.nan)


def reckoned(healthy: Healthy, inside: np.ndarray, way: str) -> Before:
    """The bone before its lesion, by one way and, where that says nothing, by the next."""
    if way == "neighbour" and not healthy.offers(way):
        raise InputError("--intact", way, "a mask that holds a whole vertebra above or below", "choose another way")
    density, shares = healthy.filled(way, inside)
    shares = {one: share for one, share in shares.items() if share >= 0.05}
    tried = healthy.tried(way, inside)
    # few trials say little of themselves: what is usual counts as one more
    error = float(np.sqrt(np.mean(np.square([number("before.error"), *tried]))))
    parts = [WORDS[one] + (f" for {100 * share:.0f} %" if len(shares) > 1 else "") for one, share in shares.items()]
    many = f"tried out on {len(tried)} like it imagined in healthy bone" if tried else "no like place of this bone is healthy"
    return Before(density, f"{', '.join(parts)}; some {100 * error:.0f} % off ({many})", error)
