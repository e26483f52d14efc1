"""The calibration: emulators that find a known truth, runs that can be killed, draws inside their ranges, parts that add up."""

import json
import math
from dataclasses import replace

import numpy as np
import pytest

from seedsoil.errors import InputError, UnreadableState
from seedsoil.grammar.tables import Entry
from seedsoil.study import apart, posterior, published, trial_files, trial_uncertainty
from seedsoil.study.posterior import calibrate, emulator, matching, page, points, stages
from seedsoil.study.posterior.stages import Free, Stage
from seedsoil.world import parameters

RNG = np.random.default_rng(3)


# ---- emulator --------------------------------------------------------------------------------------------------------


def test_a_surface_of_second_degree_is_found_again():
    x = RNG.random((40, 3))
    law = lambda u: 2.0 + 3.0 * u[:, 0] - 4.0 * (u[:, 1] - 0.3) ** 2
    surface = emulator.fit(x, law(x))
    new = RNG.random((200, 3))
    assert np.abs(surface(new) - law(new)).max() < 0.01 and surface.error < 0.01 and surface.explained > 0.999


def test_main_effects_are_the_shares_that_calculus_gives():
    """Of x + 2 y over the square, x brings 1/5 of the variance and y 4/5; z nothing."""
    x = RNG.random((64, 3))
    effects = emulator.fit(x, x[:, 0] + 2.0 * x[:, 1]).main_effects()
    assert effects == pytest.approx([0.2, 0.8, 0.0], abs=0.005)


def test_the_error_of_points_left_out_is_that_of_leaving_them_out():
    x, y = RNG.random((20, 2)), RNG.random(20)
    columns = emulator.terms(x, False)
    _, told = emulator._ridge(columns, y, 0.01)
    far = []
    for i in range(20):
        rest = np.delete(np.arange(20), i)
        # the same ridge in all, not one of the fewer points
        coefficients, _ = emulator._ridge(columns[rest], y[rest], 0.01 * 20 / 19)
        far.append(y[i] - columns[i] @ coefficients)
    assert told == pytest.approx(np.sqrt(np.mean(np.square(far))), rel=1e-6)


def test_noise_without_a_law_is_not_explained_and_too_few_points_are_refused():
    x = RNG.random((32, 4))
    assert emulator.fit(x, RNG.random(32)).explained < 0.3
    assert emulator.fit(x, np.where(np.arange(32) < 12, np.nan, 1.0)) is None


# ---- matching --------------------------------------------------------------------------------------------------------


def target(surface, value, sd, name="a", trial="t"):
    return matching.Target(name, trial, False, value, surface, 0.0, 0.0, sd, value)


def test_a_known_posterior_comes_out():
    """A figure that is the number itself, measured as 0.4 with error 0.05, over a flat range: a normal distribution."""
    x = RNG.random((32, 2))
    surface = emulator.fit(x, x[:, 0])
    positions = RNG.random((1 << 15, 2))
    match = matching.matched([target(surface, 0.4, 0.05)], positions)
    rows = positions[matching.drawn(match.weight, 4096, 1)]
    assert rows[:, 0].mean() == pytest.approx(0.4, abs=0.005) and rows[:, 0].std() == pytest.approx(0.05, abs=0.003)
    assert rows[:, 1].mean() == pytest.approx(0.5, abs=0.02) and rows[:, 1].std() == pytest.approx(12**-0.5, abs=0.01)
    assert match.inflation == 1.0 and not match.structural.any() and match.left == pytest.approx(0.3, abs=0.01)


def test_what_no_number_can_meet_is_named_and_takes_no_part():
    x = RNG.random((32, 2))
    surface = emulator.fit(x, x[:, 0])
    positions = RNG.random((1 << 14, 2))
    alone = matching.matched([target(surface, 0.4, 0.05)], positions)
    match = matching.matched([target(surface, 0.4, 0.05), target(surface, 2.0, 0.05, "b")], positions)
    assert match.structural.tolist() == [False, True] and match.nearest[1] > 15
    assert match.weight == pytest.approx(alone.weight)


