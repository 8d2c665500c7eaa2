"""Complex numbers: every function that is said to take them, by finite differences in real and imaginary parts."""

from pathlib import Path

import numpy as np
import pytest

import zygote_nb as zg
from tests import oracle
from zygote_nb.ir.callables import Attribute, Method
from zygote_nb.rules import complex as sets
from zygote_nb.rules import library

library.load()
RNG = np.random.default_rng(5)
W = RNG.normal(size=200) + 1j * RNG.normal(size=200)


def check(f, *args, **options):
    return oracle.check(f, *args, backends=("python",), second=False, **options)


def real(*shape):
    return RNG.uniform(0.3, 1.2, shape) * RNG.choice([-1, 1], shape)


def loss(w):
    """A real number that depends on real and imaginary part of every entry."""
    v = np.ravel(w)
    return np.sum(np.real(v * W[: v.size]))


X, Y, M, N = real(5), real(5), real(3, 4), real(3, 4)

UNARY = sorted((sets.ENTIRE | {np.positive, np.negative, np.square, np.reciprocal}), key=str)


@pytest.mark.parametrize("fn", UNARY, ids=lambda fn: fn.__name__)
def test_entire_functions(fn):
    if isinstance(fn, np.ufunc):
        check(lambda x, y: loss(fn(x + 1j * y)), X, Y, variants=False)
    check(lambda x, y: np.real(fn(x + 1j * y) * (0.3 - 0.7j)), 0.6, -0.8, variants=False)


FILES = (
    "test_complex.py", "test_complex_matrices.py", "test_complex_functions.py", "test_complex_decompositions.py",
    "test_accuracy_special.py", "test_special.py", "test_bases.py", "test_cmath.py", "test_complex_special.py",
)  # fmt: skip


def test_one_function_of_each_set_has_a_test():
    here = "".join(Path(__file__).with_name(n).read_text() for n in FILES)
    for fn in (sets.HOLOMORPHIC | sets.LINEAR | sets.PARTS) - sets.ARITHMETIC:
        name = fn.name if isinstance(fn, (Attribute, Method)) else fn.__name__
        assert fn in UNARY or name in here, name


BINARY = [
    lambda a, b: a + b * 2j,
    lambda a, b: a - b,
    lambda a, b: a * b,
    lambda a, b: a / b,
    np.add,
    np.subtract,
    np.multiply,
    np.divide,
    lambda a, b: -a + +b,
]


@pytest.mark.parametrize("fn", BINARY)
def test_arithmetic(fn):
    check(lambda a, b, c, d: loss(fn(a + 1j * b, c + 1j * d)), X, Y, real(5), real(5), variants=False)
    check(lambda a, b, c: loss(fn(a + 1j * b, c)), X, Y, real(5), variants=False)
    check(lambda a, b, c: loss(fn(c, a + 1j * b)), real(3, 1), real(3, 1), real(4), variants=False)
    check(lambda a, b, c: loss(fn(a + 1j * b, c)), 0.7, 0.3, X, variants=False)
    check(lambda a, b, c: np.real(fn(a + 1j * b, c) * (2 - 1j)), 0.7, 0.3, 1.3, variants=False)


@pytest.mark.parametrize("n", [2, 3, -1, 0, 5])
def test_powers(n):
    check(lambda x, y: loss((x + 1j * y) ** n + np.power(x - 2j * y, n) + pow(x + 1j, n)), X, Y, flat=n == 0)
    check(lambda x, y: np.real((x + 1j * y) ** n * (1 - 2j)), 0.6, -0.8, flat=n == 0)


PARTS = [
    np.real,
    np.imag,
    np.conj,
    np.abs,
    abs,
    np.angle,
    lambda z: np.angle(z, deg=True),
    lambda z: z.real,
    lambda z: z.imag,
    lambda z: z.conj(),
    lambda z: z.conjugate(),
    lambda z: np.abs(z) ** 2 * z,
    lambda z: np.absolute(z) * np.exp(1j * np.angle(z)),
]


@pytest.mark.parametrize("fn", PARTS)
def test_parts(fn):
    check(lambda x, y: loss(fn(x + 1j * y)), X, Y, variants=False)
    check(lambda x, y: loss(fn(x * (1 + 2j) * y + x * 1j)), M, N, variants=False)


