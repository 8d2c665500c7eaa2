"""Functions and methods of NumPy that write into an array, as the stores that they stand for."""

from __future__ import annotations

import ast
import operator
from typing import TYPE_CHECKING, Any

import numpy as np

from zygote_nb.frontend.values import none
from zygote_nb.ir.core import INT_ZERO, Apply, Const, Effect, Expr, Name, Store, Tuple
from zygote_nb.ir.kinds import INT, Array, Opaque, Static
from zygote_nb.runtime.indexing import require_apart

if TYPE_CHECKING:
    from zygote_nb.frontend.lower import Lowering

Kwargs = tuple[tuple[str, Any], ...]
WHOLE = Const(Ellipsis, Static(Ellipsis))


def into_output(lo: Lowering, node: ast.AST, fn: Any, args: list[Any], kwargs: Kwargs) -> Any:
    """``out=y`` is a write to ``y``."""
    out = lo.snapshot(dict(kwargs)["out"])
    rest = tuple((k, v) for k, v in kwargs if k != "out")
    if isinstance(out, Tuple) and len(out.items) == 1:
        out = out.items[0]
    if isinstance(out, Const) and out.value is None:
        return lo.apply(node, fn, args, rest)
    where = dict(rest).get("where") if isinstance(fn, np.ufunc) else None
    if not isinstance(out, (Name, Apply)):
        raise lo.refuse(node, f"`{ast.unparse(node)}` is not differentiated", "assign the result to a slice")
    target = out if isinstance(out, Name) else lo.temporary("t", out, node)
    if where is None:
        value = lo.apply(node, fn, args, rest)
    else:
        value = lo.apply(node, fn, args, tuple((k, v) for k, v in rest if k != "where"))
        value = lo.apply(node, np.where, [lo.snapshot(where), value, target])
    if fn in JOINING:
        read_while_written(lo, node, target, args[0])
    lo.out.append(Store(target, WHOLE, value, span=lo.span(node)))
    return target


JOINING = (np.concatenate, np.stack)
"""Functions that read an array after they have written part of the result."""


def read_while_written(lo: Lowering, node: ast.AST, target: Expr, values: Any) -> None:
    """NumPy reads the values one after the other, as it writes to the target: they may be no memory of it."""
    lo.out.append(Effect(Apply(require_apart, (target, values), (), Opaque("none")), span=lo.span(node)))


def in_place(lo: Lowering, node: ast.AST, base: Expr, name: str, args: list[Any], kwargs: Kwargs) -> Expr:
    """``x.sort()``, ``x.partition(k)``, ``x.put(i, v)``."""
    if name not in ("sort", "partition", "put") or not isinstance(base.kind, Array):
        what = f"`{name}` in place is not differentiated"
        raise lo.refuse(node, what, f"use np.{name} and assign the result")
    held = memory(lo, node, base)
    if name == "put":
        return put_into(lo, node, [held, *args], kwargs)
    new = lo.apply(node, np.sort if name == "sort" else np.partition, [held, *args], kwargs)
    lo.out.append(Store(held, WHOLE, new, span=lo.span(node)))
    return none()


def memory(lo: Lowering, node: ast.AST, base: Any) -> Name:
    base = lo.snapshot(base)
    return base if isinstance(base, Name) else lo.temporary("t", base, node)


def copy_into(lo: Lowering, node: ast.AST, args: list[Any], kwargs: Kwargs) -> Expr:
    """``np.copyto(target, source, where=mask)``."""
    words = dict(kwargs)
    target, source = memory(lo, node, args[0]), lo.as_array(node, lo.snapshot(args[1]))
    where = words.get("where")
    value = source if where is None else lo.apply(node, np.where, [where, source, target])
    lo.out.append(Store(target, WHOLE, value, span=lo.span(node)))
    return none()


def put_into(lo: Lowering, node: ast.AST, args: list[Any], kwargs: Kwargs) -> Expr:
    """``np.put(target, indices, values)``, on an array of one axis, as many values as indices or one for all."""
    if kwargs or len(args) != 3:
        raise lo.refuse(node, "`put` with a mode is not differentiated", "assign to the elements")
    target, where, values = memory(lo, node, args[0]), lo.snapshot(args[1]), lo.snapshot(args[2])
    where = lo.as_array(node, where)
    if target.kind.ndim != 1:  # type: ignore[union-attr]
        raise lo.refuse(node, "`put` on an array of several axes is not differentiated", "assign to the elements")
    where = where if isinstance(where, (Name, Const)) else lo.temporary("k", where, node)
    lo.out.append(Store(target, where, lo.as_array(node, values), span=lo.span(node)))
    return none()


