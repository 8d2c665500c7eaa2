"""Code for LLVM without what it would take out first: elements of arrays, and the ends of variables.

Numba makes a copy of all that describes an array for each access to it, and reads and clears each variable after its
last use, whether it holds memory or not. That is most of the code that LLVM is given.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from numba.core import cgutils, types
from numba.core.lowering import Lower
from numba.np import arrayobj

from zygote_nb.backend import counters

PLAIN = types.Number, types.Boolean
NAMES = "lower_getitem", "lower_setitem", "delvar", "incref", "decref", "lower_expr", "storevar"
GETITEM, SETITEM, DELETE, COUNT, UNCOUNT, _, STORE = (getattr(Lower, name) for name in NAMES)


@contextmanager
def directly() -> Iterator[None]:
    """Within it, Numba writes such code. To be entered where its lock for compilation is held."""
    before = [getattr(Lower, name) for name in NAMES]
    own = lower_getitem, lower_setitem, delete, count, uncount, counters.expression, store
    for name, changed in zip(NAMES, own, strict=True):
        setattr(Lower, name, changed)
    try:
        yield
    finally:
        for name, each in zip(NAMES, before, strict=True):
            setattr(Lower, name, each)


def lower_getitem(lower: Lower, resty: Any, expr: Any, value: Any, index: Any, signature: Any) -> Any:
    if not is_one(lower, value.name, index.name, signature):
        return GETITEM(lower, resty, expr, value, index, signature)
    found = read(lower, value.name, index.name, signature)
    return lower.context.cast(lower.builder, found, signature.return_type, resty)


def lower_setitem(lower: Lower, target: Any, index: Any, value: Any, signature: Any) -> Any:
    if not is_one(lower, target.name, index.name, signature):
        return SETITEM(lower, target, index, value, signature)
    return write(lower, target.name, index.name, value.name, signature)


def holds_memory(lower: Lower, kind: Any) -> bool:
    known: dict[Any, bool] = lower.__dict__.setdefault("holds_memory", {})
    if kind not in known:
        known[kind] = lower.context.data_model_manager[kind].contains_nrt_meminfo()
    return known[kind]


def delete(lower: Lower, name: str) -> None:
    if holds_memory(lower, lower.typeof(name)):
        DELETE(lower, name)


def count(lower: Lower, kind: Any, value: Any) -> None:
    if holds_memory(lower, kind):
        COUNT(lower, kind, value)


def uncount(lower: Lower, kind: Any, value: Any) -> None:
    if holds_memory(lower, kind):
        UNCOUNT(lower, kind, value)


def store(lower: Lower, value: Any, name: str, argidx: Any = None) -> None:
    """Binds a variable. What it held is read, to be let go of, if it is memory."""
    counters.noted(lower, value, name)
    plain = argidx is None and name not in lower._singly_assigned_vars
    if not plain or holds_memory(lower, lower.typeof(name)):
        STORE(lower, value, name, argidx)
        return
    place = lower.getvar(name)
    assert value.type == place.type.pointee
    lower.builder.store(value, place)


def is_one(lower: Lower, array: str, index: str, signature: Any) -> bool:
    """Whether a variable that holds integers for all axes says which element of an array of numbers is meant."""
    kind, wanted, *_ = signature.args
    if type(kind) is not types.Array or not isinstance(kind.dtype, PLAIN) or lower.typeof(array) != kind:
        return False
    parts = (*parts_of(wanted), *parts_of(lower.typeof(index)))
    return len(parts) == 2 * kind.ndim > 0 and all(isinstance(p, types.Integer) for p in parts)


def parts_of(index: Any) -> tuple[Any, ...]:
    return tuple(index) if isinstance(index, types.BaseTuple) else (index,)


def read(lower: Lower, array: str, index: str, signature: Any) -> Any:
    """The element of the variable ``array`` at the place that the variable ``index`` holds."""
    kind = signature.args[0]
    return arrayobj.load_item(lower.context, lower.builder, kind, pointer(lower, array, index, signature))


def write(lower: Lower, array: str, index: str, value: str, signature: Any) -> None:
    kind, _, given = signature.args
    context, builder = lower.context, lower.builder
    cast = context.cast(builder, lower.loadvar(value), lower.typeof(value), given)
    place = pointer(lower, array, index, signature)
    arrayobj.store_item(context, builder, kind, context.cast(builder, cast, given, kind.dtype), place)


def pointer(lower: Lower, array: str, index: str, signature: Any) -> Any:
    """Where the element is. Indices are counted from the end, and checked, where Numba does so."""
    context, builder, kind = lower.context, lower.builder, signature.args[0]
    wanted, axes = parts_of(signature.args[1]), range(kind.ndim)
    needed = axes if context.enable_boundscheck or any(w.signed for w in wanted) else strided(kind)
    shape = [part(lower, array, "shape", i) if i in needed else None for i in axes]
    strides = [part(lower, array, "strides", i) for i in axes] if kind.layout == "A" else []

    def place(axis: int, given: Any, value: Any) -> Any:
        asked = wanted[axis]
        cast = context.cast(builder, value, given, asked)
        found = arrayobj.fix_integer_index(context, builder, asked, cast, shape[axis])
        if context.enable_boundscheck:
            cgutils.do_boundscheck(context, builder, found, shape[axis], axis)
        return found

    places = list(map(place, axes, parts_of(lower.typeof(index)), values(lower, index)))
    data = part(lower, array, "data")
    return cgutils.get_item_pointer2(context, builder, data, shape, strides, kind.layout, places)


def strided(kind: Any) -> range:
    """The axes whose lengths say how far elements along the others are apart."""
    return {"C": range(1, kind.ndim), "F": range(kind.ndim - 1)}.get(kind.layout, range(0))


def values(lower: Lower, index: str) -> list[Any]:
    value, kind = lower.loadvar(index), lower.typeof(index)
    if isinstance(kind, types.BaseTuple):
        return [lower.builder.extract_value(value, i) for i in range(len(kind))]
    return [value]


def part(lower: Lower, array: str, name: str, *axis: int) -> Any:
    """A field of what describes the array."""
    field = lower.context.data_model_manager[lower.typeof(array)].get_field_position(name)
    if array in lower._blk_local_varmap:
        return lower.builder.extract_value(lower.loadvar(array), (field, *axis))
    return lower.builder.load(cgutils.gep_inbounds(lower.builder, lower.getvar(array), 0, field, *axis))
