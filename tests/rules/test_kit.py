"""``zg.test_rrule`` and ``zg.test_frule``: right rules pass, each kind of mistake is found and named."""

import numpy as np
import pytest

import zygote_nb as zg

X = np.array([0.3, -1.2, 2.0])


def scaled(x, a):
    return a * x


@zg.rrule(scaled)
def scaled_rule(x, a):
    def scaled_pullback(dy):
        return a * dy, np.sum(dy * x)

    return scaled(x, a), scaled_pullback


@zg.frule(scaled)
def scaled_forward(tangents, x, a):
    dx, da = tangents
    return scaled(x, a), dx * a + x * da


def halves(x, axis=0):
    return x[:1] * 2.0, np.sum(x, axis)


@zg.rrule(halves)
def halves_rule(x, axis=0):
    def halves_pullback(dy):
        first, total = dy
        g = np.zeros_like(x) + total
        for i in range(1):
            g[i] += 2.0 * first[i]
        return g

    return halves(x, axis), halves_pullback


def test_right_rules_pass():
    zg.test_rrule(scaled, X, 2.0)
    zg.test_frule(scaled, X, 2.0)
    zg.test_rrule(halves, X, axis=0)
    zg.test_rrule(np.linalg.solve, np.eye(3) * 2 + 0.1, X)
    zg.test_frule(np.linalg.solve, np.eye(3) * 2 + 0.1, X)
    zg.test_rrule(np.stack, [X, X + 1])
    zg.test_rrule(np.clip, X, -1.0, 1.0)


def of(rule):
    """A function that has the rule, which calls it ``fn``."""

    def fn(x):
        return x * x

    zg.rrule(fn)(rule(fn))
    return fn


def test_a_wrong_derivative():
    def rule(fn):
        def square_rule(x):
            return fn(x), lambda dy: 3.0 * dy * x

        return square_rule

    with pytest.raises(zg.GradientCheckError, match="finite differences give") as caught:
        zg.test_rrule(of(rule), X)
    assert "test_kit.py" in caught.value.hint


def test_a_wrong_value():
    def rule(fn):
        def square_rule(x):
            return fn(x) + 1.0, lambda dy: 2.0 * dy * x

        return square_rule

    with pytest.raises(zg.GradientCheckError, match="the value is not that of the plain call"):
        zg.test_rrule(of(rule), X)


def test_a_pullback_that_is_not_linear():
    def rule(fn):
        def square_rule(x):
            return fn(x), lambda dy: 2.0 * x * np.abs(dy)

        return square_rule

    with pytest.raises(zg.GradientCheckError, match="not linear"):
        zg.test_rrule(of(rule), X)


def test_a_rule_that_writes_into_its_argument():
    def rule(fn):
        def square_rule(x):
            y = fn(x)

            def square_pullback(dy):
                for i in range(len(x)):
                    x[i] *= 2.0
                return x * dy

            return y, square_pullback

        return square_rule

    with pytest.raises(zg.GradientCheckError):
        zg.test_rrule(of(rule), X)


def test_modes_that_disagree():
    def fn(x):
        return x * x

    @zg.rrule(fn)
    def fn_rule(x):
        return fn(x), lambda dy: 2.0 * x * dy

    @zg.frule(fn)
    def fn_forward(tangents, x):
        return fn(x), 2.5 * x * tangents[0]

    with pytest.raises(zg.GradientCheckError, match="forward and reverse mode disagree"):
        zg.test_rrule(fn, X)
    with pytest.raises(zg.GradientCheckError, match="tangent differs from finite differences"):
        zg.test_frule(fn, X)


def test_a_function_without_a_rule():
    with pytest.raises(zg.NoRuleError, match="has no such rule"):
        zg.test_rrule(of, 1.0)


def quartic(x):
    return x**4


zg.scalar_rule(quartic, lambda y, x: 4 * x**3)


def size(x):
    return np.real(x) ** 2 + np.imag(x) ** 2


zg.scalar_rule(size, lambda y, x: 2 * x)


def test_partial_derivatives_of_a_user_are_conjugated_for_complex_numbers():
    """They were used as they are, and the gradient was that of the conjugate."""
    z = 1.0 + 2.0j
    ours = zg.gradient(lambda z: np.real(quartic(z) * (1 + 2j)), z)
    assert ours == zg.gradient(lambda z: np.real(z**4 * (1 + 2j)), z)
    zg.test_rrule(quartic, 1.5)
    with pytest.raises(zg.UnsupportedSyntaxError, match="not differentiated for complex"):
        zg.gradient(size, z)


def test_a_wrong_second_derivative():
    def fn(x):
        return np.sum(x**3)

    @zg.rrule(fn)
    def fn_rule(x):
        return fn(x), lambda dy: 3.0 * np.sign(x) * dy * zg.ignore_derivatives(np.abs(x)) * x

    with pytest.raises(zg.GradientCheckError, match="a second derivative is"):
        zg.test_rrule(fn, X)


def test_partial_derivatives_that_do_not_broadcast():
    def fn(x, a):
        return x * a

    zg.scalar_rule(fn, lambda y, x, a: (a, x))
    zg.test_rrule(fn, X, 2.0)
    zg.test_rrule(fn, X, X[::-1].copy())
