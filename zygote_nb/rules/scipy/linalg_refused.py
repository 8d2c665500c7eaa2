"""``scipy.linalg``: what is constant, and what is refused with its reason."""

from scipy import linalg

from zygote_nb.rules.named import constants, refusals
from zygote_nb.rules.registry import lowered, only_of_constants

constants(
    linalg,
    """bandwidth issymmetric ishermitian hadamard helmert hilbert invhilbert pascal invpascal find_best_blas_type
    get_blas_funcs get_lapack_funcs LinAlgWarning""",
)
only_of_constants("how many points there are has no derivative", linalg.dft)
lowered(linalg.eig)
refusals(linalg, "it draws random numbers", "clarkson_woodruff_transform")
refusals(linalg, "it runs SciPy's own tests", "test")
refusals(linalg, "its result is complex; use eigvals, or eigh for a symmetric matrix", "rsf2csf cdf2rdf")
refusals(
    linalg,
    "the matrix does not determine its result: a basis of it may be turned",
    "null_space qz ordqz cossin",
)
refusals(linalg, "how many columns it returns depends on the rank; use svd", "orth")
refusals(
    linalg,
    "it changes a factorisation in place of making one; factorise the changed matrix",
    "qr_update qr_insert qr_delete",
)
refusals(linalg, "it takes a function of numbers; use v @ np.diag(f(w)) @ inv(v), with w, v = np.linalg.eig(a)", "funm")
refusals(linalg, "it is the norm of a derivative; use expm_frechet", "expm_cond")
refusals(linalg, "it scales the matrix by powers of two that are found by trial", "matrix_balance")
