"""Orders: joined where they are the same, refused where they contradict, won by the plan."""

import numpy as np
import pytest

from seedsoil.care.orders import NOBODY, Start, Stop, Tell, Test, Treat, merged, together
from seedsoil.errors import ConflictingOrders, InputError

WHERE = np.array([True, True, False])
FIRST, SECOND = np.array([True, False, False]), np.array([False, True, False])


def test_words_that_are_no_field_of_an_order_are_its_amounts():
    order = Start("morphine", WHERE, dose=np.array([30.0, 60.0, 0.0]), why="pain")
    assert order.verb == "start" and order.why == "pain" and list(order.amount("dose")) == [30, 60, 0]
    assert np.isnan(order.amount("every_days")).all()


def test_an_order_for_a_place_concerns_only_those_who_have_one():
    order = Treat("radiotherapy", WHERE, np.array([5, NOBODY, 7]), dose_gy=8)
    assert order.where.tolist() == [True, False, False] and order.site.tolist() == [5, NOBODY, NOBODY]


def test_the_same_order_twice_is_one():
    got = merged([Test("mri", FIRST), Test("mri", WHERE)])
    assert sum(order.where.astype(int) for order in got).tolist() == [1, 1, 0]


def test_two_places_are_two_orders():
    at = lambda site: Treat("radiotherapy", FIRST, np.full(3, site), dose_gy=8)
    assert len(merged([at(5), at(6), at(5)])) == 2


def test_to_start_and_stop_a_drug_for_one_person_is_a_contradiction():
    with pytest.raises(ConflictingOrders):
        merged([Start("adt", FIRST), Stop("adt", WHERE)])
    assert len(merged([Start("adt", FIRST), Stop("adt", SECOND)])) == 2


def test_to_forbid_a_drug_and_stop_it_is_no_contradiction():
    assert len(merged([Start("nsaid", FIRST, stance="forbid"), Stop("nsaid", FIRST)])) == 2


def test_the_plan_wins_over_standard_care():
    got = together([Start("denosumab", FIRST, dose=120.0, by="plan")], [Stop("denosumab", WHERE), Test("bloods", WHERE)])
    stop = [order for order in got if order.verb == "stop"]
    assert stop[0].where.tolist() == [False, True, False] and got[0].by == "plan"


def test_what_is_only_considered_or_told_is_not_carried_out():
    stances = {stance: Start("adt", WHERE, stance=stance).acts for stance in ("do", "refer", "consider", "forbid")}
    assert stances == {"do": True, "refer": True, "consider": False, "forbid": False}
    assert Test("mri", WHERE, stance="measure first").acts and not Tell("words", WHERE).acts


def test_the_reason_names_the_values_of_the_person():
    order = Test("bloods", WHERE, why="calcium {c:.2f}", facts={"c": np.array([2.9, 3.1, 0.0])})
    assert order.because(1) == "calcium 3.10"


@pytest.mark.parametrize("wrong", [{"stance": "perhaps"}, {"topic": "astrology"}])
def test_an_order_nobody_understands_is_refused(wrong):
    with pytest.raises(InputError):
        Start("adt", WHERE, **wrong)