def test_parts_of_numbers():
    check(lambda x, y: abs(x + 1j * y), 0.6, -0.8)
    check(lambda x, y: np.abs(x + 1j * y) + np.angle(x + 1j * y), 0.6, -0.8)
    check(lambda x, y: (x + 1j * y).real * (x * y * 1j).imag, 0.6, -0.8)
    check(lambda x, y: ((x + 1j * y).conjugate() ** 2).imag, 0.6, -0.8)
    assert zg.gradient(lambda x: abs(x * 1j), 0.0) == (0.0,)
    assert zg.gradient(lambda x: np.sum(np.abs(x * 1j)), np.zeros(2))[0].tolist() == [0.0, 0.0]


A, B = real(3, 4), real(4, 2)
PRODUCTS = [
    (lambda a, b: a @ b, A, B),
    (np.dot, A, B),
    (np.matmul, A, real(4)),
    (np.dot, real(3), A),
    (np.dot, real(4), real(4)),
    (np.inner, A, real(2, 4)),
    (np.inner, real(4), real(4)),
    (np.outer, real(3), real(4)),
    (lambda a, b: np.tensordot(a, b, 1), A, B),
    (lambda a, b: np.einsum("ij,jk->ik", a, b), A, B),
    (lambda a, b: np.einsum("ij,jk->i", a, b), A, B),
    (lambda a, b: np.convolve(a, b), real(5), real(3)),
    (lambda a, b: np.convolve(a, b, "same"), real(5), real(3)),
    (np.kron, real(2, 2), real(2, 3)),
    (np.matmul, real(2, 3, 4), real(2, 4, 2)),
    (lambda a, b: np.linalg.inv(a + 3.0 * np.eye(3)) @ b, real(3, 3), real(3)),
]


@pytest.mark.parametrize(("fn", "a", "b"), PRODUCTS)
def test_products(fn, a, b):
    check(lambda p, q, r, s: loss(fn(p + 1j * q, r + 1j * s)), a, a[..., ::-1].copy(), b, b * b, variants=False)
    check(lambda p, q, r: loss(fn(p + 1j * q, r)), a, a * a, b, variants=False)
    check(lambda p, r, s: loss(fn(p, r + 1j * s)), a, b, b * b, variants=False)


S = real(3, 3)
LINEAR = [
    np.sum,
    np.mean,
    lambda z: np.sum(z, axis=0),
    lambda z: z.mean(1, keepdims=True),
    lambda z: z.reshape(-1),
    lambda z: np.reshape(z, (9, 1)),
    np.ravel,
    lambda z: np.squeeze(z[None]),
    lambda z: np.expand_dims(z, 0),
    lambda z: z.T,
    lambda z: z.mT,
    np.matrix_transpose,
    np.transpose,
    lambda z: z.transpose(1, 0),
    lambda z: np.swapaxes(z, 0, 1),
    lambda z: np.moveaxis(z, 0, 1),
    np.flip,
    np.flipud,
    np.fliplr,
    lambda z: np.roll(z, 1, 0),
    np.fft.fftshift,
    np.fft.ifftshift,
    np.copy,
    lambda z: z.copy(),
    lambda z: z.flatten(),
    lambda z: np.concatenate([z, z * 2j]),
    lambda z: np.stack([z, z * z, np.real(z)]),
    np.trace,
    np.diag,
    lambda z: np.diag(z[0]),
    np.diagonal,
    lambda z: np.broadcast_to(z, (2, 3, 3)),
    lambda z: np.tile(z, 2),
    lambda z: np.repeat(z, 2, axis=0),
    np.array,
    np.asarray,
    lambda z: np.where(np.real(z) > 0, z, 2j * z),
    np.triu,
    np.tril,
    lambda z: np.cumsum(z, axis=0),
    lambda z: z[1:] * z[:-1],
    lambda z: z[[0, 0, 2]],
    lambda z: z[z.real > 0],
]


@pytest.mark.parametrize("fn", LINEAR)
def test_linear_functions(fn):
    check(lambda x, y: loss(fn(x + 1j * y)), S, S * S, variants=False)


