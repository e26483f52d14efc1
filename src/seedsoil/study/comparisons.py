"""Randomised comparisons: whether a simulated effect points where the published one does.

Where the published interval leaves out no effect, the simulated effect must have the same sign; where it holds no effect, the
simulated one must lie inside it. The rule judges the sign, which the tolerance of a figure does not.
"""

from __future__ import annotations

import math
from collections.abc import Iterable

from seedsoil.study.published import Published
from seedsoil.study.trial import Trial

RATIOS = ("hr", "ag", "rate_ratio")  # no effect is 1
DIFFERENCES = ("difference",)  # no effect is 0
SAID = ("id", "trial", "arm", "endpoint", "published", "low", "high", "simulated", "sim_low", "sim_high")


def no_effect(endpoint: str) -> float | None:
    """The value of a comparison that finds nothing, or None where the endpoint is no comparison of arms."""
    if any(endpoint.endswith(f"_{name}") for name in RATIOS):
        return 1.0
    return 0.0 if any(endpoint.endswith(f"_{name}") for name in DIFFERENCES) else None


def comparisons(trials: Iterable[Trial], published: dict[str, Published], rows: Iterable[dict]) -> list[dict]:
    """Every confirmed comparison of the arms of a randomised trial with a published interval: what was asked, and whether it
    holds. Comparisons without an interval ask nothing."""
    randomised = {trial.id for trial in trials if not trial.cohort and len(trial.arms) > 1}
    out = []
    for row in rows:
        known, nothing = published.get(row["id"]), no_effect(row["endpoint"])
        if row["trial"] not in randomised or nothing is None or known is None or known.status != "VERIFIED":
            continue
        if math.isnan(known.low + known.high):
            continue
        found = not known.low <= nothing <= known.high
        asked = "same sign" if found else "inside the interval"
        said = {name: row[name] for name in SAID}
        out.append(said | {"asked": asked, "holds": _holds(row["simulated"], known, nothing, found)})
    return out


def _holds(simulated: float | None, known: Published, nothing: float, found: bool) -> bool:
    if simulated is None:
        return False
    return bool((simulated - nothing) * (known.value - nothing) > 0.0 if found else known.low <= simulated <= known.high)
