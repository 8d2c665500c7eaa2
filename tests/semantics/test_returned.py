"""What a function returns: containers of run time, objects that it was given, one object in several places."""

from __future__ import annotations

from collections import Counter, defaultdict, namedtuple
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

import zygote_nb as zg
from tests.oracle import check
from tests.trees import agree

Point = namedtuple("Point", "t x")


def history(x, n):
    path = []
    for i in range(n):
        path.append(Point(0.1 * i, x[0] * i))
    return path


def of_arrays(x, n):
    path = []
    for i in range(n):
        path.append((i, x * i, (x[0], x)))
    return path


def of_lists(x, n):
    path = []
    for i in range(n):
        path.append((i, [x[0], x[1] * i], "step"))
    return path


def with_none(x, n):
    path = []
    for i in range(n):
        path.append((i, None if i % 2 else x[0] * i))
    return path


def by_key(x, n):
    found = {}
    for i in range(n):
        found[i] = x[0] * i
    del found[1]
    found[1] = x[1]
    return found


def by_word(x, n):
    found = {}
    for i in range(n):
        found[f"step {i}"] = (x[0] * i, x * i)
    return found


def nested(x, n):
    found = {}
    for i in range(n):
        found[i] = (x[0] * i, x[1])
    return x[0], {"found": found, "again": [found]}


def never_filled(x, n):
    found, path = {}, []
    for i in range(n):
        path.append((x[0], i))
        found[i] = x[1] * i
    return x[0], path, found


PROGRAMS = [history, of_arrays, of_lists, with_none, by_key, by_word, nested, never_filled]
X = np.array([0.5, 0.7])


@pytest.mark.parametrize("f", PROGRAMS, ids=lambda f: f.__name__)
def test_the_result_is_put_together_again_and_the_seed_has_its_structure(f: Any) -> None:
    check(f, X, 3, wrt=[0], compiles=False)


def test_nothing_was_added() -> None:
    value = zg.withgradient(lambda x, n: (x[0] * x[1], *never_filled(x, n)), X, 0).val
    assert value[2:] == ([], {})


def changed(d, x):
    d["a"] = x * d["a"]
    d["new"] = x
    return d


def itself(d, x):
    return d


def inside(d, x):
    d["list"].append(x)
    return x * x, (d["list"], d)


def one_twice(d, x):
    made = {"a": x * d["a"]}
    return made, made


@dataclass
class State:
    x: float
    v: np.ndarray


def moved(state, x):
    state.x += x
    state.v[0] *= x
    state.v = state.v * x
    return state, state.x


@pytest.mark.parametrize("f", [changed, itself, inside, one_twice], ids=lambda f: f.__name__)
def test_a_dict_that_was_given_is_returned(f: Any) -> None:
    check(f, {"a": 2.0, "list": [1.0]}, 3.0, compiles=False)


def test_an_object_that_was_given_is_returned() -> None:
    given = State(1.5, np.array([0.5, 2.0]))
    (state, x), back = zg.pullback(moved, given, 3.0)
    assert (state.x, x, state.v.tolist()) == (4.5, 4.5, [4.5, 6.0])
    to_state, to_x = back((SimpleNamespace(x=2.0, v=np.array([1.0, 10.0])), 5.0))
    assert (to_state.x, to_state.v.tolist(), to_x) == (7.0, [9.0, 30.0], 7.0 + 2 * 0.5 * 3.0 + 10 * 2.0)
    assert (given.x, given.v.tolist()) == (1.5, [0.5, 2.0])
    (state, _), (tangent, d_x) = zg.jvp(moved, (given, 3.0), (SimpleNamespace(x=1.0, v=np.ones(2)), 1.0))
    assert (state.x, tangent.x, d_x, tangent.v.tolist()) == (4.5, 2.0, 2.0, [9.0 + 3.0, 3.0 + 2.0])


def test_what_a_given_object_became_comes_with_the_loss() -> None:
    def f(d, x):
        d["a"] = 2.0 * x
        return x * x, d

    given = {"a": 1.0}
    assert zg.withgradient(f, given, 3.0) == ((9.0, {"a": 6.0}), ({"a": 0.0}, 6.0))
    assert given == {"a": 1.0}


def test_objects_are_one_in_the_result_where_they_were_one() -> None:
    first, second = zg.withgradient(lambda x: (x * x, *one_twice({"a": 1.0}, x)), 3.0).val[1:]
    assert first is second


def test_a_captured_object_is_returned_as_it_is_now() -> None:
    state = {"a": 1.0, "b": 5.0}

    def f(x):
        state["a"] = 2.0 * x
        return x * x, state

    assert zg.withgradient(f, 3.0).val == (9.0, {"a": 6.0, "b": 5.0})