def test_figures_that_contradict_each_other_widen_the_draws():
    x = RNG.random((32, 2))
    surface = emulator.fit(x, x[:, 0])
    positions = RNG.random((1 << 14, 2))
    agreed = matching.matched([target(surface, 0.5, 0.05), target(surface, 0.5, 0.05, "b", "u")], positions)
    match = matching.matched([target(surface, 0.3, 0.05), target(surface, 0.7, 0.05, "b", "u")], positions)
    assert match.inflation == pytest.approx(16.0, rel=0.02)
    spread = lambda m: positions[matching.drawn(m.weight, 2048, 1), 0].std()
    assert spread(match) > 3.0 * spread(agreed)


def test_figures_are_set_beside_each_other_on_their_own_scale():
    row = published.read()["SUR-014"]
    assert matching.by_logs(row) and not matching.by_logs(replace(row, unit="%"))
    lines = [{"figures": {row.id: [30.0 + 10.0 * (k == 0), 25.0, 36.0]}} for k in range(9)]
    found = matching.target(row, "t", RNG.random((8, 2)), lines, 0.0)
    assert found.value == pytest.approx(math.log(row.value)) and found.told(found.value) == pytest.approx(row.value)
    assert found.stands == pytest.approx(math.log(40.0)) and found.luck == pytest.approx(math.log(36 / 25) / 3.92, rel=1e-3)
    assert found.discrepancy == pytest.approx(row.tolerance / row.value / 1.645, rel=1e-3)


# ---- stages and runs ---------------------------------------------------------------------------------------------------


def test_what_is_free_has_a_range_and_what_judges_it_counts():
    known, figures = parameters.free(), published.read()
    seen: set[str] = set()
    for stage in stages.read():
        answered = points.trial_of(stage)
        for one in stage.free:
            assert known[one.name].low < known[one.name].high and one.why and one.name not in seen
            assert known[one.name].kind in ("fitted", "assumed")
            seen.add(one.name)
        for name in stage.figures:
            assert figures[name].counts and answered[name] in stage.trials
    assert len(seen) >= 30


@pytest.fixture
def small() -> Stage:
    return Stage(
        "small", "Small", "world", 16, 20, ("denosumab_first_dose",), ("BMA-113", "MRK-024"),
        (Free("osteoclast_fall", "x"), Free("osteoclast_floor", "x")),
    )  # fmt: skip


def toy(stage, people, seed, task):
    """A model of which the truth is known: the figures are the positions of two numbers."""
    number, values = task
    e = {name: parameters.free()[name] for name in stage.names}
    u = [0.5 if not values else float(e[name].position_of(values[name])) for name in stage.names]
    at = lambda x: [100.0 * x, 100.0 * x - 1.0, 100.0 * x + 1.0]
    return {"point": number, "values": values, "figures": {"BMA-113": at(u[0]), "MRK-024": at(u[1])}}


def run(small, folder, monkeypatch, **more):
    monkeypatch.setattr(points, "at_point", toy)
    return calibrate.calibrate([small], folder, 0, 200, 1.0, 1, **more)


def test_the_truth_of_a_toy_is_found_with_its_width(small, tmp_path, monkeypatch):
    _, kept, document = run(small, tmp_path / "a", monkeypatch)
    known, figures = parameters.free(), published.read()
    for name, figure in (("osteoclast_fall", "BMA-113"), ("osteoclast_floor", "MRK-024")):
        e, row = known[name], figures[figure]
        u = e.position_of(kept[name])
        sd = math.hypot(row.tolerance / 1.645, 2.0 / 3.92) / 100.0
        if not math.isnan(row.low):
            sd = math.hypot(sd, (row.high - row.low) / 392.0)
        full = np.clip(row.value / 100.0 + sd * np.random.default_rng(1).standard_normal(100_000), -9, 9)
        full = full[(full >= 0) & (full <= 1)]
        assert u.mean() == pytest.approx(full.mean(), abs=0.02) and u.std() == pytest.approx(full.std(), abs=0.02)
        assert ((kept[name] >= e.low) & (kept[name] <= e.high)).all() and len(kept[name]) == 200
    assert json.loads(json.dumps(document, allow_nan=False)) == document
    assert "## Small" in page.page(document)


