"""Lists whose lengths differ from one iteration to the next: what the way back knows of each."""

import math

import pytest

from tests.oracle import check


def bound_of_an_inner_loop(x, n):
    a = [x]
    t = 0.0
    for _ in range(n):
        s = 1.0
        for k in range(len(a)):
            s = s * a[k]
        t += s
        a.append(x * s)
    return t


def last_entry(x, n):
    a = [x]
    t = 0.0
    for _ in range(n):
        y = a[-1]
        t += y * y * math.sin(y)
        a.append(y * x + 0.1)
    return t


def entry_counted_from_the_end(x, n):
    """The entry was once looked up again in the list as it was after the iteration."""
    a = [x, x * x]
    t = 0.0
    for _ in range(n):
        y = a[len(a) - 2]
        t += y * y * math.sin(y)
        a.append(y * x + 0.1)
    return t


def entries_taken(x, n):
    a = [x, x * x, x * 3]
    t = 0.0
    while len(a) > 1:
        y = a.pop()
        z = a[-1]
        t += y * z * z
        a[-1] = z * x
    return t


def several_values_of_an_inner_loop(x, n):
    """The tape was once as wide as the list was at the beginning."""
    a = [x]
    t = 0.0
    for _ in range(n):
        s = 0.0
        for j in range(len(a)):
            s = s * 0.5 + a[j] * a[j]
            u = s * s
            t += u * s
        a.append(s * 0.3)
    return t


def born_and_added(x, n):
    a = [x, x * x]
    for _ in range(n):
        born = []
        for v in a:
            if v > 1.2:
                born.append(v * 0.5)
        for v in born:
            a.append(v)
    return sum(v * v for v in a)


def numbers_beside_entries(x, n):
    """The length of a list of which nothing else is read backward was once that at the end."""
    places = [0, 1]
    a = [x, x * x]
    for _ in range(n):
        total = sum(a[k] for k in places)
        for k in range(len(a)):
            a[k] = a[k] * total * 0.3
        places.append(len(a))
        a.append(total)
    return sum(a[k] * a[k] for k in places)


PROGRAMS = [
    bound_of_an_inner_loop, last_entry, entry_counted_from_the_end, entries_taken, several_values_of_an_inner_loop,
    born_and_added, numbers_beside_entries,
]  # fmt: skip


@pytest.mark.parametrize("f", PROGRAMS, ids=lambda f: f.__name__)
def test_programs(f) -> None:
    check(f, 1.1, 4, wrt=[0])
