"""What people say and doctors find: pain, performance, walking, symptoms, and calls to the clinic."""

import numpy as np
import pytest
from tests.diagnostics.people_to_test import people

from seedsoil.care.scores.prognosis import ecog_of_karnofsky
from seedsoil.diagnostics import examination, symptoms
from seedsoil.errors import InputError
from seedsoil.grammar import luck


def squeezed(share, at="T8", m=1, **more):
    """People whose cord has lost `share` of its function for good, and who are pressed there."""
    return people(m, at=(at,), lesion={"cord_injury": np.reshape(share, (-1, 1)), **more})


@pytest.mark.parametrize("what", examination.WRITTEN)
@pytest.mark.parametrize("model", [True, False])
def test_the_chances_of_all_steps_add_up_to_one(what, model):
    seen = people(50, body={"function": np.linspace(0.1, 1.0, 50)}, sums={"rest_pain": np.linspace(0.0, 3.0, 50)})
    chances = examination.probabilities(what, seen, model)
    assert np.all(chances >= 0.0)
    assert chances.sum(axis=1) == pytest.approx(1.0)


@pytest.mark.parametrize("what", examination.WRITTEN)
def test_draws_come_as_often_as_the_likelihood_says(what):
    n = 40_000
    seen = people(n, body={"function": 0.72}, sums={"rest_pain": 0.3, "activity_pain": 0.4})
    drawn = examination.draw(what, seen, luck.normal(11, np.arange(n), "examination"))
    one = people(1, body={"function": 0.72}, sums={"rest_pain": 0.3, "activity_pain": 0.4})
    told = examination.probabilities(what, one, False)[0]
    for step, chance in zip(examination.scales()[what].steps, told, strict=True):
        assert np.mean(drawn == step) == pytest.approx(chance, abs=0.01)


def test_pain_weighs_most_where_it_is_felt():
    squared = np.linspace(0.0, 8.0, 400)
    seen = people(400, sums={"rest_pain": squared})
    best = np.argmax(examination.log_likelihood("pain", seen, 7.0))
    assert examination.pain_now(seen)[best] == pytest.approx(7.0, abs=0.5)


def test_no_pain_and_worse_than_mild_are_probabilities():
    seen = people(3, sums={"rest_pain": np.array([0.0, 0.3, 3.0])})
    none = examination.log_likelihood("pain", seen, None, "normal")
    some = examination.log_likelihood("pain", seen, 0.0, ">")
    assert np.all(np.diff(none) < 0.0)
    assert np.exp(none) + np.exp(some) == pytest.approx(1.0)


def test_performance_is_graded_as_the_published_map_says():
    """A doctor without noise who sees Karnofsky 70 writes ECOG 2."""
    tens = np.arange(10, 101, 10)
    seen = people(10, body={"function": tens / 100.0})
    assert np.array_equal(examination.true_value("karnofsky", seen), tens)
    assert np.array_equal(examination.true_value("ecog", seen), ecog_of_karnofsky(tens).value)


def test_a_value_off_the_scale_is_refused():
    with pytest.raises(InputError):
        examination.log_likelihood("ecog", people(), 4.0, ">")
    with pytest.raises(InputError):
        examination.draw("mood", people(), 0.0)


def test_opioids_lower_the_pain_told():
    make = lambda dose: people(sums={"rest_pain": 1.5}, effects={"opioid": dose})
    assert examination.pain_worst(make(120.0))[0] < examination.pain_worst(make(0.0))[0] - 2.0


def test_the_most_irritated_lesion_hurts_most():
    seen = people(1, at=("L3", "rib_5_left"), lesion={"inflammation": np.array([[0.2, 0.9]])})
    assert examination.hurts_most(seen)[0] == 1
    assert examination.hurts_most(people())[0] == -1
    assert np.all(np.diff(examination.pain_at(seen)[0]) > 0.0)


def test_a_paralysed_or_bedridden_person_does_not_walk():
    assert examination.true_value("walking", squeezed(0.95))[0] == 2.0
    assert examination.true_value("walking", people(body={"function": 0.2}))[0] == 2.0
    assert examination.true_value("walking", people(sums={"immobility": 0.9}))[0] == 2.0
    assert examination.true_value("walking", people())[0] == 0.0
    assert examination.true_value("walking", squeezed(0.9, at="sacrum"))[0] < 2.0


@pytest.mark.parametrize("name", symptoms.SYMPTOMS)
def test_a_symptom_is_rare_in_health_and_its_likelihoods_add_up(name):
    seen = people(2, at=("T8",))
    chance = symptoms.probability(name, seen)
    assert np.all((chance >= 0.0) & (chance < 0.12))
    both = np.exp(symptoms.log_likelihood(name, seen, True)) + np.exp(symptoms.log_likelihood(name, seen, False))
    assert both == pytest.approx(1.0)


