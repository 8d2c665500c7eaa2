"""``scipy.linalg``: what is differentiated for complex matrices.

The rules of the first set are written with conjugates; those of the second are algebraic, as the functions are.
"""

from scipy import linalg

from zygote_nb.rules.complex import AWARE, FOR_REAL, HOLOMORPHIC, LINEAR
from zygote_nb.rules.named import named

OF_ANY = (
    "gen", "general", "her", "hermitian", "pos", "positive definite", "upper triangular", "lower triangular",
    "diagonal", "tridiagonal",
)  # fmt: skip
"""What complex matrices may be assumed to be: a symmetric one is not Hermitian."""

AWARE.update(named(linalg, """
    cholesky qr eigh eigvals eigvalsh svd svdvals lstsq pinv solve
    expm sqrtm logm cosm sinm tanm coshm sinhm tanhm fractional_matrix_power norm det cho_factor cho_solve polar rq ldl
    pinvh orthogonal_procrustes solve_continuous_lyapunov solve_discrete_lyapunov toeplitz solve_toeplitz
    matmul_toeplitz qr_multiply subspace_angles
"""))  # fmt: skip
HOLOMORPHIC.update(named(linalg, """
    inv solve_sylvester solve_triangular lu lu_factor lu_solve signm expm_frechet solve_banded solve_circulant
    companion fiedler_companion khatri_rao
"""))  # fmt: skip
LINEAR.update(named(linalg, "block_diag hankel circulant convolution_matrix"))
FOR_REAL.update(
    dict.fromkeys((linalg.solve_triangular, linalg.lu_solve), (2, "trans", (0, 1, "N", "T")))
    | dict.fromkeys((linalg.eigh, linalg.eigvalsh), (1, "b", (None,)))
    | {linalg.solve: (6, "assume_a", (None, *OF_ANY)), linalg.ldl: (2, "hermitian", (True,))}
)
