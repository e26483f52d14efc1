"""Blood and urine tests: what is true of a body, what the laboratory prints, and how well a result fits a body.

`true_value` says what an endless mean of perfect tests would show; `draw` adds the person's day-to-day variation and
the laboratory's error; `log_likelihood` weighs bodies by a printed result, and allows that the model is not the person.
"""

from __future__ import annotations

import csv
import functools

import numpy as np
from scipy.special import log_ndtr, ndtr, ndtri

from seedsoil.biology import minerals
from seedsoil.biology.person import burden
from seedsoil.diagnostics.truth import Bedside, Seen, by_cancer, marker_of, number, person
from seedsoil.errors import InputError
from seedsoil.grammar import luck
from seedsoil.grammar.algebra import hill1, hill4, smaller
from seedsoil.grammar.own_tests import own_tests
from seedsoil.grammar.tables import data_file, table

ANALYTES = (
    "calcium", "calcium_corrected", "calcium_ionised", "albumin", "alp", "bone_alp", "creatinine", "egfr",
    "creatinine_clearance", "haemoglobin", "platelets", "leukocytes", "neutrophils", "psa", "ca153", "cea", "ntx",
    "ctx", "p1np", "phosphate", "magnesium", "vitamin_d", "calcitriol", "pth", "pthrp", "testosterone", "ldh", "crp",
    "bilirubin", "urea", *own_tests(),
)  # fmt: skip
OWN = (*ANALYTES, "liver_disease", "healing", "silent_tumour", "psma", "telopeptides")  # what each has a luck of their own for
MARKERS = ("psa", "ca153", "cea")
QUALIFIERS = ("=", "<", ">", "normal", "high", "low")
LEAST = 1e-6  # results are on a log scale; nothing printed is smaller


def set_points(seed: int, key: np.ndarray) -> np.ndarray:
    """Each person's own standard normal score of every analyte, and of an ailing liver and of how bone heals [m, OWN]:
    what makes two healthy people differ."""
    index = np.array([luck.stream(f"set_point.{name}") & 0x7FFFFFFF for name in OWN])
    return luck.normal(seed, np.asarray(key)[:, None], "traits", index[None, :])


def true_value(analyte: str, seen: Seen) -> np.ndarray:
    """The analyte in its own unit (``data/analytes.csv``), free of noise [m]."""
    _checked(analyte)
    b = person(seen)
    value = _MAKERS[analyte](seen, b)
    return np.maximum(np.broadcast_to(value, seen.cancer.shape), LEAST)


def draw(analyte: str, seen: Seen, score) -> np.ndarray:
    """What the laboratory prints [m]; `score` is the day's standard normal luck."""
    return true_value(analyte, seen) * np.exp(noise(analyte) * np.asarray(score))


@functools.cache
def noise(analyte: str, model: float = 0.0) -> float:
    """Standard deviation of a result's log; with `model` also that of the model against the person, times so much."""
    name = lambda part: number("blood", f"{_checked(analyte)}.{part}")
    squared = name("lab") ** 2 + name("within") ** 2 + (model * name("model")) ** 2
    return float(np.sqrt(np.log1p(squared)))


def log_likelihood(analyte: str, seen: Seen, value, qualifier: str = "=", model: float = 1.0) -> np.ndarray:
    """Log probability of a printed result for each body [m].

    "=" gives a density in the analyte's unit. The others are censored and give a probability: beyond a limit, or
    normal, high, low against the reference range. A result below a range that starts at nought says nothing.
    """
    if qualifier not in QUALIFIERS:
        raise InputError("qualifier", qualifier, ", ".join(QUALIFIERS))
    sd = noise(analyte, model)
    centre = np.log(true_value(analyte, seen))
    low, high = reference(analyte)
    above = lambda limit: log_ndtr((centre - np.log(max(limit, LEAST))) / sd)
    below = lambda limit: log_ndtr((np.log(max(limit, LEAST)) - centre) / sd)
    if qualifier == "=":
        return _log_density(np.log(np.maximum(value, LEAST)), centre, sd)
    if qualifier == ">":
        return above(value)
    if qualifier == "<":
        return below(value)
    if qualifier == "high":
        return above(high)
    if qualifier == "low":
        return below(low) if low > 0.0 else np.zeros_like(centre)
    if low <= 0.0:
        return below(high)
    # normal = below the upper limit and not below the lower one
    upper, lower = below(high), below(low)
    return upper + np.log1p(-np.minimum(np.exp(lower - upper), 1.0 - 1e-12))