FOURIER = [
    np.fft.fft,
    np.fft.ifft,
    *(lambda z, n=n, f=f: f(z, n) for n in (3, 8) for f in (np.fft.fft, np.fft.ifft)),
    *(lambda z, m=m, f=f: f(z, axis=0, norm=m) for m in ("ortho", "forward") for f in (np.fft.fft, np.fft.ifft)),
    np.fft.fft2,
    np.fft.ifft2,
    np.fft.fftn,
    np.fft.ifftn,
    lambda z: np.fft.fftn(z, (3, 6), (1, 0), "ortho"),
    np.fft.irfft,
    lambda z: np.fft.irfft(z, 7),
    lambda z: np.fft.irfft(z, 4, axis=0, norm="ortho"),
    lambda z: np.fft.irfft2(z, norm="forward"),
    np.fft.irfftn,
    np.fft.hfft,
    lambda z: np.fft.hfft(z, 7, norm="ortho"),
]
OF_REAL = [
    np.fft.rfft,
    *(lambda z, n=n: np.fft.rfft(z, n) for n in (3, 4, 9)),
    lambda z: np.fft.rfft(z, axis=0, norm="forward"),
    lambda z: np.fft.rfft2(z, norm="ortho"),
    np.fft.rfftn,
    lambda z: np.fft.rfftn(z, (2, 6), (0, 1)),
    np.fft.ihfft,
    lambda z: np.fft.ihfft(z, 6, norm="forward"),
]


@pytest.mark.parametrize("fn", FOURIER)
def test_fourier_transforms(fn):
    check(lambda x, y: loss(fn(x + 1j * y)), real(4, 5), real(4, 5), variants=False)
    check(lambda x: loss(fn(x)), real(4, 5), variants=False)


@pytest.mark.parametrize("fn", OF_REAL)
def test_fourier_transforms_of_real_arrays(fn):
    check(lambda x: loss(fn(x)), real(4, 5), variants=False)


MIXED = [
    lambda x, z: np.concatenate([x, z, x]),
    lambda x, z: np.stack([x, z]),
    lambda x, z: np.array([x[0], z[1], 2.0, x[1]]),
    lambda x, z: np.where(x > 0, x, z),
    lambda x, z: np.where(x > 0, z, x),
    lambda x, z: np.einsum("i,j,k->ijk", x, z, x),
    lambda x, z: np.hstack([z, x]),
    lambda x, z: np.vstack([x, z]),
    lambda x, z: sum([x, z, x * z]),
    lambda x, z: np.outer(x, z).T @ x,
]


@pytest.mark.parametrize("fn", MIXED)
def test_real_and_complex_together(fn):
    check(lambda x, y: loss(fn(x, x * y + 1j * y)), X, Y, variants=False)


def test_single_precision():
    x = X.astype(np.float32)
    (g,) = zg.gradient(lambda x: np.sum(np.abs(np.fft.fft(x) * np.exp(1j * x))), x)
    assert g.dtype == np.float32
    (wide,) = zg.gradient(lambda x: np.sum(np.abs(np.fft.fft(x) * np.exp(1j * x))), X)
    assert g == pytest.approx(wide, rel=1e-3)


def low_pass(x, k):
    spectrum = np.fft.rfft(x)
    spectrum[3:] = 0.0
    spectrum[1] *= k + 2j
    return np.sum(np.fft.irfft(spectrum, x.size) ** 2)


def mandelbrot(a, b):
    z = 0j
    total = 0.0
    for _ in range(5):
        z = z * z + (a + 1j * b)
        total += abs(z)
    return total


def rotated(x, theta):
    z = np.zeros(x.size, complex)
    for i in range(x.size):
        z[i] = x[i] * np.exp(1j * theta * i)
    z[0] += x[1]
    held = np.copy(z)
    return np.sum(held.real * np.abs(z)), held.imag


def inner(z, w):
    return np.conj(z) * w


def stored_whole(x, y):
    """A complex cotangent was added to that of the real numbers that were stored."""
    z = np.zeros((2, x.size), complex)
    z[0, : x.size] = x
    z[1, 1:] = y[1:]
    z[1] *= z[0] + 1j
    z[:, :2] += y[:2]
    return np.sum(np.real(z * (1 + 2j)))


def with_call(x, y):
    return np.sum(np.imag(inner(x + 1j * y, np.exp(1j * x))))


def test_programs():
    check(low_pass, real(8), 0.7)
    check(mandelbrot, -0.4, 0.3)
    check(rotated, real(4), 0.5)
    check(with_call, X, Y)
    check(stored_whole, X, Y)
    check(lambda x: np.sum(np.abs(np.fft.fft(x)) ** 2), X)


