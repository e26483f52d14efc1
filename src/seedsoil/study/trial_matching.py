"""Which trials a person could have entered, or could enter: the rules of a trial file, asked of one real chart.

Each rule has one of three answers: met, not met, not known. What a chart does not say is not known, never a yes: that no
metastasis outside bone is written down counts only where somebody looked; that a drug is not named is no proof that it was not
given.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from seedsoil import __version__
from seedsoil.care import criteria
from seedsoil.care.analytes import analytes
from seedsoil.care.chart import Chart
from seedsoil.care.columns import ANALYTES
from seedsoil.care.criteria import limit
from seedsoil.care.patient import ORGANS, Patient
from seedsoil.errors import InputError
from seedsoil.study import moments, screening, trial_files
from seedsoil.study.trial import Criterion, Trial

SCHEMA = "seedsoil.match/1"
MET, NOT_MET, NOT_KNOWN = "met", "not met", "not known"
NO, FITS, OPEN = "no", "may fit", "more must be known"
NOTICE = "research use, not for care"

# Masks that mean nothing before somebody looked: what must have been done for a "no" of the chart to count.
_BODY = ("visceral", "organs", *ORGANS)
_SKELETON = ("bone_metastases", "lytic")
_ALWAYS = ("age_years", "male")
# Where a chart holds the same thing in several forms, the reading that the rules of care use.
_BETTER = {"calcium": criteria.calcium, "egfr": criteria.filtration}
WORDS = {
    "ecog": "ECOG performance status", "pain_worst": "worst pain, 0 to 10", "calcium": "corrected calcium",
    "bone_metastases": "bone metastases", "visceral": "metastases outside bone", "lytic": "lytic or mixed metastases",
    "walking": "able to walk", "spine_painful": "pain from the spine", "male": "male sex", "age_years": "age in years",
    "paraplegia_days": "days without power in the legs", "very_short": "only weeks to live",
}  # fmt: skip


@dataclass(frozen=True)
class Answer:
    """One rule of a trial asked of one chart."""

    rule: str
    verdict: str
    why: str


def match(patient: Patient, trials: Iterable[Trial], past: bool = True) -> dict:
    """The document `seedsoil.match/1`: every trial with its verdict and the answer to each of its rules. `past`: the trials are
    published ones, closed long ago; a match says that their results speak of people like this one."""
    chart = Chart.of(patient)
    rows = [_row(trial, list(answers(trial, patient, chart))) for trial in trials]
    return {
        "schema": SCHEMA, "version": __version__, "as_of": patient.as_of.isoformat(),
        "patient": {"id": patient.id, "age_years": patient.age_years, "sex": patient.sex, "cancer": patient.cancer},
        "past": past, "trials": sorted(rows, key=lambda row: (FITS, OPEN, NO).index(row["verdict"])),
        "counts": {verdict: sum(row["verdict"] == verdict for row in rows) for verdict in (FITS, OPEN, NO)},
        "notice": NOTICE,
    }  # fmt: skip


@functools.cache
def shipped() -> tuple[Trial, ...]:
    """The trials that come with seedsoil, cohorts left out."""
    return tuple(trial for trial in map(trial_files.named, trial_files.names()) if not trial.cohort)


def of_folder(folder: str) -> list[Trial]:
    """The trials of a user's own folder of files."""
    paths = sorted(Path(folder).glob("*.toml"))
    if not paths:
        raise InputError("--trials", folder, "a folder with trial files (.toml)", "see docs/how-to for what a trial file says")
    return [trial_files.read_trial(path) for path in paths]


def _row(trial: Trial, found: list[Answer]) -> dict:
    verdicts = {answer.verdict for answer in found}
    verdict = NO if NOT_MET in verdicts else OPEN if NOT_KNOWN in verdicts else FITS
    return {
        "id": trial.id, "title": trial.title, "cite": trial.cite, "verdict": verdict,
        "rules": [{"rule": a.rule, "verdict": a.verdict, "why": a.why} for a in found],
    }  # fmt: skip


def answers(trial: Trial, patient: Patient, chart: Chart) -> Iterable[Answer]:
    """The answer to each rule of a trial: its cancers, then its entry criteria."""
    yield _cancer(trial, patient, chart)
    for criterion in trial.entry:
        yield _asked(criterion, chart)


def _cancer(trial: Trial, patient: Patient, chart: Chart) -> Answer:
    """Cancer and subtype against those the trial takes."""
    wanted = [(cancer, subtype) for cancer, subtype, _ in trial.people]
    rule = " or ".join(dict.fromkeys(" ".join(filter(None, (c, s))).replace("_", " ") for c, s in wanted))
    name = (patient.cancer or "unknown").replace("_", " ")
    if not patient.cancer_certain or patient.cancer in (None, "unknown"):
        return Answer(rule, NOT_KNOWN, f"the chart does not prove which cancer it is ({name})")
    subtypes = [subtype for cancer, subtype in wanted if cancer == patient.cancer]
    if not subtypes:
        return Answer(rule, NOT_MET, f"the chart says {name}")
    if None in subtypes or patient.subtype in subtypes:
        return Answer(rule, MET, f"the chart says {' '.join(filter(None, (name, patient.subtype))).replace('_', ' ')}")
    resistant = "castration_resistant" in subtypes and criteria.castration_resistant(chart)[0]
    if resistant:
        return Answer(rule, MET, "the chart shows growth under hormone treatment")
    if patient.subtype is None:
        return Answer(rule, NOT_KNOWN, f"the chart says {name} and not of which kind")
    return Answer(rule, NOT_MET, f"the chart says {patient.subtype.replace('_', ' ')}")


