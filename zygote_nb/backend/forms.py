"""Functions that compiled code does in loops of its own: Einstein sums, convolutions, arrays of a list joined."""

from __future__ import annotations

import operator

import numpy as np

from zygote_nb.dataclass import replace
from zygote_nb.ir.core import INT_ZERO, Apply, Const, Expr, text_const
from zygote_nb.ir.kinds import INT, Array, ListOf, Scalar
from zygote_nb.runtime import contractions, forms, grids, rearranging

CONVOLUTIONS = {
    np.convolve: (forms.convolve, 2, "full"), np.correlate: (forms.correlate, 2, "valid"),
    contractions.like_convolve: (contractions.like_convolve, 2, "full"),
    contractions.like_correlate: (contractions.like_convolve, 2, "valid"),
}  # fmt: skip
ADJOINTS = {f: (f, 3, "full") for f in (contractions.convolve_adjoint_left, contractions.convolve_adjoint_right)}


SUMS = {np.einsum: forms.einsum, contractions.like_einsum: contractions.like_einsum}
REMAINDERS = {operator.mod, np.mod, np.remainder}
ORDERED = {np.sort: (forms.sort, 1), rearranging.sort_adjoint: (forms.sort_back, 2)}
INTERPOLATED = {
    np.interp: (forms.interp, 3), grids.interp_adjoint: (forms.interp_back, 4),
    grids.interp_values_adjoint: (forms.interp_values_back, 4),
    grids.interp_knots_adjoint: (forms.interp_knots_back, 4),
}  # fmt: skip
"""Functions of vectors without their settings, the form of each, and how many arguments it takes."""


ARRAYS = {np.array, np.asarray, np.asanyarray}
PILED = {np.vstack: (0, 2), np.hstack: (1, 2), np.column_stack: (1, 2), np.dstack: (2, 3)}
"""The axis along which these join arrays of so many axes, or more; along it they stack those of one axis less."""


def with_form(expr: Apply) -> Apply | None:
    """The call of a form of our own, or None if there is none for such arguments."""
    match [a.kind for a in expr.args[:1]]:
        case [ListOf(item=Array(ndim=ndim), limit=None)]:
            return of_list(expr, ndim)
    if expr.fn in SUMS:
        return replace(expr, fn=SUMS[expr.fn], text=None) if is_sum(expr) else None
    if expr.fn in ORDERED or expr.fn in INTERPOLATED:
        return of_vectors(expr, *(ORDERED | INTERPOLATED)[expr.fn])
    if expr.fn in REMAINDERS:
        return (
            replace(expr, fn=np.remainder, text=None) if is_positive(expr.args[1]) and is_floats(expr.args[0]) else None
        )
    known = (CONVOLUTIONS | ADJOINTS).get(expr.fn)
    return None if known is None else convolution(expr, *known)


def of_list(expr: Apply, ndim: int) -> Apply | None:
    """The arrays of a list joined along an axis that is written in the call, or stacked."""
    settings = (*expr.args[1:], *(v for name, v in expr.kwargs if name == "axis"))
    if len(settings) > 1 or len(settings) < len(expr.args) - 1 + len(expr.kwargs):
        return None
    axis = settings[0] if settings else INT_ZERO
    if not isinstance(axis, Const) or type(axis.value) is not int:
        return None
    if expr.fn is np.concatenate or (expr.fn is np.hstack and ndim == 1):
        return joined(expr, forms.joined, axis)
    if expr.fn is np.stack or (expr.fn in ARRAYS and not settings):
        return joined(expr, forms.stacked, axis)
    along, rank = PILED.get(expr.fn, (0, ndim + 2))
    form = {rank - 1: forms.stacked}.get(ndim, forms.joined)
    return joined(expr, form, Const(along, INT)) if ndim >= rank - 1 else None


def joined(expr: Apply, form: object, axis: Expr) -> Apply:
    return replace(expr, fn=form, args=(expr.args[0], axis), kwargs=(), text=None)


def is_sum(expr: Apply) -> bool:
    """Whether there are several arrays, none with an axis that might be broadcast."""
    subscripts, *operands = expr.args
    if expr.kwargs or len(operands) < 2 or not isinstance(subscripts, Const) or not isinstance(subscripts.value, str):
        return False
    return "." not in subscripts.value and all(is_floats(x) and x.kind.ndim and 1 not in x.kind.dims for x in operands)  # type: ignore[union-attr]


def convolution(expr: Apply, form: object, count: int, default: str) -> Apply | None:
    """The call with its mode as a literal, for vectors."""
    given = (*expr.args[count:], *(v for name, v in expr.kwargs if name == "mode"))
    vectors = expr.args[:count]
    known = all(isinstance(m, Const) and isinstance(m.value, str) for m in given)
    if not known or len(given) > 1 or not all(is_floats(v) and v.kind.ndim == 1 for v in vectors):  # type: ignore[union-attr]
        return None
    return replace(expr, fn=form, args=(*vectors, *(given or (text_const(default),))), kwargs=(), text=None)


def of_vectors(expr: Apply, form: object, count: int) -> Apply | None:
    """The call for vectors, or with a number for the points, if its settings are those of the default."""
    given, settings = expr.args[:count], (*expr.args[count:], *(v for _, v in expr.kwargs))
    plain = all(isinstance(s, Const) and s.value in (None, -1) for s in settings) and len(given) == count
    points = (0, 1)[: count - 2] if expr.fn in INTERPOLATED else ()
    vectors = all(
        (is_floats(v) and v.kind.ndim == 1) or (i in points and is_number(v))  # type: ignore[union-attr]
        for i, v in enumerate(given)
    )
    alike = len({isinstance(given[i].kind, Array) for i in points}) < 2 if plain and vectors else False
    return replace(expr, fn=form, args=given, kwargs=(), text=None) if alike else None


def is_number(expr: Expr) -> bool:
    return isinstance(expr.kind, Scalar) and expr.kind.dtype == "float64"


def is_positive(expr: Expr) -> bool:
    """Whether a divisor is a literal whose remainders Numba gives the sign that NumPy does."""
    return isinstance(expr, Const) and type(expr.value) in (int, float) and expr.value > 0


def is_floats(expr: Expr) -> bool:
    return isinstance(expr.kind, Array) and expr.kind.dtype == "float64"
