"""What an iteration asked is asked again on the way back: of the values that it had then, or it is kept."""

from __future__ import annotations

import numpy as np
import pytest

from tests.oracle import check


def changed_in_a_branch(x, n):
    s = x[0] * 0.7
    t = x[1] + 0.2
    for i in range(n):
        if t < 0.8:
            if i % 2:
                s += t
                t = s
            s += x[i]
        else:
            s += x[i]
        t = s * t
    return t


def taken_in_turns(x, n):
    s = x[0] * 0.7
    t = x[1] + 0.2
    out = 0.0
    for i in range(n):
        if s > t:
            t = x[i] if i % 2 else s
            out += s * t
        s, t = t, s
        t = x[i] if i % 2 else s
    return out


def read_after_a_branch(x, n):
    t = x[0]
    out = 0.0
    for i in range(n):
        if x[i] > 0.5:
            t = x[i] * 2.0
        if t > 1.3:
            out += t * t
        if i == 2:
            t = t * out
        out += t
        t = np.sin(t)
    return out


def entries_of_an_array_that_is_replaced(x, n):
    s = x[0] * 0.7
    t = x[1] + 0.2
    y = x * 1.5
    for i in range(n - 1, -1, -1):
        y[i - 1] += s
        if y[i] > s:
            t += x[i] * s
            y[i] = s
        y = y * s
    return y.sum() + t


def entries_before_another_array_takes_its_name(x, n):
    y = x * 1.5
    out = 0.0
    for i in range(n):
        if y[i] > 0.9:
            y[i] = y[i] * 0.5
            out += y[i] * x[0]
        y[0] = 0.3 * x[i]
        if y[0] > 0.2:
            out += y[1] * y[1]
        y = y * x
    return out


@pytest.mark.parametrize(
    "f",
    [
        changed_in_a_branch,
        taken_in_turns,
        read_after_a_branch,
        entries_of_an_array_that_is_replaced,
        entries_before_another_array_takes_its_name,
    ],
)
@pytest.mark.parametrize("x", [(0.3, 0.9, 0.55, 0.75), (0.8, 0.45, 1.1, 0.23), (1.2, 0.62, 0.41, 0.93)])
def test_conditions_are_those_of_the_way_forward(f, x) -> None:
    check(f, np.array(x), 4, written=x[0] == 0.3, flat=True)
