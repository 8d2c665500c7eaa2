"""Array statements are put together in compiled code, but not past what writes to their arrays through a list."""

from __future__ import annotations

import numpy as np
import pytest

from tests.oracle import check

X = np.array([0.7, 0.3, 0.9, 0.5])


def replaced(x, n):
    rows, total = [x, x * 1.5], 0.0
    w = x * 0.6
    for i in range(n):
        total += rows[0][i]
    rows[0] = np.abs(w)
    return rows[0][1] * total


def appended_and_written_to(x, n):
    rows = [x * 1.0]
    for i in range(n):
        a = x * x[i]
        rows.append(a)
        rows[i + 1][1] = 3.0 * x[0]
        rows.append(a * a)
    return sum(r[1] * r[2] for r in rows)


def stored_and_written_to(x, n):
    rows = [x * 1.0, x * 2.0]
    for i in range(n):
        a = x * x[i]
        rows[i % 2] = a
        rows[i % 2][1] += x[0]
        rows[0] *= a * 0.5
    return (rows[0] * rows[1]).sum()


@pytest.mark.parametrize("f", [replaced, appended_and_written_to, stored_and_written_to])
def test_list(f):
    check(f, X, 4, written=True)


def test_list_compiled():
    check(replaced, X, 4, compile=True)