def test_what_is_kept_outside_is_the_object_that_was_given_or_made() -> None:
    kept: dict[str, Any] = {}

    def f(d, x):
        made = {"x": x}
        kept["given"], kept["made"], kept["self"] = d, made, kept
        return x * x, made

    given = {"a": 1.0}
    zg.gradient(lambda d, x: f(d, x)[0], given, 3.0)
    assert kept["given"] is given
    assert kept["made"] == {"x": 3.0}
    assert kept["self"] is kept


def test_a_history_is_kept_outside() -> None:
    kept: list[Any] = []

    def f(x, n):
        path = []
        for i in range(n):
            path.append((i, x * i))
        kept.append(path)
        return x * x

    zg.gradient(f, 3.0, 2)
    assert kept == [[(0, 0.0), (1, 3.0)]]


@pytest.mark.parametrize(("factory", "cls"), [(float, defaultdict), (int, defaultdict)])
def test_a_default_dict_is_returned_as_one(factory: Any, cls: type) -> None:
    def f(x, n):
        found = defaultdict(factory)
        for i in range(n):
            found[i % 2] += x * i
        return x * x, found

    found = zg.withgradient(f, 3.0, 4).val[1]
    assert type(found) is cls
    assert found.default_factory is factory
    assert found == f(3.0, 4)[1]


def test_a_counter_and_a_set_are_returned() -> None:
    def f(x, n):
        count, seen = Counter(), set()
        for i in range(n):
            count[i % 2] += 1
            seen.add(i)
        return x * count[0], count, seen

    value = zg.withgradient(f, 3.0, 3).val
    assert value == (6.0, Counter({0: 2, 1: 1}), {0, 1, 2})
    assert type(value[1]) is Counter


class Node:
    def __init__(self, value, rest):
        self.value, self.rest = value, rest


def test_objects_of_run_time_come_with_the_loss() -> None:
    def f(x, n):
        chain, points = None, []
        for i in range(n):
            chain = Node(x * i, chain)
            points.append(State(x * i, np.array([x])))
        return x * x, chain, points, points[-1]

    loss, chain, points, last = zg.withgradient(f, 3.0, 3).val
    assert loss == 9.0
    assert [chain.value, chain.rest.value, chain.rest.rest.value, chain.rest.rest.rest] == [6.0, 3.0, 0.0, None]
    assert [p.x for p in points] == [0.0, 3.0, 6.0]
    assert type(points[0]) is State
    assert points[-1] is last


def test_objects_of_run_time_take_no_seed() -> None:
    def f(x, n):
        points = []
        for i in range(n):
            points.append(State(x * i, np.array([x])))
        return points

    for call in (lambda: zg.pullback(f, 3.0, 2), lambda: zg.jvp(f, (3.0, 2), (1.0, None))):
        with pytest.raises(zg.UnsupportedSyntaxError, match="objects are known only when the program runs"):
            call()


def test_a_seed_of_another_structure() -> None:
    _, back = zg.pullback(history, X, 3)
    with pytest.raises(ValueError, match="must be a list of 3"):
        back([Point(0.0, 1.0)])
    _, back = zg.pullback(by_key, X, 3)
    with pytest.raises(ValueError, match="has no entry 2"):
        back({0: 1.0, 1: 1.0})
    agree((np.array([2.0, 1.0]), None), back({0: 1.0, 1: 1.0, 2: 1.0}), "seeds of ones", 1e-12)


def test_one_path_returns_none() -> None:
    def f(x):
        return 2.0 * x, (x if x > 0.0 else None)

    assert zg.pullback(f, 3.0)[1]((1.0, 5.0)) == (7.0,)
    assert zg.pullback(f, -3.0)[1]((1.0, None)) == (2.0,)
    assert zg.jvp(f, (-3.0,), (1.0,)) == ((-6.0, None), (2.0, None))


def test_a_recursive_function_returns_a_dict_that_it_was_given() -> None:
    def f(d, x, n):
        if n > 0:
            f(d, 2.0 * x, n - 1)
            d["a"] *= x
        return d

    check(f, {"a": 1.0}, 1.5, 3, wrt=[0, 1])


def test_within_a_derivative_inside_an_object_returned_as_it_is_given_is_refused() -> None:
    def f(x):
        _, back = zg.pullback(lambda d: d, {"a": x})
        return back({"a": 5.0})[0]["a"]

    with pytest.raises(zg.UnsupportedSyntaxError, match="returns an object that it was given"):
        zg.gradient(f, 3.0)
