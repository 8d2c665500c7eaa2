"""Sums, means and extremes along the last axis as loops over rows, which other loops over these rows may join."""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING, Any

import numpy as np

from zygote_nb.backend.regions import Kept, is_doubles, longest
from zygote_nb.dataclass import dataclass
from zygote_nb.ir.callables import Method
from zygote_nb.ir.core import (
    INT_ONE,
    INT_ZERO,
    Accumulate,
    Apply,
    Assign,
    Choice,
    Const,
    Expr,
    Name,
    Span,
    Stmt,
    Store,
    Tuple,
    call,
)
from zygote_nb.ir.kinds import BOOL, FLOAT, INT, Array, Kind, Scalar
from zygote_nb.runtime import arrays, vmath

if TYPE_CHECKING:
    from zygote_nb.backend.nests import Writer

FUNCTIONS = {
    np.sum: np.sum, np.mean: np.mean, np.max: np.max, np.amax: np.max, np.min: np.min, np.amin: np.min,
    Method("sum"): np.sum, Method("mean"): np.mean,
}  # fmt: skip
EXTREMES = {np.max: (vmath.larger_number, -np.inf, "-np.inf"), np.min: (vmath.smaller_number, np.inf, "np.inf")}
NUMBER = Scalar("float64", False)


@dataclass(frozen=True, slots=True)
class Reduction:
    """What is made of the entries ``of`` each row; ``kept`` says that the result has an axis of length one for them.

    ``like`` is an array that the result has the shape of.
    """

    fn: Any
    of: Expr
    kept: bool
    like: Expr | None = None


def reduction(value: Expr) -> Reduction | None:
    """The reduction along the last of several axes that the value is, if it is one."""
    if not isinstance(value, Apply) or not is_doubles(value.kind) or not value.args:
        return None
    of, rest = value.args[0], value.args[1:]
    if not is_doubles(of.kind) or of.kind.ndim < 2:  # type: ignore[union-attr]
        return None
    if value.fn is arrays.unbroadcast and are_rows(of.kind, rest[0].kind):
        return Reduction(np.sum, of, True, rest[0])
    settings = dict(zip(("axis",), rest, strict=False)) | dict(value.kwargs)
    if value.fn not in FUNCTIONS or len(rest) > 1 or not settings.keys() <= {"axis", "keepdims"}:
        return None
    kept = settings.get("keepdims", Const(False, BOOL))
    if not is_last(settings.get("axis"), of.kind) or not isinstance(kept, Const) or type(kept.value) is not bool:
        return None
    return Reduction(FUNCTIONS[value.fn], of, kept.value)


def are_rows(kind: Kind, like: Kind) -> bool:
    """Whether what is ``like`` has one entry where the other has a row."""
    if not isinstance(kind, Array) or not isinstance(like, Array) or kind.ndim != like.ndim:
        return False
    return like.dims[-1] == 1 != kind.dims[-1] and None not in kind.dims[:-1] and kind.dims[:-1] == like.dims[:-1]


def is_last(axis: Expr | None, kind: Kind) -> bool:
    number = axis.args[0] if isinstance(axis, Apply) and axis.fn is operator.neg else axis
    if not isinstance(number, Const) or type(number.value) is not int or not isinstance(kind, Array):
        return False
    return (-number.value if number is not axis else number.value) in (-1, kind.ndim - 1)


def shared_out(value: Apply) -> Apply | None:
    """The shares of entries in the extremes of their rows, as a quotient of what is worked out entry by entry."""
    if value.fn is not arrays.shares or value.kwargs or len(value.args) != 3 or not is_doubles(value.kind):
        return None
    x, y, axis = value.args
    if not is_doubles(x.kind) or not is_doubles(y.kind) or not is_last(axis, x.kind):
        return None
    if x.kind.ndim != y.kind.ndim or y.kind.dims[-1] != 1:  # type: ignore[union-attr]
        return None
    taken = Apply(vmath.taken, (x, y), (), value.kind)
    settings = (("axis", axis), ("keepdims", Const(True, BOOL)))
    return Apply(operator.truediv, (taken, Apply(np.sum, (taken,), settings, y.kind)), (), value.kind)


@dataclass(frozen=True, slots=True)
class Steps:
    """What is done before the entries of a row, with each of them and after them, and what the row amounts to."""

    before: tuple[Stmt, ...]
    each: tuple[Stmt, ...]
    result: Expr


def steps(fn: Any, held: str, strange: str, entry: Expr, length: Expr, span: Span) -> Steps:
    """``held`` and ``strange`` are variables: for what was found so far, and for how many entries were not numbers."""
    now = Name(held, FLOAT)
    if fn not in EXTREMES:
        result = now if fn is np.sum else Apply(operator.truediv, (now, length), (), NUMBER)
        return Steps((Assign(held, Const(0.0), span),), (Accumulate(held, entry, kind=NUMBER, span=span),), result)
    better, start, text = EXTREMES[fn]
    count = Name(strange, INT)
    return Steps(
        (Assign(held, Const(start, FLOAT, text), span), Assign(strange, Const(0, INT), span)),
        (
            Assign(held, Apply(better, (now, entry), (), NUMBER), span),
            Assign(strange, Apply(vmath.strange_too, (count, entry), (), INT), span),
        ),
        Choice(call(operator.gt, count, Const(0, INT), kind=BOOL), Const(np.nan, FLOAT, "np.nan"), now, NUMBER),
    )


def reduced(writer: Writer, name: str, found: Reduction) -> None:
    """Writes what the rows of a value amount to into new memory."""
    slices = writer.slices
    element, regions = writer.element(found.of)
    axes = tuple(longest(regions, i) for i in range(found.of.kind.ndim))  # type: ignore[union-attr]
    outer, row = axes[:-1], axes[-1]
    if any(r.root == name for r in regions) or row.single or row.short:
        raise Kept
    writer.require_all_alike(axes, regions)
    if found.like is not None:
        for axis, other in zip(outer, writer.leaf(found.like).axes, strict=False):
            writer.require_alike(axis, other)
    names = writer.names_of(axes)
    at = tuple(Name(n, INT) for n in names)
    done = steps(found.fn, slices.fresh("row"), slices.fresh("strange"), element(at), row.length, slices.span)
    if found.fn is not np.sum:
        # Of no entries there is no extreme, and Python warns of their mean.
        writer.require(call(operator.lt, row.length, INT_ONE, kind=BOOL))
    ones = (INT_ONE,) * found.kept
    kind = Array("float64", (None,) * (len(outer) + len(ones)))
    shape = Tuple((*map(writer.extent, outer), *ones))
    slices.out.append(Assign(name, Apply(np.empty, (shape,), (), kind), slices.span))
    place = (*at[:-1], *(INT_ZERO,) * found.kept)
    last = Store(Name(name, kind), place[0] if len(place) == 1 else Tuple(place), done.result, span=slices.span)
    slices.out += writer.around((*done.before, *writer.around(done.each, names[-1:], (row,)), last), names[:-1], outer)
