"""What a function captures is after a gradient as after one plain call, where it writes to arrays and binds others."""

import numpy as np
import pytest

import zygote_nb as zg

X = np.array([0.3, 0.5, 0.8, 1.1])


class Plain:
    def __init__(self, w):
        self.w = w


class Halved:
    def __init__(self, w):
        self.w = w

    def __setattr__(self, name, value):
        object.__setattr__(self, name, value * 0.5)


PLAIN, HALVED = Plain(X * 1.0), Halved(X * 4.0)
NUMBERS = X * 1.0


def written_and_bound(x):
    PLAIN.w += x
    PLAIN.w = PLAIN.w * 2.0
    return np.sum(PLAIN.w * x)


def bound_and_written(x):
    PLAIN.w = PLAIN.w * 2.0
    PLAIN.w[0] += x[1]
    return np.sum(PLAIN.w * x)


def through_a_method(x):
    HALVED.w = HALVED.w * x
    HALVED.w += x
    return np.sum(HALVED.w)


def a_global(x):
    global NUMBERS
    NUMBERS += x
    NUMBERS = NUMBERS * 2.0
    return np.sum(NUMBERS * x)


def start():
    """The arrays that are there before."""
    global NUMBERS
    NUMBERS, PLAIN.w = X * 1.0, X * 1.0
    object.__setattr__(HALVED, "w", X * 2.0)
    return [NUMBERS, PLAIN.w, HALVED.w]


def state(before):
    return [a.copy() for a in (*before, NUMBERS, PLAIN.w, HALVED.w)]


@pytest.mark.parametrize("f", [written_and_bound, bound_and_written, through_a_method, a_global])
def test_what_is_captured_is_as_after_one_plain_call(f) -> None:
    before = start()
    f(X)
    expected = state(before)
    for verb in (zg.gradient, zg.withgradient):
        before = start()
        verb(f, X)
        for found, wanted in zip(state(before), expected, strict=True):
            assert np.allclose(found, wanted)
