"""Helpers of gradients whose second derivatives are those of their source.

What is decided by an order of values says where it does not hold. Helpers that
are linear in cotangents alone stand in ``twice``.
"""

from zygote_nb.rules.linearity import by_source, linear
from zygote_nb.rules.registry import frule, pushforward_rule
from zygote_nb.runtime import (
    arrays,
    bessel,
    grids,
    matrices,
    observations,
    polynomials,
    rearranging,
    reductions,
    spacing,
    spectral,
)
from zygote_nb.runtime.contractions import einsum_adjoint, einsum_adjoint_tangent
from zygote_nb.runtime.matrices import cofactors_of_stack
from zygote_nb.runtime.tangents import cofactors_of_stack_tangent
from zygote_nb.runtime.twice import distinct_eigenvalues, distinct_singular_values, distinct_where_needed

for _fn in (
    matrices.per_matrix, matrices.hermitian, rearranging.meshgrid_adjoint,
    polynomials.polyint_constants_adjoint, grids.bincount_adjoint,
):  # fmt: skip
    linear(_fn)
for _fn in (
    rearranging.select_adjoint, rearranging.select_default_adjoint, rearranging.pad_constants_adjoint,
):  # fmt: skip
    linear(_fn, inert=(1,))
linear(rearranging.found_adjoint, inert=(1, 3))
linear(rearranging.insert_values_adjoint, inert=(1,))
linear(grids.interp_side_adjoint, inert=(1, 2))
linear(grids.histogram2d_adjoint, inert=(2, 3, 4, 5))
linear(reductions.diff_joined_adjoint, inert=(4, 5))
linear(reductions.diff_prepended_adjoint, inert=(1, 5))
linear(reductions.diff_appended_adjoint, inert=(1, 4))
linear(reductions.ediff1d_adjoint, inert=(2, 3))


pushforward_rule(einsum_adjoint, lambda t, out, dy, subscripts, operands, i, operand: (
    einsum_adjoint_tangent(t[0], t[2], dy, subscripts, operands, i, operand)
))  # fmt: skip


@frule(cofactors_of_stack)
def cofactors_of_stack_forward(tangents, a):
    return cofactors_of_stack(a), cofactors_of_stack_tangent(tangents[0], a)


by_source(
    arrays.cumprod_adjoint, bessel.kaiser_slope, matrices.lstsq_adjoint, matrices.lstsq_adjoint_right,
    grids.trapezoid_adjoint, grids.trapezoid_points_adjoint, grids.gradient_adjoint, grids.gradient_spacing_adjoint,
    grids.histogram_adjoint, grids.trapezoid_step_adjoint, grids.interp_adjoint, grids.interp_values_adjoint,
    grids.interp_knots_adjoint, matrices.solve_adjoint, matrices.solve_adjoint_right, matrices.pinv_adjoint,
    matrices.matrix_power_adjoint, matrices.tensorinv_adjoint, matrices.tensorsolve_adjoint,
    matrices.tensorsolve_adjoint_right, matrices.vector_norm_slopes, matrices.multi_dot_adjoint,
    observations.cov_adjoint, observations.cov_adjoint_other, observations.cov_weights_adjoint,
    observations.corrcoef_adjoint, observations.corrcoef_adjoint_other, polynomials.polyval_adjoint,
    polynomials.slope_at, polynomials.polydiv_adjoint, polynomials.polydiv_adjoint_divisor, polynomials.poly_adjoint,
    polynomials.polyfit_adjoint, polynomials.polyfit_values_adjoint, polynomials.polyfit_weights_adjoint,
    rearranging.unique_rows_adjoint, rearranging.compress_adjoint, rearranging.extract_adjoint,
    rearranging.choose_adjoint, reductions.average_adjoint, reductions.average_weights_adjoint,
    reductions.weight_sum_adjoint, reductions.masked_deviations, reductions.cumulative_prod_adjoint,
    reductions.slope_of_prod, reductions.slope_of_var, reductions.slope_of_std, spacing.along, spacing.fractions,
    spacing.spread, spacing.vander_adjoint, spectral.cholesky_adjoint, spectral.qr_adjoint, spectral.qr_of,
    spectral.pinvh_adjoint, matrices.moved_by, arrays.products_of_others_adjoint, bessel.bessel_i1,
)  # fmt: skip
by_source(spectral.eigh_adjoint, check=distinct_eigenvalues(2))
by_source(spectral.eigvalsh_adjoint, check=distinct_eigenvalues(1))
by_source(spectral.svd_adjoint, check=distinct_singular_values(3))
by_source(spectral.svdvals_adjoint, check=distinct_singular_values(1))
by_source(matrices.norm_slopes, check=distinct_where_needed)
by_source(matrices.cond_slopes, check=distinct_singular_values(0))