def test_complex_arguments():
    z = np.array([1.0 + 2.0j, -0.5j])
    (g,) = zg.gradient(lambda z: np.sum(np.abs(z) ** 2), z)
    assert g == pytest.approx(2 * z)
    assert zg.gradient(lambda z: abs(z) ** 2, 3.0 + 4.0j) == (pytest.approx(6.0 + 8.0j),)
    assert zg.gradient(lambda z: (z * z).real, 1.0 + 2.0j) == (2.0 - 4.0j,)
    (single,) = zg.gradient(lambda z: np.sum(np.abs(z)), z.astype(np.complex64))
    assert single.dtype == np.complex64
    y, back = zg.pullback(lambda z: z * z, 1.0 + 2.0j)
    assert (y, back(1j)) == (-3 + 4j, (1j * np.conj(2 + 4j),))
    y, dy = zg.jvp(lambda z: z * z, (1.0 + 2.0j,), (1j,))
    assert dy == 2 * (1 + 2j) * 1j


def test_second_derivatives_through_complex_numbers():
    def power(x):
        return np.sum(np.abs(np.fft.fft(x)) ** 2) + np.sum(np.abs(x * (1 + 2j)))

    _, row = zg.jvp(zg.grad(power), (X,), (Y,))
    assert row == pytest.approx(2 * X.size * Y)


def test_gradients_share_no_memory_with_complex_cotangents():
    gx, gy = zg.gradient(lambda x, y: np.sum(np.abs(x + 1j * y)), X, Y)
    assert not np.shares_memory(gx, gy)
    assert gx.base is None


def test_a_number_that_is_refused_where_only_reals_are_meant():
    with pytest.raises(TypeError, match="complex"):
        zg.check_grads(lambda z: np.sum(np.abs(z)), np.array([1.0 + 2.0j]))


def test_a_complex_result_is_no_loss():
    with pytest.raises(zg.ScalarOutputError):
        zg.gradient(lambda x: x * 1j, 1.0)


REFUSED = [
    lambda z: np.sum(np.sign(z).real),
    lambda z: np.median(z).real,
    lambda z: np.max(z).real,
    lambda z: np.sum(np.round(z).real),
]


@pytest.mark.parametrize("f", REFUSED)
def test_what_has_no_derivative_for_complex_numbers_is_refused(f):
    z = np.array([1.0 + 2.0j, -0.5j])
    for verb in (lambda: zg.gradient(f, z), lambda: zg.jvp(f, (z,), (z,))):
        with pytest.raises(zg.ZygoteError, match=r"complex|known") as caught:
            verb()
        assert caught.value.lineno


def test_forward_mode_gave_wrong_numbers_with_complex_numbers_inside():
    x = np.array([1.0, 2.0])
    assert zg.jvp(lambda x: np.sum(np.abs(x * 1j)), (x,), (x,)) == (3.0, 3.0)


def test_a_part_of_an_array_that_is_written_to_is_refused():
    def f(x):
        z = x * 1j
        v = z.imag
        z[0] = 5.0
        return np.sum(v)

    with pytest.raises(zg.UnsupportedSyntaxError, match="share its memory"):
        zg.gradient(f, np.ones(3))


def test_casts_to_complex():
    z = np.array([1 + 2j, 0.5 - 1j])
    (d,) = zg.gradient(lambda x: np.sum(np.abs(x.astype(complex) * z) ** 2), np.ones(2))
    np.testing.assert_allclose(d, [10.0, 2.5])
    (d,) = zg.gradient(lambda x: np.sum(np.abs(np.astype(x, np.complex64)) ** 2), z)
    np.testing.assert_allclose(d, 2 * z)
    assert zg.gradient(lambda x: abs(np.complex128(x)) ** 2, 1.5) == (pytest.approx(3.0),)


def test_the_sum_of_real_parts_of_roots_and_eigenvalues():
    """The cotangent of a sum, one number, met rules that ask for a cotangent of the result's shape."""
    check(lambda x: np.sum(np.roots(x).real), np.array([0.5, 1.6, 2.0]), variants=False)
    check(lambda x: np.sum(np.linalg.eigvals(np.outer(x, x) + np.diag(x)).real), np.ones(3) + X[:3], variants=False)
    check(lambda x: np.sum(np.imag(np.conj(np.fft.fft(x)))) + np.sum(np.fft.fft(x).real), X, variants=False)
