"""Registries: files that are refused, and every measure against people written down by hand."""

import math
import re
from pathlib import Path

import numpy as np
import pytest

from seedsoil.care import take_up
from seedsoil.doors import cli
from seedsoil.errors import InputError
from seedsoil.grammar.tables import data_file, table
from seedsoil.study import curves, natural_history, registry, registry_files, registry_measures, trial_files, validation
from seedsoil.study.natural_history import LOG_KINDS, STAGES, Lives
from seedsoil.study.published import read
from seedsoil.study.registry import Count, Country, Members, Registry
from seedsoil.study.trial import Criterion
from seedsoil.treatments import drug
from seedsoil.world import parameters, populations, unseen
from seedsoil.world.records import DEATHS

NONE = math.nan
YEAR = 365.25
SHIPPED = data_file("trials", "registries", "denmark_prostate.toml")


def lives_of(*people, cancer="prostate", events=()):
    """People by hand: (stage, bone, organ, death), followed for 20 years. Events: (row, day, kind, what)."""
    n = len(people)
    stage, bone, organ, death = (np.array([p[k] for p in people], float) for k in range(4))
    columns = {
        "key": np.arange(n), "cancer": np.full(n, populations.cancers().index(cancer)), "subtype": np.zeros(n, int),
        "male": np.ones(n, bool), "age_years": np.full(n, 70.0), "stage": stage.astype(int), "found_ml": np.full(n, 3.0),
        "bone_day": bone, "spine_day": bone, "cord_day": bone + 10, "calcium_day": death - 20,
        "organ_day": organ, "bone_at_end": ~np.isnan(bone), "organ_at_end": ~np.isnan(organ),
        "death_day": death, "death_cause": np.where(np.isnan(death), -1, 0), "until_day": np.where(np.isnan(death), 7305.0, death),
    }  # fmt: skip
    return Lives(columns, np.array(events, np.int64).reshape(-1, 4))


def count(lives, endpoint, groups=None, weight=None, countries=None, follow=(None, 0.0), **figure):
    """The answer of a registry that counts everybody."""
    own = Registry(
        "own", "own", "own", (Members(),), (), groups or {}, countries or {}, follow_months=follow[0], accrual_months=follow[1]
    )
    who = registry_measures.seen(own, lives)
    who.weight = np.ones(len(lives)) if weight is None else np.array(weight, float)
    return registry_measures.answer(who, Count("X", endpoint, **figure))


AT_ONCE, LATER, NEVER, DEAD = (2, 0, NONE, 400), (0, 1000, NONE, 1300), (0, NONE, NONE, NONE), (0, NONE, NONE, 500)
FOUR = (AT_ONCE, LATER, NEVER, DEAD)
BONE_AT_DIAGNOSIS = {"then": Criterion("bone_at_diagnosis", 1.0)}


# ---- shares ----------------------------------------------------------------------------------------------------------------


def test_at_diagnosis_counts_what_staging_finds_and_nothing_later():
    staged = table("incidence.toml")["staged_within"].value
    lives = lives_of((2, 0, NONE, NONE), (2, staged, NONE, NONE), (0, staged + 1, NONE, NONE), NEVER)
    assert count(lives, "at_diagnosis")[0] == 0.5
    assert count(lives, "at_diagnosis", weight=[3, 1, 2, 2])[0] == 0.5
    assert count(lives, "at_diagnosis", weight=[7, 1, 1, 1])[0] == 0.8
    assert count(lives, "at_diagnosis", of="organ")[0] == 0.0


def test_incidence_keeps_the_dead_among_those_who_may_still_be_found():
    lives = lives_of(*FOUR)
    assert count(lives, "incidence", month=12)[0] == 0.25
    assert count(lives, "incidence", month=60)[0] == 0.5
    # without the dead two are at risk on day 1000: a quarter on day 0, then half of three quarters
    assert count(lives, "incidence_free_of_death", month=60)[0] == pytest.approx(1 - 0.75 * 0.5)
    assert count(lives, "incidence_free_of_death", month=12)[0] == pytest.approx(0.25)


