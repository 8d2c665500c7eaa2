"""Several tangents at once: the text, and the same numbers as one at a time."""

import numpy as np
import pytest

import zygote_nb as zg
from tests.oracle import FULL
from zygote_nb.api import request
from zygote_nb.driver.facts import Question
from zygote_nb.driver.ready import ready

X = np.linspace(-1.0, 1.2, 20)


def derived(f, *args, width=2):
    """The pushforward that takes so many tangents at once."""
    bound = request(f, args, {}).bound
    return ready(bound, Question((True,) * len(bound.names), value=True, forward=True, width=width)).derived(bound)


def agree(f, *args, wide=True):
    """Jacobians by columns, by rows, and one column at a time."""
    assert derived(f, *args).width == (2 if wide else 1)
    columns, rows = (zg.jacobian(f, *args, mode=mode) for mode in ("forward", "reverse"))
    for p, arg in enumerate(args):
        assert np.allclose(columns[p], rows[p], rtol=1e-12, atol=1e-13)
        unit = np.zeros(arg.size)
        unit[3] = 1.0
        one = zg.pushforward(f, *args)(*(np.reshape(unit, a.shape) if q == p else None for q, a in enumerate(args)))
        assert np.allclose(np.reshape(columns[p], (-1, arg.size))[:, 3], np.ravel(one), rtol=1e-14, atol=1e-15)


def test_values_are_computed_once_and_tangents_stand_side_by_side():
    def f(a, b, n):
        s = a
        for i in range(n):
            s = np.sin(s * b) + s
        return s

    lines = [line.split("  #")[0].rstrip() for line in derived(f, 0.5, 0.3, 4).module.source.splitlines()]
    assert lines == [
        "def f_pushforward(a, b, n, a_dot, b_dot, a_dot1, b_dot1):",
        "    s_dot = a_dot",
        "    s_dot1 = a_dot1",
        "    s = a",
        "    for i in range(n):",
        "        c = np.cos(s * b)",
        "        t = c * b + 1.0",
        "        s_dot = t * s_dot + c * s * b_dot",
        "        s_dot1 = t * s_dot1 + c * s * b_dot1",
        "        s = np.sin(s * b) + s",
        "    return s, s_dot, s_dot1",
    ]


@pytest.mark.parametrize("backend", ["python", "numba"])
def test_loops_over_elements_and_memory_that_is_written_to(backend):
    def f(x):
        y = np.zeros_like(x)
        z = x.copy()
        for i in range(1, x.size):
            z[i] = np.sin(z[i - 1]) * x[i]
            y[i] += z[i] * x[0] if z[i] > 0.1 else x[i] ** 2
        return y * z

    with zg.options(backend=backend):
        agree(f, X)


def test_each_tangent_has_memory_of_its_own():
    def f(x):
        y = np.zeros_like(x)
        rows = [np.zeros(2)]
        for i in range(x.size):
            y[i] = x[i] * x[i]
            rows.append(np.array([x[i], 1.0]))
        return y + rows[-1][0] + rows[0][1]

    agree(f, X)


def polynomial(u, v):
    u *= v
    return u + v, v * v


def test_callees_take_and_give_as_many_tangents():
    def f(x, y):
        a, b = polynomial(x.copy(), y)
        for _ in range(2):
            a, b = polynomial(a, np.cos(b))
        return a * b

    agree(f, X, X[::-1].copy())


def test_lists_that_grow_and_shrink():
    def f(x):
        kept = []
        for i in range(x.size):
            kept.append(x[i] * x[i])
        s = 0.0
        while len(kept) > 3:
            s = np.sin(s) + kept.pop()
        return s

    agree(f, X)


def test_what_catches_exceptions_takes_one_at_a_time():
    def f(x):
        try:
            y = x * x
            y[50] = 1.0
        except IndexError:
            y = x * x[0]
        return y

    agree(f, X, wide=False)


def test_hessians_of_many_entries_agree_with_products():
    def f(x):
        s = 0.0
        for i in range(x.size - 1):
            s += (x[i + 1] - x[i] ** 2) ** 2 * np.exp(x[0])
        return s

    h = zg.hessian(f, X)
    assert np.allclose(h, h.T, atol=1e-12)
    for i in (0, 7, 19):
        assert np.allclose(h[:, i], zg.hvp(f, (X,), (np.eye(20)[i],)), rtol=1e-14, atol=1e-14)
    assert np.allclose(zg.diaghessian(f, X)[0], np.diag(h))


# As an inner axis


def rows(f, *args):
    return derived(f, *args, width=0)


