"""Rules that break their word are reported with the rule's place and the user's line."""

import numpy as np
import pytest

import zygote_nb as zg

X = np.ones(3)
pytestmark = pytest.mark.filterwarnings("ignore:.* has two rules")


def product(x, y):
    return np.sum(x * y)


def doubled(x):
    return x * 2.0


def squared(x):
    return x**2


def loss_of_product(x):
    return product(x, x)


def loss_of_doubled(x):
    return np.sum(doubled(x))


def loss_of_squared(x):
    return np.sum(squared(x))


def reported(f, rule, why, verb=zg.gradient, *more):
    """The error names the user's line, and the rule's file and line."""
    with pytest.raises(zg.NoRuleError, match=why) as caught:
        verb(f, *(more or (X,)))
    assert (caught.value.filename, caught.value.lineno) == (__file__, f.__code__.co_firstlineno + 1)
    assert f"{__file__}:{rule.__code__.co_firstlineno}" in caught.value.hint


@pytest.mark.parametrize(
    ("rule", "why"),
    [
        (lambda x, y: (product(x, y), lambda dy: (dy * y,)), "returns 1 cotangents for 2 arguments"),
        (lambda x, y: (product(x, y), lambda dy: (dy * y, dy * x, dy)), "returns 3 cotangents for 2 arguments"),
        (lambda x: (product(x, x), lambda dy: dy), "does not take these arguments"),
    ],
)
def test_of_two_arguments(rule, why):
    zg.rrule(product)(rule)
    reported(loss_of_product, rule, why)


READ = [
    (lambda x: (doubled(x), lambda dy: np.ones(5)), r"of shape \(5,\), where an array of shape \(3,\) belongs"),
    (lambda x: (doubled(x), lambda dy: np.sum(dy)), r"is a number, where an array of shape \(3,\) belongs"),
    (lambda x: (doubled(x), lambda dy: np.outer(dy, dy)), r"of shape \(3, 3\)"),
    (lambda x: (doubled(x), lambda dy: dy * 1j), "is complex, and what it belongs to is real"),
    (lambda x: (doubled(x), lambda dy: 1 / 0), "its pullback raised ZeroDivisionError"),
    (lambda x: (doubled(x), lambda dy: "a"), "is a str, where"),
    (lambda x: doubled(x), "does not return the result and a pullback"),
    (lambda x: (doubled(x), 3.0), "does not return the result and a pullback"),
]


@pytest.mark.parametrize(("rule", "why"), READ)
def test_of_rules_that_are_read(rule, why):
    zg.rrule(doubled)(rule)
    reported(loss_of_doubled, rule, why)


def raising(dy):
    raise ValueError("hey")


CALLED = [
    (lambda dy: (), "returns 0 cotangents for 1 arguments"),
    (lambda dy: (dy, dy), "returns 2 cotangents for 1 arguments"),
    (lambda dy: np.ones(5), r"of shape \(5,\)"),
    (lambda dy: 1.0, "is a number, where an array"),
    (lambda dy: dy * 1j, "is complex"),
    (raising, "its pullback raised ValueError: hey"),
    (lambda dy: "abc", "is a str, where"),
    (lambda dy: np.array([None] * 3), "of dtype object, where numbers belong"),
]


@pytest.mark.parametrize(("pullback", "why"), CALLED)
def test_of_rules_that_are_called(pullback, why):
    def rule(x):
        for _ in range(len(x)):
            pass
        return doubled(x), lambda dy: pullback(dy)

    zg.rrule(doubled)(rule)
    reported(loss_of_doubled, rule, why)


def test_of_a_rule_that_raises_where_the_function_does_not():
    def rule(x):
        for _ in range(len(x)):
            raise KeyError("forward")

    zg.rrule(doubled)(rule)
    reported(loss_of_doubled, rule, "it raised KeyError: 'forward', where the function does not")


def test_the_functions_own_exception_is_not_the_rules():
    def root(x):
        if x < 0:
            raise ValueError("negative")
        return x**0.5

    def rule(x):
        y = root(x)
        for _ in range(1):
            y = y + 0.0
        return y, lambda dy: dy / (2.0 * y)

    zg.rrule(root)(rule)
    with pytest.raises(ValueError, match="negative"):
        zg.gradient(lambda x: root(x), -1.0)


@pytest.mark.parametrize(
    ("rule", "why"),
    [
        (lambda t, x: (squared(x), np.ones(7)), r"the tangent that it returns is an array of shape \(7,\)"),
        (lambda t, x: squared(x), "must return the result and its tangent"),
        (lambda x: (squared(x), x), "does not take these arguments"),
    ],
)
def test_of_forward_rules(rule, why):
    zg.frule(squared)(rule)
    reported(loss_of_squared, rule, why, zg.jvp, (X,), (X,))


@pytest.mark.parametrize(
    ("partials", "why"),
    [
        (lambda y, x: (2 * x, 3 * x), "gives 2 partial derivatives for 1 arguments"),
        (lambda y, x: np.ones(5), r"a partial derivative is an array of shape \(5,\)"),
        (lambda y, x: "a", "a partial derivative is a str"),
        (lambda x: 2 * x, "does not take these arguments"),
    ],
)
def test_of_partial_derivatives(partials, why):
    zg.scalar_rule(squared, partials)
    reported(loss_of_squared, partials, why)


@pytest.mark.parametrize("register", [zg.rrule, zg.frule, lambda fn: lambda rule: zg.scalar_rule(fn, rule)])
def test_what_is_no_function(register):
    with pytest.raises(TypeError, match="a rule is given for a function"):
        register(3)(lambda x: x)
    with pytest.raises(TypeError, match="a rule is a function"):
        register(squared)(5)
