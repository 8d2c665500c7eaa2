"""Loops that keep few of their states: the numbers, how many steps run again, how much is kept."""

import math
import tracemalloc
from functools import cache

import numpy as np
import pytest

import zygote_nb as zg
from tests.oracle import check
from zygote_nb.runtime.checkpoints import states_kept, steps_again, steps_to_state

X = np.array([0.3, 0.7, -0.2])


def relaxed(x, a, n):
    s = 0.0
    x = x * 1.0
    for t in zg.checkpoint_range(n, snapshots=3):
        x = x + 0.1 * np.sin(a * x)
        s = 0.9 * s + x[0] * a * t
    return np.sum(x) * s


def relaxed_plainly(x, a, n):
    s = 0.0
    x = x * 1.0
    for t in range(n):
        x = x + 0.1 * np.sin(a * x)
        s = 0.9 * s + x[0] * a * t
    return np.sum(x) * s


@pytest.mark.parametrize("backend", ["python", "numba"])
def test_the_gradient_is_that_of_the_plain_loop(backend) -> None:
    with zg.options(backend=backend):
        for n in (0, 1, 2, 4, 23):
            found, expected = zg.gradient(relaxed, X, 0.7, n), zg.gradient(relaxed_plainly, X, 0.7, n)
            assert found[0] == pytest.approx(expected[0], rel=1e-13, abs=1e-15)
            assert found[1] == pytest.approx(expected[1], rel=1e-13, abs=1e-15)


def test_in_all_modes() -> None:
    check(relaxed, X, 0.7, 9, wrt=(0, 1), second=True, backends=("python",))


def test_arrays_that_are_written_to_and_branches() -> None:
    def swept(y, theta, n):
        for _ in zg.checkpoint_range(n):
            row = y[1:]
            row += theta[0] * np.sin(y[:-1])
            if y[0] > 0.1:
                y[0] = y[0] * y[2] + theta[1]
        return y

    check(swept, X, np.array([0.2, -0.1]), 11, backends=("python",))


def test_in_a_loop_and_in_a_callee() -> None:
    def block(x, k):
        for _ in zg.checkpoint_range(5, snapshots=2):
            x = x + 0.1 * np.cos(x * k)
        return x

    def f(x):
        for k in range(3):
            x = block(x * 1.0, 1.0 + k) * 0.9
        return np.sum(x * x)

    check(f, X, backends=("python",))


def test_the_state_may_become_active_in_the_loop() -> None:
    def f(a):
        s, c = 1.0, 0
        for t in zg.checkpoint_range(7, snapshots=2):
            c += 2
            s = s * a + t * c
        return s + c

    check(f, 0.8, backends=("python",))


# Loops of which nobody knows how many iterations they make


def settled(y, a, n):
    s = 0.0
    y = y * 1.0
    for _ in zg.checkpoint_range(n, snapshots=3):
        if np.sum(y) > 30.0:
            break
        y = y * a + 0.1 * np.sin(y)
        if y[0] > 25.0:
            s += y[1]
            break
        s = s * 0.9 + y[0]
    return s * y[1]


def settled_plainly(y, a, n):
    s = 0.0
    y = y * 1.0
    for _ in range(n):
        if np.sum(y) > 30.0:
            break
        y = y * a + 0.1 * np.sin(y)
        if y[0] > 25.0:
            s += y[1]
            break
        s = s * 0.9 + y[0]
    return s * y[1]


@pytest.mark.parametrize("backend", ["python", "numba"])
def test_loops_that_are_left_early(backend) -> None:
    with zg.options(backend=backend):
        for n, a in ((0, 1.1), (1, 1.1), (3, 1.5), (1000, 1.1), (1000, 1.5)):
            found, expected = zg.gradient(settled, X[:2], a, n), zg.gradient(settled_plainly, X[:2], a, n)
            assert found[0] == pytest.approx(expected[0], rel=1e-13, abs=1e-15)
            assert found[1] == pytest.approx(expected[1], rel=1e-13, abs=1e-15)