def test_the_interval_of_a_weighed_share_is_that_of_fewer_people():
    lives = lives_of(*FOUR * 10)
    even = count(lives, "incidence", month=60)
    odd = count(lives, "incidence", month=60, weight=[9, 9, 1, 1] * 10)
    assert even[1] < 0.5 < even[2] and odd[0] == pytest.approx(0.9)
    alone = count(lives, "incidence", month=60, weight=[1, 1, 1e-9, 1e-9] * 10)
    assert alone[2] - alone[1] > 0.0 and even[2] - even[1] == pytest.approx(2 * 0.1475, abs=0.01)


def test_bone_first_is_bone_before_any_organ_and_bone_alone_leaves_the_months_of_staging():
    lives = lives_of((0, 900, 700, NONE), (0, 900, 950, NONE), (0, 900, 1200, NONE), (0, NONE, 100, NONE))
    assert count(lives, "incidence", of="bone_first", month=60)[0] == 0.5
    assert count(lives, "incidence", of="organ", month=6)[0] == 0.25
    groups = {"alone": Criterion("bone_alone_first", 1.0)}
    assert count(lives, "part", groups, of="metastasis", part=("alone",))[0] == 0.25


def test_developed_is_crude_and_counts_only_what_came_while_people_were_followed():
    lives = lives_of(*FOUR)
    groups = BONE_AT_DIAGNOSIS
    assert count(lives, "developed", groups, among=("not then",))[0] == pytest.approx(1 / 3)
    months = 2000 / 30.4375  # taken up evenly over 2000 days: half of the people are followed for 1000
    assert count(lives, "developed", groups, among=("not then",), follow=(months, months))[0] == pytest.approx(1 / 6)
    assert count(lives, "developed", groups, among=("not then",), follow=(months / 2.5, 0.0))[0] == 0.0


def test_a_part_of_those_who_come_to_it():
    lives = lives_of(*FOUR)
    assert count(lives, "part", BONE_AT_DIAGNOSIS, part=("then",))[0] == 0.5
    assert count(lives, "part", BONE_AT_DIAGNOSIS, of="death", part=("then",))[0] == pytest.approx(1 / 3)
    lives["death_cause"][0] = DEATHS.index("death_other")
    groups = BONE_AT_DIAGNOSIS | {"of_it": Criterion("died_of_it", 1.0)}
    assert count(lives, "part", groups, of="death", among=("of_it",), part=("then",))[0] == 0.0
    lives["death_cause"][:] = DEATHS.index("death_marrow")  # in whom no metastasis is known it is no death of the cancer
    assert count(lives, "part", groups, of="death", among=("of_it",), part=("then",))[3] == 2


def test_already_asks_what_is_known_when_a_drug_begins():
    number, begun = list(drug.catalogue()).index("vegf_inhibitor"), LOG_KINDS.index("drug begun")
    other = number - 1
    started = [(0, 50, begun, number), (1, 900, begun, number), (1, 1100, begun, number), (2, 5, begun, other)]
    lives = lives_of(*FOUR, events=started)
    assert count(lives, "already", since="begun_vegf_inhibitor")[0] == 0.5
    assert count(lives, "already", since="begun_vegf_inhibitor")[3] == 2


# ---- times and survival ------------------------------------------------------------------------------------------------------


def test_times_are_of_those_who_come_to_both():
    lives = lives_of(*FOUR, (0, 500, NONE, NONE))
    assert count(lives, "time_median")[0] == 500
    assert count(lives, "time_mean")[0] == 500
    assert count(lives, "time_median", BONE_AT_DIAGNOSIS, among=("not then",), weight=[1, 3, 1, 1, 1])[0] == 1000
    months = 1200 / 30.4375
    weighed = (0 * 1 + 1000 * 200 / 1200 + 500 * 700 / 1200) / (1 + 200 / 1200 + 700 / 1200)
    assert count(lives, "time_mean", follow=(months, months))[0] == pytest.approx(weighed)


