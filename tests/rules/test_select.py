"""Selecting, inserting and ordering entries."""

import numpy as np
import pytest

import zygote_nb as zg
from tests.rules.contract import MASK, M, N, T, X, array, case, hold
from zygote_nb.ir.callables import Method

INDICES = np.array([0, 2, 2])
ROWS = np.array([[0, 2, 2, 1], [1, 1, 0, 2]])
CASES = [
    case(np.where, MASK, M, N),
    case(np.where, MASK, M, 1.5),
    case(np.where, MASK[:, :1], M, array(4)),
    case(np.clip, M, -1.0, 1.0),
    case(np.clip, M, None, 0.5),
    case(np.clip, M, array(4) - 3, array(4) + 3),
    case(np.take, X, INDICES),
    case(np.take, M, INDICES, axis=0),
    case(np.take, M, ROWS, -1),
    case(np.take, X, np.array([1, 9, -8]), mode="clip"),
    case(np.take, X, np.array([1, 9, -8]), mode="wrap"),
    case(Method("take"), M, INDICES, 1),
    case(np.take_along_axis, M, np.argsort(M, axis=1), 1),
    case(np.take_along_axis, M, ROWS, axis=0),
    case(np.take_along_axis, M, np.array([3, 3, 0]), axis=None),
    case(np.compress, np.array([True, False, True]), M, 0),
    case(np.compress, np.array([True, False, True]), X),
    case(Method("compress"), M, np.array([True, False, True]), axis=0),
    case(np.extract, MASK, M),
    case(np.choose, np.array([0, 1, 1, 0, 2]), [X, X[::-1].copy(), 1.5]),
    case(np.choose, np.array([0, 4, -1, 0, 2]), array(3, 5), mode="clip"),
    case(np.choose, np.array([0, 4, -1, 0, 2]), (X, array(5)), mode="wrap"),
    case(np.select, [X > 1, X < 0], [X, array(5)]),
    case(np.select, [X > 1, X > 0], [X, 1.5], 2.5),
    case(np.select, [X > 1, X > 0], [X, array(5)], default=array(5)),
    case(np.append, X, array(3)),
    case(np.append, X, 1.5),
    case(np.append, M, array(2, 4), axis=0),
    case(np.delete, X, 1),
    case(np.delete, M, [0, 2], axis=1),
    case(np.insert, X, 2, 1.5),
    case(np.insert, X, [1, 3], array(2)),
    case(np.insert, M, 1, array(3), axis=1),
    case(np.insert, M, 1, 1.5, axis=0),
    *(case(np.sort, x, axis=axis) for x, axis in ((X, -1), (M, 0), (M, 1), (M, None), (T, 1))),
    case(np.sort, X),
    case(np.sort, X, kind="stable"),
    *(case(np.partition, x, 2, axis=axis) for x, axis in ((X, -1), (M, 0), (M, 1), (M, None))),
    case(np.unique, np.array([1.5, 0.5, 1.5, 2.5])),
    case(np.unique, M),
    case(np.unique, M, axis=0),
    case(np.unique, X, return_counts=True),
    case(np.unique_values, X),
    case(np.unique_counts, X),
    case(np.unique_all, X),
    case(np.unique_inverse, X),
    case(np.union1d, X, array(3)),
    case(np.setdiff1d, X, X[1:3]),
    case(np.setxor1d, X, array(3)),
]
if int(np.__version__.split(".")[1]) >= 1:
    CASES += [case(np.clip, M, min=-0.5, max=array(4) + 2), case(np.clip, M, min=0.1), case(np.clip, M, max=0.1)]
KINKS = {np.unique, np.setdiff1d}


@pytest.mark.parametrize("call", [c for c in CASES if c.values[0][0] not in KINKS])
def test_selection(call):
    hold(call)


@pytest.mark.parametrize("call", [c for c in CASES if c.values[0][0] in KINKS])
def test_sets(call):
    """Moving one of two equal entries changes the length of the result: values only."""
    fn, args, kwargs = call.values[0] if hasattr(call, "values") else call
    value = fn(*args, **kwargs)
    assert value is not None
    hold(call, wrt=[0])


def test_the_first_of_equal_values_stands_for_all():
    (g,) = zg.gradient(lambda x: np.sum(np.unique(x) ** 2), np.array([1.5, 0.5, 1.5, 2.5]))
    assert g.tolist() == [3, 1, 0, 5]


def test_equal_entries_keep_their_order_when_sorted():
    (g,) = zg.gradient(lambda x: np.sort(x)[1], np.array([2.0, 1.0, 1.0]))
    assert g.tolist() == [0, 0, 1]


def test_what_two_sets_share_comes_from_the_first():
    b = X[1:3].copy()
    ga, gb = zg.gradient(lambda a, b: np.sum(np.intersect1d(a, b) ** 2), X, b)
    assert np.array_equal(ga, 2 * X * np.isin(X, b))
    assert not gb.any()
    g, _ = zg.gradient(lambda a, b: np.sum(np.intersect1d(a, b, return_indices=True)[0] ** 2), X, b)
    assert np.array_equal(g, ga)


def test_the_length_of_what_depends_on_data_is_not_guessed():
    def f(x):
        y = np.unique(x)
        return np.sum(y[:, None] * np.ones(3))

    assert np.array_equal(zg.gradient(f, np.array([2.0, 1.0, 2.0]))[0], [3, 3, 0])
