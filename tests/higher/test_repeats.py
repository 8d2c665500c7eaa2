"""One forward sweep for many backward sweeps: a pullback that is called again, the rows of a Jacobian."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

import zygote_nb as zg
from zygote_nb.driver.repeats import WORTH_COMPILING

X, W = np.random.default_rng(2).uniform(0.3, 1.3, (2, 6, 4))
X = X[0]


def in_place(x, w):
    y = x.copy()
    for _ in range(3):
        for i in range(1, y.size):
            y[i] = np.sin(y[i]) * y[i - 1] + w[i, i]
    return y


def while_arrays_move(x, w):
    k = 0
    while np.sum(x**2) < 40.0:
        x = x * 1.3 + 0.1 * np.sin(x) * w[0, 0]
        k += 1
    return x * k


def grown(v, a):
    while a < 3.0:
        a = np.sin(a) + a * 1.4 + v * v
    return a * v


def callees_with_tapes(x, w):
    return np.array([grown(x[0], w[0, 0]), grown(x[1], 0.2), x[2] * grown(x[3], 0.4)])


def swept(y, k):
    for i in range(1, y.size):
        y[i] = np.sin(y[i] * k) + y[i - 1]
    return np.sum(y**2)


def callee_that_writes(x, w):
    y = x * 1.0
    out = np.zeros(4)
    for i in range(4):
        out[i] = swept(y, w[0, i] + 0.1 * i)
    return out


def memory_of_each_iteration(x, w):
    s = np.zeros(5)
    for t in range(4):
        y = x * t
        y[0] = np.sin(y[0])
        y[1] = y[0] * y[2]
        s[t] = np.sum(y) ** 2 * w[0, 0]
    return s


def views_both_ways(x, w):
    y = x * 2.0
    v, u = y[1:], y[::-1]
    for _ in range(3):
        v[0] = v[1] * v[0]
        u[0] = u[0] * np.cos(v[2])
    return y * v[0]


def names_change_places(x, w):
    u, v = x * 1.0, x**2
    for t in range(3):
        u[t] = v[0] * u[1]
        u, v = v, u
    return u * v


def lists_of_arrays(x, w):
    h = [x]
    for _ in range(3):
        h.append(h[-1] * w[0, 0] + np.sin(h[0]))
    h[1] = h[2] * 2.0
    return h[1] + h[3] * h[0]


def exceptions(x, w):
    s = x * 0.0
    for i in range(4):
        try:
            if i == 2:
                raise ValueError
            s = s + x * i
        except ValueError:
            s = s * x
    return s * s


def several_results(x, w):
    s = 1.0
    for i in range(x.size):
        s = s * np.sin(x[i]) + w[i, 0]
    return s, w * s, (x[0] * s,)


PLAIN = [in_place, while_arrays_move, callees_with_tapes, several_results]
OTHERS = [
    callee_that_writes, memory_of_each_iteration, views_both_ways, names_change_places, lists_of_arrays, exceptions,
]  # fmt: skip


def seed_like(y, rng):
    if isinstance(y, tuple):
        return tuple(seed_like(p, rng) for p in y)
    return rng.normal(size=y.shape) if isinstance(y, np.ndarray) else float(rng.normal())


def same_each_time(f, count) -> None:
    y, back = zg.pullback(f, X, W)
    rng = np.random.default_rng(0)
    seeds = [seed_like(y, rng) for _ in range(3)]
    expected = [zg.pullback(f, X, W)[1](seed) for seed in seeds]
    kept = []
    for i in range(count):
        kept.append(back(seeds[i % 3]))
        for found, wanted in zip(kept[-1], expected[i % 3], strict=True):
            np.testing.assert_allclose(found, wanted, rtol=1e-13, atol=1e-14)
    for i, earlier in enumerate(kept):
        for found, wanted in zip(earlier, expected[i % 3], strict=True):
            np.testing.assert_allclose(found, wanted, rtol=1e-13, atol=1e-14, err_msg="a later call changed it")
    assert back.sweep.running is not None


@pytest.mark.parametrize("f", PLAIN + OTHERS)
def test_each_backward_sweep_begins_where_the_forward_sweep_ended(f) -> None:
    with zg.options(backend="python"):
        same_each_time(f, 7)


@pytest.mark.parametrize("f", [while_arrays_move, callees_with_tapes])
def test_compiled_too(f) -> None:
    with zg.options(backend="numba"):
        same_each_time(f, WORTH_COMPILING + 4)


def test_as_many_forward_sweeps_as_said() -> None:
    calls = []

    def cube(x):
        calls.append(1)
        return x**3

    zg.scalar_rule(cube, lambda y, x: 3.0 * x * x)

    def f(x):
        return np.array([cube(x[0]) * x[i] for i in range(4)])

    with zg.options(backend="python"):
        zg.jacobian(f, X, mode="reverse")
        calls.clear()
        zg.jacobian(f, X, mode="reverse")
        assert len(calls) == 2 * 4, "one for the value, one for all rows"
        _, back = zg.pullback(f, X)
        calls.clear()
        for _ in range(5):
            back(np.ones(4))
        assert len(calls) == 2 * 4, "one for the first call, one for all others"


def test_from_any_thread() -> None:
    with zg.options(backend="python"):
        _, back = zg.pullback(in_place, X, W)
        seeds = [np.eye(4)[i % 4] for i in range(40)]
        expected = [back(seed) for seed in seeds[:4]]
        with ThreadPoolExecutor(8) as pool:
            found = list(pool.map(back, seeds))
    for i, each in enumerate(found):
        for a, b in zip(each, expected[i % 4], strict=True):
            assert np.array_equal(a, b)


def test_what_a_hook_raises_comes_out_each_time() -> None:
    def refuse(g):
        raise ValueError("no")

    with zg.options(backend="python"):
        _, back = zg.pullback(lambda x: zg.hook(refuse, x) * 2.0, X)
        for _ in range(3):
            with pytest.raises(ValueError, match="no"):
                back(X)


def test_a_callee_that_takes_its_callers_list_apart() -> None:
    def push(log, v):
        log.append(v)

    def f(x, n):
        log = []
        for i in range(n):
            push(log, x[0] * i)
        log.pop(0)
        return sum(log) * log[-1] * x[1]

    x = np.array([0.5, 0.7])
    expected = zg.gradient(f, x, 4)[0]
    _, back = zg.pullback(f, x, 4)
    for _ in range(4):
        np.testing.assert_allclose(back(1.0)[0], expected)


def lists_of_lists(x, n):
    rows = []
    for k in range(n):
        row = [x[0]]
        while len(row) < k + 2:
            row.append(row[-1] * np.sin(row[0] + k))
        rows.append(row)
    return sum(row.pop() * row[0] for row in rows)


def grown_inside(x, n):
    total = 0.0
    for k in range(n):
        row = [x[0] * k]
        for j in range(k):
            row.append(row[-1] * np.sin(x[1] + j))
        total += sum(row) * row[0]
    return total


@pytest.mark.parametrize("inline", [True, False])
@pytest.mark.parametrize("f", [lists_of_lists, grown_inside])
def test_lists_that_tapes_lead_to_are_as_they_were_each_time(f, inline) -> None:
    with zg.options(inline=inline, backend="python"):
        x = np.array([0.5, 0.7])
        expected = zg.gradient(f, x, 4)[0]
        _, back = zg.pullback(f, x, 4)
        for dy in (1.0, 1.0, -2.5, 3.0, 1.0):
            np.testing.assert_allclose(back(dy)[0], dy * expected, rtol=1e-12)
