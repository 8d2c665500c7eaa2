"""Functions and methods of NumPy that write into an array, as the stores that they stand for."""

from __future__ import annotations

import ast
import operator
from typing import TYPE_CHECKING, Any

import numpy as np

from zygote_nb.frontend.values import none
from zygote_nb.ir.core import INT_ZERO, Apply, Const, Expr, Name, Store, Tuple
from zygote_nb.ir.kinds import INT, Array, Opaque, Static

if TYPE_CHECKING:
    from zygote_nb.frontend.lower import Lowering

Kwargs = tuple[tuple[str, Any], ...]
WHOLE = Const(Ellipsis, Static(Ellipsis))


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
    lo.out.append(Store(target, index, value, span=lo.span(node)))
    return none()


__all__ = ["INT_ZERO", "Opaque", "copy_into", "fill_diagonal", "in_place", "operator", "put_into"]
