"""Value tables: a number that lacks its unit, range, source or note does not come in."""

import shutil
import tomllib

import numpy as np
import pytest

from seedsoil.grammar import tables
from seedsoil.grammar.tables import data_file, read_entries, table
from seedsoil.grammar.units import Quantity

PLAIN = '[death]\nvalue = 0.7\nunit = "1/week"\nlow = 0.35\nhigh = 1.4\nsource = "someone2001"\nkind = "measured"\n'


def entry(text: str = PLAIN, name: str = "death"):
    return read_entries(tomllib.loads(text), "made_up.toml")[name]


def test_an_entry_reads_as_written():
    e = entry()
    assert (e.value, e.unit, e.low, e.high, e.source, e.kind) == (0.7, "1/week", 0.35, 1.4, "someone2001", "measured")


@pytest.mark.parametrize(
    ("was", "becomes"),
    [('"measured"', '"guessed"'), ('"measured"', '"assumed"'), ("low = 0.35", "low = 0.9"), ("high = 1.4", "high = 0.5")],
    ids=["unknown kind", "assumed without a note", "low above the value", "high below it"],
)
def test_a_faulty_entry_is_refused_by_name(was, becomes):
    with pytest.raises(ValueError, match="death"):
        entry(PLAIN.replace(was, becomes))


@pytest.mark.parametrize("missing", ["unit", "source", "kind"])
def test_an_entry_without_unit_source_or_kind_is_refused(missing):
    with pytest.raises(KeyError, match=missing):
        entry("".join(line + "\n" for line in PLAIN.splitlines() if not line.startswith(missing)))


def test_nested_tables_get_dotted_names():
    found = read_entries(tomllib.loads(PLAIN.replace("[death]", "[cell.death]")), "made_up.toml")
    assert list(found) == ["cell.death"]


def test_uncertainty_meets_its_ends_and_never_leaves_them():
    e = entry()
    assert np.allclose(e.at(np.array([-tables.NINETY, 0.0, tables.NINETY])), [e.low, e.value, e.high])
    assert e.at(np.array([-9.0, 9.0])).tolist() == pytest.approx([e.low, e.high])


def test_uncertainty_of_a_number_that_may_be_negative_is_straight():
    e = entry(PLAIN.replace("0.35", "-0.7"))
    assert e.at(-tables.NINETY / 2.0) == pytest.approx(0.0)


def test_spread_between_people_has_the_shape_it_says():
    z = np.random.default_rng(1).standard_normal(200_000)
    wide = entry(PLAIN + 'between = {shape = "lognormal", cv = 0.5}\n').spread(z)
    assert np.median(wide) == pytest.approx(0.7, rel=0.01) and wide.std() / wide.mean() == pytest.approx(0.5, abs=0.01)
    straight = entry(PLAIN + 'between = {shape = "normal", sd = 0.2}\n').spread(z)
    assert straight.std() == pytest.approx(0.2, abs=0.002)
    assert np.unique(entry().spread(z)).tolist() == [0.7]


class Cells:
    """A parameter record for the tests below."""

    death: Quantity["1/day", "death of cells"]  # noqa: F722, F821


def test_a_table_is_converted_into_the_units_of_its_record():
    found = tables.in_units_of(Cells, {"death": entry()})["death"]
    assert (found.value, found.low, found.unit) == (pytest.approx(0.1), pytest.approx(0.05), "1/day")
    assert found.meaning == "death of cells"


def test_a_table_with_a_number_too_many_or_too_few_is_refused():
    with pytest.raises(ValueError, match="lacks"):
        tables.in_units_of(Cells, {})
    with pytest.raises(ValueError, match="unused"):
        tables.in_units_of(Cells, {"death": entry(), "birth": entry()})


def test_a_unit_that_cannot_be_converted_is_refused():
    with pytest.raises(ValueError, match="cannot be read as"):
        tables.in_units_of(Cells, {"death": entry(PLAIN.replace("1/week", "mL"))})


def test_scores_move_only_the_numbers_they_name():
    known = {"death": entry(), "birth": entry()}
    moved = tables.record_of(known, 2, {"death": np.array([0.0, tables.NINETY])})
    assert moved["death"].tolist() == pytest.approx([0.7, 1.4])
    assert moved["birth"].tolist() == [0.7, 0.7]


def test_the_fingerprint_changes_with_any_table(tmp_path, monkeypatch):
    """One digit in one table, and a run says that it used others."""
    for name in ("values", "drugs"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "one.toml").write_text(PLAIN)
    monkeypatch.setattr(tables, "data_file", lambda *parts: tmp_path.joinpath(*parts))
    before = tables.hash_of(("values", "drugs"))
    assert before == tables.hash_of(("drugs", "values"))
    (tmp_path / "values" / "one.toml").write_text(PLAIN.replace("0.7", "0.8"))
    assert tables.hash_of(("values", "drugs")) != before


def test_the_fingerprint_holds_every_table_that_a_run_reads(tmp_path, monkeypatch):
    """Every TOML file under data that carries numbers counts; a plan, a trial or a stage of the calibration is input, and
    named in every result; pages hold words."""
    shutil.copytree(data_file(), tmp_path, dirs_exist_ok=True)
    monkeypatch.setattr(tables, "data_file", lambda *parts: tmp_path.joinpath(*parts))
    plain, missed = tables.hash_of(), []
    without_numbers = {path for folder in ("plans", "trials", "pages", "posterior") for path in tmp_path.glob(f"{folder}/**/*")}
    for path in sorted(set(tmp_path.rglob("*.toml")) - without_numbers):
        text = path.read_bytes()
        path.write_bytes(text + b"\n# one more line\n")
        if tables.hash_of() == plain:
            missed.append(path.relative_to(tmp_path).as_posix())
        path.write_bytes(text)
    assert missed == []


def test_a_table_is_read_from_its_file():
    text = data_file("values", "bone.toml").read_text("utf-8")
    assert table("values", "bone.toml") == read_entries(tomllib.loads(text), "values/bone.toml")
