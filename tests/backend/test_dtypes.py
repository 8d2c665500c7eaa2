"""Complex numbers, and programs in which single and double precision meet: compiled as interpreted."""

import cmath

import numpy as np
import pytest

import zygote_nb as zg
from tests.oracle import ASKED_SAMPLE, check, same_compiled, same_written
from tests.trees import agree

RNG = np.random.default_rng(3)
Z, W = (RNG.normal(size=5) + 1j * RNG.normal(size=5) for _ in range(2))
M = RNG.normal(size=(3, 3)) + 1j * RNG.normal(size=(3, 3))
X, Y = RNG.normal(size=5), RNG.normal(size=5)


def mandelbrot(a, b):
    z, total = 0j, 0.0
    for _ in range(5):
        z = z * z + (a + 1j * b)
        total += abs(z)
    return total


def recurrence(z, x):
    s = 0.0 + 0.0j
    for i in range(len(z)):
        s = s * 0.5 + z[i] * x[i] / (2.0 + z[i] ** 2)
    return s.real**2 + s.imag


def in_place(z, a):
    w = z.copy()
    for i in range(1, len(w)):
        w[i] = w[i - 1] * a + w[i] * (1 + 2j)
    return np.sum(np.abs(w) ** 2)


def elementwise(z):
    waves = np.exp(z) * np.sin(z) + np.tanh(z) * np.cosh(z) + np.square(z) * np.cos(z)
    return np.sum(np.real(waves + np.sqrt(z) * np.log(z + 3) - np.sinh(z) * np.conj(np.log10(z))))


def of_parts(z):
    return np.sum(z.real * z.imag) + np.sum(np.angle(z)) + np.sum(np.imag(z.conj() * 2j)) + np.sum(abs(z))


def of_cmath(z):
    return abs(cmath.exp(z) * cmath.sqrt(z) + cmath.log(z)) + cmath.phase(z) + complex(z.real, 2.0 * z.imag).imag


def products(A, z, x):
    v = A @ x[:3]
    return np.real(np.dot(np.conj(v), z[:3])) + np.abs(np.trace(A @ A.conj().T))


def made(x, theta):
    z = np.zeros(x.size, complex)
    for i in range(x.size):
        z[i] = x[i] * np.exp(1j * theta * i)
    joined = np.concatenate((z, x)) * np.ones(10, dtype=np.complex128)
    return np.sum(np.abs(np.cumsum(joined))) + np.mean(joined.reshape(2, 5).imag)


def picked(z):
    return np.sum(np.abs(z[z.real > 0])) + np.sum(np.where(z.imag > 0, z, 2j * z).real) + z[[0, 0, 2]].sum().real


def powers(z):
    return np.sum(np.real(z**3 + z**-1)) + (z[0] ** 2).imag


def listed(x):
    items = []
    for v in x:
        items.append(v * (1 + 1j))
    return np.abs(items[0] * items[1] + items[2])


def recursive(z, n):
    return z if n == 0 else recursive(z * z * 0.5, n - 1) + 0.1j * z


def of_recursive(z):
    return abs(recursive(z, 3))


COMPLEX = {
    "mandelbrot": (mandelbrot, -0.4, 0.3),
    "recurrence": (recurrence, Z, X),
    "in place": (in_place, Z, 0.3),
    "elementwise": (elementwise, Z),
    "parts": (of_parts, Z),
    "cmath": (of_cmath, 1.0 + 2.0j),
    "products": (products, M, Z, X),
    "made": (made, X, 0.5),
    "picked": (picked, Z),
    "powers": (powers, Z),
    "listed": (listed, X),
    "recursive": (of_recursive, 0.3 + 0.4j),
}


def single(x):
    """The argument in single precision."""
    if isinstance(x, np.ndarray):
        return x.astype(np.complex64 if x.dtype.kind == "c" else np.float32)
    return np.complex64(x) if isinstance(x, complex) else np.float32(x)


@pytest.mark.parametrize("name", COMPLEX)
def test_complex_numbers(name):
    f, *args = COMPLEX[name]
    check(f, *args, backends=("python",), variants=False, second=False)
    same_written(f, *args, one_in=ASKED_SAMPLE)


@pytest.mark.parametrize("name", ["recurrence", "in place", "parts"])
def test_complex_numbers_of_single_precision(name):
    f, *args = COMPLEX[name]
    same_written(f, *map(single, args), one_in=ASKED_SAMPLE)


def test_every_verb_compiles_with_complex_numbers():
    check(recurrence, Z, X, compile=True, variants=False, second=True)


def summed(x, y):
    s = 0.0
    for i in range(len(x)):
        s += x[i] * y[i] + x[i] * 2.0
    return s


def stored(x, y):
    z = np.zeros_like(x)
    for i in range(1, len(x)):
        z[i] = z[i - 1] * 0.5 + y[i] * x[i]
    wide = np.zeros(len(x))
    wide[:] = x * 0.1
    wide[1:] += x[:-1]
    return np.sum(z * x) + np.sum(y * z) + np.sum(wide**2)


