"""How far the kernel's fixed step is from the exact solution of the same equations.

``python -m tests.world.accuracy [--people 24] [--years 1 5]`` prints the errors of 24 drawn people: six with
calcium above 2.8 mmol/L, six with falling filtration, six who stop denosumab, six irradiated. The reference integrates the
equations, with the drugs' own kinetics in continuous time, by LSODA at a relative tolerance of 1e-10, started afresh at
every dose. Error: ``|y - ref| / (|ref| + 1e-3)`` of the final state, events off. It shares no stepping with the kernel.
"""

from __future__ import annotations

import argparse
import itertools
from typing import NamedTuple

import numpy as np
from numba import njit
from scipy.integrate import solve_ivp
from tests.biology import bodies

from seedsoil.biology import body, rates
from seedsoil.biology.body import Body, Effects, Growing, Lesion, Sums
from seedsoil.treatments import kinetics, radiation
from seedsoil.world import kernel, kernel_scalar, laid_out, on_board
from seedsoil.world.records import People, joined, rows

N_BODY, N_LESION, N_GROWING = len(Body._fields), len(Lesion._fields), len(Growing._fields)
N_SUMS, N_EFFECTS = len(Sums._fields), len(Effects._fields)
N_QUICK = len(body.Quick._fields)
_DAILY, _BOLUS, _BONE = kinetics.DAILY, kinetics.BOLUS, kinetics.BONE
_OSTEOCLASTS = Body._fields.index("osteoclasts")
_IS_SHARE, _IS_WORST = on_board._IS_SHARE, kernel_scalar._IS_WORST
_act, _signal = on_board._act, on_board._signal
_body, _lesion, _sums, _effects = (laid_out.taken(record) for record in (Body, Lesion, Sums, Effects))
_lay_sums = laid_out.laid(Sums._fields)
_lay_quick, _lay_slow, _lay_growing = (laid_out.pairs_laid(record._fields) for record in (body.Quick, body.Slow, Growing))
GROUPS = ("calcium above 2.8", "falling filtration", "denosumab stopped", "irradiated")


@njit
def _effects_now(amounts, daily, on, drugs, osteoclasts, efficacy, out, d_amounts):
    """Effects of the drugs on board at this moment, and how the amounts change."""
    for j in range(N_EFFECTS):
        out[j] = 0.0
    for n in range(on.shape[0]):
        drug_now = drugs[on[n]]
        a = amounts[3 * n : 3 * n + 3]
        d_amounts[3 * n : 3 * n + 3] = 0.0
        if drug_now.form == _DAILY:
            d_amounts[3 * n] = drug_now.elimination * (daily[n] - a[0])
        elif drug_now.form == _BOLUS:
            d_amounts[3 * n] = -drug_now.elimination * a[0]
        elif drug_now.form == _BONE:
            pair = kinetics.bone_bound(a[0], a[1], osteoclasts, drug_now)
            d_amounts[3 * n] = pair[0][0] - pair[0][1] * a[0]
            d_amounts[3 * n + 1] = pair[1][0] - pair[1][1] * a[1]
        else:
            three = kinetics.depot((a[0], a[1], a[2]), drug_now)
            d_amounts[3 * n] = three[0][0] - three[0][1] * a[0]
            d_amounts[3 * n + 1] = three[1][0] - three[1][1] * a[1]
            d_amounts[3 * n + 2] = three[2][0] - three[2][1] * a[2]
        signal = max(_signal(a, drug_now), 0.0)
        for number in range(drug_now.acts):
            j, value = _act(drug_now, number, signal, efficacy[on[n]])
            if _IS_SHARE[j]:
                out[j] = 1.0 - (1.0 - out[j]) * (1.0 - min(value, 1.0))
            else:
                out[j] += value


