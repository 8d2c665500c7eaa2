"""A call like an earlier one takes a short way: it gives what the long way gives, and nothing that is out of date."""

from __future__ import annotations

import inspect
import pickle
import sys
import warnings
import weakref
from collections.abc import Iterator
from threading import Thread
from typing import Any

import numpy as np
import pytest

import zygote_nb as zg
from zygote_nb import api
from zygote_nb.backend import program
from zygote_nb.higher import grad as grads

RATE = 0.5


def scaled(t, k=2.0):
    return k * t


def doubled(t):
    return 2.0 * t


inner = doubled


def loop(x, n):
    s = 0.0
    for i in range(n):
        s += RATE * inner(x[i]) * x[i]
    return s


def pair(x, y):
    s = 0.0
    for i in range(len(x)):
        s += x[i] * y[i]
    return s


def number(x):
    s = 0.0
    for _ in range(2):
        s += x * x
    return s


def from_dict(p):
    s = 0.0
    for _ in range(2):
        s += p["a"] * p["b"][0]
    return s


def written(x, y):
    for i in range(len(x)):
        x[i] = x[i] * y[i]
    return x[0] * x[1]


@pytest.fixture(autouse=True, params=["numba", "numba, without programs", "python"])
def backend(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    name, _, without = request.param.partition(", ")
    if without:
        monkeypatch.setattr(program, "runner", lambda: None)
    for module, table in ((api, "_gradient_calls"), (api, "_withgradient_calls"), (grads, "_calls")):
        monkeypatch.setattr(module, table, {})
    with zg.options(backend=name):
        yield name


def short(table: dict[Any, Any], key: Any, f: Any, args: tuple[Any, ...]) -> Any:
    """What the short way alone gives: None if no function was written, or none fits."""
    found = (fast(f, args) for fast in table.get(key, ()))
    return next((f for f in found if f is not None), None)


def taken(f: Any, *args: Any) -> Any:
    return short(api._gradient_calls, id(f.__code__), f, args)


@pytest.mark.parametrize(
    ("f", "args"),
    [
        (number, (3.0,)),
        (number, (3,)),
        (number, (np.float64(3.0),)),
        (loop, (np.arange(4.0), 4)),
        (pair, (np.arange(4.0), np.arange(4.0) + 1)),
        (pair, (np.ones((3, 2))[:, 0], np.arange(3.0))),
        (pair, (np.arange(3), np.arange(3.0))),
        (from_dict, ({"a": 2.0, "b": (3.0, 1.0)},)),
    ],
)
def test_the_short_way_gives_what_the_long_way_gives(f: Any, args: tuple[Any, ...]) -> None:
    first = zg.gradient(f, *args)
    again = zg.gradient(f, *args)
    assert repr(again) == repr(first)
    assert repr(zg.withgradient(f, *args)) == repr(zg.withgradient(f, *args))


def selected(x, index):
    return np.sum(x[index] * x[index])


@pytest.mark.parametrize(
    ("f", "args"),
    [(number, (3.0,)), (loop, (np.arange(4.0), 4)), (selected, (np.arange(4.0), np.array([0, 1, 1, 2])))],
)
def test_the_short_way_is_taken(f: Any, args: tuple[Any, ...]) -> None:
    first = zg.gradient(f, *args)
    assert repr(taken(f, *args)) == repr(first)


def test_a_frozen_call_asks_for_its_own_gradients() -> None:
    x, y = np.arange(3.0), np.arange(3.0) + 1
    for _ in range(2):
        assert [g.tolist() for g in zg.gradient(zg.call(pair, x, y, wrt="y"))] == [x.tolist()]
        assert [g.tolist() for g in zg.gradient(pair, x, y)] == [y.tolist(), x.tolist()]
        assert zg.withgradient(zg.call(pair, x, y, wrt="y")).grad[0].tolist() == x.tolist()


def test_types_of_results_are_those_of_the_arguments() -> None:
    for _ in range(2):
        assert type(zg.gradient(number, 3)[0]) is float
        assert type(zg.gradient(number, np.float64(3.0))[0]) is np.float64


def test_a_gradient_is_fresh_memory_at_every_call() -> None:
    x = np.arange(4.0)
    one, other = zg.gradient(loop, x, 4)[0], zg.gradient(loop, x, 4)[0]
    assert not np.shares_memory(one, other)
    assert not np.shares_memory(one, x)


def test_a_global_number_is_read_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    x = np.arange(3.0)
    zg.gradient(loop, x, 3)
    monkeypatch.setitem(globals(), "RATE", 2.0)
    assert zg.gradient(loop, x, 3)[0].tolist() == (8.0 * x).tolist()


def test_a_global_that_changes_its_type_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    x = np.arange(3.0)
    zg.gradient(loop, x, 3)
    monkeypatch.setitem(globals(), "RATE", 2)
    assert zg.gradient(loop, x, 3)[0].tolist() == (8.0 * x).tolist()


def test_another_function_under_the_same_name_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    x = np.arange(3.0)
    assert zg.gradient(loop, x, 3)[0].tolist() == (2.0 * x).tolist()
    monkeypatch.setitem(globals(), "inner", scaled)
    assert zg.gradient(loop, x, 3)[0].tolist() == (2.0 * x).tolist()
    monkeypatch.setitem(globals(), "inner", np.sqrt)
    assert zg.gradient(loop, x + 1, 3)[0] == pytest.approx(0.75 * np.sqrt(x + 1))


def test_other_defaults_of_a_callee_are_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    x = np.arange(3.0)
    monkeypatch.setitem(globals(), "inner", scaled)
    zg.gradient(loop, x, 3)
    monkeypatch.setattr(scaled, "__defaults__", (4.0,))
    assert zg.gradient(loop, x, 3)[0].tolist() == (4.0 * x).tolist()


def test_other_code_in_an_old_function_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """As `%autoreload` does it."""
    x = np.arange(3.0)
    zg.gradient(loop, x, 3)

    def tripled(t):
        return 3.0 * t

    monkeypatch.setattr(doubled, "__code__", tripled.__code__)
    assert zg.gradient(loop, x, 3)[0].tolist() == (3.0 * x).tolist()


def test_a_closure_has_its_own_cells() -> None:
    def make(k):
        def f(x):
            s = 0.0
            for _ in range(2):
                s += k * x
            return s

        return f

    assert [zg.gradient(make(k), 1.0)[0] for k in (1.0, 2.0, 3.0)] == [2.0, 4.0, 6.0]
    assert [zg.gradient(make(g), 1.0)[0] for g in (1, 2.0, np.float64(3.0))] == [2.0, 4.0, 6.0]


def test_a_cell_that_changes_is_read_anew() -> None:
    k = 1.0

    def f(x):
        s = 0.0
        for _ in range(2):
            s += k * x
        return s

    found = [zg.gradient(f, 1.0)[0], zg.gradient(f, 1.0)[0]]
    k = 5.0
    assert [*found, zg.gradient(f, 1.0)[0]] == [2.0, 2.0, 10.0]


def test_a_new_rule_is_noticed() -> None:
    def cube(t):
        return t * t * t

    def f(x):
        s = 0.0
        for _ in range(2):
            s += cube(x)
        return s

    assert [zg.gradient(f, 2.0)[0] for _ in range(2)] == [24.0, 24.0]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        zg.scalar_rule(cube, lambda y, t: 100.0)
    with zg.options(backend="python"):
        assert zg.gradient(f, 2.0)[0] == 200.0


def test_a_rule_belongs_to_one_of_the_functions_that_a_def_makes() -> None:
    def make():
        def cube(t):
            return t * t * t

        return cube, lambda x: cube(x) + cube(x)

    with zg.options(backend="python"):
        cube, f = make()
        zg.scalar_rule(cube, lambda y, t: 100.0)
        assert zg.gradient(f, 2.0)[0] == 200.0
        assert zg.gradient(make()[1], 2.0)[0] == 24.0
        assert zg.gradient(f, 2.0)[0] == 200.0


def test_options_in_force_decide(backend: str) -> None:
    zg.gradient(number, 3.0)
    other = "python" if backend == "numba" else "numba"
    with zg.options(backend=other):
        assert zg.gradient(number, 3.0) == (12.0,)


def test_lengths_that_agree_otherwise_are_noticed() -> None:
    def f(x, y):
        s = 0.0
        for i in range(len(x)):
            s += np.sum(x * y) * x[i]
        return s

    x, y = np.array([1.0, 2.0]), np.array([3.0, 4.0])
    zg.gradient(f, x, y)
    found = zg.gradient(f, x, np.array([3.0]))
    assert found[0] == pytest.approx([18.0, 18.0])
    assert found[1] == pytest.approx([9.0])


def test_what_arrays_are_like_is_noticed() -> None:
    def f(x, y):
        s = 0.0
        for i in range(x.shape[0]):
            for j in range(x.shape[1]):
                s += x[i, j] * y[j, i]
        return s

    x, y = np.arange(6.0).reshape(2, 3), np.arange(6.0).reshape(3, 2) + 1
    readonly = x.copy()
    readonly.flags.writeable = False
    others = [x, x.copy("F"), x[:, ::-1], x[::-1].T[::-1].T, readonly, x.astype(np.float32), x.astype(int)]
    for other in (*others, *others):
        one, two = zg.gradient(f, other, y)
        assert one.tolist() == y.T.tolist()
        assert two.tolist() == other.T.tolist()
    assert zg.gradient(f, np.ones((1, 1)), np.ones((1, 1)))[0].tolist() == [[1.0]]
    assert zg.gradient(f, np.ones((0, 3)), np.ones((3, 0)))[0].shape == (0, 3)
    assert zg.gradient(f, x, y)[0].tolist() == y.T.tolist()


def test_arguments_that_share_memory_are_refused_as_before() -> None:
    x, y = np.array([1.0, 2.0]), np.array([3.0, 4.0])
    for _ in range(2):
        assert zg.gradient(written, x, y)[0].tolist() == [24.0, 12.0]
    assert x.tolist() == [1.0, 2.0]
    with pytest.raises(zg.UnsupportedSyntaxError, match="share memory"):
        zg.gradient(written, x, x)
    both = np.arange(4.0)
    with pytest.raises(zg.UnsupportedSyntaxError, match="share memory"):
        zg.gradient(written, both[:2], both[1:3])


def test_an_exception_is_the_plain_one_on_both_ways() -> None:
    x = np.arange(3.0)
    zg.gradient(loop, x, 3)
    for _ in range(2):
        with pytest.raises(IndexError, match="index 3 is out of bounds"):
            zg.gradient(loop, x, 4)
    assert zg.gradient(loop, x, 3)[0].tolist() == (2.0 * x).tolist()


def test_a_wrong_number_of_arguments_is_a_type_error() -> None:
    zg.gradient(number, 3.0)
    with pytest.raises(TypeError):
        zg.gradient(number, 3.0, 4.0)


@pytest.mark.parametrize("out", ["array", "tuple"])
def test_buffers_are_overwritten_and_returned(out: str) -> None:
    x, y, buffer = np.arange(3.0), np.arange(3.0) + 1, np.full(3, 7.0)
    g = zg.grad(pair, 0, out=buffer) if out == "array" else zg.grad(pair, (0,), out=(buffer,))
    for _ in range(3):
        found = g(x, y)
        assert (found if out == "array" else found[0]) is buffer
        assert buffer.tolist() == y.tolist()


def test_a_buffer_that_is_another_argument_is_refused() -> None:
    x, y = np.arange(3.0), np.arange(3.0) + 1
    with pytest.raises(ValueError, match="shares memory"):
        zg.grad(pair, 0, out=y)(x, y)
    buffer = np.empty(3)
    with pytest.raises(ValueError, match="shares memory"):
        zg.grad(pair, (0, 1), out=(buffer, buffer))(x, y)
    g = zg.grad(pair, 0, out=buffer)
    g(x, y)
    with pytest.raises(ValueError, match="shares memory"):
        g(x, buffer)


def test_what_is_kept_is_bounded() -> None:
    for i in range(8):
        space: dict[str, Any] = {}
        exec(f"def f(x):\n    return x * {i}.0", space)
        api._gradient_calls.setdefault(id(space["f"].__code__), [])
    assert all(len(calls) <= 4 for calls in api._gradient_calls.values())
    for n in range(2, 9):
        zg.gradient(lambda x: np.sum(x * x), np.ones((n,) * (n % 3 + 1)))
        zg.grad(number)(float(n))
    assert all(len(calls) <= 4 for table in (api._gradient_calls, grads._calls) for calls in table.values())


def test_a_call_without_gradients_has_a_short_way_too() -> None:
    def length(s):
        return len(s) * 1.0

    for _ in range(3):
        assert zg.gradient(length, "abc") == (None,)
        assert zg.withgradient(length, "abc") == (3.0, (None,))


WEIGHTS = np.array([1.0, 2.0, 3.0])


SETTINGS = {"rate": 2.0}


def weighted(x):
    return np.sum(WEIGHTS * x * x) * RATE


def rated(x):
    return np.sum(WEIGHTS * x * x) * SETTINGS["rate"]


def with_tape(x, n):
    r = 1.0
    for _ in range(n):
        r *= np.sin(x * r)
    return r


def nested(p, pair):
    return np.sum(p["w"][0] * p["w"][0]) * p["b"] * pair[0] * pair[1][1]


CASES: list[tuple[Any, tuple[Any, ...]]] = [
    (number, (3.0,)),
    (number, (np.float64(3.0),)),
    (loop, (np.arange(4.0), 4)),
    (pair, (np.arange(4.0), np.arange(4.0) + 1)),
    (written, (np.arange(4.0), np.arange(4.0) + 1)),
    (weighted, (np.arange(3.0),)),
    (with_tape, (0.5, 7)),
    (nested, ({"w": [np.arange(3.0)], "b": 2.0}, (3.0, (4, 5.0)))),
]


@pytest.mark.parametrize(("f", "args"), CASES)
def test_what_is_written_is_a_program_where_there_are_any(f: Any, args: tuple[Any, ...], backend: str) -> None:
    if backend != "numba" or program.runner() is None:
        pytest.skip("there are none")
    for verb in (zg.grad(f, tuple(range(len(args)))), zg.value_and_grad(f, 0)):
        first = repr(verb(*args))
        assert type(verb.calls[0]) is type(len)
        assert repr(verb.calls[0](f, args, None)) == first
        assert repr(verb(*args)) == first


@pytest.mark.parametrize(("f", "args"), CASES)
def test_calls_leave_nothing_behind(f: Any, args: tuple[Any, ...], backend: str) -> None:
    if backend != "numba":
        pytest.skip("Python counts by itself")
    gradient = zg.grad(f, tuple(range(len(args))))
    parts = (args, f, f.__code__, gradient, np.dtype(np.float64), *args, *(a for a in args[:1] if type(a) is dict))

    def counts() -> list[int]:
        return [sys.getrefcount(part) for part in parts]

    for _ in range(3):
        gradient(*args)
    before = counts()
    for _ in range(200):
        gradient(*args)
    assert all(abs(a - b) < 20 for a, b in zip(counts(), before, strict=True))


def test_a_free_array_and_an_entry_are_read_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    x = np.arange(3.0)
    gradient = zg.grad(rated)
    for _ in range(2):
        assert gradient(x).tolist() == (4.0 * WEIGHTS * x).tolist()
    monkeypatch.setitem(SETTINGS, "rate", 3.0)
    assert gradient(x).tolist() == (6.0 * WEIGHTS * x).tolist()
    monkeypatch.setitem(globals(), "WEIGHTS", np.array([5.0, 5.0, 5.0]))
    assert gradient(x).tolist() == (30.0 * x).tolist()
    monkeypatch.setitem(globals(), "WEIGHTS", 5)
    assert gradient(x).tolist() == (30.0 * x).tolist()


def test_a_free_array_that_changes_its_length_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    x, gradient = np.arange(3.0), zg.grad(weighted)
    for _ in range(2):
        assert gradient(x).tolist() == (WEIGHTS * x).tolist()
    monkeypatch.setitem(globals(), "WEIGHTS", np.array([4.0]))
    for _ in range(2):
        assert gradient(x).tolist() == (4.0 * x).tolist()
    monkeypatch.setitem(globals(), "WEIGHTS", np.array([4.0, 4.0]))
    with pytest.raises(ValueError, match="broadcast"):
        gradient(x)


def test_keys_that_are_equal_and_not_the_same_fit() -> None:
    gradient = zg.grad(from_dict)
    for _ in range(3):
        key = "".join(("a", ""))
        assert gradient({key: 2.0, "b": (3.0, 1.0)}) == {"a": 6.0, "b": (4.0, 0.0)}
    assert gradient({"b": (3.0, 1.0), "a": 2.0}) == {"b": (4.0, 0.0), "a": 6.0}


def test_a_length_may_be_any_integer() -> None:
    gradient = zg.grad(with_tape)
    expected = [gradient(0.5, n) for n in (5, 0, -3)]
    for _ in range(2):
        assert [gradient(0.5, np.int64(n)) for n in (5, 0, -3)] == expected
        assert [gradient(0.5, n) for n in (5, 0, -3)] == expected


def test_more_buffers_than_gradients_are_refused() -> None:
    x, y, buffers = np.arange(3.0), np.arange(3.0) + 1, [np.empty(3), np.empty(3)]
    zg.grad(pair, (0,), out=buffers[:1])(x, y)
    with pytest.raises(ValueError, match="out has 2 buffers for 1 gradients"):
        zg.grad(pair, (0,), out=buffers)(x, y)
    for _ in range(2):
        found = zg.grad(pair, (1, 0), out=buffers)(x, y)
        assert [f.tolist() for f in found] == [x.tolist(), y.tolist()]
        assert found[0] is buffers[0]


@pytest.mark.parametrize("buffer", [np.empty(4), np.empty(3, np.float32), np.empty(6)[::2], np.empty((3, 1)), [0.0]])
def test_other_buffers_take_the_long_way(buffer: Any) -> None:
    x, y = np.arange(3.0), np.arange(3.0) + 1
    zg.grad(pair, 0, out=np.empty(3))(x, y)
    gradient = zg.grad(pair, 0, out=buffer)
    if isinstance(buffer, np.ndarray) and buffer.shape == (3,) and buffer.dtype == float:
        for _ in range(2):
            assert gradient(x, y).tolist() == y.tolist()
    else:
        for _ in range(2):
            with pytest.raises((TypeError, ValueError)):
                gradient(x, y)


def test_a_gradient_function_is_called_as_any_other() -> None:
    def scaled_number(x, k=2.0):
        return k * x * x

    gradient = zg.grad(scaled_number)
    for _ in range(3):
        assert gradient(3.0) == gradient(3.0, k=2.0) == gradient(*(3.0,), **{}) == 12.0
        assert gradient(3.0, k=4.0) == gradient(3.0, 4.0) == 24.0
        assert list(map(gradient, (1.0, 2))) == [4.0, 8.0]
        with pytest.raises((TypeError, IndexError)):
            gradient()
        with pytest.raises(TypeError):
            gradient(3.0, 4.0, 5.0)
        with pytest.raises(TypeError):
            gradient(3.0, y=4.0)
    assert pickle.loads(pickle.dumps(zg.grad(number)))(3.0) == 12.0
    assert list(inspect.signature(gradient).parameters) == ["args", "kwargs"]
    assert "Gradients by the arguments" in (inspect.getdoc(type(gradient).__call__) or "")


def test_a_gradient_function_dies_with_its_last_holder() -> None:
    gradient = zg.grad(number)
    gradient(3.0)
    here = weakref.ref(gradient)
    del gradient
    assert here() is None


def test_calls_from_several_threads() -> None:
    gradient, wrong = zg.grad(pair), []

    def work(k: int) -> None:
        x, y = np.arange(3.0 + k), np.arange(3.0 + k) + k
        wrong.extend(k for _ in range(300) if gradient(x, y).tolist() != y.tolist())

    threads = [Thread(target=work, args=(k,)) for k in range(4)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert not wrong
