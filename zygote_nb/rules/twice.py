"""Helpers of gradients in second derivatives: all are linear in the cotangent, which comes first.

Their other arguments give shapes, indices, or an order that does not change where it is smooth; the second factor of a
product is another argument in which a helper is linear.
"""

from zygote_nb.rules.linearity import linear, multilinear
from zygote_nb.rules.registry import non_differentiable
from zygote_nb.runtime.contractions import (
    convolve_adjoint_left,
    convolve_adjoint_right,
    correlate_adjoint_left,
    correlate_adjoint_right,
    cross_adjoint,
    diagonals_adjoint,
    kron_adjoint_left,
    kron_adjoint_right,
    tensordot_adjoint_left,
    tensordot_adjoint_right,
    trace_adjoint,
    vecdot_adjoint,
)
from zygote_nb.runtime.polynomials import polyder_adjoint, polyint_adjoint, tail_like
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
    windows_adjoint,
)
from zygote_nb.runtime.reductions import (
    cumulative_sum_adjoint,
    masked_shares,
    share_of_initial,
    slope_of_max,
    with_axes,
)

for _constant in (slope_of_max, masked_shares, share_of_initial):
    non_differentiable(_constant)
for _fn in (
    with_axes, cumulative_sum_adjoint, rollaxis_back, sort_adjoint, pad_adjoint, insert_adjoint,
    take_along_axis_adjoint, trace_adjoint, diagonals_adjoint, trim_zeros_adjoint, take_mode_adjoint, resize_adjoint,
    delete_adjoint, windows_adjoint, polyder_adjoint, polyint_adjoint, tail_like,
):  # fmt: skip
    linear(_fn)
linear(partition_adjoint, inert=(2,))
for _left in (convolve_adjoint_left, correlate_adjoint_left, tensordot_adjoint_left, kron_adjoint_left):
    multilinear(_left, 0, 2)
for _right in (
    convolve_adjoint_right, correlate_adjoint_right, tensordot_adjoint_right, kron_adjoint_right, vecdot_adjoint,
    cross_adjoint,
):  # fmt: skip
    multilinear(_right, 0, 1)