@njit
def _slope(z, lesions, x, t, site, marked, p, sites, on, daily, drugs, efficacy, out):
    """dz/dt of one person: body, lesions, drugs on board."""
    y = _body(z)
    end = N_BODY + lesions * N_GROWING
    effects, gain, loss = np.zeros(N_EFFECTS), np.zeros(N_BODY), np.zeros(N_BODY)
    total, part, row = np.zeros(N_SUMS), np.zeros(N_SUMS), np.zeros(N_LESION)
    _effects_now(z[end:], daily, on, drugs, z[_OSTEOCLASTS], efficacy, effects, out[end:])
    rx = _effects(effects)
    soil = rates.soil(y, x, rx, _sums(total), p)
    for k in range(lesions):
        a = N_BODY + k * N_GROWING
        row[:N_GROWING], row[N_GROWING:] = z[a : a + N_GROWING], marked[k]
        l = _lesion(row)
        _lay_sums(rates.contribution(l, y, soil, x, t[k], sites[site[k]], rx, p), part)
        for s in range(N_SUMS):
            total[s] = max(total[s], part[s]) if _IS_WORST[s] else total[s] + part[s]
    sums = _sums(total)
    _lay_quick(rates.quick(y, x, rx, sums, p), gain, loss)
    out[:N_QUICK] = gain[:N_QUICK] - loss[:N_QUICK] * z[:N_QUICK]
    _lay_slow(rates.slow(y, x, rx, sums, p), gain, loss)
    slow = N_BODY - N_QUICK
    out[N_QUICK:N_BODY] = gain[:slow] - loss[:slow] * z[N_QUICK:N_BODY]
    soil = rates.soil(y, x, rx, sums, p)
    for k in range(lesions):
        a = N_BODY + k * N_GROWING
        row[:N_GROWING], row[N_GROWING:] = z[a : a + N_GROWING], marked[k]
        l = _lesion(row)
        _lay_growing(rates.lesion(l, soil, x, t[k], sites[site[k]], rx, p), gain, loss)
        out[a : a + N_GROWING] = gain[:N_GROWING] - loss[:N_GROWING] * z[a : a + N_GROWING]


def exact(who: People, start: int, days: int, tolerance: float = 1e-10) -> None:
    """Carry one person on, in place, by the reference solver; nothing is given in between."""
    known = bodies.numbers()
    k, on = int(who.lesions[0]), np.flatnonzero([(int(who.taking[0]) >> place) & 1 for place in range(who.onboard.shape[1])])
    drugs_on = who.drug[0, on].astype(np.int64)
    z = np.concatenate(
        [who.body[0], who.lesion[0, :k, :N_GROWING].ravel(), who.onboard[0, on][:, :3].ravel()],
    )
    given = (
        k, who.traits[0], who.lesion_traits[0], who.site[0], who.lesion[0, :, N_GROWING:].copy(), known.params[0],
        known.sites, drugs_on, who.onboard[0, on, bodies.ONBOARD["daily"]].copy(), known.drugs[0], who.efficacy[0],
    )  # fmt: skip

    def slope(_, z):
        out = np.empty(len(z))
        _slope(z, *given, out)
        return out

    scale = np.maximum(np.abs(z), 1e-6) * tolerance
    found = solve_ivp(slope, (start, start + days), z, method="LSODA", rtol=tolerance, atol=scale, first_step=1e-4)
    assert found.success, found.message
    z = found.y[:, -1]
    who.body[0] = z[:N_BODY]
    who.lesion[0, :k, :N_GROWING] = z[N_BODY : N_BODY + k * N_GROWING].reshape(k, N_GROWING)
    who.onboard[0, on, :3] = z[N_BODY + k * N_GROWING :].reshape(-1, 3)


class Case(NamedTuple):
    """One drawn person, and what is given on which day."""

    group: str
    who: People
    given: tuple[tuple[int, str, float], ...]  # day, drug or "irradiate", dose


def drawn(each: int = 6) -> list[Case]:
    """`each` people of every group."""
    treated = ((0, "fluids", 3.0), (0, "zoledronate", 4.0), (4, "fluids", 0.0), (84, "zoledronate", 4.0))
    out = [Case(GROUPS[0], who, treated if i % 2 else ()) for i, who in enumerate(_with_high_calcium(each))]
    four_weekly = tuple((day, "denosumab", 120.0) for day in range(0, 113, 28))
    steroid = ((0, "dexamethasone", 8.0), (5, "dexamethasone", 0.0))
    for group, cancer, given in (
        (GROUPS[1], "lung_nsclc", ((0, "nsaid", 2400.0), (0, "zoledronate", 4.0))),
        (GROUPS[2], "prostate", ((0, "calcium_supplement", 500.0), *four_weekly)),
        (GROUPS[3], "breast", (*steroid, (14, "irradiate", 8.0), (180, "irradiate", 30.0))),
    ):
        many = bodies.cohort(cancer, each, seed=3)
        out += [Case(group, rows(many, np.array([i])), given) for i in range(each)]
    return out


