"""Lowering of calls: builtins, methods, primitives with a rule, and functions that are themselves transformed."""

from __future__ import annotations

import ast
import builtins
import math
import operator
from collections.abc import Callable
from types import FunctionType
from typing import Any

import numpy as np

from zygote_nb.frontend.free import plain
from zygote_nb.frontend.local import LocalFunction
from zygote_nb.frontend.local import call as call_inner
from zygote_nb.frontend.lower import Lowering, describe, make_tuple, no_rule
from zygote_nb.frontend.targets import WHOLE, settled_index
from zygote_nb.ir.core import (
    FALSE,
    INT_ONE,
    INT_ZERO,
    TRUE,
    Append,
    Apply,
    Assign,
    Const,
    Effect,
    Expr,
    Method,
    Name,
    Pop,
    Store,
    Tuple,
)
from zygote_nb.ir.kinds import BOOL, FLOAT, INT, Array, Bottom, Kind, ListOf, Opaque, Scalar, Static, TupleOf, is_plain
from zygote_nb.runtime.arrays import literal

Kwargs = tuple[tuple[str, Expr], ...]


def lower_call_statement(lo: Lowering, node: ast.Call) -> None:
    """A call whose value is dropped."""
    if isinstance(node.func, ast.Attribute) and list_method(lo, node, node.func, None):
        return
    value = lower_call(lo, node)
    if isinstance(value, Apply):
        lo.temporary("t", value, node)


def list_method(lo: Lowering, node: ast.Call, func: ast.Attribute, result: list[Expr] | None) -> bool:
    """``l.append(x)`` and ``l.pop()`` on a list made by this function; True if it was one."""
    if func.attr not in ("append", "pop", "extend", "insert", "remove", "clear", "sort", "reverse"):
        return False
    if not isinstance(func.value, (ast.Name, ast.Subscript)):
        return False
    base = lo.expr(func.value)
    if isinstance(base, Tuple) and base.cls is list:
        raise lo.refuse(node, "a list that also has another name, or is an argument, is changed", "make a new list")
    if not isinstance(base.kind, ListOf):
        return False
    if not isinstance(base, Name) or func.attr not in ("append", "pop"):
        raise lo.refuse(node, f"`{ast.unparse(node)}` is not differentiated", "use append and pop on a variable")
    if func.attr == "append":
        append(lo, node, base, lo.expr(node.args[0]))
    else:
        pop(lo, node, base, [lo.expr(a) for a in node.args], result)
    return True


def append(lo: Lowering, node: ast.AST, base: Name, value: Expr) -> None:
    assert isinstance(base.kind, ListOf)
    if isinstance(value, Tuple) or isinstance(value.kind, (Static, Opaque)):
        raise lo.refuse(
            node, f"{describe(value.kind)} in a growing list is not differentiated", "use one list for each entry"
        )
    if isinstance(value, Apply) and isinstance(value.kind, Array):
        value = lo.temporary("t", value, node)
    widen_list(lo, node, base, value.kind)
    lo.out.append(Append(base.id, value, lo.span(node)))


def widen_list(lo: Lowering, node: ast.AST, base: Name, item: Kind) -> None:
    from zygote_nb.ir.kinds import join

    assert isinstance(base.kind, ListOf)
    joined = item if base.kind.item is None else join(base.kind.item, item)
    if joined is None:
        what = f"{describe(item)} goes into a list of {describe(base.kind.item)}"  # type: ignore[arg-type]
        raise lo.refuse(node, what, "keep the entries of a list of one kind")
    for name, value in lo.env.items():
        if isinstance(value, Name) and value.id == base.id:
            lo.env[name] = Name(base.id, ListOf(joined))


def pop(lo: Lowering, node: ast.AST, base: Name, args: list[Expr], result: list[Expr] | None) -> None:
    if args and args != [Const(-1, INT)]:
        raise lo.refuse(node, "pop at an index is not differentiated", "pop the last entry")
    kind = base.kind.item if isinstance(base.kind, ListOf) else None
    target = lo.fresh("t")
    kind = kind or Bottom()
    lo.out.append(Pop((target,), base.id, (kind,), lo.span(node)))
    if result is not None:
        result.append(Name(target, kind))


