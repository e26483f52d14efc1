"""Pain on the 0-10 scale, opioids as oral morphine, and what radiotherapy did to both."""

from __future__ import annotations

from enum import IntEnum
from itertools import product

import numpy as np

from seedsoil.care.scores.published import Array, Choice, Score, band, monotone, number, published
from seedsoil.errors import InputError


class PainBand(IntEnum):
    """Worst pain in words."""

    NONE = 0
    MILD = 1  # 1-4
    MODERATE = 2  # 5-6
    SEVERE = 3  # 7-10


PAIN_BANDS = (1, 5, 7)

# mg of oral morphine for each mg: (lowest, highest) where the tables give a range
ORAL_MORPHINE = {
    "codeine": (0.1, 0.1),
    "dihydrocodeine": (0.1, 0.1),
    "tramadol": (0.1, 0.1),
    "tapentadol": (0.4, 0.4),
    "morphine": (1.0, 1.0),
    "oxycodone": (1.5, 1.5),  # fixed at the British National Formulary's; the Scottish guideline takes 2
    "hydromorphone": (5.0, 5.0),  # the Scottish guideline 5 to 7.5
    "morphine_sc": (2.0, 2.0),
    "diamorphine_sc": (3.0, 3.0),
    "oxycodone_sc": (3.0, 4.0),
    "alfentanil_sc": (30.0, 30.0),
    "fentanyl_sc": (150.0, 150.0),
    "methadone": (0.0, np.inf),  # no fixed factor: for a specialist only
}
FENTANYL_PATCH = {0: 0, 12: 30, 25: 60, 50: 120, 75: 180, 100: 240}  # ug/h: mg oral morphine in 24 h
BUPRENORPHINE_PATCH = {0: 0, 5: 12, 10: 24, 20: 48, 35: 84, 52: 126, 70: 168}  # ug/h (5-20 for 7 days): mg in 24 h
BREAKTHROUGH_SHARE = (1 / 10, 1 / 6)  # of the regular 24 h dose

OMED_CHANGE = 0.25  # share of the baseline opioid dose that counts
PAIN_CHANGE = 2.0  # points of 0-10 that count
FLARE_DAYS = 10


@published("chow2012", "verified", "1-3, 4-6, 7-10 are used elsewhere; this one is fixed here")
def pain_band(worst_pain: object) -> Score:
    """PainBand of the worst pain 0-10: 1-4 mild, 5-6 moderate, 7-10 severe; between two marks the lower counts."""
    return band(number("pain", worst_pain, 0, 10), PAIN_BANDS)


@published("bnf2020", "verified")
def oral_morphine(drug: str, mg_per_day: object) -> Score:
    """Oral morphine that equals a day's dose of an opioid, mg. Names: ORAL_MORPHINE. Methadone has no upper end."""
    if drug not in ORAL_MORPHINE:
        raise InputError("opioid", drug, ", ".join(ORAL_MORPHINE))
    dose = number(f"opioid.{drug}.mg_per_day", mg_per_day, 0, 1e5)
    low, high = ORAL_MORPHINE[drug]
    taken = dose.high > 0  # no methadone at all is no morphine at all, not an open range
    most = np.where(taken, np.where(taken, dose.high, 1.0) * high, 0.0)
    return Score(np.asarray(dose.low * low), most)


@published("bnf2020", "verified")
def fentanyl_patch(ug_per_h: object) -> Score:
    """Oral morphine that equals fentanyl patches, mg in 24 h. Strengths 12, 25, 50, 75, 100 ug/h and sums."""
    rate = number("fentanyl_patch", ug_per_h, 0, 1000)

    def morphine(x: Array) -> Array:
        quarters, rest = np.divmod(x, 25)
        if np.any((rest != 0) & (rest != 12)):
            raise InputError("fentanyl_patch", float(x[(rest != 0) & (rest != 12)].flat[0]), "sums of 12, 25, 50, 75, 100")
        return quarters * FENTANYL_PATCH[25] + np.where(rest == 12, FENTANYL_PATCH[12], 0)

    return monotone(morphine, rising=(Score(*map(np.asarray, rate)),))


@published("bnf2020", "verified")
def buprenorphine_patch(ug_per_h: object) -> Score:
    """Oral morphine that equals one buprenorphine patch, mg in 24 h: 5, 10, 20, 35, 52 or 70 ug/h."""
    rate = number("buprenorphine_patch", ug_per_h, 0, 70)
    strengths, worth = np.array(list(BUPRENORPHINE_PATCH)), np.array(list(BUPRENORPHINE_PATCH.values()))
    wrong = ~np.isin(rate.low, strengths) | ~np.isin(rate.high, strengths)
    if np.any(wrong):
        raise InputError("buprenorphine_patch", float(rate.low[wrong].flat[0]), ", ".join(map(str, BUPRENORPHINE_PATCH)))
    return monotone(lambda x: worth[np.searchsorted(strengths, x)], rising=(rate,))


@published("bnf2020", "verified")
def breakthrough_dose(omed: object) -> Score:
    """One dose for breakthrough pain, mg oral morphine: a tenth to a sixth of the regular 24 h dose (omed)."""
    dose = number("opioid_omed", omed, 0, np.inf)
    return Score(dose.low * BREAKTHROUGH_SHARE[0], dose.high * BREAKTHROUGH_SHARE[1])


# --- response to radiotherapy (international consensus) --------------------------------------------------------------


class Pain(IntEnum):
    """Pain now against before treatment."""

    GONE = 0
    LESS = 1  # down by two points or more
    A_LITTLE_LESS = 2  # down by less than two
    SAME = 3
    A_LITTLE_MORE = 4  # up by one point or less
    BETWEEN = 5  # up by more than one point, less than two
    MORE = 6  # up by two points or more