def _with_high_calcium(each: int) -> list[People]:
    """People met on the first day their calcium is above 2.8 mmol/L."""
    found: list[People] = []
    many = joined([bodies.cohort(cancer, 60, seed=5) for cancer in ("lung_nsclc", "kidney", "breast")])
    for _ in range(60):
        bodies.run(many, 7)
        high = np.flatnonzero(many.alive & (many.body[:, bodies.BODY["calcium"]] > 2.8))
        found += [rows(many, np.array([i])) for i in high]
        many.alive[high] = False
        if len(found) >= each:
            break
    for who in found:
        who.alive[:] = True
    assert len(found) >= each
    return found[:each]


def act(who: People, what: str, dose: float) -> None:
    """Give one person a drug, or irradiate the largest lesion."""
    if what != "irradiate":
        bodies.give(who, what, dose)
        return
    tumour = who.lesion[0, :, bodies.LESION["sensitive"]] + who.lesion[0, :, bodies.LESION["resistant"]]
    k = int(np.argmax(tumour))
    now = {name: who.lesion[:1, k, bodies.LESION[name]] for name in radiation.NEEDS}
    traits = {name: who.traits[name][:1] for name in ("radiosensitivity", "alpha_beta")}
    site = {"marrow_share": bodies.numbers().sites["marrow_share"][who.site[:1, k]]}
    luck = radiation.Luck(np.array([0.2]), np.array([0.5]))
    done = radiation.irradiate(now, traits, site, dose, 1 if dose <= 8.0 else 10, "conventional", luck)
    for name, value in done.lesion.items():
        who.lesion[0, k, bodies.LESION[name]] = np.asarray(value).ravel()[0]
    who.body[0, bodies.BODY["progenitors"]] *= np.asarray(done.progenitors).ravel()[0]
    who.settled[:] = False


def state(who: People) -> np.ndarray:
    """The final state that is compared."""
    return np.concatenate([who.body[0], who.lesion[0, : who.lesions[0], :N_GROWING].ravel()])


def names(who: People) -> list[str]:
    """What stands in `state`."""
    return [*Body._fields, *(f"{name} of lesion {k + 1}" for k in range(who.lesions[0]) for name in Growing._fields)]


def errors(case: Case, days: int) -> tuple[np.ndarray, list[str]]:
    """Relative error of every state of one person after `days`, and what they are."""
    fast, slow = (People(*[field.copy() for field in case.who]) for _ in range(2))
    days_given = sorted({day for day, _, _ in case.given if day < days} | {0, days})
    for start, stop in itertools.pairwise(days_given):
        for day, what, dose in case.given:
            if day == start:
                act(fast, what, dose)
                act(slow, what, dose)
        bodies.run(fast, stop - start, start=start)
        exact(slow, start, stop - start)
    y, reference = state(fast), state(slow)
    moved = (y != 0.0) | (reference != 0.0)  # what is absent in both, such as metastases of the liver, is not counted
    error = np.abs(y - reference) / (np.abs(reference) + 1e-3)
    return error[moved], [name for name, there in zip(names(slow), moved, strict=True) if there]


def main() -> None:
    """Print the errors of all groups."""
    ask = argparse.ArgumentParser()
    ask.add_argument("--people", type=int, default=24)
    ask.add_argument("--years", type=int, nargs="+", default=[1, 5])
    asked = ask.parse_args()
    cases = drawn(asked.people // len(GROUPS))
    for years in asked.years:
        whole = []
        for group in GROUPS:
            found = [errors(case, 365 * years) for case in cases if case.group == group]
            flat = np.concatenate([e for e, _ in found])
            whole.append(flat)
            worst = max((float(e.max()), n[int(e.argmax())]) for e, n in found)
            print(f"{years} y, {group:18s}: median {np.median(flat):.2e}, 99 % {np.quantile(flat, 0.99):.2e}, worst {worst}")
        flat = np.concatenate(whole)
        print(f"{years} y, all, kernel {kernel.NAME}: median {np.median(flat):.2e}, 99 % {np.quantile(flat, 0.99):.2e}")


if __name__ == "__main__":
    main()
