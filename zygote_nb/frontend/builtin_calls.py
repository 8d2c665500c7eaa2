"""Builtins that the lowering itself understands.

``SPECIAL`` are those that look at the expressions they are given, ``CALLS`` those that only need their values.
"""

from __future__ import annotations

import ast
import builtins
import copy
import dataclasses
import operator
from collections import Counter, OrderedDict, defaultdict, deque
from collections.abc import Callable
from types import FunctionType, MethodType, ModuleType
from typing import Any

import numpy as np

from zygote_nb.frontend import descriptors, overloads
from zygote_nb.frontend.along import call_along_axis, call_from_function, call_over_axes, call_piecewise
from zygote_nb.frontend.classes import class_entry, has_attribute, write_attribute
from zygote_nb.frontend.copies import call_as, call_copy, call_replace
from zygote_nb.frontend.dicts import make_dict
from zygote_nb.frontend.displays import items as spread_items
from zygote_nb.frontend.heap import Obj, entries, write_field
from zygote_nb.frontend.inplace import copy_into, fill_diagonal, place, put_along_axis, put_into, put_mask
from zygote_nb.frontend.local import LocalFunction
from zygote_nb.frontend.lower import Lowering
from zygote_nb.frontend.members import new_set
from zygote_nb.frontend.oneof import is_instance, is_one_of
from zygote_nb.frontend.reduced import call_any_all, call_min_max, call_sum
from zygote_nb.frontend.rows import Rows
from zygote_nb.frontend.sequence_calls import call_deque, call_list, call_sorted, call_zip_expression
from zygote_nb.frontend.steering import call_hook, call_ignore, call_isderiving, call_showgrad
from zygote_nb.frontend.tables import Table, call_counter, default_dict
from zygote_nb.frontend.templates import Members
from zygote_nb.frontend.values import none, static
from zygote_nb.frontend.written_as import call_complex, call_eig, call_with_complex_result
from zygote_nb.ir.core import FALSE, TRUE, Apply, Const, Expr, Tuple
from zygote_nb.ir.kinds import BOOL, INT, Array, Kind, ListOf, Opaque, Scalar, Static, describe
from zygote_nb.runtime.arrays import literal
from zygote_nb.runtime.steering import hook, ignore_derivatives, isderiving, showgrad

Kwargs = tuple[tuple[str, Any], ...]
Special = Callable[[Lowering, ast.Call], Any]


def call_print(lo: Lowering, node: ast.Call) -> Expr:
    values = spread_items(lo, [*node.args, *(k.value for k in node.keywords)])
    split = len(values) - len(node.keywords)
    args = tuple(lo.shown(node, v) for v in values[:split])
    kwargs = tuple((k.arg or "", lo.snapshot(v)) for k, v in zip(node.keywords, values[split:], strict=True))
    lo.effect(node, Apply(print, args, kwargs, Static(None), None, lo.span(node)))
    return none()


def call_locals(what: str, hint: str) -> Special:
    def lower(lo: Lowering, node: ast.Call) -> Any:
        raise lo.refuse(node, what, hint)

    return lower


# What only needs values


def call_len(lo: Lowering, node: ast.AST, args: list[Any], kwargs: Kwargs) -> Expr:
    value = args[0]
    if isinstance(value, Obj):
        return overloads.length(lo, node, value)
    if isinstance(value, Tuple):
        return Const(len(value.items), INT)
    if isinstance(value, Const) and isinstance(value.kind, Static):
        return Const(len(value.value), INT)
    return lo.length(value)


def call_isinstance(lo: Lowering, node: ast.AST, args: list[Any], kwargs: Kwargs) -> Expr:
    value, classes = args[0], lo.snapshot(args[1])
    wanted = tuple(c.value for c in classes.items) if isinstance(classes, Tuple) else classes.value
    if isinstance(wanted, Apply):
        raise lo.refuse(node, "the class isn't known", "name the class")
    if is_one_of(value):
        return is_instance(lo, node, value, wanted)
    if value.kind == Opaque("exception"):
        return Apply(isinstance, (value, classes), (), BOOL, None, lo.span(node))
    return TRUE if issubclass(class_of(lo, node, value), wanted) else FALSE


def class_of(lo: Lowering, node: ast.AST, value: Any) -> type:
    if is_one_of(value):
        raise lo.refuse(node, "the class of this object is known only when the program runs", "ask `isinstance`")
    match value, value.kind:
        case Obj(), _:
            return {Rows: list, Table: dict, Members: set}.get(value.cls, value.cls)
        case Tuple(), _:
            return value.cls
        case Const(), _:
            return FunctionType if isinstance(value.value, LocalFunction) else type(value.value)
        case _, Array():
            return np.ndarray
        case _, ListOf():
            return list
        case _, Scalar(weak=True):
            return {"f": float, "i": int, "b": bool, "c": complex}[value.kind.dtype[0]]
        case _, Scalar(weak=False):
            return np.dtype(value.kind.dtype).type
        case _, Opaque(what="str"):
            return str
    raise lo.refuse(node, f"the class of {describe(value.kind)} isn't known", "test before the call")


