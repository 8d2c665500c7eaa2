"""Lists whose entries change while a loop goes through them: alone, numbered, beside others, and backwards."""

import pytest

from tests.oracle import check


class Point:
    def __init__(self, a, b):
        self.a, self.b = a, b


def read_alone(x):
    pts = [(x, 2.0), (x * x, 3.0)]
    w = [0.5, x]
    return sum(a * b for a, b in pts) + sum(p[0] * q for p, q in zip(pts, w)) + sum(i * p[0] for i, p in enumerate(pts))


def objects_enumerated(x):
    pts = [Point(x, 2.0), Point(x * x, 3.0), Point(1.0, x)]
    s = 0.0
    for i, p in enumerate(pts):
        if p.a > 0.4:
            pts[-1] = Point(p.a * 1.5, p.b * x)
        s += p.a * p.b * (i + 1)
    return s


def objects_zipped(x):
    pts = [Point(x, 2.0), Point(x * x, 3.0), Point(1.0, x)]
    w = [x, 2.0, x * 3]
    s = 0.0
    for p, v in zip(pts, w):
        if p.a > 0.4:
            pts[-1] = Point(p.a * 1.5, p.b * x)
        s += p.a * p.b * v
    return s


def objects_reversed(x):
    pts = [Point(x, 2.0), Point(x * x, 3.0), Point(1.0, x)]
    s = 0.0
    for p in reversed(pts):
        if p.a > 0.4:
            pts[0] = Point(p.a * 1.5, p.b * x)
        s += p.a * p.b
    return s


def numbers(x):
    l = [x, x * x, x + 1]
    s = 0.0
    for i, v in enumerate(l):
        l[-1] = v * 2
        s += v * (i + 1)
    for v in l:
        l[2] = v * x
        s += v
    return s


def lists_unpacked(x):
    l = [[x, 1.0], [x * x, 2.0]]
    s = 0.0
    for a, b in l:
        l[1] = [a * 3, b * x]
        s += a * b
    for i, (a, b) in enumerate(l):
        l[1] = [a * 3, b * x]
        s += a * b * (i + 1)
    return s


def a_list_zipped_with_itself(x):
    l = [(x, 1.0), (x * x, 2.0)]
    s = 0.0
    for (a, b), c in zip(l, l):
        l[1] = (a * 3, b * x)
        s += a * b * c[0]
    return s


def states_of_filters(x):
    secs = [(x, 1.0, 2.0), (x * x, 2.0, x)]
    st = [(0.0, 0.0) for _ in secs]
    e = 0.0
    for t in range(3):
        v = x + t
        for k, (a, b, c) in enumerate(secs):
            s1, s2 = st[k]
            y = a * v + s1
            st[k] = (b * v - c * y + s2, 0.1 * y)
            v = y
        e += v**2
    return e


def one_object_twice(x):
    p = Point(x, 1.0)
    l = [p, p]
    s = 0.0
    for i, q in enumerate(l):
        if i == 0:
            l[1] = Point(x * x, 2.0)
        s += q.a * q.b
    return s


def indices_that_look_like_entries(x):
    l = [0, 1, 2]
    s = 0.0
    for i, v in enumerate(l):
        l[2] = 7
        s += x * i * 10 + v * x
    m = [1, 0]
    for a, b in zip(m, (x, 1.5)):
        m[1] = 5
        s += x**2 * a + b * x
    return s


def equal_numbers(x):
    l = [x, x]
    s = 0.0
    for i, v in enumerate(l):
        l[1] = x * x
        s += v * (i + 1)
    for v in reversed(l):
        l[0] = s * x
        s += v
    return s


PROGRAMS = [
    read_alone,
    objects_enumerated,
    objects_zipped,
    objects_reversed,
    numbers,
    lists_unpacked,
    a_list_zipped_with_itself,
    states_of_filters,
    one_object_twice,
    indices_that_look_like_entries,
    equal_numbers,
]


@pytest.mark.parametrize("f", PROGRAMS)
def test_the_entry_is_that_of_its_turn(f):
    check(f, 0.7, compiles=False)