def test_survival_starts_at_its_moment_and_stops_at_another():
    lives = lives_of(*FOUR)
    assert count(lives, "alive", since="bone", month=11)[0] == 0.5  # 400 and 300 days
    assert count(lives, "alive_median", since="bone")[0] == 300
    assert count(lives, "alive_median", since="death", having="bone")[3] == 0  # nobody lives on from there
    told = lives_of((0, 10, NONE, 110), (0, 30, 10, 330), (0, 20, 20, 220), (0, 10, 40, 410))
    assert count(told, "alive_median", since="bone", having="organ")[0] == 200
    assert count(told, "alive_median", since="bone", lacking="organ")[0] == 100
    free = count(lives, "alive", until="bone", month=60)
    assert free[3] == 3 and free[0] == pytest.approx(2 / 3)  # the one found on day 0 is not at risk


def test_death_rates_are_deaths_over_years_at_risk():
    lives = lives_of(*FOUR)
    ratio = count(lives, "death_rate_ratio", since="bone", versus_since="diagnosis", versus_until="bone", month=24)[0]
    two = 24 * 30.4375
    assert ratio == pytest.approx((2 / 700) / (1 / (500 + 2 * two)))


def test_a_skeletal_event_comes_after_bone_metastasis_and_a_fracture_may_come_before():
    kind = LOG_KINDS.index
    bones = [(0, 30, kind("fracture_load"), 3), (1, 1010, kind("radiotherapy"), 3), (3, 9, kind("operation"), 3)]
    events = [(1, 400, kind("hip"), -1), *bones]
    lives = lives_of(*FOUR, events=events)
    first = registry.moments()["skeletal_event"](lives)
    assert first[0] == 30 and first[1] == 1010 and np.isnan(first[2:]).all()
    assert registry.moments()["fracture"](lives)[1] == 400
    assert count(lives, "alive", since="skeletal_event", month=11)[0] == 0.5  # 370 and 290 days


def test_hazard_ratios_of_groups_of_what_is_known_and_of_what_comes_are_coxs():
    lives = lives_of(
        (0, 10, NONE, 100), (0, 10, 5, 60), (0, 10, 5, 90), (0, 10, NONE, 300), (0, 10, 400, 500), (0, 10, 8, 700),
        (0, 10, NONE, 45),
    )  # fmt: skip
    time, organ = lives["death_day"] - 10, lives["organ_day"] <= 10
    wanted = curves.hazard_ratio(time, np.ones(7, int), organ)
    assert count(lives, "death_hr_having", of="organ", since="bone")[:3] == pytest.approx(wanted)
    groups = {"organ": Criterion("organ_at_diagnosis", 1.0)}
    found = count(lives, "death_hr", groups, since="bone", among=("organ",), versus_among=("not organ",))
    assert found[:3] == pytest.approx(wanted)
    assert count(lives, "death_hr_extreme", of="organ", since="bone", extreme="least")[3] == 0  # too few deaths
    later = lives_of((0, 200, NONE, 300), (0, NONE, NONE, 250), (0, 100, NONE, 260), (0, NONE, NONE, 600), (0, 0, NONE, 650))
    after = count(later, "hr_after", of="bone")
    start, stop = [0, 200, 0, 0, 100, 0, 0], [200, 300, 250, 100, 260, 600, 650]
    wanted = curves.andersen_gill(start, stop, [0, 1, 1, 0, 1, 1, 1], [0, 1, 0, 0, 1, 0, 1], np.array([0, 0, 1, 2, 2, 3, 4]))
    assert after[:3] == pytest.approx(wanted)
    # the outcome is bone metastasis and a spread to organs what changes; who has it is at risk no more
    turned = lives_of((0, 200, 100, 300), (0, 400, NONE, 450), (0, 300, 250, 350), (0, NONE, NONE, 600), (0, 150, NONE, 700))
    found = count(turned, "hr_after", of="organ", outcome="bone")
    start, stop = [0, 100, 0, 0, 250, 0, 0], [100, 200, 400, 250, 300, 600, 150]
    wanted = curves.andersen_gill(start, stop, [0, 1, 1, 0, 1, 0, 1], [0, 1, 0, 0, 1, 0, 0], np.array([0, 0, 1, 2, 2, 3, 4]))
    assert found[:3] == pytest.approx(wanted)


