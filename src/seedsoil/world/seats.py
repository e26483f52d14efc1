"""Numbers of one person into one lane, and back: a person's lie one after the other, a lane's a row apart."""

from __future__ import annotations

from llvmlite import ir
from numba.core import cgutils
from numba.core import types as nb
from numba.extending import intrinsic

from seedsoil.world.lanes import WIDTH

LINE = 64  # bytes that memory gives at a time: a row of lanes
INDEX = ir.IntType(32)


@intrinsic
def fetched(typing_context, array, row, count):
    """Ask for the first `count` bytes of one row of an array, which will be read soon; nothing waits for them."""

    def build(context, builder, sig, arguments):
        made = context.make_array(sig.args[0])(context, builder, arguments[0])
        row, count = (context.cast(builder, arguments[k], sig.args[k], nb.intp) for k in (1, 2))
        stride = builder.extract_value(made.strides, 0)
        byte = ir.IntType(8).as_pointer()
        begin = builder.gep(builder.bitcast(made.data, byte), [builder.mul(row, stride)])
        kind = ir.FunctionType(ir.VoidType(), [byte, INDEX, INDEX, INDEX])
        fetch = cgutils.get_or_insert_function(builder.module, kind, "llvm.prefetch.p0")
        lines = builder.udiv(builder.add(count, ir.Constant(count.type, LINE - 1)), ir.Constant(count.type, LINE))
        with cgutils.for_range(builder, lines) as loop:
            at = builder.gep(begin, [builder.mul(loop.index, ir.Constant(count.type, LINE))])
            builder.call(fetch, [at, *(ir.Constant(INDEX, k) for k in (0, 3, 1))])  # to read, to stay, data
        return context.get_dummy_value()

    return nb.void(array, row, count), build


def _first_number(context, builder, kind, array, place):
    """Where the numbers of an array begin that stand at `place`, the first of its indices."""
    made = context.make_array(kind)(context, builder, array)
    strides = cgutils.unpack_tuple(builder, made.strides, kind.ndim)
    bytes_ = ir.Constant(strides[0].type, 0)
    for index, stride in zip(cgutils.unpack_tuple(builder, place), strides, strict=False):
        bytes_ = builder.add(bytes_, builder.mul(index, stride))
    return cgutils.pointer_add(builder, made.data, bytes_, context.get_value_type(kind.dtype).as_pointer())


def _lane_pointer(context, builder, kind, array, first, lane):
    """The number of a lane in a row of an array [rows, WIDTH]."""
    made = context.make_array(kind)(context, builder, array)
    return builder.gep(made.data, [builder.add(builder.mul(first, ir.Constant(first.type, WIDTH)), lane)])


# One after the other, written out: made a loop, the compiler would write to eight rows at once, which takes longer.


@intrinsic(prefer_literal=True)
def lane_taken(typing_context, array, first, lane, source, place, count):
    """Write `count` (a constant) numbers, one after the other from the first at `place` (a tuple of indices) of `source` on, into
    one lane of an array [rows, WIDTH], from row `first` on."""
    if not isinstance(count, nb.IntegerLiteral):
        return None

    def build(context, builder, sig, arguments):
        array, first, lane, source, place, _ = arguments
        begin, kind = _first_number(context, builder, sig.args[3], source, place), sig.args[3].dtype
        into = _lane_pointer(context, builder, sig.args[0], array, first, lane)
        for k in range(count.literal_value):
            value = context.cast(builder, builder.load(builder.gep(begin, [ir.Constant(INDEX, k)])), kind, nb.float64)
            builder.store(value, builder.gep(into, [ir.Constant(INDEX, k * WIDTH)]))
        return context.get_dummy_value()

    return nb.void(array, nb.intp, nb.intp, source, nb.UniTuple(nb.intp, len(place)), count), build


@intrinsic(prefer_literal=True)
def lane_given(typing_context, array, first, lane, target, place, count):
    """Write `count` (a constant) rows of one lane of an array [rows, WIDTH], from row `first` on, to where `lane_taken` takes them
    from."""
    if not isinstance(count, nb.IntegerLiteral):
        return None

    def build(context, builder, sig, arguments):
        array, first, lane, target, place, _ = arguments
        begin = _first_number(context, builder, sig.args[3], target, place)
        out = _lane_pointer(context, builder, sig.args[0], array, first, lane)
        for k in range(count.literal_value):
            value = builder.load(builder.gep(out, [ir.Constant(INDEX, k * WIDTH)]))
            builder.store(value, builder.gep(begin, [ir.Constant(INDEX, k)]))
        return context.get_dummy_value()

    return nb.void(array, nb.intp, nb.intp, target, nb.UniTuple(nb.intp, len(place)), count), build
