"""What is kept only for its shape has that of a parameter."""

import numpy as np
import pytest

import zygote_nb as zg
from tests.as_written import same_as_written
from tests.oracle import FULL, check

RNG = np.random.default_rng(31)
P, W = RNG.normal(size=(4, 5)), RNG.normal(size=(3, 5))


def relaxed(p0, n):
    p = p0.copy()
    for _ in range(n):
        old = 2.0 * p
        p[1:-1, 1:-1] = 0.25 * (old[1:-1, 2:] + old[2:, 1:-1])
        p[0, :] = 2.0 * p[1, :]
    return np.sum(p * p)


def of_another_length(p0, w, n):
    s = 0.0
    for i in range(n):
        old = p0[i:] * 1.0
        old[0] = old[0] * old[-1]
        s += np.sum(old[:, i]) * w[0, i]
    return s


def by_a_rebound_parameter(p, w, n):
    s = 0.0
    for _ in range(n):
        old = p.copy()
        old[0, 1:] = p[1, :-1]
        s += np.sum(old * w[0, 0])
        p = np.sin(p[:, ::-1])
        old[1] = s
        s += np.sum(old[1])
    return s


def in_a_callee(p, w, n):
    return relaxed(p, n) * np.sum(w) + relaxed(p * 2.0, n)


def test_no_array_is_kept_for_its_shape():
    text = str(zg.code_adjoint(relaxed, P, 3))
    assert "append" not in text
    assert "np.zeros_like(p0)" in text


def test_right():
    check(relaxed, P, 3, compile=True)


@pytest.mark.parametrize("f", [of_another_length, by_a_rebound_parameter, in_a_callee])
def test_right_with_weights(f):
    check(f, P, W, 3, written=True)


def test_shapes_of_another_call():
    """The same function where more axes are as long as each other, and fewer."""
    for p in (P, P[:, :4], P[:3]):
        with zg.options(backend="python"):
            expected = zg.gradient(in_a_callee, p, W, 2)
        same_as_written(in_a_callee, (p, W, 2), expected)
        if not FULL and p.shape != (3, 5):
            continue
        with zg.options(backend="numba"):
            for one, other in zip(zg.gradient(in_a_callee, p, W, 2), expected, strict=True):
                np.testing.assert_allclose(one, other, rtol=1e-12) if other is not None else None
