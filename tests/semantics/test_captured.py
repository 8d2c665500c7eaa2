"""What a function reads and changes outside: globals, cells, captured objects and arrays."""

from functools import partial

import numpy as np
import pytest

import zygote_nb as zg
from tests import oracle

check = partial(oracle.check, compiles=False)
X = np.array([0.7, -0.4, 1.3, 0.2])
scale = 2.0
count = 0
weights = np.array([1.0, 2.0, 3.0, 4.0])
settings = {"rate": 0.5}


def test_globals_are_read_anew_at_every_call() -> None:
    global scale

    def f(x):
        return x * x * scale

    scale = 2.0
    assert zg.gradient(f, 3.0) == (12.0,)
    scale = 5.0
    assert zg.gradient(f, 3.0) == (30.0,)
    settings["rate"] = 0.25
    assert np.allclose(zg.gradient(lambda x: np.sum(x * weights) * settings["rate"], X)[0], weights * 0.25)


def test_a_global_that_is_written() -> None:
    """It ends as after one plain call."""
    global count

    def f(x):
        global count
        count += 1
        return x * count

    count = 1
    assert zg.gradient(f, 3.0) == (2.0,)
    assert count == 2


def test_a_captured_variable_that_is_written() -> None:
    total = 1.0

    def f(x):
        nonlocal total
        total = total * x
        return total * x

    assert zg.gradient(f, 3.0) == (6.0,)
    assert total == 3.0


def test_a_captured_array_and_a_captured_list_that_are_written() -> None:
    memory = np.zeros(4)
    log = []

    def f(x):
        memory[:] = memory + x * x
        log.append(float(len(log)))
        return np.sum(memory * x)

    assert np.allclose(zg.gradient(f, X)[0], 3.0 * X**2)
    assert np.allclose(memory, X**2)
    assert log == [0.0]


class Counter:
    def __init__(self):
        self.calls = 0
        self.last = None

    def __call__(self, x):
        self.calls += 1
        self.last = x
        return x * x * self.calls


def test_a_captured_object_that_is_changed() -> None:
    counter = Counter()
    assert zg.gradient(lambda x: counter(x), 3.0) == (6.0,)
    assert (counter.calls, counter.last) == (1, 3.0)


def test_an_object_that_is_reached_both_ways_is_an_argument() -> None:
    v = X.copy()

    def f(x):
        v[0] = 10.0
        return np.sum(x * x)

    with pytest.raises(zg.UnsupportedSyntaxError, match="share memory"):
        zg.gradient(f, v)
    assert np.allclose(v, X)


def test_late_and_early_binding() -> None:
    def f(x):
        late = [lambda t: t * i for i in range(1, 4)]
        early = [lambda t, i=i: t * i * x for i in range(1, 4)]
        return sum(g(x) for g in late) * sum(g(x) for g in early)

    check(f, 0.7)


def test_a_closure_over_an_array_that_changes_later() -> None:
    def f(x):
        v = x * 1.0

        def weigh(t):
            return np.sum(v * t)

        before = weigh(x[0])
        v[1] = x[2] ** 2
        return before * weigh(x[3])

    check(f, X)


def maker(a):
    def inner(x):
        return np.sin(a * x)

    return inner


def test_a_returned_closure_and_what_it_captures() -> None:
    check(lambda a, x: maker(a)(x) * maker(a * x)(a), 0.4, 0.9)
    W, b = X.copy(), np.array(0.3)
    grads = zg.gradient(lambda: np.sum(W * W) * b, zg.Params([W, b]))
    assert np.allclose(grads[W], 2.0 * W * b)
    assert np.allclose(grads[b], np.sum(W * W))


def test_a_callee_that_is_defined_again() -> None:
    names = {"g": lambda x: x * x}

    def f(x):
        return names["g"](x)

    assert zg.gradient(f, 3.0) == (6.0,)
    names["g"] = lambda x: x * x * x
    assert zg.gradient(f, 3.0) == (27.0,)


def test_an_exception_leaves_what_is_captured_as_a_plain_call_does() -> None:
    log = []

    def f(x, n):
        log.append(1.0)
        return x[n]

    with pytest.raises(IndexError):
        zg.gradient(f, X, 9)
    with pytest.raises(IndexError):
        f(X, 9)
    assert len(log) in (1, 2)


def test_a_captured_list_of_numbers_is_changed_as_by_a_plain_call() -> None:
    calls = [0, 7]

    def f(x):
        calls[0] += 1
        return x[0] * x[1]

    zg.gradient(f, X)
    assert calls == [1, 7]
    assert type(calls[0]) is int


class Planet:
    def __init__(self, x: float) -> None:
        self.x = x


def test_an_object_that_is_captured_and_an_argument_is_refused() -> None:
    """What is done to it on one way would not be seen on the other."""
    earth, mars = Planet(3.0), Planet(2.0)
    planets = [earth]

    def f(planet: Planet) -> float:
        planets[0].x = planets[0].x * 2.0
        return planet.x**2

    with pytest.raises(zg.ZygoteError, match="is an object that is among the arguments too"):
        zg.gradient(f, earth)
    assert zg.gradient(f, mars)[0].x == 4.0
    with pytest.raises(zg.ZygoteError, match="is an object that is among the arguments too"):
        zg.gradient(f, earth)
    assert (earth.x, mars.x) == (6.0, 2.0)