def lower_call(lo: Lowering, node: ast.Call) -> Expr:
    if isinstance(node.func, ast.Attribute):
        popped: list[Expr] = []
        if list_method(lo, node, node.func, popped):
            return popped[0] if popped else Const(None, Static(None))
        base = lo.expr(node.func.value)
        if not isinstance(base, Const):
            return lower_method(lo, node, base, node.func.attr)
    fn = lo.expr(node.func)
    if not isinstance(fn, Const):
        raise lo.refuse(node, f"{describe(fn.kind)} is called", "call functions by name")
    if isinstance(fn.value, LocalFunction):
        return call_inner(lo, node, fn.value, *arguments(lo, node))
    special = SPECIAL.get(fn.value) if isinstance(fn.value, (type, type(len))) or fn.value in _HASHABLE else None
    if special is not None:
        return special(lo, node)
    args, kwargs = arguments(lo, node)
    return lower_known(lo, node, fn.value, args, kwargs)


def arguments(lo: Lowering, node: ast.Call) -> tuple[list[Expr], Kwargs]:
    values = lo.items([*node.args, *(k.value for k in node.keywords if k.arg is not None)])
    if any(k.arg is None for k in node.keywords):
        raise lo.refuse(node, "`**` in a call is not differentiated", "pass the keyword arguments by name")
    split = len(values) - len(node.keywords)
    kwargs = tuple((k.arg or "", v) for k, v in zip(node.keywords, values[split:], strict=True))
    return values[:split], kwargs


def add_at(lo: Lowering, node: ast.AST, args: list[Expr]) -> Expr:
    """``np.add.at(a, index, v)``: a write to memory that adds."""
    base, where, value = args
    if isinstance(where, Tuple) and where.cls is list:
        where = lo.temporary("k", lo.apply(node, np.array, [where]), node)
    held = base if isinstance(base, Name) else lo.temporary("t", base, node)
    lo.out.append(Store(held, settled_index(lo, where, node), value, True, lo.span(node)))
    return Const(None, Static(None))


SHAPES = {np.ndim: "ndim", np.size: "size", np.shape: "shape"}


def lower_known(lo: Lowering, node: ast.AST, fn: Any, args: list[Expr], kwargs: Kwargs) -> Expr:
    """A call of a function that is known: a primitive, or one with source."""
    if fn in (np.ndim, np.size, np.shape) and len(args) == 1 and isinstance(args[0].kind, (Array, Scalar)):
        return shape_of(lo, node, SHAPES[fn], args[0])
    if fn is np.ndim and isinstance(args[0], Tuple):
        return INT_ONE
    if takes_arrays(fn):
        args = [lo.apply(node, np.array, [a]) if isinstance(a, Tuple) and a.items else a for a in args]
    if getattr(fn, "__name__", "") == "at" and getattr(fn, "__self__", None) is np.add and len(args) == 3:
        return add_at(lo, node, args)
    if lo.program.is_primitive(fn):
        return primitive(lo, node, fn, args, kwargs)
    if isinstance(plain(fn), FunctionType) and not is_library(plain(fn)):
        return lo.program.invoke(lo, node, fn, args, kwargs)
    raise no_rule(lo, node, fn)


REDUCTIONS = {
    np.sum, np.mean, np.prod, np.max, np.min, np.amax, np.amin, np.std, np.var, np.dot, np.linalg.norm, np.cumsum,
    np.cumprod, np.median, np.diff, np.inner, np.vdot, np.argmax, np.argmin, np.any, np.all,
}  # fmt: skip


def takes_arrays(fn: Any) -> bool:
    """Whether a list display given to the function means an array."""
    return isinstance(fn, np.ufunc) or fn in REDUCTIONS


def shape_of(lo: Lowering, node: ast.AST, name: str, value: Expr) -> Expr:
    """``np.ndim(x)`` and its like, which a number has as well."""
    if isinstance(value.kind, Scalar):
        return {"ndim": INT_ZERO, "size": INT_ONE, "shape": make_tuple((), tuple)}[name]
    return lo.attribute(node, value, name)


def is_library(fn: FunctionType) -> bool:
    """Whether the function is NumPy's or SciPy's own: their sources are not what a derivative should be made of."""
    return (fn.__module__ or "").split(".")[0] in ("numpy", "scipy", "math", "numba")


def primitive(lo: Lowering, node: ast.AST, fn: Any, args: list[Expr], kwargs: Kwargs) -> Expr:
    if any(name == "out" for name, _ in kwargs):
        return into_output(lo, node, fn, args, kwargs)
    return lo.apply(node, fn, args, kwargs)


