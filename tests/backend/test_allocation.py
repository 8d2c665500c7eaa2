"""Arrays that Python makes for compiled code: NumPy's, but that the memory of large ones waits for the next."""

from __future__ import annotations

import resource
import sys
from typing import Any

import numpy as np
import pytest
from numpy._core.multiarray import get_handler_name

import zygote_nb as zg
from zygote_nb.backend import allocation, memory

LARGE = memory.LEAST // 8
SHAPES = [(), 3, (3,), (0, 7), LARGE, (LARGE - 1,), (2, LARGE), (1,) * 9, np.int64(5), (np.int64(5), 2), [2, 3]]


@pytest.fixture
def own() -> dict[str, Any]:
    return allocation.placed()


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("how", ["zeros", "empty"])
def test_arrays_are_numpys(own: dict[str, Any], how: str, shape: Any) -> None:
    for _ in range(3):
        array, expected = own[how](shape), np.empty(shape)
        assert type(array) is np.ndarray
        assert array.shape == expected.shape
        assert array.dtype is expected.dtype
        assert array.flags.carray
        assert array.flags.owndata
        assert how == "empty" or not array.any()
        assert (get_handler_name(array) == "zygote_nb") is (array.nbytes >= memory.LEAST)
        array.fill(3.0)
    assert get_handler_name(np.empty(LARGE)) != "zygote_nb"


@pytest.mark.parametrize("dtype", ["float32", "complex128", "bool", "int64", "object"])
def test_arrays_of_other_dtypes_too(own: dict[str, Any], dtype: str) -> None:
    for given, named in (((LARGE, 2), {"dtype": dtype}), ((5,), {"dtype": dtype}), ((5,), {"order": "F"})):
        array, expected = own["zeros"](given, **named), np.zeros(given, **named)
        np.testing.assert_array_equal(array, expected)
        assert array.dtype is expected.dtype
    assert own["empty"]((LARGE, 2), np.dtype(dtype)).dtype is np.dtype(dtype)
    assert own["empty"](shape=(4,)).shape == (4,)


WRONG = [(), (-1,), ((3, -1),), ("x",), (1.5,), ((3, "x"),), ((1 << 40, 1 << 40),)]


@pytest.mark.parametrize("given", WRONG, ids=str)
def test_errors_are_numpys(own: dict[str, Any], given: tuple[Any, ...]) -> None:
    with pytest.raises((TypeError, ValueError)) as expected:
        np.empty(*given)
    with pytest.raises(expected.type):
        own["empty"](*given)
    assert get_handler_name(np.empty(LARGE)) != "zygote_nb"


def test_references_to_dtypes_are_counted(own: dict[str, Any]) -> None:
    def counts() -> list[int]:
        return [sys.getrefcount(np.dtype(np.float64)), sys.getrefcount(LARGE)]

    before = counts()
    for _ in range(1000):
        own["empty"](LARGE)
        own["zeros"]((3, 4))
    assert all(abs(n - m) < 100 for n, m in zip(counts(), before, strict=True))


def carried(x, steps):
    n = len(x)
    y = np.zeros(n)
    z = np.zeros(n)
    for _ in range(steps):
        for i in range(1, n):
            y[i] = np.sin(x[i] * y[i] + z[i - 1])
            z[i] = z[i] * y[i] + x[i]
    return np.sum(y * z)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="counts page faults as Linux does")
def test_tapes_below_a_megabyte_touch_no_new_pages() -> None:
    x = np.random.default_rng(0).random(10_000)
    with zg.options(backend="numba"):
        gradient = zg.grad(carried, 0, out=np.empty(10_000))
        gradient(x, 9)
        gradient(x, 9)
        before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
        for _ in range(5):
            gradient(x, 9)
        assert resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before < 100


def test_numpy_makes_them_where_there_are_no_others(monkeypatch: pytest.MonkeyPatch) -> None:
    def none() -> dict[str, Any]:
        raise OSError

    monkeypatch.setattr(allocation, "placed", none)
    allocation.makers.cache_clear()
    try:
        assert allocation.makers().empty is np.empty
    finally:
        allocation.makers.cache_clear()
