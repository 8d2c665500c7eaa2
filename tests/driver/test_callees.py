"""Only a function that has to be is interpreted: what it calls is compiled, half by half, where its loops run long."""

import gc
import io
import resource
import subprocess
import sys
import threading
from contextlib import redirect_stdout

import numpy as np
import pytest

import zygote_nb as zg
from tests.oracle import check
from zygote_nb.driver import callees, trial

X = np.linspace(0.1, 0.9, 12)


@pytest.fixture(autouse=True)
def soon(monkeypatch):
    """A callee is compiled after a few iterations, by `auto`."""
    monkeypatch.setattr(trial, "LIMIT", 20)
    monkeypatch.setattr(callees, "SHORT", 0)
    with zg.options(backend="auto"):
        yield


@pytest.fixture
def known(monkeypatch):
    """The callees that there are."""
    made = []
    real = callees.mixed

    def noted(module, found):
        function = real(module, found)
        made.extend(module.callees)
        return function

    monkeypatch.setattr(callees, "mixed", noted)
    return made


def simulate(x, k, n):
    u = x.copy()
    s = 0.0
    for _ in range(n):
        for i in range(1, u.shape[0] - 1):
            u[i] += 0.1 * k * (u[i - 1] - 2 * u[i] + u[i + 1]) * u[i]
        s += u[3]
    while s > 1.0:
        s *= 0.7
    return s, u


def smooth(u, k):
    for i in range(1, u.shape[0] - 1):
        u[i] = u[i] * k + 0.5 * u[i - 1] * u[i - 1]


def product_of(a, n):
    if n == 0:
        return a
    return product_of(a * 0.9, n - 1) * product_of(a * 1.01, n - 1)


def told(x, k, n):
    y = x * 2.0
    for _ in range(3):
        smooth(y, k)
    s, u = simulate(y, k, n)
    print("sums")
    return s + np.sum(u) + product_of(k, 5)


def exactly(f, *args):
    with zg.options(backend="python"), redirect_stdout(io.StringIO()):
        return zg.gradient(f, *args)


def close(found, expected):
    for a, b in zip(found, expected, strict=True):
        assert type(a) is type(b)
        if a is not None:
            np.testing.assert_allclose(a, b, rtol=1e-10)


def test_halves_are_compiled_and_effects_happen_once(known):
    expected = exactly(told, X, 0.4, 9)
    for _ in range(3):
        out = io.StringIO()
        with redirect_stdout(out):
            close(zg.gradient(told, X, 0.4, 9), expected)
        assert out.getvalue() == "sums\n"
    assert {c.forward.name for c in known if c.runs} == {"simulate_forward", "smooth_forward", "product_of_forward"}
    assert not any(c.failures or c.obstacle for c in known)


