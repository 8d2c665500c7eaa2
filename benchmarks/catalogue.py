"""The workloads that are timed against adjoints written by hand and against other systems."""

from __future__ import annotations

from benchmarks.kernels import (
    algebra,
    equations,
    factors,
    grids,
    implicit,
    layers,
    motion,
    networks,
    scalars,
    stencils,
    sums,
    vision,
)

LARGE, SMALL = 1_000_000, 12
"""What arguments are asked for: the sizes that are timed, and sizes at which nobody waits."""

KERNELS = {
    "sin_cos": scalars.SIN_COS,
    "multiplications": scalars.MULTIPLICATIONS,
    "chain": scalars.CHAIN,
    "log_sum_exp": sums.LOG_SUM_EXP,
    "mixture": sums.MIXTURE,
    "k_means": sums.K_MEANS,
    "logistic": sums.LOGISTIC,
    "least_squares": algebra.LEAST_SQUARES,
    "perceptron": networks.PERCEPTRON,
    "two_layers": layers.TWO_LAYERS,
    "softmax": layers.SOFTMAX,
    "attention": networks.ATTENTION,
    "lstm": networks.LSTM,
    "convolution": layers.CONVOLUTION,
    "einsum_convolution": layers.EINSUM_CONVOLUTION,
    "runge_kutta": equations.RUNGE_KUTTA,
    "jacobi": stencils.JACOBI,
    "seidel": stencils.SEIDEL,
    "heat_3d": grids.HEAT_3D,
    "fdtd": grids.FDTD,
    "horizontal_diffusion": grids.HORIZONTAL_DIFFUSION,
    "vertical_advection": implicit.VERTICAL_ADVECTION,
    "alternating": implicit.ALTERNATING,
    "cavity": motion.CAVITY,
    "n_body": motion.N_BODY,
    "reprojection": vision.REPROJECTION,
    "hand": vision.HAND,
    "cholesky": factors.CHOLESKY,
    "lu": factors.LU,
    "triangular": factors.TRIANGULAR,
    "durbin": factors.DURBIN,
    "gram_schmidt": factors.GRAM_SCHMIDT,
    "determinant": algebra.DETERMINANT,
    "floyd_warshall": algebra.FLOYD_WARSHALL,
}

MATRICES = ("logistic", "least_squares", "perceptron", "two_layers", "attention")
"""Those that products of matrices dominate."""
