"""How well forecasts kept to what came true: risks against events, ranges against values, order against order of death;
and the page that says so."""

from __future__ import annotations

from collections import Counter

import numpy as np

from seedsoil.study import curves

RISKS = ("death", "fracture", "hypercalcaemia")  # those with a bound
SLOPE, COVER, CONCORDANCE = (0.8, 1.2), (85.0, 95.0), 0.65
RESAMPLES = 400
LEAST_EVENTS = 5  # fewer people with the event, or without it, tell nothing about a slope
YEAR = 365


def figures(rows: list[dict], seed: int) -> dict:
    """Everything the page says, from the lines of the results file."""
    lived = [row for row in rows if "left_out" not in row]
    answered = [row for row in lived if row["warning"] is None]
    rng = np.random.default_rng(seed)
    out = {
        "people": len(lived),
        "left_out": dict(Counter(row["left_out"] for row in rows if "left_out" in row)),
        "cancers": dict(Counter(row["cancer"] for row in lived)),
        "answered": len(answered),
        "unlike": dict(Counter(_reason(row["warning"]) for row in lived if row["warning"])),
        "effective": _middle([row["effective"] for row in lived]),
        "temper": _middle([row["temper"] for row in lived]),
        "seconds_a_person": _middle([row["seconds"] for row in lived]),
    }
    for name, group in (("figures", answered), ("figures_of_all", lived)):
        out[name] = {
            "risks": _risks(group, rng),
            "ranges": _ranges(group, rng),
            "concordance": _concordance(group, rng),
        }
    out["hidden"] = _hidden(answered)
    return out


def _reason(warning: str) -> str:
    said = warning.split(": ", 1)[-1]
    return "too few candidates fit" if said.startswith("only") else said.split(" of ")[0] + " out of range"


def _middle(values: list[float]) -> list[float]:
    """5th, 50th and 95th percentile."""
    return [round(float(x), 3) for x in np.quantile(values, [0.05, 0.5, 0.95])] if values else []


# ---- risks ---------------------------------------------------------------------------------------------------------


def _risks(rows: list[dict], rng: np.random.Generator) -> list[dict]:
    out = []
    for name in rows[0]["risks"] if rows else ():
        for month in rows[0]["risks"][name]:
            pairs = np.array([row["risks"][name][month] for row in rows])
            if name == "alive":
                pairs = 1.0 - pairs
            risk, event = pairs.T
            slopes = [_resampled_slope(risk, event, rng) for _ in range(RESAMPLES)]
            out.append({
                "outcome": "death" if name == "alive" else name, "months": int(month), "n": len(rows),
                "predicted": round(100 * float(risk.mean()), 1), "observed": _share(event),
                "slope": _with_range(slope_of(risk, event), slopes),
            })  # fmt: skip
    return out


def slope_of(risk: np.ndarray, event: np.ndarray) -> float | None:
    """Slope of the logistic regression of the event on the log odds of the forecast risk: 1 is right, below 1 the
    forecasts are too extreme. None where too few people had the event, or were spared."""
    if min(event.sum(), len(event) - event.sum()) < LEAST_EVENTS:
        return None
    return _fitted_slope(risk, event)


def _fitted_slope(risk: np.ndarray, event: np.ndarray) -> float | None:
    share = np.clip(risk, 0.005, 0.995)  # none of 100 twins is not none at all
    x = np.column_stack([np.ones(len(risk)), np.log(share / (1.0 - share))])
    if np.ptp(x[:, 1]) == 0.0:
        return None
    b = np.zeros(2)
    for _ in range(40):
        p = 1.0 / (1.0 + np.exp(-np.clip(x @ b, -30, 30)))
        # a trace of ridge keeps the step finite where a resample separates
        step = np.linalg.solve((x * (p * (1 - p))[:, None]).T @ x + 1e-6 * np.eye(2), x.T @ (event - p) - 1e-6 * b)
        b = b + np.clip(step, -2.0, 2.0)
    return float(b[1])


def _resampled_slope(risk: np.ndarray, event: np.ndarray, rng: np.random.Generator) -> float | None:
    who = rng.integers(0, len(risk), len(risk))
    return slope_of(risk[who], event[who])


def _share(event: np.ndarray) -> list[float]:
    """Per 100, with Wilson's 90 % interval."""
    return [round(100 * x, 1) for x in curves.proportion(event.sum(), len(event), z=1.645)]


def _with_range(value: float | None, others: list[float | None]) -> list[float] | None:
    """The value and the 90 % interval of its resamples."""
    known = [x for x in others if x is not None]
    if value is None or len(known) < RESAMPLES // 2:
        return None
    return [round(float(x), 2) for x in (value, *np.quantile(known, [0.05, 0.95]))]


