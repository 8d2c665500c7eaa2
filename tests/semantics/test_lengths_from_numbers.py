"""Arrays whose length depends on a number: no length of a sample is taken for theirs."""

import numpy as np
import pytest

from tests.oracle import check

X = np.array([0.7, 1.3, 0.4])


def up_to_a_float(x):
    return np.sum(x * np.arange(float(len(x))))


def product_with_a_ramp(x):
    return (x * x) @ np.arange(float(len(x)))


def in_steps(x, end, step):
    return np.sum(x * np.arange(0.0, end, step) ** 2)


def from_a_number_on(x, first):
    return np.sum(np.sin(x) * np.arange(first, first + 2.5))


def up_to_an_element(x, ends):
    return np.sum(x * np.arange(ends[0]))


CASES = [
    (up_to_a_float, X),
    (product_with_a_ramp, X),
    (in_steps, X, 0.8, 0.3),
    (from_a_number_on, X, 0.25),
    (up_to_an_element, X, np.array([2.6])),
]


@pytest.mark.parametrize(("f", "args"), [(f, args) for f, *args in CASES], ids=[f.__name__ for f, *_ in CASES])
def test_gradient(f, args):
    check(f, *args, wrt=(0,), backends=("python", "numba"), variants=False)
