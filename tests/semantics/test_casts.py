"""A cast to integers ends a derivative, and is not made in place."""

import numpy as np
import pytest

import zygote_nb as zg
from tests.oracle import check, fails


def test_a_cast_to_integers_carries_no_derivative():
    x = np.array([1.5, 2.5])
    assert zg.gradient(lambda x: np.sum(x.astype(int) * x), x)[0].tolist() == [1.0, 2.0]
    assert zg.gradient(lambda x: np.sum(x.astype("int64") * 1.0), x)[0].tolist() == [0.0, 0.0]


def added_to_integers(x):
    n = np.arange(3)
    n += x
    return np.sum(n * x)


def added_to_a_part_of_integers(x):
    n = np.arange(3)
    n[1:] += x[1:]
    return np.sum(n * x)


def multiplied_at_places(x):
    n = np.arange(3)
    n[[0, 1]] *= 1.5
    return np.sum(n * x)


def divided_integers(x):
    n = np.arange(3)
    n /= 2
    return np.sum(n * x)


def complex_added(x):
    y = x * x
    y += 1j
    return np.sum(y * x)


NOT_CAST = [added_to_integers, added_to_a_part_of_integers, multiplied_at_places, divided_integers, complex_added]


@pytest.mark.parametrize("f", NOT_CAST, ids=lambda f: f.__name__)
def test_what_numpy_does_not_cast_in_place_raises(f) -> None:
    fails(f, np.array([0.5, 1.5, 2.5]), error=TypeError, match="Cannot cast ufunc", compiles=False)


def caught(x):
    n = np.arange(3)
    try:
        n += x
    except TypeError:
        return np.sum(n * x * x)
    return 0.0


def cast_as_ever(x):
    n, b = np.arange(3), x > 1.0
    n[2] += 1.5
    n *= 2
    n += True
    n[n > 1] += 1
    b |= x > 2.0
    return np.sum(n * x * x) + np.sum(x[b] ** 3)


@pytest.mark.parametrize("f", [caught, cast_as_ever], ids=lambda f: f.__name__)
def test_what_numpy_casts_in_place(f) -> None:
    check(f, np.array([0.5, 1.5, 2.5]))
