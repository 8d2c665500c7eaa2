"""Containers of run time and objects known by number, in combination: order, identity, aliases, several functions."""

import copy
from collections import defaultdict
from dataclasses import dataclass, replace
from types import SimpleNamespace

import numpy as np
import pytest

import zygote_nb as zg
from tests.oracle import check

X = np.array([0.5, 0.7])


class Cache:
    def __init__(self):
        self.seen = {}
        self.log = []
        self.hits = 0

    def get(self, k, x):
        if k in self.seen:
            self.hits += 1
            return self.seen[k]
        v = x[0] * k + x[1]
        self.seen[k] = v
        self.log.append((k, v))
        return v


def cache(x, n):
    c = Cache()
    s = 0.0
    for i in range(n):
        s += c.get(i % 2, x) * i
    return s + c.hits + sum(k * v for k, v in c.log)


def equal_rows(x, n):
    a, b = [], []
    for i in range(n):
        a.append((i, x[0]))
        b.append((i, x[0]))
    return x[0] * 2 if a == b else x[1]


def unpacking(x, n):
    a = []
    for i in range(2):
        for j in range(n):
            if j == i:
                a.append((i, x[i]))
    (i, u), (j, v) = a
    first, *rest = a
    return u * v + first[1] * rest[0][1] * 3


class P:
    def __init__(self, x, y):
        self.x, self.y = x, y


def copies(x, n):
    ps = []
    for i in range(n):
        ps.append(P(x[0] * i, x))
    q = copy.copy(ps[1])
    q.x = q.x * 2
    q.y[0] = 3.0
    return sum(p.x * p.y[0] * p.y[1] for p in ps) + q.x


def shared_arrays(x, n):
    ps = []
    a = x * 1.0
    for i in range(n):
        ps.append(P(a, a))
    ps[0].x[0] = ps[1].y[1] ** 2
    ps[1].y *= 2.0
    return sum(p.x[0] * p.y[1] for p in ps)


def local_class(x, n):
    class N:
        def __init__(self, v, r):
            self.v, self.r = v, r

    c = None
    for i in range(n):
        c = N(x[0] * i, c)
    return c.v * c.r.v + x[1]


def namespaces(x, n):
    ps = []
    for i in range(n):
        ps.append(SimpleNamespace(a=x[0] * i, b=x[1]))
    ps[0].a += 1.0
    for p in ps:
        p.b *= p.a
    return sum(p.a * p.b for p in ps)


@dataclass(frozen=True)
class F:
    t: float
    y: float

    def next(self, h):
        return replace(self, t=self.t + h, y=self.y * (1 + h))


def frozen(x, n):
    path = [F(0.0, x[0])]
    for i in range(n):
        path.append(path[-1].next(x[1] * 0.1))
    return sum(p.y * p.t for p in path) + (1.0 if path[0] == F(0.0, x[0]) else 7.0)


def factory(x, n):
    d = defaultdict(lambda: x[0])
    for i in range(n):
        d[i % 2] *= x[1] + i
    return d[0] + d[1] + d[9]


def optional_field(x, n):
    ps = []
    for i in range(n):
        ps.append(P(x[0] * i, None))
    for i in range(n):
        if i % 2:
            ps[i].y = x[1] * i
    s = 0.0
    for p in ps:
        if p.y is not None:
            s += p.x * p.y
        else:
            s += p.x
    return s


def reads_late(x, n):
    d = {}
    for i in range(n):
        d[i] = x[0] * i
    a = d[1]
    d[1] = x[1]
    b, d[2] = d[2], a
    return a * 2 + b * 3 + d[1] * 5 + d[2] * 7


def evaluation_order(x, n):
    d = {}
    for i in range(n):
        d[i] = x[0] * i

    def put(v):
        d[1] = v
        return v

    return d[1] * 10 + put(x[1]) + d[1] * 100


def evaluation_order_rows(x, n):
    ps = []
    for i in range(n):
        ps.append(P(x[0] * i, x[1]))

    def put(v):
        ps[1].x = v
        return v

    return ps[1].x * 10 + put(x[1]) + ps[1].x * 100


def swap_fields(x, n):
    ps = []
    for i in range(n):
        ps.append(P(x[0] * i, x[1]))
    for p in ps:
        p.x, p.y = p.y, p.x
    ps[0], ps[1] = ps[1], ps[0]
    ps[0].x, ps[1].x = ps[1].x, ps[0].x * 2
    return sum(i * p.x * p.x + p.y for i, p in enumerate(ps))


class D:
    def __init__(self, v):
        self.v = v
        self.prev = None
        self.next = None