def joined(x, y):
    return np.sum(np.concatenate((x, y)) ** 2) + np.sum(np.where(y > 0, x, y)) + np.dot(x, y)


def branches(x, y):
    s = np.float32(0.0)
    for i in range(len(x)):
        t = x[i] * 0.1
        s = s + t if y[i] > 0.1 else s - t * 2.0
    return s * y[0]


@pytest.mark.parametrize("f", [summed, stored, joined, branches])
def test_single_and_double_precision_together(f):
    same_compiled(f, single(X), Y)


def test_numbers_of_both_precisions():
    same_compiled(lambda a, b: a * b * 2.0 + np.sin(a) * 3.0, np.float32(0.5), np.float64(0.25))
    same_compiled(lambda x, a: np.sum(np.exp(x * a) + np.sin(x) * np.float64(a)), single(X), 0.5)


def real_or_complex(x):
    s = 0.0
    for i in range(len(x)):
        s = s + x[i] * 1j
    return np.abs(np.sqrt(s - 2.0))


def test_a_number_that_is_real_on_one_path_is_interpreted():
    """Without entries the root is not a number; a complex variable would have made 1.41j of it."""
    told = zg.explain(real_or_complex, X).execution
    assert "real on one path and complex on another" in told
    with np.errstate(invalid="ignore"):
        assert np.isnan(zg.withgradient(real_or_complex, np.zeros(0)).val)


def test_a_name_may_stand_for_numbers_of_several_dtypes_in_turn():
    def f(x, y):
        s = np.sum(x) * 0.5
        s = s * y[0]
        s = s * 1j + x[0]
        return abs(s)

    same_compiled(f, single(X), Y)


def test_a_number_of_either_precision_is_interpreted():
    def f(x, y, n):
        s = x[0]
        for i in range(n):
            s = s + y[i]
        return s

    assert "of single precision on one path" in zg.explain(f, single(X), Y, 2).execution
    assert type(zg.withgradient(f, single(X), Y, 0).val) is np.float32


def test_complex_numbers_are_not_added_to_real_arrays():
    """Numba drops the imaginary part of `y += z`."""

    def f(x, z):
        y = np.copy(x)
        y += z
        return np.sum(y)

    for backend in ("python", "auto"):
        with zg.options(backend=backend), pytest.raises((TypeError, zg.ZygoteError)):
            zg.gradient(f, X, Z)


EDGES = {
    "exp": (lambda z: np.exp(z).real, 800.0 + 0j),
    "tanh": (lambda z: np.tanh(z).real, 800.0 + 0j),
    "log near the circle": (lambda z: np.log(z).real * 1e18, 1.0 + 1e-9j),
    "branch cut": (lambda z: np.sqrt(z).imag, complex(-1.0, -0.0)),
    "quotient": (lambda z: np.abs(np.complex128(1.0) / z), np.complex128(0)),
    "a large number": (lambda z: np.abs(z) * 1e-300, 1e300 + 1e300j),
}


@pytest.mark.parametrize("name", EDGES)
def test_edges_are_those_of_numpy(name):
    f, z = EDGES[name]
    with np.errstate(all="ignore"):
        with zg.options(backend="python"):
            value, grads = zg.withgradient(f, z)
        with zg.options(backend="numba"):
            compiled = zg.withgradient(f, z)
    agree((value, grads), tuple(compiled), name, 1e-12, loose=True)


def sum_from_a_real_number(z, n):
    s, p = 0.0, 1
    for i in range(n):
        s += z[i] * z[i]
        p = p * z[i]
    t = s / 2 - p
    return abs(t) + (t * t.conjugate()).real + s.imag


def root_of_a_sum(z, n):
    s = -1.0
    for i in range(n):
        s += z[i]
    return np.sqrt(s).real


def times_a_number(z, n):
    s = 2.0
    for i in range(n):
        s += z[i]
    return (s * float(abs(z[0]))).imag


def itself(z, n):
    s = 0.0
    for i in range(n):
        s += z[i]
    return s


def test_a_sum_of_complex_numbers_may_begin_with_a_real_one():
    z = np.array([1 + 2j, 0.3 - 0.5j, 0.7j])
    check(sum_from_a_real_number, z, 3, compile=True, variants=False, second=False)
    same_compiled(sum_from_a_real_number, z, 0)


@pytest.mark.parametrize("f", [root_of_a_sum, times_a_number, itself])
def test_a_sum_that_is_told_from_a_complex_number_is_interpreted(f):
    """Without iterations it is real, and the root of a negative number is none, infinity has no direction."""
    with zg.options(backend="numba"), pytest.raises(zg.CompileError, match="real on one path and complex on another"):
        zg.pullback(f, np.ones(3) * 1j, 3)[1](1.0)
