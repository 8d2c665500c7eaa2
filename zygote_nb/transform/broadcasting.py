"""Cotangents of what was broadcast: summed over the axes that were added or stretched."""

from __future__ import annotations

import numpy as np

from zygote_nb.dataclass import replace
from zygote_nb.ir.callables import Attribute
from zygote_nb.ir.core import Apply, Const, Expr, Name
from zygote_nb.ir.kinds import Array, Kind, Scalar
from zygote_nb.ir.walk import children, subexpressions
from zygote_nb.runtime import arrays as helpers
from zygote_nb.transform import algebra


def covers(kind: Kind, target: Kind) -> bool:
    """Whether a value of one kind has the whole shape of the other, rather than one that broadcasts to it."""
    if not isinstance(target, Array):
        return True
    return (
        isinstance(kind, Array)
        and kind.ndim == target.ndim
        and all(p == q for p, q in zip(kind.dims, target.dims, strict=True))
    )


def needs_sum(call: Apply, position: int) -> str:
    """Whether the argument was broadcast: "no", "yes", or "maybe" where the kinds don't tell."""
    if not isinstance(call.kind, Array) or call.kind.ndim == 0:
        return "no"
    operands = children(call)
    own = dims(operands[position])
    others = [dims(a) for i, a in enumerate(operands) if i != position and a != operands[position]]
    rank = call.kind.ndim
    verdict = "no"
    for axis in range(rank):
        mine = axis_of(own, axis, rank)
        rest = [axis_of(o, axis, rank) for o in others]
        if isinstance(mine, tuple) and all(r in (1, mine) for r in rest):
            continue
        if (isinstance(mine, int) and mine != 1) or all(r == 1 for r in rest):
            continue
        if isinstance(mine, tuple):
            verdict = "maybe" if verdict == "no" else verdict
            continue
        if mine is None or any(r is None for r in rest):
            verdict = "maybe" if verdict == "no" else verdict
        if mine == 1 and any(r not in (1, None) for r in rest):
            verdict = "yes"
        elif mine == 1:
            verdict = "maybe" if len(own) == rank else "yes"
    return "maybe" if verdict == "no" and len(own) < rank else verdict


def dims(expr: Expr) -> tuple[int | None, ...]:
    return expr.kind.dims if isinstance(expr.kind, Array) else ()


def axis_of(shape: tuple[int | None, ...], axis: int, rank: int) -> int | None:
    index = axis - (rank - len(shape))
    return 1 if index < 0 else shape[index]


def summed(call: Apply, position: int, g: Expr) -> Expr:
    """The cotangent of an argument that may have been broadcast."""
    verdict = needs_sum(call, position)
    if verdict == "no":
        return g
    arg = children(call)[position]
    if not isinstance(arg.kind, Array):
        return summed_to_scalar(call, g)
    if not covers(g.kind, call.kind):
        g = expanded(g, call)
    own = dims(arg)
    result = dims(call)
    if verdict == "yes" and own == result[len(result) - len(own) :] and len(result) - len(own) == 1:
        return Apply(np.sum, (g,), (("axis", Const(0, Scalar("int64"))),), of_dtype(arg.kind, g))
    return Apply(helpers.unbroadcast, (g, arg), (), of_dtype(arg.kind, g))


def of_dtype(kind: Array, g: Expr) -> Array:
    """The kind of a cotangent in the shape of an argument: complex where it is."""
    dtype = getattr(g.kind, "dtype", "float64")
    return replace(kind, dtype=dtype) if dtype[0] == "c" else kind


def summed_to_scalar(call: Apply, g: Expr) -> Expr:
    if covers(g.kind, call.kind):
        return Apply(np.sum, (g,), (), Scalar(getattr(g.kind, "dtype", "float64"), False))
    if not isinstance(g.kind, Array):
        return algebra.mul(g, Apply(Attribute("size"), (like(call),), (), Scalar("int64")))
    return Apply(np.sum, (expanded(g, call),), (), Scalar(g.kind.dtype, False))


def like(call: Apply) -> Expr:
    """Something that has the shape of the call's result: a variable if there is one."""
    for e in subexpressions(call):
        if isinstance(e, Name) and isinstance(e.kind, Array) and None not in e.kind.dims and covers(e.kind, call.kind):
            return e
    return call


def expanded(g: Expr, shaped: Expr) -> Expr:
    """A fresh array of the shape of ``shaped``, filled by broadcasting ``g``."""
    kind = shaped.kind
    assert isinstance(kind, Array)
    source = like(shaped) if isinstance(shaped, Apply) else shaped
    kind = of_dtype(Array("float64" if kind.dtype[0] in "iub" else kind.dtype, kind.dims), g)
    if not isinstance(g.kind, Array) and isinstance(source, Name) and kind.dtype == source.kind.dtype:  # type: ignore[union-attr]
        return Apply(np.full_like, (source, g), (), kind)
    return Apply(helpers.expand, (g, source), (), kind)
