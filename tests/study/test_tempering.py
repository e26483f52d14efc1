"""Candidates fit by tempering: scores that mix, rounds that keep what is believed, the same for the same seed."""

from types import SimpleNamespace

import numpy as np
import pytest
from tests.study import somebody

from seedsoil.study import tempering
from seedsoil.study.leading import LED
from seedsoil.study.placing import PARTS
from seedsoil.study.weighing import Candidates, number
from seedsoil.world import populations
from seedsoil.world.populations import Scores

N = 4000
FOUR = SimpleNamespace(params=np.zeros(4))  # as many versions of the model's numbers


def test_mixed_scores_are_standard_normal_and_lie_near_what_they_come_from():
    key = np.arange(N)
    keys, weights = np.stack([key, key + N], axis=1), np.tile([0.85, np.sqrt(1.0 - 0.85**2)], (N, 1))
    plain, mixed = Scores(3, key), Scores(3, key, mixed=(keys, weights))
    for slots in (None, np.arange(3)):
        before, after = plain.of("growth_within", slots), mixed.of("growth_within", slots)
        assert before.shape == after.shape == ((N,) if slots is None else (N, 3))
        assert after.mean() == pytest.approx(0.0, abs=0.06) and after.std() == pytest.approx(1.0, abs=0.05)
        assert np.corrcoef(before.ravel(), after.ravel())[0, 1] == pytest.approx(0.85, abs=0.03)


def test_scores_are_those_of_the_keys_and_given_ones_stand_in():
    key = np.arange(50)
    scores = Scores(3, key, {"frailty": np.full(50, 2.0)})
    assert np.array_equal(scores.of("load"), populations.score(3, key, "load"))
    assert np.array_equal(scores.of("size", np.array([4]))[:, 0], populations.score(3, key, "size", np.full(50, 4)))
    assert set(scores.of("frailty")) == {2.0}
    some = scores.rows(np.array([7, 3]))
    assert np.array_equal(some.of("load"), scores.of("load")[[7, 3]]) and some.of("frailty").shape == (2,)


@pytest.fixture
def known(monkeypatch):
    """Candidates whose findings tell one led score and one other trait, with a known answer; nobody has to live."""

    def lived(patient, keys, version, scores, numbers, tell=None):
        z = np.stack([scores.of(name) for name in LED], axis=1)
        fit = -0.5 * ((z[:, 2] - 2.0) / 0.2) ** 2 - 0.5 * ((scores.of("load") - 1.0) / 0.5) ** 2
        return Candidates(None, fit, -14), z

    monkeypatch.setattr(tempering.history, "lived", lived)
    return lambda seed, n=N: tempering.fit(somebody.patient(), n, seed, FOUR)


def scores_of(monkeypatch, known, seed: int) -> tuple[tempering.Fitted, np.ndarray, np.ndarray]:
    seen = []
    inner = tempering.history.lived

    def watched(patient, keys, version, scores, numbers, tell=None):
        seen.append(scores)
        return inner(patient, keys, version, scores, numbers, tell)

    monkeypatch.setattr(tempering.history, "lived", watched)
    fitted = known(seed)
    return fitted, np.stack([seen[-1].of(name) for name in LED], axis=1), seen[-1].of("load")


def test_candidates_have_the_distribution_that_prior_and_findings_make(monkeypatch, known):
    """A normal prior and a normal finding: mean and spread are known in closed form."""
    fitted, z, load = scores_of(monkeypatch, known, 5)
    assert fitted.power == 1.0 and fitted.effective > 0.3 * N
    assert z[:, 2].mean() == pytest.approx(2.0 / 1.04, abs=0.03) and z[:, 2].std() == pytest.approx(0.2 / 1.04**0.5, abs=0.03)
    assert load.mean() == pytest.approx(1.0 / 1.25, abs=0.06) and load.std() == pytest.approx(0.5 / 1.25**0.5, abs=0.05)
    others = [k for k, name in enumerate(LED) if k != 2 and name != "pthrp_per_ml"]
    assert np.abs(z[:, others].mean(axis=0)).max() < 0.15 and np.abs(z[:, others].std(axis=0) - 1.0).max() < 0.12


def test_the_same_seed_gives_the_same_candidates(known):
    a, b, other = known(1, 500), known(1, 500), known(2, 500)
    assert np.array_equal(a.origin, b.origin) and not np.array_equal(a.origin, other.origin)


def test_copies_count_once(known):
    fitted = known(1, 500)
    fitted.origin[:] = 7
    assert fitted.effective == 1.0
    fitted.candidates.log_weight[:] = -np.inf
    assert fitted.effective == 0.0


def test_the_power_rises_by_what_half_of_the_candidates_can_bear():
    fit = -0.5 * np.linspace(0.0, 8.0, 1000) ** 2 * 12.0
    worth = np.zeros(1000)
    rise = tempering._rise(worth, fit, 1, 1.0, number("tempering_kept"))
    assert tempering._effective_share(worth + rise * fit, 1) == pytest.approx(0.5, abs=0.005)
    assert tempering._rise(worth, fit, 1, 0.5 * rise, number("tempering_kept")) == 0.5 * rise


def test_versions_of_the_numbers_keep_their_share_however_well_they_fit():
    row = np.arange(400)
    log_weight = -0.5 * (row / 100.0) ** 2 - 50.0 * (row % 4)  # nobody of version 3 fits nearly as well as those of version 0
    drawn = tempering._drawn_within(log_weight, 4, 0.3)
    assert np.array_equal(drawn % 4, row % 4)
    by_version = log_weight + 50.0 * (row % 4)
    assert tempering._effective_share(log_weight, 4) == pytest.approx(tempering._effective_share(by_version, 4))
    possible = tempering._effective_share(log_weight[row % 4 < 3], 3)
    log_weight[3::4] = tempering.IMPOSSIBLE
    assert tempering._effective_share(log_weight, 4) == pytest.approx(possible)


def test_a_move_can_change_one_part_of_the_luck_and_keep_the_others(monkeypatch):
    seen = []

    def lived(patient, keys, version, scores, numbers, tell=None):
        seen.append((keys.copy(), version.copy()))
        return Candidates(None, np.zeros(len(keys)), -14), np.zeros((len(keys), len(LED)))

    monkeypatch.setattr(tempering.history, "lived", lived)
    tempering.fit(somebody.patient(), N, 1, FOUR)
    keys, version = seen[1]
    assert np.array_equal(version, np.arange(N) % 4)
    changed = (keys >= N).sum(axis=1)  # those of the first candidates are their rows
    assert keys.shape == (N, PARTS) and {0, 1, PARTS} <= set(changed)
    assert (changed > 0).mean() == pytest.approx(number("luck_share") * 0.95, abs=0.05)


def test_findings_that_nobody_fits_end_with_no_candidate(monkeypatch):
    z = lambda scores: np.stack([scores.of(name) for name in LED], axis=1)
    def nobody(patient, keys, version, scores, numbers, tell=None):
        return Candidates(None, np.full(len(keys), -np.inf), -14), z(scores)

    monkeypatch.setattr(tempering.history, "lived", nobody)
    fitted = tempering.fit(somebody.patient(), 200, 1, FOUR)
    assert fitted.power == 0.0 and fitted.effective == 0.0
