"""Numbers: integers, precisions, kinks, ties, zeros, empty arrays, results that aren't scalars."""

import math
import threading
import warnings
from collections.abc import Callable

import numpy as np
import pytest

import zygote_nb as zg
from tests.oracle import check, check_or_refused, chosen_backends, fails

X = np.array([0.7, -1.2, 0.4, 2.1])


def exactly(f: Callable, *args, expected, compile: bool = False) -> None:
    """The gradient is this to rounding, in every backend, and without a warning."""
    for backend in chosen_backends(compile):
        with zg.options(backend=backend), warnings.catch_warnings():
            warnings.simplefilter("error")
            grads = zg.gradient(f, *args)
        assert len(grads) == len(expected)
        for g, e in zip(grads, expected, strict=True):
            assert (g is None) == (e is None), (backend, grads)
            assert e is None or np.allclose(g, e, rtol=1e-12, atol=0, equal_nan=True), (backend, grads)


# ---- integers, bools, strings


def test_the_seed_example_of_the_field() -> None:
    def f(x):
        return 5 * x + 3

    assert zg.gradient(f, 10) == (5.0,)
    assert type(zg.gradient(f, 10)[0]) is float
    assert zg.D(f)(10) == 5.0


def test_an_integer_that_is_a_number() -> None:
    exactly(lambda x, y: x * y + x**2, 3, 0.5, expected=(6.5, 3.0))


