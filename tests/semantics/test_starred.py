"""An array or a list that is spread over the parameters of a function has as many entries as these."""

import numpy as np
import pytest

import zygote_nb as zg
from tests.oracle import check

T = np.linspace(0.0, 1.0, 5)
P = np.array([1.0, 2.0, 0.5])


def model(t, a, b, c):
    return a * np.exp(-b * t) + c


class Line:
    def __init__(self, a, b, c):
        self.slope, self.offset = a * b, c

    def at(self, x, y):
        return self.slope * x + self.offset * y


def of_a_function(p):
    return (model(T, *p) ** 2).sum()


def of_a_lambda(p):
    shape = lambda t, a, b, c: a * np.exp(-b * t) + c
    return (shape(T, *p) ** 2).sum() + shape(T, p[0], *p[1:]).sum()


def beside_a_keyword(p):
    return (model(T, *p[:2], c=p[2]) ** 2).sum()


def of_a_ufunc(p):
    return np.hypot(*p[1:])


def of_a_class_and_a_method(p):
    line = Line(*p)
    return line.at(*(p[:2] * p[1:]))


def of_a_list(p):
    found = []
    for x in p:
        found.append(x * x)
    return model(0.5, *found)


@pytest.mark.parametrize(
    "f", [of_a_function, of_a_lambda, beside_a_keyword, of_a_ufunc, of_a_class_and_a_method, of_a_list]
)
def test_spread_over_parameters(f):
    check(f, P)


def test_too_few_entries_are_an_error_as_in_python():
    with pytest.raises(TypeError, match="missing 1 required"):
        zg.gradient(of_a_function, P[:2])


def test_a_function_with_defaults_does_not_tell_how_many():
    def optional(a, b, c=1.0):
        return a * b * c

    def spread(p):
        return optional(*p)

    with pytest.raises(zg.UnsupportedSyntaxError, match="unknown length"):
        zg.gradient(spread, P)


class Vector:
    def __init__(self, *parts):
        self.parts = parts

    def __iter__(self):
        return iter(self.parts)

    def __add__(self, other):
        return Vector(*(a + b for a, b in zip(self, other)))

    def __mul__(self, k):
        return Vector(*[a * k for a in self.parts])


def test_comprehensions_of_known_items_are_spread():
    def f(x):
        v = Vector(*(x**i for i in range(3))) + Vector(x, 2.0, x * x) * x
        return sum(a * b for a, b in zip(v, Vector(*range(3)))) * max(*(a * a for a in v.parts))

    check(f, 1.3, second=False, variants=False)
