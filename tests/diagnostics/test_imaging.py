"""Imaging: what a test sees depends on size, kind and place as published; it draws and weighs alike."""

import functools
import math

import numpy as np
import pytest
from tests.biology import bodies
from tests.diagnostics.people_to_test import people, sites

from seedsoil.biology import bone
from seedsoil.biology.body import Lesion
from seedsoil.diagnostics import appearance, blood, imaging
from seedsoil.diagnostics.imaging import Told
from seedsoil.errors import InputError
from seedsoil.grammar import skeleton
from seedsoil.grammar.tables import table

KINDS = tuple(bodies.KINDS)
BONES = (
    "L3", "T8", "T12", "L1", "hemipelvis_left", "sacrum", "rib_5_left", "rib_6_left", "sternum",
    "femur_trochanter_left", "scapula_left", "L4",
)  # fmt: skip
EVERYWHERE = np.ones(len(skeleton.bones()), bool)


@functools.cache
def grown(kind):
    """How a lesion of a vertebra stands as it grows untreated: its volume (mL), cells, and share of the zone's mineral lost and
    laid down as woven bone."""
    p = bodies.numbers().params.view(np.recarray)[0]
    who = bodies.add_lesions(bodies.healthy(), 1, kind, volume_ml=1e-3)
    rows = []
    while not rows or rows[-1][0] < 60.0:
        bodies.run(who, 10)
        l, here = Lesion(*who.lesion[0, 0]), bodies.numbers().sites.view(np.recarray)[who.site[0, 0]]
        z = bone.zone(l, here, p)
        rows.append((l.sensitive, l.osteoclasts, l.osteoblasts, (1.0 - l.lamellar) / z, l.woven / z))
    return np.array(rows).T


def of_size(mass, kind="lytic", at=("L3",), **more):
    """People with lesions of this many mL of living tumour, of one kind, with the bone changes that untreated growth makes."""
    mass = np.asarray(mass, dtype=float).reshape(-1, len(at)) if np.ndim(mass) else np.full((1, len(at)), mass)
    volume, *stood = grown(kind)
    osteoclasts, osteoblasts, lost, woven = (np.interp(np.log(mass), np.log(volume), values) for values in stood)
    site_volume = sites()["volume"][[skeleton.number_of()[b] for b in at]]
    reach = table("values", "bone.toml")["zone_reach"].value * mass
    z = reach / np.hypot(reach, site_volume)
    lesion = {
        "sensitive": mass, "osteoclasts": osteoclasts, "osteoblasts": osteoblasts, "lamellar": 1.0 - lost * z,
        "woven": woven * z,
    }  # fmt: skip
    drives = {"growth": math.log(2.0) / 60.0, "bone_independent": 0.75} | bodies.KINDS[kind]
    return people(len(mass), at=at, lesion=lesion | more.pop("lesion", {}), drives=drives, **more)


def clinical(kind, n=400, seed=1):
    """Lesions as studies of imaging meet them: median 17 mm, some of 5, some of 50, all over the trunk."""
    z = np.random.default_rng(seed).normal(size=(n, len(BONES)))
    mass = np.pi / 6.0 * (1.7 * np.exp(0.45 * z)) ** 3
    avid = np.random.default_rng(seed + 1).uniform(0.4, 1.0, n)
    return of_size(mass, kind, BONES, traits={"fdg_avidity": avid})


def sensitivity(modality, kind):
    return float(imaging.chance(modality, clinical(kind), EVERYWHERE).mean())


def overall(modality):
    return sum(w * sensitivity(modality, kind) for kind, w in (("lytic", 0.5), ("mixed", 0.25), ("blastic", 0.25)))


@pytest.mark.parametrize(
    ("modality", "published"), [("fdg_pet", 0.869), ("ct", 0.771), ("mri", 0.904), ("bone_scan", 0.751), ("spect_ct", 0.915)]
)
def test_lesions_are_seen_as_often_as_published(modality, published):
    """Yang 2011 and, for SPECT/CT, the pooled figure of 2020; per lesion, within six points."""
    assert overall(modality) == pytest.approx(published, abs=0.06)