class Opioid(IntEnum):
    """Daily oral morphine equivalent now against before treatment."""

    LESS = 0  # down by a quarter or more
    NOT_MORE = 1  # down by less, or the same
    A_LITTLE_MORE = 2  # up by less than a quarter
    MORE = 3  # up by a quarter or more


class Response(IntEnum):
    """Response of bone pain to radiotherapy."""

    COMPLETE = 0
    PARTIAL = 1
    PROGRESSION = 2
    INDETERMINATE = 3


def _response(pain: Pain, opioid: Opioid) -> Response:
    """The consensus, in its own order."""
    if pain == Pain.GONE and opioid <= Opioid.NOT_MORE:
        return Response.COMPLETE
    if (pain <= Pain.LESS and opioid <= Opioid.NOT_MORE) or (pain <= Pain.SAME and opioid == Opioid.LESS):
        return Response.PARTIAL
    # to the letter: both up together is in neither clause, and so indeterminate
    stable = opioid in (Opioid.NOT_MORE, Opioid.A_LITTLE_MORE)
    if (pain == Pain.MORE and stable) or (pain in (Pain.SAME, Pain.A_LITTLE_MORE) and opioid == Opioid.MORE):
        return Response.PROGRESSION
    return Response.INDETERMINATE


RESPONSE = {(p, o): _response(p, o) for p, o in product(Pain, Opioid)}


def _pain_now(before: Array, now: Array) -> Array:
    """Masks [..., Pain]: what pain may have become."""
    rise = now - before
    kinds = [
        now == 0,
        (now > 0) & (rise <= -PAIN_CHANGE),
        (now > 0) & (rise > -PAIN_CHANGE) & (rise < 0),
        (now > 0) & (rise == 0),
        (rise > 0) & (rise <= 1),
        (rise > 1) & (rise < PAIN_CHANGE),
        rise >= PAIN_CHANGE,
    ]
    seen = np.stack(np.broadcast_arrays(*kinds), axis=-1)
    unknown = np.isnan(rise)[..., None] & ~(now == 0)[..., None]
    not_gone = np.arange(len(Pain)) != Pain.GONE
    open_ = unknown & (not_gone | np.isnan(now)[..., None])
    return (seen | open_) & ~(before == 0)[..., None]


def _opioid_now(before: Array, now: Array) -> Array:
    """Masks [..., Opioid]: what the opioid dose may have become."""
    less = (now <= (1 - OMED_CHANGE) * before) & (now < before)
    more = (now >= (1 + OMED_CHANGE) * before) & (now > before)
    kinds = [less, (now <= before) & ~less, (now > before) & ~more, more]
    return np.stack(np.broadcast_arrays(*kinds), axis=-1) | np.isnan(now - before)[..., None]


@published("chow2012", "recalled", "complete and partial are confirmed, progression recalled: see pain_relieved")
def pain_response(pain_before: object, pain_now: object, omed_before: object, omed_now: object) -> Choice:
    """Response of bone pain to radiotherapy by the international consensus, as a Choice over Response.

    pain: worst at the treated site, 0-10. omed: oral morphine equivalent, mg in 24 h. To be read 1, 2 and 3 months
    after. Nobody with no pain before can respond: then no answer is possible. Unknowns leave open what they could
    decide.
    """
    pain = [np.asarray(v, float) for v in (pain_before, pain_now)]
    omed = [np.asarray(v, float) for v in (omed_before, omed_now)]
    for name, value in zip(("pain_before", "pain_now"), pain, strict=True):
        number(name, value, 0, 10)
    for name, value in zip(("omed_before", "omed_now"), omed, strict=True):
        number(name, value, 0, 1e5)
    p, o = _pain_now(*pain), _opioid_now(*omed)
    possible = np.zeros((*np.broadcast_shapes(p.shape[:-1], o.shape[:-1]), len(Response)), dtype=bool)
    for (kind, dose), response in RESPONSE.items():
        possible[..., response] |= p[..., kind] & o[..., dose]
    return Choice(possible)


@published("chow2012", "verified")
def pain_relieved(pain_before: object, pain_now: object, omed_before: object, omed_now: object) -> Score:
    """Yes/no: bone pain responded to radiotherapy, completely or in part; inputs as in `pain_response`."""
    possible = pain_response(pain_before, pain_now, omed_before, omed_now).possible
    yes = possible[..., [Response.COMPLETE, Response.PARTIAL]].any(axis=-1)
    no = possible[..., [Response.PROGRESSION, Response.INDETERMINATE]].any(axis=-1)
    return Score((yes & ~no).astype(int), yes.astype(int))


@published("chow2015", "verified")
def pain_flare(days_after: object, pain_before: object, pain_now: object, omed_before: object, omed_now: object) -> Score:
    """Yes/no: pain flare after radiotherapy, within 10 days of it.

    Worst pain (0-10) up by 2 or more with no less opioid, or opioid (mg oral morphine in 24 h) up by a quarter or
    more with no less pain. After the SC.23 trial.
    """

    def flare(pain: Array, omed: Array, days: Array, pain0: Array, omed0: Array) -> Array:
        hurts = (pain - pain0 >= PAIN_CHANGE) & (omed >= omed0)
        takes = (omed >= (1 + OMED_CHANGE) * omed0) & (omed > omed0) & (pain >= pain0)
        return ((hurts | takes) & (days <= FLARE_DAYS)).astype(int)

    return monotone(
        flare,
        rising=(number("pain_now", pain_now, 0, 10), number("omed_now", omed_now, 0, 1e5)),
        falling=(
            number("days_after", days_after, 0, 1e5),
            number("pain_before", pain_before, 0, 10),
            number("omed_before", omed_before, 0, 1e5),
        ),
    )
