"""Any number of the model can be looked up, with its unit, range, source and the paper behind it."""

import pytest

from seedsoil.errors import InputError
from seedsoil.study import values
from seedsoil.world import parameters


def test_a_number_of_the_body_is_found_by_its_name():
    name = next(iter(parameters.entries()))
    (row,) = values.look_up(name)
    entry = parameters.entries()[name]
    assert (row["name"], row["value"], row["unit"]) == (name, entry.value, entry.unit)
    assert row["low"] <= row["value"] <= row["high"] and row["description"]


def test_without_a_name_every_number_is_given_once():
    rows = values.look_up()
    names = [row["name"] for row in rows]
    assert len(names) == len(set(names)) > 300
    assert set(parameters.entries()) <= set(names)


def test_every_number_has_a_unit_a_kind_and_a_source():
    for row in values.look_up():
        assert row["unit"] and row["kind"] in ("measured", "fitted", "assumed") and row["source"], row["name"]
        assert row["low"] <= row["value"] <= row["high"], row["name"]
        assert row["note"] or row["kind"] != "assumed", row["name"]


def test_a_drug_is_found_by_its_own_name_with_all_its_numbers():
    names = [row["name"] for row in values.look_up("drugs.denosumab")]
    assert "drugs.denosumab.dose" in names and any(".act." in name for name in names)
    assert all(name.startswith("drugs.denosumab.") for name in names)


def test_the_last_part_of_a_name_is_enough():
    assert {row["name"] for row in values.look_up("frailty")} >= {"people.frailty"}


def test_blanks_around_a_name_do_not_matter():
    assert values.look_up("  people.frailty ") == values.look_up("people.frailty")


def test_an_unknown_name_is_refused_with_the_nearest_one():
    with pytest.raises(InputError, match="did you mean") as refused:
        values.look_up("frailti")
    assert "frailty" in str(refused.value)
    with pytest.raises(InputError, match="lists them all"):
        values.look_up("qqqqqqqqqq")


def test_a_spread_between_people_is_written_out():
    (row,) = values.look_up("people.frailty")
    assert row["between"].startswith("lognormal, ")


def test_a_paper_becomes_a_line_and_a_link():
    key, paper = next((k, p) for k, p in values.bibliography().items() if "doi" in p)
    cited = values.cite(key)
    assert cited["key"] == key and paper["title"][:20] in cited["text"] and cited["url"] == f"https://doi.org/{paper['doi']}"


def test_every_paper_has_words():
    for key in values.bibliography():
        text = values.cite(key)["text"]
        assert text and text != key and "{" not in text and ". ." not in text, key


def test_a_key_without_a_paper_is_given_as_it_is():
    assert values.cite("nobody1900") == {"key": "nobody1900", "text": "nobody1900", "url": None}
