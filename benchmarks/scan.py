"""How fast a bone is pressed, beside other solvers where they are installed: ``python benchmarks/scan.py --large``.

The same porous cubes (Gaussian field, three voxels wide, 30 % bone) and, if a material map of a vertebra is given, that vertebra.
Each solver runs in turn on one core; wall and processor seconds, force, and the largest memory of this process so far are
printed. The first, compiling run of ours is left out. On a machine with other work, read the processor seconds.
"""

from __future__ import annotations

import argparse
import os
import resource
import time

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("SEEDSOIL_SCAN_THREADS", "1")

import numpy as np
from scipy import ndimage

from seedsoil.scan.brick import stiffness
from seedsoil.scan.grid import POISSON, Grid
from seedsoil.scan.solve import Body

MODULUS, EDGE, SHARE, STRAIN = 12_000.0, 0.05, 0.7, 0.01


def cube(n: int) -> np.ndarray:
    """A connected porous cube, the same in every run."""
    field = ndimage.gaussian_filter(np.random.default_rng(0).standard_normal((n, n, n)), 3, mode="wrap")
    labels, _ = ndimage.label(field > np.quantile(field, SHARE))
    return labels == np.argmax(np.bincount(labels.ravel())[1:]) + 1


def clamped(solid: np.ndarray) -> tuple[np.ndarray, np.ndarray, float]:
    """Both ends held, the upper one moved down by a hundredth of the height."""
    held = np.zeros((3, *(n + 1 for n in solid.shape)), bool)
    held[:, 0] = held[:, -1] = True
    moved = np.zeros(held.shape)
    press = STRAIN * solid.shape[0] * EDGE
    moved[2, -1] = -press
    return held, moved, press


def ours(modulus: np.ndarray, held: np.ndarray, moved: np.ndarray, edge: float, press: float) -> tuple[float, str]:
    body = Body(modulus, held, (edge,) * 3)
    pressed = body.press(moved, 1e-6)
    return pressed.work / press, f"{pressed.steps} steps"


