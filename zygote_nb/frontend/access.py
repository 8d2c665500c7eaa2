"""Lowering of attributes and subscripts, read."""

from __future__ import annotations

import ast
import builtins
import operator
from types import FunctionType, MethodType, ModuleType
from typing import TYPE_CHECKING, Any

import numpy as np

from zygote_nb.dataclass import replace
from zygote_nb.frontend import grids, overloads
from zygote_nb.frontend.classes import Super, bound_method, class_entry, read_attribute, super_attribute
from zygote_nb.frontend.growing import dynamic_item
from zygote_nb.frontend.heap import Obj
from zygote_nb.frontend.layout import is_users_class
from zygote_nb.frontend.maybe import Maybe, given
from zygote_nb.frontend.oneof import dispatched, is_one_of
from zygote_nb.frontend.rows import Rows
from zygote_nb.frontend.values import is_library_module, is_slice, make_tuple, none, slice_of, static
from zygote_nb.ir.callables import Attribute
from zygote_nb.ir.core import Apply, Const, Expr, Tuple
from zygote_nb.ir.kinds import INT, Array, Bottom, ListOf, Opaque, Scalar, Static, TupleOf, describe

if TYPE_CHECKING:
    from zygote_nb.frontend.lower import Lowering

ARRAY_ATTRIBUTES = {
    "T",
    "mT",
    "size",
    "shape",
    "ndim",
    "dtype",
    "real",
    "imag",
    "itemsize",
    "nbytes",
    "strides",
    "base",
}
FLAT = "`flat` of an array is an iterator over its memory"
FLAT_HINT = "read entries of `x.ravel()`, and write to entries by their indices, as in `x[i, j] = value`"


def lower_attribute(lo: Lowering, node: ast.Attribute) -> Any:
    return attribute_of(lo, node, lo.value(node.value), node.attr)


def attribute_of(lo: Lowering, node: ast.AST, base: Any, name: str) -> Any:
    """``base.name``, for any value."""
    if isinstance(base, Maybe):
        base = given(lo, base, AttributeError)
    if is_one_of(base):
        return dispatched(lo, node, base, lambda obj: lo.evaluated(read_attribute(lo, node, obj, name), node))
    if isinstance(base, Obj):
        return read_attribute(lo, node, base, name)
    if is_slice(base) and name in ("start", "stop", "step"):
        return base.args[("start", "stop", "step").index(name)]
    if isinstance(base, Const) and isinstance(base.value, Super):
        return super_attribute(lo, node, base.value, name)
    if isinstance(base, Const) and isinstance(base.kind, Static):
        return static_attribute(lo, node, base, name)
    if isinstance(base, Tuple) and name in getattr(base.cls, "_fields", ()):
        return base.items[base.cls._fields.index(name)]  # type: ignore[attr-defined]
    if isinstance(base, Tuple) and class_entry(base.cls, name).__class__ in (FunctionType, property):
        return of_tuple_class(lo, node, base, name)
    if isinstance(base.kind, (Array, Scalar)):
        return array_attribute(lo, node, base, name)
    from zygote_nb.frontend import carrying

    if carrying.is_followed(lo, base):
        found = carrying.attribute(lo, node, base, name)
        if found is not None:
            return found
    if isinstance(base.kind, Opaque):
        return Apply(Attribute(name), (base,), (), Opaque("object"), None, lo.span(node))
    if isinstance(base.kind, ListOf) and hasattr(list, name):
        return bound_method(lo, node, static(getattr(list, name), name), base)
    what = f"attribute `{name}` of {describe(base.kind)} is not differentiated"
    raise lo.refuse(node, what, "pass the value as an argument of its own")


def of_tuple_class(lo: Lowering, node: ast.AST, base: Tuple, name: str) -> Any:
    """A method or property of a class derived from a named tuple."""
    entry = class_entry(base.cls, name)
    if isinstance(entry, property):
        return lo.call_value(node, static(entry.fget, name), [base], ())
    return bound_method(lo, node, static(entry, name), base)


def static_attribute(lo: Lowering, node: ast.AST, base: Const, name: str) -> Any:
    try:
        value = getattr(base.value, name)
    except AttributeError as error:
        raise lo.refuse(node, str(error), "check the spelling") from None
    text = f"{base.text}.{name}"
    if isinstance(base.value, ModuleType) and is_library_module(base.value):
        return lo.program.static_or_number(lo, node, value, text)
    if (
        isinstance(base.value, ModuleType)
        or (isinstance(base.value, type) and is_open_class(base.value))
        or (isinstance(base.value, FunctionType) and name in vars(base.value))
    ):
        # What a module, a class or a function holds may change between calls, as globals may.
        path = (*lo.program.way_to(base.value), ("attribute", name))
        if isinstance(value, MethodType) and value.__self__ is base.value and not lo.program.is_primitive(value):
            function = lo.program.free_value(lo, node, name, (*path, ("attribute", "__func__")))
            return bound_method(lo, node, function, base)
        return lo.program.free_value(lo, node, name, path)
    if isinstance(value, MethodType) and value.__self__ is base.value and is_users_class(type(base.value)):
        return bound_method(lo, node, static(value.__func__, name), base)
    if callable(value) or isinstance(value, (type, np.dtype, str, type(None))):
        return static(value, text)
    if isinstance(value, (bool, int, float)):
        return lo.constant(value)
    what = f"attribute `{name}` of {type(base.value).__name__} object is not differentiated"
    raise lo.refuse(node, what, "pass the value as an argument of its own")