def doubly(x, n):
    head = D(x[0])
    tail = head
    for i in range(n):
        d = D(tail.v * x[1] + i)
        d.prev = tail
        tail.next = d
        tail = d
    s = 0.0
    k = tail
    while k:
        if k.next is not None and k.prev is not None:
            k.prev.v += k.next.v * 0.5
        s += k.v
        k = k.prev
    return s


class Value:
    def __init__(self, data, parents=(), grads=()):
        self.data, self.parents, self.grads = data, parents, grads
        self.grad = 0.0

    def __mul__(self, other):
        return Value(self.data * other.data, (self, other), (other.data, self.data))

    def __add__(self, other):
        return Value(self.data + other.data, (self, other), (1.0, 1.0))


def micrograd(x, n):
    a, b = Value(x[0]), Value(x[1])
    c = a
    for i in range(n):
        c = c * b + a
    return c.data


def rows_in_loop_anew(x, n):
    s = 0.0
    for i in range(n):
        a = []
        for j in range(i):
            a.append((j, x[0] * j))
        d = {}
        for j, v in a:
            d[j % 2] = d.get(j % 2, x[1]) * v
        s += sum(d.values()) + len(a)
    return s


def conditional_list(x, n):
    a = []
    if x[0] > 0:
        for i in range(n):
            a.append((i, x[0]))
    else:
        a = [(0, x[1])]
    return sum(i * v for i, v in a) + len(a)


def inner_fn(x, n):
    out = []

    def emit(k, v):
        out.append((k, v))

    for i in range(n):
        emit(i, x[0] * i)
    return sum(k * v for k, v in out)


def returned_list(x, n):
    def make():
        out = []
        for i in range(n):
            out.append(P(x[0] * i, x[1]))
        return out

    ps = make()
    ps[0].x = x[1]
    return sum(p.x * p.y for p in ps)


def swapped_lists(x, n):
    a, b = [], []
    for i in range(n):
        a.append((i, x[0]))
        a, b = b, a
    return sum(i * v for i, v in a) + 3 * sum(i * v for i, v in b)


def frontier(x, n):
    front = [(0, x[0])]
    s = 0.0
    for _ in range(n):
        new = []
        for k, v in front:
            new.append((k + 1, v * x[1]))
            if k % 2 == 0:
                new.append((k + 2, v + 1.0))
        front = new
        s += sum(v for _, v in front)
    return s


def table_in_loop(x, n):
    counts = {0: x[0]}
    for i in range(n):
        new = {}
        for k, v in counts.items():
            new[k + 1] = new.get(k + 1, 0.0) + v * x[1]
            new[k] = new.get(k, 0.0) + v
        counts = new
    return sum(k * v for k, v in counts.items())


PROGRAMS = [
    cache, equal_rows, unpacking, copies, shared_arrays, local_class, namespaces, frozen, factory,
    optional_field, reads_late, evaluation_order, evaluation_order_rows, swap_fields, doubly, micrograd,
    rows_in_loop_anew, conditional_list, inner_fn, returned_list, swapped_lists, frontier, table_in_loop,
]  # fmt: skip


@pytest.mark.parametrize("f", PROGRAMS, ids=lambda f: f.__name__)
def test_programs(f) -> None:
    check(f, X, 4, wrt=[0], compiles=False)


def equal_tables(x, n):
    a, b = {}, {}
    for i in range(n):
        a[i] = x[0]
        b[i] = x[0]
    return x[0] * 2 if a == b else x[1]


def same_nested2(x, n):
    rows = []
    for i in range(n):
        rows.append([x[0]])
    r = rows[1]
    return x[0] * 2 if r is rows[1] else x[1]


def deep(x, n):
    a = []
    for i in range(n):
        a.append((i, x[0] * i))
    b = copy.deepcopy(a)
    c = list(a)
    b[0] = (5, x[1])
    c[1] = (6, x[1] * x[0])
    return sum(i * v for i, v in a) + 2 * sum(i * v for i, v in b) + 3 * sum(i * v for i, v in c)


def iterated_grows(x, n):
    a = []
    for i in range(n):
        a.append((i, x[0]))
    b = a
    s = 0.0
    for i, v in a:
        s += v * i
        if len(b) < 10:
            b.append((i + 1, v * x[1]))
    return s


def iterated_grows2(x, n):
    a = []
    for i in range(n):
        a.append(x[0])
    b = a
    s = 0.0
    for v in a:
        s += v
        if len(b) < 10:
            b.append(v * x[1])
    return s


@pytest.mark.parametrize("f", [equal_tables, same_nested2, deep, iterated_grows, iterated_grows2])
def test_what_is_refused_rather_than_wrong(f) -> None:
    with pytest.raises(zg.ZygoteError):
        zg.gradient(f, X, 4)
