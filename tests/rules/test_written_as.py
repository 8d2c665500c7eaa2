"""Calls that are other calls: methods of ufuncs, positional outputs, named tuples; eigenvalues and roots."""

import numpy as np
import pytest

import zygote_nb as zg
from tests import oracle
from tests.rules.contract import M, N, X, Y, array, well_conditioned

W = np.exp(1j * np.arange(50))


def check(f, *args, **options):
    return oracle.check(f, *args, compiles=False, variants=False, second=False, **options)


CALLS = [
    (lambda x: np.add.reduce(x) ** 2, (M,)),
    (lambda x: np.add.reduce(x, axis=1) ** 2, (M,)),
    (lambda x: np.add.reduce(x, -1, keepdims=True) * x, (M,)),
    (lambda x: np.add.reduce(x, axis=None), (M,)),
    (lambda x: np.multiply.reduce(x, 1), (M,)),
    (lambda x: np.maximum.reduce(x) * np.minimum.reduce(x), (M,)),
    (lambda x: np.add.accumulate(x) ** 2, (M,)),
    (lambda x: np.multiply.accumulate(x, axis=1), (M,)),
    (lambda x, y: np.subtract.outer(x, y) ** 2, (X, Y)),
    (lambda x, y: np.multiply.outer(x, y), (M, X)),
    (lambda x, y: np.arctan2.outer(x, y), (X, array(2, 2))),
    (lambda x: np.add.outer(x, 2.0) * x, (X,)),
    (lambda a: np.linalg.eigh(a @ a.T).eigenvalues, (well_conditioned(3, 3),)),
    (lambda a: np.linalg.qr(a).R, (well_conditioned(3, 3),)),
    (lambda a: np.linalg.slogdet(a).logabsdet, (well_conditioned(3, 3),)),
    (lambda a: np.linalg.svd(a).S, (M,)),
    (lambda a: np.linalg.svd(a, full_matrices=False), (M,)),
    (lambda x: abs(complex(x, 2.0)) + complex(x).real * complex(1.0, x).imag, (0.7,)),
    (lambda a: np.sum(np.real(np.linalg.eigvals(a) * W[:4])), (array(4, 4),)),
    (lambda a: np.sum(np.abs(np.linalg.eigvals(a)) ** 2), (array(3, 3),)),
    (lambda a: np.max(np.abs(np.linalg.eigvals(a))), (array(2, 3, 3),)),
    (lambda a: np.sum(np.abs(np.linalg.eig(a).eigenvectors) ** 4), (array(3, 3),)),
    (lambda a: np.sum(np.real(np.linalg.eig(a)[1] * W[:4])) + np.abs(np.linalg.eig(a)[0][1]), (array(4, 4),)),
    (lambda a: np.sum(np.real(np.linalg.eig(a)[1])[..., 0, :] ** 3), (array(2, 3, 3),)),
    (lambda a, b: np.sum(np.real(np.linalg.eig(a + 1j * b)[1] * W[:3])), (array(3, 3), array(3, 3))),
    (lambda p: np.sum(np.abs(np.roots(p) - 0.3)), (array(5),)),
    (lambda x: np.sum(np.abs(np.sort_complex(x) - W[:4]) ** 2), (M,)),
    (lambda p: np.sum(np.real(np.roots(p) ** 2)), (np.array([1.0, -6.0, 11.0, -6.0]),)),
]


@pytest.mark.parametrize(("f", "args"), CALLS)
def test_call(f, args):
    check(f, *args)


def test_histogram_in_two_dimensions():
    check(lambda w: np.histogram2d([1.0, 2, 3, 9], [1.0, 2, 3, 5], 3, weights=w)[0] ** 2, array(4), modes=False)
    with pytest.raises(zg.NoRuleError, match="with a number of bins"):
        zg.gradient(lambda w: np.sum(np.histogram2d(X, Y, 3, weights=w, density=True)[0]), X)


def sine_below(x):
    return np.piecewise(x, [x < 0.0, x > 1.0], [np.sin, lambda v: v * v, 0.5])


def by_constants(x):
    return np.piecewise(x, [x < 0.0], [1.0, lambda v: v**3]) * x


def test_piecewise():
    check(sine_below, X)
    check(by_constants, M)


def bump(t):
    return t * t if t > 0 else 3.0 * t


def product(s, t):
    return s * bump(t)


vector_bump = np.vectorize(bump)
vector_product = np.vectorize(product)


def test_vectorized_functions():
    check(lambda x: vector_bump(x) * x, M)
    check(lambda x, y: vector_product(x, y), M, N)
    check(lambda x, y: vector_product(x, y), M, array(4))


def into(x):
    y = np.zeros(x.size)
    np.exp(x, y)
    z = np.empty_like(y)
    np.multiply(y, x, z)
    return np.sum(z * y)


def test_an_output_given_by_position():
    check(into, X)


def test_a_method_of_a_ufunc_that_is_refused():
    with pytest.raises(zg.UnsupportedSyntaxError, match=r"np.logaddexp.reduce"):
        zg.gradient(lambda x: np.logaddexp.reduce(x, initial=0.0), X)


def test_equal_eigenvalues_have_a_sum():
    assert zg.gradient(lambda a: np.sum(np.linalg.eigvals(a)).real, np.eye(2))[0] == pytest.approx(np.eye(2))


def phases(a):
    return np.sum(np.real(np.linalg.eig(a)[1]))


def sizes(a):
    return np.sum(np.abs(np.linalg.eig(a)[1]) ** 4)


def test_vectors_that_are_not_determined_are_refused():
    """Of a quarter turn each vector has two largest entries, which both may be the one that is real."""
    turn = np.array([[0.0, 1.0], [-1.0, 0.0]])
    np.testing.assert_allclose(zg.gradient(sizes, turn)[0], np.zeros((2, 2)), atol=1e-15)
    with pytest.raises(zg.ZygoteError, match="the phase of an eigenvector") as caught:
        zg.gradient(phases, turn)
    assert caught.value.lineno == phases.__code__.co_firstlineno + 1 or caught.value.hint
    with pytest.raises(zg.ZygoteError, match="equal eigenvalues"):
        zg.gradient(sizes, np.eye(2))
    assert zg.gradient(lambda a: np.sum(np.linalg.eig(a).eigenvalues).real, np.eye(2))[0] == pytest.approx(np.eye(2))


def test_a_function_of_a_matrix_by_its_vectors():
    def exponential(a):
        w, v = np.linalg.eig(a)
        return np.sum(np.real(v @ np.diag(np.exp(w)) @ np.linalg.inv(v)))

    check(exponential, array(3, 3))