def test_what_people_have_had_for_years_is_no_news():
    """Where nothing presses, a sign of cord or roots is new at fewer than one visit in 250; found at all it is as published."""
    n = 40_000
    seen = people(n, at=("T8",))
    names = ("weakness", "bladder", "radicular_pain", "sensory_loss")
    old = symptoms.habits(3, np.arange(n), names)
    for k, name in enumerate(names):
        u = np.random.default_rng(k).uniform(size=n)
        new = symptoms.draw(name, seen, u, old.old[:, k], old.score[:, k])
        chance = symptoms.probability(name, seen)[0]
        assert new.mean() < 0.004, name
        assert (new | old.old[:, k]).mean() == pytest.approx(chance, abs=4.0 * np.sqrt(chance / n)), name


def test_a_new_deficit_is_found_as_often_as_its_likelihood_says_and_is_found_again():
    n = 40_000
    seen = squeezed(np.full(n, 0.12), m=n)
    u, again = np.random.default_rng(5).uniform(size=(2, n))
    own = [habit[:, 0] for habit in symptoms.habits(3, np.arange(n), ("weakness",))]
    first, second = symptoms.draw("weakness", seen, u, *own), symptoms.draw("weakness", seen, again, *own)
    chance = symptoms.probability("weakness", seen)[0]
    assert 0.2 < chance < 0.8 and first.mean() == pytest.approx(chance, abs=0.015)
    assert second[first].mean() > 0.5 * (1.0 + first.mean())


def test_signs_of_cord_compression_are_found_in_60_to_95_per_cent():
    """Someone with a moderate deficit and an occupied canal, as at most diagnoses."""
    seen = squeezed(0.3, room=-0.5)
    for name in ("weakness", "sensory_loss", "radicular_pain"):
        assert 0.6 <= symptoms.probability(name, seen)[0] <= 0.98, name
    sore = squeezed(0.3, room=-0.5, inflammation=0.8)
    assert 0.6 <= symptoms.probability("spinal_tenderness", sore)[0] <= 0.95


def test_signs_grow_with_the_deficit_and_the_bladder_fails_late():
    share = np.linspace(0.0, 1.0, 40)
    seen = squeezed(share, m=40)
    for name in ("weakness", "sensory_loss", "bladder", "cannot_walk"):
        assert np.all(np.diff(symptoms.probability(name, seen)) >= -1e-12), name
    assert symptoms.probability("bladder", seen)[8] < 0.2 < symptoms.probability("weakness", seen)[8]


def test_confusion_is_rare_at_calcium_2_8_and_usual_at_4():
    """The ladder: thirst before nausea before confusion."""
    seen = people(4, body={"calcium": np.array([2.35, 2.8, 3.3, 4.0])})
    chance = symptoms.probability("confusion", seen)
    assert chance[1] < 0.1 and 0.2 < chance[2] < 0.6 and chance[3] > 0.9
    assert symptoms.probability("thirst", seen)[2] > symptoms.probability("nausea", seen)[2] > chance[2]
    assert symptoms.probability("cramps", people(body={"calcium": 1.6}))[0] > 0.6


def test_a_symptom_written_down_weighs_towards_bodies_that_have_it():
    seen = people(2, body={"calcium": np.array([2.4, 3.8])})
    told = symptoms.log_likelihood("confusion", seen, True)
    assert told[1] - told[0] > np.log(10.0)


def test_who_is_well_does_not_call():
    n = 1000
    call = symptoms.raised(people(n, at=("L3",)), luck.uniform(1, np.arange(n), "symptom"))
    assert not call.who.any()
    assert np.all(call.reason == -1)


def test_a_broken_thigh_is_brought_the_same_day_and_only_once():
    n = 2000
    seen = people(n, at=("femur_shaft_left",), lesion={"unhealed": 1.0}, sums={"immobility": 0.9, "activity_pain": 2.0})
    u = luck.uniform(2, np.arange(n), "symptom")
    call = symptoms.raised(seen, u)
    assert call.who.mean() > 0.9
    assert np.mean(call.reason[call.who] == symptoms.REASONS.index("fracture")) > 0.9
    known = {name: np.ones(n, bool) for name in symptoms.REASONS}
    assert not symptoms.raised(seen, u, pain_told=10.0, told=known).who.any()


def test_calls_come_as_often_as_their_reasons_together():
    n = 60_000
    seen = people(n, at=("T8",), lesion={"cord_injury": 0.25}, sums={"rest_pain": 2.0})
    rates = symptoms.call_rates(seen)[0]
    wanted = 1.0 - np.prod(1.0 - rates)
    assert symptoms.raised(seen, luck.uniform(3, np.arange(n), "symptom")).who.mean() == pytest.approx(wanted, abs=0.01)


def test_pain_is_borne_for_weeks_before_it_is_told():
    """Median 24 days from pain to a doctor: 90 days of pain and 66 from first telling, at cord compression."""
    seen = people(sums={"rest_pain": 0.6})
    assert 4.0 < examination.pain_worst(seen)[0] < 6.5
    days = np.log(0.5) / np.log1p(-symptoms.call_rates(seen).sum())
    assert 15.0 < days < 35.0