# ---- ranges --------------------------------------------------------------------------------------------------------


def _ranges(rows: list[dict], rng: np.random.Generator) -> list[dict]:
    """Share of people whose truth lay within the 90 % range. Where many twins are equal (no opioid, no pain) a range may
    hold more than 90 %: `place` splits ties by chance and has no such excess."""
    out = []
    for name in rows[0]["amounts"] if rows else ():
        for month in sorted({int(m) for row in rows for m in row["amounts"][name]}):
            told = np.array([row["amounts"][name][str(month)] for row in rows if str(month) in row["amounts"][name]])
            low, high, mean, below, equal, truth = told.T
            within = (truth >= low * (1 - 5e-4)) & (truth <= high * (1 + 5e-4))  # the file keeps four figures
            place = below + rng.random(len(told)) * equal
            out.append({
                "outcome": name, "months": month, "n": len(told), "covered": _share(within),
                "too_low": round(100 * float((truth < low).mean()), 1), "too_high": round(100 * float((truth > high).mean()), 1),
                "covered_ties_split": round(100 * float(((place > 0.05) & (place < 0.95)).mean()), 1),
                "mean_predicted": round(float(mean.mean()), 2), "mean_true": round(float(truth.mean()), 2),
            })  # fmt: skip
    return out


# ---- order ---------------------------------------------------------------------------------------------------------


def _concordance(rows: list[dict], rng: np.random.Generator) -> list[float] | None:
    """C-index of the one-year risk of death, with its 90 % interval."""
    if not rows or "12" not in rows[0]["risks"]["alive"]:
        return None
    risk = np.array([1.0 - row["risks"]["alive"]["12"][0] for row in rows])
    death = np.array([np.inf if row["death"] is None else row["death"] for row in rows])
    value = concordance(risk, death)
    others = []
    for _ in range(RESAMPLES):
        who = rng.integers(0, len(rows), len(rows))
        others.append(concordance(risk[who], death[who]))
    return _with_range(value, others)


def concordance(risk: np.ndarray, death: np.ndarray, until: float = YEAR) -> float | None:
    """Of pairs in which one died within the year and before the other, the share in which that one had the higher risk."""
    early = (death[:, None] <= until) & (death[:, None] < death[None, :])
    if not early.any():
        return None
    higher = (risk[:, None] > risk[None, :]) + 0.5 * (risk[:, None] == risk[None, :])
    return float(higher[early].mean())


def _hidden(rows: list[dict]) -> list[dict]:
    """Where the truth lay among the twins on the day of the chart: 0.5 on average and outside 10 % if all is well."""
    out = []
    for name in rows[0]["hidden"] if rows else ():
        truth, guess, place = np.array([row["hidden"][name] for row in rows], dtype=float).T
        z = (place.mean() - 0.5) * np.sqrt(12.0 * len(place))
        out.append({
            "what": name, "n": len(place), "mean_place": round(float(place.mean()), 2), "z": round(float(z), 1),
            "outside": round(100 * float(((place < 0.05) | (place > 0.95)).mean()), 1),
            "median_true": float(f"{np.median(truth):.3g}"), "median_twins": float(f"{np.median(guess):.3g}"),
        })  # fmt: skip
    return out


# ---- the page ------------------------------------------------------------------------------------------------------


