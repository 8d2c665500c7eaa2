"""Functions of NumPy that call a function: written in Python, and differentiated as that."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Any

import numpy as np

from zygote_nb.frontend.values import static
from zygote_nb.ir.core import Const, Expr, Tuple
from zygote_nb.ir.kinds import INT, Array

if TYPE_CHECKING:
    from zygote_nb.frontend.lower import Lowering

Kwargs = tuple[tuple[str, Any], ...]


def piecewise(x: Any, condlist: Any, funclist: Any, *args: Any, **words: Any) -> Any:
    y = np.zeros_like(x)
    if len(funclist) > len(condlist):
        rest = np.ones(np.shape(x), dtype=bool)
        for i in range(len(condlist)):
            rest = rest & ~condlist[i]
        y[rest] = valued(funclist[len(condlist)], x[rest], args, words)
    for i in range(len(condlist)):
        chosen = condlist[i]
        y[chosen] = valued(funclist[i], x[chosen], args, words)
    return y


def valued(f: Any, x: Any, args: Any, words: Any) -> Any:
    return f(x, *args, **words) if callable(f) else f


def vectorized(f: Any, x: Any) -> Any:
    entries = np.ravel(x)
    return np.reshape(np.array([f(entries[i]) for i in range(entries.size)]), np.shape(x))


def vectorized_pair(f: Any, x: Any, y: Any) -> Any:
    whole = x + 0.0 * y
    left, right = np.ravel(x + np.zeros(np.shape(whole))), np.ravel(y + np.zeros(np.shape(whole)))
    return np.reshape(np.array([f(left[i], right[i]) for i in range(left.size)]), np.shape(whole))


def along_last_axis(f: Any, arr: Any, *args: Any, **kwargs: Any) -> Any:
    """What the function makes of each row."""
    rows = np.reshape(arr, (-1, arr.shape[-1]))
    if len(rows) == 0:
        raise ValueError("Cannot apply_along_axis when any iteration dimensions are 0")
    made = np.array([f(rows[i], *args, **kwargs) for i in range(len(rows))])
    if np.ndim(made) == 1:
        return np.reshape(made, arr.shape[:-1])
    return np.reshape(made, (*arr.shape[:-1], made.shape[-1]))


# Calls of these


def refused(lo: Lowering, node: ast.AST, hint: str) -> Exception:
    return lo.refuse(node, f"`{ast.unparse(node)}` is not differentiated", hint)


def call_piecewise(lo: Lowering, node: ast.AST, args: list[Any], kwargs: Kwargs) -> Any:
    if len(args) < 3 or not all(isinstance(lo.snapshot(a), Tuple) for a in args[1:3]):
        raise refused(lo, node, "give conditions and functions as lists")
    return lo.call_value(node, static(piecewise), args, kwargs)


def call_vectorized(lo: Lowering, node: ast.AST, fn: Any, args: list[Any], kwargs: Kwargs) -> Any:
    """A call of an object that ``np.vectorize`` made."""
    shapes = [lo.snapshot(a) for a in args]
    plain = not kwargs and fn.signature is None and not fn.excluded and fn.otypes is None
    if not plain or len(args) not in (1, 2) or not all(isinstance(s.kind, Array) for s in shapes):
        raise refused(lo, node, "give one or two arrays, or loop over the entries")
    stand_in = vectorized if len(args) == 1 else vectorized_pair
    return lo.call_value(node, static(stand_in), [static(fn.pyfunc), *shapes], ())


def call_along_axis(lo: Lowering, node: ast.AST, args: list[Any], kwargs: Kwargs) -> Any:
    """Each row is replaced with what the function makes of it, a number or another row."""
    words = dict(kwargs)
    first = [*args, *(words.pop(name) for name in ("func1d", "axis", "arr")[len(args) :] if name in words)]
    axis, arr = lo.snapshot(first[1]), lo.snapshot(first[2])
    if not isinstance(arr.kind, Array) or not isinstance(axis, Const):
        raise refused(lo, node, "give an array, and the axis as a literal")
    end = lo.constant(-1)
    turned = lo.temporary("turned", lo.apply(node, np.moveaxis, [arr, axis, end]), node)
    made = lo.call_value(node, static(along_last_axis), [first[0], turned, *first[3:]], tuple(words.items()))
    return made if made.kind.ndim < arr.kind.ndim else lo.apply(node, np.moveaxis, [made, end, axis])


def call_over_axes(lo: Lowering, node: ast.AST, args: list[Any], kwargs: Kwargs) -> Any:
    """The function of one axis after the other; an axis that it takes away stays, with length one."""
    words = dict(zip(("func", "a", "axes"), args, strict=False)) | dict(kwargs)
    axes, value = lo.snapshot(words["axes"]), lo.snapshot(words["a"])
    for axis in axes.items if isinstance(axes, Tuple) else (axes,):
        made = lo.call_value(node, words["func"], [value, axis], ())
        value = made if rank(made) == rank(value) else lo.apply(node, np.expand_dims, [made, axis])
    return value


def rank(value: Expr) -> int:
    return value.kind.ndim if isinstance(value.kind, Array) else 0


def call_from_function(lo: Lowering, node: ast.AST, args: list[Any], kwargs: Kwargs) -> Any:
    words = dict(zip(("function", "shape"), args, strict=False)) | dict(kwargs)
    f, shape, dtype = words.pop("function"), lo.snapshot(words.pop("shape")), words.pop("dtype", static(float))
    if not isinstance(shape, Tuple) or "like" in words:
        raise refused(lo, node, "give the shape as a tuple")
    grid = lo.apply(node, np.indices, [shape], (("dimensions", shape), ("dtype", dtype))[1:])
    grid = lo.temporary("grid", grid, node)
    given = [lo.getitem(node, grid, Const(i, INT)) for i in range(len(shape.items))]
    return lo.call_value(node, f, given, tuple(words.items()))


__all__ = [
    "call_along_axis",
    "call_from_function",
    "call_over_axes",
    "call_piecewise",
    "call_vectorized",
]
