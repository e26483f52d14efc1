"""A record that nobody writes to while compiled code runs: its fields are read once, whatever else is written in between.

To the compiler any number that is written could lie where the record lies, so that it would read a field, and reckon what
follows from it, anew after every one. The numbers of the model are such a record: what hangs on them alone is reckoned
once for all lesions and both stages of a step.
"""

from __future__ import annotations

from llvmlite import ir
from numba.core import types as nb
from numba.core.typing.templates import AttributeTemplate, infer_getattr
from numba.extending import intrinsic, lower_getattr_generic, models, register_model


class SteadyType(nb.Type):
    """The compiler's name for such a record."""

    def __init__(self, record: nb.Record) -> None:
        self.record = record
        super().__init__(name=f"steady({record.name})")


@register_model(SteadyType)
class _SteadyModel(models.PrimitiveModel):
    def __init__(self, manager, kind) -> None:
        super().__init__(manager, kind, ir.IntType(8).as_pointer())


@infer_getattr
class _Field(AttributeTemplate):
    key = SteadyType

    def generic_resolve(self, steady, name):
        return steady.record.typeof(name) if name in steady.record.fields else None


@lower_getattr_generic(SteadyType)
def _read(context, builder, steady, pointer, name):
    kind = context.get_data_type(steady.record.typeof(name))
    at = builder.gep(pointer, [ir.Constant(ir.IntType(64), steady.record.offset(name))])
    value = builder.load(builder.bitcast(at, kind.as_pointer()), align=8)
    value.set_metadata("invariant.load", builder.module.add_metadata([]))
    return value


@intrinsic
def steady(typing_context, record):
    """The record, which stays as it is. It must be a row of an array that outlives what is made of it."""

    def build(context, builder, sig, arguments):
        return builder.bitcast(arguments[0], ir.IntType(8).as_pointer())

    return SteadyType(record)(record), build