def call_type(lo: Lowering, node: ast.AST, args: list[Any], kwargs: Kwargs) -> Expr:
    if args[0].kind == Opaque("exception"):
        return Apply(type, (args[0],), (), Opaque("class"), None, lo.span(node))
    cls = class_of(lo, node, args[0])
    return static(cls, cls.__name__)


def call_callable(lo: Lowering, node: ast.AST, args: list[Any], kwargs: Kwargs) -> Expr:
    cls = class_of(lo, node, args[0])
    return TRUE if cls in (FunctionType, MethodType) or "__call__" in dir(cls) else FALSE


def call_hasattr(lo: Lowering, node: ast.AST, args: list[Any], kwargs: Kwargs) -> Expr:
    obj, name = args[0], attribute_name(lo, node, args[1])
    if isinstance(obj, Obj):
        return TRUE if has_attribute(lo, obj, name) else FALSE
    if is_of_program(obj):
        return TRUE if lo.program.static_has(obj.value, name) else FALSE
    return TRUE if hasattr(class_of(lo, node, obj), name) else FALSE


def is_of_program(obj: Any) -> bool:
    """Whether it is a class, a module or a function."""
    return isinstance(obj, Const) and isinstance(obj.value, type | ModuleType | FunctionType)


def call_getattr(lo: Lowering, node: ast.AST, args: list[Any], kwargs: Kwargs) -> Any:
    obj, name = args[0], attribute_name(lo, node, args[1])
    if len(args) > 2 and isinstance(obj, Obj) and not has_attribute(lo, obj, name):
        return args[2]
    if len(args) > 2 and is_of_program(obj) and not lo.program.static_has(obj.value, name):
        return args[2]
    return lo.attribute_of(node, obj, name)


def call_setattr(lo: Lowering, node: ast.AST, args: list[Any], kwargs: Kwargs) -> Any:
    if not isinstance(args[0], Obj):
        raise lo.refuse(
            node, f"an attribute of {describe(args[0].kind)} is assigned", "use an object of your own class"
        )
    write_attribute(lo, node, args[0], attribute_name(lo, node, args[1]), args[2])
    return none()


def call_own_setattr(lo: Lowering, node: ast.AST, args: list[Any], kwargs: Kwargs) -> Any:
    """``object.__setattr__``, which sets attributes of frozen objects too."""
    obj, name, value = args
    key = attribute_name(lo, node, name)
    entry = class_entry(obj.cls, key) if isinstance(obj, Obj) else None
    if not isinstance(obj, Obj) or isinstance(entry, property) or descriptors.method_of(entry, "__set__"):
        raise lo.refuse(node, f"`{ast.unparse(node)}` is not differentiated", "assign to the attribute")
    write_field(lo, node, obj, key, value)
    return none()


def attribute_name(lo: Lowering, node: ast.AST, name: Any) -> str:
    if isinstance(name, Const) and isinstance(name.value, str):
        return name.value
    raise lo.refuse(node, "the name of an attribute is known only when the program runs", "use a constant name")


def call_vars(lo: Lowering, node: ast.AST, args: list[Any], kwargs: Kwargs) -> Any:
    return lo.attribute_of(node, args[0], "__dict__")


def call_float(lo: Lowering, node: ast.AST, args: list[Any], kwargs: Kwargs) -> Any:
    value = lo.snapshot(args[0]) if args else Const(0.0)
    if isinstance(value, Const) and isinstance(value.value, str):
        return Const(float(value.value))
    if overloads.has_methods(value):
        return overloads.unary(lo, node, float, value)
    if isinstance(value.kind, Opaque):
        return outer_number(lo, node, float, value)
    return lo.apply(node, float, [value])


def call_int(lo: Lowering, node: ast.AST, args: list[Any], kwargs: Kwargs) -> Any:
    if args and isinstance(args[0].kind, Opaque):
        return outer_number(lo, node, int, args[0])
    if args and overloads.has_methods(args[0]):
        return overloads.unary(lo, node, int, args[0])
    if args and isinstance(args[0], Const) and isinstance(args[0].value, str):
        return lo.constant(int(args[0].value))
    return lo.apply(node, int, args, kwargs)


