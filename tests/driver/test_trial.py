"""With the default settings loops are interpreted at first, and compiled when they have run many times."""

import numpy as np
import pytest

import zygote_nb as zg
from zygote_nb.driver import run, trial
from zygote_nb.driver.trial import LIMIT


def decay(x, n):
    s = 0.0
    for i in range(n):
        s += x / (1.0 + i)
        x *= 0.999
    return s


def exact(x, n):
    with zg.options(backend="python"):
        return zg.gradient(decay, x, n)


@pytest.fixture
def compilations(monkeypatch):
    """The calls that asked for compiled code."""
    asked = []
    real = run.compiled_for

    def noted(ready, *rest):
        asked.append(ready)
        return real(ready, *rest)

    monkeypatch.setattr(run, "compiled_for", noted)
    return asked


def test_short_loops_are_interpreted(compilations):
    with zg.options(backend="auto", cache=False):
        assert zg.gradient(decay, 2.0, 10) == exact(2.0, 10)
    assert not compilations


def test_a_long_loop_is_compiled_within_its_first_call(compilations):
    def long(x, n):
        s = 0.0
        for i in range(n):
            s += x / (1.0 + i)
        return s

    with zg.options(backend="auto", cache=False):
        (g, _) = zg.gradient(long, 2.0, 2 * LIMIT)
    assert len(compilations) == 1
    np.testing.assert_allclose(g, np.sum(1.0 / (1.0 + np.arange(2 * LIMIT))), rtol=1e-12)


def test_many_short_calls_are_compiled_in_the_end(compilations):
    def short(x, n):
        s = 0.0
        for i in range(n):
            s += x * i
        return s

    with zg.options(backend="auto", cache=False):
        for _ in range(2 * LIMIT // 1000 + 1):
            assert zg.gradient(short, 2.0, 1000)[0] == 499500.0
    assert compilations


def test_what_is_captured_changes_once(compilations):
    calls = [0]
    total = np.zeros(1)

    def counting(x, n):
        total[0] += 1.0
        s = 0.0
        for i in range(n):
            s += x * i
        calls[0] += 1
        return s

    with zg.options(backend="auto", cache=False):
        zg.gradient(counting, 2.0, 2 * LIMIT)
    assert calls == [1]
    assert total[0] == 1.0


def test_what_has_no_compiled_form_runs_once(compilations):
    seen = []

    def cubed(x):
        return x**3

    @zg.rrule(cubed)
    def cubed_rule(x):
        for _ in range(1):
            seen.append(x)

        def pullback(dy):
            return (3.0 * x * x * dy,)

        return x**3, pullback

    def f(x, n):
        s = cubed(x)
        for i in range(n):
            s += x * i
        return s

    with zg.options(backend="auto", cache=False):
        (g, _) = zg.gradient(f, 2.0, 2 * LIMIT)
    assert g == 12.0 + sum(range(2 * LIMIT))
    assert seen == [2.0]


def test_an_exception_in_a_counted_loop_is_the_users():
    def fails(x, n):
        s = x
        for i in range(n):
            s += 1 / (5 - i)
        return s

    with zg.options(backend="auto", cache=False), pytest.raises(ZeroDivisionError) as raised:
        zg.gradient(fails, 2.0, 10)
    assert raised.traceback[-1].name == "fails"


def test_explain_says_so():
    assert "interpreted until its loops have run" in zg.explain(decay, 2.0, 10).execution


def test_a_few_iterations_that_take_long_are_many(compilations, monkeypatch):
    monkeypatch.setattr(trial, "PATIENCE", 0.0)
    with zg.options(backend="auto", cache=False):
        assert zg.gradient(decay, 2.0, 2 * trial.EVERY) == exact(2.0, 2 * trial.EVERY)
    assert len(compilations) == 1


def test_rows_of_a_jacobian_are_counted(compilations, monkeypatch):
    monkeypatch.setattr(trial, "LIMIT", 200)

    def powers(x, n):
        y = np.ones(40)
        for i in range(n):
            y[i] = x[0] * x[1] * i
        return y

    x = np.array([2.0, 3.0])
    with zg.options(backend="auto", cache=False):
        found, value = zg.withjacobian(zg.call(powers, x, 30, wrt="x"), mode="reverse")[::-1]
        again = zg.withjacobian(zg.call(powers, x, 30, wrt="x"), mode="reverse")
    assert compilations
    expected = np.outer(np.where(np.arange(40) < 30, np.arange(40), 0.0), x[::-1])
    for one in (found[0], again.grad[0]):
        np.testing.assert_allclose(one, expected)
    for y in (value, again.val):
        np.testing.assert_allclose(y, powers(x, 30))
