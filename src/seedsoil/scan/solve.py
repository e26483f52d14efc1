"""How a body of voxels gives under a load: conjugate gradients led by coarser views of the body.

The answer sought is a force, which is the energy of the body over how far it was pressed. That energy converges as the square of
the displacements do, and the conjugate gradients know how much they gained at each step: they stop when what is still to come is
small, not when a residual is.

Dense bone goes by way of a grid of twice the spacing. In porous bone such a grid joins struts that do not touch, so there the
voxels' nodes are gathered into rigid pieces at once.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from seedsoil.scan import kernels
from seedsoil.scan.grid import Grid
from seedsoil.scan.rigid import Pieces

SMOOTHING = 2  # steps of the smoother before and after
SHARE = 0.2  # of the spectrum that the smoother leaves to the coarser view
STEPS_BELOW = 2  # steps of conjugate gradients on the grid of twice the spacing
DENSE = 0.8  # share of bone in the double voxels that hold any: above it, bone is dense
MOST_STEPS = 400


@dataclass
class Pressed:
    """A body at rest under a load: displacements (mm) [3, z, y, x] of the nodes, and work = u K u (N mm), twice its energy."""

    displacement: np.ndarray
    work: float
    steps: int
    left: float  # estimated relative error of `work`
    converged: bool


class Body:
    """A body of voxels made ready for loads. Modulus in MPa [z, y, x]; `held` [3, z + 1, y + 1, x + 1]; spacing in mm (x, y, z)."""

    def __init__(self, modulus: np.ndarray, held: np.ndarray, spacing: tuple[float, float, float]) -> None:
        self.grid = Grid(modulus, held, spacing)
        dense = self.grid.filling() > DENSE
        self.view = View(self.grid, dense)
        self._lead = self.grid.empty()

    def press(self, moved: np.ndarray, tolerance: float = 1e-6, begin: np.ndarray | None = None) -> Pressed:
        """The body when its held nodes are moved as `moved` [3, z, y, x] says (mm; read where held).

        tolerance: relative error of the force. begin: displacements to start from, such as those of a like body.
        """
        g = self.grid
        x, r, p, q = (g.empty(np.float64) for _ in range(4))
        free = g.nodes(g.inverse) > 0.0
        g.nodes(x)[:] = np.where(free, 0.0 if begin is None else begin, np.where(g.body(), moved, 0.0))
        g.product(x, q)
        work = g.dot(x, q)
        g.over_planes(kernels.lose, r, q, g.inverse)
        gained: list[float] = []
        left, done, pq = np.inf, False, 1.0
        for step in range(MOST_STEPS):
            np.copyto(self._lead, r, casting="same_kind")
            z = self.view.cycle(self._lead)
            keep = -g.dot(z, q) / pq if step else 0.0
            g.over_planes(kernels.follow, p, z, keep)
            g.product(p, q)
            pq, pr = g.dot(p, q), g.dot(p, r)
            if not pq > 0.0:
                done = pr == 0.0
                left = 0.0 if done else left
                break
            far = pr / pq
            g.over_planes(kernels.move, x, r, p, q, far, g.inverse)
            work -= far * pr
            gained.append(far * pr)
            left = to_come(gained) / max(work, 1e-300)
            if left < tolerance:
                done = True
                break
        return Pressed(g.nodes(x).copy(), work, len(gained), left, done)

    def energy(self, pressed: Pressed) -> np.ndarray:
        """Share of each voxel [z, y, x] in the work, N mm: its nodes' displacements times its forces."""
        return self.grid.energy(pressed.displacement)


class View:
    """One grid with what is below it: a grid of twice the spacing, or rigid pieces."""

    def __init__(self, grid: Grid, dense: bool) -> None:
        self.grid = grid
        self._x, self._d, self._q, self._y = (grid.empty() for _ in range(4))
        self.coarse = View(grid.coarser(), False) if dense else None
        self.pieces = None if dense else Pieces(grid)

    def cycle(self, r: np.ndarray) -> np.ndarray:
        """An approximate displacement for forces `r`, which it uses up; the same room is used again by the next call."""
        x, y = self._x, self._y
        self._smooth(x, r)
        self._after(self._d, r)
        self._below(r, self._d)
        x += self._d
        self._after(self._d, r)
        self._smooth(y, r)
        x += y
        return x

    def _after(self, d: np.ndarray, r: np.ndarray) -> None:
        """What is left of the forces when the nodes have moved by `d`."""
        self.grid.product(d, self._q)
        self.grid.over_planes(kernels.lose, r, self._q, self.grid.inverse)

    def _smooth(self, x: np.ndarray, r: np.ndarray) -> None:
        """Chebyshev steps from nought, on the upper part of the spectrum; the last step is not yet taken off `r`."""
        g = self.grid
        centre, half = spectrum(g.top)
        g.smooth(x, self._d, r, self._q, 0.0, 1.0 / centre, True)
        rho = half / centre
        for _ in range(SMOOTHING - 1):
            g.product(self._d, self._q)
            new = 1.0 / (2.0 * centre / half - rho)
            g.smooth(x, self._d, r, self._q, new * rho, 2.0 * new / half, False)
            rho = new

    def _below(self, r: np.ndarray, out: np.ndarray) -> None:
        """What the coarser view makes of `r`."""
        g = self.grid
        if self.pieces:
            self.pieces.spread(self.pieces.solve(self.pieces.gather(r)), out)
            return
        c = self.coarse.grid
        sizes = (g.planes, g.rows, g.stride, c.planes, c.rows, c.stride)
        force = c.empty()
        c.over_planes(kernels.gather, r, force, tail=sizes)
        e = self.coarse.approach(force)
        g.over_planes(kernels.spread, e, out, g.inverse, tail=sizes)

    def approach(self, r: np.ndarray) -> np.ndarray:
        """A few steps of conjugate gradients on this grid."""
        g = self.grid
        x, p, q, lead, work = g.empty(), g.empty(), g.empty(), g.empty(), 1.0
        g.over_planes(kernels.lose, r, q, g.inverse)
        for step in range(STEPS_BELOW):
            lead[:] = r
            z = self.cycle(lead)
            g.over_planes(kernels.follow, p, z, np.float32(-g.dot(z, q) / work if step else 0.0))
            g.product(p, q)
            work = g.dot(p, q)
            if not work > 0.0:
                break
            g.over_planes(kernels.move, x, r, p, q, np.float32(g.dot(p, r) / work), g.inverse)
        return x


def spectrum(top: float) -> tuple[float, float]:
    """Centre and half width of the part of the spectrum that the smoother works on."""
    return 0.5 * top * (1.0 + SHARE), 0.5 * top * (1.0 - SHARE)


def to_come(gained: list[float]) -> float:
    """What the energy is still to fall by, from what it fell by at the last steps: as much again as a series that goes on
    shrinking as it did."""
    if len(gained) < 3:
        return np.inf
    now, before = max(gained[-1], gained[-2]), max(gained[-2], gained[-3])
    rate = min(max(now / before if before > 0.0 else 0.0, 0.1), 0.97)
    return now * rate / (1.0 - rate)
