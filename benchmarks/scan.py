"""How fast a bone is pressed, beside other solvers where they are installed: ``python benchmarks/scan.py --large``.

The same porous cubes (Gaussian field, three voxels wide, 30 % bone) and, if a material map of a vertebra is given, that vertebra.
Each solver runs on one core, with ours just before and just after it; the ratio is of processor seconds. A peer counts as equally
accurate when its force is within a ten-thousandth of ours at a tolerance of 1e-9. The first, compiling run of ours is left out.
Peers come with the extra `bench` (pyamg, parosol-py) and with Debian's calculix-ccx; none is needed otherwise.
"""

from __future__ import annotations

import argparse
import os
import platform
import resource
import shutil
import subprocess
import tempfile
import time
from functools import partial
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("SEEDSOIL_SCAN_THREADS", "1")
os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
from scipy import ndimage

from seedsoil.scan.brick import stiffness
from seedsoil.scan.grid import POISSON, Grid
from seedsoil.scan.solve import Body

MODULUS, EDGE, SHARE, STRAIN = 12_000.0, 0.05, 0.7, 0.01
EQUAL = 1e-4  # share by which the force of an equally accurate peer may be off


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
    whole = (held == held[:1]).all()  # then a node is free or held in all directions, and its three rows go together
    inner, force = matrix[free][:, free].tobsr((3, 3) if whole else (1, 1)), -(matrix @ u)[free]
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


