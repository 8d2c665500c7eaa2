"""A list of integers as an index names entries repeatedly, as an array of them does."""

import numpy as np
import pytest

from tests.oracle import check

E = np.arange(1.0, 13.0).reshape(4, 3)
V = np.arange(9.0).reshape(3, 3) - 2.5
REPEATED = [0, 2, 2]


def read(E, idx):
    return (E[idx] * E[idx]).sum()


def stored(E, v, idx):
    A = E.copy()
    A[idx] = v * v
    return (A**2).sum()


def added(E, v, idx):
    A = E.copy()
    A[idx] += v * v
    return (A**2).sum()


def scaled(E, v, idx):
    A = E.copy()
    A[idx] *= v
    return (A**2).sum()


def read_at_pairs(E, rows, columns):
    return (E[rows, columns] ** 2).sum()


def read_in_columns(E, columns):
    return (E[columns, 1:] ** 2).sum() + (E[:, columns] ** 3).sum()


def grown(E, n):
    idx = []
    for i in range(n):
        idx.append(i // 2)
    s = (E[idx] ** 2).sum()
    idx.append(3)
    return s + E[idx].sum()


def embedded(E, idx):
    h = np.zeros(3)
    for i in idx:
        h = np.tanh(h + 0.1 * E[i])
    return h.sum() + E[idx].sum()


def taken(E, idx):
    return (np.take(E, idx, axis=0) ** 2).sum()


CASES = {
    "read": (read, E, REPEATED),
    "read by a mask": (read, E, [True, False, True, True]),
    "read by a matrix": (read, E, [[0, 1], [1, 1]]),
    "stored": (stored, E, V, REPEATED),
    "added": (added, E, V, REPEATED),
    "scaled": (scaled, E, V, REPEATED),
    "pairs": (read_at_pairs, E, [0, 1, 1], [2, 2, 2]),
    "columns": (read_in_columns, E, [1, 1, 2]),
    "grown": (grown, E, 5),
    "embedded": (embedded, E, REPEATED),
    "taken": (taken, E, REPEATED),
}


@pytest.mark.parametrize("name", CASES)
def test_entries_that_a_list_names_twice_add_up(name):
    f, *args = CASES[name]
    check(f, *args, compiles=False)
