"""Array statements that become one nest of loops: fewer loops and arrays, the same numbers."""

import re

import numpy as np
import pytest

import zygote_nb as zg
from tests.oracle import check, fails

RNG = np.random.default_rng(5)


def vector(n):
    return RNG.normal(size=n)


def matrix(n, m):
    return RNG.normal(size=(n, m))


def text_of(f, *args):
    return str(zg.code_adjoint(f, *args, backend="numba"))


def loops_in(text):
    return len(re.findall(r"^ *for ", text, re.MULTILINE))


def chain(x, y):
    a = np.tanh(x * y)
    a = a * a + 1.0
    return np.sum(y / np.sqrt(a))


def limited(x, y):
    flux = x[1:] - x[:-1]
    flux = np.where(flux * y[1:] > 0.0, 0.0, flux)
    out = x[1:-1] - y[1:-1] * (flux[1:] - flux[:-1])
    return np.sum(out**2) + np.sum((out + x[1:-1]) ** 2)


def shifted_twice(A):
    """What the second statement reads, later rows and columns of the first write."""
    B = A * 1.0
    C = A * 2.0
    B[:-1, :-1] = A[1:, 1:] * C[:-1, :-1]
    C[:-1, :-1] = B[1:, 1:] + B[:-1, :-1]
    B[1:, 1:] += C[:-1, :-1] * A[1:, 1:]
    return np.sum(B * C)


def rows_in_turn(A):
    B = np.zeros_like(A)
    for k in range(1, A.shape[0] - 1):
        c = 0.5 * A[k]
        B[k] = c / (2.0 + c * c) + B[k - 1]
        B[k + 1] = B[k] * A[k + 1]
    B[-1] = B[-2] * A[-1]
    return np.sum(B * B)


def through_views(A, B):
    first, second = B[1:], B[:-1]
    C = A * 2.0
    C[1:] = first * A[1:]
    second = second * C[:-1]
    first = C[1:]
    first[:] = A[:-1] * 3.0
    D = C * A
    return np.sum(D) + np.sum(second * first)


def kept_in_a_list(x):
    kept = []
    y = x * 1.0
    for i in range(3):
        y = y * x
        kept.append(y * 2.0)
        y[1:] = np.sin(y[:-1]) + kept[i][1:]
    z = kept[0] * kept[2]
    return np.sum(z * y)


def rebound_between(x):
    n = x.shape[0] - 1
    y = x[:n] * 2.0
    x = x[1:]
    z = y * x
    y = z * z
    x = y[1:] * x[1:]
    return np.sum(x) + np.sum(y * z)


CASES = {
    "chain": (chain, (vector(5), vector(5))),
    "limited": (limited, (vector(6), vector(6))),
    "shifted twice": (shifted_twice, (matrix(4, 5),)),
    "rows in turn": (rows_in_turn, (matrix(4, 3),)),
    "views": (through_views, (vector(5), vector(5))),
    "a list": (kept_in_a_list, (vector(4),)),
    "rebound": (rebound_between, (vector(5),)),
}


@pytest.mark.parametrize("name", CASES)
def test_numbers(name):
    f, args = CASES[name]
    check(f, *args, written=True)


def test_a_chain_is_one_loop_without_arrays():
    text = text_of(chain, vector(5), vector(5))
    assert loops_in(text) == 1
    assert "np.empty" not in text.partition("def allocate")[0]


def test_a_loop_reads_no_element_before_another_one_writes_it():
    text = text_of(shifted_twice, matrix(4, 5))
    before = text.index("B[i, j] = A[i + 1, j + 1]")
    assert "for i in" in text[before : text.index("B[i + 1, j + 1] + B[i, j]")]


def test_a_multiple_is_worked_out_again_where_it_is_read():
    def spread(x, n):
        y = x * 1.0
        for _ in range(n):
            y[1:-1] = 0.25 * (x[:-2] + x[2:]) + x[1:-1]
        return np.sum(y * y)

    text = text_of(spread, vector(6), 2)
    backward = text.partition("# backward")[2].partition("def allocate")[0]
    assert backward.count("np.empty") == 2
    check(spread, vector(6), 2, compile=True)


def test_rows_of_one_array_are_told_apart():
    text = text_of(rows_in_turn, matrix(4, 3))
    assert "whole = kept_t1[k - 1, i] + B[n2, i]" in text


def test_equal_lengths_are_compared_once():
    text = text_of(limited, vector(6), vector(7))
    tests = re.findall(r"if (\S+ != \S+):", text)
    assert len(tests) == len(set(tests)) > 0


def test_lengths_that_differ_are_told_as_numpy_does():
    def f(x, y):
        a = x * 2.0
        b = a * x
        c = y * 3.0
        return np.sum(b * c)

    fails(f, vector(4), vector(3), error=ValueError)


def scaled_before(x, w, c):
    y = c * np.exp(x)
    for k in range(3):
        c = c + w[k]
    return np.sum(y * y * w) * c


def scaled_while(x, w, c):
    y = c * np.exp(x)
    s = 0.0
    for k in range(3):
        c = c * 0.5
        s += np.sum(y * w) * w[k]
    return s + np.sum(y * w * w) * c


def as_long_as_before(x, w, n):
    y = np.empty(n)
    y[:] = 2.0 * x[:n]
    z = y * y * w[:n]
    for _ in range(2):
        n = n - 1
    return np.sum(z * y) * n


@pytest.mark.parametrize("wrt", ["x", "w", "c"])
@pytest.mark.parametrize("f", [scaled_before, scaled_while, as_long_as_before], ids=lambda f: f.__name__)
def test_a_parameter_that_is_bound_anew_stays_what_it_was_to_what_was_made_of_it(f, wrt):
    """The gradient by one argument at a time, so that nothing else needs the parameter on the way back."""
    args = vector(5), vector(5), 4 if f is as_long_as_before else 1.3
    call = zg.call(f, *args, wrt="n" if wrt == "c" and f is as_long_as_before else wrt)
    with zg.options(backend="python"):
        expected = zg.gradient(call)[0]
    with zg.options(backend="numba", cache=False):
        np.testing.assert_allclose(zg.gradient(call)[0], expected, rtol=1e-12)
