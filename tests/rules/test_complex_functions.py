"""Complex numbers in functions of NumPy that are not plain arithmetic, by differences in real and imaginary parts."""

import numpy as np
import pytest

import zygote_nb as zg
from tests.rules.test_complex import check, loss, real

A, B = real(3, 3), real(3, 3)
G, H = real(4, 3), real(4, 3)
U, V = real(5), real(5)
POINTS = np.array([0.0, 0.3, 0.7, 1.1, 2.0])
EYE = 3.0 * np.eye(3)

OF_SQUARE = [
    lambda z: np.linalg.det(z),
    lambda z: np.linalg.det(np.stack([z, z.T * 2j])),
    lambda z: np.linalg.slogdet(z)[0] * np.linalg.slogdet(z)[1],
    lambda z: np.linalg.slogdet(np.stack([z, z * z]))[0],
    lambda z: np.linalg.trace(z) * np.linalg.diagonal(z, offset=1),
    lambda z: np.linalg.outer(z[0], z[1]) + np.linalg.cross(z, z * z),
    lambda z: np.vdot(z, z * z + 1j) + np.vdot(z.real, z),
    lambda z: np.vecdot(z, z * 1j + 2.0) * np.linalg.vecdot(z, z * z),
    lambda z: np.vecdot(z, z[0], axis=0),
    lambda z: np.matvec(z, z[0]) * np.vecmat(z[1], z),
    lambda z: np.linalg.vector_norm(z) * np.linalg.vector_norm(z, ord=3, axis=0),
    lambda z: np.linalg.matrix_norm(z) * np.linalg.matrix_norm(z, ord="nuc"),
    lambda z: np.linalg.cond(z + EYE) + np.linalg.cond(z + EYE, 1),
    lambda z: np.linalg.tensorinv(z + EYE, 1),
    lambda z: np.linalg.tensorsolve(z + EYE, z[0]),
    lambda z: np.linalg.pinv(z + np.conj(z.T), hermitian=True),
    lambda z: np.linalg.svd(z, compute_uv=False, hermitian=True),
]
OF_TALL = [
    lambda z: np.gradient(z)[0] * np.gradient(z, axis=1),
    lambda z: np.gradient(z, 0.3, POINTS[:3])[1],
    lambda z: np.gradient(z, edge_order=2, axis=0),
    lambda z: np.trapezoid(z) * 2j,
    lambda z: np.trapezoid(z, POINTS[:4], axis=0),
    lambda z: np.trapezoid(z, z * z, axis=0),
    lambda z: np.average(z, axis=1) * np.average(z, weights=z * z + 3.0),
    lambda z: np.average(z, weights=np.abs(z)),
    lambda z: np.cov(z) * np.cov(z[:, 0]),
    lambda z: np.cov(z, z * z, rowvar=False),
    lambda z: np.corrcoef(z),
    lambda z: np.nanvar(z, axis=0) * np.nanstd(z),
    lambda z: np.nansum(z, axis=0) * np.nanmean(z),
    lambda z: np.nanprod(z, axis=0) + np.nancumsum(z)[2] * np.nancumprod(z)[3],
    lambda z: np.cumulative_sum(z, axis=0) * np.cumulative_prod(z, axis=1),
    lambda z: np.atleast_3d(z) + np.rollaxis(z, 1)[0],
    lambda z: np.ascontiguousarray(z) * np.asfortranarray(z) * np.asanyarray(z) * np.asarray_chkfinite(z),
    lambda z: np.resize(z, (5, 4)),
    lambda z: np.pad(z, 1, mode="edge") * np.pad(z, 1, mode="reflect"),
    lambda z: np.trim_zeros(z[0] - np.array([0.5, 0, 0])),
    lambda z: np.lib.stride_tricks.sliding_window_view(z, 2, axis=1),
    lambda z: np.dstack([z, z * z]),
    lambda z: np.column_stack([z, z[:, 0]]),
    lambda z: np.array_split(z, 3)[1] * np.hsplit(z, 3)[1][:1] * np.vsplit(z, 2)[0],
    lambda z: np.dsplit(z[None], 3)[2],
    lambda z: np.take_along_axis(z, np.array([[0, 2], [1, 1], [2, 0], [0, 0]]), 1),
    lambda z: np.extract(np.arange(12).reshape(4, 3) % 3 == 0, z),
    lambda z: np.choose(np.array([0, 1, 0]), [z[0], z[1] * z[2]]),
    lambda z: np.broadcast_arrays(z, z[0] * 1j)[1],
    lambda z: np.histogram(POINTS[:4], bins=2, weights=z[:, 0])[0],
    lambda z: np.interp(0.5, POINTS[:4], z[:, 1]) * np.interp([0.1, 9.0], POINTS[:4], z[:, 1]),
    lambda z: np.interp(z[0].real, POINTS[:4], z[:, 1]),
    lambda z: np.polyadd(z[0], z[:, 1]) * np.polysub(z[:, 0], z[1]),
    lambda z: np.polymul(z[0], z[:, 1]),
    lambda z: np.polydiv(z[:, 0], z[1])[0],
    lambda z: np.polydiv(z[:, 0], z[1] * z[0])[1],
    lambda z: np.polyder(z[:, 0], 2) * np.polyint(z[0])[:2],
    lambda z: np.geomspace(z[0, 0], z[1, 1], 5) * np.logspace(z[2, 1], z[1, 0], 5),
    lambda z: np.sort(z[0]) * np.partition(z[1], 1),
]
OF_VECTORS = [
    *(lambda z, m=m: np.correlate(z, z[:3] * 1j + 1.0, m) for m in ("full", "same", "valid")),
    *(lambda z, m=m: np.correlate(z[:2], z * z, m) for m in ("full", "same", "valid")),
    lambda z: np.correlate(z.real, z[1:3]),
    lambda z: np.correlate(z, z[1:3].imag),
    lambda z: np.polyval(z.real, z * 1j),
    lambda z: z**2.5,
    lambda z: np.power(z, z[::-1]),
    lambda z: np.float_power(z, 2) * np.float_power(z, 0.3j),
    lambda z: np.abs(z) ** z,
    lambda z: (-2.0) ** z,
    lambda z: z ** np.array([1, 2, 3, 0, -1]),
]


