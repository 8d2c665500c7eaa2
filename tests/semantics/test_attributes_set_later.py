"""An object outside gets, or loses, an attribute of its own after the first gradient."""

from functools import cached_property

import numpy as np
import pytest

import zygote_nb as zg

X = np.array([1.0, 2.0, 3.0])


class Model:
    rate = 2.0

    def scale(self) -> float:
        return self.rate


class Falling:
    def __getattr__(self, name: str) -> float:
        return 2.0


class Slots:
    __slots__ = ("other", "rate")


class Stored:
    radius = 2.0

    @cached_property
    def rate(self) -> float:
        return self.radius


def shared(model):
    return lambda x: np.sum(x * x) * model.rate


def by_method(model):
    return lambda x: np.sum(x * x) * model.scale()


def asked(model):
    return lambda x: np.sum(x * x) * (model.extra if hasattr(model, "extra") else 2.0)


def with_default(model):
    return lambda x: np.sum(x * x) * getattr(model, "extra", 2.0)


def slot(model):
    return lambda x: np.sum(x * x) * (model.rate if hasattr(model, "rate") else 2.0)


def all_names(model):
    return lambda x: np.sum(x * x) * (2.0 + len(vars(model)) * (getattr(model, "rate", 2.0) - 2.0))


@pytest.mark.parametrize(
    ("make", "cls", "name"),
    [
        (shared, Model, "rate"),
        (by_method, Model, "rate"),
        (asked, Model, "extra"),
        (with_default, Model, "extra"),
        (shared, Falling, "rate"),
        (slot, Slots, "rate"),
        (all_names, Model, "rate"),
    ],
)
@pytest.mark.parametrize("backend", ["python", "numba"])
def test_it_is_read_from_then_on(make, cls, name, backend) -> None:
    model = cls()
    f = make(model)
    gradient = zg.grad(f)
    with zg.options(backend=backend):
        for _ in range(2):
            np.testing.assert_array_equal(gradient(X), 4.0 * X)
        setattr(model, name, 3.0)
        for _ in range(2):
            np.testing.assert_array_equal(gradient(X), 6.0 * X)
            np.testing.assert_array_equal(zg.gradient(f, X)[0], 6.0 * X)
        setattr(model, name, 4.0)
        np.testing.assert_array_equal(gradient(X), 8.0 * X)
        delattr(model, name)
        for _ in range(2):
            np.testing.assert_array_equal(gradient(X), 4.0 * X)


def test_a_method_is_replaced_for_one_object() -> None:
    model = Model()
    f = by_method(model)
    np.testing.assert_array_equal(zg.gradient(f, X)[0], 4.0 * X)
    model.scale = lambda: 5.0  # type: ignore[method-assign]
    np.testing.assert_array_equal(zg.gradient(f, X)[0], 10.0 * X)


def test_what_was_worked_out_once_stays() -> None:
    model = Stored()
    f = shared(model)
    np.testing.assert_array_equal(zg.gradient(f, X)[0], 4.0 * X)
    assert f(X) == 28.0
    model.radius = 3.0
    assert f(X) == 28.0
    np.testing.assert_array_equal(zg.gradient(f, X)[0], 4.0 * X)