@pytest.mark.parametrize(
    ("modality", "kind", "published"),
    [
        ("fdg_pet", "lytic", 0.92),
        ("bone_scan", "lytic", 0.73),
        ("fdg_pet", "blastic", 0.74),
        ("bone_scan", "blastic", 0.95),
    ],
)
def test_pet_sees_lytic_and_the_scan_blastic_lesions(modality, kind, published):
    """Breast cancer, per lesion, PMID 16363622; within ten points."""
    assert sensitivity(modality, kind) == pytest.approx(published, abs=0.10)


def test_films_miss_what_other_tests_see():
    """Up to 40 % of symptomatic lesions missed on film; MRI and FDG before CT before film."""
    small = of_size(0.25)
    seen = {m: imaging.chance(m, small, EVERYWHERE)[0, 0] for m in ("mri", "fdg_pet", "ct", "xray")}
    assert seen["mri"] > 0.9 and seen["mri"] > seen["ct"] > seen["xray"]
    assert seen["xray"] < 0.1
    assert 0.25 < 1.0 - sensitivity("xray", "lytic") < 0.7


@pytest.mark.parametrize("modality", imaging.MODALITIES)
@pytest.mark.parametrize("kind", KINDS)
def test_a_larger_lesion_is_seen_more_often(modality, kind):
    mass = np.geomspace(0.001, 60.0, 60)
    chance = imaging.chance(modality, of_size(mass, kind), EVERYWHERE)[:, 0]
    assert np.all(np.diff(chance) > -3e-5)  # cells ease off a trace in the largest lesions
    assert chance[0] < 0.05


def test_a_film_needs_a_third_to_a_half_of_the_mineral_gone():
    """Below 30 % of local loss fewer than one in five is seen; above 50 % and 15 mm (vertebrae 20) four in five."""
    look = appearance.look(of_size(1.0))
    put = lambda mm, lost: look._replace(changed=np.array([[mm]]), lost=np.array([[lost]]), woven=np.array([[0.0]]))
    for place, enough in (("L3", 20.1), ("hemipelvis_left", 15.1), ("femur_shaft_left", 15.1)):
        seen = of_size(1.0, at=(place,))
        assert all(imaging.chance("xray", seen, EVERYWHERE, put(mm, 0.29))[0, 0] < 0.2 for mm in (15.0, 30.0, 60.0))
        assert all(imaging.chance("xray", seen, EVERYWHERE, put(mm, 0.51))[0, 0] > 0.8 for mm in (enough, 30.0, 60.0))
        assert imaging.chance("xray", seen, EVERYWHERE, put(5.0, 0.9))[0, 0] < 0.1


def test_mri_sees_nine_in_ten_at_six_millimetres():
    mass = np.pi / 6.0 * 0.6**3
    assert imaging.chance("mri", of_size(mass))[0, 0] > 0.88


def test_dead_tumour_is_cold_on_pet_and_still_there_on_mri():
    killed = of_size(4.0, lesion={"sensitive": 0.0, "dead": 4.0})
    assert imaging.chance("fdg_pet", killed)[0, 0] < 0.01
    assert imaging.chance("mri", killed)[0, 0] > 0.9


def test_psma_is_for_prostate_cancer():
    assert imaging.chance("psma_pet", of_size(2.0, "blastic", cancer="prostate"))[0, 0] > 0.85
    assert imaging.chance("psma_pet", of_size(2.0, "blastic", cancer="kidney"))[0, 0] < 0.2


def test_some_prostate_cancers_show_nothing_on_psma():
    n = 4000
    seen = of_size(np.full(n, 4.0), "blastic", cancer="prostate")._replace(set_points=blood.set_points(3, np.arange(n)))
    chance = imaging.chance("psma_pet", seen, EVERYWHERE)[:, 0]
    assert (chance < 0.3).mean() == pytest.approx(0.06, abs=0.012) and np.median(chance) > 0.9


@pytest.mark.parametrize("kind", KINDS)
def test_a_lesion_is_called_what_it_is(kind):
    called = appearance.kind(appearance.look(of_size(np.geomspace(0.3, 20.0, 12), kind)).sclerosis)
    wanted = {"lytic": appearance.LYTIC, "mixed": appearance.MIXED, "blastic": appearance.BLASTIC}[kind]
    assert np.mean(called == wanted) > 0.8


