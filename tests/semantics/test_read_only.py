"""Arrays that must not be written to: a gradient raises where the plain call does, and nowhere else."""

from __future__ import annotations

import traceback
from typing import Any

import numpy as np
import pytest

import zygote_nb as zg
from tests.oracle import check, fails


def fixed(*values: float) -> np.ndarray:
    made = np.array(values)
    made.flags.writeable = False
    return made


def write(x):
    x[0] = 2.0
    return np.sum(x * x)


def through_a_view(x):
    v = x[1:]
    v *= 2.0
    return np.sum(x * x)


def in_a_callee(x):
    return write(x) + 1.0


def on_one_path(x, n):
    y = x
    if n > 0:
        y[0] = 3.0
    return np.sum(y * x)


@pytest.mark.parametrize("f", [write, through_a_view, in_a_callee], ids=lambda f: f.__name__)
def test_a_write_raises(f: Any) -> None:
    fails(f, fixed(1.0, 2.0, 3.0), error=ValueError, match="read-only")


def test_it_raises_on_the_users_line() -> None:
    with pytest.raises(ValueError, match="read-only") as caught:
        zg.gradient(write, fixed(1.0, 2.0))
    assert "x[0] = 2.0" in str(traceback.extract_tb(caught.value.__traceback__)[-1].line)


def test_a_path_that_does_not_write() -> None:
    check(on_one_path, fixed(1.0, 2.0), 0, wrt=[0])
    fails(on_one_path, fixed(1.0, 2.0), 1, error=ValueError, match="read-only")


def test_a_copy_may_be_written_to() -> None:
    check(lambda x: write(x.copy() * x), fixed(1.0, 2.0))


def test_calls_that_were_made_before_with_an_array_that_may_be_written_to() -> None:
    for _ in range(3):
        zg.gradient(write, np.array([1.0, 2.0]))
    with pytest.raises(ValueError, match="read-only"):
        zg.gradient(write, fixed(1.0, 2.0))


def test_a_captured_array() -> None:
    kept = fixed(1.0, 2.0)

    def f(x):
        kept[0] = x
        return x * x

    with pytest.raises(ValueError, match="read-only"):
        zg.gradient(f, 3.0)


def test_what_is_printed_before_is_printed_once(capsys: pytest.CaptureFixture[str]) -> None:
    def f(x):
        print("writes")
        x[0] = 2.0
        return np.sum(x * x)

    with pytest.raises(ValueError, match="read-only"):
        zg.gradient(f, fixed(1.0, 2.0))
    assert capsys.readouterr().out == "writes\n"
