"""What a function finds by name changes after its first gradient: in classes, in modules, or instead of a builtin."""

from types import ModuleType

import numpy as np
import pytest

import zygote_nb as zg

X = np.array([1.0, 2.0, 3.0])


def model():
    class Base:
        def scale(self):
            return 2.0

    class Model(Base):
        @property
        def rate(self):
            return 2.0

        def __len__(self):
            return 3

        def __add__(self, other):
            return self

    return Model


def default_of_an_argument(m, x):
    return np.sum(x * x) * getattr(m, "extra", 2.0)


def attribute_of_an_argument(m, x):
    return np.sum(x * x) * (m.extra if hasattr(m, "extra") else 2.0)


def default_of_its_class(m, x):
    return np.sum(x * x) * getattr(type(m), "extra", 2.0)


def attribute_of_its_class(m, x):
    return np.sum(x * x) * (3.0 if hasattr(type(m), "extra") else 2.0)


def made_inside(m, x):
    return np.sum(x * x) * getattr(type(m)(), "extra", 2.0)


def inherited(m, x):
    return np.sum(x * x) * m.scale()


def computed(m, x):
    return np.sum(x * x) * m.rate


def truth(m, x):
    return np.sum(x * x) * (2.0 if m else 3.0)


def in_place(m, x):
    m += 1
    return np.sum(x * x) * m.scale()


class Other:
    def scale(self):
        return 3.0


def any_attribute(m, x):
    try:
        return np.sum(x * x) * m.missing
    except AttributeError:
        return np.sum(x * x) * 2.0


CHANGES = [
    (default_of_an_argument, "extra", 3.0),
    (attribute_of_an_argument, "extra", 3.0),
    (default_of_its_class, "extra", 3.0),
    (attribute_of_its_class, "extra", 3.0),
    (made_inside, "extra", 3.0),
    (inherited, "scale", lambda self: 3.0),
    (computed, "rate", property(lambda self: 3.0)),
    (truth, "__bool__", lambda self: False),
    (in_place, "__iadd__", lambda self, other: Other()),
    (any_attribute, "__getattr__", lambda self, name: 3.0),
]


@pytest.mark.parametrize(("f", "name", "value"), CHANGES)
@pytest.mark.parametrize("backend", ["python", "auto"])
def test_of_a_class(f, name, value, backend) -> None:
    cls = model()
    m = cls()
    gradient = zg.grad(f, argnums=1)
    with zg.options(backend=backend):
        for _ in range(3):
            np.testing.assert_array_equal(gradient(m, X), 4.0 * X)
        setattr(cls, name, value)
        assert f(m, X) == 3.0 * np.sum(X * X)
        for _ in range(3):
            np.testing.assert_array_equal(gradient(m, X), 6.0 * X)
            np.testing.assert_array_equal(zg.gradient(f, m, X)[1], 6.0 * X)


MODULE = ModuleType("settings")


def module_default(x):
    return np.sum(x * x) * getattr(MODULE, "rate", 2.0)


def own_default(x):
    return np.sum(x * x) * getattr(model, "rate", 2.0)


@pytest.mark.parametrize(("f", "owner"), [(module_default, MODULE), (own_default, model)])
def test_of_a_module_or_function(f, owner) -> None:
    np.testing.assert_array_equal(zg.gradient(f, X)[0], 4.0 * X)
    owner.rate = 3.0
    try:
        np.testing.assert_array_equal(zg.gradient(f, X)[0], 6.0 * X)
    finally:
        del owner.rate
    np.testing.assert_array_equal(zg.gradient(f, X)[0], 4.0 * X)


def helper(x):
    return x * max(2.0, 1.0)


def by_builtin(x):
    return np.sum(x) * max(2.0, 1.0)


def by_builtin_of_a_callee(x):
    return np.sum(helper(x))


def ruled(x):
    return 2.0 * x


@zg.rrule(ruled)
def ruled_rule(x):
    return 2.0 * x, lambda dy: dy * max(2.0, 1.0)


def by_builtin_of_a_rule(x):
    return np.sum(ruled(x))


@pytest.mark.parametrize("f", [by_builtin, by_builtin_of_a_callee, by_builtin_of_a_rule])
@pytest.mark.parametrize("backend", ["python", "auto"])
def test_a_global_takes_the_name_of_a_builtin(f, backend) -> None:
    gradient = zg.grad(f)
    with zg.options(backend=backend):
        for _ in range(3):
            np.testing.assert_array_equal(gradient(X), 2.0 * np.ones(3))
        globals()["max"] = lambda a, b: 3.0
        try:
            for _ in range(3):
                np.testing.assert_array_equal(gradient(X), 3.0 * np.ones(3))
        finally:
            del globals()["max"]
        np.testing.assert_array_equal(gradient(X), 2.0 * np.ones(3))


def with_an_attribute(x):
    return np.sum(x) * with_an_attribute.rate


def by_an_attribute_of_a_callee(x):
    return with_an_attribute(x) * 1.0


@pytest.mark.parametrize("f", [with_an_attribute, by_an_attribute_of_a_callee])
@pytest.mark.parametrize("backend", ["python", "auto"])
def test_an_attribute_of_a_function(f, backend) -> None:
    gradient = zg.grad(f)
    with zg.options(backend=backend):
        for rate in (2.0, 3.0, 4, np.float64(5.0), np.array([1.0, 2.0, 3.0]).sum()):
            with_an_attribute.rate = rate
            for _ in range(3):
                np.testing.assert_array_equal(gradient(X), rate * np.ones(3))
        del with_an_attribute.rate
        with pytest.raises((AttributeError, zg.ZygoteError), match="no attribute 'rate'"):
            gradient(X)


class Scaled:
    def by(self, x, rate=2.0, *, again=1.0):
        return np.sum(x) * rate * again

    @classmethod
    def of_class(cls, x, rate=2.0):
        return np.sum(x) * rate


def by_a_default(m, x):
    return m.by(x)


def by_a_default_of_a_class(m, x):
    return type(m).of_class(x) + np.sum(x) * 0.0


def other_code(self, x, rate=2.0, *, again=1.0):
    return np.sum(x) * 7.0


def test_defaults_and_code_of_a_method(monkeypatch) -> None:
    def settled(f, expected):
        for _ in range(3):
            np.testing.assert_array_equal(zg.gradient(f, Scaled(), X)[1], expected * np.ones(3))

    settled(by_a_default, 2.0)
    settled(by_a_default_of_a_class, 2.0)
    monkeypatch.setattr(Scaled.by, "__defaults__", (3.0,))
    settled(by_a_default, 3.0)
    monkeypatch.setattr(Scaled.by, "__kwdefaults__", {"again": 2.0})
    settled(by_a_default, 6.0)
    monkeypatch.setattr(Scaled.by, "__code__", other_code.__code__)
    settled(by_a_default, 7.0)
    monkeypatch.setattr(Scaled.of_class.__func__, "__defaults__", (5.0,))
    settled(by_a_default_of_a_class, 5.0)
