"""Functions that catch exceptions, compiled: what can be seen coming is a branch, all else goes to the interpreter."""

import math
import traceback
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import zygote_nb as zg
from tests.oracle import check
from zygote_nb.driver import run

X = np.array([0.7, -0.4, 1.3, 0.2, 0.9])


class Small(ValueError):
    pass


def divided(x, n):
    """Handlers in their order, ``else`` and ``finally``, in iterations that go on or are the last."""
    s = 1.0
    for i in range(n):
        a = float(x[i])
        try:
            s += a * s
            t = a / (i - 1)
            s = s * 1.1 + t ** (i - 3)
        except (IndexError, ValueError):
            s *= 3.0
        except ZeroDivisionError:
            s += 2.0 * a * s
            if i == 4:
                break
            continue
        else:
            s += t
        finally:
            s *= 1.0 + 0.1 * a
        s += 0.5 * a
    return s


def outside(x, n):
    """Each operation of Python's that raises is where its handler begins."""
    s, items = float(x[0]), [float(x[1]), float(x[2])]
    for i in range(n):
        try:
            s += items.pop() * float(x[i + 2])
            s += math.log(s) + math.sqrt(s - 1.0)
            s += math.exp(1000.0 * (s - 0.5))
        except IndexError:
            s = 1.5 * s * s
        except OverflowError:
            s = 0.4 * s
        except ValueError:
            s = 2.0 * s + 1.0
        except Exception:
            s = 0.0
    return s * s


def halved(a, k):
    if k == 1:
        raise Small("too small")
    a[k] = a[k] * 0.5
    assert k != 2, "never two"
    return a[k] * a[0]


def raising(x, n):
    """A callee that raises by name, after it wrote; a handler that raises again, and one around it."""
    a = x * 1.5
    s = 0.0
    for i in range(n):
        try:
            try:
                s += halved(a, i)
            except ValueError as error:
                s += a[1] * a[1]
                if i < 1:
                    raise KeyError from error
                raise
            except AssertionError:
                s += 3.0 * a[2]
        except Small:
            s *= a[3]
    return s + np.sum(a * a)


def stored(x, n):
    """What was stored before the exception stays stored, whatever was kept for the way back."""
    a = x.copy()
    k = 0
    while k < n:
        try:
            a[k] = a[k] * a[k + 1]
            a[k + 1] = a[k] * a[k + 3]
        except LookupError:
            a[0] *= 1.1 + a[k]
        k += 1
    return np.sum(a * a)


def sliced(x, n):
    """An array that is made before the exception, or not."""
    s = 0.3
    for i in range(n):
        try:
            s += 0.1 / (i - 1)
            w = x[i:] * s
            s += w[0] * x[i + 2] + np.sum(w * w)
        except ZeroDivisionError:
            s += x[0]
        except IndexError:
            s += x[1] * s
    return s


@pytest.mark.parametrize("f", [divided, outside, raising, stored, sliced])
def test_foreseen_exceptions_are_branches_of_compiled_code(f: Callable[..., Any]) -> None:
    check(f, X, 5, compile=True, variants=False, second=False, modes=f is divided)


def test_an_exception_that_is_not_foreseen_leads_to_the_interpreter() -> None:
    def f(x, n):
        try:
            y = x * np.ones(n)
        except ValueError:
            y = x * x
        return np.sum(y * x)

    with zg.options(backend="numba"):
        for n, expected in ((5, 2 * X), (3, 3 * X**2)):
            np.testing.assert_allclose(zg.gradient(f, X, n)[0], expected)


def test_what_is_not_foreseen_comes_before_what_is() -> None:
    def f(x, n, k):
        try:
            y = np.sum(x * np.ones(n)) * x[0] + 1.0 / k
        except ZeroDivisionError:
            y = x[1]
        except ValueError:
            y = x[2]
        return y * 2.0

    with zg.options(backend="numba"):
        assert zg.gradient(f, X, 3, 0.0)[0].tolist() == [0, 0, 2, 0, 0]
        assert zg.gradient(f, X, 5, 0.0)[0].tolist() == [0, 2, 0, 0, 0]


def test_an_exception_that_no_handler_is_for_leaves_compiled_code_with_its_line() -> None:
    def f(x, n):
        s = 0.0
        for i in range(n):
            try:
                s += x[i] * math.log(x[i])
            except IndexError:
                s += 1.0
        return s

    with zg.options(backend="numba"), pytest.raises(ValueError, match="math domain error") as caught:
        zg.gradient(f, X, 5)
    last = traceback.extract_tb(caught.value.__traceback__)[-1]
    assert (last.name, last.line) == ("f", "s += x[i] * math.log(x[i])")


def test_an_exception_that_is_looked_into_is_interpreted() -> None:
    def f(x, n):
        try:
            return halved(x * 1.0, n)
        except ValueError as error:
            return x[0] * len(str(error))

    with zg.options(backend="numba"), pytest.raises(zg.CompileError, match="no compiled form"):
        zg.gradient(f, X, 1)


def test_a_variable_that_the_exception_left_unset_is_unset_in_compiled_code(monkeypatch: pytest.MonkeyPatch) -> None:
    def f(x, n):
        try:
            y = x[n] * x[n]
        except IndexError:
            pass
        return y * x[0]

    with zg.options(backend="numba"):
        with pytest.raises(UnboundLocalError):
            zg.gradient(f, X, 7)
        monkeypatch.setattr(run, "interpreted", None)
        np.testing.assert_allclose(zg.gradient(f, X, 0)[0], [3 * X[0] ** 2, 0, 0, 0, 0])
