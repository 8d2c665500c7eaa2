"""Complex matrices in ``scipy.linalg``, and the phases of vectors, by differences in real and imaginary parts."""

import numpy as np
import pytest
from scipy import linalg

import zygote_nb as zg
from tests.rules.test_complex import check, loss, real

A, B = real(3, 3), real(3, 3)
G, H = real(4, 3), real(4, 3)
U, V = real(5), real(5)
EYE = 3.0 * np.eye(3)


def hermitian(z):
    return z + np.conj(z.T)


def definite(z):
    return z @ np.conj(z.T) + np.eye(len(z))


OF_SQUARE = [
    linalg.det,
    lambda z: linalg.lu(z)[1] + linalg.lu(z)[2],
    lambda z: linalg.lu(z, permute_l=True)[0],
    lambda z: linalg.lu(z, p_indices=True)[2],
    lambda z: linalg.lu_factor(z)[0],
    lambda z: linalg.lu_solve((z + EYE, np.arange(3)), z[0]),
    lambda z: linalg.cho_factor(definite(z))[0],
    lambda z: linalg.cho_factor(definite(z), lower=True)[0],
    lambda z: linalg.cho_solve(linalg.cho_factor(definite(z)), z * 1j),
    lambda z: linalg.cho_solve((z + EYE, True), z[0]),
    lambda z: linalg.cho_solve((z + EYE, False), z.real),
    lambda z: linalg.polar(z)[0],
    lambda z: linalg.polar(z)[1],
    lambda z: linalg.polar(z, side="left")[1],
    lambda z: linalg.signm(z),
    lambda z: linalg.solve_continuous_lyapunov(z + 2.0 * EYE, z * z),
    lambda z: linalg.solve_continuous_lyapunov(z.real + EYE, z),
    lambda z: linalg.solve_lyapunov(z + EYE, definite(z)),
    lambda z: linalg.solve_discrete_lyapunov(0.1 * z, z * z),
    lambda z: linalg.solve_discrete_lyapunov(z + EYE, z.real),
    lambda z: linalg.ldl(hermitian(z))[0],
    lambda z: linalg.ldl(hermitian(z), lower=False)[1],
    lambda z: linalg.rq(z)[0] + linalg.rq(z)[1],
    lambda z: linalg.rq(z, mode="r"),
    lambda z: linalg.pinvh(hermitian(z)),
    lambda z: linalg.pinvh(hermitian(z), lower=False),
    lambda z: linalg.fractional_matrix_power(z + EYE, 0.4),
    lambda z: linalg.expm_frechet(0.5 * z, z * z)[1],
    lambda z: linalg.expm_frechet(0.5 * z, z, compute_expm=False),
    lambda z: linalg.block_diag(z, z * z),
    lambda z: linalg.toeplitz(z[0]),
    lambda z: linalg.toeplitz(z[0], z[1]) + linalg.hankel(z[0], z[2]),
    lambda z: linalg.circulant(z[0]) + linalg.convolution_matrix(z[0], 3, "same"),
    lambda z: linalg.companion(z[0]),
    lambda z: linalg.fiedler_companion(z[0]),
    lambda z: linalg.khatri_rao(z, z * 1j + 1.0),
    lambda z: linalg.solve_banded((1, 1), z + EYE, z[0]),
    lambda z: linalg.solve_toeplitz(z[0] + np.array([5.0, 0, 0]), z[1]),
    lambda z: linalg.solve_toeplitz((z[0] + np.array([5.0, 0, 0]), z[2]), z),
    lambda z: linalg.solve_circulant(z[0] + np.array([5.0, 0, 0]), z[1]),
    lambda z: linalg.matmul_toeplitz(z[0], z[1]),
    lambda z: linalg.matmul_toeplitz((z[0], z[1]), z),
    lambda z: linalg.solve(definite(z), z[0], assume_a="her"),
    lambda z: linalg.solve(definite(z), z[0], assume_a="pos", lower=True),
    lambda z: linalg.norm(z) * linalg.norm(z, 1) * linalg.norm(z[0], 3),
    lambda z: linalg.eigvalsh(hermitian(z)),
]
OF_TALL = [
    lambda z: linalg.polar(z)[0] + z * linalg.polar(z)[1][0],
    lambda z: linalg.polar(z.T)[0],
    lambda z: linalg.polar(z.T, side="left")[1],
    lambda z: linalg.orthogonal_procrustes(z, z * z)[0],
    lambda z: linalg.orthogonal_procrustes(z, z * z)[1],
    lambda z: linalg.qr_multiply(z, z.T)[0] * linalg.qr_multiply(z, z[:3], mode="left")[1],
    lambda z: linalg.subspace_angles(z[:, :2], z[:, 1:] ** 2),
    lambda z: linalg.rq(z.T, mode="economic")[1],
]
WITH_PHASES = [
    lambda z: np.linalg.eigh(hermitian(z))[1],
    lambda z: np.linalg.eigh(hermitian(z), UPLO="U")[1],
    lambda z: np.linalg.eigh(np.stack([hermitian(z), definite(z)]))[1],
    lambda z: linalg.eigh(hermitian(z), driver="ev")[1],
    lambda z: linalg.eigh(hermitian(z), lower=False, driver="ev")[1],
    lambda z: np.linalg.svd(z)[0] * np.linalg.svd(z)[2],
    lambda z: np.linalg.svd(z[:2], full_matrices=False)[0],
    lambda z: np.linalg.svd(z[:2], full_matrices=False)[2],
    lambda z: np.linalg.svd(z[:, :2], full_matrices=False)[0],
    lambda z: np.linalg.svd(z[:, :2], full_matrices=False)[2],
    lambda z: linalg.svd(z[:, :2], full_matrices=False, lapack_driver="gesvd")[0],
]


