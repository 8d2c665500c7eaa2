"""Rules of methods and classes, and of functions that take or return objects."""

from dataclasses import dataclass
from types import SimpleNamespace

import numpy as np
import pytest

import zygote_nb as zg

W = np.arange(6.0).reshape(2, 3) / 5
B = np.ones(2)
X = np.array([1.0, 2.0, 3.0])


class Layer:
    def __init__(self, w, b):
        self.w, self.b, self.name = w, b, "layer"

    def __call__(self, x):
        return self.w @ x + self.b

    def size(self):
        return np.sum(self.w**2)

    def grow(self, x):
        self.b = self.b + x
        return self.b

    def squash(self, x):
        x *= 2.0
        return x


class Deeper(Layer):
    pass


@zg.rrule(Layer.__call__)
def layer_rule(self, x):
    def layer_pullback(dy):
        return SimpleNamespace(w=np.outer(dy, x), b=dy), self.w.T @ dy

    return self.w @ x + self.b, layer_pullback


@zg.rrule(Layer.grow)
def grow_rule(self, x):
    return self.b + x, lambda dy: (SimpleNamespace(b=dy), dy)


@zg.rrule(Layer.squash)
def squash_rule(self, x):
    return 2.0 * x, lambda dy: (None, 2.0 * dy)


@zg.rrule(Layer.size)
def size_rule(self):
    return self.size(), lambda dy: {"w": 2.0 * dy * self.w}


@zg.frule(Layer.size)
def size_tangent(tangents, self):
    return self.size(), 2.0 * np.sum(self.w * tangents[0].w)


@dataclass
class Point:
    a: float
    v: np.ndarray


@zg.rrule(Point)
def point_rule(a, v):
    return Point(a, v), lambda d: (7.0 * d.a, d.v)


def weighed(p, k=2.0):
    return p.a * np.sum(p.v) * k


@zg.rrule(weighed)
def weighed_rule(p, k=2.0):
    return weighed(p, k), lambda dy: SimpleNamespace(a=np.sum(p.v) * k * dy, v=np.full(p.v.shape, p.a * k * dy))


def doubled(d):
    return {"u": d["p"] * 2.0, "w": d["q"]}


@zg.rrule(doubled)
def doubled_rule(d):
    return doubled(d), lambda dd: {"p": 2.0 * dd["u"], "q": dd["w"]}


@pytest.mark.parametrize("cls", [Layer, Deeper])
def test_a_method_of_an_object_made_inside(cls):
    def f(w, b, x):
        return np.sum(np.sin(cls(w, b)(x)))

    s = np.cos(W @ X + B)
    dw, db, dx = zg.gradient(f, W, B, X)
    np.testing.assert_allclose(dw, np.outer(s, X))
    np.testing.assert_allclose(db, s)
    np.testing.assert_allclose(dx, W.T @ s)
    zg.check_grads(f, W, B, X)


def test_a_method_of_an_argument_and_of_a_global():
    layer = Layer(W, B)
    y = 2.0 * layer(X)
    d, dx = zg.gradient(lambda m, x: np.sum(m(x) ** 2), layer, X)
    np.testing.assert_allclose(d.w, np.outer(y, X))
    np.testing.assert_allclose(dx, W.T @ y)
    np.testing.assert_allclose(zg.gradient(lambda x: np.sum(layer(x) ** 2), X)[0], W.T @ y)
    params = zg.gradient(lambda: np.sum(layer(X) ** 2), zg.Params([layer.w]))
    np.testing.assert_allclose(params[layer.w], np.outer(y, X))


def test_a_class_and_functions_of_its_objects():
    assert zg.gradient(lambda a: Point(a, X).a, 2.0) == (7.0,)
    assert zg.gradient(weighed, Point(2.0, X))[0].a == 12.0
    assert zg.gradient(lambda a: weighed(Point(a, X), k=3.0), 2.0) == (7.0 * 18.0,)


def test_dicts_in_and_out():
    (d,) = zg.gradient(lambda d: doubled(d)["u"] + np.sum(doubled(d)["w"]), {"p": 1.0, "q": np.ones(2)})
    assert d["p"] == 2.0
    np.testing.assert_array_equal(d["q"], 1.0)


def test_forward_rule_of_a_method():
    assert zg.jvp(lambda w: Layer(w, B).size(), (W,), (np.ones_like(W),))[1] == pytest.approx(2.0 * np.sum(W))
    zg.check_grads(lambda w: Layer(w, B).size() ** 2, W)


def test_the_kit_takes_objects():
    zg.test_rrule(Layer.__call__, Layer(W, B), X)
    zg.test_rrule(Layer.size, Layer(W, B))
    zg.test_frule(Layer.size, Layer(W, B))
    zg.test_rrule(doubled, {"p": 1.0, "q": np.ones(2)})
    zg.test_rrule(weighed, Point(2.0, X))


@pytest.mark.parametrize("f", [lambda x: np.sum(Layer(W, x).grow(x)), lambda x: np.sum(Layer(W, B).squash(x))])
def test_a_ruled_method_that_changes_what_it_is_given_is_refused(f):
    with pytest.raises(zg.ZygoteError, match="changes an object") as caught:
        zg.gradient(f, np.ones(2))
    assert caught.value.lineno == f.__code__.co_firstlineno


def area(p):
    return p.a


def other_names(p):
    return p.a, lambda dy: SimpleNamespace(q=dy)


def too_many(p):
    return p.a, lambda dy: (SimpleNamespace(a=dy), dy)


def wrong_shape(p):
    return p.a, lambda dy: SimpleNamespace(a=np.ones(3))


def failing(p):
    return p.a, lambda dy: 1 / 0


@pytest.mark.filterwarnings("ignore:area has two rules")
@pytest.mark.parametrize(
    ("rule", "why"),
    [
        (other_names, "has other entries"),
        (too_many, "returns 2 cotangents for 1 arguments"),
        (wrong_shape, r"of shape \(3,\), where a number belongs"),
        (failing, "its pullback raised ZeroDivisionError"),
    ],
)
def test_a_rule_of_an_object_that_is_not_right(rule, why):
    zg.rrule(area)(rule)
    f = lambda a: area(Point(a, X))
    with pytest.raises(zg.NoRuleError, match=why) as caught:
        zg.gradient(f, 2.0)
    assert (caught.value.filename, caught.value.lineno) == (__file__, f.__code__.co_firstlineno)
    assert f"{__file__}:{rule.__code__.co_firstlineno}" in caught.value.hint


def root_by_steps(a):
    x = 1.0
    for _ in range(30):
        x = 0.5 * (x + a / x)
    return x


@zg.rrule(root_by_steps)
def root_rule(a):
    steps = [root_by_steps(a)]

    def root_pullback(dy):
        total = 0.0
        for x in steps:
            total += dy / (2.0 * x)
        return total

    return steps[0], root_pullback


@pytest.mark.parametrize("f", [lambda x: np.sum(Layer(W, B)(x) ** 2), lambda x: root_by_steps(np.sum(x)) ** 2])
@pytest.mark.parametrize("verb", [zg.hessian, zg.hessian_reverse])
def test_second_derivatives_through_rules_that_are_called_are_no_zeros(f, verb):
    """They were taken for constants."""
    with pytest.raises(zg.NoRuleError, match="first derivatives only"):
        verb(f, X)
