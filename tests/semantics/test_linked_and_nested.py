"""Linked objects behind classes, several pools, rows that have names of their own."""

import numpy as np
import pytest

from tests.oracle import check

X = np.array([0.5, 0.7])


class N:
    def __init__(self, v, nxt=None):
        self.v, self.nxt = v, nxt


class L:
    def __init__(self):
        self.head = None
        self.size = 0

    def push(self, v):
        self.head = N(v, self.head)
        self.size += 1

    def pop(self):
        v = self.head.v
        self.head = self.head.nxt
        self.size -= 1
        return v

    def __iter__(self):
        k = self.head
        while k is not None:
            yield k.v
            k = k.nxt

    def __len__(self):
        return self.size


def stack_class(x, n):
    s = L()
    for i in range(n):
        s.push(x[i % 2] * i)
    a = s.pop() * s.pop()
    return a + sum(v * v for v in s) + len(s)


def reversed_list(x, n):
    head = None
    for i in range(n):
        head = N(x[i % 2] * (i + 1), head)
    prev = None
    while head is not None:
        head.nxt, prev, head = prev, head, head.nxt
    s, w = 0.0, 1.0
    while prev is not None:
        s += w * prev.v
        w *= 0.5
        prev = prev.nxt
    return s


class Sphere:
    def __init__(self, c, r):
        self.c, self.r = c, r

    def hit(self, p):
        return np.sqrt(np.sum((p - self.c) ** 2)) - self.r


class Scene:
    def __init__(self):
        self.items = []
        self.by_name = {}

    def add(self, name, s):
        self.items.append(s)
        self.by_name[name] = s
        return self

    def nearest(self, p):
        best, at = None, 1e9
        for s in self.items:
            d = s.hit(p)
            if d < at:
                best, at = s, d
        return best, at


def scene(x, n):
    sc = Scene()
    for i in range(n):
        sc.add(i, Sphere(x * i, x[1]))
    s = 0.0
    for i in range(n):
        best, d = sc.nearest(np.array([x[0] * i, 0.3]))
        best.r = best.r * 0.9
        s += d
    return s + sc.by_name[1].r


def memo_method(x, n):
    class M:
        def __init__(self, x):
            self.x = x
            self.known = {}

        def get(self, k):
            if k < 2:
                return self.x[k]
            if k not in self.known:
                self.known[k] = self.get(k - 1) * self.x[0] + self.get(k - 2)
            return self.known[k]

    return M(x).get(n)


def two_pools(x, n):
    class A:
        def __init__(self, v):
            self.v = v
            self.owner = None

    class B:
        def __init__(self, w):
            self.w = w
            self.members = []

    bs = [B(x[0] * (i + 1)) for i in range(n)]
    for i in range(2 * n):
        a = A(x[1] * i)
        a.owner = bs[i % n]
        bs[i % n].members.append(a)
    s = 0.0
    for b in bs:
        for a in b.members:
            a.v *= b.w
            a.owner.w += 0.1 * a.v
        s += b.w
    return s


def interp_table(x, n):
    table = {}
    for i in range(n):
        table.setdefault(i % 2, []).append((i, x[0] * i))
    s = 0.0
    for k in table:
        for i, v in table[k]:
            s += k * v + i * x[1]
        table[k][0] = (9, x[1])
    return s + table[0][0][1]


def polymorph(x, n):
    class P:
        def __init__(self, kind, a):
            self.kind, self.a = kind, a

        def area(self):
            return self.a**2 if self.kind == "square" else 3.14 * self.a**2

    ps = []
    for i in range(n):
        ps.append(P("square" if i % 2 else "circle", x[i % 2] * i))
    return sum(p.area() for p in ps) + len([p for p in ps if p.kind == "square"])


def with_try(x, n):
    d = {}
    s = 0.0
    for i in range(n):
        try:
            d[i % 3] += x[0]
        except KeyError:
            d[i % 3] = x[1]
        s += d[i % 3]
    return s


def filter_map(x, n):
    pts = [(x[0] * i, x[1] + i) for i in range(n)]
    big = list(filter(lambda p: p[0] > 0.4, pts))
    ys = list(map(lambda p: p[1] * p[0], big))
    d = dict(zip(range(n), ys))
    return sum(ys) + len(big) + max(d.values())


def row_identity(x, n):
    rows = []
    row = [x[0], x[1]]
    for i in range(n):
        rows.append(row)
        row[0] = row[0] * 2.0
    rows[0][1] = 3.0 * x[0]
    return sum(a * b for a, b in rows) + row[1]


def row_identity2(x, n):
    d = {}
    row = [x[0]]
    for i in range(n):
        d[i] = row
    row[0] = x[1]
    return sum(v[0] for v in d.values())


def row_identity3(x, n):
    rows = []
    row = [(0, x[0])]
    for i in range(n):
        rows.append((i, row))
    row.append((1, x[1]))
    rows[1][1][0] = (5, x[1])
    return sum(k * v for _, r in rows for k, v in r)


PROGRAMS = [
    stack_class, reversed_list, scene, memo_method, two_pools, interp_table, polymorph, with_try, filter_map,
    row_identity, row_identity2, row_identity3,
]  # fmt: skip


@pytest.mark.parametrize("f", PROGRAMS, ids=lambda f: f.__name__)
def test_programs(f) -> None:
    check(f, X, 4, wrt=[0], compiles=False)
