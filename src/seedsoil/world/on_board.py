"""Drugs on board of one person through one day, in compiled code: amounts move on, their effects are averaged."""

from __future__ import annotations

import numpy as np
from numba.extending import register_jitable

from seedsoil.biology.body import Effects
from seedsoil.treatments import drug as drugs_of
from seedsoil.treatments import kinetics
from seedsoil.treatments.kinetics import Onboard
from seedsoil.world.equations import update

DEPOT_STEPS = 8  # of half a day: an antibody's last traces still act, so its decay must be true over months
_DAILY, _BOLUS, _DEPOT, _BONE = kinetics.DAILY, kinetics.BOLUS, kinetics.DEPOT, kinetics.BONE
_RADIONUCLIDE = kinetics.RADIONUCLIDE
_FIRST, _SECOND, _THIRD, _EVERY_DAY, _EXPOSURE = range(len(Onboard._fields))
_EFFECTS = len(Effects._fields)
_IS_SHARE = np.array([name in drugs_of.SHARES for name in Effects._fields])
_IS_KILL = np.array([name.startswith("kill_") for name in Effects._fields])


@register_jitable
def _signal(amounts, drug):
    """What the drug's effect depends on: a level, an amount, or a concentration."""
    if drug.form == _DEPOT:
        return amounts[_SECOND] / drug.central
    return amounts[_FIRST]


@register_jitable
def _half_day(amounts, drug, osteoclasts):
    """Carry one drug on for half a day."""
    dt = 0.5
    if drug.form == _DAILY:
        amounts[_FIRST] = kinetics.approach(amounts[_FIRST], amounts[_EVERY_DAY], drug.elimination, dt)
    elif drug.form == _BOLUS:
        amounts[_FIRST] = kinetics.approach(amounts[_FIRST], 0.0, drug.elimination, dt)
    elif drug.form == _RADIONUCLIDE:
        amounts[_FIRST], amounts[_THIRD] = kinetics.radionuclide(amounts[_FIRST], amounts[_THIRD], drug, dt)
    elif drug.form == _BONE:
        a, b = amounts[_FIRST], amounts[_SECOND]
        r0 = kinetics.bone_bound(a, b, osteoclasts, drug)
        a1, b1 = update(a, r0[0][0], r0[0][1], dt), update(b, r0[1][0], r0[1][1], dt)
        r1 = kinetics.bone_bound(a1, b1, osteoclasts, drug)
        amounts[_FIRST] = update(a, 0.5 * (r0[0][0] + r1[0][0]), 0.5 * (r0[0][1] + r1[0][1]), dt)
        amounts[_SECOND] = update(b, 0.5 * (r0[1][0] + r1[1][0]), 0.5 * (r0[1][1] + r1[1][1]), dt)
    else:
        dt /= DEPOT_STEPS
        for _ in range(DEPOT_STEPS):
            x = (amounts[_FIRST], amounts[_SECOND], amounts[_THIRD])
            r0 = kinetics.depot(x, drug)
            x1 = (
                update(x[0], r0[0][0], r0[0][1], dt),
                update(x[1], r0[1][0], r0[1][1], dt),
                update(x[2], r0[2][0], r0[2][1], dt),
            )
            r1 = kinetics.depot(x1, drug)
            for k in range(3):
                amounts[k] = update(x[k], 0.5 * (r0[k][0] + r1[k][0]), 0.5 * (r0[k][1] + r1[k][1]), dt)


@register_jitable
def _act(drug, number, signal, efficacy):
    """Effect of one of a drug's targets at a signal; `efficacy` is what resistance has left of it."""
    if number == 0:
        target, most, half, steepness = drug.target0, drug.most0, drug.half0, drug.steepness0
    elif number == 1:
        target, most, half, steepness = drug.target1, drug.most1, drug.half1, drug.steepness1
    elif number == 2:
        target, most, half, steepness = drug.target2, drug.most2, drug.half2, drug.steepness2
    elif number == 3:
        target, most, half, steepness = drug.target3, drug.most3, drug.half3, drug.steepness3
    elif number == 4:
        target, most, half, steepness = drug.target4, drug.most4, drug.half4, drug.steepness4
    else:
        target, most, half, steepness = drug.target5, drug.most5, drug.half5, drug.steepness5
    j = int(target)
    strength_now = signal / half
    if steepness == 2.0:  # nearly always; a power that is not whole costs as much as everything else here
        strength_now *= strength_now
    elif steepness != 0.0 and steepness != 1.0:
        strength_now = strength_now**steepness
    value = most * (strength_now if steepness == 0.0 else strength_now / (1.0 + strength_now))
    return j, value * efficacy if _IS_KILL[j] else value


@register_jitable
def _felt(point, q, j, value):
    """One more effect on target j at one time of the day: shares leave of what others have left, the rest adds up."""
    if _IS_SHARE[j]:
        point[q, j] = 1.0 - (1.0 - point[q, j]) * (1.0 - min(value, 1.0))
    else:
        point[q, j] += value


@register_jitable
def _day_of_one(amounts, drug, osteoclasts, efficacy, point):
    """One drug through one day: its effects in the morning, at noon and in the evening are added to `point` [3, Effects]. Returns
    the sum of its signals at the three."""
    if drug.resistance > 0.0:
        efficacy = efficacy * np.exp(-drug.resistance * amounts[_EXPOSURE])
    if drug.form == _DAILY and amounts[_FIRST] == amounts[_EVERY_DAY]:  # its level has come to rest: the day is one moment
        signal = _signal(amounts, drug)
        for number in range(drug.acts):
            j, value = _act(drug, number, signal if number < drug.prompt else amounts[_THIRD], efficacy)
            for q in range(3):
                _felt(point, q, j, value)
        return signal + signal + signal
    present = 0.0
    for q in range(3):
        if q > 0:
            _half_day(amounts, drug, osteoclasts)
        signal = _signal(amounts, drug)
        for number in range(drug.acts):
            j, value = _act(drug, number, signal if number < drug.prompt else amounts[_THIRD], efficacy)
            _felt(point, q, j, value)
        present += signal
    return present


@register_jitable
def effects_of_day(people, i, drugs, osteoclasts, point):
    """The day's mean effects of all drugs on board of one person, into `last_effect`; the drugs are carried on by a day."""
    onboard, taking, out = people.onboard[i], people.taking[i], people.last_effect[i]
    for j in range(_EFFECTS):
        for q in range(3):
            point[q, j] = 0.0
    still = taking
    for place in range(onboard.shape[0]):
        if (taking >> place) & 1 == 0:
            continue
        number_of_drug = people.drug[i, place]
        amounts, drug, efficacy = onboard[place], drugs[number_of_drug], people.efficacy[i, number_of_drug]
        if _day_of_one(amounts, drug, osteoclasts, efficacy, point) > 3e-6:
            amounts[_EXPOSURE] += 1.0
        elif amounts[_FIRST] + amounts[_SECOND] + amounts[_THIRD] + amounts[_EVERY_DAY] < 1e-9:
            still &= ~(np.int64(1) << place)
            amounts[_FIRST] = amounts[_SECOND] = amounts[_THIRD] = 0.0
    for j in range(_EFFECTS):
        out[j] = (point[0, j] + 4.0 * point[1, j] + point[2, j]) / 6.0
    people.taking[i] = still
    if still == 0:
        people.settled[i] = False
