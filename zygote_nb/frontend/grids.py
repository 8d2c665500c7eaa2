"""Objects of NumPy that are indexed to make arrays and indices: ``np.r_``, ``np.c_``, ``np.mgrid``, ``np.ogrid``,
``np.s_``."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from zygote_nb.frontend.values import is_slice, make_tuple, none
from zygote_nb.ir.core import INT_ONE, INT_ZERO, Const, Tuple
from zygote_nb.ir.kinds import INT, Array, Scalar, describe

if TYPE_CHECKING:
    from zygote_nb.frontend.lower import Lowering

Made = Callable[["Lowering", ast.AST, Any], Any]


def parts_of(index: Any) -> list[Any]:
    return list(index.items) if isinstance(index, Tuple) and index.cls is tuple else [index]


def steps(lo: Lowering, node: ast.AST, index: Any) -> Any:
    """The numbers that ``start:stop:step`` stands for; with an imaginary step, as many as that says."""
    start, stop, step = index.args
    if stop == none():
        raise lo.refuse(node, "this slice has no end", "write one")
    start, step = (INT_ZERO if start == none() else start), (INT_ONE if step == none() else step)
    if isinstance(step, Const) and isinstance(step.value, complex):
        return lo.apply(node, np.linspace, [start, stop, lo.constant(int(abs(step.value)))])
    return lo.apply(node, np.arange, [start, stop, step])


def joined(axes: int) -> Made:
    """``np.r_`` where numbers have at least one axis, ``np.c_`` where they have two."""

    def make(lo: Lowering, node: ast.AST, index: Any) -> Any:
        parts = [part_with_axes(lo, node, p, axes) for p in parts_of(index)]
        kinds = {p.kind.dtype for p in parts}
        if len(kinds) > 1 and not kinds <= {"int64", "float64"}:
            raise lo.refuse(node, f"`{ast.unparse(node)}` joins several types of numbers", "use np.concatenate")
        whole = make_tuple(tuple(parts), list)
        return lo.apply(node, np.concatenate, [whole], (("axis", lo.constant(axes - 1)),))

    return make


def part_with_axes(lo: Lowering, node: ast.AST, part: Any, axes: int) -> Any:
    array = steps(lo, node, part) if is_slice(part) else lo.as_array(node, part)
    if isinstance(array.kind, Scalar):
        array = lo.apply(node, np.array, [make_tuple((array,), list)])
    if not isinstance(array.kind, Array):
        raise lo.refuse(node, f"{describe(array.kind)} among what is joined", "use np.concatenate or np.stack")
    if array.kind.ndim < axes:
        return lo.apply(node, np.reshape, [array, lo.tuple_of([Const(-1, INT), INT_ONE])])
    return array


def axes_of(lo: Lowering, node: ast.AST, index: Any) -> list[Any]:
    if not all(map(is_slice, parts_of(index))):
        raise lo.refuse(node, f"`{ast.unparse(node)}` is not differentiated", "use np.arange and np.meshgrid")
    return [steps(lo, node, p) for p in parts_of(index)]


def dense(lo: Lowering, node: ast.AST, index: Any) -> Any:
    axes = axes_of(lo, node, index)
    if not isinstance(index, Tuple):
        return axes[0]
    ones = [lo.apply(node, np.ones_like, [a]) for a in axes]
    grids = []
    for i in range(len(axes)):
        shaped = [along(lo, node, axes[k] if k == i else ones[k], k, len(axes)) for k in range(len(axes))]
        grid = shaped[0]
        for factor in shaped[1:]:
            grid = lo.apply(node, np.multiply, [grid, factor])
        grids.append(grid)
    return lo.apply(node, np.stack, [make_tuple(tuple(grids), list)])


def open_(lo: Lowering, node: ast.AST, index: Any) -> Any:
    axes = axes_of(lo, node, index)
    if not isinstance(index, Tuple):
        return axes[0]
    return lo.tuple_of([along(lo, node, a, k, len(axes)) for k, a in enumerate(axes)])


def along(lo: Lowering, node: ast.AST, axis: Any, place: int, count: int) -> Any:
    shape = [Const(-1, INT) if k == place else INT_ONE for k in range(count)]
    return lo.apply(node, np.reshape, [axis, lo.tuple_of(shape)])


def itself(lo: Lowering, node: ast.AST, index: Any) -> Any:
    return index


def always_tuple(lo: Lowering, node: ast.AST, index: Any) -> Any:
    return lo.tuple_of(parts_of(index))


GRIDS: dict[int, Made] = {
    id(np.r_): joined(1),
    id(np.c_): joined(2),
    id(np.mgrid): dense,
    id(np.ogrid): open_,
    id(np.s_): itself,
    id(np.index_exp): always_tuple,
}


def maker(base: Any) -> Made | None:
    """What indexing such an object makes; None for anything else."""
    return GRIDS.get(id(base.value)) if isinstance(base, Const) else None
