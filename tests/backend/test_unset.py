"""Variables that may be read before they are set, compiled: set they are right, unset they raise as in Python."""

import numpy as np
import pytest

import zygote_nb as zg
from tests.oracle import check


def on_one_path(x, c):
    if c:
        y = x * x
    return y * x


def after_a_loop(x, n):
    for i in range(n):
        t = x * i
    return t * x + i


def element_after_a_loop(x):
    for v in x:
        last = v * v
    return last * v


def in_a_callee(x, c):
    return on_one_path(x, c) + 1.0


def kept_in_a_loop(x, n):
    for i in range(n):
        if i == 1:
            a = np.sin(x)
        if i > 1:
            x = a * x
    return x


CASES = {
    on_one_path: ((2.0, True), (2.0, False)),
    after_a_loop: ((0.7, 3), (0.7, 0)),
    element_after_a_loop: ((np.arange(1.0, 4.0),), (np.empty(0),)),
    in_a_callee: ((2.0, True), (2.0, False)),
}


@pytest.mark.parametrize("f", [*CASES, kept_in_a_loop], ids=lambda f: f.__name__)
def test_compiled_as_interpreted(f):
    args, unset = CASES.get(f, ((0.7, 4), None))
    check(f, *args, compile=True, variants=False, second=False)
    if unset is not None:
        with zg.options(backend="numba"), pytest.raises(UnboundLocalError):
            zg.gradient(f, *unset)