def _log_density(log_value, centre, sd):
    """Of a lognormal, per unit of the value."""
    z = (log_value - centre) / sd
    return -0.5 * z * z - np.log(sd * np.sqrt(2.0 * np.pi)) - log_value


@functools.cache
def _ranges() -> dict[str, tuple[float, float]]:
    with data_file("analytes.csv").open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    ranges = {r["id"]: (float(r["reference_low"]), float(r["reference_high"])) for r in rows if r["reference_high"]}
    return ranges | {name: test.reference for name, test in own_tests().items()}


def reference(analyte: str) -> tuple[float, float]:
    """The range a laboratory calls normal."""
    return _ranges()[_checked(analyte)]


def _checked(analyte: str) -> str:
    if analyte not in ANALYTES:
        raise InputError("analyte", analyte, ", ".join(ANALYTES))
    return analyte


def _healthy(analyte: str, seen: Seen):
    """The analyte in each person's own health."""
    return _own(analyte, "healthy", seen)


def _own(what: str, part: str, seen: Seen):
    """A number of the table as it is in each person; its middle where nobody is told from another."""
    entry = table("diagnostics", "blood.toml")[f"{what}.{part}"]
    return entry.value if seen.set_points is None else entry.spread(seen.set_points[:, OWN.index(what)])


def _n(name: str) -> float:
    return number("blood", name)


def liver_disease(seen: Seen):
    """How ill the liver is without metastases, by fat, stones, drink or drugs: 0 not at all [m]."""
    if seen.set_points is None:
        return 0.0
    share, entry = _n("liver_disease.share"), table("diagnostics", "blood.toml")["liver_disease.severity"]
    luck_of_it = ndtr(seen.set_points[:, OWN.index("liver_disease")])
    worst = np.clip((luck_of_it - (1.0 - share)) / share, 1e-9, 1.0 - 1e-9)
    return np.where(luck_of_it > 1.0 - share, entry.spread(ndtri(worst)), 0.0)


# ---- calcium, albumin, minerals and hormones -----------------------------------------------------------------------


def _own_calcium(seen: Seen, b: Bedside):
    """Calcium of the body at the level this person is used to: health is not the same number in everybody."""
    return _healthy("calcium", seen) * b.y.calcium


def _calcium(seen: Seen, b: Bedside):
    """Total calcium as measured: part of it rides on albumin."""
    return _own_calcium(seen, b) - _n("calcium.per_albumin") * (_n("calcium.albumin_normal") - _albumin(seen, b))


def _albumin(seen: Seen, b: Bedside):
    ill = 1.0 - _n("albumin.wasting") * b.y.wasting
    inflamed = 1.0 - _n("albumin.inflammation") * hill1(_crp(seen, b), _n("albumin.inflammation_half"))
    return _healthy("albumin", seen) * ill * inflamed * (b.p.volume_normal / b.y.volume) ** _n("albumin.dilution")


def _crp(seen: Seen, b: Bedside):
    return _healthy("crp", seen) + _n("crp.most") * hill1(burden(b.y, seen.sums, b.p), _n("crp.half"))


def _testosterone(seen: Seen, b: Bedside):
    usual = np.where(b.x.male > 0.5, _healthy("testosterone", seen), _n("testosterone.women"))
    return usual * (1.0 - _n("testosterone.castrate") * b.rx.sex_steroid_loss)


# ---- bone turnover -------------------------------------------------------------------------------------------------


def _resorption(seen: Seen, b: Bedside):
    """Collagen resorbed today, skeleton and lesions, relative to the person's own healthy skeleton."""
    lesions = _own("telopeptides", "lesion", seen) * seen.sums.resorbed / b.p.bone_turnover
    return b.y.osteoclasts * b.y.skeleton / b.x.bone_mass + lesions


