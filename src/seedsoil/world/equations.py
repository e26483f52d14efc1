"""The equations made ready for compiled code: registered from outside, so that their sources stay plain Python."""

from __future__ import annotations

import types

import numpy as np
from numba.extending import overload, register_jitable

from seedsoil.biology import bone, cord, minerals, person, rates, spread, strength, tumour
from seedsoil.grammar import algebra, luck
from seedsoil.treatments import kinetics
from seedsoil.world.lanes import LanesType, larger_of, nowhere, smaller_of
from seedsoil.world.records import Noticed

EQUATIONS = (algebra, bone, tumour, minerals, strength, cord, spread, person, rates, kinetics)
OPTIONS = {"fastmath": {"arcp", "afn", "nsz", "nnan", "ninf"}, "error_model": "numpy", "nogil": True}


_AT_ONCE = (algebra.larger, algebra.smaller, algebra.positive, algebra.five_eighths)  # that lanes have a shorter way for


@overload(algebra.larger, jit_options={"forceinline": True})
def _larger(a, b):
    return (lambda a, b: larger_of(a, b)) if LanesType in (type(a), type(b)) else algebra.larger


@overload(algebra.smaller, jit_options={"forceinline": True})
def _smaller(a, b):
    return (lambda a, b: smaller_of(a, b)) if LanesType in (type(a), type(b)) else algebra.smaller


@overload(algebra.positive, jit_options={"forceinline": True})
def _positive(x):
    return (lambda x: larger_of(x, 0.0)) if isinstance(x, LanesType) else algebra.positive


@overload(algebra.five_eighths, jit_options={"forceinline": True})
def _five_eighths(x):
    if not isinstance(x, LanesType):
        return algebra.five_eighths

    def of_lanes(x):
        if nowhere(x):  # mostly: what few drugs bring
            return x
        half = np.sqrt(x)
        return half * np.sqrt(np.sqrt(half))

    return of_lanes


def _register(*modules: types.ModuleType) -> None:
    """Let compiled code call the plain functions of these modules."""
    for module in modules:
        for item in vars(module).values():
            if isinstance(item, types.FunctionType) and item.__module__ == module.__name__ and item not in _AT_ONCE:
                register_jitable(forceinline=True)(item)


_register(*EQUATIONS)
register_jitable(forceinline=True)(luck.philox)


def rounds(day, stream, index, seed, person):
    """The words of many counters, for `luck.rounds`."""
    out = np.empty((4, day.shape[0]), np.uint64)
    nothing = np.uint64(0)
    for i in range(day.shape[0]):
        out[0, i], out[1, i], out[2, i], out[3, i] = luck.philox(day[i], stream, index[i], nothing, seed, person[i])
    return out


def units(day, stream, index, seed, person):
    """A uniform number of each, for `luck.units`."""
    out = np.empty(day.shape[0])
    nothing = np.uint64(0)
    for i in range(day.shape[0]):
        one, other, _, _ = luck.philox(day[i], stream, index[i], nothing, seed, person[i])
        out[i] = (np.float64((one << np.uint64(21)) + (other >> np.uint64(11))) + 0.5) * 2.0**-53
    return out


@register_jitable(forceinline=True)
def step_parts(x, gain, loss, dt):
    """What is divided by what in `update`."""
    z = loss * dt
    a = 1.0 + z * (0.5 + z / 6.0)
    return x + dt * gain * a, 1.0 + z * a


@register_jitable(forceinline=True)
def update(x, gain, loss, dt):
    """One step of dx/dt = gain - loss x: third order in dt, positive, stable however fast the loss."""
    above, below = step_parts(x, gain, loss, dt)
    return above / below


@register_jitable(forceinline=True)
def noticed(y, x, sums, rx, unhealed, p):
    """What a person notices; `unhealed` is the freshest fracture."""
    return Noticed(
        worst_pain=person.worst_pain(y, x, sums, rx, p),
        usual_pain=person.usual_pain(y, x, sums, rx, p),
        calcium=y.calcium,
        function=y.function,
        cord_deficit=sums.cord_deficit,
        immobility=sums.immobility,
        unhealed=unhealed,
    )
