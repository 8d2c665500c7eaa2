"""Several tangents at once: the text, and the same numbers as one at a time."""

import numpy as np
import pytest

import zygote_nb as zg
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
        "        s_dot = (s_dot * b + b_dot * s) * c + s_dot",
        "        s_dot1 = (s_dot1 * b + b_dot1 * s) * c + s_dot1",
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
