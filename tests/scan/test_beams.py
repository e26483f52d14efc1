"""Beams and tubes: what the textbook says, the press on voxels says, and so do the sections."""

import numpy as np
import pytest

from seedsoil.scan import sections
from seedsoil.scan.grid import POISSON
from seedsoil.scan.solve import Body

E = 1000.0
G = E / (2.0 * (1.0 + POISSON))


def tube(outer, inner, across, length):
    """A straight tube of `across` voxels over its outer diameter of 2 * outer mm, and its spacing."""
    pixel = 2.0 * outer / across
    at = (np.arange(across) + 0.5) * pixel - outer
    r = np.hypot(at[:, None], at[None, :])
    ring = (r <= outer) & (r >= inner)
    return np.repeat(np.where(ring, E, 0.0)[None], length, axis=0), pixel


def nodes(modulus, spacing):
    nz, ny, nx = modulus.shape
    z, y, x = np.meshgrid(*(np.arange(n + 1) for n in (nz, ny, nx)), indexing="ij")
    return z * spacing[2], (y - ny / 2) * spacing[1], (x - nx / 2) * spacing[0]


def ends(shape, components):
    held = np.zeros((3, *(n + 1 for n in shape)), bool)
    for c in components:
        held[c, 0] = held[c, -1] = True
    return held


def pinned(held):
    """Enough lateral holds to stop the body sliding, none to strain it: two nodes of the lower face, on its middle line."""
    y = held.shape[2] // 2
    held[:2, 0, y, 1] = True
    held[1, 0, y, held.shape[3] - 2] = True
    return held


def test_a_tube_shortens_as_its_area_says():
    modulus, pixel = tube(10.0, 6.0, 40, 12)
    held = pinned(ends(modulus.shape, (2,)))
    moved = np.zeros(held.shape)
    moved[2, -1] = -0.01
    work = Body(modulus, held, (pixel, pixel, 1.0)).press(moved, 1e-8).work
    area = np.pi * (10.0**2 - 6.0**2)
    assert work / 0.01**2 == pytest.approx(E * area / 12.0, rel=0.015)
    assert sections.section(modulus[0], pixel).ea == pytest.approx(E * area, rel=0.015)


def test_a_tube_bends_as_its_second_moment_says():
    modulus, pixel = tube(10.0, 6.0, 40, 12)
    _, _, x = nodes(modulus, (pixel, pixel, 1.0))
    held = pinned(ends(modulus.shape, (2,)))
    moved = np.zeros(held.shape)
    moved[2, -1] = 1e-3 * x[-1]
    work = Body(modulus, held, (pixel, pixel, 1.0)).press(moved, 1e-8).work
    second = np.pi / 4.0 * (10.0**4 - 6.0**4)
    assert work / 1e-6 == pytest.approx(E * second / 12.0, rel=0.02)
    found = sections.section(modulus[0], pixel)
    assert found.ei_least == pytest.approx(E * second, rel=0.02)
    assert found.ei_greatest == pytest.approx(found.ei_least, rel=1e-6)


def test_a_tube_twists_as_its_polar_moment_says():
    modulus, pixel = tube(10.0, 6.0, 40, 12)
    _, y, x = nodes(modulus, (pixel, pixel, 1.0))
    held = ends(modulus.shape, (0, 1))
    held[2, 0, 20, 1] = True
    moved = np.zeros(held.shape)
    moved[0, -1], moved[1, -1] = -1e-3 * y[-1], 1e-3 * x[-1]
    work = Body(modulus, held, (pixel, pixel, 1.0)).press(moved, 1e-8).work
    polar = np.pi / 2.0 * (10.0**4 - 6.0**4)
    found = sections.section(modulus[0], pixel)
    # stairs on a round surface carry no shear: both come out a little low, and alike
    assert work / 1e-6 == pytest.approx(found.gj / 12.0, rel=0.01)
    assert found.gj == pytest.approx(G * polar, rel=0.05)
    assert found.gj <= found.gj_polar


def test_a_square_bar_twists_less_than_its_polar_moment():
    square = np.full((24, 24), E)
    found = sections.section(square, 0.5)
    assert found.gj == pytest.approx(0.1406 * G * 12.0**4, rel=0.01)
    assert found.gj_polar == pytest.approx(G * 12.0**4 / 6.0, rel=1e-6)


def test_a_slit_tube_has_lost_its_twist_but_not_its_pull():
    """A breached cortex: closed to open section."""
    modulus, pixel = tube(10.0, 8.0, 40, 1)
    slit = modulus[0].copy()
    slit[19:21, 30:] = 0.0
    whole, open_ = sections.section(modulus[0], pixel), sections.section(slit, pixel)
    assert open_.ea > 0.95 * whole.ea
    assert open_.gj < 0.1 * whole.gj


def test_a_clamped_beam_gives_at_its_tip_as_the_textbook_says():
    shape, size = (60, 8, 8), (1.0, 1.0, 1.0)
    held = np.zeros((3, 61, 9, 9), bool)
    held[:, 0] = True
    held[0, -1] = True
    moved = np.zeros(held.shape)
    moved[0, -1] = 0.01
    work = Body(np.full(shape, E), held, size).press(moved, 1e-8).work
    second, area, length = 8.0**4 / 12.0, 64.0, 60.0
    shear = 10.0 * (1.0 + POISSON) / (12.0 + 11.0 * POISSON)
    give = length**3 / (3.0 * E * second) + length / (shear * G * area)
    assert work / 0.01**2 == pytest.approx(1.0 / give, rel=0.02)


@pytest.mark.parametrize("spacing", [(1.0, 1.0, 2.0), (0.5, 1.0, 1.0)])
def test_voxels_of_unlike_edges_change_the_answer_by_less_than_a_hundredth(spacing):
    """The same graded block on cubes and on bricks."""

    def block(edges):
        shape = [round(n / e) for n, e in zip((24, 20, 20), edges[::-1], strict=True)]
        z, y, x = np.meshgrid(*((np.arange(n) + 0.5) * e for n, e in zip(shape, edges[::-1], strict=True)), indexing="ij")
        modulus = 500.0 + 400.0 * np.sin(x / 5.0) * np.cos(y / 6.0) * np.sin(z / 7.0)
        held = ends(shape, (0, 1, 2))
        moved = np.zeros(held.shape)
        moved[2, -1] = -0.1
        return Body(modulus, held, edges).press(moved, 1e-8).work

    assert block(spacing) == pytest.approx(block((1.0, 1.0, 1.0)), rel=0.01)
