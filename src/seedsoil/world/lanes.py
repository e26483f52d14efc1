"""Lanes: a small vector of numbers, one a person, that compiled equations take in place of one number.

The equations of the body are plain arithmetic, so the same functions that run on one person's numbers run on `WIDTH`
people's at once, each operation one instruction of the processor. Nothing here knows what the numbers mean. Vectorisation
is written out, not hoped for: no options of the compiler are touched, and a narrower processor splits the vector.
"""

from __future__ import annotations

import operator

import numpy as np
from llvmlite import ir
from numba.core import cgutils
from numba.core import types as nb
from numba.core.typeconv import Conversion
from numba.core.typing.templates import ConcreteTemplate, infer_global, signature
from numba.extending import (
    intrinsic,
    lower_builtin,
    lower_cast,
    models,
    overload,
    register_jitable,
    register_model,
)

WIDTH = 8
FAST = ("arcp", "afn", "nsz", "nnan", "ninf")
_VECTOR = ir.VectorType(ir.DoubleType(), WIDTH)
_BITS = ir.VectorType(ir.IntType(64), WIDTH)
_INDEX = ir.IntType(32)


class LanesType(nb.Type):
    """The compiler's name for a vector of `WIDTH` doubles."""

    def __init__(self) -> None:
        super().__init__(name=f"lanes{WIDTH}")

    def can_convert_from(self, typing_context, other):
        """One number stands for the same number in every lane."""
        return Conversion.safe if isinstance(other, (nb.Float, nb.Integer)) else None


lanes = LanesType()


@register_model(LanesType)
class _LanesModel(models.PrimitiveModel):
    def __init__(self, manager, kind) -> None:
        super().__init__(manager, kind, _VECTOR)


def every_lane(builder, number):
    """One number in every lane, while code is being written."""
    one = builder.insert_element(ir.Constant(_VECTOR, ir.Undefined), number, ir.Constant(_INDEX, 0))
    order = ir.Constant(ir.VectorType(_INDEX, WIDTH), [0] * WIDTH)
    return builder.shuffle_vector(one, ir.Constant(_VECTOR, ir.Undefined), order)


def _constant(value: float):
    return ir.Constant(_VECTOR, [value] * WIDTH)


def _whole(value: int):
    return ir.Constant(_BITS, [value] * WIDTH)


@lower_cast(nb.Float, lanes)
def _number_in_every_lane(context, builder, given, wanted, value):
    return every_lane(builder, context.cast(builder, value, given, nb.float64))


@lower_cast(nb.Integer, lanes)
def _whole_number_in_every_lane(context, builder, given, wanted, value):
    return every_lane(builder, context.cast(builder, value, given, nb.float64))


# ---- arithmetic ------------------------------------------------------------------------------------------------------


class _TwoLanes(ConcreteTemplate):
    cases = [signature(lanes, lanes, lanes), signature(lanes, lanes, nb.float64), signature(lanes, nb.float64, lanes)]  # noqa: RUF012


class _OneLanes(ConcreteTemplate):
    cases = [signature(lanes, lanes)]  # noqa: RUF012


def _arithmetic(operation, instruction: str) -> None:
    infer_global(operation)(type(f"_{instruction}", (_TwoLanes,), {"key": operation}))

    def emit(context, builder, sig, arguments):
        left, right = arguments
        if instruction == "fdiv" and sig.args[1] != lanes:  # one number divides once, for all lanes
            right = builder.fdiv(ir.Constant(ir.DoubleType(), 1.0), right)
            return builder.fmul(left, every_lane(builder, right), flags=FAST)
        both = [context.cast(builder, value, kind, lanes) for value, kind in zip(arguments, sig.args, strict=True)]
        return getattr(builder, instruction)(*both, flags=FAST)

    for kinds in ((lanes, lanes), (lanes, nb.float64), (nb.float64, lanes)):
        lower_builtin(operation, *kinds)(emit)


for _operation, _instruction in (
    (operator.add, "fadd"), (operator.sub, "fsub"), (operator.mul, "fmul"), (operator.truediv, "fdiv"),
):  # fmt: skip
    _arithmetic(_operation, _instruction)


@infer_global(operator.neg)
class _Negated(_OneLanes):
    key = operator.neg


@lower_builtin(operator.neg, lanes)
def _negate(context, builder, sig, arguments):
    return builder.fsub(_constant(-0.0), arguments[0], flags=FAST)


def _called(builder, name: str, *arguments):
    """One of the compiler's own functions on vectors."""
    kind = ir.FunctionType(_VECTOR, [_VECTOR] * len(arguments))
    function = cgutils.get_or_insert_function(builder.module, kind, f"{name}.v{WIDTH}f64")
    return builder.call(function, arguments, fastmath=FAST)


