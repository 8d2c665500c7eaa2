"""Sparse Jacobians and Hessians: equal to the dense ones, or refused."""

import numpy as np
import pytest
import scipy.sparse as sp

import zygote_nb as zg
from zygote_nb.higher.sparse.colouring import colours, greedy, is_valid
from zygote_nb.higher.sparse.dependence import dependence

X = np.array([0.6, -0.4, 1.1, 0.3, -0.9, 0.7])
COUPLING = sp.random(6, 6, 0.3, random_state=3, format="csr").toarray()


def diffusion(x):
    left = np.concatenate([x[:1], x[:-1]])
    right = np.concatenate([x[1:], x[-1:]])
    return left - 2.0 * x + right + np.sin(x) * x**2


def coupled(x):
    return COUPLING @ (x * x) + np.tanh(x[::-1])


def grid(x):
    u = x.reshape(2, 3)
    v = u * np.roll(u, 1, axis=1)
    v[1] = v[1] * u[0]
    return v.ravel()


def branching(x):
    y = np.where(x > 0.0, x**2, np.roll(x, 1))
    return y * 2.0 if x[0] > 0.0 else y + np.sum(x)


def summed(x):
    return np.stack([np.sum(x[:3] ** 2), np.mean(x[2:]), np.max(x)])


def by_elements(x):
    y = np.zeros(x.size)
    for i in range(1, x.size):
        y[i] = x[i - 1] * x[i]
    return y


@pytest.mark.parametrize("f", [diffusion, coupled, grid, branching, summed, by_elements])
@pytest.mark.parametrize("mode", ["forward", "reverse", "auto"])
def test_equal_to_the_dense_jacobian(f, mode) -> None:
    (made,) = zg.jacobian(f, X, mode=mode, sparsity="auto")
    assert sp.issparse(made)
    assert made.toarray() == pytest.approx(zg.jacobian(f, X)[0], abs=1e-14)


def test_a_pattern_may_be_given() -> None:
    pattern = sp.diags([1.0, 1.0, 1.0], [-1, 0, 1], shape=(6, 6))
    value, (made,) = zg.withjacobian(diffusion, X, sparsity=pattern)
    assert value == pytest.approx(diffusion(X))
    assert made.toarray() == pytest.approx(zg.jacobian(diffusion, X)[0], abs=1e-14)
    (loose,) = zg.jacobian(diffusion, X, sparsity=np.ones((6, 6)))
    assert loose.toarray() == pytest.approx(made.toarray())


@pytest.mark.parametrize("mode", ["forward", "reverse"])
def test_a_pattern_that_lacks_entries_is_refused(mode) -> None:
    with pytest.raises(ValueError, match="lacks entries"):
        zg.jacobian(diffusion, X, mode=mode, sparsity=np.eye(6))
    with pytest.raises(ValueError, match=r"shape \(5, 6\), and the derivative \(6, 6\)"):
        zg.jacobian(diffusion, X, sparsity=np.ones((5, 6)))
    with pytest.raises(ValueError, match="'banded'"):
        zg.jacobian(diffusion, X, sparsity="banded")
    with pytest.raises(TypeError, match="only argument"):
        zg.jacobian(lambda x, y: x * y, X, X, sparsity="auto")


def chain(x):
    return np.sum((x[1:] - x[:-1] ** 2) ** 2) + np.sum(x**4)


def arrow(x):
    return x[0] * np.sum(x**2) + np.sum(np.exp(x))


def chain_by_elements(x):
    s = 0.0
    for i in range(x.size - 1):
        s += (x[i + 1] - x[i] ** 2) ** 2
    return s


@pytest.mark.parametrize("f", [chain, arrow, chain_by_elements])
def test_equal_to_the_dense_hessian(f) -> None:
    made = zg.hessian(f, X, sparsity="auto")
    assert sp.issparse(made)
    assert made.toarray() == pytest.approx(zg.hessian(f, X), abs=1e-12)


def test_a_hundred_thousand() -> None:
    x = np.linspace(-1.0, 1.0, 100_000)
    (made,) = zg.jacobian(diffusion, x, sparsity="auto")
    assert made.nnz == 3 * x.size - 2
    assert made.diagonal()[1:-1] == pytest.approx((np.cos(x) * x**2 + 2.0 * np.sin(x) * x - 2.0)[1:-1])
    assert zg.hessian(chain, x, sparsity="auto").shape == (x.size, x.size)


def test_the_pattern_has_what_may_depend() -> None:
    found = dependence(diffusion, X).toarray()
    assert np.array_equal(found, np.abs(np.subtract.outer(np.arange(6), np.arange(6))) <= 1)
    assert dependence(by_elements, X) is None


def test_columns_of_one_colour_share_no_row() -> None:
    for seed in range(5):
        pattern = sp.random(40, 30, 0.1, random_state=seed, format="csr")
        for colour in (colours(pattern), greedy(pattern)):
            assert is_valid(pattern, colour)
    assert not is_valid(sp.csr_matrix(np.ones((2, 3))), np.zeros(3, dtype=int))
    assert colours(sp.diags([1.0, 1.0, 1.0], [-1, 0, 1], shape=(50, 50))).max() == 2


def test_the_pattern_is_found_without_another_print(capsys):
    def f(x):
        print("once")
        return x[1:] * x[:-1]

    def plain(x):
        return x[1:] * x[:-1]

    x = np.array([1.0, 2.0, 3.0, 4.0])
    found = zg.jacobian(f, x, sparsity="auto")
    assert capsys.readouterr().out == "once\n"
    expected = zg.jacobian(plain, x, sparsity="auto")
    assert abs(found[0] - expected[0]).max() == 0.0