def outer_number(lo: Lowering, node: ast.AST, fn: type, value: Expr) -> Expr:
    """A number made of something that a library returned, or of text."""
    kind = Scalar("float64") if fn is float else INT
    return lo.temporary("t", Apply(fn, (value,), (), kind, None, lo.span(node)), node)


def call_bool(lo: Lowering, node: ast.AST, args: list[Any], kwargs: Kwargs) -> Any:
    truth = lo.truth(node, lo.snapshot(args[0])) if args else FALSE
    if isinstance(truth.kind, Scalar) and truth.kind.weak is not True:
        # NumPy's truth is another object than Python's.
        return Apply(bool, (truth,), (), BOOL, None, lo.span(node))
    return truth


def call_abs(lo: Lowering, node: ast.AST, args: list[Any], kwargs: Kwargs) -> Any:
    if overloads.has_methods(args[0]) and args[0].cls is not list:
        return overloads.unary(lo, node, abs, args[0])
    return lo.apply(node, abs, args)


def call_slice(lo: Lowering, node: ast.AST, args: list[Any], kwargs: Kwargs) -> Expr:
    parts = [none(), args[0], none()] if len(args) == 1 else [*args, none()][:3]
    return Apply(slice, tuple(parts), (), Opaque("slice"))


def call_str(lo: Lowering, node: ast.AST, args: list[Any], kwargs: Kwargs) -> Any:
    value = lo.shown(node, args[0]) if args else static("")
    if isinstance(value, Const):
        return static(str(value.value))
    return Apply(str, (value,), (), Opaque("str"), None, lo.span(node))


def call_literal(lo: Lowering, node: ast.AST, args: list[Any], kwargs: Kwargs) -> Expr:
    return TRUE if isinstance(args[0], Const) and type(args[0].value) in (int, float) else FALSE


def call_divmod(lo: Lowering, node: ast.AST, args: list[Any], kwargs: Kwargs) -> Any:
    own = overloads.binary(lo, node, divmod, *args) if any(map(overloads.has_methods, args)) else None
    if own is not None:
        return own
    values = [lo.evaluated(a, node) for a in args]
    return lo.tuple_of([lo.operate(node, operator.floordiv, *values), lo.operate(node, operator.mod, *values)])


EVAL = "write the expression into the function"
SPECIAL: dict[Any, Special] = {
    print: call_print,
    sum: call_sum,
    min: call_min_max(min),
    max: call_min_max(max),
    any: call_any_all(False),
    all: call_any_all(True),
    zip: call_zip_expression,
    eval: call_locals("`eval` is not differentiated", EVAL),
    exec: call_locals("`exec` is not differentiated", "write the statements into the function"),
    locals: call_locals("`locals` is not differentiated", "name the variables"),
    showgrad: call_showgrad,
    globals: call_locals("`globals` is not differentiated", "name the variables"),
}
CALLS: dict[Any, Callable[[Lowering, ast.AST, list[Any], Kwargs], Any]] = {
    len: call_len,
    isinstance: call_isinstance,
    type: call_type,
    callable: call_callable,
    hasattr: call_hasattr,
    getattr: call_getattr,
    setattr: call_setattr,
    object.__setattr__: call_own_setattr,
    vars: call_vars,
    sorted: call_sorted,
    list: call_list(list),
    tuple: call_list(tuple),
    dict: make_dict,
    float: call_float,
    int: call_int,
    bool: call_bool,
    complex: call_complex,
    np.piecewise: call_piecewise,
    np.apply_along_axis: call_along_axis,
    np.apply_over_axes: call_over_axes,
    np.fromfunction: call_from_function,
    np.roots: call_with_complex_result(np.roots),
    np.sort_complex: call_with_complex_result(np.sort),
    np.linalg.eigvals: call_with_complex_result(np.linalg.eigvals),
    np.linalg.eig: call_eig,
    str: call_str,
    abs: call_abs,
    slice: call_slice,
    divmod: call_divmod,
    literal: call_literal,
    copy.copy: call_copy(False),
    copy.deepcopy: call_copy(True),
    dataclasses.replace: call_replace,
    dataclasses.asdict: call_as(dict),
    dataclasses.astuple: call_as(tuple),
    np.copyto: copy_into,
    np.put: put_into,
    np.putmask: put_mask,
    np.place: place,
    np.put_along_axis: put_along_axis,
    OrderedDict: make_dict,
    defaultdict: default_dict,
    Counter: call_counter,
    set: new_set,
    deque: call_deque,
    np.fill_diagonal: fill_diagonal,
    ignore_derivatives: call_ignore,
    hook: call_hook,
    isderiving: call_isderiving,
}

__all__ = ["CALLS", "SPECIAL", "Kind", "builtins", "entries"]
