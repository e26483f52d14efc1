"""How long people with bone metastases live, by the scores that a chart can fill."""

from __future__ import annotations

import functools

import numpy as np

from seedsoil.care import criteria, scores
from seedsoil.care.chart import Chart, remembered
from seedsoil.care.patient import CANCERS, ORGANS

Array = np.ndarray
LEAST_KARNOFSKY = 10  # of the living


def _names(chart: Chart) -> Array:
    return np.array([*CANCERS, "unknown"], dtype=object)[chart.cancer]


def _in_organs(chart: Chart) -> Array:
    """Mask: metastases known in an organ; lymph nodes are none."""
    return (chart.organs & ~np.uint8(1 << ORGANS.index("lymph_node"))) > 0


@functools.cache
def _katagiri_of_cancers() -> scores.Score:
    """Katagiri's points for each cancer of `CANCERS`, and last for one that nobody knows."""
    return scores.katagiri_primary(np.array([*CANCERS, "unknown"], dtype=object))


@remembered
def katagiri(chart: Chart) -> scores.Score:
    """Katagiri's survival score (0 to 10): a range where the chart leaves parts open."""
    return _katagiri(chart, scores.Score(*(worth[chart.cancer] for worth in _katagiri_of_cancers())), none_seen=-1)


@remembered
def katagiri_staged(chart: Chart) -> scores.Score:
    """The same in somebody whose body was looked through and whose cancer was typed, as in the papers: what nobody saw is not
    there, and whether the cancer lives on hormones or has a targeted drug is read off its kind."""
    hormone = np.where(criteria.castration_resistant(chart), 0, np.where(chart.is_cancer("prostate"), 1, -1))
    driven = np.where(_is(chart, "lung_nsclc", "driver_mutated"), 1, np.where(chart.subtype >= 0, 0, -1))
    hormone = np.where(_is(chart, "breast", "er_positive_her2_negative"), 1, hormone)
    hormone = np.where(_is(chart, "breast", "triple_negative"), 0, hormone)
    return _katagiri(chart, scores.katagiri_primary(_names(chart), hormone, driven), none_seen=scores.KatagiriVisceral.NONE)


def _is(chart: Chart, cancer: str, subtype: str) -> Array:
    return chart.is_cancer(cancer) & (chart.subtype == criteria.subtype_number(cancer, subtype))


def _katagiri(chart: Chart, primary: scores.Score, none_seen: int) -> scores.Score:
    latest = lambda name: chart.latest(name).astype(float)
    laboratory = scores.katagiri_laboratory(
        latest("crp"), latest("ldh"), latest("albumin"), latest("platelets"), criteria.calcium(chart)[0].astype(float),
        latest("bilirubin"),
    )  # fmt: skip
    visceral = np.where(_in_organs(chart), scores.KatagiriVisceral.NODULAR, none_seen)
    chemotherapy = np.where(chart.ever("chemotherapy"), 1, -1 if none_seen < 0 else 0)
    several = (criteria.diffuse(chart) | (chart.known_lesions() > 1)).astype(int)
    ecog = criteria.ecog(chart).astype(float)
    return scores.katagiri(primary, visceral, laboratory, ecog, chemotherapy, several)


@remembered
def tokuhashi_staged(chart: Chart) -> scores.Score:
    """Revised Tokuhashi score (0 to 15) of somebody with spinal metastases whose body was looked through; metastases in organs
    count as such that cannot be removed. Meaningless without spinal metastases."""
    spinal = chart.lesions() & criteria.in_the("spine", chart.site)
    vertebral = np.maximum(spinal.sum(axis=1), 1)
    outside = np.maximum(chart.known_lesions() - spinal.sum(axis=1), 0)
    weak = np.nan_to_num(chart.symptom("leg_weakness")) > 0
    frankel = np.where(weak, np.where(chart.symptom("walking") == 0.0, scores.Frankel.C, scores.Frankel.D), scores.Frankel.E)
    return scores.tokuhashi(
        _karnofsky(chart), outside, vertebral,
        np.where(_in_organs(chart), scores.MajorOrgan.UNREMOVABLE, scores.MajorOrgan.NONE),
        scores.tokuhashi_primary(_names(chart)), frankel,
    )  # fmt: skip


@remembered
def leiden_staged(chart: Chart) -> scores.Score:
    """Bollen's category (0 to 3 for A to D) of somebody with spinal metastases whose body was looked through; a range where the
    paper seen does not place the primary. Meaningless without spinal metastases."""
    return scores.leiden(scores.leiden_profile(_names(chart)), _karnofsky(chart), _in_organs(chart).astype(int))


@remembered
def nesms_staged(chart: Chart) -> scores.Score:
    """New England Spinal Metastasis Score (0 to 3) of somebody with spinal metastases whose body was looked through. Meaningless
    without spinal metastases."""
    alone = (chart.known_lesions() == 1) & ~criteria.diffuse(chart)
    bauer = scores.bauer_modified(scores.bauer_primary(_names(chart)), _in_organs(chart).astype(int), alone.astype(int))
    walking = chart.symptom("walking")
    walks = np.where(np.isnan(walking), -1, walking == 1.0)
    return scores.nesms(bauer, walks, chart.latest("albumin").astype(float))


def _karnofsky(chart: Chart) -> scores.Score:
    known = scores.karnofsky_of_ecog(criteria.ecog(chart).astype(float))
    return scores.Score(np.maximum(known.low, LEAST_KARNOFSKY), np.maximum(known.high, LEAST_KARNOFSKY))
