"""Lists of more arrays than a loop is written out for."""

import numpy as np
import pytest

import zygote_nb as zg
from tests.oracle import check

MANY = [0.1 * np.arange(3.0) + 0.01 * i for i in range(70)]


def recurrence(ws, x):
    for w in ws:
        x = np.tanh(x + w * 0.1)
    return x.sum()


def written(ws):
    for i in range(1, len(ws)):
        ws[i][0] *= ws[i - 1][1]
    return sum(w.sum() for w in ws)


def as_one(ws):
    W = np.array(ws)
    return (W @ W.T).sum()


def replaced(ws, i):
    ws[i] = ws[i] * 2.0
    return sum((w * w).sum() for w in ws[2:10])


@pytest.mark.parametrize(("f", "more"), [(recurrence, (np.ones(3),)), (written, ()), (as_one, ()), (replaced, (3,))])
def test_a_long_list_of_arrays(f, more):
    check(f, MANY, *more, backends=["python"], second=False, modes=False)


def test_entries_that_are_one_array_are_refused_where_they_are_written_to():
    with pytest.raises(zg.UnsupportedSyntaxError, match="share memory"):
        zg.gradient(written, [np.ones(3)] * 70)