def _asked(criterion: Criterion, chart: Chart) -> Answer:
    """One entry criterion."""
    what = criterion.what
    value, age, mask = _reading(what, chart)
    words = _bounds(criterion, mask)
    if np.isnan(value):
        return Answer(words, NOT_KNOWN, _missing(what))
    said = f"the chart says {'yes' if value else 'no'}" if mask else f"the chart says {value:.3g}"
    if age is not None and age > limit("fresh.days"):
        return Answer(words, NOT_KNOWN, f"{said}, {age:.0f} days ago: it must be measured again")
    # where nobody has looked, what is written down is the least that there can be
    most = value if _looked(what, chart) else 1.0 if mask else np.inf
    least_asked = -np.inf if criterion.least is None else criterion.least
    most_asked = np.inf if criterion.most is None else criterion.most
    if most < least_asked or value > most_asked:
        return Answer(words, NOT_MET, said)
    if value >= least_asked and most <= most_asked:
        return Answer(words, MET, said)
    return Answer(words, NOT_KNOWN, _missing(what))


def _reading(what: str, chart: Chart) -> tuple[float, float | None, bool]:
    """(value, its age in days where it has one, whether it is a yes or no); NaN where the chart says nothing."""
    if what == "calcium":
        value, age = (float(x[0]) for x in criteria.calcium(chart))
        return value, age, False
    if what == "bone_metastases":
        known = float(chart.known_lesions()[0])
        return (max(known, limit("bone_agent.diffuse_lesions")) if criteria.diffuse(chart)[0] else known), None, False
    if what in moments.SINCE:  # told by who is asked, and written on no chart
        return np.nan, None, False
    read = _BETTER.get(what) or screening.known()[what]
    raw = np.asarray(read(chart))
    mask = raw.dtype == bool
    value = float(raw[0])
    if what == "walking" and np.isnan(chart.symptom("walking")[0]):
        return np.nan, None, True
    if what == "very_short" and np.isnan(criteria.ecog(chart)[0]):
        return np.nan, None, True
    if what == "spine_painful" and np.isnan(chart.symptom("pain_site")[0]):
        return np.nan, None, True
    if what == "lytic" and not value and (chart.lesion("kind")[chart.lesions()] < 0).any():
        return np.nan, None, True
    source = {"egfr": "creatinine"}.get(what, what)
    age = float(chart.age_of(source)[0]) if source in ANALYTES and what not in _ALWAYS and not mask else None
    return value, None if age is None or np.isnan(age) else age, mask


def looked_at_body(chart: Chart) -> bool:
    """Whether a CT or PET of the body is recent enough for what it did not show to count."""
    return bool((np.fmin(chart.tested("ct"), chart.tested("fdg_pet")) <= limit("follow_up.imaging_days"))[0])


def _looked(what: str, chart: Chart) -> bool:
    """Whether what the chart does not show can be taken as absent."""
    days = limit("follow_up.imaging_days")
    if what in _BODY:
        return looked_at_body(chart)
    if what in _SKELETON or what.endswith(("_involved", "_share")):
        scans = ("bone_scan", "spect_ct", "fdg_pet", "naf_pet", "psma_pet")
        return bool((np.fmin.reduce([chart.tested(scan) for scan in scans]) <= days)[0])
    return not what.startswith(("on_", "had_", "prior_")) and what not in ("cord_compression", "progressing")


def _bounds(criterion: Criterion, mask: bool) -> str:
    what = criterion.what
    if what.startswith(("on_", "had_")):
        state, _, drug = what.partition("_")
        name = f"{'on' if state == 'on' else 'has had'} {drug.replace('_', ' ')}"
    else:
        row = analytes().get(what)
        name = WORDS.get(what) or (f"{row.label.split(', ')[0]} ({row.unit})" if row else what.replace("_", " "))
    if mask or what in _BODY:
        wanted = (criterion.least or 0) >= 1
        return name if wanted else f"{'no' if what in _BODY or what.startswith('prior_') else 'not'} {name}"
    bounds = {"at least": criterion.least, "at most": criterion.most}
    return f"{name} {' and '.join(f'{word} {bound:g}' for word, bound in bounds.items() if bound is not None)}"


def _missing(what: str) -> str:
    """What would answer a rule on which the chart is silent."""
    if what in _BODY:
        return "no recent CT or PET of the body in the chart"
    if what in _SKELETON:
        return "no recent picture of the whole skeleton in the chart, or it does not say what kind the metastases are"
    if what.startswith(("on_", "had_")):
        return "the chart does not name it: ask"
    return "not in the chart: measure or ask"
