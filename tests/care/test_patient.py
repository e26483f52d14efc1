"""A patient's facts: who may be described, what the table of analytes holds, and how it all is told."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest

from seedsoil.care.analytes import analytes, converted, flags_of, plain_unit, refuse_impossible
from seedsoil.care.codes import bones, concepts, groups, in_catalogue, regions, treatments
from seedsoil.care.patient import Finding, Given, KnownLesion, Patient, SetAside, describe_known
from seedsoil.errors import InputError


def person(**more: object) -> Patient:
    facts = {"id": "p", "as_of": date(2024, 1, 1), "age_years": 70.0, "sex": "female", "cancer": "breast"}
    return Patient(**{**facts, **more})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "wrong",
    [{"age_years": 17.9}, {"age_years": 111.0}, {"age_years": float("nan")}, {"sex": "other"}, {"cancer": "sarcoma"}],
)
def test_only_an_adult_with_a_cancer_that_is_known_can_be_described(wrong: dict) -> None:
    assert person().cancer == "breast"
    with pytest.raises(InputError):
        person(**wrong)


def test_plausible_lies_within_possible_and_reference_within_plausible() -> None:
    for row in analytes().values():
        assert row.possible[0] <= row.plausible[0] < row.plausible[1] <= row.possible[1], row.id
        if row.reference:
            assert row.plausible[0] <= row.reference[0] <= row.reference[1] <= row.plausible[1], row.id
        assert all(factor > 0 for factor in row.factors.values()), row.id


def test_a_value_in_the_wrong_unit_of_the_pair_is_impossible() -> None:
    """Calcium of 9.3 "mmol/L" and haemoglobin of 120 "g/dL" are slips of the unit, not values."""
    for what, value in (("calcium", 9.3), ("haemoglobin", 120.0), ("albumin", 400.0), ("platelets", 250000.0)):
        with pytest.raises(InputError):
            refuse_impossible(what, value, "field", f"{value:g}")


def test_units_are_one_whatever_their_spelling() -> None:
    assert {plain_unit(u) for u in ("10^9/L", "x10*9/L", "10⁹/L", "10*9/l", " 10^9 / L ")} == {"10*9/l"}
    assert converted("creatinine", 1.0, "mg/dL") == pytest.approx(88.4)
    assert converted("creatinine", 1.0, "furlong") is None
    assert converted("creatinine", 1.0, None) is None, "a concentration without a unit means nothing"
    assert converted("pain", 7.0, None) == 7.0, "a score needs none"


def test_two_units_of_one_value_agree() -> None:
    for what, unit_a, unit_b, ratio in (
        ("calcium", "mg/dL", "mg/L", 10.0),
        ("psa", "ng/mL", "ug/L", 1.0),
        ("haemoglobin", "g/dL", "g/L", 10.0),
        ("pth", "pg/mL", "ng/L", 1.0),
        ("platelets", "10*3/uL", "/uL", 1000.0),
    ):
        assert converted(what, 1.0, unit_a) == pytest.approx(converted(what, ratio, unit_b), rel=1e-3)


def test_implausible_is_flagged_and_plausible_is_not() -> None:
    assert flags_of("calcium", 5.5) == ("implausible",)
    assert flags_of("calcium", 2.4) == ()


def test_the_vocabulary_speaks_of_bones_and_analytes_that_exist() -> None:
    assert concepts("analyte") <= set(analytes()) and len(concepts("analyte")) == len(analytes())
    assert concepts("region") <= regions() and concepts("view") <= regions()
    assert {b.region for b in bones().values()} <= regions()
    assert all(part in analytes() for parts in groups("panel").values() for part in parts.split("+"))
    assert all(part in concepts("drug") for parts in groups("regimen").values() for part in parts.split("+"))
    assert {"zoledronate", "denosumab", "radiotherapy", "cisplatin_etoposide", "fixation"} <= set(treatments())
    tables = {path.stem for path in Path("src/seedsoil/data/drugs").glob("*.toml")}
    assert {in_catalogue(what) for what in treatments() if in_catalogue(what) != what} <= tables
    assert tables <= set(treatments()), "every drug of the catalogue can be named in a chart"


def test_what_is_known_is_told_with_its_unit_and_its_day() -> None:
    patient = person(
        findings=(
            Finding("calcium", 2.35123456, day=-3.0, day_to=-3.0, source="a"),
            Finding("psa", 5000.0, ">", -30.0, -10.0, "b"),
            Finding("creatinine", None, "normal", source="c"),
            Finding("calcium_ionised", 3.0, flags=("implausible",)),
        ),
        lesions=(KnownLesion("L3", "lumbar", kind="lytic", longest_mm=30.0, certain=False),),
        given=(Given("radiotherapy", -5.0, -5.0, dose=8.0, dose_unit="Gy", fractions=1, site="L3"),),
        set_aside=(SetAside("x", "it has no value"),),
    )
    told = describe_known(patient)
    by_name = {item["what"]: item for item in told["known"]}
    assert by_name["total calcium"] == {
        "what": "total calcium",
        "value": 2.351,
        "unit": "mmol/L",
        "day": -3.0,
        "from": "a",
    }
    assert by_name["prostate specific antigen"]["value"] == "> 5000"
    assert by_name["prostate specific antigen"]["day"] == [-30.0, -10.0]
    assert (by_name["creatinine"]["value"], by_name["creatinine"]["unit"]) == ("normal", None)
    assert "ionised calcium (implausible)" in by_name
    assert by_name["bone metastasis"]["value"] == "L3, lytic, 30 mm, suspected"
    assert by_name["radiotherapy"]["value"] == "8 Gy, 1 fraction, L3"
    assert told["set_aside"] == [{"from": "x", "why": "it has no value"}]
    assert json.loads(json.dumps(told)) == told
