"""Whatever a chart that can be read says, a forecast comes out of it, or one refusal."""

import json
import random

from tests.doors.mutants import CHARTS, mutant

from seedsoil.doors.fhir import read_bundle
from seedsoil.errors import InputError
from seedsoil.study.forecast import forecast
from seedsoil.study.plans import named
from seedsoil.study.twins import fit

MUTANTS = 50


def test_fifty_broken_records_end_in_a_forecast_or_in_one_refusal():
    luck, forecasts = random.Random(2026), 0
    for number in range(MUTANTS):
        document = json.loads(CHARTS[number % len(CHARTS)].read_text("utf-8"))
        try:
            patient = read_bundle(mutant(document, luck))
            made = forecast(fit(patient, twins=20, seed=number), [named("standard")], years=0.25).document()
        except InputError as refusal:
            assert "cannot be used" in str(refusal)
            continue
        forecasts += 1
        json.dumps(made, allow_nan=False)
        shown = [row["value"] for row in made["plans"][0]["outcomes"] if row["outcome"] == "alive"]
        assert all(value is None or 0 <= value <= 100 for value in shown)
    assert forecasts >= MUTANTS // 2