def test_loops_that_end_by_break_only() -> None:
    calls = []

    def cube(x):
        calls.append(1)
        return x**3

    zg.scalar_rule(cube, lambda y, x: 3.0 * x * x)

    def f(x):
        for _ in zg.checkpoint_range(None, snapshots=4):
            x = x + 0.01 * cube(x)
            if x > 2.0:
                break
        return x

    check(f, 0.5, second=True, backends=("python",), variants=False)
    calls.clear()
    f(0.5)
    n = len(calls)
    with zg.options(backend="python"):
        calls.clear()
        zg.gradient(f, 0.5)
    assert len(calls) == n + n + steps_again(n, 4) + n, "counted, gone forward, again, and reversed one by one"
    assert "at most 4 states of 8 bytes" in str(zg.explain(f, 0.5))


# The schedule


@cache
def fewest(steps: int, spare: int) -> int:
    if steps == 1:
        return 0
    if spare == 0:
        return steps * (steps - 1) // 2
    return min(m + fewest(steps - m, spare - 1) + fewest(m, spare) for m in range(1, steps))


@pytest.mark.parametrize("snapshots", range(1, 6))
def test_no_schedule_runs_fewer_steps_again(snapshots) -> None:
    for n in range(1, 45):
        first, at, spare = 0, 0, snapshots - 1
        while (step := steps_to_state(n - at, spare, 1)) < n - at:
            first, at, spare = first + step, at + step, spare - 1
        assert first + steps_again(n, snapshots) == fewest(n, snapshots - 1)


def test_as_many_steps_run_as_predicted() -> None:
    calls = []

    def cube(x):
        calls.append(1)
        return x**3

    zg.scalar_rule(cube, lambda y, x: 3.0 * x * x)

    def f(x, n):
        for _ in zg.checkpoint_range(n, snapshots=3):
            x = x + 0.01 * cube(x)
        return x

    with zg.options(backend="python"):
        for n in (10, 37):
            zg.gradient(f, 0.5, n)
            calls.clear()
            zg.gradient(f, 0.5, n)
            assert len(calls) == n + steps_again(n, 3) + n


def test_as_many_states_are_kept_as_asked_for() -> None:
    def f(x, n):
        x = x * 1.0
        for _ in zg.checkpoint_range(n, snapshots=40):
            x = x + 0.01 * np.sin(x)
        return np.sum(x)

    x = np.linspace(0.0, 1.0, 20_000)
    with zg.options(backend="python"):
        zg.gradient(f, x, 2)
        tracemalloc.start()
        zg.gradient(f, x, 300)
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert 40 * x.nbytes < most < (1.1 * 40 + 8) * x.nbytes


def test_without_a_number_blocks_of_about_the_root_are_kept() -> None:
    assert states_kept(10_000, 0) == 100
    assert steps_again(10_000) == 0
    assert states_kept(10_000, 7) == 7
    assert steps_again(math.comb(103, 3), 100) < 2 * math.comb(103, 3)


def test_explain_predicts_states_and_steps() -> None:
    kept = {row.name: row.value for row in zg.explain(relaxed, X, 0.7, 100).kept}
    assert kept["the loop in line 20"] == f"3 states of 32 bytes; {steps_again(100, 3)} of 100 steps are run again"


# Refused


def test_a_variable_without_value_before_the_loop_is_refused() -> None:
    def f(x):
        for _ in zg.checkpoint_range(5):
            y = x * x
            x = 0.5 * y
        return y

    with pytest.raises(zg.UnsupportedSyntaxError, match="`y` has no value before it"):
        zg.gradient(f, 1.5)


def test_an_array_with_two_names_is_refused() -> None:
    def f(x):
        y = x * 1.0
        z = y
        for t in zg.checkpoint_range(5):
            y[0] = y[0] * z[1] + t
        return np.sum(z)

    with pytest.raises(zg.UnsupportedSyntaxError, match="may share memory"):
        zg.gradient(f, X)


def test_what_prints_is_refused() -> None:
    def f(x):
        for _ in zg.checkpoint_range(5):
            print(x)
            x = x * x
        return x

    with pytest.raises(zg.UnsupportedSyntaxError, match="has an effect that would happen twice"):
        zg.gradient(f, 1.5)
