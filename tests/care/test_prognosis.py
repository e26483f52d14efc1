"""Prognostic scores read off a chart: what nobody saw is open, or absent where the body was looked through."""

import numpy as np

from seedsoil.care import prognosis, scores
from seedsoil.care.chart import Chart, place_number
from seedsoil.study import screening

ALL = np.array([0])
GOOD = {"ecog": 1.0, "crp": 1.0, "ldh": 180.0, "albumin": 42.0, "platelets": 250.0, "calcium": 2.3, "bilirubin": 10.0}


def chart(cancer="breast", subtype=0, places=("L3",), organs=(), drugs=(), symptoms=(), **readings):
    """A chart of one person staged today."""
    out = Chart.empty(1, cancer=np.array([cancer]), male=np.zeros(1, bool), age_years=np.array([60.0]),
                      weight_kg=np.array([70.0]), subtype=np.array([subtype]), day=0)  # fmt: skip
    for name, value in (GOOD | readings).items():
        out.record(ALL, name, np.array([value]))
    for place in places:
        out.see(ALL, np.array([place_number(place)]), certain=1)
    for organ in organs:
        out.note_organ(ALL, organ)
    for name in drugs:
        out.note_drug(ALL, name)
    for name, value in symptoms:
        out.report(ALL, name, np.array([value]))
    return out


def points(score):
    return int(score.low[0]), int(score.high[0])


def test_katagiri_of_a_chart_is_open_where_nobody_looked_and_settled_where_everybody_was_staged():
    well = chart()
    assert points(prognosis.katagiri(well)) == (0, 5)  # hormones 0 to 2, organs 0 to 2, chemotherapy 0 or 1
    assert points(prognosis.katagiri_staged(well)) == (0, 0)


def test_katagiri_reads_hormones_and_targeted_drugs_off_the_kind_of_cancer():
    staged = lambda *cancer: points(prognosis.katagiri_staged(chart(*cancer)))
    assert staged("breast", 2) == (2, 2) and staged("breast", 1) == (0, 2)  # triple negative; HER2 may be either
    assert staged("prostate", 0) == (0, 0) and staged("prostate", 1) == (2, 2)  # castration-resistant
    assert staged("lung_nsclc", 2) == (2, 2) and staged("lung_nsclc", 0) == (3, 3)  # with a driver mutation
    assert staged("lung_nsclc", -1) == (2, 3)


def test_katagiri_adds_organs_laboratory_bed_drugs_and_more_places():
    ill = chart("lung_nsclc", 0, ("L3", "L4"), ("liver",), ("docetaxel",), ecog=3.0, crp=80.0)
    assert points(prognosis.katagiri_staged(ill)) == (8, 8)
    assert points(prognosis.katagiri_staged(chart("lung_nsclc", 0, ("L3",), ("lymph_node",)))) == (3, 3)
    assert points(prognosis.katagiri_staged(chart("lung_nsclc", 0, calcium=3.0))) == (5, 5)


def test_tokuhashi_of_a_chart():
    staged = lambda *a, **b: points(prognosis.tokuhashi_staged(chart(*a, **b)))
    assert staged() == (15, 15)
    assert staged("thyroid", -1, ("L3", "L4", "T9", "femur_neck_left")) == (12, 12)  # three vertebrae 2, one place outside 1
    assert staged("lung_nsclc", 0, ("L3",), ("liver",)) == (8, 8)
    assert staged(ecog=3.0) == (13, 14)  # 40 to 50 of Karnofsky
    assert staged(symptoms=(("leg_weakness", 1.0), ("walking", 0.0))) == (14, 14)
    assert staged("colorectal", -1) == (12, 14)


def test_a_paper_prints_the_middle_of_an_open_score_in_whole_points():
    assert screening.known()["tokuhashi"](chart("colorectal", -1))[0] == 13.0
    assert screening._whole_points(scores.Score(np.array([2.0]), np.array([5.0])))[0] == 3.0
    assert screening.known()["katagiri"](chart("prostate", 1))[0] == 2.0
    assert screening.known()["impending_fracture"](chart())[0] == 0.0


def test_leiden_counts_organs_in_breast_cancer_and_leaves_primaries_open_that_the_paper_seen_does_not_place():
    staged = lambda *a, **b: points(prognosis.leiden_staged(chart(*a, **b)))
    alone, with_liver = staged("breast", 0, ("L3",)), staged("breast", 0, ("L3",), ("liver",))
    assert with_liver == (alone[0] + 1, alone[1] + 1)
    assert staged("prostate", 0, ("L3",)) == staged("prostate", 0, ("L3",), ("liver",))
    low, high = staged("kidney", 0, ("L3",))
    assert low < high


def test_nesms_of_a_chart():
    staged = lambda *a, **b: points(prognosis.nesms_staged(chart(*a, **b)))
    walks = (("walking", 1.0),)
    assert staged(symptoms=walks) == (3, 3) and staged(symptoms=(("walking", 0.0),)) == (2, 2)
    assert staged(symptoms=walks, albumin=30.0) == (2, 2)
    assert staged("lung_nsclc", 0, ("L3", "L4"), ("liver",), symptoms=walks) == (2, 2)
    assert staged("kidney", -1, ("L3", "L4"), ("liver",), symptoms=walks) == (2, 2)
