"""Machine code that looks at many arrays: what it tells apart, and what it makes."""

from __future__ import annotations

import gc
import sys
from typing import Any

import numpy as np
import pytest

from zygote_nb.backend import machine, taking
from zygote_nb.backend.taking import Wanted

FLOAT = np.dtype(np.float64)
VECTOR = Wanted(np.ndarray, FLOAT, 1281, 1281, (1,))


def take(wanted: tuple[Wanted, ...], makers: tuple[tuple[str, int], ...], *arrays: Any) -> Any:
    found = taking.take()
    assert found is not None
    return found(taking.table(wanted, makers), *arrays)


def test_arrays_that_are_as_wanted_are_taken() -> None:
    assert take((), ()) == ()
    assert take((VECTOR, VECTOR), (), np.ones(3), np.zeros(3)) == ()


class Own(np.ndarray):
    pass


@pytest.mark.parametrize(
    "other",
    [
        np.ones(3, np.float32),
        np.ones(3, ">f8"),
        np.ones(3, np.int64),
        np.ones((3, 1)),
        np.float64(1.0),
        np.ones(6)[::2],
        np.frombuffer(b"\0" * 25, np.uint8)[1:].view(np.float64),
        np.ones(3).view(Own),
        [1.0, 2.0, 3.0],
        None,
        1.0,
    ],
)
def test_what_is_not_as_wanted_is_told(other: Any) -> None:
    assert take((VECTOR,), (("zeros", 0),), other) is None
    assert take((VECTOR, VECTOR), (("zeros", 0),), np.ones(3), other) is None


def test_an_array_that_is_read_only_is_told_from_one_that_is_not() -> None:
    x = np.ones(3)
    x.flags.writeable = False
    assert take((VECTOR,), (), x) is None
    assert take((Wanted(np.ndarray, FLOAT, 1281, 257, (1,)),), (), x) == ()


@pytest.mark.parametrize(
    ("labels", "shapes", "fits"),
    [
        (((1,), (1,)), ((3,), (3,)), True),
        (((1,), (1,)), ((3,), (4,)), False),
        (((1,), (2,)), ((3,), (4,)), True),
        (((1,), (2,)), ((3,), (3,)), False),
        (((1, 2), (2, 1)), ((3, 4), (4, 3)), True),
        (((1, 2), (2, 1)), ((3, 4), (3, 4)), False),
        (((0, 1),), ((1, 4),), True),
        (((0, 1),), ((2, 4),), False),
        (((1, 2),), ((1, 4),), False),
        (((1, 1),), ((0, 0),), True),
        (((1, 2),), ((0, 0),), False),
        (((1,), (2,), (3,)), ((2,), (3,), (2,)), False),
    ],
)
def test_axes_are_equally_long_where_their_labels_agree_and_nowhere_else(labels: Any, shapes: Any, fits: bool) -> None:
    wanted = tuple(Wanted(np.ndarray, FLOAT, 1281, 1281, of) for of in labels)
    assert (take(wanted, (), *map(np.ones, shapes)) == ()) is fits


def test_new_arrays_have_the_shapes_of_the_arrays_that_were_named() -> None:
    one, other = np.ones((2, 3)), np.ones(4)
    wanted = (Wanted(np.ndarray, FLOAT, 1281, 1281, (1, 2)), Wanted(np.ndarray, FLOAT, 1281, 1281, (3,)))
    a, b, c = take(wanted, (("zeros", 1), ("empty", 0), ("zeros", 0)), one, other)
    assert [v.shape for v in (a, b, c)] == [(4,), (2, 3), (2, 3)]
    assert not a.any()
    assert not c.any()
    assert all(v.dtype is FLOAT and v.base is None and v.flags.carray for v in (a, b, c))
    assert not np.shares_memory(b, c)


def test_nothing_is_counted_twice_or_forgotten() -> None:
    one, table = np.ones(5), taking.table((VECTOR,), (("zeros", 0), ("empty", 0)))
    found = taking.take()
    assert found is not None

    def counts() -> tuple[int, ...]:
        return tuple(map(sys.getrefcount, (one, FLOAT, table, np.ndarray)))

    gc.collect()  # what other tests have left is counted by NumPy's type
    before = counts()
    for _ in range(1000):
        found(table, one)
        found(table, None)
    gc.collect()
    assert all(abs(a - b) < 50 for a, b in zip(counts(), before, strict=True))


def test_there_is_none_where_objects_may_be_laid_out_otherwise(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(code: Any) -> Any:
        raise machine.NotLoadable("no")

    monkeypatch.setattr(machine, "load", fail)
    taking.take.cache_clear()
    try:
        assert taking.take() is None
    finally:
        taking.take.cache_clear()