def put_mask(lo: Lowering, node: ast.AST, args: list[Any], kwargs: Kwargs) -> Expr:
    """``np.putmask(target, mask, values)``: one value for all, or one for each element of the target."""
    target, mask, values = argument_triple(lo, node, args, kwargs, ("a", "mask", "values"))
    if isinstance(values.kind, Array) and values.kind.ndim:
        if values.kind.dims != target.kind.dims or None in values.kind.dims:  # type: ignore[union-attr]
            what = "`putmask` with values that aren't shaped like the array repeats them"
            raise lo.refuse(node, what, "assign to an index: `a[mask] = values`")
        values = lo.getitem(node, values, mask)
    lo.out.append(Store(target, mask, values, span=lo.span(node)))
    return none()


def place(lo: Lowering, node: ast.AST, args: list[Any], kwargs: Kwargs) -> Expr:
    """``np.place(target, mask, values)``: the values one after the other, from the start again where they end."""
    target, mask, values = argument_triple(lo, node, args, kwargs, ("arr", "mask", "vals"))
    values = values if isinstance(values, Name) else lo.temporary("t", values, node)
    if isinstance(values.kind, Array) and values.kind.ndim:
        if values.kind.ndim != 1:
            raise lo.refuse(node, "`place` with values of several axes is not differentiated", "use `vals.ravel()`")
        read_while_written(lo, node, target, values)
        count = lo.apply(node, np.count_nonzero, [mask])
        where = lo.apply(node, operator.mod, [lo.apply(node, np.arange, [count]), lo.length(values)])
        values = lo.getitem(node, values, lo.temporary("k", where, node))
    lo.out.append(Store(target, mask, values, span=lo.span(node)))
    return none()


def argument_triple(
    lo: Lowering, node: ast.AST, args: list[Any], kwargs: Kwargs, names: tuple[str, str, str]
) -> tuple[Name, Expr, Any]:
    words = dict(zip(names, args, strict=False)) | dict(kwargs)
    target, mask, values = (words[name] for name in names)
    mask = lo.as_array(node, lo.snapshot(mask))
    mask = mask if isinstance(mask, (Name, Const)) else lo.temporary("k", mask, node)
    return memory(lo, node, target), mask, lo.as_array(node, lo.snapshot(values))


def put_along_axis(lo: Lowering, node: ast.AST, args: list[Any], kwargs: Kwargs) -> Expr:
    """``np.put_along_axis(target, indices, values, axis)``, on an array of one axis, or on a matrix."""
    words = dict(zip(("arr", "indices", "values", "axis"), args, strict=False)) | dict(kwargs)
    target, where = memory(lo, node, words["arr"]), lo.as_array(node, lo.snapshot(words["indices"]))
    axis, count = words.get("axis", Const(-1, INT)), target.kind.ndim  # type: ignore[union-attr]
    known = isinstance(axis, Const) and type(axis.value) is int and isinstance(where.kind, Array)
    if not known or count > 2 or where.kind.ndim != count:
        raise lo.refuse(node, "`put_along_axis` of this form is not differentiated", "assign to an index")
    where = where if isinstance(where, Name) else lo.temporary("k", where, node)
    index: Any = where
    if count == 2:
        other = 1 - axis.value % 2
        size = lo.attribute(node, where, "shape").items[other]  # type: ignore[union-attr]
        shape = [Const(-1, INT), Const(1, INT)] if other == 0 else [Const(1, INT), Const(-1, INT)]
        rest = lo.apply(node, np.reshape, [lo.apply(node, np.arange, [size]), lo.tuple_of(shape)])
        rest = lo.temporary("k", rest, node)
        index = Tuple((rest, where) if other == 0 else (where, rest), tuple)
    lo.out.append(Store(target, index, lo.as_array(node, lo.snapshot(words["values"])), span=lo.span(node)))
    return none()


def fill_diagonal(lo: Lowering, node: ast.AST, args: list[Any], kwargs: Kwargs) -> Expr:
    """``np.fill_diagonal(target, values)``, on a matrix."""
    target = memory(lo, node, args[0])
    if kwargs or target.kind.ndim != 2:  # type: ignore[union-attr]
        raise lo.refuse(node, "`fill_diagonal` of this form is not differentiated", "assign to the elements")
    shape = lo.attribute(node, target, "shape")
    count = lo.temporary("count", Apply(min, shape.items, (), INT), node)  # type: ignore[union-attr]
    where = lo.temporary("k", lo.apply(node, np.arange, [count]), node)
    index = Tuple((where, where), tuple)
    value = lo.as_array(node, lo.snapshot(args[1]))
    if isinstance(value.kind, Array) and value.kind.ndim:
        read_while_written(lo, node, target, value)
    lo.out.append(Store(target, index, value, span=lo.span(node)))
    return none()


__all__ = [
    "INT_ZERO", "Opaque", "copy_into", "fill_diagonal", "in_place", "operator", "place", "put_along_axis", "put_into",
    "put_mask",
]  # fmt: skip
