"""Gradients by parts of arguments, named by their paths."""

from collections import namedtuple
from dataclasses import dataclass
from types import SimpleNamespace

import numpy as np
import pytest

import zygote_nb as zg

Layer = namedtuple("Layer", "w b")
X = np.array([0.5, -1.0, 2.0])


@dataclass
class Model:
    w: np.ndarray
    layers: list
    table: dict


def loss(model, x, k=2.0):
    y = model.w * x
    for layer in model.layers:
        y = np.tanh(layer.w * y + layer.b)
    return np.sum(y * y) * model.table["scale"] * k


def made() -> Model:
    return Model(X * 0.3, [Layer(0.5, 0.1), Layer(1.5, -0.2)], {"scale": 0.7, 3: 1.0})


@pytest.mark.parametrize("backend", ["python", "numba"])
@pytest.mark.parametrize(
    ("path", "entry"),
    [
        ("model.w", lambda g: g.w),
        ("model.layers.1.b", lambda g: g.layers[1].b),
        ("model.layers.0", lambda g: g.layers[0]),
        ("model.table.scale", lambda g: g.table["scale"]),
    ],
)
def test_a_part_has_the_gradient_that_it_has_in_the_whole(path, entry, backend) -> None:
    with zg.options(backend=backend):
        whole = entry(zg.gradient(loss, made(), X)[0])
        (part,) = zg.gradient(zg.call(loss, made(), X, wrt=path))
        value, (again,) = zg.withgradient(zg.call(loss, made(), X, wrt=path))
        _, back = zg.pullback(zg.call(loss, made(), X, wrt=path))
    assert type(part) is type(whole)
    for found in (part, again, back(1.0)[0]):
        np.testing.assert_allclose(zg.ravel(found)[0], zg.ravel(whole)[0], rtol=1e-12)
    assert value == pytest.approx(loss(made(), X))


def test_paths_and_names_together_in_the_order_asked_for() -> None:
    x, w, b = zg.gradient(zg.call(loss, made(), X, wrt=("x", "model.w", "model.layers.0.b")))
    model, by_x = zg.gradient(loss, made(), X)
    np.testing.assert_allclose(x, by_x)
    np.testing.assert_allclose(w, model.w)
    assert b == pytest.approx(model.layers[0].b)


def test_nothing_is_computed_for_the_others() -> None:
    def f(p):
        return np.sum(np.sin(p["a"]) * p["b"])

    text = zg.code_adjoint(zg.call(f, {"a": X, "b": X}, wrt="p.b")).source
    assert "cos" not in text
    assert "cos" in zg.code_adjoint(f, {"a": X, "b": X}).source


def test_an_object_of_ones_own_class() -> None:
    p = SimpleNamespace(inner=SimpleNamespace(a=2.0), b=3.0)
    (g,) = zg.gradient(zg.call(lambda p: p.inner.a**2 * p.b, p, wrt="p.inner.a"))
    assert g == pytest.approx(12.0)


@pytest.mark.parametrize("path", ["model.nothing", "model.layers.7", "model.layers.x", "model.w.0", "other.w"])
def test_what_is_not_there_is_said(path) -> None:
    with pytest.raises(ValueError, match="there is no"):
        zg.gradient(zg.call(loss, made(), X, wrt=path))


def test_what_another_argument_holds_is_named_there() -> None:
    p = {"a": 2.0}
    with pytest.raises(ValueError, match="name that"):
        zg.gradient(zg.call(lambda p, q: p["a"] * q["a"], p, p, wrt="q.a"))


def test_other_verbs_take_names() -> None:
    with pytest.raises(ValueError, match="for gradients and pullbacks"):
        zg.hessian(zg.call(loss, made(), X, wrt="model.w"))


@pytest.mark.parametrize("wrt", [0, (0, 1), ("x", 1)])
def test_positions_are_not_names(wrt):
    with pytest.raises(TypeError, match="name of a parameter"):
        zg.call(lambda x, y: x * y, 2.0, 3.0, wrt=wrt)