def test_thinning_of_the_whole_skeleton_is_no_lesion():
    """A skeleton that lost a tenth of its mineral looks thin everywhere, not eaten at a tiny deposit."""
    thin = people(at=("L3",), body={"skeleton": 0.96}, lesion={"lamellar": 0.96**2.83, "sensitive": 1e-4})
    assert imaging.chance("ct", thin)[0, 0] < 0.01
    assert imaging.chance("xray", thin)[0, 0] < 0.01


def test_a_hole_stays_visible_after_the_tumour_is_cleared():
    cleared = people(at=("L3",), lesion={"lamellar": 0.65})
    assert imaging.chance("ct", cleared)[0, 0] > 0.5
    assert imaging.chance("mri", cleared)[0, 0] < 0.05


def test_density_in_a_fixed_region_rises_when_bone_returns():
    seen = of_size(6.0)
    share = appearance.local_change(seen)[0]
    before = appearance.density_hu(seen, share)[0, 0]
    back = seen._replace(lesion=seen.lesion._replace(lamellar=0.5 * (1.0 + seen.lesion.lamellar)))
    after = appearance.density_hu(back, share)[0, 0]
    intact = appearance.density_hu(people(at=("L3",)), share)[0, 0]
    assert before < after < intact
    assert after / before > 1.1


def test_a_lesion_in_a_rib_runs_along_it():
    rib, spine = of_size(4.0, at=("rib_5_left",)), of_size(4.0, at=("L3",))
    assert appearance.look(rib).longest[0, 0] > 1.5 * appearance.look(spine).longest[0, 0]
    assert appearance.look(rib).section[0, 0] == 1.0


def test_cortex_is_reported_in_long_bones_only():
    assert appearance.look(of_size(25.0, at=("femur_shaft_left",))).cortex_mm[0, 0] > 20.0
    assert appearance.look(of_size(25.0, at=("L3",))).cortex_mm[0, 0] == 0.0


def test_epidural_grade_follows_the_canal():
    """Nothing, then touching, then a pushed cord, then no fluid left; function suffers between the last two."""
    start = sites()["compression_start"][skeleton.number_of()["T8"]]
    room = -np.array([0.0, 0.3, 0.9, 1.3]) * start
    seen = people(4, at=("T8",), lesion={"room": room[:, None]})
    assert appearance.epidural_grade(seen, appearance.look(seen).occupied)[:, 0].tolist() == [0, 1, 2, 3]


def test_a_drawn_report_agrees_with_the_chances():
    seen = clinical("mixed", n=3000)
    for modality in imaging.MODALITIES:
        report = imaging.draw(modality, seen, imaging.luck_of(5, np.arange(3000), modality, seen, 40))
        chance = imaging.chance(modality, seen)
        assert report.seen.mean() == pytest.approx(chance.mean(), abs=0.012), modality
        assert np.isnan(report.longest_mm[~report.seen]).all()
        assert np.all(report.kind[~report.seen] == -1)
        false = np.mean(report.false_site >= 0)
        assert false == pytest.approx(imaging.false_positive(modality), abs=0.02), modality


def test_a_test_sees_nothing_where_it_does_not_look():
    seen = of_size([5.0, 5.0], at=("L3", "femur_shaft_left"))
    looked = imaging.field("ct", "lumbar")
    chance = imaging.chance("ct", seen, looked)[0]
    assert chance[0] > 0.8 and chance[1] == 0.0
    assert imaging.false_positive("ct", looked) < 0.5 * imaging.false_positive("ct")
    assert np.all(~imaging.field("mri")[list(skeleton.sites_in("femur"))])


def test_what_is_missed_once_is_often_missed_again():
    n = 4000
    seen = of_size(np.full(n, 0.12))
    chance = imaging.chance("ct", seen)[0, 0]
    assert 0.2 < chance < 0.8
    first, second = (
        imaging.draw("ct", seen, imaging.luck_of(1, np.arange(n), "ct", seen, day)).seen[:, 0] for day in (0, 90)
    )
    assert np.corrcoef(first, second)[0, 1] > 0.3
    assert not np.array_equal(first, second)


def test_measured_diameters_are_as_noisy_as_the_table_says():
    n = 20_000
    seen = of_size(np.full(n, 8.0))
    report = imaging.draw("ct", seen, imaging.luck_of(1, np.arange(n), "ct", seen, 3))
    measured = report.longest_mm[report.seen]
    assert np.std(np.log(measured)) == pytest.approx(imaging._n("ct", "size_noise"), rel=0.05)


