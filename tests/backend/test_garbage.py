"""Nobody looks for garbage while Numba compiles, and afterwards it is as it was."""

import gc

import numpy as np
import pytest

import zygote_nb as zg
from zygote_nb.backend import elements
from zygote_nb.backend.garbage import left_alone


@pytest.fixture(autouse=True)
def as_it_was():
    yield
    gc.enable()


@pytest.mark.parametrize("before", [True, False])
def test_it_is_as_before_afterwards(before):
    (gc.enable if before else gc.disable)()
    with left_alone():
        assert not gc.isenabled()
        with left_alone():
            assert not gc.isenabled()
        assert not gc.isenabled()
    assert gc.isenabled() == before


def test_errors_change_nothing():
    with pytest.raises(ZeroDivisionError), left_alone():
        1 / 0
    assert gc.isenabled()


def test_a_compilation_is_within(monkeypatch):
    seen, delete = [], elements.delete
    monkeypatch.setattr(elements, "delete", lambda *args: seen.append(gc.isenabled()) or delete(*args))
    with zg.options(backend="numba", cache=False):
        assert zg.gradient(lambda x: np.sum(x * x), np.ones(2))[0].tolist() == [2.0, 2.0]
    assert seen
    assert not any(seen)
    assert gc.isenabled()
