"""``+``, ``*``, ``+=`` and ``*=`` of lists, also where NumPy takes the list for an array."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.oracle import check

X = np.array([0.5, 0.7, 1.3, 0.4])


def grown(x, n):
    items = []
    for i in range(n):
        items.append(x[i])
    return items


def an_array_is_added_in_place(x, n):
    items = grown(x, n)
    items += x
    return items[0] * items[1]


def an_array_is_added(x, n):
    items = grown(x, n)
    return np.sum((items + x) * (2.0 * x - items))


def a_number_of_numpy_is_added_in_place(x, n):
    items = grown(x, n)
    items += x[0]
    return items[0] * items[1]


def to_a_list_of_known_entries(x, n):
    items = [x[0]]
    items += x
    pairs = [x[0], x[1]]
    pairs += x[2:]
    return items[0] * items[-1] + pairs[0] * pairs[1]


def tuples_and_arrays(x, n):
    rows = []
    for i in range(n):
        rows.append((x[i], x[0] * i))
    return np.sum((rows + np.outer(x, x[:2])) * 2.0)


def repeated(x, n):
    items = grown(x, n)
    other = items * 2
    other[0] = x[3]
    return items[0] * other[0] * other[n] * len(other)


def repeated_in_place(x, n):
    items = grown(x, n)
    same = items
    items *= 3
    items *= n - 3
    return items[0] * items[n] * len(same)


def repeated_away(x, n):
    items = grown(x, n)
    items *= n - 4
    return x[0] * len(items)


def known_entries_repeated(x, n):
    items = [x[0], x[1] * x[0]]
    same = items
    more = items * n
    items *= 2
    same[0] = x[2] * x[3]
    return sum(more) * more[n] + items[0] * items[2] * len(same)


def known_entries_repeated_in_place(x, n):
    items = [x[0], x[1]]
    items *= n
    return sum(items) * items[n]


def everything_iterable(x, n):
    items = [x[0]]
    items += (v * v for v in x)
    items += {"a": x[1]}.values()
    items += map(lambda v: v + x[0], x)
    items += reversed(x)
    items += range(n)
    return sum(k * v for k, v in enumerate(items))


def entries_of_entries(x, n):
    state = {"items": [x[0]], "rows": []}
    for i in range(n):
        state["rows"] += [(i, x[i])]
    state["items"] += [x[1]]
    state["items"] *= 2
    return sum(state["items"]) * state["rows"][-1][1] * len((state["rows"] + [(1, x[0])])[1:])


PROGRAMS = [
    an_array_is_added_in_place, an_array_is_added, a_number_of_numpy_is_added_in_place, to_a_list_of_known_entries,
    tuples_and_arrays, repeated, repeated_in_place, repeated_away, known_entries_repeated,
    known_entries_repeated_in_place, everything_iterable, entries_of_entries,
]  # fmt: skip


@pytest.mark.parametrize("f", PROGRAMS, ids=lambda f: f.__name__)
def test_programs(f: Any) -> None:
    check(f, X, 4, wrt=[0], compiles=False, flat=f is repeated_away)