def page(result: dict) -> str:
    """The result in words and tables (Markdown)."""
    best = result["figures"]
    out = [
        "# Self-check", "",
        "Virtual people whose future is known are forecast blind. Each is drawn from the model, lives under standard care from "
        "the first bone finding, and has the chart cut on a random day; twins are fitted to that chart as to a stranger's, and "
        "their forecast is held against what came true. This tests the fitting of twins and the ranges. It does not test the "
        "model against real people: here the person and the model are of one kind.", "",
        f"Made by `{_command(result)}`; the figures are in `self-check.json`. Intervals are 90 %.", "",
        "## What was run", "",
        f"- {result['people']} virtual people, {result['twins']} twins each, seed {result['seed']}, "
        f"{result['years']:g} year{'s' if result['years'] != 1 else ''} ahead under `{result['plan']}`; charts cut "
        f"30 to {result['latest_cut']} days after the first bone finding.",
        f"- Left out before the cut: {_counts(result['left_out'])}.",
        f"- Version {result['version']}, kernel {result['kernel']}, tables {result['tables']}.",
        f"- Cancers, each as likely: {_counts(result['cancers'])}.",
        f"- Effective number of candidates (5th, 50th, 95th percentile): {_list(result['effective'])}; "
        f"power of the weights: {_list(result['temper'])}.", "",
        "## Unlike those the model knows", "",
        f"{result['people'] - result['answered']} of {result['people']} got no percentages: {_counts(result['unlike'])}. "
        "All of them are people of the model, so each is a fault of the fit. The figures below are of the "
        f"{result['answered']} who got an answer; those of everybody are in the JSON file (`figures_of_all`).", "",
        "## Against the bounds", "", "| figure | bound | found | |", "|---|---|---|---|",
        *_verdicts(best), "",
        "## Risks", "", "| outcome | months | predicted per 100 | came true per 100 | calibration slope |", "|---|---|---|---|---|",
        *(
            f"| {_word(r['outcome'])} | {r['months']} | {r['predicted']:g} | {_interval(r['observed'])} | {_interval(r['slope'])} |"
            for r in best["risks"]
        ), "",
        "## Ranges", "",
        "Share of people whose truth lay in the 90 % range, per 100. Where many twins are equal at one end (no opioid, all days at "
        "home) the range leaves its tenth off at the other. Where nearly all are equal it cannot hold as few as nine in ten: "
        "the last column splits ties by chance.", "",
        "| outcome | months | people | in range | truth below | truth above | mean, twins | mean, truth | ties split |",
        "|---|---|---|---|---|---|---|---|---|",
        *(
            f"| {_word(r['outcome'])} | {r['months']} | {r['n']} | {_interval(r['covered'])} "
            f"| {r['too_low']:g} | {r['too_high']:g} | {r['mean_predicted']:g} | {r['mean_true']:g} | {r['covered_ties_split']:g} |"
            for r in best["ranges"]
        ), "",
        "## What no chart tells", "",
        "Where the truth lay among the twins on the day of the chart, 0 below all of them and 1 above all; on average 0.5, and "
        "10 in 100 outside the middle 90 %, if the fit is right. Far from 0.5 (|z| above 2.6) the twins are wrong in one "
        f"direction. Twins have too much of: {_biased(result['hidden'], -1)}; too little of: {_biased(result['hidden'], 1)}.", "",
        "| hidden | mean place | z | outside per 100 | median, truth | median, twins |", "|---|---|---|---|---|---|",
        *(
            f"| {h['what']} | {h['mean_place']:.2f} | {h['z']:+.1f} | {h['outside']:g} "
            f"| {h['median_true']:g} | {h['median_twins']:g} |"
            for h in result["hidden"]
        ),
    ]  # fmt: skip
    return "\n".join(out) + "\n"


def _command(result: dict) -> str:
    said = {"people": "people", "twins": "twins", "seed": "seed", "years": "years", "latest-cut": "latest_cut"}
    return "python -m seedsoil.study.self_check " + " ".join(f"--{flag} {result[name]:g}" for flag, name in said.items())


def _biased(rows: list[dict], sign: int) -> str:
    return ", ".join(row["what"] for row in rows if sign * row["z"] > 2.6) or "nothing"


def _verdicts(best: dict) -> list[str]:
    rows = []
    last = max((r["months"] for r in best["risks"] if r["months"] <= 12), default=12)
    for name in RISKS:
        for r in best["risks"]:
            if r["outcome"] == name and r["months"] == last:
                found, what = r["slope"], f"calibration slope, {name}, {last} months"
                rows.append(_verdict(what, "0.8 to 1.2", found, SLOPE))
    c = best["concordance"]
    rows.append(_verdict("C-index, death within a year", "at least 0.65", c, (CONCORDANCE, 1.0)))
    for r in best["ranges"]:
        if r["months"] <= 12:
            name = f"90 % range, {_word(r['outcome'])}, {r['months']} months"
            split = _in(r["covered_ties_split"], COVER)
            rows.append(_verdict(name, "85 to 95 per 100", r["covered"], COVER, split))
    return rows


def _verdict(name: str, bound: str, found: list[float] | None, bounds: tuple[float, float], met_with_ties: bool = False) -> str:
    if found is None:
        said = "too few events to say, or not so far ahead"
    elif _in(found[0], bounds):
        said = "met"
    else:
        said = "**missed**"
        if met_with_ties:
            said += " (met with ties split)"
        elif found[1] <= bounds[1] and found[2] >= bounds[0]:
            said += " (the interval reaches the bound)"
    return f"| {name} | {bound} | {_interval(found)} | {said} |"


def _in(value: float, bounds: tuple[float, float]) -> bool:
    return bounds[0] <= value <= bounds[1]


def _interval(found: list[float] | None) -> str:
    return "-" if found is None else f"{found[0]:g} ({found[1]:g} to {found[2]:g})"


def _counts(found: dict[str, int]) -> str:
    return ", ".join(f"{_word(name)} {n}" for name, n in sorted(found.items(), key=lambda x: -x[1])) or "none"


def _list(values: list[float]) -> str:
    return ", ".join(f"{x:g}" for x in values)


def _word(name: str) -> str:
    return name.replace("_", " ")
