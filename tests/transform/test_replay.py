"""Computed again in the mirrored iteration, or kept: what is cheap and can be, is computed again."""

import math

import numpy as np

from tests.lowered import stages
from tests.oracle import check

V = np.array([0.3, -0.5, 1.2, 0.1])


def backward(made):
    return made.text.split("# backward")[-1]


def test_arithmetic_on_the_index_is_computed_again() -> None:
    def f(x, n):
        s = 0.0
        for t in range(n):
            a = x * t
            s += a * a
        return s

    made = stages(f, 0.3, 4)
    assert made.kept == []
    assert "a = x * t" in backward(made)


def test_elements_of_an_array_that_is_only_read_are_read_again() -> None:
    def f(v):
        s = 0.0
        for i in range(len(v)):
            a = v[i]
            s += a * a * a
        return s

    made = stages(f, V)
    assert made.kept == []
    assert "a = v[i]" in backward(made)


def test_a_transcendental_is_kept() -> None:
    def f(x, n):
        for t in range(n):
            a = math.sin(x)
            x = a * a * a
        return x

    made = stages(f, 0.3, 4)
    assert "old_a" in made.kept
    assert "math.sin" not in backward(made)


def test_what_hangs_on_a_value_that_is_kept_anyway_is_computed_again() -> None:
    def f(x, n):
        for t in range(n):
            a = 2.0 * x + t
            x = x * a
        return x

    made = stages(f, 0.3, 4)
    assert made.kept == ["old_x"]
    assert "a = 2.0 * x + t" in backward(made).replace("old_x[t]", "x")


def test_an_element_that_the_loop_writes_to_is_not_read_again() -> None:
    def f(v):
        s = 0.0
        for i in range(1, len(v)):
            a = v[i] + v[i - 1]
            v[i] = 2.0 * a
            s += a * a
        return s

    made = stages(f, V)
    assert made.kept


def test_a_callee_is_not_called_again() -> None:
    def g(x):
        return np.sin(x) * x

    def f(x, n):
        s = x
        for t in range(n):
            s = g(s)
        return s

    made = stages(f, 0.3, 4)
    assert "g_forward" not in backward(made).split("# forward")[-1]


def test_a_condition_whose_variable_changes_later_is_not_computed_from_its_last_value() -> None:
    """It was: after an exception in the same iteration, the branch that had run was taken for one that had not."""

    def f(A, b, n):
        for row in A:
            try:
                try:
                    row[0] -= np.cos(b)
                except ArithmeticError:
                    row = A[0]
                finally:
                    A[1, n] += np.sin(b)
                b = b + A[0, n + 2]
            except Exception:
                b = b * 1.5
        return np.sum(A * A)

    check(f, np.arange(12.0).reshape(3, 4) / 7, 0.7, 3)


def test_variables_of_the_user_that_are_called_as_saves_are() -> None:
    """They were taken for what the engine keeps, and read from a tape that others wrote."""

    def f(x, n):
        s = 0.0
        old_x = x
        for _ in range(n):
            old_x = x
            x = np.sin(x * old_x + 0.3)
            s += x * old_x
            old_x = old_x * x
        return s * old_x

    def g(v, n):
        old_v = v * 2.0
        for _ in range(n):
            old_v = v
            v = np.sin(v * old_v)
            v[0] = old_v[1]
        return np.sum(v * old_v)

    check(f, 0.4, 3)
    check(g, V, 3)


def saturating(x, n):
    v = 0.1
    for _ in range(n):
        try:
            i = np.exp(v) - x
        except OverflowError:
            v = 0.5 * v
            continue
        step = (x - v - 2.0 * i) / (1.0 + i * i)
        if abs(step) > 0.1:
            step = np.sin(step) * 0.1
        v += step
        if abs(step) < 1e-9:
            break
    return v


def test_a_variable_that_a_try_may_not_have_bound_in_this_iteration() -> None:
    """In a callee, its value was taken for the one of the iteration before; in a tape of numbers it had no place."""
    check(saturating, 0.3, 3, compiles=False)
    check(lambda x, n: saturating(x * x, n) * x, 0.6, 4, compiles=False)


def sine_into_first(u, p):
    u[0] = np.sin(p)


def test_what_a_callee_writes_to_is_not_read_again_before_it_is_restored():
    def f(y):
        for _ in range(2):
            sine_into_first(y, y @ y)
        return np.sum(y * y)

    check(f, np.array([0.1, 0.2, 0.3, 0.4]))