def test_an_integer_that_is_an_index_a_bound_or_an_exponent() -> None:
    def f(x, n):
        s = 0.0
        for i in range(n // 2):
            s += x[n - 1] ** (n + 1) * i
        if n > 3:
            s += x[0]
        return s

    assert zg.gradient(f, X, 4)[1] is None


@pytest.mark.parametrize("n", [0, 1, 2])
def test_activity_of_an_integer_is_static(n: int) -> None:
    def f(x, n):
        if n > 1:
            return x * n
        return x

    assert zg.gradient(f, 0.5, n) == (float(n if n > 1 else 1), 0.5 if n > 1 else 0.0)


def test_an_integer_array_that_is_a_vector() -> None:
    (g,) = zg.gradient(lambda x: np.sum(x * x) * 0.5, np.array([1, 2, 3]))
    assert g.dtype == np.float64
    assert np.array_equal(g, [1, 2, 3])


def test_an_integer_array_that_is_an_index() -> None:
    g, i = zg.gradient(lambda x, i: np.sum(x[i]), X, np.array([0, 2, 2]))
    assert i is None
    assert np.array_equal(g, [1, 0, 2, 0])


def test_bool_str_none_and_functions_have_none() -> None:
    def f(x, flag, name, nothing, g):
        return g(x) if flag and name == "sin" and nothing is None else x

    grads = zg.gradient(f, 0.5, True, "sin", None, math.sin)
    assert grads == (pytest.approx(math.cos(0.5)), None, None, None, None)


def test_a_sum_that_starts_at_integer_zero_is_a_float() -> None:
    def f(x):
        s = 0
        for t in x:
            s += 0.5 * t
        return s

    check(f, X, compile=True)


def test_a_maximum_that_starts_at_an_integer() -> None:
    def f(x):
        best = 0
        for t in x:
            if t > best:
                best = t
        return best * best

    check(f, X)


@pytest.mark.parametrize(
    "f", [lambda x: x // 0.5 * x, lambda x: round(x) * x, lambda x: int(x) * x, lambda x: (x > 1.0) * x]
)
def test_steps_carry_no_derivative(f: Callable) -> None:
    check(f, 2.3)


def test_remainder_has_the_derivative_of_its_line() -> None:
    check(lambda x, y: x % y, 2.3, 0.7)


def test_stores_into_an_integer_array_carry_no_derivative() -> None:
    def f(x):
        k = np.zeros(3, dtype=np.int64)
        k[0] = int(x * 3.0)
        return k[0] * x

    check(f, 0.7)


def test_integer_arithmetic_does_not_wrap() -> None:
    def f(x, n):
        p = 1
        for i in range(1, n + 1):
            p *= i
        return x / p

    exactly(lambda x: f(x, 25), 1.0, expected=(1.0 / math.factorial(25),))


def test_negative_integer_powers() -> None:
    exactly(lambda x, n: x * 2**n, 0.5, -1, expected=(0.5, None))


# ---- precisions


@pytest.mark.parametrize("dtype", [np.float32, np.float16])
def test_the_gradient_has_the_arguments_precision(dtype: type) -> None:
    x = X.astype(dtype)
    check(lambda x: np.sum(np.sin(x) * x * 2.0), x, compiles=False)


def test_python_numbers_do_not_widen_single_precision() -> None:
    def f(x):
        y = x * 2.0
        s = y[0]
        for i in range(1, len(y)):
            s += y[i] * 0.5
        return s

    value, (g,) = zg.withgradient(f, X.astype(np.float32))
    assert type(value) is np.float32
    assert g.dtype == np.float32
    check(f, X.astype(np.float32))


def test_mixed_precisions() -> None:
    gx, gy = check(lambda x, y: np.sum(x * y), X.astype(np.float32), X, compiles=False)
    assert (gx.dtype, gy.dtype) == (np.float32, np.float64)


@pytest.mark.parametrize("x", [0.7, np.float64(0.7), np.float32(0.7), np.array(0.7), np.array(0.7, dtype=np.float32)])
def test_the_gradient_of_a_number_is_a_number_of_its_type(x) -> None:
    (g,) = check(lambda x: x * x * 0.5, x)
    assert type(g) is type(x)


def test_single_precision_sums_as_numpy_does() -> None:
    x = np.full(100_000, 0.1, dtype=np.float32)
    for backend in chosen_backends(False):
        with zg.options(backend=backend):
            value, (g,) = zg.withgradient(lambda x: np.mean(x), x)
        assert value == np.mean(x) or abs(value - 0.1) < 1e-6
        assert g.dtype == np.float32
        assert np.allclose(g, 1e-5)


# ---- kinks, edges, ties


def test_abs_at_zero() -> None:
    exactly(lambda x: abs(x), 0.0, expected=(0.0,))
    exactly(lambda x: np.sum(np.abs(x) * 3.0), np.array([0.0, -2.0]), expected=([0.0, -3.0],))


def test_sqrt_at_zero() -> None:
    exactly(lambda x: np.sum(np.sqrt(x)), np.array([0.0, 4.0]), expected=([np.inf, 0.25],))
    exactly(lambda x: np.sum(np.sqrt(x) * np.array([0.0, 1.0])), np.array([0.0, 4.0]), expected=([0.0, 0.25],))


def test_ties_of_numpy_share_equally() -> None:
    exactly(lambda x, y: np.maximum(x, y), 1.0, 1.0, expected=(0.5, 0.5))
    exactly(lambda x: np.sum(np.minimum(x, 1.0)), np.array([1.0, 2.0, 0.0]), expected=([0.5, 0.0, 1.0],))
    exactly(lambda x: np.max(x), np.array([3.0, 1.0, 3.0, 3.0]), expected=([1 / 3, 0, 1 / 3, 1 / 3],))
    exactly(lambda x: np.sum(np.min(x, axis=0)), np.array([[1.0, 2.0], [1.0, 3.0]]), expected=([[0.5, 1], [0.5, 0]],))


def test_ties_of_python_follow_the_element_taken() -> None:
    exactly(lambda x, y: max(x, y), 1.0, 1.0, expected=(1.0, 0.0))
    exactly(lambda x, y: min(x, y), 1.0, 1.0, expected=(1.0, 0.0))
    exactly(lambda x, y, z: max(x, y, z), 0.0, 1.0, 1.0, expected=(0.0, 1.0, 0.0))


def test_integer_powers_need_no_logarithm() -> None:
    exactly(lambda x: x**2, 0.0, expected=(0.0,))
    exactly(lambda x: x**1, 0.0, expected=(1.0,))
    exactly(lambda x: x**3, -2.0, expected=(12.0,))
    exactly(lambda x, n: x**n, -2.0, 3, expected=(12.0, None))
    exactly(lambda x: np.sum(x**2), np.array([0.0, -2.0]), expected=([0.0, -4.0],))
    exactly(lambda x: x**0, 0.0, expected=(0.0,))
    exactly(lambda x: x**-2, -2.0, expected=(0.25,))


def test_powers_of_zero() -> None:
    exactly(lambda x, y: x**y, 0.0, 2.0, expected=(0.0, 0.0))
    exactly(lambda x, y: x**y, 0.0, 1.0, expected=(1.0, 0.0))
    exactly(lambda x, y: np.sum(x**y), np.array([0.0, 0.0]), 2.5, expected=([0.0, 0.0], 0.0))


def test_powers_in_base_and_exponent() -> None:
    check(lambda x, y: x**y, 1.7, 0.6)
    check(lambda x, y: np.sum(x**y), np.abs(X), X)
    check(lambda y: 2**y + 2.0**y, 0.6)


def test_where_never_lets_the_other_branch_in() -> None:
    exactly(
        lambda x: np.sum(np.where(x > 0, np.sqrt(np.where(x > 0, x, 1.0)), 0)),
        np.array([-1.0, 0.0, 4.0]),
        expected=([0.0, 0.0, 0.25],),
    )
    with np.errstate(all="ignore"):
        for backend in chosen_backends(False):
            with zg.options(backend=backend):
                (g,) = zg.gradient(lambda x: np.sum(np.where(x > 0, np.sqrt(x), 0)), np.array([-1.0, 0.0, 4.0]))
            assert np.array_equal(g, [0.0, 0.0, 0.25])


def test_where_between_scalars_of_a_quotient() -> None:
    with np.errstate(all="ignore"):
        (g,) = zg.gradient(lambda x: np.sum(np.where(x == 0.0, 1.0, np.sin(x) / x)), np.array([0.0, 0.5]))
    assert np.allclose(g, [0.0, math.cos(0.5) / 0.5 - math.sin(0.5) / 0.25])


@pytest.mark.parametrize("zeros", [0, 1, 2])
def test_products_with_zeros(zeros: int) -> None:
    x = X.copy()
    x[:zeros] = 0.0
    expected = [np.prod(np.delete(x, i)) for i in range(4)]
    exactly(lambda x: np.prod(x), x, expected=(expected,))


def test_the_backward_pass_warns_of_nothing_new() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        zg.gradient(lambda x: np.sum(np.abs(x) + np.maximum(x, 0.0) + np.sqrt(x) * 0.0), np.zeros(3))
        zg.gradient(lambda x, y: x**y, 0.0, 2.0)


# ---- domain


def test_math_raises_where_python_does() -> None:
    fails(lambda x: math.log(x), 0.0, error=ValueError)
    fails(lambda x: math.sqrt(x), -1.0, error=ValueError)
    fails(lambda x: 1.0 / x, 0.0, error=ZeroDivisionError)
    fails(lambda x: math.exp(x), 1e4, error=OverflowError)


def test_numpy_numbers_divide_by_zero_quietly() -> None:
    with np.errstate(all="ignore"):
        for backend in chosen_backends(False):
            with zg.options(backend=backend):
                value, (g,) = zg.withgradient(lambda x: x[0] / x[1], np.array([1.0, 0.0]))
            assert value == np.inf
            assert g[0] == np.inf


# ---- shapes


def test_empty_arrays() -> None:
    (g,) = check(lambda x: np.sum(x * x), np.zeros(0), flat=True)
    assert g.shape == (0,)
    gx, ga = check(lambda x, a: np.sum(np.sin(x)) + a, np.zeros((0, 3)), 0.5)
    assert gx.shape == (0, 3)
    assert ga == 1.0


def test_an_empty_array_in_a_loop() -> None:
    def f(x, a):
        for t in x:
            a = a * t
        return a

    gx, ga = check(f, np.zeros(0), 0.5)
    assert gx.shape == (0,)
    assert ga == 1.0


def test_the_maximum_of_nothing_raises() -> None:
    fails(lambda x: np.max(x), np.zeros(0), error=ValueError)


def test_arguments_without_influence_get_zeros_of_their_own_shape() -> None:
    def f(x, y, s, items, pair):
        return x * x

    g = check(f, 0.5, X, 2.0, [1.0, X], (0.5, (X, 3)))
    assert g[0] == 1.0
    assert np.array_equal(g[1], np.zeros(4))
    assert g[2] == 0.0
    assert g[3][0] == 0.0
    assert not g[3][1].any()
    assert g[4][0] == 0.0
    assert not g[4][1][0].any()


def test_results_of_shape_one_are_refused() -> None:
    for f in (lambda x: x[:1], lambda x: x, lambda x: (x[0], x[1]), lambda x: [x[0]], lambda x: None, lambda x: "no"):
        with pytest.raises(zg.ScalarOutputError):
            zg.gradient(f, X)


def test_zero_dimensional_results_are_scalars() -> None:
    check(lambda x: np.array(0.5) * x, 0.7)
    check(lambda x: np.sum(x, keepdims=True).reshape(()), X)


# ---- results


def test_identity_returns_a_copy_of_the_seed() -> None:
    y, back = zg.pullback(lambda x: x, X)
    seed = np.ones(4)
    (g,) = back(seed)
    assert np.array_equal(g, seed)
    assert not np.shares_memory(g, seed)
    assert np.array_equal(y, X)
    check(lambda x: x, X)


def test_a_returned_constant() -> None:
    assert zg.gradient(lambda x: 3.0, 0.7) == (0.0,)
    (g,) = zg.gradient(lambda x: 3.0, X)
    assert np.array_equal(g, np.zeros(4))


def test_a_returned_tuple() -> None:
    check(lambda x, y: (x * y, np.sum(y), y[1:] * x), 0.5, X)


def test_a_returned_list_and_nesting() -> None:
    check(lambda x, y: [x * y, (np.sin(x), y)], 0.5, 0.8)


def test_a_returned_tuple_with_the_argument_twice() -> None:
    check(lambda x: (x, x, x[::2]), X)


def test_a_returned_dict() -> None:
    check_or_refused(lambda x: {"square": x * x, "both": (x, 2.0 * x)}, 0.5)


def test_an_array_result_of_a_loop_with_stores() -> None:
    def f(x, a):
        y = x.copy()
        for i in range(1, 4):
            y[i] = y[i - 1] * a + np.sin(y[i])
        return y

    check(f, X, 0.8, compile=True)


def test_the_written_argument_as_result() -> None:
    def f(x, a):
        x[1:] *= a
        return x

    check(f, X, 0.8)


def test_pullback_from_two_threads() -> None:
    def f(x, n):
        y = x * 1.0
        while n > 0:
            y[1:] *= np.sin(y[:-1])
            y[0] += y[3]
            n -= 1
        return y

    _, back = zg.pullback(f, X, 5)
    seeds = [np.random.default_rng(k).standard_normal(4) for k in range(8)]
    expected = [back(s)[0] for s in seeds]
    found: list = [None] * 8

    def run(k: int) -> None:
        for _ in range(20):
            found[k] = back(seeds[k])[0]

    threads = [threading.Thread(target=run, args=(k,)) for k in range(8)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert all(np.array_equal(a, b) for a, b in zip(expected, found, strict=True))


def test_two_pullbacks_of_one_function_do_not_meet() -> None:
    def f(x):
        for _ in range(3):
            x = np.sin(x) * x
        return x

    _, first = zg.pullback(f, 0.5)
    _, second = zg.pullback(f, 1.5)
    assert first(1.0) == zg.gradient(f, 0.5)
    assert second(1.0) == zg.gradient(f, 1.5)


def test_after_an_exception_in_the_forward_pass() -> None:
    def f(x, n):
        y = x * 1.0
        for i in range(n):
            y[i] *= y[i - 1]
        return np.sum(y)

    expected = zg.gradient(f, X, 4)[0]
    with pytest.raises(IndexError):
        zg.gradient(f, X, 5)
    assert np.array_equal(zg.gradient(f, X, 4)[0], expected)


def test_a_gradient_in_a_gradient() -> None:
    def f(x):
        return x**3 + zg.gradient(lambda y: x * y * y, x)[0]

    try:
        (g,) = zg.gradient(f, 0.5)
        second = zg.D(zg.D(lambda x: x**3))(0.5)
    except zg.ZygoteError:
        return
    assert g == pytest.approx(3 * 0.25 + 4 * 0.5)
    assert second == pytest.approx(3.0)


def test_seeds_of_the_wrong_shape_are_refused() -> None:
    _, back = zg.pullback(lambda x: x * 2.0, X)
    with pytest.raises((zg.ZygoteError, ValueError, TypeError)):
        back(np.ones(3))


def test_withgradient_carries_the_rest_along() -> None:
    def f(x):
        y = x * x
        return np.sum(y), y

    value, (g,) = zg.withgradient(f, X)
    assert value[0] == np.sum(X * X)
    assert np.array_equal(value[1], X * X)
    assert np.allclose(g, 2 * X)


def test_grad_and_value_and_grad() -> None:
    def f(x, y):
        return np.sum(x * y * y)

    assert np.allclose(zg.grad(f)(X, 2.0), np.full(4, 4.0))
    gy, gx = zg.grad(f, argnums=(1, 0))(X, 2.0)
    assert gy == pytest.approx(4.0 * np.sum(X))
    assert np.allclose(gx, 4.0)
    value, g = zg.value_and_grad(f, argnums=1)(X, 2.0)
    assert value == pytest.approx(4.0 * np.sum(X))
    assert g == pytest.approx(4.0 * np.sum(X))
    (g, rest) = zg.grad(lambda x: (x * x, "kept"), has_aux=True)(0.5)
    assert (g, rest) == (1.0, "kept")


def test_grad_into_given_buffers() -> None:
    out = (np.full(4, 9.0),)
    step = zg.grad(lambda x: np.sum(x * x), out=out)
    for scale in (1.0, -2.0):
        g = step(scale * X)
        assert np.shares_memory(g, out[0])
        assert np.allclose(out[0], 2 * scale * X)


def over_a_number(x, a):
    return x[1] / a


def over_counted_numbers(x, n):
    s = 0.0
    for i in range(n):
        s = s + x[i] / (i - 1)
    return s


def over_nothing(x):
    return x[1] / 0


@pytest.mark.parametrize("backend", ["python", "numba"])
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_numbers_of_numpys_divided_by_zero_of_pythons_are_infinite_both_ways(backend: str) -> None:
    inf = float("inf")
    x = np.array([2.0, 3.0, 5.0])
    with zg.options(backend=backend):
        value, (d_x, d_a) = zg.withgradient(over_a_number, x, 0.0)
        assert (value, d_x.tolist(), d_a) == (inf, [0.0, inf, 0.0], -inf)
        assert zg.gradient(over_counted_numbers, x, 3)[0].tolist() == [-1.0, inf, 1.0]
        assert zg.gradient(over_nothing, x)[0].tolist() == [0.0, inf, 0.0]
        back = zg.pullback(over_counted_numbers, x, 3)[1]
        assert [back(s)[0].tolist() for s in (1.0, -1.0)] == [[-1.0, inf, 1.0], [1.0, -inf, -1.0]]
