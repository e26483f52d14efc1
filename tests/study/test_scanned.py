"""Twins that start from the bone of a scan."""

import copy
import json

import numpy as np
import pytest
from tests.study import somebody

from seedsoil.biology import strength
from seedsoil.biology.body import Lesion
from seedsoil.errors import InputError
from seedsoil.grammar import skeleton
from seedsoil.study import scanned
from seedsoil.study.forecast import forecast
from seedsoil.study.plans import named


def written(tmp_path, name="strength.json", **state):
    """A document such as `seedsoil strength` writes, as far as a forecast reads it."""
    facts = {
        "site": "L3", "kind": "lytic", "volume_ml": 6.0, "longest_mm": 24.0, "share_of_bone": 0.1, "lost": 0.9, "woven": 0.0,
        "strength_ratio": {"value": 0.6, "low": 0.5, "high": 0.7},
    }  # fmt: skip
    path = tmp_path / name
    path.write_text(json.dumps({"schema": scanned.SCHEMA, "state": facts | state}))
    return str(path)


def fitted_to(lesion):
    from seedsoil.study.twins import fit

    twins = fit(scanned.in_chart(somebody.patient(), lesion), 40, 1)
    scanned.start_from(twins, lesion)
    return twins


@pytest.fixture(scope="module")
def weak(tmp_path_factory):
    lesion = scanned.read(written(tmp_path_factory.mktemp("scan")))
    return lesion, fitted_to(lesion)


def at_the_site(twins):
    group = twins.world.people
    here = (group.site == skeleton.number_of()["L3"]) & (np.arange(group.site.shape[1]) < group.lesions[:, None])
    twin, slot = np.nonzero(here)
    return twin, {name: group.lesion[twin, slot, k] for k, name in enumerate(Lesion._fields)}


def test_each_twin_has_the_strength_of_the_scan_within_its_range(weak):
    lesion, twins = weak
    twin, l = at_the_site(twins)
    p = twins.world.p.of(twin)
    left = strength.material(l["lamellar"] + p["woven_strength"] * l["woven"], p) * (1.0 - p["sclerosis_brittle"] * l["woven"])
    assert len(twin) == 40
    assert lesion.low - 1e-6 <= left.min() < left.max() <= lesion.high + 1e-6
    assert np.median(left) == pytest.approx(lesion.ratio, rel=0.05)


def test_each_twin_has_the_volume_of_the_scan(weak):
    lesion, twins = weak
    _, l = at_the_site(twins)
    mass = l["sensitive"] + l["resistant"] + l["dead"]
    assert mass == pytest.approx(scanned.number("tumour_share") * lesion.volume_ml)


def test_the_chart_shows_the_lesion_of_the_scan_once(weak):
    lesion, twins = weak
    at_l3 = [x for x in twins.patient.lesions if x.site == "L3"]
    assert [(x.kind, x.longest_mm, x.source) for x in at_l3] == [("lytic", 24.0, lesion.source)]
    assert any(row["what"] == "strength of L3 with its lesion" for row in twins.assumed)


def test_a_weaker_bone_breaks_more_often(weak, tmp_path):
    """The same twins with the same luck, from two scans."""
    _, twins = weak
    risks = []
    for name, ratio in (("strong", 0.97), ("weak", 0.35)):
        own = copy.deepcopy(twins)
        lesion = scanned.read(written(tmp_path, f"{name}.json", strength_ratio={"value": ratio, "low": ratio, "high": ratio}))
        scanned.start_from(own, lesion)
        document = forecast(own, [named("standard-without-bone-agent")], years=1).document()
        rows = {(r["outcome"], r["months"]): r["value"] for r in document["plans"][0]["outcomes"]}
        risks.append(rows["fracture", 12])
        assert document["scans"][-1].endswith(f"{name}.json")
    assert risks[1] > risks[0]


@pytest.mark.parametrize(
    ("state", "word"),
    [
        ({"site": "L9"}, "site"), ({"kind": "odd"}, "kind"), ({"volume_ml": -1}, "volume_ml"), ({"volume_ml": True}, "volume_ml"),
        ({"strength_ratio": {"value": 0.5, "low": 0.6, "high": 0.7}}, "strength_ratio"), ({"strength_ratio": None}, "value"),
    ],
)  # fmt: skip
def test_a_scan_that_makes_no_sense_is_refused_by_name(tmp_path, state, word):
    with pytest.raises(InputError, match=word):
        scanned.read(written(tmp_path, **state))


def test_a_file_that_is_no_scan_is_refused(tmp_path):
    path = tmp_path / "other.json"
    path.write_text("[]")
    with pytest.raises(InputError, match="schema"):
        scanned.read(str(path))
    path.write_text(json.dumps({"schema": scanned.SCHEMA, "state": None}))
    with pytest.raises(InputError, match="lesion"):
        scanned.read(str(path))
    with pytest.raises(InputError, match="could not be read"):
        scanned.read(str(tmp_path / "missing.json"))