def into_output(lo: Lowering, node: ast.AST, fn: Any, args: list[Expr], kwargs: Kwargs) -> Expr:
    """``out=y`` is a write to ``y``."""
    out = dict(kwargs)["out"]
    rest = tuple((k, v) for k, v in kwargs if k != "out")
    if not isinstance(out, (Name, Apply)) or rest:
        raise lo.refuse(node, f"`{ast.unparse(node)}` is not differentiated", "assign the result to a slice")
    target = out if isinstance(out, Name) else lo.temporary("t", out, node)
    lo.out.append(Store(target, WHOLE, lo.apply(node, fn, args), span=lo.span(node)))
    return target


def lower_method(lo: Lowering, node: ast.Call, base: Expr, name: str) -> Expr:
    if not isinstance(base.kind, (Array, Scalar)):
        raise lo.refuse(node, f"method `{name}` of {describe(base.kind)} is not differentiated", "use a NumPy function")
    args, kwargs = arguments(lo, node)
    if name == "fill" and isinstance(base.kind, Array):
        held = base if isinstance(base, Name) else lo.temporary("t", base, node)
        lo.out.append(Store(held, WHOLE, args[0], span=lo.span(node)))
        return Const(None, Static(None))
    if name in ("sort", "put", "resize", "partition", "itemset", "setfield", "byteswap", "tofile"):
        raise lo.refuse(node, f"`{name}` in place is not differentiated", f"use np.{name} and assign the result")
    if not lo.program.is_primitive(Method(name)):
        raise no_rule(lo, node, Method(name))
    return lo.apply(node, Method(name), [base, *args], kwargs)


# Builtins that the lowering itself understands


def call_len(lo: Lowering, node: ast.Call) -> Expr:
    value = lo.expr(node.args[0])
    if isinstance(value, Tuple):
        return Const(len(value.items), INT)
    return lo.length(value)


def call_print(lo: Lowering, node: ast.Call) -> Expr:
    args = tuple(a for v in lo.items(list(node.args)) for a in [whole(v)])
    kwargs = tuple((k.arg or "", lo.expr(k.value)) for k in node.keywords)
    lo.effect(node, Apply(print, args, kwargs, Static(None), None, lo.span(node)))
    return Const(None, Static(None))


def whole(value: Expr) -> Expr:
    return value


def call_isinstance(lo: Lowering, node: ast.Call) -> Expr:
    value, classes = lo.expr(node.args[0]), lo.expr(node.args[1])
    wanted = tuple(c.value for c in classes.items) if isinstance(classes, Tuple) else (classes.value,)  # type: ignore[union-attr]
    return TRUE if issubclass(class_of(lo, node, value), wanted) else FALSE


def class_of(lo: Lowering, node: ast.AST, value: Expr) -> type:
    match value, value.kind:
        case Tuple(), _:
            return value.cls
        case Const(), _:
            return type(value.value)
        case _, Array():
            return np.ndarray
        case _, ListOf():
            return list
        case _, Scalar(weak=True):
            return {"f": float, "i": int, "b": bool, "c": complex}[value.kind.dtype[0]]
        case _, Scalar(weak=False):
            return np.dtype(value.kind.dtype).type
    raise lo.refuse(node, f"the class of {describe(value.kind)} isn't known", "test before the call")


def call_sum(lo: Lowering, node: ast.Call) -> Expr:
    """``sum`` of an iterable, as the loop that it stands for."""
    start = lo.expr(node.args[1]) if len(node.args) > 1 else Const(0, INT)
    return fold_loop(lo, node, node.args[0], start, operator.add)


def fold_loop(lo: Lowering, node: ast.AST, over: ast.expr, start: Expr, fn: Callable[..., Any]) -> Expr:
    from zygote_nb.frontend.comprehensions import each_item

    name = lo.fresh("total")
    lo.env[name] = lo.assigned(node, name, start)

    def add(item: Expr) -> None:
        current = lo.env[name]
        assert isinstance(current, (Name, Const))
        if isinstance(current.kind, Array):
            lo.env[name] = lo.assigned(node, name, lo.apply(node, fn, [current, item]))
        else:
            lo.env[name] = lo.assigned(node, name, lo.apply(node, fn, [current, item]))

    each_item(lo, over, add)
    result = lo.env.pop(name)
    if not isinstance(result, Name):
        raise lo.refuse(
            node, "what is summed is sometimes an array and sometimes a number", "start with an array of zeros"
        )
    return result


