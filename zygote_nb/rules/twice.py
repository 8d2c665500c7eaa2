"""Helpers of gradients in second derivatives: all are linear in the cotangent, which comes first.

Their other arguments give shapes, indices, or an order that does not change where it is smooth; the second factor of a
product is another argument in which a helper is linear.
"""

from zygote_nb.rules.registry import frule, linear, multilinear, non_differentiable, not_implemented
from zygote_nb.runtime.arrays import quotient
from zygote_nb.runtime.contractions import (
    convolve_adjoint_left,
    convolve_adjoint_right,
    correlate_adjoint_left,
    correlate_adjoint_right,
    diagonals_adjoint,
    kron_adjoint_left,
    kron_adjoint_right,
    tensordot_adjoint_left,
    tensordot_adjoint_right,
    trace_adjoint,
    vecdot_adjoint,
)
from zygote_nb.runtime.matrices import norm_slopes
from zygote_nb.runtime.polynomials import polyder_adjoint, polyint_adjoint, tail_like
from zygote_nb.runtime.quantiles import quantile_adjoint
from zygote_nb.runtime.rearranging import (
    delete_adjoint,
    insert_adjoint,
    pad_adjoint,
    partition_adjoint,
    resize_adjoint,
    rollaxis_back,
    sort_adjoint,
    take_along_axis_adjoint,
    take_mode_adjoint,
    trim_zeros_adjoint,
)
from zygote_nb.runtime.reductions import cumulative_sum_adjoint, masked_shares, slope_of_max, with_axes

for _constant in (slope_of_max, masked_shares):
    non_differentiable(_constant)
for _fn in (
    with_axes, cumulative_sum_adjoint, rollaxis_back, sort_adjoint, pad_adjoint, partition_adjoint, insert_adjoint,
    take_along_axis_adjoint, trace_adjoint, diagonals_adjoint, trim_zeros_adjoint, take_mode_adjoint, resize_adjoint,
    delete_adjoint, quantile_adjoint, polyder_adjoint, polyint_adjoint, tail_like,
):  # fmt: skip
    linear(_fn)
for _left in (convolve_adjoint_left, correlate_adjoint_left, tensordot_adjoint_left, kron_adjoint_left):
    multilinear(_left, 0, 2)
for _right in (
    convolve_adjoint_right, correlate_adjoint_right, tensordot_adjoint_right, kron_adjoint_right, vecdot_adjoint,
):  # fmt: skip
    multilinear(_right, 0, 1)


@frule(norm_slopes)
def norm_slopes_tangent(tangents, x, y, order, axis):
    slopes = norm_slopes(x, y, order, axis)
    if order is not None:
        return slopes, not_implemented("only the norm of all entries has second derivatives so far")
    return slopes, quotient(tangents[0] - slopes * tangents[1], y)