@pytest.mark.parametrize("fn", OF_SQUARE)
def test_of_square_matrices(fn):
    check(lambda x, y: loss(fn(x + 1j * y)), A, B, variants=False)


@pytest.mark.parametrize("fn", OF_TALL)
def test_of_tall_matrices(fn):
    check(lambda x, y: loss(fn(x + 1j * y)), G, H, variants=False)


@pytest.mark.parametrize("fn", WITH_PHASES)
def test_vectors_have_the_phases_that_lapack_gives_them(fn):
    """What depends on the phases of complex eigenvectors and singular vectors had a wrong derivative."""
    check(lambda x, y: loss(fn(x + 1j * y)), A, B, variants=False)


def test_phases_that_the_matrix_does_not_determine_are_refused():
    z = np.diag([1.0, 2.0, 4.0]) + 0j
    zg.gradient(lambda z: np.sum(np.abs(np.linalg.eigh(z)[1]) ** 4), z)
    with pytest.raises(zg.ZygoteError, match="phases"):
        zg.gradient(lambda z: np.sum(np.linalg.eigh(z)[1].imag), z)
    assert np.isnan(zg.jvp(lambda z: np.linalg.eigh(z)[1], (z,), (A + 1j * B,))[1]).any()


def test_a_cotangent_of_a_factorisation_that_is_a_tuple_is_conjugate():
    """The seed of ``lu_factor`` and the cotangent of what ``lu_solve`` is given were not, which cancelled together."""
    check(lambda x, y: loss(linalg.lu_factor(x + 1j * y)[0]), A + EYE, B, variants=False)
    check(lambda x, y: loss(linalg.lu_solve((x + 1j * y, np.arange(3)), x[0])), A + EYE, B, variants=False)


def test_by_the_exponent_of_a_matrix_power():
    s = A @ A.T + np.eye(3)
    check(lambda s, p: np.sum(linalg.fractional_matrix_power(s, p) * B), s, 0.4, variants=False)
