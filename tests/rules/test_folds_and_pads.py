"""Methods of ufuncs, and paddings, that NumPy has no function for: written in Python, and differentiated as that."""

import numpy as np
import pytest

import zygote_nb as zg
from tests.rules.contract import M, X, case, hold

P = np.abs(M)
W = P[0]
T = np.linspace(-1.3, 2.1, 24).reshape(2, 3, 4)
CASES = [
    case(np.logaddexp.reduce, M),
    case(np.logaddexp.reduce, M, axis=1, keepdims=True),
    case(np.logaddexp.reduce, M, axis=None),
    case(np.hypot.reduce, M, -1),
    case(np.subtract.reduce, X),
    case(np.power.accumulate, P, axis=1),
    case(np.maximum.accumulate, M, 1),
    case(np.minimum.accumulate, X),
    case(np.add.reduceat, X, [0, 2, 4]),
    case(np.add.reduceat, M, [0, 2, 1, 3], axis=1),
    case(np.multiply.reduceat, M, [0, 2], axis=1),
    case(np.maximum.reduceat, M, [1, 0, 2]),
    case(np.pad, M, ((1, 2), (3, 1)), "mean"),
    case(np.pad, M, ((1, 2), (3, 1)), "mean", stat_length=2),
    case(np.pad, M, 2, "maximum", stat_length=((1, 2), (3, 1))),
    case(np.pad, M, ((2,), (1,)), mode="minimum"),
    case(np.pad, X, (2, 0), mode="median"),
    case(np.pad, M, (1, 3), "linear_ramp"),
    case(np.pad, M, (1, 3), "linear_ramp", end_values=((1, 2), (3, 4))),
    case(np.pad, M, ((2, 1), (3, 0)), "reflect", reflect_type="odd"),
    case(np.pad, M, ((2, 1), (3, 4)), "symmetric", reflect_type="odd"),
    case(np.cov, M, aweights=W),
    case(np.cov, M, aweights=W, fweights=np.array([1, 3, 2, 1]), ddof=2),
    case(np.einsum, M, [0, 1], M.T[:, :2], [1, 2], [0, 2]),
    case(np.einsum, T, [..., 1], W, [1]),
    case(np.einsum, M, [5, 1]),
]


@pytest.mark.parametrize("call", CASES)
def test_rule(call):
    hold(call)


def lifted(x, v):
    y = x * 1.0
    np.maximum.at(y, [0, 0, 3], v)
    np.power.at(y, np.array([1, 1]), 2.0)
    return np.sum(y * y)


def blended(x, c):
    return np.sum(np.piecewise(x, [x < 0], [lambda v, s: v**2 * s, lambda v, s: np.log(v) * s], c))


def test_places_and_pieces():
    with zg.options(backend="python"):
        zg.check_grads(lifted, X, np.array([0.3, 2.4, -0.5]), order=2)
        zg.check_grads(blended, X, 1.3, order=2)


def test_a_piece_is_evaluated_where_it_counts():
    """The last function was differentiated everywhere, and its slope was infinite where another was taken."""
    (g,) = zg.gradient(lambda x: np.sum(np.piecewise(x, [x <= 0], [0.0, np.log])), np.array([-1.0, 0.0, 2.0]))
    np.testing.assert_array_equal(g, [0.0, 0.0, 0.5])


def test_weights_of_a_histogram_in_two_dimensions_in_both_modes():
    def f(w):
        return np.sum(np.histogram2d(X, X[::-1], 3, weights=w)[0] ** 2)

    with zg.options(backend="python"):
        zg.check_grads(f, np.array([0.3, 0.4, 0.5, 0.6, 0.7]), order=2)


def test_what_rounds_is_refused():
    with pytest.raises(zg.NoRuleError, match=r"np\.pad with these settings"):
        zg.gradient(lambda x: np.sum(np.pad(x, 1, "mean")), np.arange(4))
