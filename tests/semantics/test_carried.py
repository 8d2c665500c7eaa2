"""Lists and dicts from outside that get entries as the program runs, in one function or in several."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import zygote_nb as zg

Made = Callable[[], tuple[Callable[..., Any], Any]]


def held(make: Made, *args: Any, calls: int = 2) -> None:
    """Gradients, forward mode, ``back``, and what is outside afterwards are those of the plain function, each time."""
    (f, state), (plain, expected) = make(), make()
    for _ in range(calls):
        before = copy.deepcopy(expected)
        value = plain(*copy.deepcopy(args))
        val, grad = zg.withgradient(f, *args)
        assert val == pytest.approx(value, rel=1e-12)
        assert_same(state, expected)
        np.testing.assert_allclose(grad[0], slopes(make, before, args), rtol=1e-5, atol=1e-8)
        one, other = begun(make, before), begun(make, before)
        y, dy = zg.jvp(one[0], args, (np.ones_like(args[0]), *[None] * (len(args) - 1)))
        assert (y, dy) == (pytest.approx(value, rel=1e-12), pytest.approx(np.sum(grad[0]), rel=1e-9))
        assert_same(one[1], expected)
        y, back = zg.pullback(other[0], *args)
        assert_same(other[1], expected)
        for seed in (1.0, 2.0):
            np.testing.assert_allclose(back(seed)[0], np.multiply(seed, grad[0]), rtol=1e-9)
        assert_same(other[1], expected)


def begun(make: Made, before: Any) -> tuple[Callable[..., Any], Any]:
    """The function with the state of an earlier moment."""
    f, state = make()
    put(state, copy.deepcopy(before))
    return f, state


def put(state: Any, content: Any) -> None:
    if isinstance(state, list):
        state[:] = content
    elif isinstance(state, dict):
        state.clear()
        state.update(content)
    else:
        vars(state).update(vars(content))


def slopes(make: Made, before: Any, args: tuple[Any, ...]) -> Any:
    x, *more = args

    def at(moved: Any) -> float:
        return begun(make, before)[0](moved, *copy.deepcopy(more))

    steps = np.eye(np.size(x)).reshape(-1, *np.shape(x)) * 1e-6
    return np.reshape([(at(x + s) - at(x - s)) / 2e-6 for s in steps], np.shape(x))


def assert_same(a: Any, b: Any) -> None:
    if hasattr(a, "__dict__"):
        a, b = vars(a), vars(b)
    assert type(a) is type(b)
    if isinstance(a, dict):
        assert list(a) == list(b)
        a, b = list(a.values()), list(b.values())
    if isinstance(a, (list, tuple)):
        assert len(a) == len(b)
        for p, q in zip(a, b, strict=True):
            assert_same(p, q)
    elif not isinstance(a, (str, type(None))):
        np.testing.assert_allclose(a, b, rtol=1e-12)


X = np.array([0.5, 0.7])


def numbers() -> Any:
    log: list[float] = []

    def f(x, n):
        for i in range(n):
            log.append(x[0] * i)
        return log[-1] * x[1] + sum(log)

    return f, log


def numbers_in_a_callee() -> Any:
    log: list[float] = []

    def note(v):
        log.append(v)

    def f(x, n):
        note(x[0])
        for i in range(n):
            note(x[1] * i)
        return log[-1] * x[0]

    return f, log


def tuples_in_several_functions() -> Any:
    log: list[Any] = []

    def note(t, v):
        log.append((t, v, "step"))

    def last():
        return log[-1][1] * len(log)

    def f(x, n):
        v = x[0]
        for i in range(n):
            v = v * x[1] + last() if log else v
            note(0.1 * i, v)
        return v + sum(t * y for t, y, _ in log)

    return f, log


def twice_without_a_loop() -> Any:
    log = [("start", 1.0)]

    def note(name, v):
        log.append((name, v))

    def f(x):
        note("a", x[0])
        note("b", x[0] * x[1])
        return log[-1][1] * log[-2][1]

    return f, log


def on_one_path() -> Any:
    log: list[Any] = []

    def f(x, n):
        for i in range(n):
            if x[i % 2] > 0.6:
                log.append((i, x[0]))
            elif len(log) > 3:
                log.pop()
        return x[0] * len(log)

    return f, log


def arrays() -> Any:
    log = [np.ones(2)]

    def f(x, n):
        for i in range(n):
            log.append(x * i)
        log[0][0] = x[1]
        return np.sum(log[-1] * log[0])

    return f, log


def cache() -> Any:
    known: dict[Any, Any] = {}

    def square(k, x):
        if k not in known:
            known[k] = x * x * k
        return known[k]

    def f(x, n):
        total = 0.0
        for i in range(n):
            total += square(i % 3, x[0]) * x[1]
        return total

    return f, known


def fibonacci() -> Any:
    known = {0: 1.0, 1: 2.0}

    def value(k, x):
        if k not in known:
            known[k] = value(k - 1, x) * x[0] + value(k - 2, x) * x[1]
        return known[k]

    return lambda x, n: value(n, x), known


def words() -> Any:
    seen = {"b": 2.0}

    def put(word, v):
        seen[word] = seen.get(word, 0.0) + v

    def f(x, text):
        for word in text.split():
            put(word, x[0])
        del seen["c"]
        return sum(v * v for v in seen.values())

    return f, seen


class Recorder:
    def __init__(self):
        self.log, self.seen, self.w = [], {}, 2.0

    def step(self, i, v):
        y = self.w * v
        self.log.append((i, y))
        self.seen[f"step {i}"] = y
        return y


def recorder() -> Any:
    recorder = Recorder()

    def f(x, n):
        v = x[0]
        for i in range(n):
            v = recorder.step(i, v) * x[1]
        return v + recorder.seen["step 1"]

    return f, recorder


MADE = [numbers, numbers_in_a_callee, tuples_in_several_functions, on_one_path, arrays, cache, fibonacci, recorder]


@pytest.mark.parametrize("make", MADE, ids=lambda make: make.__name__)
def test_it_is_as_after_plain_calls(make: Made) -> None:
    held(make, X, 5)


def test_without_a_loop() -> None:
    held(twice_without_a_loop, X)


def test_keys_that_are_words() -> None:
    held(words, X, "a b a c b a")


def test_old_entries_are_the_same_objects() -> None:
    f, log = arrays()
    first, entry = log[0], ("old", 1.0)
    zg.gradient(f, X, 3)
    assert log[0] is first
    g, pairs = twice_without_a_loop()
    pairs[:] = [entry]
    zg.gradient(g, X)
    assert pairs[0] is entry


def test_a_history_is_derived_once_however_long_it_gets() -> None:
    f, _ = tuples_in_several_functions()
    zg.gradient(f, X, 3)
    zg.gradient(f, X, 3)
    known = zg.code_adjoint(f, X, 3).source
    zg.gradient(f, X, 4)
    assert zg.code_adjoint(f, X, 3).source == known


def test_after_an_exception_it_is_as_after_the_plain_call() -> None:
    log: list[Any] = []

    def note(i, v):
        log.append((i, v))
        if i == 2:
            raise ValueError("two")

    def f(x, n):
        for i in range(n):
            note(i, x * i)
        return x * x

    with pytest.raises(ValueError, match="two"):
        zg.gradient(f, 0.5, 4)
    assert log == [(0, 0.0), (1, 0.5), (2, 1.0)]


def test_entries_without_a_common_structure_are_refused() -> None:
    log: list[Any] = [("a", 1.0, 2.0), 3.0]

    def f(x, n):
        for i in range(n):
            log.append((i, x))
        return x * x

    with pytest.raises(zg.UnsupportedSyntaxError, match="of one structure"):
        zg.gradient(f, 0.5, 2)
    assert len(log) == 2
