"""Dicts: keys known before the program runs; identity as in Python."""

from collections import OrderedDict
from dataclasses import dataclass
from functools import partial
from types import SimpleNamespace

import numpy as np
import pytest

import zygote_nb as zg
from tests import oracle

check = partial(oracle.check, compiles=False)
X = np.array([0.7, -0.4, 1.3, 0.2])


def test_read_write_and_add_keys() -> None:
    def f(x, a):
        d = {"a": a, "v": x * 2.0}
        d["a"] = d["a"] * np.sin(a)
        d["b"] = d["a"] + 1.0
        d["v"][1] *= d["b"]
        return np.sum(d["v"]) * d["a"] * d["b"]

    check(f, X, 0.4)


def test_one_array_under_two_keys() -> None:
    def f(x):
        d = {"u": x * 1.0}
        d["w"] = d["u"]
        d["w"][0] = d["u"][1] ** 2
        return d["u"] @ d["w"]

    check(f, X)


def test_one_dict_under_two_names_and_its_copy() -> None:
    def f(a):
        d = {"x": a}
        e, c = d, dict(d)
        e["x"] *= a
        c["x"] *= 3.0
        return d["x"] * c["x"]

    check(f, 0.7)


@pytest.mark.parametrize("kind", [dict, OrderedDict])
def test_iterated_in_order(kind) -> None:
    def f(a):
        d = kind()
        d["x"] = a
        d["y"] = a * a
        s = 1.0
        for key in d:
            s = s * 2.0 + d[key]
        for value in d.values():
            s = s * 0.5 + value
        for key, value in d.items():
            s += value if key == "x" else value * s
        return s * len(d)

    check(f, 0.7)


def test_methods() -> None:
    def f(a):
        d = {"x": a, "y": 2.0}
        d.update({"z": a * 3.0}, w=a**2)
        s = d.pop("y") * d.get("q", a) + d.setdefault("v", a) + d.setdefault("x", 0.0)
        _, value = d.popitem()
        del d["w"]
        return s * value * sum(d.values()) * len(d)

    check(f, 0.7)


def test_merged_comprehended_and_compared() -> None:
    def f(a):
        d = {"x": a, "y": 2.0 * a}
        e = {**d, "x": a * a} | {"z": a}
        squares = {k: v * v for k, v in e.items() if k != "y"}
        return squares["x"] * squares["z"] if e != d and d == dict(d) else a

    check(f, 0.7)


def test_nested() -> None:
    def f(x, a):
        d = {"inner": {"v": x * a, "list": [a, (a, x)]}}
        d["inner"]["list"][1][1][0] = 3.0
        d["inner"]["v"] += d["inner"]["list"][0]
        return np.sum(d["inner"]["v"] * x)

    check(f, X, 0.4)


def test_as_argument_and_result() -> None:
    def f(d):
        d["new"] = d["w"] * 2.0
        return {"loss": np.sum(d["new"] * d["b"]), "w": d["w"]}

    given = {"w": X, "b": 0.3, "name": "left alone"}
    _, back = zg.pullback(f, given)
    (grad,) = back({"loss": 1.0, "w": np.ones(4)})
    assert np.allclose(grad["w"], 0.6 + 1.0)
    assert np.isclose(grad["b"], 2.0 * X.sum())
    assert grad["name"] is None
    assert list(given) == ["w", "b", "name"]


def test_a_table_of_functions_with_a_key_that_comes_as_the_program_runs() -> None:
    table = {"sin": np.sin, "square": lambda t: t * t}

    def f(x, n):
        s = 0.0
        for i in range(n):
            s += table["sin" if i % 2 else "square"](x * i)
        return s

    check(f, 0.7, 4)


def test_a_key_that_comes_as_the_program_runs() -> None:
    def f(a, n):
        d = {0: a, 1: a * a, 2: 3.0 * a}
        s = d.get(n + 7, a)
        for i in range(n):
            s += d[i % 3] * (i if i in d else 2.0)
        return s

    check(f, 0.7, 5)
    oracle.fails(lambda a, n: {0: a}[n], 0.7, 3, error=KeyError, compiles=False)


@dataclass
class Pair:
    x: float
    y: float = 0.5


def test_what_is_equal() -> None:
    """A namespace was equal to itself only, and a list to a tuple."""

    def f(a):
        s = a if Pair(a) == Pair(a) else 0.0
        s += a * a if SimpleNamespace(x=a) == SimpleNamespace(x=a) else 0.0
        s += a**3 if [a, 1.0] == (a, 1.0) else 0.0
        s += a**4 if (a, [1.0]) == (a, [1.0]) else 0.0
        return s + (a**5 if (a, 0.0) < (a, 1.0) else 0.0)

    check(f, 0.7)