def assembled(modulus: np.ndarray, held: np.ndarray, moved: np.ndarray, edge: float, press: float) -> tuple[float, str]:
    """pyamg, smoothed aggregation with the six rigid motions, on the assembled matrix."""
    import pyamg
    from scipy.sparse import coo_matrix
    from scipy.sparse.linalg import cg

    z, y, x = np.nonzero(modulus > 0.0)
    wide, tall = modulus.shape[2] + 1, modulus.shape[1] + 1
    ids = np.stack([((z + (k >> 2)) * tall + y + (k >> 1 & 1)) * wide + x + (k & 1) for k in range(8)], axis=1)
    used, node = np.unique(ids, return_inverse=True)
    rows = (3 * node.reshape(-1, 8)[:, :, None] + np.arange(3)).reshape(len(x), 24)
    values = modulus[z, y, x][:, None, None] * stiffness((edge,) * 3, POISSON)[None]
    size = 3 * len(used)
    across = np.broadcast_to(rows[:, :, None], values.shape).ravel(), np.broadcast_to(rows[:, None, :], values.shape).ravel()
    matrix = coo_matrix((values.ravel(), across), (size, size)).tocsr()
    fast, u = held.reshape(3, -1)[:, used].T.ravel(), np.where(held, moved, 0.0).reshape(3, -1)[:, used].T.ravel()
    free = np.flatnonzero(~fast)
    inner, force = matrix[free][:, free].tobsr((1, 1)), -(matrix @ u)[free]
    at = np.stack([used % wide, used // wide % tall, used // (wide * tall)], axis=1) * edge
    rigid = np.zeros((len(used), 3, 6))
    rigid[:, [0, 1, 2], [0, 1, 2]] = 1.0
    rigid[:, 0, 4], rigid[:, 0, 5], rigid[:, 1, 3] = at[:, 2], -at[:, 1], -at[:, 2]
    rigid[:, 1, 5], rigid[:, 2, 3], rigid[:, 2, 4] = at[:, 0], at[:, 1], -at[:, 0]
    levels = pyamg.smoothed_aggregation_solver(inner, B=rigid.reshape(-1, 6)[free])
    steps = [0]
    u[free], _ = cg(inner, force, rtol=1e-6, M=levels.aspreconditioner(), callback=lambda _: steps.__setitem__(0, steps[0] + 1))
    return float(u @ (matrix @ u)) / press, f"{steps[0]} steps"


def parosol(modulus: np.ndarray, held: np.ndarray, moved: np.ndarray, edge: float, press: float) -> tuple[float, str]:
    """ParOSol by way of parosol-py, as one process: it spins while it waits for others, which would count as work."""
    import parosol_py

    c, z, y, x = np.nonzero(held & Grid(modulus, held, (edge,) * 3).body()[None])
    at, far = np.stack([x, y, z, c], axis=1).astype(np.uint16), moved[c, z, y, x].astype(np.float32)
    holds = parosol_py.core.BoundaryConditionSet(at, far)
    found = parosol_py.solve(
        material=modulus, spacing=(edge,) * 3, load_case_type="nodeset", boundary_conditions=holds, mpi_processes=1
    )
    return abs(found.diagnostics["mechanics"]["reaction_force"]["z"]), f"{found.summary.run.iterations} steps"


SOLVERS = {"seedsoil": ours, "pyamg": assembled, "parosol-py": parosol}


def worked() -> float:
    """Processor seconds of this process and of those it has waited for."""
    own, others = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return own.ru_utime + own.ru_stime + others.ru_utime + others.ru_stime


def measure(name: str, problem: tuple) -> None:
    wall, work = time.perf_counter(), worked()
    try:
        force, said = SOLVERS[name](*problem)
    except ImportError:
        print(f"  {name:10s} not installed")
        return
    except Exception as trouble:  # a peer that fails is said, not hidden
        print(f"  {name:10s} failed: {type(trouble).__name__}: {str(trouble)[:120]}")
        return
    wall, work = time.perf_counter() - wall, worked() - work
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    spent = f"{wall:8.2f} s wall {work:8.2f} s processor"
    print(f"  {name:10s} {spent}  force {force:.5f} N  {said}  up to {memory:.2f} GB", flush=True)


def vertebra(place: str) -> tuple:
    """A material map (MPa, caps of 2500 MPa), pressed as its published reference was: foot held, head moved down."""
    import nibabel

    modulus = np.asarray(nibabel.load(place).dataobj).transpose(2, 1, 0).astype(float)
    modulus[modulus < 1e-3] = 0.0
    caps = np.flatnonzero((modulus == 2500.0).sum(axis=(1, 2)) > 100)
    low, high = caps[0], caps[-1] + 1
    held, moved = np.zeros((3, *(n + 1 for n in modulus.shape)), bool), np.zeros((3, *(n + 1 for n in modulus.shape)))
    for plane, layer in ((low, low), (high, high - 1)):
        nodes = np.zeros(held.shape[2:], bool)
        cap = modulus[layer] == 2500.0
        for dy in (0, 1):
            for dx in (0, 1):
                nodes[dy : dy + cap.shape[0], dx : dx + cap.shape[1]] |= cap
        held[2, plane] = nodes
        if plane == low:
            held[:2, plane] = nodes
        else:
            moved[2, plane][nodes] = -0.2924
    return modulus, held, moved, 1.0, 0.2924


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--large", action="store_true", help="also a cube of 200,000 voxels, and one of a million by ours alone")
    asked.add_argument("--material", help="material map of a vertebra (MPa), NIfTI")
    asked = asked.parse_args()
    small = cube(24)
    ours(np.where(small, MODULUS, 0.0), *clamped(small)[:2], EDGE, clamped(small)[2])
    ours(np.full((12, 12, 12), MODULUS), *clamped(np.ones((12, 12, 12), bool))[:2], EDGE, 0.006)
    for n in (56, 88) if asked.large else (56,):
        solid = cube(n)
        held, moved, press = clamped(solid)
        print(f"porous cube, {int(solid.sum())} voxels")
        for name in SOLVERS:
            measure(name, (np.where(solid, MODULUS, 0.0), held, moved, EDGE, press))
    if asked.material:
        print("vertebra")
        for name in ("seedsoil", "parosol-py"):
            measure(name, vertebra(asked.material))
    if asked.large:
        solid = cube(152)
        held, moved, press = clamped(solid)
        print(f"porous cube, {int(solid.sum())} voxels")
        measure("seedsoil", (np.where(solid, MODULUS, 0.0), held, moved, EDGE, press))


if __name__ == "__main__":
    main()
