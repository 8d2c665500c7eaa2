"""Whether the results of library functions lie in the order of C, held to NumPy: a reshape of others is a copy."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

import zygote_nb as zg
from tests.rules.typical import cases, written
from zygote_nb.analysis.order import Order
from zygote_nb.driver.bound import bind
from zygote_nb.driver.lowered import lowered
from zygote_nb.ir.kinds import Array

M = np.arange(12.0).reshape(3, 4) / 10 + 0.1
CUBE = np.sin(np.arange(24.0)).reshape(2, 3, 4)


def in_order_of_fortran(values):
    return [np.asfortranarray(v) if isinstance(v, np.ndarray) else v for v in values]


def test_what_is_said_to_be_in_the_order_of_c_is() -> None:
    """All functions with a derivative, called as people call them, with arguments in both orders."""
    wrong, said = set(), 0
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        for fn, calls in cases().items():
            for call in calls:
                try:
                    f, values = written(*call)
                    function = lowered(bind(f, tuple(values), {}))[1].function
                except Exception:  # as other tests say
                    continue
                (result,) = function.result if len(function.result) == 1 else (None,)
                if result is None or not isinstance(result.kind, Array) or result.kind.ndim < 2:
                    continue
                needs = Order(function).contiguous(result, frozenset())
                if needs is None:
                    continue
                said += 1
                for given in (values, *([in_order_of_fortran(values)] if not needs else [])):
                    if not np.asarray(f(*given)).flags.c_contiguous:
                        wrong.add(getattr(fn, "__name__", str(fn)))
    assert said > 50
    assert wrong == set()


@pytest.mark.parametrize(
    "made",
    [
        lambda x: np.delete(x, 1, axis=1),
        lambda x: np.cross(CUBE * x[0, 0], np.cos(CUBE), axis=1),
        lambda x: np.linspace(x, 2 * x, 3, axis=1),
        lambda x: np.linspace(x, 2 * x, 3, axis=-1),
        lambda x: np.geomspace(x, 2 * x, 3, axis=-1),
        lambda x: np.logspace(x, 2 * x, 3, axis=1),
        lambda x: np.nanquantile(x, np.array([0.2, 0.7]), axis=0),
        lambda x: np.kron(np.asfortranarray(x), 2.0),
    ],
)
def test_reshapes_of_others_are_copies_or_refused(made) -> None:
    def f(x):
        y = made(x)
        r = y.ravel()
        r[1] *= 3.0
        r[-2] = 0.5
        return np.sum(np.sin(y)) + np.sum(r * r)

    try:
        got = zg.gradient(f, M)[0]
    except zg.ZygoteError as error:
        refusal = str(error)
    else:
        refusal = ""
    if refusal:
        assert "whether NumPy copies depends on its layout" in refusal or "is not in C order" in refusal
        return
    step = 1e-6
    by_differences = np.zeros_like(M)
    for place in np.ndindex(M.shape):
        e = np.zeros_like(M)
        e[place] = step
        by_differences[place] = (f(M + e) - f(M - e)) / (2 * step)
    np.testing.assert_allclose(got, by_differences, atol=1e-6)


def inactive(x):
    C = np.asfortranarray(WEIGHTS)
    r = C.reshape(-1)
    r[1] = 5.0
    return np.sum(x * C)


def inactive_in_a_callee(x):
    return np.sum(x[:, :3] * without_a_column(WEIGHTS))


def without_a_column(B):
    C = np.delete(B, 1, axis=1)
    r = C.ravel()
    r[1] = 5.0
    return C


def inactive_and_transposed(x):
    C = WEIGHTS.T.copy(order="K")
    r = C.ravel()
    r[1] = 5.0
    return np.sum(x.T * C)


def of_a_fresh_array(x):
    C = np.zeros((3, 4))
    r = C.ravel()
    for i in range(12):
        r[i] = i * 0.5
    return np.sum(x * C)


WEIGHTS = np.arange(12.0).reshape(3, 4)


@pytest.mark.parametrize("f", [inactive, inactive_in_a_callee, inactive_and_transposed, of_a_fresh_array])
def test_compiled_code_leaves_to_the_interpreter_what_only_numpy_knows(f, monkeypatch) -> None:
    """Numba arranges results of its own otherwise: values and gradients were wrong."""
    for weights in (WEIGHTS, np.asfortranarray(WEIGHTS)):
        monkeypatch.setitem(globals(), "WEIGHTS", weights)
        expected = f(M)
        with zg.options(backend="numba" if f is of_a_fresh_array else "auto", cache=False):
            value, (grad,) = zg.withgradient(f, M)
        assert value == expected
        np.testing.assert_allclose(np.sum(grad * M), expected, rtol=1e-12)  # linear in x
        if f is not of_a_fresh_array:
            with zg.options(backend="numba", cache=False), pytest.raises(zg.CompileError, match="whether NumPy copies"):
                zg.gradient(f, M)


def in_turns(u, v, n):
    if n == 0:
        r = u.ravel()
        r[1] = 2.0 * r[1]
        return np.sum(np.sin(u)) + np.sum(r * r)
    return in_turns(v, u, n - 1) + np.sum(v)


def test_parameters_that_take_turns_are_asked_for_their_order_too() -> None:
    f = lambda a, b: in_turns(a * 1.0, b * 1.0, 1)
    assert zg.gradient(f, M, M)[1][0, 1] == pytest.approx(2 * np.cos(2 * M[0, 1]) + 8 * M[0, 1] + 2.0)
    with pytest.raises(zg.UnsupportedSyntaxError, match="not in C order"):
        zg.gradient(f, M, np.asfortranarray(M))