def test_a_ratio_adjusted_for_something_compares_people_alike_in_it():
    lives = lives_of(
        (0, 10, 5, 60), (0, 10, 5, 90), (0, 10, NONE, 70), (0, 10, NONE, 120), (2, 10, 8, 30), (2, 10, 8, 45), (2, 10, NONE, 40),
        (2, 10, NONE, 28),
    )  # fmt: skip
    lives["age_years"][::3] = 79.0  # as old as 70, to ten years
    time, organ, distant = lives["death_day"] - 10, lives["organ_day"] <= 10, lives["stage"] == STAGES.index("distant")
    wanted = curves.hazard_ratio(time, np.ones(8, int), organ, distant.astype(int))
    known = {"of": "organ", "since": "bone"}
    assert count(lives, "death_hr_having", adjusted_for=("distant", "age_years"), **known)[:3] == pytest.approx(wanted)
    assert count(lives, "death_hr_having", **known)[0] != pytest.approx(wanted[0], rel=0.02)
    # a moment parts those to whom it has come by `since` from the others
    assert np.isnan(count(lives, "death_hr_having", adjusted_for=("organ",), **known)[0])
    own = ([0, 10, 5, 60], [0, 20, NONE, 50], [2, 12, 6, 40], [2, 20, NONE, 60], [2, NONE, NONE, 30])
    start, stop = [0, 10, 0, 20, 0, 12, 0, 20, 0], [10, 60, 20, 50, 12, 40, 20, 60, 30]
    event, x, stage = [0, 1, 0, 1, 0, 1, 0, 1, 1], [0, 1, 0, 1, 0, 1, 0, 1, 0], np.array([0, 0, 0, 0, 1, 1, 1, 1, 1])
    wanted = curves.andersen_gill(start, stop, event, x, np.array([0, 0, 1, 1, 2, 2, 3, 3, 4]), stage)
    assert count(lives_of(*own), "hr_after", adjusted_for=("distant",))[:3] == pytest.approx(wanted)


def test_a_bone_event_is_bone_metastasis_or_what_a_claim_calls_a_skeletal_event():
    kind = LOG_KINDS.index
    broken = [(0, 30, kind("fracture_load"), 3), (1, 400, kind("hip"), -1), (3, 9, kind("vertebra"), -1)]
    events = [*broken, (1, 1200, kind("radiotherapy"), 3)]
    first = registry.moments()["bone_event"](lives_of(*FOUR, events=events))
    assert first[[0, 1, 3]].tolist() == [0, 1000, 9] and np.isnan(first[2])  # a hip broken in a fall is none


def test_the_extreme_of_a_ratio_is_taken_over_primaries():
    rng = np.random.default_rng(5)
    people = [(0, 10, 5.0 if k % 2 else NONE, 20 + rng.integers(1, 400 if k % 2 else 900)) for k in range(60)]
    lives = lives_of(*people)
    one, other = registry_measures.LEAST_DEATHS, populations.cancers().index("breast")
    lives["cancer"][:30] = other
    known = {"of": "organ", "since": "bone"}
    least, most = (count(lives, "death_hr_extreme", extreme=e, **known)[0] for e in ("least", "most"))
    of = [count(registry_rows(lives, rows), "death_hr_having", **known)[0] for rows in (slice(0, 30), slice(30, 60))]
    assert one <= 15 and (least, most) == (min(of), max(of))


