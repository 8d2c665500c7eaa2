"""What is remembered can be forgotten, and is made anew."""

import gc
import weakref

import numpy as np
import pytest

import zygote_nb as zg
from zygote_nb.driver.derived import _derived
from zygote_nb.driver.ready import _ready


def test_what_was_forgotten_is_derived_anew() -> None:
    def f(x):
        return np.sum(x * x)

    x = np.array([1.0, 2.0])
    held = zg.grad(f)
    _, back = zg.pullback(f, x)
    for _ in range(3):
        assert zg.gradient(f, x)[0].tolist() == held(x).tolist() == [2.0, 4.0]
    zg.refresh()
    assert not _derived
    assert not _ready
    assert zg.gradient(f, x)[0].tolist() == held(x).tolist() == back(1.0)[0].tolist() == [2.0, 4.0]
    assert zg.hvp(f, (x,), (x,)).tolist() == [2.0, 4.0]


def test_memory_of_a_forgotten_function_is_given_back() -> None:
    def made():
        def f(x):
            return x * x * 3.0

        assert zg.gradient(f, 2.0) == (12.0,)
        return weakref.ref(f)

    gone = made()
    zg.refresh()
    gc.collect()
    assert gone() is None


def test_a_program_whose_structure_has_no_end_is_refused() -> None:
    def grown(n, path, x):
        return sum(path) if n == 0 else grown(n - 1, [*path, path[-1] * x], x)

    def f(x):
        return grown(4, [x], x)

    with pytest.raises(zg.UnsupportedSyntaxError, match="a new structure each time") as refused:
        zg.gradient(f, 1.3)
    assert refused.value.lineno
