"""Einstein sums and convolutions, which compiled code does in loops of its own."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from zygote_nb.ir.core import Apply, Const, Expr, text_const
from zygote_nb.ir.kinds import Array
from zygote_nb.runtime import contractions, forms

CONVOLUTIONS = {
    np.convolve: (forms.convolve, 2, "full"), np.correlate: (forms.correlate, 2, "valid"),
    contractions.like_convolve: (contractions.like_convolve, 2, "full"),
}  # fmt: skip
ADJOINTS = {f: (f, 3, "full") for f in (contractions.convolve_adjoint_left, contractions.convolve_adjoint_right)}


def with_form(expr: Apply) -> Apply | None:
    """The call of a form of our own, or None if there is none for such arguments."""
    if expr.fn is np.einsum:
        return replace(expr, fn=forms.einsum, text=None) if is_sum(expr) else None
    known = (CONVOLUTIONS | ADJOINTS).get(expr.fn)
    return None if known is None else convolution(expr, *known)


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


def is_floats(expr: Expr) -> bool:
    return isinstance(expr.kind, Array) and expr.kind.dtype == "float64"
