"""Helpers of gradients that are linear in a cotangent, transposed: what a gradient of a gradient calls.

Where a helper takes a cotangent back through a function that is linear, this is the function itself, and where it
belongs to an order that stays, what takes tangents forward. Of a product of two factors each helper has two
derivatives: by the cotangent the product with ``g`` in place of the factor, by the other factor its own adjoint there.
Here ``g`` is the cotangent of the helper's result, ``d`` the one that it was given.
"""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from zygote_nb.rules.linearity import linear
from zygote_nb.rules.registry import pullback_rule
from zygote_nb.runtime.arrays import cofactors, reshape_like, unbroadcast
from zygote_nb.runtime.contractions import (
    convolve_adjoint_left,
    convolve_adjoint_right,
    correlate_adjoint_left,
    correlate_adjoint_right,
    diagonals_adjoint,
    einsum_adjoint,
    kron_adjoint_left,
    kron_adjoint_right,
    tensordot_adjoint_left,
    tensordot_adjoint_right,
    trace_adjoint,
    vecdot_adjoint,
)
from zygote_nb.runtime.matrices import cofactors_of_stack, per_matrix
from zygote_nb.runtime.polynomials import polyder_adjoint, polyint_adjoint, tail_like, tail_of
from zygote_nb.runtime.rearranging import (
    delete_adjoint,
    found_adjoint,
    insert_adjoint,
    pad_adjoint,
    padded,
    partition_adjoint,
    resize_adjoint,
    rollaxis_back,
    select_adjoint,
    sort_adjoint,
    take_along_axis_adjoint,
    take_mode_adjoint,
    trim_zeros_adjoint,
    trim_zeros_tangent,
    windows_adjoint,
)
from zygote_nb.runtime.reductions import cumulative_sum_adjoint, diff_joined_adjoint, ediff1d_adjoint, with_axes
from zygote_nb.runtime.tangents import (
    cofactors_of_stack_tangent,
    cofactors_tangent,
    found_tangent,
    partition_tangent,
    sort_tangent,
)

# What moves entries about

pullback_rule(with_axes, lambda g, y, d, axis, keepdims, rank: reshape_like(g, d))
pullback_rule(per_matrix, lambda g, y, d: reshape_like(g, d))
pullback_rule(delete_adjoint, lambda g, y, d, arr, obj, axis=None: np.delete(g, obj, axis))
pullback_rule(insert_adjoint, lambda g, y, d, arr, obj, axis=None: np.insert(g, obj, 0.0, axis))
pullback_rule(take_mode_adjoint, lambda g, y, d, x, indices, axis, mode: np.take(g, indices, axis, mode=mode))
pullback_rule(take_along_axis_adjoint, lambda g, y, d, arr, indices, axis=-1: np.take_along_axis(g, indices, axis))
pullback_rule(resize_adjoint, lambda g, y, d, a, shape: np.resize(g, shape))
pullback_rule(pad_adjoint, lambda g, y, d, array, pad_width, mode: padded(g, pad_width, mode))
pullback_rule(windows_adjoint, lambda g, y, d, x, shape, axis=None: sliding_window_view(g, shape, axis))
pullback_rule(rollaxis_back, lambda g, y, d, axis, start=0: np.rollaxis(g, axis, start))
pullback_rule(trim_zeros_adjoint, lambda g, y, d, filt, trim: trim_zeros_tangent(g, d, filt, trim))
pullback_rule(select_adjoint, lambda g, y, d, conditions, choices: np.select(conditions, g, 0.0))
pullback_rule(sort_adjoint, lambda g, y, d, x, axis=-1: sort_tangent(g, x, axis))
pullback_rule(sort_tangent, lambda g, y, d, x, axis=-1: sort_adjoint(g, x, axis))
pullback_rule(partition_adjoint, lambda g, y, d, x, of, axis=-1: partition_tangent(g, x, of, axis))
pullback_rule(found_adjoint, lambda g, y, d, of, x, before=None: found_tangent(g, of, x, before))
linear(sort_tangent)

# Sums, differences, coefficients