def is_open_class(cls: type) -> bool:
    return is_users_class(cls) or issubclass(cls, BaseException) or hasattr(cls, "_fields")


def array_attribute(lo: Lowering, node: ast.AST, base: Expr, name: str) -> Expr:
    kind = base.kind
    if name == "ndim":
        return Const(kind.ndim if isinstance(kind, Array) else 0, INT)
    if name == "shape" and isinstance(kind, Array):
        whole = TupleOf((INT,) * kind.ndim)
        shape = Apply(Attribute("shape"), (base,), (), whole)
        axes = [Apply(operator.getitem, (shape, Const(i, INT)), (), INT) for i in range(kind.ndim)]
        return Tuple(tuple(axes), tuple, whole)
    if name == "flat" and isinstance(kind, Array):
        raise lo.refuse(node, FLAT, FLAT_HINT)
    if name not in ARRAY_ATTRIBUTES:
        what = f"attribute `{name}` of {describe(kind)} is not known"
        raise lo.refuse(node, what, "use a NumPy function instead")
    return lo.apply(node, Attribute(name), [base])


def lower_subscript(lo: Lowering, node: ast.Subscript) -> Any:
    base, index = lo.held([node.value, node.slice])
    return getitem(lo, node, base, index)


def getitem(lo: Lowering, node: ast.AST, base: Any, index: Any) -> Any:
    index = lo.snapshot(index)
    if isinstance(base, Obj) and base.cls is Rows and is_slice(index):
        return sliced(lo, node, base, index)
    if isinstance(base, Obj):
        return overloads.item(lo, node, base, index)
    if isinstance(base, Tuple):
        return tuple_item(lo, node, base, index)
    if isinstance(base, Const) and isinstance(base.value, (tuple, str, dict)) and isinstance(index, Const):
        return lo.constant(base.value[index.value])
    if isinstance(base, Const) and isinstance(base.value, str) and is_slice(index) and is_constant(index):
        return lo.constant(base.value[slice(*(a.value for a in index.args))])
    if isinstance(base, Const) and isinstance(base.value, range) and overloads.is_integer(index):
        return overloads.of_range(lo, node, tuple(map(lo.constant, overloads.bounds_of(base.value))), index)
    make = grids.maker(base)
    if make is not None:
        return make(lo, node, index)
    if isinstance(base.kind, Opaque):
        return Apply(operator.getitem, (base, index), (), Opaque("object"), None, lo.span(node))
    if isinstance(base.kind, Scalar) and base.kind.weak is False and index == Tuple(()):
        return base
    if not isinstance(base.kind, (Array, ListOf, Bottom)):
        what = f"{describe(base.kind)} can't be indexed here"
        raise lo.refuse(node, what, "index arrays, lists, dicts and tuples")
    if isinstance(base.kind, ListOf) and is_slice(index):
        return sliced(lo, node, base, index)
    if isinstance(index, Tuple) and index.cls is list:
        index = lo.as_array(node, index)
    found = lo.apply(node, operator.getitem, [base, index])
    if isinstance(base.kind, ListOf) and base.kind.item is None:
        return replace(found, kind=Bottom())
    if isinstance(base.kind, ListOf) and isinstance(base.kind.item, ListOf):
        return replace(found, kind=base.kind.item)  # equal kinds may say different places
    return found


def sliced(lo: Lowering, node: ast.AST, base: Any, index: Any) -> Any:
    from zygote_nb.frontend.comprehensions import sliced_list

    return sliced_list(lo, node, base, index)


def is_constant(index: Apply) -> bool:
    return all(isinstance(a, Const) for a in index.args)


def tuple_item(lo: Lowering, node: ast.AST, base: Tuple, index: Expr) -> Any:
    match index:
        case Const(value=bool()):
            return tuple_item(lo, node, base, Const(int(index.value), INT))
        case Const(value=int(i)) if -len(base.items) <= i < len(base.items):
            return base.items[i]
        case Apply(fn=builtins.slice, args=parts) if all(isinstance(p, Const) for p in parts):
            chosen = base.items[slice(*(p.value for p in parts))]  # type: ignore[union-attr]
            return make_tuple(chosen, base.cls if base.cls is list else tuple)
    if isinstance(index, Const):
        raise lo.raised(node, IndexError, f"{base.cls.__name__} index out of range")
    return dynamic_item(lo, node, base, index)


def lower_slice(lo: Lowering, node: ast.Slice) -> Expr:
    given = (node.lower, node.upper, node.step)
    found = iter(lo.exprs([p for p in given if p is not None]))
    return slice_of([none() if p is None else next(found) for p in given])
