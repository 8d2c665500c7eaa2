"""What is known to agree between NumPy, Python and Numba: functions whose calls are compiled as they are written."""

from __future__ import annotations

import functools
import math
import operator
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from zygote_nb.ir.callables import Attribute, Method
from zygote_nb.ir.core import logical_and, logical_or
from zygote_nb.runtime import checked, checkpoints, directions, lists, places, single

COMPARISONS = {
    operator.is_,
    operator.lt,
    operator.le,
    operator.gt,
    operator.ge,
    operator.eq,
    operator.ne,
    operator.not_,
    logical_and,
    logical_or,
}
ARITHMETIC = {
    operator.add, operator.sub, operator.mul, operator.neg, operator.pos, operator.matmul, operator.getitem,
    operator.and_, operator.or_, operator.xor, operator.rshift,
}  # fmt: skip
UFUNCS = {
    np.sin, np.cos, np.tan, np.arcsin, np.arccos, np.arctan, np.arctan2, np.sinh, np.cosh, np.tanh, np.arcsinh,
    np.arccosh, np.arctanh, np.exp, np.exp2, np.expm1, np.log, np.log2, np.log10, np.log1p, np.sqrt, np.cbrt, np.square,
    np.abs, np.fabs, np.negative, np.positive, np.reciprocal, np.sign, np.floor, np.ceil, np.trunc, np.add, np.subtract,
    np.multiply, np.divide, np.maximum, np.minimum, np.hypot, np.isnan, np.isfinite, np.isinf, np.logaddexp,
    np.deg2rad, np.rad2deg, np.radians, np.degrees, np.copysign, np.power, np.logical_and, np.logical_or,
    np.logical_not, np.rint, np.conjugate,
}  # fmt: skip
FUNCTIONS = {
    np.zeros, np.ones, np.empty, np.zeros_like, np.ones_like, np.empty_like, np.full_like, np.full, np.copy, np.sum,
    np.dot, np.outer, np.where, np.expand_dims, np.arange, np.linspace, np.eye, np.mean, np.cumsum, np.concatenate,
    np.stack, np.reshape, np.ravel, np.transpose, np.prod, np.vdot, np.diag, np.sqrt, np.array, np.linalg.solve,
    np.linalg.inv, np.linalg.det, np.trace, np.argmax, np.argmin, np.real, np.imag,
}  # fmt: skip
METHODS = {
    Method("copy"),
    Method("sum"),
    Method("mean"),
    Method("reshape"),
    Method("ravel"),
    Method("transpose"),
    Method("dot"),
    Method("flatten"),
}
ATTRIBUTES = {Attribute("size"), Attribute("shape"), Attribute("T"), Attribute("ndim")}
PLAIN = {
    abs, operator.abs, float, bool, len, slice, range, np.float64, np.float32, math.isnan, math.isinf, math.isfinite,
    math.gcd,
}  # fmt: skip
ROUNDING = {np.round, np.around, Method("round")}
LISTS = {lists.zero_list, lists.copied, lists.add_lists, lists.slice_bounds}
SCHEDULES = {checkpoints.steps_at_once, checkpoints.states_kept, checkpoints.steps_to_state}
DIRECTIONS = {
    directions.along_entry, directions.rows_like, directions.flat_entries, directions.entries_of,
    directions.entry_number,
}  # fmt: skip
SINGLE = {single.total, single.average}
IN_PLACE = LISTS | places.EFFECTS
AS_IT_IS = COMPARISONS | ATTRIBUTES | PLAIN | IN_PLACE | SCHEDULES | DIRECTIONS | SINGLE
AXES = {
    np.sum, np.mean, np.prod, np.max, np.min, np.amax, np.amin, np.ptp, np.any, np.all, np.var, np.std, np.cumsum,
    np.cumprod, np.diff, np.linalg.norm, np.flip, np.expand_dims, np.swapaxes, np.moveaxis, np.transpose, np.repeat,
    np.concatenate, np.stack, np.roll, np.outer, np.trace, np.diag, np.linspace, np.zeros_like, np.full_like, np.zeros,
    np.ones, np.empty, np.full, sliding_window_view,
}  # fmt: skip
"""Functions whose keywords have a compiled form."""
MORE = {
    np.inner, np.cross, np.diagonal, np.triu, np.tril, np.flipud, np.fliplr, np.matrix_transpose, np.atleast_1d,
    np.atleast_2d, np.tile, np.broadcast_to, np.take, np.clip, np.vstack, np.hstack, np.fmax, np.fmin, np.heaviside,
    sliding_window_view,
}  # fmt: skip
DIAGONALS = {np.diag, np.diagonal, np.linalg.diagonal, Method("diagonal")}
FUNCTION_OF = {
    Method(f.__name__): f for f in (np.sum, np.mean, np.max, np.min, np.prod, np.std, np.var, np.cumsum, np.any, np.all)
}


@functools.cache
def known_math() -> frozenset[Any]:
    names = (
        "sin cos tan asin acos atan sinh cosh tanh asinh acosh atanh exp expm1 log log2 log10 log1p sqrt fabs erf erfc "
        "gamma lgamma degrees radians cbrt"
    )
    return frozenset(getattr(math, n) for n in names.split()) | checked.TWO_ARGUMENTS