def test_a_killed_run_goes_on_to_the_same_bytes(small, tmp_path, monkeypatch):
    run(small, tmp_path / "whole", monkeypatch)
    whole = (tmp_path / "whole" / "small.jsonl").read_bytes()
    run(small, tmp_path / "cut", monkeypatch)
    path = tmp_path / "cut" / "small.jsonl"
    path.write_bytes(whole[: len(whole) // 2])  # in the midst of a line
    _, kept, _ = run(small, tmp_path / "cut", monkeypatch, resume=True)
    assert path.read_bytes() == whole and len(kept) == 2
    with pytest.raises(InputError, match="--out"):
        run(small, tmp_path / "cut", monkeypatch)
    with pytest.raises(UnreadableState, match="asked"):
        run(replace(small, people=21), tmp_path / "cut", monkeypatch, resume=True)


def test_no_digit_hangs_on_the_workers(small, tmp_path):
    wanted = points.values_at(small, points.design(small, 4, 1))[:3]
    for workers in (1, 2):
        points.followed(small, tmp_path / f"{workers}.jsonl", wanted, {}, 10, 1, workers)
    one, two = ((tmp_path / f"{workers}.jsonl").read_bytes() for workers in (1, 2))
    assert one == two
    figures = [json.loads(line)["figures"]["BMA-113"][0] for line in one.splitlines()]
    assert len(figures) == 4 and len(set(figures)) > 1  # the numbers reach the model


def test_points_are_spread_evenly_over_the_ranges(small):
    where = points.design(small, 16, 1)
    assert all(len({int(16 * u) for u in column}) == 16 for column in where.T)
    e = parameters.free()["osteoclast_fall"]
    assert all(e.low <= values["osteoclast_fall"] <= e.high for values in points.values_at(small, where))


# ---- what is shipped, and how it is used ---------------------------------------------------------------------------------


def test_draws_are_read_as_they_were_written(tmp_path):
    draws = calibrate.as_draws({"fed_half": np.linspace(1.0, 6.0, 200), "poison_half": np.full(200, 0.1)}, "seedsoil calibrate")
    path = tmp_path / "draws.csv"
    path.write_text(posterior.text(draws))
    again = posterior.read(path)
    assert again.names == draws.names and (again.values == draws.values).all() and again.about["command"] == "seedsoil calibrate"
    assert "have changed" not in again.said()
    assert "have changed" in replace(again, about=again.about | {"tables": "another"}).said()
    path.write_text("a,b\n1,2\n")
    with pytest.raises(InputError, match="draws"):
        posterior.read(path)


def test_a_run_lives_by_the_draws_and_by_the_ranges_of_what_was_not_free():
    draws = posterior.Draws(("fed_half", "egfr_inhibitor.act0.most"), np.stack([np.full(200, 4.5), np.full(200, 0.03)], axis=1), {})
    numbers = draws.version(5, 1).numbers()
    assert (numbers.params["fed_half"] == 4.5).all() and len(np.unique(numbers.params["repair"])) >= 3
    typical = parameters.typical()
    assert len(numbers.params) == 5 and typical.params["fed_half"][0] == parameters.entries()["fed_half"].value
    from seedsoil.treatments import drug

    row = numbers.drugs[:, drug.number_of()["egfr_inhibitor"]]
    assert (row["most0"] == 0.03).all() and len(np.unique(row["resistance"])) >= 3


def test_shipped_draws_lie_within_the_ranges():
    draws = posterior.shipped()
    if draws is None:
        assert posterior.in_use(5, 1)[1] == posterior.NONE
        return
    assert len(draws.values) >= 200
    for name, column in zip(draws.names, draws.values.T, strict=True):
        e = parameters.free()[name]
        assert ((column >= e.low * (1 - 1e-9)) & (column <= e.high * (1 + 1e-9))).all(), name


def test_growth_moves_in_the_range_of_each_cancer():
    from seedsoil.world import people, populations

    keys = np.arange(20)
    at = lambda u: parameters.Version(given=(("populations.doubling_days", (u,)),)).numbers()
    own = lambda u: people.without_body("breast", keys, 1, at(u))
    slow, quick = own(1.0), own(0.0)
    for k, part in enumerate(populations.populations("breast")):
        e = part.numbers["doubling_days"]
        rows = slow.subtype == k
        if rows.any():
            ratio = quick.lesion_traits["growth"][rows] / slow.lesion_traits["growth"][rows]
            assert ratio == pytest.approx(np.full(ratio.shape, e.high / e.low))
    assert (slow.traits["visceral_growth"] == quick.traits["visceral_growth"]).all()
    with pytest.raises(ValueError, match="no uncertain number"):
        parameters.Version(given=(("nothing", (1.0,)),)).numbers()


def test_positions_and_values_are_each_others_way_back():
    for low, high in ((0.5, 8.0), (0.0, 3.0), (-1.0, 1.0)):
        e = Entry("x", high, "1", low, high, "seedsoil", "fitted")
        assert e.position_of(e.inside([0.0, 0.3, 1.0])) == pytest.approx([0.0, 0.3, 1.0])
        assert e.inside([0.0, 1.0]) == pytest.approx([low, high])


# ---- person, chance, knowledge -------------------------------------------------------------------------------------------


def lived(person: float, chance: float, knowledge: float, sets: int = 200, each: int = 20) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(5)
    version = np.repeat(np.arange(sets), each)
    who = person * rng.standard_normal(sets * each) + knowledge * rng.standard_normal(sets)[version]
    return who + chance * rng.standard_normal((2, sets * each)), version


def test_three_known_parts_are_told_apart():
    parts = apart.of_people(*lived(1.0, 2.0, 0.7))
    assert parts == pytest.approx((1.0, 4.0, 0.49), rel=0.15)
    assert sum(parts.shares()) == pytest.approx(1.0) and parts.total == pytest.approx(sum(parts))


def test_the_parts_of_a_figure_are_those_of_its_people_over_their_number_and_knowledge_whole():
    values, version = lived(1.0, 2.0, 0.7, sets=400)
    half = np.arange(20)[None, :] % 2
    groups = np.stack([[v.reshape(400, 20)[:, half[0] == h].mean(axis=1) for h in (0, 1)] for v in values]).transpose(0, 2, 1)
    parts = apart.of_figure(groups)
    n = len(version)
    assert parts == pytest.approx((1.0 / n, 4.0 / n, 0.49), rel=0.2)


def test_nothing_is_told_of_what_does_not_vary_or_is_not_known():
    values, version = lived(1.0, 1.0, 0.0)
    assert apart.of_people(np.full_like(values, 3.0), version).shares() is None
    assert apart.of_people(np.full_like(values, np.nan), version) is None
    assert apart.of_people(values[:, :40], version[:40]) is None  # two versions are too few
    assert apart.of_figure(np.full((2, 5, 2), np.nan)) is None


def test_a_trial_shows_all_three_and_they_add_up():
    trial = trial_files.named("denosumab_first_dose")
    one, told = trial_uncertainty.run(trial, 20, 1)
    rows = [row for row in told["figures"] if row["value"] is not None]
    assert rows and told["versions"] >= 3
    for row in rows:
        assert row["person"] + row["chance"] + row["knowledge"] == pytest.approx(1.0, abs=0.002)
        assert row["low"] <= row["value"] <= row["high"]
    assert len(np.unique(next(iter(one.arms.values())).version)) == told["versions"]
    with pytest.raises(InputError, match="--patients"):
        trial_uncertainty.run(trial_files.named("egfr_bone2020"), 8, 1)


def test_a_later_stage_weighs_again_what_an_earlier_one_left(small, tmp_path, monkeypatch):
    """Rows go on whole: what the second stage says of a number of the first is added to what that said, and nothing is lost."""
    monkeypatch.setattr(points, "at_point", toy)
    go = lambda stage, before: calibrate.one(stage, before, tmp_path, 16, 1.0, 1, 1, None)
    first = replace(small, id="first", free=(*small.free[:1], Free("poison_half", "x")))
    later = replace(small, id="later", free=small.free[1:], again=("poison_half",))
    one = go(first, {})
    two = go(later, one.rows)
    assert set(two.rows) == {"osteoclast_fall", "poison_half", "osteoclast_floor"} and set(two.fixed) == {"osteoclast_fall"}
    assert all(len(rows) == calibrate.ROWS for rows in two.rows.values())
    # the toy answers the second figure with the position of the second number of a stage: here poison_half both times
    known = one.rows["poison_half"].std()
    assert two.rows["poison_half"].std() == pytest.approx(known / 2**0.5, rel=0.1)
    with pytest.raises(InputError, match="--stage"):
        go(later, {})
