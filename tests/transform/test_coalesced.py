"""One name for a temporary and the adjoint that it becomes, and gradients made where they are handed in."""

import numpy as np
import pytest

import zygote_nb as zg
from tests.oracle import check
from tests.transform.test_first_writes import into_used_buffers

RNG = np.random.default_rng(23)
V, W = RNG.normal(size=6), RNG.normal(size=6)
M = RNG.normal(size=(3, 6))


def log_sum_exp(x):
    m = np.max(x)
    return m + np.log(np.sum(np.exp(x - m)))


def used_again(x, y):
    e = np.exp(x * y)
    return np.sum(e * x) + np.sum(e) * np.sum(x)


def broadcast(x, M):
    e = np.tanh(x * M)
    return np.sum(e * e) + np.sum(x)


def both_are_one(x):
    y = x + 1.0
    z = y * y
    return np.sum(z * x) + np.sum(z * z)


def written_to(x):
    y = np.sin(x)
    y[0] = y[1] * y[2]
    y[3:] *= x[3:]
    return np.sum(y * y)


def constant_slope(x, y):
    return np.sum(x) + 3.0 * np.sum(x * y)


def through_a_loop(x, n):
    for _ in range(n):
        g = np.sin(x)
        x = x + 0.5 * g * g
    return np.sum(x * x)


PROGRAMS = [
    (log_sum_exp, (V,)), (used_again, (V, W)), (broadcast, (V, M)), (both_are_one, (V,)), (written_to, (V,)),
    (constant_slope, (V, W)), (through_a_loop, (V, 3)), (through_a_loop, (V, 0)),
]  # fmt: skip


@pytest.mark.parametrize(("program", "args"), PROGRAMS, ids=lambda p: getattr(p, "__name__", ""))
def test_gradients_are_right(program, args) -> None:
    check(program, *args)
    into_used_buffers(program, args, "python")


@pytest.mark.parametrize(("program", "args"), PROGRAMS[:5], ids=lambda p: getattr(p, "__name__", ""))
def test_compiled_as_well(program, args) -> None:
    with zg.options(backend="python"):
        expected = zg.gradient(program, *args)
    with zg.options(backend="numba"):
        for one, other in zip(zg.gradient(program, *args), expected, strict=True):
            assert np.allclose(one, other, rtol=1e-12)
    into_used_buffers(program, args, "numba")


def test_reads_as_one_would_write_it() -> None:
    text = str(zg.code_adjoint(log_sum_exp, V))
    assert "d_x = g" not in text
    assert "copy" not in text


def test_results_are_made_in_the_memory_that_is_handed_in() -> None:
    text = str(zg.code_adjoint(log_sum_exp, V, backend="numba"))
    assert "= d_x[" not in text
    assert text.count("np.empty") == 2, "one for exp(x - m), one by NumPy for the gradient"
