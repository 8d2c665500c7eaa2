"""Methods of ufuncs that have no function of their own: written in Python, and differentiated as that."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Any

import numpy as np

from zygote_nb.frontend.values import static
from zygote_nb.ir.core import INT_ZERO, Const, Expr
from zygote_nb.ir.kinds import Array, Scalar

if TYPE_CHECKING:
    from zygote_nb.frontend.lower import Lowering

Kwargs = tuple[tuple[str, Any], ...]


def reduced(fn: Any, x: Any) -> Any:
    y = x[0]
    for i in range(1, len(x)):
        y = fn(y, x[i])
    return y


def accumulated(fn: Any, x: Any) -> Any:
    y = x * 1.0
    for i in range(1, len(x)):
        y[i] = fn(y[i - 1], x[i])
    return y


def reduced_at(fn: Any, x: Any, where: Any) -> Any:
    parts = []
    for i in range(len(where)):
        start = where[i]
        stop = where[i + 1] if i + 1 < len(where) else len(x)
        parts.append(fn.reduce(x[start : max(stop, start + 1)]))
    return np.array(parts)


def applied_at(fn: Any, a: Any, where: Any, v: Any) -> None:
    for i in range(len(where)):
        a[where[i]] = fn(a[where[i]], v[i])


STAND_INS = {"reduce": reduced, "accumulate": accumulated, "reduceat": reduced_at}
PARAMETERS = {"reduce": ("array", "axis"), "accumulate": ("array", "axis"), "reduceat": ("array", "indices", "axis")}


def is_fold(lo: Lowering, fn: Any) -> bool:
    """Whether it is such a method, of a ufunc of two arguments that has a derivative."""
    owner, name = getattr(fn, "__self__", None), getattr(fn, "__name__", "")
    return isinstance(owner, np.ufunc) and name in STAND_INS and (owner.nin, owner.nout) == (2, 1) and known(lo, owner)


def known(lo: Lowering, ufunc: np.ufunc) -> bool:
    return bool(lo.program.has_rule(ufunc))


def call_fold(lo: Lowering, node: ast.AST, fn: Any, args: list[Any], kwargs: Kwargs) -> Any:
    """The axis comes first while the Python runs, and goes back to its place after."""
    names = PARAMETERS[fn.__name__]
    words = dict(zip(names, args, strict=False)) | dict(kwargs)
    axis = lo.snapshot(words.pop("axis", INT_ZERO))
    x = lo.as_array(node, lo.snapshot(words.pop("array")))
    where = [lo.as_array(node, lo.snapshot(words.pop("indices")))] if "indices" in words else []
    keeps = words.pop("keepdims", None)
    plain = isinstance(x.kind, Array) and isinstance(axis, Const) and (keeps is None or isinstance(keeps, Const))
    if words or not plain or len(args) > len(names):
        raise lo.refuse(node, f"`{ast.unparse(node)}` is not differentiated", "write the loop over the axis")
    if axis.value is None:
        x, axis = lo.apply(node, np.ravel, [x]), INT_ZERO
    turned = lo.temporary("turned", lo.apply(node, np.moveaxis, [x, axis, INT_ZERO]), node)
    made = lo.call_value(node, static(STAND_INS[fn.__name__]), [static(fn.__self__), turned, *where], ())
    if fn.__name__ != "reduce":
        return lo.apply(node, np.moveaxis, [made, INT_ZERO, axis])
    return lo.apply(node, np.expand_dims, [made, axis]) if keeps is not None and keeps.value else made


def fold_at(lo: Lowering, node: ast.AST, ufunc: Any, base: Expr, where: Expr, value: Expr) -> Any:
    """``np.multiply.at(a, index, v)``: one after the other, since an index may come twice.

    What is taken has been read before: it may be memory of the array.
    """
    one = isinstance(base.kind, Array) and base.kind.ndim == 1
    if not one or not isinstance(where.kind, Array) or where.kind.ndim != 1 or where.kind.dtype[0] not in "iu":
        hint = "write a loop over the indices: `for i, v in zip(index, values): ...`"
        raise lo.refuse(node, f"`{ast.unparse(node)}` is not differentiated", hint)
    if isinstance(value.kind, Scalar) or value.kind.ndim == 0:  # type: ignore[union-attr]
        value = lo.apply(node, np.full, [lo.length(where), value])
    else:
        value = lo.apply(node, np.copy, [value])
    return lo.call_value(node, static(applied_at), [static(ufunc), base, where, value], ())


__all__ = ["call_fold", "fold_at", "is_fold", "known"]
