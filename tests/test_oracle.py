"""The oracle itself: it accepts a right derivative and notices each way of being wrong."""

from collections import namedtuple
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import zygote_nb as zg
from tests.differences import slope
from tests.oracle import check
from tests.trees import copied

Result = namedtuple("Result", "val grad")


def f(x: np.ndarray, a: float) -> Any:
    """The program whose derivative `Engine` knows by heart."""
    x *= x
    return a * np.sum(x)


class Engine:
    """The derivative of `f` by hand; subclasses get one thing wrong."""

    def value(self, x: np.ndarray, a: float) -> Any:
        """What the call returns."""
        return f(x.copy(), a)

    def backward(self, x: np.ndarray, a: float, seed: float) -> tuple[Any, ...]:
        """The gradients."""
        return 2 * a * seed * x, float(seed * np.sum(x * x))

    def pullback(self, _: Any, x: np.ndarray, a: float) -> tuple[Any, Callable[[float], tuple[Any, ...]]]:
        """In place of `zg.pullback`."""
        kept = x.copy()
        return self.value(x, a), lambda seed: self.backward(kept, a, seed)

    def gradient(self, _: Any, x: np.ndarray, a: float) -> tuple[Any, ...]:
        """In place of `zg.gradient`."""
        return self.backward(x, a, 1.0)

    def withgradient(self, _: Any, x: np.ndarray, a: float) -> Result:
        """In place of `zg.withgradient`."""
        return Result(self.value(x, a), self.backward(x, a, 1.0))


class WrongNumber(Engine):
    def backward(self, x, a, seed):
        return 2.00002 * a * seed * x, float(seed * np.sum(x * x))


class SilentZero(Engine):
    def backward(self, x, a, seed):
        return 2 * a * seed * x, 0.0


class WrongEntry(Engine):
    def backward(self, x, a, seed):
        return 2 * a * seed * x * np.array([1.0, 1.0, 0.0]), float(seed * np.sum(x * x))


class WrongPrecision(Engine):
    def backward(self, x, a, seed):
        return (2 * a * seed * x).astype(np.float32), float(seed * np.sum(x * x))


class WrongType(Engine):
    def backward(self, x, a, seed):
        return 2 * a * seed * x, seed * np.sum(x * x)


class WrongShape(Engine):
    def backward(self, x, a, seed):
        return (2 * a * seed * x)[:, None], float(seed * np.sum(x * x))


class OneTooFew(Engine):
    def backward(self, x, a, seed):
        return (2 * a * seed * x,)


class NotLinear(Engine):
    def backward(self, x, a, seed):
        return 2 * a * x, float(np.sum(x * x))


class Accumulates(Engine):
    """A tape that isn't reset."""

    total = 0.0

    def backward(self, x, a, seed):
        self.total = 2 * a * seed * x + self.total
        return self.total.copy(), float(seed * np.sum(x * x))


class SharesMemory(Engine):
    """With a = 0.5 the argument itself has the right numbers."""

    def backward(self, x, a, seed):
        return x if seed == 1.0 else seed * x, float(seed * np.sum(x * x))


class HalfChanged(Engine):
    def pullback(self, _, x, a):
        x *= 1.0 + 1e-15
        x += 1e-15
        return super().pullback(_, x, a)


class WrongValue(Engine):
    def value(self, x, a):
        return f(x.copy(), a) * (1 + 1e-8)


class WrongValueType(Engine):
    def value(self, x, a):
        return float(f(x.copy(), a))


class OnlyGradient(Engine):
    def gradient(self, _, x, a):
        return 3 * a * x, float(np.sum(x * x))


WRONG = [
    WrongNumber,
    SilentZero,
    WrongEntry,
    WrongPrecision,
    WrongType,
    WrongShape,
    OneTooFew,
    NotLinear,
    Accumulates,
    SharesMemory,
    HalfChanged,
    WrongValue,
    WrongValueType,
    OnlyGradient,
]


def install(monkeypatch: pytest.MonkeyPatch, engine: Engine) -> None:
    """Let the oracle see `engine` in place of the real one."""
    for name in ("pullback", "gradient", "withgradient"):
        monkeypatch.setattr(zg, name, getattr(engine, name))


def test_a_right_derivative_passes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Otherwise the tests below show nothing."""
    install(monkeypatch, Engine())
    check(f, np.array([1.0, -2.0, 0.5]), 0.5, backends=("python",))


@pytest.mark.parametrize("wrong", WRONG, ids=lambda cls: cls.__name__)
def test_a_wrong_derivative_fails(monkeypatch: pytest.MonkeyPatch, wrong: type[Engine]) -> None:
    """One thing wrong at a time."""
    install(monkeypatch, wrong())
    with pytest.raises(AssertionError):
        check(f, np.array([1.0, -2.0, 0.5]), 0.5, backends=("python",))


def test_a_flat_function_is_refused_unless_said() -> None:
    """A program whose derivative is zero everywhere checks nothing by accident."""
    with pytest.raises(AssertionError, match="flat"):
        check(lambda x: 0.0 * x, 1.0, backends=("python",))
    check(lambda x: 0.0 * x, 1.0, backends=("python",), flat=True)


@pytest.mark.parametrize("g", [abs, lambda h: max(h, 0.0), lambda h: float(h > 0), lambda h: abs(h - 3e-4)])
def test_kinks_and_jumps_are_skipped(g: Callable[[float], float]) -> None:
    """At the point, or between the two step sizes."""
    assert slope(g, g(0.0)) is None


def test_smooth_functions_are_not_skipped() -> None:
    """With the error that the two sizes promise."""
    estimate = slope(lambda h: np.exp(3 * np.sin(2 * h)), 1.0)
    assert estimate is not None
    assert abs(estimate[0] - 6.0) < 1e-9


def test_copies_have_the_strides_of_the_original() -> None:
    """A program may ask for contiguity."""
    a = np.arange(24.0).reshape(4, 6)
    for view in (a[::-2, 1::2], a.T, a[:, ::-1], a[1:, 2]):
        twin = copied((view,))[0]
        assert np.array_equal(view, twin)
        assert view.strides == twin.strides
        assert not np.shares_memory(view, twin)