def _ntx(seen: Seen, b: Bedside):
    """Urine NTx per creatinine: a part no drug suppresses; who loses muscle loses the creatinine too."""
    floor = _n("ntx.floor")
    return _healthy("ntx", seen) * (floor + (1.0 - floor) * _resorption(seen, b)) / _muscle_left(b)


def _ctx(seen: Seen, b: Bedside):
    floor = _n("ctx.floor")
    return _healthy("ctx", seen) * (floor + (1.0 - floor) * _resorption(seen, b))


def _p1np(seen: Seen, b: Bedside):
    floor = _n("p1np.floor")
    return _healthy("p1np", seen) * (floor + (1.0 - floor) * (b.y.osteoblasts + seen.sums.formed / b.p.bone_turnover))


def _alp(seen: Seen, b: Bedside):
    """Alkaline phosphatase: from osteoblasts, and from a liver that metastases or illness of its own irritate."""
    bone = _n("alp.bone") * (b.y.osteoblasts + _n("alp.lesion") * seen.sums.alp)
    liver = _n("alp.liver") * (1.0 + liver_disease(seen)) + _n("alp.liver_per_ml") * _liver(b)
    return _healthy("alp", seen) * (bone + liver)


# ---- kidney --------------------------------------------------------------------------------------------------------


def _muscle_left(b: Bedside):
    return 1.0 - _n("creatinine.wasting") * b.y.wasting


def _creatinine(seen: Seen, b: Bedside):
    """The creatinine that CKD-EPI 2021 reads as the filtration there is, for a person of usual muscle."""
    usual = np.where(b.x.male > 0.5, _n("creatinine.weight_men"), _n("creatinine.weight_women"))
    muscle = _healthy("creatinine", seen) * (b.x.weight / usual) ** _n("creatinine.weight_power") * _muscle_left(b)
    return muscle * creatinine_for(minerals.filtration(b.y, b.p), seen.age_years, b.x.male)


def _sexed(name: str, male):
    return np.where(male > 0.5, _n(f"ckd_epi.{name}_men"), _n(f"ckd_epi.{name}_women"))


def ckd_epi(creatinine, age_years, male) -> np.ndarray:
    """Estimated GFR (mL/min/1.73 m2) as laboratories print it: CKD-EPI 2021; creatinine in umol/L."""
    ratio = creatinine / _n("ckd_epi.umol_per_mg") / _sexed("kappa", male)
    shape = np.minimum(ratio, 1.0) ** _sexed("alpha", male) * np.maximum(ratio, 1.0) ** _n("ckd_epi.slope")
    return _ckd_scale(age_years, male) * shape


def creatinine_for(gfr, age_years, male) -> np.ndarray:
    """Creatinine (umol/L) at which `ckd_epi` prints this GFR."""
    relative = gfr / _ckd_scale(age_years, male)
    power = np.where(relative > 1.0, 1.0 / _sexed("alpha", male), 1.0 / _n("ckd_epi.slope"))
    return relative**power * _sexed("kappa", male) * _n("ckd_epi.umol_per_mg")


def _ckd_scale(age_years, male):
    return _n("ckd_epi.scale") * _n("ckd_epi.age") ** age_years * np.where(male > 0.5, 1.0, _n("ckd_epi.women"))


def _egfr(seen: Seen, b: Bedside):
    return ckd_epi(_creatinine(seen, b), seen.age_years, b.x.male)


def _clearance(seen: Seen, b: Bedside):
    """Cockcroft and Gault's clearance from the creatinine there is."""
    sex = np.where(b.x.male > 0.5, 1.0, _n("cockcroft_gault.women"))
    serum = _n("cockcroft_gault.divisor") * _creatinine(seen, b) / _n("ckd_epi.umol_per_mg")
    return (_n("cockcroft_gault.age") - seen.age_years) * b.x.weight / serum * sex


def _urea(seen: Seen, b: Bedside):
    lost = (b.p.gfr_normal / minerals.filtration(b.y, b.p)) ** _n("urea.filtration")
    return _healthy("urea", seen) * lost * (b.p.volume_normal / b.y.volume) ** _n("urea.dryness")


# ---- tumour and liver ----------------------------------------------------------------------------------------------


def _liver(b: Bedside):
    return b.y.liver_sensitive + b.y.liver_resistant


