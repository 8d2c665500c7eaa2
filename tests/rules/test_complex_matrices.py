"""Complex matrices: the functions of them that have a derivative, by differences in real and imaginary parts."""

import numpy as np
import pytest
from scipy import linalg

import zygote_nb as zg
from tests.rules.test_complex import check, loss, real

A, B = real(3, 3), real(3, 3)
V, W = real(3), real(3)
G, H = real(4, 3), real(4, 3)
EYE = 3.0 * np.eye(3)


def definite(z):
    return z @ np.conj(z.T) + np.eye(len(z))


OF_MATRICES = [
    lambda z: np.prod(z),
    lambda z: np.prod(z, axis=0),
    lambda z: np.cumprod(z, axis=1),
    lambda z: np.linalg.solve(z + EYE, V),
    lambda z: np.linalg.solve(z + EYE, z * z),
    lambda z: np.linalg.solve(A + EYE, z),
    lambda z: np.linalg.solve(np.stack([z, z.T]) + EYE, z[:, :1] * z),
    lambda z: linalg.solve(z + EYE, z * z),
    lambda z: linalg.inv(z + EYE),
    lambda z: linalg.solve_triangular(z + EYE, z[0], lower=True),
    lambda z: linalg.solve_triangular(z + EYE, z, trans="T"),
    lambda z: linalg.lu_solve(linalg.lu_factor(z + EYE), z[0] * 2j),
    lambda z: linalg.lu_solve(linalg.lu_factor(z + EYE), z, trans=1),
    lambda z: linalg.solve_sylvester(z + EYE, z * z + EYE, z),
    lambda z: np.linalg.matrix_power(z, 3),
    lambda z: np.linalg.matrix_power(z + EYE, -2),
    lambda z: np.linalg.multi_dot([z, z * z, z[0]]),
    np.linalg.pinv,
    linalg.pinv,
    lambda z: linalg.expm(z),
    lambda z: linalg.cosm(z) + linalg.sinm(z) + linalg.sinhm(z),
    lambda z: linalg.coshm(z) + linalg.tanm(0.1 * z) + linalg.tanhm(0.1 * z),
    lambda z: linalg.sqrtm(z + EYE),
    lambda z: linalg.logm(z + EYE),
    lambda z: np.linalg.cholesky(definite(z)),
    lambda z: linalg.cholesky(definite(z)),
    lambda z: np.linalg.eigh(definite(z))[0],
    lambda z: np.abs(np.linalg.eigh(definite(z))[1]) ** 2,
    lambda z: np.linalg.eigvalsh(definite(z), UPLO="U"),
    lambda z: linalg.eigh(definite(z))[0] * linalg.eigvalsh(definite(z)),
    lambda z: np.cross(z, z * z) + np.cross(z, z[0], axis=0),
    lambda z: np.polyval(z[0], z[1]) * np.vander(z[2], 4)[0, 0],
]
OF_TALL = [
    lambda z: np.linalg.qr(z)[0],
    lambda z: np.linalg.qr(z)[1],
    lambda z: np.linalg.qr(z, mode="r"),
    lambda z: linalg.qr(z)[1],
    lambda z: linalg.qr(z, mode="economic", pivoting=True)[1],
    lambda z: np.abs(np.linalg.svd(z)[2]) ** 2,
    lambda z: linalg.qr(z, mode="economic")[1],
    lambda z: np.abs(np.linalg.svd(z, full_matrices=False)[0]) ** 2,
    lambda z: np.linalg.svd(z, full_matrices=False)[1],
    lambda z: np.abs(linalg.svd(z, full_matrices=False)[2]) ** 2,
    lambda z: np.linalg.svdvals(z) * linalg.svdvals(z),
    lambda z: np.linalg.lstsq(z, z[:, 0] ** 2, rcond=None)[0],
    lambda z: linalg.lstsq(z, z[:, 0] ** 2)[0],
    *(lambda z, p=p: np.linalg.norm(z, p) for p in (None, "fro", "nuc", 1, 2, np.inf)),
    *(lambda z, p=p: np.linalg.norm(z, p, axis=1) for p in (None, 1, 2, 3, np.inf)),
    lambda z: np.std(z) * np.var(z, axis=0),
    lambda z: np.std(z, axis=1, ddof=1, keepdims=True),
    lambda z: np.take(z, [0, 2], axis=0),
    lambda z: np.compress([True, False, True], z, axis=1),
    lambda z: np.append(z, z * 2j, axis=0),
    lambda z: np.insert(z, 1, z[0, 0], axis=0),
    lambda z: np.delete(z, 1, axis=0),
    lambda z: np.split(z, 2)[1],
    np.rot90,
    lambda z: np.diagflat(z[0]),
    lambda z: np.select([z.real > 0, z.imag > 0], [z * z, 1j * z], 0.5),
    lambda z: np.meshgrid(z[0], z[:, 1])[1],
    lambda z: np.diff(z, axis=0),
    lambda z: np.ediff1d(z[0]),
    lambda z: np.atleast_2d(z[0]) + np.atleast_1d(z[1]),
    lambda z: np.block([[z, z * z]]),
    lambda z: np.full(3, z[0, 0]),
    lambda z: np.linspace(z[0, 0], z[1, 1], 4),
]


@pytest.mark.parametrize("fn", OF_MATRICES)
def test_square_matrices(fn):
    check(lambda x, y: loss(fn(x + 1j * y)), A, B, variants=False)


@pytest.mark.parametrize("fn", OF_TALL)
def test_matrices(fn):
    check(lambda x, y: loss(fn(x + 1j * y)), G, H, variants=False)


def test_real_and_complex_parts_of_a_system():
    check(lambda x, v, w: loss(np.linalg.solve(x + EYE, v + 1j * w)), A, V, W, variants=False)
    check(lambda x, y, v: loss(linalg.solve(x + 1j * y + EYE, v)), A, B, V, variants=False)


def test_settings_for_real_matrices_only_are_refused():
    z = A + 1j * B
    for name, f in (
        ("trans", lambda z: linalg.solve_triangular(z, V, trans="C")),
        ("trans", lambda z: linalg.lu_solve(linalg.lu_factor(z), V, 2)),
        ("assume_a", lambda z: linalg.solve(definite(z), V, assume_a="sym")),
        ("b", lambda z: linalg.eigvalsh(definite(z), EYE)),
    ):
        with pytest.raises(zg.ZygoteError, match=f"`{name}` is not differentiated for complex numbers"):
            zg.gradient(lambda z, f=f: np.sum(np.abs(f(z))), z)