def calculix(
    modulus: np.ndarray, held: np.ndarray, moved: np.ndarray, edge: float, press: float, way: str = "ITERATIVE CHOLESKY"
) -> tuple[float, str]:
    """CalculiX by its iterative solver with an incomplete Cholesky factor, its fastest here, or by another of its solvers."""
    if shutil.which("ccx") is None:
        raise ImportError("ccx")
    z, y, x = np.nonzero(modulus > 0.0)
    wide, tall = modulus.shape[2] + 1, modulus.shape[1] + 1
    ring = ((0, 0, 0), (1, 0, 0), (1, 1, 0), (0, 1, 0), (0, 0, 1), (1, 0, 1), (1, 1, 1), (0, 1, 1))
    ids = np.stack([((z + dz) * tall + y + dy) * wide + x + dx for dx, dy, dz in ring], axis=1)
    used, node = np.unique(ids, return_inverse=True)
    at = np.stack([used % wide, used // wide % tall, used // (wide * tall)], axis=1) * edge
    values, kind = np.unique(modulus[z, y, x], return_inverse=True)
    with tempfile.TemporaryDirectory() as folder:
        with open(Path(folder) / "body.inp", "w", encoding="ascii") as out:
            out.write("*NODE\n")
            np.savetxt(out, np.column_stack([np.arange(1, len(used) + 1), at]), "%d,%.9g,%.9g,%.9g")
            for k, e in enumerate(values):
                of = np.flatnonzero(kind == k)
                out.write(f"*ELEMENT,TYPE=C3D8,ELSET=E{k}\n")
                np.savetxt(out, np.column_stack([of + 1, node.reshape(-1, 8)[of] + 1]), "%d", ",")
                out.write(f"*MATERIAL,NAME=M{k}\n*ELASTIC\n{e:.9g},{POISSON}\n*SOLID SECTION,ELSET=E{k},MATERIAL=M{k}\n")
            fast, far = held.reshape(3, -1)[:, used], moved.reshape(3, -1)[:, used]
            out.write("*NSET,NSET=PRESSED\n")
            np.savetxt(out, np.flatnonzero((far[2] != 0.0) & fast[2]) + 1, "%d")
            out.write(f"*STEP\n*STATIC,SOLVER={way}\n*BOUNDARY\n")
            for c in range(3):
                n = np.flatnonzero(fast[c])
                np.savetxt(out, np.column_stack([n + 1, np.full((len(n), 2), c + 1), far[c][n]]), "%d,%d,%d,%.9g")
            out.write("*NODE PRINT,NSET=PRESSED,TOTALS=ONLY\nRF\n*END STEP\n")
        said = subprocess.run(["ccx", "body"], cwd=folder, capture_output=True, text=True)
        lines = (Path(folder) / "body.dat").read_text().split("\n")
    force = next(line.split() for line in reversed(lines) if len(line.split()) == 3)
    return abs(float(force[2])), "" if said.returncode == 0 else f"exit {said.returncode}"


PEERS = {"pyamg": assembled, "parosol-py": parosol, "CalculiX": calculix}
DIRECT = {"CalculiX, direct": partial(calculix, way="SPOOLES")}  # several GB beyond 50,000 voxels


def worked() -> float:
    """Processor seconds of this process and of those it has waited for."""
    own, others = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return own.ru_utime + own.ru_stime + others.ru_utime + others.ru_stime


def measured(solver, problem: tuple) -> tuple[float, float, float, str]:
    """Force, processor seconds, wall seconds and what else the solver said."""
    wall, work = time.perf_counter(), worked()
    force, said = solver(*problem)
    return force, worked() - work, time.perf_counter() - wall, said


def compared(title: str, problem: tuple, peers: list[str]) -> list[str]:
    """Rows of the table for one body: ours alone, and each peer with ours before and after it."""
    print(title, flush=True)
    force, work, wall, said = measured(ours, problem)
    exact = Body(problem[0], problem[1], (problem[3],) * 3).press(problem[2], 1e-9).work / problem[4]
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    rows = [row(title, "seedsoil", work, wall, force / exact - 1.0, said, "", f"{peak:.2f}" if not peers else "")]
    for name in peers:
        try:
            before = measured(ours, problem)
            found, work, wall, said = measured((PEERS | DIRECT)[name], problem)
            after = measured(ours, problem)
        except ImportError:
            print(f"  {name}: not installed")
            continue
        except Exception as trouble:  # a peer that fails is said, not hidden
            print(f"  {name}: failed: {type(trouble).__name__}: {str(trouble)[:120]}")
            continue
        off = found / exact - 1.0
        ratio = 2.0 * work / (before[1] + after[1])
        rows.append(row(title, name, work, wall, off, said, f"{ratio:.1f}" + ("" if abs(off) <= EQUAL else ", less exact"), ""))
    return rows


def row(title: str, name: str, work: float, wall: float, off: float, said: str, ratio: str, memory: str) -> str:
    out = f"| {title} | {name} | {work:.2f} | {wall:.1f} | {off:+.1e} | {said} | {ratio} | {memory} |"
    print("  " + out, flush=True)
    return out


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


PAGE = """# How fast a bone of a scan is pressed

<!-- Made by `python benchmarks/scan.py --large --page docs/strength-performance.md`; change the program, not this page. -->

One core each ({machine}), in one run, ours just before and just after each peer; the ratio is the peer's processor seconds
over ours. The machine had other work while this ran (some {load:.0f} processes at a time for {cores} cores): read processor
seconds, not wall seconds. Force is given by how far it is off from ours at a tolerance of 1e-9; a peer off by more than a
ten-thousandth is called less exact. Assembly, set-up and files are counted; compiling is not.

| body | solver | processor s | wall s | force off | steps | peer over ours | memory, GB |
|---|---|---|---|---|---|---|---|
{rows}
"""


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--large", action="store_true", help="also a cube of 200,000 voxels, and one of a million by ours alone")
    asked.add_argument("--material", help="material map of a vertebra (MPa), NIfTI")
    asked.add_argument("--page", metavar="FILE", help="write the page here")
    asked = asked.parse_args()
    small = cube(24)
    ours(np.where(small, MODULUS, 0.0), *clamped(small)[:2], EDGE, clamped(small)[2])
    ours(np.full((12, 12, 12), MODULUS), *clamped(np.ones((12, 12, 12), bool))[:2], EDGE, 0.006)
    rows = []
    # the largest first: what peers hold would count as its memory
    large, small = [(152, []), (88, list(PEERS))], [(56, [*PEERS, *DIRECT])]
    for n, peers in [*large, *small] if asked.large else small:
        solid = cube(n)
        held, moved, press = clamped(solid)
        problem = np.where(solid, MODULUS, 0.0), held, moved, EDGE, press
        rows += compared(f"porous cube, {int(solid.sum()):,} voxels", problem, peers)
    if asked.material:
        rows += compared("vertebra L4", vertebra(asked.material), ["parosol-py"])
    if asked.page:
        said = {"machine": platform.machine(), "load": os.getloadavg()[1], "cores": os.cpu_count(), "rows": "\n".join(rows)}
        Path(asked.page).write_text(PAGE.format(**said), "utf-8")


if __name__ == "__main__":
    main()
