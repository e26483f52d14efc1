"""A step of all states of a record at once, as vectors and without a detour through memory.

What the compiler knows of a rate it can use: a loss that is one number for everybody makes the whole of its divisor one
number, and a gain of nought falls away. Other divisors are inverted in small groups, as one division costs more than the
products that take its place. Which states share a group is fixed, so that everybody's digits come about in one way.
"""

from __future__ import annotations

from llvmlite import ir
from numba.core import cgutils
from numba.core import types as nb
from numba.extending import intrinsic

from seedsoil.world.equations import step_parts
from seedsoil.world.lanes import FAST, every_lane, lanes

TOGETHER = 4  # divisors inverted as one


def _times(builder, *factors):
    product = factors[0]
    for factor in factors[1:]:
        product = builder.fmul(product, factor, flags=FAST)
    return product


def _inverted(builder, divisors: list) -> list:
    """One over each of some vectors, by one division."""
    if len(divisors) == 1:
        one = ir.Constant(divisors[0].type, [1.0] * divisors[0].type.count)
        return [builder.fdiv(one, divisors[0], flags=FAST)]
    half = len(divisors) // 2
    left, right = divisors[:half], divisors[half:]
    products = [_times(builder, *part) for part in (left, right)]
    whole = _inverted(builder, [_times(builder, *products)])[0]
    out = []
    for part, other in ((left, products[1]), (right, products[0])):
        over = _times(builder, whole, other)  # one over the product of this half
        out += [over] if len(part) == 1 else [_times(builder, over, *(d for d in part if d is not one)) for one in part]
    return out


def _half_of_sum(builder, one, other):
    half = ir.Constant(one.type, [0.5] * one.type.count if isinstance(one.type, ir.VectorType) else 0.5)
    return builder.fmul(builder.fadd(one, other, flags=FAST), half, flags=FAST)


@intrinsic
def stepped(typing_context, states, rates, dt):
    """The states of a record carried on by `dt` days with a record of (gain, loss) pairs; see `equations.update`."""
    kinds = [lanes if pair.types[1] == lanes else nb.float64 for pair in rates.types]  # of the divisors

    def build(context, builder, sig, arguments):
        states, rates, dt = arguments
        dt = context.cast(builder, dt, sig.args[2], nb.float64)
        above, below = [], []
        for k, (pair, kind) in enumerate(zip(sig.args[1].types, kinds, strict=True)):
            made = context.compile_internal(
                builder, step_parts, nb.Tuple((lanes, kind))(lanes, *pair.types, nb.float64),
                (builder.extract_value(states, k), *(builder.extract_value(rates, [k, part]) for part in (0, 1)), dt),
            )  # fmt: skip
            above.append(builder.extract_value(made, 0))
            below.append(builder.extract_value(made, 1))
        one = ir.Constant(ir.DoubleType(), 1.0)
        inverse = {k: every_lane(builder, builder.fdiv(one, below[k])) for k, kind in enumerate(kinds) if kind != lanes}
        own = [k for k, kind in enumerate(kinds) if kind == lanes]
        for first in range(0, len(own), TOGETHER):
            group = own[first : first + TOGETHER]
            inverse |= zip(group, _inverted(builder, [below[k] for k in group]), strict=True)
        return context.make_tuple(builder, sig.return_type, [_times(builder, over, inverse[k]) for k, over in enumerate(above)])

    return nb.UniTuple(lanes, len(kinds))(states, rates, dt), build


@intrinsic
def mean_rates(typing_context, first, second):
    """The mean of two records of (gain, loss) pairs."""

    def build(context, builder, sig, arguments):
        made = ir.Constant(context.get_value_type(sig.return_type), ir.Undefined)
        for k in range(len(sig.return_type)):
            for part in (0, 1):
                sides = (builder.extract_value(record, [k, part]) for record in arguments)
                made = builder.insert_value(made, _half_of_sum(builder, *sides), [k, part])
        return made

    return nb.Tuple(first.types)(first, second), build


@intrinsic
def halfway(typing_context, before, after):
    """What lies halfway between two tuples of lanes."""

    def build(context, builder, sig, arguments):
        each = zip(*(cgutils.unpack_tuple(builder, one) for one in arguments), strict=True)
        return context.make_tuple(builder, sig.return_type, [_half_of_sum(builder, *pair) for pair in each])

    return nb.UniTuple(lanes, len(before))(before, after), build