def _outside_bone(b: Bedside):
    return b.y.primary + _liver(b) + b.y.lung_sensitive + b.y.lung_resistant + b.y.brain_sensitive + b.y.brain_resistant


def silent_tumour(marker: str, seen: Seen) -> np.ndarray:
    """Whose tumour makes none of the marker that its kind is followed by [m]."""
    if seen.set_points is None:
        return np.zeros(seen.cancer.shape, bool)
    return ndtr(seen.set_points[:, OWN.index("silent_tumour")]) < _n(f"{marker}.silent")


def _marker(name: str):
    """A serum marker: a healthy level, and what the tumour that makes it adds."""

    def value(seen: Seen, b: Bedside):
        makes = np.array([m == name for m in marker_of()])[seen.cancer]
        added = np.where(makes & ~silent_tumour(name, seen), b.x.marker_secretion * (seen.sums.tumour + _outside_bone(b)), 0.0)
        usual = _healthy(name, seen)
        if name != "psa":  # an ailing liver clears less of these
            return usual * (1.0 + _n(f"liver_disease.{name}") * liver_disease(seen)) + added
        # without testosterone the healthy prostate falls silent, and so do those tumour cells that still need it
        needing = _sensitive_share(seen, b)
        lost = _n("psa.androgen") * smaller(b.rx.sex_steroid_loss, 1.0)
        return usual * (b.x.male > 0.5) * (1.0 - lost) + added * (1.0 - lost * needing)

    return value


def _sensitive_share(seen: Seen, b: Bedside):
    """Share of the viable tumour that hormones still rule."""
    sensitive = np.where(seen.used, seen.lesion.sensitive, 0.0).sum(axis=1)
    resistant = np.where(seen.used, seen.lesion.resistant, 0.0).sum(axis=1)
    sensitive = sensitive + b.y.primary + b.y.liver_sensitive + b.y.lung_sensitive + b.y.brain_sensitive
    resistant = resistant + b.y.liver_resistant + b.y.lung_resistant + b.y.brain_resistant
    return sensitive / np.maximum(sensitive + resistant, 1e-12)


def _ldh(seen: Seen, b: Bedside):
    return _healthy("ldh", seen) + by_cancer("ldh_per_ml")[seen.cancer] * (seen.sums.tumour + _outside_bone(b))


def _bilirubin(seen: Seen, b: Bedside):
    usual = _healthy("bilirubin", seen) * (1.0 + _n("liver_disease.bilirubin") * liver_disease(seen))
    return usual + _n("bilirubin.most") * hill4(_liver(b), _n("bilirubin.half"))


_MAKERS = {
    "calcium": _calcium,
    "calcium_corrected": _own_calcium,
    "calcium_ionised": lambda seen, b: _n("calcium_ionised.share") * _own_calcium(seen, b),
    "albumin": _albumin,
    "alp": _alp,
    "bone_alp": lambda seen, b: _healthy("bone_alp", seen) * (b.y.osteoblasts + _n("alp.lesion") * seen.sums.alp),
    "creatinine": _creatinine,
    "egfr": _egfr,
    "creatinine_clearance": _clearance,
    "haemoglobin": lambda seen, b: b.y.haemoglobin,
    "platelets": lambda seen, b: b.y.platelets,
    "leukocytes": lambda seen, b: b.y.neutrophils + _n("leukocytes.other"),
    "neutrophils": lambda seen, b: b.y.neutrophils,
    **{name: _marker(name) for name in MARKERS},
    "ntx": _ntx,
    "ctx": _ctx,
    "p1np": _p1np,
    "phosphate": lambda seen, b: b.y.phosphate,
    "magnesium": lambda seen, b: b.y.magnesium,
    "vitamin_d": lambda seen, b: b.y.vitamin_d,
    "calcitriol": lambda seen, b: _healthy("calcitriol", seen) * b.y.calcitriol,
    "pth": lambda seen, b: minerals.pth(b.y, b.p),
    "pthrp": lambda seen, b: _healthy("pthrp", seen) + minerals.pthrp(b.y, b.x, seen.sums),
    "testosterone": _testosterone,
    "ldh": _ldh,
    "crp": _crp,
    "bilirubin": _bilirubin,
    "urea": _urea,
    **{name: test.function() for name, test in own_tests().items()},
}