def test_a_pullback_is_called_again_and_from_threads():
    with redirect_stdout(io.StringIO()):
        _, back = zg.pullback(told, X, 0.4, 9)
    first = back(1.0)
    close(first, exactly(told, X, 0.4, 9))
    found: list[object] = [None] * 4

    def run(i):
        found[i] = back(1.0 + i)

    threads = [threading.Thread(target=run, args=(i,)) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for i, grads in enumerate(found):
        close(grads, tuple(None if g is None else g * (1.0 + i) for g in first))


def test_any_program_agrees_with_the_interpreter(capsys):
    check(told, X, 0.4, 4, backends=("python", "callees"))


def divided(x, n):
    s = 1.0
    for i in range(n):
        x[i] = 2.0 * x[i]
        s += x[i] * (1 / (7 - i))
    return s


def handled(x, n):
    y = 1.0 * x
    try:
        s = divided(y, n)
    except ZeroDivisionError:
        s = 3.0 * y[0]
    return s * np.sum(y)


def test_memory_is_as_it_was_left_where_a_caller_handles_the_exception(known):
    for n in (5, 6, 7, 10, 5):
        close(zg.gradient(handled, X, n), exactly(handled, X, n))


def plainly(x, n):
    print("begins")
    return divided(1.0 * x, n)


def test_an_exception_in_compiled_code_is_the_users_with_the_users_line(known):
    with redirect_stdout(io.StringIO()):
        for n in (4, 5, 6):
            zg.gradient(plainly, X, n)
        with pytest.raises(ZeroDivisionError) as raised:
            zg.gradient(plainly, X, 9)
    assert [c.failures for c in known] == [1]
    assert [entry.name for entry in raised.traceback][-2:] == ["plainly", "divided"]
    assert str(raised.traceback[-1].statement).strip() == "s += x[i] * (1 / (7 - i))"


def powers(x, n):
    s = 0.0
    for i in range(n):
        s += x * float(i * i * i * n * n)
    return s


def with_large_integers(x, n):
    print(n)
    return powers(x, n)


def test_what_numba_cannot_hold_is_interpreted_from_the_call_on(known):
    with redirect_stdout(io.StringIO()):
        for n in (30, 40, 10_000):
            close(zg.gradient(with_large_integers, 2.0, n), exactly(with_large_integers, 2.0, n))
    assert {c.failures for c in known} == {1}


def kept(x, n):
    s = 0.0
    for i in range(n):
        x = np.sin(x)
        while s < i:
            s += x[0] * x[0] + 0.6
    return s + np.sum(x)


def counted(x, n):
    total = kept(x, n)
    print("kept")
    return total * kept(2.0 * x, n)


def test_a_backward_half_that_does_not_compile_goes_on_from_the_handle(known, monkeypatch):
    """The tape holds lists of arrays and of tuples."""
    expected = exactly(counted, X, 8)
    real = callees.executable.made

    def refusing(text, args, cached):
        if text.plan.name.endswith("_backward_entry"):
            raise callees.NotCompiled("not here")
        return real(text, args, cached)

    monkeypatch.setattr(callees.executable, "made", refusing)
    with redirect_stdout(io.StringIO()):
        for _ in range(3):
            close(zg.gradient(counted, X, 8), expected)
            close(zg.gradient(told, X, 0.4, 9), exactly(told, X, 0.4, 9))
    assert {c.obstacle for c in known if c.runs} == {"not here"}


def sorted_sum(x, n):
    s = 0.0
    for i in range(n):
        s += np.sum(x[np.argsort(x)] * halves(x, 3)) * i
    return s


def halves(x, n):
    for _ in range(n):
        x = 0.5 * x * x
    return x[0]


def sorting(x, n):
    print(n)
    return sorted_sum(x, n)


def test_callees_of_what_has_no_compiled_form_are_compiled(known):
    with redirect_stdout(io.StringIO()):
        for _ in range(3):
            close(zg.gradient(sorting, X, 9), exactly(sorting, X, 9))
    told = {c.forward.name: c for c in known}
    assert "argsort" in told["sorted_sum_forward"].obstacle
    assert told["halves_forward"].runs
    assert not told["halves_forward"].obstacle


def begun(x, n):
    s = 0.0
    for i in range(n):
        s += x[i]
    return s


def inverse(x, n):
    print(n)
    try:
        return 1.0 / begun(x, n) + x[0]
    except ZeroDivisionError:
        return 5.0 * x[1]


def test_a_sum_of_nothing_is_pythons_zero_and_division_by_it_raises():
    with redirect_stdout(io.StringIO()):
        for n in (9, 9, 9, 0):
            close(zg.gradient(inverse, X, n), exactly(inverse, X, n))


def test_short_calls_that_write_to_large_arrays_are_not_slowed_by_copies(known, monkeypatch):
    def tick(x, i):
        for k in range(2):
            x[i + k] = 0.5 * x[i + k]

    def ticking(x, n):
        y = 1.0 * x
        for i in range(n):
            tick(y, i)
        print("done")
        return np.sum(y)

    monkeypatch.setattr(callees, "SHORT", 10)
    x = np.ones(100_000)
    with redirect_stdout(io.StringIO()):
        close(zg.gradient(ticking, x, 400), exactly(ticking, x, 400))
    assert [c.runs for c in known] == [0]
    assert all(c.copied <= callees.AT_ONCE + 10 * x.nbytes for c in known)


def test_tapes_are_let_go():
    def long(x, n):
        s = x
        for _ in range(n):
            s = np.sin(s) + 0.3
        return s

    def f(x, n):
        print("f")
        return long(x, n)

    with redirect_stdout(io.StringIO()):
        zg.gradient(f, 0.5, 200_000)
        gc.collect()
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        for _ in range(50):
            zg.gradient(f, 0.5, 200_000)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 50_000


PROGRAM = """
import sys
import numpy as np
import zygote_nb as zg
from tests.driver.test_callees import X, plainly
from zygote_nb.driver import callees, trial

trial.LIMIT, callees.SHORT = 4, 0
zg.gradient(plainly, X, 6)
first = zg.gradient(plainly, X, 6)
from zygote_nb.backend import numba
print(len(numba._tapes), first[0][0])
"""


def test_compiled_halves_are_kept_on_disk(tmp_path, monkeypatch):
    monkeypatch.setenv("ZYGOTE_NB_CACHE_DIR", str(tmp_path))
    told_by = [
        subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True).stdout.split()
        for _ in range(2)
    ]
    assert (told_by[0][-2], told_by[1][-2]) == ("1", "0")
    assert told_by[0][-1] == told_by[1][-1]


def test_explain_names_the_fate_of_each_function():
    fates = {row.name: row.value for row in zg.explain(told, X, 0.4, 9).functions}
    assert "has an effect" in fates["told"].partition("interpreted: line")[2]
    assert fates["simulate"].startswith("source transformed, compiled")
    assert "argsort" in {r.name: r.value for r in zg.explain(sorting, X, 9).functions}["sorted_sum"]