def registry_rows(lives, rows):
    return Lives({name: column[rows] for name, column in lives.columns.items()}, lives.events)


# ---- the country -------------------------------------------------------------------------------------------------------------


def test_people_living_are_years_lived_in_the_countrys_ages():
    lives = lives_of(*FOUR)
    everybody, old = Country("all", 1000.0), Country("old", 500.0, age_least=71.0, age_most=73.5, new_cancers=2.0)
    countries = {"all": everybody, "old": old}
    years = (400 + 300) / YEAR
    weight = [10, 10, 10, 10]
    assert count(lives, "living", countries=countries, country="all", weight=weight)[0] == pytest.approx(10 * years)
    assert count(lives, "living_share", countries=countries, country="all", weight=weight)[0] == pytest.approx(years / 100)
    within = (400 - YEAR) / YEAR + (3.5 * YEAR - 1000) / YEAR  # from 71 on; from day 1000 to 73.5
    assert count(lives, "living", countries=countries, country="old")[0] == pytest.approx(2 * within)
    found = count(lives, "living_part", BONE_AT_DIAGNOSIS, countries=countries, country="all", part=("then",))
    assert found[0] == pytest.approx(400 / 700)


def test_new_people_and_deaths_in_a_year():
    lives = lives_of(*FOUR)
    countries = {"all": Country("all", 1e6, age_least=25.0, new_cancers=0.5)}
    assert count(lives, "new_rate", countries=countries, country="all", weight=[40, 1, 1, 1])[0] == pytest.approx(2.0)
    groups = {"had": Criterion("bone_at_end", 1.0)}
    assert count(lives, "deaths", groups, countries=countries, country="all", among=("had",))[0] == pytest.approx(1.0)
    lives["age_years"][0] = 20.0
    assert count(lives, "new_rate", countries=countries, country="all")[0] == 0.0


def test_a_rate_can_be_standardised_by_age():
    lives = lives_of(*FOUR)
    bands = {"band_from": (0.0, 65.0), "band_people": (7e5, 3e5), "band_standard": (90.0, 10.0)}
    plain, standard = Country("plain", 1e6), Country("standard", 1e6, **bands)
    countries = {"plain": plain, "standard": standard}
    rate = lambda name: count(lives, "new_rate", countries=countries, country=name, weight=[40, 1, 1, 1])[0]
    assert (lives["age_years"] > 65.0).all()
    assert rate("standard") == pytest.approx(rate("plain") / 3.0)  # the old are a tenth there, not three tenths
    lives["age_years"][0] = 40.0
    assert rate("standard") == pytest.approx(rate("plain") * 9.0 / 7.0)


def test_what_comes_in_a_year_is_counted_in_the_country_and_for_a_year_followed():
    lives = lives_of(*FOUR)  # calcium is high 20 days before each death: on days 380, 1280 and 480
    countries = {"all": Country("all", 1e6, new_cancers=0.5)}
    assert count(lives, "people_a_year", of="hypercalcaemia", countries=countries, country="all", weight=[2, 2, 9, 4])[0] == 4.0
    years = (400 + 1300 + 7305 + 500) / YEAR
    assert count(lives, "yearly_share", of="hypercalcaemia")[0] == pytest.approx(3 / years)
    days, months = 1000.0, 1000 / 30.4375  # taken up evenly over 1000 days: followed for d of them on average d - d^2 / 2000
    followed = (400 - 80 + 500 + 500 + 500 - 125) / YEAR
    came = 1 - 380 / days + 0 + 1 - 480 / days
    assert count(lives, "yearly_share", of="hypercalcaemia", follow=(months, months))[0] == pytest.approx(came / followed)
    sure = count(lives, "yearly_share", of="hypercalcaemia", follow=(months, 0.0))[0]
    assert sure == pytest.approx(2 / ((400 + 1000 + 1000 + 500) / YEAR))


