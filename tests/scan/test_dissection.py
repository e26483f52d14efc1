"""A body taken apart and solved outright gives what a general solver gives."""

import numpy as np
import pytest

from seedsoil.scan.dissection import LEAF, Outright, taken_apart


def net(shape: tuple[int, int, int]) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Pieces on a grid, each joined to those beside it: rows, columns, blocks [n, 6, 6] and places; held softly throughout."""
    places = np.argwhere(np.ones(shape)).astype(float)
    near = np.abs(places[:, None] - places[None]).sum(axis=2) <= 1.0
    rows, columns = np.nonzero(near)
    spring = np.random.default_rng(0).random((len(places), 6, 3))
    blocks = -np.einsum("aik,bjk->abij", spring, spring)[rows, columns]
    whole = np.zeros((len(places), len(places), 6, 6))
    whole[rows, columns] = np.where((rows != columns)[:, None, None], blocks, 0.0)
    own = np.abs(whole).sum(axis=(1, 3)) + 0.1
    whole[range(len(places)), range(len(places))] = own[:, :, None] * np.eye(6)
    indptr = np.concatenate([[0], np.cumsum(near.sum(axis=1))]).astype(np.int32)
    return indptr, columns.astype(np.int32), whole[rows, columns], places


@pytest.mark.parametrize("shape", [(2, 3, 2), (9, 7, 5)])
def test_pieces_move_as_a_dense_solution_says(shape):
    indptr, columns, blocks, places = net(shape)
    many = len(places)
    rows = np.repeat(np.arange(many), np.diff(indptr))
    dense = np.zeros((many, 6, many, 6))
    dense[rows, :, columns, :] = blocks
    force = np.random.default_rng(1).standard_normal((many, 6)).astype(np.float32)
    exact = np.linalg.solve(dense.reshape(6 * many, -1), force.ravel())
    found = Outright(indptr, columns, blocks, places)(force)
    assert found.ravel() == pytest.approx(exact, abs=1e-4 * np.abs(exact).max())


def test_every_piece_is_eliminated_once_and_meets_only_later_ones():
    indptr, columns, _, places = net((9, 7, 5))
    parts, half, end = taken_apart(indptr, columns, places)
    order = np.concatenate([part.own for part in parts])
    assert sorted(order) == list(range(len(places))) and 0 < half < end < len(parts)
    turn = np.empty(len(places), int)
    for number, part in enumerate(parts):
        turn[part.own] = number
    assert all((turn[part.around] > number).all() for number, part in enumerate(parts))
    assert max(len(part.own) for part in parts) <= max(LEAF, 40)


def test_a_piece_that_nothing_holds_does_not_stop_the_others():
    indptr, columns, blocks, places = net((3, 3, 3))
    alone = 0.0 * blocks[:1]
    indptr, columns = np.append(indptr, indptr[-1] + 1).astype(np.int32), np.append(columns, len(places)).astype(np.int32)
    force = np.ones((len(places) + 1, 6), np.float32)
    force[-1] = 0.0
    found = Outright(indptr, columns, np.concatenate([blocks, alone]), np.vstack([places, [9.0, 9.0, 9.0]]))(force)
    assert np.isfinite(found).all() and (found[-1] == 0.0).all()


def test_a_piece_that_rounding_makes_unstable_is_eliminated_all_the_same():
    indptr, columns, blocks, places = net((3, 3, 3))
    rows = np.repeat(np.arange(len(places)), np.diff(indptr))
    own = (rows == 4) & (columns == 4)
    blocks[rows == 4] *= own[rows == 4][:, None, None]
    blocks[columns == 4] *= (rows == 4)[columns == 4][:, None, None]
    blocks[own, 0, 0] = -1e-6 * np.trace(blocks[own][0])
    force = np.ones((len(places), 6), np.float32)
    force[4] = 0.0
    assert np.isfinite(Outright(indptr, columns, blocks, places)(force)).all()
