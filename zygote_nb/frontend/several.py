"""Functions of NumPy that return several views: lowered to the views themselves, which memory is known of."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from zygote_nb.errors import ZygoteError
from zygote_nb.frontend.lower import Lowering
from zygote_nb.frontend.padding import pad
from zygote_nb.frontend.values import make_tuple
from zygote_nb.ir.core import Apply, Const, Expr, Name, Tuple
from zygote_nb.ir.kinds import INT, Array, Opaque, Static
from zygote_nb.runtime.parts import bound_of_part, length_of_part

Kwargs = tuple[tuple[str, Expr], ...]
NONE = Const(None, Static(None))


def split_along(axis_of: Callable[[Array], int | None], equal: bool) -> Callable[..., Expr | None]:
    """``np.split`` and its like: slices along an axis, which is given as an argument if ``axis_of`` says None."""

    def lower(lo: Lowering, node: ast.AST, args: list[Expr], kwargs: Kwargs) -> Expr | None:
        given = dict(kwargs)
        if not args or not isinstance(args[0].kind, Array):
            raise unknown(lo, node)
        sections = args[1] if len(args) > 1 else given.get("indices_or_sections")
        axis = axis_of(args[0].kind)
        if axis is None:
            found = args[2] if len(args) > 2 else given.get("axis", Const(0, INT))
            axis = found.value % args[0].kind.ndim if isinstance(found, Const) else None
        if axis is None:
            raise unknown(lo, node)
        whole = args[0] if isinstance(args[0], Name) else lo.temporary("t", args[0], node)
        bounds = bounds_of(lo, node, whole, sections, axis, equal)
        if bounds is None:
            raise unknown(lo, node)
        return make_tuple(tuple(slice_of(lo, node, whole, axis, a, b) for a, b in bounds), list)

    return lower


def unknown(lo: Lowering, node: ast.AST) -> ZygoteError:
    what = "how many parts it returns, or of what, is not known here"
    return lo.refuse(node, what, "give the number of parts and the axis as literals, or slice the array")


def bounds_of(
    lo: Lowering, node: ast.AST, whole: Expr, sections: Expr | None, axis: int, equal: bool
) -> list[tuple[Expr, Expr]] | None:
    """Where each part begins and ends."""
    if isinstance(sections, Tuple):
        inner = list(sections.items)
        return list(zip([NONE, *inner], [*inner, NONE], strict=True))
    if not isinstance(sections, Const) or not isinstance(sections.value, int):
        return None
    shape = lo.attribute(node, whole, "shape")
    assert isinstance(shape, Tuple)
    n, count = shape.items[axis], sections.value
    if equal:
        k = lo.temporary("k", lo.apply(node, length_of_part, [n, sections]), node)
        edges = [Const(0, INT), k, *(times(i, k) for i in range(2, count + 1))]
    else:
        edges = [lo.apply(node, bound_of_part, [n, sections, Const(i, INT)]) for i in range(count + 1)]
    return list(zip([NONE, *edges[1:-1]], [*edges[1:-1], NONE], strict=True))


def times(i: int, k: Expr) -> Expr:
    return Apply(operator.mul, (Const(i, INT), k), (), INT)


def slice_of(lo: Lowering, node: ast.AST, whole: Expr, axis: int, start: Expr, stop: Expr) -> Expr:
    everything = Apply(slice, (NONE, NONE, NONE), (), Opaque("slice"))
    part = Apply(slice, (start, stop, NONE), (), Opaque("slice"))
    index = make_tuple((*[everything] * axis, part), tuple) if axis else part
    return lo.getitem(node, whole, index)


def broadcast_arrays(lo: Lowering, node: ast.AST, args: list[Expr], kwargs: Kwargs) -> Expr | None:
    """Each array broadcast to the common shape."""
    if kwargs or any(isinstance(a, Tuple) for a in args):
        raise unknown(lo, node)
    held = [a if isinstance(a, (Name, Const)) else lo.temporary("t", a, node) for a in args]
    shapes = [lo.attribute(node, a, "shape") if isinstance(a.kind, Array) else make_tuple((), tuple) for a in held]
    shape = lo.apply(node, np.broadcast_shapes, shapes)
    return make_tuple(tuple(lo.apply(node, np.broadcast_to, [a, shape]) for a in held), tuple)


def each(fn: Any) -> Callable[..., Expr | None]:
    """``np.atleast_2d`` and its like, of several arrays."""

    def lower(lo: Lowering, node: ast.AST, args: list[Expr], kwargs: Kwargs) -> Expr | None:
        if len(args) < 2 or kwargs:
            return None
        return make_tuple(tuple(lo.apply(node, fn, [a]) for a in args), tuple)

    return lower


SEVERAL: dict[Any, Callable[..., Expr | None]] = {
    np.split: split_along(lambda kind: None, True),
    np.array_split: split_along(lambda kind: None, False),
    np.vsplit: split_along(lambda kind: 0, True),
    np.hsplit: split_along(lambda kind: 0 if kind.ndim == 1 else 1, True),
    np.dsplit: split_along(lambda kind: 2, True),
    np.broadcast_arrays: broadcast_arrays,
    np.pad: pad,
    np.atleast_1d: each(np.atleast_1d),
    np.atleast_2d: each(np.atleast_2d),
    np.atleast_3d: each(np.atleast_3d),
}
"""Lowerings; None where one does not apply, and the call stays as it is."""