# ---- weighing ------------------------------------------------------------------------------------------------------


def test_the_chances_of_every_complete_report_add_up_to_one():
    """Two lesions: seen or not, each; without false alarms."""
    seen = of_size([1.0, 2.0], at=("L3", "T8"))
    a, b = imaging.chance("bone_scan", seen)[0]
    outcomes = [(1 - a) * (1 - b), a * (1 - b), (1 - a) * b, a * b]
    number = skeleton.number_of()
    told = [[], [Told([number["L3"]])], [Told([number["T8"]])], [Told([number["L3"]]), Told([number["T8"]])]]
    weights = [np.exp(imaging.log_likelihood("bone_scan", seen, t, complete=True))[0] for t in told]
    assert sum(outcomes) == pytest.approx(1.0)
    assert sum(weights) == pytest.approx(1.0, abs=0.19)  # the chance of one false alarm
    assert weights[1:] == pytest.approx(outcomes[1:], abs=0.01)


def test_at_least_counts_as_the_binomial_does():
    q = np.full((1, 6), 0.3)
    wanted = [1.0, 1 - 0.7**6, 1 - 0.7**6 - 6 * 0.3 * 0.7**5]
    assert [imaging.at_least(q, c)[0] for c in range(3)] == pytest.approx(wanted)


def test_a_clean_scan_speaks_against_large_lesions():
    seen = of_size(np.array([1e-4, 0.5, 20.0]), "blastic")
    weight = imaging.log_likelihood("bone_scan", seen, [], complete=True)
    assert weight[0] > weight[1] > weight[2]
    assert weight[0] - weight[2] > 2.5


def test_a_reported_lesion_speaks_for_bodies_that_have_one_there():
    seen = people(2, at=("L3", "T8"), lesion={"sensitive": np.array([[4.0, 0.0], [0.0, 4.0]])})
    number = skeleton.number_of()["L3"]
    weight = imaging.log_likelihood("mri", seen, [Told([number])])
    assert weight[0] - weight[1] > np.log(100.0)
    region = imaging.log_likelihood("mri", seen, [Told(skeleton.sites_in("spine"))])
    assert region[0] == pytest.approx(region[1], abs=0.1)


def test_what_is_only_possible_weighs_less():
    seen = people(2, at=("L3",), lesion={"sensitive": np.array([[4.0], [0.0]])})
    number = skeleton.number_of()["L3"]
    sure = imaging.log_likelihood("mri", seen, [Told([number])])
    maybe = imaging.log_likelihood("mri", seen, [Told([number], certain=False)])
    assert 0.0 < maybe[0] - maybe[1] < sure[0] - sure[1]


def test_a_couple_of_ribs_wants_two():
    ribs = skeleton.sites_in("rib")
    seen = people(2, at=("rib_5_left", "rib_6_left"), lesion={"sensitive": np.array([[2.0, 0.0], [2.0, 2.0]])})
    weight = imaging.log_likelihood("mri", seen, [Told(ribs, count=2)], looked=EVERYWHERE)
    assert weight[1] - weight[0] > np.log(50.0)


def test_size_and_kind_weigh_most_where_they_are_true():
    mass = np.geomspace(0.2, 40.0, 120)
    number = skeleton.number_of()["L3"]
    seen = of_size(mass)
    weight = imaging.lesion_log_likelihood("ct", seen, number, longest_mm=30.0)
    assert appearance.look(seen).longest[np.argmax(weight), 0] == pytest.approx(30.0, rel=0.05)
    told = [
        [imaging.lesion_log_likelihood("ct", of_size(5.0, kind), number, kind=called)[0] for called in range(3)]
        for kind in KINDS
    ]
    assert np.argmax(told, axis=1).tolist() == [0, 1, 2]
    assert np.exp(told).sum(axis=1) == pytest.approx(1.0, abs=0.02)


def test_facts_of_a_lesion_that_is_not_there_count_as_a_slip():
    number = skeleton.number_of()["T8"]
    weight = imaging.lesion_log_likelihood("ct", of_size(5.0), number, kind=0, epidural=2)
    assert np.isfinite(weight).all() and weight[0] < -8.0


