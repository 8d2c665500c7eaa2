"""What steers a derivative: ignore_derivatives, hook, showgrad, isderiving."""

import math

import numpy as np
import pytest

import zygote_nb as zg
from tests.oracle import check

X = np.array([0.5, -1.2, 2.0])


def twice(g):
    return 2 * g


def test_ignored_value():
    def f(x):
        return x * zg.ignore_derivatives(x * x) + zg.ignore_derivatives(math.sin(x))

    assert zg.gradient(f, 3.0) == (9.0,)
    assert f(3.0) == zg.withgradient(f, 3.0).val


def test_ignored_array_and_tuple():
    def f(x):
        scale, shift = zg.ignore_derivatives((np.sum(x), x[0]))
        return np.sum(zg.ignore_derivatives(x) * x) * scale + shift

    np.testing.assert_allclose(zg.gradient(f, X)[0], X * np.sum(X))


def test_ignored_function():
    def f(x):
        return x * zg.ignore_derivatives(lambda: x**3)

    assert zg.gradient(f, 2.0) == (8.0,)


def test_detached_array_that_is_written_to_is_refused():
    def f(x):
        y = x * 2.0
        held = zg.ignore_derivatives(y)
        y[0] = 5.0
        return np.sum(held * x)

    with pytest.raises(zg.UnsupportedSyntaxError, match="ignore_derivatives"):
        zg.gradient(f, X)


def test_hooks():
    def f(x):
        return zg.hook(lambda g: -g, x) ** 2 + zg.hook(twice, np.sum(zg.hook(twice, X * x)))

    assert zg.gradient(f, 3.0)[0] == pytest.approx(-6.0 + 4 * X.sum())


def test_hook_sees_the_whole_cotangent():
    seen = []

    def note(g):
        seen.append(g)
        return np.clip(g, -1.0, 1.0)

    def f(x):
        y = zg.hook(note, x * 3.0)
        return np.sum(y * y) + y[0]

    grad = zg.gradient(f, X)[0]
    (whole,) = seen
    np.testing.assert_allclose(whole, 6.0 * X + np.array([1.0, 0.0, 0.0]))
    np.testing.assert_allclose(grad, 3.0 * np.clip(whole, -1.0, 1.0))


def test_hook_of_another_shape_is_named():
    def f(x):
        return np.sum(zg.hook(np.sum, x))

    with pytest.raises(ValueError, match="the hook sum returns shape"):
        zg.gradient(f, X)


def test_showgrad(capsys):
    def f(x):
        return zg.showgrad(2 * x) ** 2

    assert zg.gradient(f, 3.0) == (24.0,)
    assert capsys.readouterr().out == "gradient of 2 * x: 12.0\n"


def test_isderiving():
    def f(x):
        return 2 * x if zg.isderiving() else x

    assert f(3.0) == 3.0
    assert zg.gradient(f, 3.0) == (2.0,)


def test_identity_outside_of_derivatives():
    assert zg.ignore_derivatives(lambda: 4) == 4
    assert zg.hook(twice, 3.0) == zg.showgrad(3.0) == 3.0


def test_no_derivative_through_a_hook_in_a_loop():
    def f(x):
        s = 0.0
        for i in range(3):
            s += zg.hook(twice, x * i) * x
        return s

    assert zg.gradient(f, 2.0)[0] == pytest.approx(sum(i * 2.0 + 2 * i * 2.0 for i in range(3)))
    check(lambda x: zg.hook(lambda g: g, x) * x, 2.0)


SEEN: list[float] = []


def note(cotangent):
    SEEN.append(cotangent)
    return cotangent


def test_a_hook_is_called_once_where_its_cotangent_goes_several_ways() -> None:
    def hooked_inside(x, y):
        total = 0.0
        for _ in range(2):
            total += zg.hook(note, zg.hook(note, x**2) + 0.1 * y * y)
        return total

    SEEN.clear()
    with zg.options(backend="python"):
        assert zg.gradient(hooked_inside, 2.0, 3.0) == pytest.approx((8.0, 1.2))
    assert SEEN == [1.0] * 4


def test_a_gradient_is_shown_once_where_it_goes_several_ways(capsys) -> None:
    zg.gradient(lambda x, y: zg.showgrad(x**2 + 0.1 * y * y), 2.0, 3.0)
    assert capsys.readouterr().out.count("gradient of") == 1