pullback_rule(cumulative_sum_adjoint, lambda g, y, d, x, axis, include_initial: (
    np.cumulative_sum(g, axis=axis, include_initial=include_initial)
))  # fmt: skip


@pullback_rule(diff_joined_adjoint)
def diff_joined_transposed(g, y, d, a, n, axis, prepend, append):
    first = np.zeros_like(np.asarray(0.0 if prepend is None else prepend))
    last = np.zeros_like(np.asarray(0.0 if append is None else append))
    if prepend is None:
        return np.diff(g, n, axis, append=last)
    if append is None:
        return np.diff(g, n, axis, prepend=first)
    return np.diff(g, n, axis, first, last)


@pullback_rule(ediff1d_adjoint)
def ediff1d_transposed(g, y, d, a, to_end, to_begin):
    end = None if to_end is None else np.zeros(np.size(to_end))
    begin = None if to_begin is None else np.zeros(np.size(to_begin))
    return np.ediff1d(g, end, begin)


pullback_rule(polyder_adjoint, lambda g, y, d, p, m=1: np.polyder(g, m))
pullback_rule(polyint_adjoint, lambda g, y, d, p, m=1: np.polyint(g, m))
pullback_rule(tail_like, lambda g, y, d, p: tail_of(g, d))

# Products

pullback_rule(trace_adjoint, lambda g, y, d, x, offset=0, axis1=0, axis2=1: np.trace(g, offset, axis1, axis2))
pullback_rule(diagonals_adjoint, lambda g, y, d, x, offset=0, axis1=0, axis2=1: (
    unbroadcast(np.diagonal(g, offset, axis1, axis2), d)
))  # fmt: skip
pullback_rule(tensordot_adjoint_left, lambda g, y, d, a, b, axes=2: (
    np.tensordot(g, b, axes), None, tensordot_adjoint_right(d, g, b, axes)
))  # fmt: skip
pullback_rule(tensordot_adjoint_right, lambda g, y, d, a, b, axes=2: (
    np.tensordot(a, g, axes), tensordot_adjoint_left(d, a, g, axes), None
))  # fmt: skip
pullback_rule(kron_adjoint_left, lambda g, y, d, a, b: (np.kron(g, b), None, kron_adjoint_right(d, g, b)))
pullback_rule(kron_adjoint_right, lambda g, y, d, a, b: (np.kron(a, g), kron_adjoint_left(d, a, g), None))
pullback_rule(convolve_adjoint_left, lambda g, y, d, a, v, mode="full": (
    np.convolve(g, v, mode), None, convolve_adjoint_right(d, g, v, mode)
))  # fmt: skip
pullback_rule(convolve_adjoint_right, lambda g, y, d, a, v, mode="full": (
    np.convolve(a, g, mode), convolve_adjoint_left(d, a, g, mode), None
))  # fmt: skip
pullback_rule(correlate_adjoint_left, lambda g, y, d, a, v, mode="valid": (
    np.correlate(g, v, mode), None, correlate_adjoint_right(d, g, v, mode)
))  # fmt: skip
pullback_rule(correlate_adjoint_right, lambda g, y, d, a, v, mode="valid": (
    np.correlate(a, g, mode), correlate_adjoint_left(d, a, g, mode), None
))  # fmt: skip
pullback_rule(vecdot_adjoint, lambda g, y, d, other, x, axis=-1: (
    np.vecdot(other, g, axis=axis), vecdot_adjoint(d, g, other, axis), None
))  # fmt: skip


@pullback_rule(einsum_adjoint)
def einsum_transposed(g, y, d, subscripts, operands, i, operand):
    factors = (*operands[:i], g, *operands[i + 1 :])
    others = [None if k == i else einsum_adjoint(d, subscripts, factors, k, x) for k, x in enumerate(operands)]
    return np.einsum(subscripts, *factors), None, tuple(others), None, None


# Second derivatives that are symmetric


pullback_rule(cofactors, lambda g, y, a: cofactors_tangent(g, a))
pullback_rule(cofactors_of_stack, lambda g, y, a: cofactors_of_stack_tangent(g, a))