@infer_global(abs)
class _Absolute(_OneLanes):
    key = abs


@lower_builtin(abs, lanes)
def _absolute(context, builder, sig, arguments):
    return _called(builder, "llvm.fabs", arguments[0])


def _of_one(name: str):
    """A function of lanes that the processor has an instruction for."""

    @intrinsic
    def function(typing_context, x):
        return lanes(lanes), lambda context, builder, sig, arguments: _called(builder, name, *arguments)

    return function


def _of_two(name: str):
    """The same of two."""

    @intrinsic
    def function(typing_context, x, y):
        def build(context, builder, sig, arguments):
            return _called(builder, name, *(context.cast(builder, *one, lanes) for one in zip(arguments, sig.args, strict=True)))

        return lanes(x, y), build

    return function


_root, _floor = _of_one("llvm.sqrt"), _of_one("llvm.floor")
smaller_of, larger_of = _of_two("llvm.minnum"), _of_two("llvm.maxnum")


@intrinsic
def every(typing_context, number):
    """One number in every lane."""
    return lanes(nb.float64), lambda context, builder, sig, arguments: every_lane(builder, arguments[0])


@intrinsic
def kept(typing_context, used, x):
    """x in the lanes in which `used` is not nought, else nought, whatever x is there."""

    def build(context, builder, sig, arguments):
        here = builder.fcmp_ordered("!=", arguments[0], _constant(0.0))
        return builder.select(here, arguments[1], _constant(0.0))

    return lanes(lanes, lanes), build


@intrinsic
def nowhere(typing_context, x):
    """Whether there is nought in every lane."""

    def build(context, builder, sig, arguments):
        some = builder.fcmp_ordered("!=", arguments[0], _constant(0.0))
        bits = builder.bitcast(some, ir.IntType(WIDTH))
        return builder.icmp_unsigned("==", bits, ir.Constant(bits.type, 0))

    return nb.boolean(lanes), build


@overload(np.sqrt)
def _sqrt(x):
    if isinstance(x, LanesType):
        return lambda x: _root(x)
    return None


# ---- exponential and logarithm, without a branch -----------------------------------------------------------------------

# exp: x = n ln 2 + r, the series of exp(r) and n into the exponent's bits; ln 2 in two parts, as after Cody and Waite.
_LN2_HIGH, _LN2_LOW, _LOG2_E = 6.93145751953125e-1, 1.42860682030941723212e-6, 1.4426950408889634
_EXP_MOST = 700.0
# log: m 2^e with m around one, the odd series of log((1 + s) / (1 - s)) with s = (m - 1) / (m + 1).
_ROOT_HALF = 0x3FE6A09E667F3BCD


@intrinsic
def _times_power_of_two(typing_context, x, n):
    """x 2^n for whole n."""

    def build(context, builder, sig, arguments):
        whole = builder.add(builder.fptosi(arguments[1], _BITS), _whole(1023))
        scale = builder.bitcast(builder.shl(whole, _whole(52)), _VECTOR)
        return builder.fmul(arguments[0], scale, flags=FAST)

    return lanes(lanes, lanes), build


@intrinsic
def _taken_apart(typing_context, x):
    """The mantissa between root 1/2 and root 2, and the exponent, of a positive number."""

    def build(context, builder, sig, arguments):
        bits = builder.bitcast(arguments[0], _BITS)
        exponent = builder.ashr(builder.sub(bits, _whole(_ROOT_HALF)), _whole(52))
        mantissa = builder.bitcast(builder.sub(bits, builder.shl(exponent, _whole(52))), _VECTOR)
        return context.make_tuple(builder, sig.return_type, (mantissa, builder.sitofp(exponent, _VECTOR)))

    return nb.UniTuple(lanes, 2)(lanes), build


@register_jitable(forceinline=True)
def _exp_of_lanes(x):
    within = smaller_of(larger_of(x, every(-_EXP_MOST)), every(_EXP_MOST))
    n = _floor(within * _LOG2_E + 0.5)
    r = within - n * _LN2_HIGH
    r = r - n * _LN2_LOW
    far = r * (1 / 3628800.0 + r * (1 / 39916800.0))
    far = r * (1 / 40320.0 + r * (1 / 362880.0 + far))
    far = r * (1 / 720.0 + r * (1 / 5040.0 + far))
    far = r * (1 / 24.0 + r * (1 / 120.0 + far))
    return _times_power_of_two(1.0 + r * (1.0 + r * (0.5 + r * (1 / 6.0 + far))), n)


