"""Lead the draw of candidates to where the findings point, and count each candidate for what it is worth.

A person's traits come from standard normal scores. Few scores of the prior make a striking chart (calcium of 4 mmol/L, ALP
of 1,200 U/L), so candidates are drawn in rounds: a few at first, then more from a Gaussian fitted to the scores of those
that fitted best. Each weighs by the prior over the mixture it was drawn from, so that leading changes who is tried, not
what is believed (population Monte Carlo, cappe2004).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.linalg import solve_triangular

from seedsoil.biology import minerals
from seedsoil.biology.body import Body, Lesion, Sums
from seedsoil.care.patient import Patient
from seedsoil.diagnostics import blood
from seedsoil.grammar import luck
from seedsoil.grammar.tables import table
from seedsoil.study.weighing import number
from seedsoil.world import parameters, populations
from seedsoil.world.populations import score
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

    def log_density(self, z: np.ndarray) -> np.ndarray:
        """Log density of scores [n, LED], up to a constant that is the same for all leads."""
        off = solve_triangular(self.factor, (z - self.mean).T, lower=True)
        return -0.5 * (off**2).sum(axis=0) - np.log(np.diag(self.factor)).sum()


@dataclass(frozen=True)
class Leads:
    """Where candidates are drawn from: a share from the first lead, so that nobody is ruled out, the rest from the last."""

    first: Lead
    last: Lead | None = None

    def drawn(self, seed: int, keys: np.ndarray) -> np.ndarray:
        """Scores [n, LED] of these candidates, from their own luck."""
        own = np.stack([score(seed, keys, name) for name in LED], axis=1)
        z = self.first.mean + own @ self.first.factor.T
        if self.last is None:
            return z
        led = luck.uniform(seed, keys, "candidate", 20) >= number("unled_share")
        z[led] = self.last.mean + own[led] @ self.last.factor.T
        return z

    def log_density(self, z: np.ndarray) -> np.ndarray:
        """Log density the scores were drawn from."""
        first = self.first.log_density(z)
        if self.last is None:
            return first
        share = number("unled_share")
        return np.logaddexp(np.log(share) + first, np.log1p(-share) + self.last.log_density(z))

    def log_worth(self, z: np.ndarray, in_prior: np.ndarray) -> np.ndarray:
        """Log of the prior over the density the scores `z` were drawn from; `in_prior` are the prior's scores they stand
        for (the same but for what is drawn by its level, see `raise_pthrp`)."""
        return -0.5 * (in_prior**2).sum(axis=1) - self.log_density(z)

    def expected(self, z: np.ndarray) -> np.ndarray:
        """Weights that turn the candidates into those one would expect before the figures are known: the first lead's."""
        log_weight = self.first.log_density(z) - self.log_density(z)
        weight = np.exp(log_weight - log_weight.max())
        return weight / weight.sum()


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


def fitted(z: np.ndarray, log_weight: np.ndarray, first: Lead) -> Lead | None:
    """The Gaussian of the candidates that fit best: their weights are tempered until enough of them count. Scores that the
    findings have not moved, beyond what so few candidates move by chance, stay as in the first lead. It is made wider than
    the candidates are, and correlations are trusted as far as these are many. None where nobody fits."""
    finite = np.isfinite(log_weight)
    if finite.sum() < 2 * len(LED):
        return None
    weight = _flattened(log_weight, number("pilot_effective") * finite.sum())
    effective = 1.0 / (weight**2).sum()
    mean = weight @ z
    spread = (weight[:, None] * (z - mean)).T @ (z - mean)
    usual, clear = np.diag(first.factor) ** 2, number("clearly_moved")
    moved = np.abs(mean - first.mean) > clear * np.sqrt(usual / effective)
    moved |= np.diag(spread) < usual * (1.0 - clear * np.sqrt(2.0 / effective))
    own, trust = np.diag(np.diag(spread)), effective / (effective + moved.sum())
    spread = number("lead_widened") * (trust * spread + (1.0 - trust) * own + number("least_spread") * np.eye(len(LED)))
    return Lead(
        np.where(moved, mean, first.mean),
        np.linalg.cholesky(np.where(moved[:, None] & moved[None, :], spread, np.diag(usual))),
    )


def _flattened(log_weight: np.ndarray, wanted: float) -> np.ndarray:
    """Weights to the largest power up to 1 that leaves the wanted effective number, found by halving."""
    raised = log_weight - log_weight.max()
    at = lambda power: np.exp(power * raised) / np.exp(power * raised).sum()
    low, high = 0.0, 1.0
    if 1.0 / (at(1.0) ** 2).sum() >= wanted:
        return at(1.0)
    for _ in range(40):
        middle = 0.5 * (low + high)
        low, high = (middle, high) if 1.0 / (at(middle) ** 2).sum() >= wanted else (low, middle)
    return at(low)


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

    noise = lambda analyte: blood.noise(analyte, model=True)
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
