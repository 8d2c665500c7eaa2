"""Products with the Hessian that go through a function written for such calls."""

import numpy as np
import pytest

import zygote_nb as zg
from zygote_nb.higher import hessians

SCALE = 2.0


def f(x, a, n):
    s = 0.0
    for i in range(n):
        s += np.sin(a * x[i]) * x[i] ** 2 * SCALE
    return s


def by_long_way(*args, monkeypatch=None):
    with monkeypatch.context() as patch:
        patch.setattr(hessians, "_calls", {})
        return zg.hvp(*args)


@pytest.fixture
def kept():
    """The functions written for `f`, after two calls of which the second went through one."""
    hessians._calls.pop(id(f.__code__), None)
    x = np.array([0.5, -0.3, 0.8])
    with zg.options(backend="numba"):
        first = zg.hvp(f, (x, 0.7, 3), (x * x, 1.0, None))
        assert len(hessians._calls[id(f.__code__)]) == 1
        fast = hessians._calls[id(f.__code__)][0]
        again = fast(f, (x, 0.7, 3), (x * x, 1.0, None))
        assert again[0].tolist() == first[0].tolist()
        assert again[1:] == first[1:]
        yield fast


def test_what_is_not_as_it_was_goes_the_long_way(kept, monkeypatch) -> None:
    x, y = np.array([0.5, -0.3, 0.8]), np.linspace(0.0, 1.0, 6)
    for args, tangents in (
        ((x, 0.7, 3), (x * x, None, None)),
        ((x, 0.7, 3), (None, 1.0, None)),
        ((x, 0.7, 3), (x.astype(int), 1.0, None)),
        ((x, 0.7, 3), (y[::2], 1.0, None)),
        ((y[::2], 0.7, 3), (x, 1.0, None)),
        ((x, 0.7, 3), (x, 1, None)),
        ((x, np.float64(0.7), 3), (x, 1.0, None)),
    ):
        assert kept(f, args, tangents) is None
        found, expected = zg.hvp(f, args, tangents), by_long_way(f, args, tangents, monkeypatch=monkeypatch)
        assert found[0] == pytest.approx(expected[0], rel=1e-14)
        assert found[1] == pytest.approx(expected[1], rel=1e-14)


def test_shapes_are_checked(kept) -> None:
    x = np.array([0.5, -0.3, 0.8])
    with pytest.raises(ValueError, match=r"tangent of `x` has shape \(2,\)"):
        zg.hvp(f, (x, 0.7, 3), (x[:2].copy(), 1.0, None))
    with pytest.raises(ValueError, match="2 tangents for 3 arguments"):
        zg.hvp(f, (x, 0.7, 3), (x, 1.0))


def test_a_global_is_read_anew(kept, monkeypatch) -> None:
    x = np.array([0.5, -0.3, 0.8])
    before = zg.hvp(f, (x, 0.7, 3), (x, 1.0, None))
    monkeypatch.setitem(f.__globals__, "SCALE", 4.0)
    after = zg.hvp(f, (x, 0.7, 3), (x, 1.0, None))
    assert after[0] == pytest.approx(2.0 * before[0])
