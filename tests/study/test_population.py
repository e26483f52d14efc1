"""The natural history from the primary, and the country made of it."""

import json
import re
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from seedsoil.biology.body import Body
from seedsoil.doors import cli
from seedsoil.grammar.tables import table
from seedsoil.study import claims, natural_history, population
from seedsoil.study.claims import natural
from seedsoil.world import parameters, populations, runs, unseen

N, YEARS, SEED = 200, 2.0, 3
PAGE = Path("docs/how-to/population.md")
STAGED = table("incidence.toml")["staged_within"].value


@pytest.fixture(scope="module")
def lives():
    return natural_history.live(np.arange(N), SEED, parameters.typical(), round(YEARS * 365.25))


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A small run from the command line, in parts of 100 people."""
    where = tmp_path_factory.mktemp("usa")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(population, "TOGETHER", 100)
        assert cli.run(["population", "--n", str(N), "--years", "2", "--seed", str(SEED), "--out", str(where), "--json"]) == 0
    return where


@pytest.mark.parametrize("n", [1, 9_999, 10_001, 20_000, 80_001, 500_000])
def test_many_people_are_parted_so_that_two_processes_have_as_much_to_do_and_memory_is_enough(n):
    each = population.together_of(n)
    many = population.parts_of(n, each)
    assert each <= population.TOGETHER and (many - 1) * each < n <= many * each
    assert many == 1 if n <= population.FEW else many % 2 == 0


def test_every_cancer_has_its_numbers_and_stages_and_subtypes_are_shares_of_one():
    for cancer in populations.cancers():
        own = unseen.of_primary(cancer)
        assert sum(own[s].value for s in natural_history.STAGES) == pytest.approx(1.0, abs=1e-9), cancer
        subtypes = [own[f"subtype.{p.subtype}"].value for p in populations.populations(cancer) if p.subtype]
        assert not subtypes or sum(subtypes) == pytest.approx(1.0), cancer
        assert own["new_cases"].value > 10_000


def test_care_around_the_primary_names_cancers_drugs_and_tests_that_exist():
    from seedsoil.treatments import drug
    from seedsoil.world import observing

    for row in natural_history._around("adjuvant"):
        assert row["cancer"] in populations.cancers() and row["drug"] in drug.catalogue()
        assert row.get("subtype", "") in {p.subtype for p in populations.populations(row["cancer"])} | {""}
        assert set(row["stages"]) <= set(natural_history.STAGES[:2])
    for row in natural_history._around("follow_up"):
        assert row["cancer"] in populations.cancers() and row["test"] in observing.TESTS


def test_everybody_is_alive_on_the_day_of_the_diagnosis_and_the_primary_has_grown():
    found = natural_history.diagnosed(np.arange(120), SEED, parameters.typical())
    assert found.people.alive.all() and (found.people.key == np.arange(120)).all()
    assert (found.people.body[:, Body._fields.index("primary")] > unseen.FIRST_ML / 2).all()
    assert (found.ml_days > 0).all() and np.isfinite(found.people.left).all()
    assert found.people.left[:, unseen._DEATHS].max() < 100.0


def test_a_primary_is_found_at_its_size_unless_metastases_give_it_away():
    found = natural_history.diagnosed(np.arange(400), SEED, parameters.typical())
    volume = found.people.body[:, Body._fields.index("primary")]
    wanted = np.zeros(400)
    for k, cancer in enumerate(populations.cancers()):
        mine = found.people.cancer == k
        wanted[mine] = unseen.found_ml(unseen.new_cases(cancer, np.flatnonzero(mine), SEED, parameters.typical()), cancer, SEED)
    ratio = (volume / np.minimum(wanted, 900.0))[~found.given_away]
    assert 0.9 < np.median(ratio) < 1.3 and found.given_away.any()
    assert np.median((volume / wanted)[found.given_away]) < 0.9


def test_people_do_not_depend_on_who_is_followed_beside_them(lives):
    some = natural_history.live(np.arange(100, 130), SEED, parameters.typical(), round(YEARS * 365.25))
    for name, column in some.columns.items():
        np.testing.assert_array_equal(column, lives[name][100:130], err_msg=name)


def test_who_is_found_with_metastases_at_once_is_distant_and_nobody_else(lives):
    early = (lives["bone_day"] <= STAGED) | (lives["organ_day"] <= STAGED)
    np.testing.assert_array_equal(lives["stage"] == 2, early)
    assert early.any() and not early.all() and len(np.unique(lives["stage"])) == 3


def test_bone_metastasis_is_found_only_where_it_is_and_while_alive(lives):
    has = ~np.isnan(lives["bone_day"])
    assert has.sum() > 6 and lives["bone_at_end"][has].all() and (lives["sites"][has] >= 0).any(axis=1).all()
    assert (lives["sites"][~has] == -1).all() and (lives["bone_by"] >= 0).tolist() == has.tolist()
    assert (lives["bone_day"][has] <= lives["until_day"][has]).all()


def test_a_removed_primary_sheds_no_more():
    """Without a primary and without metastases nobody founds another colony."""
    numbers = parameters.typical()
    group = natural_history.diagnosed(np.arange(60), SEED, numbers).people
    from seedsoil.study.newcomers import first_chart
    from seedsoil.world.day import World

    clean = (group.lesions == 0) & (group.body[:, natural_history._ORGANS].sum(axis=1) == 0.0)
    group.body[:, Body._fields.index("primary")] = 0.0
    world = World(group, first_chart(group), numbers, SEED)
    world.advance(400)
    assert clean.sum() > 20 and (group.lesions[clean] == 0).all()


def test_a_tally_of_parts_is_the_tally_of_the_whole(lives):
    whole, parts = population.Tally(), population.Tally()
    whole.add(lives.columns, N)
    for rows in np.array_split(np.arange(N), 7):
        parts.add({name: column[rows] for name, column in lives.columns.items()}, N)
    assert parts.figure("living") == pytest.approx(whole.figure("living"))
    has = ~np.isnan(lives["bone_day"])
    weight = natural_history.weight_of(lives["cancer"], N)
    assert whole.figure("new")[0] == pytest.approx(weight[has].sum())
    lived = (lives["until_day"] - np.nan_to_num(lives["bone_day"]))[has] / population.YEAR
    assert whole.figure("living")[0] == pytest.approx((weight[has] * lived).sum())


def test_weights_bring_stages_to_the_registrys_shares(lives):
    tally = population.Tally()
    tally.add(lives.columns, N)
    weighed = tally.sums["weight"].sum(axis=2) * tally.stage_factors()
    k = populations.cancers().index("lung_nsclc")
    assert weighed[k, 2] / weighed[k].sum() == pytest.approx(unseen.of_primary("lung_nsclc")["distant"].value)
    assert weighed.sum() == pytest.approx(tally.sums["weight"].sum())


def test_all_weights_are_the_new_cancers_of_a_year():
    n = 20_000
    keys = np.arange(n)
    from seedsoil.grammar import luck

    which = luck.choose(luck.uniform(SEED, keys, "drawn_primary"), np.array([list(natural_history.sampled().values())]))
    assert natural_history.weight_of(which, n).sum() == pytest.approx(sum(natural_history.primaries().values()), rel=0.02)


def test_the_folder_says_what_memory_says(folder, lives):
    document = json.loads((folder / "summary.json").read_text())
    tally = population.Tally()
    tally.add(lives.columns, N)
    expected = population.summary(tally, N, YEARS, SEED)
    for cell in ("new", "living"):
        assert document["all"][cell]["figure"] == pytest.approx(expected["all"][cell]["figure"], abs=2)
    assert (folder / "summary.png").read_bytes()[:4] == b"\x89PNG"


def test_one_row_a_person_and_events_of_known_people(folder):
    import pyarrow.parquet as parquet

    people, events = parquet.read_table(folder / "people"), parquet.read_table(folder / "events")
    assert people["person"].to_pylist() == list(range(N))
    assert set(events["person"].to_pylist()) <= set(range(N)) and min(events["day"].to_pylist()) >= 0
    died = {p for p, e in zip(events["person"].to_pylist(), events["event"].to_pylist(), strict=True) if e.startswith("death_")}
    assert died == {p for p, d in zip(people["person"].to_pylist(), people["death_day"].to_pylist(), strict=True) if d is not None}


def test_a_run_gone_on_with_by_two_processes_is_the_same_folder(folder, tmp_path, monkeypatch):
    monkeypatch.setattr(population, "TOGETHER", 100)
    settings = json.loads((folder / runs.ABOUT).read_text())["settings"]
    runs.open_folder(tmp_path, settings, False)
    runs.write_parts(tmp_path, partial(population.as_tables, n=N, seed=SEED, years=YEARS, together=100), 1)
    words = ["population", "--n", str(N), "--years", "2", "--seed", str(SEED), "--out", str(tmp_path), "--json"]
    assert cli.run([*words, "--resume", "--workers", "2"]) == 0
    for file in sorted(f for f in folder.rglob("*") if f.is_file()):
        assert (tmp_path / file.relative_to(folder)).read_bytes() == file.read_bytes(), file


def test_the_queries_of_the_page_run_as_they_stand(folder, capsys):
    duckdb = pytest.importorskip("duckdb")
    queries = re.findall(r"^```sql\n(.*?)^```", PAGE.read_text("utf-8"), flags=re.M | re.S)
    answers = [duckdb.sql(query.replace("out/usa", str(folder))).fetchall() for query in queries]
    assert len(answers) == 4 and all(answers)
    by_cancer = {row[0]: row for row in answers[0]}
    assert sum(row[1] for row in by_cancer.values()) > 10_000
    assert sum(row[1] for row in answers[2]) <= 100.5


def test_the_commands_of_the_page_are_commands(capsys):
    import shlex

    from typer.testing import CliRunner

    commands = [line[2:] for line in PAGE.read_text("utf-8").splitlines() if line.startswith("$ seedsoil")]
    assert len(commands) == 3
    for command in commands:
        words = [w for w in shlex.split(command)[1:] if not w.startswith("tcp:") and w != "--cluster"]
        assert CliRunner().invoke(cli.app, [*words, "--help"]).exit_code == 0


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--n", "5"], "--n"), (["--years", "0"], "--years"), (["--resume"], "--out"),
        (["--cluster", "tcp://x", "--workers", "2"], "--cluster"),
    ],
)  # fmt: skip
def test_what_cannot_be_run_is_refused_in_one_sentence(words, said, capsys):
    assert cli.run(["population", *words]) == 2
    assert said in capsys.readouterr().err


def test_the_statements_of_the_natural_history_run_in_small(monkeypatch):
    """The reduced form: the same code on 500 people over three years; what needs few people must hold already."""
    monkeypatch.setattr(natural, "PEOPLE", 500)
    monkeypatch.setattr(natural, "YEARS", 3.0)
    found = {name: claim() for name, claim in natural.CLAIMS.items()}
    assert found["D1"].holds
    assert all(0.0 <= p.low <= p.figure <= p.high for p in found["D12"].parts)
    first = {p.name: p for p in found["D5"].parts}
    assert first["lesions in the bones named"].figure > 0.85 and first["lesions beyond elbow and knee"].figure < 0.08
    assert set(natural.CLAIMS) <= set(claims.experiments())


def test_one_adenoma_in_four_is_known_and_its_calcium_is_not_the_cancers():
    n = 4000
    group = SimpleNamespace(key=np.arange(n), traits={"parathyroid_adenoma": np.repeat([0.0, 35.0], n // 2)})
    known = natural_history.Watch._known_adenoma(SimpleNamespace(world=SimpleNamespace(seed=1, people=group)))
    assert not known[: n // 2].any() and known[n // 2 :].mean() == pytest.approx(0.25, abs=0.03)
