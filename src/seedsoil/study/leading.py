"""Lead the first draw of candidates to where single findings point, and count each candidate for what it is worth.

A person's traits come from standard normal scores. Few scores of the prior make a striking chart (calcium of 4 mmol/L,
creatinine of 300 umol/L), so the first candidates are drawn from a Gaussian that such findings have moved, and weigh by the
prior over it: leading changes who is tried, not what is believed.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.linalg import solve_triangular

from seedsoil.biology import minerals
from seedsoil.biology.body import Body, Lesion, Sums
from seedsoil.care.patient import Patient
from seedsoil.diagnostics import blood
from seedsoil.grammar.tables import table
from seedsoil.study.weighing import number
from seedsoil.world import parameters, populations
from seedsoil.world.records import People

# Scores that a chart can tell something of: of the person, the size of the disease, the tumour's growth and what it secretes.
LED = (
    "pthrp_per_ml", "size_of_person", "frailty", "doubling_days", "visceral_doubling_days", "liver.size", "lung.size",
    "treatability", "resistant_share", "gfr_at_forty", "kidney_fragility", "phosphate_wasting", "vitamin_d_usual",
    "marrow_reserve",
)  # fmt: skip
PTHRP = LED.index("pthrp_per_ml")
_SENSITIVE, _RESISTANT = (Lesion._fields.index(name) for name in ("sensitive", "resistant"))


@dataclass(frozen=True)
class Lead:
    """A Gaussian over the `LED` scores."""

    mean: np.ndarray  # [LED]
    factor: np.ndarray  # [LED, LED] lower triangular

    def drawn(self, own: np.ndarray) -> np.ndarray:
        """Scores [n, LED], from standard normal ones."""
        return self.mean + own @ self.factor.T

    def log_density(self, z: np.ndarray) -> np.ndarray:
        """Log density of scores [n, LED], up to a constant that is the same for all leads."""
        off = solve_triangular(self.factor, (z - self.mean).T, lower=True)
        return -0.5 * (off**2).sum(axis=0) - np.log(np.diag(self.factor)).sum()


def raise_pthrp(group: People, level: np.ndarray) -> np.ndarray:
    """Give each person the secretion that puts PTHrP in plasma at the log level [n], and return the score of secretion
    that this takes. Where calcium is high, PTHrP is what the chart tells of; how much secretion and how much tumour are
    behind it is not, so the one is drawn to go with the other."""
    volume = group.lesion[:, :, _SENSITIVE] + group.lesion[:, :, _RESISTANT]
    in_bone = (group.lesion_traits["pthrp_secretion"] * volume).sum(axis=1)
    sums = Sums(*group.sums.T)._replace(pthrp=in_bone)
    now = np.log(np.maximum(minerals.pthrp(Body(*group.body.T), group.traits.view(np.recarray), sums), 1e-12))
    group.lesion_traits["pthrp_secretion"] *= np.exp(level - now)[:, None]
    group.traits["pthrp_secretion"] *= np.exp(level - now)
    entry = [populations.populations(name)[0].numbers["pthrp_per_ml"] for name in populations.cancers()]
    spread = np.array([np.log(e.spread(1.0) / e.value) for e in entry])[group.cancer]
    return (level - now) / spread


# ---- what single findings tell almost directly ------------------------------------------------------------------------


def told_by(patient: Patient) -> Lead:
    """The first lead: scores of traits that one finding tells almost directly, as they would be given that finding alone;
    all others as in the prior."""
    mean, sd = np.zeros(len(LED)), np.ones(len(LED))
    equal = {f.what: f.value for f in patient.findings if f.qualifier == "=" and f.value}
    shared = table("people.toml")

    def given(name: str, log_value: float, error: float) -> None:
        """One reading of a lognormal trait, as the log of the trait with its error: both known, so in closed form."""
        entry, k = shared[name], LED.index(name)
        sigma = np.log(entry.spread(1.0) / entry.value)
        share = sigma**2 / (sigma**2 + error**2)
        mean[k] = share * (log_value - np.log(entry.value)) / sigma
        sd[k] = np.sqrt(1.0 - share)

    noise = lambda analyte: blood.noise(analyte, number("model_error"))
    if "vitamin_d" in equal:
        given("vitamin_d_usual", np.log(equal["vitamin_d"]), noise("vitamin_d"))
    if high_calcium(patient):
        # PTHrP and kidneys that suffer are rare before the fact: they are drawn often
        told = equal.get("pthrp", number("pthrp_usual"))
        mean[PTHRP], sd[PTHRP] = np.log(told), number("pthrp_spread")
        if any(h.what == "kidney_injury" for h in patient.happened):
            mean[LED.index("kidney_fragility")] = 1.0
        return Lead(mean, np.diag(sd))
    if "creatinine" in equal:
        gfr = float(blood.ckd_epi(equal["creatinine"], patient.age_years, float(patient.sex == "male")))
        young = gfr + shared["gfr_per_year"].value * max(patient.age_years - 40.0, 0.0)
        given("gfr_at_forty", np.log(young), noise("creatinine") * gfr / young)
    if "phosphate" in equal:
        usual = parameters.entries()["phosphate_normal"].value
        loss = max(usual / equal["phosphate"] - 1.0, 0.01)  # at balance the level falls as one plus the loss
        given("phosphate_wasting", np.log(loss), noise("phosphate") * (1.0 + loss) / loss)
    return Lead(mean, np.diag(sd))


def high_calcium(patient: Patient) -> bool:
    """Whether calcium was found so high that the tumour is taken to secrete PTHrP."""
    told = [f for f in patient.findings if f.what in ("calcium", "calcium_corrected") and f.qualifier == "="]
    values = [f.value for f in told if f.value is not None]
    return any(v > number("high_calcium") for v in values) or any(h.what == "hypercalcaemia" for h in patient.happened)
