"""Memory for large arrays in compiled code: it waits for the next array of about its size, and not too much of it."""

from __future__ import annotations

import ctypes
import resource
import sys
from collections.abc import Callable
from threading import Thread

import numpy as np
import pytest

import zygote_nb as zg
from zygote_nb.backend import machine, memory

MB = 1 << 20


class Block:
    """Memory as compiled code asks for it."""

    def __init__(self, size: int) -> None:
        ask = ctypes.CFUNCTYPE(ctypes.c_void_p, ctypes.c_size_t, ctypes.c_uint32)(memory.address())
        data = ctypes.CFUNCTYPE(ctypes.c_void_p, ctypes.c_void_p)(machine.addresses()["NRT_MemInfo_data"])
        self.held = ask(size, 32)
        self.place = data(self.held)
        ctypes.memset(self.place, 170, size)

    def let_go(self) -> int:
        machine.release()(self.held)
        return int(self.place)


@pytest.fixture(autouse=True)
def emptied() -> None:
    """Nothing of about these sizes waits: what is as large as all that may wait puts everything else out."""
    Block(memory.MOST).let_go()
    assert memory.waiting() == memory.MOST


def test_memory_waits_for_the_next_array_of_about_its_size() -> None:
    first = Block(4 * MB).let_go()
    assert memory.waiting() == 4 * MB
    again, other = Block(3 * MB), Block(4 * MB)
    assert again.place == first != other.place
    assert memory.waiting() == 0
    assert {again.let_go(), other.let_go()} == {Block(4 * MB).let_go(), other.place}


def test_an_array_does_not_take_much_more_than_it_needs() -> None:
    Block(16 * MB).let_go()
    small = Block(2 * MB)
    assert memory.waiting() == 16 * MB
    small.let_go()
    assert memory.waiting() == 18 * MB


def test_it_is_aligned() -> None:
    blocks = [Block(size) for size in (MB, MB + 8, 3 * MB + 24)]
    assert all(b.place % 32 == 0 for b in blocks)
    for b in blocks:
        b.let_go()


@pytest.mark.parametrize("size", [0, 8, memory.LEAST - 1, memory.MOST + 1])
def test_what_is_small_or_very_large_does_not_wait(size: int) -> None:
    before = memory.waiting()
    Block(size).let_go()
    assert memory.waiting() == before


MANY = 3 * memory.SLOTS


@pytest.mark.parametrize(("size", "count"), [(memory.LEAST, MANY), (MB, MANY), (40 * MB, 3), (9 * MB, 20)])
def test_not_too_much_waits(size: int, count: int) -> None:
    blocks = [Block(size) for _ in range(count)]
    assert len({b.place for b in blocks}) == count
    for b in blocks:
        b.let_go()
        assert memory.waiting() <= memory.MOST
    assert memory.waiting() == min(memory.SLOTS, memory.MOST // size) * size


def in_threads(work: Callable[[], None], count: int = 4) -> None:
    threads = [Thread(target=work) for _ in range(count)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()


def test_threads_do_not_get_in_each_others_way() -> None:
    wrong = []

    def work() -> None:
        rng = np.random.default_rng()
        for _ in range(100):
            blocks = [Block(int(size)) for size in rng.integers(MB, 3 * MB, 3)]
            for i, b in enumerate(blocks):
                ctypes.memset(b.place, i, MB)
            wrong.extend(i for i, b in enumerate(blocks) if ctypes.string_at(b.place, MB) != bytes([i]) * MB)
            for b in blocks:
                b.let_go()

    in_threads(work)
    assert not wrong
    assert memory.waiting() <= memory.MOST


def running(x, w):
    return np.sum(np.cumsum(x) * w) + np.sum(np.convolve(x, w[:3], "valid"))


def by_hand(x, w):
    d = np.cumsum(w[::-1])[::-1].copy()
    for k in range(3):
        d[2 - k : len(x) - k] += w[k]
    return d


def test_gradients_with_large_arrays_are_right_in_several_threads_and_sizes() -> None:
    found = []
    with zg.options(backend="numba"):
        gradient = zg.grad(running)
        gradient(*np.ones((2, 10)))
    done = zg.options(backend="numba")

    def work() -> None:
        for n in (200_000, 400_000, 10, 150_000):
            x, w = np.random.default_rng(n).random((2, n))
            found.append(np.allclose(gradient(x, w), by_hand(x, w), rtol=1e-10))

    with done:
        work()
        in_threads(work)
    assert len(found) == 20
    assert all(found)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="counts page faults as Linux does")
def test_a_second_call_touches_no_new_pages() -> None:
    x, w = np.random.default_rng(0).random((2, 1_000_000))
    with zg.options(backend="numba"):
        gradient = zg.grad(running, 0, out=np.empty(1_000_000))
        gradient(x, w)
        gradient(x, w)
        before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
        for _ in range(5):
            gradient(x, w)
        assert resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before < 1000
