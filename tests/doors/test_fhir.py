"""The FHIR door: what the published charts say is what the Patient holds, and nothing more than a record states."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from seedsoil.care.patient import Finding, Patient
from seedsoil.doors.fhir import read_bundle
from seedsoil.doors.fhir.sites import Place, places_in_words
from seedsoil.doors.reading import read_patient
from seedsoil.errors import InputError
from seedsoil.study.assess import assess

CHARTS = Path("examples/charts")
SNOMED, LOINC, ICD = "http://snomed.info/sct", "http://loinc.org", "http://hl7.org/fhir/sid/icd-10-cm"
MCODE = "http://hl7.org/fhir/us/mcode/StructureDefinition/"


def chart(name: str) -> Patient:
    return read_patient(CHARTS / f"case-{name}.json")


def value(patient: Patient, what: str) -> float | None:
    (found,) = [f for f in patient.findings if f.what == what]
    return found.value


def given(patient: Patient) -> set[str]:
    return {g.what for g in patient.given}


def bundle(*resources: dict, gender: str = "male", birth: str = "1950", as_of: str = "2024-06-30") -> dict:
    """A small record of one man with prostate cancer since 2020, and whatever else is handed in."""
    person = {"resourceType": "Patient", "id": "p", "gender": gender, "birthDate": birth}
    primary = condition("Prostate cancer", id="primary", onsetDateTime="2020-02")
    entries = [{"resource": {"subject": {"reference": "Patient/p"}, **r}} for r in (primary, *resources)]
    return {
        "resourceType": "Bundle",
        "type": "collection",
        "timestamp": as_of,
        "entry": [{"resource": person}, *entries],
    }


def condition(words: str = "", **more: object) -> dict:
    return {"resourceType": "Condition", "code": {"text": words}, "onsetDateTime": "2024-03-01", **more}


def lab(words: str, number: object, unit: str | None, **more: object) -> dict:
    quantity = {"value": number, **({"unit": unit, "code": unit} if unit is not None else {})}
    return {
        "resourceType": "Observation",
        "id": "lab",
        "status": "final",
        "code": {"text": words},
        "effectiveDateTime": "2024-06-01",
        "valueQuantity": quantity,
        **more,
    }


def drug(words: str, **more: object) -> dict:
    return {
        "resourceType": "MedicationAdministration",
        "id": "drug",
        "status": "completed",
        "medicationCodeableConcept": {"text": words},
        "effectiveDateTime": "2024-05-01",
        **more,
    }


# ------------------------------------------------------------------------------------- the published charts


def test_the_man_with_diffuse_prostate_metastases() -> None:
    patient = chart("ea0064039")
    assert (patient.sex, patient.cancer, patient.cancer_certain, int(patient.age_years)) == (
        "male",
        "prostate",
        True,
        81,
    )
    assert value(patient, "psa") == 940 and value(patient, "alp") == 1211
    assert value(patient, "calcium") == 2.35 and value(patient, "phosphate") == 0.52
    assert value(patient, "vitamin_d") == pytest.approx(36 * 2.496)
    assert [f.qualifier for f in patient.findings if f.what == "creatinine"] == ["normal"]
    assert {(f.day, f.day_to) for f in patient.findings} == {(-109.0, -79.0)}, "October 2018 is an interval of a month"
    (lesion,) = patient.lesions
    assert lesion.diffuse and lesion.site is None and lesion.region is None and lesion.kind is None
    assert {e.what for e in patient.examined} == {"naf_pet"}
    adt = next(g for g in patient.given if g.what == "adt")
    assert adt.ongoing and (adt.day, adt.day_to) == (-109.0, 0.0)
    rt = next(g for g in patient.given if g.what == "radiotherapy")
    assert rt.site is None and rt.region is None, "adjuvant radiotherapy after prostatectomy was not given to bone"
    assert patient.set_aside == ()


def test_the_woman_with_hypercalcaemia_and_kidney_injury() -> None:
    patient = chart("ea0086p189")
    assert (patient.sex, patient.cancer) == ("female", "breast")
    assert value(patient, "calcium_corrected") == 4.08 and value(patient, "creatinine") == 382
    assert value(patient, "pth") == 0.8 and value(patient, "urea") == 32
    happened = {(h.what, h.region, h.certain) for h in patient.happened}
    assert {("fracture", "spine", False), ("fracture", "rib", True), ("hypercalcaemia", None, True)} <= happened
    assert {("kidney_injury", None, True), ("confusion", None, True), ("pain", "lumbar", True)} <= happened
    assert [(k.site, k.region) for k in patient.lesions] == [(None, "spine")]
    assert {"alp", "albumin"}.isdisjoint(f.what for f in patient.findings), "the report gives neither"
    assert patient.conditions == ("Diabetes mellitus (type not stated)", "Hypertension")
    assert patient.given == () and len(patient.set_aside) == 4, "the four drugs are not in the tables"


def test_the_man_with_lung_cancer_treated_for_hypercalcaemia() -> None:
    patient = chart("aace2022-471541")
    assert (patient.cancer, patient.subtype, patient.primary_day) == ("lung_nsclc", "large_cell", None)
    assert value(patient, "calcium_corrected") == pytest.approx(13.8 / 4.008)
    assert value(patient, "albumin") == 20 and value(patient, "pthrp") == 14
    assert value(patient, "creatinine") == pytest.approx(0.65 * 88.4)
    assert value(patient, "pth") == pytest.approx(27.7 / 9.43)
    assert value(patient, "calcitriol") == pytest.approx(62 * 2.4), "calcitriol is not the 25-OH vitamin D"
    assert value(patient, "vitamin_d") == pytest.approx(20.8 * 2.496)
    assert given(patient) == {
        "platinum_etoposide",
        "radiotherapy",
        "immunotherapy",
        "gemcitabine",
        "fluids",
        "calcitonin",
        "zoledronate",
    }
    assert {g.what for g in patient.given if g.ongoing} == {"gemcitabine"}
    zoledronate = next(g for g in patient.given if g.what == "zoledronate")
    assert (zoledronate.day, zoledronate.day_to) == (-2.0, 0.0), "one dose, somewhere in two days"
    fluids = next(g for g in patient.given if g.what == "fluids")
    assert (fluids.day, fluids.day_to, fluids.until) == (-2.0, -2.0, 0.0), "two days of fluids, from the first"
    (ribs,) = patient.lesions
    assert (ribs.site, ribs.region, ribs.count) == (None, "rib", 2)
    assert {v.organ for v in patient.visceral} == {"liver", "spleen", "pancreas", "lymph_node"}


def test_the_woman_with_a_solitary_femoral_lesion() -> None:
    patient = chart("archbronc-2013-49-37")
    assert (patient.cancer, patient.cancer_certain) == ("lung_nsclc", False)
    (lesion,) = patient.lesions
    assert (lesion.site, lesion.kind, lesion.longest_mm) == ("femur_trochanter_right", "lytic", 45.0)
    assert lesion.soft_tissue and not lesion.certain
    assert value(patient, "haemoglobin") == 8.5 and value(patient, "platelets") == 164 and value(patient, "cea") == 127
    assert {f.what for f in patient.findings if f.qualifier == "normal"} >= {"calcium", "creatinine"}
    assert [(v.organ, v.certain) for v in patient.visceral] == [("lymph_node", False)]
    assert given(patient) == {"nsaid"}
    assert {e.what for e in patient.examined} == {"mri", "ct", "fdg_pet", "bronchoscopy"}


def test_the_woman_with_cord_compression_of_unknown_primary() -> None:
    patient = chart("esasrb2023-344")
    assert (patient.cancer, patient.cancer_certain) == ("unknown", False)
    (lesion,) = patient.lesions
    assert (lesion.site, lesion.certain, lesion.soft_tissue) == ("T10", False, True)
    cord = next(h for h in patient.happened if h.what == "cord_compression")
    assert (cord.site, cord.day) == ("T10", 0.0)
    (steroid,) = patient.given
    assert steroid.what == "dexamethasone" and "drug not named" in steroid.source
    assert {"leg_weakness", "gait_disturbance", "incontinence"} <= {h.what for h in patient.happened}


# ------------------------------------------------------------------------------------- values and units


@pytest.mark.parametrize(
    ("code", "number", "unit", "own"),
    [
        ("Calcium", 9.4, "mg/dL", 9.4 / 4.008),
        ("Ionized calcium", 1.3, "mmol/L", 1.3),
        ("Haemoglobin", 95, "g/L", 9.5),
        ("Platelets", 164, "10^9/L", 164),
        ("Platelets", 164000, "/uL", 164),
        ("Creatinine", 88.4, "µmol/L", 88.4),
        ("PSA", 12, "ug/L", 12),
        ("eGFR", 55, "mL/min/1.73 m2", 55),
        ("Pain score", 7, None, 7),
        ("Weight", 155, "[lb_av]", 70.307),
        ("Phosphate", 3.097, "mg/dL", 1.0),
        ("Magnesium", 2.0, "mg/dL", 0.8228),
        ("25-OH vitamin D", 50, "nmol/L", 50),
    ],
)
def test_units_are_converted(code: str, number: float, unit: str | None, own: float) -> None:
    (finding,) = read_bundle(bundle(lab(code, number, unit))).findings
    assert finding.value == pytest.approx(own, rel=1e-4)


def test_a_comparator_is_kept() -> None:
    patient = read_bundle(
        bundle(lab("PSA", 5000, "ng/mL", valueQuantity={"value": 5000, "unit": "ng/mL", "comparator": ">"}))
    )
    assert [(f.value, f.qualifier) for f in patient.findings] == [(5000.0, ">")]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("> 5000 ng/mL", (5000.0, ">")),
        ("reported normal, no value given", (None, "normal")),
        ("elevated", (None, "high")),
    ],
)
def test_values_in_words_are_read(words: str, expected: tuple) -> None:
    resource = lab("PSA", 0, None, valueString=words)
    del resource["valueQuantity"]
    assert [(f.value, f.qualifier) for f in read_bundle(bundle(resource)).findings] == [expected]


@pytest.mark.parametrize(
    ("resource", "reason"),
    [
        (lab("Calcium", 2.3, "furlong"), "unit"),
        (lab("Calcium", 2.3, None), "without a unit"),
        (lab("Calcium", None, "mmol/L"), "not a number"),
        (lab("Calcium", "2.3", "mmol/L"), "not a number"),
        (lab("Urine calcium", 2.3, "mmol/L"), "not understood"),
        (lab("Unheard-of", 2.3, "mmol/L"), "not understood"),
        (lab("Calcium", 2.3, "mmol/L", status="entered-in-error"), "error"),
        (lab("Calcium", 2.3, "mmol/L", effectiveDateTime="2024-07-15"), "after the date"),
        (lab("Calcium", 2.3, "mmol/L", effectiveDateTime="soon"), "date"),
        (lab("Calcium", 2.3, "mmol/L", subject={"reference": "Patient/q"}), "not about"),
        (lab("Calcium", 2.3, "mmol/L", subject=None), "whom"),
        (
            lab("Calcium", 2.3, "mmol/L", code={"text": "Albumin", "coding": [{"system": LOINC, "code": "17861-6"}]}),
            "different",
        ),
        (lab("Albumin", 35, "g/L", valueString="not normal", valueQuantity=None), "not a number"),
    ],
)
def test_what_is_not_understood_is_set_aside_with_its_reason(resource: dict, reason: str) -> None:
    patient = read_bundle(bundle(resource))
    assert patient.findings == ()
    assert len(patient.set_aside) == 1 and reason in patient.set_aside[0].why
    assert patient.set_aside[0].source == "Observation/lab"
    with pytest.raises(InputError) as refusal:
        read_bundle(bundle(resource), strict=True)
    assert refusal.value.field == "Observation/lab"


def test_an_impossible_value_is_refused_in_the_unit_it_was_written_in() -> None:
    with pytest.raises(InputError) as refusal:
        read_bundle(bundle(lab("Calcium", 235, "mg/dL")))
    assert "235 mg/dL" in str(refusal.value) and "2.405 to 30.06 mg/dL" in refusal.value.allowed


def test_an_implausible_value_is_used_and_flagged() -> None:
    assert read_bundle(bundle(lab("Calcium", 5.5, "mmol/L"))).findings == (
        Finding("calcium", 5.5, day=-29.0, day_to=-29.0, source="Observation/lab", flags=("implausible",)),
    )


def test_ecog_is_read_as_mcode_writes_it() -> None:
    resource = lab("", 0, None, code={"coding": [{"system": LOINC, "code": "89247-1"}]}, valueInteger=2)
    del resource["valueQuantity"]
    assert value(read_bundle(bundle(resource)), "ecog") == 2


# ------------------------------------------------------------------------------------- treatments


@pytest.mark.parametrize(
    "words",
    [
        "denosumab refused",
        "no zoledronic acid",
        "planned docetaxel",
        "consider denosumab",
        "allergic to zoledronic acid",
        "denosumab not given",
        "candidate for abiraterone",
        "docetaxel?",
        "zoledronic acid versus placebo",
        "declined radiotherapy",
    ],
)
def test_what_is_denied_or_only_planned_was_not_given(words: str) -> None:
    patient = read_bundle(bundle(drug(words)))
    assert patient.given == ()
    assert "not read as given" in patient.set_aside[0].why


@pytest.mark.parametrize("status", ["not-done", "entered-in-error", "on-hold", "unknown"])
def test_an_administration_that_did_not_happen_was_not_given(status: str) -> None:
    patient = read_bundle(bundle(drug("denosumab", status=status)))
    assert patient.given == () and len(patient.set_aside) == 1


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("Zometa 4 mg", {"zoledronate"}),
        ("carboplatin and paclitaxel", {"platinum_doublet"}),
        ("leuprolide, bicalutamide", {"adt", "bicalutamide"}),
        ("denosumab (dose not stated)", {"denosumab"}),
        ("xgeva 120 mg if needed", {"denosumab"}),
    ],
)
def test_drugs_are_known_by_their_many_names(words: str, expected: set[str]) -> None:
    assert given(read_bundle(bundle(drug(words)))) == expected


def test_a_drug_goes_by_the_name_it_is_modelled_under_and_keeps_its_own_in_the_source() -> None:
    (gefitinib,) = read_bundle(bundle(drug("gefitinib 250 mg"))).given
    assert (gefitinib.what, gefitinib.dose) == ("egfr_inhibitor", None), "250 mg of it is not 250 mg of another"
    assert "gefitinib" in gefitinib.source
    assert [g.what for g in read_bundle(bundle(drug("dabrafenib + trametinib"))).given] == ["braf_inhibitor"]
    castrated = {"resourceType": "Procedure", "id": "op", "status": "completed", "performedDateTime": "2024-01"}
    (adt,) = read_bundle(bundle({**castrated, "code": {"text": "Bilateral orchidectomy"}})).given
    assert (adt.what, adt.ongoing) == ("adt", True)


def test_a_dose_is_read_from_the_record_or_its_words() -> None:
    (first,) = read_bundle(bundle(drug("zoledronic acid 4 mg"))).given
    (second,) = read_bundle(bundle(drug("zoledronic acid", dosage={"dose": {"value": 3, "unit": "mg"}}))).given
    assert (first.dose, first.dose_unit, second.dose) == (4.0, "mg", 3.0)


def test_an_unknown_partner_is_set_aside_and_the_known_drug_kept() -> None:
    patient = read_bundle(bundle(drug("cisplatin + unobtainium")))
    assert given(patient) == {"platinum_doublet"} and "unobtainium" in patient.set_aside[0].why


def test_an_order_that_is_only_a_plan_was_not_given() -> None:
    request = {
        "resourceType": "MedicationRequest",
        "id": "r",
        "status": "active",
        "intent": "plan",
        "authoredOn": "2024-06-01",
        "medicationCodeableConcept": {"text": "denosumab"},
    }
    assert read_bundle(bundle(request)).given == ()
    (ordered,) = read_bundle(bundle({**request, "intent": "order"})).given
    assert ordered.ongoing and ordered.day == -29.0


def test_radiotherapy_has_its_dose_in_gray_and_its_bone() -> None:
    delivered = {
        "url": MCODE + "mcode-radiotherapy-dose-delivered-to-volume",
        "extension": [
            {"url": "totalDoseDelivered", "valueQuantity": {"value": 3000, "code": "cGy"}},
            {"url": "fractionsDelivered", "valueUnsignedInt": 10},
        ],
    }
    course = {
        "resourceType": "Procedure",
        "id": "rt",
        "status": "completed",
        "extension": [delivered],
        "code": {"coding": [{"system": SNOMED, "code": "1217123003"}]},
        "bodySite": [{"text": "L3"}],
        "performedPeriod": {"start": "2024-02-01", "end": "2024-02-14"},
    }
    (rt,) = read_bundle(bundle(course)).given
    assert (rt.what, rt.dose, rt.dose_unit, rt.fractions, rt.site) == ("radiotherapy", 30.0, "Gy", 10, "L3")
    assert rt.until is not None and rt.until - rt.day == 13


# ------------------------------------------------------------------------------------- diagnoses


@pytest.mark.parametrize(
    "words",
    ["No bone metastases", "Bone metastases ruled out", "Family history of breast cancer", "Screening for lung cancer"],
)
def test_what_is_denied_is_no_diagnosis(words: str) -> None:
    patient = read_bundle(bundle(condition(words, id="x")))
    assert patient.lesions == () and patient.cancer == "prostate" and len(patient.set_aside) == 1


@pytest.mark.parametrize(
    ("words", "site", "region"),
    [
        ("Metastatic prostate cancer to the sacrum", "sacrum", "sacrum"),
        ("Bone metastasis of L3", "L3", "lumbar"),
        ("Prostate cancer with bone metastases", None, None),
        ("Lytic lesion of the left iliac bone", "hemipelvis_left", "pelvis"),
    ],
)
def test_metastases_are_found_in_words(words: str, site: str | None, region: str | None) -> None:
    (lesion,) = read_bundle(bundle(condition(words))).lesions
    assert (lesion.site, lesion.region) == (site, region)


@pytest.mark.parametrize(
    ("words", "organs", "bones"),
    [
        ("Liver and bone metastases", ["liver"], 1),
        ("Brain metastasis from lung cancer", ["brain"], 0),
        ("Pelvic lymph node metastases", ["lymph_node"], 0),
        ("Bone metastasis of T4 with soft tissue mass", [], 1),
    ],
)
def test_metastases_outside_bone_are_told_from_the_primary(words: str, organs: list[str], bones: int) -> None:
    patient = read_bundle(bundle(condition(words)))
    assert ([v.organ for v in patient.visceral], len(patient.lesions)) == (organs, bones)


def test_a_cancer_called_metastatic_without_a_place_is_listed() -> None:
    record = bundle()
    record["entry"][1]["resource"]["code"] = {"text": "Metastatic prostate cancer"}
    patient = read_bundle(record)
    assert patient.lesions == () and "nothing says where" in patient.set_aside[0].why


def test_metastases_alone_are_a_sign_of_cancer_and_may_name_their_primary() -> None:
    record = bundle(condition("Bone metastases of renal cell carcinoma in T12"))
    del record["entry"][1]
    patient = read_bundle(record)
    assert (patient.cancer, patient.cancer_certain) == ("kidney", True)
    assert patient.lesions[0].site == "T12"


def test_an_unknown_bone_keeps_the_metastasis_and_is_listed() -> None:
    secondary = condition("Bone metastasis", bodySite=[{"text": "somewhere odd"}], id="s")
    patient = read_bundle(bundle(secondary))
    assert [(k.site, k.region, k.diffuse) for k in patient.lesions] == [(None, None, False)]
    assert "somewhere odd" in patient.set_aside[0].why


@pytest.mark.parametrize("status", ["refuted", "entered-in-error"])
def test_a_refuted_diagnosis_is_none(status: str) -> None:
    secondary = condition("Bone metastasis of L3", id="s", verificationStatus={"coding": [{"code": status}]})
    assert read_bundle(bundle(secondary)).lesions == ()


def test_a_provisional_primary_is_uncertain_and_a_cancer_outside_the_tables_is_unknown() -> None:
    record = bundle()
    record["entry"][1]["resource"]["verificationStatus"] = {"coding": [{"code": "provisional"}]}
    assert not read_bundle(record).cancer_certain
    record["entry"][1]["resource"]["code"] = {"text": "Multiple myeloma"}
    patient = read_bundle(record)
    assert (patient.cancer, patient.cancer_certain, len(patient.set_aside)) == ("unknown", False, 1)


def test_receptors_make_the_subtype() -> None:
    def receptor(code: str, answer: str) -> dict:
        coded = {"coding": [{"system": LOINC, "code": code}]}
        return lab("", 0, None, code=coded, valueCodeableConcept={"coding": [{"system": LOINC, "code": answer}]})

    record = bundle(receptor("85337-4", "LA6576-8"), receptor("85319-2", "LA6577-6"), gender="female")
    record["entry"][1]["resource"]["code"] = {"coding": [{"system": ICD, "code": "C50.912"}]}
    assert read_bundle(record).subtype == "er_positive_her2_negative"


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("T10-T12", ["T10", "T11", "T12"]),
        ("T12 to L2", ["T12", "L1", "L2"]),
        ("Th8/9", ["T8", "T9"]),
        ("S1", ["sacrum"]),
        ("tenth thoracic vertebra", ["T10"]),
        ("left 5th rib", ["rib_5_left"]),
        ("ribs 4 and 5 right", ["rib_4_right", "rib_5_right"]),
        ("neck of left femur", ["femur_neck_left"]),
        ("T2 hyperintense lesion in L4", ["L4"]),
        ("pT3a N0 M0", []),
        ("C61", []),
        ("bilateral clavicles and left clavicle", ["clavicle_left", "clavicle_right"]),
        ("liver", []),
    ],
)
def test_bones_are_known_by_their_words(words: str, expected: list[str]) -> None:
    assert [p.site for p in places_in_words(words) if p.site] == expected


def test_a_bone_without_its_side_is_a_region() -> None:
    assert places_in_words("proximal femur") == [Place(None, "femur_proximal", None)]


# ------------------------------------------------------------------------------------- what is refused


def _without_patient(record: dict) -> None:
    del record["entry"][0]


def _two_patients(record: dict) -> None:
    record["entry"].append({"resource": {"resourceType": "Patient", "id": "q"}})


def _no_cancer(record: dict) -> None:
    record["entry"][1]["resource"]["code"] = {"text": "Hypertension"}


def _a_child(record: dict) -> None:
    record["entry"][0]["resource"]["birthDate"] = "2010"


def _too_old(record: dict) -> None:
    record["entry"][0]["resource"]["birthDate"] = "1900"


def _dead(record: dict) -> None:
    record["entry"][0]["resource"]["deceasedBoolean"] = True


def _no_bundle(record: dict) -> None:
    record["resourceType"] = "Patient"


@pytest.mark.parametrize("spoil", [_without_patient, _two_patients, _no_cancer, _a_child, _too_old, _dead, _no_bundle])
def test_a_record_that_cannot_be_forecast_is_refused(spoil) -> None:
    record = bundle()
    assert read_bundle(record).cancer == "prostate"
    spoil(record)
    with pytest.raises(InputError):
        read_bundle(record)


def test_without_a_timestamp_the_last_date_is_the_charts_date() -> None:
    record = bundle(lab("Calcium", 2.3, "mmol/L"))
    del record["timestamp"]
    assert str(read_bundle(record).as_of) == "2024-06-01"


def test_a_terminal_is_not_written_to_by_a_record() -> None:
    patient = read_bundle(bundle(condition("\x1b[2J\u202eodd words", id="x")))
    assert "\x1b" not in json.dumps([s.why for s in patient.set_aside], ensure_ascii=False)


def test_a_code_means_one_thing_and_says_where_it_was_found() -> None:
    with open("src/seedsoil/data/codes.csv", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    meanings: dict[tuple, set] = {}
    for row in rows:
        assert bool(row["code"]) == bool(row["system"]) == (row["verified"] in ("yes", "no")), row
        if row["code"]:
            meanings.setdefault((row["system"], row["code"]), set()).add(row["concept"])
    assert {key: found for key, found in meanings.items() if len(found) > 1} == {}


def test_an_alias_means_one_thing_of_its_kind() -> None:
    with open("src/seedsoil/data/codes.csv", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    seen: dict[tuple, str] = {}
    for row in rows:
        for alias in filter(None, row["aliases"].split(";")):
            assert alias == alias.lower().strip()
            if row["kind"] != "view":  # a chest film looks at several regions
                assert seen.setdefault((row["kind"], alias), row["concept"]) == row["concept"], alias


# ---- signs that an observation tells ------------------------------------------------------------------------------------


def sign(words: str, **value: object) -> dict:
    return {"resourceType": "Observation", "status": "final", "code": {"text": words}, "effectiveDateTime": "2024-06-29", **value}


@pytest.mark.parametrize(
    "resource",
    [
        sign("Leg weakness", valueBoolean=True),
        sign("Leg weakness", valueCodeableConcept={"text": "Present"}),
        sign("Leg weakness", valueString="yes, since yesterday"),
        sign("Neurological examination", valueString="New weakness of both legs since yesterday, cannot walk."),
    ],
)
def test_new_weakness_written_as_an_observation_raises_the_alarm(resource: dict) -> None:
    """A chart that said so in an observation once came back with nothing urgent."""
    patient = read_bundle(bundle(condition("Prostate cancer with bone metastasis in T10"), resource))
    assert any(h.what == "leg_weakness" for h in patient.happened)
    urgent = assess(patient)["urgent"]
    assert any("cord" in row["rule"] or "cord" in row["because"] for row in urgent)


@pytest.mark.parametrize(
    "resource",
    [
        sign("Leg weakness", valueBoolean=False),
        sign("Leg weakness", valueCodeableConcept={"text": "Absent"}),
        sign("Leg weakness", valueString="Denies"),
        sign("Neurological examination", valueString="No leg weakness; denies incontinence."),
    ],
)
def test_a_sign_that_is_denied_raises_nothing(resource: dict) -> None:
    patient = read_bundle(bundle(condition("Prostate cancer with bone metastasis in T10"), resource))
    assert not patient.happened