def test_an_unknown_test_or_region_is_refused():
    with pytest.raises(InputError):
        imaging.chance("crystal_ball", of_size(1.0))
    with pytest.raises(InputError):
        imaging.field("ct", "wing")


def test_pet_without_ct_names_the_neighbour_of_a_vertebra_and_never_of_a_thigh():
    n = 4000
    seen = of_size(np.full((n, 2), 4.0), at=("T8", "femur_trochanter_left"))
    luck = imaging.luck_of(3, np.arange(n), "fdg_pet_alone", seen, 0)
    report = imaging.draw("fdg_pet_alone", seen, luck, EVERYWHERE)
    spine, thigh = report.seen.T
    number = skeleton.number_of()
    share = (report.site[spine, 0] != number["T8"]).mean()
    assert share == pytest.approx(1.0 - imaging.naming("fdg_pet_alone")[number["T8"], number["T8"]], abs=0.02) and share > 0.1
    assert set(report.site[spine, 0]) == {number["T7"], number["T8"], number["T9"]}
    assert np.all(report.site[thigh, 1] == number["femur_trochanter_left"])
    with_ct = imaging.draw("fdg_pet", seen, luck, EVERYWHERE)
    assert np.all(with_ct.site[with_ct.seen] == seen.site[with_ct.seen])


def test_a_level_named_by_pet_without_ct_weighs_for_its_neighbours_too():
    """The chances of naming each bone add up to that of being seen."""
    seen = of_size(4.0, at=("T8",))
    number = skeleton.number_of()
    weigh = lambda modality, bone: float(np.exp(imaging.log_likelihood(modality, seen, [Told([number[bone]])], EVERYWHERE))[0])
    assert weigh("fdg_pet_alone", "T9") > 10.0 * weigh("fdg_pet", "T9")
    assert weigh("fdg_pet_alone", "T8") < weigh("fdg_pet", "T8")
    assert imaging.naming("fdg_pet_alone").sum(axis=1) == pytest.approx(1.0)


def test_bone_flares_where_tumour_has_just_died_and_only_under_treatments_that_call_it_forth():
    dying = {"sensitive": 1.0, "dead": 2.0}
    hot = lambda **more: imaging.formation(of_size(1.0, lesion=dying, **more), appearance.look(of_size(1.0, lesion=dying)))[0, 0]
    quiet = imaging.formation(of_size(3.0), appearance.look(of_size(3.0)))[0, 0]
    assert hot(effects={"healing_bone": 1.0}) > 2.0 + hot()
    assert hot() == pytest.approx(quiet, rel=0.05)


def test_a_radiologist_calls_worse_what_is_hotter_or_has_two_new_spots():
    n = 200
    seen = of_size(np.full((n, 4), 6.0), "blastic", at=("T8", "L3", "sacrum", "sternum"))
    draw = lambda of, day: imaging.draw("bone_scan", of, imaging.luck_of(4, np.arange(n), "bone_scan", of, day), EVERYWHERE)
    first = draw(seen, 0)
    assert imaging.looks_worse(first, draw(seen, 84)).mean() < 0.2
    hotter = seen._replace(lesion=seen.lesion._replace(osteoblasts=2.0 * seen.lesion.osteoblasts))
    assert imaging.looks_worse(first, draw(hotter, 84)).mean() > 0.9
    gone = first._replace(seen=first.seen & np.array([True, True, False, False]))
    both = first.seen[:, 2] & first.seen[:, 3]
    assert imaging.looks_worse(gone, first)[both].all()


@pytest.mark.parametrize("modality", imaging.TRACERS)
def test_uptake_is_drawn_around_the_truth_and_weighs_most_there(modality):
    n = 4000
    seen = of_size(np.full(n, 4.0), "mixed")
    report = imaging.draw(modality, seen, imaging.luck_of(4, np.arange(n), modality, seen, 0), EVERYWHERE)
    middle = float(np.nanmedian(report.uptake))
    weigh = lambda value: imaging.lesion_log_likelihood(modality, seen, seen.site[0, 0], uptake=value)[0] + np.log(value)
    assert weigh(middle) > max(weigh(0.7 * middle), weigh(1.4 * middle))
