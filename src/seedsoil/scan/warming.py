"""The first run on a machine compiles the solver; a second process takes half of that off it.

Compiled code is kept on disk, where the process that reads the scan finds what this one has made ready meanwhile.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np

from seedsoil.scan import kernels
from seedsoil.scan.grid import Grid


def begin() -> subprocess.Popen | None:
    """Start the second process, if this is the first run."""
    if any(Path(kernels.product.stats.cache_path).glob("kernels.product-*.nbi")):
        return None
    return subprocess.Popen([sys.executable, "-m", __name__], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def warm() -> None:
    """Compile what the solver needs last, by using it on a cube of eight voxels."""
    held = np.zeros((3, 3, 3, 3), bool)
    held[:, 0] = True
    small = Grid(np.ones((2, 2, 2)), held, (1.0, 1.0, 1.0))
    fields = {kind: [small.empty(kind) for _ in range(4)] for kind in (np.float32, np.float64)}
    for kind, (x, r, p, q) in fields.items():
        small.product(x, q)
        small.dot(p, q)
        small.over_planes(kernels.lose, r, q, small.inverse)
        small.over_planes(kernels.move, x, r, p, q, kind(0.0), small.inverse)
        small.over_planes(kernels.follow, p, fields[np.float32][0], kind(0.0))
    x, r, p, q = fields[np.float32]
    small.smooth(x, p, r, q, 0.0, 1.0, True)
    small.smooth(x, p, r, q, 0.0, 1.0, False)
    large = small.coarser()
    sizes = (small.planes, small.rows, small.stride, large.planes, large.rows, large.stride)
    large.over_planes(kernels.gather, r, large.empty(), tail=sizes)
    small.over_planes(kernels.spread, large.empty(), x, small.inverse, tail=sizes)


if __name__ == "__main__":
    warm()
