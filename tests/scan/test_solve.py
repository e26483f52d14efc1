"""The press on bodies whose answer is known."""

import numpy as np
import pytest

from seedsoil.scan import brick
from seedsoil.scan.grid import POISSON, Grid
from seedsoil.scan.solve import Body


def clamped(shape, press=0.01):
    """Nodes of the lower and upper end held, the upper one moved down."""
    nz, ny, nx = shape
    held = np.zeros((3, nz + 1, ny + 1, nx + 1), bool)
    held[:, 0] = held[:, -1] = True
    moved = np.zeros(held.shape)
    moved[2, -1] = -press
    return held, moved


def assembled(modulus, spacing):
    """The stiffness matrix of a small body, put together the plain way."""
    nz, ny, nx = modulus.shape
    number = np.arange((nz + 1) * (ny + 1) * (nx + 1)).reshape(nz + 1, ny + 1, nx + 1)
    k = brick.stiffness(spacing, POISSON)
    whole = np.zeros((3 * number.size,) * 2)
    for z, y, x in np.ndindex(modulus.shape):
        nodes = [number[z + (c >> 2), y + (c >> 1 & 1), x + (c & 1)] for c in range(8)]
        rows = [3 * n + i for n in nodes for i in range(3)]
        whole[np.ix_(rows, rows)] += modulus[z, y, x] * k
    return whole


def test_the_product_without_a_matrix_is_that_of_the_matrix():
    rng = np.random.default_rng(3)
    modulus = rng.random((5, 4, 7)) * (rng.random((5, 4, 7)) > 0.3)
    spacing = (0.8, 1.3, 3.0)
    grid = Grid(modulus, np.zeros((3, 6, 5, 8), bool), spacing)
    u, out = grid.empty(np.float64), grid.empty(np.float64)
    grid.nodes(u)[:] = rng.normal(size=(3, 6, 5, 8))
    grid.product(u, out)
    flat = grid.nodes(u).reshape(3, -1).T.ravel()
    plain = (assembled(modulus.astype(np.float32).astype(float), spacing) @ flat).reshape(-1, 3).T.reshape(3, 6, 5, 8)
    assert np.allclose(grid.nodes(out), plain, atol=1e-12 * np.abs(plain).max())


def test_a_body_in_even_strain_stays_so():
    """The patch test: held all round as an even strain says, every inner node follows it, whatever the spacing."""
    rng = np.random.default_rng(1)
    shape, spacing = (5, 6, 7), (0.8, 0.9, 2.0)
    held = np.ones((3, 6, 7, 8), bool)
    held[:, 1:-1, 1:-1, 1:-1] = False
    z, y, x = np.meshgrid(*(np.arange(n) * s for n, s in zip((6, 7, 8), spacing[::-1], strict=True)), indexing="ij")
    slope = rng.normal(size=(3, 3)) * 1e-3
    even = np.einsum("ij,jzyx->izyx", slope, np.stack([x, y, z]))
    pressed = Body(np.full(shape, 800.0), held, spacing).press(even, 1e-16)
    assert np.abs(pressed.displacement - even).max() < 1e-7 * np.abs(even).max()


@pytest.mark.parametrize("porous", [False, True])
def test_the_force_is_that_of_a_direct_solution(porous):
    rng = np.random.default_rng(5)
    shape = (9, 8, 10)
    modulus = rng.uniform(200.0, 2000.0, shape)
    if porous:
        modulus[:, ::2, ::2] = 0.0
    held, moved = clamped(shape)
    body = Body(modulus, held, (1.0, 1.0, 1.0))
    assert (body.view.pieces is not None) == porous
    pressed = body.press(moved, 1e-10)
    k = assembled(modulus.astype(np.float32).astype(float), (1.0, 1.0, 1.0))
    flat, fast = moved.reshape(3, -1).T.ravel(), held.reshape(3, -1).T.ravel()
    free = ~fast & (np.diag(k) > 0.0)
    flat[free] = np.linalg.solve(k[np.ix_(free, free)], -k[np.ix_(free, fast)] @ flat[fast])
    assert pressed.converged
    assert pressed.work == pytest.approx(flat @ k @ flat, rel=1e-8)


def test_a_looser_tolerance_is_kept():
    """The error it stops at is an estimate; it must not be a hope."""
    rng = np.random.default_rng(2)
    shape = (24, 20, 20)
    modulus = rng.uniform(50.0, 5000.0, shape)
    held, moved = clamped(shape)
    body = Body(modulus, held, (1.0, 1.0, 1.0))
    exact = body.press(moved, 1e-13).work
    for tolerance in (1e-4, 1e-6, 1e-8):
        assert abs(body.press(moved, tolerance).work / exact - 1.0) < tolerance


def test_the_number_of_threads_changes_no_digit(monkeypatch):
    rng = np.random.default_rng(2)
    modulus = rng.uniform(50.0, 5000.0, (30, 12, 14))
    held, moved = clamped(modulus.shape)
    works = []
    for many in ("1", "2", "3"):
        monkeypatch.setenv("SEEDSOIL_SCAN_THREADS", many)
        works.append(Body(modulus, held, (1.0, 1.0, 1.0)).press(moved, 1e-6).work)
    assert works[0] == works[1] == works[2]


def test_the_work_is_shared_out_among_the_voxels():
    rng = np.random.default_rng(2)
    modulus = rng.uniform(50.0, 500.0, (6, 5, 4))
    held, moved = clamped(modulus.shape)
    body = Body(modulus, held, (1.0, 2.0, 1.5))
    pressed = body.press(moved, 1e-10)
    assert body.energy(pressed).sum() == pytest.approx(pressed.work, rel=1e-6)
