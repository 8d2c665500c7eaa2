"""Functions of numbers that have more than one result, or a series of their own."""

import math

import numpy as np
import pytest

import zygote_nb as zg
from tests.oracle import check
from tests.rules.contract import M, X, array, case, hold

CASES = [
    case(np.modf, M),
    case(np.frexp, X),
    case(np.divmod, M, array(4)),
    case(np.divmod, X, 0.7),
    case(np.i0, X),
    case(np.i0, 0.7),
    case(np.kaiser, 7, 8.5),
    case(np.kaiser, 4, 1.5),
]


@pytest.mark.parametrize("call", CASES)
def test_elementwise(call):
    hold(call)


def test_a_window_of_one():
    assert zg.gradient(lambda b: np.sum(np.kaiser(1, b)), 8.0) == (0.0,)


def test_distances_in_one_and_in_several_dimensions():
    check(lambda x, y, z: math.hypot(x, y, z * 2.0) * math.hypot(x), 0.3, -0.7, 1.2, compiles=False)
    assert zg.gradient(lambda x: math.hypot(x, x, x), 0.0) == (0.0,)