def test_a_cord_counts_late_in_life_and_at_the_first_presentation():
    lives = lives_of(AT_ONCE, LATER, NEVER, (0, -10, NONE, 5000))  # a cord fails ten days after bone is found
    groups = {"late": Criterion("cord_in_last_five_years", 1.0), "first": Criterion("cord_at_presentation", 1.0)}
    assert count(lives, "part", groups, of="death", part=("late",))[0] == pytest.approx(2 / 3)
    assert count(lives, "part", groups, of="cord_compression", part=("first",))[0] == pytest.approx(1 / 3)


# ---- members and the cohort ----------------------------------------------------------------------------------------------------


def test_members_are_of_a_primary_a_stage_a_subtype_and_a_size():
    lives = lives_of((0, NONE, NONE, NONE), (1, NONE, NONE, NONE), (2, 0, NONE, NONE), cancer="breast")
    lives["subtype"][:] = 0, 1, 2
    lives["found_ml"][:] = 1.0, 5.0, 9.0
    among = lambda **some: Members(**some).among(lives).tolist()
    assert among(cancer="prostate") == [False] * 3 and among() == [True] * 3
    assert among(cancer="breast", stages=("localised", "regional")) == [True, True, False]
    assert among(cancer="breast", subtype="her2_positive") == [False, True, False]
    assert among(primary_ml=(2.0, 6.0)) == [False, True, False]
    united = lives_of(NEVER, cancer="lung_sclc")
    assert registry.readings()["is_lung"](united)[0] and not registry.readings()["is_lung_nsclc"](united)[0]


def test_weights_are_the_countrys_new_cases_with_distant_disease_as_often_as_in_the_registry():
    both = registry.joined([lives_of(*FOUR), lives_of(*FOUR, AT_ONCE, cancer="breast", events=[(4, 9, 3, -1)])])
    weight = registry.weights(both)
    assert both.events.tolist() == [[8, 9, 3, -1]]
    for cancer in ("prostate", "breast"):
        own = both["cancer"] == populations.cancers().index(cancer)
        assert weight[own].sum() == pytest.approx(unseen.of_primary(cancer)["new_cases"].value)
        far = own & (both["stage"] == STAGES.index("distant"))
        assert weight[far].sum() / weight[own].sum() == pytest.approx(unseen.of_primary(cancer)["distant"].value)


def test_shares_that_a_paper_tells_are_kept_and_the_rest_is_as_in_the_country():
    lives = registry.joined([lives_of(*FOUR, cancer=cancer) for cancer in ("breast", "prostate", "thyroid")])
    own = Registry("own", "own", "own", (Members("breast", share=0.7), Members()), ())
    who = registry_measures.seen(own, lives)
    each = who.weight.reshape(3, 4).sum(axis=1)
    assert who.members.all() and each[0] == pytest.approx(0.7) and each.sum() == pytest.approx(1.0)
    cases = [unseen.of_primary(cancer)["new_cases"].value for cancer in ("prostate", "thyroid")]
    assert each[1] / each[2] == pytest.approx(cases[0] / cases[1])


def test_the_cohort_holds_each_primary_and_grows_without_changing_anybody():
    followed = lambda each: registry._followed(0, each=each, seed=3, years=0.05, year=2003.0, cancers=populations.cancers())
    few, more = (followed(each) for each in (2, 3))
    n = len(populations.cancers())
    assert np.bincount(few["cancer"]).tolist() == [2] * n and len(more) == 3 * n
    same = np.isin(more["key"], few["key"])
    for name, column in few.columns.items():
        assert np.array_equal(more[name][same], column, equal_nan=column.dtype.kind == "f"), name