@pytest.mark.parametrize("fn", OF_SQUARE)
def test_of_square_matrices(fn):
    check(lambda x, y: loss(fn(x + 1j * y)), A, B, variants=False)


@pytest.mark.parametrize("fn", OF_TALL)
def test_of_matrices(fn):
    check(lambda x, y: loss(fn(x + 1j * y)), G, H, variants=False)


@pytest.mark.parametrize("fn", OF_VECTORS)
def test_of_vectors(fn):
    check(lambda x, y: loss(fn(x + 1j * y)), U, V, variants=False)


def test_numbers_to_a_complex_power():
    check(lambda x, y: np.real((x + 1j * y) ** 2.5 * 1j), 0.6, -0.8, variants=False)
    check(lambda x, y: np.real((x + 1j * y) ** (y - 1j * x)), 0.6, -0.8, variants=False)
    check(lambda x: np.real(x**0.5j), 0.6, variants=False)
    z = np.array([0.0, 1.0 + 1.0j])
    (d,) = zg.gradient(lambda z: np.sum((z**2.5).real), z)
    assert d[0] == 0
    assert d[1] == pytest.approx(np.conj(2.5 * z[1] ** 1.5))
    assert zg.gradient(lambda p: ((0j) ** p).real, 2.5) == (0.0,)


def test_the_determinant_of_a_singular_complex_matrix():
    z = np.array([[1.0, 2.0j, 0.5], [2.0j, -4.0, 1.0j], [1.0, 1.0, 2.0]])
    (d,) = zg.gradient(lambda z: np.linalg.det(z).real, z)
    minors = [[np.linalg.det(np.delete(np.delete(z, i, 0), j, 1)) for j in range(3)] for i in range(3)]
    minors = np.array(minors) * [[1, -1, 1], [-1, 1, -1], [1, -1, 1]]
    np.testing.assert_allclose(d, np.conj(minors), atol=1e-12)


def test_second_derivatives_of_complex_determinants():
    def f(x):
        return np.linalg.det(x + 1j * (x @ x)).real

    x, v = A, B
    _, along = zg.jvp(zg.grad(f), (x,), (v,))
    ahead, behind = (zg.gradient(f, x + s * v)[0] for s in (1e-6, -1e-6))
    np.testing.assert_allclose(along, (ahead - behind) / 2e-6, rtol=1e-6, atol=1e-6)
    np.testing.assert_allclose(zg.hessian(f, x), zg.hessian_reverse(f, x), atol=1e-10)


def test_single_precision_stays():
    z = (A + 1j * B).astype(np.complex64)
    for fn in (np.linalg.det, lambda z: np.vdot(z, z), lambda z: np.linalg.slogdet(z)[1], lambda z: (z**2.5)[0, 0]):
        (d,) = zg.gradient(lambda z, fn=fn: np.real(fn(z)), z)
        assert d.dtype == np.complex64
