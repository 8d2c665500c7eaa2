"""A function that has a rule of its own, differentiated directly."""

import functools

import numpy as np
import pytest

import zygote_nb as zg


def tripled(x, scale=1.0):
    return 3.0 * x * scale


@zg.rrule(tripled)
def tripled_rule(x, scale=1.0):
    return tripled(x, scale), lambda dy: (30.0 * dy * scale, 30.0 * dy * x)


def pushed(x):
    return x * x


@zg.frule(pushed)
def pushed_forward(tangents, x):
    return pushed(x), 7.0 * tangents[0]


def product(x, y):
    return x * y


zg.scalar_rule(product, lambda z, x, y: (5.0 * y, 7.0 * x))


@zg.non_differentiable
def level(x):
    return x * x


def test_a_rule_was_ignored_where_its_function_was_differentiated_directly():
    assert zg.gradient(tripled, 2.0) == (30.0,)
    assert zg.gradient(tripled, 2.0, 4.0) == (120.0, 60.0)
    assert zg.gradient(tripled, 2.0, scale=4.0) == (120.0,)
    assert zg.withgradient(tripled, 2.0) == (6.0, (30.0,))
    assert zg.grad(tripled)(2.0) == zg.D(tripled)(2.0) == 30.0
    assert zg.gradient(functools.partial(tripled, scale=4.0), 2.0) == (120.0,)
    assert zg.gradient(zg.call(tripled, 2.0, 4.0, wrt="scale")) == (60.0,)
    y, back = zg.pullback(tripled, np.ones(2))
    assert y.tolist() == [3.0, 3.0]
    assert back(np.ones(2))[0].tolist() == [30.0, 30.0]


def test_every_kind_of_rule():
    assert zg.jvp(pushed, (2.0,), (1.0,)) == (4.0, 7.0)
    assert zg.gradient(pushed, 2.0) == (4.0,)
    assert zg.gradient(product, 2.0, 3.0) == (15.0, 14.0)
    assert zg.jvp(product, (2.0, 3.0), (1.0, 0.0)) == (6.0, 15.0)
    assert zg.gradient(level, 2.0) == (0.0,)


def test_a_rule_given_after_the_first_gradient():
    def squared(x):
        return x * x

    assert zg.gradient(squared, 3.0) == zg.gradient(squared, 3.0) == (6.0,)
    zg.scalar_rule(squared, lambda y, x: 100.0)
    assert zg.gradient(squared, 3.0) == zg.gradient(squared, 3.0) == (100.0,)
    assert zg.gradient(lambda x: squared(x), 3.0) == (100.0,)


def test_functions_of_libraries_directly():
    assert zg.gradient(np.sin, 0.0) == (1.0,)
    assert zg.gradient(np.sum, np.ones((2, 2)))[0].tolist() == [[1.0, 1.0], [1.0, 1.0]]
    assert zg.gradient(np.sum, np.ones(2), initial=2.0)[0].tolist() == [1.0, 1.0]
    with pytest.raises(zg.NoRuleError, match=r"`np.load` is not differentiated"):
        zg.gradient(np.load, "x.npy")


def test_the_generated_code_names_the_function():
    assert str(zg.code_adjoint(product, 2.0, 3.0)).startswith("def product_adjoint(x, y, d_out):")


def test_a_rule_for_a_method_is_not_passed_over():
    class Scale:
        def __init__(self, factor):
            self.factor = factor

        def square(self, x):
            return self.factor * x * x

        def __call__(self, x):
            return self.factor * x

    def rule(scale, x):
        return scale.factor * x, lambda dy: (None, 100.0 * dy)

    zg.rrule(Scale.square)(rule)
    zg.rrule(Scale.__call__)(rule)
    for f in (Scale(2.0).square, Scale(2.0)):
        assert zg.gradient(f, 3.0) == (100.0,)
