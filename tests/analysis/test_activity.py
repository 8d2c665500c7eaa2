"""Which variables depend on an input through steps that have a derivative."""

import numpy as np

from tests.lowered import stages

V = np.array([0.3, -0.5, 1.2])


def test_arithmetic_passes_it_on() -> None:
    def f(x, y):
        a = x * 2.0
        b = y + 1.0
        c = a * b
        return c + b

    assert stages(f, 0.3, 0.4).varied("x") == {"x", "a", "c"}


def test_an_index_and_a_range_end_a_path() -> None:
    def f(x, n, v):
        k = n - 1
        s = 0.0
        for i in range(n):
            s += v[i] * v[k]
        return s + x

    assert stages(f, 0.3, 3, V).varied("n") <= {"n", "k"}


def test_a_comparison_ends_a_path() -> None:
    def f(x, y):
        positive = x > 0.0
        if positive:
            z = y
        else:
            z = 2.0 * y
        return z

    assert stages(f, 0.3, 0.4).varied("x") == {"x"}


def test_floor_division_ends_a_path() -> None:
    def f(x):
        k = x // 0.1
        r = np.floor(x)
        s = np.sign(x)
        return k * r * s

    assert stages(f, 0.35).varied("x") == {"x"}


def test_an_integer_exponent_is_no_input() -> None:
    def f(x, n):
        y = x**n
        return y

    made = stages(f, 0.3, 2)
    assert made.varied("n") == {"n"}
    assert made.varied("x") == {"x", "y"}


def test_a_float_exponent_is_an_input() -> None:
    def f(x, p):
        y = x**p
        return y

    assert "y" in stages(f, 0.3, 2.0).varied("p")


def test_shapes_and_lengths_end_a_path() -> None:
    def f(v):
        n = len(v)
        m = v.shape[0]
        z = np.zeros_like(v)
        return v[0] * n * m + np.sum(z)

    assert stages(f, V).varied("v") == {"v"}


def test_what_is_stored_reaches_every_view() -> None:
    def f(x, v):
        w = v[1:]
        v[2] = x
        return w[1]

    assert stages(f, 0.3, V).varied("x") == {"x", "v", "w"}


def test_integer_memory_ends_a_path() -> None:
    def f(x, k):
        k[0] = x
        return x * k[0]

    assert stages(f, 3.0, np.array([1, 2])).varied("x") == {"x"}


def test_a_loop_carries_it_backwards_through_the_text() -> None:
    def f(x):
        a = 0.0
        b = 0.0
        for i in range(3):
            b = a * 2.0
            a = x
        return b

    assert stages(f, 0.3).varied("x") == {"x", "a", "b"}


def test_a_callee_says_which_results_depend() -> None:
    def pair(x, y):
        return x * x, y * y

    def f(x, y):
        a, b = pair(x, y)
        return a + b

    varied = stages(f, 0.3, 0.4).varied("x")
    assert "a" in varied
    assert "b" not in varied