@register_jitable(forceinline=True)
def _log_of_lanes(x):
    m, e = _taken_apart(x)
    s = (m - 1.0) / (m + 1.0)
    z = s * s
    far = z * (1 / 15.0 + z * (1 / 17.0 + z * (1 / 19.0 + z * (1 / 21.0))))
    far = z * (1 / 9.0 + z * (1 / 11.0 + z * (1 / 13.0 + far)))
    series = 1.0 + z * (1 / 3.0 + z * (1 / 5.0 + z * (1 / 7.0 + far)))
    return e * _LN2_HIGH + (e * _LN2_LOW + 2.0 * s * series)


@overload(np.exp)
def _exp(x):
    if isinstance(x, LanesType):
        return lambda x: _exp_of_lanes(x)
    return None


@overload(np.log)
def _log(x):
    if isinstance(x, LanesType):
        return lambda x: _log_of_lanes(x)
    return None


@overload(operator.pow)
def _power(x, y):
    if isinstance(x, LanesType):
        return lambda x, y: _exp_of_lanes(_log_of_lanes(x) * y)
    return None


# ---- between lanes and arrays ------------------------------------------------------------------------------------------


def _row_pointer(context, builder, kind, array, row):
    """Where one row of an array [rows, WIDTH] of doubles begins, as a vector."""
    made = context.make_array(kind)(context, builder, array)
    at = builder.gep(made.data, [builder.mul(row, ir.Constant(row.type, WIDTH))])
    return builder.bitcast(at, _VECTOR.as_pointer())


@intrinsic
def loaded(typing_context, array, row):
    """One row of an array [rows, WIDTH] as lanes."""

    def build(context, builder, sig, arguments):
        row = context.cast(builder, arguments[1], sig.args[1], nb.intp)
        return builder.load(_row_pointer(context, builder, sig.args[0], arguments[0], row), align=8)

    return lanes(array, row), build


@intrinsic(prefer_literal=True)
def rows_loaded(typing_context, array, first, count):
    """`count` (a constant) rows of an array [rows, WIDTH], from `first` on, as a tuple of lanes."""
    if not isinstance(count, nb.IntegerLiteral):
        return None
    many = count.literal_value

    def build(context, builder, sig, arguments):
        first = context.cast(builder, arguments[1], sig.args[1], nb.intp)
        at = lambda k: _row_pointer(context, builder, sig.args[0], arguments[0], builder.add(first, ir.Constant(first.type, k)))
        return context.make_tuple(builder, sig.return_type, [builder.load(at(k), align=8) for k in range(many)])

    return nb.UniTuple(lanes, many)(array, first, count), build


@intrinsic
def stored(typing_context, array, row, value):
    """Write lanes into one row of an array [rows, WIDTH]."""

    def build(context, builder, sig, arguments):
        row = context.cast(builder, arguments[1], sig.args[1], nb.intp)
        value = context.cast(builder, arguments[2], sig.args[2], lanes)
        builder.store(value, _row_pointer(context, builder, sig.args[0], arguments[0], row), align=8)
        return context.get_dummy_value()

    return nb.void(array, row, value), build


@intrinsic
def record_stored(typing_context, array, first, record):
    """Write a record of lanes or numbers into rows of an array [rows, WIDTH], from `first` on."""

    def build(context, builder, sig, arguments):
        first = context.cast(builder, arguments[1], sig.args[1], nb.intp)
        for k, kind in enumerate(sig.args[2].types):
            value = context.cast(builder, builder.extract_value(arguments[2], k), kind, lanes)
            row = builder.add(first, ir.Constant(first.type, k))
            builder.store(value, _row_pointer(context, builder, sig.args[0], arguments[0], row), align=8)
        return context.get_dummy_value()

    return nb.void(array, first, record), build


@intrinsic
def pairs_stored(typing_context, gains, losses, first, record):
    """Write a record of (gain, loss) pairs into rows of two arrays [rows, WIDTH], from `first` on."""

    def build(context, builder, sig, arguments):
        first = context.cast(builder, arguments[2], sig.args[2], nb.intp)
        for k, pair in enumerate(sig.args[3].types):
            row = builder.add(first, ir.Constant(first.type, k))
            for part, kind in enumerate(pair.types):
                value = builder.extract_value(builder.extract_value(arguments[3], k), part)
                at = _row_pointer(context, builder, sig.args[part], arguments[part], row)
                builder.store(context.cast(builder, value, kind, lanes), at, align=8)
        return context.get_dummy_value()

    return nb.void(gains, losses, first, record), build