def test_a_cohort_lives_with_the_drugs_of_its_years_as_they_come():
    """Melanoma: nobody diagnosed in 2003 has immunotherapy before 2016, and only trials of today's care begin with it."""
    names, melanoma = list(drug.catalogue()), populations.cancers().index("melanoma")
    begun = lambda lives, name: registry.first_of(lives, ("drug begun",), names.index(name))
    live = lambda year, years: natural_history.live(
        np.arange(60), 3, parameters.typical(), round(years * YEAR), cancers=np.full(60, melanoma), year=year
    )
    early, late, now = live(2003.0, 2.0), live(2014.9, 3.0), live(take_up.TODAY, 2.0)
    assert np.isnan(begun(early, "immunotherapy")).all() and (begun(now, "immunotherapy") < 365).any()
    first = np.nanmin(begun(late, "immunotherapy"))
    assert first >= 364 and (~np.isnan(begun(late, "braf_inhibitor"))).any()  # care turns with the year of each life
    assert (~np.isnan(begun(early, "dacarbazine"))).sum() > (~np.isnan(begun(now, "dacarbazine"))).sum()


def test_drugs_beside_the_primary_came_with_their_trials():
    names, breast = list(drug.catalogue()), populations.cancers().index("breast")
    live = lambda year: natural_history.live(
        np.arange(120), 3, parameters.typical(), 60, cancers=np.full(120, breast), year=year
    )
    given = lambda lives, name: int((~np.isnan(registry.first_of(lives, ("drug begun",), names.index(name)))).sum())
    before, after = live(2003.0), live(2012.0)
    assert given(before, "trastuzumab") < given(after, "trastuzumab")
    assert given(before, "aromatase_inhibitor") == given(after, "aromatase_inhibitor") > 0


def test_registries_share_few_cohorts_each_of_the_primaries_it_needs():
    own = [registry_files.named(name) for name in registry_files.names()]
    needed = validation._needed(own)
    assert set(needed) <= set(registry.ERAS) and needed[2016.0] == ("lung_nsclc",)
    assert all(set(one.cancers) <= set(needed[one.era]) for one in own)
    assert Registry("own", "own", "own", (Members("breast"),), ()).era == take_up.TODAY


def test_a_spine_metastasis_is_never_found_before_bone_metastasis():
    lung = populations.cancers().index("lung_nsclc")
    lives = natural_history.live(np.arange(120), 3, parameters.typical(), 30, cancers=np.full(120, lung))
    assert (lives["cancer"] == lung).all()
    spine, bone = lives["spine_day"], lives["bone_day"]
    found = ~np.isnan(spine)
    assert 0 < found.sum() < (~np.isnan(bone)).sum() <= 120 and (spine[found] >= bone[found]).all()


# ---- files and the book ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('cancer = "prostate"', 'cancer = "prostate"\ngrowth = 3', r"people\[0\]\.growth"),
        ('status = "VERIFIED"\nsource = "abstract"', "", r"people\[0\]\.status"),
        ('what = "bone_at_diagnosis"', 'what = "seeding"', r"line \d+: group\[0\]\.what"),
        ('endpoint = "at_diagnosis"', 'endpoint = "hazard"', r"figure\[0\]\.endpoint"),
        ('until = "bone"', 'until = "bones"', r"figure\[2\]\.until"),
        ("month = 12\n", "", r"figure\[2\]\.month"),
        ('among = ["not bone_at_diagnosis"]', 'among = ["not bone"]', r"figure\[1\]\.among\[0\]"),
        ("follow_months = {value = 108", "follow_months = {value = 10", r"time\.accrual_months"),
        ("[time]", "[time]\nreferral = 3", r"time\.referral"),
        ("year = {value = 2003", "year = {value = 3", r"background\.year"),
        ("[background]", "[background]\nreferral = 3", r"background\.referral"),
        ('cancer = "prostate"', 'cancer = "prostate"\nshare = 1.2', r"people\[0\]\.share"),
        ('endpoint = "at_diagnosis"', 'endpoint = "living"', r"figure\[0\]\.country"),
        ('endpoint = "at_diagnosis"', 'endpoint = "part"', r"figure\[0\]\.part"),
        ('endpoint = "at_diagnosis"', 'endpoint = "death_hr"', r"figure\[0\]\.versus_among"),
        ('endpoint = "at_diagnosis"', 'endpoint = "death_hr_extreme"', r"figure\[0\]\.extreme"),
        ('endpoint = "at_diagnosis"', 'endpoint = "at_diagnosis"\nadjusted_for = ["distnat"]', r"adjusted_for\[0\].*'distant'"),
    ],
)
def test_what_is_no_fact_of_a_registry_is_refused_with_its_line(tmp_path, old, new, said):
    text = SHIPPED.read_text("utf-8")
    assert old in text
    path = tmp_path / "my_registry.toml"
    path.write_text(text.replace(old, new, 1), "utf-8")
    with pytest.raises(InputError) as refused:
        registry_files.read_registry(path)
    assert re.search(said, str(refused.value)) and re.search(r"my_registry\.toml, line \d+", str(refused.value))


