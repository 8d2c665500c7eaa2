"""``scipy.linalg``: what is constant, and what is refused with its reason."""

from scipy import linalg

from zygote_nb.rules.named import constants, refusals

constants(
    linalg,
    """bandwidth issymmetric ishermitian dft hadamard helmert hilbert invhilbert pascal invpascal find_best_blas_type
    get_blas_funcs get_lapack_funcs LinAlgWarning""",
)
refusals(linalg, "it draws random numbers", "clarkson_woodruff_transform")
refusals(linalg, "it runs SciPy's own tests", "test")
refusals(linalg, "it may be real or complex; use np.linalg.eig, or eigh for a symmetric matrix", "eig")
refusals(linalg, "its result is complex, or may be; use eigh for a symmetric matrix", "schur rsf2csf cdf2rdf")
refusals(
    linalg,
    "the matrix does not determine its result: a basis of it may be turned",
    "null_space orth hessenberg qz ordqz cossin",
)
refusals(
    linalg,
    "it changes a factorisation in place of making one; factorise the changed matrix",
    "qr_update qr_insert qr_delete",
)
refusals(linalg, "use qr, and multiply", "qr_multiply rq")
refusals(linalg, "it is not smooth; use the singular values of the product of the bases", "subspace_angles")
refusals(linalg, "it takes a function of numbers; use expm, logm, sqrtm, ...", "funm signm")
refusals(
    linalg,
    "write the dense matrix, and use the function for it",
    """solveh_banded cholesky_banded cho_solve_banded eig_banded eigvals_banded eigh_tridiagonal eigvalsh_tridiagonal
    matmul_toeplitz solve_circulant""",
)
refusals(linalg, "use svd, from which it follows", "polar orthogonal_procrustes diagsvd")
refusals(linalg, "use pinv or solve, which don't read one triangle only", "pinvh ldl")
refusals(
    linalg,
    "solve the equation that defines it, and write a rule with zg.rrule",
    "solve_continuous_are solve_discrete_are",
)
refusals(linalg, "make the matrix with np.diag and np.concatenate", "companion leslie fiedler fiedler_companion")
refusals(linalg, "it is itself a derivative; differentiate expm", "expm_frechet expm_cond")
refusals(linalg, "it scales the matrix by powers of two that are found by trial", "matrix_balance")
