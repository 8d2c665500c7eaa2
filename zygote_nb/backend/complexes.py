"""Complex numbers, as they are compiled.

Numba agrees with NumPy in most functions of complex numbers. Where it doesn't, a function of ``runtime.holomorphic``
takes its place; a function that is named here nowhere is not compiled for them.
"""

from __future__ import annotations

import builtins
import cmath
import operator

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from zygote_nb.backend.plan import NotCompiled
from zygote_nb.dataclass import replace
from zygote_nb.ir.callables import Attribute, Method
from zygote_nb.ir.core import Accumulate, Apply, Const, Expr, Stmt, Store
from zygote_nb.ir.kinds import Array, Kind, Opaque, Scalar
from zygote_nb.ir.walk import children
from zygote_nb.runtime import holomorphic, polar, single

SAME = {
    operator.add, operator.sub, operator.mul, operator.neg, operator.pos, operator.matmul, operator.getitem,
    operator.eq, operator.ne, operator.is_, np.add, np.subtract, np.multiply, np.divide, np.negative, np.positive,
    np.square, np.reciprocal, np.sqrt, np.log1p, np.tan, np.arcsin, np.arccos, np.arctan, np.arcsinh, np.arctanh,
    np.conjugate, np.real, np.imag, cmath.phase, np.isnan, np.isfinite, np.isinf,
    np.complex128, np.complex64, polar.real_part, polar.abs_adjoint, polar.abs_tangent, polar.abs_adjoint_tangent,
    polar.angle_adjoint, polar.angle_tangent,
}  # fmt: skip
"""Operations and functions of single numbers that agree."""
REARRANGING = {
    np.zeros_like, np.ones_like, np.empty_like, np.full_like, np.zeros, np.ones, np.empty, np.full, np.eye, np.copy,
    np.array, np.where, np.sum, np.mean, np.cumsum, np.trace, np.diag, np.diagonal, np.dot, np.outer, np.inner,
    np.concatenate, np.stack, np.vstack, np.hstack, np.reshape, np.ravel, np.transpose, np.swapaxes, np.moveaxis,
    np.matrix_transpose, np.expand_dims, np.squeeze, np.flip, np.flipud, np.fliplr, np.roll, np.repeat, np.tile,
    np.broadcast_to, sliding_window_view, np.take, np.triu, np.tril, np.atleast_1d, np.atleast_2d, np.linalg.inv,
    np.linalg.solve, np.linalg.det, Method("copy"), Method("sum"), Method("mean"), Method("reshape"), Method("ravel"),
    Method("transpose"), Method("dot"), Method("flatten"), Method("astype"), Method("cumsum"), Attribute("shape"),
    Attribute("size"), Attribute("ndim"), Attribute("T"), np.matmul, len, single.total, single.average,
}  # fmt: skip
"""Functions of arrays that are compiled for complex numbers as for real ones."""
PARTS = {
    Attribute("real"): np.real, Attribute("imag"): np.imag, Method("conj"): np.conjugate,
    Method("conjugate"): np.conjugate,
}  # fmt: skip
POWERS = {operator.pow, builtins.pow, np.power}


def is_complex(kind: Kind) -> bool:
    return isinstance(kind, Scalar | Array) and kind.dtype[0] == "c"


def concerns(expr: Apply) -> bool:
    """Whether complex numbers take part in a call."""
    given = (e for a in children(expr) for e in (a, *getattr(a, "items", ())))
    return is_complex(expr.kind) or any(is_complex(e.kind) for e in given)


def compiled_form(expr: Apply, is_helper: bool) -> Apply:
    """The call as Numba gives NumPy's numbers for it; one of those in REARRANGING is left to the general treatment."""
    fn = expr.fn
    if fn in holomorphic.OF_NUMPY:
        return replace(expr, fn=holomorphic.OF_NUMPY[fn], text=None)
    if fn in holomorphic.OF_PYTHON and len(expr.args) == 1:
        return replace(expr, fn=holomorphic.OF_PYTHON[fn], text=None)
    if fn in POWERS:
        return power(expr)
    if fn in (operator.truediv, np.divide):
        return replace(expr, fn=holomorphic.complex_divide, text=None)
    if fn in (abs, operator.abs, np.abs) and len(expr.args) == 1:
        return replace(expr, fn=holomorphic.complex_abs, text=None)
    if fn in PARTS and len(expr.args) == 1:
        return replace(expr, fn=PARTS[fn], text=None)
    if fn in SAME or fn in REARRANGING or is_helper:
        return expr
    if fn is np.angle and not expr.kwargs:
        return expr
    name = getattr(fn, "__name__", None) or getattr(fn, "name", str(fn))
    raise NotCompiled(f"`{name}` of complex numbers has no compiled form")


def power(expr: Apply) -> Apply:
    exponent = expr.args[1].kind
    if not isinstance(exponent, Scalar) or exponent.dtype != "int64" or expr.kwargs:
        raise NotCompiled("a power of complex numbers has a compiled form for an integer as exponent only")
    return replace(expr, fn=holomorphic.complex_power, text=None)


def check_stored(stmt: Stmt) -> None:
    """Numba adds the real part of a complex array to a real one, where NumPy raises."""
    if isinstance(stmt, Store) and is_real(stmt.base.kind) and is_complex(stmt.value.kind):
        raise NotCompiled("complex numbers are written to an array of real ones")
    if isinstance(stmt, Accumulate) and is_complex(stmt.value.kind) and is_real(added_to(stmt)):
        raise NotCompiled("complex numbers are added to real ones")


def added_to(stmt: Accumulate) -> Kind:
    return stmt.kind if stmt.base is None else stmt.base.kind


def is_real(kind: Kind) -> bool:
    return isinstance(kind, Array) and kind.dtype[0] in "fiub"


def as_dtype(expr: Expr) -> Expr:
    """``complex`` as Numba knows it in the place of a dtype."""
    if isinstance(expr, Const) and expr.value is complex:
        return Const(np.complex128, Opaque("dtype"), "np.complex128")
    return expr