def test_every_shipped_registry_reads_and_answers_published_figures_that_nobody_else_answers():
    known = read()
    seen = {figure.id for name in trial_files.names() for figure in trial_files.named(name).figures}
    for name in registry_files.names():
        one = registry_files.named(name)
        assert one.id == name and one.facts
        for figure in one.figures:
            assert figure.id in known and figure.id not in seen, f"{name}: {figure.id}"
            seen.add(figure.id)
    with pytest.raises(InputError, match="did you mean 'hbbc2016'"):
        registry_files.named("hbbc2061")


def test_the_book_sets_registries_beside_the_published_figures_and_counts_them(tmp_path, monkeypatch):
    """The cohort is four men by hand; the folder holds one registry and no trial."""
    (tmp_path / "registries").mkdir()
    text = SHIPPED.read_text("utf-8")
    (tmp_path / "registries" / "denmark_prostate.toml").write_text(text, "utf-8")
    monkeypatch.setitem(registry._cohorts, (30, 1, registry.YEARS, 2003.0, ("prostate",)), lives_of(*FOUR))
    out = tmp_path / "book"
    assert cli.run(["validate", "--trials", str(tmp_path), "--patients", "20", "--primary", "30", "--out", str(out)]) == 0
    page = (out / "validation.md").read_text("utf-8")
    assert "Read off cohorts of 30 people of each primary" in page and "Norgaard 2010 J Urol) | 2003 | 8 |" in page
    far = 100 * unseen.of_primary("prostate")["distant"].value
    row = next(line for line in page.splitlines() if line.startswith("| EPI-051 |"))
    assert "denmark_prostate, registry" in row and f"| {far:.3g} (" in row


def test_no_figure_is_said_to_be_unanswerable_and_answered():
    answered = {f.id for name in registry_files.names() for f in registry_files.named(name).figures}
    answered |= {f.id for name in trial_files.names() for f in trial_files.named(name).figures}
    assert not answered & set(validation._reasons())


def test_the_how_to_page_shows_a_file_that_reads_and_names_every_endpoint_and_moment(tmp_path):
    page = Path("docs/how-to/registries.md").read_text("utf-8")
    assert ", ".join(f"{year:.0f}" for year in registry.ERAS) in page
    path = tmp_path / "my_registry.toml"
    path.write_text(re.search(r"```toml\n(.*?)```", page, flags=re.S)[1], "utf-8")
    own = registry_files.read_registry(path)
    lives = lives_of(*FOUR, cancer="breast")
    assert [registry_measures.answer(registry_measures.seen(own, lives), f)[3] for f in own.figures] == [3, 1]
    named = set(re.findall(r"`(\w+)`", page))
    assert set(registry_measures.MEASURES) <= named
    assert {name for name in registry.moments() if not name.startswith("begun_")} <= named
