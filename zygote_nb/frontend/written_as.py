"""Calls that are other calls: methods of ufuncs, a positional ``out``, results that are complex always."""

from __future__ import annotations

import ast
import operator
import string
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from zygote_nb.frontend.values import make_tuple, static
from zygote_nb.ir.core import INT_ZERO, Const, Expr, Tuple
from zygote_nb.ir.kinds import Array, Scalar
from zygote_nb.runtime.roots import eig_of

if TYPE_CHECKING:
    from zygote_nb.frontend.lower import Lowering

Kwargs = tuple[tuple[str, Any], ...]
REDUCED: dict[Any, Any] = {
    np.add: np.sum, np.multiply: np.prod, np.maximum: np.max, np.minimum: np.min, np.logical_and: np.all,
    np.logical_or: np.any,
}  # fmt: skip
LABELS = string.ascii_uppercase + string.ascii_lowercase
ACCUMULATED: dict[Any, Any] = {np.add: np.cumsum, np.multiply: np.cumprod}


def of_ufunc(fn: Any) -> str:
    """The name of a method of a ufunc, if it is one that is written in another way."""
    owner, name = getattr(fn, "__self__", None), getattr(fn, "__name__", "")
    if not isinstance(owner, np.ufunc):
        return ""
    known = {"reduce": owner in REDUCED, "accumulate": owner in ACCUMULATED, "outer": owner.nin == 2}
    return name if known.get(name, False) else ""


def ufunc_method(lo: Lowering, node: ast.AST, fn: Any, args: list[Any], kwargs: Kwargs) -> Any:
    """``np.add.reduce(x)`` is ``np.sum(x, axis=0)``, and so on."""
    owner, name = fn.__self__, fn.__name__
    args = [lo.snapshot(a) for a in args]
    args = [lo.as_array(node, a) if i == 0 and isinstance(a, Tuple) and a.items else a for i, a in enumerate(args)]
    if name == "outer":
        left, right = (lo.as_array(node, a) for a in args)
        return lo.call_value(node, static(owner), [spread_out(lo, node, left, right), right], kwargs)
    named = kwargs if len(args) > 1 or "axis" in dict(kwargs) else (("axis", INT_ZERO), *kwargs)
    if len(args) > 2:
        raise lo.refuse(node, f"`{ast.unparse(node)}` is not differentiated", "name what comes after the axis")
    other = (REDUCED if name == "reduce" else ACCUMULATED)[owner]
    return lo.call_value(node, static(other), args, named)


def spread_out(lo: Lowering, node: ast.AST, left: Expr, right: Expr) -> Expr:
    """The first argument of an outer product with an axis of length one for each axis of the second."""
    ranks = [k.kind.ndim if isinstance(k.kind, Array) else 0 for k in (left, right)]
    if not isinstance(left.kind, Array) or not ranks[1]:
        return left
    axes = make_tuple(tuple(lo.constant(ranks[0] + i) for i in range(ranks[1])), tuple)
    expanded: Expr = lo.apply(node, np.expand_dims, [left, axes])
    return expanded


def with_named_output(fn: Any, args: list[Any], kwargs: Kwargs) -> tuple[list[Any], Kwargs]:
    """An array for the result, given by position."""
    if isinstance(fn, np.ufunc) and len(args) == fn.nin + 1 and fn.nout == 1:
        return args[: fn.nin], (*kwargs, ("out", args[fn.nin]))
    return args, kwargs


def with_subscripts(lo: Lowering, fn: Any, args: list[Any]) -> list[Any]:
    """``np.einsum(a, [0, 1], b, [1, 2])`` with its subscripts as a text: labels are letters in the same order."""
    if fn is not np.einsum or len(args) < 2 or isinstance(args[0], Const):
        return args
    lists = [lo.snapshot(a) for a in (*args[1::2], *args[-1:][: len(args) % 2])]
    if not all(isinstance(e, Tuple) and all(isinstance(i, Const) for i in e.items) for e in lists):
        return args
    words = ["".join("..." if i.value is ... else LABELS[i.value] for i in e.items) for e in lists]
    split = len(args) // 2
    subscripts = "->".join([",".join(words[:split]), *words[split:]])
    return [static(subscripts), *args[: 2 * split : 2]]


def call_complex(lo: Lowering, node: ast.AST, args: list[Any], kwargs: Kwargs) -> Any:
    """``complex(x, y)``."""
    parts = [lo.snapshot(a) for a in (*args, *(v for _, v in kwargs))]
    if kwargs or not parts or not all(isinstance(p.kind, Scalar) for p in parts):
        raise lo.refuse(node, f"`{ast.unparse(node)}` is not differentiated", "write x + 1j * y")
    unit = lo.constant(1j)
    imaginary = lo.apply(node, operator.mul, [unit, parts[1]]) if len(parts) == 2 else lo.constant(0j)
    return lo.apply(node, operator.add, [parts[0], imaginary])


def call_with_complex_result(fn: Any) -> Callable[..., Any]:
    """A function whose result is complex where it must be: here it is so always."""

    def call(lo: Lowering, node: ast.AST, args: list[Any], kwargs: Kwargs) -> Any:
        values = [lo.as_array(node, lo.snapshot(a)) for a in args]
        return lo.apply(node, np.asarray, [lo.apply(node, fn, values, kwargs), static(complex, "complex")])

    return call


def call_eig(lo: Lowering, node: ast.AST, args: list[Any], kwargs: Kwargs) -> Any:
    """Eigenvalues and vectors, complex where they must be: here they are so always."""
    return lo.apply(node, eig_of, [lo.as_array(node, lo.snapshot(a)) for a in (*args, *dict(kwargs).values())])


__all__ = [
    "call_complex",
    "call_eig",
    "call_with_complex_result",
    "of_ufunc",
    "ufunc_method",
    "with_named_output",
    "with_subscripts",
]
