"""New arrays for gradients: as NumPy makes them, but that the memory of large ones waits for the next."""

from __future__ import annotations

import gc
from threading import Thread
from typing import Any

import numpy as np
import pytest
from numpy._core.multiarray import get_handler_name

import zygote_nb as zg
from zygote_nb.backend import fresh, memory, program
from zygote_nb.backend.program import Program, maker

LARGE = 300_000
FLOAT = np.dtype(np.float64)


def made(how: str, *shape: int) -> Any:
    like = np.empty(shape)
    p = Program(1)
    p.do("new like", p.register(), maker(how), p.constant(FLOAT), 0)
    p.do("return", 1)
    function = p.made()
    assert function is not None
    return function(like)


@pytest.mark.parametrize("shape", [(3,), (LARGE,), (LARGE // 2, 5), (memory.MOST // 8 + 1,), (0, 7)])
@pytest.mark.parametrize("how", ["zeros", "empty"])
def test_arrays_are_numpys(how: str, shape: tuple[int, ...]) -> None:
    for _ in range(3):
        array = made(how, *shape)
        assert array.shape == shape
        assert array.flags.carray
        assert array.flags.owndata
        assert array.dtype is FLOAT
        if how == "zeros":
            assert not array.any()
        array.fill(3.0)
        ours = memory.LEAST <= array.nbytes <= memory.MOST
        assert (get_handler_name(array) == "zygote_nb") is ours
        assert get_handler_name(np.empty(shape)) != "zygote_nb"


def test_memory_waits_when_the_last_holder_lets_go() -> None:
    array = made("empty", LARGE)
    place, view = array.ctypes.data, array[5:]
    del array
    other = made("empty", LARGE)
    assert other.ctypes.data != place
    del view
    gc.collect()
    assert made("empty", LARGE).ctypes.data == place


def test_arrays_can_be_resized() -> None:
    array = made("empty", LARGE)
    array[:] = np.arange(LARGE)
    for n in (3 * LARGE, 5, LARGE):
        kept = min(n, array.size)
        before = array[:kept].copy()
        array.resize(n, refcheck=False)
        np.testing.assert_array_equal(array[:kept], before)
        assert not array[kept:].any()
    assert array.tolist()[:5] == [0.0, 1.0, 2.0, 3.0, 4.0]


def squares(x, w):
    return np.sum(x * x * w)


def test_gradients_do_not_change_when_others_are_made() -> None:
    w = np.ones(LARGE)
    with zg.options(backend="numba"):
        gradient, kept = zg.grad(squares), []
        for k in range(12):
            kept.append(gradient(np.full(LARGE, float(k)), w))
            gradient(np.full(LARGE, -1.0), w)
    assert all((g == 2.0 * k).all() for k, g in enumerate(kept))
    assert all(get_handler_name(g) == "zygote_nb" for g in kept[1:])


def test_several_threads_have_arrays_of_their_own() -> None:
    wrong: list[int] = []

    def work(k: int) -> None:
        for _ in range(30):
            arrays = [made("zeros", LARGE + 1000 * k) for _ in range(3)]
            wrong.extend(k for a in arrays if a.any())
            for i, a in enumerate(arrays):
                a.fill(10 * k + i)
            wrong.extend(k for i, a in enumerate(arrays) if not (a == 10 * k + i).all())

    threads = [Thread(target=work, args=(k,)) for k in range(4)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert not wrong


def test_numpy_makes_them_where_there_are_no_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fresh, "makers", lambda: None)
    program.maker.cache_clear()
    try:
        assert get_handler_name(made("empty", LARGE)) != "zygote_nb"
    finally:
        program.maker.cache_clear()
