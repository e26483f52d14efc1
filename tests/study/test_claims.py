"""Statements about disease and treatment: each an experiment, judged by its criterion; misses carry a reason."""

import json

import pytest

from seedsoil.doors import cli
from seedsoil.errors import InputError
from seedsoil.study import claims
from seedsoil.study.claims import above, around_nothing, below, book, running, within


def test_every_experiment_belongs_to_a_statement_and_says_what_is_run():
    written = {f"R{i}" for i in range(1, 22)} | {f"T{i}" for i in range(11)}
    assert written <= claims.experiments().keys() <= claims.statements().keys()
    for name, experiment in claims.experiments().items():
        assert len(experiment.__doc__) > 40, name


def test_a_part_holds_only_inside_its_band_or_wholly_beyond_its_bound():
    assert within("x", (0.7, 0.5, 0.9), 0.5, 1.0).holds and not within("x", (0.7, 0.49, 0.9), 0.5, 1.0).holds
    assert above("x", (2.0, 1.1, 3.0), 1.0).holds and not above("x", (2.0, 0.9, 3.0), 1.0).holds
    assert below("x", (0.5, 0.2, 0.9), 1.0).holds and not below("x", (0.5, 0.2, 1.1), 1.0).holds
    assert around_nothing("x", (-1.0, -2.0, 0.1)).holds and not around_nothing("x", (-1.0, -2.0, -0.1)).holds


def test_a_statement_nobody_knows_is_refused():
    with pytest.raises(InputError, match="Z9"):
        claims.chosen(["Z9"])


@pytest.mark.parametrize("name", ["R16", "R19", "R20", "R21"])
def test_a_statement_about_treatment_holds(name):
    finding = claims.experiments()[name]()
    assert finding.holds, [(p.name, p.figure, p.low, p.high, p.band) for p in finding.parts if not p.holds]


def test_the_command_prints_one_document(capsys):
    assert cli.run(["claims", "r16", "--json"]) == 0
    (row,) = json.loads(capsys.readouterr().out)
    assert row["id"] == "R16" and row["low"] <= row["figure"] <= row["high"] and row["people"] > 0 and row["criterion"]


def test_a_run_with_other_luck_is_written_into_a_folder_and_says_so(tmp_path, capsys):
    assert cli.run(["claims", "R16", "--seed", "8", "--out", str(tmp_path)]) == 0
    (row,) = json.loads((tmp_path / "claims.json").read_text("utf-8"))
    page = (tmp_path / "claims.md").read_text("utf-8")
    assert "## R16: holds" in page and row["claim"] in page and "Written:" in capsys.readouterr().out
    assert row["figure"] != running.one("R16")["figure"]


def test_the_reduced_set_is_part_of_the_whole_and_takes_no_ids(capsys):
    assert 0 < len(claims.quick()) < len(claims.experiments()) and set(claims.quick()) <= set(claims.experiments())
    assert cli.run(["claims", "R16", "--quick"]) == 2
    assert "leave one of them out" in capsys.readouterr().err


def test_a_figure_that_nobody_gave_is_a_miss_and_no_number():
    row = claims.as_record("S13", claims.Finding(0, (within("x", (float("nan"),) * 3, 0.0, 1.0),)))
    assert not row["holds"] and row["figure"] is None and row["parts"][0]["low"] is None
    assert "| x | none |" in book.page([row])


def test_a_miss_is_shown_with_its_reason_and_strict_says_so(capsys):
    row = claims.as_record("S13", claims.Finding(1, (within("x", (2.0, 1.0, 3.0), 0.0, 1.0),)))
    assert not row["holds"] and len(row["reason"]) > 40
    assert claims.as_record("S13", claims.Finding(1, (within("x", (1.0, 1.0, 1.0), 0.0, 1.0),)))["reason"] == ""
