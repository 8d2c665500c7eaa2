"""Functions of `functools.singledispatch`, properties of base classes, lists made for one call, and results that may be
None."""

import functools
from dataclasses import dataclass

import numpy as np
import pytest

import zygote_nb as zg
from tests.oracle import check


@dataclass
class Spring:
    k: float

    @property
    def stiffness(self):
        return self.k * self.k


@dataclass
class Stiff(Spring):
    @property
    def stiffness(self):
        return 2.0 * super().stiffness


@functools.singledispatch
def energy(obj):
    return 7.0 * obj


@energy.register
def _(obj: Spring):
    return obj.stiffness


@energy.register(int)
def _(obj):
    return obj * 10.0


@energy.register(np.ndarray)
def _(obj):
    return np.sum(obj * obj)


def test_the_class_chooses_the_function():
    def f(x, n):
        springs = []
        for i in range(n):
            springs.append(Spring(x * i))
        total = 0.0
        for spring in springs:
            total += energy(spring)
        return total + energy(Stiff(x)) + energy(x) + energy(2) * x + energy(np.array([x, 1.0]))

    check(f, 1.3, 3, second=False, variants=False)


def test_a_function_that_is_registered_later():
    @functools.singledispatch
    def size(obj):
        return obj.k

    def f(x):
        return size(Stiff(x))

    assert zg.gradient(f, 3.0) == (1.0,)
    size.register(Spring, lambda obj: obj.k**2)
    assert zg.gradient(f, 3.0) == (6.0,)
    size.register(Stiff, lambda obj: obj.k**3)
    assert zg.gradient(f, 3.0) == (27.0,)


def gathered(v, into):
    into.append(v)
    return sum(into)


def test_a_callee_adds_to_a_list_that_is_written_in_the_call():
    check(lambda x: gathered(x, []) * gathered(x * x, [x]), 1.3, second=False)


def test_a_function_that_may_end_without_a_result():
    def root(x):
        y = 1.0
        for _ in range(50):
            new = 0.5 * (y + x / y)
            if abs(new - y) < 1e-12:
                return new
            y = new

    check(root, 2.0, compile=True, second=False, variants=False)

    def squared(x):
        if x > 1:
            return x * x

    assert zg.gradient(squared, 3.0) == (6.0,)
    with pytest.raises(zg.ScalarOutputError, match="squared returns None here"):
        zg.gradient(squared, 0.5)