def call_min_max(fn: Callable[..., Any]) -> Callable[[Lowering, ast.Call], Expr]:
    def lower(lo: Lowering, node: ast.Call) -> Expr:
        if node.keywords:
            raise lo.refuse(node, f"`{fn.__name__}` with keywords is not differentiated", "write a loop")
        if len(node.args) > 1:
            return pairwise(lo, node, fn, lo.items(list(node.args)))
        value = node.args[0]
        if isinstance(value, (ast.ListComp, ast.GeneratorExp)):
            return best_of_list(lo, node, fn, lo.expr(value))
        lowered = lo.expr(value)
        if isinstance(lowered, Tuple):
            return pairwise(lo, node, fn, list(lowered.items))
        return best_of_list(lo, node, fn, lowered)

    return lower


def pairwise(lo: Lowering, node: ast.AST, fn: Callable[..., Any], values: list[Expr]) -> Expr:
    best = values[0]
    for value in values[1:]:
        best = lo.apply(node, fn, [best, value])
    return best


def best_of_list(lo: Lowering, node: ast.AST, fn: Callable[..., Any], value: Expr) -> Expr:
    """``max`` of a list or an array: a loop that follows the first best element."""
    from zygote_nb.frontend.control import write_range

    held = value if isinstance(value, Name) else lo.temporary("t", value, node)
    name = lo.fresh("best")
    lo.env[name] = lo.assigned(node, name, lo.getitem(node, held, INT_ZERO))

    def write(index: Name) -> None:
        current = lo.env[name]
        assert isinstance(current, Name)
        lo.env[name] = lo.assigned(node, name, lo.apply(node, fn, [current, lo.getitem(node, held, index)]))

    write_range(lo, node, (INT_ONE, lo.length(held), INT_ONE), lo.fresh("i"), write, {name})
    result = lo.env.pop(name)
    assert isinstance(result, Name)
    return result


def call_list(cls: type) -> Callable[[Lowering, ast.Call], Expr]:
    def lower(lo: Lowering, node: ast.Call) -> Expr:
        if not node.args:
            return make_tuple((), cls)
        value = lo.expr(node.args[0])
        if isinstance(value, Tuple):
            return make_tuple(value.items, cls)
        raise lo.refuse(node, f"`{ast.unparse(node)}` is not differentiated", "use a loop with append")

    return lower


def call_float(lo: Lowering, node: ast.Call) -> Expr:
    value = lo.expr(node.args[0])
    if isinstance(value, Const) and isinstance(value.value, str):
        return Const(float(value.value))
    return lo.apply(node, float, [value])


def call_abs(lo: Lowering, node: ast.Call) -> Expr:
    return lo.apply(node, abs, [lo.data(node.args[0])])


def call_slice(lo: Lowering, node: ast.Call) -> Expr:
    parts = [lo.expr(a) for a in node.args]
    none = Const(None, Static(None))
    parts = [none, parts[0], none] if len(parts) == 1 else [*parts, none][:3]
    return Apply(slice, tuple(parts), (), Opaque("slice"))


def call_literal(lo: Lowering, node: ast.Call) -> Expr:
    value = lo.expr(node.args[0])
    return TRUE if isinstance(value, Const) and type(value.value) in (int, float) else FALSE


def refused(what: str, hint: str) -> Callable[[Lowering, ast.Call], Expr]:
    def lower(lo: Lowering, node: ast.Call) -> Expr:
        raise lo.refuse(node, what, hint)

    return lower


def call_array(lo: Lowering, node: ast.Call) -> Expr:
    args, kwargs = arguments(lo, node)
    return primitive(lo, node, np.array, args, kwargs)


SPECIAL: dict[Any, Callable[[Lowering, ast.Call], Expr]] = {
    len: call_len,
    print: call_print,
    isinstance: call_isinstance,
    sum: call_sum,
    min: call_min_max(min),
    max: call_min_max(max),
    list: call_list(list),
    tuple: call_list(tuple),
    float: call_float,
    abs: call_abs,
    slice: call_slice,
    literal: call_literal,
    eval: refused("`eval` is not differentiated", "write the expression into the function"),
    exec: refused("`exec` is not differentiated", "write the statements into the function"),
    input: refused("`input` is not differentiated yet", "read the value before the call"),
}
_HASHABLE = frozenset(SPECIAL)

__all__ = [
    "BOOL",
    "FLOAT",
    "Assign",
    "Effect",
    "TupleOf",
    "append",
    "builtins",
    "is_plain",
    "lower_call",
    "lower_call_statement",
    "math",
]