def test_the_tangents_of_entries_are_an_inner_axis():
    def f(x):
        y = x.copy()
        s = 0.0
        for i in range(1, x.size):
            s += y[i - 1] * x[i]
            y[i] = 0.5 * y[i - 1] + np.sin(y[i]) * s
        return y

    lines = [line.split("  #")[0].rstrip() for line in rows(f, X).module.source.splitlines()]
    assert lines[:8] == [
        "def f_pushforward(x, count1, x_first):",
        "    s_dot = np.zeros(count1)",
        "    y_dot = np.zeros((x.shape[0], count1))",
        "    for i1 in range(x.shape[0]):",
        "        place = x_first + i1",
        "        if 0 <= place and place < count1:",
        "            y_dot[i1, place] = 1.0",
        "    y = x.copy()",
    ]
    assert "        for k1 in range(count1):" in lines
    assert any(line.startswith("            y_dot[i, k") for line in lines)
    agree(f, X)


@pytest.mark.parametrize("backend", ["python", "numba"])
def test_numbers_branches_matrices_and_tapes_along_an_inner_axis(backend):
    def f(x, a):
        m = np.zeros((3, 4))
        s, t = 1.0, 0.0
        for i in range(3):
            for j in range(4):
                m[i, j] = x[i + j] * s if x[i] > 0.0 else np.cos(a * x[j])
                if m[i, j] > 0.3:
                    s, t = t + x[i], s * a
                elif j == 2:
                    t = 0.0
                    continue
                m[i, 0] += s
        return m, t

    assert rows(f, X, 0.4).width <= 0
    with zg.options(backend=backend):
        check_against_reverse(f, X, 0.4)
    if backend == "numba" and not FULL:
        return  # test_units.py and tests/higher compile Hessians

    def loss(x, a):
        m, t = f(x, a)
        total = t * t
        for i in range(3):
            total += m[i, 0] ** 2 * m[i, 3]
        return total

    with zg.options(backend=backend):
        h = zg.hessian(loss, X, 0.4)
        products = zg.hvp(loss, (X, 0.4), (np.ones(20), 1.0))
    assert np.allclose(h[0][0].sum(axis=1) + h[0][1], products[0])
    assert np.allclose(h[1][0].sum() + h[1][1], products[1])
    assert np.allclose(h[0][0], h[0][0].T)


def check_against_reverse(f, *args):
    """A function with two results."""
    columns, by_rows = (zg.jacobian(f, *args, mode=mode) for mode in ("forward", "reverse"))
    for mine, other in zip(columns, by_rows, strict=True):
        for one, two in zip(mine, other, strict=True):
            assert np.allclose(one, two, rtol=1e-12, atol=1e-13)


def test_more_directions_than_are_taken_at_once():
    x = np.linspace(0.0, 1.0, 150)

    def f(x, a):
        y = np.zeros(x.size)
        for i in range(x.size):
            y[i] = x[i] * x[0] * a
        return y

    check_columns = zg.jacobian(f, x, 0.5, mode="forward")
    assert np.allclose(check_columns[0], 0.5 * (np.diag(np.full(150, x[0])) + np.outer(x, np.eye(150)[0])))
    assert np.allclose(check_columns[1], x * x[0])


def test_array_statements_are_not_taken_apart():
    assert rows(lambda x: np.sin(x) * x, X).width == 1
    agree(lambda x: np.sin(x) * x, X)


def test_a_result_that_is_computed_last_has_its_tangents():
    def f(x):
        p = 1.0
        for i in range(x.size):
            p *= 1.0 + 0.1 * x[i]
        return p, p * x[2] + 1.0

    assert rows(f, X).width <= 0
    check_against_reverse(f, X)


def greatest_distance(x, y):
    d = 0.0
    for i in range(3):
        d = max(d, abs(x[i + 1] - y[i]))
    return d * x[0]


def greatest_subtracted(x, y):
    d = 1.0
    for i in range(3):
        d = min(d, x[i] - y[i]) - max(x[i] - y[i], d) - max(y[i + 3] - x[i], 0.1)
    return d


def greatest_counted_twice(x, y):
    d = 1.0
    for i in range(3):
        d = max(x[i], y[i]) - max(x[i], d) + max(x[i], y[i]) + max(x[i], 0.2)
    return d


@pytest.mark.parametrize("f", [greatest_distance, greatest_subtracted, greatest_counted_twice])
def test_comparisons_in_sums_for_all_directions_are_numbers(f) -> None:
    """NumPy doesn't negate or subtract truth values, and one and one of them is one."""
    x = np.arange(12.0) / 7 - 0.8
    y = 1.3 * x[::-1]
    found, expected = zg.jacobian(f, x, y, mode="forward"), zg.gradient(f, x, y)
    for a, b in zip(found, expected, strict=True):
        np.testing.assert_allclose(a, b, atol=1e-14)
